"""Prove that a run's base model is still the one that its adapter was trained on."""

from __future__ import annotations

from pathlib import Path

from training import RunRecord
from training.base_model import fingerprint
from workbench.errors import ServingError


def check_trained_base(record: RunRecord) -> str:
    """Return the digest of the base model that a run's adapter belongs to.

    An adapter on other weights, or with another tokenizer or template, answers without any error,
    and wrongly.

    Raises:
        ServingError: The folder is gone, or its content is not what the run was trained on.
    """
    base = Path(record.base_model)
    if not base.is_dir():
        raise ServingError(
            f"The base model of run {record.run_id} is gone: {base} is no folder.",
            "Put it back there, or train again with base_model set to another one.",
        )
    digest = fingerprint(base)
    if digest != record.base_fingerprint:
        raise ServingError(
            f"{base} is no longer what run {record.run_id} was trained on: weights, tokenizer, "
            f"template or a setting changed (digest {digest[:8]}, then "
            f"{record.base_fingerprint[:8]}).",
            "Put the folder back as it was, or train again on it as it is now.",
        )
    return digest
