"""From files with rejected answers to a version of preference pairs, on a real store."""

import json
import random

import pytest

from tests.workbench.workflows.small_project import EVERY_SPLIT, make_home
from workbench.cli.main import main
from workbench.curation.export_formats import EXPORT_FORMATS
from workbench.errors import (
    ConfigError,
    DataError,
    EmptySplitError,
    ImportFileError,
    NotFoundError,
)
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples, read_pairs
from workbench.workflows.curate import curate
from workbench.workflows.diagnose_pairs import diagnose_pairs
from workbench.workflows.explain_row import explain_row
from workbench.workflows.export_version import export_version
from workbench.workflows.import_files import import_files
from workbench.workflows.undo_rule import undo_rule

# Typos are off for the speed of these tests: their dictionary takes seconds to load.
SETTINGS = (*EVERY_SPLIT, "wording.typos=off")
ALL_TRAIN = (
    "splits.train=1",
    "splits.validation=0",
    "splits.test=0",
    "splits.feedback=0",
    "wording.typos=off",
)
N_LISTS = 40


@pytest.fixture
def home(tmp_path):
    return make_home(tmp_path / "home")


def words(stem, count=12):
    return " ".join(f"{stem}{chr(97 + place)}" for place in range(count))


def ranked(count=N_LISTS):
    """Lists of three answers, the best first; in every second one the best is the longest."""
    return [
        {
            "prompt": f"Note {n} of a client: {words(f'topic{n}')}.",
            "responses": [
                f"Best {n} {words(f'good{n}', 9 if n % 2 else 3)}.",
                f"Second {n} {words(f'fair{n}', 6)}.",
                f"Third {n} {words(f'poor{n}', 5)}.",
            ],
        }
        for n in range(count)
    ]


def load(home, folder, rows, name="ranked.jsonl"):
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_files(home, [path])
    return path


def preference(prompt, chosen, rejected):
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected}


def pairs_of(home):
    return read_pairs(resolve_version(home, "latest:pairs"))


def test_a_ranked_list_gives_its_best_answer_once_and_every_pair(home, tmp_path):
    load(home, tmp_path, ranked())
    result = curate(home, overrides=SETTINGS)
    examples = {e.input: e for e in read_examples(resolve_version(home, result.version))}
    assert len(examples) == result.n_kept == N_LISTS
    assert {e.completion.split()[0] for e in examples.values()} == {"Best"}

    pairs = pairs_of(home)
    by_prompt = {}
    for pair in pairs:
        example = examples[pair.prompt[-1]["content"].removeprefix("Summarise:\n")]
        assert (pair.split, pair.chosen) == (example.split, example.completion)
        # what holding out goes by: a prompt's pairs stay together
        assert pair.example_id == example.example_id
        assert (pair.origin, pair.strength, pair.raters) == ("import", 1, ())
        by_prompt.setdefault(pair.example_id, []).append(pair.rejected.split()[0])
    assert all(sorted(rejected) == ["Second", "Third"] for rejected in by_prompt.values())
    held_back = [e for e in examples.values() if e.split in ("test", "feedback")]
    assert len(by_prompt) == N_LISTS - len(held_back) and held_back
    assert result.pairs.n_rows == 2 * N_LISTS
    assert result.pairs.n_kept == len(pairs) == sum(result.pairs.splits.values())


def test_pairs_have_the_group_of_their_row_and_none_is_of_test_or_feedback(home, tmp_path):
    load(home, tmp_path, ranked())
    result = curate(home, overrides=SETTINGS)
    version = resolve_version(home, "latest:pairs")
    assert set(version.manifest.counts) == {"train", "validation"}
    n_held_back = version.manifest.dropped["pairs.held_back"]
    assert n_held_back == 2 * (result.splits["test"] + result.splits["feedback"]) > 0
    assert version.manifest.leakage["verdict"] == "clean"
    groups = {e.example_id: e.group for e in read_examples(resolve_version(home, result.version))}
    pairs = pairs_of(home)
    with open_store(home) as store:
        decided = store.decisions(version=result.pairs.version)
        for pair in pairs:
            places = dict(store.memberships(pair.pair_id))
            assert places[result.pairs.version].group_id == groups[pair.example_id]
    reasons = {d.decision.evidence["split"] for d in decided if d.decision.rule == "held_back"}
    assert reasons == {"test", "feedback"}
    with pytest.raises(ConfigError, match="cannot be undone"):
        undo_rule(home, "pairs.held_back")


def test_the_doctor_drops_what_is_broken_and_says_why_of_each_row(home, tmp_path):
    prompt = f"A question of a client about {words('law')}."
    rows = [
        preference(prompt, "Answer one is the better one.", "Answer two is not so good."),
        preference(prompt, "Answer two is not so good.", "Answer one is the better one."),
        preference(f"{prompt} Twice.", "The  answer of ours.", "the answer OF ours."),
        preference(f"{prompt} Thrice.", "Yes, that is so.", "No, that is not so."),
        preference(f"{prompt} Thrice.", "Yes, that is so.", "No,  that is not so."),
    ]
    load(home, tmp_path, ranked())
    load(home, tmp_path, rows, "preference.jsonl")
    result = curate(home, overrides=ALL_TRAIN)
    dropped = {rule.rule: rule.n_pairs for rule in result.pairs.rules if rule.action == "drop"}
    assert dropped == {"contradiction": 2, "identical": 1, "repeated": 1}
    assert result.pairs.n_kept == 2 * N_LISTS + len(rows) - 4
    # of two outputs that reject each other neither is an example
    outranked = [rule.n_examples for rule in result.rules if rule.rule == "outranked"]
    assert outranked == [2]

    story = explain_row(home, "preference.jsonl:1")
    assert story.version == result.version
    assert [d.rule for d in story.decisions] == ["outranked"]
    assert [d.rule for d in story.of_other_kind] == ["contradiction"]
    told = story.of_other_kind[0]
    assert (told.version, told.action) == (result.pairs.version, "drop")
    assert told.evidence["others"] == [explain_row(home, "preference.jsonl:2").row_id]


def test_an_undone_rule_of_the_doctor_brings_its_pair_back(home, tmp_path):
    rows = ranked()
    rows[0]["responses"][1] = rows[0]["responses"][0].replace("Best", "BEST")
    load(home, tmp_path, rows)
    first = curate(home, overrides=ALL_TRAIN)
    (identical,) = [rule for rule in first.pairs.rules if rule.rule == "identical"]
    undo_rule(home, "pairs.identical", row=identical.pair_ids[0], reason="Case matters here.")
    second = curate(home, overrides=ALL_TRAIN)
    assert second.pairs.n_kept == first.pairs.n_kept + 1
    assert identical.pair_ids[0] in {pair.pair_id for pair in pairs_of(home)}
    undo_rule(home, "pairs.identical", row=identical.pair_ids[0], restore=True)
    assert curate(home, overrides=ALL_TRAIN).pairs.version == first.pairs.version


def test_a_row_that_is_no_example_for_another_reason_gives_no_pair(home, tmp_path):
    rows = ranked()
    rows[3]["responses"][0] = "I'm sorry, but I can't help with that request."
    load(home, tmp_path, rows)
    result = curate(home, overrides=ALL_TRAIN)
    assert result.pairs.n_kept == 2 * (N_LISTS - 1)
    manifest = resolve_version(home, "latest:pairs").manifest
    assert manifest.dropped == {"quality.refusal": 2}


def test_personal_data_of_rejected_answers_is_replaced_in_pairs(home, tmp_path):
    rows = ranked()
    for row in rows:
        row["responses"][2] += " Mail zq.canary@example.com."
    load(home, tmp_path, rows)
    curate(home, overrides=SETTINGS)
    version = resolve_version(home, "latest:pairs")
    assert any("Mail " in pair.rejected for pair in read_pairs(version))
    assert b"zq.canary" not in version.rows_file.read_bytes()
    assert not any("zq.canary" in pair.rejected for pair in read_pairs(version))


def test_shuffled_rows_give_the_same_pairs(tmp_path):
    versions = []
    for seed in (1, 2):
        home = make_home(tmp_path / f"home{seed}")
        rows = ranked()
        random.Random(seed).shuffle(rows)  # noqa: S311 - no secret
        load(home, tmp_path, rows)
        curate(home, overrides=SETTINGS)
        versions.append(pairs_of(home))
    assert versions[0] == versions[1]


def test_old_pairs_keep_their_split_when_rows_are_added(home, tmp_path):
    load(home, tmp_path, ranked())
    curate(home, overrides=SETTINGS)
    before = {pair.pair_id: pair.split for pair in pairs_of(home)}
    load(home, tmp_path, ranked(N_LISTS + 10)[N_LISTS:], "more.jsonl")
    curate(home, overrides=SETTINGS)
    after = {pair.pair_id: pair.split for pair in pairs_of(home)}
    assert before.items() <= after.items()


def test_without_rejected_answers_there_are_no_pairs(home, tmp_path):
    rows = [{"input": r["prompt"], "output": r["responses"][0]} for r in ranked()]
    load(home, tmp_path, rows)
    assert curate(home, overrides=SETTINGS).pairs is None


@pytest.mark.parametrize("file_format", EXPORT_FORMATS)
def test_every_export_format_holds_every_pair_and_learns_from_train_alone(
    home, tmp_path, file_format
):
    load(home, tmp_path, ranked())
    result = curate(home, overrides=SETTINGS)
    exported = export_version(home, "latest:pairs", file_format=file_format, folder=tmp_path / "o")
    assert {f.split: f.n_rows for f in exported.files if f.split} == result.pairs.splits
    if file_format == "axolotl":
        settings = (tmp_path / "o" / "axolotl.yaml").read_text()
        learned, _, watched = settings.partition("test_datasets")
        assert "train.jsonl" in learned and "validation.jsonl" not in learned
        assert "validation.jsonl" in watched


def test_the_doctor_examines_a_file_before_it_is_imported(home, tmp_path):
    rows = ranked(20)
    rows[1]["responses"][2] = rows[1]["responses"][0].upper()
    path = tmp_path / "ranked.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = diagnose_pairs(home, str(path))
    assert (found.kind, found.n_pairs, found.n_kept) == ("file", 40, 39)
    (identical,) = [rule for rule in found.rules if rule.rule == "identical"]
    assert (identical.action, identical.n_pairs) == ("drop", 1)
    assert [found.places[row] for row in identical.pair_ids] == ["line 2"]
    (length,) = [one for one in found.balance if one.rule == "length_bias"]
    # the best is longer in both pairs of every second list; one of these is gone
    assert (length.evidence["count"], length.evidence["n_pairs"]) == (19, 39)
    assert length.evidence["low"] < 19 / 39 < length.evidence["high"]
    assert not any(word in repr(found) for word in ("topic", "good1", "poor1"))
    with open_store(home) as store:
        assert store.sources() == []


@pytest.mark.parametrize(("n_lists", "n_groups"), [(1, 0), (4, 0), (20, 0), (60, 0), (60, 3)])
def test_the_doctor_tells_which_splits_a_file_alone_leaves_empty(
    home, tmp_path, n_lists, n_groups, capsys
):
    rows = ranked(n_lists)
    if n_groups:  # lists that belong together never cross a split, so that three fill three at most
        rows = [{**row, "group": f"matter {n % n_groups}"} for n, row in enumerate(rows)]
    path = tmp_path / "ranked.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (home.root / "workbench.toml").write_text("")
    empty = diagnose_pairs(home, str(path)).empty_splits
    assert main(["data", "doctor", str(path), "--home", str(home.root)]) == 0
    assert ("curate would stop" in capsys.readouterr().out) == bool(empty)
    load(home, tmp_path, rows)
    if empty:
        with pytest.raises(EmptySplitError, match=f"Split '{empty[0]}' would be empty"):
            curate(home, overrides=("wording.typos=off",))
    else:
        assert all(curate(home, overrides=("wording.typos=off",)).splits.values())


def test_the_doctor_tells_ties_and_mismatches_of_a_file(home, tmp_path):
    good = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "Yes, we can."}]
    bad = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "No, we cannot."}]
    other = [{"role": "user", "content": "R"}, {"role": "assistant", "content": "Perhaps."}]
    rows = [{"chosen": good, "rejected": bad}, {"chosen": good, "rejected": other}]
    path = tmp_path / "chats.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = diagnose_pairs(home, str(path))
    (mismatch,) = found.rules
    assert (mismatch.rule, mismatch.action) == ("prompt_mismatch", "quarantine")
    assert mismatch.pair_ids == ("line 2",)

    rated = {"prompt": "Question one", "completions": ["A b c", "D e f", "G h"]}
    rows = [{**rated, "ratings": [4, 4, 1]}, {**rated, "ratings": [2, 2, 2]}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = diagnose_pairs(home, str(path))
    assert (found.n_pairs, found.n_ties) == (1, 1)
    assert [(r.rule, r.action) for r in found.rules] == [("tie", "quarantine")]


def test_the_doctor_finds_nothing_to_drop_in_what_curate_published(home, tmp_path):
    load(home, tmp_path, ranked())
    result = curate(home, overrides=SETTINGS)
    found = diagnose_pairs(home)
    assert (found.source, found.n_pairs) == (result.pairs.version, result.pairs.n_kept)
    assert found.n_kept == found.n_pairs
    assert found.balance == result.pairs.balance


def test_a_file_without_pairs_is_refused_with_the_remedy(home, tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("input,output\nA note,A summary\n")
    with pytest.raises(DataError, match="holds no preference pair"):
        diagnose_pairs(home, str(path))


def test_a_file_or_version_that_is_not_there_is_told_as_what_it_is(home, tmp_path):
    with pytest.raises(ImportFileError, match="gone"):
        diagnose_pairs(home, str(tmp_path / "gone.jsonl"))
    with pytest.raises(NotFoundError, match="No version of pairs"):
        diagnose_pairs(home)
