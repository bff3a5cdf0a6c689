"""The long work that the Jobs page can start; each is a command that a terminal could run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.errors import ConfigError
from workbench.home import Home
from workbench.jobs import Job, start_job


@dataclass(frozen=True, slots=True)
class ActionOption:
    """One option of an action; an empty value leaves the command's own default."""

    flag: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that may take minutes."""

    name: str
    title: str
    command: tuple[str, ...]
    about: str
    options: tuple[ActionOption, ...] = ()


ACTIONS: tuple[Action, ...] = (
    Action("curate", "Curate", ("curate",), "Clean, deduplicate, split and publish a version."),
    Action(
        "train-sft",
        "Train SFT",
        ("train", "sft"),
        "Fine-tune an adapter on the examples of a version.",
        (
            ActionOption("--version", "Version", "latest:examples"),
            ActionOption("--set", "Setting", "key=value, such as lora.rank=8"),
        ),
    ),
    Action(
        "train-dpo",
        "Train DPO",
        ("train", "dpo"),
        "Go on from the SFT adapter with preference pairs.",
        (
            ActionOption("--version", "Version", "latest:pairs"),
            ActionOption("--sft-run", "SFT run", "latest:sft"),
        ),
    ),
    Action("merge", "Merge", ("merge",), "Merge an adapter into the base and prove it equal."),
    Action("serve", "Serve", ("serve", "start"), "Make base, SFT and DPO answer side by side."),
    Action("report", "Report", ("report",), "Write the page with every number and its n."),
)


def find_action(name: str) -> Action:
    """Return an action by its name.

    Raises:
        ConfigError: There is none.
    """
    for action in ACTIONS:
        if action.name == name:
            return action
    raise ConfigError(
        f"There is no action {name!r}.", f"Actions: {', '.join(item.name for item in ACTIONS)}."
    )


def action_arguments(home: Home, action: Action, values: Mapping[str, str]) -> list[str]:
    """Return the command line of an action; options left empty are not on it."""
    flags = {option.flag for option in action.options}
    arguments = [*action.command]
    for flag, value in values.items():
        if flag not in flags:
            raise ConfigError(f"{action.title} has no option {flag}.")
        if value.strip():
            # one argument each, so that a value can never be read as another option
            arguments.append(f"{flag}={value.strip()}")
    return [*arguments, "--home", str(home.root)]


def command_line(arguments: list[str]) -> str:
    """Return a command as one would type it."""
    return shlex.join(["workbench", *arguments])


def start_action(home: Home, name: str, values: Mapping[str, str]) -> Job:
    """Start an action as a job that outlives the page and the application."""
    action = find_action(name)
    return start_job(home.jobs, action.title, action_arguments(home, action, values))
