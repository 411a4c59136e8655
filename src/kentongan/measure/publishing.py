"""The figures of a month that are published, and whether a journal gives the same ones.

Worked out from events up to a position, so that anybody who has the journal up to there comes to
the same figures, to the last digit, on any machine.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct

from kentongan.cities.facts import Text
from kentongan.cities.taxonomy import Nature, PriorityCode
from kentongan.measure.alarms import month_of
from kentongan.measure.case_tables import incident_table
from kentongan.measure.cases import Cases
from kentongan.measure.exclusions import Selection, select
from kentongan.measure.figures import summary
from kentongan.measure.intervals import INTERVAL_BY_KEY
from kentongan.measure.statistics.quantiles import quantile_estimate, with_rounding
from kentongan.measure.tables import observe
from kentongan.published import CASES, DAYS, DAYS_OF_30, MonthFigure

RESPONSE: Final = INTERVAL_BY_KEY["citizen_response"]

LIMIT_S: Final = 600.0

DAYS_CASES_MIN: Final = 100
"""Of fewer cases a month published by `DAYS` did not look at their days."""

COMPARED: Final = (
    "n", "all", "p50_s", "p90_s", "p90_low_s", "p90_high_s", "within_of_ended", "within_of_all",
    "left_out", "days",
)  # fmt: skip
"""What must be the same, one by one."""


class Differing(Struct, frozen=True, kw_only=True):
    """A published figure that the journal does not give."""

    month: str
    what: str
    published: str
    found: str


def month_figure(
    cases: Cases,
    scheduled: Iterable[str],
    month: str,
    position: int,
    zone: ZoneInfo,
    blocks: str = DAYS_OF_30,
) -> MonthFigure:
    """A month's figures from cases that know the journal up to `position`; `finish` them first.

    `blocks` as the month was published: an old one comes out as it was.
    """
    start, end = month_of(month, zone)
    codes = tuple(sorted(scheduled))
    selected = select(cases, _natures(codes), Selection(start, end))
    table = incident_table(list(selected.cases.incidents.values()), cases.until, zone)
    seen = observe(RESPONSE, table)
    found = summary(seen, limit_s=LIMIT_S)
    inside = found.within
    p90 = found.p90
    by_cases = blocks == CASES or (blocks == DAYS and found.n < DAYS_CASES_MIN)
    if p90 is not None and by_cases:
        alone = quantile_estimate(seen.values(), 0.9)
        p90 = with_rounding(alone, seen.rounding_s) if alone else None
    return MonthFigure(
        month=month,
        position=position,
        interval=RESPONSE.key,
        start=RESPONSE.start,
        end=RESPONSE.end,
        n=found.n,
        all=found.all,
        p50_s=found.p50.value if found.p50 else None,
        p90_s=p90.value if p90 else None,
        p90_low_s=p90.low if p90 else None,
        p90_high_s=p90.high if p90 else None,
        limit_s=LIMIT_S,
        within_of_ended=inside.of_ended.value if inside and inside.of_ended else None,
        within_of_all=inside.of_all.value if inside and inside.of_all else None,
        left_out={one.reason: one.count for one in selected.excluded},
        scheduled=codes,
        blocks=blocks,
        days=len(np.unique(seen.days)),
    )


def differences(published: MonthFigure, found: MonthFigure) -> Sequence[Differing]:
    """Where the journal says something else than what was published; what an older program did
    not count yet is no difference."""
    return [
        Differing(
            month=published.month,
            what=name,
            published=str(getattr(published, name)),
            found=str(getattr(found, name)),
        )
        for name in COMPARED
        if getattr(published, name) != getattr(found, name)
        and not (name == "days" and published.days is None)
    ]


def _natures(codes: Iterable[str]) -> Mapping[str, Nature]:
    """Enough of a city pack to know what was scheduled."""
    return {
        code: Nature(
            code=code, name=Text(id=code, en=code), priority=PriorityCode.P5, appointment=True
        )
        for code in codes
    }
