"""Argilla's own pages in a real browser, as one annotator uses them.

Every step waits for what it causes: the answer of the server, then what the page shows of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    Route,
    ViewportSize,
    expect,
)

_PATIENCE_MS = 15_000
_NO_RECORDS = re.compile("You(r)? have no(t submitted any| .* records)")
OUTSIDE = "https://outside.invalid"
# what our content policy refuses: the fonts of Argilla's style sheet, what records name elsewhere
_REFUSED = ("https://fonts.googleapis.com/", OUTSIDE)
# where the words stand on the screen: left, right and middle of their line, in pixels
_PLACE_OF_WORDS = """(field, words) => {
    const texts = document.createTreeWalker(field, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const start = texts.currentNode.data.indexOf(words);
        if (start < 0) continue;
        const range = document.createRange();
        range.setStart(texts.currentNode, start);
        range.setEnd(texts.currentNode, start + words.length);
        const box = range.getBoundingClientRect();
        return [box.left, box.right, (box.top + box.bottom) / 2];
    }
}"""


@dataclass
class Trouble:
    """What went wrong while pages were open.

    Attributes:
        failures: Requests that the server refused, and errors of the pages.
        left_the_machine: Addresses elsewhere that were asked; the test stops the request.
    """

    failures: list[str] = field(default_factory=list)
    left_the_machine: list[str] = field(default_factory=list)


@contextmanager
def open_argilla_pages(
    chromium: Browser, url: str, *, width: int = 1280, height: int = 800
) -> Iterator[tuple[ArgillaPages, Trouble]]:
    """Give pages of a new visitor, and what goes wrong on them."""
    trouble = Trouble()
    context = chromium.new_context(viewport=ViewportSize(width=width, height=height))
    context.set_default_timeout(_PATIENCE_MS)

    def stop(route: Route) -> None:
        trouble.left_the_machine.append(route.request.url)
        route.abort()

    context.route(lambda address: not address.startswith((url, "data:", "blob:")), stop)
    page = context.new_page()
    page.on("response", lambda answer: _note_refusal(answer, trouble))
    page.on("pageerror", lambda error: trouble.failures.append(str(error)))
    page.on("console", lambda message: _note_error(message, trouble))
    page.on("requestfailed", lambda request: _note_failure(request, url, trouble))
    yield ArgillaPages(page, url), trouble
    context.close()


@dataclass(frozen=True)
class Found:
    """What a search answered: external ids in the order shown, and how many there are in all."""

    ids: list[str]
    total: int


class ArgillaPages:
    """One annotator's pages."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url
        self.form = page.get_by_role("form", name="Annotation Questions")
        self._menu = page.locator(".dropdown__content:visible")

    def sign_in(self, name: str, password: str) -> None:
        self.page.goto(self._url)
        self.page.get_by_role("textbox", name="Username").fill(name)
        self.page.get_by_role("textbox", name="Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Your datasets")).to_be_visible()

    def open_dataset(self, name: str) -> Found:
        """Go home, and from there to a dataset."""
        self.page.goto(self._url)
        return self._found(self.page.get_by_role("heading", name=name, exact=True).click)

    def search(self, words: str) -> Found:
        box = self.page.get_by_placeholder("Introduce a query")
        if not box.is_visible():
            self.page.get_by_role("button", name="Search", exact=True).click()
        box.fill(words)
        return self._found(lambda: box.press("Enter"))

    def reload(self) -> Found:
        """Load the page anew; what is searched for stays.

        Where a search finds first what is on the page already, Argilla's page takes no marks.
        """
        return self._found(self.page.reload)

    def show_status(self, status: str) -> Found:
        """Show what I have not answered, or what I answered so."""
        self.page.get_by_role("button", name=re.compile("Status")).first.click()
        return self._found(self.page.locator(f"li.option.{status}").click)

    def filter_by(self, *path: str) -> Found:
        """Filter as one goes through the menus: `Metadata`, a property, a value, for example."""
        *menus, value = path
        self._open_menus(*menus)
        return self._found(self._menu.get_by_text(value, exact=True).click)

    def filter_from(self, least: float, *path: str) -> Found:
        """Filter by the least number of a range, such as a suggestion's score."""
        self._open_menus(*path)
        box = self.page.get_by_role("spinbutton").first
        box.fill(str(least))
        return self._found(lambda: box.press("Tab"))

    def reset_filters(self) -> Found:
        found = self._found(self.page.get_by_role("button", name="Reset", exact=True).click)
        # the menus are drawn anew then, which closes one that is opened too early
        expect(self.page.locator(".filter-button-width-badges__badge")).to_have_count(0)
        return found

    def sort_by(self, name: str) -> Found:
        """Sort, the least first."""
        self.page.get_by_role("button", name="Sort", exact=True).first.click()
        return self._found(self.page.get_by_role("button", name=name, exact=True).first.click)

    def turn_order(self) -> Found:
        return self._found(self.page.get_by_title("sort direction").click)

    def find_similar(self) -> Found:
        return self._found(self.page.get_by_role("button", name="Find similar").click)

    def find_least_similar(self) -> Found:
        self.page.get_by_role("button", name="most", exact=True).click()
        return self._found(self.page.get_by_text("least", exact=True).click)

    def question(self, title: str) -> Locator:
        return self.form.locator(".wrapper").filter(has_text=title)

    def choose(self, title: str, option: str) -> None:
        """Choose a label or a rating."""
        label = self.question(title).get_by_text(option, exact=True)
        label.click()

    def write(self, title: str, text: str, *, keys: str = "Control+A") -> None:
        """Write into a question; where or in place of what, its keys say."""
        box = self.question(title).get_by_role("textbox")
        box.click()
        self.page.keyboard.press(keys)
        for number, line in enumerate(text.split("\n")):
            if number:
                self.page.keyboard.press("Enter")
            self.page.keyboard.type(line)
        self.page.keyboard.press("Escape")

    def mark(self, words: str, *, title: str, label: str) -> None:
        """Mark words of the field that a question is about by drawing the mouse over them."""
        question = self.question(title)
        more = question.get_by_role("button", name=re.compile(r"^\+\d+$"))
        if more.count():
            more.click()
        self.choose(title, label)
        shown = self.page.locator(".span-annotation__field--active")
        left, right, middle = shown.evaluate(_PLACE_OF_WORDS, words)
        self.page.mouse.move(left + 1, middle)
        expect(self.page.locator(".custom-cursor")).to_be_visible()
        self.page.mouse.down()
        self.page.mouse.move((left + right) / 2, middle)
        self.page.mouse.move(right - 1, middle)
        self.page.mouse.up()
        expect(self.page.locator(".span-entity__text", has_text=label)).to_be_visible()

    def submit(self) -> dict[str, Any]:
        """Submit the answer to the only record found; return what was stored."""
        return self._leave("Submit")

    def discard(self) -> dict[str, Any]:
        """Discard the only record found; return what was stored."""
        return self._leave("Discard")

    def save_draft(self) -> dict[str, Any]:
        """Save what is written so far, and stay at the record; return what was stored."""
        with self.page.expect_response(_stores_answer) as stored:
            self._press("Save as draft")
        return _body(stored.value)

    def _leave(self, button: str) -> dict[str, Any]:
        # the page looks for further records then: whoever searches next must not get that answer
        with (
            self.page.expect_response(_is_search),
            self.page.expect_response(_stores_answer) as stored,
        ):
            self._press(button)
        expect(self.page.get_by_text(_NO_RECORDS)).to_be_visible()
        return _body(stored.value)

    def _press(self, button: str) -> None:
        self.form.get_by_role("button", name=re.compile(button)).click()

    def _open_menus(self, menu: str, *below: str) -> None:
        opened = self.page.get_by_role("button", name=re.compile(f"^{menu}"))
        if not opened.count():
            self.page.get_by_role("button", name="Filters").click()
        opened.first.click()
        for name in below:
            self._menu.get_by_text(name, exact=True).click()

    def _found(self, act: Callable[[], object]) -> Found:
        with self.page.expect_response(_is_search) as answered:
            act()
        body = _body(answered.value)
        found = Found([item["record"]["external_id"] for item in body["items"]], body["total"])
        shown = self.page.get_by_text(f"1 of {found.total}", exact=True)
        expect(shown if found.total else self.page.get_by_text(_NO_RECORDS)).to_be_visible()
        return found


def _body(answer: Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    return body


def _is_search(answer: Response) -> bool:
    return "/records/search?" in answer.url and answer.request.method == "POST"


def _stores_answer(answer: Response) -> bool:
    return "/responses" in answer.url and answer.request.method in ("POST", "PUT")


def _note_refusal(answer: Response, trouble: Trouble) -> None:
    if answer.status >= 400:
        trouble.failures.append(f"{answer.status} for {answer.request.method} {answer.url}")


def _note_failure(request: Request, url: str, trouble: Trouble) -> None:
    # a page that is left gives up what it was waiting for
    if request.url.startswith(url) and request.failure != "net::ERR_ABORTED":
        trouble.failures.append(f"{request.failure} for {request.url}")


def _note_error(message: ConsoleMessage, trouble: Trouble) -> None:
    is_refused = "Content Security Policy" in message.text and any(
        address in message.text for address in _REFUSED
    )
    if message.type == "error" and not is_refused:
        trouble.failures.append(message.text)
