"""The files that a LLaMA-Factory `dataset_info.json` names, with the columns that it gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.curation.importing.chats import ChatTags
from workbench.curation.importing.column_names import joined_names
from workbench.curation.importing.formats import open_regular
from workbench.curation.importing.items import FoundItems, Item
from workbench.errors import ImportFileError

INFO_FILE = "dataset_info.json"
_MAX_BYTES = 16 << 20
_REMOTE = ("hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name")
_REMEDY = "See LLaMA-Factory's data/README.md for its form."
# Its names of columns and ours.
_ALPACA = {"response": "output", "system": "system", "history": "history"}
_ROLE_TAGS = {
    "user_tag": "user",
    "assistant_tag": "assistant",
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
}
# What it assumes where a description names no tags.
_DEFAULT_TAGS = {"role_tag": "from", "content_tag": "value"}


@dataclass(frozen=True, slots=True)
class _Description:
    """One entry of the file."""

    place: str
    content: Mapping[str, Any]

    def texts(self, key: str) -> dict[str, str]:
        """Return an object of texts, such as `columns`.

        Raises:
            ImportFileError: It is something else.
        """
        found = self.content.get(key) or {}
        if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
            raise ImportFileError(f"{self.place}: {key} is no object of texts.", _REMEDY)
        return dict(found)


def find_described(path: Path) -> FoundItems | None:
    """Return what a `dataset_info.json` describes; None if it is of another kind.

    Data sets that lie elsewhere than in files beside it are left out, with the reason.

    Raises:
        ImportFileError: It is broken, or names a file outside its folder.
    """
    with open_regular(path) as stream:
        content = stream.read(_MAX_BYTES)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise ImportFileError(f"{path} is not valid JSON.", _REMEDY) from exc
    if not _is_description(found):
        return None
    items, skipped = [], []
    for name in sorted(found):
        if remote := next((key for key in _REMOTE if found[name].get(key)), None):
            skipped.append(f"{name} of {path}: {remote} lies outside this machine")
        else:
            items.append(_item(path, _Description(f"{path}, {name}", found[name])))
    return FoundItems(tuple(items), tuple(skipped))


def _is_description(found: object) -> bool:
    return (
        isinstance(found, dict)
        and bool(found)
        and all(
            isinstance(entry, dict) and any(key in entry for key in ("file_name", *_REMOTE))
            for entry in found.values()
        )
    )


def _item(path: Path, description: _Description) -> Item:
    name = str(description.content.get("file_name"))
    file = (path.parent / name).resolve()
    if not file.is_relative_to(path.parent.resolve()):
        raise ImportFileError(
            f"{description.place}: {name} lies outside the folder.", "Move it beside the file."
        )
    item = Item.of_file(file, name)
    columns, tags = description.texts("columns"), description.texts("tags")
    is_ranking = bool(description.content.get("ranking"))
    if description.content.get("formatting", "alpaca") == "alpaca":
        return replace(item, mapping=_alpaca_mapping(columns, is_ranking=is_ranking))
    return replace(
        item,
        mapping=_chat_mapping(columns, is_ranking=is_ranking),
        layout="preference" if is_ranking else "sharegpt",
        tags=_chat_tags(_DEFAULT_TAGS | tags),
    )


def _alpaca_mapping(columns: Mapping[str, str], *, is_ranking: bool) -> dict[str, str]:
    """Return the mapping; without columns the usual names hold, which detection knows too."""
    mapping = {role: columns[name] for name, role in _ALPACA.items() if name in columns}
    inputs = [columns[name] for name in ("prompt", "query") if name in columns]
    if inputs:
        mapping["input"] = joined_names(inputs)
    return mapping | (_ranking_mapping(columns) if is_ranking else {})


def _chat_mapping(columns: Mapping[str, str], *, is_ranking: bool) -> dict[str, str]:
    messages = columns.get("messages", "conversations")
    mapping = {"input" if is_ranking else "messages": messages}
    mapping |= {"system": columns["system"]} if "system" in columns else {}
    return mapping | (_ranking_mapping(columns) if is_ranking else {})


def _ranking_mapping(columns: Mapping[str, str]) -> dict[str, str]:
    return {
        "output": columns.get("chosen", "chosen"),
        "rejected": columns.get("rejected", "rejected"),
    }


def _chat_tags(tags: Mapping[str, str]) -> ChatTags:
    roles = ((tags[key], role) for key, role in _ROLE_TAGS.items() if key in tags)
    return ChatTags(tags["role_tag"], tags["content_tag"], tuple(roles))
