"""What a backup says of itself: its format, what the server held, and the digest of each part."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    Field,
    StrictInt,
    StringConstraints,
    ValidationError,
    field_validator,
)

from annotation.server_database import DATABASE_FILE, DatabaseContent
from workbench.config import FrozenModel
from workbench.errors import AnnotationError

SECRET_FILES = ("argilla.json", "argilla-annotators.json")
LABELS = "labels"
OTHER_FILE = "Name a file that `workbench annotate backup` wrote."
Format = Literal[1, 2]  # 1: without labels
FORMAT: Format = 2
_MEMBERS = (DATABASE_FILE, *(f"secrets/{name}" for name in SECRET_FILES))
_LABEL_MEMBER = re.compile(rf"{LABELS}(/(?!\.)[^/\\]+){{1,3}}")


def _known_member(name: str) -> str:
    """Refuse other parts, since one whose name leads elsewhere would be written there."""
    if name in _MEMBERS or _LABEL_MEMBER.fullmatch(name):
        return name
    raise ValueError("a backup has no such part")


MemberName = Annotated[str, AfterValidator(_known_member)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class BackupContent(FrozenModel):
    """What a backup holds: the whole of its manifest."""

    format: Format = Field(FORMAT, description="Layout of the file.")
    created_at: AwareDatetime = Field(description="When it was made, UTC.")
    content: DatabaseContent = Field(description="What the database holds.")
    digests: dict[MemberName, Sha256] = Field(description="SHA-256 of each part, by its name.")

    @field_validator("digests")
    @classmethod
    def _has_database(cls, value: dict[str, str]) -> dict[str, str]:
        if DATABASE_FILE not in value:
            raise ValueError("the database is missing")
        return value

    @property
    def holds_labels(self) -> bool:
        """Whether it was made with the home's labels, if there were any."""
        return self.format > 1

    @property
    def label_digests(self) -> dict[str, str]:
        """SHA-256 of each file of labels, by its path; see `label_folder.label_files`."""
        within = f"{LABELS}/"
        return {
            name.removeprefix(within): digest
            for name, digest in self.digests.items()
            if name.startswith(within)
        }

    @property
    def n_labelled(self) -> int:
        """Number of datasets whose labels it holds."""
        return len({name.partition("/")[0] for name in self.label_digests if "/" in name})


class _Versioned(BaseModel):
    """What every format has; the rest of a newer one is unknown."""

    format: StrictInt


def read_manifest(text: bytes, file: Path) -> BackupContent:
    """Return what a manifest says.

    Args:
        text: The manifest, JSON.
        file: The backup, for the errors.

    Raises:
        AnnotationError: It is none, of a newer format, or not as it was written.
    """
    try:
        version = _Versioned.model_validate_json(text).format
    except ValidationError as exc:
        raise no_backup(file) from exc
    if version not in get_args(Format):
        raise AnnotationError(
            f"{file} has format {version}; this release reads {FORMAT} and older ones.",
            "Restore it with the release that wrote it.",
        )
    try:
        return BackupContent.model_validate_json(text)
    except ValidationError as exc:
        found = exc.errors()[0]
        place = ".".join(map(str, found["loc"]))
        raise damaged(file, f"its manifest is wrong at {place} ({found['msg']})") from exc


def no_backup(file: Path) -> AnnotationError:
    """Return the error for a file that is something else."""
    return AnnotationError(f"{file} is no backup of Argilla.", OTHER_FILE)


def damaged(file: Path, why: str) -> AnnotationError:
    """Return the error for a backup that is not whole any more."""
    return AnnotationError(
        f"{file} is damaged: {why}.", "Use another backup; nothing has been changed."
    )
