"""Answers that people gave in an earlier version of a dataset after its records came to a new one.

Sent with a record, an answer would replace what its author says at this moment, so each is given as
its author.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotation.client import ArgillaClient, Response
from annotation.given_answers import GivenAnswer
from annotation.refusals import ConflictError, NotOnServerError, NotTakenError
from annotation.span_offsets import values_in_units
from annotation.sync import Target
from annotation.tasks import CarriedAnswer, LabelItem, response_payload

Keep = Callable[[Mapping[str, Mapping[str, GivenAnswer]]], None]


@dataclass(frozen=True, slots=True)
class LateGiven:
    """What became of late answers.

    Attributes:
        n_given: How many are here now.
        n_left: How many stay where they were given: their author may no longer work here, or
            Argilla refused them.
    """

    n_given: int = 0
    n_left: int = 0


def give_as_authors(
    client: ArgillaClient,
    target: Target,
    items: Sequence[LabelItem],
    late: Mapping[str, Sequence[CarriedAnswer]],
    keep: Keep,
) -> LateGiven:
    """Give answers to records that are there, each as its author.

    What somebody says here anew meanwhile stays. Whatever ends this, the next push goes on.

    Args:
        client: With an owner's rights.
        target: The dataset, as it was read for these answers.
        items: The records.
        late: The answers, by record.
        keep: Told what was given, by record and user id, after each author.

    Raises:
        AnnotationServerError: Argilla stopped answering.
    """
    fields = {item.external_id: item.fields for item in items}
    spans = client.span_fields(target.dataset_id)
    waiting: dict[str, list[tuple[str, CarriedAnswer]]] = defaultdict(list)
    for name, answers in late.items():
        for answer in answers:
            values = values_in_units(answer.values, fields[name], spans)
            waiting[answer.user_id].append((name, replace(answer, values=values)))
    n_given = n_left = 0
    for user in client.who_may_answer(target.dataset_id):
        if theirs := waiting.pop(user.user_id, None):
            with ArgillaClient(client.url, user.api_key, embedded=client.embedded) as own:
                given, refused = _give_all(own, target, theirs, keep)
            n_given, n_left = n_given + given, n_left + refused
    return LateGiven(n_given, n_left + sum(map(len, waiting.values())))


def _give_all(
    own: ArgillaClient, target: Target, theirs: Sequence[tuple[str, CarriedAnswer]], keep: Keep
) -> tuple[int, int]:
    """Give one author's answers; return how many are here now, and how many were refused."""
    given: dict[str, dict[str, GivenAnswer]] = {}
    n_refused = 0
    try:
        for name, answer in theirs:
            here = target.answered[name].get(answer.user_id)
            try:
                copied = _give(own, target.record_ids[name], here, answer)
            except (NotOnServerError, NotTakenError):
                n_refused += 1
                continue
            if copied is not None:
                given[name] = {answer.user_id: copied}
    finally:
        keep(given)
    return len(given), n_refused


def _give(
    own: ArgillaClient, record_id: str, here: Response | None, answer: CarriedAnswer
) -> GivenAnswer | None:
    """Give an answer, or bring the copy of it up to date; None if its author was faster."""
    said: Mapping[str, Any] = response_payload(answer)
    if here is None:
        try:
            own.give(record_id, said)
        except ConflictError:
            return None
        return GivenAnswer(answer.inserted_at, answer.updated_at)
    now = {each.response_id: each.updated_at for each in own.record(record_id).responses}
    if now.get(here.response_id) != here.updated_at:
        return None
    changed = own.change(here.response_id, said)
    return GivenAnswer(answer.inserted_at, answer.updated_at, changed.updated_at)
