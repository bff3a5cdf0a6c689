import subprocess
import sys
import time

import openpyxl
import psutil
import pytest

from tests.workbench.curation.importing.files import ROWS, write_json_lines
from workbench.curation.importing.items import Item
from workbench.curation.importing.limits import ParserLimits
from workbench.curation.importing.opening import ReadRequest
from workbench.curation.importing.parser import ReadingOutcome, start_parser
from workbench.errors import ImportFileError


def request_for(path):
    return ReadRequest(Item.of_file(path, path.name))


def read_all(parser, request):
    *batches, outcome = parser.read(request)
    assert isinstance(outcome, ReadingOutcome)
    return [item for batch in batches for item in batch], outcome


def test_one_process_reads_many_files_after_an_error_too(tmp_path):
    good = write_json_lines(tmp_path / "a.jsonl", [*ROWS, {"note": 3, "summary": "x"}])
    bad = write_json_lines(tmp_path / "b.jsonl", [{"a": "b"}])
    with start_parser() as parser:
        reading = parser.look(request_for(good))
        with pytest.raises(ImportFileError, match="no column is recognised as the input"):
            parser.look(request_for(bad))
        rows, outcome = read_all(parser, request_for(good))
        preview = parser.preview(request_for(good))
    assert outcome == ReadingOutcome(reading, 3, 0)
    assert [(item.number, item.row.locator) for item in rows] == [
        (1, "line 1"),
        (2, "line 2"),
        (3, "line 3"),
    ]
    assert (rows[0].row.input, rows[2].row.reason) == ("Café, one", "wrong_type")
    assert rows[2].row.raw == b'{"note": 3, "summary": "x"}\n'
    assert [row.output for row in preview.rows] == ["S1", "S2"]


def test_a_name_with_half_a_surrogate_pair_is_no_column(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"x\\ud800": "a", "note": "b", "summary": "c"}\n')
    with start_parser() as parser:
        assert parser.look(request_for(path)).header == ("note", "summary")
        assert len(read_all(parser, request_for(path))[0]) == 1


def far_cell(path):
    """A workbook of a few KB whose only cell lies at the last row and column that there may be."""
    book = openpyxl.Workbook()
    book.active["XFD1048576"] = "far"
    book.save(path)
    book.close()
    return path


def test_a_file_that_needs_too_much_memory_is_one_clear_error(tmp_path):
    path = far_cell(tmp_path / "a.xlsx")
    limits = ParserLimits(memory_bytes=300 << 20)
    with (
        start_parser(limits) as parser,
        pytest.raises(ImportFileError, match=r"a\.xlsx cannot be read: .*300 MiB") as caught,
    ):
        parser.look(request_for(path))
    assert caught.value.hint


def test_memory_is_measured_even_where_it_grows_slowly(tmp_path):
    path = write_json_lines(tmp_path / "a.jsonl", ROWS)
    with (
        start_parser(ParserLimits(memory_bytes=1 << 20)) as parser,
        pytest.raises(ImportFileError, match="it needs more than 1 MiB of memory"),
    ):
        time.sleep(1)
        parser.look(request_for(path))


def test_a_file_that_takes_too_long_is_one_clear_error(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("note,summary\n" + "a,b\n" * 800_000)
    with (
        start_parser(ParserLimits(cpu_seconds=0.0, cpu_seconds_per_mb=0.0)) as parser,
        pytest.raises(ImportFileError, match="it took more CPU time than a file of its size may"),
    ):
        read_all(parser, request_for(path))
    with (
        start_parser(ParserLimits(silent_seconds=1e-9)) as parser,
        pytest.raises(ImportFileError, match="it gave no row for 0 seconds"),
    ):
        read_all(parser, request_for(path))


def test_a_parser_that_is_killed_is_one_clear_error(tmp_path):
    path = write_json_lines(tmp_path / "a.jsonl", ROWS)
    with start_parser() as parser:
        parser.look(request_for(path))
        psutil.Process(parser.pid).kill()
        with pytest.raises(ImportFileError, match=r"broke down \(ended by signal 9\)"):
            read_all(parser, request_for(path))


def test_the_parser_sees_none_of_our_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "secret")
    with start_parser() as parser:
        parser.look(request_for(write_json_lines(tmp_path / "a.jsonl", ROWS)))
        assert "secret" not in psutil.Process(parser.pid).environ().values()


SCRIPT = """
import time
from workbench.curation.importing.parser import start_parser
with start_parser() as parser:
    print(parser.pid, flush=True)
    time.sleep(60)
"""


def test_the_parser_ends_when_we_are_killed():
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE) as ours:
        child = psutil.Process(int(ours.stdout.readline()))
        ours.kill()
        ours.wait()
    assert psutil.wait_procs([child], timeout=30)[1] == []
