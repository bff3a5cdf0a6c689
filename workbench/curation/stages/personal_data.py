"""Personal data and secrets, replaced in every text of a row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.config import resolved
from workbench.curation.outcomes import Finding, Outcome, Texts
from workbench.curation.personal_data.replace import ReplacedRow, Replacer, Tags, replace_row
from workbench.curation.personal_data.scan import Scanner
from workbench.curation.personal_data.surrogates import Surrogates
from workbench.curation.recipe import PersonalDataRules

_KEY_DIGITS = 16


class PersonalDataStage:
    """Scans a batch at once and replaces row by row, since a name found counts in its whole row.

    Args:
        rules: The recipe's.
        key: What surrogates are drawn with: the same person has the same one in every row.
    """

    name = "personal_data"

    def __init__(self, rules: PersonalDataRules, key: bytes) -> None:
        self._rules = rules
        self._key_digest = hashlib.sha256(key).hexdigest()[:_KEY_DIGITS]
        self._replacer: Replacer = (
            Surrogates(key, rules.region) if rules.replace == "surrogate" else Tags()
        )

    @property
    def settings(self) -> Mapping[str, Any]:
        return resolved(self._rules) | {"key": self._key_digest}

    def judge(self, rows: Sequence[Texts], muted: Sequence[frozenset[str]]) -> list[Outcome]:
        """Judge rows. See `outcomes.RowStage`."""
        outcomes = [Outcome(texts) for texts in rows]
        for rules in sorted(set(muted), key=sorted):
            places = [place for place, its in enumerate(muted) if its == rules]
            scanner = Scanner(frozenset(self._rules.kinds) - rules, self._rules.region)
            for place in _with_findings(scanner, rows, places):
                outcomes[place] = self._outcome(rows[place], scanner)
        return outcomes

    def _outcome(self, texts: Texts, scanner: Scanner) -> Outcome:
        replaced = replace_row(texts, scanner, self._replacer)
        findings = tuple(
            Finding(kind, "edit", self._reason(kind, sum(fields.values())), fields)
            for kind, fields in sorted(_counts(replaced).items())
        )
        return Outcome(replaced.texts if findings else texts, findings)

    def _reason(self, kind: str, count: int) -> str:
        what = kind.replace("_", " ")
        how = "a surrogate" if self._rules.replace == "surrogate" else f"[{kind.upper()}]"
        return f"{count} of kind {what} replaced by {how}."


def _with_findings(scanner: Scanner, rows: Sequence[Texts], places: Sequence[int]) -> list[int]:
    """Return the places of the rows in which anything is found, each once."""
    owners = [place for place in places for _ in rows[place]]
    found = scanner.find_all([text for place in places for text in rows[place].values()])
    return list(dict.fromkeys(o for o, each in zip(owners, found, strict=True) if each))


def _counts(replaced: ReplacedRow) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for field, replacements in replaced.replacements.items():
        for each in replacements:
            per_field = counts.setdefault(each.kind, {})
            per_field[field] = per_field.get(field, 0) + 1
    return counts
