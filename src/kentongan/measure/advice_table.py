"""What was advised and promised of each unit that was sent, beside what came: a row a work.

The moments are the list's range of arrival when the unit was chosen (P10 to P90), the first promise
and the upper end of the last one. Nothing stamped them; the rows carry them as clocks so that days
of them join as everything else does.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import structs

from kentongan.measure.case_tables import Row, of_work, table_of
from kentongan.measure.choices import sooner, was_followed
from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.observations import UNKNOWN
from kentongan.measure.promises import is_stood_down
from kentongan.measure.stamps import Stamp, Stamps
from kentongan.measure.subjects import IncidentCase, PartCase
from kentongan.measure.tables import Table

FOLLOWED, OVERRIDDEN = "followed", "overridden"

KEPT = (Clock.ASSIGNED, Clock.PROMISED, Clock.DEPARTED, Clock.ARRIVED)
"""Stamps that advice and promises are held against."""


def advice_table(incidents: Sequence[IncidentCase], until: datetime, zone: ZoneInfo) -> Table:
    """Every work of a unit that was assigned."""
    rows = [
        _row(case, work)
        for case in incidents
        for work in case.works
        if Clock.ASSIGNED in work.stamps
    ]
    return table_of(Subject.WORK, rows, until, zone)


def _row(case: IncidentCase, work: PartCase) -> Row:
    row = of_work(case, work)
    followed = was_followed(case, work)
    choice = UNKNOWN if followed is None else FOLLOWED if followed else OVERRIDDEN
    last = work.last_promise or work.promise
    told = {
        "told": any(unit == work.unit for unit, _ in case.told),
        "revised": last != work.promise,
        "told_last": last is not None and (work.unit, last) in case.told,
        "stood_down": is_stood_down(work),
    }
    flags = {name: "yes" if value else UNKNOWN for name, value in told.items()}
    stamps = {clock: work.stamps[clock] for clock in KEPT if clock in work.stamps}
    return structs.replace(
        row,
        stamps=stamps | _listed(work) | _promised(work) | sooner(case, work),
        labels={**row.labels, "choice": choice, **flags},
    )


def _listed(work: PartCase) -> Stamps:
    """The range in which the list said that it would be there."""
    own = next((one for one in work.offered if one.unit == work.unit), None)
    chosen_at = work.at(Clock.ASSIGNED)
    if own is None or chosen_at is None or own.eta_s_low is None or own.eta_s_high is None:
        return {}
    return {
        Clock.LISTED_FROM: Stamp(chosen_at + timedelta(seconds=own.eta_s_low)),
        Clock.LISTED_TO: Stamp(chosen_at + timedelta(seconds=own.eta_s_high)),
    }


def _promised(work: PartCase) -> Stamps:
    """The first promise, and the upper end of the last."""
    if work.promise is None:
        return {}
    last = work.last_promise or work.promise
    return {
        Clock.PROMISED_LEAVE: Stamp(work.promise.depart_by),
        Clock.PROMISED_FROM: Stamp(work.promise.arrive_from),
        Clock.PROMISED_TO: Stamp(work.promise.arrive_to),
        Clock.LAST_TO: Stamp(last.arrive_to),
    }
