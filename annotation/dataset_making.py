"""Make a dataset that somebody else may be making at this moment."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from annotation.client import ArgillaClient
from annotation.refusals import NotOnServerError
from workbench.errors import AnnotationError, AnnotationServerError
from workbench.progress import track

# A dataset is made in a dozen requests of a few hundredths of a second each.
PATIENCE_SECONDS = 20.0
_LOOK_SECONDS = 0.25
_MAX_TRIES = 3


def ensure_dataset(
    client: ArgillaClient,
    workspace: str,
    definition: Mapping[str, Any],
    *,
    patience_seconds: float = PATIENCE_SECONDS,
) -> str:
    """Return the id of a dataset, made and published if missing.

    One that is not published is being made by another push, or is the rest of one that was cut
    off; no record and no answer is in it. As long as it grows it is waited for. Only when nothing
    has been added to it for a while it is removed and made anew.

    Args:
        client: With an owner's rights.
        workspace: Where it belongs.
        definition: `settings`, `fields` and `questions`, each as the server takes them.
        patience_seconds: How long an unpublished dataset must not have changed. We measure it
            ourselves: the server's clock may be another one.

    Raises:
        AnnotationServerError: Others remove or make the dataset whenever we do.
    """
    workspace_id = client.ensure_workspace(workspace)
    name = definition["settings"]["name"]
    for _ in range(_MAX_TRIES):
        found = client.find_dataset(workspace_id, name)
        if found is not None and found["status"] == "draft":
            found = _wait_for(client, workspace_id, found, patience_seconds)
        if found is not None:
            return str(found["id"])
        try:
            return client.create_dataset(workspace_id, definition)
        except AnnotationError:
            # if another push was faster, Argilla says 409, or 500 where both came at once
            if client.find_dataset(workspace_id, name) is None:
                raise
    raise AnnotationServerError(
        f"Another program makes or removes dataset {name} at {client.url} at the same time.",
        "Push again when it has finished.",
    )


def _wait_for(
    client: ArgillaClient, workspace_id: str, draft: dict[str, Any], patience_seconds: float
) -> dict[str, Any] | None:
    """Return a dataset once it is published; None if it is gone, by us or by another."""
    name, found = draft["name"], draft
    seen, changed_at = ("", 0), time.monotonic()
    with track(f"wait for another push that makes {name}"):
        while True:
            state = str(found["id"]), _n_parts(client, found["id"])
            now_there = client.find_dataset(workspace_id, name)  # last, right before we remove it
            if now_there is None or now_there["status"] != "draft":
                return now_there
            if state != seen:
                seen, changed_at = state, time.monotonic()
            elif time.monotonic() - changed_at > patience_seconds and now_there["id"] == state[0]:
                with suppress(NotOnServerError):
                    client.delete_dataset(state[0])
                return None
            found = now_there
            time.sleep(_LOOK_SECONDS)


def _n_parts(client: ArgillaClient, dataset_id: str) -> int:
    """Return how many fields and questions a dataset has; 0 if it is gone."""
    with suppress(NotOnServerError):
        described = client.describe_dataset(dataset_id)
        return len(described["fields"]) + len(described["questions"])
    return 0
