"""The rows that a run learns from: read from a version, checked, rendered, fitted to a length."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from training.rendering import Rendering, render_all
from workbench.errors import EmptySplitError, LeakageError, TrainingError
from workbench.manifest import VersionFolder
from workbench.records import Example, Message, PreferencePair
from workbench.version_rows import read_examples, read_pairs

_LENGTH_STEP = 16
_FITTED_SHARE = 0.99
_WATCHED_SPLIT = "validation"
_PAIR_SPLITS = ("train", "feedback", _WATCHED_SPLIT)


@dataclass(frozen=True, slots=True)
class SftRow:
    """A prompt, the completion to learn, and their token ids."""

    row_id: str
    prompt: tuple[Message, ...]
    completion: str
    rendering: Rendering

    @property
    def length(self) -> int:
        return self.rendering.length

    @property
    def renderings(self) -> tuple[Rendering, ...]:
        return (self.rendering,)


@dataclass(frozen=True, slots=True)
class DpoRow:
    """A prompt with a chosen and a rejected completion, and their token ids."""

    row_id: str
    example_id: str
    split: str
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str
    chosen_rendering: Rendering
    rejected_rendering: Rendering

    @property
    def length(self) -> int:
        return max(self.chosen_rendering.length, self.rejected_rendering.length)

    @property
    def renderings(self) -> tuple[Rendering, ...]:
        return (self.chosen_rendering, self.rejected_rendering)


class MeasuredRow(Protocol):
    """What fitting, sampling and counting need to know of a row."""

    @property
    def row_id(self) -> str: ...

    @property
    def length(self) -> int:
        """Tokens of the row; of a pair, those of its longer side."""
        ...


class PromptedRow(Protocol):
    """What holding out needs to know of a row."""

    @property
    def example_id(self) -> str: ...

    @property
    def split(self) -> str: ...


RowT = TypeVar("RowT", bound=MeasuredRow)
PairT = TypeVar("PairT", bound=PromptedRow)


@dataclass(frozen=True, slots=True)
class FittedRows(Generic[RowT]):
    """Rows no longer than the limit, and the ids of those that were left out."""

    kept: list[RowT]
    dropped: list[str]
    max_length: int


def check_trainable_version(version: VersionFolder) -> None:
    """Refuse a version whose training rows hold evaluation inputs, or that was never checked.

    Raises:
        LeakageError: The verdict of the version's leakage check is `leaking`, or is missing.
    """
    verdict = version.manifest.leakage.get("verdict")
    if verdict in ("clean", "suspect"):
        return
    digest = version.manifest.digest
    if verdict is None:
        raise LeakageError(
            f"Version {digest} was never checked for leakage: its manifest holds no verdict.",
            "Publish it again with `workbench curate`, which checks every version.",
        )
    raise LeakageError(
        f"Version {digest} is {verdict}: evaluation inputs stand in its train split.",
        f"See the rows with `workbench data leakage {digest}`, drop or regroup them, and curate "
        "again.",
    )


def suspicion(version: VersionFolder) -> str | None:
    """Return what is to be known before training on a version that is suspect; None of others.

    It shares text with evaluation rows, but no whole input of theirs: so it may be trained on.
    """
    if version.manifest.leakage.get("verdict") != "suspect":
        return None
    return (
        f"Version {version.manifest.digest} is suspect: some text of its train split stands in "
        "evaluation rows as well. `workbench data leakage` shows which."
    )


def read_sft_rows(version: VersionFolder, tokenizer: Any, split: str) -> list[SftRow]:
    """Return the rendered examples of a split.

    Raises:
        LeakageError: The test split was asked for.
    """
    if split not in ("train", "validation"):
        raise LeakageError(f"SFT may not read the {split!r} split.", "It learns from train alone.")
    return render_examples(read_examples(version, split), tokenizer)


def render_examples(examples: Sequence[Example], tokenizer: Any) -> list[SftRow]:
    """Return examples with their token ids, as SFT reads them."""
    renderings = render_all(tokenizer, [(e.prompt, e.completion) for e in examples])
    return [
        SftRow(example.example_id, example.prompt, example.completion, rendering)
        for example, rendering in zip(examples, renderings, strict=True)
    ]


def read_dpo_rows(version: VersionFolder, tokenizer: Any) -> list[DpoRow]:
    """Return the rendered preference pairs of a version.

    Raises:
        LeakageError: A pair answers an evaluation prompt.
    """
    pairs = read_pairs(version)
    check_pair_splits(pairs, version=version.manifest.digest)
    return render_pairs(pairs, tokenizer)


def check_pair_splits(pairs: Sequence[PreferencePair], *, version: str) -> None:
    """Refuse pairs on evaluation prompts. See `read_dpo_rows`."""
    for pair in pairs:
        if pair.split not in _PAIR_SPLITS:
            raise LeakageError(
                f"Pair {pair.pair_id} of version {version} answers a prompt of the "
                f"{pair.split!r} split.",
                "Publish the pairs again without the test split.",
            )


def render_pairs(pairs: Sequence[PreferencePair], tokenizer: Any) -> list[DpoRow]:
    """Return pairs with the token ids of both sides, as DPO reads them."""
    chosen = render_all(tokenizer, [(pair.prompt, pair.chosen) for pair in pairs])
    rejected = render_all(tokenizer, [(pair.prompt, pair.rejected) for pair in pairs])
    return [
        DpoRow(
            pair.pair_id,
            pair.example_id,
            pair.split,
            pair.prompt,
            pair.chosen,
            pair.rejected,
            good,
            bad,
        )
        for pair, good, bad in zip(pairs, chosen, rejected, strict=True)
    ]


def fitting_length(lengths: Sequence[int], *, context: int, asked: int | None) -> int:
    """Return the longest row to train on, in tokens.

    Asked for nothing, it is the 99th percentile of the lengths rounded up to a multiple of 16, or
    the model's context where that is shorter.

    Raises:
        TrainingError: More is asked for than the model can read.
    """
    if asked is not None:
        if asked > context:
            raise TrainingError(
                f"max_length is {asked} tokens, but the model reads no more than {context}.",
                f"Set max_length to {context} or less.",
            )
        return asked
    ranked = sorted(lengths)
    fitted = ranked[math.ceil(_FITTED_SHARE * len(ranked)) - 1]
    return min(context, math.ceil(fitted / _LENGTH_STEP) * _LENGTH_STEP)


def fit_rows(rows: Sequence[RowT], *, max_length: int, place: str) -> FittedRows[RowT]:
    """Keep the rows that fit; nothing is ever cut off.

    Raises:
        EmptySplitError: No row is left.
    """
    kept = [row for row in rows if row.length <= max_length]
    if not kept:
        raise EmptySplitError(
            f"{place} has {len(rows)} rows, of which none fits {max_length} tokens.",
            "Publish a version with rows in that split, or raise max_length.",
        )
    return FittedRows(kept, [row.row_id for row in rows if row.length > max_length], max_length)


def sample_rows(rows: Sequence[RowT], count: int) -> list[RowT]:
    """Return up to `count` rows, the same ones whatever else the set holds."""
    return sorted(rows, key=lambda row: rank(row.row_id))[:count]


def hold_out(rows: Sequence[PairT], fraction: float) -> tuple[list[PairT], list[PairT]]:
    """Split pairs into those to learn from and those to watch, never dividing a prompt's pairs.

    A version that brings pairs of the validation split is watched with these, and no others are
    held out; of any other version, a fraction of the prompts is.
    """
    validation = [row for row in rows if row.split == _WATCHED_SPLIT]
    if validation:
        return [row for row in rows if row.split != _WATCHED_SPLIT], validation
    prompts = sorted({row.example_id for row in rows}, key=rank)
    watched = set(prompts[: int(len(prompts) * fraction)])
    return (
        [row for row in rows if row.example_id not in watched],
        [row for row in rows if row.example_id in watched],
    )


def rank(name: str) -> bytes:
    """Return a sort key that draws the same names whatever else the set holds."""
    return hashlib.sha256(name.encode()).digest()
