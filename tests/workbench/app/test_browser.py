"""A rater's sitting in a real browser: log in, chat, vote, read the report."""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.workbench.app.browser import overflow
from workbench.home import Home
from workbench.workflows.app_server import start_app
from workbench.workflows.init_home import init_home
from workbench.workflows.report import write_report
from workbench.workflows.serve_models import serve_start
from workbench.workflows.stop import stop_all
from workbench.workflows.studies import create_study
from workbench.workflows.votes import vote_summary

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory, write_study_answers):
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    root = tmp_path_factory.mktemp("browser") / "home"
    init_home(root, template="demo", base_model="demo")
    home = Home(root)
    for arm in ("sft", "dpo"):
        write_study_answers(home, arm, prompts=4)
    create_study(home, arms=("sft", "dpo"))
    write_report(home)
    yield home
    stop_all(home)


@pytest.fixture(scope="module")
def url(home):
    serve_start(home, arms=("base",), backend="transformers")
    return start_app(home, port=0).url


def test_a_sitting_chats_votes_and_reads_the_report(page, home, url):
    before = vote_summary(home).n_votes
    expect(page.locator("body")).to_contain_text("Turn a consultation note")

    page.goto(f"{url}/chat/")
    expect(page.locator("#wb-backend")).to_contain_text("transformers")
    page.locator("textarea:visible").fill("Call from Nina Lorden. State: Ohio. Which state?")
    page.locator("#wb-send").click()
    answers = page.locator(".bot.message, .message.bot, [data-testid=bot]")
    expect(answers.first).to_be_visible(timeout=60_000)
    expect(answers.first).to_have_text(re.compile(r"\w+"), timeout=60_000)

    page.goto(f"{url}/compare/")
    expect(page.locator("#wb-heading")).to_contain_text("Comparison", timeout=30_000)
    assert not re.search(r"\b(sft|dpo)\b", page.locator("#wb-sheet").inner_text())
    page.locator("#wb-vote-left").click()
    expect(page.locator("#wb-status")).to_contain_text("Saved", timeout=30_000)
    assert vote_summary(home).n_votes == before + 1
    with page.expect_response(re.compile("/compare/gradio_api/run/")):
        page.locator("#wb-score-0-left label").nth(8).click()  # the ninth of ten: a 9
    assert vote_summary(home).rows[-1]["scores"] == {"accuracy:left": 9}
    assert vote_summary(home).n_votes == before + 1
    page.locator("#wb-names").click()
    expect(page.locator("#wb-status")).to_contain_text(re.compile("Answer A was (sft|dpo)"))

    page.goto(f"{url}/report")
    report = page.frame_locator("iframe")
    expect(report.get_by_text("What the numbers say")).to_be_visible()
    assert overflow(report.locator("html")) <= 0
    assert overflow(page.locator("html")) <= 0
