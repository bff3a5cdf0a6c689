"""Rows are replaced until a scan of what is published finds nothing but surrogates and tags."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.curation.personal_data.one_row import replace_row
from workbench.curation.personal_data.canaries import canary_kinds, plant
from workbench.curation.personal_data.frames import BARE, Frame
from workbench.curation.personal_data.kinds import Finding
from workbench.curation.personal_data.replace import MOST_PASSES, Tags, replace_rows
from workbench.curation.personal_data.scan import Scanner
from workbench.curation.personal_data.surrogates import Surrogates

OURS = Surrogates(b"k" * 32)
SCANNER = Scanner()
CANARIES = [
    canary.text[canary.start : canary.end]
    for kind in sorted(canary_kinds())
    for canary in plant(["x"], kind, count=12, seed=5)
]
CUES = st.sampled_from(["", "", "Account number ", "born ", "Client: ", "Call ", "Dear ", "IBAN "])
GAPS = st.sampled_from([" ", ", ", "\n", "-", "/", "", ": ", "; ", "@", " at "])
TEXTS = st.lists(
    st.tuples(CUES, st.sampled_from(CANARIES), GAPS).map("".join), min_size=1, max_size=5
).map("".join)


def one(texts, replacer=OURS, scanner=SCANNER, names=(), frames=None):
    [row] = replace_rows([texts], scanner, replacer, names=[names], frames=frames or {})
    return row


def left_over(texts, frames):
    """Return what a scan of the texts as published finds that is not ours."""
    found = []
    for field, text in texts.items():
        frame = frames.get(field, BARE)
        around = frame.around(text)
        for each in frame.within(SCANNER.find(around), len(text)):
            value = text[each.start : each.end]
            if OURS.replacement(each.kind, value) != value:
                found.append((each.kind, value))
    return found


@settings(max_examples=200)
@given(TEXTS, TEXTS, st.sampled_from(["{x}", "Client: {x}", "Born on {x}", "Account {x}", "+1{x}"]))
def test_what_is_settled_holds_nothing_but_surrogates_and_does_not_change_again(a, b, template):
    frames = {"input": Frame.of_template(template, "{x}")}
    row = one({"input": a, "output": b}, frames=frames)
    if row.is_settled:
        assert left_over(row.texts, frames) == []
        again = one(row.texts, frames=frames)
        assert (again.texts, again.passes) == (row.texts, [])


@pytest.mark.parametrize("kind", sorted(canary_kinds()))
def test_every_canary_in_a_sentence_is_settled(kind):
    texts = [{"t": c.text} for c in plant(["They met. All is well."], kind, count=60, seed=9)]
    rows = replace_rows(texts, SCANNER, OURS, names=[()] * len(texts), frames={})
    assert all(row.is_settled for row in rows)


def test_rows_are_replaced_alike_together_and_alone():
    texts = [{"a": f"{value} and", "b": value} for value in CANARIES]
    together = replace_rows(texts, SCANNER, OURS, names=[()] * len(texts), frames={})
    assert [row.texts for row in together] == [
        replace_row(each, SCANNER, OURS).texts for each in texts
    ]


def test_what_only_the_template_makes_personal_is_replaced():
    frames = {"input": Frame.of_template("Client:\n{x}", "{x}")}
    for text, template in (
        ("Okonkwo came in.", "Client: {x}"),
        ("03/14/1970, from Ohio", "Born on {x}"),
        ("hunter22! it was", "password: {x}"),
    ):
        assert one({"input": text}).texts["input"] == text
        frames = {"input": Frame.of_template(template, "{x}")}
        row = one({"input": text, "output": text}, frames=frames)
        assert row.texts["input"].split()[0] != text.split()[0]
        # the answer is a message of its own; but a name counts in the whole row
        assert (row.texts["output"] == text) == ("Okonkwo" not in text)


def test_a_name_of_the_template_is_not_looked_for_in_the_rows():
    frames = {"input": Frame.of_template("You help Dr. Okonkwo.\n{x}", "{x}")}
    assert one({"input": "Okonkwo left."}, frames=frames).texts["input"] == "Okonkwo left."


def test_surrogates_that_read_as_one_value_are_replaced_until_they_do_not():
    text = "46 Riverside Court/grant at dwhlplx dot com - "
    row = one({"t": text})
    assert row.is_settled
    assert len(row.passes) == 2
    assert left_over(row.texts, {}) == []


class Growing:
    """Puts something there that is found again, whatever was found."""

    def replacement(self, kind, value):
        return f"{value}1"


def test_a_row_that_never_settles_says_so():
    row = one({"t": "SSN 123-45-6789, a@b.co"}, replacer=Growing())
    assert not row.is_settled
    assert len(row.passes) == MOST_PASSES


def test_the_letters_that_an_overlap_leaves_of_a_number_stay():
    text = "Account: GB88DKLE23978602679832/Policy no. 98111713 has lapsed"
    assert one({"t": text}, Tags()).texts["t"] == (
        "Account: [IBAN]/Policy no. [ACCOUNT_NUMBER] has lapsed"
    )


def test_names_of_the_row_are_replaced_by_the_surrogates_of_their_words():
    texts = {"input": "I told okonkwo.", "output": "Jane Okonkwo was told."}
    row = one(texts, names=("Okonkwo, Jane",))
    given_name, surname = OURS.replacement("name", "Jane Okonkwo").split()
    assert row.texts == {
        "input": f"I told {surname.lower()}.",
        "output": f"{given_name} {surname} was told.",
    }


def test_a_model_looks_once_and_gives_way_to_surer_findings():
    class Everything:
        agent = "test 1"

        def find(self, text):
            return [Finding("name", 4, len(text))]

    row = one({"t": "see a@b.co"}, Tags(), Scanner(models=[Everything()]))
    assert row.texts["t"] == "see [EMAIL]"
