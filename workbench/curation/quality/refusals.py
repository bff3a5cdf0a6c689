"""Whether an answer begins by refusing to answer."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

# Enough for several polite lead-ins and the longest phrase.
_BEGINNING = 240
_APOSTROPHES = str.maketrans("’‘ʼ`", "''''")
_BETWEEN = " ,.;:!-–—*\"'"


def refuses(answer: str) -> bool:
    """Tell whether an answer begins with a refusal, such as "I'm sorry, but I cannot help".

    Only beginnings count: a note may well report that a client "cannot provide documents".
    """
    beginning = answer[:_BEGINNING].lstrip(_BETWEEN + "\n\t").lower().translate(_APOSTROPHES)
    if not beginning.startswith(_first_words()):
        return False
    lead_in, refusal = _patterns()
    return refusal.match(lead_in.sub("", " ".join(beginning.split()), count=1)) is not None


@cache
def _phrases() -> dict[str, list[str]]:
    content = Path(__file__).with_name("refusals.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(content)  # type: ignore[no-any-return]  # our own file, fixed shape


@cache
def _first_words() -> tuple[str, ...]:
    """Return what every refusal begins with, so that most answers are told apart at once."""
    lists = _phrases()
    phrases = (*lists["lead_ins"], *lists["phrases"], *lists["denials"])
    return tuple(sorted({phrase.split()[0] for phrase in phrases}))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    one_of = {name: _one_of(phrases) for name, phrases in _phrases().items()}
    # Possessive, so that no text makes it try again: every lead-in is taken or left once.
    lead_in = re.compile(rf"\A(?:{one_of['lead_ins']}\b[{re.escape(_BETWEEN)}]*)*+")
    refusal = re.compile(rf"{one_of['phrases']}\b|{one_of['denials']} (?:to )?{one_of['tasks']}\b")
    return lead_in, refusal


def _one_of(phrases: list[str]) -> str:
    # The longest first: of two phrases that begin alike, the first in the pattern would be taken.
    return f"(?:{'|'.join(map(re.escape, sorted(phrases, key=len, reverse=True)))})"
