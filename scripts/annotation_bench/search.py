"""Push, text search, filters with an order, and similarity search, through the REST interface."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from benchmark import Section
from curation_bench.corpus import documents

from annotation import server
from annotation.client import ArgillaClient
from annotation.credentials import read_credentials
from annotation_bench.own_server import new_home, served
from annotation_bench.start import settled_parts
from workbench.home import Home
from workbench.processes import read_server
from workbench.workflows.annotate_server import start_annotation, stop_annotation

_RECORDS, _QUICK_RECORDS = 100_000, 3_000
_QUERIES, _QUICK_QUERIES = 300, 60
_DIMENSIONS = 384
_BATCH = 250  # what a push sends at once
_PAGE = 50
_SEED = 1
_SOURCES = ("mail", "phone", "visit", "letter")
_TARGETS = {"push": 400.0, "text": 100.0, "filter": 100.0, "similar": 250.0}
_TARGET_MB = 1_000


def measure(folder: Path, *, quick: bool) -> Section:
    """Fill a dataset as a push does, add vectors, then ask one question after another."""
    n_records = _QUICK_RECORDS if quick else _RECORDS
    n_queries = _QUICK_QUERIES if quick else _QUERIES
    section = Section(
        f"{n_records:,} records of about 1 KB, {n_queries} questions each, {_PAGE} records a page",
        ("what", "p50 ms", "p95 ms", "max ms", "target p95"),
    )
    with served(new_home(folder)) as home, server.connect(home) as client, _http(home) as http:
        dataset = _make_dataset(http, client.ensure_workspace("bench"))
        texts = list(documents(n_records, seed=_SEED))
        rate = _seconds(client, dataset, _records(texts))
        section.figures["push"] = {"records_per_second": round(n_records / rate, 1)}
        rate = _seconds(client, dataset, _with_vectors(n_records))
        section.figures["push_vectors"] = {"records_per_second": round(n_records / rate, 1)}
        for name, questions in _questions(texts).items():
            _add_row(section, name, _ask_all(http, dataset, islice(questions, n_queries)))
        section.figures["memory_mb"] = round(sum(settled_parts(home).values()) / 1e6)
        section.figures["start_seconds"] = _restart(home)
        (home.servers / server.SERVER / "search.sqlite").unlink()
        section.figures["start_and_rebuild_seconds"] = _restart(home)
    pushed = section.figures["push"]["records_per_second"]
    section.notes.append(
        f"All processes took {section.figures['memory_mb']} MB (PSS) after that (target "
        f"{_TARGET_MB})."
    )
    section.notes.append(
        f"Pushed {pushed:,.0f} records/s (target {_TARGETS['push']:.0f}), then their vectors of "
        f"{_DIMENSIONS} numbers at {section.figures['push_vectors']['records_per_second']:,.0f}/s. "
        f"A start took {section.figures['start_seconds']:.0f} s, without the index "
        f"{section.figures['start_and_rebuild_seconds']:.0f} s."
    )
    return section


def _http(home: Home) -> httpx.Client:
    """Return a client that can make settings which the workbench itself never makes."""
    record = read_server(home.servers, server.SERVER)
    if record is None:
        raise SystemExit("Argilla does not run.")
    headers = {"X-Argilla-API-Key": read_credentials(home.secrets).api_key}
    return httpx.Client(base_url=f"{record.url}/api/v1/", headers=headers, timeout=60)


def _make_dataset(http: httpx.Client, workspace: str) -> str:
    def send(method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        answer = http.request(method, path, json=body).raise_for_status()
        return dict(answer.json())

    dataset = str(send("POST", "datasets", {"name": "search", "workspace_id": workspace})["id"])
    path = f"datasets/{dataset}"
    text = {"type": "text", "use_markdown": False}
    send("POST", f"{path}/fields", _named("note", required=True, settings=text))
    rating = {"type": "rating", "options": [{"value": n} for n in range(1, 11)]}
    send("POST", f"{path}/questions", _named("rate", required=True, settings=rating))
    send("POST", f"{path}/questions", _named("answer", required=False, settings=text))
    for name, kind in {"source": "terms", "words": "integer", "share": "float"}.items():
        send("POST", f"{path}/metadata-properties", _named(name, settings={"type": kind}))
    send("POST", f"{path}/vectors-settings", _named("place", dimensions=_DIMENSIONS))
    send("PUT", f"{path}/publish")
    return dataset


def _named(name: str, **others: object) -> dict[str, object]:
    return {"name": name, "title": name, **others}


def _records(texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    chance = random.Random(_SEED)  # noqa: S311 - made-up data, no secret
    for number, text in enumerate(texts):
        yield {
            "external_id": f"r{number}",
            "fields": {"note": text},
            "metadata": {
                "source": chance.choice(_SOURCES),
                "words": chance.randrange(1_000),
                "share": chance.random(),
            },
        }


def _with_vectors(n_records: int) -> Iterator[dict[str, Any]]:
    chance = np.random.default_rng(_SEED)
    for number in range(n_records):
        vector = np.round(chance.standard_normal(_DIMENSIONS), 5).tolist()
        yield {"external_id": f"r{number}", "vectors": {"place": vector}}


def _seconds(client: ArgillaClient, dataset: str, records: Iterator[dict[str, Any]]) -> float:
    """Send records in batches; return the seconds spent in sending."""
    spent = 0.0
    while batch := list(islice(records, _BATCH)):
        started = time.perf_counter()
        for _ in client.upsert_records(dataset, batch):
            pass
        spent += time.perf_counter() - started
    return spent


def _questions(texts: Sequence[str]) -> Mapping[str, Iterator[dict[str, Any]]]:
    return {
        "text": _text_questions(texts),
        "filter": _filter_questions(),
        "similar": _similar_questions(filtered=False),
        "similar, filtered": _similar_questions(filtered=True),
    }


def _text_questions(texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Ask for words as often as they come in the texts, in all forms of the syntax."""
    chance = random.Random(_SEED)  # noqa: S311
    forms = ("{0}", "{0} {1}", "{0} | {1}", "{0} -{1}", "{0}*")
    while True:
        words = chance.choice(texts).split()
        place = chance.randrange(len(words) - 1)
        form = chance.choice((*forms, '"{0} {1}"'))
        yield {"query": {"text": {"q": form.format(words[place], words[place + 1])}}}


def _filter_questions() -> Iterator[dict[str, Any]]:
    """Filter by a term, a range and the pending ones, and sort by a number."""
    chance = random.Random(_SEED)  # noqa: S311
    while True:
        least = chance.randrange(500)
        source, words = _metadata("source"), _metadata("words")
        status = {"entity": "response", "property": "status"}
        filters = [
            {"type": "terms", "scope": source, "values": chance.sample(_SOURCES, 2)},
            {"type": "range", "scope": words, "ge": least, "le": least + 400},
            {"type": "terms", "scope": status, "values": ["pending"]},
        ]
        order = chance.choice(("asc", "desc"))
        sort = [{"scope": _metadata(chance.choice(("share", "words"))), "order": order}]
        yield {"filters": {"and": filters}, "sort": sort}


def _similar_questions(*, filtered: bool) -> Iterator[dict[str, Any]]:
    chance = np.random.default_rng(_SEED + 1)
    while True:
        value = np.round(chance.standard_normal(_DIMENSIONS), 5).tolist()
        order = str(chance.choice(["most_similar", "least_similar"]))
        body: dict[str, Any] = {
            "query": {"vector": {"name": "place", "value": value, "order": order}}
        }
        if filtered:
            scope = _metadata("source")
            body["filters"] = {"and": [{"type": "terms", "scope": scope, "values": ["mail"]}]}
        yield body


def _metadata(name: str) -> dict[str, str]:
    return {"entity": "metadata", "metadata_property": name}


def _ask_all(http: httpx.Client, dataset: str, bodies: Iterator[dict[str, Any]]) -> list[float]:
    """Ask one after another; return how long each answer took, in milliseconds."""
    spent = []
    for body in bodies:
        started = time.perf_counter()
        path = f"datasets/{dataset}/records/search"
        http.post(path, json=body, params={"limit": _PAGE}).raise_for_status()
        spent.append(1_000 * (time.perf_counter() - started))
    return spent


def _restart(home: Home) -> float:
    """Stop the server and start it again; return the seconds of the start."""
    stop_annotation(home)
    started = time.perf_counter()
    start_annotation(home)
    return round(time.perf_counter() - started, 1)


def _add_row(section: Section, name: str, spent: Sequence[float]) -> None:
    target = _TARGETS[name.partition(",")[0]]
    middle, high = np.percentile(spent, [50, 95])
    section.figures[name] = {
        "p50_ms": round(float(middle), 1),
        "p95_ms": round(float(high), 1),
        "max_ms": round(max(spent), 1),
        "target_ms": target,
    }
    cells = (f"{middle:.0f}", f"{high:.0f}", f"{max(spent):.0f}", f"{target:.0f}")
    section.rows.append((name, *cells))
