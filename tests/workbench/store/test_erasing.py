"""What goes with the keys of sources, which rows they alone hold, and how their keys end."""

import pyarrow as pa
import pytest

from workbench.errors import StoreError
from workbench.home import Home
from workbench.manifest import publish_folder
from workbench.records import Example
from workbench.store import (
    Correction,
    Original,
    SealedContent,
    SentenceLabel,
    Source,
    edits_schema,
    example_rows,
    examples_schema,
    open_store,
    quarantine_schema,
    rewrite_store,
    seal_texts,
)
from workbench.version_rows import write_examples

FIRST, SECOND, THIRD = "aa" * 8, "bb" * 8, "cc" * 8
ROWS = {FIRST: ("r1", "r2", "r3"), SECOND: ("r2", "r4"), THIRD: ("r3",)}


@pytest.fixture
def home(tmp_path):
    """Return a home with three files: r2 stands in two of them, r3 in two others."""
    home = Home(tmp_path)
    for source_id, row_ids in ROWS.items():
        add(home, source_id, row_ids)
    return home


def add(home, source_id, row_ids):
    source = Source(source_id, f"{source_id[:2]}.csv", source_id * 4, {}, "2026-01-01", 3)
    with open_store(home) as store:
        cipher, wrapped = store.keys.new_key(source_id)
        rows = [
            {
                "example_id": row_id,
                "source_id": source_id,
                "row_number": number,
                "locator": f"line {number}",
                "payload": Original(f"Note {row_id}", "Sum", "").seal(cipher),
            }
            for number, row_id in enumerate(row_ids, 1)
        ]
        bad = {"source_id": source_id, "line": 9, "reason": "broken_json", "detail": "It ends."}
        bad |= {"raw": cipher.encrypt(b"raw"), "locator": "line 9", "row_number": 9}
        return store.add_source(
            source,
            wrapped_key=wrapped,
            examples=pa.Table.from_pylist(rows, schema=examples_schema()).to_reader(),
            quarantine=pa.Table.from_pylist([bad], schema=quarantine_schema()).to_reader(),
        )


def publish(home, row_ids, *, edited=()):
    """Publish rows; those edited are sealed with the key of the first file."""
    examples = [Example(r, "train", "g", f"Note {r}", (), "Sum", "f", "l") for r in row_ids]
    file = home.root / "rows.parquet"
    content = {
        "kind": "examples",
        "created_at": "2026-01-01T00:00:00+00:00",
        "counts": {"train": len(examples)},
        "columns": write_examples(file, examples),
        "parents": [],
        "recipe": {},
        "task_digest": "",
        "code_version": "0",
    }
    version = publish_folder(home.versions, {"examples.parquet": file}, content)
    with open_store(home) as store:
        cipher = store.ciphers[FIRST]
        edits = [
            {"row_id": r, "edits_id": f"e{r}", "source_id": FIRST, "sealed": cipher.encrypt(b"x")}
            for r in edited
        ]
        store.record_version(
            version,
            example_rows(examples),
            edits=pa.Table.from_pylist(edits, schema=edits_schema()).to_reader(),
        )
    return version.manifest.digest


def key_bytes(home):
    """Return the wrapped key of each source as the store keeps it."""
    with open_store(home) as store:
        return dict(store._connection.execute("SELECT * FROM source_keys").fetchall())


def is_anywhere(home, secret):
    return any(secret in path.read_bytes() for path in home.root.rglob("*") if path.is_file())


def test_everything_that_is_sealed_with_a_key_is_counted(home):
    publish(home, ("r1", "r2", "r4"), edited=("r1", "r2"))
    publish(home, ("r1", "r2"), edited=("r1",))
    with open_store(home) as store:
        cipher = store.ciphers[FIRST]
        payload = seal_texts({"input": "a", "output": "b"}, cipher)
        store.record_correction(Correction("r1", FIRST, payload, "", "", "anna", ""))
        words = [("s1", "chatter"), ("s1", "keep"), ("s2", "keep")]
        store.add_sentence_labels(
            [SentenceLabel(s, "r1", FIRST, cipher.encrypt(b"x"), w, "", "file") for s, w in words]
        )
        found = {ids: store.sealed_content(ids) for ids in ((FIRST,), (SECOND,), (FIRST, SECOND))}
        assert store.rows_of((FIRST, SECOND)) == ["r1", "r2", "r3", "r4"]
    assert found[(FIRST,)] == SealedContent(3, 2, 1, n_edited=2, n_fixes=1, n_labels=2)
    assert found[(SECOND,)] == SealedContent(2, 1, 1, n_edited=0, n_fixes=0, n_labels=0)
    assert found[(FIRST, SECOND)] == SealedContent(4, 1, 2, n_edited=2, n_fixes=1, n_labels=2)


def test_a_version_counts_only_rows_that_no_other_readable_file_holds(home):
    both, shared = publish(home, ("r1", "r2", "r3", "r4")), publish(home, ("r2", "r3"))
    with open_store(home) as store:
        assert store.versions_with((FIRST,)) == {both: 1}  # r1
        assert store.versions_with((FIRST, SECOND)) == {both: 3, shared: 1}  # r1 r2 r4, r2
        assert store.versions_with((THIRD,)) == {}
        store.erase_source(FIRST)
        assert store.versions_with((FIRST,)) == {both: 1}
        assert store.versions_with((THIRD,)) == {both: 1, shared: 1}  # nobody else can read r3


def test_after_the_rewriting_the_bytes_of_the_key_are_nowhere_in_the_home(home):
    keys = key_bytes(home)
    assert all(is_anywhere(home, key) for key in keys.values())
    with open_store(home) as store:
        store.erase_source(FIRST)
    rewrite_store(home)
    assert {name: is_anywhere(home, key) for name, key in keys.items()} == {
        FIRST: False,
        SECOND: True,
        THIRD: True,
    }
    with open_store(home) as store:
        seen = {s.source_id: s for s in store.sightings("r2")}
        assert (seen[FIRST].status, seen[FIRST].original) == ("erased", None)
        assert (seen[SECOND].status, seen[SECOND].original.input) == ("in force", "Note r2")
        assert seen[SECOND].erased_at == ""


def test_a_source_says_when_it_was_erased_and_a_second_time_changes_nothing(home):
    with open_store(home) as store:
        store.erase_source(FIRST)
        (first,) = (s for s in store.sources() if s.source_id == FIRST)
        store.erase_source(FIRST)
        assert store._connection.execute("SELECT count(*) FROM source_events").fetchone() == (1,)
        (seen,) = store.sightings("r1")
    assert first.status == "erased"
    assert first.erased_at == seen.erased_at
    assert first.erased_at.startswith("20")


def test_an_erased_file_is_imported_under_ids_that_were_never_used(home):
    with open_store(home) as store:
        assert store.id_to_import(FIRST) == FIRST
        store.erase_source(FIRST)
        second = store.id_to_import(FIRST)
        assert second not in ROWS
        assert len(second) == len(FIRST)
    with pytest.raises(StoreError, match="was erased"):
        add(home, FIRST, ("r1",))
    assert add(home, second, ("r1",)).is_new
    with open_store(home) as store:
        assert store.id_to_import(FIRST) == second
        store.erase_source(second)
        assert store.id_to_import(FIRST) not in (FIRST, second)
