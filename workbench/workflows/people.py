"""Accounts: make them, invite people, sign in and out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from workbench.errors import ConfigError, NotFoundError
from workbench.home import Home
from workbench.judgments import Judgments, Person, PersonRole, open_judgments, people
from workbench.judgments.clock import utc_now


@dataclass(frozen=True, slots=True)
class Credentials:
    """A new account's name and password; the password is shown once and kept nowhere."""

    name: str
    password: str
    role: PersonRole
    simulated: bool = False


def create_account(
    home: Home, name: str, *, role: PersonRole = "rater", simulated: bool = False
) -> Credentials:
    """Create an account with a generated password, or give an existing one a new password.

    Args:
        home: The project.
        name: User name.
        role: `lead` sees every page, `rater` only what raters need.
        simulated: True for a scripted rater; every vote of it is marked as such.

    Raises:
        ConfigError: The account has another role, or the name a wrong form.
    """
    password = secrets.token_urlsafe(12)
    hashed = people.hash_password(password)
    with open_judgments(home.judgments_file) as judgments:
        with judgments.read() as connection:
            known = people.find_person(connection, name)
        if known is not None and known.role != role:
            raise ConfigError(
                f"The account {known.name!r} is a {known.role}'s, not a {role}'s.",
                "Choose another name.",
            )
        if known is None:
            judgments.write(
                lambda connection: people.add_person(
                    connection, name, hashed, role=role, simulated=simulated, now=utc_now()
                )
            )
        else:
            judgments.write(
                lambda connection: people.set_password(connection, known, hashed, utc_now())
            )
    if known is not None:
        return Credentials(known.name, password, known.role, known.simulated)
    return Credentials(name.strip().lower(), password, role, simulated)


def create_admin(home: Home, name: str = "admin") -> Credentials:
    """Create the account of a lead, or give it a new password.

    Raises:
        ConfigError: The account is a rater's.
    """
    return create_account(home, name, role="lead")


def setup_token(judgments: Judgments) -> str | None:
    """Return a one-time token to make the first account with, or None once there is one."""
    with judgments.read() as connection:
        if people.count_people(connection):
            return None
    return invite(judgments, "lead")


def invite(judgments: Judgments, role: PersonRole) -> str:
    """Return the secret of a new one-time invitation."""
    return judgments.write(lambda connection: people.add_invitation(connection, role, utc_now()))


def invited_role(judgments: Judgments, token: str) -> PersonRole:
    """Return what an invitation makes of who accepts it.

    Raises:
        NotFoundError: It is unknown, used or expired.
    """
    with judgments.read() as connection:
        return people.invitation_role(connection, token, utc_now())


def accept(judgments: Judgments, token: str, name: str, password: str) -> Person:
    """Make the account that an invitation is for.

    Raises:
        NotFoundError: The invitation is unknown, used or expired.
        ConfigError: The name is taken or has a wrong form, or the password is too short.
    """
    invited_role(judgments, token)  # hashing costs much, and is for those who were invited
    hashed = people.hash_password(password)
    return judgments.write(
        lambda connection: people.accept_invitation(connection, token, name, hashed, utc_now())
    )


def sign_in(judgments: Judgments, name: str, password: str) -> str:
    """Return the secret of a new login.

    Raises:
        NotFoundError: Name or password is wrong; which of them is not said.
    """
    with judgments.read() as connection:
        person = people.check_password(connection, name, password)
    if person is None:
        raise NotFoundError("User name or password is wrong.", "Try again.")
    return judgments.write(lambda connection: people.start_login(connection, person, utc_now()))


def who_is(judgments: Judgments, token: str) -> Person | None:
    """Return whose login this is, or None if it has ended."""
    now = utc_now()
    with judgments.read() as connection:
        found = people.find_login(connection, token, now)
    if found is None:
        return None
    person, should_note = found
    if should_note:
        judgments.write(lambda connection: people.note_seen(connection, token, now))
    return person


def sign_out(judgments: Judgments, token: str) -> None:
    """End a login."""
    judgments.write(lambda connection: people.end_login(connection, token, utc_now()))


def find_account(judgments: Judgments, person_id: str) -> Person:
    """Return a person by id.

    Raises:
        NotFoundError: There is none, or no longer.
    """
    with judgments.read() as connection:
        return people.get_person(connection, person_id)
