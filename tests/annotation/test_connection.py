"""What a server is found to be, on real HTTP servers that answer as one, or as another program."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from annotation.client import ArgillaClient
from annotation.connection import is_loopback
from annotation.standing import KEY_VARIABLE, Standing, find_key_problem
from tests.workbench.cli.test_main import workbench
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.processes import free_port
from workbench.workflows.annotate_server import annotation_status, open_argilla
from workbench.workflows.init_home import init_home

KEY = "key-0123456789"
VERSION = {"version": "2.8.0"}
# by path: status, kind and body; other paths get a page of HTML
ANSWERS: dict[str, dict[str, tuple[int, object]]] = {
    "owner": {"me": (200, {"role": "owner"}), "version": (200, VERSION)},
    "annotator": {"me": (200, {"role": "annotator"}), "version": (200, VERSION)},
    "refusing": {"me": (401, {"detail": "no"}), "version": (200, VERSION)},
    "guarded": {"me": (401, "<html>log in"), "version": (401, "<html>log in")},
    "other": {},
    "any path": {"me": (200, "<html>hello"), "version": (200, "<html>hello")},
    "other json": {"me": (200, {"name": "x"}), "version": (200, {"name": "x"})},
    "moved": {"me": (301, ""), "version": (301, "")},
    "broken": {"me": (503, "<html>sorry"), "version": (503, "<html>sorry")},
}


@contextmanager
def _serve(answers: dict[str, tuple[int, object]]) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/api/v1/")
            status, content = answers.get(name, (404, "<html>secret page"))
            is_page = isinstance(content, str)
            body = (content if is_page else json.dumps(content)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if is_page else "application/json")
            self.send_header("Content-Length", str(len(body)))
            if status == 301:
                self.send_header("Location", "https://labels.firm.test/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("answers", "standing", "words"),
    [
        ("owner", Standing.OK, ""),
        ("annotator", Standing.NOT_OWNER, "role is annotator"),
        ("refusing", Standing.KEY_REFUSED, "does not know the key (401)"),
        ("guarded", Standing.NOT_ARGILLA, "not Argilla (401 with text/html)"),
        ("other", Standing.NOT_ARGILLA, "not Argilla (404 with text/html)"),
        ("any path", Standing.NOT_ARGILLA, "not Argilla (200 with text/html)"),
        ("other json", Standing.NOT_ARGILLA, "not Argilla (200 with application/json)"),
        ("moved", Standing.NOT_ARGILLA, "it leads to https://labels.firm.test/"),
        ("broken", Standing.FAILED, "failed (503 for GET me)"),
    ],
)
def test_each_trouble_has_its_own_message(answers: str, standing: Standing, words: str) -> None:
    with _serve(ANSWERS[answers]) as url, ArgillaClient(url, KEY, embedded=False) as client:
        found = client.probe(timeout_seconds=5)
    assert found.standing is standing
    assert words in found.problem
    assert bool(found.remedy) == (not found.ok)
    assert "annotate start" not in found.remedy  # it is not ours to start
    assert KEY not in found.problem + found.remedy


def test_a_page_of_another_program_is_not_shown_as_an_error() -> None:
    with (
        _serve(ANSWERS["other"]) as url,
        ArgillaClient(url, KEY, embedded=False) as client,
        pytest.raises(AnnotationError, match="is not Argilla") as caught,
    ):
        client.users()
    assert "secret page" not in str(caught.value)


@pytest.fixture
def guest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A project that is pointed at an existing server, with a key."""
    home = Home(tmp_path / "home")
    init_home(home.root, template="chat", base_model="demo")
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    return home


def _point_at(home: Home, url: str) -> None:
    home.settings_file.write_text(f'project = "guest"\n[argilla]\nurl = {json.dumps(url)}\n')


def test_a_server_that_is_down_is_not_said_to_be_ours_to_start(guest: Home) -> None:
    _point_at(guest, f"http://127.0.0.1:{free_port()}")
    found = annotation_status(guest)
    assert (found.running, found.standing) == (False, Standing.UNREACHABLE)
    with pytest.raises(AnnotationError, match="does not answer") as caught:
        open_argilla(guest)
    assert "not ours to start" in caught.value.hint


@pytest.mark.parametrize(
    ("answers", "exit_code", "standing"),
    [("owner", 0, "ok"), ("annotator", 1, "not an owner's key"), ("other", 1, "not Argilla")],
)
def test_status_exits_with_1_unless_it_can_be_worked_with(
    guest: Home, answers: str, exit_code: int, standing: str
) -> None:
    with _serve(ANSWERS[answers]) as url:
        _point_at(guest, url)
        done = workbench("annotate", "status", "--home", str(guest.root), "--json")
    assert done.returncode == exit_code
    assert json.loads(done.stdout)["standing"] == standing
    assert "Traceback" not in done.stderr


def test_status_of_a_server_that_does_not_run_exits_with_1(guest: Home) -> None:
    done = workbench("annotate", "status", "--home", str(guest.root))
    assert done.returncode == 1
    assert "workbench annotate start" in done.stdout


def test_the_key_is_stripped(guest: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, f"\t{KEY}\r\n")
    with _serve(ANSWERS["owner"]) as url:
        _point_at(guest, url)
        assert annotation_status(guest).running


@pytest.mark.parametrize(
    ("key", "standing"),
    [("  ", Standing.NO_KEY), ("clé-1", Standing.MALFORMED_KEY), ("a\nb", Standing.MALFORMED_KEY)],
)
def test_a_key_that_cannot_be_one_is_told_and_never_shown(
    guest: Home, monkeypatch: pytest.MonkeyPatch, key: str, standing: Standing
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, key)
    _point_at(guest, "http://127.0.0.1:9")
    found = annotation_status(guest)
    assert found.standing is standing
    assert KEY_VARIABLE in found.remedy
    with pytest.raises(AnnotationError) as caught:
        open_argilla(guest)
    assert str(caught.value) == f"{found.problem} {found.remedy}"
    assert key.strip() not in found.problem or not key.strip()


def test_the_place_of_a_wrong_character_is_counted_from_one() -> None:
    found = find_key_problem("http://a.test", "abé")
    assert found is not None
    assert found.detail.startswith("character 3 of 3")


@pytest.mark.parametrize(
    "url", ["http://labels.firm.test:port", "http://labels..test", f"http://{'a' * 64}.test"]
)
def test_status_tells_an_address_that_is_none(guest: Home, url: str) -> None:
    _point_at(guest, url)
    found = annotation_status(guest)
    assert found.standing is Standing.WRONG_ADDRESS
    assert "argilla.url" in found.remedy


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:6900", True),
        ("http://localhost", True),
        ("http://[::1]:6900/x", True),
        ("https://127.0.0.1.firm.test", False),
        ("http://10.0.0.7", False),
    ],
)
def test_loopback_is_this_machine_alone(url: str, local: bool) -> None:
    assert is_loopback(url) is local


def test_a_proxy_of_the_environment_is_asked_for_other_machines_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A proxy for HTTP gets the whole address; ours says of any that it is an owner's."""
    asked = "http://labels.firm.test/api/v1/me"
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with _serve({asked: (200, {"role": "owner"})}) as proxy, _serve(ANSWERS["annotator"]) as own:
        monkeypatch.setenv("http_proxy", proxy)
        with ArgillaClient("http://labels.firm.test", KEY, embedded=False) as client:
            assert client.probe(timeout_seconds=5).ok
        with ArgillaClient(own, KEY) as client:
            assert client.probe(timeout_seconds=5).standing is Standing.NOT_OWNER


def test_what_the_environment_names_wrongly_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "gopher://proxy.firm.test")
    with pytest.raises(AnnotationError, match="proxy or the certificates") as caught:
        ArgillaClient("https://labels.firm.test", KEY, embedded=False)
    assert "$HTTPS_PROXY" in caught.value.hint
    with pytest.raises(AnnotationError, match="is no address"):
        ArgillaClient("http://labels.firm.test:port", KEY, embedded=False)


def test_certificates_that_the_environment_names_are_looked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(AnnotationError, match="certificates"):
        ArgillaClient("https://labels.firm.test", KEY, embedded=False)
