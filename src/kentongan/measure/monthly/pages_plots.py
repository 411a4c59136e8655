"""Pages with plots: lost seconds and the fractile curve."""

from collections.abc import Mapping, Sequence
from typing import Final

from kentongan.measure import plots
from kentongan.measure.ledger import Ledger
from kentongan.measure.ledger_changes import Change
from kentongan.measure.monthly.content import Monthly
from kentongan.measure.monthly.speech import NONE, Speech
from kentongan.measure.pdf import Figure, Grid, Line
from kentongan.measure.standards import Standard

Blocks = list[Line | Grid | Figure]

TOP: Final = 3
"""Changes that are named in the sentence."""

SHOWN: Final = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
"""Rows of the table behind the fractile curve."""

CURVE_SHARE: Final = 0.98
"""The curve's axis ends where this share had help: the longest few would squeeze the rest."""

ROOM: Final = 1.3
"""Of an axis beyond the longest bar: its words stand behind it and over no name."""

MINUTE_S: Final = 60.0


def lost(report: Monthly, speech: Speech) -> Blocks:
    """The ranked list of changes, and the waterfall of the chain."""
    blocks: Blocks = [Line(text=speech.say("lost"), size=12, is_heading=True)]
    found = report.ledger
    if found is None:
        return [*blocks, Line(text=speech.say("lost_few"))]
    worth = [one for one in found.changes if one.lost_s > 0]
    if worth:
        told = "; ".join(_change(one, speech) for one in worth[:TOP])
        blocks.append(Line(text=speech.say("lost_top", told=told), is_bold=True))
        blocks.append(Figure(drawing=_savings(worth, speech)))
    blocks += [Line(text=speech.say("lost_note"), size=8), *_counted(found, speech)]
    blocks.append(_changes(found, speech))
    blocks += _reasons(found, speech)
    blocks += [
        Figure(drawing=_waterfall(found, speech), caption=speech.say("waterfall")),
        _steps(found, speech),
    ]
    return blocks


def _counted(found: Ledger, speech: Speech) -> Blocks:
    """How many responses the seconds are of, and what could not be used."""
    told = speech.say("lost_of", n=found.n, unmeasured=found.unmeasured)
    early = speech.say("lost_early", n=found.early) if found.early else ""
    past = found.reference
    medians = (
        speech.say("lost_reference", n=past.n, days=past.days)
        if past
        else speech.say("lost_no_reference")
    )
    return [Line(text=f"{told}{early}. {medians}", size=8)]


def _change(one: Change, speech: Speech) -> str:
    cause = speech.say(f"cause.{one.cause}")
    where = speech.agency(one.where) if one.where else NONE
    saved, whose = speech.seconds(one.saved_s, 1), speech.say(f"of.{one.of}")
    return speech.say("lost_one", cause=cause, saved=saved, whose=whose, where=where)


def _savings(changes: Sequence[Change], speech: Speech) -> object:
    rows = [
        plots.Bar(
            name=speech.say(f"cause.{one.cause}"),
            value=one.saved_s,
            low=one.saved_low_s,
            high=one.saved_high_s,
            words=speech.seconds(one.saved_s, 1),
        )
        for one in changes
    ]
    most = max(one.saved_high_s or one.saved_s for one in changes)
    return plots.bars(
        rows, title=speech.say("saved"), say=speech.seconds, x_unit=1, x_max=most * ROOM
    )


def _reasons(found: Ledger, speech: Speech) -> Blocks:
    """Why dispatchers took another unit than the best of the list."""
    given = [reason for one in found.changes for reason in one.reasons]
    told = "; ".join(
        speech.say(
            "passed_over_one",
            reason=speech.say(f"given.{one.reason or 'none'}"),
            n=one.incidents,
            lost=speech.seconds(one.lost_s),
        )
        for one in given
    )
    return [Line(text=speech.say("passed_over", told=told), size=8)] if told else []


def _changes(found: Ledger, speech: Speech) -> Grid:
    """Each cause; of one that the record tells too little of, that it is missing."""
    head = (
        "step",
        "whose",
        "where",
        "allowance",
        "hit",
        "saved",
        "p90_then",
        "within_then",
        "known",
    )
    rows = tuple(
        (
            speech.say(f"cause.{one.cause}"),
            speech.say(f"of.{one.of}"),
            _where(one, speech),
            speech.seconds(one.allowance_s),
            speech.number(one.incidents),
            _saved(one, speech),
            speech.say(
                "p90_both", now=speech.minutes(one.p90_s), then=speech.minutes(one.p90_then_s)
            ),
            NONE if one.within_then is None else speech.percent(one.within_then),
            f"{speech.number(one.n)} / {speech.number(one.due)}",
        )
        for one in found.changes
    )
    missing = tuple(
        (
            speech.say(f"cause.{one.cause}"),
            speech.say("cause_missing" if one.n == 0 else "cause_few"),
            *(NONE for _ in range(len(head) - 3)),
            f"{speech.number(one.n)} / {speech.number(one.due)}",
        )
        for one in found.missing
    )
    return Grid(
        head=tuple(map(speech.say, head)),
        rows=(*rows, *missing),
        widths=(2.15, 1.35, 1.5, 1.45, 1.45, 1.95, 1.5, 1.3, 1.55),
    )


def _where(one: Change, speech: Speech) -> str:
    return f"{speech.agency(one.where)} {speech.percent(one.where_share, 0)}" if one.where else NONE


def _saved(one: Change, speech: Speech) -> str:
    between = speech.say("few_saved")
    if one.saved_low_s is not None and one.saved_high_s is not None:
        between = f"{speech.number(one.saved_low_s, 1)}…{speech.number(one.saved_high_s, 1)}"
    return f"{speech.seconds(one.saved_s, 1)} ({between})"


def _waterfall(found: Ledger, speech: Speech) -> object:
    rows: list[plots.Bar] = []
    begin, slow = 0.0, 0.0
    for step in found.steps:
        rows.append(
            plots.Bar(
                name=speech.say(f"cause.{step.cause}"),
                begin=begin,
                value=step.mean_s,
                second=(slow, step.slow_mean_s),
                words=f"{speech.seconds(step.mean_s)} / {speech.seconds(step.slow_mean_s)}",
            )
        )
        begin, slow = begin + step.mean_s, slow + step.slow_mean_s
    return plots.bars(
        rows,
        title=speech.say("minutes"),
        say=lambda tick: f"{tick / MINUTE_S:g}",
        x_unit=MINUTE_S,
        x_max=max(begin, slow) * ROOM,
        legend=(speech.say("mean_all"), speech.say("mean_slow")),
    )


def _steps(found: Ledger, speech: Speech) -> Grid:
    head = ("step", "mean", "mean_slow", "median", "of_mean", "of_excess", "p90_if")
    rows = tuple(
        (
            speech.say(f"cause.{one.cause}"),
            speech.seconds(one.mean_s, 1),
            speech.seconds(one.slow_mean_s, 1),
            speech.seconds(one.p50_s, 1),
            speech.percent(one.share_of_mean, 0),
            speech.percent(one.share_of_slow_excess, 0),
            speech.minutes(one.p90_if_median_s),
        )
        for one in found.steps
    )
    return Grid(
        head=tuple(map(speech.say, head)), rows=rows, widths=(2.4, 1.4, 1.6, 1.5, 1.8, 1.9, 2.4)
    )


def curve(report: Monthly, standards: Mapping[str, Standard], speech: Speech) -> Blocks:
    """The fractile curve over that of the time before, with the lines of the standards."""
    found = report.curve
    if found is None:
        return []
    before = found.before or ()
    shown = max(found.now[: round(CURVE_SHARE * 100) + 1][-1], report.limit_s * 1.2)
    series = [
        plots.Series(
            name=speech.say("curve_now", n=speech.number(found.n)),
            x=found.now, y=found.shares[: len(found.now)],
        ),
        *(
            [
                plots.Series(
                    name=speech.say(
                        "curve_before", n=speech.number(found.n_before), days=found.days_before
                    ),
                    x=before, y=found.shares[: len(before)], dashed=True,
                )
            ]
            if before
            else []
        ),
    ]  # fmt: skip
    rows = tuple(
        (
            speech.percent(share, 0),
            speech.minutes(_at(found.now, share)),
            speech.minutes(_at(before, share)),
        )
        for share in SHOWN
    )
    drawing = plots.curves(
        [_until(one, shown) for one in series],
        _marks(report, standards, shown, speech),
        titles=(speech.say("minutes"), speech.say("share")),
        say_x=lambda tick: f"{tick / MINUTE_S:g}",
        say_y=lambda tick: speech.percent(tick, 0),
        x_unit=MINUTE_S,
        x_max=shown,
    )
    return [
        Line(text=speech.say("curve"), size=12, is_heading=True),
        Figure(drawing=drawing),
        Grid(
            head=tuple(map(speech.say, ("percentile", "this_month", "earlier"))),
            rows=rows,
            widths=(1, 1, 1),
        ),
    ]


def _at(curve: Sequence[float], share: float) -> float | None:
    """When so large a share had help; None where the curve ends before."""
    place = round(share * 100)
    return curve[place] if place < len(curve) else None


def _until(one: plots.Series, shown: float) -> plots.Series:
    """The part of a curve that the axis has room for."""
    spots = [(x, y) for x, y in zip(one.x, one.y, strict=True) if x <= shown]
    return plots.Series(
        name=one.name,
        x=tuple(x for x, _ in spots),
        y=tuple(y for _, y in spots),
        dashed=one.dashed,
    )


def _marks(
    report: Monthly, standards: Mapping[str, Standard], shown: float, speech: Speech
) -> list[plots.Mark]:
    """The report's own limit, and the limits of the standards that begin with the ring."""
    limits = {
        standards[one.id].threshold_s
        for one in report.standards
        if one.start == "ring" and one.stop.startswith("arrived")
    }
    return [
        plots.Mark(limit, speech.minutes(limit))
        for limit in sorted({report.limit_s, *limits})
        if limit <= shown
    ]
