"""Names of persons, from what stands before them, and their other mentions in a row.

A name has no form. It is found behind a title, a salutation, a cue such as "client:", a sign-off, a
given name of the census lists, or because a field of the row says it. Words that are no name where
they stand alone (see words/common_words.txt) end one: "Dear Sir", "Patient: Yes".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from workbench.curation.personal_data import lexicon
from workbench.curation.personal_data.kinds import Finding
from workbench.curation.wording.spelling_dictionary import english_counts

_PART = re.compile(r"(?:[^\W\d_]['’])?[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_])){0,30}")
# A word of a name with what may stand between it and the next.
_STEP = re.compile(rf"({_PART.pattern})(\.?[ \u00a0]|\.(?=[A-Z]\.))?")
PARTICLES = frozenset(
    {"van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "du", "la", "le"}
    | {"el", "al", "bin", "ibn", "ten", "ter"}
)
SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv", "md", "phd", "esq", "dds"))
_MOST_PARTS = 5
_TURN_REACH = 2000  # characters on each side in which the label of a turn recurs
# A speaker says I and you; a form that says "Client: Okonkwo came in." does not.
_SPOKEN = re.compile(r"[^\n]{0,200}?\b(?:I|[Mm]e|[Mm]y|[Mm]ine|[Yy]ou|[Yy]ours?)\b")
_INITIAL = re.compile(r"[A-Z]\. ?[A-Z]")
_LEAST_COUNT = 200_000  # in the dictionary's books; among rarer words many are surnames
_ILLNESS = re.compile(
    r"(?:['’]s|s['’])?[ -](?:and [\w-]{1,20} )?"
    r"(?:disease|syndrome|disorder|palsy|lymphoma|sarcoma|thyroiditis|dementia|chorea|phenomenon)\b",
    re.IGNORECASE,
)
_SHORTEST_MENTION = 3  # letters; "Al" or "Bo" alone would be found within other words' company


def name_at(text: str, first: int, _last: int) -> tuple[Finding, ...]:
    """Find the name that begins at a place, behind a cue or with a known given name.

    A word of the dictionary alone is none, unless it is listed as a name.
    """
    found = _name(text, first, titled=False)
    if found and _is_plain_word(text[found[0].start : found[0].end].lower()):
        return ()
    return found


def labelled_name_at(text: str, first: int, label: int) -> tuple[Finding, ...]:
    """Find the name that begins at a place behind a cue with a colon, which begins at `label`.

    Where the cue is the speaker of a turn ("Patient: Tylenol helped."), what follows is any text,
    and a name only if one of its words is listed as such.
    """
    found = name_at(text, first, first)
    if found and _is_turn(text, label, found[0].end):
        return found if _is_surely_name(text[first : found[0].end]) else ()
    return found


def _is_surely_name(value: str) -> bool:
    words = (word for part in parts_of(value) for word in part.lower().split("-"))
    return bool(_INITIAL.match(value)) or any(map(lexicon.is_listed_name, words))


def _is_turn(text: str, label: int, end: int) -> bool:
    """Tell whether a label is the speaker of a turn, and `end` a place within what is said.

    The label of a turn stands elsewhere too, answers a question, or has speech behind it.
    """
    colon = text.find(":", label)
    if text[label:colon].lower() == "name":
        return False
    near = text[max(0, label - _TURN_REACH) : end + _TURN_REACH]
    if near.count(text[label : colon + 1]) > 1:
        return True
    before = text[max(0, label - _TURN_REACH) : label].rstrip(" \n*")
    return before.endswith("?") or bool(_SPOKEN.match(text, end))


def _is_plain_word(word: str) -> bool:
    is_frequent = english_counts().get(word, 0) >= _LEAST_COUNT
    return is_frequent and not lexicon.is_listed_name(word)


def titled_name_at(text: str, first: int, _last: int) -> tuple[Finding, ...]:
    """Find the name that begins at a place, behind a title."""
    return _name(text, first, titled=True)


def _name(text: str, first: int, *, titled: bool) -> tuple[Finding, ...]:
    end = place = first
    for index in range(_MOST_PARTS):
        step = _STEP.match(text, place)
        if not step:
            break
        part, gap = step.groups()
        if not _continues(part, text, step.end(1), titled or index > 0):
            break
        if part.lower() not in PARTICLES or end == first:
            end = step.end(1)
        if not gap or (gap[0] == "." and len(part) > 1):
            break
        place = step.end()
    value = text[first:end].removesuffix("'s").removesuffix("’s")
    if _ILLNESS.match(text, first + len(value)):
        return ()  # of whom it is named after
    return (Finding("name", first, first + len(value)),) if len(value) > 1 else ()


def _continues(part: str, text: str, end: int, known: bool) -> bool:
    """Tell whether a word belongs to a name; `known`: what stands before says that one is here."""
    word = part.lower()
    word = word.removesuffix("'s").removesuffix("’s")
    if part[0].isupper() and part[1:2].islower() and word not in _special_words():
        return True  # most often
    if word in PARTICLES:
        return True
    if not part[0].isupper() or word in _titles() or part[:2] in ("I'", "I’"):
        return False
    if len(part) > 1 and part.isupper() and not known and word not in lexicon.given_names():
        return False  # an abbreviation
    if len(part) == 1:
        return text.startswith(".", end) or (known and part != "I")
    if word in lexicon.common_words():
        return known and word in lexicon.word_surnames()
    return True


@cache
def _titles() -> frozenset[str]:
    return lexicon.cue_words("title")


@cache
def _special_words() -> frozenset[str]:
    return lexicon.common_words() | PARTICLES | _titles()


def parts_of(name: str) -> tuple[str, ...]:
    """Return the words of a name with a capital, but titles, initials, particles, suffixes."""
    return tuple(
        part[0].upper() + part[1:]
        for part in _PART.findall(name)
        if len(part) > 1
        and part.lower() not in PARTICLES
        and part.lower() not in SUFFIXES
        and part.lower() not in _titles()
    )


def mentions(text: str, names: Iterable[str], found: Sequence[Finding]) -> list[Finding]:
    """Find the further places of a text where one of the names stands, whole or in parts.

    A part alone counts where it is written with a capital, has three letters or more and is no
    common word.

    Args:
        text: The text.
        names: Names of persons.
        found: What was found there before; no mention within these is given again.
    """
    here = [text[start:end] for kind, start, end in found if kind == "name"]
    wanted: set[str] = set()
    for name in names:
        if _stands_again(text, name, times=name in here):
            wanted.update(part for part in parts_of(name) if _is_known_alone(part))
            if " " in name:
                wanted.add(name)
    if not wanted:
        return []
    taken = [(start, end) for _, start, end in found]
    n_before = len(taken)
    # The longest first: a whole name before its parts.
    for name in sorted(wanted, key=lambda name: (-len(name), name)):
        for written in (name, name.upper()):
            taken += _places(text, written, taken)
    return [Finding("name", start, end) for start, end in taken[n_before:]]


def _stands_again(text: str, name: str, *, times: int) -> bool:
    """Tell quickly whether a word of a name may stand more often than it was found."""
    for word in name.split():
        if len(word) < _SHORTEST_MENTION:
            continue
        capital, capitals = word[0].upper() + word[1:], word.upper()
        if text.count(capital) > times or (capitals != capital and capitals in text):
            return True
    return False


def _is_known_alone(part: str) -> bool:
    return len(part) >= _SHORTEST_MENTION and part.lower() not in lexicon.common_words()


def _places(text: str, name: str, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    places = []
    place = text.find(name)
    while place >= 0:
        end = place + len(name)
        for low, high in taken:
            if low <= place and end <= high:
                break
        else:
            before = place > 0 and text[place - 1].isalnum()
            if not before and not text[end : end + 1].isalnum():
                places.append((place, end))
        place = text.find(name, end)
    return places
