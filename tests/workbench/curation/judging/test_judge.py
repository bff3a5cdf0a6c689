"""Every stage that edits: its spans lead from what it saw to what it left, and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.judging.judge import RowJudge, WaitingRow
from workbench.curation.recipe import Recipe
from workbench.curation.stages.order import StageNeeds, row_stages
from workbench.curation.wording.text_edits import (
    decoded_edits,
    encoded_edits,
    with_edits,
    without_edits,
)
from workbench.curation.wording.word_counts import count_words
from workbench.task import Task

TASK = Task.model_validate(
    {
        "name": "notes",
        "objective": "Summarise.",
        "glossary": [{"term": "plaintiff", "variants": ["claimant", "complaining party"]}],
        "rubric": [{"name": "use", "question": "?", "anchors": {1: "a", 4: "b", 7: "c", 10: "d"}}],
    }
)
LENGTHS = {"min_input": 1, "min_output": 1}
PIECES = (
    "Good morning.", "Thank you for coming in.", "The tenant fell in the hall.", "cafÃ© ",
    "cafe\u0301", "a\u200bb", "  two  spaces ", "\r\n\r\n\r\n", "\t",
    "The claimant recieved the agreement.",
    "Mail Ms. Dana Whitcombe at dana@lawyers.net, 212-555-0123.", "SSN 123-45-6789", "teh",
    "Client: Dana Whitcombe", "\u2029", "the complaining party signed",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map(" ".join)


def judge_for(**settings_):
    recipe = Recipe.model_validate({"length": LENGTHS, **settings_})
    return RowJudge(row_stages(recipe, StageNeeds(TASK, bytes(32), count_words([]))))


FIX, TAGS = judge_for(), judge_for(personal_data={"replace": "tag"})
FLAG = judge_for(wording={"chatter": "flag", "typos": "flag", "terminology": "flag"})


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from([FIX, TAGS, FLAG]))
def test_the_edits_lead_from_the_imported_texts_to_the_published_ones_and_back(
    given_, answer, judge
):
    texts = {"input": given_, "output": answer}
    [verdict] = judge.judge([WaitingRow(texts, {})])
    edits = [edit for _, edit in decoded_edits(encoded_edits(verdict.edits))]
    assert with_edits(texts, edits) == dict(verdict.texts)
    assert without_edits(verdict.texts, edits) == texts


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
def test_every_word_that_a_stage_edited_or_suggests_has_its_spans(given_, answer):
    for judge in (FIX, TAGS, FLAG):
        [verdict] = judge.judge([WaitingRow({"input": given_, "output": answer}, {})])
        told = {
            (stage, finding.rule)
            for stage, finding in verdict.findings
            if finding.action == "edit" or stage in ("chatter", "typos", "terminology")
        }
        assert {(s, e.rule) for s, e in decoded_edits(encoded_edits(verdict.edits))} == told


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_undoing_every_rule_that_edits_gives_the_imported_text(given_, answer):
    texts = {"input": given_, "output": answer}
    muted = {}
    for _ in range(20):  # without one rule another may find something
        [verdict] = FIX.judge([WaitingRow(texts, {s: frozenset(r) for s, r in muted.items()})])
        edited = [(stage, f.rule) for stage, f in verdict.findings if f.action == "edit"]
        if not edited:
            break
        for stage, rule in edited:
            muted.setdefault(stage, set()).add(rule)
    assert dict(verdict.texts) == texts


@pytest.mark.parametrize(
    ("field", "text", "stage", "rule", "before", "after"),
    [
        ("input", "cafÃ© at noon", "clean", "mojibake", "cafÃ©", "café"),
        ("input", "Good morning. She fell.", "chatter", "removed", "Good morning. ", ""),
        ("output", "She recieved it today.", "typos", "corrected", "recieved", "received"),
        ("output", "The claimant signed it.", "terminology", "term", "claimant", "plaintiff"),
        ("input", "Write to ann@lawyers.net now.", "personal_data", "email",
         "ann@lawyers.net", "[EMAIL]"),
    ],
)  # fmt: skip
def test_each_stage_names_the_span_that_it_changed(field, text, stage, rule, before, after):
    texts = {"input": "The tenant fell.", "output": "A fall."} | {field: text}
    [verdict] = TAGS.judge([WaitingRow(texts, {})])
    [(found_stage, edit)] = decoded_edits(encoded_edits(verdict.edits))
    [change] = edit.changes
    assert (found_stage, edit.rule, edit.field, edit.is_made) == (stage, rule, field, True)
    assert (change.before, change.after) == (before, after)
    assert text[change.start : change.end] == before
