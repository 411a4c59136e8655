"""The evaluation as text: a table for a terminal, and JSON for everything else."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec

from kentongan.measure.ratios import RESCUE_S, SHORT_S, CallRatios
from kentongan.measure.report import Evaluation, Figure
from kentongan.measure.statistics.quantiles import Estimate
from kentongan.measure.unit_hours import UnitHours

DAY_S: Final = 86_400

_HEAD = ("interval", "per", "n", "P50", "P90", "limit", "within", "wanted", "missing", "open")


def to_json(evaluation: Evaluation) -> str:
    """The evaluation as one JSON object."""
    return msgspec.json.encode(evaluation).decode()


def to_table(evaluation: Evaluation, offset: timedelta) -> str:
    """The evaluation as aligned columns; times in the city's own clock."""
    start = (evaluation.start_at + offset).strftime("%Y-%m-%d %H.%M")
    end = (evaluation.end_at + offset).strftime("%Y-%m-%d %H.%M")
    kind = "training" if evaluation.training else "duty"
    lines = [
        f"{kind}: {evaluation.calls} calls, {evaluation.incidents} incidents, {start} to {end}",
        "",
        *aligned([_HEAD, *(_cells(figure) for figure in evaluation.intervals)]),
        "",
        "targets of the city pack",
        *aligned([_HEAD, *(_cells(figure) for figure in evaluation.targets)]),
        "",
        *aligned(
            [
                ("line", "offered", "answered", "abandoned", "waiting"),
                *(
                    (c.line, str(c.offered), str(c.answered), str(c.abandoned), str(c.waiting))
                    for c in evaluation.lines
                ),
            ]
        ),
    ]
    return "\n".join([*lines, *ratio_lines(evaluation.ratios, evaluation.units)])


def ratio_lines(ratios: CallRatios | None, units: Sequence[UnitHours]) -> list[str]:
    """Ratios with what they count and what that is of; empty when there is nothing to tell."""
    lines: list[str] = []
    if ratios is not None:
        rows = [
            (one.key, RATIO_WORDS[one.key], f"{one.count:,}", f"{one.of:,}", *_interval(one.share),
             f"{one.undecided:,}" if one.undecided else "")
            for one in ratios.ratios
        ]  # fmt: skip
        head = ("ratio", "", "counted", "of", "share", "", "undecided")
        lines += ["", *aligned([head, *rows])]
        bands = [
            (f"{one.from_s:g} s" + (f" to {one.to_s:g} s" if one.to_s else " and more"), "",
             f"{one.count:,}", f"{one.of:,}", *_interval(one.share))
            for one in ratios.by_waiting
        ]  # fmt: skip
        head = ("hung up after waiting", "", "counted", "of who waited so long", "share", "")
        lines += ["", *aligned([head, *bands])]
    if units:
        rows = [
            (one.agency or "all", "", str(one.units), f"{one.bound_h:,.1f}",
             f"{one.on_duty_h:,.1f}", share(one.utilisation), f"{one.unsigned_h:,.1f}")
            for one in units
        ]  # fmt: skip
        head = ("unit hours", "", "units", "bound", "on duty", "UHU", "bound, not signed on")
        lines += ["", *aligned([head, *rows])]
    return lines


RATIO_WORDS: Final = {
    "abandoned": "hung up before a human answered",
    "rescued": f"of those, spoken with again within {RESCUE_S:g} s",
    "short": f"of those, hung up within {SHORT_S:g} s",
}


def _interval(one: Estimate | None) -> tuple[str, str]:
    if one is None:
        return "–", ""
    return f"{one.value:.1%}", f"{one.low or 0:.1%}…{one.high or 0:.1%}"


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.key,
        figure.subject,
        str(figure.n),
        clock_of_seconds(figure.p50_s),
        clock_of_seconds(figure.p90_s),
        clock_of_seconds(figure.limit_s),
        share(figure.share),
        share(figure.share_wanted),
        str(figure.missing),
        str(figure.open),
    )


def clock_of_seconds(value: float | None) -> str:
    """Minutes and seconds, or a dash; from a day on in days, hours, minutes and seconds."""
    if value is None:
        return "–"
    if value >= DAY_S:
        days, rest = divmod(round(value), DAY_S)
        return f"{days}d {rest // 3_600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    minutes, seconds = divmod(round(value), 60)
    return f"{minutes:02d}:{seconds:02d}"


def share(value: float | None) -> str:
    """A share in percent, or a dash."""
    return "–" if value is None else f"{value:.0%}"


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as columns: two of words on the left, the others are figures."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if index < 2 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
