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
        ("glossary: [{term: a}, {term: ' A '}]", "' A ' is a term twice|'A' is a term twice"),
        (
            "glossary: [{term: a, variants: [b]}, {term: b, variants: [a]}]",
            "'b' is a variant of 'a' and a term itself; keep one of the two",
        ),
        ("glossary: [{term: a, variants: [b]}, {term: B}]", "'b' is a variant of 'a' and a term"),
        (
            "glossary: [{term: a, variants: [the x]}, {term: b, variants: [The  X]}]",
            "'The  X' is a variant of 'a' and 'b'; keep one",
        ),
        ("glossary: [{term: a, variants: ['']}]", "at least 1 character"),
        ("protected: {patterns: ['(a+)+$']}", "line 4: protected.patterns.*could take very long"),
        ("protected: {patterns: ['(']}", "is not a regular expression"),
        ("protected: {words: [a]}", "unknown key"),
    ],
)
def test_wrong_task_files_are_refused(extra: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        parse_config(f"name: t\nobjective: o\n{RUBRIC}{extra}", Task, place="t.yaml")


def test_glossary_may_fix_the_case_of_a_term_and_protect_wordings() -> None:
    text = (
        f"name: t\nobjective: o\n{RUBRIC}glossary: [{{term: GitHub, variants: [github]}}]\n"
        "protected: {phrases: [People v. Client], patterns: ['\\d{1,3} U\\.S\\.C\\.']}"
    )
    task = parse_config(text, Task, place="t")
    assert task.glossary[0].variants == ("github",)
    assert task.protected.phrases == ("People v. Client",)
    assert task.protected.patterns == (r"\d{1,3} U\.S\.C\.",)


def test_anchors_must_be_the_four_levels() -> None:
    text = "name: t\nobjective: o\nrubric: [{name: a, question: q, anchors: {1: w, 5: x}}]"
    with pytest.raises(ConfigError, match="1, 4, 7 and 10"):
        parse_config(text, Task, place="t.yaml")
