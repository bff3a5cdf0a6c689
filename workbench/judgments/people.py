"""People: who may rate, who leads, and how they prove it."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, func, insert, select, update

from workbench.errors import ConfigError, NotFoundError
from workbench.judgments.clock import stamp
from workbench.judgments.tables import invitations, logins, people

PersonRole = Literal["lead", "rater"]

IDLE_LIMIT = timedelta(hours=8)
LIFE_LIMIT = timedelta(days=7)
INVITATION_LIMIT = timedelta(days=7)
SHORTEST_PASSWORD = 10
_SEEN_INTERVAL = timedelta(minutes=1)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")

_hasher = PasswordHasher()  # argon2id with the library's RFC 9106 settings; it holds no state


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; `simulated` marks a scripted one, everywhere it appears."""

    person_id: str
    name: str
    role: PersonRole
    simulated: bool


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password.

    Raises:
        ConfigError: It is too short.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise ConfigError(
            f"The password has {len(password)} characters; at least {SHORTEST_PASSWORD} are needed."
        )
    return _hasher.hash(password)


def add_person(
    connection: Connection,
    name: str,
    password_hash: str,
    *,
    role: PersonRole,
    simulated: bool,
    now: datetime,
) -> Person:
    """Create an account.

    Raises:
        ConfigError: The name has a wrong form or is taken.
    """
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} is not a user name.",
            "Use 2 to 40 lower-case letters, digits, dots, dashes or underscores.",
        )
    if find_person(connection, name) is not None:
        raise ConfigError(f"The user name {name!r} is taken.", "Choose another one.")
    if not count_people(connection):
        _close_invitations(connection, now)
    person = Person(f"p-{secrets.token_hex(6)}", name, role, simulated)
    connection.execute(
        insert(people).values(
            person_id=person.person_id,
            name=name,
            password_hash=password_hash,
            role=role,
            simulated=simulated,
            created_at=stamp(now),
        )
    )
    return person


def set_password(connection: Connection, person: Person, password_hash: str, now: datetime) -> None:
    """Replace a password and end every login of that person."""
    connection.execute(
        update(people)
        .where(people.c.person_id == person.person_id)
        .values(password_hash=password_hash)
    )
    connection.execute(
        update(logins)
        .where(logins.c.person_id == person.person_id, logins.c.ended_at.is_(None))
        .values(ended_at=stamp(now))
    )


def find_person(connection: Connection, name: str) -> Person | None:
    """Return the person of that name, or None."""
    row = connection.execute(select(people).where(people.c.name == name.strip().lower())).first()
    return _person(row) if row else None


def get_person(connection: Connection, person_id: str) -> Person:
    """Return the person of that id.

    Raises:
        NotFoundError: There is none.
    """
    row = connection.execute(select(people).where(people.c.person_id == person_id)).first()
    if row is None:
        raise NotFoundError("You are not logged in any more.", "Reload the page.")
    return _person(row)


def count_people(connection: Connection) -> int:
    """Return how many accounts there are."""
    return connection.scalar(select(func.count()).select_from(people)) or 0


def check_password(connection: Connection, name: str, password: str) -> Person | None:
    """Return the person if name and password are right, else None.

    An unknown name costs as much time as a wrong password, so that names cannot be probed.
    """
    row = connection.execute(select(people).where(people.c.name == name.strip().lower())).first()
    expected = row.password_hash if row else _DECOY_HASH
    try:
        _hasher.verify(expected, password)
    except (VerificationError, InvalidHashError):
        return None
    return _person(row) if row else None


def start_login(connection: Connection, person: Person, now: datetime) -> str:
    """Start a login and return its secret, which only the person's browser keeps."""
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(logins).values(
            token_hash=_digest(token),
            person_id=person.person_id,
            created_at=stamp(now),
            last_seen_at=stamp(now),
        )
    )
    return token


def find_login(connection: Connection, token: str, now: datetime) -> tuple[Person, bool] | None:
    """Return who a login belongs to and whether its last use should be noted, or None.

    A login ends by signing out, after eight hours without use, and after seven days in any case.
    """
    row = connection.execute(
        select(people, logins.c.last_seen_at)
        .join(logins, logins.c.person_id == people.c.person_id)
        .where(
            logins.c.token_hash == _digest(token),
            logins.c.ended_at.is_(None),
            logins.c.last_seen_at > stamp(now - IDLE_LIMIT),
            logins.c.created_at > stamp(now - LIFE_LIMIT),
        )
    ).first()
    if row is None:
        return None
    return _person(row), row.last_seen_at < stamp(now - _SEEN_INTERVAL)


def note_seen(connection: Connection, token: str, now: datetime) -> None:
    """Record that a login is in use."""
    connection.execute(
        update(logins).where(logins.c.token_hash == _digest(token)).values(last_seen_at=stamp(now))
    )


def end_login(connection: Connection, token: str, now: datetime) -> None:
    """Sign out."""
    connection.execute(
        update(logins).where(logins.c.token_hash == _digest(token)).values(ended_at=stamp(now))
    )


def add_invitation(connection: Connection, role: PersonRole, now: datetime) -> str:
    """Create a one-time invitation and return its secret."""
    token = secrets.token_urlsafe(24)
    connection.execute(
        insert(invitations).values(
            token_hash=_digest(token),
            role=role,
            created_at=stamp(now),
            expires_at=stamp(now + INVITATION_LIMIT),
        )
    )
    return token


def _close_invitations(connection: Connection, now: datetime) -> None:
    """End every open invitation: those that are older than the first account were made for it."""
    connection.execute(
        update(invitations).where(invitations.c.used_at.is_(None)).values(used_at=stamp(now))
    )


def invitation_role(connection: Connection, token: str, now: datetime) -> PersonRole:
    """Return the role that an unused invitation gives.

    Raises:
        NotFoundError: There is no such invitation, or it was used or has expired.
    """
    role: PersonRole | None = connection.scalar(
        select(invitations.c.role).where(
            invitations.c.token_hash == _digest(token),
            invitations.c.used_at.is_(None),
            invitations.c.expires_at > stamp(now),
        )
    )
    if role is None:
        raise NotFoundError(
            "This invitation was used already or has expired.", "Ask for a new one."
        )
    return role


def accept_invitation(
    connection: Connection, token: str, name: str, password_hash: str, now: datetime
) -> Person:
    """Create the account that an invitation is for; it cannot be used twice."""
    role = invitation_role(connection, token, now)
    connection.execute(
        update(invitations)
        .where(invitations.c.token_hash == _digest(token))
        .values(used_at=stamp(now))
    )
    return add_person(connection, name, password_hash, role=role, simulated=False, now=now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _person(row: Row[tuple[object, ...]]) -> Person:
    return Person(row.person_id, row.name, row.role, bool(row.simulated))


# A hash of nothing that anybody knows, with the same cost as a real one.
_DECOY_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0c2FsdA$"
    "S5UQUkW5SvUjfpYOO4pM9eHlMWxUnLQ5o7sQyXcTq5A"
)
