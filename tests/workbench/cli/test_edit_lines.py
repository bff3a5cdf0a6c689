import sys

from workbench.cli.edit_lines import edit_lines
from workbench.curation.wording.shown_edits import ShownChange, ShownEdit


def edit(*changes, is_made=True):
    return ShownEdit("typos", "corrected", "output", is_made, changes)


def change(before, after, kind=""):
    return ShownChange(4, 4 + len(before), "She ", before, after, " it.", kind)


def test_what_went_and_what_came_stand_between_marks():
    assert edit_lines([edit(change("recieved", "received"))], indent="  ") == [
        "  output, at 4: She [-recieved-]{+received+} it."
    ]
    assert edit_lines([edit(change("Hi. ", "", "greeting"), is_made=False)], indent="") == [
        "output, not made, at 4 (greeting): She [-Hi. -] it."
    ]


def test_a_terminal_gets_colours_unless_it_asks_for_none(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    [line] = edit_lines([edit(change("a", "b"))], indent="")
    assert line == "output, at 4: She \x1b[31;9ma\x1b[0m\x1b[32mb\x1b[0m it."
    monkeypatch.setenv("NO_COLOR", "1")
    assert edit_lines([edit(change("a", "b"))], indent="") == ["output, at 4: She [-a-]{+b+} it."]


def test_whitespace_can_be_seen_and_nothing_steers_the_terminal():
    lines = edit_lines([edit(change("  \n", " "), change("\u200b\x1b", ""))], indent="")
    assert lines == [
        "output, at 4: She [-··⏎-]{+·+} it.",
        "output, at 4: She [-<200B><001B>-] it.",
    ]


def test_many_and_long_changes_are_cut_and_say_so():
    lines = edit_lines([edit(*[change("x" * 300, "y")] * 7)], indent="")
    assert len(lines) == 6
    assert "x" * 200 + " …" in lines[0]
    assert "x" * 201 not in lines[0]
    assert lines[-1] == "output: and 2 more; --json has all of them"
