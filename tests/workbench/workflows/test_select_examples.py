import json

import numpy as np
import pytest

from workbench.cli.main import main
from workbench.curation.selection.ifd import difficulty, worth
from workbench.curation.selection.rules import SelectionRules
from workbench.errors import ConfigError, DataError, EmptySplitError, LeakageError
from workbench.home import Home
from workbench.progress import PROGRESS_VARIABLE
from workbench.records import Example
from workbench.store import resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.dataset_card import dataset_card
from workbench.workflows.diff_versions import diff_versions
from workbench.workflows.difficulties import measure_difficulties
from workbench.workflows.explain_row import explain_row
from workbench.workflows.publish import publish_examples
from workbench.workflows.select_examples import select_examples

TASK = """
name: demo
objective: Summarise.
rubric:
  - {name: utility, question: "Is it useful?", anchors: {1: a, 4: b, 7: c, 10: d}}
"""
TENANCY = ("tenant", "landlord", "rent", "heating", "lease", "repair", "notice", "flat")
TRAFFIC = ("driver", "lorry", "brake", "road", "speed", "insurance", "light", "wheel")
N_TRAIN = 160


def words(subject, *seed, n):
    return " ".join(np.random.default_rng(seed).choice(subject, n))


def example(number, split, subject):
    name = f"{number:016x}"
    text = f"{words(subject, number, n=9)} of case {number}"
    prompt = ({"role": "user", "content": text},)
    answer = words(subject, number, 1, n=12)
    return Example(name, split, name, text, prompt, answer, "n.csv", "line 1")


ROWS = [
    *(example(n, "train", TENANCY if n % 8 == 0 else TRAFFIC) for n in range(N_TRAIN)),
    *(example(n, "validation", TENANCY) for n in range(200, 240)),
    *(example(n, "test", TENANCY) for n in range(300, 310)),
    *(example(n, "feedback", TRAFFIC) for n in range(400, 405)),
]
OTHERS = ROWS[N_TRAIN:]


@pytest.fixture
def home(tmp_path):
    root = tmp_path / "home"
    root.mkdir()
    (root / "task.yaml").write_text(TASK)
    (root / "workbench.toml").write_text("")
    return Home(root)


@pytest.fixture
def parent(home):
    recipe = {"personal_data_recall": {"email": {"found": 9, "planted": 10, "low": 0.6, "high": 1}}}
    return publish_examples(home, ROWS, parents=[], recipe=recipe).manifest.digest


def select(home, **options):
    given = {name: options.pop(name) for name in ("by", "keep", "tokens") if name in options}
    return select_examples(home, rules=SelectionRules(**given), **options)


def test_only_train_rows_leave_and_each_says_why(home, parent):
    result = select(home, keep=20)
    version = resolve_version(home, "latest:examples")
    assert version.manifest.digest == result.version
    assert version.manifest.parents == [parent]
    assert version.manifest.dropped == {"select.similarity": 140}
    rows = read_examples(version)
    assert [row for row in rows if row.split != "train"] == OTHERS
    kept = [row for row in rows if row.split == "train"]
    assert kept == list(ROWS[:N_TRAIN:8])  # the validation rows are of tenancy
    [decision] = explain_row(home, f"{1:016x}").decisions
    assert (decision.stage, decision.rule, decision.action) == ("select", "similarity", "drop")
    assert "like the nearest target" in decision.reason
    assert 0 <= decision.evidence["score"] < 1


def test_what_was_measured_stands_in_the_manifest_and_on_the_card(home, parent):
    result = select(home, keep=20)
    manifest = resolve_version(home, result.version).manifest
    assert manifest.recipe["select"] == {"by": "similarity", "keep": 20, "tokens": None, "seed": 1}
    told = manifest.recipe["selection"]
    assert [arm["name"] for arm in told["arms"]] == ["selected", "random", "length_matched"]
    assert told["arms"][0]["loss"]["mean"] == pytest.approx(result.arms[0].loss.mean, abs=1e-6)
    assert (told["n_targets"], told["n_held_out"]) == (20, 20)
    card = dataset_card(home, result.version)
    assert f"Choosing by similarity {result.verdict}." in card
    assert "| length matched |" in card
    assert "| email | 9 of 10 |" in card


def test_what_is_like_the_task_beats_chance_and_what_is_not_does_not(home, parent, tmp_path):
    assert select(home, keep=20, dry_run=True).verdict.startswith("beats random")
    wrong = tmp_path / "wrong.jsonl"
    lines = ({"input": words(TRAFFIC, n, 5, n=9), "output": "x"} for n in range(900, 910))
    wrong.write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = select(home, keep=20, target=wrong, dry_run=True)
    assert result.verdict.startswith("is worse than random")
    assert (result.n_targets, result.n_held_out) == (10, 40)


def test_the_difference_to_the_parent_is_the_selection(home, parent):
    result = select(home, by="length", keep=20)
    found = diff_versions(home, parent, result.version)
    assert set(found.settings) == {"select.by", "select.keep", "select.seed"}
    [change] = found.changes
    assert (change.change, change.reason, change.n_rows) == ("removed", "select.length", 140)


def test_a_dry_run_publishes_nothing_and_tells_the_same(home, parent):
    tried = select(home, by="diversity", keep=10, dry_run=True)
    assert tried.version == ""
    assert resolve_version(home, "latest:examples").manifest.digest == parent
    done = select(home, by="diversity", keep=10)
    assert (done.arms, done.verdict) == (tried.arms, tried.verdict)


def test_the_same_selection_is_the_same_version(home, parent):
    versions = {select(home, version=parent, by="length", tokens=300).version for _ in range(2)}
    assert len(versions) == 1
    [version] = versions
    kept = read_examples(resolve_version(home, version), "train")
    assert sum(-(-len(r.input) // 4) - (-len(r.completion) // 4) for r in kept) <= 300


def test_targets_are_never_of_the_test_split(home, parent, tmp_path):
    file = tmp_path / "targets.txt"
    file.write_text(f"something\n{OTHERS[45].input.upper()}\n")
    with pytest.raises(LeakageError, match=r"targets.txt, line 2, is an input of the test split"):
        select(home, keep=20, target=file)


def test_a_target_file_without_inputs_is_refused(home, parent, tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("summary\nan answer\n")
    with pytest.raises(DataError, match="no inputs that rows could be like"):
        select(home, keep=20, target=file)


def test_what_cannot_be_selected_is_refused_and_nothing_is_published(home, parent, tmp_path):
    for options, error, phrase in [
        ({"keep": 160}, DataError, "has 160 rows, so a limit of 160 rows leaves nothing out"),
        ({"tokens": 3}, DataError, "3 tokens keep none"),
        ({"by": "ifd", "keep": 3}, ConfigError, "needs a small causal model"),
        ({"by": "length", "keep": 3, "model": "demo"}, ConfigError, "--model is read by"),
        ({"by": "length", "keep": 3, "target": tmp_path}, ConfigError, "--target is read by"),
    ]:
        with pytest.raises(error, match=phrase):
            select(home, **options)
    assert resolve_version(home, "latest:examples").manifest.digest == parent


def test_a_version_that_cannot_be_measured_is_refused(home):
    publish_examples(home, ROWS[:N_TRAIN], parents=[], recipe={})
    with pytest.raises(EmptySplitError, match="no validation split"):
        select(home, keep=20)
    publish_examples(home, ROWS[: N_TRAIN + 1], parents=[], recipe={})
    with pytest.raises(EmptySplitError, match="could be measured by"):
        select(home, keep=20)
    publish_examples(home, OTHERS, parents=[], recipe={})
    with pytest.raises(EmptySplitError, match="no train split"):
        select(home, keep=20)


def test_the_command_shows_the_controls_and_no_text(home, parent, capsys):
    arguments = ["data", "select", "--keep", "20", "--dry-run", "--home", str(home.root)]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    for phrase in ("20 of 160 training rows", "random, mean of 5", "equal lengths, mean of 5"):
        assert phrase in shown
    assert "Choosing by similarity beats random" in shown
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rules"]["by"] == "similarity"
    assert len(told["draws"]) == 10
    assert main([*arguments, "--tokens", "100"]) == 2
    assert "name one" in capsys.readouterr().err
    assert not any(word in shown + json.dumps(told) for word in ("tenant", "lorry"))


def test_difficulty_is_scored_once_and_a_stopped_scoring_continues(
    home, parent, capsys, tmp_path, monkeypatch
):
    first = measure_difficulties(home, ROWS[:3], "demo")
    monkeypatch.setenv(PROGRESS_VARIABLE, str(tmp_path / "progress.json"))
    whole = measure_difficulties(home, ROWS[:5], "demo")
    progress = json.loads((tmp_path / "progress.json").read_text())
    assert (progress["done"], progress["total"]) == (2, 2)
    assert progress["note"].endswith(" rows/s")
    assert {name: whole.by_row[name] for name in first.by_row} == first.by_row
    capsys.readouterr()
    assert measure_difficulties(home, ROWS[:5], "demo") == whole
    assert "Score difficulty" not in capsys.readouterr().err


def test_the_most_difficult_rows_up_to_one_are_kept_first(home, parent, capsys):
    arguments = ["--by", "ifd", "--model", "demo", "--keep", "4", "--json"]
    few = publish_examples(home, [*ROWS[:6], *OTHERS], parents=[parent], recipe={})
    version = few.manifest.digest
    assert main(["data", "select", version, *arguments, "--home", str(home.root)]) == 0
    told = json.loads(capsys.readouterr().out)
    scores = measure_difficulties(home, ROWS[:6], "demo").by_row
    assert told["n_misfit"] == sum(score > 1 for score in scores.values())
    assert told["n_untold"] == 0
    best = sorted(scores, key=lambda name: worth(scores[name]), reverse=True)[:4]
    made = resolve_version(home, told["version"])
    assert {row.example_id for row in read_examples(made, "train")} == set(best)
    assert len(made.manifest.recipe["model"]) == 64


def test_difficulty_is_the_loss_of_the_model_with_the_prompt_over_that_without(home):
    import torch

    from workbench.demo import MODEL_DIR
    from workbench.workflows.answer_scorer import load_scorer

    scorer = load_scorer(MODEL_DIR)
    row = ROWS[0]
    prompt = scorer.render(row.prompt)
    assert "user" in prompt.lower()

    def loss(text):
        """Return the loss as transformers has it, with the labels before the answer masked."""
        before = scorer._tokenizer(text, add_special_tokens=False)["input_ids"]
        begin = scorer._tokenizer.bos_token_id
        if begin is not None and before[:1] != [begin]:
            before = [begin, *before]
        answer = scorer._tokenizer(row.completion, add_special_tokens=False)["input_ids"]
        ids = torch.tensor([[*before, *answer]])
        labels = torch.tensor([[-100] * len(before) + answer])
        with torch.no_grad():
            return float(scorer._model(input_ids=ids, labels=labels).loss)

    expected = loss(prompt) / loss("")
    assert difficulty(scorer, prompt, row.completion) == pytest.approx(expected, rel=1e-4)
    assert difficulty(scorer, prompt, "") is None
    assert difficulty(scorer, prompt, "too long " * 100_000) is None
