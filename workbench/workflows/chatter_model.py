"""Train the chatter classifier on the labels in the store, and hand it to curation."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from workbench.config import FrozenModel
from workbench.curation.recipe import MODEL_NAME
from workbench.curation.text import canonical
from workbench.curation.wording.chatter_model import (
    PRECISION,
    ChatterModel,
    load_chatter_model,
    train_chatter_model,
)
from workbench.curation.wording.sentences import split_sentences
from workbench.errors import ConfigError, DataError, NotFoundError
from workbench.files import write_atomic
from workbench.home import Home
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.explain_row import find_row
from workbench.workflows.sentence_labels import (
    LabelledSentence,
    add_sentence_labels,
    label_sources,
    sentence_labels,
)

SAMPLED_SENTENCES = 200
_LABELS = ("chatter", "keep")


class _FileRow(FrozenModel):
    """One line of a file of labels."""

    row: str = Field(min_length=1, description="Id of the imported row, or notes.csv:12.")
    sentence: str = Field(min_length=1, description="As it stands in the row.")
    label: Literal["chatter", "keep", ""] = Field("", description="Empty: not judged.")


@dataclass(frozen=True, slots=True)
class SampledSentences:
    """Sentences that wait for a label, in a file."""

    file: str
    n_sentences: int


@dataclass(frozen=True, slots=True)
class ImportedLabels:
    """Labels that were read from a file.

    Attributes:
        n_chatter: Sentences labelled as chatter.
        n_keep: Sentences labelled as to be kept.
        n_unlabelled: Lines without a label, which say nothing.
    """

    n_chatter: int
    n_keep: int
    n_unlabelled: int


@dataclass(frozen=True, slots=True)
class TrainedChatterModel:
    """A classifier and how good it is, by five-fold cross-validation.

    Attributes:
        name: As the recipe's `wording.chatter_model` names it.
        file: Where it is.
        n_labels: Distinct labelled sentences.
        n_chatter: Those labelled as chatter.
        n_called: Held-out sentences that it called chatter.
        n_right: Those of them that were.
        precision: n_right / n_called, in 0-1; None if nothing was called.
        precision_interval: Wilson's 95 % interval.
        recall: n_right / n_chatter, in 0-1.
        threshold: Probability in 0-1 from which a sentence goes.
    """

    name: str
    file: str
    n_labels: int
    n_chatter: int
    n_called: int
    n_right: int
    precision: float | None
    precision_interval: tuple[float, float]
    recall: float
    threshold: float


def train_chatter(
    home: Home, *, name: str = "default", precision: float = PRECISION
) -> TrainedChatterModel:
    """Train a classifier on every label in force and keep it under a name.

    Curation does not use it before the recipe's `wording.chatter_model` names it. Versions that
    were made with an earlier model of that name stay as they are.

    Args:
        home: The project.
        name: 1-40 lower-case letters, digits, `-` and `_`; not `off`.
        precision: Share of what is called chatter that has to be so, in 0-1.

    Raises:
        ConfigError: The name or the precision cannot be used.
        DataError: There are too few labels of a kind, or no threshold reaches the precision.
    """
    _check_name(name)
    if not 0.5 <= precision <= 1:
        raise ConfigError(f"A precision of {precision:g} is not between 0.5 and 1.", "Try 0.95.")
    with open_store(home) as store:
        labels, sources = sentence_labels(store), label_sources(store)
    model = train_chatter_model(
        [each.text for each in labels],
        [each.label == "chatter" for each in labels],
        sources=sources,
        precision=precision,
    )
    file = home.chatter_models / f"{name}.json"
    model.save(file)
    measured = model.measured
    return TrainedChatterModel(
        name,
        str(file),
        measured.n_labels,
        measured.n_chatter,
        measured.n_called,
        measured.n_right,
        measured.precision,
        measured.precision_interval,
        measured.recall,
        model.threshold,
    )


def chatter_model(home: Home, name: str) -> ChatterModel | None:
    """Return the model that a recipe names; None for `off`.

    A model that learned from a file that was erased since is deleted: its weights tell words of
    that file. `erase_sources` deletes it at once; this is for one that came back from a backup, or
    was trained while the file was erased.

    Raises:
        NotFoundError: There is no such model.
        DataError: The file holds no model that this release can read, or was deleted just now.
    """
    if name == "off":
        return None
    file = home.chatter_models / f"{name}.json"
    if not file.is_file():
        raise NotFoundError(
            f"wording.chatter_model is {name!r}, and {file} does not exist.",
            f"Train it with `workbench data chatter train --name {name}`, or set it to off.",
        )
    model = load_chatter_model(file)
    if erased := _erased_sources(home, model):
        file.unlink()
        raise DataError(
            f"The chatter model {name!r} had learned sentences of {', '.join(erased)}, erased "
            "since: it is deleted.",
            f"Train it again on the labels that are left: `workbench data chatter train --name "
            f"{name}`, or set wording.chatter_model to off.",
        )
    return model


def models_that_learned_from(home: Home, source_ids: Collection[str]) -> tuple[Path, ...]:
    """Return the files of the models that learned sentences of a source, sorted.

    One that cannot be read may have, and no recipe can use it: so it is among them.
    """
    return tuple(
        file
        for file in sorted(home.chatter_models.glob("*.json"))
        if _may_have_learned_from(file, source_ids)
    )


def _may_have_learned_from(file: Path, source_ids: Collection[str]) -> bool:
    try:
        return not set(source_ids).isdisjoint(load_chatter_model(file).sources)
    except DataError:
        return True


def _erased_sources(home: Home, model: ChatterModel) -> list[str]:
    """Return the names of the files that a model learned from and that are erased."""
    with open_store(home) as store:
        return [
            source.file_name
            for source in store.sources()
            if source.source_id in model.sources and source.status == "erased"
        ]


def sample_sentences(
    home: Home, file: Path, *, n_sentences: int = SAMPLED_SENTENCES, seed: int = 0
) -> SampledSentences:
    """Write sentences of the latest version's inputs that nobody labelled, for somebody to label.

    They are what the rules left, personal data already replaced. The file is JSON Lines, one
    sentence a line with an empty label, and only its owner can read it.

    Args:
        home: The project.
        file: Where to write; must not exist.
        n_sentences: How many at most.
        seed: The same seed draws the same sentences.

    Raises:
        NotFoundError: No version of examples was published yet.
        DataError: The file exists.
    """
    if file.exists():
        raise DataError(f"{file} exists; its labels are not to be lost.", "Name another file.")
    with open_store(home) as store:
        known = {canonical(each.text) for each in sentence_labels(store)}
    found = sorted((text, row) for row, text in _unlabelled(home, known))
    drawn = random.Random(seed).sample(found, min(n_sentences, len(found)))  # noqa: S311 - no secret
    lines = [
        json.dumps({"row": row, "sentence": text, "label": ""}, ensure_ascii=False) + "\n"
        for text, row in drawn
    ]
    write_atomic(file, "".join(lines))
    return SampledSentences(str(file), len(lines))


def import_labels(home: Home, file: Path, *, author: str = "") -> ImportedLabels:
    """Read labels from JSON Lines: `row`, `sentence`, and `label` as chatter or keep.

    All of them are taken over, or none.

    Args:
        home: The project.
        file: As `sample_sentences` wrote it, with labels filled in.
        author: Who labelled.

    Raises:
        DataError: A line is wrong.
        NotFoundError: The file or a row does not exist.
    """
    rows = list(_read(file))
    with open_store(home) as store:
        labels = [
            LabelledSentence(find_row(store, row.row), row.sentence, row.label)
            for row in rows
            if row.label
        ]
        add_sentence_labels(store, labels, origin="file", author=author)
    counts = Counter(each.label for each in labels)
    return ImportedLabels(counts["chatter"], counts["keep"], len(rows) - len(labels))


def _check_name(name: str) -> None:
    if not MODEL_NAME.fullmatch(name) or name == "off":
        raise ConfigError(
            f"{name!r} cannot name a chatter model.",
            "Use 1-40 lower-case letters, digits, - and _; off means none.",
        )


def _unlabelled(home: Home, known: set[str]) -> Iterator[tuple[str, str]]:
    """Yield row and text of each distinct sentence that has no label."""
    seen = set(known)
    for example in read_examples(resolve_version(home, "latest:examples")):
        for part in split_sentences(example.input):
            text = example.input[part.start : part.end]
            key = canonical(text)
            if not part.is_label and key not in seen:
                seen.add(key)
                yield example.example_id, text


def _read(file: Path) -> Iterator[_FileRow]:
    if not file.is_file():
        raise NotFoundError(
            f"{file} does not exist.", "Write one: `workbench data chatter sample`."
        )
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            try:
                yield _FileRow.model_validate_json(line)
            except ValidationError as exc:
                problem = exc.errors(include_input=False)[0]
                key = ".".join(map(str, problem["loc"]))
                raise DataError(
                    f"{file}, line {number}: {f'{key}: ' if key else ''}{problem['msg']}.",
                    'Write {"row": "notes.csv:12", "sentence": "…", "label": "chatter"}.',
                ) from exc
