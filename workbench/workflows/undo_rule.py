"""Undo a rule of curation for one row or for all, restore it, or accept what it said of a row.

The next `curate` obeys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.curation import placing
from workbench.curation.hand_fixes import FIXED
from workbench.curation.pairs import doctor, gate
from workbench.curation.stages.order import STAGES
from workbench.errors import ConfigError, NotFoundError
from workbench.home import Home
from workbench.store import Ruling, SentenceWord, Store, open_store
from workbench.workflows.explain_row import find_row
from workbench.workflows.sentence_labels import CHATTER_STAGE, label_ruled_sentences

_SENTENCE_WORDS: Mapping[Ruling, SentenceWord] = {
    "accepted": "chatter",
    "undone": "keep",
    "restored": "withdrawn",
}

_TIES_SPLITS = (
    "a row that belongs to two splits would carry text from one into the other",
    "Give the rows that it is tied to one group, or set `splits.freeze: false` in recipe.yaml.",
)
# Why some rules cannot be undone, and what helps instead.
_NEVER_UNDONE = {
    f"{placing.STAGE}.{placing.BRIDGE}": _TIES_SPLITS,
    f"{placing.STAGE}.{placing.CONFLICT}": _TIES_SPLITS,
    f"{doctor.STAGE}.{gate.HELD_BACK}": (
        "pairs on prompts of other splits than train and validation never train",
        "Change the shares of `splits` in recipe.yaml to have more of them.",
    ),
}


@dataclass(frozen=True, slots=True)
class RuledRule:
    """What was said, and how many rows it concerns.

    Attributes:
        rule: As `stage.rule`.
        row_id: The one row; None for all.
        ruling: `undone`, `restored` or `accepted`.
        n_rows: Rows of which the rule spoke in any version.
    """

    rule: str
    row_id: str | None
    ruling: Ruling
    n_rows: int


def undo_rule(
    home: Home, rule: str, *, row: str | None = None, reason: str = "", restore: bool = False
) -> RuledRule:
    """Record that a rule is not to be applied, or is to be applied again.

    Nothing is published: versions never change. `workbench curate` makes one without the rule.

    Args:
        home: The project.
        rule: As `stage.rule`, such as `duplicates.near`.
        row: An id, a unique prefix of one, or a place such as `notes.csv:12`; None for every row.
        reason: A sentence for whoever asks later.
        restore: Apply the rule again.

    Raises:
        ConfigError: It names no stage of curation, or a rule that cannot be undone.
        NotFoundError: There is no such row, or the rule said nothing of it.
    """
    return _record(home, rule, "restored" if restore else "undone", row, reason)


def accept_finding(home: Home, rule: str, row: str | None = None, *, reason: str = "") -> RuledRule:
    """Record that a person looked at what a rule said and agrees; curation stays as it is.

    Args:
        home: The project.
        rule: As `stage.rule`.
        row: An id, a unique prefix of one, or a place such as `notes.csv:12`; None for every row.
        reason: A sentence for whoever asks later.

    Raises:
        ConfigError: It names no stage of curation.
        NotFoundError: There is no such row, or the rule said nothing of it.
    """
    return _record(home, rule, "accepted", row, reason)


def _record(home: Home, rule: str, ruling: Ruling, row: str | None, reason: str) -> RuledRule:
    stage, _, name = rule.partition(".")
    if stage not in STAGES or not name:
        raise ConfigError(
            f"{rule!r} names no rule of curation.",
            f"Write STAGE.RULE, such as duplicates.exact; stages: {', '.join(STAGES)}.",
        )
    if ruling == "undone" and rule in _NEVER_UNDONE:
        why, remedy = _NEVER_UNDONE[rule]
        raise ConfigError(f"{rule} cannot be undone: {why}.", remedy)
    with open_store(home) as store:
        row_id = None if row is None else find_row(store, row)
        n_rows = store.count_decisions(stage, name, row_id=row_id)
        if rule == FIXED:  # a fix can be undone before any curation spoke of it
            n_rows = max(n_rows, _count_fixes(store, row_id))
        if not n_rows and ruling != "restored":
            raise NotFoundError(
                f"{rule} said nothing{f' of row {row_id}' if row_id else ''} so far.",
                "`workbench data why ROW` and the output of `workbench curate` name the rules.",
            )
        store.record_ruling(rule, row_id, ruling, reason)
        if stage == CHATTER_STAGE and row_id:  # the chatter model learns from it
            label_ruled_sentences(store, rule, row_id, _SENTENCE_WORDS[ruling])
    return RuledRule(rule, row_id, ruling, n_rows)


def _count_fixes(store: Store, row_id: str | None) -> int:
    fixed = {correction.row_id for correction in store.last_corrections()}
    return len(fixed if row_id is None else fixed & {row_id})
