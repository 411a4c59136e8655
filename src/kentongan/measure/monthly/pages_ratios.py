"""Ratios of the month: calls that hung up, who was reached again, and the hours of the units."""

from kentongan.measure.monthly.content import Monthly
from kentongan.measure.monthly.speech import NONE, Speech
from kentongan.measure.pdf import Figure, Grid, Line
from kentongan.measure.ratios import RESCUE_S, SHORT_S

Blocks = list[Line | Grid | Figure]


def ratios(report: Monthly, speech: Speech) -> Blocks:
    """Each with what it counts and what that is of; nothing where there is neither."""
    blocks = [*_calls(report, speech), *_units(report, speech)]
    return [Line(text=speech.say("ratios"), size=12, is_heading=True), *blocks] if blocks else []


def _calls(report: Monthly, speech: Speech) -> Blocks:
    found = report.ratios
    if found is None:
        return []
    limits = {"rescue": f"{RESCUE_S / 60:g}", "short": f"{SHORT_S:g}"}
    rows = tuple(
        (
            speech.say(f"ratio.{one.key}", **limits),
            speech.number(one.count),
            speech.number(one.of),
            speech.interval(one.share, is_share=True),
        )
        for one in found.ratios
    )
    bands = tuple(
        (
            speech.say("band_over" if one.to_s is None else "band", low=f"{one.from_s:g}",
                       high=f"{one.to_s or 0:g}"),
            speech.number(one.count),
            speech.number(one.of),
            speech.interval(one.share, is_share=True),
        )
        for one in found.by_waiting
    )  # fmt: skip
    head, widths = ("ratio", "counted", "counted_of", "share"), (4.2, 1.2, 1.6, 3)
    return [
        Grid(head=tuple(map(speech.say, head)), rows=rows, widths=widths),
        Grid(
            head=tuple(map(speech.say, ("hung_up", "counted", "waited_so_long", "share"))),
            rows=bands,
            widths=widths,
        ),
    ]


def _units(report: Monthly, speech: Speech) -> Blocks:
    if not report.units:
        return []
    rows = tuple(
        (
            speech.agency(one.agency) if one.agency else speech.say("all"),
            speech.number(one.units),
            speech.number(one.bound_h, 1),
            speech.number(one.on_duty_h, 1),
            NONE if one.utilisation is None else speech.percent(one.utilisation),
            speech.number(one.unsigned_h, 1),
        )
        for one in report.units
    )
    head = ("unit_hours", "units", "bound_h", "on_duty_h", "uhu", "unsigned_h")
    return [
        Grid(head=tuple(map(speech.say, head)), rows=rows, widths=(3, 1, 1.5, 1.5, 1.2, 1.8)),
        Line(text=speech.say("uhu_note"), size=8),
    ]
