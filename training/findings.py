"""What the counts of rows say about a training run that would read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from training.guards import RowProblem
from training.inspection import Finding, LengthLimit, Severity
from training.row_reading import RowCounts

_NAMED_ROWS = 20

_REFUSED = {
    RowProblem.NOTHING_TRAINED: "nothing_trained",
    RowProblem.NO_END: "no_end",
    RowProblem.PROMPT_CHANGES: "prompt_changes",
}
_SUSPICIOUS: tuple[tuple[str, Callable[[RowCounts], bool], str], ...] = (
    (
        "control_in_text",
        lambda row: bool(row.control_in_text),
        "The text spells out control tokens, which the model reads as if the template had written "
        "them. Remove or escape them.",
    ),
    (
        "double_begin",
        lambda row: row.double_begin,
        "The row begins with two begin tokens (BOS), which no model was pre-trained on. Remove the "
        "one in the text or in the template.",
    ),
    (
        "prompts_differ",
        lambda row: not row.same_prompt,
        "The two sides of the pair do not read the same prompt tokens.",
    ),
    (
        "unknown_tokens",
        lambda row: row.n_unknown > 0,
        "Some of the text is not in the vocabulary; the model cannot read it.",
    ),
)


def find_problems(rows: Sequence[RowCounts], limit: LengthLimit) -> tuple[Finding, ...]:
    """Return what is wrong with rows; what training refuses comes first."""
    fitting = [row for row in rows if row.length <= limit.tokens]
    return (*_refused(fitting, limit), *_left_out(rows, limit), *_suspicious(rows))


def _refused(fitting: Sequence[RowCounts], limit: LengthLimit) -> list[Finding]:
    if not fitting:
        return [version_error("none_fits", f"No row fits {limit.tokens} tokens.")]
    found = []
    for problem, rule in _REFUSED.items():
        if ids := [row.row_id for row in fitting if row.problem is problem]:
            sentence = problem.value[0].upper() + problem.value[1:]
            found.append(_finding(rule, "error", ids, sentence))
    return found


def _left_out(rows: Sequence[RowCounts], limit: LengthLimit) -> list[Finding]:
    ids = [row.row_id for row in rows if row.length > limit.tokens]
    message = f"Longer than {limit.tokens} tokens: training leaves the row out and cuts nothing."
    return [_finding("left_out", "warning", ids, message)] if ids else []


def _suspicious(rows: Sequence[RowCounts]) -> list[Finding]:
    return [
        _finding(rule, "warning", ids, message)
        for rule, holds, message in _SUSPICIOUS
        if (ids := [row.row_id for row in rows if holds(row)])
    ]


def version_error(rule: str, message: str) -> Finding:
    """Return a finding about a version as a whole, for which training refuses it."""
    return _finding(rule, "error", (), message)


def version_warning(rule: str, message: str) -> Finding:
    """Return a finding about a version as a whole that training accepts."""
    return _finding(rule, "warning", (), message)


def _finding(rule: str, severity: Severity, ids: Sequence[str], message: str) -> Finding:
    return Finding(rule, severity, len(ids), tuple(ids[:_NAMED_ROWS]), message)
