import dataclasses
import json
import stat

import pytest

from training.load import load_tokenizer
from training.rows import check_trainable_version, hold_out, read_dpo_rows
from workbench.errors import ConfigError, NotFoundError
from workbench.records import PreferencePair
from workbench.settings import load_settings
from workbench.store import resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.curate import curate
from workbench.workflows.import_files import import_files
from workbench.workflows.inspect_rows import inspect_rows, write_inspection_page
from workbench.workflows.publish import publish_examples, publish_pairs
from workbench.workflows.serve_models import base_folder

HOSTILE = "<script>alert(1)</script> \u202egnp.exe & <|end|>"


@pytest.fixture
def examples(home):
    return read_examples(resolve_version(home, "latest:examples"))


def test_a_demo_version_is_read_by_the_demo_model(home, examples):
    inspection = inspect_rows(home, n_shown=2)
    n_train = sum(example.split == "train" for example in examples)
    assert (inspection.n_rows, inspection.split) == (n_train, "train")
    assert len(inspection.rows) == 2
    assert not inspection.blocked
    assert 0 < inspection.n_trained < inspection.n_tokens
    assert inspection.n_unknown == 0


def test_the_result_is_ready_for_json_and_the_same_twice(home):
    first, second = (inspect_rows(home, n_shown=1) for _ in range(2))
    assert first == second
    content = json.loads(json.dumps(dataclasses.asdict(first)))
    tokens = content["rows"][0]["sides"][0]["tokens"]
    assert set(tokens[0]) == {"token_id", "text", "trained", "control"}


def test_the_configuration_decides_the_longest_row(home, tmp_path):
    home.sft_file.write_text("max_length: 130\n")
    configured = inspect_rows(home)
    assert (configured.limit.tokens, configured.limit.asked) == (130, True)
    other = tmp_path / "other.yaml"
    other.write_text("max_length: 150\n")
    assert inspect_rows(home, config_file=other).limit.tokens == 150
    other.write_text("max_lenght: 150\n")
    with pytest.raises(ConfigError, match="max_lenght"):
        inspect_rows(home, config_file=other)


def test_pairs_are_inspected_under_the_configuration_of_dpo(home, examples):
    pairs = [
        PreferencePair(
            f"p{n}", e.example_id, "train", e.prompt, e.completion, "No.", 1, (), "study"
        )
        for n, e in enumerate(e for e in examples if e.split == "train")
    ]
    publish_pairs(home, pairs, parents=(), recipe={})
    home.dpo_file.write_text("max_length: 140\n")
    inspection = inspect_rows(home, "latest:pairs", n_shown=1)
    assert (inspection.kind, inspection.n_rows, inspection.limit.tokens) == (
        "pairs",
        len(pairs),
        140,
    )
    assert [view.side.name for view in inspection.rows[0].sides] == ["chosen", "rejected"]


def test_pairs_of_an_imported_ranked_list_are_read_as_dpo_trains_on_them(home, tmp_path):
    rows = [
        {
            "prompt": f"Note {n} of a client about matter {n}{n}.",
            "responses": [f"Best {n}.", f"Middling {n}.", f"Poor {n}."],
        }
        for n in range(30)
    ]
    path = tmp_path / "ranked.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_files(home, [path])
    curate(home, overrides=["complete.output_shape=off"])
    version = resolve_version(home, "latest:pairs")
    check_trainable_version(version)
    base = base_folder(load_settings(home.settings_file).base_model)
    read = read_dpo_rows(version, load_tokenizer(base))
    assert len(read) == sum(version.manifest.counts.values()) > 0
    assert {row.chosen.split()[0] for row in read} == {"Best"}
    assert all(row.chosen_rendering.completion_ids for row in read)
    learned, watched = hold_out(read, 0.1)
    assert not {row.example_id for row in learned} & {row.example_id for row in watched}
    inspection = inspect_rows(home, "latest:pairs")
    assert (inspection.n_rows, inspection.blocked) == (len(read), False)


def test_the_page_escapes_what_a_note_says_and_needs_nothing_else(home, examples, tmp_path):
    hostile = dataclasses.replace(
        examples[0], split="train", input=HOSTILE, prompt=({"role": "user", "content": HOSTILE},)
    )
    publish_examples(home, [hostile, *examples[1:]], parents=(), recipe={"test": "hostile"})
    inspection = inspect_rows(home, row=hostile.example_id)
    page = tmp_path / "page.html"
    write_inspection_page(inspection, page)
    text = page.read_text()
    assert "<script" not in text
    assert "\u202e" not in text
    assert "http" not in text
    assert (
        text.count('class="t on')
        == sum(token.trained for token in inspection.rows[0].sides[0].tokens) + 1
    )  # one in the legend
    assert "spells out <code>&lt;|end|&gt;</code>" in text
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


def test_a_version_that_is_not_there_is_refused(home):
    with pytest.raises(NotFoundError):
        inspect_rows(home, "0123")
