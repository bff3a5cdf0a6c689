"""What Argilla's API answers with our search engine behind it, on a real server."""

# ruff: noqa: S608 - statements on a file that the test itself has made

from __future__ import annotations

import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from annotation import server
from annotation.credentials import read_credentials
from tests.annotation.server_env.argilla_api import Api, between, by, make_dataset, terms
from workbench.home import Home
from workbench.processes import read_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = Home(tmp_path_factory.mktemp("argilla") / "home")
    server.start(made, port=_free_port())
    yield made
    server.stop(made)


@pytest.fixture(scope="module")
def owner(home: Home) -> Iterator[Api]:
    with _connect(home, read_credentials(home.secrets).api_key) as http:
        api = Api(http)
        workspace = api.send("POST", "workspaces", {"name": "work"})["id"]
        make_dataset(api, workspace, "search")
        body = {"username": "anna", "first_name": "a", "password": "long-enough", "role": "owner"}
        api.send("POST", "users", body)
        api.upsert(*RECORDS)
        _suggest(api)
        yield api


@pytest.fixture(scope="module")
def anna(home: Home, owner: Api) -> Iterator[Api]:
    users = owner.send("GET", "users")["items"]
    key = next(user["api_key"] for user in users if user["username"] == "anna")
    with _connect(home, key) as http:
        anna = Api(http, owner.dataset, owner.records, owner.questions)
        owner.answer("a", "submitted", rate=5, verdict="keep", problems=["long", "odd"], answer="x")
        owner.answer("b", "draft", rate=2)
        anna.answer("a", "submitted", rate=2, verdict="drop")
        anna.answer("c", "discarded")
        yield anna


def _connect(home: Home, key: str) -> httpx.Client:
    record = read_server(home.servers, "argilla")
    assert record
    headers = {"X-Argilla-API-Key": key}
    url = f"{record.url}/api/v1/"
    return httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


RECORDS: list[dict[str, Any]] = [
    {
        "external_id": "a",
        "fields": {
            "note": "The tenant wants the deposit back.",
            "draft": "A draft",
            "talk": [
                {"role": "user", "content": "Hello there"},
                {"role": "assistant", "content": "What is it?"},
            ],
            "picture": "https://example.org/tenant.png",
        },
        "metadata": {"source": "mail", "words": 6, "share": 0.5, "later": "yes"},
        "vectors": {"place": [1.0, 0.0]},
    },
    {
        "external_id": "b",
        "fields": {"note": "The landlord keeps it", "draft": "Deposit of the tenant: 3.50"},
        "metadata": {"source": ["mail", "phone"], "words": 4, "share": 0.25},
        "vectors": {"place": [1.0, 1.0]},
    },
    {
        "external_id": "c",
        "fields": {"note": "契約は日本語", "form": {"city": "Köln"}},
        "metadata": {"source": "phone", "words": 12},
        "vectors": {"place": [-1.0, 0.0]},
    },
    {"external_id": "d", "fields": {"note": "Nothing else"}},
]


def _suggest(api: Api) -> None:
    given: dict[str, dict[str, dict[str, Any]]] = {
        "a": {
            "answer": {"value": "A text", "score": 0.9, "agent": "draft", "type": "model"},
            "rate": {"value": 3, "score": 0.2, "agent": "m-1"},
        },
        "b": {
            "rate": {"value": 5, "score": 0.7, "agent": "m-2"},
            "problems": {"value": ["long", "short"], "score": [0.1, 0.8]},
        },
        "c": {"verdict": {"value": "drop", "type": "human"}},
    }
    for record, suggestions in given.items():
        for question, suggestion in suggestions.items():
            body = {"question_id": api.questions[question], **suggestion}
            api.send("PUT", f"records/{api.records[record]}/suggestions", body)


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("tenant", None, "ab"),
        ("TENANT deposit", None, "ab"),
        ("tenant -landlord", None, "a"),
        ("landlord | hello", None, "ab"),
        ('"wants the deposit"', None, "a"),
        ("depo*", None, "ab"),
        ("-(tenant | nothing)", None, "c"),
        ("tenant", "draft", "b"),
        ("hello", "talk", "a"),
        ("hello", "note", ""),
        ("assistant", "talk", "a"),
        ('"there what"', "talk", ""),
        ("契約", None, "c"),
        ("city", "form", "c"),
        ("tenant.png", "picture", ""),
        ("3.50", None, "b"),
        ("*", None, "abcd"),
        ("", None, ""),
    ],
)
def test_text_queries(owner: Api, text: str, field: str | None, expected: str) -> None:
    found = owner.search({"query": {"text": {"q": text, "field": field}}})
    assert sorted(found.names) == list(expected)
    assert found.total == len(expected)


FILTERS = [
    ([terms("metadata", "source", "mail")], "ab"),
    ([terms("metadata", "source", "phone", "none")], "bc"),
    ([between("metadata", "words", 4, 6)], "ab"),
    ([between("metadata", "share", ge=0.3)], "a"),
    ([terms("metadata", "words", "12")], "c"),
    ([terms("suggestion", "rate", "5")], "b"),
    ([between("suggestion", "rate", 2, 4)], "a"),
    ([between("suggestion", "rate", 0.5, 1, of="score")], "b"),
    ([between("suggestion", "problems", 0.5, 1, of="score")], "b"),
    ([terms("suggestion", "problems", "short")], "b"),
    ([terms("suggestion", "verdict", "drop")], "c"),
    ([terms("suggestion", "rate", "m-1", of="agent")], "a"),
    ([terms("suggestion", "answer", "model", of="type")], "a"),
    ([terms("suggestion", "verdict", "human", of="type")], "c"),
    ([terms("record", "status", "completed")], "a"),
    ([terms("record", "external_id", "b", "d")], "bd"),
    ([between("record", "inserted_at", le="2020-01-01")], ""),
    ([between("record", "updated_at", ge="2020-01-01T10:00:00")], "abcd"),
    ([terms("metadata", "source", "mail"), between("metadata", "words", le=5)], "b"),
    # anybody's responses
    ([terms("response", "status", "submitted")], "a"),
    ([terms("response", "status", "pending")], "d"),
    ([terms("response", "status", "draft", "pending")], "bd"),
    ([terms("response", "verdict", "drop")], "a"),
    ([terms("response", "problems", "odd")], "a"),
    ([between("response", "rate", 2, 2)], "ab"),
]


@pytest.mark.parametrize(("filters", "expected"), FILTERS)
def test_filters(owner: Api, anna: Api, filters: list[dict[str, Any]], expected: str) -> None:
    found = owner.search({"filters": {"and": filters}})
    assert sorted(found.names) == list(expected)
    assert found.total == len(expected)


@pytest.mark.parametrize(
    ("filters", "of_owner", "of_anna"),
    [
        ([terms("response", "status", "pending")], "cd", "bd"),
        ([terms("response", "status", "submitted")], "a", "a"),
        ([terms("response", "status", "discarded")], "", "c"),
        ([terms("response", "status", "draft", "discarded")], "b", "c"),
        ([terms("response", "verdict", "keep")], "a", ""),
        ([between("response", "rate", 1, 3)], "b", "a"),
        (
            [terms("response", "status", "pending"), terms("record", "status", "pending")],
            "cd",
            "bd",
        ),
    ],
)
def test_each_person_filters_by_their_own_responses(
    owner: Api, anna: Api, filters: list[dict[str, Any]], of_owner: str, of_anna: str
) -> None:
    body = {"filters": {"and": filters}}
    assert sorted(owner.search(body, mine=True).names) == list(of_owner)
    assert sorted(anna.search(body, mine=True).names) == list(of_anna)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ([by("record", "inserted_at", "desc")], "dcba"),
        ([by("record", "external_id", "desc")], "dcba"),
        ([by("record", "status"), by("record", "inserted_at", "desc")], "adcb"),
        ([by("metadata", "words", "desc")], "cabd"),
        ([by("metadata", "share")], "bacd"),
        ([by("metadata", "source", "desc"), by("record", "inserted_at")], "bcad"),
        ([by("suggestion", "rate", "desc")], "bacd"),
        ([by("suggestion", "rate", of="score")], "abcd"),
        ([by("response", "rate", "desc")], "abcd"),  # means: 3.5 and 2
    ],
)
def test_orders(owner: Api, anna: Api, sort: list[dict[str, Any]], expected: str) -> None:
    assert owner.search({"sort": sort}).names == list(expected)


def test_a_person_sorts_by_their_own_responses(owner: Api, anna: Api) -> None:
    owner.answer("d", "draft", rate=3)
    body = {"sort": [by("response", "rate", "asc")]}
    assert owner.search(body, mine=True).names == ["b", "d", "a", "c"]
    assert anna.search(body, mine=True).names == ["a", "b", "c", "d"]


def test_pages(owner: Api) -> None:
    body = {"sort": [by("record", "inserted_at")]}
    found = owner.search(body, offset=1, limit=2)
    assert (found.names, found.total) == (["b", "c"], 4)
    assert owner.search(body, offset=4).names == []
    mine = [owner.search({}, mine=True, offset=n, limit=1).names[0] for n in range(4)]
    assert sorted(mine) == list("abcd")
    assert mine == owner.search({}, mine=True).names


def _near(**asked: object) -> dict[str, Any]:
    return {"query": {"vector": {"name": "place", **asked}}}


def test_similarity_by_value_and_by_record(owner: Api) -> None:
    found = owner.search(_near(value=[2.0, 0.0]))
    assert found.names == ["a", "b", "c"]
    assert found.scores == pytest.approx([1.0, 0.853553, 0.0], abs=1e-6)
    assert found.total == 3
    assert owner.search(_near(value=[2.0, 0.0], order="least_similar")).names == ["c", "b", "a"]
    of_a = {"record_id": owner.records["a"]}
    assert owner.search(_near(**of_a)).names == ["b", "c"]
    assert owner.search(_near(**of_a, order="least_similar")).names == ["c", "b"]
    assert owner.search(_near(**of_a), offset=1, limit=1).names == ["c"]


def test_a_record_with_vectors_is_read_by_its_id(owner: Api) -> None:
    # as Argilla's page does for what others are compared with
    shown = owner.send("GET", f"records/{owner.records['a']}")
    assert shown["external_id"] == "a"
    assert shown["vectors"] == {"place": [1.0, 0.0]}


def test_similarity_with_filters_and_text(owner: Api, anna: Api) -> None:
    mail = {"filters": {"and": [terms("metadata", "source", "phone")]}}
    assert owner.search(_near(value=[1.0, 0.0]) | mail).names == ["b", "c"]
    pending = {"filters": {"and": [terms("response", "status", "pending")]}}
    assert anna.search(_near(value=[1.0, 0.0]) | pending, mine=True).names == ["b"]
    body = _near(value=[1.0, 0.0])
    body["query"]["text"] = {"q": "tenant"}
    assert owner.search(body).names == ["a", "b"]


@pytest.mark.parametrize(
    "body",
    [
        _near(value=[1.0]),
        _near(value=[0.0, 0.0]),
        {"query": {"vector": {"name": "nothing", "value": [1.0, 0.0]}}},
        {"query": {"text": {"q": "x", "field": "nothing"}}},
        {"query": {"text": {"q": "a | b c " * 100}}},
        {"filters": {"and": [between("record", "inserted_at", ge="yesterday")]}},
        {"filters": {"and": [terms("metadata", "nothing", "x")]}},
        {"filters": {"and": [terms("response", "nothing", "x")]}},
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_reason(owner: Api, body: dict[str, Any]) -> None:
    answer = owner.post_search(body)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_metrics_and_progress(owner: Api, anna: Api) -> None:
    path = f"datasets/{owner.dataset}"
    listed = owner.send("GET", f"me/{path}/metadata-properties")["items"]
    metrics = {
        item["name"]: owner.send("GET", f"metadata-properties/{item['id']}/metrics")
        for item in listed
    }
    counts = [{"term": "mail", "count": 2}, {"term": "phone", "count": 2}]
    assert metrics["source"] == {"type": "terms", "total": 4, "values": counts}
    assert metrics["words"] == {"type": "integer", "min": 4, "max": 12}
    assert metrics["share"] == {"type": "float", "min": 0.25, "max": 0.5}
    progress = owner.send("GET", f"{path}/progress")
    assert {key: progress[key] for key in ("total", "completed", "pending")} == {
        "total": 4,
        "completed": 1,
        "pending": 3,
    }
    mine = anna.send("GET", f"me/{path}/metrics")["responses"]
    assert mine == {"total": 4, "submitted": 1, "discarded": 1, "draft": 0, "pending": 2}


def test_changes_are_found_at_once(owner: Api) -> None:
    record = {"external_id": "e", "fields": {"note": "An ephemeral thing"}}
    owner.upsert(record)
    assert owner.search({"query": {"text": {"q": "ephemeral"}}}).names == ["e"]
    change = {"fields": {"note": "Quite another"}, "metadata": {"words": 99}}
    owner.send("PATCH", f"records/{owner.records['e']}", change)
    assert owner.search({"query": {"text": {"q": "ephemeral"}}}).names == []
    assert owner.search({"filters": {"and": [between("metadata", "words", 99)]}}).names == ["e"]
    answer = owner.answer("e", "submitted", rate=1)
    owner.send("PUT", f"responses/{answer}", {"status": "discarded", "values": None})
    discarded = {"filters": {"and": [terms("response", "status", "discarded")]}}
    assert "e" in owner.search(discarded, mine=True).names
    owner.send("DELETE", f"responses/{answer}")
    assert "e" not in owner.search(discarded, mine=True).names
    body = {"question_id": owner.questions["rate"], "value": 1, "agent": "gone"}
    made = owner.send("PUT", f"records/{owner.records['e']}/suggestions", body)
    by_agent = {"filters": {"and": [terms("suggestion", "rate", "gone", of="agent")]}}
    assert owner.search(by_agent).names == ["e"]
    owner.send("DELETE", f"records/{owner.records['e']}/suggestions?ids={made['id']}")
    assert owner.search(by_agent).names == []
    owner.upsert(record | {"vectors": {"place": [0.0, 1.0]}})
    assert owner.search(_near(value=[0.0, 1.0]), limit=1).names == ["e"]
    owner.send("DELETE", f"datasets/{owner.dataset}/records?ids={owner.records.pop('e')}")
    assert owner.search({}).total == 4
    assert "e" not in owner.search(_near(value=[0.0, 1.0])).names


def test_settings_made_later_can_be_searched(owner: Api) -> None:
    path = f"datasets/{owner.dataset}"
    body: dict[str, Any] = {"name": "later", "title": "later", "settings": {"type": "terms"}}
    owner.send("POST", f"{path}/metadata-properties", body)
    owner.send("POST", f"{path}/vectors-settings", {"name": "two", "title": "t", "dimensions": 1})
    owner.upsert(RECORDS[0] | {"vectors": {"two": [3.0]}})
    assert owner.search({"filters": {"and": [terms("metadata", "later", "yes")]}}).names == ["a"]
    assert owner.search({"query": {"vector": {"name": "two", "value": [1.0]}}}).names == ["a"]


def test_the_server_tells_its_engine(owner: Api) -> None:
    assert owner.send("GET", "status")["search_engine"]["name"] == "sqlite"


def _kill(home: Home) -> None:
    record = read_server(home.servers, "argilla")
    assert record
    processes = [p for p in psutil.process_iter() if _session(p) == record.session]
    os.kill(record.session, signal.SIGKILL)
    psutil.wait_procs(processes, timeout=20)


def _session(process: psutil.Process) -> int:
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return 0


@pytest.mark.parametrize(
    ("ge", "le", "total"),
    [(1e300, None, 0), (None, 1e300, 4), (-1e300, 1e300, 4), (None, -1e300, 0)],
)
def test_times_that_no_record_can_have_are_compared(
    owner: Api, ge: float | None, le: float | None, total: int
) -> None:
    asked = between("record", "inserted_at", ge, le)
    assert owner.search({"filters": {"and": [asked]}}).total == total


def test_a_page_behind_the_last_one_is_empty_however_far(owner: Api) -> None:
    for offset in (100, 10**19):
        found = owner.search({}, offset=offset)
        assert (found.names, found.total) == ([], 4)


def test_what_a_killed_server_had_not_indexed_is_mended(home: Home, owner: Api, anna: Api) -> None:
    """Take from the index, and from the database, what a kill at the worst moment would."""
    _kill(home)
    data = home.servers / "argilla"
    index, database = sqlite3.connect(data / "search.sqlite"), sqlite3.connect(data / "argilla.db")
    name = owner.dataset
    ids = owner.records
    row = f'(SELECT row FROM "documents_{name}" WHERE id = ?)'
    # an answer, a status, a vector and a whole record never reached the index
    index.execute(f'DELETE FROM "responses_{name}" WHERE status = ?', ("draft",))
    index.execute(f'UPDATE "documents_{name}" SET status = ?, updated_at = 1', ("completed",))
    index.execute(f'DELETE FROM "texts_{name}" WHERE rowid = {row}', (ids["b"],))
    index.execute(f'DELETE FROM "documents_{name}" WHERE id = ?', (ids["b"],))
    index.execute(f'DELETE FROM "vectors_{name}"')
    # a record is gone from the database, but not from the index
    database.execute("DELETE FROM records WHERE external_id = 'd'")
    for db in (index, database):
        db.commit()
        db.close()
    port = int(str(owner.http.base_url.port))
    server.start(home, port=port)
    assert sorted(owner.search({}).names) == ["a", "b", "c"]
    assert owner.search({"filters": {"and": [terms("record", "status", "completed")]}}).total == 1
    assert owner.search({"filters": {"and": [terms("response", "status", "draft")]}}).names == ["b"]
    assert owner.search(_near(value=[1.0, 0.0])).names == ["a", "b", "c"]
    assert owner.search({"query": {"text": {"q": "tenant"}}}).total == 2
    assert "indexed anew" in (home.servers / "argilla.log").read_text()


def test_a_good_index_is_left_alone_and_a_damaged_one_made_anew(
    home: Home, owner: Api, anna: Api
) -> None:
    port = int(str(owner.http.base_url.port))
    server.stop(home)
    server.start(home, port=port)
    assert "indexed anew" not in (home.servers / "argilla.log").read_text()
    server.stop(home)
    file: Path = home.servers / "argilla" / "search.sqlite"
    file.write_bytes(b"damaged" + file.read_bytes()[7:9000])
    server.start(home, port=port)
    assert "indexed anew" in (home.servers / "argilla.log").read_text()
    assert owner.search({"query": {"text": {"q": "tenant"}}}).total == 2
