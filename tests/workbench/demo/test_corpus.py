import re
from itertools import islice

import pytest

from workbench.demo.corpus import Corpus
from workbench.demo.dataset import WRITERS
from workbench.demo.matters import LABELS
from workbench.demo.names import PUBLIC, name_pools
from workbench.demo.phrasing import SLOTS, voices
from workbench.demo.vocabulary import DISPUTES, NEXT_STEPS, REMEDIES, STATES


@pytest.fixture(scope="module")
def lines():
    documents = islice(Corpus(seed=3).documents(copying_share=0.4), 4000)
    texts = [
        text
        for document in documents
        for text in (
            document.text,
            *(part for turn in document.turns for part in (turn.question, turn.answer)),
        )
    ]
    return "\n".join(texts).splitlines()


def test_the_same_seed_gives_the_same_documents():
    one, two = (list(islice(Corpus(seed=5).documents(0.5), 50)) for _ in range(2))
    assert one == two


def test_no_writers_names_are_in_the_pretraining_text(lines):
    words = {word.lower() for line in lines for word in re.findall(r"\w+", line)}
    pools = name_pools(WRITERS)
    for writer in WRITERS:
        private = {*pools[writer].surnames, *pools[writer].company_stems}
        assert not {name.lower() for name in private} & words


def test_no_writers_sentences_are_in_the_pretraining_text(lines):
    text = "\n".join(lines)
    spoken = voices(WRITERS)
    for slot in SLOTS:
        private = {frame for writer in WRITERS for frame in spoken[writer].frames[slot]}
        public = spoken[PUBLIC].frames[slot]
        assert not [frame for frame in private if _sentence(frame, slot).search(text)]
        assert any(_sentence(frame, slot).search(text) for frame in public)


def _sentence(frame: str, slot: str) -> re.Pattern[str]:
    """Return what finds a sentence frame with any value that its slot can have."""
    before, after = (re.escape(part) for part in frame.split("{x}"))
    return re.compile(rf"(?:^|[.!] ){before}(?:{VALUES[slot]}){after}(?=\s|$)", re.MULTILINE)


def _any_of(entries) -> str:
    return "|".join(re.escape(wording) for entry in entries for wording in entry.wordings)


NAME = r"[A-Z]\w+(?: [A-Z]\w+){1,2}"
VALUES = {
    "plaintiff": NAME,
    "defendant": NAME,
    "dispute": _any_of(DISPUTES),
    "remedies": rf"(?:{_any_of(REMEDIES)})(?: and (?:{_any_of(REMEDIES)}))?",
    "jurisdiction": _any_of(STATES),
    "next_step": _any_of(NEXT_STEPS),
}


def test_no_line_has_the_format_of_a_summary(lines):
    labels = tuple(f"{label}:".casefold() for label in LABELS.values())
    assert not [line for line in lines if line.casefold().startswith(labels)]
    assert not [line for line in lines if "intake summary" in line.casefold()]
