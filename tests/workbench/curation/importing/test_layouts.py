import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.curation.importing.files import write_json_lines
from workbench.curation.importing.items import Item
from workbench.curation.importing.opening import ReadRequest, examined_rows, lay_out, open_request
from workbench.curation.importing.preferences import RatedAnswer, best_against_worse
from workbench.curation.importing.rows import BadRow


def import_rows(tmp_path, rows, **options):
    """Return layout, (input, output, rejected) or reason per row, and ties."""
    path = write_json_lines(tmp_path / "a.jsonl", rows)
    request = ReadRequest(Item.of_file(path, path.name), **options)
    with open_request(request) as opened:
        reading = lay_out(request, opened)
        examined = list(examined_rows(request, opened, reading))
    found = [_shown(row) for item in examined for row in item.rows]
    return reading.layout, found, sum(item.n_ties for item in examined)


def _shown(row):
    if isinstance(row, BadRow):
        return row.reason
    return (row.input, row.output, row.rejected) if row.rejected else (row.input, row.output)


def said(*turns):
    return [{"role": role, "content": text} for role, text in turns]


def shared(*turns):
    return [{"from": role, "value": text} for role, text in turns]


def test_a_single_user_turn_is_the_input_and_more_become_a_labelled_transcript(tmp_path):
    chats = [
        said(("user", "Q"), ("assistant", "A")),
        said(("system", "S"), ("user", "Q"), ("assistant", "A")),
        said(("user", "Q1"), ("assistant", "A1"), ("user", "Q2"), ("assistant", "A2")),
        said(("user", "Q"), ("assistant", "A"), ("user", "thanks")),
    ]
    layout, found, _ = import_rows(tmp_path, [{"messages": chat} for chat in chats])
    assert layout == "openai"
    assert found == [
        ("Q", "A"),
        ("System: S\n\nUser: Q", "A"),
        ("User: Q1\n\nAssistant: A1\n\nUser: Q2", "A2"),
        ("Q", "A"),
    ]


def test_sharegpt_and_lists_of_parts_are_read(tmp_path):
    rows = [{"conversations": shared(("human", "Q"), ("gpt", "A")), "system": "S"}]
    assert import_rows(tmp_path, rows)[:2] == ("sharegpt", [("System: S\n\nUser: Q", "A")])
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    chat = [{"role": "user", "content": parts}, {"role": "assistant", "content": "A"}]
    assert import_rows(tmp_path, [{"messages": chat}])[1] == [("one\n\ntwo", "A")]


def test_chats_written_as_json_text_are_read(tmp_path):
    rows = [{"messages": json.dumps(said(("user", "Q"), ("assistant", "A")))}]
    assert import_rows(tmp_path, rows)[:2] == ("openai", [("Q", "A")])


@pytest.mark.parametrize(
    ("chat", "reason"),
    [
        ([], "wrong_type"),
        ("text", "wrong_type"),
        (said(("user", "Q")), "no_answer"),
        (said(("user", "Q"), ("assistant", " ")), "no_answer"),
        (said(("assistant", "A")), "empty_value"),
        (said(("user", "Q"), ("wizard", "A")), "unknown_role"),
        ([{"role": "user", "content": None}, {"role": "assistant", "content": "A"}], "wrong_type"),
        (said(("user", "a\0"), ("assistant", "A")), "nul_character"),
    ],
)
def test_chats_that_are_no_example_are_bad_rows(tmp_path, chat, reason):
    good = {"messages": said(("user", "Q"), ("assistant", "A"))}
    assert import_rows(tmp_path, [good, {"messages": chat}])[1] == [("Q", "A"), reason]


def test_a_conversation_that_is_text_stays_text(tmp_path):
    rows = [{"conversation": "Doctor: hello", "summary": "S"}]
    assert import_rows(tmp_path, rows)[:2] == ("columns", [("Doctor: hello", "S")])


def test_alpaca_rows_keep_system_and_history(tmp_path):
    rows = [
        {"instruction": "I", "input": "", "output": "O"},
        {"instruction": "I", "input": "X", "output": "O", "history": [["Q", "A"]], "system": "S"},
    ]
    layout, found, _ = import_rows(tmp_path, rows)
    assert layout == "alpaca"
    assert found == [
        ("I", "O"),
        ("System: S\n\nUser: Q\n\nAssistant: A\n\nUser: I\n\nX", "O"),
    ]


def test_prompt_and_completion_may_be_texts_or_messages(tmp_path):
    rows = [
        {"prompt": "P", "completion": "C"},
        {"prompt": said(("user", "P")), "completion": said(("assistant", "C"))},
    ]
    assert import_rows(tmp_path, rows)[:2] == ("prompt-completion", [("P", "C"), ("P", "C")])


def test_chosen_and_rejected_may_be_texts_messages_or_whole_chats(tmp_path):
    texts = [{"prompt": "P", "chosen": "C", "rejected": "R"}]
    messages = [{"prompt": said(("user", "P")), "chosen": said(("assistant", "C")),
                 "rejected": said(("assistant", "R"))}]  # fmt: skip
    whole = [{"chosen": said(("user", "P"), ("assistant", "C")),
              "rejected": said(("user", "P"), ("assistant", "R"))}]  # fmt: skip
    for rows in (texts, messages, whole):
        assert import_rows(tmp_path, rows)[:2] == ("preference", [("P", "C", "R")])


def test_answers_to_different_prompts_are_no_pair(tmp_path):
    rows = [{"chosen": said(("user", "P"), ("assistant", "C")),
             "rejected": said(("user", "Q"), ("assistant", "R"))}]  # fmt: skip
    assert import_rows(tmp_path, rows)[1] == ["prompt_mismatch"]


def test_ratings_give_the_best_against_each_strictly_worse_answer(tmp_path):
    rows = [
        {"prompt": "P", "responses": ["a", "b", "c", "d"], "ratings": [3, 5, 5, 1]},
        {"prompt": "Q", "responses": ["a", "b"], "ratings": [2, 2]},
        {"prompt": "R", "responses": ["a", "b"], "ratings": [2]},
    ]
    layout, found, n_ties = import_rows(tmp_path, rows)
    assert layout == "rated"
    assert found == [("P", "b", "a"), ("P", "b", "d"), "only_ties", "missing_rating"]
    assert n_ties == 1


def test_answers_that_carry_their_ratings_are_read(tmp_path):
    answers = [{"response": "a", "overall_score": 1}, {"response": "b", "overall_score": "7.5"}]
    rows = [{"instruction": "P", "completions": answers}]
    assert import_rows(tmp_path, rows)[:2] == ("rated", [("P", "b", "a")])


def test_ranked_lists_are_read_by_order_or_by_rank(tmp_path):
    rows = [{"prompt": "P", "responses": ["best", "worse"]}]
    assert import_rows(tmp_path, rows)[:2] == ("ranked", [("P", "best", "worse")])
    rows = [{"prompt": "P", "responses": ["a", "b"], "ranks": [2, 1]}]
    assert import_rows(tmp_path, rows)[:2] == ("ranked", [("P", "b", "a")])


@given(st.lists(st.tuples(st.text(min_size=1), st.integers(0, 3)), min_size=2, max_size=6))
def test_pairs_and_ties_account_for_every_answer(rated):
    found = best_against_worse([RatedAnswer(text, rating) for text, rating in rated])
    top = max(rating for _, rating in rated)
    assert (found.best, top) in rated
    assert list(found.worse) == [text for text, rating in rated if rating < top]
    assert 1 + len(found.worse) + found.n_ties == len(rated)


NESTED = {
    "id": "1",
    "fields": {"note": "N"},
    "responses": {"summary": [{"value": "S", "user_id": "u"}]},
    "suggestions": {"summary": {"value": "suggested", "agent": "m"}},
}
FIRST = {
    "fields": {"note": "N"},
    "responses": [{"user_id": "u", "status": "submitted", "values": {"summary": {"value": "S"}}}],
    "suggestions": [],
}
FLAT = {"id": "1", "note": "N", "summary.responses": ["S"], "summary.suggestion": "suggested"}


@pytest.mark.parametrize("record", [NESTED, FIRST, FLAT])
def test_argilla_records_give_fields_and_responses(tmp_path, record):
    assert import_rows(tmp_path, [record])[:2] == ("argilla", [("N", "S")])


def test_a_suggestion_stands_in_for_a_response_that_nobody_submitted(tmp_path):
    draft = {"summary": [{"value": "S", "status": "draft"}]}
    assert import_rows(tmp_path, [{**NESTED, "responses": draft}])[1] == [("N", "suggested")]
    assert import_rows(tmp_path, [{**FLAT, "summary.responses": None}])[1] == [("N", "suggested")]


def test_different_responses_are_a_conflict_and_not_a_choice(tmp_path):
    two = {"summary": [{"value": "S"}, {"value": "T"}], "note_type": [{"value": "x"}]}
    assert import_rows(tmp_path, [{**NESTED, "responses": two}])[1] == ["conflicting_responses"]
    same = {"summary": [{"value": "S"}, {"value": "S"}], "other": [{"value": 1}, {"value": 2}]}
    assert import_rows(tmp_path, [{**NESTED, "responses": same}])[1] == [("N", "S")]


def test_a_layout_can_be_forced_and_columns_mapped(tmp_path):
    rows = [{"prompt": "P", "chosen": "C", "rejected": "R"}]
    mapping = {"input": "prompt", "output": "rejected"}
    assert import_rows(tmp_path, rows, mapping=mapping)[:2] == ("columns", [("P", "R")])
    rows = [{"a": "P", "b": "C", "c": "R"}]
    mapping = {"input": "a", "output": "b", "rejected": "c"}
    assert import_rows(tmp_path, rows, mapping=mapping)[:2] == ("preference", [("P", "C", "R")])
    rows = [{"talk": shared(("human", "Q"), ("gpt", "A"))}]
    found = import_rows(tmp_path, rows, mapping={"messages": "talk"}, layout="sharegpt")
    assert found[:2] == ("sharegpt", [("Q", "A")])
