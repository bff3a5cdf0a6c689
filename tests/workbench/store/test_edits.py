import pyarrow as pa
import pytest

from workbench.home import Home
from workbench.store import edits_digest, edits_schema, open_store
from workbench.store.edits import insert_edits

KEY = bytes(32)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def record(store, cipher, version, contents):
    rows = [
        {
            "row_id": row,
            "edits_id": edits_digest(row, "s1", content, KEY),
            "source_id": "s1",
            "sealed": cipher.encrypt(content),
        }
        for row, content in contents.items()
    ]
    table = pa.Table.from_pylist(rows, schema=edits_schema())
    insert_edits(store._connection, version, table.to_reader())


def count(store):
    return store._connection.execute("SELECT count(*) FROM edits").fetchone()[0]


def test_each_version_has_its_own_edits_and_equal_ones_are_kept_once(home):
    with open_store(home) as store:
        cipher, _ = store.keys.new_key("s1")
        record(store, cipher, "v1", {"a": b"one", "b": b"one"})
        record(store, cipher, "v2", {"a": b"one", "b": b"two"})
        assert count(store) == 3
        ciphers = {"s1": cipher}
        for version, told in (("v1", b"one"), ("v2", b"two")):
            found = store.edits(version, ["a", "b", "c"])
            assert {row: each.open(ciphers) for row, each in found.items()} == {
                "a": b"one",
                "b": told,
            }


def test_without_the_sources_key_nothing_can_be_opened(home):
    with open_store(home) as store:
        cipher, _ = store.keys.new_key("s1")
        record(store, cipher, "v1", {"a": b"canary"})
        assert store.edits("v1", ["a"])["a"].open({}) is None
    assert b"canary" not in home.store_file.read_bytes()


def test_the_digest_needs_the_key_and_tells_rows_and_sources_apart():
    first = edits_digest("a", "s1", b"x", KEY)
    assert first == edits_digest("a", "s1", b"x", KEY)
    others = {
        edits_digest("b", "s1", b"x", KEY),
        edits_digest("a", "s2", b"x", KEY),
        edits_digest("a", "s1", b"y", KEY),
        edits_digest("a", "s1", b"x", bytes(31) + b"1"),
    }
    assert len(others | {first}) == 5
