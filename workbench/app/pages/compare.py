"""The blind comparison: two answers, four choices, the score sheet; names only after the vote."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

import gradio as gr

from workbench.app.context import AppContext
from workbench.app.theme import new_page
from workbench.errors import WorkbenchError
from workbench.files import digest_json
from workbench.judgments import Person
from workbench.judgments.ballots import last_user_turn
from workbench.judgments.votes import SIDES, Assignment, Side
from workbench.workflows.people import find_account
from workbench.workflows.votes import (
    Ballotsheet,
    cast_vote,
    keep_scores,
    next_assignment,
    reveal,
)

MOST_CRITERIA = 8
_SCORES = list(range(1, 11))
_SAID = {
    "left": "you preferred answer A",
    "right": "you preferred answer B",
    "both_usable": "both are usable",
    "both_unusable": "neither is usable",
}
_NOT_SAVED = "**NOT SAVED.** "
_UNTIL_NAMES = "You may change it, and the scores, until the names are shown."
Update = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class _Parts:
    """The components that handlers change."""

    heading: gr.Markdown
    status: gr.Markdown
    sheet: gr.Column
    prompt: gr.Textbox
    answers: dict[Side, gr.Textbox]
    criteria: list[gr.Group]
    questions: list[gr.Markdown]
    scores: list[dict[Side, gr.Radio]]
    choices: dict[str, gr.Button]
    after: gr.Row
    names: gr.Button
    onward: gr.Button
    assignment: gr.Textbox
    vote: gr.Textbox
    names_of: gr.Textbox

    def radios(self) -> list[gr.Radio]:
        return [radios[side] for radios in self.scores for side in SIDES]


def compare_page(context: AppContext) -> gr.Blocks:
    """Build the page."""
    page = new_page("Compare")
    with page:
        parts = _lay_out()
        _connect(page, parts, context)
    return page


def _lay_out() -> _Parts:
    heading = gr.Markdown("Loading the next comparison …", elem_id="wb-heading")
    with gr.Column(visible=False, elem_id="wb-sheet") as sheet:
        prompt = gr.Textbox(
            label="Prompt", lines=3, max_lines=12, interactive=False, elem_classes="wb-text"
        )
        with gr.Row(equal_height=True):
            answers = {
                side: gr.Textbox(
                    label=f"Answer {letter}",
                    lines=6,
                    max_lines=24,
                    interactive=False,
                    elem_id=f"wb-{side}",
                    elem_classes="wb-text wb-answer",
                    min_width=300,
                )
                for side, letter in zip(SIDES, "AB", strict=True)
            }
        criteria, questions, scores = _score_sheet()
        choices = _choices()
        status = gr.Markdown("", elem_id="wb-status")
        with gr.Row(visible=False, elem_id="wb-after") as after:
            names = gr.Button("Show names", elem_id="wb-names", min_width=120)
            onward = gr.Button(
                "Next comparison", variant="primary", elem_id="wb-next", min_width=120
            )
    hidden = [gr.Textbox(visible="hidden", elem_id=f"wb-{name}") for name in ("id", "vote", "of")]
    return _Parts(
        heading, status, sheet, prompt, answers, criteria, questions, scores, choices,
        after, names, onward, *hidden,
    )  # fmt: skip


def _choices() -> dict[str, gr.Button]:
    labels = {
        "left": "A is better",
        "both_usable": "Both usable",
        "both_unusable": "Both unusable",
        "right": "B is better",
    }
    with gr.Row(elem_id="wb-choices"):
        return {
            choice: gr.Button(label, elem_id=f"wb-vote-{choice}", min_width=130)
            for choice, label in labels.items()
        }


def _score_sheet() -> tuple[list[gr.Group], list[gr.Markdown], list[dict[Side, gr.Radio]]]:
    groups, questions, scores = [], [], []
    for index in range(MOST_CRITERIA):
        with gr.Group(visible=False, elem_classes="wb-criterion") as group:
            questions.append(gr.Markdown("", elem_classes="wb-question"))
            with gr.Row():
                scores.append(
                    {
                        side: gr.Radio(
                            _SCORES,
                            label=letter,
                            elem_id=f"wb-score-{index}-{side}",
                            elem_classes="wb-score",
                            min_width=300,
                        )
                        for side, letter in zip(SIDES, "AB", strict=True)
                    }
                )
        groups.append(group)
    return groups, questions, scores


def _connect(page: gr.Blocks, parts: _Parts, context: AppContext) -> None:
    outputs = [
        parts.heading, parts.status, parts.sheet, parts.prompt, *parts.answers.values(),
        *parts.criteria, *parts.questions, *parts.radios(), *parts.choices.values(),
        parts.after, parts.names, parts.assignment, parts.vote, parts.names_of,
    ]  # fmt: skip
    given = [parts.assignment, parts.vote, parts.names_of, *parts.radios()]
    quick: dict[str, Any] = {
        "queue": False,
        "show_progress": "hidden",
        "api_visibility": "private",
    }

    def show(request: gr.Request) -> Update:
        person = _person(context, request)
        return _show_sheet(parts, next_assignment(context.judgments, person))

    def names(request: gr.Request, assignment: str) -> Update:
        arms = reveal(context.judgments, _person(context, request), assignment)
        return _show_names(parts, arms)

    shown = _told(parts.heading, "### The comparison could not be loaded\n", show)
    page.load(shown, None, outputs, **quick)
    parts.onward.click(shown, None, outputs, **quick)
    revealed = _told(parts.status, "**Names not shown.** ", names)
    parts.names.click(revealed, [parts.assignment], outputs, **quick)
    scored = _told(parts.status, _NOT_SAVED, _keeper(context, parts))
    gr.on([radio.input for radio in parts.radios()], scored, given, outputs, **quick)
    for choice, button in parts.choices.items():
        voted = _told(parts.status, _NOT_SAVED, _voter(context, parts, choice))
        button.click(voted, given, outputs, **quick)


def _told(
    place: gr.Markdown, opening: str, handler: Callable[..., Update]
) -> Callable[..., Update]:
    """Return a handler that writes a failure at `place`, in our words; entries stay as they are."""

    @wraps(handler)
    def told(*arguments: Any) -> Update:  # noqa: ANN401 - whatever Gradio passes on
        try:
            return handler(*arguments)
        except WorkbenchError as exc:
            words = exc.message.removeprefix("NOT SAVED: ")
            return {place: f"{opening}{words} {exc.hint}"}

    return told


def _keeper(context: AppContext, parts: _Parts) -> Callable[..., Update]:
    def keep(
        request: gr.Request, assignment: str, _last: str, names_of: str, *scores: int | None
    ) -> Update:
        person = _person(context, request)
        stored = keep_scores(context.judgments, person, assignment, _given(names_of, scores))
        return _show_saved(parts, stored.choice, stored.vote_id) if stored else {parts.status: ""}

    return keep


def _voter(context: AppContext, parts: _Parts, choice: str) -> Callable[..., Update]:
    def vote(
        request: gr.Request, assignment: str, last: str, names_of: str, *scores: int | None
    ) -> Update:
        given = _given(names_of, scores)
        stored = cast_vote(
            context.judgments,
            _person(context, request),
            assignment,
            choice,
            scores=given,
            # the page's state is the click: twice from one state is one vote
            idempotency_key=f"{last or 'first'}:{digest_json([assignment, choice, given])}",
        )
        return _show_saved(parts, stored.choice, stored.vote_id)

    return vote


def _person(context: AppContext, request: gr.Request) -> Person:
    return find_account(context.judgments, request.username or "")


def _given(names_of: str, scores: Sequence[int | None]) -> dict[str, int]:
    """Return the scores that were given, by `criterion:side`."""
    places = [f"{name}:{side}" for name in names_of.split(",") if name for side in SIDES]
    return {
        place: int(score) for place, score in zip(places, scores, strict=False) if score is not None
    }


def _show_sheet(parts: _Parts, sheet: Ballotsheet | None) -> Update:
    if sheet is None:
        return {
            parts.heading: "### No study is open\nYour lead opens one; then it appears here.",
            parts.sheet: gr.update(visible=False),
        }
    if sheet.assignment is None:
        return {
            parts.heading: f"### Done\nYou have judged all {sheet.total} comparisons. Thank you.",
            parts.sheet: gr.update(visible=False),
        }
    shown = sheet.assignment
    changes: dict[Any, Any] = {
        parts.heading: f"### Comparison {sheet.done + 1} of {sheet.total}",
        parts.status: "",
        parts.sheet: gr.update(visible=True),
        parts.prompt: last_user_turn(shown.prompt),
        parts.answers["left"]: gr.update(value=shown.left, label="Answer A"),
        parts.answers["right"]: gr.update(value=shown.right, label="Answer B"),
        parts.after: gr.update(visible=False),
        parts.names: gr.update(visible=True),
        parts.assignment: shown.assignment_id,
        parts.vote: "",
        parts.names_of: ",".join(item["name"] for item in sheet.rubric[:MOST_CRITERIA]),
    }
    for button in parts.choices.values():
        changes[button] = gr.update(interactive=True, variant="secondary")
    return changes | _show_rubric(parts, sheet.rubric, shown)


def _show_rubric(
    parts: _Parts, rubric: Sequence[dict[str, Any]], shown: Assignment
) -> dict[Any, Any]:
    changes: dict[Any, Any] = {}
    for index, group in enumerate(parts.criteria):
        used = index < len(rubric)
        changes[group] = gr.update(visible=used)
        if not used:
            continue
        criterion = rubric[index]
        anchors = " · ".join(f"**{level}** {text}" for level, text in criterion["anchors"].items())
        title = criterion["name"].replace("_", " ").capitalize()
        changes[parts.questions[index]] = f"**{title}.** {criterion['question']}\n\n{anchors}"
        for side, letter in zip(SIDES, "AB", strict=True):
            changes[parts.scores[index][side]] = gr.update(
                value=shown.draft.get(f"{criterion['name']}:{side}"),
                label=f"{title}, {letter}",
                interactive=True,
            )
    return changes


def _show_saved(parts: _Parts, choice: str, vote_id: str) -> Update:
    changes: dict[Any, Any] = {
        parts.status: f"**Saved:** {_SAID[choice]}. {_UNTIL_NAMES}",
        parts.after: gr.update(visible=True),
        parts.vote: vote_id,
    }
    for name, button in parts.choices.items():
        changes[button] = gr.update(variant="primary" if name == choice else "secondary")
    return changes


def _show_names(parts: _Parts, arms: Mapping[Side, str]) -> Update:
    changes: dict[Any, Any] = {
        parts.status: f"**Saved.** Answer A was `{arms['left']}`, answer B was `{arms['right']}`.",
        parts.names: gr.update(visible=False),
        parts.answers["left"]: gr.update(label=f"Answer A: {arms['left']}"),
        parts.answers["right"]: gr.update(label=f"Answer B: {arms['right']}"),
    }
    for control in (*parts.choices.values(), *parts.radios()):
        changes[control] = gr.update(interactive=False)
    return changes
