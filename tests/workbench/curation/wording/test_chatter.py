import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.wording.changes import revert
from workbench.curation.wording.chatter import ChatterRules, chatter_rules
from workbench.demo.dataset import consultations
from workbench.demo.phrasing import CHATTER
from workbench.errors import ConfigError

RULES = ChatterRules()
ALL = chatter_rules()


def test_every_rule_has_a_name_of_its_own():
    assert len({rule.name for rule in ALL}) == len(ALL) > 15


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_every_rule_removes_its_example_and_leaves_what_looks_alike(rule):
    edited = RULES.apply(f"She signed the lease.\n{rule.example}")
    assert edited.text == "She signed the lease."
    assert {change.rule for change in edited.changes} == {rule.name}
    assert RULES.apply(f"She signed the lease.\n{rule.stays}").changes == ()


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_every_rule_can_be_switched_off(rule):
    text = f"She signed the lease.\n{rule.example}"
    assert rule.name not in {
        change.rule for change in ChatterRules([rule.name]).apply(text).changes
    }


def test_an_unknown_rule_is_refused_with_those_that_there_are():
    with pytest.raises(ConfigError, match=r"called nonsense.*greeting, introduction"):
        ChatterRules(["nonsense"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Doctor: Hi there! Where does it hurt?\nPatient: Hello.\nPatient: Here.",
         "Doctor: Where does it hurt?\nPatient: Here."),
        ("LONG DAY! The client fell.", "The client fell."),
        ("The client fell. It was a\nlong day.", "The client fell. It was a\nlong day."),
        ("He fell.\n\nYou’re welcome.\nHe broke an arm.", "He fell.\n\nHe broke an arm."),
        ("Fell on ice. This message is confidential and so on. Sent from my iPhone",
         "Fell on ice."),
    ],
)  # fmt: skip
def test_whole_sentences_go_and_nothing_else(before, after):
    edited = RULES.apply(before)
    assert edited.text == after
    assert revert(edited.text, edited.changes) == before


def test_a_text_of_nothing_but_chatter_is_left_for_review():
    text = "Patient: Hello.\nNice weather for once."
    edited = RULES.apply(text)
    assert (edited.text, edited.changes) == (text, ())
    assert [change.rule for change in edited.suggestions] == ["greeting", "greeting", "weather"]


def test_nearly_all_chatter_of_the_demo_goes_and_nothing_else():
    found = wrong = missed = 0
    for row in consultations(count=400):
        edited = RULES.apply(row.note)
        gone = [change.before.strip() for change in edited.changes]
        wrong += sum(sentence not in CHATTER for sentence in gone)
        found += sum(sentence in CHATTER for sentence in gone)
        missed += sum(edited.text.count(sentence) for sentence in CHATTER)
    assert wrong == 0
    assert found > 300
    assert missed <= 0.02 * (found + missed)


SENTENCES = st.sampled_from(
    [
        *(
            "Hello.",
            "Doctor:",
            "Note: Long day.",
            "He fell.",
            "long day.",
            "--",
            "[PHONE]",
            "a@b.co",
        ),
        *("\n", "\n\n", "-----Original Message-----", "From: A", "bye", "Test test", "İ hello."),
    ]
)


@given(st.lists(SENTENCES, max_size=10).map(" ".join))
def test_every_edit_can_be_undone_and_a_second_pass_changes_nothing(text):
    edited = RULES.apply(text)
    assert revert(edited.text, edited.changes) == text
    assert RULES.apply(edited.text).changes == ()
    assert edited.text.strip() or not text.strip()


@given(st.lists(st.sampled_from([*CHATTER, "He fell.", "Doctor:", '"Hi."', "a. b"]), max_size=8))
def test_the_quick_test_for_a_match_misses_none(sentences):
    text = "\n".join(sentences)
    eager = ChatterRules()
    eager._is_promising = lambda lowered, cue: True
    assert RULES.apply(text) == eager.apply(text)
