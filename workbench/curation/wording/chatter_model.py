"""A small classifier of chatter, learned from the sentences that the reviewers labelled.

Words and pairs of words are hashed into 65,536 features, and a logistic regression weighs them. The
threshold is the lowest at which the sentences that it calls chatter are so with the precision that
was asked for; every score behind it comes from a model that did not see the sentence. It is .8 or
more: both kinds weigh the same in training, so a sentence without a word of the labels has a score
of about .5, and must not go however well the labels can be told apart. The model is kept as JSON:
nothing in the file can run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, TypeAdapter, ValidationError

from workbench.curation.text import canonical
from workbench.curation.wording.changes import Edited, settle
from workbench.curation.wording.chatter import without_sentences
from workbench.curation.wording.sentences import split_sentences
from workbench.errors import DataError
from workbench.evaluation.statistics import wilson
from workbench.files import digest_json, write_json

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import HashingVectorizer

RULE = "chatter_model"
MIN_LABELS = 50
PRECISION = 0.95
_LEAST_THRESHOLD = 0.8
_N_FEATURES = 1 << 16
_N_FOLDS = 5
_SEED = 0

Scores = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]
Feature = Annotated[int, Field(ge=0, lt=_N_FEATURES)]


@dataclass(frozen=True, slots=True)
class Measured:
    """What cross-validation says of a model at its threshold.

    Each fold's threshold was chosen on the other folds.

    Attributes:
        n_labels: Distinct labelled sentences.
        n_chatter: Those labelled as chatter.
        n_called: Sentences that the model called chatter.
        n_right: Those of them that were.
    """

    n_labels: int
    n_chatter: int
    n_called: int
    n_right: int

    @property
    def precision(self) -> float | None:
        """Share of what was called chatter that is, in 0-1; None if nothing was."""
        return self.n_right / self.n_called if self.n_called else None

    @property
    def precision_interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the precision, in 0-1."""
        return wilson(self.n_right, self.n_called)

    @property
    def recall(self) -> float:
        """Share of the chatter that was called so, in 0-1."""
        return self.n_right / self.n_chatter


@dataclass(frozen=True, slots=True)
class ChatterModel:
    """A trained classifier.

    Attributes:
        weights: Weight of each feature that has one, by its index.
        intercept: Score of a sentence without any, as log-odds.
        threshold: Probability in 0-1 from which a sentence is called chatter.
        measured: How good it is, by cross-validation.
        sources: Ids of the imported files whose sentences it learned from, sorted; if one of them
            is erased, the model must go too.
        format: Layout of the file, and of the features.
    """

    weights: Mapping[Feature, float]
    intercept: float
    threshold: float
    measured: Measured
    sources: tuple[str, ...]
    format: Literal[2] = 2

    def scores(self, sentences: Sequence[str]) -> Scores:
        """Return the probability in 0-1 that each sentence is chatter; (n_sentences,)."""
        if not sentences:
            return np.zeros(0)
        dense = np.zeros(_N_FEATURES)
        dense[list(self.weights)] = list(self.weights.values())
        log_odds = _features(sentences) @ dense + self.intercept
        return np.asarray(1 / (1 + np.exp(-log_odds)), np.float64)

    def apply_all(self, texts: Sequence[str]) -> list[Edited]:
        """Return the texts without the sentences that are called chatter, as `ChatterRules` does.

        A second pass over the results changes nothing.
        """
        edited = self._edit_all(texts)
        changed = [index for index, result in enumerate(edited) if result.changes]
        again = self._edit_all([edited[index].text for index in changed])
        for index, second in zip(changed, again, strict=True):
            edited[index] = settle(texts[index], edited[index], second)
        return edited

    @property
    def digest(self) -> str:
        """Digest of the model; equal ones call the same sentences chatter."""
        return digest_json(asdict(replace(self, sources=())))

    def save(self, path: Path) -> None:
        """Write the model as JSON; equal labels give equal bytes."""
        write_json(path, asdict(self))

    def _edit_all(self, texts: Sequence[str]) -> list[Edited]:
        split = [split_sentences(text) for text in texts]
        said = [
            text[part.start : part.end]
            for text, parts in zip(texts, split, strict=True)
            for part in parts
        ]
        called = iter((self.scores(said) >= self.threshold).tolist())
        edited = []
        for text, parts in zip(texts, split, strict=True):
            flags = [next(called) and not part.is_label for part in parts]
            doomed = {index: RULE for index, flag in enumerate(flags) if flag}
            edited.append(without_sentences(text, parts, doomed))
        return edited


def load_chatter_model(path: Path) -> ChatterModel:
    """Read a model that `ChatterModel.save` wrote.

    Raises:
        DataError: The file holds no such model.
    """
    try:
        return TypeAdapter(ChatterModel).validate_json(path.read_bytes())
    except (OSError, ValidationError) as exc:
        raise DataError(
            f"{path} is no chatter model that this release can read.",
            "Train it again: `workbench data chatter train`.",
        ) from exc


def train_chatter_model(
    sentences: Sequence[str],
    is_chatter: Sequence[bool],
    *,
    sources: Iterable[str],
    precision: float = PRECISION,
    min_labels: int = MIN_LABELS,
) -> ChatterModel:
    """Learn from labelled sentences what chatter is here.

    Sentences that differ in case and spacing only count once, and as no chatter if one label says
    so. The order of the sentences does not matter.

    Args:
        sentences: Labelled sentences.
        is_chatter: The label of each.
        sources: Ids of the imported files that they are from.
        precision: Share of what is called chatter that has to be so, in 0-1.
        min_labels: Fewest distinct sentences of each kind, 10 or more.

    Raises:
        DataError: There are too few labels, or no threshold reaches the precision.
    """
    distinct = _distinct(sentences, is_chatter)
    labels = np.array(list(distinct.values()), np.bool_)
    n_chatter = int(labels.sum())
    if min(n_chatter, labels.size - n_chatter) < min_labels:
        raise DataError(
            f"{n_chatter} distinct sentences are labelled as chatter and {labels.size - n_chatter} "
            f"as none; at least {min_labels} of each are needed.",
            "Label more: `workbench data chatter sample`, or accept and undo findings of chatter.",
        )
    features = _features(list(distinct))
    measured, threshold = _measure(features, labels, precision)
    weights, intercept = _fit(features, labels)
    kept = {int(index): float(weights[index]) for index in np.flatnonzero(weights)}
    return ChatterModel(kept, intercept, threshold, measured, tuple(sorted(set(sources))))


def _distinct(sentences: Sequence[str], is_chatter: Sequence[bool]) -> dict[str, bool]:
    labels: dict[str, bool] = {}
    for sentence, label in zip(sentences, is_chatter, strict=True):
        key = canonical(sentence)
        labels[key] = labels.get(key, True) and bool(label)
    return dict(sorted(labels.items()))


def _measure(features: csr_matrix, labels: Labels, precision: float) -> tuple[Measured, float]:
    from sklearn.model_selection import StratifiedKFold

    scores = np.zeros(labels.size)
    fold_of = np.zeros(labels.size, np.int64)
    folds = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=_SEED)
    for fold, (seen, held_out) in enumerate(folds.split(features, labels)):
        weights, intercept = _fit(features[seen], labels[seen])
        log_odds = features[held_out] @ weights + intercept
        scores[held_out] = 1 / (1 + np.exp(-log_odds))
        fold_of[held_out] = fold
    called = np.zeros(labels.size, np.bool_)
    for fold in range(_N_FOLDS):
        others = fold_of != fold
        called[~others] = scores[~others] >= _threshold(scores[others], labels[others], precision)
    threshold = _threshold(scores, labels, precision)
    if np.isinf(threshold):
        raise DataError(
            f"No threshold reaches a precision of {precision:g} on these labels.",
            "Label more sentences, look for labels that contradict each other, or ask for less.",
        )
    n_right = int((called & labels).sum())
    return Measured(int(labels.size), int(labels.sum()), int(called.sum()), n_right), threshold


def _threshold(scores: Scores, labels: Labels, precision: float) -> float:
    """Return the lowest score from which upward the precision holds; infinite if none does.

    Scores below `_LEAST_THRESHOLD` do not come into question.
    """
    order = np.argsort(-scores, kind="stable")
    descending = scores[order]
    n_called = np.arange(1, scores.size + 1)
    enough = np.cumsum(labels[order]) >= precision * n_called
    # sentences of equal score are called together
    enough &= np.append(descending[:-1] > descending[1:], True) & (descending >= _LEAST_THRESHOLD)
    return float(descending[np.flatnonzero(enough)[-1]]) if enough.any() else float("inf")


def _fit(features: csr_matrix, labels: Labels) -> tuple[npt.NDArray[np.float64], float]:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(
        C=10.0, class_weight="balanced", solver="liblinear", random_state=_SEED
    )
    fitted.fit(features, labels)
    return np.asarray(fitted.coef_[0], np.float64), float(fitted.intercept_[0])


def _features(sentences: Sequence[str]) -> csr_matrix:
    """Return hashed words and pairs of words, each row of length 1; (n_sentences, 65,536)."""
    return _hasher().transform(canonical(sentence) for sentence in sentences)


@cache
def _hasher() -> HashingVectorizer:
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        n_features=_N_FEATURES,
        ngram_range=(1, 2),
        alternate_sign=False,
        token_pattern=r"\w+",  # noqa: S106 - a pattern, not a password
    )
