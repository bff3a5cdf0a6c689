"""Labels of sentences, chatter or keep, from which the chatter classifier learns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.curation.text import canonical
from workbench.curation.wording.sentences import split_sentences
from workbench.errors import NotFoundError
from workbench.store import LabelOrigin, SentenceLabel, SentenceWord, Store, sentence_digest
from workbench.workflows.row_edits import edits_of_row

CHATTER_STAGE = "chatter"
_DIGEST_KEY = "digests of labelled sentences"


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A sentence of an imported row and what was said of it."""

    row_id: str
    text: str
    label: SentenceWord


def add_sentence_labels(
    store: Store, labels: Sequence[LabelledSentence], *, origin: LabelOrigin, author: str = ""
) -> None:
    """Record labels of sentences; the last label of a sentence counts, wherever it stands.

    Sentences that differ in case and spacing only are the same. Each is sealed with the key of its
    row's source, so that it goes with that source.

    Args:
        store: The open store.
        labels: What was said, in order.
        origin: How the labels came here.
        author: Who said so, if that is known.

    Raises:
        NotFoundError: A row was not imported, or its source was erased.
    """
    source_of = {row_id: _source(store, row_id) for row_id in {each.row_id for each in labels}}
    key = store.keys.derived(_DIGEST_KEY)
    store.add_sentence_labels(
        [
            SentenceLabel(
                sentence_digest(canonical(each.text), key),
                each.row_id,
                source_of[each.row_id],
                store.ciphers[source_of[each.row_id]].encrypt(each.text.encode()),
                each.label,
                author,
                origin,
            )
            for each in labels
        ]
    )


def sentence_labels(store: Store) -> list[LabelledSentence]:
    """Return the labels in force; those of erased sources are gone."""
    return [
        LabelledSentence(
            each.row_id, store.ciphers[each.source_id].decrypt(each.sealed).decode(), each.label
        )
        for each in store.sentence_labels()
    ]


def label_sources(store: Store) -> tuple[str, ...]:
    """Return the id of the source of each label in force, sorted, each once."""
    return tuple(sorted({each.source_id for each in store.sentence_labels()}))


def label_ruled_sentences(store: Store, rule: str, row_id: str, label: SentenceWord) -> None:
    """Label the sentences that a rule of the chatter stage spoke of in a row.

    They are those of the version published last in which it did.
    """
    stage, _, name = rule.partition(".")
    for version in store.list_versions():
        found = edits_of_row(store, version.manifest.digest, row_id)
        if edits := found.of_rule(stage, name):
            spans = [change.before for edit in edits for change in edit.changes]
            labels = [LabelledSentence(row_id, text, label) for text in said_sentences(spans)]
            add_sentence_labels(store, labels, origin="ruling")
            return


def _source(store: Store, row_id: str) -> str:
    """Return the first source of a row that still has its key, in force before replaced ones."""
    seen = [each for each in store.sightings(row_id) if each.original]
    if not seen:
        raise NotFoundError(
            f"Row {row_id} was not imported, or its source was erased: no key can seal its "
            "sentences.",
            "Give the id of an imported row; `workbench data why` finds it.",
        )
    return min(seen, key=lambda each: each.status != "in force").source_id


def said_sentences(spans: Iterable[str]) -> list[str]:
    """Return the sentences of removed spans, without the label of whoever speaks them."""
    return [
        said
        for span in spans
        for part in split_sentences(span)
        if not (said := span[part.start : part.end]).endswith(":")
    ]
