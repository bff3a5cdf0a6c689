"""What the chat shows of an answer, and what of it a model reads again."""

from types import SimpleNamespace

import pytest

from workbench.app.pages import chat
from workbench.evaluation.chat_model import Sampling, StreamedText
from workbench.workflows.chat import Piece, stream_panes

ASKED = [{"role": "user", "content": "Who?"}]


class Streams:
    """A ChatModel that writes two pieces; the model named `long` is cut."""

    def stream(self, model, messages, sampling):
        yield StreamedText("one ")
        yield StreamedText("two", "length" if model == "long" else "stop")


def test_a_pane_whose_answer_was_cut_says_so_at_its_end():
    names = {"a": "long", "b": "short"}
    arms = {"left": "a", "right": "b"}
    asked = {"left": ASKED, "right": ASKED}
    pieces = list(stream_panes(Streams(), names, arms, asked, Sampling()))
    ends = {piece.pane: piece.cut_short for piece in pieces if piece.ended}
    assert ends == {"left": True, "right": False}
    text = "".join(piece.text for piece in pieces if piece.pane == "left")
    assert text == "one two"


@pytest.fixture
def shown(monkeypatch):
    """Return the last state of both panes for the pieces that the models give."""

    def show(*pieces):
        monkeypatch.setattr(chat, "chat_side_by_side", lambda *_: iter(pieces))
        *_, (_, left, right) = chat._answers(
            SimpleNamespace(home=None), "Who?", ["a", "b"], [[], []]
        )
        return left, right

    return show


def test_a_cut_answer_is_marked_beside_its_text_and_the_mark_is_not_sent_on(shown):
    left, right = shown(
        Piece("left", "one two"),
        Piece("right", "whole"),
        Piece("left", ended=True, cut_short=True),
        Piece("right", ended=True),
    )
    assert [turn["content"] for turn in left[1:]] == [
        "one two",
        "The answer was cut at 256 tokens.",
    ]
    assert [turn["content"] for turn in right] == ["Who?", "whole"]
    assert chat._conversation(left) == [*ASKED, {"role": "assistant", "content": "one two"}]


def test_a_question_that_failed_is_not_sent_on(shown):
    left, _ = shown(
        Piece("left", ended=True, error="The model server does not answer."),
        Piece("right", ended=True),
    )
    assert "does not answer" in left[-1]["content"]
    assert chat._conversation(left) == []
