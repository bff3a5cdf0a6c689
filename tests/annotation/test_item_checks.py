from __future__ import annotations

import pytest

from annotation.item_checks import check_items
from annotation.tasks import Definition, LabelItem, Suggestion
from workbench.errors import AnnotationError

TEXT = {"type": "text", "use_markdown": False}
LABELS = {"type": "label_selection", "options": [{"value": "keep"}, {"value": "drop"}]}
DEFINITION = Definition(
    "instructions",
    "set-1",
    {},
    [
        {"name": "input", "required": True, "settings": TEXT},
        {"name": "context", "required": False, "settings": TEXT},
        {"name": "chat", "required": False, "settings": {"type": "chat"}},
    ],
    [
        {"name": "answer", "settings": TEXT},
        {"name": "verdict", "settings": LABELS},
    ],
)


def _suggested(values: dict[str, str]) -> dict[str, Suggestion]:
    return {name: Suggestion(value, "draft") for name, value in values.items()}


def _turns(*turns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in turns]


def test_what_argilla_takes_passes() -> None:
    chat = _turns(("user", "Hello"), ("assistant", "x" * 20_000))
    check_items(
        DEFINITION,
        [
            LabelItem("a", {"input": "text"}, _suggested({"answer": "text", "verdict": "keep"})),
            LabelItem("b", {"input": "", "chat": chat}),
        ],
    )


@pytest.mark.parametrize(
    ("fields", "suggestions", "place"),
    [
        ({}, {}, "field input: it is required and missing"),
        ({"input": 3}, {}, "field input: it is not text"),
        ({"input": "x", "body": "y"}, {}, "field body: the dataset has no such field"),
        (
            {"input": "x"},
            {"verdict": "maybe"},
            "suggestion for verdict: .* lacks the label 'maybe'",
        ),
        ({"input": "x"}, {"score": "1"}, "suggestion for score: the dataset has no such question"),
        ({"input": "x", "chat": "y"}, {}, "field chat: it is not a list"),
        ({"input": "x", "chat": _turns(("user", "y"), ("assistant", ""))}, {}, "turn 2 is empty"),
        ({"input": "x", "chat": _turns(("u" * 21, "y"))}, {}, "the role of turn 1"),
        ({"input": "x", "chat": _turns(*[("user", "y")] * 501)}, {}, "it has 501 turns"),
        ({"input": "x", "chat": _turns(("user", "y" * 20_001))}, {}, "turn 1 is longer"),
    ],
)
def test_what_argilla_refuses_is_named_with_its_place(
    fields: dict[str, str], suggestions: dict[str, str], place: str
) -> None:
    with pytest.raises(AnnotationError, match=f"record bad.*{place}"):
        check_items(DEFINITION, [LabelItem("bad", fields, _suggested(suggestions))])


def test_a_second_record_with_an_id_is_named_and_many_problems_are_counted() -> None:
    items = [LabelItem("twice", {"input": "secret text"})] * 8
    with pytest.raises(AnnotationError, match="another record has the same id") as caught:
        check_items(DEFINITION, items)
    assert caught.value.message.endswith("and 2 more")
    assert "secret text" not in str(caught.value)


def test_a_property_that_the_dataset_lacks_is_named() -> None:
    item = LabelItem("a", {"input": "x"}, properties={"split": "train"})
    with pytest.raises(AnnotationError, match="property split: the dataset has no such property"):
        check_items(DEFINITION, [item])


def test_an_agent_that_argilla_does_not_take_is_named() -> None:
    item = LabelItem("bad", {"input": "x"}, {"answer": Suggestion("x", "llama (v1)")})
    with pytest.raises(AnnotationError, match="the agent 'llama"):
        check_items(DEFINITION, [item])
