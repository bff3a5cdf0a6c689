from __future__ import annotations

from pathlib import Path

import pytest

from annotation.roster import Member, Roster, members_by_workspace
from workbench.errors import ConfigError
from workbench.home import Home
from workbench.workflows.annotate_people import load_roster
from workbench.workflows.init_home import init_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    init_home(made.root, template="summarise", base_model="demo")
    return made


def _name_in_task(home: Home) -> None:
    text = home.task_file.read_text()
    home.task_file.write_text(text.replace("annotators: []", "annotators: [clara]"))


def test_without_a_file_the_names_of_the_task_are_annotators(home: Home) -> None:
    assert load_roster(home) == Roster(people={})
    _name_in_task(home)
    assert load_roster(home) == Roster(people={"clara": Member()})


def test_a_file_says_roles_and_workspaces(home: Home) -> None:
    home.roster_file.write_text(
        "people:\n  clara:\n  dora: {role: admin}\n  emil@firm.test: {workspaces: [notes, ours]}\n"
    )
    roster = load_roster(home)
    assert roster.people["dora"].role == "admin"
    assert members_by_workspace(roster, "ours") == {
        "ours": {"clara", "dora", "emil@firm.test"},
        "notes": {"emil@firm.test"},
    }


def test_two_places_that_say_who_labels_are_refused(home: Home) -> None:
    home.roster_file.write_text("people: {dora: {}}\n")
    _name_in_task(home)
    with pytest.raises(ConfigError, match="both say who labels"):
        load_roster(home)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("people: {dora: {role: owner}}\n", "line 1: people.dora.role"),
        ("people:\n  d o r a: {}\n", "line 2: .*a user name begins with a letter or digit"),
        ("folk: {}\n", "folk"),
    ],
)
def test_a_wrong_roster_is_refused_with_its_place(home: Home, text: str, problem: str) -> None:
    home.roster_file.write_text(text)
    with pytest.raises(ConfigError, match=problem):
        load_roster(home)
