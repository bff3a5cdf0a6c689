"""What one model server is to serve: a model alone, or a base with adapters side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving.adapter_config import AdapterFolder
from workbench.errors import ServingError

BASE_ARM = "base"
TEMPLATE_FILE = "chat_template.jinja"
GENERATION_FILE = "generation_config.json"


@dataclass(frozen=True, slots=True)
class ServedArm:
    """One name that the server answers to; `adapter` is None for the model itself."""

    served_name: str
    adapter: AdapterFolder | None = None


@dataclass(frozen=True, slots=True)
class ServingPlan:
    """What to serve.

    Attributes:
        model: Folder of the base or merged model.
        arms: What each arm (`base`, `sft`, `dpo`, `merged:<name>`) is called; one has no adapter.
        max_model_tokens: Longest prompt plus answer.
    """

    model: Path
    arms: Mapping[str, ServedArm]
    max_model_tokens: int

    @property
    def model_name(self) -> str:
        """The served name of the model without an adapter."""
        return next(arm.served_name for arm in self.arms.values() if arm.adapter is None)

    @property
    def takes_adapters(self) -> bool:
        """Whether adapters answer beside the model; a merged model is served alone."""
        return BASE_ARM in self.arms

    @property
    def adapters(self) -> dict[str, AdapterFolder]:
        """Adapters by served name; two arms may share one."""
        return {arm.served_name: arm.adapter for arm in self.arms.values() if arm.adapter}


def served_name(kind: str, digest: str) -> str:
    """Return a name that changes with the content of a model or adapter, of which `digest` is.

    Servers cache the state of prompts by adapter name, and generated answers are kept by it: a
    reused name would serve stale blocks and stale answers.
    """
    return f"{kind}-{digest[:8]}"


def chat_template(model: Path) -> str:
    """Return a model's chat template.

    Raises:
        ServingError: It has none, so no server could know how to put a question to it.
    """
    file = model / TEMPLATE_FILE
    if file.is_file():
        return file.read_text(encoding="utf-8")
    template = _read_json(model / "tokenizer_config.json").get("chat_template")
    if not isinstance(template, str):
        raise ServingError(
            f"{model} has no chat template.", f"Put a {TEMPLATE_FILE} into that folder."
        )
    return template


def stop_token_ids(model: Path) -> tuple[int, ...]:
    """Return every token that ends an answer: generation defaults, configuration and tokenizer."""
    found: set[int] = set()
    for name in (GENERATION_FILE, "config.json"):
        value = _read_json(model / name).get("eos_token_id")
        found.update([value] if isinstance(value, int) else value or [])
    if (token := _tokenizer_end(model)) is not None:
        found.add(token)
    return tuple(sorted(found))


def _tokenizer_end(model: Path) -> int | None:
    """Return the id of the tokenizer's own end token: the one that chat templates write."""
    text = _read_json(model / "tokenizer_config.json").get("eos_token")
    content = text.get("content") if isinstance(text, dict) else text
    added = _read_json(model / "tokenizer.json").get("added_tokens", [])
    return next((int(t["id"]) for t in added if t["content"] == content), None)


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as exc:
        raise ServingError(f"{path} is not readable JSON.", "Copy the model again.") from exc
    return content
