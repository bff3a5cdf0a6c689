"""Who labels: a small file of people, roles and workspaces, and making Argilla agree with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field, field_validator

from annotation.client import ArgillaClient, User
from workbench.config import FrozenModel
from workbench.errors import AnnotationError
from workbench.names import UserName

SIMULATED_PREFIX = "simulated-"  # of scripted users; what they say is marked wherever it counts
_OWNER = "owner"
Role = Literal["annotator", "admin"]


class Member(FrozenModel):
    """One person of the roster."""

    role: Role = Field(
        "annotator", description="annotator: answers; admin: also reads and changes datasets."
    )
    workspaces: tuple[UserName, ...] = Field(
        (), description="Workspaces of Argilla; empty for the project's own."
    )


class Roster(FrozenModel):
    """The whole of annotators.yaml."""

    people: dict[UserName, Member] = Field(description="Who may work, by user name.")

    @field_validator("people", mode="before")
    @classmethod
    def _name_alone(cls, value: object) -> object:
        """Take a name with nothing behind it as a member with every default."""
        if not isinstance(value, dict):
            return value
        return {name: {} if member is None else member for name, member in value.items()}


@dataclass(slots=True)
class RosterChanges:
    """What was done, as `workspace: user` where it concerns a workspace.

    Attributes:
        created: Users who got an account and a first password.
        changed: Users who got another role.
        added: Users who may now work in a workspace.
        removed: Users who may no longer; their accounts and answers stay.
    """

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def members_by_workspace(roster: Roster, workspace: str) -> dict[str, set[str]]:
    """Return the user names of each workspace; `workspace` is the project's own."""
    found: dict[str, set[str]] = {workspace: set()}
    for name, member in roster.people.items():
        for place in member.workspaces or (workspace,):
            found.setdefault(place, set()).add(name)
    return found


def annotators_of(roster: Roster, workspace: str) -> set[str]:
    """Return the project's annotators without admins; `workspace` is the project's own."""
    members = members_by_workspace(roster, workspace)[workspace]
    return {name for name in members if roster.people[name].role == "annotator"}


def add_people(
    client: ArgillaClient, roster: Roster, workspace: str, password: Callable[[str], str]
) -> RosterChanges:
    """Make who is missing, set roles and let people into their workspaces; remove nobody.

    Args:
        client: With an owner's rights.
        roster: Who may work.
        workspace: The project's own workspace.
        password: Returns a first password for a user name, and keeps it.

    Raises:
        AnnotationError: The roster names an owner of the server, or a scripted annotator.
    """
    changes = RosterChanges()
    users = {user.username: user for user in client.users()}
    _refuse_names(roster, users)
    for name, member in sorted(roster.people.items()):
        if name not in users:
            users[name] = client.create_user(name, password(name), role=member.role)
            changes.created.append(name)
        elif users[name].role != member.role:
            client.change_role(users[name], member.role)
            changes.changed.append(name)
    for place, names in sorted(members_by_workspace(roster, workspace).items()):
        workspace_id = client.ensure_workspace(place)
        there = {member.username for member in client.members(workspace_id)}
        for name in sorted(names - there):
            client.add_to_workspace(workspace_id, users[name])
            changes.added.append(f"{place}: {name}")
    return changes


def remove_people(
    client: ArgillaClient, roster: Roster, workspace: str, named_before: Iterable[str]
) -> list[str]:
    """Take whom the roster does not name out of its workspaces; return whom.

    Nobody is deleted: with a user Argilla deletes every answer of theirs. Owners and scripted
    annotators stay, and so does everybody in workspaces that no roster ever named.

    Args:
        client: With an owner's rights.
        roster: Who may work.
        workspace: The project's own workspace.
        named_before: Workspaces that the roster named earlier.
    """
    removed = []
    wanted = members_by_workspace(roster, workspace)
    for place in sorted({*wanted, *named_before}):
        workspace_id = client.find_workspace(place)
        if workspace_id is None:
            continue
        names = wanted.get(place, set())
        for member in _people(client.members(workspace_id)):
            if member.username not in names:
                client.remove_from_workspace(workspace_id, member)
                removed.append(f"{place}: {member.username}")
    return removed


def _people(members: Sequence[User]) -> list[User]:
    found = sorted(members, key=lambda member: member.username)
    return [
        member
        for member in found
        if member.role != _OWNER and not member.username.startswith(SIMULATED_PREFIX)
    ]


def _refuse_names(roster: Roster, users: Mapping[str, User]) -> None:
    for name in sorted(roster.people):
        if name.startswith(SIMULATED_PREFIX):
            raise AnnotationError(
                f"{name} is the name of a scripted annotator.", "Take it out of the roster."
            )
        if name in users and users[name].role == _OWNER:
            raise AnnotationError(
                f"{name} is an owner of the Argilla server, who sees every workspace anyway.",
                "Take the name out of the roster.",
            )
