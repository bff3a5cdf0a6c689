"""How long the texts of a version are, and where its rows come from: what the plots show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from workbench.home import Home
from workbench.manifest import VersionFolder
from workbench.records import SPLITS
from workbench.store import resolve_version

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    _Words = npt.NDArray[np.int64]  # (row,): words of each row's text

_BATCH_ROWS = 4096
_MOST_BINS = 30
_SHOWN_SOURCES = 12
_TEXTS = {
    "examples": {"input": "input", "completion": "output"},
    "pairs": {"chosen": "chosen", "rejected": "rejected"},
}


@dataclass(frozen=True, slots=True)
class SplitLengths:
    """How long one text is in one split, in words.

    Attributes:
        split: The split.
        n_rows: Its rows.
        median: Half of the rows have at most so many words.
        p95: 95 % of them do.
        longest: The most words.
        bins: Rows per bin; the last one also holds everything longer.
    """

    split: str
    n_rows: int
    median: float
    p95: float
    longest: int
    bins: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TextLengths:
    """How long one text is: the same bins for every split, so that they can be compared."""

    text: str
    bin_words: int
    splits: tuple[SplitLengths, ...]


@dataclass(frozen=True, slots=True)
class SourceRows:
    """Rows of one imported file, per split."""

    source: str
    counts: Mapping[str, int]

    @property
    def n_rows(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Distributions:
    """What the plots of a version show.

    Attributes:
        version: Its digest.
        splits: Rows per split.
        lengths: Per text.
        sources: The files with most rows first; beyond a dozen, the last entry sums up the others.
    """

    version: str
    splits: Mapping[str, int]
    lengths: tuple[TextLengths, ...]
    sources: tuple[SourceRows, ...]


def distributions(home: Home, reference: str) -> Distributions:
    """Count the words and the sources of a version's rows.

    Args:
        home: The project.
        reference: A digest, a unique prefix, or `latest`.

    Raises:
        NotFoundError: There is no such version.
    """
    version = resolve_version(home, reference)
    words, sources = _count(version)
    splits = {split: version.manifest.counts.get(split, 0) for split in SPLITS}
    return Distributions(
        version=version.manifest.digest,
        splits={split: n for split, n in splits.items() if n},
        lengths=tuple(_lengths(text, by_split) for text, by_split in words.items()),
        sources=_sources(sources),
    )


def _count(
    version: VersionFolder,
) -> tuple[dict[str, dict[str, _Words]], Counter[tuple[str, str]]]:
    """Return the words of each text per split, and rows per source and split.

    A word is what stands between white space, so that the numbers are those of other tools.
    """
    import numpy as np
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    names = _TEXTS[version.manifest.kind]
    source = "source" if version.manifest.kind == "examples" else "origin"
    parts: dict[str, dict[str, list[_Words]]] = {text: {} for text in names.values()}
    sources: Counter[tuple[str, str]] = Counter()
    with pq.ParquetFile(version.rows_file) as file:
        for batch in file.iter_batches(_BATCH_ROWS, columns=["split", source, *names]):
            split = batch["split"].to_numpy(zero_copy_only=False)
            sources.update(zip(batch[source].to_pylist(), split, strict=True))
            for column, text in names.items():
                counts = pc.count_substring_regex(batch[column], r"\S+").to_numpy()
                for name in np.unique(split):
                    parts[text].setdefault(name, []).append(counts[split == name].astype(np.int64))
    return (
        {
            text: {name: np.concatenate(by_split[name]) for name in SPLITS if name in by_split}
            for text, by_split in parts.items()
        },
        sources,
    )


def _lengths(text: str, by_split: Mapping[str, _Words]) -> TextLengths:
    import numpy as np

    # One very long row must not flatten all others into the first bin.
    most = float(np.percentile(np.concatenate(list(by_split.values())), 99))
    bin_words = _round_up(most / _MOST_BINS)
    n_bins = int(most // bin_words) + 1
    return TextLengths(
        text,
        bin_words,
        tuple(
            _split_lengths(split, words, np.minimum(words // bin_words, n_bins - 1), n_bins)
            for split, words in by_split.items()
        ),
    )


def _split_lengths(split: str, words: _Words, places: _Words, n_bins: int) -> SplitLengths:
    import numpy as np

    return SplitLengths(
        split=split,
        n_rows=len(words),
        median=float(np.median(words)),
        p95=float(np.percentile(words, 95)),
        longest=int(words.max()),
        bins=tuple(int(n) for n in np.bincount(places, minlength=n_bins)),
    )


def _round_up(width: float) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50, … that is at least as wide."""
    widths = (int(step * 10**power) for power in count() for step in (1, 2, 5))
    return next(candidate for candidate in widths if candidate >= width)


def _sources(counted: Mapping[tuple[str, str], int]) -> tuple[SourceRows, ...]:
    by_source: dict[str, Counter[str]] = {}
    for (source, split), n in counted.items():
        by_source.setdefault(source, Counter())[split] += n
    rows = sorted(
        (SourceRows(source, _in_order(counts)) for source, counts in by_source.items()),
        key=lambda row: (-row.n_rows, row.source),
    )
    if len(rows) <= _SHOWN_SOURCES:
        return tuple(rows)
    others = Counter[str]()
    for row in rows[_SHOWN_SOURCES - 1 :]:
        others.update(row.counts)
    left = len(rows) - _SHOWN_SOURCES + 1
    return (*rows[: _SHOWN_SOURCES - 1], SourceRows(f"{left} others", _in_order(others)))


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    return {split: counts[split] for split in SPLITS if counts.get(split)}
