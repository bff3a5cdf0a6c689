"""The page on which a lead fixes a row: what it shows, keeps, refuses and records."""

import re

import pytest

from workbench.demo import write_consultations
from workbench.workflows.curate import curate
from workbench.workflows.explain_row import explain_row
from workbench.workflows.finding_samples import sample_finding
from workbench.workflows.fix_row import fix_row, open_row
from workbench.workflows.import_files import import_files

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

EMAIL = "personal_data.email"


@pytest.fixture(scope="module")
def row_ids(app):
    """Return rows of a curated version, one for each test that changes one."""
    notes = write_consultations(app.home.root / "input", count=150)
    import_files(app.home, [notes], mapping="input=note,output=summary,group=writer")
    curate(app.home)
    return iter([row.row_id for row in sample_finding(app.home, "latest", EMAIL).rows])


@pytest.fixture
def row(app, row_ids):
    return open_row(app.home, next(row_ids))


@pytest.fixture
def lead(app, row_ids):
    return app.browser("anna")


def save(client, row, **changed):
    page = client.get(f"/data/row/{row.row_id}/fix").text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    return client.post(f"/data/row/{row.row_id}/fix", data={**hidden, **row.texts, **changed})


def test_the_texts_come_as_they_are_kept_and_go_in_with_who_and_why(app, lead, row):
    page = lead.get(f"/data/row/{row.row_id}/fix").text
    address = re.search(r"[\w.]+@[\w.]+\w", row.texts["input"])[0]
    assert address in page
    output = row.texts["output"].replace("\n", "\r\n") + "\r\n<b>More</b>"
    reply = save(lead, row, output=output, reason=" It was short. ")
    assert (reply.status_code, reply.headers["location"]) == (303, f"/data/row/{row.row_id}#fixes")
    assert open_row(app.home, row.row_id).texts == {
        "input": row.texts["input"],
        "output": row.texts["output"] + "\n<b>More</b>",
    }
    (fix,) = explain_row(app.home, row.row_id).fixes
    assert (fix.author, fix.reason) == ("anna", "It was short.")
    page = lead.get(f"/data/row/{row.row_id}").text
    assert "“It was short.”" in page
    assert "The next curation</a> obeys" in page
    assert address not in page
    assert "<b>More</b>" not in lead.get(f"/data/row/{row.row_id}/fix").text


def test_whoever_comes_second_sees_both_texts_and_may_still_save(app, lead, row):
    fix_row(app.home, row.row_id, {"output": "By Otto."}, author="otto")
    late = save(lead, row, opened=row.digest, output="By Anna.", reason="Mine.")
    assert late.status_code == 409
    assert "changed by somebody else since you opened it" in late.text
    assert "<del>Otto</del><ins>Anna</ins>" in late.text
    assert ">\nBy Anna.</textarea>" in late.text
    assert 'value="Mine."' in late.text
    assert open_row(app.home, row.row_id).texts["output"] == "By Otto."
    assert save(lead, row, output="By Anna.").status_code == 303
    assert open_row(app.home, row.row_id).texts["output"] == "By Anna."


def test_what_cannot_stand_is_said_beside_what_was_written(app, lead, row):
    reply = save(lead, row, output=" ", input="Another note.")
    assert reply.status_code == 400
    assert "is empty" in reply.text
    assert ">\nAnother note.</textarea>" in reply.text
    assert "says that already" in save(lead, row).text
    assert open_row(app.home, row.row_id) == row


def test_a_text_that_begins_with_a_line_end_keeps_it_on_the_page(app, lead, row):
    fix_row(app.home, row.row_id, {"output": "\nTwo\n"}, author="otto")
    assert ">\n\nTwo\n</textarea>" in lead.get(f"/data/row/{row.row_id}/fix").text


def test_only_a_lead_with_our_form_fixes_a_row(app, lead, row):
    path = f"/data/row/{row.row_id}/fix"
    assert app.browser().get(path).status_code == 401
    assert app.browser("rita").get(path).status_code == 403
    assert app.browser("rita").post(path, data=row.texts).status_code == 403
    assert save(lead, row, output="By whom?", form_token="another").status_code == 403
    assert open_row(app.home, row.row_id) == row
    assert lead.get("/data/row/zzzz/fix").status_code == 404


def test_a_finding_is_accepted_for_all_rows(lead):
    finding = "/data/finding/personal_data.phone"
    page = lead.get(finding).text
    token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
    assert "Accept for all rows" in page
    form = {"said": "accept", "rule": "personal_data.phone", "row": "", "form_token": token}
    assert lead.post("/data/rulings", data=form).status_code == 303
    page = lead.get(finding).text
    assert "Accept for all rows" not in page
    assert "Undo the rule for all rows" in page
    assert "accepted for all rows" in lead.get("/data").text
