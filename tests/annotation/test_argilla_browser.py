"""People at work in Argilla's own pages, on a real server with a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import cos, pi, sin
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from annotation.aggregate import rater_name
from annotation.credentials import annotators_file
from annotation.label_folder import Revision, find_push
from annotation.tasks import LabelKind
from tests.annotation.argilla_pages import OUTSIDE, ArgillaPages, open_argilla_pages
from tests.annotation.labelled_home import CAREFUL_TASK, NOTES, labelled_home, write_answer_set
from tests.annotation.small_server import ask
from tests.workbench.app.browser import SIZES, open_chromium
from workbench.home import Home
from workbench.records import Example
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples, read_pairs
from workbench.workflows.annotate_pull import pull_instructions
from workbench.workflows.annotate_push import push_instructions
from workbench.workflows.annotate_server import annotation_status, open_argilla
from workbench.workflows.pull_answers import pull_preferences
from workbench.workflows.push_answers import push_preferences

pytestmark = pytest.mark.slow

RECIPE = "splits: {train: 1.0, validation: 0.0, test: 0.0, feedback: 0.0}\n"
TASKS: tuple[LabelKind, ...] = ("instructions", "preferences")
ROSTER = "people: {clara: {}}\n"
N_NOTES = 8
EMOJI_NOTE = "🚀 The lodger paid in Zembla on Monday."
DRAFT = "Payer: the lodger\nPlace: Zembla"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    notes = [(EMOJI_NOTE, DRAFT), *NOTES[1:N_NOTES]]
    with labelled_home(
        tmp_path_factory.mktemp("pages"),
        task=CAREFUL_TASK,
        recipe=RECIPE,
        roster=ROSTER,
        notes=notes,
    ) as made:
        push_instructions(made)
        write_answer_set(made, "two", ("Good answer to {input}", "Bad answer to {input}"))
        push_preferences(made, answer_set="two")
        _make_filed_notes(made)
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def pages(home: Home, chromium: Browser) -> Iterator[ArgillaPages]:
    """Give the pages of clara; nothing may fail on them, and they may ask no other machine."""
    with open_argilla_pages(chromium, annotation_status(home).url) as (pages, trouble):
        pages.sign_in("clara", _password(home))
        yield pages
    assert trouble.left_the_machine == []
    assert trouble.failures == []


def _password(home: Home) -> str:
    return str(json.loads(annotators_file(home.secrets).read_text())["clara"])


def _make_filed_notes(home: Home) -> None:
    """Make a dataset with everything by which Argilla's pages filter and sort."""
    with open_argilla(home) as client:
        workspace = client.ensure_workspace("workbench")
    settings = {"name": "filed", "distribution": {"strategy": "overlap", "min_submitted": 2}}
    dataset = _post(home, "datasets", {**settings, "workspace_id": workspace})["id"]
    parts: list[tuple[str, str, dict[str, Any]]] = [
        ("fields", "note", {"type": "text"}),
        ("fields", "aside", {"type": "text", "use_markdown": True}),
        ("fields", "card", {"type": "custom", "template": "Filed at {{record.fields.card.town}}"}),
        ("questions", "verdict", {"type": "label_selection", "options": _options("keep", "drop")}),
        ("metadata-properties", "court", {"type": "terms"}),
        ("metadata-properties", "pages", {"type": "integer"}),
    ]
    made = {
        name: _post(
            home,
            f"datasets/{dataset}/{kind}",
            {"name": name, "title": name, "settings": about}
            | ({} if kind == "metadata-properties" else {"required": True}),
        )
        for kind, name, about in parts
    }
    meaning = {"name": "meaning", "title": "meaning", "dimensions": 2}
    _post(home, f"datasets/{dataset}/vectors-settings", meaning)
    assert ask(home, "PUT", f"datasets/{dataset}/publish").is_success
    items = [_filed_note(number, made["verdict"]["id"]) for number in range(6)]
    stored = ask(home, "PUT", f"datasets/{dataset}/records/bulk", json={"items": items})
    assert stored.is_success, stored.text


def _filed_note(number: int, verdict: str) -> dict[str, Any]:
    """Return note 0 to 5: six directions, 20 degrees apart; courts in turn; 10 pages fewer each."""
    angle = number * pi / 9
    return {
        "external_id": f"n{number}",
        "fields": {
            "note": f"Note {number} on a {'deposit' if number % 2 else 'lease'}",
            "aside": f"![chart]({OUTSIDE}/{number}.png)",
            "card": {"town": "Zembla"},
        },
        "metadata": {"court": ("Kings", "Queens", "Bronx")[number % 3], "pages": 60 - 10 * number},
        "vectors": {"meaning": [cos(angle), sin(angle)]},
        "suggestions": [
            {
                "question_id": verdict,
                "value": "keep" if number < 4 else "drop",
                "agent": "model one" if number < 2 else "model two",
                "score": number / 10,
            }
        ],
    }


def _options(*values: str) -> list[dict[str, str]]:
    return [{"value": value, "text": value} for value in values]


def _post(home: Home, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = ask(home, "POST", path, json=body)
    assert answer.is_success, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_words_filters_orders_and_likeness_show_the_right_records(pages: ArgillaPages) -> None:
    everything = {f"n{number}" for number in range(6)}
    assert set(pages.open_dataset("filed").ids) == everything
    assert set(pages.search("deposit").ids) == {"n1", "n3", "n5"}
    assert set(pages.search("note -deposit").ids) == {"n0", "n2", "n4"}
    assert pages.search("zzzz").total == 0
    assert set(pages.search("note").ids) == everything

    assert set(pages.filter_by("Metadata", "court", "Kings").ids) == {"n0", "n3"}
    both = pages.filter_by("Suggestions", "verdict", "Agent", "model two")
    assert both.ids == ["n3"]
    assert set(pages.reset_filters().ids) == everything
    verdicts = pages.filter_by("Suggestions", "verdict", "Suggestion values", "drop")
    assert set(verdicts.ids) == {"n4", "n5"}
    pages.reset_filters()
    assert set(pages.filter_from(0.2, "Suggestions", "verdict", "Score").ids) == everything - {
        "n0",
        "n1",
    }
    pages.reset_filters()

    assert pages.sort_by("pages").ids == sorted(everything, reverse=True)
    assert pages.turn_order().ids == sorted(everything)
    expect(pages.page.get_by_text("Note 0 on a lease")).to_be_visible()
    assert pages.find_similar().ids == ["n1", "n2", "n3", "n4", "n5"]
    assert pages.find_least_similar().ids == ["n5", "n4", "n3", "n2", "n1"]


def test_own_answers_are_found_by_status_and_value(pages: ArgillaPages) -> None:
    pages.open_dataset("filed")
    for words, label in (('"note 2"', "drop"), ('"note 4"', "keep")):
        assert pages.search(words).total == 1
        pages.choose("verdict", label)
        pages.submit()
    pages.open_dataset("filed")
    assert set(pages.show_status("submitted").ids) == {"n2", "n4"}
    assert pages.filter_by("Responses", "verdict", "drop").ids == ["n2"]
    pages.reset_filters()
    assert set(pages.show_status("pending").ids) == {"n0", "n1", "n3", "n5"}
    assert pages.show_status("draft").total == 0


def test_corrected_answers_ratings_and_marks_come_back_exactly(
    home: Home, pages: ArgillaPages
) -> None:
    before = _by_input(home, "latest:examples")
    _, push = find_push(home.labels, "instructions")
    assert pages.open_dataset(push.dataset).total == N_NOTES
    written = _correct_and_mark(pages)
    _judge(pages, '"tenant 1"', "Drop", "2")
    pages.submit()
    _judge(pages, '"tenant 2"', "Keep", "9")
    pages.write("The answer", "Half an answer.")
    pages.save_draft()
    pages.search('"tenant 3"')
    pages.discard()
    pages.open_dataset(push.dataset)
    shown = {name: pages.show_status(name).total for name in ("draft", "discarded", "submitted")}
    assert shown == {"draft": 1, "discarded": 1, "submitted": 2}

    pulled = pull_instructions(home)
    assert (pulled.n_answers, pulled.n_drafts, pulled.n_discarded) == (2, 1, 1)
    start = EMOJI_NOTE.index("Zembla")
    given = {name: (found.status, found.values) for name, found in _revisions(home).items()}
    # what nobody marked comes as a list without marks, as Argilla's pages send it
    unmarked = {"marks_instruction": [], "marks_draft": []}
    marks = [{"label": "name", "start": start, "end": start + len("Zembla")}]
    common = {**unmarked, "marks_context": []}
    tenants = [before[f"The tenant {n} fell in the hall {n * 7}."].example_id for n in range(1, 4)]
    assert given == {
        before[EMOJI_NOTE].example_id: (
            "submitted",
            {
                "answer": written,
                "verdict": "keep",
                "rate_utility": 7,
                "problems": ["incomplete"],
                "marks_context": marks,
                "comment": "Where is Zembla?",
                **unmarked,
            },
        ),
        tenants[0]: (
            "submitted",
            {"answer": "Row 1.", "verdict": "drop", "rate_utility": 2, **common},
        ),
        tenants[1]: (
            "draft",
            {"answer": "Half an answer.", "verdict": "keep", "rate_utility": 9, **common},
        ),
        tenants[2]: ("discarded", {"answer": "Row 3.", **common}),
    }
    _published_as_answered(home, pulled.version, before)


def _correct_and_mark(pages: ArgillaPages) -> str:
    """Answer the note with the emoji; return the answer as the server stored it."""
    assert pages.search("Zembla").total == 1
    pages.reload()
    pages.choose("Should the model learn", "Keep")
    pages.choose("Is it useful?", "7")
    pages.write("The answer", "\nDay: Monday ☂", keys="Control+End")
    pages.choose("What was wrong", "Leaves something out")
    pages.write("Anything else?", "Where is Zembla?")
    pages.mark("Zembla", title="Personal data in: context", label="Name")
    written = str(pages.submit()["values"]["answer"]["value"])
    # a line that is added with Enter leaves an empty one below it
    assert written.rstrip("\n") == f"{DRAFT}\nDay: Monday ☂"
    return written


def _judge(pages: ArgillaPages, words: str, verdict: str, rating: str) -> None:
    assert pages.search(words).total == 1
    pages.choose("Should the model learn", verdict)
    pages.choose("Is it useful?", rating)


def _published_as_answered(home: Home, version: str, before: dict[str, Example]) -> None:
    after = _by_input(home, version)
    corrected = after.pop("🚀 The lodger paid in [NAME] on Monday.")
    assert corrected.completion == "Payer: the lodger\nPlace: [NAME]\nDay: Monday ☂"
    untouched = {
        shown: row
        for shown, row in before.items()
        if shown not in (EMOJI_NOTE, "The tenant 1 fell in the hall 7.")
    }
    assert after == untouched
    with open_store(home) as store:
        said = {item.decision.rule for item in store.decisions(version=version)}
    assert {"corrected", "personal_data"} <= said


def test_preferences_come_back_with_strength_for_the_right_answer(
    home: Home, pages: ArgillaPages
) -> None:
    _, push = find_push(home.labels, "preferences")
    assert pages.open_dataset(push.dataset).total == N_NOTES
    _prefer(pages, '"tenant 1"', "Good", "{} is much better", reason="It is right ☂.")
    _prefer(pages, '"tenant 2"', "Bad", "{} is better")
    assert pages.search('"tenant 3"').total == 1
    pages.choose("Which answer", "Equal, both usable")
    pages.submit()

    pulled = pull_preferences(home)
    assert (pulled.n_answers, pulled.n_rows) == (3, 2)
    found = {
        pair.prompt[-1]["content"]: (pair.chosen, pair.rejected, pair.strength, pair.raters)
        for pair in read_pairs(resolve_version(home, pulled.version))
    }
    first, second = (f"The tenant {n} fell in the hall {n * 7}." for n in (1, 2))
    clara = (rater_name("clara"),)
    assert found == {
        first: (f"Good answer to {first}", f"Bad answer to {first}", 2, clara),
        second: (f"Bad answer to {second}", f"Good answer to {second}", 1, clara),
    }
    reasons = [found.values.get("reason") for found in _revisions(home, "preferences").values()]
    assert sorted(filter(None, reasons)) == ["It is right ☂."]


def _prefer(pages: ArgillaPages, words: str, better: str, label: str, *, reason: str = "") -> None:
    assert pages.search(words).total == 1
    shown = pages.page.get_by_role("main").inner_text()
    good_first = shown.index("Good answer") < shown.index("Bad answer")
    side = "A" if good_first == (better == "Good") else "B"
    pages.choose("Which answer", label.format(side))
    pages.choose(f"{side}: Is it useful?", "8")
    if reason:
        pages.write("Why?", reason)
    stored = pages.submit()
    assert stored["values"][f"rate_{side.lower()}_utility"] == {"value": 8}


@pytest.mark.parametrize("size", SIZES)
def test_pages_fail_at_nothing_and_ask_no_other_machine(
    home: Home, chromium: Browser, size: str
) -> None:
    width, height = SIZES[size]
    url = annotation_status(home).url
    with open_argilla_pages(chromium, url, width=width, height=height) as (pages, trouble):
        pages.sign_in("clara", _password(home))
        pages.open_dataset("filed")
        expect(pages.page.get_by_role("img", name="chart")).to_be_attached()
        card = pages.page.frame_locator("iframe")
        expect(card.get_by_text("Filed at Zembla")).to_be_attached()
        for kind in TASKS:
            _, push = find_push(home.labels, kind)
            pages.open_dataset(push.dataset)
            expect(pages.form.get_by_role("button", name="Submit")).to_be_visible()
    assert trouble.left_the_machine == []
    assert trouble.failures == []


def _by_input(home: Home, version: str) -> dict[str, Example]:
    return {row.input: row for row in read_examples(resolve_version(home, version))}


def _revisions(home: Home, kind: LabelKind = "instructions") -> dict[str, Revision]:
    folder, _ = find_push(home.labels, kind)
    return {found.external_id: found for found in folder.read_revisions()}
