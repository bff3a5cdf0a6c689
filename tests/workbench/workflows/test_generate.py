"""Answers on disk: whole or not there, continued after a failure, never mixed up."""

import json
import threading

import pytest
from filelock import FileLock

from annotation.sampled_answers import read_answer_set as read_pairs_of
from workbench.errors import ConfigError, EmptySplitError, EvaluationError, ServingError
from workbench.evaluation.answer_sets import Unanswered, list_answer_sets, read_answer_set
from workbench.store import resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.generate import generate
from workbench.workflows.studies import create_study


def test_every_prompt_gets_its_own_answers(home, serve):
    model = serve(home)
    made = generate(home, arm="sft", split="feedback", samples=2, temperature=1.0)
    examples = read_examples(resolve_version(home, "latest:examples"), "feedback")
    assert [(a.example_id, a.sample) for a in made.answers] == [
        (example.example_id, sample) for example in examples for sample in (0, 1)
    ]
    by_id = {example.example_id: example for example in examples}
    assert all(a.prompt == by_id[a.example_id].prompt for a in made.answers)
    assert len(model.asked) == len(examples)
    assert (made.arm, made.model, made.split) == ("sft", "sft-1111aaaa", "feedback")
    assert made.version == resolve_version(home, "latest:examples").manifest.digest


def test_the_same_generation_asks_nothing_and_another_one_is_another_set(home, serve):
    model = serve(home)
    first = generate(home, arm="sft", split="test")
    asked = len(model.asked)
    assert generate(home, arm="sft", split="test") == first
    assert len(model.asked) == asked
    others = [
        generate(home, arm="dpo", split="test"),
        generate(home, arm="sft", split="test", limit=2),
        generate(home, arm="sft", split="test", max_tokens=9),
    ]
    assert len({first.set_id, *(other.set_id for other in others)}) == 4
    assert len(list_answer_sets(home.answers)) == 4


def test_a_newly_trained_adapter_answers_anew(home, serve):
    serve(home)
    first = generate(home, arm="sft", split="test", limit=2)
    serve(home, names={"sft": "dpo-2222bbbb"})
    assert generate(home, arm="sft", split="test", limit=2).set_id != first.set_id


@pytest.mark.parametrize("arm", ["base", "sft"])
def test_every_arm_answers_anew_after_the_base_model_changed(home, serve, arm):
    """An adapter's weights say nothing of the base under it."""
    serve(home)
    first = generate(home, arm=arm, split="test", limit=2)
    model = serve(home, names={**NAMES, "base": "other-base"})
    assert generate(home, arm=arm, split="test", limit=2).set_id != first.set_id
    assert len(model.asked) == 2


def test_a_generation_that_failed_continues_where_it_was(home, serve):
    serve(home, fail_after=5)
    with pytest.raises(ServingError):
        generate(home, arm="sft", split="train", limit=40)
    assert not home.answers.exists() or not list(home.answers.iterdir())
    [partial] = (home.root / "staging").glob("answers-*/answers.jsonl")
    kept = len(partial.read_text().splitlines())
    assert 0 < kept <= 5
    with partial.open("a") as file:
        file.write('{"example_id": "cut o')  # what a killed process leaves

    model = serve(home)
    made = generate(home, arm="sft", split="train", limit=40)
    assert len(model.asked) == 40 - kept
    assert len({answer.example_id for answer in made.answers}) == len(made.answers) == 40
    assert not list((home.root / "staging").glob("answers-*"))


def test_two_commands_that_generate_one_set_publish_it_whole_and_ask_once(home, serve):
    model = serve(home)
    meet = model.meet = threading.Barrier(2)  # the second command starts while the first writes
    made = []

    def run():
        made.append(generate(home, arm="sft", split="train", limit=40))

    first = threading.Thread(target=run)
    first.start()
    meet.wait(timeout=30)
    second = threading.Thread(target=run)
    second.start()
    second.join(timeout=1.0)
    assert second.is_alive()  # it waits
    meet.wait(timeout=30)
    for thread in (first, second):
        thread.join(timeout=60)
    assert len(made) == 2
    assert made[0] == made[1]
    assert len(made[0].answers) == len(model.asked) == 40


def test_a_set_that_another_command_holds_is_waited_for_not_taken(home, serve):
    model = serve(home)
    set_id = generate(home, arm="sft", split="test").set_id
    (home.answers / set_id).rename(home.root / "elsewhere")
    asked = len(model.asked)
    with FileLock(home.root / "staging" / f".answers-{set_id}.lock"):
        waiting = threading.Thread(target=generate, args=(home,), kwargs=SFT_TEST)
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive()
        (home.root / "elsewhere").rename(home.answers / set_id)
    waiting.join(timeout=30)
    assert not waiting.is_alive()
    assert len(model.asked) == asked


def test_a_set_that_lacks_an_answer_is_not_published(home, serve):
    model = serve(home)
    model.forgets_samples = True
    with pytest.raises(EvaluationError, match="Only 3 of 6 answers"):
        generate(home, arm="sft", split="test", limit=3, samples=2, temperature=1.0)
    assert not list(home.answers.glob("*"))
    model.forgets_samples = False
    made = generate(home, arm="sft", split="test", limit=3, samples=2, temperature=1.0)
    assert len(made.answers) == 6


def test_a_prompt_that_is_too_long_is_named_and_the_others_are_answered(home, serve):
    model = serve(home)
    examples = read_examples(resolve_version(home, "latest:examples"), "test")
    words = {e.example_id: len(e.prompt[-1]["content"].split()) for e in examples}
    *_, second, longest = sorted(words, key=words.get)
    model.context = words[second] + 9
    made = generate(home, arm="sft", split="test", max_tokens=9)
    assert made.unanswered == (Unanswered(longest, words[longest]),)
    assert [answer.example_id for answer in made.answers] == sorted(set(words) - {longest})
    assert generate(home, arm="sft", split="test", max_tokens=9) == made

    model.context = words[longest] + 9  # a server with a larger limit is asked anew
    whole = generate(home, arm="sft", split="test", max_tokens=9)
    assert whole.unanswered == ()
    assert len(whole.answers) == len(words)


def test_prompts_that_are_all_too_long_are_an_error_that_names_the_shortest(home, serve):
    model = serve(home)
    examples = read_examples(resolve_version(home, "latest:examples"), "test")
    words = {e.example_id: len(e.prompt[-1]["content"].split()) for e in examples}
    shortest = min(words, key=words.get)
    model.context = words[shortest]
    with pytest.raises(EvaluationError, match=rf"{shortest}.*{words[shortest]} tokens"):
        generate(home, arm="sft", split="test")
    assert not home.answers.exists()


def test_answers_are_private_and_the_other_parts_can_read_them(home, serve):
    serve(home)
    pairs = generate(home, arm="sft", split="feedback", samples=2, temperature=1.0)
    generate(home, arm="dpo", split="feedback")
    folder = home.answers / pairs.set_id
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert read_pairs_of(folder).version == pairs.version
    assert create_study(home).split == "feedback"
    assert json.loads((folder / "set.json").read_text())["sampling"]["n"] == 2
    assert read_answer_set(folder) == pairs


def test_a_study_never_compares_answers_to_different_prompts(home, serve):
    serve(home)
    for arm in ("sft", "dpo"):
        generate(home, arm=arm, split="feedback", limit=3)
    [path] = [f for f in home.answers.glob("*/answers.jsonl") if f.parent.name.startswith("dpo")]
    first, *others = map(json.loads, path.read_text().splitlines())
    first["prompt"][-1]["content"] += " Be brief."
    path.write_text("".join(json.dumps(row) + "\n" for row in (first, *others)))
    with pytest.raises(ConfigError, match=f"different prompts of example {first['example_id']}"):
        create_study(home, arms=("sft", "dpo"))


def test_several_samples_need_a_temperature(home, serve):
    serve(home)
    with pytest.raises(ConfigError, match="temperature 0"):
        generate(home, arm="sft", split="train", samples=2)


def test_an_arm_that_is_not_served_is_named_with_the_way_out(home, serve):
    serve(home)
    with pytest.raises(ServingError, match=r"not 'kto'.*--arm kto"):
        generate(home, arm="kto", split="test")


def test_no_server_is_said_before_anything_is_written(home):
    with pytest.raises(ServingError, match=r"does not run.*workbench serve start"):
        generate(home, arm="sft", split="test")
    assert not home.answers.exists()


def test_an_empty_choice_of_prompts_is_refused(home, serve):
    serve(home)
    with pytest.raises(EmptySplitError):
        generate(home, arm="sft", split="test", limit=0)


NAMES = {"base": "tiny", "sft": "sft-1111aaaa", "dpo": "dpo-2222bbbb"}
SFT_TEST = {"arm": "sft", "split": "test"}
