"""The embedded server's life on real processes: doors, worker, kills, full disks, bad starts."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from annotation import server
from annotation.credentials import credentials_file, read_credentials
from annotation.server_database import SERVER_MODULES
from tests.annotation.small_server import (
    SmallDataset,
    answer,
    ask,
    hooked,
    is_stored,
    make_dataset,
    pid_of,
    running_argilla,
    stored_answers,
    wait_until,
)
from workbench.environments import ARGILLA, ensure_environment, environment_folder
from workbench.errors import AnnotationError, AnnotationServerError, ConfigError, PortInUseError
from workbench.home import CACHE_VARIABLE, Home
from workbench.processes import free_port, read_server
from workbench.settings import load_settings
from workbench.workflows.annotate_server import (
    AnnotationServer,
    annotation_status,
    open_argilla,
    page_of_dataset,
    start_annotation,
    stop_annotation,
)
from workbench.workflows.init_home import init_home

pytestmark = pytest.mark.slow
SECRET_TEXT = "what the client said in confidence"


@pytest.fixture(scope="module")
def first_start(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Home, AnnotationServer]]:
    home = Home(tmp_path_factory.mktemp("life") / "home")
    init_home(home.root, template="chat", base_model="demo")
    with running_argilla(home) as started:
        yield home, started


@pytest.fixture(scope="module")
def home(first_start: tuple[Home, AnnotationServer]) -> Home:
    return first_start[0]


@pytest.fixture(scope="module")
def dataset(home: Home) -> SmallDataset:
    return make_dataset(home)


def test_the_first_start_shows_a_generated_login_once(
    first_start: tuple[Home, AnnotationServer],
) -> None:
    home, started = first_start
    login = read_credentials(home.secrets)
    assert (started.first_password, started.first_api_key) == (login.password, login.api_key)
    assert len(login.password) >= 16
    assert len(login.auth_secret) >= 32
    assert credentials_file(home.secrets).stat().st_mode & 0o777 == 0o600
    again = start_annotation(home)
    assert again.url == started.url
    assert again.first_password == again.first_api_key == ""


def test_server_worker_and_redis_run_within_700_mb(home: Home) -> None:
    wait_until(lambda: pid_of(home, "worker") != 0)
    parts = {part.name: part for part in server.status(home).parts}
    assert set(parts) == {"server", "worker", "redis", "supervisor"}
    assert all(part.pid and part.memory_bytes > 0 for part in parts.values())
    assert sum(part.memory_bytes for part in parts.values()) < 700e6


def test_only_loopback_listens_and_the_documentation_is_off(home: Home) -> None:
    record = read_server(home.servers, server.SERVER)
    assert record
    family = psutil.Process(record.supervisor).children(recursive=True)
    listening = {
        connection.laddr.ip
        for process in family
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}
    for path in ("docs", "docs/", "api", "api/v1/docs", "api/v1/redoc", "api/v1/openapi.json"):
        assert httpx.get(f"{record.url}/{path}", follow_redirects=True).status_code == 404, path


def test_one_origin_may_ask_and_no_other(home: Home) -> None:
    url = annotation_status(home).url
    own = httpx.get(f"{url}/api/v1/version", headers={"Origin": url})
    assert own.headers["access-control-allow-origin"] == url
    for other in ("https://elsewhere.example", "http://127.0.0.1:1", "null"):
        answered = httpx.get(f"{url}/api/v1/version", headers={"Origin": other})
        assert "access-control-allow-origin" not in answered.headers


def test_default_logins_open_nothing(home: Home) -> None:
    url = annotation_status(home).url
    for password in ("1234", "12345678"):
        form = {"username": "argilla", "password": password}
        assert httpx.post(f"{url}/api/v1/token", data=form).status_code == 401
    key = {"X-Argilla-API-Key": "argilla.apikey"}
    assert httpx.get(f"{url}/api/v1/me", headers=key).status_code == 401


def test_telemetry_is_off_and_the_journal_is_durable(home: Home) -> None:
    environment = psutil.Process(pid_of(home, "server")).environ()
    assert environment["HF_HUB_DISABLE_TELEMETRY"] == "1"
    # the header says how the database is written: 2 for WAL, 1 for a rollback journal
    with (server.data_folder(home) / "argilla.db").open("rb") as stream:
        mode = stream.read(20)[18]
    code = (
        "from workbench_argilla.sqlite_library import use_newest_sqlite as use; use(); "
        "import sqlite3; from workbench_argilla.database import journal_mode; "
        "print(journal_mode(sqlite3.sqlite_version_info))"
    )
    python = ensure_environment(ARGILLA)
    wanted = subprocess.check_output(
        [str(python), "-P", "-c", code], env={"PYTHONPATH": str(SERVER_MODULES)}, text=True
    )
    assert mode == {"WAL": 2, "PERSIST": 1}[wanted.strip()]


def test_the_page_of_a_dataset_is_found_by_name(home: Home, dataset: SmallDataset) -> None:
    page = page_of_dataset(home, "small")
    assert page.endswith(f"/dataset/{dataset.dataset_id}/annotation-mode")
    assert "<html" in httpx.get(page).text.lower()
    assert page_of_dataset(home, "") == annotation_status(home).url
    with pytest.raises(AnnotationError, match="no dataset nothing"):
        page_of_dataset(home, "nothing")


def test_webhooks_are_delivered_and_texts_stay_out_of_the_log(
    home: Home, dataset: SmallDataset
) -> None:
    with hooked(home, ["response.created"]) as received:
        assert is_stored(answer(home, dataset.record_ids[0], SECRET_TEXT))
        wait_until(lambda: bool(received))
    assert [event["type"] for event in received] == ["response.created"]
    assert SECRET_TEXT in json.dumps(received)
    assert SECRET_TEXT not in Path(annotation_status(home).log).read_text()


def test_the_worker_applies_a_changed_number_of_answers(home: Home, dataset: SmallDataset) -> None:
    def completed() -> int:
        return int(ask(home, "GET", f"datasets/{dataset.dataset_id}/progress").json()["completed"])

    assert completed() == 1
    for needed, expected in ((2, 0), (1, 1)):
        change = {"distribution": {"strategy": "overlap", "min_submitted": needed}}
        changed = ask(home, "PATCH", f"datasets/{dataset.dataset_id}", json=change)
        assert changed.is_success
        wait_until(lambda expected=expected: completed() == expected)  # type: ignore[misc]


@pytest.mark.parametrize("part", ["worker", "redis", "server"])
def test_a_killed_part_is_begun_anew_and_loses_nothing(
    home: Home, dataset: SmallDataset, part: str
) -> None:
    text = f"said before {part} was killed"
    assert is_stored(answer(home, dataset.record_ids[1], text))
    killed = pid_of(home, part)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: pid_of(home, part) not in (0, killed))
    # whoever asks meanwhile waits in the queue of the address, and is answered
    assert ask(home, "GET", "me").status_code == 200
    assert {SECRET_TEXT, text} <= stored_answers(home, dataset.dataset_id)
    assert is_stored(answer(home, dataset.record_ids[1], f"said after {part} was killed"))


def test_a_full_disk_refuses_answers_and_loses_none(home: Home, dataset: SmallDataset) -> None:
    process = psutil.Process(pid_of(home, "server"))
    before = stored_answers(home, dataset.dataset_id)
    process.rlimit(psutil.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        refused = answer(home, dataset.record_ids[1], "said while the disk was full")
        assert not is_stored(refused)
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert stored_answers(home, dataset.dataset_id) == before
    assert is_stored(answer(home, dataset.record_ids[1], "said afterwards"))


def test_two_starts_at_once_start_one_server_and_damaged_files_are_replaced(
    home: Home, dataset: SmallDataset
) -> None:
    before = stored_answers(home, dataset.dataset_id)
    stop_annotation(home)
    data = server.data_folder(home)
    (data / "queue.aof").write_bytes(b"*damaged\r\n" * 100)
    (data / "search.sqlite").write_bytes(b"damaged" * 999)
    _downgrade(data)
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(start_annotation, [home, home])
    assert first.url == second.url
    assert [path.read_bytes()[:8] for path in data.glob("queue.aof.damaged-*")] == [b"*damaged"]
    assert len(list(data.glob("argilla.db.before-upgrade-*"))) == 1
    assert stored_answers(home, dataset.dataset_id) == before
    query = {"query": {"text": {"q": "note"}}}
    found = ask(home, "POST", f"datasets/{dataset.dataset_id}/records/search", json=query)
    assert found.json()["total"] == 2


def _downgrade(data: Path) -> None:
    """Bring the database to the schema that an earlier Argilla had."""
    python = ensure_environment(ARGILLA)
    subprocess.run(
        [str(python), "-P", "-m", "argilla_server", "database", "migrate", "--revision", "2.4"],
        env={"ARGILLA_HOME_PATH": str(data), "HF_HUB_DISABLE_TELEMETRY": "1"},
        check=True,
        capture_output=True,
    )


def test_unsafe_and_newer_databases_are_refused(home: Home, dataset: SmallDataset) -> None:
    stop_annotation(home)
    assert not annotation_status(home).running
    file = server.data_folder(home) / "argilla.db"
    for change, undo, words in (
        (
            "UPDATE users SET api_key = 'argilla.apikey' WHERE username = 'guest'",
            "UPDATE users SET api_key = 'its own' WHERE username = 'guest'",
            "User guest has the default password or key",
        ),
        (
            "UPDATE users SET api_key = 'admin.apikey' WHERE username = 'guest'",
            "UPDATE users SET api_key = 'its own' WHERE username = 'guest'",
            "User guest has the default password or key",
        ),
        (
            "UPDATE alembic_version SET version_num = 'fffffffffff0'",
            f"UPDATE alembic_version SET version_num = '{_schema(file)}'",  # noqa: S608 - its own
            "schema fffffffffff0, which this Argilla does not know",
        ),
    ):
        _execute(file, _GUEST, change)
        with pytest.raises(AnnotationServerError, match=words):
            start_annotation(home)
        assert read_server(home.servers, server.SERVER) is None
        _execute(file, undo)
    _execute(file, "DELETE FROM users WHERE username = 'guest'")


_GUEST = (
    "INSERT OR IGNORE INTO users (id, first_name, username, role, api_key, password_hash, "
    "inserted_at, updated_at) SELECT 'ffffffffffffffffffffffffffffffff', 'guest', 'guest', "
    "'annotator', 'its own', password_hash, inserted_at, updated_at FROM users LIMIT 1"
)


def _execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        for statement in statements:
            database.execute(statement)


def _schema(file: Path) -> str:
    with closing(sqlite3.connect(file)) as database:
        return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_an_index_damaged_while_people_work_is_built_anew(
    home: Home, dataset: SmallDataset
) -> None:
    start_annotation(home)
    before = stored_answers(home, dataset.dataset_id)
    first = pid_of(home, "server")
    file = server.data_folder(home) / "search.sqlite"
    file.write_bytes(b"damaged" * 9999)
    with open_argilla(home) as client:
        assert client.count_records(dataset.dataset_id) == 2  # a pull does not need the index
    progress = f"datasets/{dataset.dataset_id}/progress"
    assert ask(home, "GET", progress).status_code == 500
    wait_until(lambda: pid_of(home, "server") not in (0, first))
    assert ask(home, "GET", progress).json()["total"] == 2
    assert stored_answers(home, dataset.dataset_id) == before
    rows = [{"external_id": "row-late", "fields": {"note": "note late"}}]
    with open_argilla(home) as client:
        assert list(client.upsert_records(dataset.dataset_id, rows)) == [1]
        late = list(client.records(dataset.dataset_id))[-1]
        assert client.progress(dataset.dataset_id)["total"] == 3
    ask(home, "DELETE", f"records/{late.record_id}")
    wait_until(lambda: not server.status(home).is_indexing)
    assert not Path(f"{file}-building").exists()


@pytest.mark.parametrize("start", [0, 4096])
def test_a_damaged_database_is_named_with_its_remedy(home: Home, start: int) -> None:
    stop_annotation(home)
    file = server.data_folder(home) / "argilla.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:start] + b"damaged" * 9999)
    try:
        with pytest.raises(AnnotationServerError, match=r"argilla\.db is damaged \(") as caught:
            start_annotation(home)
    finally:
        file.write_bytes(whole)
    assert "workbench annotate restore FILE --replace" in caught.value.hint
    start_annotation(home)
    stop_annotation(home)
    former = home.servers / "argilla.log.1"  # why the start before failed can still be read
    assert "is damaged" in former.read_text()
    assert former.stat().st_mode & 0o777 == 0o600


def test_a_restart_keeps_the_address_unless_somebody_took_it(home: Home) -> None:
    url = start_annotation(home).url
    stop_annotation(home)
    assert start_annotation(home).url == url
    stop_annotation(home)
    port = int(url.rpartition(":")[2])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        moved = start_annotation(home)
    assert moved.url != url
    assert moved.lost_port == port
    stop_annotation(home)


def test_a_taken_port_is_named(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortInUseError, match=str(taken.getsockname()[1])):
            server.start(home, port=taken.getsockname()[1])


def test_a_database_that_does_not_answer_is_named_without_its_password(home: Home) -> None:
    url = f"postgresql://writer:hidden-word@127.0.0.1:{free_port()}/argilla"
    with pytest.raises(AnnotationServerError) as caught:
        server.start(home, port=0, database_url=url)
    log = (home.servers / "argilla.log").read_text()
    assert "127.0.0.1" in str(caught.value)  # the URL reached the server
    assert "hidden-word" not in str(caught.value) + log
    home.settings_file.write_text(f'project = "x"\n[argilla]\ndatabase_url = "{url}"\n')
    with pytest.raises(ConfigError, match="database_url"):
        load_settings(home.settings_file)
    home.settings_file.write_text('project = "x"\n')


def test_an_incomplete_environment_is_built_anew_the_next_time(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = environment_folder(ARGILLA)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    half = environment_folder(ARGILLA)
    half.parent.mkdir(parents=True)
    subprocess.run(["cp", "-al", str(whole), str(half)], check=True)
    for folder in half.glob("lib/python3*/site-packages/uvicorn"):
        folder.rename(tmp_path / "uvicorn")
    with pytest.raises(AnnotationServerError, match=r"incomplete.*uvicorn") as caught:
        start_annotation(home)
    assert "built anew" in caught.value.hint
    assert not (half / "complete.json").exists()
    assert (whole / "complete.json").exists()
