"""The import wizard: preview, correct the roles, upload, import."""

import re
import time

import pytest

from workbench.jobs import list_jobs, read_job
from workbench.workflows import uploads
from workbench.workflows.data import list_data

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

CSV = """talk,gist,desk
A client <b>came</b> to us.,A client.,d1
Another one came.,Another.,d2
,No note.,d3
"""


@pytest.fixture
def lead(app):
    return app.browser("anna")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "notes, of us.csv"
    path.write_text(CSV)
    return path


def token(client):
    return re.search(r'name="form_token" value="([^"]+)"', client.get("/data/import").text)[1]


def preview(client, path, **fields):
    return client.get("/data/import/preview", params={"path": str(path), **fields})


def upload(client, name="notes.csv", content=CSV, form_token=None):
    form_token = token(client) if form_token is None else form_token
    files = {"file": (name, content.encode(), "text/csv")}
    return client.post("/data/import/upload", data={"form_token": form_token}, files=files)


@pytest.mark.parametrize("path", ["/data/import", "/data/import/preview?path=/etc/hostname"])
def test_only_the_lead_imports(app, path):
    assert app.browser("rita").get(path).status_code == 403
    for target in ("/data/import", "/data/import/upload"):
        assert app.browser("rita").post(target).status_code == 403
        assert app.browser().post(target).status_code == 401


def test_columns_that_are_not_recognised_can_be_mapped(lead, file):
    unknown = preview(lead, file).text
    assert 'role="alert"' in unknown
    assert 'name="as.talk"' in unknown
    assert "<h2>Import</h2>" not in unknown
    columns = {"as.talk": "input", "as.gist": "output", "as.desk": "group"}
    mapped = preview(lead, file, **columns, **{f"was.{name[3:]}": "" for name in columns}).text
    assert 'name="mapping" value="input=talk,output=gist,group=desk"' in mapped
    assert "A client &lt;b&gt;came&lt;/b&gt; to us." in mapped
    assert "<b>came" not in mapped
    assert "group d1" in mapped
    assert "1 of the first 3" in mapped


def test_roles_left_as_detected_stay_for_the_importer_to_find(lead, tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("note,summary\nA client came.,A client.\n")
    same = {
        "as.note": "input",
        "was.note": "input",
        "as.summary": "output",
        "was.summary": "output",
    }
    assert 'name="mapping" value=""' in preview(lead, path, **same).text
    swapped = same | {"as.note": "output", "as.summary": "input"}
    assert 'name="mapping" value="output=note,input=summary"' in preview(lead, path, **swapped).text


def test_two_columns_of_one_role_are_joined(lead, file):
    columns = {"as.talk": "input", "as.desk": "input", "as.gist": "output"}
    page = preview(lead, file, **columns).text
    assert "input=talk+desk,output=gist" in page


@pytest.mark.parametrize(
    ("path", "says"),
    [("notes.csv", "is not a full path"), ("/nowhere/notes.csv", "/nowhere/notes.csv")],
)
def test_a_file_that_is_not_there_is_refused_on_a_page(lead, path, says):
    reply = preview(lead, path)
    assert reply.status_code == 400
    assert says in reply.text
    assert 'role="alert"' in reply.text


def test_an_upload_is_previewed_imported_and_removed(app, lead):
    sent = upload(lead)
    assert sent.status_code == 303
    link = sent.headers["location"]
    upload_id = link.partition("upload=")[2]
    assert "as.talk" in lead.get(link).text
    form = {"upload": upload_id, "mapping": "input=talk,output=gist,group=desk"}
    begun = lead.post("/data/import", data={**form, "form_token": token(lead)})
    assert begun.status_code == 303
    job_id = begun.headers["location"].partition("job=")[2]
    _wait(app, job_id)
    page = lead.get(begun.headers["location"]).text
    assert "The rows are examples now." in page
    assert "2 examples" in page
    assert [s.file_name for s in list_data(app.home).sources] == ["notes.csv"]
    assert lead.get(link).status_code == 404
    assert not list((app.home.root / "uploads").iterdir())


def _wait(app, job_id):
    for _ in range(300):
        if read_job(app.home.jobs, job_id).status != "running":
            return
        time.sleep(0.1)
    raise AssertionError("the job did not end")


def test_a_form_from_elsewhere_uploads_and_imports_nothing(app, lead, file):
    before = len(list_jobs(app.home.jobs))
    lead.get("/data/import")
    assert upload(lead, form_token="x").status_code == 403
    form = {"path": str(file), "form_token": "x"}
    assert lead.post("/data/import", data=form).status_code == 403
    assert len(list_jobs(app.home.jobs)) == before
    assert not list((app.home.root / "uploads").glob("*"))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(lead, monkeypatch):
    from workbench.app import import_routes

    monkeypatch.setattr(import_routes, "UPLOAD_LIMIT_BYTES", -(1 << 20))
    reply = upload(lead)
    assert reply.status_code == 400
    assert f"at most {uploads.UPLOAD_LIMIT_BYTES >> 20} MB" in reply.text


def test_a_body_without_a_length_is_refused(lead):
    def pieces():
        yield b"--x"

    headers = {"content-type": "multipart/form-data; boundary=x"}
    reply = lead.post("/data/import/upload", content=pieces(), headers=headers)
    assert reply.status_code == 400
    assert "at most" in reply.text


def test_an_empty_choice_leads_back_to_the_form(lead):
    reply = lead.post("/data/import/upload", data={"form_token": token(lead)})
    assert (reply.status_code, reply.headers["location"]) == (303, "/data/import")
