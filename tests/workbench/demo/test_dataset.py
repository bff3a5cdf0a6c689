import json
from collections import Counter

from workbench.curation.splits import assign_split
from workbench.demo import write_consultations
from workbench.demo.annotators import read_answer
from workbench.demo.dataset import WRITERS, consultations
from workbench.demo.matters import LABELS
from workbench.demo.names import PUBLIC, name_pools

FRACTIONS = {"train": 0.76, "validation": 0.06, "test": 0.10, "feedback": 0.08}


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path):
    one = write_consultations(tmp_path / "one").read_bytes()
    assert write_consultations(tmp_path / "two").read_bytes() == one
    assert write_consultations(tmp_path / "three", seed=8).read_bytes() != one


def test_the_file_holds_every_note_and_five_broken_lines(tmp_path):
    rows, broken = [], 0
    for line in write_consultations(tmp_path).read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            broken += 1
            continue
        usable = all(isinstance(row.get(key), str) and row[key] for key in ("note", "summary"))
        rows.append(row) if usable else None
        broken += not usable
    assert len(rows) == 1500
    assert broken == 5
    assert set(rows[0]) == {"note_id", "writer", "note", "summary"}
    assert len({row["note_id"] for row in rows}) == 1500


def test_parties_are_copied_from_the_note_and_labels_are_the_tasks():
    for row in consultations(count=600):
        fields = dict(
            line.split(": ", 1) for line in row.summary.splitlines() if line.split(":")[0] in VALUES
        )
        assert len(fields) >= 5
        if not _is_cut(row.note):
            for party in {"Plaintiff", "Defendant"} & set(fields):
                assert fields[party] in row.note


VALUES = set(LABELS.values())


def _is_cut(note: str) -> bool:
    return note[-1] not in ".?"


def test_house_style_is_kept_by_about_half_of_the_experts_summaries():
    rows = consultations()
    read = [read_answer(row.summary, row.summary) for row in rows]
    in_style = sum(seen.present == 6 and seen.in_order and not seen.extra for seen in read)
    assert 0.35 < in_style / len(rows) < 0.6
    assert sum(seen.present == 6 for seen in read) / len(rows) > 0.95


def test_flaws_are_there_and_repetitions_stay_with_their_writer():
    rows = consultations()
    writers_of: dict[str, set[str]] = {}
    for row in rows:
        writers_of.setdefault(row.note, set()).add(row.writer)
    repeated = [note for note, n in Counter(row.note for row in rows).items() if n > 1]
    assert len(repeated) >= 15
    assert all(len(writers) == 1 for writers in writers_of.values())
    assert sum("@example." in row.note for row in rows) > 50
    assert sum("Correction: it is" in row.note for row in rows) >= 5
    assert sum(_is_cut(row.note) for row in rows) >= 5


def test_no_note_names_a_person_or_company_of_another_writer():
    pools = name_pools(WRITERS)
    owner = {
        word: writer
        for writer, pool in pools.items()
        for word in pool.surnames + pool.company_stems
    }
    for row in consultations(count=600):
        words = {word.strip(".,?") for word in row.note.split()}
        assert {owner[word] for word in words & owner.keys()} <= {row.writer}
    assert PUBLIC in pools


def test_the_split_of_the_writers_leaves_enough_to_train_and_to_test_on():
    split_of = {writer: assign_split(writer, seed=7, fractions=FRACTIONS) for writer in WRITERS}
    notes = {(row.writer, row.note) for row in consultations()}
    counts = Counter(split_of[writer] for writer, _ in notes)
    assert counts["train"] >= 1000
    assert counts["validation"] >= 60
    assert 120 <= counts["test"] <= 160
    assert 80 <= counts["feedback"] <= 125
