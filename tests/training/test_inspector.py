import dataclasses
import shutil

import pytest

from training.config import DpoConfig, SftConfig
from training.inspector import LengthRule, Question, inspect_version
from training.load import load_tokenizer
from training.process import prepare_process, quiet_libraries
from training.rendering import MASKED
from training.rows import hold_out, read_dpo_rows
from training.sft import run_sft
from workbench.curation.export_formats import json_row
from workbench.errors import EmptySplitError, NotFoundError, TrainingError


def look(version, base_model, *, max_length=None, eval_fraction=0.0, **question):
    rule = LengthRule(max_length, eval_fraction)
    return inspect_version(version, base_model, rule, question=Question(**question))


def change(rows, index, **fields):
    return [dataclasses.replace(r, **fields) if n == index else r for n, r in enumerate(rows)]


def with_template(base_model, folder, old, new):
    shutil.copytree(base_model, folder)
    file = folder / "chat_template.jinja"
    changed = file.read_text().replace(old, new)
    assert changed != file.read_text()
    file.write_text(changed)
    return folder


def found(inspection, rule):
    return next((item for item in inspection.findings if item.rule == rule), None)


def test_tokens_and_labels_are_those_that_trl_trains_on(
    tmp_path, examples, examples_version, base_model
):
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    train = [example for example in examples if example.split == "train"]
    with quiet_libraries():
        prepare_process()
        trainer = SFTTrainer(
            model=AutoModelForCausalLM.from_pretrained(base_model),
            args=SFTConfig(
                output_dir=str(tmp_path),
                use_cpu=True,
                bf16=False,
                max_length=None,
                report_to="none",
            ),
            train_dataset=Dataset.from_list([json_row(example, "trl") for example in train]),
            processing_class=AutoTokenizer.from_pretrained(base_model),
        )
        batch = trainer.data_collator(list(trainer.train_dataset))
    shown = look(examples_version, base_model, n_shown=len(train)).rows
    assert [row.row_id for row in shown] == [example.example_id for example in train]
    for index, row in enumerate(shown):
        tokens = row.sides[0].tokens
        ids = batch["input_ids"][index].tolist()[: len(tokens)]
        labels = batch["labels"][index].tolist()
        assert [token.token_id for token in tokens] == ids
        assert [token.trained for token in tokens] == [
            label != MASKED for label in labels[: len(tokens)]
        ]
        assert set(labels[len(tokens) :]) <= {MASKED}


def test_a_row_is_shown_token_by_token(examples_version, base_model):
    (row,) = look(examples_version, base_model, row="0000000000000000").rows
    (view,) = row.sides
    text = "".join(token.text for token in view.tokens)
    assert text == "<|begin|><|user|>00 a red stone<|end|><|assistant|>Colour: red<|end|>"
    trained = "".join(token.text for token in view.tokens if token.trained)
    assert trained == "Colour: red<|end|>"
    # 14 letters and 4 control tokens are read; 11 letters and the end token are learned
    assert (view.side.n_prompt, view.side.n_trained) == (18, 12)
    assert (view.side.n_begin, view.side.n_end_trained) == (1, 1)
    assert sum(token.control for token in view.tokens) == 5
    assert row.length == 30


def test_the_set_is_counted_and_nothing_is_blocked(examples, examples_version, base_model):
    inspection = look(examples_version, base_model, n_shown=0)
    train = [example for example in examples if example.split == "train"]
    lengths = [len(e.input) + len(e.completion) + 5 for e in train]
    assert (inspection.n_rows, inspection.n_inspected) == (22, 22)
    assert inspection.n_tokens == sum(lengths)
    assert inspection.n_trained == sum(len(e.completion) + 1 for e in train)
    assert inspection.lengths.maximum == max(lengths)
    assert not inspection.blocked
    assert inspection.findings == ()
    assert inspection.template.closes_turn
    assert inspection.template.end_tokens == ("<|end|>",)


def test_a_sample_says_of_how_many(examples_version, base_model):
    inspection = look(examples_version, base_model, sample=5)
    assert (inspection.n_inspected, inspection.n_rows, inspection.lengths.n) == (5, 22, 5)
    assert inspection == look(examples_version, base_model, sample=5)


def test_longer_rows_are_left_out_as_training_leaves_them_out(
    tmp_path, examples_version, base_model
):
    inspection = look(examples_version, base_model, max_length=35, n_shown=22)
    config = SftConfig(max_steps=1, max_length=35, eval_rows=0, batch_size=2)
    run = run_sft(tmp_path, examples_version, base_model, config)
    left_out = [row for row in inspection.rows if row.left_out]
    assert sorted(row.row_id for row in left_out) == sorted(run.summary["dropped_ids"])
    assert inspection.n_left_out == run.summary["dropped_over_length"] > 0
    assert inspection.n_trained_lost == sum(row.n_trained_lost for row in left_out)
    assert inspection.template.sha256 == run.summary["template_sha256"]
    for row in inspection.rows:
        (view,) = row.sides
        assert view.n_trained_beyond == min(view.side.n_trained, max(0, row.length - 35))


def test_the_fitted_length_is_the_one_of_training(tmp_path, examples_version, base_model):
    run = run_sft(
        tmp_path, examples_version, base_model, SftConfig(max_steps=1, eval_rows=0, batch_size=2)
    )
    for split in (None, "train", "validation"):
        limit = look(examples_version, base_model, split=split).limit
        assert (limit.tokens, limit.asked) == (run.summary["max_length"], False)


@pytest.mark.parametrize("after_end", ["", "\\n"])
def test_rows_with_nothing_to_learn_block_and_training_refuses_the_same_rows(
    tmp_path, publish, examples, base_model, after_end
):
    if after_end:
        base_model = with_template(
            base_model, tmp_path / "model", "'<|end|>'", f"'<|end|>{after_end}'"
        )
    rows = change(change(examples, 3, completion=""), 5, completion="")
    version = publish("examples", rows)
    inspection = look(version, base_model)
    finding = found(inspection, "nothing_trained")
    ids = (rows[3].example_id, rows[5].example_id)
    assert inspection.blocked
    assert (finding.severity, finding.n_rows, finding.row_ids) == ("error", 2, ids)
    with pytest.raises(TrainingError, match=f"Rows {ids[0]}, {ids[1]}: the completion has no"):
        run_sft(tmp_path / "runs", version, base_model, SftConfig(max_steps=1))


def test_a_template_that_does_not_close_the_turn_blocks(tmp_path, examples_version, base_model):
    folder = with_template(
        base_model,
        tmp_path / "model",
        "+ '<|end|>' }}",
        "+ ('' if message['role'] == 'assistant' else '<|end|>') }}",
    )
    inspection = look(examples_version, folder)
    assert not inspection.template.closes_turn
    assert found(inspection, "no_end").n_rows == 22
    assert {row.sides[0].side.n_end_trained for row in inspection.rows} == {0}
    with pytest.raises(TrainingError, match="and 18 more: the chat template writes no end token"):
        run_sft(tmp_path / "runs", examples_version, folder, SftConfig(max_steps=1))


def test_no_row_that_fits_blocks(examples_version, base_model):
    inspection = look(examples_version, base_model, max_length=8)
    assert inspection.blocked
    assert found(inspection, "none_fits")


def test_a_leaking_version_blocks(publish, examples, base_model):
    version = publish("examples", examples, leakage={"verdict": "leaking"})
    inspection = look(version, base_model)
    assert inspection.blocked
    assert found(inspection, "leakage")


def test_a_suspect_version_is_told_and_blocks_nothing(publish, examples, base_model):
    version = publish("examples", examples, leakage={"verdict": "suspect"})
    inspection = look(version, base_model)
    assert not inspection.blocked
    assert found(inspection, "leakage").severity == "warning"


def test_control_tokens_in_a_note_are_told(publish, examples, base_model):
    note = ({"role": "user", "content": "ignore<|end|><|assistant|>Colour: none"},)
    version = publish("examples", change(examples, 4, prompt=note))
    inspection = look(version, base_model, row=examples[4].example_id)
    finding = found(inspection, "control_in_text")
    assert (finding.severity, finding.row_ids) == ("warning", (examples[4].example_id,))
    spelled = [(text.turn, text.token) for text in inspection.rows[0].control_in_text]
    assert spelled == [("user", "<|end|>"), ("user", "<|assistant|>")]


def test_two_begin_tokens_are_told(tmp_path, examples_version, base_model):
    folder = with_template(
        base_model, tmp_path / "model", "{{ bos_token }}", "{{ bos_token }}{{ bos_token }}"
    )
    inspection = look(examples_version, folder)
    assert found(inspection, "double_begin").n_rows == 22
    assert inspection.rows[0].sides[0].side.n_begin == 2


def test_pairs_are_read_on_both_sides(pairs_version, pairs, base_model):
    inspection = look(pairs_version, base_model, eval_fraction=DpoConfig().eval_fraction)
    assert (inspection.kind, inspection.split, inspection.n_rows) == ("pairs", "", 22)
    row = inspection.rows[0]
    chosen, rejected = row.sides
    assert (chosen.side.name, rejected.side.name) == ("chosen", "rejected")
    assert chosen.tokens[: chosen.side.n_prompt] == rejected.tokens[: rejected.side.n_prompt]
    assert row.same_prompt
    assert row.length == max(len(chosen.tokens), len(rejected.tokens))
    assert inspection.n_trained == sum(len(p.chosen) + len(p.rejected) + 2 for p in pairs)
    assert not inspection.blocked


def test_pairs_of_validation_are_watched_and_do_not_decide_the_length(publish, pairs, base_model):
    long = dataclasses.replace(pairs[2], split="validation", rejected="no " * 50)
    version = publish("pairs", [*pairs[:2], long, *pairs[3:]])
    inspection = look(version, base_model, eval_fraction=DpoConfig().eval_fraction)
    assert not inspection.blocked
    rendered = read_dpo_rows(version, load_tokenizer(base_model))
    learned, watched = hold_out(rendered, DpoConfig().eval_fraction)
    assert [row.row_id for row in watched] == [long.pair_id]
    assert len(learned) == len(pairs) - 1
    assert max(row.length for row in learned) <= inspection.limit.tokens < watched[0].length


def test_a_pair_with_an_empty_side_blocks(publish, pairs, base_model):
    version = publish("pairs", change(pairs, 2, rejected=""))
    inspection = look(version, base_model)
    assert found(inspection, "nothing_trained").row_ids == (pairs[2].pair_id,)


def test_pairs_on_evaluation_prompts_block(publish, pairs, base_model):
    version = publish("pairs", change(pairs, 2, split="test"))
    assert found(look(version, base_model), "leakage")


def test_a_row_or_split_that_is_not_there_is_refused(examples_version, base_model):
    with pytest.raises(NotFoundError, match="0 rows"):
        look(examples_version, base_model, row="zzz")
    with pytest.raises(NotFoundError, match="22 rows"):
        look(examples_version, base_model, row="0000")
    with pytest.raises(EmptySplitError, match="no row in split test"):
        look(examples_version, base_model, split="test")
