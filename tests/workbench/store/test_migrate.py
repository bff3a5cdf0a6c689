import duckdb
import pytest

from workbench.store.migrate import Migration, migrate, migrations


def test_numbers_follow_each_other_without_gaps():
    assert [m.number for m in migrations()] == list(range(1, len(migrations()) + 1))
    assert migrations()


def test_each_migration_is_applied_once(tmp_path):
    connection = duckdb.connect(str(tmp_path / "x.duckdb"))
    assert migrate(connection) == [m.number for m in migrations()]
    assert migrate(connection) == []
    connection.close()


def test_a_failing_migration_leaves_neither_tables_nor_record(tmp_path):
    connection = duckdb.connect(str(tmp_path / "x.duckdb"))
    good = Migration(1, "good", "CREATE TABLE a (x INTEGER)")
    bad = Migration(2, "bad", "CREATE TABLE b (x INTEGER); SELECT broken FROM nowhere")
    with pytest.raises(duckdb.Error):
        migrate(connection, [good, bad])
    tables = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    assert tables == {"a", "migrations"}
    assert migrate(connection, [good]) == []
    connection.close()
