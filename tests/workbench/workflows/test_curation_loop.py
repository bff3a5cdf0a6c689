"""Import, curate, publish and ask why, through the workflows, on a real store."""

import csv
import io
import json
import random
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workbench.workflows.small_project import EVERY_SPLIT, TASK, make_home
from workbench.curation.personal_data.canaries import canary_kinds, plant
from workbench.curation.personal_data.scan import Scanner
from workbench.errors import (
    ConfigError,
    DataError,
    EmptySplitError,
    ImportFileError,
    LeakageError,
    NotFoundError,
    PersonalDataError,
)
from workbench.manifest import read_version
from workbench.records import PreferencePair
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples, read_pairs
from workbench.workflows.curate import curate
from workbench.workflows.data import list_data, show_version
from workbench.workflows.dataset_card import dataset_card
from workbench.workflows.explain_row import explain_row
from workbench.workflows.import_files import import_files
from workbench.workflows.publish import publish_examples, publish_pairs
from workbench.workflows.quarantine import list_quarantine
from workbench.workflows.undo_rule import undo_rule


@pytest.fixture
def home(tmp_path):
    return make_home(tmp_path / "home")


def rows(count, start=0):
    return [
        {"note": f"Note {n} of a client who came to us.", "summary": f"Summary {n}.", "writer": ""}
        for n in range(start, start + count)
    ]


def write_csv(path, content):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(content[0]))
    writer.writeheader()
    writer.writerows(content)
    path.write_text(text.getvalue())
    return path


def load(home, tmp_path, content, name="notes.csv", **options):
    return import_files(home, [write_csv(tmp_path / name, content)], **options)


def test_from_file_to_version_with_every_kind_of_row(home, tmp_path):
    content = rows(60)
    content[0]["note"] += " Call 555-123-4567 or a.b@example.com, SSN 123-45-6789."
    content[1]["summary"] = "Mail\u00a0 a.b@example.com"
    content.append({**content[2], "note": content[2]["note"].upper()})
    content.append({**content[3], "summary": "Something else."})
    content.append({"note": "short", "summary": "Too short.", "writer": ""})
    load(home, tmp_path, content)
    result = curate(home, overrides=(*EVERY_SPLIT, "personal_data.replace=tag"))
    assert (result.n_imported, result.n_kept) == (63, 59)
    assert {(r.rule, r.action): r.n_examples for r in result.rules} == {
        ("whitespace", "edit"): 1,
        ("email", "edit"): 2,
        ("phone", "edit"): 1,
        ("ssn", "edit"): 1,
        ("min_input", "drop"): 1,
        ("exact", "drop"): 1,
        ("contradiction", "drop"): 2,
    }
    version = resolve_version(home, "latest")
    examples = read_examples(version)
    assert len(examples) == 59
    assert all(result.splits.values()) and sum(result.splits.values()) == 59
    first = next(example for example in examples if example.locator == "line 2")
    assert first.input.endswith("Call [PHONE] or [EMAIL], SSN [SSN].")
    assert first.prompt == ({"role": "user", "content": f"Summarise:\n{first.input}"},)
    assert next(e for e in examples if e.locator == "line 3").completion == "Mail [EMAIL]"
    manifest = version.manifest
    assert manifest.dropped == {
        "duplicates.contradiction": 2,
        "duplicates.exact": 1,
        "length.min_input": 1,
    }
    assert manifest.leakage["verdict"] == "clean"
    assert manifest.recipe["curate"]["splits"]["train"] == 0.4


def test_personal_data_becomes_surrogates_that_are_the_same_everywhere(home, tmp_path):
    content = rows(60)
    for number in (0, 1):
        content[number]["note"] += " Write to Ms. Dana Whitcombe at dana.w@lawyers-intake.net."
        content[number]["summary"] += " Client: Dana Whitcombe."
    load(home, tmp_path, content)
    curate(home, overrides=EVERY_SPLIT)
    version = resolve_version(home, "latest")
    texts = [e for e in read_examples(version) if " Write to " in e.input]
    assert len(texts) == 2
    assert len({e.input.partition(" Write to ")[2] for e in texts}) == 1
    name = texts[0].completion.partition("Client: ")[2].rstrip(".")
    assert name in texts[0].input
    for example in texts:
        assert "Whitcombe" not in example.input + example.completion
        assert "lawyers-intake" not in example.input
    recall = version.manifest.recipe["personal_data_recall"]
    assert recall["email"]["found"] >= 0.9 * recall["email"]["planted"] > 0


def test_names_of_columns_are_replaced_in_all_texts_and_stand_nowhere_in_clear(home, tmp_path):
    content = [{**row, "party": "", "contact": ""} for row in rows(60)]
    content[0] |= {"party": "Zquill, Oda", "contact": "Ms. Brindlewick"}
    content[0]["note"] += " Then zquill met brindlewick."
    content[0]["summary"] = "Oda Zquill met BRINDLEWICK."
    load(home, tmp_path, content, mapping="names=party+contact")
    curate(home, overrides=EVERY_SPLIT)
    version = resolve_version(home, "latest")
    example = next(e for e in read_examples(version) if e.locator == "line 2")
    met = example.input.rpartition(" Then ")[2]
    first, second = met.removesuffix(".").split(" met ")
    assert "zquill" not in met and "brindlewick" not in met
    assert example.completion.endswith(f"{first.capitalize()} met {second.upper()}.")
    for path in home.root.rglob("*"):
        if path.is_file():
            assert b"zquill" not in path.read_bytes().lower(), path


def test_rows_are_scanned_as_the_task_file_renders_them(home, tmp_path):
    (home.root / "task.yaml").write_text(
        TASK.replace(
            'template: "Summarise:\\n{input}"',
            """system: Questions to desk@firm.net.,
          template: "Client: {input}" """,
        )
    )
    content = rows(60)
    content[0]["note"] = "Okonkwo came to us about a lease."
    load(home, tmp_path, content)
    result = curate(home, overrides=EVERY_SPLIT)
    assert result.prompt_personal_data == {"prompt.system": {"email": 1}}
    version = resolve_version(home, "latest")
    example = next(e for e in read_examples(version) if e.locator == "line 2")
    assert "Okonkwo" not in example.prompt[1]["content"]
    assert example.prompt[1]["content"].startswith("Client: ")
    assert version.manifest.recipe["personal_data_in_prompt"] == {"prompt.system": {"email": 1}}
    assert "`prompt.system` of the task file holds: 1 of kind email." in dataset_card(
        home, "latest"
    )


def test_nothing_is_published_that_a_scan_finds(home, tmp_path):
    kinds, content = sorted(canary_kinds()), rows(120)
    for number, row in enumerate(content):
        kind = kinds[number % len(kinds)]
        [canary] = plant([row["note"]], kind, count=1, seed=number)
        row["note"] = canary.text
    load(home, tmp_path, content)
    curate(home, overrides=(*EVERY_SPLIT, "personal_data.replace=tag"))
    examples = read_examples(resolve_version(home, "latest"))
    assert len(examples) > 100
    for example in examples:
        for text in (*(turn["content"] for turn in example.prompt), example.completion):
            assert Scanner().find(text) == (), text


def test_a_recall_below_the_floor_publishes_nothing(home, tmp_path):
    load(home, tmp_path, rows(60))
    with pytest.raises(PersonalDataError, match=r"canaries of kind address, \d+ were found"):
        curate(home, overrides=(*EVERY_SPLIT, "personal_data.recall_floor=1"))
    assert not list_data(home).versions
    floors = "personal_data.recall_floor={default: 1, address: 0.5, all: 0.5}"
    assert curate(home, overrides=(*EVERY_SPLIT, floors)).n_kept == 60


def test_a_model_that_is_not_there_is_told_before_any_row_is_judged(home, tmp_path):
    load(home, tmp_path, rows(60))
    chosen = ("personal_data.model=gliner", f"personal_data.model_name={tmp_path / 'none'}")
    with pytest.raises(ConfigError, match=r"personal_data\.model_name: there is no GLiNER model"):
        curate(home, overrides=(*EVERY_SPLIT, *chosen))


def test_personal_data_stands_nowhere_in_clear(home, tmp_path):
    content = rows(40)
    content[0]["note"] += " Call 555-123-4567 or zq.canary@example.com."
    content.append({**content[0]})
    load(home, tmp_path, content)
    (tmp_path / "bad.jsonl").write_text(
        '{"note": "zq.canary@example.com", "summary": 3}\n{"note": "A note.", "summary": "S."}\n'
    )
    import_files(home, [tmp_path / "bad.jsonl"])
    curate(home, overrides=EVERY_SPLIT)
    for path in home.root.rglob("*"):
        if path.is_file():
            assert b"zq.canary" not in path.read_bytes(), path
            assert b"123-4567" not in path.read_bytes(), path


def test_an_undone_rule_is_left_out_of_the_next_version_and_comes_back(home, tmp_path):
    content = rows(60)
    content.append({**content[2], "note": content[2]["note"].upper()})
    content.append({**content[3], "note": content[3]["note"].upper()})
    content[4]["note"] += "  See  below."
    load(home, tmp_path, content)
    first = curate(home, overrides=EVERY_SPLIT)
    dropped = [rule for rule in first.rules if rule.rule == "exact"]
    assert [rule.n_examples for rule in dropped] == [2]

    undone = undo_rule(home, "duplicates.exact", row=dropped[0].for_example, reason="Two clients.")
    assert (undone.ruling, undone.n_rows) == ("undone", 1)
    second = curate(home, overrides=EVERY_SPLIT)
    assert second.n_kept == first.n_kept + 1
    manifest = resolve_version(home, "latest").manifest
    assert manifest.recipe["undone"]["by_row"] == {undone.row_id: ["duplicates.exact"]}

    undo_rule(home, "clean.whitespace")
    assert "  See  below." in "".join(
        e.input
        for e in read_examples(resolve_version(home, curate(home, overrides=EVERY_SPLIT).version))
    )
    undo_rule(home, "clean.whitespace", restore=True)
    undo_rule(home, "duplicates.exact", restore=True)
    assert curate(home, overrides=EVERY_SPLIT).version == first.version


def test_a_rule_that_is_not_there_or_said_nothing_cannot_be_undone(home, tmp_path):
    load(home, tmp_path, rows(60))
    curate(home, overrides=EVERY_SPLIT)
    with pytest.raises(ConfigError, match="names no rule"):
        undo_rule(home, "exact")
    with pytest.raises(NotFoundError, match="said nothing"):
        undo_rule(home, "duplicates.exact")


def test_the_same_command_again_gives_the_same_version(home, tmp_path):
    load(home, tmp_path, rows(60))
    first = curate(home, overrides=EVERY_SPLIT)
    assert load(home, tmp_path, rows(60)).files[0].status == "known"
    again = curate(home, overrides=EVERY_SPLIT)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.version == first.version
    assert len(list_data(home).versions) == 1
    assert not list((home.root / "staging").iterdir())


def test_two_homes_and_two_orders_of_import_give_one_digest(tmp_path):
    versions = set()
    for order in (("a.csv", "b.csv"), ("b.csv", "a.csv")):
        home = make_home(tmp_path / "".join(order))
        for name in order:
            load(home, tmp_path, rows(40) if name == "a.csv" else rows(40, 20), name=name)
        versions.add(curate(home, overrides=EVERY_SPLIT).version)
    assert len(versions) == 1


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 1000), sizes=st.lists(st.integers(0, 9), min_size=30, max_size=30))
def test_shuffled_rows_give_the_same_rows_in_the_same_splits(tmp_path, seed, sizes):
    content = rows(50)
    for place, group in enumerate(sizes):
        content[place]["writer"] = f"writer {group}" if group else ""
    content += [{**row, "note": row["note"].upper()} for row in content[:5]] + content[5:8]
    shuffled = content[:]
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - no secret
    published = []
    for name, given_rows in (("one", content), ("two", shuffled)):
        root = tmp_path / f"{name}-{time.monotonic_ns()}"
        home = make_home(root)
        load(home, root, given_rows, mapping="group=writer")
        curate(
            home,
            overrides=(
                *EVERY_SPLIT,
                f"seed={seed % 7 + 3}",
                "splits.feedback=0",
                "splits.train=0.6",
            ),
        )
        published.append(
            [
                replace(example, locator="")
                for example in read_examples(resolve_version(home, "latest"))
            ]
        )
    assert published[0] == published[1]
    by_group = {}
    for example in published[0]:
        assert by_group.setdefault(example.group, example.split) == example.split


def test_a_writers_notes_and_equal_notes_never_cross_a_split(home, tmp_path):
    content = rows(200)
    for number, row in enumerate(content):
        row["writer"] = f"w{number % 40}"
    load(home, tmp_path, content, mapping="group=writer")
    result = curate(home, overrides=EVERY_SPLIT)
    assert result.n_groups == 40
    writers = {}
    for example in read_examples(resolve_version(home, "latest")):
        number = int(example.input.split()[1]) % 40
        assert writers.setdefault(number, example.split) == example.split
    assert b"w39" not in (home.versions / result.version / "examples.parquet").read_bytes()


def test_a_row_that_would_tie_two_splits_stays_out_whatever_is_undone(home, tmp_path):
    content = rows(60)
    for number, row in enumerate(content):
        row["writer"] = f"w{number}"
    load(home, tmp_path, content, mapping="group=writer")
    curate(home, overrides=EVERY_SPLIT)
    splits = {e.input: e.split for e in read_examples(resolve_version(home, "latest"))}
    trained = next(row for row in content if splits[row["note"]] == "train")
    tested = next(row for row in content if splits[row["note"]] == "test")
    tie = {"note": trained["note"], "summary": "Another.", "writer": tested["writer"]}
    load(home, tmp_path, [tie], "later.csv", mapping="group=writer")
    settings = (*EVERY_SPLIT, "duplicates.contradictions=off")
    assert ("splits", "bridge", "drop", 1) in counts_of(curate(home, overrides=settings))
    with pytest.raises(ConfigError, match=r"splits\.bridge cannot be undone"):
        undo_rule(home, "splits.bridge")
    with open_store(home) as store:  # as an earlier version of ours let people record it
        store.record_ruling("splits.bridge", None, "undone", "")
    assert ("splits", "bridge", "drop", 1) in counts_of(curate(home, overrides=settings))


def counts_of(result):
    return {(rule.stage, rule.rule, rule.action, rule.n_examples) for rule in result.rules}


def test_an_empty_split_publishes_nothing_and_leaves_the_old_version(home, tmp_path):
    load(home, tmp_path, rows(60))
    old = curate(home, overrides=EVERY_SPLIT).version
    with pytest.raises(EmptySplitError, match="would be empty: 60 examples"):
        curate(
            home,
            overrides=(
                "splits.train=0.9999",
                "splits.validation=0.0001",
                "splits.test=0",
                "splits.feedback=0",
            ),
        )
    assert resolve_version(home, "latest").manifest.digest == old
    assert [path.name for path in home.versions.iterdir()] == [old]


def test_nothing_imported_nothing_left_and_wrong_settings_are_one_clear_error(home, tmp_path):
    with pytest.raises(NotFoundError, match="no imported example"):
        curate(home)
    load(home, tmp_path, rows(5))
    with pytest.raises(DataError, match=r"No example is left of 5: length\.min_input dropped 5"):
        curate(home, overrides=("length.min_input=500",))
    with pytest.raises(ConfigError, match=r"splits\.tset: unknown key"):
        curate(home, overrides=("splits.tset=0.1",))
    with pytest.raises(ConfigError, match=r"add up to 1\.2"):
        curate(home, overrides=("splits.train=1",))


def test_bad_rows_are_kept_with_place_and_reason(home, tmp_path):
    path = tmp_path / "notes.csv"
    path.write_bytes(
        b"note,summary\nA good note here,fine\ncaf\xe9 note,x\n,empty\n1,2,3\nnul\0note,x\n"
    )
    (file,) = import_files(home, [path]).files
    assert (file.n_examples, file.quarantined) == (
        1,
        {"wrong_encoding": 1, "empty_value": 1, "wrong_column_count": 1, "nul_character": 1},
    )
    found = list_quarantine(home)
    assert [(row.line, row.reason) for row in found] == [
        (3, "wrong_encoding"),
        (4, "empty_value"),
        (5, "wrong_column_count"),
        (6, "nul_character"),
    ]
    assert "Byte 0xE9 at position 38 of the file is not utf-8." in found[0].detail
    assert path.read_bytes()[38] == 0xE9
    assert found[0].raw == "caf\\xe9 note,x\n"


def test_a_latin1_file_is_mended_by_the_remedy_it_names(home, tmp_path):
    path = tmp_path / "notes.csv"
    path.write_bytes("note,summary\nCafé note one,x\nCafé note two,y\n".encode("latin-1"))
    with pytest.raises(ImportFileError, match="none of its 2 rows can be used") as caught:
        import_files(home, [path])
    assert "--encoding latin-1" in caught.value.hint
    assert list_data(home).sources == ()
    (file,) = import_files(home, [path], encoding="latin-1").files
    assert (file.n_examples, file.quarantined) == (2, {})


def test_a_wrong_file_among_good_ones_imports_nothing(home, tmp_path):
    good = write_csv(tmp_path / "good.csv", rows(3))
    for bad, options in ((tmp_path / "missing.csv", {}), (good, {"mapping": "input=nope"})):
        with pytest.raises(ImportFileError):
            import_files(home, [good, bad], **options)
    with pytest.raises(ImportFileError, match="format"):
        import_files(home, [good], file_format="xml")
    assert list_data(home).sources == ()


def test_another_mapping_takes_the_place_of_the_first(home, tmp_path):
    content = [{**row, "other": f"Other text {n}"} for n, row in enumerate(rows(60))]
    load(home, tmp_path, content)
    again = load(home, tmp_path, content, mapping="output=other")
    assert len(again.files[0].replaced) == 1
    curate(home, overrides=EVERY_SPLIT)
    examples = read_examples(resolve_version(home, "latest"))
    assert len(examples) == 60
    assert all(example.completion.startswith("Other") for example in examples)


def test_a_grown_file_adds_its_new_rows_and_moves_none(home, tmp_path):
    load(home, tmp_path, rows(60))
    curate(home, overrides=EVERY_SPLIT)
    before = {e.example_id: e.split for e in read_examples(resolve_version(home, "latest"))}
    (grown,) = load(home, tmp_path, rows(90)[::-1], name="grown.csv").files
    assert (grown.n_examples, grown.n_new_examples) == (90, 30)
    curate(home, overrides=EVERY_SPLIT)
    after = {e.example_id: e.split for e in read_examples(resolve_version(home, "latest"))}
    assert len(after) == 90
    assert before.items() <= after.items()


def test_why_tells_the_place_and_every_decision(home, tmp_path):
    content = rows(60)
    content.append({**content[2], "note": f"  {content[2]['note'].upper()}"})
    load(home, tmp_path, content)
    version = curate(home, overrides=EVERY_SPLIT).version
    stories = [explain_row(home, f"notes.csv:{line}") for line in (4, 62)]
    kept = next(story for story in stories if story.places)
    gone = next(story for story in stories if not story.places)
    assert gone.decisions[-1].evidence == {"keeper": kept.row_id}
    assert (gone.decisions[-1].stage, gone.decisions[-1].action) == ("duplicates", "drop")
    assert kept.places[0].version == gone.version == version
    assert explain_row(home, kept.row_id[:8]).row_id == kept.row_id
    with pytest.raises(NotFoundError, match="no row 'zz'"):
        explain_row(home, "zz")
    view = show_version(home, version[:6], split="train", limit=2)
    assert [row.split for row in view.rows] == ["train", "train"]


def test_labelled_answers_become_a_version_with_its_parent(home, tmp_path):
    load(home, tmp_path, rows(60))
    parent = curate(home, overrides=EVERY_SPLIT).version
    examples = read_examples(resolve_version(home, parent))
    edited = [replace(examples[0], completion="Better.", simulated=True), *examples[1:]]
    child = publish_examples(home, edited, parents=[parent], recipe={"annotate": {}})
    assert child.manifest.simulated_rows == 1
    assert child.manifest.parents == [parent]
    assert resolve_version(home, "latest:examples").manifest.digest == child.manifest.digest
    with open_store(home) as store:
        edges = store.lineage(f"version:{child.manifest.digest}", "parents")
        assert [edge.parent for edge in edges] == [f"version:{parent}"]
        assert [e.relation for e in store.lineage(f"version:{parent}", "parents")] == [
            "imported from"
        ]
    again = publish_examples(home, edited[::-1], parents=[parent], recipe={"annotate": {}})
    assert again.manifest.digest == child.manifest.digest
    crossing = replace(examples[1], example_id="f" * 16, split=_other(examples[1].split))
    with pytest.raises(LeakageError, match="stand in both splits"):
        publish_examples(home, [*examples, crossing], parents=[parent], recipe={})
    with pytest.raises(DataError, match="comes 2 times"):
        publish_examples(home, [examples[0], examples[0]], parents=[parent], recipe={})


def _other(split):
    return "test" if split == "train" else "train"


def test_pairs_of_the_test_split_are_refused(home):
    pair = PreferencePair("p1", "e1", "feedback", (), "a", "b", 1, ("r",), "study")
    version = publish_pairs(home, [pair], parents=[], recipe={"feedback": {}})
    assert read_pairs(resolve_version(home, "latest:pairs")) == [pair]
    assert version.manifest.counts == {"feedback": 1}
    with pytest.raises(LeakageError, match="test split"):
        publish_pairs(home, [replace(pair, split="test")], parents=[], recipe={})
    with pytest.raises(DataError, match="are equal"):
        publish_pairs(home, [replace(pair, rejected="a")], parents=[], recipe={})
    with pytest.raises(DataError, match="version of no pair"):
        publish_pairs(home, [], parents=[], recipe={})


SCRIPT = """
import sys
from pathlib import Path
from workbench.home import Home
from workbench.workflows.import_files import import_files
from workbench.workflows.curate import curate
print("ready", flush=True)
import_files(Home(Path(sys.argv[1])), [Path(sys.argv[2])])
curate(Home(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("delay_seconds", [0.1, 0.6])
def test_a_killed_command_leaves_nothing_and_the_same_command_continues(
    home, tmp_path, delay_seconds
):
    path = write_csv(tmp_path / "notes.csv", rows(6_000))
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, home.root, path],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        process.stdout.readline()
        time.sleep(delay_seconds)
        process.kill()
    listed = list_data(home)
    assert [source.n_rows for source in listed.sources] in ([], [6_000])
    for version in listed.versions:
        read_version(home.versions / version.digest)
    import_files(home, [path])
    result = curate(home)
    assert result.n_kept == 6_000
    assert len(list_data(home).sources) == 1
    assert not list((home.root / "staging").iterdir())


def test_json_lines_import_like_csv(home, tmp_path):
    path = tmp_path / "notes.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(3)) + "{broken\n")
    (file,) = import_files(home, [path]).files
    assert (file.n_examples, file.quarantined) == (3, {"broken_json": 1})
    assert file.columns == {"input": "note", "output": "summary"}


@pytest.mark.parametrize("name", ["", " "])
def test_a_row_without_a_name_is_refused_instead_of_every_row_listed(home, tmp_path, name):
    path = tmp_path / "notes.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(3)))
    import_files(home, [path])
    with pytest.raises(NotFoundError, match="No row is named"):
        explain_row(home, name)
