"""The run card: what a run was made from and what came of it, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.run_record import RunRecord
from workbench.files import write_atomic

CARD_FILE = "card.md"


def write_card(record: RunRecord, config: Mapping[str, Any]) -> None:
    """Write card.md into the run's folder."""
    lines = [
        f"# Run {record.run_id}",
        "",
        f"{_WHAT[record.kind]} Started {record.created_at}, finished {record.finished_at}.",
        "",
        "## Made from",
        "",
        *_table(
            {
                "Version": record.version,
                "Base model": record.base_model,
                "Base fingerprint": record.base_fingerprint,
                "Continues run": record.parent_run or "none",
                "Configuration digest": record.config_digest,
                "Chat template": record.summary.get("template_sha256", ""),
            }
        ),
        "",
        "## Measured",
        "",
        *_table(
            {
                "Steps": record.steps,
                "Tokens learned from": f"{record.trained_tokens:,}",
                **_flat(record.summary),
            }
        ),
        "",
        "## Result",
        "",
        f"Adapter: `{record.adapter}/`, SHA-256 of its weights {record.adapter_sha256}.",
        "",
        "## Configuration",
        "",
        *_table(_flat(config)),
        "",
        "## Libraries",
        "",
        *_table(dict(record.packages)),
        "",
    ]
    write_atomic(record.folder / CARD_FILE, "\n".join(lines))


_WHAT = {
    "sft": "Supervised fine-tuning (QLoRA) of a base model.",
    "dpo": "Direct preference optimisation of an SFT adapter, with that adapter as the reference.",
}


def _table(rows: Mapping[str, Any]) -> list[str]:
    return [
        "| | |",
        "|---|---|",
        *(f"| {name} | {_text(value)} |" for name, value in rows.items()),
    ]


def _text(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def _flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
