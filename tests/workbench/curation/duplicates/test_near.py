import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.duplicates.banding import signature_keys
from workbench.curation.duplicates.comparing import MAX_COMPARISONS, NOBODY, decide
from workbench.curation.duplicates.documents import Documents, first_alike
from workbench.curation.duplicates.minhash import sign_texts
from workbench.curation.duplicates.near import Removal, find_near_duplicates
from workbench.curation.duplicates.shingles import ShingleSets, shingle_sets

THRESHOLD = 0.8


def documents(texts, shingle_words=5, n_threads=2):
    """Rows whose ids are the keys of a dict of texts, in its order."""
    ids, values = list(texts), list(texts.values())
    signatures = sign_texts(values, shingle_words=shingle_words, n_threads=n_threads)
    return Documents(ids, signatures, lambda places: [values[place] for place in places])


def find(texts, shingle_words=5, n_threads=2, threshold=THRESHOLD):
    return find_near_duplicates(
        documents(texts, shingle_words, n_threads),
        threshold=threshold,
        shingle_words=shingle_words,
        n_threads=n_threads,
    )


def plain_set(text, shingle_words=5):
    words = text.lower().split()
    n_shingles = max(len(words) - shingle_words, 0) + 1
    return {tuple(words[i : i + shingle_words]) for i in range(n_shingles)} if words else set()


def plain_similarity(one, other, shingle_words=5):
    one, other = plain_set(one, shingle_words), plain_set(other, shingle_words)
    return len(one & other) / len(one | other) if one and other else 0.0


def plain_answer(texts, shingle_words=5):
    """All pairs, compared in the order of ids: removals, ends of chains, groups."""
    keepers, removals, near, earlier = [], {}, {}, {}
    for row in sorted(texts):
        first = earlier.setdefault(frozenset(plain_set(texts[row], shingle_words)), row)
        if first in removals:
            removals[row] = removals[first]
            continue
        found = [
            (-similarity, keeper)
            for keeper in keepers
            if (similarity := plain_similarity(texts[row], texts[keeper], shingle_words))
            >= THRESHOLD
        ]
        if found:
            removals[row] = min(found)
        else:
            keepers.append(row)
    ends, groups = {}, {row: {row} for row in texts}
    for gone, (_, keeper) in removals.items():
        for row in keepers:
            similarity = plain_similarity(texts[row], texts[gone], shingle_words)
            if similarity >= THRESHOLD:
                if row != keeper:
                    near.setdefault(row, []).append((-similarity, gone))
                joined = groups[row] | groups[gone]
                for member in joined:
                    groups[member] = joined
    ends = {row: min(found) for row, found in near.items()}
    return removals, ends, sorted({tuple(sorted(g)) for g in groups.values() if len(g) > 1})


def varied(seed, n_bases, n_rows, n_words=40):
    """Texts that were made by changing a few words of others, so that chains are common."""
    chance = np.random.default_rng(seed)
    texts = list(chance.integers(300, size=(n_bases, n_words)))
    while len(texts) < n_rows:
        text = texts[chance.integers(len(texts))].copy()
        places = chance.integers(text.size, size=chance.integers(3))
        text[places] = chance.integers(300, size=places.size)
        texts.append(text[chance.integers(3) :])
    names = chance.choice(10 * n_rows, n_rows, replace=False)
    return {
        f"row-{name:05}": " ".join(map(str, text)) for name, text in zip(names, texts, strict=True)
    }


def sets_of(texts, shingle_words):
    """The rows' ids in order, and their sets."""
    ids = sorted(texts)
    return ids, shingle_sets([texts[row] for row in ids], shingle_words)


def described(verdicts, ids):
    rows = range(len(ids))
    removals = {
        ids[row]: (-verdicts.similarities[row], ids[verdicts.keepers[row]])
        for row in rows
        if verdicts.keepers[row] != row
    }
    ends = {
        ids[row]: (-verdicts.link_similarities[row], ids[verdicts.links[row]])
        for row in rows
        if verdicts.links[row] != NOBODY
    }
    groups = [tuple(ids[row] for row in rows if verdicts.groups[row] == group) for group in rows]
    return removals, ends, sorted(group for group in groups if len(group) > 1)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32), st.integers(1, 8), st.sampled_from([1, 3, 5]))
def test_what_is_decided_is_what_a_plain_loop_decides(seed, n_bases, shingle_words):
    texts = varied(seed, n_bases, 40)
    ids, sets = sets_of(texts, shingle_words)
    verdicts = decide(sets, first_alike(sets), THRESHOLD)
    assert described(verdicts, ids) == plain_answer(texts, shingle_words)
    assert not verdicts.is_unfinished.any()


def test_sets_that_share_a_signature_are_told_apart():
    texts = varied(117935436, 1, 40)
    ids, sets = sets_of(texts, 1)
    keys = signature_keys(sign_texts([texts[row] for row in ids], shingle_words=1)).tolist()
    whole = [tuple(sets.of(row)) for row in range(len(ids))]
    assert len(set(keys)) < len(set(whole))
    assert first_alike(sets).tolist() == [whole.index(each) for each in whole]
    assert described(decide(sets, first_alike(sets), THRESHOLD), ids) == plain_answer(texts, 1)


def test_a_wrong_hint_removes_nothing():
    texts = {"a": sentence(), "b": sentence(*range(12))}
    _, sets = sets_of(texts, 1)
    verdicts = decide(sets, np.zeros(2, np.int32), THRESHOLD)
    assert verdicts.keepers.tolist() == [0, 1]


def test_nearly_all_that_comparing_all_pairs_removes_is_removed():
    """Of pairs at the threshold, 1.7 in 1,000 are not proposed; of more similar ones, fewer."""
    texts = varied(1, 60, 600)
    expected = plain_answer(texts)[0].keys()
    found = {removal.row_id for removal in find(texts).removals}
    assert len(expected) > 200
    assert len(found ^ expected) <= 0.01 * len(expected)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32))
def test_every_removal_is_verified_against_a_row_that_stays(seed):
    texts = varied(seed, 5, 80)
    found = find(texts)
    gone = {removal.row_id for removal in found.removals}
    for removal in found.removals:
        assert removal.keeper_id not in gone
        assert removal.similarity >= THRESHOLD
        assert removal.similarity == plain_similarity(
            texts[removal.row_id], texts[removal.keeper_id]
        )
    for end in found.chain_ends:
        assert end.row_id not in gone
        assert end.via_id in gone


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_neither_order_nor_threads_change_the_answer(seed, chance):
    texts = varied(seed, 6, 100)
    shuffled = list(texts.items())
    chance.shuffle(shuffled)
    assert find(texts, n_threads=1) == find(dict(shuffled), n_threads=2)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32))
def test_removing_twice_is_removing_once(seed):
    texts = varied(seed, 5, 60)
    gone = {removal.row_id for removal in find(texts).removals}
    left = find({row: text for row, text in texts.items() if row not in gone})
    assert (left.removals, left.chain_ends, left.groups) == ((), (), ())


def sentence(*changed):
    """24 words; with k = 1, each changed one costs two of the union."""
    return " ".join(f"{'x' if i in changed else 'w'}{i}" for i in range(24))


def test_the_end_of_a_chain_stays_and_says_so():
    texts = {"a": sentence(), "b": sentence(0, 1), "c": sentence(0, 1, 2, 3)}  # 22/26, 20/28
    found = find(texts, shingle_words=1)
    assert found.removals == (Removal("b", "a", 22 / 26),)
    assert [(end.row_id, end.via_id) for end in found.chain_ends] == [("c", "b")]
    assert found.groups == (("a", "b", "c"),)


def test_a_row_between_two_that_stay_goes_for_the_more_similar_one():
    texts = {"a": sentence(0, 1), "b": sentence(2), "c": sentence()}  # c-a 22/26, c-b 23/25
    found = find(texts, shingle_words=1)
    assert found.removals == (Removal("c", "b", 23 / 25),)
    assert [(end.row_id, end.via_id, end.similarity) for end in found.chain_ends] == [
        ("a", "c", 22 / 26)
    ]
    assert found.groups == (("a", "b", "c"),)


def test_copies_of_a_removed_row_go_for_its_keeper():
    texts = {"a": sentence(), "b": sentence(0), "c": sentence(0).upper(), "d": sentence(0) + "!"}
    found = find(texts, shingle_words=1)
    assert found.removals == tuple(Removal(row, "a", 23 / 25) for row in "bcd")
    assert found.groups == (("a", "b", "c", "d"),)


def test_short_texts_are_near_only_their_equals_and_wordless_ones_nothing():
    texts = {
        "a": "Thank you!",
        "b": "thank you",
        "c": "thank you so",
        "d": "",
        "e": " ... ",
        "f": "",
    }
    assert find(texts).removals == (Removal("b", "a", 1.0),)


def test_one_hundred_thousand_copies_of_a_removed_row_are_each_compared_a_few_times():
    """Quadratic work, 5,000,000,000 comparisons, would run into the time limit of the tests."""
    base, near = sentence(), sentence(0)
    texts = (
        {"0": base} | {f"1-{number:06}": near for number in range(100_000)} | {"2": sentence(1, 2)}
    )
    found = find(texts, shingle_words=1)
    assert len(found.removals) == 100_001
    assert found.unfinished == ()


def test_too_many_comparisons_are_cut_off_and_reported():
    """Halves of 60 words: unlike, but all words are equally common, so all rows meet."""
    chance = np.random.default_rng(1)
    rows = [np.sort(chance.permutation(60)[:30]) for _ in range(MAX_COMPARISONS + 100)]
    sets = ShingleSets(np.arange(len(rows) + 1) * 30, np.concatenate(rows).astype(np.uint64) << 58)
    verdicts = decide(sets, np.arange(len(rows), dtype=np.int32), 0.8)
    unfinished = np.flatnonzero(verdicts.is_unfinished)
    assert unfinished.size > 0
    assert unfinished.min() >= MAX_COMPARISONS


def test_rows_that_share_a_template_are_not_compared():
    """30,000 rows, alike to .75: comparing all would run into the bound and be reported."""
    template = " ".join(f"t{word}" for word in range(30))
    texts = {
        f"{row:05}": f"{template} " + " ".join(f"w{row}x{word}" for word in range(5))
        for row in range(30_000)
    }
    assert find(texts, shingle_words=1) == find({})


def test_texts_are_read_only_of_rows_that_have_to_be_compared():
    texts = [sentence(), sentence(0), "some other text altogether, which no row is like"]
    asked = []
    rows = Documents(
        ["a", "b", "c"],
        sign_texts(texts, shingle_words=1),
        lambda places: asked.extend(places.tolist()) or [texts[place] for place in places],
    )
    assert len(find_near_duplicates(rows, shingle_words=1).removals) == 1
    assert asked == [0, 1]


@pytest.mark.parametrize("ids", [["a", "a"], ["a"]])
def test_ids_must_be_one_a_row_and_different(ids):
    with pytest.raises(ValueError, match="id of its own"):
        Documents(ids, sign_texts(["one", "two"]), lambda _: [])


def test_an_empty_set_has_no_duplicates():
    assert find({}).removals == ()
