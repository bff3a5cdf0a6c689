from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from annotation.server_env.workbench_argilla.conditions import Between, OrderBy, Scope, Terms
from annotation.server_env.workbench_argilla.documents import Answer, Document, Proposal, Query
from annotation.server_env.workbench_argilla.index import Index, MissingIndexError

DATASET = "0f8e-11"
TEXTS = {
    "a": ("The tenant wants the deposit back", "draft one"),
    "b": ("The landlord keeps the deposit", "Deposit of the tenant"),
    "c": ("A café in Köln, well-known", ""),
}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    made = Index(tmp_path / "search.sqlite")
    made.create(DATASET, texts=["input", "draft"], metadata=["source", "words"])
    made.put(DATASET, [_document(name, n) for n, name in enumerate(TEXTS)])
    yield made
    made.close()


def _document(name: str, position: int) -> Document:
    text, draft = TEXTS[name]
    answers = [Answer(f"r-{name}", "ada", "submitted", 1.0, {"verdict": "keep", "rate": position})]
    return Document(
        id=name,
        external_id=f"x-{name}",
        status="completed" if name == "a" else "pending",
        inserted_at=float(position),
        updated_at=float(position),
        texts={"input": text, "draft": draft},
        metadata={"source": "file", "words": len(text), "unknown": 1},
        answers=answers if name != "c" else (),
        proposals=[Proposal("answer", "yes", score=0.1 * (position + 1), agent="draft")],
    )


def _ids(index: Index, query: Query) -> list[str]:
    return [name for name, _ in index.search(DATASET, query).items]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "abc"),
        ("deposit tenant", "ab"),
        ("tenant -landlord", "a"),
        ("-deposit", "c"),
        ("landlord | cafe", "bc"),
        ('"deposit back"', "a"),
        ('"back deposit"', ""),
        ("land*", "b"),
        ("(landlord | tenant) -back", "b"),
        ("well-known", "c"),
        ("köln", "c"),
        ("- | ) (", "abc"),
        ("\" ' ; DROP TABLE documents", ""),
        ("NEAR AND OR NOT", ""),
    ],
)
def test_text_queries_follow_the_simple_syntax(index: Index, text: str, expected: str) -> None:
    found = index.search(DATASET, Query(text=text))
    assert sorted(name for name, _ in found.items) == list(expected)
    assert found.total == len(expected)


def test_a_query_can_be_limited_to_one_field(index: Index) -> None:
    assert _ids(index, Query(text="tenant", field="draft")) == ["b"]
    with pytest.raises(MissingIndexError):
        index.search(DATASET, Query(text="tenant", field="nothing"))


def _terms(kind: str, name: str = "", *values: str, user: str = "", prop: str = "value") -> Terms:
    return Terms(Scope(kind, name, prop, user), values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (_terms("record", "status", "completed"), "a"),
        (_terms("record", "external_id", "x-b", "x-c"), "bc"),
        (_terms("metadata", "source", "file"), "abc"),
        (_terms("metadata", "unknown", "1"), ""),
        (Between(Scope("metadata", "words"), ge=30), "ab"),
        (_terms("response", "", "submitted"), "ab"),
        (_terms("response", "", "pending"), "c"),
        (_terms("response", "", "pending", user="ben"), "abc"),
        (_terms("response", "", "submitted", "pending", user="ada"), "abc"),
        (_terms("response", "verdict", "keep"), "ab"),
        (_terms("response", "verdict", "keep", user="ben"), ""),
        (Between(Scope("response", "rate"), ge=1, le=5), "b"),
        (_terms("suggestion", "answer", "draft", prop="agent"), "abc"),
        (Between(Scope("suggestion", "answer", property="score"), le=0.2), "ab"),
        (Between(Scope("record", "inserted_at"), ge="1970-01-01T00:00:00.001"), "bc"),
    ],
)
def test_filters(index: Index, condition: Terms | Between, expected: str) -> None:
    assert sorted(_ids(index, Query(conditions=[condition]))) == list(expected)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([OrderBy(Scope("record", "inserted_at"), descending=True)], "cba"),
        ([OrderBy(Scope("suggestion", "answer", property="score"), descending=True)], "cba"),
        ([OrderBy(Scope("response", "rate"), descending=True)], "bac"),
        ([OrderBy(Scope("record", "status")), OrderBy(Scope("record", "id"), True)], "acb"),
    ],
)
def test_orders_put_what_has_no_value_last(
    index: Index, order: Sequence[OrderBy], expected: str
) -> None:
    assert _ids(index, Query(order=order)) == list(expected)


def test_pages_know_the_total_and_each_user_has_an_order(index: Index) -> None:
    page = index.search(DATASET, Query(offset=1, limit=1))
    assert [name for name, _ in page.items] == ["b"]
    assert page.total == 3
    shuffled = {user: tuple(_ids(index, Query(shuffled_for=user))) for user in map(str, range(9))}
    assert len(set(shuffled.values())) > 1
    assert shuffled["1"] == tuple(_ids(index, Query(shuffled_for="1")))


def test_counts_and_metrics(index: Index) -> None:
    assert index.statuses(DATASET) == {"completed": 1, "pending": 2}
    assert index.answer_statuses(DATASET, "ada") == {"submitted": 2}
    assert index.terms(DATASET, "source") == {"file": 3}
    assert index.span(DATASET, "words") == (26, 33)
    assert index.digest() == {DATASET: (3, 2, 1.0)}


def test_partial_updates(index: Index) -> None:
    assert index.update("b", status="completed")
    assert not index.update("nobody", status="completed")
    assert index.put_answer("c", Answer("r-c", "ben", "draft", 2.0, {}))
    index.remove_answer("r-a")
    index.put_proposal("a", Proposal("answer", "no", score=0.9))
    index.remove_proposal("b", "answer")
    index.add_metadata(DATASET, "unknown")
    index.put(DATASET, [_document("b", 1)])
    assert index.statuses(DATASET) == {"completed": 1, "pending": 2}
    assert _ids(index, Query(conditions=[_terms("metadata", "unknown", "1")])) == ["b"]
    assert index.answer_statuses(DATASET, "ada") == {"submitted": 1}
    assert index.answer_statuses(DATASET, "ben") == {"draft": 1}
    assert _ids(index, Query(conditions=[_terms("suggestion", "answer", "no")])) == ["a"]


def test_removed_records_and_datasets_are_gone(index: Index) -> None:
    index.remove(DATASET, ["a", "nobody"])
    assert _ids(index, Query(text="deposit")) == ["b"]
    assert index.digest() == {DATASET: (2, 1, 1.0)}
    index.delete(DATASET)
    assert index.digest() == {}
    with pytest.raises(MissingIndexError):
        index.search(DATASET, Query())


def test_a_damaged_index_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "search.sqlite"
    file.write_bytes(b"not a database" * 1000)
    index = Index(file)
    assert index.digest() == {}
    index.close()
