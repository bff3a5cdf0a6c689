import dataclasses
import json

import pytest
import yaml

from workbench.curation.export_formats import EXPORT_FORMATS
from workbench.errors import ConfigError, DataError
from workbench.files import sha256_file
from workbench.records import PreferencePair
from workbench.store import resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.export_version import export_version
from workbench.workflows.publish import publish_examples, publish_pairs


@pytest.fixture
def examples(home):
    return read_examples(resolve_version(home, "latest:examples"))


@pytest.fixture
def pairs(home, examples):
    made = [
        PreferencePair(
            f"p{e.example_id}", e.example_id, e.split, e.prompt, e.completion, "No.", 1, (), "study"
        )
        for e in examples
        if e.split in ("train", "feedback")
    ]
    publish_pairs(home, made, parents=(), recipe={})
    return made


def lines(path):
    return [json.loads(line) for line in path.read_text().split("\n") if line]


def load(folder, tmp_path):
    from datasets import load_dataset

    return load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))


@pytest.mark.parametrize("file_format", EXPORT_FORMATS)
def test_every_format_holds_every_row_of_every_split_and_says_so(
    home, examples, tmp_path, file_format
):
    result = export_version(home, file_format=file_format, folder=tmp_path / "out")
    loaded = load(tmp_path / "out", tmp_path)
    for split in ("train", "validation", "test", "feedback"):
        expected = sum(example.split == split for example in examples)
        assert loaded[split].num_rows == expected > 0
        assert {file.split: file.n_rows for file in result.files}[split] == expected


def test_trl_examples_load_as_they_were_published(home, examples, tmp_path):
    export_version(home, "latest:examples", file_format="trl", folder=tmp_path / "out")
    loaded = load(tmp_path / "out", tmp_path)["train"]
    train = [example for example in examples if example.split == "train"]
    assert loaded["prompt"][:] == [list(map(dict, example.prompt)) for example in train]
    assert [answer[0]["content"] for answer in loaded["completion"]] == [
        example.completion for example in train
    ]


def test_trl_pairs_load_as_they_were_published(home, pairs, tmp_path):
    export_version(home, "latest:pairs", file_format="trl", folder=tmp_path / "out")
    loaded = load(tmp_path / "out", tmp_path)
    assert set(loaded) == {"train", "feedback"}
    for split in loaded:
        kept = sorted((p for p in pairs if p.split == split), key=lambda pair: pair.pair_id)
        assert [a[0]["content"] for a in loaded[split]["chosen"]] == [p.chosen for p in kept]
        assert [a[0]["content"] for a in loaded[split]["rejected"]] == [p.rejected for p in kept]
        assert loaded[split]["prompt"][:] == [list(map(dict, pair.prompt)) for pair in kept]


@pytest.mark.parametrize("kind", ["examples", "pairs"])
def test_llama_factory_finds_each_split_by_its_own_description(home, pairs, tmp_path, kind):
    export_version(home, f"latest:{kind}", file_format="llama-factory", folder=tmp_path / "out")
    info = json.loads((tmp_path / "out" / "dataset_info.json").read_text())
    assert len(info) == (2 if kind == "pairs" else 4)
    for name, entry in info.items():
        rows = lines(tmp_path / "out" / entry["file_name"])
        assert name.endswith(entry["file_name"].removesuffix(".jsonl"))
        assert set(entry["columns"].values()) == set(rows[0])
        assert entry.get("ranking", False) is (kind == "pairs")
        tags = entry["tags"]
        roles = {turn[tags["role_tag"]] for row in rows for turn in row["messages"]}
        assert roles <= {tags["user_tag"], tags["assistant_tag"], tags["system_tag"]}


@pytest.mark.parametrize("kind", ["examples", "pairs"])
def test_axolotl_reads_no_test_split_and_the_fields_that_are_there(home, pairs, tmp_path, kind):
    export_version(home, f"latest:{kind}", file_format="axolotl", folder=tmp_path / "out")
    settings = yaml.safe_load((tmp_path / "out" / "axolotl.yaml").read_text())
    entries = settings["datasets"] + settings.get("test_datasets", [])
    paths = [entry["path"] for entry in entries]
    if kind == "examples":
        assert paths == ["train.jsonl", "validation.jsonl"]
        assert {entry["message_field_training"] for entry in entries} == {"train"}
    else:
        assert (settings["rl"], paths) == ("dpo", ["train.jsonl", "feedback.jsonl"])
    for entry in entries:
        row = lines(tmp_path / "out" / entry["path"])[0]
        assert {entry[key] for key in entry if key.startswith("field_")} <= set(row)


def test_the_card_tells_version_counts_and_leakage(home, tmp_path):
    result = export_version(home, file_format="openai", folder=tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    manifest = resolve_version(home, result.version).manifest
    assert manifest.digest in card
    assert f"| train | {manifest.counts['train']} | train.jsonl |" in card
    assert f"Leakage between splits: {manifest.leakage['verdict']}" in card
    for reason, count in manifest.dropped.items():
        assert f"| {reason} | {count} |" in card


def test_files_are_private_and_recorded_with_their_digests(home, tmp_path):
    result = export_version(home, file_format="axolotl", folder=tmp_path / "deep" / "out")
    folder = tmp_path / "deep" / "out"
    written = {path.name: path for path in folder.iterdir()}
    assert set(written) == {file.name for file in result.files} | {"export.json"}
    assert {path.stat().st_mode & 0o777 for path in written.values()} == {0o600}
    record = (folder / "export.json").read_text()
    assert str(tmp_path) not in record
    for file in json.loads(record)["files"]:
        assert sha256_file(folder / file["name"]) == file["sha256"]


def test_an_earlier_export_is_replaced_only_by_force_and_whole(home, tmp_path):
    folder = tmp_path / "out"
    export_version(home, file_format="axolotl", folder=folder)
    before = (folder / "export.json").read_bytes()
    with pytest.raises(ConfigError, match="holds an earlier export"):
        export_version(home, file_format="parquet", folder=folder)
    assert (folder / "export.json").read_bytes() == before
    export_version(home, file_format="parquet", folder=folder, force=True)
    names = {path.name for path in folder.iterdir()}
    assert "train.parquet" in names
    assert not names & {"train.jsonl", "axolotl.yaml"}
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out"]


def test_a_folder_with_other_files_is_never_touched(home, tmp_path):
    folder = tmp_path / "out"
    export_version(home, file_format="trl", folder=folder)
    (folder / "thesis.docx").write_text("three years")
    with pytest.raises(ConfigError, match=r"holds thesis\.docx"):
        export_version(home, file_format="trl", folder=folder, force=True)
    (tmp_path / "file").write_text("text")
    with pytest.raises(ConfigError, match="holds file"):
        export_version(home, file_format="trl", folder=tmp_path / "file", force=True)
    assert (folder / "thesis.docx").read_text() == "three years"


def test_an_export_that_fails_leaves_what_was_there(home, examples, tmp_path):
    folder = tmp_path / "out"
    export_version(home, file_format="trl", folder=folder)
    before = sorted((path.name, path.read_bytes()) for path in folder.iterdir())
    beside = sorted(path.name for path in tmp_path.iterdir())
    twice = dataclasses.replace(examples[-1], prompt=2 * examples[-1].prompt)
    publish_examples(home, [*examples[:-1], twice], parents=(), recipe={"test": "two questions"})
    with pytest.raises(DataError, match=f"Row {twice.example_id} has the turns user, user"):
        export_version(home, file_format="alpaca", folder=folder, force=True)
    assert sorted((path.name, path.read_bytes()) for path in folder.iterdir()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == beside


def test_an_unknown_format_is_refused_with_those_there_are(home, tmp_path):
    with pytest.raises(ConfigError, match="'xml'") as caught:
        export_version(home, file_format="xml", folder=tmp_path / "out")
    assert "llama-factory" in caught.value.hint
