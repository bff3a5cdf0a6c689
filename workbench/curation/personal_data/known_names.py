"""Names that fields of a row give: split them, and find them wherever they stand in its texts.

Such a name needs no context, for somebody said that it is one. So it is found in any case and in
parts, where a name that only the text marks has to keep its capital (see `names.mentions`). A part
needs its capital still where it is a given name, for many are words ("mark", "grace"), or has two
letters ("Xu"). An ordinary word ("Price") needs it, and a place where no sentence begins.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from workbench.curation.personal_data import lexicon, names
from workbench.curation.personal_data.kinds import Finding

# What stands between the names of one field: "Roe, Jane; Doe & Sons", "A. Roe and B. Doe".
_BETWEEN = re.compile(r"[;|\n&/+]|\s(?:and|und|et|y|vs?\.?)\s", re.IGNORECASE)
_SHORTEST = 2  # letters of a part
_SURE = 3  # letters of a part that is found without its capital
_SENTENCE_START = re.compile(r"(?:^|[.!?:\n\"“(\[]\s{0,3})\Z")
_LOOK_BACK = 5
_MOST_WORDS = 5  # of a name


@lru_cache(maxsize=4096)
def names_of(field: str) -> tuple[str, ...]:
    """Return the names that a field holds, in form NFC and each in the order of speech.

    Several stand apart by semicolons, lines, `&` or "and"; a comma turns "Roe, Jane" around.
    """
    parts = (part.strip() for part in _BETWEEN.split(unicodedata.normalize("NFC", field)))
    return tuple(name for part in parts for name in _without_comma(part) if name)


def _without_comma(part: str) -> Iterator[str]:
    pieces = [" ".join(piece.split()) for piece in part.split(",")]
    last = pieces[-1].lower().rstrip(".").replace(".", "")
    if len(pieces) > 1 and last in names.SUFFIXES:  # "Roe, Jane, MD"
        pieces.pop()
    if len(pieces) == 2 and " " not in pieces[0]:
        yield f"{pieces[1]} {pieces[0]}".strip()
    else:
        yield from pieces


def looks_like_names(field: str, *, with_given: bool) -> bool:
    """Tell whether a field holds names and nothing else: a few words, each with a capital.

    Args:
        field: A value of a column.
        with_given: Whether a word must be a given name of the census, as a thing has a name too.
    """
    found = names_of(field)
    return bool(found) and all(_looks_like_name(name, with_given=with_given) for name in found)


def _looks_like_name(name: str, *, with_given: bool) -> bool:
    words, parts = name.split(), [part.lower() for part in names.parts_of(name)]
    if len(words) > _MOST_WORDS or any(map(str.isdigit, name)):
        return False
    if not all(word[0].isupper() or word.lower() in names.PARTICLES for word in words):
        return False
    if any(part in lexicon.given_names() for part in parts):
        return True
    return not with_given and any(part not in lexicon.common_words() for part in parts)


def places_of(text: str, fields: Iterable[str]) -> list[Finding]:
    """Find the names of some fields in a text, whole or in parts, and as whole words.

    Args:
        text: Any text.
        fields: What the row's columns of names hold, as they stand there.

    Returns: Findings of kind `name`; a part within a whole name is not given again.
    """
    folded = _folded(text)
    taken: list[tuple[int, int]] = []
    for name in sorted({name for field in fields for name in names_of(field)}, key=_longest_first):
        parts = names.parts_of(name.title() if name.islower() else name)
        if len(parts) > 1:
            taken += _whole_words(folded, _folded(name), taken)
        for part in sorted(parts, key=_longest_first):
            places = _whole_words(folded, _folded(part), taken)
            taken += [place for place in places if _is_meant(text, *place)]
    return [Finding("name", start, end) for start, end in sorted(taken)]


def _longest_first(name: str) -> tuple[int, str]:
    return -len(name), name


def _is_meant(text: str, start: int, end: int) -> bool:
    """Tell whether a part of a name stands for the person where it is found."""
    if end - start < _SHORTEST:
        return False
    part = text[start:end].lower()
    is_word = part in lexicon.common_words()
    if not text[start].isupper():
        return end - start >= _SURE and not is_word and part not in lexicon.given_names()
    if not is_word or text[end : end + 1] == ":":  # the speaker of a transcript
        return True
    return not _SENTENCE_START.search(text, max(0, start - _LOOK_BACK), start)


def _folded(text: str) -> str:
    """Return a text of the same length in lower case, with one form of apostrophe."""
    lower = text.lower()
    if len(lower) != len(text):  # İ becomes two characters
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lower.replace("’", "'")


def _whole_words(text: str, wanted: str, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    places = []
    place = text.find(wanted)
    while place >= 0:
        end = place + len(wanted)
        in_word = (place > 0 and text[place - 1].isalnum()) or text[end : end + 1].isalnum()
        if not in_word and not any(low < end and place < high for low, high in taken):
            places.append((place, end))
        place = text.find(wanted, end)
    return places
