"""Write the demo's input file: about 1,500 notes with their summaries, flaws included."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.demo.flaws import contradict, cut_off, misspell, personal_sentence
from workbench.demo.matters import HouseStyle, draw_matter, write_note, write_summary
from workbench.demo.names import NamePool, name_pools
from workbench.demo.phrasing import CHATTER, Voice, voices

# Sixty ids of which the demo's seeded split (seed 7) takes 45 for train, 4 for validation, 6 for
# test and 5 for feedback; other ids would leave two or three writers to test on.
WRITERS = tuple(f"w{number}" for number in range(337, 397))
SOURCE_FILE = "consultations.jsonl"
_TYPOS, _PERSONAL, _CUT, _CONTRADICTORY, _REPEATED = 0.15, 0.25, 0.01, 0.01, 0.05


@dataclass(frozen=True, slots=True)
class Row:
    """One consultation: who wrote it, the note and the expert's summary."""

    note_id: str
    writer: str
    note: str
    summary: str


def consultations(*, seed: int = 7, count: int = 1500) -> list[Row]:
    """Return `count` consultations; the same seed gives the same rows."""
    pools, phrases = name_pools(WRITERS), voices(WRITERS)
    chance = random.Random(seed)  # noqa: S311 - invented text, not a secret
    rows: list[Row] = []
    while len(rows) < count:
        writer = WRITERS[len(rows) % len(WRITERS)]
        earlier = [row for row in rows[-600:] if row.writer == writer]
        if earlier and chance.random() < _REPEATED:
            note, summary = _again(chance.choice(earlier), chance)
        else:
            note, summary = _consultation(pools[writer], phrases[writer], chance)
        rows.append(Row(f"c{len(rows):05d}", writer, note, summary))
    return rows


def write_consultations(folder: Path, *, seed: int = 7, count: int = 1500) -> Path:
    """Write the notes as JSON lines, a handful of broken rows among them; return the file."""
    lines = [
        json.dumps(asdict(row), ensure_ascii=False) for row in consultations(seed=seed, count=count)
    ]
    for position, broken in enumerate(_BROKEN_LINES, start=1):
        lines.insert(position * len(lines) // (len(_BROKEN_LINES) + 1), broken)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / SOURCE_FILE
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


_BROKEN_LINES = (
    '{"note_id": "x1", "writer": "w001", "note": "Met with a client, the line breaks off',
    '{"note_id": "x2", "writer": "w002", "note": "Phoned twice, nobody there."}',
    '{"note_id": "x3", "writer": "w003", "note": "", "summary": "Plaintiff: nobody"}',
    '{"note_id": "x4", "writer": "w004", "note": 17, "summary": ["not", "text"]}',
    "not json at all",
)


def _consultation(pool: NamePool, voice: Voice, chance: random.Random) -> tuple[str, str]:
    matter = draw_matter(pool, chance)
    personal = personal_sentence(pool, chance) if chance.random() < _PERSONAL else ""
    note = write_note(matter, voice, chance, personal=personal)
    if chance.random() < _TYPOS:
        note = misspell(note, chance)
    flaw = chance.random()
    if flaw < _CUT:
        note = cut_off(note, chance)
    elif flaw < _CUT + _CONTRADICTORY:
        note = contradict(note, chance)
    return note, write_summary(matter, chance, HouseStyle())


def _again(row: Row, chance: random.Random) -> tuple[str, str]:
    """Return the row once more: word for word, with more chatter, or with another summary."""
    kind = chance.choice(("exact", "exact", "near", "near", "conflicting"))
    if kind == "near":
        return f"{row.note} {chance.choice(CHATTER)}", row.summary
    if kind == "conflicting":
        return row.note, row.summary.replace("Next step: ", "Next step: do not ")
    return row.note, row.summary
