"""Editors one after the other, made or only told."""

import re

import pytest

from workbench.curation.stages.editing import EditorStage, Step
from workbench.curation.wording.changes import Change, Edited, make_changes
from workbench.curation.wording.text_edits import TextEdit


class Cut:
    """Removes a pattern; in a text that holds `?` it only suggests to."""

    def __init__(self, pattern):
        self.pattern = pattern

    def apply_all(self, texts):
        return [self._apply(text) for text in texts]

    def _apply(self, text):
        changes = tuple(Change(m.start(), m[0], "") for m in re.finditer(self.pattern, text))
        if "?" in text:
            return Edited(text, (), changes)
        return Edited(make_changes(text, changes), changes)


def judge(text, action="fix", muted=()):
    steps = [
        Step("first", "run of a", "runs of a", "cut", Cut("a+")),
        Step("second", "run of ab", "runs of ab", "cut", Cut("a*b")),
    ]
    stage = EditorStage("cuts", steps, fields=("input",), action=action, settings={"n": 1})
    [outcome] = stage.judge([{"input": text, "output": "aab"}], [frozenset(muted)])
    return outcome


def told(outcome):
    return [(f.rule, f.action, dict(f.evidence)) for f in outcome.findings]


def test_each_editor_sees_what_the_one_before_left():
    outcome = judge("xaab ab")
    assert outcome.texts == {"input": "x ", "output": "aab"}
    assert told(outcome) == [("first", "edit", {"input": 2}), ("second", "edit", {"input": 2})]
    assert outcome.edits[1] == TextEdit("second", "input", (Change(1, "b", ""), Change(3, "b", "")))


@pytest.mark.parametrize(("muted", "left"), [(["first"], "x "), (["second"], "xb b")])
def test_each_editor_is_undone_alone(muted, left):
    outcome = judge("xaab ab", muted=muted)
    assert outcome.texts["input"] == left
    assert {f.rule for f in outcome.findings}.isdisjoint(muted)


def test_flagged_changes_are_told_with_their_spans_and_not_made():
    outcome = judge("xaac b", action="flag")
    assert outcome.texts["input"] == "xaac b"
    assert told(outcome) == [("first", "flag", {"input": 1}), ("second", "flag", {"input": 1})]
    assert [edit.is_made for edit in outcome.edits] == [False, False]
    assert outcome.findings[0].reason == "1 run of a would be cut in the input."


def test_one_change_and_several_are_told_in_a_sentence():
    one, several = judge("xaa").findings[0], judge("xa xa").findings[0]
    assert one.reason == "1 run of a was cut in the input."
    assert several.reason == "2 runs of a were cut in the input."
    assert judge("a?").findings[0].reason == "1 more run of a might be cut; that is for a person."
    assert judge("a? a?").findings[0].reason.startswith("2 more runs of a might be cut;")


def test_what_two_editors_ask_for_alike_is_the_first_ones():
    outcome = judge("xaab", action="flag")
    assert told(outcome) == [("first", "flag", {"input": 1})]


def test_what_waits_for_a_person_is_counted_once_and_left():
    outcome = judge("aab? b")
    assert outcome.texts["input"] == "aab? b"
    assert told(outcome) == [("suggestion", "flag", {"input": 2})]
    assert told(judge("aab? b", muted=["suggestion"])) == []
    assert judge("aab? b", muted=["suggestion"]).edits == ()
