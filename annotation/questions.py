"""Fields and questions as Argilla's REST interface takes them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from annotation.tasks import MARKS_PREFIX, RATING_PREFIX
from workbench.task import Criterion

RATINGS = range(1, 11)
_MAX_TITLE, _MAX_DESCRIPTION = 500, 1000  # Argilla's limits
_VISIBLE_LABELS = 8


def text_field(name: str, title: str, *, required: bool = True) -> dict[str, Any]:
    """Return a field of text of any length."""
    settings = {"type": "text", "use_markdown": False}
    return {"name": name, "title": title, "required": required, "settings": settings}


def chat_field(name: str, title: str) -> dict[str, Any]:
    """Return a field of chat turns, which a record may leave out."""
    settings = {"type": "chat", "use_markdown": False}
    return {"name": name, "title": title, "required": False, "settings": settings}


def text_question(name: str, title: str, *, required: bool = True) -> dict[str, Any]:
    """Return a question answered in writing."""
    return _question(name, title, {"type": "text", "use_markdown": False}, required=required)


def label_question(name: str, title: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return a required question of which one label is chosen."""
    return _question(name, title, {"type": "label_selection", "options": _options(labels)})


def labels_question(name: str, title: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return an optional question of which any number of labels is chosen."""
    settings = {"type": "multi_label_selection", "options": _options(labels)}
    return _question(name, title, settings, required=False)


def ranking_question(name: str, title: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return a required question in which labels are put in order; ties are allowed."""
    return _question(name, title, {"type": "ranking", "options": _options(labels)})


def marks_question(field: str, title: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the optional question in which places of a text field are marked.

    Argilla takes one such question a field, and for text fields only.
    """
    settings: dict[str, Any] = {"type": "span", "field": field, "options": _options(labels)}
    if len(labels) > _VISIBLE_LABELS:
        settings["visible_options"] = _VISIBLE_LABELS
    return _question(f"{MARKS_PREFIX}{field}", title, settings, required=False)


def rating_question(
    criterion: Criterion, *, side: str = "", required: bool = True
) -> dict[str, Any]:
    """Return the question that rates a criterion of the rubric, with its anchors beside it.

    Args:
        criterion: Of the task file.
        side: Which of several answers is rated, such as `a`; empty where there is one.
        required: Whether an answer needs it.
    """
    anchors = "; ".join(f"{level}: {text}" for level, text in criterion.anchors.items())
    title = f"{side.upper()}: {criterion.question}" if side else criterion.question
    question = _question(
        rating_name(criterion.name, side),
        textwrap.shorten(title, _MAX_TITLE, placeholder="…"),
        {"type": "rating", "options": [{"value": value} for value in RATINGS]},
        required=required,
    )
    return {
        **question,
        "description": textwrap.shorten(anchors, _MAX_DESCRIPTION, placeholder="…"),
    }


def rating_name(criterion: str, side: str = "") -> str:
    """Return the name of the question that rates a criterion."""
    return f"{RATING_PREFIX}{side}_{criterion}" if side else f"{RATING_PREFIX}{criterion}"


def _question(
    name: str, title: str, settings: Mapping[str, Any], *, required: bool = True
) -> dict[str, Any]:
    return {"name": name, "title": title, "required": required, "settings": dict(settings)}


def _options(labels: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"value": value, "text": text} for value, text in labels.items()]
