"""Pages with charts: the weeks under control, and the funnel of the kecamatan."""

import math
from collections.abc import Sequence
from typing import Final

from kentongan.measure import plots
from kentongan.measure.monthly.content import Monthly
from kentongan.measure.monthly.speech import NONE, Speech
from kentongan.measure.pdf import Figure, Grid, Line
from kentongan.measure.statistics.funnel import DIFFERS_Q, Place, limits_at
from kentongan.measure.weeks import PlainChart, Weeks

Blocks = list[Line | Grid | Figure]

MINUTE_S: Final = 60.0

MEDIAN_TICKS: Final = 5
"""Steps of the axis of medians, at most."""


def weeks(report: Monthly, speech: Speech) -> Blocks:
    """Both control charts and the weeks behind them."""
    blocks: Blocks = [Line(text=speech.say("weeks"), size=12, is_heading=True)]
    found = report.weeks
    if found is None or found.share is None:
        return [*blocks, Line(text=speech.say("weeks_few"))]
    title = speech.say("weeks_share", limit=speech.minutes(report.limit_s))
    blocks.append(Figure(drawing=_share_chart(found, found.share, title, speech)))
    if found.median is not None:
        blocks.append(Figure(drawing=_median_chart(found, found.median, speech)))
    told = "; ".join(_signals(found, speech).values())
    note = speech.say("weeks_note", told=told) if told else speech.say("weeks_calm")
    return [*blocks, Line(text=note, size=9), _weeks(found, speech)]


def _share_chart(found: Weeks, chart: PlainChart, title: str, speech: Speech) -> object:
    ticks = plots.share_ticks(min(*chart.points, *chart.lower), 1.0)
    return plots.control(
        chart.points,
        _limits(chart),
        [_short(found.lines[at].monday) for at in chart.at],
        title=title,
        say=lambda tick: speech.percent(tick, 0),
        ticks=ticks,
    )


def _median_chart(found: Weeks, chart: PlainChart, speech: Speech) -> object:
    low, high = min(*chart.points, *chart.lower), max(*chart.points, *chart.upper)
    first, last = math.floor(max(low, 0.0) / MINUTE_S), math.ceil(high / MINUTE_S)
    step = max(1, math.ceil((last - first) / MEDIAN_TICKS))
    return plots.control(
        chart.points,
        _limits(chart),
        [_short(found.lines[at].monday) for at in chart.at],
        title=speech.say("weeks_median"),
        say=lambda tick: f"{tick / MINUTE_S:g}",
        ticks=[minute * MINUTE_S for minute in range(first, last + step, step)],
    )


def _limits(chart: PlainChart) -> plots.Limits:
    return plots.Limits(
        middle=chart.middle,
        lower=chart.lower,
        upper=chart.upper,
        flagged=frozenset(one.index for one in chart.signals),
    )


def _short(monday: str) -> str:
    return f"{monday[8:]}-{monday[5:7]}"


def _signals(found: Weeks, speech: Speech) -> dict[int, str]:
    """By week, what stands out there in either chart."""
    told: dict[int, str] = {}
    for chart, name in ((found.share, "within"), (found.median, "median")):
        for one in chart.signals if chart else ():
            at = chart.at[one.index] if chart else 0
            way = speech.say("better" if one.high else "worse")
            said = f"{speech.say(name)} {way}, {speech.say(f'rule.{one.rule}')}"
            week = f"{_short(found.lines[at].monday)}: {said}"
            told[at] = f"{told[at]}, {said}" if at in told else week
    return told


def _weeks(found: Weeks, speech: Speech) -> Grid:
    head = ("week", "n", "within", "limits", "median", "signal")
    share = found.share
    edges = {at: (share.lower[i], share.upper[i]) for i, at in enumerate(share.at)} if share else {}
    told = _signals(found, speech)
    rows = tuple(
        (
            one.monday,
            str(one.n),
            speech.percent(one.within / one.n if one.n else None),
            "…".join(speech.percent(edge) for edge in edges[at]) if at in edges else NONE,
            speech.minutes(one.p50_s),
            told.get(at, "").partition(": ")[2],
        )
        for at, one in enumerate(found.lines)
    )
    return Grid(
        head=tuple(map(speech.say, head)),
        rows=rows,
        widths=(1.4, 0.7, 1.2, 2, 1.1, 4),
        marked=frozenset(told),
    )


def funnel_of(report: Monthly, speech: Speech) -> Blocks:
    """The kecamatan by number and share, within the limits of chance."""
    blocks: Blocks = [Line(text=speech.say("funnel"), size=12, is_heading=True)]
    places = report.funnel
    if not places:
        return [*blocks, Line(text=speech.say("funnel_few"))]
    head = ("kecamatan", "n", "share", "limits", "outside", "q_value")
    named = sorted(places, key=lambda one: speech.kecamatan(one.key))
    rows = tuple(
        (
            speech.kecamatan(one.key),
            str(one.n),
            speech.percent(one.share),
            f"{speech.percent(one.low_95)}…{speech.percent(one.high_95)}",
            speech.percent(one.outside, 1) if one.outside else NONE,
            speech.number(one.q_value, 3),
        )
        for one in named
    )
    return [
        *blocks,
        Figure(drawing=_funnel(places, report.limit_s, speech)),
        Line(text=speech.say("funnel_note", q=speech.number(DIFFERS_Q, 2)), size=8),
        Grid(
            head=tuple(map(speech.say, head)),
            rows=rows,
            widths=(3, 1, 1.4, 2.4, 1.2, 1),
            marked=frozenset(n for n, one in enumerate(named) if one.differs),
        ),
    ]


def _funnel(places: Sequence[Place], limit_s: float, speech: Speech) -> object:
    whole = sum(one.n for one in places)
    overall = sum(one.share * one.n for one in places) / whole
    most = max(one.n for one in places)
    at = sorted({max(1, round(most * 1.08 * i / 40)) for i in range(1, 41)})
    lines: list[plots.Series] = []
    for alpha, dashed in ((0.05, True), (0.002, False)):
        edges = [limits_at(overall, n, alpha) for n in at]
        for side in (0, 1):
            y = tuple(edge[side] for edge in edges)
            lines.append(plots.Series(name="", x=tuple(map(float, at)), y=y, dashed=dashed))
    ticks = plots.share_ticks(min(one.share for one in places), 1.0)
    spots = [(float(one.n), one.share, one.differs, speech.kecamatan(one.key)) for one in places]
    return plots.scatter(
        spots,
        [*lines, plots.Series(name="", x=(0.0, most * 1.08), y=(overall, overall))],
        titles=(
            speech.say("incidents_n"),
            speech.say("share_within", limit=speech.minutes(limit_s)),
        ),
        say_y=lambda tick: speech.percent(tick, 0),
        ticks=ticks,
        x_max=most * 1.08,
    )
