"""Two processes that write into one label folder at once lose nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from annotation import label_folder
from annotation.label_folder import LabelFolder, Revision
from workbench.errors import AnnotationError
from workbench.held_lock import held_lock

N_KNOWN, N_EACH = 3_000, 5
WRITER = f"""
import sys
from pathlib import Path
from annotation.label_folder import LabelFolder, Push, Revision

folder, name = LabelFolder(Path(sys.argv[1])), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for n in range({N_EACH}):
    one = Revision(f"{{name}}-{{n}}", "2026-02-01", "2026-01-01", "x1", name, "submitted", {{}})
    folder.add_revisions([one])
    folder.add_push(Push("instructions", "d1", "id", "v1", external_ids=(one.response_id,)))
"""


def _start(folder: Path, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), name]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _revision(name: str) -> Revision:
    return Revision(name, "2026-01-01", "2026-01-01", "x1", "ann", "submitted", {"answer": "a"})


def test_two_processes_that_write_at_once_lose_no_revision_and_no_record(tmp_path: Path) -> None:
    folder = LabelFolder(tmp_path / "d1")
    known = [_revision(f"r{n}") for n in range(N_KNOWN)]
    folder.add_revisions(known)
    writers = [_start(folder.path, name) for name in ("ada", "ben")]
    for writer in writers:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.wait() for writer in writers] == [0, 0]
    for writer in writers:
        writer.communicate()
    written = {f"{name}-{n}" for name in ("ada", "ben") for n in range(N_EACH)}
    kept = [item.response_id for item in folder.read_revisions()]
    assert kept[:N_KNOWN] == [item.response_id for item in known]
    assert sorted(kept[N_KNOWN:]) == sorted(written)
    push = folder.read_push()
    assert push
    assert sorted(push.external_ids) == sorted(written)


def test_who_waits_in_vain_is_told_for_whom_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = LabelFolder(tmp_path / "d1")
    folder.add_revisions([_revision("r1")])
    holding = (
        "import sys\nfrom pathlib import Path\nfrom workbench.held_lock import held_lock\n"
        "with held_lock(Path(sys.argv[1]), wait_seconds=5, busy=RuntimeError):\n"
        "    print('held', flush=True)\n    sys.stdin.readline()\n"
    )
    command = [sys.executable, "-c", holding, str(folder.path / "writing.lock")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        monkeypatch.setattr(label_folder, "WAIT_SECONDS", 0.1)
        with pytest.raises(AnnotationError, match=rf"d1 was being written by process {holder.pid}"):
            folder.add_revisions([_revision("r2")])
        assert [item.response_id for item in folder.read_revisions()] == ["r1"]
        holder.kill()  # the system frees what a dead process held
    assert folder.add_revisions([_revision("r2")]) == 1


def test_a_lock_is_free_again_after_an_error_and_names_nobody(tmp_path: Path) -> None:
    lock_file = tmp_path / "some.lock"
    with (
        pytest.raises(ZeroDivisionError),
        held_lock(lock_file, wait_seconds=1, busy=AnnotationError),
    ):
        assert (tmp_path / "some.holder").is_file()
        raise ZeroDivisionError
    assert not (tmp_path / "some.holder").exists()
    with held_lock(lock_file, wait_seconds=0, busy=AnnotationError):
        pass
