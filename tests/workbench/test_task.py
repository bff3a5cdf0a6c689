from __future__ import annotations

from pathlib import Path

import pytest

import workbench
from workbench.config import parse_config
from workbench.errors import ConfigError
from workbench.task import Task, load_task

TEMPLATES = sorted(Path(workbench.__file__).parent.glob("templates/*/task.yaml"))
RUBRIC = "rubric: [{name: a, question: q, anchors: {1: w, 4: x, 7: y, 10: z}}]\n"


def test_templates_are_found() -> None:
    assert [path.parent.name for path in TEMPLATES] == ["chat", "demo", "extract", "summarise"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.parent.name)
def test_every_template_is_a_valid_task_with_the_five_criteria(path: Path) -> None:
    task = load_task(path)
    names = [criterion.name for criterion in task.rubric]
    assert names == ["accuracy", "completeness", "conciseness", "format", "utility"]
    assert any(check.style for check in task.checks)


def test_braces_in_a_note_are_text() -> None:
    task = parse_config(
        f"name: t\nobjective: o\n{RUBRIC}prompt: {{template: 'Q: {{input}}'}}", Task, place="t"
    )
    assert task.messages("{x} {0}") == ({"role": "user", "content": "Q: {x} {0}"},)


def test_system_message_comes_first() -> None:
    text = f"name: t\nobjective: o\n{RUBRIC}prompt: {{system: be brief}}"
    assert [turn["role"] for turn in parse_config(text, Task, place="t").messages("x")] == [
        "system",
        "user",
    ]


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ("prompt: {template: no slot}", "must contain {input}"),
        ("output: {format: json}", "needs at least one field"),
        ("output: {format: json, fields: [{name: a, label: A}, {name: a, label: B}]}", "same name"),
        ("colour: red", "unknown key"),
        ("checks: [{name: c, kind: magic}]", "kind"),
    ],
)
def test_wrong_task_files_are_refused(extra: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        parse_config(f"name: t\nobjective: o\n{RUBRIC}{extra}", Task, place="t.yaml")


def test_anchors_must_be_the_four_levels() -> None:
    text = "name: t\nobjective: o\nrubric: [{name: a, question: q, anchors: {1: w, 5: x}}]"
    with pytest.raises(ConfigError, match="1, 4, 7 and 10"):
        parse_config(text, Task, place="t.yaml")
