"""Personal data: speed of the pattern tier, what it finds, and the recall of canaries.

$BENCH_DATA holds `presidio-research/synth_dataset_v2.json` (MIT) and `mts-dialog/train.csv`
(CC BY 4.0); what is not there is left out. A labelled span counts as found when a finding of its
type overlaps it, and a finding as right when it overlaps a span of its type; types that need the
model tier (places, organisations, ages) are counted as missed in the overall row. The patterns were
written with this set and these canaries in view, so the figures on both are of known data.
"""

from __future__ import annotations

import csv
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from workbench.curation.personal_data.canaries import plant
from workbench.curation.personal_data.kinds import DEFAULT_KINDS, KINDS
from workbench.curation.personal_data.recall import measure_recall
from workbench.curation.personal_data.scan import Scanner

# Presidio's types, and ours; those without one of ours need a model.
_KIND_OF = {
    "EMAIL_ADDRESS": "email",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "ssn",
    "IP_ADDRESS": "ip",
    "DOMAIN_NAME": "url",
    "PHONE_NUMBER": "phone",
    "PERSON": "name",
    "STREET_ADDRESS": "address",
    "ZIP_CODE": "address",
    "US_DRIVER_LICENSE": "id_number",
}
_POOLED = ("email", "card", "iban", "ssn", "ip", "url")
_SENTENCES = (
    "The client came in to talk about the lease that ended in March and the deposit that was kept.",
    "She brought the letters of the landlord and a list of repairs with what each had cost.",
    "Blood pressure was 120/80 and the pulse 72; no medication was changed on 2024-05-14.",
    "We agreed to write to the other side first and to meet again within two weeks.",
    "The claim may be worth $12,500.00, of which a third would go to costs if it went to trial.",
    "He has worked there since 2011 and was never told that the contract could end this way.",
)
_REPEATS = 3


def run(*, quick: bool, data: Path | None) -> list[dict[str, object]]:
    """Return the rows of the table: what was measured, the value, and its unit."""
    rows = [_speed("generated notes of 1 KB", _notes(1_000 if quick else 10_000))]
    if data and (data / "mts-dialog" / "train.csv").exists():
        rows.append(_speed("MTS-Dialog", _dialogues(data / "mts-dialog" / "train.csv")))
    if data and (data / "presidio-research").exists():
        rows += _found(data / "presidio-research" / "synth_dataset_v2.json")
    return rows + _canaries(60 if quick else 300)


def _notes(count: int) -> list[str]:
    """Return notes of about 1 KB with four pieces of personal data each."""
    base = [
        "\n".join(_SENTENCES[(index + step) % len(_SENTENCES)] for step in range(9))
        for index in range(len(_SENTENCES))
    ]
    texts = [base[index % len(base)] for index in range(count)]
    for kind in ("name", "phone", "email", "date_of_birth"):
        texts = [_with_canary([text], kind, index) for index, text in enumerate(texts)]
    return texts


def _with_canary(texts: Sequence[str], kind: str, seed: int) -> str:
    return plant(texts, kind, count=1, seed=seed)[0].text


def _dialogues(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [f"{row['section_text']}\n{row['dialogue']}" for row in csv.DictReader(file)]


def _speed(name: str, texts: Sequence[str]) -> dict[str, object]:
    scanner = Scanner(DEFAULT_KINDS)
    n_found = sum(map(len, scanner.find_all(texts)))  # and compile
    size_mb = sum(len(text.encode()) for text in texts) / 1e6
    seconds = statistics.median(_timed(scanner, texts) for _ in range(_REPEATS))
    return {
        "part": "personal data",
        "what": f"scan of {name}, {n_found / len(texts):.1f} findings a text",
        "value": round(size_mb / seconds, 1),
        "unit": "MB/s of one core",
    }


def _timed(scanner: Scanner, texts: Sequence[str]) -> float:
    started = time.process_time()
    for _ in scanner.find_all(texts):
        pass
    return time.process_time() - started


def _found(path: Path) -> list[dict[str, object]]:
    """Count by type: found and missed spans, right and wrong findings."""
    counts: Counter[tuple[str, str]] = Counter()
    scanner = Scanner(KINDS)
    for row in json.loads(path.read_text("utf-8")):
        findings = [
            ("url" if kind == "url_with_credentials" else kind, start, end)
            for kind, start, end in scanner.find(row["full_text"])
            # the dates of birth that are found are labelled as dates of any sort
            if kind != "date_of_birth"
        ]
        spans = [
            (_KIND_OF.get(span["entity_type"], span["entity_type"]), span["start_position"],
             span["end_position"])
            for span in row["spans"]
        ]  # fmt: skip
        for span in spans:
            counts[span[0], "found" if _overlaps(span, findings) else "missed"] += 1
        for finding in findings:
            counts[finding[0], "right" if _overlaps(finding, spans) else "wrong"] += 1
    kinds = sorted({kind for kind, _ in counts})
    rows = [_score(f"pooled over {', '.join(_POOLED)}", _POOLED, counts)]
    rows += [_score(kind, (kind,), counts) for kind in kinds]
    rows.append(_score("all types, patterns alone (Presidio: .733 .646 .661)", kinds, counts))
    return rows


def _overlaps(one: tuple[str, int, int], others: Iterable[tuple[str, int, int]]) -> bool:
    return any(one[0] == kind and one[1] < end and start < one[2] for kind, start, end in others)


def _score(name: str, kinds: Sequence[str], counts: Counter[tuple[str, str]]) -> dict[str, object]:
    found, missed, right, wrong = (
        sum(counts[kind, what] for kind in kinds) for what in ("found", "missed", "right", "wrong")
    )
    recall = found / (found + missed) if found + missed else 0.0
    precision = right / (right + wrong) if right + wrong else 0.0
    both = 4 * precision + recall
    f2 = 5 * precision * recall / both if both else 0.0
    return {
        "part": "personal data",
        "what": f"synth_dataset_v2, {name}",
        "value": f"{precision:.3f} {recall:.3f} {f2:.3f}",
        "unit": f"precision, recall, F2 of {found + missed} spans",
    }


def _canaries(per_kind: int) -> list[dict[str, object]]:
    measured = measure_recall(_SENTENCES, Scanner(), per_kind=per_kind)
    return [
        {
            "part": "personal data",
            "what": f"canaries, {each.kind}",
            "value": f"{each.recall:.3f} [{each.low:.3f}, {each.high:.3f}]",
            "unit": f"recall of {each.n_planted}, with its 95 % interval",
        }
        for each in measured
    ]
