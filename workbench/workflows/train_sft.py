"""Train an SFT adapter on a published version of examples."""

from __future__ import annotations

from collections.abc import Sequence

from training import RunRecord, SftConfig
from workbench.config import load_config
from workbench.home import Home
from workbench.settings import load_settings
from workbench.store import resolve_version
from workbench.workflows.check_leakage import refuse_known_leaks
from workbench.workflows.runs import note_run
from workbench.workflows.serve_models import base_folder


def train_sft(
    home: Home, *, version: str = "latest:examples", overrides: Sequence[str] = ()
) -> RunRecord:
    """Train on the version's train split; the same inputs find their run and continue it.

    Args:
        home: The project.
        version: Reference of a version of examples.
        overrides: Settings of `sft.yaml` to change, each `key=value`, such as `lora.rank=8`.

    Raises:
        ConfigError: A setting is unknown or wrong, or the base model cannot be used.
        NotFoundError: There is no such version.
        LeakageError: The version leaks evaluation text into its train split, of its own splits or
            of a file that it was checked against.
        TrainingError: A guard before, in or after training refused.
    """
    config = load_config(home.sft_file, SftConfig, overrides)
    examples = resolve_version(home, version)
    refuse_known_leaks(home, examples.manifest.digest)
    base = base_folder(load_settings(home.settings_file).base_model)
    # the trainer loads torch: only once everything else is known to be right
    from training.sft import run_sft

    record = run_sft(home.runs, examples, base, config)
    note_run(home, record)
    return record
