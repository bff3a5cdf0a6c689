from workbench.curation.pairs.prompts import near_prompts
from workbench.curation.pairs.rows import PairRow

TEMPLATE = "Summarise the following consultation note for the file of the client: {} Be concise."


def pair(pair_id, text):
    return PairRow(pair_id, ({"role": "user", "content": TEMPLATE.format(text)},), "yes", "no")


def sentence(stem, n=60):
    return " ".join(f"{stem}{place}" for place in range(n))


def test_pairs_of_two_near_prompts_are_coupled_and_those_of_one_are_not():
    rows = [
        pair("b", sentence("w")),
        pair("a", sentence("w")),
        pair("c", sentence("w") + " end"),
        pair("d", sentence("v")),
    ]
    assert sorted(near_prompts(rows)) == [("a", "c"), ("b", "c")]
    assert sorted(near_prompts(rows[::-1])) == [("a", "c"), ("b", "c")]


def test_a_template_alone_makes_no_prompts_alike():
    assert list(near_prompts([pair("a", "one short note"), pair("b", "another short note")])) == []


def test_no_pair_and_one_pair_have_no_near_prompt():
    assert list(near_prompts([])) == []
    assert list(near_prompts([pair("a", "note")])) == []
