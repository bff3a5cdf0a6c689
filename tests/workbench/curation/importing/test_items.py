import os
from pathlib import Path

import pytest

from tests.workbench.curation.importing.files import ROWS, save_dataset, write_json_lines
from workbench.curation.importing.items import find_in_folder, find_one
from workbench.curation.importing.requests import ImportOptions, requests_for
from workbench.errors import ImportFileError


def test_a_folder_gives_its_tables_sorted_and_its_documents_together(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("c.csv", "b/a.jsonl", "z.md", "b/y.txt", ".hidden.csv", "logo.png"):
        (tmp_path / name).write_text("note,summary\n")
    save_dataset(tmp_path / "d" / "train", [ROWS])
    found = find_in_folder(tmp_path)
    assert [(item.name, item.format) for item in found.items] == [
        ("b/a.jsonl", "jsonl"),
        ("c.csv", "csv"),
        ("d/train", "dataset"),
        (tmp_path.name, "documents"),
    ]
    assert found.items[-1].names == ("b/y.txt", "z.md")
    (skipped,) = found.skipped
    assert "logo.png" in skipped


def test_documents_without_answers_are_refused_with_the_remedy(tmp_path):
    (tmp_path / "a.txt").write_text("A note.")
    for path in (tmp_path / "a.txt", tmp_path):
        with pytest.raises(ImportFileError, match="an input without an answer") as caught:
            requests_for([path], ImportOptions())
        assert "--join" in caught.value.hint
    (tmp_path / "rows.csv").write_text("note,summary\n")
    found = requests_for([tmp_path], ImportOptions())
    assert [request.item.name for request in found.requests] == ["rows.csv"]
    assert "--join" in found.skipped[0]


def test_a_folder_whose_links_lead_in_a_circle_is_refused(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "up").symlink_to(tmp_path)
    with pytest.raises(ImportFileError, match="leads back to a folder above it"):
        find_in_folder(tmp_path)


def test_links_to_themselves_pipes_and_devices_are_refused(tmp_path):
    (tmp_path / "a.csv").symlink_to(tmp_path / "a.csv")
    os.mkfifo(tmp_path / "b.csv")
    for path, message in (
        (tmp_path / "a.csv", "leads back to itself"),
        (tmp_path / "b.csv", "is no plain file"),
    ):
        with pytest.raises(ImportFileError, match=message):
            find_one(path, None)
    with pytest.raises(ImportFileError, match="is no plain file"):
        find_one(tmp_path / "b.csv", "csv")


def test_a_name_that_is_no_utf8_is_refused(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.csv"))
    path.write_text("note,summary\n")
    for named in (path, tmp_path):
        with pytest.raises(ImportFileError, match="is not UTF-8"):
            requests_for([named], ImportOptions())


def test_a_side_of_a_join_is_one_table_or_one_set_of_documents(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("note,summary\n")
    with pytest.raises(ImportFileError, match="holds 2 tables or sets of documents"):
        find_one(tmp_path, None)
    with pytest.raises(ImportFileError, match="not 2"):
        requests_for([tmp_path, tmp_path], ImportOptions(join=tmp_path / "a.csv"))


def test_options_without_sense_are_refused(tmp_path):
    path = write_json_lines(tmp_path / "a.jsonl", ROWS)
    for options, message in (
        (ImportOptions(layout="xml"), "--layout 'xml' is not known"),
        (ImportOptions(file_format="xml"), "--format 'xml' is not known"),
        (ImportOptions(on="id"), "A key needs a second file"),
        (ImportOptions(mapping="key=id"), "A key needs a second file"),
        (ImportOptions(join=path, on="id="), "names one column only"),
    ):
        with pytest.raises(ImportFileError, match=message) as caught:
            requests_for([path], options)
        assert caught.value.hint
