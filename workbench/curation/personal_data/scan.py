"""Scan texts for personal data: candidates by a compiled loop, exact patterns only there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from workbench.curation.personal_data import (
    addresses,
    candidates,
    contacts,
    cued,
    names,
    numbers,
    tokens,
)
from workbench.curation.personal_data.kinds import DEFAULT_KINDS, KINDS, Finding, without_overlaps
from workbench.curation.personal_data.models import Detector
from workbench.curation.personal_data.runs import split_runs
from workbench.errors import ConfigError

Pattern = Callable[[str, int, int], Iterable[Finding]]

_PATTERNS: Mapping[int, Pattern] = {
    candidates.EMAIL: contacts.email_at,
    candidates.EMAIL_IN_WORDS: contacts.email_in_words,
    candidates.URL: contacts.url_at,
    candidates.IP6: contacts.ip6_in,
    candidates.TOKEN: tokens.token_at,
    candidates.IBAN: tokens.iban_at,
    candidates.NAME: names.name_at,
    candidates.TITLED: names.titled_name_at,
    candidates.STREET: addresses.street_at,
    candidates.STREET_FIRST: addresses.street_first_at,
    candidates.STREET_NUMBER: addresses.street_number_at,
    candidates.BOX: addresses.box_at,
    candidates.ZIP: addresses.zip_at,
    candidates.ADDRESS: addresses.address_behind,
    candidates.BIRTH: cued.birth_behind,
    candidates.CUED_NUMBER: cued.number_behind,
    candidates.SECRET: cued.secret_behind,
}
_BATCH = 256  # texts whose runs fit the processor's cache


class Scanner:
    """Finds the personal data of texts.

    Args:
        kinds: What to look for, of `KINDS`.
        region: Country (ISO 3166) whose telephone numbers are known as they are written there.
        models: Further detectors, each asked about every text; see `models`.

    Raises:
        ConfigError: A kind does not exist.
    """

    def __init__(
        self,
        kinds: frozenset[str] = DEFAULT_KINDS,
        region: str = "US",
        models: Sequence[Detector] = (),
    ) -> None:
        unknown = sorted(kinds - KINDS)
        if unknown:
            raise ConfigError(
                f"No kind of personal data is called {', '.join(unknown)}.",
                f"There are: {', '.join(sorted(KINDS))}.",
            )
        self.kinds = kinds
        self.region = region
        self._models = models

    def find(self, text: str, known_names: Iterable[str] = ()) -> tuple[Finding, ...]:
        """Return the personal data of one text, in order and without overlaps.

        Args:
            text: Any text.
            known_names: Names of persons that the row gives elsewhere, found here as well.
        """
        return self.find_row([text], known_names)[0]

    def find_row(
        self, texts: Sequence[str], known_names: Iterable[str] = ()
    ) -> list[tuple[Finding, ...]]:
        """Return the personal data of the texts of one row: a name of one is found in all."""
        found = [list(each) for each in self._patterns(texts)]
        for text, each in zip(texts, found, strict=True):
            for model in self._models:
                each.extend(model.find(text))
        return self._with_mentions(texts, found, known_names)

    def find_all(self, texts: Sequence[str]) -> Iterator[tuple[Finding, ...]]:
        """Yield the personal data of many texts, each a row of its own."""
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            for text, found in zip(batch, self._patterns(batch), strict=True):
                for model in self._models:
                    found.extend(model.find(text))
                yield self._with_mentions([text], [found], ())[0] if found else ()

    def _patterns(self, texts: Sequence[str]) -> list[list[Finding]]:
        found: list[list[Finding]] = [[] for _ in texts]
        for index, kind, first, last in candidates.candidates(split_runs(texts)).tolist():
            if kind == candidates.NUMBER:
                found[index] += numbers.numbers_in(texts[index], first, last, self.region)
            else:
                found[index] += _PATTERNS[kind](texts[index], first, last)
        return found

    def _with_mentions(
        self, texts: Sequence[str], found: Sequence[list[Finding]], known_names: Iterable[str]
    ) -> list[tuple[Finding, ...]]:
        said = set(known_names)
        for text, each in zip(texts, found, strict=True):
            said.update([text[start:end] for kind, start, end in each if kind == "name"])
        if said and "name" in self.kinds:
            for text, each in zip(texts, found, strict=True):
                each.extend(names.mentions(text, said, each))
        return [
            without_overlaps([one for one in each if one[0] in self.kinds], text)
            for text, each in zip(texts, found, strict=True)
        ]
