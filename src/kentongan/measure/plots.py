"""Plots for paper: fractile curve, control chart, funnel, waterfall and bars with their intervals.

They draw numbers that were worked out elsewhere and decide nothing. Everything is legible in black
and white: series differ by dash and by mark, colour only helps. Behind every plot stands its table.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct
from reportlab.graphics import shapes as _shapes
from reportlab.lib import colors as _colors

shapes: Any = _shapes
colors: Any = _colors

WIDTH: Final = 510.0
"""Of a plot, points: the width of the page between its margins."""

FONT, BOLD = "Vera", "VeraBd"
SIZE: Final = 7

INK: Final = "#1b1f23"
SOFT: Final = "#8a929a"
GRID: Final = "#d9dde1"
FIRST: Final = "#1f5fa8"
SECOND: Final = "#c05a00"

LETTER: Final = 0.58
"""Mean width of a letter of the font, in its size."""

TICKS: Final = (1, 2, 3, 5, 6, 10, 12, 15, 20, 30)
"""Steps of an axis that people count in, of minutes as of percent."""


class Series(Struct, frozen=True, kw_only=True):
    """A line through points; `dashed` for what is only compared with."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    dashed: bool = False


class Mark(Struct, frozen=True):
    """A line across the whole plot, with its words."""

    at: float
    name: str


class Bar(Struct, frozen=True, kw_only=True):
    """A bar with its interval, from `begin` on."""

    name: str
    value: float
    begin: float = 0.0
    low: float | None = None
    high: float | None = None
    words: str = ""
    second: tuple[float, float] | None = None
    """Another bar below it, as (begin, value)."""


class Limits(Struct, frozen=True, kw_only=True):
    """A control chart's lines, one value for each point."""

    middle: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    flagged: frozenset[int] = frozenset()


Say = Callable[[float], str]
"""A value as words of the axis."""


class _Axes:
    """A frame with both axes; x and y are given in the plot's own numbers."""

    def __init__(
        self, height: float, x: tuple[float, float], y: tuple[float, float], *, left: float = 42.0
    ) -> None:
        self.drawing: Any = shapes.Drawing(WIDTH, height)
        self._x, self._y = _widened(x), _widened(y)
        self.left, self.right = left, WIDTH - 12
        self.bottom, self.top = 24.0, height - 16

    def px(self, x: float) -> float:
        """Points from the left; what lies outside is drawn at the edge."""
        low, high = self._x
        share = min(max((x - low) / (high - low), 0.0), 1.0)
        return self.left + share * (self.right - self.left)

    def py(self, y: float) -> float:
        """Points from the bottom."""
        low, high = self._y
        share = min(max((y - low) / (high - low), 0.0), 1.0)
        return self.bottom + share * (self.top - self.bottom)

    def line(self, *ends: float, ink: str = INK, wide: float = 0.8, dash: Any = None) -> None:
        """A straight line in points."""
        self.drawing.add(
            shapes.Line(*ends, strokeColor=_ink(ink), strokeWidth=wide, strokeDashArray=dash)
        )

    def path(self, x: Sequence[float], y: Sequence[float], **look: Any) -> None:
        """A line through the plot's own numbers."""
        spots = [spot for a, b in zip(x, y, strict=True) for spot in (self.px(a), self.py(b))]
        look = {"strokeWidth": 1.4, **look}
        if len(spots) >= 4:
            self.drawing.add(shapes.PolyLine(spots, fillColor=None, **look))

    def words(self, x: float, y: float, text: str, **look: Any) -> None:
        """Words at a place in points."""
        look = {"fontName": FONT, "fontSize": SIZE, "fillColor": _ink(INK), **look}
        self.drawing.add(shapes.String(x, y, text, **look))

    def spot(self, x: float, y: float, *, size: float, filled: bool, ink: str = INK) -> None:
        """A round mark at the plot's own numbers."""
        fill = _ink(ink) if filled else colors.white
        self.drawing.add(
            shapes.Circle(self.px(x), self.py(y), size, strokeColor=_ink(ink), fillColor=fill)
        )

    def scale_x(self, ticks: Sequence[float], say: Say, title: str, *, grid: bool = True) -> None:
        """The lower axis."""
        self.line(self.left, self.bottom, self.right, self.bottom)
        for tick in ticks:
            x = self.px(tick)
            if grid:
                self.line(x, self.bottom, x, self.top, ink=GRID, wide=0.4)
            self.words(x, self.bottom - 9, say(tick), textAnchor="middle")
        self.words(self.right, self.bottom - 19, title, textAnchor="end", fillColor=_ink(SOFT))

    def scale_y(self, ticks: Sequence[float], say: Say, title: str) -> None:
        """The left axis, its title over it."""
        for tick in ticks:
            y = self.py(tick)
            self.line(self.left, y, self.right, y, ink=GRID, wide=0.4)
            self.words(self.left - 4, y - 2.5, say(tick), textAnchor="end")
        self.words(2, self.top + 7, title, fillColor=_ink(SOFT))

    def legend(self, entries: Sequence[tuple[str, str, bool]]) -> None:
        """Name, colour and whether it is dashed, from the right, over the plot."""
        x = self.right
        for name, ink, dashed in reversed(entries):
            x -= len(name) * SIZE * LETTER
            self.words(x, self.top + 7, name)
            self.line(
                x - 18, self.top + 9.5, x - 4, self.top + 9.5,
                ink=ink, wide=1.6, dash=[4, 2] if dashed else None,
            )  # fmt: skip
            x -= 28


def curves(
    series: Sequence[Series],
    marks: Sequence[Mark],
    *,
    titles: tuple[str, str],
    say_x: Say,
    say_y: Say,
    x_unit: float,
    x_max: float,
    height: float = 190,
) -> Any:
    """Curves of shares (0 to 1) over a quantity, with lines across it; `x_unit` of one tick's count
    (60 for an axis of seconds that is read in minutes)."""
    axes = _Axes(height, (0.0, x_max), (0.0, 1.0))
    axes.scale_y([0, 0.25, 0.5, 0.75, 0.9, 1], say_y, titles[1])
    axes.scale_x(ticks_of(x_max, x_unit), say_x, titles[0])
    for at, mark in enumerate(sorted(marks, key=lambda one: one.at)):
        x = axes.px(mark.at)
        axes.line(x, axes.bottom, x, axes.top, ink=SECOND, wide=1, dash=[2, 2])
        axes.words(x + 3, axes.bottom + 4 + 9 * (at % 3), mark.name, fillColor=_ink(SECOND))
    for one, ink in zip(series, (FIRST, SOFT), strict=False):
        dash = [4, 2] if one.dashed else None
        axes.path(one.x, one.y, strokeColor=_ink(ink), strokeDashArray=dash)
    axes.legend(
        [(one.name, ink, one.dashed) for one, ink in zip(series, (FIRST, SOFT), strict=False)]
    )
    return axes.drawing


def control(
    points: Sequence[float],
    limits: Limits,
    labels: Sequence[str],
    *,
    title: str,
    say: Say,
    ticks: Sequence[float],
    height: float = 130,
) -> Any:
    """Points in their order with middle and limits; flagged ones are filled and ringed."""
    span = (min(ticks), max(ticks))
    axes = _Axes(height, (-0.5, len(points) - 0.5), span)
    axes.scale_y(ticks, say, title)
    every = max(1, -(-len(points) // 9))
    at = range(0, len(points), every)
    axes.scale_x(list(at), lambda tick: labels[int(tick)], "", grid=False)
    x = list(range(len(points)))
    axes.path(x, limits.middle, strokeColor=_ink(INK), strokeWidth=0.8)
    for edge in (limits.lower, limits.upper):
        axes.path(x, edge, strokeColor=_ink(SECOND), strokeWidth=0.8, strokeDashArray=[3, 2])
    axes.path(x, points, strokeColor=_ink(FIRST), strokeWidth=1.0)
    for index, value in enumerate(points):
        is_flagged = index in limits.flagged
        ink = SECOND if is_flagged else FIRST
        axes.spot(index, value, size=3 if is_flagged else 2, filled=True, ink=ink)
        if is_flagged:
            axes.spot(index, value, size=5.5, filled=False, ink=SECOND)
            axes.spot(index, value, size=3, filled=True, ink=SECOND)
    return axes.drawing


def scatter(
    spots: Sequence[tuple[float, float, bool, str]],
    lines: Sequence[Series],
    *,
    titles: tuple[str, str],
    say_y: Say,
    ticks: Sequence[float],
    x_max: float,
    height: float = 190,
) -> Any:
    """A funnel: (n, share, differs, name) within limit lines; only who differs is named."""
    axes = _Axes(height, (0.0, x_max), (ticks[0], ticks[-1]))
    axes.scale_y(ticks, say_y, titles[1])
    axes.scale_x(ticks_of(x_max, 1.0), lambda tick: f"{tick:g}", titles[0])
    for one in lines:
        dash = [4, 2] if one.dashed else None
        axes.path(one.x, one.y, strokeColor=_ink(SOFT), strokeWidth=0.9, strokeDashArray=dash)
    for n, share, differs, name in spots:
        axes.spot(n, share, size=2.6, filled=differs, ink=SECOND if differs else FIRST)
        if differs:
            anchor = "end" if n > x_max * 0.75 else "start"
            x = axes.px(n) + (-5 if anchor == "end" else 5)
            axes.words(x, axes.py(share) - 2.5, name, textAnchor=anchor)
    return axes.drawing


def bars(
    rows: Sequence[Bar],
    *,
    title: str,
    say: Say,
    x_unit: float,
    x_max: float,
    marks: Sequence[Mark] = (),
    legend: Sequence[str] = (),
    left: float = 118.0,
) -> Any:
    """Bars from left to right, one below the other, each with its interval and its words."""
    each = 22.0 if any(row.second for row in rows) else 16.0
    axes = _Axes(each * len(rows) + 44, (0.0, x_max), (0.0, 1.0), left=left)
    axes.scale_x(ticks_of(x_max, x_unit), say, title)
    for mark in marks:
        x = axes.px(mark.at)
        axes.line(x, axes.bottom, x, axes.top + 2, ink=SECOND, wide=1, dash=[2, 2])
        axes.words(x, axes.top + 5, mark.name, textAnchor="middle", fillColor=_ink(SECOND))
    for at, row in enumerate(rows):
        _draw_bar(axes, row, axes.top - 4 - each * at, each)
    axes.legend([(name, ink, False) for name, ink in zip(legend, (FIRST, SECOND), strict=False)])
    return axes.drawing


def _draw_bar(axes: _Axes, row: Bar, top: float, each: float) -> None:
    thick = (each - 6) / (2 if row.second else 1)
    middle = top - thick / 2
    axes.words(axes.left - 6, top - (each - 6) / 2 - 2.5, row.name, textAnchor="end")
    end = _box(axes, row.begin, row.value, top - thick, thick, FIRST)
    if row.low is not None and row.high is not None:
        low, high = axes.px(row.low), axes.px(row.high)
        axes.line(low, middle, high, middle, wide=1)
        for x in (low, high):
            axes.line(x, middle - 2.5, x, middle + 2.5, wide=1)
        end = max(end, high)
    if row.second is not None:
        end = max(end, _box(axes, *row.second, top - 2 * thick, thick, SECOND))
    if row.words:
        is_tight = end + len(row.words) * SIZE * LETTER + 6 > axes.right
        y = top - (each - 6) / 2 - 2.5
        x = axes.px(row.begin) - 4 if is_tight else end + 4
        axes.words(x, y, row.words, textAnchor="end" if is_tight else "start")


def _box(axes: _Axes, begin: float, value: float, y: float, thick: float, ink: str) -> float:
    """A bar of at least a hair's width; returns where it ends."""
    x, end = axes.px(begin), axes.px(begin + value)
    wide = max(end - x, 0.6)
    axes.drawing.add(shapes.Rect(x, y, wide, thick, fillColor=_ink(ink), strokeColor=None))
    return x + wide


def ticks_of(most: float, unit: float, wanted: int = 8) -> list[float]:
    """Round steps from 0, at most `wanted` of them, in a unit that people count in."""
    counted = most / unit
    for power in (0.01, 0.1, 1, 10, 100, 1_000, 10_000):
        for step in TICKS:
            if counted / (step * power) <= wanted:
                size = step * power
                return [i * size * unit for i in range(int(counted / size) + 1)]
    return [0.0, most]


def share_ticks(low: float, high: float) -> list[float]:
    """Round steps of a share, from below one to another."""
    step = next(one for one in (0.02, 0.05, 0.1, 0.2, 0.25) if (high - low) / one <= 6)
    first = math.floor(low / step + 1e-9)
    return [i * step for i in range(first, int(high / step + 1e-9) + 1)]


def _widened(span: tuple[float, float]) -> tuple[float, float]:
    low, high = span
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _ink(name: str) -> Any:
    return colors.HexColor(name)
