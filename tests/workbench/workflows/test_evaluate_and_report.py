"""Numbers and the page that shows them, from a real home and a scripted model."""

import json
import re
from html.parser import HTMLParser

import pytest

from workbench.cli.main import main
from workbench.errors import ConfigError, NotFoundError
from workbench.evaluation.chat_model import Sampling
from workbench.evaluation.statistics import estimate
from workbench.files import write_json
from workbench.home import Home
from workbench.store import resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.curate import curate
from workbench.workflows.evaluate import evaluate
from workbench.workflows.import_files import import_files
from workbench.workflows.init_home import init_home
from workbench.workflows.overview import newest_report
from workbench.workflows.report import write_report


class Page(HTMLParser):
    """Collects what a page would load, and its text."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.loads += [v for k, v in attrs if k in ("src", "srcset", "data", "action", "poster")]
        self.loads += [v for k, v in attrs if k == "href" and not str(v).startswith("#")]
        if tag in ("script", "link", "iframe", "object"):
            self.loads.append(tag)

    def handle_data(self, data):
        self.text += f" {data}"


def page_of(files):
    return Page(files.html.read_text(encoding="utf-8"))


def gap(content, metric, of, over):
    return next(
        d for d in content["differences"] if (d["metric"], d["of"], d["over"]) == (metric, of, over)
    )


def test_every_number_is_what_a_hand_count_gives(home, serve):
    model = serve(home)
    content = evaluate(home).content
    examples = read_examples(resolve_version(home, "latest:examples"), "test")
    assert content["n"] == len(examples)
    wrong, groups = [], []
    for example in examples:
        text = model.complete("sft-1111aaaa", example.prompt, Sampling())[0].text
        plaintiff = f"{example.completion.splitlines()[0]}\n"
        wrong.append(0.0 if f"{text}\n".find(plaintiff) >= 0 else 1 / 6)
        groups.append(example.group)
    measured = content["arms"]["sft"]["metrics"]["field_accuracy"]
    by_hand = estimate([1 - value for value in wrong], groups)
    assert measured["mean"] == pytest.approx(by_hand.mean)
    assert (measured["low"], measured["high"]) == pytest.approx((by_hand.low, by_hand.high))
    assert content["arms"]["base"]["metrics"]["field_accuracy"]["mean"] == 0
    assert content["arms"]["base"]["perplexity"]["value"] == pytest.approx(20.0855, abs=1e-3)
    assert content["arms"]["dpo"]["perplexity"]["low"] == pytest.approx(1.2840, abs=1e-3)


def test_a_difference_is_the_difference_of_the_means_on_the_same_prompts(home, serve):
    serve(home)
    content = evaluate(home).content
    for metric in ("style", "field_accuracy"):
        found = gap(content, metric, "dpo", "sft")
        means = {arm: item["metrics"][metric]["mean"] for arm, item in content["arms"].items()}
        assert found["mean"] == pytest.approx(means["dpo"] - means["sft"])
        assert found["low"] <= found["mean"] <= found["high"]
        assert found["n_scored"] == found["n_total"] == content["n"]
    assert gap(content, "field_accuracy", "sft", "base")["low"] > 0


def test_references_without_readable_fields_are_not_scored_and_take_no_number_away(home, serve):
    notes = home.root / "input" / "prose.jsonl"
    rows = [
        {
            "note": f"{name} called about a fence that the neighbour moved by {feet} feet.",
            "summary": f"A talk with {name} about a fence, moved by {feet} feet; no field in it.",
            "writer": f"prose {name}",
        }
        for name, feet in zip(PROSE, range(3, 3 + len(PROSE)), strict=True)
    ]
    notes.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_files(home, [notes], mapping="input=note,output=summary,group=writer")
    curate(home, overrides=["complete.output_shape=flag"])
    serve(home)
    content = evaluate(home).content
    examples = read_examples(resolve_version(home, content["version"]), "test")
    scored = sum("no field in it" not in example.completion for example in examples)
    assert 0 < scored < content["n"] == len(examples)
    for arm in content["arms"].values():
        accuracy = arm["metrics"]["field_accuracy"]
        assert (accuracy["n_scored"], accuracy["n_total"]) == (scored, len(examples))
        assert arm["metrics"]["style"]["n_scored"] == len(examples)
    assert gap(content, "field_accuracy", "dpo", "sft")["n_scored"] == scored
    page = page_of(write_report(home)).text
    assert f"{scored}/{len(examples)}" in page
    assert f"on {scored} of {len(examples)} held-out prompts" in page


def test_answers_that_were_cut_are_counted_and_said(home, serve):
    model = serve(home)
    model.finish_reason = "length"
    content = evaluate(home, arms=("base", "sft"), max_tokens=64, limit=4).content
    assert content["max_tokens"] == 64
    assert {arm: item["cut_short"] for arm, item in content["arms"].items()} == {
        "base": 4,
        "sft": 4,
    }
    files = write_report(home)
    said = "4 of 4 answers of SFT were cut at 64 tokens"
    assert any(said in line for line in json.loads(files.json.read_text())["headline"])
    page = page_of(files).text
    assert said in page
    assert "Answers cut at 64 tokens" in page
    model.finish_reason = "stop"
    whole = evaluate(home, arms=("base", "sft"), limit=4).content
    assert [item["cut_short"] for item in whole["arms"].values()] == [0, 0]
    assert "were cut at" not in page_of(write_report(home)).text


def test_a_prompt_that_is_too_long_is_not_scored_and_is_named(home, serve, capsys):
    model = serve(home)
    examples = read_examples(resolve_version(home, "latest:examples"), "test")
    words = {e.example_id: len(e.prompt[-1]["content"].split()) for e in examples}
    *_, second, longest = sorted(words, key=words.get)
    model.context = words[second] + 300
    assert words[longest] > words[second]
    main(["evaluate", "--home", str(home.root), "--max-tokens", "300"])
    said = f"1 prompts were too long and have no answer: {longest} ({words[longest]} tokens)"
    printed = capsys.readouterr().out
    assert f"sft: {said}" in printed
    total = len(words)
    assert f"({total - 1}/{total})" in printed
    files = write_report(home)
    report = json.loads(files.json.read_text())
    for arm in report["evaluation"]["arms"].values():
        assert arm["unanswered"] == [{"example_id": longest, "tokens": words[longest]}]
        scored = {(m["n_scored"], m["n_total"]) for m in arm["metrics"].values()}
        assert scored == {(total - 1, total)}
        assert arm["corpus_bleu"]["n_scored"] == total - 1
        assert arm["perplexity"]["n_scored"] == total  # the reference fits where 300 tokens do not
    sentence = f"1 of {total} prompts were too long for SFT and are not scored: {longest}"
    assert any(sentence in line for line in report["headline"])
    assert f"1 of {total}" in page_of(files).text


def test_a_reference_that_is_too_long_has_no_perplexity(home, serve):
    model = serve(home)
    examples = read_examples(resolve_version(home, "latest:examples"), "test")
    lengths = sorted(
        len(e.prompt[-1]["content"].split()) + len(e.completion.split()) for e in examples
    )
    model.context = lengths[-1] - 1
    content = evaluate(home, max_tokens=1).content
    longest = lengths.count(lengths[-1])
    for arm in content["arms"].values():
        assert arm["unanswered"] == []
        assert arm["perplexity"]["n_scored"] == content["n"] - longest


def test_the_command_prints_every_measure_with_how_many_rows_it_is_over(home, serve, capsys):
    model = serve(home)
    model.finish_reason = "length"
    main(["evaluate", "--home", str(home.root), "--arm", "base", "--arm", "sft", "--limit", "4"])
    printed = capsys.readouterr().out
    assert re.search(r"field_accuracy +0\.000 \(4/4\) +\d\.\d{3} \(4/4\)", printed)
    assert re.search(r"cut short +4 of 4 +4 of 4", printed)
    assert "8 answers were cut at 256 tokens: raise --max-tokens" in printed


def test_the_file_says_what_each_number_was_taken_from(home, serve):
    serve(home)
    result = evaluate(home, limit=4)
    kept = json.loads(result.file.read_text())
    assert kept["evaluation_id"] == result.evaluation_id
    assert kept["version"] == resolve_version(home, "latest:examples").manifest.digest
    assert {item["model"] for item in kept["arms"].values()} == {
        "tiny",
        "sft-1111aaaa",
        "dpo-2222bbbb",
    }
    assert all((home.answers / item["answer_set"]).is_dir() for item in kept["arms"].values())
    assert evaluate(home, limit=4).evaluation_id == result.evaluation_id


@pytest.mark.parametrize(
    "asked",
    [
        {"split": "train"},
        {"split": "feedback"},
        {"split": "holdout"},
        {"arms": ("sft", "sft")},
        {"arms": ()},
    ],
)
def test_what_cannot_be_measured_is_refused(home, serve, asked):
    serve(home)
    with pytest.raises((ConfigError, NotFoundError), match=r"split|arm"):
        evaluate(home, **asked)


def test_a_report_of_an_empty_home_says_what_to_do(tmp_path):
    init_home(tmp_path / "home", template="summarise", base_model="demo")
    home = Home(tmp_path / "home")
    page = page_of(write_report(home))
    for command in ("workbench import", "workbench train sft", "workbench evaluate", "workbench s"):
        assert command in page.text
    assert not home.store_file.exists()


def test_the_page_needs_nothing_else_and_its_numbers_lie_beside_it(home, serve):
    serve(home)
    evaluation = evaluate(home)
    files = write_report(home)
    page = page_of(files)
    assert page.loads == []
    assert not re.search(r"@import|url\(", files.html.read_text())
    kept = json.loads(files.json.read_text())
    assert kept["evaluation"] == json.loads(evaluation.file.read_text())
    assert newest_report(home) == files.html
    assert files.html.parent == files.json.parent
    mean = kept["evaluation"]["arms"]["dpo"]["metrics"]["field_accuracy"]["mean"]
    assert f"{mean:.1%}" in page.text
    assert files.html.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("split", ["test", "validation"])
def test_only_the_test_split_is_called_held_out(home, serve, split):
    serve(home)
    evaluate(home, split=split)
    files = write_report(home)
    page = " ".join(page_of(files).text.split())
    headline = json.loads(files.json.read_text())["headline"][0]
    named = {"test": "held-out prompts", "validation": "validation prompts"}[split]
    assert f"Quality on {named}" in page
    assert named in headline
    assert ("held-out" in page) is (split == "test")


def test_text_of_models_stays_text(home, serve):
    model = serve(home)
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    model.references = {prompt: f"{attack}\n{text}" for prompt, text in model.references.items()}
    evaluate(home, limit=3)
    page = page_of(write_report(home))
    assert page.loads == []
    assert attack in page.text


def test_curves_of_a_run_are_drawn_also_when_a_loss_is_not_finite(home):
    folder = home.runs / "sft-0123456789"
    folder.mkdir(parents=True)
    write_json(folder / "run.json", RUN)
    rows = [
        {"step": 0, "eval_loss": 8.7},
        *({"step": step, "loss": 8.0 / step} for step in range(1, 9)),
        {"step": 9, "loss": float("nan")},
        {"step": 9, "eval_loss": 0.4},
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    files = write_report(home)
    html = files.html.read_text()
    assert html.count("<polyline") >= 2
    assert "nan" not in "".join(re.findall(r"<svg.*?</svg>", html, re.DOTALL)).lower()
    json.loads(files.json.read_text(), parse_constant=pytest.fail)


PROSE = [first + last for first in "ABCDEFG" for last in ("da", "el", "im")]
RUN = {
    "run_id": "sft-0123456789",
    "kind": "sft",
    "status": "complete",
    "version": "0" * 16,
    "base_model": "base",
    "base_fingerprint": "0" * 64,
    "parent_run": None,
    "config_digest": "0" * 64,
    "created_at": "2026-11-24T08:00:00+00:00",
    "finished_at": "2026-11-24T08:02:00+00:00",
    "adapter": "adapter",
    "adapter_sha256": "0" * 64,
    "trained_tokens": 1000,
    "packages": {},
    "steps": 9,
    "summary": {"tokens_per_second": 1000.0},
}
