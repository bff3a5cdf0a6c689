from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.server_env.workbench_argilla.conditions import Scope, Terms
from annotation.server_env.workbench_argilla.documents import Document, Neighbours, Query, Vector
from annotation.server_env.workbench_argilla.index import Index
from annotation.server_env.workbench_argilla.index_file import make_ready
from annotation.server_env.workbench_argilla.layout import make_layout
from annotation.server_env.workbench_argilla.neighbours import (
    InvalidVectorError,
    Vectors,
    as_stored,
    nearest,
)

DATASET = "0a-1"
POINTS = {
    "east": [2.0, 0.0],
    "north_east": [1.0, 1.0],
    "north": [0.0, 0.5],
    "west": [-3.0, 0.0],
    "nowhere": [0.0, 0.0],
}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    file = tmp_path / "search.sqlite"
    make_ready(file)
    made = Index(file)
    made.create(make_layout(DATASET, texts={"input": "text"}, metadata=["side"], questions={}))
    made.put(DATASET, [_document(name, point) for name, point in POINTS.items()])
    made.put(DATASET, [_document("bare", None)])
    yield made
    made.close()


def _document(name: str, point: list[float] | None, changed_at: int = 1) -> Document:
    vectors = {"v1": Vector(as_stored(point), changed_at)} if point else {}
    metadata = {"side": name[0]}
    return Document(
        name, None, "pending", 0, changed_at, {"input": [name]}, metadata=metadata, vectors=vectors
    )


def _near(index: Index, query: Query | None = None, **asked: object) -> dict[str, float | None]:
    neighbours = Neighbours(**{"setting": "v1", "value": [1.0, 0.0], **asked})  # type: ignore[arg-type]
    return dict(index.neighbours(DATASET, query or Query(), neighbours).items)


def test_the_most_similar_come_first_with_their_scores(index: Index) -> None:
    # (1 + cosine) / 2 for angles of 0, 45, 90 and 180 degrees
    expected = {"east": 1.0, "north_east": 0.853553, "north": 0.5, "west": 0.0}
    found = _near(index)
    assert list(found) == list(expected)
    assert found == pytest.approx(expected, abs=1e-6)


def test_the_opposite_direction_gives_the_least_similar(index: Index) -> None:
    assert list(_near(index, value=[-1.0, 0.0])) == ["west", "north", "north_east", "east"]


def test_limits_thresholds_and_the_record_itself(index: Index) -> None:
    assert list(_near(index, limit=2)) == ["east", "north_east"]
    assert list(_near(index, without="east", limit=2)) == ["north_east", "north"]
    assert list(_near(index, least_score=0.5)) == ["east", "north_east", "north"]
    found = index.neighbours(DATASET, Query(), Neighbours("v1", [1.0, 0.0], limit=3))
    assert found.total == 3
    assert index.neighbours(DATASET, Query(), Neighbours("v1", [1.0, 0.0])).total == 4


def test_filters_and_text_narrow_the_search(index: Index) -> None:
    north = Terms(Scope("metadata", "side"), ("n",))
    assert list(_near(index, Query(conditions=[north]))) == ["north_east", "north"]
    assert list(_near(index, Query(text="west | north"))) == ["north", "west"]
    assert _near(index, Query(text="bare")) == {}
    assert _near(index, Query(text="")) == {}


def test_settings_without_vectors_find_nothing(index: Index) -> None:
    assert _near(index, setting="v2") == {}


@pytest.mark.parametrize("value", [[0.0, 0.0], [1.0], [1.0, 2.0, 3.0], [float("nan"), 1.0]])
def test_vectors_that_cannot_be_compared_are_refused(index: Index, value: list[float]) -> None:
    with pytest.raises(InvalidVectorError):
        _near(index, value=value)


def test_writes_are_seen_also_those_of_another_process(index: Index, tmp_path: Path) -> None:
    assert list(_near(index, limit=1)) == ["east"]
    index.put(DATASET, [_document("east", [-1.0, 0.1], 2)])
    assert list(_near(index, limit=1)) == ["north_east"]
    index.remove(DATASET, ["north_east"])
    assert list(_near(index, limit=1)) == ["north"]
    other = Index(tmp_path / "search.sqlite")
    other.put(DATASET, [_document("south_east", [1.0, -0.1], 3)])
    other.close()
    assert list(_near(index, limit=1)) == ["south_east"]


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_the_nearest_are_those_of_a_plain_sort(count: int, limit: int, seed: int) -> None:
    drawn = np.random.default_rng(seed)
    points = drawn.integers(-2, 3, size=(count, 3)).astype(np.float64)
    points[(points == 0).all(axis=1)] = 1.0
    units = points / np.linalg.norm(points, axis=1, keepdims=True)
    rows = np.arange(count) * 2
    kept = np.sort(drawn.choice(rows, size=drawn.integers(0, count + 1), replace=False))
    asked = Neighbours("v", [1.0, -1.0, 0.5], limit=limit)
    found = nearest(Vectors(rows, units.astype(np.float32)), asked, rows=kept)
    direction = np.array([1.0, -1.0, 0.5]) / 1.5
    scored = [(round(float((1 + units[row // 2] @ direction) / 2), 5), row) for row in kept]
    expected = sorted(scored, key=lambda pair: (-pair[0], pair[1]))[:limit]
    assert [row for row, _ in found.items] == [row for _, row in expected]
    assert [score for _, score in found.items] == pytest.approx(
        [score for score, _ in expected], abs=1e-5
    )
