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
from workbench.curation.personal_data import known_names as known_names_in
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
    candidates.LABELLED: names.labelled_name_at,
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
            known_names: What fields of the row that hold names say; see `known_names`.
        """
        return self.find_row([text], known_names)[0]

    def find_row(
        self, texts: Sequence[str], known_names: Iterable[str] = ()
    ) -> list[tuple[Finding, ...]]:
        """Return the personal data of the texts of one row: a name of one is found in all."""
        return self.settle(texts, self.detect(texts), known_names)

    def find_all(self, texts: Sequence[str]) -> Iterator[tuple[Finding, ...]]:
        """Yield the personal data of many texts, each a row of its own."""
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            for text, found in zip(batch, self.detect(batch), strict=True):
                yield self.settle([text], [found])[0] if found else ()

    def detect(self, texts: Sequence[str], *, with_models: bool = True) -> list[list[Finding]]:
        """Return what patterns and models find in each text, in any order and with overlaps."""
        found: list[list[Finding]] = [[] for _ in texts]
        for start in range(0, len(texts), _BATCH):
            self._patterns(texts[start : start + _BATCH], found[start : start + _BATCH])
        for model in self._models if with_models else ():
            for text, each in zip(texts, found, strict=True):
                each.extend(model.find(text))
        return found

    def _patterns(self, texts: Sequence[str], found: Sequence[list[Finding]]) -> None:
        for index, kind, first, last in candidates.candidates(split_runs(texts)).tolist():
            if kind == candidates.NUMBER:
                found[index].extend(numbers.numbers_in(texts[index], first, last, self.region))
            else:
                found[index].extend(_PATTERNS[kind](texts[index], first, last))

    def settle(
        self,
        texts: Sequence[str],
        found: Sequence[Iterable[Finding]],
        known_names: Iterable[str] = (),
    ) -> list[tuple[Finding, ...]]:
        """Add the other mentions of a row's names, and leave the kinds asked for, not overlapping.

        Args:
            texts: The texts of one row.
            found: What `detect` gave of each.
            known_names: As in `find`.
        """
        each_found, fields = [list(each) for each in found], tuple(known_names)
        if "name" in self.kinds:
            said = {
                text[start:end]
                for text, each in zip(texts, each_found, strict=True)
                for kind, start, end in each
                if kind == "name"
            }
            for text, each in zip(texts, each_found, strict=True):
                if said:
                    each.extend(names.mentions(text, said, each))
                if fields:
                    each.extend(known_names_in.places_of(text, fields))
        return [
            without_overlaps([one for one in each if one[0] in self.kinds], text)
            for text, each in zip(texts, each_found, strict=True)
        ]
