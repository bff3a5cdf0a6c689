from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.home import Home
from workbench.store import Correction, KeyRing, open_store, seal_texts, texts_digest

TEXTS = st.dictionaries(st.sampled_from(["input", "output", "rejected"]), st.text(max_size=4))


@given(TEXTS, TEXTS)
def test_a_digest_tells_texts_apart_and_knows_no_order(one, other):
    assert (texts_digest(one) == texts_digest(other)) == (one == other)
    assert texts_digest(dict(reversed(one.items()))) == texts_digest(one)


@pytest.mark.parametrize("more", [{}, {"rejected": "Worse."}])
def test_only_the_key_of_its_source_opens_a_correction(more):
    texts = {"input": "A note.", "output": "Ünicode.", **more}
    cipher, _ = KeyRing(b"k" * 32).new_key("s1")
    fix = correction("r1", payload=seal_texts(texts, cipher))
    assert fix.texts({"s1": cipher}) == texts
    assert fix.texts({}) is None


def test_the_last_correction_of_a_row_counts_and_none_where_its_source_has_no_key(tmp_path):
    with open_store(Home(tmp_path / "home")) as store:
        for fix in (
            correction("r2", author="anna"),
            correction("r1", author="anna"),
            correction("r2", author="otto"),
            correction("r3", author="anna"),
            correction("r3", author="otto", source_id="erased"),
        ):
            store.record_correction(fix)
        store._connection.execute("INSERT INTO source_keys VALUES ('s1', 'key')")
        last = [(fix.row_id, fix.author) for fix in store.last_corrections()]
        assert last == [("r1", "anna"), ("r2", "otto")]
        assert [fix.author for fix in store.corrections("r3")] == ["anna", "otto"]
        assert all(fix.corrected_at for fix in store.corrections("r3"))


def correction(row_id, **changed):
    return replace(Correction(row_id, "s1", b"sealed", "before", "now", "anna", ""), **changed)
