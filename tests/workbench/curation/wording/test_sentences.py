import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.wording.changes import make_changes, revert
from workbench.curation.wording.sentences import removals, split_sentences


def parts(text):
    return [text[part.start : part.end] for part in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n ", []),
        (" One. Two!  Three? ", ["One.", "Two!", "Three?"]),
        ("One line\nNext line\n\n- item", ["One line", "Next line", "- item"]),
        ("wrapped\nline goes on", ["wrapped\nline goes on"]),
        ("approx. three. Four", ["approx. three.", "Four"]),
        ('He said "no." Then', ['He said "no."', "Then"]),
        ("Doctor: Hello. Sit.", ["Doctor:", "Hello.", "Sit."]),
        ("Follow-up: Next: file", ["Follow-up:", "Next:", "file"]),
        ("at 10:30 or http://x.example", ["at 10:30 or http://x.example"]),
        ("a  \n  B", ["a", "B"]),
    ],
)
def test_sentences_lines_and_labels_are_told_apart(text, sentences):
    assert parts(text) == sentences


def test_labels_are_marked():
    assert [part.is_label for part in split_sentences("Doctor: Hi.\nBye.")] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "going", "left"),
    [
        ("A. B. C.", [1], "A. C."),
        ("A. B. C.", [0], "B. C."),
        ("A. B. C.", [2], "A. B."),
        ("A. B.\nC.", [1], "A.\nC."),
        ("A.\nB. C.", [1], "A.\nC."),
        ("A.\n\nB.\nC.", [1], "A.\n\nC."),
        ("A. B. C. D.\nE.", [1, 3], "A. C.\nE."),
        (" A. B. ", [0, 1], ""),
        ("Doctor: A. B.\nPatient: C.", [1], "Doctor: B.\nPatient: C."),
        ("Doctor: A. B.\nPatient: C.", [1, 2], "Patient: C."),
        ("Doctor: A.\nB.", [1], "B."),
        ("To do: Next: A.\nB.", [2], "To do:\nB."),
    ],
)
def test_sentences_go_without_a_trace_in_the_spacing(text, going, left):
    changes = removals(text, split_sentences(text), dict.fromkeys(going, "r"))
    assert make_changes(text, changes) == left


def test_each_removal_carries_its_own_rule():
    changes = removals("A. B. C.", split_sentences("A. B. C."), {1: "x", 2: "y"})
    assert [(change.before, change.rule) for change in changes] == [(" B.", "x"), (" C.", "y")]


TEXTS = st.lists(
    st.sampled_from(["Aa.", "bb", "Cc", "Dd:", "\n", "\n\n", "  ", "e!", '"F."', "\t"]), max_size=12
).map(" ".join)


@given(TEXTS)
def test_what_lies_between_sentences_is_whitespace(text):
    place = 0
    for part in split_sentences(text):
        assert part.end > part.start >= place
        assert not text[place : part.start].strip()
        place = part.end
    assert not text[place:].strip()


@given(TEXTS, st.sets(st.integers(0, 11)))
def test_removed_sentences_and_only_they_are_gone_and_can_be_put_back(text, wanted):
    sentences = split_sentences(text)
    going = {i: "r" for i in wanted if i < len(sentences) and not sentences[i].is_label}
    changes = removals(text, sentences, going)
    left = make_changes(text, changes)
    assert revert(left, changes) == text
    kept = [
        text[part.start : part.end]
        for index, part in enumerate(sentences)
        if index not in going and not (part.is_label and is_emptied(text, sentences, index, going))
    ]
    assert left.split() == " ".join(kept).split()


def is_emptied(text, sentences, label, going):
    """Whether all that a label stands before in its line goes, and there is something."""
    last = label
    while last + 1 < len(sentences) and not sentences[last + 1].is_label:
        if "\n" in text[sentences[last].end : sentences[last + 1].start]:
            break
        last += 1
    return last > label and all(index in going for index in range(label + 1, last + 1))
