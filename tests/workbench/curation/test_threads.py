import itertools

import pytest

from workbench.curation.threads import batches, in_order


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(n_threads):
    assert list(in_order(lambda n: n * n, range(50), n_threads)) == [n * n for n in range(50)]


def test_an_endless_stream_is_taken_only_as_far_as_needed():
    taken = []
    stream = in_order(str, (taken.append(n) or n for n in itertools.count()), 2)
    assert [next(stream) for _ in range(5)] == ["0", "1", "2", "3", "4"]
    assert len(taken) < 10
    stream.close()


def test_an_error_of_the_function_is_raised():
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda n: 1 // n, [1, 0], 2))


def test_batches_cut_a_stream_without_loss():
    assert list(batches(iter(range(7)), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches([], 3)) == []
