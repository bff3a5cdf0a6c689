import sqlite3

import pytest
from sqlalchemy import MetaData

from workbench.errors import SchemaVersionError, StoreError
from workbench.judgments import open_judgments
from workbench.judgments.database import journal_mode
from workbench.judgments.tables import METADATA


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "TRUNCATE"),
        ((3, 44, 5), "TRUNCATE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 1), "TRUNCATE"),
        ((3, 50, 4), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 1), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_wal_is_used_only_where_its_reset_bug_is_fixed(version, mode):
    assert journal_mode(version) == mode


def test_the_migrations_make_the_tables_that_queries_use(judgments):
    found = MetaData()
    with judgments.read() as connection:
        found.reflect(connection)
    made = {name: set(table.columns.keys()) for name, table in found.tables.items()}
    used = {name: set(table.columns.keys()) for name, table in METADATA.tables.items()}
    assert made == used


def test_opening_again_changes_nothing(judgments, tmp_path):
    with open_judgments(tmp_path / "judgments.sqlite") as again, again.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM schema_version").scalar_one() == 1


def test_writes_are_synchronous_and_readers_cannot_write(judgments):
    assert judgments.write(lambda c: c.exec_driver_sql("PRAGMA synchronous").scalar_one()) == 2
    with judgments.read() as connection:
        assert connection.exec_driver_sql("PRAGMA query_only").scalar_one() == 1


def test_a_database_of_a_newer_release_is_refused(tmp_path):
    file = tmp_path / "judgments.sqlite"
    open_judgments(file).close()
    raw = sqlite3.connect(file)
    raw.execute("INSERT INTO schema_version VALUES (99, 'later')")
    raw.commit()
    raw.close()
    with pytest.raises(SchemaVersionError, match="99"):
        open_judgments(file)


def test_a_file_that_is_no_database_is_refused_untouched(tmp_path):
    file = tmp_path / "judgments.sqlite"
    file.write_text("these are notes, not a database" * 50)
    with pytest.raises(StoreError, match="not a readable judgments database"):
        open_judgments(file)
    assert file.read_text().startswith("these are notes")


def test_the_file_is_private(judgments, tmp_path):
    assert (tmp_path / "judgments.sqlite").stat().st_mode & 0o077 == 0
