"""The data pages as a browser gets them: what they show, what they refuse, what they change."""

import html
import json
import re
import time

import pytest

from workbench.demo import write_consultations
from workbench.jobs import list_jobs
from workbench.store import open_store, rulings_in_force
from workbench.workflows.curate import curate
from workbench.workflows.finding_samples import sample_finding
from workbench.workflows.gate_overview import gate_overview
from workbench.workflows.import_files import import_files
from workbench.workflows.row_texts import imported_texts

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

FINDING = "/data/finding/personal_data.email"
PAGE = {"Accept": "text/html"}
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def data(app):
    """Return the application with a curated version; one note and one file name hold markup."""
    notes = write_consultations(app.home.root / "input", count=150)
    named = notes.with_name("<b>notes.jsonl")
    lines = [json.loads(line) for line in notes.read_text().splitlines() if _is_json(line)]
    for line in lines:
        line["note"] = f"{line.get('note')} {SCRIPT}"
    named.write_text("".join(json.dumps(line) + "\n" for line in lines))
    import_files(app.home, [named], mapping="input=note,output=summary,group=writer")
    curate(app.home)
    return app


def _is_json(line):
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


@pytest.fixture
def lead(data):
    return data.browser("anna")


@pytest.fixture
def email(data):
    version = gate_overview(data.home).version.digest
    return sample_finding(data.home, version, "personal_data.email")


def form_token(client):
    return re.search(r'name="form_token" value="([^"]+)"', client.get("/data").text)[1]


def say(client, said, *, rule="personal_data.email", row="", token=None, **fields):
    token = form_token(client) if token is None else token
    form = {"said": said, "rule": rule, "row": row, "form_token": token, **fields}
    return client.post("/data/rulings", data=form)


@pytest.mark.parametrize(
    "path",
    ["/data", "/data/distributions", FINDING, "/data/row/0", "/data/inspect"],
)
def test_only_the_lead_sees_the_data(data, path):
    assert data.browser().get(path).status_code == 401
    assert data.browser("rita").get(path).status_code == 403


@pytest.mark.parametrize("path", ["/data/rulings", "/data/curate"])
def test_only_the_lead_changes_anything(data, path):
    assert data.browser().post(path).status_code == 401
    assert data.browser("rita").post(path).status_code == 403


def test_the_gate_lists_every_finding_with_its_count_and_a_link(data, lead):
    page = lead.get("/data").text
    gate = gate_overview(data.home)
    for found in gate.findings:
        link = f"/data/finding/{found.rule}?version={gate.version.digest}"
        assert link in page
        assert lead.get(link).status_code == 200
    assert "workbench curate --home" in page


def test_a_finding_shows_reasons_and_published_texts_but_no_original(data, lead, email):
    page = lead.get(f"{FINDING}?version={email.version}").text
    for row in email.rows:
        assert row.row_id in page
        assert row.said[0].reason in page
    addresses = re.findall(r"[\w.]+@[\w.]+", page)
    assert addresses == []


def test_the_original_of_one_row_is_shown_when_asked_with_its_changes_marked(data, lead, email):
    row = next(row for row in email.rows if row.published)
    address = re.search(r"[\w.]+@[\w.]+\w", imported_texts(data.home, row.row_id)["input"])[0]
    shown = lead.get(f"{FINDING}?version={email.version}&original={row.row_id}")
    assert f"<del>{address}</del><ins>[EMAIL]</ins>" in shown.text
    story = lead.get(f"/data/row/{row.row_id}?original=yes").text
    assert f"<del>{address}</del>" in story
    assert address not in lead.get(f"/data/row/{row.row_id}").text


def test_each_edit_is_shown_before_and_after_with_the_original_only(data, lead, email):
    row = email.rows[0]
    change = row.edits[0].changes[0]
    marked = f"<del>{change.before}</del><ins>[EMAIL]</ins>{html.escape(change.trail)}"
    assert marked in lead.get(f"/data/row/{row.row_id}?original=yes").text
    page = lead.get(f"/data/row/{row.row_id}").text
    assert change.before not in page
    assert "Show before and after" in page


def test_text_of_the_data_stays_text(lead, email):
    for path in ("/data", "/data/distributions", f"/data/row/{email.rows[0].row_id}?original=yes"):
        page = lead.get(path).text
        assert SCRIPT not in page
        assert "<b>notes" not in page
    assert "&lt;script&gt;" in lead.get(f"/data/row/{email.rows[0].row_id}?original=yes").text


def test_another_sample_holds_other_rows(lead, email):
    ids = re.compile(r'id="row-(\w+)"')
    first, second = (
        ids.findall(lead.get(f"{FINDING}?version={email.version}&seed={n}").text) for n in (0, 1)
    )
    assert len(first) == len(second) == 10
    assert set(first) != set(second)


def test_a_row_is_undone_and_restored_from_its_page(data, lead, email):
    row = email.rows[0].row_id
    back = f"{FINDING}?version={email.version}&seed=0"
    reply = say(lead, "undo", row=row, reason=" A public <address>. ", back=f"{back}#row-{row}")
    assert (reply.status_code, reply.headers["location"]) == (303, f"{back}#row-{row}")
    page = lead.get(back).text
    assert "Undone for this row: “A public &lt;address&gt;.” The next curation obeys." in page
    assert rulings(data).by_row == {row: {"personal_data.email"}}
    gate = lead.get("/data").text
    assert "A public &lt;address&gt;." in gate
    assert "The next curation obeys." in gate
    say(lead, "restore", row=row)
    assert not rulings(data).by_row


def test_to_accept_is_noted_and_changes_nothing(data, lead, email):
    row = email.rows[1].row_id
    assert say(lead, "accept", row=row).status_code == 303
    assert "1 accepted" in lead.get("/data").text
    assert not rulings(data).by_row


def test_a_rule_is_undone_for_all_rows_only_after_a_page_that_says_what_that_means(data, lead):
    link = f"{FINDING}/undo?version={gate_overview(data.home).version.digest}"
    page = lead.get(link).text
    assert "for all rows?" in page
    assert not rulings(data).everywhere
    say(lead, "undo", reason="No e-mail is private here.")
    assert rulings(data).everywhere == {"personal_data.email"}
    assert "undone for all rows" in lead.get("/data").text
    say(lead, "restore")
    assert not rulings(data).everywhere


def rulings(data):
    with open_store(data.home) as store:
        return rulings_in_force(store.rulings())


@pytest.mark.parametrize("token", ["", "another browser's"])
def test_a_form_from_elsewhere_changes_nothing(data, lead, email, token):
    before = rulings(data)
    form_token(lead)
    assert say(lead, "undo", row=email.rows[2].row_id, token=token).status_code == 403
    assert lead.post("/data/curate", data={"form_token": token}).status_code == 403
    assert rulings(data) == before
    assert list_jobs(data.home.jobs) == []


@pytest.mark.parametrize(
    "back", ["https://example.com", "//example.com", "/database", "/data?x\r\nSet-Cookie: a=b", ""]
)
def test_a_form_leads_back_to_our_own_pages_alone(lead, email, back):
    reply = say(lead, "accept", row=email.rows[1].row_id, back=back)
    assert (reply.status_code, reply.headers["location"]) == (303, "/data")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/data/row/zzzz", "There is no row"),
        ("/data/row?row=%3Cb%3E", "There is no row &#39;&lt;b&gt;&#39;"),
        ("/data/finding/personal_data.nothing", "said nothing on the way"),
        ("/data/finding/personal_data.email?version=zz", "There is no version"),
        ("/data?version=zz", "There is no version"),
    ],
)
def test_what_is_not_there_is_said_on_a_page(lead, path, says):
    reply = lead.get(path, headers=PAGE)
    assert reply.status_code == 404
    assert says in reply.text
    assert 'role="alert"' in reply.text


def test_a_row_is_found_by_its_place(lead, email):
    place = email.rows[0].places[0].replace(", line ", ":")
    reply = lead.get("/data/row", params={"row": f" {place} "})
    assert reply.headers["location"] == f"/data/row/{email.rows[0].row_id}"


def test_a_duplicate_links_to_the_row_that_was_kept(data, lead):
    version = gate_overview(data.home).version.digest
    row = sample_finding(data.home, version, "duplicates.exact").rows[0]
    page = lead.get(f"/data/finding/duplicates.exact?version={version}").text
    assert f'href="/data/row/{row.said[0].evidence["keeper"]}"' in page
    assert "left out" in page


def test_distributions_say_their_numbers(data, lead):
    page = lead.get("/data/distributions").text
    assert page.count("<svg") >= 4
    assert "Words of the input" in page
    assert "&lt;b&gt;notes.jsonl" in page


def test_the_inspector_shows_tokens_in_a_frame_of_its_own(data, lead):
    version = gate_overview(data.home).version.digest
    shown = lead.get("/data/inspect", params={"split": "test"}).text
    address = f"/data/inspect/page?version={version}&split=test&row="
    assert f'src="{address.replace("&", "&amp;")}"' in shown
    page = lead.get(address)
    assert "What the model will see" in page.text
    assert 'class="t on"' in page.text
    assert SCRIPT not in page.text
    assert "frame-ancestors 'self'; sandbox" in page.headers["content-security-policy"]


def test_what_cannot_be_inspected_is_said_in_the_frame(data, lead):
    page = lead.get("/data/inspect/page", params={"version": "latest", "row": "zz"})
    assert 'role="alert"' in page.text
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]


def test_curate_again_starts_a_job(data, lead):
    reply = lead.post("/data/curate", data={"form_token": form_token(lead)})
    assert (reply.status_code, reply.headers["location"]) == (303, "/data#curate")
    (job,) = list_jobs(data.home.jobs)
    assert job.arguments[0] == "curate"
    assert "Last curation from here" in lead.get("/data").text
    for _ in range(300):
        if list_jobs(data.home.jobs)[0].status != "running":
            break
        time.sleep(0.1)
    assert list_jobs(data.home.jobs)[0].status == "done"
