"""The project's settings: `workbench.toml` in the home folder. It never holds a secret."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import Field, ValidationError

from workbench.config import FrozenModel
from workbench.errors import ConfigError


class ArgillaSettings(FrozenModel):
    """Where annotators label."""

    url: str = Field(
        "",
        pattern=r"^(https?://[^\s/]+.*)?$",
        description="An existing Argilla server, http(s)://…; empty for the embedded one.",
    )
    workspace: str = Field("workbench", description="Argilla workspace that holds our datasets.")
    port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port of the embedded server; 0 keeps that of the last start, a free one at "
        "first.",
    )
    database_url: str = Field(
        "",
        pattern=r"^(postgresql://[^:@/]+@.+)?$",
        description="PostgreSQL of the embedded server, postgresql://USER@HOST/DATABASE without a "
        "password; with one it goes into $WORKBENCH_ARGILLA_DATABASE_URL. Empty: SQLite.",
    )


class ServingSettings(FrozenModel):
    """How models are served."""

    backend: str = Field(
        "auto",
        pattern="^(auto|vllm|transformers)$",
        description="auto takes vLLM where it can run.",
    )
    port: int = Field(
        0, ge=0, le=65535, description="Port of the model server; 0 picks a free one."
    )
    max_model_tokens: int = Field(1024, ge=16, description="Longest prompt plus answer, in tokens.")


class AppSettings(FrozenModel):
    """How the application listens."""

    host: str = Field(
        "127.0.0.1", description="Address to listen on; loopback unless behind a proxy."
    )
    port: int = Field(7860, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")


class Settings(FrozenModel):
    """Everything in workbench.toml."""

    project: str = Field("workbench", min_length=1, description="Name shown in the application.")
    base_model: str = Field(
        "demo", min_length=1, description="Folder of the base model, or `demo` for the one we ship."
    )
    argilla: ArgillaSettings = Field(
        default_factory=ArgillaSettings, description="Labelling server."
    )
    serving: ServingSettings = Field(ServingSettings(), description="Model server.")
    app: AppSettings = Field(AppSettings(), description="Web application.")


def load_settings(path: Path) -> Settings:
    """Read workbench.toml.

    Raises:
        ConfigError: The file is not TOML, or holds an unknown key or a wrong value.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path}: not valid TOML: {exc}.", "Mend that line.") from exc
    try:
        return Settings.model_validate(content)
    except ValidationError as exc:
        problems = "\n".join(
            f"{path}: {'.'.join(map(str, error['loc']))}: "
            + ("unknown key." if error["type"] == "extra_forbidden" else f"{error['msg']}.")
            for error in exc.errors()
        )
        raise ConfigError(
            problems, "See docs/configuration.md for the keys and their meaning."
        ) from exc
