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

from kentongan.measure.figures import Within
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
    """Without the few that were stamped late or given up: with and without them are two figures of
    which the difference is they. Where these few are more than one in ten there is no P90."""
    told = structs.replace(
        one,
        all=_all(one.n, one.all, one.given_up),
        within=_within(one.within, one.n, one.all),
    )
    if one.late < K:
        told = structs.replace(told, late=0, p90_without_late=None)
    if 0 < one.given_up < K:
        p90 = one.p90 if one.p90_kept is not None else None
        told = structs.replace(told, given_up=0, p90=p90, p90_kept=None)
    elif _is_few(one.all - one.n):
        told = structs.replace(told, given_up=0, p90_kept=None)
    return told


def _judgement(one: Judgement) -> Judgement:
    """A share of which a side is a few is told by its verdict alone."""
    inside = _within(one.within, one.n, one.all)
    is_of_few = one.value is not None and _is_few(one.value.n - one.n)
    has_few = one.statistic == "share" and (inside is None or is_of_few)
    return structs.replace(
        one,
        all=_all(one.n, one.all),
        counts={},
        left_out={},
        within=inside,
        value=None if has_few else one.value,
        least=None if _is_few(one.all - one.n) else one.least,
    )


def _is_few(count: int) -> bool:
    return 0 < count < K


def _all(n: int, of_all: int, given_up: int = 0) -> int:
    """How many began, without the few that have no end for whatever reason."""
    if _is_few(of_all - n):
        return n
    return n + given_up if _is_few(of_all - n - given_up) else of_all


def _within(found: Within | None, n: int, of_all: int) -> Within | None:
    """Shares of which neither who was within nor the rest is a few; that of all only where those
    without an end are none or many."""
    if found is None or found.of_ended is None:
        return None
    hits = round(found.of_ended.value * n)
    if any(map(_is_few, (found.late, hits, n - hits, of_all - hits))):
        return None
    return structs.replace(found, of_all=None) if _is_few(of_all - n) else found


def _curve(found: FractileCurve | None) -> FractileCurve | None:
    if found is None:
        return None
    before = None if found.before is None else _minutes(found.before)
    given_up = 0 if _is_few(found.given_up) else found.given_up
    return structs.replace(found, now=_minutes(found.now), before=before, given_up=given_up)


def _minutes(curve: Sequence[float]) -> tuple[float, ...]:
    """In begun minutes; what took an hour or longer is no point."""
    begun = (math.ceil(one / MINUTE_S) for one in curve)
    return tuple(one * MINUTE_S for one in begun if one < MINUTES_MAX)
