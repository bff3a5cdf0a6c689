# ruff: noqa: S608 - statements on a file that the test itself has made

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from annotation.server_env.workbench_argilla.conditions import (
    Between,
    InvalidConditionError,
    OrderBy,
    Scope,
    Terms,
)
from annotation.server_env.workbench_argilla.documents import Answer, Document, Proposal, Query
from annotation.server_env.workbench_argilla.index import Index
from annotation.server_env.workbench_argilla.index_file import DamagedIndexError, make_ready
from annotation.server_env.workbench_argilla.layout import MissingIndexError, make_layout

DATASET = "0f8e-11"
DAY = 24 * 3600 * 10**6
TEXTS = {
    "a": ("The tenant wants the deposit back", "draft one"),
    "b": ("The landlord keeps the deposit", "Deposit of the tenant"),
    "c": ("A café in Köln, well-known", ""),
}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    made = _open(tmp_path / "search.sqlite")
    made.create(
        make_layout(
            DATASET,
            texts={"input": "text", "draft": "text", "talk": "chat"},
            metadata=["source", "words", "tags"],
            questions={"answer": False, "verdict": True, "rate": True, "labels": True},
        )
    )
    made.put(DATASET, [_document(name, n) for n, name in enumerate(TEXTS)])
    yield made
    made.close()


def _open(file: Path) -> Index:
    make_ready(file)
    return Index(file)


def _document(name: str, position: int) -> Document:
    text, draft = TEXTS[name]
    values = {"verdict": "keep", "rate": position, "labels": ["x", name], "answer": "free text"}
    answers = [Answer(f"r-{name}", "ada", "submitted", 1, values)]
    return Document(
        id=name,
        external_id=f"x-{name}",
        status="completed" if name == "a" else "pending",
        inserted_at=position * DAY,
        updated_at=position * DAY,
        texts={"input": [text], "draft": [draft], "talk": [f"turn {name}", "the end"]},
        roles={"talk": ["user", "assistant"]},
        metadata={
            "source": "file",
            "words": len(text),
            "tags": ["k", "z" if name == "a" else name],
            "unknown": 1,
        },
        answers=answers if name != "c" else (),
        proposals=[
            Proposal("answer", "yes", score=0.1 * (position + 1), agent="draft", type="model"),
            Proposal("rate", position, score=[0.5, position / 10]),
        ],
    )


def _ids(index: Index, query: Query) -> list[str]:
    return [name for name, _ in index.search(DATASET, query).items]


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("deposit tenant", "", "ab"),
        ("tenant -landlord", "", "a"),
        ("-deposit", "", "c"),
        ("landlord | café", "", "bc"),
        ('"deposit back"', "", "a"),
        ("KÖLN", "", "c"),
        ("koln", "", ""),
        ("well-known", "", "c"),
        ("*", "", "abc"),
        ("", "", ""),
        ("tenant", "draft", "b"),
        ("turn b", "talk", "b"),
        ("assistant", "talk", "abc"),
        ("assistant", "input", ""),
        ('"turn b the"', "", ""),  # no phrase reaches from one turn into the next
        ("tenant", "an_image", ""),
    ],
)
def test_text_is_searched_in_all_fields_or_one(
    index: Index, text: str, field: str, expected: str
) -> None:
    found = index.search(DATASET, Query(text=text, field=field))
    assert sorted(name for name, _ in found.items) == list(expected)
    assert found.total == len(expected)


def _terms(kind: str, name: str = "", *values: str, user: str = "", prop: str = "value") -> Terms:
    return Terms(Scope(kind, name, prop, user), values)  # type: ignore[arg-type]


def _between(
    kind: str, name: str, ge: float | str | None = None, le: float | str | None = None
) -> Between:
    return Between(Scope(kind, name, "value"), ge, le)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (_terms("record", "status", "completed"), "a"),
        (_terms("record", "id", "a", "c"), "ac"),
        (_terms("record", "external_id", "x-b", "x-c"), "bc"),
        (_terms("record", "inserted_at", "1970-01-02"), "b"),
        (_between("record", "inserted_at", ge="1970-01-02T00:00:00.000001"), "c"),
        (_between("record", "updated_at", le="1970-01-02"), "ab"),
        (_between("record", "updated_at", le=86_400_000), "ab"),
        (_between("record", "updated_at", ge="86400000"), "bc"),
        (_between("record", "status", ge="d"), "bc"),
        (_terms("metadata", "source", "file"), "abc"),
        (_terms("metadata", "tags", "b", "c"), "bc"),
        (_terms("metadata", "words", "26", "30.0"), "bc"),
        (_terms("metadata", "unknown", "1"), ""),
        (_between("metadata", "words", ge=30), "ab"),
        (_between("metadata", "words", ge="30", le="32"), "b"),
        (_between("metadata", "source", ge="e", le="g"), "abc"),
        (_between("metadata", "source", ge=1), "abc"),  # compared as text
        (_terms("response", "", "submitted"), "ab"),
        (_terms("response", "", "pending"), "c"),
        (_terms("response", "", "pending", user="ben"), "abc"),
        (_terms("response", "", "submitted", "pending", user="ada"), "abc"),
        (_terms("response", "", "draft", user="ada"), ""),
        (_terms("response", "verdict", "keep"), "ab"),
        (_terms("response", "verdict", "keep", user="ben"), ""),
        (_terms("response", "labels", "b"), "b"),
        (_terms("response", "rate", "1"), "b"),
        (_between("response", "rate", ge=1, le=5), "b"),
        (_terms("response", "answer", "free text"), ""),  # free text cannot be filtered
        (_terms("suggestion", "answer", "draft", prop="agent"), "abc"),
        (_terms("suggestion", "answer", "human", prop="type"), ""),
        (_terms("suggestion", "rate", "2"), "c"),
        (Between(Scope("suggestion", "answer", property="score"), le=0.2), "ab"),
        (Between(Scope("suggestion", "rate", property="score"), ge=0.0, le=0.1), "ab"),
    ],
)
def test_filters(index: Index, condition: Terms | Between, expected: str) -> None:
    found = index.search(DATASET, Query(conditions=[condition]))
    assert sorted(name for name, _ in found.items) == list(expected)
    assert found.total == len(expected)


@pytest.mark.parametrize(
    "condition",
    [
        _terms("record", "colour", "red"),
        _terms("suggestion", "answer", "x", prop="colour"),
        _between("record", "inserted_at", ge="yesterday"),
        Between(Scope("response"), ge=1),
    ],
)
def test_what_records_do_not_have_is_refused(index: Index, condition: Terms | Between) -> None:
    with pytest.raises(InvalidConditionError):
        index.search(DATASET, Query(conditions=[condition]))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([], "abc"),
        ([OrderBy(Scope("record", "inserted_at"), descending=True)], "cba"),
        ([OrderBy(Scope("metadata", "words"))], "cba"),
        ([OrderBy(Scope("metadata", "tags"))], "bca"),  # the least of several
        ([OrderBy(Scope("metadata", "tags"), descending=True)], "abc"),
        ([OrderBy(Scope("suggestion", "answer", "score"), descending=True)], "cba"),
        ([OrderBy(Scope("suggestion", "rate", "value"), descending=True)], "cba"),
        ([OrderBy(Scope("response", "rate"), descending=True)], "bac"),
        ([OrderBy(Scope("response", "rate"))], "abc"),
        ([OrderBy(Scope("response", "rate", user="ben"), descending=True)], "abc"),
        ([OrderBy(Scope("response", "answer"), descending=True)], "abc"),
        ([OrderBy(Scope("record", "status")), OrderBy(Scope("record", "id"), True)], "acb"),
    ],
)
def test_orders_put_what_has_no_value_last(
    index: Index, order: Sequence[OrderBy], expected: str
) -> None:
    assert _ids(index, Query(order=order)) == list(expected)


def test_a_record_with_several_responses_sorts_by_their_mean(index: Index) -> None:
    index.put_answer(DATASET, "a", Answer("r-a2", "ben", "draft", 2, {"rate": 9}))
    by_rate = [OrderBy(Scope("response", "rate"), descending=True)]
    assert _ids(index, Query(order=by_rate)) == ["a", "b", "c"]  # 4.5, 1, none
    by_ada = [OrderBy(Scope("response", "rate", user="ada"), descending=True)]
    assert _ids(index, Query(order=by_ada)) == ["b", "a", "c"]  # 1, 0, none


def test_text_is_ranked_where_no_order_is_asked_for(index: Index) -> None:
    found = index.search(DATASET, Query(text="tenant | landlord | deposit")).items
    assert [name for name, _ in found] == ["b", "a"]
    assert all(score and score > 0 for _, score in found)
    by_age = [OrderBy(Scope("record", "inserted_at"))]
    found = index.search(DATASET, Query(text="tenant", order=by_age)).items
    assert list(found) == [("a", None), ("b", None)]


def test_pages_know_the_total(index: Index) -> None:
    page = index.search(DATASET, Query(offset=1, limit=1))
    assert [name for name, _ in page.items] == ["b"]
    assert page.total == 3
    assert _ids(index, Query(offset=3)) == []


def test_each_user_has_an_order_that_stays(index: Index) -> None:
    shuffled = {user: tuple(_ids(index, Query(shuffled_for=user))) for user in map(str, range(9))}
    assert len(set(shuffled.values())) > 1
    for _, score in index.search(DATASET, Query(shuffled_for="1")).items:
        assert score is not None
        assert 0 <= score < 1
    index.put(DATASET, [_document("b", 1)])
    assert shuffled["1"] == tuple(_ids(index, Query(shuffled_for="1")))
    pages = [_ids(index, Query(shuffled_for="1", offset=n, limit=1))[0] for n in range(3)]
    assert tuple(pages) == shuffled["1"]


def test_counts_and_metrics(index: Index) -> None:
    assert index.statuses(DATASET) == {"completed": 1, "pending": 2}
    assert index.answer_statuses(DATASET, "ada") == {"submitted": 2}
    assert index.answer_statuses(DATASET, "nobody") == {}
    assert index.terms(DATASET, "source") == {"file": 3}
    assert list(index.terms(DATASET, "tags").items()) == [("k", 3), ("b", 1), ("c", 1), ("z", 1)]
    assert index.extremes(DATASET, "words") == (26, 33)
    assert index.extremes(DATASET, "source") == (None, None)
    assert index.terms(DATASET, "unknown") == {}


def test_partial_updates(index: Index) -> None:
    assert index.update(DATASET, "b", {"status": "completed", "updated_at": 5 * DAY})
    assert not index.update(DATASET, "nobody", {"status": "completed"})
    with pytest.raises(ValueError, match="colour"):
        index.update(DATASET, "b", {"colour": "red"})
    assert index.statuses(DATASET) == {"completed": 2, "pending": 1}
    assert index.put_answer(DATASET, "c", Answer("r-c", "ben", "draft", 2, {}))
    assert not index.put_answer(DATASET, "nobody", Answer("r-x", "ben", "draft", 2, {}))
    index.remove_answer(DATASET, "r-a")
    assert index.answer_statuses(DATASET, "ada") == {"submitted": 1}
    assert index.answer_statuses(DATASET, "ben") == {"draft": 1}
    assert index.put_proposal(DATASET, "a", Proposal("rate", 9, score=0.9))
    assert not index.put_proposal(DATASET, "nobody", Proposal("rate", 9))
    index.remove_proposal(DATASET, "b", "rate")
    rated = [OrderBy(Scope("suggestion", "rate", "value"), descending=True)]
    assert _ids(index, Query(order=rated)) == ["a", "c", "b"]
    assert _ids(index, Query(conditions=[_terms("suggestion", "rate", "1")])) == []


def test_a_record_put_again_replaces_all_that_it_was(index: Index) -> None:
    index.put(DATASET, [Document("a", None, "pending", 0, 0, texts={"input": ["new words"]})])
    assert _ids(index, Query(text="back")) == []
    assert _ids(index, Query(text="new")) == ["a"]
    assert index.answer_statuses(DATASET, "ada") == {"submitted": 1}
    assert _ids(index, Query(conditions=[_terms("metadata", "tags", "z")])) == []
    assert _ids(index, Query()) == ["a", "b", "c"]


def test_a_new_metadata_property_is_filled_from_then_on(index: Index) -> None:
    index.add_metadata(DATASET, "unknown")
    index.add_metadata(DATASET, "unknown")
    assert _ids(index, Query(conditions=[_terms("metadata", "unknown", "1")])) == []
    index.put(DATASET, [_document("b", 1)])
    assert _ids(index, Query(conditions=[_terms("metadata", "unknown", "1")])) == ["b"]
    assert index.terms(DATASET, "unknown") == {"1": 1}


def test_removed_records_and_datasets_are_gone(index: Index) -> None:
    index.remove(DATASET, ["a", "nobody"])
    assert _ids(index, Query(text="deposit")) == ["b"]
    assert index.answer_statuses(DATASET, "ada") == {"submitted": 1}
    index.delete(DATASET)
    index.delete(DATASET)
    assert index.datasets() == []
    with pytest.raises(MissingIndexError):
        index.search(DATASET, Query())


def test_datasets_do_not_meet(index: Index) -> None:
    other = make_layout("ab-2", texts={"input": "text"}, metadata=[], questions={})
    index.create(other)
    assert index.search("ab-2", Query(text="deposit")).total == 0
    index.put("ab-2", [Document("z", None, "pending", 0, 0, texts={"input": ["deposit"]})])
    assert index.search(DATASET, Query(text="deposit")).total == 2
    index.delete("ab-2")
    assert index.search(DATASET, Query(text="deposit")).total == 2


def test_stamps_tell_when_each_part_of_a_record_changed(index: Index) -> None:
    mine = {(part, time) for name, part, time in index.stamps(DATASET) if name == "b"}
    assert mine == {("", DAY), ("r-b", 1), ("answer", 0), ("rate", 0)}


def test_a_write_that_fails_leaves_nothing(index: Index) -> None:
    good, broken = _document("a", 0), Document("b", None, None, 0, 0)  # type: ignore[arg-type]
    index.remove(DATASET, ["a"])
    with pytest.raises(sqlite3.IntegrityError):
        index.put(DATASET, [good, broken])
    assert _ids(index, Query()) == ["b", "c"]
    assert _ids(index, Query(text="landlord")) == ["b"]


def test_two_processes_see_each_others_writes(index: Index, tmp_path: Path) -> None:
    other = Index(tmp_path / "search.sqlite")
    other.update(DATASET, "b", {"status": "completed"})
    assert index.statuses(DATASET) == {"completed": 2, "pending": 1}
    other.close()


def test_a_process_goes_on_with_the_file_that_another_began_anew(
    index: Index, tmp_path: Path
) -> None:
    file = tmp_path / "search.sqlite"
    Path(f"{file}-damaged").touch()
    fresh = _open(file)
    fresh.create(make_layout("ab-2", texts={}, metadata=[], questions={}))
    assert index.datasets() == ["ab-2"]
    fresh.close()


@pytest.mark.parametrize("kind", ["garbage", "empty", "older", "cut"])
def test_a_file_that_cannot_be_used_is_begun_anew(index: Index, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "search.sqlite"
    index.close()
    if kind == "garbage":
        file.write_bytes(b"not a database" * 1000)
    elif kind == "empty":
        file.write_bytes(b"")
    elif kind == "older":
        db = sqlite3.connect(file)
        db.execute("PRAGMA user_version = 1")
        db.close()
    else:
        file.write_bytes(file.read_bytes()[: 3 * 4096])
    fresh = _open(file)
    assert fresh.datasets() == []
    fresh.close()


def test_a_good_file_is_kept(index: Index, tmp_path: Path) -> None:
    index.close()
    again = _open(tmp_path / "search.sqlite")
    assert again.search(DATASET, Query(text="deposit")).total == 2
    again.close()


def test_damage_found_later_is_told_and_remembered(index: Index, tmp_path: Path) -> None:
    index.close()
    file = tmp_path / "search.sqlite"
    db = sqlite3.connect(file)
    # the words of the text, which no check of the file as a whole looks at
    db.execute(f"""UPDATE "texts_{DATASET}_data" SET block = x'ff00ff' WHERE id > 10""")
    db.commit()
    db.close()
    opened = _open(file)
    with pytest.raises(DamagedIndexError, match="builds it anew"):
        opened.search(DATASET, Query(text="deposit"))
    opened.close()
    fresh = _open(file)
    assert fresh.datasets() == []
    fresh.close()
