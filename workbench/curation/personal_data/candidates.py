"""Find the places of texts that are worth an exact look, in a compiled loop over their runs.

Most of a text is no personal data. A place is a candidate because of a character (`@`), a long
number, a word that announces something, or a capital behind such a word; the exact patterns run
there and nowhere else, which is what makes the scan fast.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.curation.kernels import kernel
from workbench.curation.personal_data import lexicon, runs
from workbench.curation.personal_data.runs import END, GAP, MEANING, SHAPE, START, Runs

Rows = npt.NDArray[np.int32]

# Columns of a candidate, and its kinds; what its start and end mean is said with its pattern.
TEXT, KIND, FIRST, LAST = range(4)
(
    EMAIL,
    EMAIL_IN_WORDS,
    URL,
    IP6,
    NUMBER,
    TOKEN,
    IBAN,
    NAME,
    TITLED,
    STREET,
    STREET_FIRST,
    STREET_NUMBER,
    BOX,
    ZIP,
    BIRTH,
    CUED_NUMBER,
    SECRET,
    ADDRESS,
    LABELLED,
) = range(19)

_CUE_REACH = 40  # characters between "account number is" and the number
_STREET_REACH = 60  # characters between the house number and "Street"
_LONG_TOKEN = 20  # letters and digits; longer than words are
_SHORT_WORD = 3  # letters: "of the", "no.", "in"
_CONNECTORS = 4  # words between "name" and the name
_NAME_CUES = lexicon.NAME_CUE | lexicon.SALUTATION | lexicon.SIGN_OFF
_ANNOUNCING = (
    lexicon.NUMBER_CUE | lexicon.BIRTH | lexicon.SECRET | lexicon.BEGIN | lexicon.STREET_FIRST
) | (lexicon.BOX | lexicon.LIVES | lexicon.ZIP | lexicon.WWW | lexicon.DOT | lexicon.AT)
_NO_PLACE = -1_000_000


def candidates(found: Runs) -> Rows:
    """Return candidates in the order of the texts; (n_candidates, 4)."""
    # No run makes more than six; most make none, so the second call is rare.
    rows = np.empty((len(found.rows) // 2 + 64, 4), np.int32)
    n_rows = _candidates(found.offsets, found.rows, rows)
    if n_rows > len(rows):
        rows = np.empty((n_rows, 4), np.int32)
        _candidates(found.offsets, found.rows, rows)
    return rows[:n_rows]


@kernel
def _candidates(offsets: npt.NDArray[np.int64], found: Rows, rows: Rows) -> int:
    n_rows = 0
    for text in range(offsets.size - 1):
        of_text = found[offsets[text] : offsets[text + 1]]
        n_rows = _signs(text, of_text, rows, n_rows)
        n_rows = _numbers(text, of_text, rows, n_rows)
        n_rows = _tokens(text, of_text, rows, n_rows)
        n_rows = _words(text, of_text, rows, n_rows)
        n_rows = _names(text, of_text, rows, n_rows)
    return n_rows


@kernel
def _add(rows: Rows, n_rows: int, text: int, kind: int, first: int, last: int) -> int:
    if n_rows < len(rows):
        rows[n_rows, TEXT], rows[n_rows, KIND] = text, kind
        rows[n_rows, FIRST], rows[n_rows, LAST] = first, last
    return n_rows + 1


@kernel
def _signs(text: int, found: Rows, rows: Rows, n_rows: int) -> int:
    """Look for what a sign between two runs tells: `@`, `://`, and the colons of IPv6."""
    n_colons, hex_start = 0, 0
    for index in range(len(found)):
        gap, start = found[index, GAP], found[index, START]
        if n_colons == 0 and not gap & (runs.AT_SIGN | runs.COLON):
            continue
        before = found[index - 1, END] if index else 0
        if gap & runs.AT_SIGN:
            n_rows = _add(rows, n_rows, text, EMAIL, before, start)
        if gap & (runs.COLON | runs.SLASH) == runs.COLON | runs.SLASH and start - before >= 3:
            n_rows = _add(rows, n_rows, text, URL, before, start)
        if gap & runs.COLON and start - before <= 2 and not gap & runs.SPACED:
            if n_colons == 0:
                hex_start = found[max(index - 1, 0), START]
            n_colons += 1 if start - before == 1 else 3
        elif start > before:
            if n_colons >= 3:
                n_rows = _add(rows, n_rows, text, IP6, hex_start, before)
            n_colons = 0
    if n_colons >= 3:
        n_rows = _add(rows, n_rows, text, IP6, hex_start, found[len(found) - 1, END])
    return n_rows


@kernel
def _numbers(text: int, found: Rows, rows: Rows, n_rows: int) -> int:
    """Look for numbers of seven digits or more, in groups with at most three separators between.

    Shorter ones count where they may be an address of the internet or end in a national number
    (three groups of two). Dates are left out.
    """
    index = 0
    while index < len(found):
        if not found[index, SHAPE] & runs.IS_DIGITS:
            index += 1
            continue
        first, n_digits = index, 0
        while index < len(found) and found[index, SHAPE] & runs.IS_DIGITS:
            apart = found[index, START] - found[index - 1, END] if index > first else 0
            if apart > 3 or (index > first and not found[index, GAP] & runs.SEPARATORS_ONLY):
                break
            n_digits += found[index, END] - found[index, START]
            index += 1
        if _is_number(found[first:index], n_digits):
            start, end = found[first, START], found[index - 1, END]
            n_rows = _add(rows, n_rows, text, NUMBER, start, end)
    return n_rows


@kernel
def _is_number(groups: Rows, n_digits: int) -> bool:
    sizes = groups[:, END] - groups[:, START]
    n_stops = 0
    for index in range(1, len(groups)):
        n_stops += groups[index, GAP] & runs.STOP != 0
    if n_stops >= 3:  # four numbers with dots between
        return True
    if len(sizes) != 3:
        return n_digits >= 7
    if groups[1, GAP] & runs.SPACES_ONLY and groups[2, GAP] & runs.SPACES_ONLY:
        return n_digits >= 6
    last_is_year = sizes[0] <= 2 and sizes[1] <= 2 and (sizes[2] == 2 or sizes[2] == 4)
    first_is_year = sizes[0] == 4 and sizes[1] <= 2 and sizes[2] <= 2
    return n_digits >= 7 and not last_is_year and not first_is_year


@kernel
def _tokens(text: int, found: Rows, rows: Rows, n_rows: int) -> int:
    """Look for runs of letters and digits without a gap: keys, bank accounts, identity numbers."""
    index = 0
    while index < len(found):
        first, n_digits, n_letters = index, 0, 0
        index += 1
        alone = index == len(found) or found[index, START] > found[first, END]
        if alone and found[first, END] - found[first, START] < _LONG_TOKEN:
            continue
        index = first
        while index < len(found) and (
            index == first or found[index, START] == found[index - 1, END]
        ):
            size = found[index, END] - found[index, START]
            if found[index, SHAPE] & runs.IS_DIGITS:
                n_digits += size
            else:
                n_letters += size
            index += 1
        start, end = found[first, START], found[index - 1, END]
        if index - first >= 2 and _is_iban_start(found[first], found[first + 1]):
            n_rows = _add(rows, n_rows, text, IBAN, start, end)
        if (n_letters and n_digits >= 4 and end - start >= 8) or end - start >= _LONG_TOKEN:
            n_rows = _add(rows, n_rows, text, TOKEN, start, end)
    return n_rows


@kernel
def _is_iban_start(letters: npt.NDArray[np.int32], digits: npt.NDArray[np.int32]) -> bool:
    return bool(
        letters[END] - letters[START] == 2
        and digits[SHAPE] & runs.IS_DIGITS
        and digits[END] - digits[START] >= 2
    )


@kernel
def _words(text: int, found: Rows, rows: Rows, n_rows: int) -> int:
    """Look for words that announce a number, a date, a secret or an address."""
    number_cue, cued, house = _NO_PLACE, _NO_PLACE, _NO_PLACE
    for index in range(len(found)):
        start, end, meaning = found[index, START], found[index, END], found[index, MEANING]
        shape = found[index, SHAPE]
        apart = start - found[index - 1, END] if index else 1
        if shape & runs.IS_DIGITS:
            if apart or index == 0:
                house = start
            if start - number_cue <= _CUE_REACH and cued != number_cue and end - start >= 2:
                n_rows = _add(rows, n_rows, text, CUED_NUMBER, number_cue, start)
                cued = number_cue
            if index:
                n_rows = _address_number(text, found, index, rows, n_rows)
            continue
        if apart and meaning & lexicon.STREET and 0 < start - house <= _STREET_REACH:
            n_rows = _add(rows, n_rows, text, STREET, house, end)
        if apart and end - start > _SHORT_WORD:
            # A word in small letters ends a street's name, one that is no cue a number's.
            if not shape & runs.FIRST_UPPER:
                house = _NO_PLACE
            if not meaning & (lexicon.NUMBER_CUE | lexicon.CONNECTOR):
                number_cue = _NO_PLACE
        if apart == 0 or not meaning & _ANNOUNCING:
            continue
        follows_cue = index > 0 and found[index - 1, MEANING] & lexicon.NUMBER_CUE
        if meaning & lexicon.NUMBER_CUE and not follows_cue:
            number_cue = start  # of "case number", where the two begin
        if meaning & lexicon.STREET_FIRST and (shape & runs.FIRST_UPPER or start - house < 8):
            n_rows = _add(rows, n_rows, text, STREET_FIRST, house, start)
        n_rows = _cue(text, found, index, rows, n_rows)
    return n_rows


@kernel
def _address_number(text: int, found: Rows, index: int, rows: Rows, n_rows: int) -> int:
    """Look for `Hauptstraße 12` and `IL 62704`, known by the word before the number at `index`."""
    start, end, first = found[index, START], found[index, END], found[index - 1, START]
    before = found[index - 1, MEANING]
    size, letters = end - start, found[index - 1, END] - first
    if not found[index, GAP] & runs.SPACES_ONLY or start - first - letters != 1:
        return n_rows
    if size == 5 and letters == 2 and before & lexicon.STATE:
        return _add(rows, n_rows, text, ZIP, first, start)
    if size <= 4 and letters >= 5 and not before & (lexicon.COMMON | lexicon.GIVEN_NAME):
        return _add(rows, n_rows, text, STREET_NUMBER, first, end)
    return n_rows


@kernel
def _cue(text: int, found: Rows, index: int, rows: Rows, n_rows: int) -> int:
    start, end, meaning = found[index, START], found[index, END], found[index, MEANING]
    if meaning & lexicon.BIRTH:
        n_rows = _add(rows, n_rows, text, BIRTH, start, end)
    if meaning & (lexicon.SECRET | lexicon.BEGIN):
        n_rows = _add(rows, n_rows, text, SECRET, start, end)
    if meaning & lexicon.BOX:
        n_rows = _add(rows, n_rows, text, BOX, start, end)
    if meaning & lexicon.LIVES:
        n_rows = _add(rows, n_rows, text, ADDRESS, start, end)
    if meaning & lexicon.ZIP:
        n_rows = _add(rows, n_rows, text, ZIP, start, end)
    if meaning & lexicon.WWW:
        n_rows = _add(rows, n_rows, text, URL, start, end)
    if meaning & lexicon.DOT or (meaning & lexicon.AT and found[index, GAP] & runs.BRACKET):
        n_rows = _add(rows, n_rows, text, EMAIL_IN_WORDS, start, end)
    return n_rows


@kernel
def _names(text: int, found: Rows, rows: Rows, n_rows: int) -> int:
    """Look for a capital behind a title, a cue, or a given name.

    `waiting` says which cue still waits for its name; it ends with a sentence, a line, or a word
    that is neither a name nor a connector such as "is". `label` is where the last cue begins if a
    colon follows it, as in "Patient: "; the pattern tells whether it is the speaker of a turn.
    """
    waiting, patience, given, label = 0, 0, _NO_PLACE, _NO_PLACE
    for index in range(len(found)):
        start, end, meaning = found[index, START], found[index, END], found[index, MEANING]
        shape, gap = found[index, SHAPE], found[index, GAP]
        if index and found[index - 1, MEANING] & lexicon.NAME_CUE:
            label = found[index - 1, START] if gap & runs.COLON else _NO_PLACE
        if shape & runs.IS_DIGITS:
            waiting, given = 0, _NO_PLACE
            continue
        if waiting and _ends_wait(waiting, gap, start - found[index - 1, END]):
            waiting = 0
        named = shape & runs.FIRST_UPPER and _may_be_name(meaning, waiting, end - start)
        if named and waiting:
            if waiting & lexicon.NAME_CUE and label != _NO_PLACE:
                n_rows = _add(rows, n_rows, text, LABELLED, start, label)
            else:
                kind = TITLED if waiting & lexicon.TITLE else NAME
                n_rows = _add(rows, n_rows, text, kind, start, end)
            waiting, given = 0, _NO_PLACE
        elif named and given != _NO_PLACE and _follows_given(gap, start - found[index - 1, END]):
            if end - start > 1:
                n_rows = _add(rows, n_rows, text, NAME, given, end)
                given = _NO_PLACE
        else:
            is_given = meaning & lexicon.GIVEN_NAME and shape & runs.FIRST_UPPER
            given = start if is_given else _NO_PLACE
        if meaning & lexicon.TITLE:
            waiting, patience = lexicon.TITLE, 0
        elif meaning & _NAME_CUES:
            waiting, patience = meaning & _NAME_CUES, _CONNECTORS
        elif waiting and patience and meaning & lexicon.CONNECTOR:
            patience -= 1
        else:
            waiting = 0
    return n_rows


@kernel
def _ends_wait(waiting: int, gap: int, size: int) -> bool:
    if waiting & lexicon.TITLE:
        return size > 3 or bool(gap & (runs.LINE | runs.COLON | runs.SLASH | runs.BRACKET))
    if gap & runs.STOP:
        return True
    return bool(gap & runs.LINE) and not waiting & lexicon.SIGN_OFF and not gap & runs.COLON


@kernel
def _follows_given(gap: int, size: int) -> bool:
    return size <= 2 and gap & (runs.SPACES_ONLY | runs.STOP) != 0 and not gap & runs.LINE


@kernel
def _may_be_name(meaning: int, waiting: int, size: int) -> bool:
    if not meaning & lexicon.COMMON or meaning & lexicon.GIVEN_NAME or (waiting and size == 1):
        return True
    return bool(meaning & lexicon.SURNAME) and not waiting & ~lexicon.TITLE
