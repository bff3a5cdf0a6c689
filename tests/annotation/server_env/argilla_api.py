"""A small dataset on a real server, and what Argilla's own pages send to search in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

RATING = {"type": "rating", "options": [{"value": n} for n in range(1, 6)]}
LABELS = [{"value": name, "text": name, "description": None} for name in ("keep", "drop")]
PROBLEMS = [{"value": n, "text": n, "description": None} for n in ("long", "short", "odd")]


@dataclass
class Api:
    """The REST interface as one user; `records` holds the server's id of each external id."""

    http: httpx.Client
    dataset: str = ""
    records: dict[str, str] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, body: object = None) -> Any:
        answer = self.http.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def search(self, body: Mapping[str, Any], *, mine: bool = False, **page: int) -> SearchResult:
        found = self.post_search(body, mine=mine, **page)
        assert found.is_success, found.text
        items = found.json()["items"]
        return SearchResult(
            [item["record"]["external_id"] for item in items],
            [item.get("query_score") for item in items],
            found.json()["total"],
        )

    def post_search(
        self, body: Mapping[str, Any], *, mine: bool = False, **page: int
    ) -> httpx.Response:
        path = f"{'me/' if mine else ''}datasets/{self.dataset}/records/search"
        return self.http.post(path, json=body, params=page)

    def upsert(self, *records: Mapping[str, Any]) -> None:
        path = f"datasets/{self.dataset}/records/bulk"
        for item in self.send("PUT", path, {"items": records})["items"]:
            self.records[item["external_id"]] = item["id"]

    def answer(self, record: str, status: str, **values: object) -> str:
        body = {"status": status, "values": {k: {"value": v} for k, v in values.items()} or None}
        return str(self.send("POST", f"records/{self.records[record]}/responses", body)["id"])


@dataclass(frozen=True)
class SearchResult:
    names: list[str]
    scores: list[float | None]
    total: int


def make_dataset(api: Api, workspace: str, name: str) -> None:
    """Make and publish a dataset that has every kind of field, question and metadata."""
    created = api.send(
        "POST", "datasets", {"name": name, "workspace_id": workspace, "allow_extra_metadata": True}
    )
    api.dataset = created["id"]
    path = f"datasets/{api.dataset}"
    kinds = {"note": "text", "draft": "text", "talk": "chat", "picture": "image", "form": "custom"}
    for title, kind in kinds.items():
        settings: dict[str, Any] = {"type": kind}
        if kind == "custom":
            settings["template"] = "<p></p>"
        required = title == "note"
        body = {"name": title, "title": title, "required": required, "settings": settings}
        api.send("POST", f"{path}/fields", body)
    for title, settings in _questions().items():
        body = {"name": title, "title": title, "required": title == "rate", "settings": settings}
        api.questions[title] = api.send("POST", f"{path}/questions", body)["id"]
    for title, kind in {"source": "terms", "words": "integer", "share": "float"}.items():
        body = {"name": title, "title": title, "settings": {"type": kind}}
        api.send("POST", f"{path}/metadata-properties", body)
    body = {"name": "place", "title": "place", "dimensions": 2}
    api.send("POST", f"{path}/vectors-settings", body)
    api.send("PUT", f"{path}/publish")


def _questions() -> dict[str, dict[str, Any]]:
    return {
        "answer": {"type": "text", "use_markdown": False},
        "rate": RATING,
        "verdict": {"type": "label_selection", "options": LABELS},
        "problems": {"type": "multi_label_selection", "options": PROBLEMS},
    }


def terms(entity: str, name: str, *values: str, of: str = "value") -> dict[str, Any]:
    """Return a filter on values, as the pages send it."""
    return {"type": "terms", "scope": _scope(entity, name, of), "values": list(values)}


def between(
    entity: str, name: str, ge: object = None, le: object = None, of: str = "value"
) -> dict[str, Any]:
    """Return a filter on a range."""
    return {"type": "range", "scope": _scope(entity, name, of), "ge": ge, "le": le}


def by(entity: str, name: str, order: str = "asc", of: str = "value") -> dict[str, Any]:
    """Return an order."""
    return {"scope": _scope(entity, name, of), "order": order}


def _scope(entity: str, name: str, of: str) -> dict[str, str]:
    if entity == "metadata":
        return {"entity": entity, "metadata_property": name}
    if entity == "suggestion":
        return {"entity": entity, "question": name, "property": of}
    if entity == "response" and name != "status":
        return {"entity": entity, "question": name}
    return {"entity": entity, "property": name}
