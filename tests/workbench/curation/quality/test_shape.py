import pytest

from workbench.curation.quality.shape import ends_open, missing_fields
from workbench.task import Output, OutputField

FIELDS = tuple(OutputField(name=n, label=n.capitalize()) for n in ("plaintiff", "dispute"))
LINES = Output(format="labelled_lines", fields=FIELDS)
JSON = Output(format="json", fields=(*FIELDS, OutputField(name="x", label="X", required=False)))


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Plaintiff: A\nDispute: b", ()),
        ("- **Plaintiff**: A\n* dispute : b", ()),
        ("Plaintiff: A", ("dispute",)),
        ("Plaintiff:\nDispute: b", ("plaintiff",)),
        ("Plaintiff: A\nDispute:", ("dispute",)),
        ("Plaintiff:\n  A\nDispute: b", ()),
        ("The Dispute: was long", ("plaintiff", "dispute")),
    ],
)
def test_labelled_lines_need_every_label_with_a_value(text, missing):
    assert missing_fields(text, LINES) == missing


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ('{"plaintiff": "A", "dispute": "b"}', ()),
        ('{"Plaintiff": "A", "dispute": null}', ("dispute",)),
        ('{"plaintiff": "A", "dispute": ', ("plaintiff", "dispute")),
        ("[1]", ("plaintiff", "dispute")),
    ],
)
def test_json_needs_every_required_key(text, missing):
    assert missing_fields(text, JSON) == missing


def test_free_text_lacks_nothing():
    assert missing_fields("anything", Output()) == ()


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("short", None),
        ("x" * 50, True),
        ("x" * 50 + ".", False),
        ("x" * 50 + '."', False),
        ("x" * 50 + ",", True),
        ("x" * 50 + ":", False),
    ],
)
def test_an_open_end_is_one_without_the_end_of_a_sentence(text, is_open):
    assert ends_open(text) is is_open
