import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.importing.intake import ExampleNamer, content_digest
from workbench.store import Original, SourceCipher, open_original


def test_ids_of_rows_without_a_rejected_answer_are_those_of_before():
    namer = ExampleNamer()
    first = hashlib.sha256(b"5:Caf\xc3\xa9Answer").digest()
    assert namer.name("Café", "Answer") == first.hex()[:16]
    assert namer.name("Café", "Answer") == hashlib.sha256(first + b"1").hexdigest()[:16]


def test_a_pair_is_never_taken_for_a_row_that_spells_its_lengths():
    assert content_digest("a", "1:bc") != content_digest("a", "b", "c")


@given(*[st.text(max_size=4)] * 6)
def test_different_texts_have_different_digests(a, b, c, d, e, f):
    assert (content_digest(a, b, c) == content_digest(d, e, f)) == ((a, b, c) == (d, e, f))


TEXT = st.text(st.characters(codec="utf-8"))


@given(TEXT, TEXT, TEXT, TEXT, st.lists(TEXT, max_size=3).map(tuple))
def test_originals_come_back_and_older_payloads_stay_readable(text, output, group, rejected, names):
    cipher = SourceCipher(b"k" * 32, "source")
    row = Original(text, output, group, rejected, names)
    assert open_original(row.seal(cipher), cipher) == row
    older = cipher.encrypt(json.dumps([text, output, group]).encode())
    assert open_original(older, cipher) == Original(text, output, group)
