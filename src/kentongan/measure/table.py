"""The evaluation as text: a table for a terminal, and JSON for everything else."""

from datetime import timedelta
from typing import Final

import msgspec

from kentongan.measure.report import Evaluation, Figure

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
    return "\n".join(lines)


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
