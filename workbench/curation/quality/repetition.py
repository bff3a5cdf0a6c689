"""How often a text repeats itself, and how much of it stands in another text: runs of words.

The measures are those of Rae et al., "Scaling Language Models: Methods, Analysis & Insights from
Training Gopher" (2021), table A1, counted in words instead of characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.curation.kernels import kernel
from workbench.curation.word_hashes import Hashes, Offsets, WordHashes

Shares = npt.NDArray[np.float64]

# Table A1 of Rae et al.: a text is repetitive above these shares. Keyed by words per run.
MAX_TOP_RUN: Mapping[int, float] = {2: 0.20, 3: 0.18, 4: 0.16}
MAX_REPEATED_RUNS: Mapping[int, float] = {5: 0.15, 7: 0.13, 10: 0.10}
MAX_REPEATED_LINES = 0.30
# The paper judges pages of 50 words or more. Answers may be shorter; there one repetition is a
# larger share, so the limits grow as 50 / words and reach 1 near ten words.
FULL_WORDS = 50
COPY_RUN = 5
_TURN = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: order matters in a run
_SHIFT = np.uint64(31)


@dataclass(frozen=True, slots=True)
class RunShares:
    """Shares of each text's words, 0-1.

    Attributes:
        top: Words that stand in the most frequent run, if it occurs more than once; (n_texts,).
        repeated: Words that stand in a run that stood before in the same text; (n_texts,).
    """

    top: Shares
    repeated: Shares


@dataclass(frozen=True, slots=True)
class Copies:
    """What each text has of the text that it is compared with.

    Attributes:
        share: Share of its runs of five words that the other text has, 0-1; 0 without any; (n,).
        longest: Most words in a row of which every run of five stands in the other text; (n,).
    """

    share: Shares
    longest: npt.NDArray[np.int64]


def run_shares(words: WordHashes, length: int) -> RunShares:
    """Return how repetitive each text is, by its runs of `length` words."""
    top, repeated = _run_shares(words.offsets, words.hashes, length)
    return RunShares(top, repeated)


def repeated_line_share(text: str) -> float:
    """Return the share of lines that stood before, without empty ones, 0-1."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return 1 - len(set(lines)) / len(lines) if lines else 0.0


def copies(words: WordHashes, of: WordHashes) -> Copies:
    """Return what each text has of the text at the same place in `of`."""
    share, longest = _copies(words.offsets, words.hashes, of.offsets, of.hashes)
    return Copies(share, longest)


@kernel
def _runs(words: Hashes, length: int, runs: Hashes) -> int:
    """Write the hash of each run of `length` words; return how many there are."""
    n_runs = max(0, words.size - length + 1)
    for start in range(n_runs):
        value = np.uint64(0)
        for place in range(start, start + length):
            value = value * _TURN + words[place]
            value ^= value >> _SHIFT
        runs[start] = value
    return n_runs


@kernel
def _slot(table: npt.NDArray[np.int64], runs: Hashes, run: np.uint64) -> int:
    """Return where `run` stands in a table of places in `runs`, or the free slot for it."""
    mask = table.size - 1
    slot = np.int64(run >> np.uint64(20)) & mask
    while table[slot] >= 0 and runs[table[slot]] != run:
        slot = (slot + 1) & mask
    return int(slot)


@kernel
def _table_size(n_runs: int) -> int:
    size = 16
    while size < 2 * n_runs:
        size *= 2
    return size


@kernel
def _longest_text(offsets: Offsets) -> int:
    longest = 0
    for text in range(offsets.size - 1):
        longest = max(longest, int(offsets[text + 1] - offsets[text]))
    return longest


@kernel
def _run_shares(offsets: Offsets, hashes: Hashes, length: int) -> tuple[Shares, Shares]:
    top_share = np.zeros(offsets.size - 1)
    repeated_share = np.zeros(offsets.size - 1)
    longest = _longest_text(offsets)
    runs = np.empty(longest, np.uint64)
    tables = np.empty(_table_size(longest), np.int64)
    counts = np.empty(longest, np.int64)
    for text in range(offsets.size - 1):
        words = hashes[offsets[text] : offsets[text + 1]]
        n_runs = _runs(words, length, runs)
        if n_runs < 2:
            continue
        table = tables[: _table_size(n_runs)]
        repeated_share[text] = _count(runs, n_runs, table, counts, length) / words.size
        top = np.argmax(counts[:n_runs])
        if counts[top] > 1:
            top_share[text] = _covered_by(runs, n_runs, runs[top], length) / words.size
    return top_share, repeated_share


@kernel
def _count(
    runs: Hashes,
    n_runs: int,
    table: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    length: int,
) -> int:
    """Count each run at the place of its first; return the words that repeated runs cover."""
    table[:] = -1
    covered = 0
    end = 0
    for place in range(n_runs):
        counts[place] = 0
        slot = _slot(table, runs, runs[place])
        if table[slot] < 0:
            table[slot] = place
        else:
            covered += place + length - max(place, end)
            end = place + length
        counts[table[slot]] += 1
    return covered


@kernel
def _covered_by(runs: Hashes, n_runs: int, run: np.uint64, length: int) -> int:
    covered = 0
    end = 0
    for place in range(n_runs):
        if runs[place] == run:
            covered += place + length - max(place, end)
            end = place + length
    return covered


@kernel
def _copies(
    offsets: Offsets, hashes: Hashes, of_offsets: Offsets, of_hashes: Hashes
) -> tuple[Shares, npt.NDArray[np.int64]]:
    n_texts = offsets.size - 1
    share = np.zeros(n_texts)
    longest = np.zeros(n_texts, np.int64)
    size = _longest_text(of_offsets)
    of_runs = np.empty(size, np.uint64)
    runs = np.empty(_longest_text(offsets), np.uint64)
    tables = np.empty(_table_size(size), np.int64)
    for text in range(n_texts):
        n_of = _runs(of_hashes[of_offsets[text] : of_offsets[text + 1]], COPY_RUN, of_runs)
        n_runs = _runs(hashes[offsets[text] : offsets[text + 1]], COPY_RUN, runs)
        if n_runs == 0 or n_of == 0:
            continue
        table = tables[: _table_size(n_of)]
        table[:] = -1
        for place in range(n_of):
            table[_slot(table, of_runs, of_runs[place])] = place
        found, row = _copied_runs(runs[:n_runs], of_runs, table)
        share[text] = found / n_runs
        longest[text] = row + COPY_RUN - 1 if row else 0
    return share, longest


@kernel
def _copied_runs(runs: Hashes, of_runs: Hashes, table: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Return how many runs stand in the table, and most of them in a row."""
    found = 0
    row = 0
    most = 0
    for place in range(runs.size):
        if table[_slot(table, of_runs, runs[place])] >= 0:
            found += 1
            row += 1
            most = max(most, row)
        else:
            row = 0
    return found, most
