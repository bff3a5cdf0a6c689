"""The files beside exported rows: a card made of the manifest, and what a trainer finds them by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from workbench.curation.export_formats import ExportFormat
from workbench.manifest import Manifest, VersionKind

CARD_FILE = "README.md"
LLAMA_FACTORY_FILE = "dataset_info.json"
AXOLOTL_FILE = "axolotl.yaml"

_LEARNED_SPLITS = ("train", "feedback")
_MESSAGE_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}
_HISTORY_NOTE = (
    "Train on the last answer only: LLaMA-Factory needs `mask_history: true` where prompts hold "
    "earlier answers."
)
_USES: Mapping[ExportFormat, str] = {
    "parquet": "All columns of the version. `datasets.load_dataset(FOLDER)` reads it.",
    "trl": "`datasets.load_dataset(FOLDER)` gives what `SFTTrainer` (prompt and completion) or "
    "`DPOTrainer` (prompt, chosen and rejected) takes as it is.",
    "llama-factory": "Set `dataset_dir` to this folder and `dataset` to a name in "
    f"{LLAMA_FACTORY_FILE}. {_HISTORY_NOTE}",
    "axolotl": f"Copy {AXOLOTL_FILE} into the configuration, and start Axolotl in this folder or "
    "give the full path.",
    "openai": "Upload the train file as training file and the validation file as validation file. "
    "The file of examples is also what TRL calls conversational language modelling.",
    "alpaca": f"The user's last turn is the instruction. {_HISTORY_NOTE}",
    "sharegpt": f"Turns from human and gpt. {_HISTORY_NOTE}",
}


def trainer_files(
    kind: VersionKind, file_format: ExportFormat, *, version: str, files: Mapping[str, str]
) -> dict[str, str]:
    """Return the configuration that a trainer finds the rows by: text by file name.

    Args:
        kind: What the rows are.
        file_format: The format of the rows.
        version: Digest of the version.
        files: File name of each split.
    """
    if file_format == "llama-factory":
        info = {
            f"workbench_{version}_{split}": _llama_factory_entry(kind, name)
            for split, name in files.items()
        }
        return {LLAMA_FACTORY_FILE: json.dumps(info, indent=2) + "\n"}
    if file_format == "axolotl":
        return {AXOLOTL_FILE: yaml.safe_dump(_axolotl_settings(kind, files), sort_keys=False)}
    return {}


def _llama_factory_entry(kind: VersionKind, name: str) -> dict[str, Any]:
    entry = {"file_name": name, "formatting": "sharegpt", "tags": _MESSAGE_TAGS}
    if kind == "examples":
        return {**entry, "columns": {"messages": "messages"}}
    columns = {"messages": "messages", "chosen": "chosen", "rejected": "rejected"}
    return {**entry, "ranking": True, "columns": columns}


def _axolotl_settings(kind: VersionKind, files: Mapping[str, str]) -> dict[str, Any]:
    """Return the data settings; the test split is in none, so that nothing trains on it."""
    learned = [files[split] for split in _learned(kind) if split in files]
    settings: dict[str, Any] = {"rl": "dpo"} if kind == "pairs" else {}
    settings["datasets"] = [_axolotl_entry(kind, name) for name in learned]
    if "validation" in files:
        settings["test_datasets"] = [_axolotl_entry(kind, files["validation"])]
    return settings


def _axolotl_entry(kind: VersionKind, name: str) -> dict[str, Any]:
    entry = {"path": name, "ds_type": "json", "split": "train", "field_messages": "messages"}
    if kind == "pairs":
        fields = {"field_chosen": "chosen", "field_rejected": "rejected"}
        return {**entry, "type": "chat_template.default", **fields}
    # no role as such is trained: each turn says whether it is
    training = {"roles_to_train": [], "train_on_eos": "turn", "message_field_training": "train"}
    return {**entry, "type": "chat_template", **training}


def _learned(kind: VersionKind) -> tuple[str, ...]:
    return _LEARNED_SPLITS if kind == "pairs" else ("train",)


def dataset_card(manifest: Manifest, file_format: ExportFormat, *, files: Mapping[str, str]) -> str:
    """Return the card of an export: what the manifest says, and how a trainer reads the files.

    Its front matter names the splits, by which `datasets.load_dataset` finds them.
    """
    front = {
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": name} for split, name in files.items()],
            }
        ]
    }
    return "\n".join(
        [
            "---",
            yaml.safe_dump(front, sort_keys=False).rstrip(),
            "---",
            "",
            f"# Version {manifest.digest}: {manifest.kind} as {file_format}",
            "",
            _USES[file_format],
            "",
            *_table(("split", "rows", "file"), [(s, manifest.counts[s], files[s]) for s in files]),
            "",
            "Rows stand in the order of their ids, as in the version: line n is row n of the "
            "split. The test split is for evaluation: train on it and no later number means "
            "anything.",
            "",
            *_origin(manifest),
        ]
    )


def _origin(manifest: Manifest) -> list[str]:
    dropped = sorted(manifest.dropped.items()) or [("none", 0)]
    return [
        "## Where it comes from",
        "",
        f"- Published {manifest.created_at} by workbench {manifest.code_version}",
        f"- Made from: {', '.join(manifest.parents) or 'imported files'}",
        f"- Leakage between splits: {manifest.leakage.get('verdict', 'not checked')}",
        f"- Rows that a scripted annotator touched: {manifest.simulated_rows}",
        f"- SHA-256 of the task file: {manifest.task_digest}",
        "",
        "### Left out",
        "",
        *_table(("reason", "rows"), dropped),
        "",
        "### Recipe",
        "",
        "```json",
        json.dumps(manifest.recipe, indent=2, ensure_ascii=False),
        "```",
        "",
    ]


def _table(headings: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[str]:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return [f"| {' | '.join(map(str, line))} |" for line in lines]
