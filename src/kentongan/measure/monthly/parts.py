"""Sections of the monthly report: the fractile curve, and the quality of the data."""

from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.case_tables import Tables
from kentongan.measure.figures import fractiles, given_up
from kentongan.measure.intervals import INTERVAL_BY_KEY, VALUED, Quality
from kentongan.measure.observations import Observations
from kentongan.measure.stamps import Source
from kentongan.measure.statistics.quantiles import ENOUGH
from kentongan.measure.tables import observe

POINTS: Final = tuple(i / 100 for i in range(101))
"""Shares at which the fractile curve is drawn."""

STRIP: Final = (
    "answer", "locate", "notify", "acknowledge", "turnout", "travel", "citizen_response",
)  # fmt: skip
"""Intervals whose stamps the quality strip is about."""


class FractileCurve(Struct, frozen=True, kw_only=True):
    """Seconds by which each share of `POINTS` had help, of all who waited: open and cancelled cases
    are kept, and a curve ends where no larger share ever had it. `before` is None under `ENOUGH`
    cases; `days_before` are the days that it has."""

    shares: tuple[float, ...]
    now: tuple[float, ...]
    before: tuple[float, ...] | None
    n: int
    n_before: int
    given_up: int
    days_before: int


class QualityLine(Struct, frozen=True, kw_only=True):
    """One interval's stamps: shares of all that began, by quality and by how they are known."""

    interval: str
    n: int
    all: int
    automatic: float
    geofence: float
    hand: float
    missing: float
    negative: float
    doubtful: float
    cancelled: float
    open: float


def fractile_curve(now: Observations, before: Observations) -> FractileCurve | None:
    """The curve of the month over that of the time before; None under `ENOUGH` cases."""
    values, past = now.values(), before.values()
    if len(values) < ENOUGH:
        return None
    return FractileCurve(
        shares=POINTS,
        now=fractiles(now, POINTS),
        before=fractiles(before, POINTS) if len(past) >= ENOUGH else None,
        n=len(values),
        n_before=len(past),
        given_up=given_up(now),
        days_before=len(np.unique(before.days[before.valued])),
    )


def quality_lines(tables: Tables) -> tuple[QualityLine, ...]:
    """The strip, in the order of `STRIP`; an interval nobody began is left out."""
    found = [observe(one, tables.of(one.subject)) for one in map(INTERVAL_BY_KEY.get, STRIP) if one]
    return tuple(_quality(one) for one in found if len(one))


def _quality(found: Observations) -> QualityLine:
    size = len(found)
    source = found.labels["source"]
    names = [source.names[int(code)] for code in source.codes[found.valued]]
    known = max(len(names), 1)

    def share(*qualities: Quality) -> float:
        return found.count(*qualities) / size

    return QualityLine(
        interval=found.interval,
        n=found.count(*VALUED),
        all=size,
        automatic=names.count(Source.AUTOMATIC) / known,
        geofence=names.count(Source.GEOFENCE) / known,
        hand=names.count(Source.HAND) / known,
        missing=share(Quality.MISSING),
        negative=share(Quality.NEGATIVE, Quality.SKEW),
        doubtful=share(Quality.MANUAL_LATE, Quality.OUTLIER, Quality.ROUNDED),
        cancelled=share(Quality.CANCELLED),
        open=share(Quality.OPEN),
    )
