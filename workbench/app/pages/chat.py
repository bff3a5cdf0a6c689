"""Side-by-side chat: one message to two served models, both answers streaming at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from workbench.app.context import AppContext
from workbench.app.theme import new_page
from workbench.evaluation.chat_model import DEFAULT_MAX_TOKENS, Sampling
from workbench.records import Message
from workbench.workflows.chat import (
    START_COMMAND,
    Pane,
    chat_backend,
    chat_side_by_side,
)

_PANES: tuple[Pane, Pane] = ("left", "right")
_UPDATE_SECONDS = 0.1
_FAILED, _CUT_SHORT = "Failed", "Cut short"  # titles of what a model did not write
Turns = list[dict[str, Any]]


def chat_page(context: AppContext) -> gr.Blocks:
    """Build the page."""
    page = new_page("Chat")
    with page:
        backend = gr.Markdown("Looking for the models …", elem_id="wb-backend")
        with gr.Row():
            columns = [_pane(pane) for pane in _PANES]
        arms, panes = [column[0] for column in columns], [column[1] for column in columns]
        with gr.Row(elem_id="wb-send-row"):
            text = gr.Textbox(
                placeholder="Write to both models. Enter sends, Shift+Enter breaks the line.",
                show_label=False,
                container=False,
                lines=2,
                max_lines=10,
                scale=8,
                min_width=240,
                elem_id="wb-message",
            )
            send = gr.Button("Send", variant="primary", scale=1, min_width=90, elem_id="wb-send")
            stop = gr.Button("Stop", scale=1, min_width=90, elem_id="wb-stop")
            clear = gr.Button("Clear", scale=1, min_width=90, elem_id="wb-clear")
        _connect(page, context, backend, arms, panes, text, (send, stop, clear))
    return page


def _pane(pane: Pane) -> tuple[gr.Dropdown, gr.Chatbot]:
    with gr.Column(min_width=300):
        arm = gr.Dropdown(
            [], label="Model", interactive=True, filterable=False, elem_id=f"wb-arm-{pane}"
        )
        answers = gr.Chatbot(
            show_label=False,
            height="52vh",
            render_markdown=False,  # what a model writes is text, never markup
            sanitize_html=True,
            allow_tags=False,
            latex_delimiters=[],
            feedback_options=None,
            buttons=["copy"],
            layout="bubble",
            elem_id=f"wb-chat-{pane}",
            elem_classes="wb-chat",
        )
    return arm, answers


def _connect(
    page: gr.Blocks,
    context: AppContext,
    backend: gr.Markdown,
    arms: Sequence[gr.Dropdown],
    panes: Sequence[gr.Chatbot],
    text: gr.Textbox,
    buttons: Sequence[gr.Button],
) -> None:
    send, stop, clear = buttons

    def look() -> list[Any]:
        return _show_backend(context)

    def ask(
        message: str, left_arm: str | None, right_arm: str | None, left: Turns, right: Turns
    ) -> Iterator[tuple[Any, Turns, Turns]]:
        yield from _answers(context, message, [left_arm, right_arm], [left or [], right or []])

    quick: dict[str, Any] = {
        "queue": False,
        "show_progress": "hidden",
        "api_visibility": "private",
    }
    page.load(look, None, [backend, *arms], **quick)
    asked = gr.on(
        [send.click, text.submit],
        ask,
        [text, *arms, *panes],
        [text, *panes],
        show_progress="hidden",
        concurrency_limit=None,
        trigger_mode="once",
        api_visibility="private",
    )
    stop.click(None, None, None, cancels=[asked], api_visibility="private")
    clear.click(lambda: ("", [], []), None, [text, *panes], cancels=[asked], **quick)


def _show_backend(context: AppContext) -> list[Any]:
    backend = chat_backend(context.home)
    names = list(backend.models)
    if not names:
        words = f"**No model is served.** Start one with `{START_COMMAND}`, or on the Jobs page."
        return [words, gr.update(choices=[], value=None), gr.update(choices=[], value=None)]
    second = names[-1]
    first = names[-2] if len(names) > 1 else second
    return [
        f"Answers come from **{backend.name}**, on this machine. Chats are not stored.",
        gr.update(choices=names, value=first),
        gr.update(choices=names, value=second),
    ]


def _answers(
    context: AppContext, message: str, arms: Sequence[str | None], shown: list[Turns]
) -> Iterator[tuple[Any, Turns, Turns]]:
    """Yield both conversations as they grow, at most ten times a second."""
    if not message.strip():
        yield gr.skip(), shown[0], shown[1]
        return
    asked = [[*turns, {"role": "user", "content": message}] for turns in shown]
    texts, errors, cut = ["", ""], ["", ""], [False, False]
    last = 0.0
    pieces = chat_side_by_side(
        context.home,
        {pane: arm or "" for pane, arm in zip(_PANES, arms, strict=True)},
        {pane: _conversation(turns) for pane, turns in zip(_PANES, asked, strict=True)},
        Sampling(),
    )
    yield "", *_grown(asked, texts, errors, cut)
    for piece in pieces:
        place = _PANES.index(piece.pane)
        texts[place] += piece.text
        errors[place], cut[place] = piece.error, piece.cut_short
        if piece.ended or time.monotonic() - last >= _UPDATE_SECONDS:
            last = time.monotonic()
            yield gr.skip(), *_grown(asked, texts, errors, cut)


def _grown(
    asked: Sequence[Turns], texts: Sequence[str], errors: Sequence[str], cut: Sequence[bool]
) -> tuple[Turns, Turns]:
    grown = []
    for turns, text, error, is_cut in zip(asked, texts, errors, cut, strict=True):
        answer = f"{text}\n\n⚠ {error}".strip() if error else text or "…"
        grown.append([*turns, _turn(answer, _FAILED if error else "")])
        if is_cut:
            limit = f"The answer was cut at {DEFAULT_MAX_TOKENS} tokens."
            grown[-1].append(_turn(limit, _CUT_SHORT))
    return grown[0], grown[1]


def _turn(content: str, title: str = "") -> dict[str, Any]:
    metadata = {"title": title} if title else None
    return {"role": "assistant", "content": content, "metadata": metadata}


def _conversation(turns: Turns) -> list[Message]:
    """Return the chat turns that a model sees: what failed and our own notes are left out."""
    kept: list[Message] = []
    for turn in turns:
        title = (turn.get("metadata") or {}).get("title")
        if title == _FAILED:
            kept.pop()  # the question that got no answer
        if title in (_FAILED, _CUT_SHORT):
            continue
        kept.append({"role": turn["role"], "content": _text(turn["content"])})
    return kept


def _text(content: Any) -> str:  # noqa: ANN401 - Gradio gives text, or a list of parts
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content if isinstance(part, dict))
