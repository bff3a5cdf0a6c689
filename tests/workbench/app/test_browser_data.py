"""A lead at the data pages in a real browser: import, look, undo, restore, and what is too wide."""

import os
import re

import pytest
from playwright.sync_api import Page, expect

from tests.workbench.app.browser import overflow
from workbench.demo import write_consultations
from workbench.home import Home
from workbench.workflows.app_server import start_app
from workbench.workflows.curate import curate
from workbench.workflows.gate_overview import gate_overview
from workbench.workflows.import_files import import_files
from workbench.workflows.init_home import init_home
from workbench.workflows.stop import stop_all

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    root = tmp_path_factory.mktemp("browser_data") / "home"
    init_home(root, template="demo", base_model="demo")
    home = Home(root)
    notes = write_consultations(root / "input", count=150)
    import_files(home, [notes], mapping="input=note,output=summary,group=writer")
    curate(home)
    yield home
    stop_all(home)


@pytest.fixture(scope="module")
def url(home):
    return start_app(home, port=0).url


@pytest.fixture
def page(page):
    page.get_by_role("link", name="Data", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Data")
    return page


def check_fits(page: Page) -> None:
    assert overflow(page.locator("html")) <= 0, f"{page.url} is too wide"
    assert page.get_by_role("heading", level=1).count() == 1
    expect(page.locator("header .wb-link[aria-current]")).to_have_text("Data")


def test_a_finding_is_opened_undone_for_a_row_and_restored(page):
    check_fits(page)
    page.get_by_role("link", name="personal data · email").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("personal data · email")
    expect(page.locator("article.finding")).to_have_count(10)
    check_fits(page)
    # a row that a later rule left out has no text to compare with
    kept = page.locator("article.finding").filter(has_not=page.locator(".tag.drop"))
    first = kept.first
    assert "@" not in first.inner_text()
    first.get_by_role("link", name="Show the original").click()
    expect(first.locator(".words del").first).to_contain_text("@")
    check_fits(page)
    first.get_by_role("link", name="Hide the original").click()
    row = first.locator("h2 code").inner_text()
    first.get_by_label("Reason").fill("A public address.")
    first.get_by_role("button", name=f"Undo for row {row}").click()
    expect(first).to_contain_text(
        "Undone for this row: “A public address.” The next curation obeys"
    )
    assert page.url.endswith(f"#row-{row}")
    accept = page.get_by_role("button", name=re.compile("^Accept for row"))
    n_left = accept.count()
    accept.last.click()
    expect(accept).to_have_count(n_left - 1)
    page.get_by_role("link", name=re.compile("^Gate of")).click()
    expect(page.get_by_role("region", name="Rulings")).to_contain_text(row)
    check_fits(page)
    page.get_by_role("button", name=f"Restore personal_data.email for row {row}").click()
    expect(page.locator("main")).to_contain_text("Nothing is undone.")


def test_a_rule_is_undone_for_all_rows_with_the_keyboard_after_a_question(page):
    page.get_by_role("link", name="duplicates · exact").click()
    page.get_by_role("link", name=re.compile("Undo the rule for all rows")).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("for all rows?")
    check_fits(page)
    page.get_by_label("Reason").fill("They are two clients.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("Undone for all rows: “They are two clients.”")
    page.get_by_role("button", name="Restore duplicates.exact for all rows").click()
    expect(page.locator(".notice")).to_have_count(0)


def test_a_row_is_fixed_on_its_page_and_the_next_version_has_it(page, url, home):
    said = f"Nobody called at {page.viewport_size['width']}."
    page.get_by_role("link", name="personal data · email").click()
    kept = page.locator("article.finding").filter(has_not=page.locator(".tag.drop"))
    row = kept.nth(page.viewport_size["width"] % 3).locator("h2 code").inner_text()
    page.goto(f"{url}/data/row/{row}")
    page.get_by_role("link", name="Fix by hand").click()
    expect(page.get_by_role("textbox", name="input")).to_have_value(re.compile("@"))
    check_fits(page)
    summary = page.get_by_role("textbox", name="output")
    summary.fill(f"{summary.input_value()}\n{said}")
    page.get_by_label("Reason").fill("A line was missing.")
    page.get_by_role("button", name="Save the fix").click()
    expect(page.locator("#fixes")).to_contain_text("“A line was missing.”")
    expect(page.locator("#fixes .notice")).to_contain_text("The next curation obeys")
    check_fits(page)
    curate(home)
    page.goto(f"{url}/data/row/{row}")
    expect(page.get_by_role("group", name="output")).to_contain_text(said)
    expect(page.get_by_role("link", name="manual · fixed")).to_be_visible()
    expect(page.locator("#fixes .notice")).to_have_count(0)
    page.get_by_role("button", name=f"Undo manual.fixed for row {row}").click()
    expect(page.locator("#fixes")).to_contain_text("undone")
    curate(home)
    page.goto(f"{url}/data/row/{row}")
    expect(page.get_by_role("group", name="output")).not_to_contain_text(said)


def test_plots_and_a_row_fit_the_screen(page, url, home):
    page.get_by_role("link", name="Distributions").click()
    expect(page.locator("svg.histogram").first).to_be_visible()
    check_fits(page)
    page.goto(f"{url}/data")
    page.get_by_label("Id or place").fill("consultations.jsonl:1")
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Row")
    check_fits(page)


def test_tokens_are_shown_with_what_is_trained(page):
    page.get_by_role("link", name="Inspect").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_have_text(
        "What the model will see", timeout=60_000
    )
    expect(frame.locator(".t.on").first).to_be_visible()
    check_fits(page)
    page.get_by_role("textbox", name="Row").fill("zz")
    page.get_by_role("button", name="Inspect").click()
    expect(frame.get_by_role("alert")).to_be_visible(timeout=60_000)


def test_a_file_is_uploaded_mapped_imported_and_curated(page, url, home, tmp_path):
    file = tmp_path / f"talks {page.viewport_size['width']}.csv"
    width = page.viewport_size["width"]
    rows = [f"Talk {n} of a client in {width}.,Gist {n}." for n in range(9)]
    file.write_text("\n".join(["talk,gist", *rows]))
    page.get_by_role("link", name="Import").click()
    check_fits(page)
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Upload and preview").click()
    page.get_by_label("Role of talk").select_option("input")
    page.get_by_label("Role of gist").select_option("output")
    page.get_by_role("button", name="Preview again").click()
    expect(page.get_by_role("group", name="input").first).to_contain_text("Talk 0 of a client")
    check_fits(page)
    page.get_by_role("button", name="Import", exact=True).click()
    status = page.get_by_role("status")
    expect(status).to_contain_text("Import")
    reload_until(page, "done")
    expect(status).to_contain_text("The rows are examples now.")
    check_fits(page)
    before = gate_overview(home).n_looked_at
    page.get_by_role("link", name="Curate").click()
    page.get_by_role("button", name="Curate again").click()
    page.goto(f"{url}/data")
    reload_until(page, "done")
    assert gate_overview(home).n_looked_at == before + 9


def reload_until(page: Page, status: str) -> None:
    """Wait for a job as a person would: the page shows how it stands each time it is loaded."""
    for _ in range(60):
        if page.get_by_role("status").locator(f".tag.{status}").count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"no job is {status} on {page.url}")
