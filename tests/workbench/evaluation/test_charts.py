import re

from hypothesis import example, given
from hypothesis import strategies as st

from workbench.evaluation.charts import Interval, Line, interval_chart, line_chart

NUMBERS = re.compile(r"polyline class=\"line c0\" points=\"([^\"]*)\"")


def heights(svg):
    return [float(pair.split(",")[1]) for pair in NUMBERS.findall(svg)[0].split()]


def test_a_falling_loss_falls_on_the_page():
    places = heights(str(line_chart("loss", "step", [Line("a", [(0, 1.0), (5, 0.7), (9, 0.6)])])))
    assert places == sorted(places)


def test_equal_factors_are_equal_heights_on_a_wide_range():
    svg = str(line_chart("loss", "step", [Line("a", [(0, 8.0), (1, 0.8), (2, 0.08)])]))
    first, second, third = heights(svg)
    assert abs((second - first) - (third - second)) < 0.2
    assert "log scale" in svg


def test_nothing_to_draw_is_nothing():
    assert not line_chart("loss", "step", [Line("a", [(0, float("nan"))])])
    assert not line_chart("loss", "step", [])


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10_000),
            st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-6),
        ),
        min_size=1,
    )
)
@example([(0, 500001.0), (0, 5e-06)])
@example([(0, 1.0), (1, 3e-14)])
def test_every_curve_stays_on_the_page(points):
    svg = str(line_chart("loss", "step", [Line("a", points)]))
    assert all(0 <= y <= 240 for y in heights(svg))


def test_titles_and_labels_are_escaped():
    svg = str(interval_chart("<b>", [Interval("<i>", 0.5, 0.4, 0.6)], low=0.0, high=1.0))
    assert "<b>" not in svg
    assert "<i>" not in svg
