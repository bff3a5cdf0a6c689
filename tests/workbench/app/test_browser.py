"""A rater's sitting in a real browser: log in, chat, vote, read the report."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from workbench.home import Home
from workbench.workflows.app_server import start_app
from workbench.workflows.init_home import init_home
from workbench.workflows.people import create_account
from workbench.workflows.report import write_report
from workbench.workflows.serve_models import serve_start
from workbench.workflows.stop import stop_all
from workbench.workflows.studies import create_study
from workbench.workflows.votes import vote_summary

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"wide": (1280, 800), "phone": (390, 844)}


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


@pytest.fixture(scope="module")
def chromium():
    found = subprocess.run(
        [sys.executable, "scripts/find_chromium.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.stdout.strip().splitlines()[-1], args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture(params=SIZES)
def page(request, chromium, home, url):
    width, height = SIZES[request.param]
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.on("request", lambda request: _check_ours(request.url, url))
    log_in(page, home, url, name=f"lead-{request.param}")
    yield page
    context.close()


def _check_ours(address: str, url: str) -> None:
    assert address.startswith((url, "data:", "blob:")), f"a request left the machine: {address}"


def log_in(page: Page, home: Home, url: str, *, name: str) -> None:
    account = create_account(home, name, role="lead")
    page.goto(url)
    page.get_by_label("User name").fill(account.name)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Overview")).to_be_visible()


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
    overflow = "page => page.scrollWidth - page.clientWidth"
    assert report.locator("html").evaluate(overflow) <= 0
    assert page.locator("html").evaluate(overflow) <= 0
