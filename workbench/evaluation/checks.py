"""The task's automatic checks of one answer; each is passed or not."""

from __future__ import annotations

import re
from collections.abc import Mapping

from workbench.evaluation.parsing import ParsedAnswer
from workbench.task import Check, Output, Task

STYLE = "style"


def check_answer(text: str, parsed: ParsedAnswer, task: Task) -> Mapping[str, bool]:
    """Return whether an answer passes each check of the task, by the check's name.

    `style` is added where the task marks checks as such: all of them pass.
    """
    passed = {check.name: _passes(check, text, parsed, task.output) for check in task.checks}
    style = [passed[check.name] for check in task.checks if check.style]
    return {**passed, STYLE: all(style)} if style else passed


def _passes(check: Check, text: str, parsed: ParsedAnswer, output: Output) -> bool:
    required = [field.name for field in output.fields if field.required]
    match check.kind:
        case "format":
            return parsed.in_shape and all(name in parsed.order for name in required)
        case "concise":
            return len(text.split()) <= output.max_words and parsed.extra == 0
        case "complete":
            return parsed.in_shape and all(name in parsed.values for name in required)
        case "in_order":
            known = [field.name for field in output.fields if field.name in parsed.order]
            return parsed.in_shape and list(parsed.order) == known
        case "pattern":
            return re.search(check.pattern, text) is not None
