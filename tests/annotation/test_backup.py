"""Backup of a running server and restore, on a real Argilla."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from annotation import server
from annotation.backup import ServerFolders, unpack_backup, write_backup
from annotation.credentials import read_credentials
from annotation.label_folder import Assignment, LabelFolder, Push, Reference, Revision
from annotation.named_workspaces import keep_workspaces, read_workspaces
from annotation.standing import KEY_VARIABLE, Standing
from tests.annotation.small_server import (
    SmallDataset,
    answer,
    ask,
    is_stored,
    make_dataset,
    running_argilla,
    stored_answers,
)
from workbench.errors import AnnotationError, AnnotationServerError
from workbench.home import Home
from workbench.processes import free_port
from workbench.workflows.annotate_backup import back_up_annotation, restore_annotation
from workbench.workflows.annotate_server import (
    annotation_status,
    open_argilla,
    page_of_dataset,
    start_annotation,
    stop_annotation,
)
from workbench.workflows.init_home import init_home

pytestmark = pytest.mark.slow


ORDER = {"p1": Assignment("e1", 1, 0), "p2": Assignment("e2", 0, 1)}
LATER = {**ORDER, "p3": Assignment("e3", 1, 0)}


def _label(home: Home, order: dict[str, Assignment]) -> None:
    folder = LabelFolder(home.labels / "small")
    folder.write_assignment(order)
    folder.write_reference(Reference(answers={"p1": {"choice": "a_better"}}))
    folder.write_push(Push("preferences", "small", "d1", "v1", external_ids=tuple(order)))
    revision = Revision("r1", "t1", "t0", "p1", "clara", "submitted", {"choice": "x"})
    folder.add_revisions([revision])
    LabelFolder(folder.path / "reference").add_revisions([revision])
    keep_workspaces(home.labels, ["second", "workbench"])


def _read_labels(home: Home) -> tuple[object, ...]:
    folder = LabelFolder(home.labels / "small")
    return (
        folder.read_assignment(),
        folder.read_reference(),
        folder.read_revisions(),
        folder.read_push(),
        LabelFolder(folder.path / "reference").read_revisions(),
        read_workspaces(home.labels),
    )


def _new_home(root: Path) -> Home:
    init_home(root, template="chat", base_model="demo")
    return Home(root)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = _new_home(tmp_path_factory.mktemp("backup") / "home")
    with running_argilla(made):
        yield made


@pytest.fixture(scope="module")
def dataset(home: Home) -> SmallDataset:
    made = make_dataset(home)
    assert is_stored(answer(home, made.record_ids[0], "before the backup"))
    return made


@pytest.fixture(scope="module")
def backup(home: Home, dataset: SmallDataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup made while the server runs; the server goes on afterwards."""
    file = tmp_path_factory.mktemp("files") / "deep" / "argilla.zip"
    _label(home, ORDER)
    made = back_up_annotation(home, file)
    assert (made.users, made.datasets, made.records, made.responses) == (1, 1, 2, 1)
    assert made.labelled == 1
    assert is_stored(answer(home, dataset.record_ids[1], "after the backup"))
    return file


def test_a_backup_is_private_whole_and_never_written_over(home: Home, backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in backup.parent.iterdir()] == [backup.name]
    with zipfile.ZipFile(backup) as archive:
        parts = {name for name in archive.namelist() if not name.startswith("labels/")}
        assert parts == {"manifest.json", "argilla.db", "secrets/argilla.json"}
    with pytest.raises(AnnotationError, match="exists"):
        back_up_annotation(home, backup)


def test_another_home_gets_the_same_server(
    home: Home, dataset: SmallDataset, backup: Path, tmp_path: Path
) -> None:
    form = {"username": "owner", "password": read_credentials(home.secrets).password}
    token = httpx.post(f"{annotation_status(home).url}/api/v1/token", data=form).json()
    other = _new_home(tmp_path / "other")
    restored = restore_annotation(other, backup)
    assert (restored.kept_aside, restored.running, restored.responses) == ("", False, 1)
    assert _read_labels(other) == _read_labels(home)
    assert (other.labels / "small").stat().st_mode & 0o777 == 0o700
    assert (other.labels / "small" / "assignment.json").stat().st_mode & 0o777 == 0o600
    assert read_credentials(other.secrets) == read_credentials(home.secrets)
    started = start_annotation(other)
    try:
        assert started.first_password == ""
        assert stored_answers(other, dataset.dataset_id) == {"before the backup"}
        # who was logged in before still is: the secret that signs sessions came along
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        assert httpx.get(f"{started.url}/api/v1/me", headers=bearer).status_code == 200
        query = {"query": {"text": {"q": "note"}}}
        found = ask(other, "POST", f"datasets/{dataset.dataset_id}/records/search", json=query)
        assert found.json()["total"] == 2
    finally:
        stop_annotation(other)


def test_a_server_with_work_is_replaced_only_when_told_and_kept_aside(
    home: Home, dataset: SmallDataset, backup: Path
) -> None:
    with pytest.raises(AnnotationError, match="people work with"):
        restore_annotation(home, backup)
    assert annotation_status(home).running
    _label(home, LATER)
    restored = restore_annotation(home, backup, replace=True)
    assert restored.running
    assert stored_answers(home, dataset.dataset_id) == {"before the backup"}
    aside = Path(restored.kept_aside)
    assert (aside / "secrets" / "argilla.json").stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(aside / "argilla.db")) as database:
        assert database.execute("SELECT count(*) FROM responses").fetchone() == (2,)
    assert LabelFolder(home.labels / "small").read_assignment() == ORDER
    assert LabelFolder(aside / "labels" / "small").read_assignment() == LATER


def test_other_labels_are_replaced_only_when_told_and_kept_aside(
    backup: Path, tmp_path: Path
) -> None:
    home = _new_home(tmp_path / "home")
    _label(home, LATER)
    with pytest.raises(AnnotationError, match="other labels than the backup") as caught:
        restore_annotation(home, backup)
    assert "--replace" in caught.value.hint
    assert LabelFolder(home.labels / "small").read_assignment() == LATER
    assert not list(home.servers.glob("argilla*/"))
    aside = Path(restore_annotation(home, backup, replace=True).kept_aside)
    assert LabelFolder(home.labels / "small").read_assignment() == ORDER
    assert LabelFolder(aside / "labels" / "small").read_assignment() == LATER


def test_equal_labels_are_no_reason_to_refuse(home: Home, backup: Path, tmp_path: Path) -> None:
    other = _new_home(tmp_path / "other")
    restore_annotation(other, backup)
    shutil.rmtree(server.data_folder(other))
    assert restore_annotation(other, backup).labelled == 1
    assert _read_labels(other)[0] == ORDER


def test_a_backup_of_the_former_format_leaves_labels_alone(backup: Path, tmp_path: Path) -> None:
    file = tmp_path / "former.zip"
    with zipfile.ZipFile(backup) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    digests = {k: v for k, v in manifest["digests"].items() if not k.startswith("labels/")}
    former = json.dumps({**manifest, "format": 1, "digests": digests}).encode()
    _rewrite(backup, file, {"manifest.json": former})
    home = _new_home(tmp_path / "home")
    _label(home, LATER)
    assert restore_annotation(home, file).kept_aside == ""
    assert LabelFolder(home.labels / "small").read_assignment() == LATER


@pytest.mark.parametrize("damage", ["cut", "changed", "of another program", "newer", "not there"])
def test_a_file_that_is_no_whole_backup_changes_nothing(
    home: Home, backup: Path, tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "bad.zip"
    content = backup.read_bytes()
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "changed":
        _rewrite(backup, file, {"argilla.db": b"SQLite format 3\0 but not ours"})
    elif damage == "of another program":
        _rewrite(backup, file, {"manifest.json": b"{}"})
    elif damage == "newer":
        _rewrite(backup, file, {"manifest.json": b'{"format": 3}'})
    words = {
        "of another program": "no backup",
        "newer": "format 3",
        "not there": "does not exist",
    }.get(damage, "is damaged")
    before = sorted(path.name for path in home.servers.iterdir())
    with pytest.raises(AnnotationError, match=words):
        restore_annotation(home, file, replace=True)
    assert annotation_status(home).running
    assert sorted(path.name for path in home.servers.iterdir()) == before


def _rewrite(source: Path, target: Path, changed: dict[str, bytes]) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, changed.get(name, old.read(name)))


def test_a_backup_of_a_newer_argilla_is_refused(backup: Path, tmp_path: Path) -> None:
    folder = tmp_path / "newer"
    folder.mkdir()
    unpack_backup(backup, folder)
    with closing(sqlite3.connect(folder / "argilla.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'fffffffffff0'")
    file = tmp_path / "newer.zip"
    folders = ServerFolders(folder, folder / "secrets", folder / "labels")
    write_backup(folders, file, now=datetime(2026, 11, 25, tzinfo=UTC))
    with pytest.raises(AnnotationError, match="newer Argilla"):
        restore_annotation(_new_home(tmp_path / "home"), file)


def test_a_damaged_database_is_named_and_can_be_replaced(backup: Path, tmp_path: Path) -> None:
    home = _new_home(tmp_path / "home")
    with pytest.raises(AnnotationError, match="nothing to back up"):
        back_up_annotation(home, tmp_path / "none.zip")
    data = server.data_folder(home)
    data.mkdir(parents=True)
    (data / "argilla.db").write_bytes(b"damaged" * 999)
    with pytest.raises(AnnotationError, match="cannot be read as a database of Argilla"):
        back_up_annotation(home, tmp_path / "none.zip")
    assert not list(tmp_path.glob("*.zip"))
    with pytest.raises(AnnotationError, match="people work with"):
        restore_annotation(home, backup)
    kept = Path(restore_annotation(home, backup, replace=True).kept_aside)
    assert (kept / "argilla.db").read_bytes() == b"damaged" * 999


def test_a_full_disk_leaves_no_half_backup(home: Home, backup: Path, tmp_path: Path) -> None:
    small = psutil.Process()
    limits = small.rlimit(psutil.RLIMIT_FSIZE)
    small.rlimit(psutil.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises((AnnotationError, OSError)):
            back_up_annotation(home, tmp_path / "half.zip")
    finally:
        small.rlimit(psutil.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_server_is_only_looked_at(
    home: Home, dataset: SmallDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = _new_home(tmp_path / "guest")
    running = annotation_status(home).url
    _point_at(guest, running)
    assert annotation_status(guest).standing is Standing.NO_KEY
    with pytest.raises(AnnotationError, match="no key"):
        page_of_dataset(guest, "")
    monkeypatch.setenv(KEY_VARIABLE, f" {read_credentials(home.secrets).api_key}\n")
    assert start_annotation(guest) == stop_annotation(guest) == annotation_status(guest)
    assert annotation_status(guest).running
    assert page_of_dataset(guest, "small").startswith(f"{running}/dataset/")
    assert annotation_status(home).running
    with pytest.raises(AnnotationError, match="its database is not ours"):
        back_up_annotation(guest, tmp_path / "b.zip")
    with pytest.raises(AnnotationError, match="its database is not ours"):
        restore_annotation(guest, tmp_path / "b.zip")
    monkeypatch.setenv(KEY_VARIABLE, "a wrong key")
    assert annotation_status(guest).standing is Standing.KEY_REFUSED
    for ask_server in (start_annotation, partial(page_of_dataset, dataset="")):
        with pytest.raises(AnnotationServerError, match="does not know the key"):
            ask_server(guest)
    monkeypatch.setenv(KEY_VARIABLE, _key_of_an_annotator(home))
    assert annotation_status(guest).standing is Standing.NOT_OWNER
    with pytest.raises(AnnotationError, match="not an owner's") as caught:
        start_annotation(guest)
    assert KEY_VARIABLE in caught.value.hint
    _point_at(guest, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(AnnotationServerError, match="does not answer") as caught:
        page_of_dataset(guest, "")
    assert "annotate start" not in caught.value.hint


def _key_of_an_annotator(home: Home) -> str:
    with open_argilla(home) as client:
        return client.create_user("clara", "a password of hers").api_key


def _point_at(home: Home, url: str) -> None:
    home.settings_file.write_text(f'project = "guest"\n[argilla]\nurl = {json.dumps(url)}\n')
