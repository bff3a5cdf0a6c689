"""Curves as inline SVG: no script, no request, colours from the page's own style."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 440.0, 250.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 42.0, 12.0, 12.0, 34.0
_LOG_FROM = 12.0  # a range wider than this is drawn on a logarithmic axis
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart; `style` is a class of the page's style."""

    name: str
    style: str
    points: tuple[Point, ...]
    dots: bool = False


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        low, high, here = (
            (math.log(self.low), math.log(self.high), math.log(value))
            if self.logarithmic
            else (self.low, self.high, value)
        )
        return self.start + (here - low) / (high - low) * (self.end - self.start)


def line_chart(curves: Sequence[Curve], *, x_label: str, y_label: str) -> Markup:
    """Draw curves over steps; empty without two points on one curve.

    Values span more than a factor of 12 are drawn on a logarithmic axis, and the axis says so.
    """
    drawn = [curve for curve in map(_finite, curves) if curve.points]
    if not any(len(curve.points) > 1 for curve in drawn):
        return Markup()
    xs = [x for curve in drawn for x, _ in curve.points]
    ys = [y for curve in drawn for _, y in curve.points]
    logarithmic = min(ys) > 0 and max(ys) / min(ys) > _LOG_FROM
    x_axis = _Axis(min(xs), max(max(xs), min(xs) + 1), _LEFT, _WIDTH - _RIGHT)
    y_axis = _y_axis(min(ys), max(ys), logarithmic=logarithmic)
    note = f"{y_label} (log scale)" if logarithmic else y_label
    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" '
        f'aria-label="{escape(_spoken(drawn, y_label))}">',
        *(_y_tick(value, y_axis) for value in _ticks(y_axis)),
        *(_x_tick(value, x_axis) for value in _ticks(x_axis)),
        f'<text class="axis" x="{_WIDTH - _RIGHT:.0f}" y="{_HEIGHT - 4:.0f}" '
        f'text-anchor="end">{escape(x_label)}</text>',
        f'<text class="axis" x="{_LEFT:.0f}" y="{_HEIGHT - 4:.0f}">{escape(note)}</text>',
        *(_curve(curve, x_axis, y_axis) for curve in drawn),
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704 - made of numbers and escaped text


def _finite(curve: Curve) -> Curve:
    kept = tuple((x, y) for x, y in curve.points if math.isfinite(y))
    return Curve(curve.name, curve.style, kept, curve.dots)


def _y_axis(low: float, high: float, *, logarithmic: bool) -> _Axis:
    start, end = _HEIGHT - _BOTTOM, _TOP
    if logarithmic:
        return _Axis(low / 1.15, high * 1.15, start, end, logarithmic=True)
    margin = (high - low or abs(high) or 1.0) * 0.08
    floor = 0.0 if 0 <= low < 0.4 * high else low - margin
    return _Axis(floor, high + margin, start, end)


def _ticks(axis: _Axis) -> list[float]:
    if axis.logarithmic:
        powers = range(math.floor(math.log10(axis.low)), math.ceil(math.log10(axis.high)) + 1)
        candidates = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
        return [value for value in candidates if axis.low <= value <= axis.high]
    rough = (axis.high - axis.low) / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * times for times in (1, 2, 5, 10) if size * times >= rough)
    first = math.ceil(axis.low / step - 1e-9)
    last = math.floor(axis.high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def _y_tick(value: float, axis: _Axis) -> str:
    y = axis.place(value)
    return (
        f'<line class="grid" x1="{_LEFT:.0f}" x2="{_WIDTH - _RIGHT:.0f}" y1="{y:.1f}" '
        f'y2="{y:.1f}"/><text class="tick" x="{_LEFT - 6:.0f}" y="{y + 3.5:.1f}" '
        f'text-anchor="end">{value:.3g}</text>'
    )


def _x_tick(value: float, axis: _Axis) -> str:
    return (
        f'<text class="tick" x="{axis.place(value):.1f}" y="{_HEIGHT - _BOTTOM + 14:.0f}" '
        f'text-anchor="middle">{value:,.0f}</text>'
    )


def _curve(curve: Curve, x_axis: _Axis, y_axis: _Axis) -> str:
    places = [(x_axis.place(x), y_axis.place(y)) for x, y in curve.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    line = f'<polyline class="curve {escape(curve.style)}" points="{path}"/>'
    if not curve.dots:
        return line
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places)
    return f'{line}<g class="dots {escape(curve.style)}">{dots}</g>'


def _spoken(curves: Sequence[Curve], y_label: str) -> str:
    parts = [
        f"{curve.name} from {curve.points[0][1]:.3g} to {curve.points[-1][1]:.3g}"
        for curve in curves
    ]
    return f"{y_label}: {'; '.join(parts)}"
