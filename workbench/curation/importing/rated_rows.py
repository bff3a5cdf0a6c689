"""Ratings that stand one answer a row: the rows of one prompt are brought together as pairs.

The rows are read twice: first to learn how each answer is rated, then to say what each row gives.
So every row is counted once at its place, wherever in the file the others of its prompt stand. In
between the texts are held in memory, each once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from workbench.curation.importing.examine import Examined, RatedRow
from workbench.curation.importing.preferences import RatedAnswer, best_against_worse
from workbench.curation.importing.rows import BadRow, Row, UsableRow

_NOTHING = Examined(())


@dataclass(slots=True)
class _Answer:
    """One answer to a prompt, with all rows that rate it."""

    text: str
    rows: list[tuple[int, int, str]] = field(default_factory=list)  # number, line, place
    ratings: dict[str, list[float]] = field(default_factory=dict)  # by criterion

    def rating(self) -> float:
        """Return the mean over criteria of the mean over raters.

        Exact up to the last step: 4.1 and 4.2 are on average no better than 4.15 alone.
        """
        means = [
            sum(Fraction(repr(number)) for number in numbers) / len(numbers)
            for numbers in self.ratings.values()
        ]
        return float(sum(means, Fraction()) / len(means))


@dataclass(slots=True)
class _Prompt:
    """The answers to one prompt, in the order of the file."""

    input: str
    group: str
    answers: dict[str, _Answer] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)  # in the order of the file, each once

    def add(self, number: int, found: RatedRow) -> None:
        """Take the row with this number, from 0."""
        row = found.row
        answer = self.answers.setdefault(row.output, _Answer(row.output))
        answer.rows.append((number, row.line, row.locator))
        answer.ratings.setdefault(found.criterion, []).append(found.rating)
        self.names |= dict.fromkeys(row.names)


def pair_rated_rows(
    rows: Iterable[Row | BadRow],
    again: Iterable[Row | BadRow],
    examine: Callable[[Row], RatedRow | BadRow],
) -> Iterator[Examined]:
    """Yield what each row gives: the first row of a worse answer the pair with the best one.

    Rows are of one prompt if both input and group are equal. Ratings of the same answer by several
    people are averaged; an answer counts only with a rating on each criterion of its prompt. As in
    a list of rated answers, the first of several best ones stands for all.

    Args:
        rows: The rows of a file.
        again: The same rows, read anew.
        examine: Reads one row.
    """
    prompts: dict[tuple[str, str], _Prompt] = {}
    outcomes: dict[int, Examined] = {}
    for number, row in enumerate(rows):
        if isinstance(row, BadRow):
            continue  # it comes again
        found = examine(row)
        if isinstance(found, BadRow):
            outcomes[number] = Examined((replace(found, raw=b""),))
        else:
            key = (found.row.input, found.row.group)
            prompts.setdefault(key, _Prompt(*key)).add(number, found)
    for prompt in prompts.values():
        outcomes.update(_outcomes(prompt))
    for number, row in enumerate(again):
        if isinstance(row, BadRow):
            yield Examined((row,))
        else:
            yield _with_bytes(outcomes.get(number, _NOTHING), row)


def _outcomes(prompt: _Prompt) -> Iterator[tuple[int, Examined]]:
    """Yield what rows of a prompt give, by number; those left out give nothing."""
    criteria = {name for answer in prompt.answers.values() for name in answer.ratings}
    compared = []
    for answer in prompt.answers.values():
        if answer.ratings.keys() == criteria:
            compared.append(answer)
        else:
            yield from _refused(answer, "missing_rating", _LACKS_CRITERION)
    if len(compared) == 1:
        yield from _refused(compared[0], "single_answer", "No other answer to its input is rated.")
    elif compared:
        yield from _pairs(prompt, compared)


_LACKS_CRITERION = "Its answer lacks a criterion for which others of its input are rated."


def _pairs(prompt: _Prompt, answers: Sequence[_Answer]) -> Iterator[tuple[int, Examined]]:
    found = best_against_worse([RatedAnswer(each.text, each.rating()) for each in answers])
    worse = set(found.worse)
    best = prompt.answers[found.best]
    for answer in answers:
        number, _, _ = answer.rows[0]
        if not worse:
            detail = f"The {len(answers)} answers to its input are rated the same."
            yield from _refused(answer, "only_ties", detail)
        elif answer.text in worse:
            yield number, Examined((_pair(prompt, best, answer),))
        elif answer is not best:
            yield number, Examined((), n_ties=1)


def _pair(prompt: _Prompt, best: _Answer, worse: _Answer) -> UsableRow:
    places = [place for _, _, place in (*worse.rows, *best.rows)]
    return UsableRow(
        line=worse.rows[0][1],
        input=prompt.input,
        output=best.text,
        group=prompt.group,
        rejected=worse.text,
        place="; ".join(places),
        names=tuple(prompt.names),
    )


def _refused(answer: _Answer, reason: str, detail: str) -> Iterator[tuple[int, Examined]]:
    for number, line, place in answer.rows:
        yield number, Examined((BadRow(line, reason, detail, b"", place),))


def _with_bytes(outcome: Examined, row: Row) -> Examined:
    """Return an outcome whose bad row has its bytes, which are not held in between."""
    bad = [replace(found, raw=row.raw) for found in outcome.rows if isinstance(found, BadRow)]
    return Examined(tuple(bad)) if bad else outcome
