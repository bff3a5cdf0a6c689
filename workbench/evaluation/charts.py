"""Small SVG charts for the report: no script, no request, colours from the page's style."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 640, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 30
_ROW = 34
_LOG_FROM = 12
_NARROW, _LABEL, _VALUE = 320, 58, 72  # interval charts stand three to a row


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: its name and its points (x, y)."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Interval:
    """One row of an interval chart, in the unit of the chart."""

    label: str
    mean: float
    low: float
    high: float


def line_chart(title: str, x_label: str, lines: Sequence[Line]) -> Markup:
    """Draw curves over a common x axis.

    Values that span more than a factor of 12 stand on a logarithmic axis, which says so.
    """
    points = [point for line in lines for point in line.points if math.isfinite(point[1])]
    if not points:
        return Markup("")
    x_most = max(x for x, _ in points) or 1.0
    bottom, top = min(y for _, y in points), max(y for _, y in points)
    logarithmic = 0 < bottom * _LOG_FROM < top
    ticks = _log_ticks(bottom, top) if logarithmic else _ticks(min(0.0, bottom), top)
    low, high = ticks[0], ticks[-1]

    def place(x: float, y: float) -> tuple[float, float]:
        across = _LEFT + x / x_most * (_WIDTH - _LEFT - _RIGHT)
        up = math.log(y / low, high / low) if logarithmic else (y - low) / (high - low)
        return across, _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM)

    parts = []
    for tick in ticks:
        _, y = place(0, tick)
        parts.append(f'<line class="rule" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    for number, line in enumerate(lines):
        path = " ".join(
            f"{x:.1f},{y:.1f}" for x, y in (place(*p) for p in line.points if math.isfinite(p[1]))
        )
        parts.append(f'<polyline class="line c{number}" points="{path}"/>')
    floor = _HEIGHT - 8
    scale = "0 · log scale" if logarithmic else "0"
    parts.append(f'<text x="{_LEFT}" y="{floor}">{scale}</text>')
    parts.append(
        f'<text x="{_WIDTH - _RIGHT}" y="{floor}" text-anchor="end">{escape(x_label)} '
        f"{x_most:g}</text>"
    )
    return _svg(title, _WIDTH, _HEIGHT, parts)


def interval_chart(title: str, rows: Sequence[Interval], *, low: float, high: float) -> Markup:
    """Draw a dot and its interval per row, between `low` and `high`."""
    height = _ROW * len(rows) + _BOTTOM
    room = _NARROW - _LABEL - _VALUE

    def across(value: float) -> float:
        return _LABEL + (min(max(value, low), high) - low) / (high - low) * room

    parts = []
    for tick in (low, (low + high) / 2, high):
        x = across(tick)
        parts.append(f'<line class="rule" x1="{x}" x2="{x}" y1="4" y2="{height - 22}"/>')
        parts.append(f'<text x="{x}" y="{height - 8}" text-anchor="middle">{tick:.0%}</text>')
    for number, row in enumerate(rows):
        y = _ROW * number + 20
        parts.append(f'<text x="0" y="{y + 4}">{escape(row.label)}</text>')
        parts.append(
            f'<line class="span c{number}" x1="{across(row.low):.1f}" '
            f'x2="{across(row.high):.1f}" y1="{y}" y2="{y}"/>'
        )
        parts.append(f'<circle class="dot c{number}" cx="{across(row.mean):.1f}" cy="{y}" r="6"/>')
        parts.append(f'<text x="{_NARROW}" y="{y + 4}" text-anchor="end">{row.mean:.1%}</text>')
    return _svg(title, _NARROW, height, parts)


def _log_ticks(low: float, high: float) -> list[float]:
    """Return round values, each 2 to 2.5 times the one before, that hold `low` and `high`."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [digit * 10.0**n for n in powers for digit in (1, 2, 5)]
    first = max(index for index, value in enumerate(values) if value <= low)
    last = min(index for index, value in enumerate(values) if value >= high)
    return [float(f"{value:.1g}") for value in values[first : last + 1]]


def _ticks(low: float, high: float) -> list[float]:
    """Return 3 to 6 round values that hold `low` and `high`."""
    span = max(high - low, 1e-6)
    step = 10.0 ** math.floor(math.log10(span / 4))
    step = next(step * factor for factor in (1, 2, 5, 10) if span / (step * factor) <= 5)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]


def _svg(title: str, width: int, height: int, parts: Sequence[str]) -> Markup:
    body = "".join(parts)
    return Markup(  # noqa: S704 - every text in it was escaped above
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>{body}</svg>'
    )
