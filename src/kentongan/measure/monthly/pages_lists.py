"""Pages with lists: promises, quality of the data, the longest waits, the month of alarms."""

import math
from typing import Final

from kentongan.measure import plots
from kentongan.measure.findings import Finding, Kind
from kentongan.measure.monthly.content import Monthly
from kentongan.measure.monthly.speech import NONE, Speech
from kentongan.measure.monthly.worst import Worst
from kentongan.measure.pdf import Figure, Grid, Line
from kentongan.measure.promises import WANTED, Band, PromiseLedger

Blocks = list[Line | Grid | Figure]


def promises(report: Monthly, speech: Speech) -> Blocks:
    """What callers were told against what came."""
    blocks: Blocks = [Line(text=speech.say("promises"), size=12, is_heading=True)]
    found = report.promises
    if found is None or found.kept is None:
        return [*blocks, Line(text=speech.say("promises_none"))]
    told = speech.say(
        "promises_line",
        n=speech.number(found.n),
        kept=speech.percent(found.kept.value),
        low=speech.percent(found.kept.low),
        high=speech.percent(found.kept.high),
        departed=speech.percent(found.departed.value if found.departed else None),
        early=found.early,
        late=found.late,
        never=found.never_came,
        undecided=found.undecided,
        stood_down=found.stood_down,
    )
    anew = speech.say(
        "promises_anew",
        n=speech.number(found.revised),
        told=speech.number(found.told_last),
        kept=speech.percent(found.kept_last.value if found.kept_last else None),
    )
    head = ("lead", "n", "kept", "early", "late", "error")
    rows = tuple(
        (
            _lead(one, found, speech),
            str(one.n),
            speech.interval(one.kept, is_share=True),
            str(one.early),
            str(one.late),
            speech.minutes(one.median_error_s),
        )
        for one in found.bands
    )
    return [
        *blocks,
        Line(text=f"{told} {anew}" if found.revised else told, size=9),
        Figure(drawing=_calibration(found, speech)),
        Grid(head=tuple(map(speech.say, head)), rows=rows, widths=(2.4, 1, 3, 1, 1, 1.4)),
    ]


def _lead(band: Band, found: PromiseLedger, speech: Speech) -> str:
    if not math.isinf(band.upto_s):
        return speech.say("upto", minutes=f"{band.upto_s / 60:g}")
    finite = [one.upto_s for one in found.bands if not math.isinf(one.upto_s)]
    return speech.say("over", minutes=f"{max(finite, default=1_800) / 60:g}")


def _calibration(found: PromiseLedger, speech: Speech) -> object:
    rows = [
        plots.Bar(
            name=f"{_lead(one, found, speech)} (n {speech.number(one.n)})",
            value=one.kept.value,
            low=one.kept.low,
            high=one.kept.high,
        )
        for one in found.bands
        if one.kept is not None
    ]
    return plots.bars(
        rows,
        title=speech.say("kept"),
        say=lambda tick: speech.percent(tick, 0),
        x_unit=0.2,  # no line beyond all of them
        x_max=1.12,
        marks=[plots.Mark(WANTED, speech.percent(WANTED, 0))],
    )


def quality(report: Monthly, speech: Speech) -> Blocks:
    """How the stamps are known, what is missing, and what would make the figures lie."""
    head = (
        "interval", "n", "automatic", "geofence", "hand", "missing", "negative", "doubtful",
        "cancelled", "open",
    )  # fmt: skip
    rows = tuple(
        (
            speech.say(f"interval.{one.interval}"),
            f"{speech.number(one.n)} / {speech.number(one.all)}",
            *(
                speech.percent(value)
                for value in (
                    one.automatic, one.geofence, one.hand, one.missing, one.negative, one.doubtful,
                    one.cancelled, one.open,
                )
            ),
        )
        for one in report.quality
    )  # fmt: skip
    found = [_finding(one, speech) for one in report.findings]
    return [
        Line(text=speech.say("quality"), size=12, is_heading=True),
        Grid(
            head=tuple(map(speech.say, head)),
            rows=rows,
            widths=(2.2, 1.4, 1.85, 1.95, 1.45, 1.55, 1.7, 2.15, 2.1, 1.6),
        ),
        *(Line(text=text, size=9, is_bold=True) for text in found),
        *([] if found else [Line(text=speech.say("no_findings"), size=9)]),
        *_offsets(report, speech),
    ]


OFFSETS: Final = 8
"""Units whose clock is listed: the farthest off."""


def _offsets(report: Monthly, speech: Speech) -> Blocks:
    """How far each unit's stamps lie from all others'."""
    if not report.offsets:
        return []
    head = ("unit", "offset_source", "departures", "offset")
    rows = tuple(
        (
            one.unit,
            speech.say(f"offset.{one.source}"),
            speech.number(one.n),
            f"{one.offset.value:+.0f} ({_signed(one.offset.low)} … {_signed(one.offset.high)})",
        )
        for one in report.offsets[:OFFSETS]
    )
    return [
        Line(text=speech.say("offsets"), size=8),
        Grid(head=tuple(map(speech.say, head)), rows=rows, widths=(2, 3, 2, 3)),
    ]


def _signed(seconds: float | None) -> str:
    return NONE if seconds is None else f"{seconds:+.0f}"


def _finding(one: Finding, speech: Speech) -> str:
    where, unclear = one.where, "" if one.is_clear else "_unclear"
    if one.kind is Kind.PARADOX:
        where = ", ".join(speech.say(f"by.{label}") for label in where.split(", "))
    size = f"{one.size:.0f}"
    return speech.say(f"finding.{one.kind}{unclear}", where=where, size=size, n=one.n, of=one.of)


def worst(report: Monthly, speech: Speech) -> Blocks:
    """The longest waits, without anybody's name."""
    blocks: Blocks = [Line(text=speech.say("worst"), size=12, is_heading=True)]
    if not report.worst:
        told = speech.say("worst_none", limit=speech.minutes(report.limit_s))
        return [*blocks, Line(text=told)]
    head = ("when", "number", "kind", "kecamatan", "agency", "waited", "cause")
    return [
        *blocks,
        Line(text=speech.say("worst_note"), size=8),
        Grid(
            head=tuple(map(speech.say, head)),
            rows=tuple(_worst(one, speech) for one in report.worst),
            widths=(1.8, 0.9, 2.4, 2.4, 1.5, 2.6, 2.6),
        ),
    ]


def _worst(one: Worst, speech: Speech) -> tuple[str, ...]:
    mark = {"cancelled": speech.say("gave_up"), "open": speech.say("still_open")}.get(one.quality)
    cause = speech.say(f"cause.{one.cause}") if one.cause else NONE
    return (
        speech.local(one.local),
        str(one.number),
        f"{speech.category(one.category)} {one.priority}".strip(),
        speech.kecamatan(one.kecamatan),
        speech.agency(one.agency) if one.agency else NONE,
        speech.minutes(one.seconds) + (f" {mark}" if mark else ""),
        cause if one.lost_s is None else f"{cause} +{speech.minutes(one.lost_s)}",
    )


def alarms(report: Monthly, speech: Speech) -> Blocks:
    """Is each alarm worth the noise it makes?"""
    found = report.alarms
    if found is None:
        return []
    blocks: Blocks = [Line(text=speech.say("alarms"), size=12, is_heading=True)]
    if not found.raised:
        return [*blocks, Line(text=speech.say("alarms_none"))]
    told = ", ".join(
        f"{speech.say(f'grade.{grade}')} {speech.percent(found.shares[grade], 0)}"
        f" ({speech.say('target')} {speech.percent(wanted, 0)})"
        for grade, wanted in found.wanted.items()
    )
    head = ("alarm", "n", "in_time", "until_taken", "escalated", "chattering", "untouched")
    rows = tuple(
        (
            f"{one.code} {speech.say(f'alarm.{one.kind}')}"
            + (f" · {speech.say('candidate')}" if one.is_candidate else ""),
            str(one.raised),
            speech.percent(one.taken_in_time / one.raised, 0),
            speech.minutes(one.median_s),
            str(one.escalated),
            str(one.chattering),
            str(one.untouched),
        )
        for one in found.kinds
    )
    return [
        *blocks,
        Line(text=speech.say("alarms_line", n=speech.number(found.raised), told=told), size=9),
        Grid(
            head=tuple(map(speech.say, head)),
            rows=rows,
            widths=(4, 0.8, 1.6, 1.6, 1.3, 1.3, 1.4),
            marked=frozenset(n for n, one in enumerate(found.kinds) if one.is_candidate),
        ),
    ]
