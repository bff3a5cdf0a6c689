import pytest

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

DENIED = (
    "proxy=http://example.org/",
    "file=/etc/passwd",
    "file/etc/passwd",
    "upload_progress?upload_id=1",
    "run-history/records",
    "runs",
    "monitoring",
    "monitoring/summary",
    "deep_link?session_hash=x",
    "custom_component/1/client/component/index.js",
    "openapi.json",
    "vibe-code/",
    "profiling/summary",
    "token",
)


@pytest.mark.parametrize("route", DENIED)
@pytest.mark.parametrize("page", ["compare", "chat", "jobs"])
def test_routes_that_no_page_uses_are_closed_to_everybody(app, page, route):
    client = app.browser("anna")
    assert client.get(f"/{page}/gradio_api/{route}").status_code == 404
    assert client.get(f"/{page}/{route}").status_code == 404


@pytest.mark.parametrize("route", ["upload", "component_server", "process_recording", "vibe-edit"])
def test_uploads_and_the_like_are_closed(app, route):
    assert app.browser("anna").post(f"/chat/gradio_api/{route}", json={}).status_code == 404


def test_a_session_belongs_to_the_person_who_began_it(app):
    rita, otto = app.browser("rita"), app.browser("otto")
    join = {"data": [], "fn_index": 0, "session_hash": "session-of-rita"}
    assert rita.post("/compare/gradio_api/run/predict", json=join).status_code == 200
    refused = [
        otto.post("/compare/gradio_api/run/predict", json=join),
        otto.post("/compare/gradio_api/queue/join", json=join),
        otto.post("/compare/gradio_api/cancel", json={**join, "event_id": "1"}),
        otto.post("/compare/gradio_api/reset", json={**join, "event_id": "1"}),
        otto.get("/compare/gradio_api/queue/data?session_hash=session-of-rita"),
        otto.get("/compare/gradio_api/heartbeat/session-of-rita"),
    ]
    assert [reply.status_code for reply in refused] == [404] * len(refused)


def test_a_long_request_does_not_slip_past_the_owner_of_a_session(app):
    rita, otto = app.browser("rita"), app.browser("otto")
    join = {"data": [], "fn_index": 0, "session_hash": "session-of-rita-2"}
    assert rita.post("/compare/gradio_api/run/predict", json=join).status_code == 200
    padded = {**join, "padding": "x" * 2_000_000}
    assert otto.post("/compare/gradio_api/run/predict", json=padded).status_code == 413


def test_an_error_in_a_handler_tells_nothing_of_its_cause(app, monkeypatch):
    call = {"data": ["no-such-assignment"], "fn_index": 2, "session_hash": "session-errors"}
    reply = app.browser("rita").post("/compare/gradio_api/run/predict", json=call)
    assert "There is no such comparison." in reply.text  # in our words, where the rater looks
    assert "no-such-assignment" not in reply.text

    def fail(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("workbench.app.pages.compare.reveal", fail)
    reply = app.browser("rita").post("/compare/gradio_api/run/predict", json=call)
    assert reply.status_code >= 400
    assert "hunter2" not in reply.text
    assert "Traceback" not in reply.text
