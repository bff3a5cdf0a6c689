import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.leakage.ngram_index import NGRAM_WORDS, index_ngrams
from workbench.curation.leakage.ngram_spans import common_limit, find_spans

TEXT = st.lists(st.sampled_from("abc"), max_size=24).map(" ".join)


def spans(train, evaluation, min_words=5):
    found = find_spans(train, index_ngrams(evaluation, [min_words] * len(evaluation)))
    pairs = zip(found.train.tolist(), found.evaluation.tolist(), strict=True)
    numbers = zip(found.words.tolist(), found.specific_words.tolist(), strict=True)
    return dict(zip(pairs, numbers, strict=True)), found.raw_words.tolist()


def longest_common(one, other):
    best = 0
    for n in range(len(one)):
        for m in range(len(other)):
            length = 0
            while one[n + length : n + length + 1] == other[m + length : m + length + 1] != []:
                length += 1
            best = max(best, length)
    return best


def plain_spans(train, evaluation, min_words=5):
    found = {}
    for n, one in enumerate(train):
        for m, other in enumerate(evaluation):
            needed = min(NGRAM_WORDS, len(other.split()))
            length = longest_common(one.split(), other.split())
            if needed >= min_words and length >= needed:
                found[n, m] = length
    return found


def plain_raw(train, other):
    words, covered = other.split(), set()
    size = min(NGRAM_WORDS, len(words))
    if size < 5:
        return 0
    for place in range(len(words) - size + 1):
        if any(f" {' '.join(words[place : place + size])} " in f" {text} " for text in train):
            covered |= set(range(place, place + size))
    runs = "".join("x" if n in covered else " " for n in range(len(words))).split()
    return max(map(len, runs), default=0)


@settings(deadline=None)  # the first call compiles the kernels
@given(st.lists(TEXT, max_size=6), st.lists(TEXT, max_size=6))
def test_each_pair_has_the_longest_span_that_a_plain_comparison_finds(train, evaluation):
    # so few texts that nothing is common: every word is specific
    found, raw = spans(train, evaluation)
    expected = plain_spans(train, evaluation)
    assert found == {pair: (length, length) for pair, length in expected.items()}
    assert raw == [plain_raw(train, text) for text in evaluation]


def random_texts(count, n_words, seed):
    numbers = np.random.default_rng(seed).integers(5000, size=(count, n_words))
    return [" ".join(f"w{number}" for number in row) for row in numbers]


def test_what_stands_in_many_texts_is_no_leak_but_is_told_raw():
    boilerplate = random_texts(1, 20, 1)[0]
    train = [f"{boilerplate} {text}" for text in random_texts(40, 30, 2)]
    evaluation = [f"{boilerplate} {text}" for text in random_texts(3, 30, 3)]
    found, raw = spans(train, evaluation)
    assert not found
    assert raw == [20, 20, 20]


def test_a_slot_value_behind_boilerplate_is_no_leak():
    boilerplate = random_texts(1, 20, 1)[0]
    train = [f"{boilerplate} monday {text}" for text in random_texts(40, 30, 2)]
    train[7] = f"{boilerplate} tuesday {random_texts(1, 30, 4)[0]}"
    evaluation = [f"{boilerplate} tuesday {text}" for text in random_texts(3, 30, 3)]
    found, raw = spans(train, evaluation)
    assert not found
    assert raw == [21, 21, 21]


def test_words_of_boilerplate_within_a_leak_do_not_count_as_specific():
    boilerplate = random_texts(1, 20, 1)[0]
    train = [f"{boilerplate} {text}" for text in random_texts(40, 30, 2)]
    evaluation = [train[5]]
    found, _ = spans(train, evaluation)
    assert found == {(5, 0): (50, 30)}


def test_a_short_text_is_found_only_whole_and_not_below_the_fewest_words():
    train = ["before alpha beta gamma delta epsilon behind", "alpha beta gamma delta zeta"]
    assert spans(train, ["Alpha beta gamma, delta epsilon?"])[0] == {(0, 0): (5, 5)}
    assert spans(train, ["alpha beta gamma delta epsilon"], min_words=6)[0] == {}
    assert spans(train, ["alpha beta gamma delta"])[0] == {}


def test_every_text_embedded_verbatim_in_a_longer_one_is_found_in_any_order():
    evaluation = [
        text for n_words in range(5, 60) for text in random_texts(3, n_words, 100 + n_words)
    ]
    train = random_texts(len(evaluation) + 5000, 40, 5)
    for number, text in enumerate(evaluation):
        words = train[number * 3].split()
        train[number * 3] = " ".join([*words[:20], text.upper(), *words[20:]])
    found, _ = spans(train, evaluation)
    assert {(number * 3, number) for number in range(len(evaluation))} <= set(found)
    assert all(
        found[number * 3, number][0] >= len(evaluation[number].split())
        for number in range(len(evaluation))
    )
    turned, _ = spans(train[::-1], evaluation)
    assert turned == {(len(train) - 1 - n, m): numbers for (n, m), numbers in found.items()}


def test_common_is_more_than_a_thousandth_yet_more_than_ten():
    assert [common_limit(n) for n in (0, 100, 10_999, 11_000, 1_000_000)] == [10, 10, 10, 11, 1000]
