"""Generated logins of the embedded server, kept in one file that only its owner can read."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.errors import AnnotationError
from workbench.files import write_json

OWNER = "owner"
_PASSWORD_BYTES = 12
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Credentials:
    """The owner's login and the secret that signs everybody's sessions.

    Attributes:
        username: The owner's user name.
        password: For Argilla's login page.
        api_key: For its REST interface.
        auth_secret: Signs sessions; a fixed one keeps people logged in over a restart.
    """

    username: str
    password: str
    api_key: str
    auth_secret: str

    def __repr__(self) -> str:
        return f"Credentials(username={self.username!r})"


def credentials_file(folder: Path) -> Path:
    """Return where the embedded server's login is kept, in the home's folder of secrets."""
    return folder / "argilla.json"


def ensure_credentials(folder: Path) -> Credentials:
    """Return the login of the embedded server, generated at the first call."""
    file = credentials_file(folder)
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Credentials(
            OWNER,
            new_password(),
            secrets.token_urlsafe(_KEY_BYTES),
            secrets.token_urlsafe(_KEY_BYTES),
        )
        write_json(file, asdict(made))
    return read_credentials(folder)


def read_credentials(folder: Path) -> Credentials:
    """Return the login of the embedded server.

    Raises:
        AnnotationError: There is none, or the file is not as it was written.
    """
    file = credentials_file(folder)
    try:
        return Credentials(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError as exc:
        raise AnnotationError(
            f"{file} does not exist: Argilla was never started here.",
            "Start it with `workbench annotate start`.",
        ) from exc
    except (ValueError, TypeError) as exc:
        raise AnnotationError(
            f"{file} does not hold the login of Argilla.",
            "Move the file away and start Argilla again: the owner gets a new password.",
        ) from exc


def annotators_file(folder: Path) -> Path:
    """Return where the first passwords of annotators are kept, for whoever hands them out."""
    return folder / "argilla-annotators.json"


def keep_new_password(folder: Path, username: str) -> str:
    """Return a new password for an annotator, written down before the account is made."""
    file = annotators_file(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    password = new_password()
    write_json(file, {**known, username: password})
    return password


def new_password() -> str:
    """Return a password that nobody can guess."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)
