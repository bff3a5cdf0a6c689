"""Make Argilla's users, roles and workspaces those of the roster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from annotation.client import ArgillaClient
from annotation.credentials import annotators_file, keep_new_password
from annotation.named_workspaces import keep_workspaces, read_workspaces
from annotation.push_turn import push_turn
from annotation.roster import (
    Member,
    Roster,
    RosterChanges,
    add_people,
    members_by_workspace,
    remove_people,
)
from workbench.config import load_config
from workbench.errors import ConfigError
from workbench.home import Home
from workbench.settings import load_settings
from workbench.task import load_task
from workbench.workflows.annotate_server import open_argilla


@dataclass(frozen=True, slots=True)
class PeopleResult:
    """What came of a roster.

    Attributes:
        roster: The file that says who labels.
        n_people: People in it.
        changes: Who was made, changed, let in and taken out.
        passwords_file: Where the first passwords are; empty if no account was ever made here.
    """

    roster: str
    n_people: int
    changes: RosterChanges
    passwords_file: str


def apply_people(home: Home) -> PeopleResult:
    """Create users, set roles, and let people into and out of workspaces as the roster says.

    Nobody is ever deleted, since Argilla deletes a user's answers with the user.

    Raises:
        ConfigError: The roster is wrong, or both it and the task file name people.
        AnnotationError: It names an owner of the server.
        AnnotationServerError: Argilla does not answer.
    """
    roster = load_roster(home)
    workspace = load_settings(home.settings_file).argilla.workspace
    with open_argilla(home) as client, push_turn(home):
        changes = let_people_in(home, client)
        removed = remove_people(client, roster, workspace, read_workspaces(home.labels))
        keep_workspaces(home.labels, members_by_workspace(roster, workspace))
    passwords = annotators_file(home.secrets)
    return PeopleResult(
        str(home.roster_file if home.roster_file.is_file() else home.task_file),
        len(roster.people),
        replace(changes, removed=removed),
        str(passwords) if passwords.is_file() else "",
    )


def let_people_in(home: Home, client: ArgillaClient) -> RosterChanges:
    """Make the roster's users and let them in; who left the roster stays until `apply_people`."""
    workspace = load_settings(home.settings_file).argilla.workspace
    roster, password = load_roster(home), partial(keep_new_password, home.secrets)
    named = {*read_workspaces(home.labels), *members_by_workspace(roster, workspace)}
    keep_workspaces(home.labels, named)
    return add_people(client, roster, workspace, password)


def load_roster(home: Home) -> Roster:
    """Return annotators.yaml, or without one the annotators that the task file names.

    Raises:
        ConfigError: The file is wrong, or the task file names people as well.
    """
    named = load_task(home.task_file).labelling.annotators
    if not home.roster_file.is_file():
        return Roster(people={name: Member() for name in named})
    if named:
        raise ConfigError(
            f"{home.roster_file} and labelling.annotators of {home.task_file} both say who labels.",
            "Move the names into annotators.yaml and leave labelling.annotators empty.",
        )
    return load_config(home.roster_file, Roster)
