import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.curation.importing.test_layouts import import_rows
from workbench.curation.importing.examine import RatedRow
from workbench.curation.importing.items import Item
from workbench.curation.importing.mending import draft_texts
from workbench.curation.importing.opening import ReadRequest
from workbench.curation.importing.preferences import RatedAnswer, best_against_worse
from workbench.curation.importing.preview import preview_request
from workbench.curation.importing.rated_rows import pair_rated_rows
from workbench.curation.importing.rows import BadRow, CellRow, UsableRow


def rated(prompt, answer, rating, **more):
    return {"prompt": prompt, "response": answer, "score": rating, **more}


def preview(tmp_path, rows, **options):
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return preview_request(ReadRequest(Item.of_file(path, path.name), **options))


def roles(seen):
    return {column.name: column.role for column in seen.columns if column.role}


def test_rows_of_one_prompt_give_the_pairs_of_the_list_wherever_they_stand(tmp_path):
    rows = [
        rated("P", "a", 3), rated("Q", "x", 1), rated("P", "b", 5), rated("P", "c", 5),
        rated("Q", "y", "2.5"), rated("P", "d", 1),
    ]  # fmt: skip
    long = import_rows(tmp_path, rows)
    assert long == ("rated-rows", [("P", "b", "a"), ("Q", "y", "x"), ("P", "b", "d")], 1)
    wide = [
        {"prompt": "P", "responses": ["a", "b", "c", "d"], "ratings": [3, 5, 5, 1]},
        {"prompt": "Q", "responses": ["x", "y"], "ratings": [1, 2.5]},
    ]
    layout, found, n_ties = import_rows(tmp_path, wide)
    assert (layout, sorted(found), n_ties) == ("rated", sorted(long[1]), long[2])


def test_a_pair_names_every_row_that_it_was_made_of(tmp_path):
    rows = [rated("P", "a", 1), rated("P", "b", 4), rated("P", "a", 2), rated("P", "b", 5)]
    seen = preview(tmp_path, rows)
    assert [row.place for row in seen.rows] == ["line 1; line 3; line 2; line 4"]
    assert seen.n_rows == 4


def test_ratings_of_several_people_are_averaged(tmp_path):
    # the mean of "a" is 3, of "b" 3.5: one person's 5 does not make "a" the better one
    rows = [rated("P", "a", 5, rater="ann"), rated("P", "b", 4, rater="ann"),
            rated("P", "a", 1, rater="bo"), rated("P", "b", 3, rater="bo")]  # fmt: skip
    assert import_rows(tmp_path, rows) == ("rated-rows", [("P", "b", "a")], 0)


def test_equal_means_are_a_tie_although_floating_point_tells_them_apart(tmp_path):
    assert (0.1 + 0.2) / 2 != 0.15
    rows = [rated("P", "a", 0.1), rated("P", "a", 0.2), rated("P", "b", 0.15)]
    assert import_rows(tmp_path, rows)[1] == ["only_ties"] * 3


def test_each_criterion_counts_alike_and_an_answer_that_lacks_one_is_not_compared(tmp_path):
    # "a": (mean(1, 1, 1) + 5) / 2 = 3; "b": (2 + 3) / 2 = 2.5, although its rows' mean is higher
    rows = [rated("P", "a", 1, criterion="tone"), rated("P", "a", 1, criterion="tone"),
            rated("P", "a", 1, criterion="tone"), rated("P", "a", 5, criterion="facts"),
            rated("P", "b", 2, criterion="tone"), rated("P", "b", 3, criterion="facts"),
            rated("P", "c", 5, criterion="tone")]  # fmt: skip
    found = import_rows(tmp_path, rows)[1]
    assert found == [("P", "a", "b"), "missing_rating"]
    assert roles(preview(tmp_path, rows))["criterion"] == "criterion"


def test_bad_rows_go_to_quarantine_with_their_bytes_and_spoil_no_other(tmp_path):
    rows = [rated("P", "a", 1), rated("P", "b", "good"), rated("P", " ", 5), rated("", "a", 1),
            rated("P", "c", 2), rated("Q", "only", 3), rated("P", "d", None)]  # fmt: skip
    assert import_rows(tmp_path, rows, layout="rated-rows")[1] == [
        ("P", "c", "a"), "missing_rating", "empty_value", "empty_value", "single_answer",
        "missing_rating",
    ]  # fmt: skip
    raws = [
        item.rows[0].raw
        for item in pair_rated_rows(
            [CellRow(1, "row 1", {"x": 1})],
            [CellRow(1, "row 1", {"x": 1})],
            lambda row: RatedRow(UsableRow(1, "P", "a", ""), 1.0, ""),
        )
    ]
    assert raws == [b'{"x": 1}']


def test_equal_prompts_of_two_groups_stay_apart_and_names_are_those_of_all_rows(tmp_path):
    rows = [rated("P", "a", 1, group="1", client="Mary Smith"),
            rated("P", "b", 2, group="1", client="John Miller"),
            rated("P", "c", 9, group="2", client="Mary Smith"),
            rated("P", "d", 7, group="2", client="Mary Smith")]  # fmt: skip
    assert import_rows(tmp_path, rows)[1] == [("P", "b", "a"), ("P", "c", "d")]
    examined = list(
        pair_rated_rows(
            [CellRow(n, f"row {n}", row) for n, row in enumerate(rows[:2])],
            [CellRow(n, f"row {n}", row) for n, row in enumerate(rows[:2])],
            lambda row: RatedRow(
                UsableRow(0, "P", row.values["response"], "", names=(row.values["client"],)),
                row.values["score"],
                "",
            ),
        )
    )
    assert examined[0].rows[0].names == ("Mary Smith", "John Miller")


@pytest.mark.parametrize(
    "rows",
    [
        [rated(f"P{n}", f"a{n}", n) for n in range(30)],  # a score of each example
        [rated("Summarise the note.", f"a{n}", n) for n in range(30)],  # an instruction for all
        [rated(f"P{n // 2}", f"a{n // 2}", n) for n in range(30)],  # rows that stand twice
        [rated(f"P{n // 2}", f"a{n}", "good") for n in range(30)],  # no numbers
        [rated(f"P{max(n, 9)}", f"a{n}", n) for n in range(30)],  # most inputs stand once
    ],
)
def test_examples_with_a_score_are_no_ratings(tmp_path, rows):
    seen = preview(tmp_path, rows)
    (score,) = [column for column in seen.columns if column.name == "score"]
    assert (seen.layout, score.role) == ("columns", "")
    assert score.why.endswith("map it as ratings")


def test_the_layout_is_shown_and_corrected_by_mapping(tmp_path):
    rows = [rated(f"P{n // 2}", f"a{n}", n) for n in range(6)]
    seen = preview(tmp_path, rows)
    assert seen.layout == "rated-rows"
    assert roles(seen) == {"prompt": "input", "response": "output", "score": "ratings"}
    (why,) = [column.why for column in seen.columns if column.role == "ratings"]
    assert why == "a usual name, and inputs come again with other answers and ratings"
    mapped = preview(tmp_path, rows, mapping={"input": "prompt", "output": "response"})
    assert (mapped.layout, len(mapped.rows), mapped.rows[0].rejected) == ("columns", 5, "")
    other = [{"q": f"P{n // 2}", "a": f"a{n}", "points": n} for n in range(6)]
    mapped = preview(tmp_path, other, mapping={"input": "q", "output": "a", "ratings": "points"})
    assert (mapped.layout, mapped.rows[0].output, mapped.rows[0].rejected) == (
        "rated-rows", "a1", "a0",
    )  # fmt: skip


def test_a_rated_answer_in_quarantine_is_not_drafted_as_an_output():
    reading = {"columns": {"input": "prompt", "output": "response", "ratings": "score"}}
    drafts = draft_texts(json.dumps(rated("P", "bad answer", "?")).encode(), reading)
    assert (drafts["input"], drafts["output"]) == ("P", "")


RATINGS = st.lists(
    st.tuples(st.sampled_from("PQ"), st.sampled_from("abcd"), st.integers(0, 3)), max_size=12
)


@given(RATINGS)
def test_every_row_is_counted_once_and_pairs_agree_with_a_plain_reckoning(rows):
    table = [CellRow(n, f"row {n}", {}) for n in range(len(rows))]
    read = {
        id(row): RatedRow(UsableRow(row.line, prompt, answer, "", place=row.place), rating, "")
        for row, (prompt, answer, rating) in zip(table, rows, strict=True)
    }
    examined = list(pair_rated_rows(table, table, lambda row: read[id(row)]))
    assert len(examined) == len(rows)
    expected, n_ties = set(), 0
    for prompt in "PQ":
        ratings = {}
        for _, answer, rating in filter(lambda row: row[0] == prompt, rows):
            ratings.setdefault(answer, []).append(rating)
        if len(ratings) > 1:
            means = [RatedAnswer(each, sum(of) / len(of)) for each, of in ratings.items()]
            found = best_against_worse(means)
            expected |= {(prompt, found.best, worse) for worse in found.worse}
            n_ties += found.n_ties if found.worse else 0
    pairs = [row for item in examined for row in item.rows if not isinstance(row, BadRow)]
    assert {(row.input, row.output, row.rejected) for row in pairs} == expected
    assert sum(item.n_ties for item in examined) == n_ties
