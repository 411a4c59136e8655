"""The monthly report as everybody may have it, also beside the open data of the same month.

The full report lists single cases with date, number and place, and counts by place, week and
agency: joined to open data, whose rows say category and response, it points at people. Of the
public form only what is told of the whole city is left, nothing that counts fewer than `K` cases,
and the curve in begun minutes up to an hour, as open data itself tells a response.
"""

import math
from collections.abc import Sequence
from typing import Final

from msgspec import structs

from kentongan.measure.judging import Judgement
from kentongan.measure.monthly.content import Monthly
from kentongan.measure.monthly.headlines import Headline
from kentongan.measure.monthly.parts import FractileCurve
from kentongan.measure.open_data import MINUTES_MAX, K
from kentongan.measure.ratios import CallRatios
from kentongan.measure.report import LineCount
from kentongan.measure.standards import Standard

MINUTE_S: Final = 60.0


def public_of(report: Monthly, standards: Sequence[Standard]) -> Monthly:
    """What is left of a report of all agencies; `ValueError` for an agency's own, which is a group
    smaller than the city. What is not named here is left out."""
    if report.agency:
        raise ValueError("the public form is of the whole city, not of one agency")
    of_all = {one.id for one in standards if _is_of_all(one)}
    return Monthly(
        month=report.month,
        agency="",
        training=report.training,
        public=True,
        start_at=report.start_at,
        end_at=report.end_at,
        until=report.until,
        limit_s=report.limit_s,
        has_data=report.has_data,
        calls=report.calls,
        incidents=report.incidents,
        lines=tuple(one for one in report.lines if _is_large(one)),
        ratios=_ratios(report.ratios),
        excluded=tuple(one for one in report.excluded if one.count >= K),
        headlines=tuple(_headline(one) for one in report.headlines if not one.agency),
        standards=tuple(_judgement(one) for one in report.standards if one.id in of_all),
        curve=_curve(report.curve),
    )


def _is_of_all(standard: Standard) -> bool:
    """Whether it is about every call or incident: the rest of a part is a part as well."""
    parts = (standard.agencies, standard.categories, standard.priorities, standard.zones)
    return not any(parts) and not standard.exclusions and standard.stop.who == "first"


def _is_large(line: LineCount) -> bool:
    """Whether none of its counts is a few."""
    counts = (line.offered, line.answered, line.abandoned, line.waiting)
    return all(count == 0 or count >= K for count in counts)


def _ratios(found: CallRatios | None) -> CallRatios | None:
    """Those of which neither who is counted nor the rest is a few."""
    if found is None:
        return None
    return structs.replace(
        found,
        ratios=tuple(
            structs.replace(one, undecided=0)
            for one in found.ratios
            if _are_many(one.count, one.of)
        ),
        by_waiting=tuple(one for one in found.by_waiting if _are_many(one.count, one.of)),
    )


def _are_many(count: int, of: int) -> bool:
    return all(one == 0 or one >= K for one in (count, of - count))


def _headline(one: Headline) -> Headline:
    """Without the few that were stamped late: with and without them are two figures of which the
    difference is they."""
    return one if one.late >= K else structs.replace(one, late=0, p90_without_late=None)


def _judgement(one: Judgement) -> Judgement:
    return structs.replace(one, counts={}, left_out={})


def _curve(found: FractileCurve | None) -> FractileCurve | None:
    if found is None:
        return None
    before = None if found.before is None else _minutes(found.before)
    return structs.replace(found, now=_minutes(found.now), before=before)


def _minutes(curve: Sequence[float]) -> tuple[float, ...]:
    """In begun minutes; what took an hour or longer is no point."""
    begun = (math.ceil(one / MINUTE_S) for one in curve)
    return tuple(one * MINUTE_S for one in begun if one < MINUTES_MAX)
