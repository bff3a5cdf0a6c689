"""Deleted rows leave their bytes in a DuckDB file; one that is written anew holds none of them."""

import multiprocessing
import os
import signal
import subprocess
import sys

import duckdb
import pytest

from workbench.errors import StoreBusyError, StoreError
from workbench.store import connection as store_connection
from workbench.store.connection import open_connection, rewrite_file

SECRETS = [os.urandom(60) for _ in range(5)]


@pytest.fixture
def file(tmp_path):
    """Return a database in a folder whose name SQL has to quote."""
    file = tmp_path / "anna's home" / "curated.duckdb"
    with open_connection(file) as connection:
        connection.execute("CREATE TABLE secrets (name VARCHAR NOT NULL PRIMARY KEY, secret BLOB)")
        connection.execute("CREATE TABLE rows AS SELECT range AS number FROM range(5000)")
        for number, secret in enumerate(SECRETS):
            connection.execute("INSERT INTO secrets VALUES (?, ?)", [f"s{number}", secret])
    return file


def delete(file, number):
    with open_connection(file) as connection:
        connection.execute("DELETE FROM secrets WHERE name = ?", [f"s{number}"])


def holding(file, secret):
    """Return the names of the files beside the database that hold a secret."""
    found = (path for path in file.parent.rglob("*") if path.is_file())
    return {path.name for path in found if secret in path.read_bytes()}


def read(file, statement):
    with open_connection(file) as connection:
        return connection.execute(statement).fetchall()


def test_the_bytes_of_a_deleted_row_are_gone_and_the_others_stand(file):
    assert all(holding(file, secret) == {file.name} for secret in SECRETS)
    delete(file, 2)
    rewrite_file(file)
    assert [bool(holding(file, secret)) for secret in SECRETS] == [True, True, False, True, True]
    kept = [(f"s{n}", secret) for n, secret in enumerate(SECRETS) if n != 2]
    assert read(file, "SELECT * FROM secrets") == kept
    assert read(file, "SELECT number FROM rows") == [(n,) for n in range(5000)]
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(file.parent.glob(".*rewritten*"))


def test_keys_and_checks_of_the_tables_are_kept(file):
    before = read(file, "SELECT table_name, sql FROM duckdb_tables() ORDER BY ALL")
    rewrite_file(file)
    assert read(file, "SELECT table_name, sql FROM duckdb_tables() ORDER BY ALL") == before
    for name in ("s0", None):
        with pytest.raises(StoreError, match="onstraint"), open_connection(file) as connection:
            connection.execute("INSERT INTO secrets VALUES (?, NULL)", [name])


def _crash_with_a_log(file, statement):
    with open_connection(file) as connection:
        connection.execute(statement)
        os.kill(os.getpid(), signal.SIGKILL)


def _crash_before_the_rename(file):
    store_connection.sync_file = lambda _: os.kill(os.getpid(), signal.SIGKILL)
    rewrite_file(file)


def crash(target, *arguments):
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_what_a_crash_left_in_the_log_is_kept_or_gone_as_it_says(file):
    crash(_crash_with_a_log, file, "DELETE FROM secrets WHERE name = 's1'")
    log = file.with_name(f"{file.name}.wal")
    assert log.exists()
    rewrite_file(file)
    assert not log.exists()
    assert not holding(file, SECRETS[1])
    assert read(file, "SELECT count(*) FROM secrets") == [(4,)]


def test_who_is_killed_leaves_the_old_file_and_the_next_call_completes_it(file):
    delete(file, 3)
    crash(_crash_before_the_rename, file)
    draft = file.with_name(f".{file.name}.rewritten")
    assert draft.exists()
    assert holding(file, SECRETS[3]) == {file.name}
    assert read(file, "SELECT count(*) FROM secrets") == [(4,)]
    rewrite_file(file)
    assert not draft.exists()
    assert not holding(file, SECRETS[3])


def test_a_secret_in_the_draft_of_a_killed_call_goes_too(file):
    crash(_crash_before_the_rename, file)
    delete(file, 4)
    assert len(holding(file, SECRETS[4])) == 2
    rewrite_file(file)
    assert not holding(file, SECRETS[4])


def test_a_file_that_cannot_be_copied_stays_as_it_is(file):
    file.write_bytes(b"no database " * 1000)
    before = file.read_bytes()
    with pytest.raises(StoreError, match="cannot be used"):
        rewrite_file(file)
    assert file.read_bytes() == before
    assert not list(file.parent.glob(".*rewritten*"))


def test_it_waits_for_its_turn(file):
    with open_connection(file), pytest.raises(StoreBusyError, match="in use by process"):
        rewrite_file(file, wait_seconds=0.1)


def test_another_program_that_has_the_file_open_is_told(file):
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); "
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(file)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(StoreBusyError, match="another program"):
            rewrite_file(file)
        other.stdin.close()
    assert duckdb.connect(str(file)).execute("SELECT count(*) FROM secrets").fetchone() == (5,)
