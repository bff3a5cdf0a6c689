import json
import stat

import pytest

from workbench.errors import NotFoundError
from workbench.home import Home
from workbench.store import open_store
from workbench.workflows.import_files import import_files
from workbench.workflows.quarantine import export_quarantine, fix_quarantine, list_quarantine

CONTENT = b"note,summary\nA good note.,fine\ncaf\xe9,x\n,empty\n1,2,3\nA good note.,fine\nlast,\n"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def notes(home, tmp_path):
    (tmp_path / "notes.csv").write_bytes(CONTENT)
    import_files(home, [tmp_path / "notes.csv"])
    return tmp_path / "notes.csv"


def exported(home, tmp_path):
    path = tmp_path / "bad.jsonl"
    export_quarantine(home, path)
    return path, [json.loads(line) for line in path.read_text().splitlines()]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def originals(home):
    """Return place and texts of every example."""
    with open_store(home) as store:
        ids = {
            example for source in store.sources() for example in store.example_ids(source.source_id)
        }
        seen = [sighting for example in ids for sighting in store.sightings(example)]
    return sorted((s.locator, s.original.input, s.original.output) for s in seen)


def test_exported_rows_say_what_was_wrong_and_hold_what_could_be_read(home, notes, tmp_path):
    path, rows = exported(home, tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [(row["file"], row["place"], row["reason"]) for row in rows] == [
        ("notes.csv", "line 3", "wrong_encoding"),
        ("notes.csv", "line 4", "empty_value"),
        ("notes.csv", "line 5", "wrong_column_count"),
        ("notes.csv", "line 7", "empty_value"),
    ]
    assert [(row["input"], row["output"]) for row in rows] == [
        ("caf\ufffd", "x"),
        ("", "empty"),
        ("", ""),
        ("last", ""),
    ]
    assert rows[0]["raw"] == "caf\\xe9,x\n"


def test_mended_rows_become_examples_at_their_old_place(home, notes, tmp_path):
    path, rows = exported(home, tmp_path)
    rows[0]["input"] = "café"
    rows[1] |= {"input": "A good note.", "output": "fine"}  # a third row of this content
    result = fix_quarantine(home, write(path, rows))
    assert (result.n_mended, result.n_unknown, result.n_left) == (2, 0, 2)
    (still,) = result.still_bad
    assert (still.place, still.reason) == ("line 7", "empty_value")
    assert [(row.place, row.reason) for row in list_quarantine(home)] == [
        ("line 5", "wrong_column_count"),
        ("line 7", "empty_value"),
    ]
    assert originals(home) == [
        ("line 2", "A good note.", "fine"),
        ("line 3", "café", "x"),
        ("line 4", "A good note.", "fine"),
        ("line 6", "A good note.", "fine"),
    ]


def test_the_same_fix_twice_adds_nothing(home, notes, tmp_path):
    path, rows = exported(home, tmp_path)
    rows[0]["input"] = "café"
    fix_quarantine(home, write(path, rows[:1]))
    again = fix_quarantine(home, path)
    assert (again.n_mended, again.n_unknown, again.n_left) == (0, 1, 3)
    assert len(originals(home)) == 3
    (known,) = import_files(home, [notes]).files
    assert (known.n_examples, sum(known.quarantined.values())) == (3, 3)


def test_a_row_that_is_still_bad_stays_with_its_new_reason(home, notes, tmp_path):
    path, rows = exported(home, tmp_path)
    rows[2] |= {"input": "nul\0", "output": "x"}
    fix_quarantine(home, write(path, rows[2:3]))
    found = {row.place: row.reason for row in list_quarantine(home)}
    assert found["line 5"] == "nul_character"
    assert len(found) == 4


def test_mended_rows_go_with_their_file(home, notes, tmp_path):
    path, rows = exported(home, tmp_path)
    rows[0]["input"] = "café"
    fix_quarantine(home, write(path, rows))
    with open_store(home) as store:
        (source,) = store.sources()
        store.erase_source(source.source_id)
        assert store.export_originals(tmp_path / "out.parquet") == 0
    assert list_quarantine(home) == ()
    with pytest.raises(NotFoundError, match="No row is quarantined"):
        export_quarantine(home, path)
