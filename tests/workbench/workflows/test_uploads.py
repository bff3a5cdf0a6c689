import io
import os
import stat
import time

import pytest

from workbench.errors import ImportFileError, NotFoundError
from workbench.home import Home
from workbench.workflows.data import list_data
from workbench.workflows.import_files import import_files
from workbench.workflows.start_import import ImportChoice, import_arguments
from workbench.workflows.uploads import keep_upload, remove_uploads, upload_path

CSV = b"note,summary\nA client came to us.,A client.\n"


def test_an_upload_is_private_and_keeps_its_name(home):
    path = upload_path(home, keep_upload(home, "notes.csv", io.BytesIO(CSV)))
    assert (path.name, path.read_bytes()) == ("notes.csv", CSV)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\data\\notes.csv", "notes.csv"),
        (".hidden.csv", "hidden.csv"),
        ("--home=x.csv", "home=x.csv"),
        ("a\nb\x00.csv", "ab.csv"),
        ("x" * 400 + ".csv", "x" * 120 + ".csv"),
    ],
)
def test_a_name_is_a_name_and_never_a_path(home, name, kept):
    upload_id = keep_upload(home, name, io.BytesIO(CSV))
    path = upload_path(home, upload_id)
    assert path == home.root / "uploads" / upload_id / kept


def test_what_is_too_large_or_has_no_name_leaves_nothing(home):
    with pytest.raises(ImportFileError, match="at most 0 MB"):
        keep_upload(home, "notes.csv", io.BytesIO(CSV), limit_bytes=10)
    with pytest.raises(ImportFileError, match="No file was chosen"):
        keep_upload(home, "", io.BytesIO(CSV))
    assert list((home.root / "uploads").iterdir()) == []


@pytest.mark.parametrize("upload_id", ["", "..", "0" * 16, "../versions", "a" * 15])
def test_an_id_finds_uploads_alone(home, upload_id):
    keep_upload(home, "notes.csv", io.BytesIO(CSV))
    with pytest.raises(NotFoundError):
        upload_path(home, upload_id)


def test_an_upload_is_gone_once_it_is_imported_and_no_other_file_is(home, tmp_path):
    upload_id = keep_upload(home, "uploaded.csv", io.BytesIO(CSV))
    mine = tmp_path / "mine.csv"
    mine.write_bytes(CSV.replace(b"client", b"witness"))
    import_files(home, [upload_path(home, upload_id), mine])
    assert {"uploaded.csv", "mine.csv"} <= {s.file_name for s in list_data(home).sources}
    assert mine.exists()
    with pytest.raises(NotFoundError):
        upload_path(home, upload_id)


def test_an_upload_that_cannot_be_imported_stays_to_be_mapped_again(home):
    upload_id = keep_upload(home, "notes.csv", io.BytesIO(b"a,b\n1,2\n"))
    with pytest.raises(ImportFileError):
        import_files(home, [upload_path(home, upload_id)])
    assert upload_path(home, upload_id).exists()


def test_a_path_that_leads_out_of_the_uploads_is_left_alone(home, tmp_path):
    upload = upload_path(home, keep_upload(home, "notes.csv", io.BytesIO(CSV)))
    outside = upload.parent / ".." / ".." / "task.yaml"
    remove_uploads(home, [outside, home.root / "uploads", home.root / "uploads" / "x"])
    assert outside.exists()
    assert upload.exists()


def test_uploads_of_yesterday_are_removed_by_the_next_one(home):
    old = upload_path(home, keep_upload(home, "notes.csv", io.BytesIO(CSV)))
    yesterday = time.time() - 25 * 3600
    os.utime(old.parent, (yesterday, yesterday))
    new = upload_path(home, keep_upload(home, "notes.csv", io.BytesIO(CSV)))
    assert new.exists()
    assert not old.exists()


def test_a_value_of_a_form_is_never_another_option(tmp_path):
    home = Home(tmp_path)
    choice = ImportChoice(path="/a/b.csv", mapping="--home=/x", licence="--debug", replace=True)
    assert import_arguments(home, choice) == [
        "import",
        "/a/b.csv",
        "--map=--home=/x",
        "--licence=--debug",
        "--replace",
        "--home",
        str(tmp_path),
    ]
    with pytest.raises(ImportFileError, match="not a full path"):
        import_arguments(home, ImportChoice(path="--debug"))
