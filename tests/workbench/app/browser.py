"""A real Chromium for the browser tests, the screens they look at, and a lead who is logged in."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from workbench.home import Home
from workbench.workflows.people import create_account

ROOT = Path(__file__).resolve().parents[3]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"wide": (1280, 800), "phone": (390, 844)}


@contextmanager
def open_chromium():
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


@contextmanager
def open_page(chromium, url: str, size: str):
    """Give a page of a size of screen; whatever it asks for must come from the application."""
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.on("request", lambda request: _check_ours(request.url, url))
    yield page
    context.close()


def log_in(page: Page, home: Home, url: str, *, name: str) -> None:
    account = create_account(home, name, role="lead")
    page.goto(url)
    page.get_by_label("User name").fill(account.name)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Overview")).to_be_visible()


def overflow(locator) -> int:
    """Return by how many pixels a document is wider than its screen."""
    return locator.evaluate("page => page.scrollWidth - page.clientWidth")


def _check_ours(address: str, url: str) -> None:
    assert address.startswith((url, "data:", "blob:")), f"a request left the machine: {address}"
