"""Argilla's REST interface, as far as we use it; no SDK, since that one loses answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from annotation.connection import Connection
from annotation.standing import Finding
from workbench.errors import AnnotationError, AnnotationServerError

if TYPE_CHECKING:
    import httpx

_READY_SECONDS = 5.0
_PAGE_RECORDS = 500  # the server gives 1000
_BULK_RECORDS = 500  # as many as the server takes
_BULK_ANSWERS = 50  # the server takes 100
_MAX_DETAIL = 300
_FIELD_KEYS = ("name", "title", "required", "settings")
_SUGGESTION_KEYS = ("question_id", "value", "agent", "score", "type")


class RecordsMovedError(AnnotationServerError):
    """Records were removed while they were read, page by page."""


@dataclass(frozen=True, slots=True)
class User:
    """A user of Argilla. The key is left out of the representation."""

    user_id: str
    username: str
    role: str
    api_key: str

    def __repr__(self) -> str:
        return f"User(username={self.username!r}, role={self.role!r})"


@dataclass(frozen=True, slots=True)
class Response:
    """What one person answered to one record.

    Attributes:
        response_id: Argilla's id; one per person and record.
        user_id: Who answered.
        status: `submitted`, `draft` or `discarded`.
        values: Answer by question.
        inserted_at: When it was first saved, UTC without zone.
        updated_at: When it was last changed; with the id it names a revision.
    """

    response_id: str
    user_id: str
    status: str
    values: Mapping[str, Any]
    inserted_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class RemoteRecord:
    """A record as the server has it."""

    record_id: str
    external_id: str
    fields: Mapping[str, Any]
    responses: tuple[Response, ...]
    suggestions: tuple[Mapping[str, Any], ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


class ArgillaClient:
    """A connection to one server as one user. Use it as a context manager.

    See `Connection` for the arguments and what they raise.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        embedded: bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._connection = Connection(url, api_key, embedded=embedded, transport=transport)
        self.url = self._connection.url
        self.embedded = embedded

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def probe(self, *, timeout_seconds: float | None = None) -> Finding:
        """Return how the server stands towards our key; see `Connection.probe`."""
        return self._connection.probe(timeout_seconds=timeout_seconds)

    def is_ready(self) -> bool:
        """Tell whether the server answers at once and knows our key as an owner's."""
        return self.probe(timeout_seconds=_READY_SECONDS).ok

    def me(self) -> User:
        """Return the user whose key we have."""
        return _user(self._get("me"))

    def find_workspace(self, name: str) -> str | None:
        """Return the id of a workspace, or None."""
        listed = self._get("me/workspaces")["items"]
        return next((str(item["id"]) for item in listed if item["name"] == name), None)

    def ensure_workspace(self, name: str) -> str:
        """Return the id of a workspace, made if missing."""
        found = self.find_workspace(name)
        return found or str(self._send("POST", "workspaces", {"name": name})["id"])

    def users(self) -> list[User]:
        """Return every user; the owner alone may ask. The answer holds keys: never log it."""
        return [_user(item) for item in self._get("users")["items"]]

    def create_user(self, username: str, password: str, *, role: str = "annotator") -> User:
        """Make a user."""
        return _user(
            self._send(
                "POST",
                "users",
                {
                    "first_name": username,
                    "username": username,
                    "role": role,
                    "password": password,
                },
            )
        )

    def change_role(self, user: User, role: str) -> None:
        """Give a user another role."""
        self._send("PATCH", f"users/{user.user_id}", {"role": role})

    def members(self, workspace_id: str) -> list[User]:
        """Return who may work in a workspace. The answer holds keys: never log it."""
        return [_user(item) for item in self._get(f"workspaces/{workspace_id}/users")["items"]]

    def who_may_answer(self, dataset_id: str) -> list[User]:
        """Return the owners and the members of a dataset's workspace. It holds keys: never log."""
        workspace = str(self._get(f"datasets/{dataset_id}")["workspace_id"])
        owners = [user for user in self.users() if user.role == "owner"]
        return [*owners, *(user for user in self.members(workspace) if user.role != "owner")]

    def add_to_workspace(self, workspace_id: str, user: User) -> None:
        """Let a user work in a workspace; nothing happens if they may already."""
        if all(member.user_id != user.user_id for member in self.members(workspace_id)):
            self._send("POST", f"workspaces/{workspace_id}/users", {"user_id": user.user_id})

    def remove_from_workspace(self, workspace_id: str, user: User) -> None:
        """Let a user no longer work in a workspace; the account and every answer stay."""
        self._send("DELETE", f"workspaces/{workspace_id}/users/{user.user_id}")

    def find_dataset(self, workspace_id: str, name: str) -> dict[str, Any] | None:
        """Return a dataset as the server describes it, or None."""
        listed = self._get("me/datasets", {"workspace_id": workspace_id})["items"]
        return next((item for item in listed if item["name"] == name), None)

    def dataset_ids(self) -> set[str]:
        """Return the ids of all datasets of our workspaces."""
        return {str(item["id"]) for item in self._get("me/datasets")["items"]}

    def create_dataset(self, workspace_id: str, definition: Mapping[str, Any]) -> str:
        """Make and publish a dataset; one that fails half-way is removed again.

        Args:
            workspace_id: Where it belongs.
            definition: `settings`, `fields`, `questions` and, if there are any, `properties`, each
                as the server takes them.
        """
        settings = {**definition["settings"], "workspace_id": workspace_id}
        dataset = str(self._send("POST", "datasets", settings)["id"])
        try:
            for field in definition["fields"]:
                self._send("POST", f"datasets/{dataset}/fields", field)
            for question in definition["questions"]:
                self._send("POST", f"datasets/{dataset}/questions", question)
            for declared in definition.get("properties", ()):
                self._send("POST", f"datasets/{dataset}/metadata-properties", declared)
            self._send("PUT", f"datasets/{dataset}/publish")
        except (AnnotationError, KeyboardInterrupt):
            self.delete_dataset(dataset)
            raise
        return dataset

    def delete_dataset(self, dataset_id: str) -> None:
        """Remove a dataset with everything in it."""
        self._send("DELETE", f"datasets/{dataset_id}")

    def set_min_submitted(self, dataset_id: str, n_answers: int) -> None:
        """Say how many submitted answers complete a record; records follow in a job of Argilla."""
        distribution = {"strategy": "overlap", "min_submitted": n_answers}
        self._send("PATCH", f"datasets/{dataset_id}", {"distribution": distribution})

    def describe_dataset(self, dataset_id: str) -> dict[str, Any]:
        """Return a dataset as one makes it.

        That is its `name`, `guidelines`, `fields`, `questions` and `properties`.
        """
        found = self._get(f"datasets/{dataset_id}")
        fields = self._get(f"datasets/{dataset_id}/fields")["items"]
        questions = self._get(f"datasets/{dataset_id}/questions")["items"]
        properties = self._get(f"me/datasets/{dataset_id}/metadata-properties")["items"]
        return {
            "name": found["name"],
            "guidelines": found["guidelines"],
            "fields": [{key: field[key] for key in _FIELD_KEYS} for field in fields],
            "questions": [
                {key: asked[key] for key in (*_FIELD_KEYS, "description") if asked[key] is not None}
                for asked in questions
            ],
            "properties": [
                {
                    "name": made["name"],
                    "title": made["title"],
                    "settings": {"type": made["settings"]["type"]},
                    "visible_for_annotators": made["visible_for_annotators"],
                }
                for made in properties
            ],
        }

    def question_ids(self, dataset_id: str) -> dict[str, str]:
        """Return the ids of a dataset's questions by name."""
        items = self._get(f"datasets/{dataset_id}/questions")["items"]
        return {item["name"]: str(item["id"]) for item in items}

    def span_fields(self, dataset_id: str) -> dict[str, str]:
        """Return the field that each question about spans marks, by the question's name."""
        items = self._get(f"datasets/{dataset_id}/questions")["items"]
        return {
            item["name"]: item["settings"]["field"]
            for item in items
            if item["settings"]["type"] == "span"
        }

    def upsert_records(
        self, dataset_id: str, records: Sequence[Mapping[str, Any]]
    ) -> Iterator[int]:
        """Add records, or replace those of the same external id; yield how many are done."""
        for start in range(0, len(records), _BULK_RECORDS):
            batch = records[start : start + _BULK_RECORDS]
            self._send("PUT", f"datasets/{dataset_id}/records/bulk", {"items": list(batch)})
            yield start + len(batch)

    def records(
        self, dataset_id: str, *, include: Literal["responses", "suggestions", ""] = "responses"
    ) -> Iterator[RemoteRecord]:
        """Yield every record in the order of creation, as the server's database has it.

        Each page begins with the last record of the page before: if it does not, records were
        removed meanwhile and others moved up into what was read already.

        Raises:
            RecordsMovedError: Records were removed while we read.
        """
        last = ""
        offset = 0
        wanted = {"include": include} if include else {}
        while True:
            page = self._get(
                f"datasets/{dataset_id}/records",
                {**wanted, "offset": offset, "limit": _PAGE_RECORDS},
            )["items"]
            if last and (not page or page[0]["id"] != last):
                raise RecordsMovedError(
                    f"Records were removed after {offset + 1} were read.", "Read them again."
                )
            yield from map(_record, page[1:] if last else page)
            if len(page) < _PAGE_RECORDS:
                return
            last = page[-1]["id"]
            offset += len(page) - 1

    def answer(self, answers: Sequence[Mapping[str, Any]]) -> Iterator[int]:
        """Submit answers as the user whose key we have; yield how many are done.

        Args:
            answers: `record_id`, `status` and `values` of each.

        Raises:
            AnnotationError: The server refused one; those before it stand.
        """
        for start in range(0, len(answers), _BULK_ANSWERS):
            batch = list(answers[start : start + _BULK_ANSWERS])
            result = self._send("POST", "me/responses/bulk", {"items": batch})
            for item, done in zip(batch, result["items"], strict=True):
                if done.get("error"):
                    raise AnnotationError(
                        f"Argilla refused the answer to record {item['record_id']}: "
                        f"{str(done['error']['detail'])[:_MAX_DETAIL]}",
                        "Check the answer against the dataset's questions.",
                    )
            yield start + len(batch)

    def give(self, record_id: str, answer: Mapping[str, Any]) -> None:
        """Give one answer as the user whose key we have, who has none to that record yet.

        Args:
            record_id: Argilla's id of the record.
            answer: Its `status` and `values`.

        Raises:
            ConflictError: The user answered the record already; that answer stays as it is.
        """
        self._send("POST", f"records/{record_id}/responses", answer)

    def record(self, record_id: str) -> RemoteRecord:
        """Return one record as it is now, with everybody's answers."""
        return _record(self._get(f"records/{record_id}"))

    def change(self, response_id: str, answer: Mapping[str, Any]) -> Response:
        """Change an answer of the user whose key we have; return it without what it says.

        Args:
            response_id: Argilla's id of it.
            answer: Its `status` and `values`.
        """
        return _response({**self._send("PUT", f"responses/{response_id}", answer), "values": {}})

    def progress(self, dataset_id: str) -> dict[str, int]:
        """Return `total`, `completed` and `pending` records."""
        found = self._get(f"datasets/{dataset_id}/progress")
        return {name: int(found[name]) for name in ("total", "completed", "pending")}

    def count_records(self, dataset_id: str) -> int:
        """Return the number of records, from the server's database; its index is not asked."""
        return int(self._get(f"datasets/{dataset_id}/records", {"limit": 1})["total"])

    def answer_counts(self, dataset_id: str) -> dict[tuple[str, str], int]:
        """Return the number of answers by user name and status, from the server's database."""
        counts: dict[tuple[str, str], int] = {}
        for user in self._get(f"datasets/{dataset_id}/users/progress")["users"]:
            for record_status in ("completed", "pending"):
                for status, number in (user.get(record_status) or {}).items():
                    if number:
                        key = (user["username"], status)
                        counts[key] = counts.get(key, 0) + int(number)
        return counts

    def _get(self, path: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._connection.ask("GET", path, params=dict(parameters or {}))

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return self._connection.ask(method, path, json=dict(body) if body is not None else None)


def _user(item: Mapping[str, Any]) -> User:
    return User(str(item["id"]), item["username"], item["role"], item["api_key"])


def _response(found: Mapping[str, Any]) -> Response:
    return Response(
        response_id=str(found["id"]),
        user_id=str(found["user_id"]),
        status=found["status"],
        values={name: given.get("value") for name, given in (found.get("values") or {}).items()},
        inserted_at=found["inserted_at"],
        updated_at=found["updated_at"],
    )


def _record(item: Mapping[str, Any]) -> RemoteRecord:
    responses = tuple(map(_response, item.get("responses") or ()))
    suggestions = tuple(
        {key: made[key] for key in _SUGGESTION_KEYS if made.get(key) is not None}
        for made in item.get("suggestions") or ()
    )
    return RemoteRecord(
        str(item["id"]),
        item.get("external_id") or "",
        item["fields"],
        responses,
        suggestions,
        item.get("metadata") or {},
    )
