"""Continue an SFT adapter on a published version of preference pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from training import DpoConfig, RunRecord, find_run
from workbench.config import load_config
from workbench.home import Home
from workbench.store import resolve_version
from workbench.workflows.check_leakage import refuse_known_leaks
from workbench.workflows.runs import note_run


def train_dpo(
    home: Home,
    *,
    version: str = "latest:pairs",
    sft_run: str = "latest:sft",
    overrides: Sequence[str] = (),
) -> RunRecord:
    """Train on the version's pairs, with the SFT adapter as the reference.

    Args:
        home: The project.
        version: Reference of a version of pairs.
        sft_run: The SFT run to continue; its base model is used.
        overrides: Settings of `dpo.yaml` to change, each `key=value`, such as `beta=0.2`.

    Raises:
        ConfigError: A setting is unknown or wrong.
        NotFoundError: There is no such version or run.
        CheckpointError: The SFT run is incomplete, or its adapter was changed.
        LeakageError: A later check found that the version, or what it is made from, leaks.
        TrainingError: The reference is not the SFT adapter, or another guard refused.
    """
    config = load_config(home.dpo_file, DpoConfig, overrides)
    pairs = resolve_version(home, version)
    refuse_known_leaks(home, pairs.manifest.digest)
    sft = find_run(home.runs, sft_run)
    # the trainer loads torch: only once everything else is known to be right
    from training.dpo import run_dpo

    record = run_dpo(home.runs, pairs, Path(sft.base_model), sft, config)
    note_run(home, record)
    return record
