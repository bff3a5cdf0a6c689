import json

import pytest

from tests.workbench.curation.importing.files import write_json_lines
from workbench.curation.importing.opening import examined_rows, lay_out, open_request
from workbench.curation.importing.requests import ImportOptions, requests_for
from workbench.errors import ImportFileError


def describe(folder, **entries):
    path = folder / "dataset_info.json"
    path.write_text(json.dumps(entries))
    return path


def read(request):
    with open_request(request) as opened:
        reading = lay_out(request, opened)
        rows = [row for item in examined_rows(request, opened, reading) for row in item.rows]
    return reading.layout, [(row.input, row.output, row.rejected) for row in rows]


def test_described_files_are_read_as_described(tmp_path):
    write_json_lines(tmp_path / "sft.jsonl", [{"q": "Q", "ctx": "C", "a": "A"}])
    chat = [{"who": "client", "said": "Q"}, {"who": "lawyer", "said": "A"}]
    write_json_lines(tmp_path / "chat.jsonl", [{"talk": chat}])
    pair = {"conversations": [{"from": "human", "value": "Q"}],
            "chosen": {"from": "gpt", "value": "A"},
            "rejected": {"from": "gpt", "value": "B"}}  # fmt: skip
    write_json_lines(tmp_path / "pairs.jsonl", [pair])
    path = describe(
        tmp_path,
        a={"file_name": "sft.jsonl", "columns": {"prompt": "q", "query": "ctx", "response": "a"}},
        b={"file_name": "chat.jsonl", "formatting": "sharegpt", "columns": {"messages": "talk"},
           "tags": {"role_tag": "who", "content_tag": "said", "user_tag": "client",
                    "assistant_tag": "lawyer"}},
        c={"file_name": "pairs.jsonl", "formatting": "sharegpt", "ranking": True,
           "columns": {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"}},
        d={"hf_hub_url": "somebody/something"},
    )  # fmt: skip
    found = requests_for([path], ImportOptions())
    assert [read(request) for request in found.requests] == [
        ("columns", [("Q\n\nC", "A", "")]),
        ("sharegpt", [("Q", "A", "")]),
        ("preference", [("Q", "A", "B")]),
    ]
    assert "hf_hub_url" in found.skipped[0]
    in_folder = requests_for([tmp_path], ImportOptions())
    assert in_folder.requests == found.requests


def test_a_described_file_may_not_lie_elsewhere(tmp_path):
    (tmp_path / "data").mkdir()
    write_json_lines(tmp_path / "secret.jsonl", [{"a": "b"}])
    path = describe(tmp_path / "data", a={"file_name": "../secret.jsonl"})
    with pytest.raises(ImportFileError, match="lies outside the folder"):
        requests_for([path], ImportOptions())


def test_broken_descriptions_name_the_place(tmp_path):
    write_json_lines(tmp_path / "a.jsonl", [{"a": "b"}])
    path = describe(tmp_path, a={"file_name": "a.jsonl", "columns": ["a"]})
    with pytest.raises(ImportFileError, match=r"dataset_info\.json, a: columns is no object"):
        requests_for([path], ImportOptions())
    path.write_text("[" * 100_000)
    with pytest.raises(ImportFileError, match="is not valid JSON"):
        requests_for([path], ImportOptions())
