"""A chat that is shown turn by turn, answered in Argilla's own pages."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from annotation.credentials import annotators_file
from annotation.label_folder import find_push
from tests.annotation.argilla_pages import open_argilla_pages
from tests.annotation.labelled_home import labelled_home
from tests.workbench.app.browser import open_chromium
from workbench.home import Home
from workbench.workflows.annotate_pull import pull_instructions
from workbench.workflows.annotate_push import push_instructions
from workbench.workflows.annotate_server import annotation_status

pytestmark = pytest.mark.slow

RECIPE = "splits: {train: 1.0, validation: 0.0, test: 0.0, feedback: 0.0}\n"
ROSTER = "people: {clara: {}}\n"
NOTE = ("The tenant fell in the hall.", "Row.")
CHATS = {"lease": "Yes.", "deposit": "No.", "boiler": "Soon."}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    root = tmp_path_factory.mktemp("chats")
    lines = []
    for about, answer in CHATS.items():
        turns = [("user", f"A question on the {about}."), ("assistant", f"Which {about}?")]
        turns += [("user", f"The {about} of 2020."), ("assistant", answer)]
        messages = [{"role": role, "content": content} for role, content in turns]
        lines.append(json.dumps({"messages": messages}))
    (root / "chats.jsonl").write_text("\n".join(lines) + "\n")
    more = [root / "chats.jsonl"]
    with labelled_home(root, recipe=RECIPE, roster=ROSTER, notes=[NOTE], more=more) as made:
        push_instructions(made)
        yield made


def test_a_chat_is_submitted_saved_and_discarded_like_any_other_record(home: Home) -> None:
    _, push = find_push(home.labels, "instructions")
    password = json.loads(annotators_file(home.secrets).read_text())["clara"]
    with (
        open_chromium() as browser,
        open_argilla_pages(browser, annotation_status(home).url) as (pages, trouble),
    ):
        pages.sign_in("clara", password)
        assert pages.open_dataset(push.dataset).total == len(CHATS) + 1
        pages.search("lease")
        expect(pages.page.get_by_text("Which lease?")).to_be_visible()
        pages.choose("Should the model learn", "Keep")
        pages.choose("Is it useful?", "8")
        pages.submit()
        pages.search("deposit")
        pages.choose("Is it useful?", "3")
        pages.save_draft()
        pages.search("boiler")
        pages.discard()
    assert trouble.failures == []
    pulled = pull_instructions(home)
    assert (pulled.n_answers, pulled.n_drafts, pulled.n_discarded) == (1, 1, 1)
    assert dict(pulled.outcomes) == {"approved": 1}
