"""Signs that an example teaches the wrong thing: each row in one pass, then the set as a whole.

A rule names what it saw and the numbers, never the text. Rows come in batches, because their words
are hashed and compared in compiled loops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.curation.quality.answer_signs import count_placeholders, cut_off_signs, debris
from workbench.curation.quality.language import UNKNOWN, detect_languages
from workbench.curation.quality.refusals import refuses
from workbench.curation.quality.repetition import (
    COPY_RUN,
    FULL_WORDS,
    MAX_REPEATED_LINES,
    MAX_REPEATED_RUNS,
    MAX_TOP_RUN,
    copies,
    repeated_line_share,
    run_shares,
)
from workbench.curation.quality.rules import QualityRules
from workbench.curation.word_hashes import WordHashes, hash_words
from workbench.store import Decision

STAGE = "quality"
_MIN_CHARACTERS = 20
_MIN_LINES = 4
_MIN_COPIED_WORDS = 20
_LETTERS = np.array(
    [65 <= byte <= 90 or 97 <= byte <= 122 or byte >= 128 for byte in range(256)], np.int64
)
_SPACES = np.array([byte in b" \t\r\n\v\f" for byte in range(256)], np.int64)


@dataclass(frozen=True)
class QualityBatch:
    """Some examples and what several rules need of them, each computed once.

    Attributes:
        ids: Id of each example.
        inputs: Its input.
        outputs: Its output.
    """

    ids: Sequence[str]
    inputs: Sequence[str]
    outputs: Sequence[str]

    @cached_property
    def input_words(self) -> WordHashes:
        """Words of the inputs."""
        return hash_words(self.inputs)

    @cached_property
    def output_words(self) -> WordHashes:
        """Words of the outputs."""
        return hash_words(self.outputs)

    @cached_property
    def n_input_words(self) -> npt.NDArray[np.int64]:
        """Words of each input; (n_rows,)."""
        return np.diff(self.input_words.offsets)

    @cached_property
    def n_output_words(self) -> npt.NDArray[np.int64]:
        """Words of each output; (n_rows,)."""
        return np.diff(self.output_words.offsets)


# What a rule says of a batch: place of the row, reason, evidence.
_Remark = tuple[int, str, Mapping[str, Any]]
_Rule = Callable[[QualityBatch, QualityRules], list[_Remark]]


def judge_quality(batch: QualityBatch, rules: QualityRules) -> list[Decision]:
    """Decide what each rule for single rows says of a batch of examples.

    Returns: Decisions in the order of rows, within a row in the order of rules. They do not depend
    on what else is in the batch.
    """
    found = []
    for name, rule in _RULES:
        action = getattr(rules, name)
        if action != "off":
            found += [
                (place, Decision(batch.ids[place], STAGE, name, action, reason, evidence))
                for place, reason, evidence in rule(batch, rules)
            ]
    return [decision for _, decision in sorted(found, key=lambda item: item[0])]


def _repetition(batch: QualityBatch, rules: QualityRules) -> list[_Remark]:
    n_words = batch.n_output_words
    leniency = np.maximum(1, FULL_WORDS / np.maximum(n_words, 1))
    seen: dict[int, dict[str, float]] = {}
    for length in sorted({*MAX_TOP_RUN, *MAX_REPEATED_RUNS}):
        found = run_shares(batch.output_words, length)
        for kind, shares, limits in (
            ("top", found.top, MAX_TOP_RUN),
            ("repeated", found.repeated, MAX_REPEATED_RUNS),
        ):
            if length in limits:
                for place in map(int, np.flatnonzero(shares > limits[length] * leniency)):
                    share = round(float(shares[place]), 3)
                    seen.setdefault(place, {})[f"{kind}_{length}_words"] = share
    for place, share in _repeated_lines(batch.outputs):
        seen.setdefault(place, {})["repeated_lines"] = round(share, 3)
    return [
        (place, f"The output repeats itself: {_percent(max(shares.values()))} of it.", shares)
        for place, shares in seen.items()
    ]


def _repeated_lines(texts: Sequence[str]) -> Iterator[tuple[int, float]]:
    for place, text in enumerate(texts):
        if text.count("\n") + 1 >= _MIN_LINES:
            share = repeated_line_share(text)
            if share > MAX_REPEATED_LINES:
                yield place, share


def _copied(batch: QualityBatch, rules: QualityRules) -> list[_Remark]:
    found = copies(batch.output_words, batch.input_words)
    places = np.flatnonzero(
        (found.share > rules.max_copied) & (batch.n_output_words >= _MIN_COPIED_WORDS)
    )
    return [
        (
            int(place),
            f"{_percent(found.share[place])} of the output stands word for word in the input.",
            {
                "copied_share": round(float(found.share[place]), 3),
                "longest_words": int(found.longest[place]),
                "run_words": COPY_RUN,
            },
        )
        for place in places
    ]


def _cut_off(batch: QualityBatch, rules: QualityRules) -> list[_Remark]:
    signs = map(cut_off_signs, batch.outputs, batch.inputs)
    return [
        (place, f"The output seems cut off: {', '.join(found)}.", {"signs": list(found)})
        for place, found in enumerate(signs)
        if found
    ]


def _refusal(batch: QualityBatch, rules: QualityRules) -> list[_Remark]:
    return [
        (place, "The output begins by refusing to answer.", {})
        for place, output in enumerate(batch.outputs)
        if refuses(output)
    ]


def _placeholder(batch: QualityBatch, rules: QualityRules) -> list[_Remark]:
    return [
        (place, f"{count} placeholders in the output were never filled in.", {"count": count})
        for place, count in enumerate(map(count_placeholders, batch.outputs))
        if count
    ]


def _language(batch: QualityBatch, rules: QualityRules) -> list[_Remark]:
    inputs = detect_languages(batch.inputs, batch.input_words)
    outputs = detect_languages(batch.outputs, batch.output_words)
    return [
        (place, f"The input is {one}, the output {other}.", {"input": one, "output": other})
        for place, (one, other) in enumerate(zip(inputs, outputs, strict=True))
        if one != other and UNKNOWN not in (one, other)
    ]


def _symbols(batch: QualityBatch, rules: QualityRules) -> list[_Remark]:
    shares, sizes = _symbol_shares(batch.outputs)
    return [
        (
            int(place),
            f"{_percent(shares[place])} of the output are digits and symbols.",
            {"symbol_share": round(float(shares[place]), 3)},
        )
        for place in np.flatnonzero((shares > rules.max_symbols) & (sizes >= _MIN_CHARACTERS))
    ]


def _debris(batch: QualityBatch, rules: QualityRules) -> list[_Remark]:
    remarks: list[_Remark] = []
    for place, texts in enumerate(zip(batch.inputs, batch.outputs, strict=True)):
        found = {
            name: counts
            for name, counts in zip(("input", "output"), map(debris, texts), strict=True)
            if counts
        }
        if found:
            kinds = sorted({kind for counts in found.values() for kind in counts})
            remarks.append((place, f"Left-overs in the text: {', '.join(kinds)}.", found))
    return remarks


_RULES: tuple[tuple[str, _Rule], ...] = (
    ("repetition", _repetition),
    ("copied", _copied),
    ("cut_off", _cut_off),
    ("refusal", _refusal),
    ("placeholder", _placeholder),
    ("language", _language),
    ("symbols", _symbols),
    ("debris", _debris),
)


def _symbol_shares(
    texts: Sequence[str],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the share of bytes that are no letters, and the bytes counted; without spaces."""
    encoded = [text.encode() for text in texts]
    content = np.frombuffer(b"".join(encoded), np.uint8)
    ends = np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)))
    letters = _sums(_LETTERS[content], ends)
    sizes = np.diff(ends, prepend=0) - _sums(_SPACES[content], ends)
    return 1 - letters / np.maximum(sizes, 1), sizes


def _sums(values: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    totals = np.concatenate((np.zeros(1, np.int64), np.cumsum(values)))
    return np.diff(totals[ends], prepend=0)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
