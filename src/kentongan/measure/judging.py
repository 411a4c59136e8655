"""Judging: what a standard says of the cases it is about, with both denominators.

The cases a standard is about are chosen by its agencies, categories, priorities and zones; its
clock starts at the earliest of its start events and is rounded as its source rounds. A verdict is
given only when the interval of the figure lies on one side of the target.

A mean is that of the cases that came to their end. Who gave up or still waits has no end: it stays
outside of the mean, is counted beside it, and a mean is met only if it would be with each of them
at what they had waited already, the least that it can have become.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import numpy as np
from msgspec import Struct, structs

from kentongan.measure.clocks import Clock
from kentongan.measure.figures import Within, percentile, within
from kentongan.measure.intervals import Interval, Quality
from kentongan.measure.observations import CODE, NEVER, Observations
from kentongan.measure.stamps import TRUST, Source
from kentongan.measure.standards import Denominator, Rounding, Standard
from kentongan.measure.statistics.arrays import Flags, Floats
from kentongan.measure.statistics.means import mean_by_days
from kentongan.measure.statistics.quantiles import (
    ENOUGH,
    Estimate,
    with_rounding,
)
from kentongan.measure.tables import MICRO, Ends, Table, between

LABEL_OF: Final[Mapping[str, str]] = {
    "agencies": "agency",
    "categories": "category",
    "priorities": "priority",
    "zones": "kecamatan",
}
"""Which label each of a standard's lists is about."""


class Verdict(StrEnum):
    """What may be said."""

    MET = "met"
    NOT_MET = "not_met"
    UNCLEAR = "unclear"  # the interval reaches over the target
    TOO_FEW = "too_few"  # "belum cukup data"
    TOO_COARSE = "too_coarse"  # stamps rounded to more than the standard can bear
    UNANSWERABLE = "unanswerable"


class Reason(Struct, frozen=True, kw_only=True):
    """Why nothing is said: a key that screens have words for, and what it is about. `seconds` are
    those that stamps are rounded to."""

    key: str
    labels: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    seconds: float = 0.0

    def in_english(self) -> str:
        """For the command line and its JSON."""
        return ENGLISH[self.key].format(
            labels=", ".join(self.labels), names=" or ".join(self.names), seconds=self.seconds
        )


ENGLISH: Final[Mapping[str, str]] = {
    "crew_size": "the size of a crew on scene is not recorded",
    "no_clock": "these records have no clock: {names}",
    "no_label": "these records do not say: {labels}",
    "nobody": "no {labels} here is {names}",
    "other_subject": "counted per {names}, of which these records have no row",
    "rounded": "stamps are rounded to {seconds:g} s",
}
"""By the key of a reason; the screens' words are in their catalogues, `judged.…`."""


class Judgement(Struct, frozen=True, kw_only=True):
    """One standard's figure. `value` is a share or seconds, as the statistic is.

    `left_out` counts what the standard's own exclusions leave out. `least` is a mean with who gave
    up or still waits, at what they had waited: the least that it can be; None without such.
    """

    id: str
    status: str
    start: str
    stop: str
    statistic: str
    threshold_s: float
    target: float | None
    n: int
    all: int
    counts: dict[str, int]
    left_out: dict[str, int]
    value: Estimate | None
    within: Within | None
    denominator: str
    verdict: Verdict
    why: str = ""
    reason: Reason | None = None
    least: Estimate | None = None
    period: str = ""


def judge(standard: Standard, table: Table) -> Judgement:
    """The figure over a table of the standard's own subject; `ValueError` for another's."""
    if standard.subject is not table.subject:
        raise ValueError(f"{standard.id} is counted per {standard.subject}")
    if not table.size and standard.unanswerable is None:
        return _told(standard, None, {}, None, Verdict.TOO_FEW, None)
    reason = _unanswerable(standard, table)
    if reason is not None:
        return _told(standard, None, {}, None, Verdict.UNANSWERABLE, reason)
    found = _measured(standard, table)
    for field, label in LABEL_OF.items():
        wanted: tuple[str, ...] = getattr(standard, field)
        if wanted:
            found = found.where(found.mask(label, wanted))
    found, left_out = _without(found, standard.exclusions)
    too_coarse = standard.threshold_s <= found.rounding_s
    inside = None if too_coarse else within(found, standard.threshold_s)
    if inside is None:
        reason = Reason(key="rounded", seconds=found.rounding_s)
        return _told(standard, found, left_out, None, Verdict.TOO_COARSE, reason)
    value, least = _value(standard, found, inside), _least(standard, found)
    verdict = _verdict(standard, value, least or value, found)
    told = _told(standard, found, left_out, inside, verdict, None, value)
    return structs.replace(told, least=least)


def of_other_subject(standard: Standard) -> Judgement:
    """What is said of a standard that is counted per something of which there are no rows."""
    reason = Reason(key="other_subject", names=(standard.subject,))
    return _told(standard, None, {}, None, Verdict.UNANSWERABLE, reason)


def _unanswerable(standard: Standard, table: Table) -> Reason | None:
    """Why records like these cannot answer the standard."""
    if standard.unanswerable is not None:
        return Reason(key=standard.unanswerable)
    if clocks := _no_clock(standard, table):
        return Reason(key="no_clock", names=clocks)
    missing = tuple(
        label
        for field, label in LABEL_OF.items()
        if getattr(standard, field) and label not in table.labels
    )
    return Reason(key="no_label", labels=missing) if missing else _nobody(standard, table)


def _no_clock(standard: Standard, table: Table) -> tuple[str, ...]:
    """The clocks that another centre's file has no column for; of several beginnings one is enough.
    Our own record has every clock, and one that nobody stamped tells something."""
    starts, stop = {Clock(one.event) for one in standard.start}, Clock(standard.stop.event)
    absent = set[Clock]() if starts & table.at.keys() else starts
    absent |= {stop} - table.at.keys()
    imported = [clock for clock in Clock if clock in absent and _is_imported(table, clock)]
    return tuple(map(str, imported))


def _is_imported(table: Table, clock: Clock) -> bool:
    return bool((table.source(clock) == TRUST[Source.IMPORT]).all())


def _nobody(standard: Standard, table: Table) -> Reason | None:
    """Why a standard is about nobody in these records: none of its agencies is in them, say."""
    for field, label in LABEL_OF.items():
        wanted: tuple[str, ...] = getattr(standard, field)
        there = table.labels[label].used if wanted else ()
        if there and not set(wanted) & set(there):
            return Reason(key="nobody", labels=(label,), names=wanted)
    return None


def _measured(standard: Standard, table: Table) -> Observations:
    starts = [
        np.where(
            (moment := table.moments(Clock(one.event))) == NEVER,
            NEVER,
            moment + int(one.offset_s * MICRO),
        )
        for one in standard.start
    ]
    latest = np.iinfo(np.int64).max
    first = np.minimum.reduce([np.where(one == NEVER, latest, one) for one in starts])
    stop, last = Clock(standard.stop.event), standard.stop.who == "last"
    end = table.moments(stop, last=last)
    if standard.stop.who == "transporting":
        end = np.where(table.moments(Clock.LEFT) == NEVER, NEVER, end)
    ends = Ends(
        start=np.where(first == latest, NEVER, first),
        end=end,
        start_source=table.source(Clock(standard.start[0].event)),
        end_source=table.source(stop),
        late=table.is_late(stop),
    )
    interval = Interval(standard.id, standard.subject, Clock(standard.start[0].event), stop)
    found = between(interval, table, ends)
    return _rounded(found, standard.clock_rounding)


def _rounded(found: Observations, rounding: Rounding) -> Observations:
    grid = {Rounding.NONE: 0.0, Rounding.FLOOR_SECOND: 1.0, Rounding.FLOOR_MINUTE: 60.0}[rounding]
    if not grid:
        return found
    return found.with_seconds(np.floor(found.seconds / grid) * grid)


def _without(found: Observations, rules: tuple[str, ...]) -> tuple[Observations, dict[str, int]]:
    left_out: dict[str, int] = {}
    keep: Flags = np.ones(len(found), dtype=np.bool_)
    for rule in rules:
        here = found.quality == CODE[Quality(rule)]
        left_out[rule] = int(here.sum())
        keep &= ~here
    return (found.where(keep) if rules else found), left_out


def _value(standard: Standard, found: Observations, inside: Within) -> Estimate | None:
    values = found.values()
    if len(values) < ENOUGH:
        return None
    if standard.statistic == "share":
        of_all = standard.denominator in {Denominator.ALL, Denominator.OFFERED}
        return inside.of_all if of_all else inside.of_ended
    if standard.statistic == "mean":
        return _mean(found, found.valued, found.seconds)
    return percentile(found, float(standard.statistic[1:]) / 100, values)


def _mean(found: Observations, counted: Flags, seconds: Floats) -> Estimate | None:
    estimate = mean_by_days(seconds[counted], found.days[counted])
    return with_rounding(estimate, found.rounding_s) if estimate else None


def _least(standard: Standard, found: Observations) -> Estimate | None:
    """The mean with who gave up or still waits, at what they had waited; None for no mean, or when
    there is nobody such."""
    waiting = ~np.isnan(found.waited) & ~found.valued
    if standard.statistic != "mean" or not waiting.any() or len(found.values()) < ENOUGH:
        return None
    return _mean(found, found.valued | waiting, np.where(waiting, found.waited, found.seconds))


def _verdict(
    standard: Standard, value: Estimate | None, least: Estimate | None, found: Observations
) -> Verdict:
    if value is None or least is None or len(found.values()) < ENOUGH:
        return Verdict.TOO_FEW
    if standard.target is not None:
        low, high, wanted = value.low, value.high, standard.target
        met, missed = low is not None and low >= wanted, high is not None and high < wanted
        if wanted >= 1:
            met = value.value >= 1
    else:
        both = (value, least)
        met = all(one.high is not None and one.high <= standard.threshold_s for one in both)
        missed = any(one.low is not None and one.low > standard.threshold_s for one in both)
    return Verdict.MET if met else Verdict.NOT_MET if missed else Verdict.UNCLEAR


def _told(
    standard: Standard,
    found: Observations | None,
    left_out: dict[str, int],
    inside: Within | None,
    verdict: Verdict,
    reason: Reason | None,
    value: Estimate | None = None,
) -> Judgement:
    counts = {str(q): n for q in Quality if (n := found.count(q)) > 0} if found is not None else {}
    return Judgement(
        id=standard.id,
        status=standard.status,
        start=" | ".join(_begin(one.event, one.offset_s) for one in standard.start),
        stop=f"{standard.stop.event} ({standard.stop.who})",
        statistic=standard.statistic,
        threshold_s=standard.threshold_s,
        target=standard.target,
        n=len(found.values()) if found is not None else 0,
        all=len(found) if found is not None else 0,
        counts=counts,
        left_out=left_out,
        value=value,
        within=inside,
        denominator=standard.denominator,
        verdict=verdict,
        period=standard.period,
        why="" if reason is None else reason.in_english(),
        reason=reason,
    )


def _begin(event: str, offset_s: float) -> str:
    return f"{event}{offset_s:+g}s" if offset_s else event
