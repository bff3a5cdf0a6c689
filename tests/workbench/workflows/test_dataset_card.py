from workbench.manifest import read_version
from workbench.store import open_store
from workbench.workflows.curate import curate
from workbench.workflows.dataset_card import dataset_card


def test_a_card_says_what_a_version_holds_and_none_of_its_text(home):
    result = curate(home)
    card = dataset_card(home, "latest")
    for split, count in result.splits.items():
        assert f"| {split} | {count} |" in card
    for rule in result.rules:
        assert f"| {rule.stage} | {rule.rule} | {rule.action} | {rule.n_examples} |" in card
    with open_store(home) as store:
        [source] = store.sources()
    assert f"| {source.file_name} | {source.n_rows} | not stated |" in card
    assert "verdict: suspect" in card  # notes of the demo share long runs of words
    assert "as it is now" in card
    assert "{" not in card
    examples = read_version(home.versions / result.version)
    assert examples.manifest.digest in card


def test_a_card_tells_that_the_task_file_changed_since(home):
    curate(home)
    home.task_file.write_text(home.task_file.read_text() + "\n# a comment alone changes nothing\n")
    assert "as it is now" in dataset_card(home, "latest")
    text = home.task_file.read_text()
    home.task_file.write_text(text.replace("objective: ", "objective: Also ", 1))
    assert "changed since" in dataset_card(home, "latest")
