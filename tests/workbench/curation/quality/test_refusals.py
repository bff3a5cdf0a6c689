import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.quality.refusals import refuses


@pytest.mark.parametrize(
    "answer",
    [
        "As an AI language model, I have no opinion.",
        "I'm sorry, but I cannot assist with that.",
        "I’m so sorry, but I can’t help you.",
        "Unfortunately, I am not able to provide legal advice.",
        '  "Sorry for any confusion,\nhowever I\'m unable to summarize this."',
        "I apologize, but I don't have access to the note.",
        "I'm afraid that I cannot answer.",
        "I'm not comfortable sharing that.",
    ],
)
def test_refusals_are_recognised(answer):
    assert refuses(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "The client says: I cannot provide documents.",
        "I cannot breathe well, the patient said.",
        "Sorry state of the roof: tenant asks for repair.",
        "As an aide to the judge she drafted orders.",
        "I can't believe it's not butter.",
        "Unfortunately the lease had expired.",
    ],
)
def test_answers_are_not(answer):
    assert not refuses(answer)


@given(st.text(max_size=400))
def test_any_text_gets_an_answer(text):
    assert refuses("As an AI, " + text)
    assert not refuses("Note. " + text)
