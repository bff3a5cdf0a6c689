from workbench.curation.wording.changes import Change
from workbench.curation.wording.shown_edits import shown_edits
from workbench.curation.wording.text_edits import TextEdit

LONG = " ".join(["word"] * 40)


def test_the_words_around_are_those_that_the_rule_saw():
    edits = [
        ("clean", TextEdit("whitespace", "input", (Change(3, "  ", " "),))),
        ("typos", TextEdit("corrected", "input", (Change(4, "teh", "the"),))),
    ]
    first, second = shown_edits({"input": "She  teh end"}, edits)
    assert (first.changes[0].lead, first.changes[0].trail) == ("She", "teh end")
    assert (second.changes[0].start, second.changes[0].end) == (4, 7)
    assert (second.changes[0].lead, second.changes[0].trail) == ("She ", " end")


def test_long_surroundings_are_cut_between_words():
    text = f"{LONG} teh {LONG}"
    edit = TextEdit("corrected", "input", (Change(len(LONG) + 1, "teh", "the"),))
    [shown] = shown_edits({"input": text}, [("typos", edit)])
    [change] = shown.changes
    assert change.lead == "word " * 8
    assert change.trail == " word" * 8
    [shown] = shown_edits(
        {"input": "x" * 99}, [("t", TextEdit("r", "input", (Change(50, "x", ""),)))]
    )
    assert (shown.changes[0].lead, shown.changes[0].trail) == ("x" * 40, "x" * 40)


def test_a_suggestion_moves_nothing_behind_it():
    edits = [
        ("typos", TextEdit("suggestion", "input", (Change(0, "Teh", "The"),), is_made=False)),
        ("typos", TextEdit("corrected", "input", (Change(4, "ende", "end"),))),
    ]
    suggested, made = shown_edits({"input": "Teh ende"}, edits)
    assert not suggested.is_made
    assert made.changes[0].lead == "Teh "
