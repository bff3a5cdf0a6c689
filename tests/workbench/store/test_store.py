import multiprocessing
import time
from dataclasses import replace

import duckdb
import pyarrow as pa
import pytest

from workbench.errors import NotFoundError, SchemaVersionError, StoreBusyError, StoreError
from workbench.home import Home
from workbench.manifest import publish_folder, read_version
from workbench.records import Example
from workbench.store import (
    Decision,
    Edge,
    Original,
    Source,
    example_rows,
    examples_schema,
    open_store,
    quarantine_schema,
    resolve_version,
)
from workbench.version_rows import write_examples

SOURCE = Source("aa" * 8, "notes.csv", "ff" * 32, {"format": "csv"}, "2026-01-01T00:00:00+00:00", 3)
SECRET = "Call Zanthia Quellmore"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def add(home, source=SOURCE, texts=(SECRET, "two"), **options):
    with open_store(home) as store:
        cipher, wrapped = store.keys.new_key(source.source_id)
        rows = [
            {
                "example_id": f"{hash(text) & 0xFFFFFFFFFFFFFFFF:016x}",
                "source_id": source.source_id,
                "row_number": number,
                "locator": f"line {number + 1}",
                "payload": Original(text, "answer", "").seal(cipher),
            }
            for number, text in enumerate(texts, 1)
        ]
        bad = [
            {
                "source_id": source.source_id,
                "line": 9,
                "reason": "broken_json",
                "detail": "It ends too early.",
                "raw": cipher.encrypt(SECRET.encode()),
                "locator": "line 9",
                "row_number": 3,
            }
        ]
        return store.add_source(
            source,
            wrapped_key=wrapped,
            examples=reader(rows, examples_schema()),
            quarantine=reader(bad, quarantine_schema()),
            **options,
        )


def reader(rows, schema):
    return pa.Table.from_pylist(rows, schema=schema).to_reader()


def publish(home, text="x", kind="examples"):
    example = Example("e" * 16, "train", "g", text, (), "out", "notes.csv", "line 2")
    file = home.root / "rows.parquet"
    columns = write_examples(file, [example])
    content = {
        "kind": kind,
        "created_at": "2026-01-01T00:00:00+00:00",
        "counts": {"train": 1},
        "columns": columns,
        "parents": [],
        "recipe": {},
        "task_digest": "",
        "code_version": "0",
    }
    version = publish_folder(home.versions, {f"{kind}.parquet": file}, content)
    with open_store(home) as store:
        store.record_version(
            version,
            example_rows([example]),
            decisions=[
                Decision(
                    example.example_id,
                    "clean",
                    "whitespace",
                    "edit",
                    "Tidied.",
                    {"fields": ["input"]},
                )
            ],
            config_digest="cfg",
        )
    return version.manifest.digest


def test_rows_come_back_with_their_place_and_text(home):
    added = add(home)
    assert (added.is_new, added.n_examples, added.n_new_examples) == (True, 2, 2)
    with open_store(home) as store:
        (example_id,) = store.find_example_at("notes.csv", "line 2")
        (sighting,) = store.sightings(example_id)
        assert sighting.original == Original(SECRET, "answer", "")
        (bad,) = store.quarantine()
        assert (bad.line, bad.reason, bad.raw) == (9, "broken_json", SECRET.encode())
        assert store.quarantine_counts() == {"broken_json": 1}


def test_originals_are_not_readable_in_any_file_of_the_home(home):
    add(home)
    for path in home.root.rglob("*"):
        if path.is_file():
            assert b"Quellmore" not in path.read_bytes(), path
            assert path.stat().st_mode & 0o077 == 0, path


def test_an_erased_source_cannot_be_read_and_does_not_come_back(home):
    add(home)
    with open_store(home) as store:
        (example_id,) = store.find_example_at("notes.csv", "line 2")
        store.erase_source(SOURCE.source_id)
    with open_store(home) as store:
        (sighting,) = store.sightings(example_id)
        assert (sighting.status, sighting.original) == ("erased", None)
        assert store.quarantine() == []
        assert store.export_originals(home.root / "out.parquet") == 0
    with pytest.raises(StoreError, match="was erased"):
        add(home)


def test_the_same_file_again_changes_nothing(home):
    add(home)
    again = add(home)
    assert (again.is_new, again.n_examples, again.n_quarantined) == (False, 2, 1)
    with open_store(home) as store:
        assert len(store.sources()) == 1
        assert store.export_originals(home.root / "out.parquet") == 2


def test_a_file_read_in_another_way_takes_the_place_of_the_first_reading(home):
    add(home)
    other = add(home, replace(SOURCE, source_id="bb" * 8), texts=(SECRET,))
    assert [source.source_id for source in other.retired] == [SOURCE.source_id]
    assert other.n_new_examples == 0
    with open_store(home) as store:
        assert [source.status for source in store.sources()] == ["retired", "active"]
        assert store.export_originals(home.root / "out.parquet") == 1
    back = add(home)
    assert [source.source_id for source in back.retired] == ["bb" * 8]
    with open_store(home) as store:
        assert [source.status for source in store.sources()] == ["active", "retired"]


def test_a_file_of_the_same_name_is_added_unless_it_shall_replace(home):
    add(home)
    newer = replace(SOURCE, source_id="cc" * 8, file_sha256="00" * 32)
    assert add(home, newer, texts=("three",)).retired == ()
    newest = replace(SOURCE, source_id="dd" * 8, file_sha256="11" * 32)
    assert len(add(home, newest, texts=("four",), replace_same_name=True).retired) == 2


def test_a_failing_block_leaves_nothing(home):
    with pytest.raises(RuntimeError), open_store(home) as store:
        store.record_run({"run_id": "sft-1"})
        raise RuntimeError
    with open_store(home) as store:
        assert store.runs() == []


def test_versions_are_found_by_digest_prefix_and_latest(home):
    first, second = publish(home, "x"), publish(home, "y")
    assert resolve_version(home, "latest").manifest.digest == second
    assert resolve_version(home, "latest:examples").manifest.digest == second
    assert resolve_version(home, first[:10]).manifest.digest == first
    with pytest.raises(NotFoundError, match="No version of pairs"):
        resolve_version(home, "latest:pairs")
    with pytest.raises(NotFoundError, match="names no kind"):
        resolve_version(home, "latest:rows")
    digests = [publish(home, f"row {n}") for n in range(17)]
    doubled = next(d[0] for d in digests if sum(d[0] == o[0] for o in digests) > 1)
    with pytest.raises(NotFoundError, match=r"fits \d+ versions"):
        resolve_version(home, doubled)


def test_publishing_again_records_nothing_twice_but_is_the_latest(home):
    first, second = publish(home, "x"), publish(home, "y")
    assert publish(home, "x") == first
    with open_store(home) as store:
        listed = store.list_versions()
        assert [version.manifest.digest for version in listed] == [first, second]
        assert [version.is_latest for version in listed] == [True, False]
        assert len(store.decisions("e" * 16, version=first)) == 1
        memberships = store.memberships("e" * 16)
    assert [digest for digest, _ in memberships] == sorted([first, second])
    assert read_version(home.versions / first).manifest.digest == first


def test_a_run_is_what_its_last_record_says(home):
    with open_store(home) as store:
        store.record_run({"run_id": "sft-1", "kind": "sft", "status": "running"})
        store.record_run({"run_id": "dpo-1", "kind": "dpo", "status": "running"})
        store.record_run({"run_id": "sft-1", "kind": "sft", "status": "complete"})
    with open_store(home) as store:
        assert [(run["run_id"], run["status"]) for run in store.runs()] == [
            ("dpo-1", "running"),
            ("sft-1", "complete"),
        ]


def test_lineage_edges_are_kept_once(home):
    edge = Edge("run:sft-1", "version:abc", "trained on")
    with open_store(home) as store:
        store.add_lineage([edge])
        store.add_lineage([edge])
    with open_store(home) as store:
        assert store.lineage("run:sft-1", "parents") == [edge]
        assert store.lineage("version:abc", "children") == [edge]
        assert store.lineage("version:abc", "parents") == []


def _hold(root, held, release):
    with open_store(Home(root)):
        held.set()
        release.wait(30)


def test_a_held_store_is_reported_with_its_holder_after_a_bounded_wait(home):
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(home.root, held, release))
    holder.start()
    try:
        assert held.wait(30)
        started = time.monotonic()
        with (
            pytest.raises(StoreBusyError, match=f"process {holder.pid}"),
            open_store(home, wait_seconds=0.3),
        ):
            pass
        assert time.monotonic() - started < 5
    finally:
        release.set()
        holder.join()
    with open_store(home, wait_seconds=5) as store:
        assert store.runs() == []


def test_a_file_open_elsewhere_is_a_busy_store_too(home):
    with open_store(home):
        pass
    script = "import duckdb,sys; c=duckdb.connect(sys.argv[1]); print('open',flush=True); input()"
    import subprocess
    import sys

    with subprocess.Popen(
        [sys.executable, "-c", script, str(home.store_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        other.stdout.readline()
        with pytest.raises(StoreBusyError, match="another program"), open_store(home):
            pass
        other.communicate(b"\n")


def test_a_newer_schema_is_refused(home):
    with open_store(home):
        pass
    connection = duckdb.connect(str(home.store_file))
    connection.execute("INSERT INTO migrations VALUES (9999, 'future', '')")
    connection.close()
    with pytest.raises(SchemaVersionError, match="schema 9999"), open_store(home):
        pass


def test_a_damaged_file_is_one_clear_error(home):
    home.store_file.write_bytes(b"this is not a database" * 1000)
    with pytest.raises(StoreError, match=r"curated\.duckdb cannot be used"), open_store(home):
        pass


def test_sql_reaches_nothing_outside_the_store(home, tmp_path):
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    with open_store(home) as store:
        connection = store._connection
        for statement in (
            f"COPY sources TO '{outside}'",
            f"ATTACH '{tmp_path / 'other.duckdb'}'",
            "INSTALL httpfs",
            "SET threads = 8",
        ):
            with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException)):
                connection.execute(statement)


def test_a_missing_or_wrong_or_open_key_file_is_named(home):
    add(home)
    kept = home.key_file.read_bytes()
    home.key_file.unlink()
    with pytest.raises(StoreError, match="is missing"), open_store(home) as store:
        store.quarantine()
    assert not home.key_file.exists()
    home.key_file.write_bytes(kept)
    home.key_file.chmod(0o644)
    with pytest.raises(StoreError, match="read by other users"), open_store(home) as store:
        store.quarantine()
    home.key_file.chmod(0o600)
    home.key_file.write_text("A" * 43 + "=")
    with pytest.raises(StoreError, match="does not open"), open_store(home) as store:
        store.quarantine()
