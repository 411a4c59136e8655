"""Was the advice good? Ranges of a list against arrivals, and the same promises from the table."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from measure_story import AMB, DINKES, START

from kentongan.core.commands import ListedUnit
from kentongan.core.words import Channel, Promise, UnitId
from kentongan.measure.advice import WANTED, advice_of
from kentongan.measure.advice_sheet import advice_lines
from kentongan.measure.advice_table import advice_table
from kentongan.measure.choices import was_followed
from kentongan.measure.clocks import Clock
from kentongan.measure.day_tables import Day, from_bytes, to_bytes
from kentongan.measure.joining import joined
from kentongan.measure.promises import promise_ledger
from kentongan.measure.promises_table import promises_of
from kentongan.measure.stamps import Source, Stamp
from kentongan.measure.subjects import IncidentCase, PartCase
from kentongan.measure.tables import Table

ZONE = ZoneInfo("Asia/Jakarta")
NEAR, FAR = UnitId("AMB02"), UnitId("AMB03")
UNTIL = START + timedelta(days=90)


def _case(
    n: int, took_s: float | None, *, units: tuple[str, ...], rank: int = 1, hours: float = 1.0
) -> IncidentCase:
    """A unit assigned; its list says 300 to 600 s for the first, a minute more for each next."""
    at = START + timedelta(hours=n * hours)
    lines = tuple(
        ListedUnit(unit=UnitId(u), eta_s_low=300.0 + 60 * i, eta_s_high=600.0 + 60 * i)
        for i, u in enumerate(units)
    )
    promise = Promise(
        depart_by=at + timedelta(seconds=90),
        arrive_from=at + timedelta(seconds=300),
        arrive_to=at + timedelta(seconds=620),
        travel_source="road",
    )
    stamps = {Clock.ASSIGNED: Stamp(at), Clock.PROMISED: Stamp(at)}
    if took_s is not None:
        stamps[Clock.DEPARTED] = Stamp(at + timedelta(seconds=60), Source.GEOFENCE)
        stamps[Clock.ARRIVED] = Stamp(at + timedelta(seconds=took_s), Source.GEOFENCE)
    work = PartCase(
        agency=DINKES,
        unit=units[rank - 1] if units else str(AMB),
        over=True,
        rank=rank,
        promise=promise,
        last_promise=promise,
        offered=lines,
        stamps=stamps,
    )
    case = IncidentCase(incident=f"i{n}", origin=Channel.CALL, own=dict(stamps), stamps=stamps)
    case.works.append(work)
    case.sent.append((work.unit or "", at))
    return case


def _month() -> list[IncidentCase]:
    """Eight of ten first choices within their range; half of forty overridden ones late.

    One a day, each an hour later in it.
    """
    took = [200.0, 310.0, 400.0, 420.0, 450.0, 480.0, 500.0, 550.0, 590.0, 900.0]
    first = [_case(n, took[n % 10], units=("AMB01", "AMB02"), hours=25) for n in range(200)]
    other = [
        _case(200 + n, 500.0 if n % 2 else 800.0, units=("AMB02", "AMB01"), rank=2, hours=25)
        for n in range(40)
    ]
    return [*first, *other]


def test_ranges_are_held_against_arrivals_and_the_two_choices_beside_each_other() -> None:
    """Coverage, errors and their intervals; what the list itself said that overriding costs."""
    found = advice_of(advice_table(_month(), UNTIL, ZONE), lambda _unit: "siren")
    followed, overridden = found.choices
    assert (found.all.n, followed.covered.n, overridden.covered.n) == (240, 200, 40)
    assert followed.covered.inside is not None
    assert overridden.covered.inside is not None
    assert followed.covered.inside.value == WANTED
    assert overridden.covered.inside.value == 0.5
    assert (followed.covered.early, followed.covered.late) == (20, 20)
    assert followed.lost_s is not None
    assert overridden.lost_s is not None
    assert (followed.lost_s.value, overridden.lost_s.value) == (0.0, 60.0)
    change = found.inside_change
    assert change is not None
    assert change.change == pytest.approx(-0.3)
    assert change.is_clear
    assert found.took_change is not None
    assert found.took_change.change == pytest.approx(185.0, abs=10)
    assert [(one.key, one.n) for one in found.by_kind] == [("siren", 240)]
    assert len(found.by_hour) == 24
    assert found.by_hour[0].n == 10
    assert found.by_hour[0].inside is None
    text = "\n".join(advice_lines(found))
    assert "overridden against followed, within the range: -30.0 points" in text
    assert "under 30" in text


def test_what_cannot_be_judged_is_counted_apart() -> None:
    """No list, never came, still under way, written late; under thirty there is no figure."""
    cases = [_case(n, 400.0, units=("AMB01",)) for n in range(29)]
    cases += [_case(40, 400.0, units=()), _case(41, None, units=("AMB01",))]
    running = _case(42, None, units=("AMB01",))
    running.works[0].over = False
    late = _case(43, 400.0, units=("AMB01",))
    late.works[0].stamps[Clock.ARRIVED] = Stamp(START, is_late=True)
    found = advice_of(advice_table([*cases, running, late], UNTIL, ZONE))
    assert (found.unknown, found.never_came, found.pending, found.unsure) == (1, 1, 1, 1)
    assert found.all.n == 29
    assert found.all.inside is None
    assert found.took_change is None
    nothing = advice_of(advice_table([], UNTIL, ZONE))
    assert (nothing.all.n, nothing.by_hour) == (0, ())
    assert advice_lines(nothing)


def test_who_was_sent_as_well_was_not_passed_over() -> None:
    """No override once the first goes too, nor who cannot drive there."""
    case = _case(1, 400.0, units=("AMB02", "AMB01"), rank=2)
    work = case.works[0]
    assert was_followed(case, work) is False
    case.sent.append((NEAR, START + timedelta(hours=1, seconds=20)))
    assert was_followed(case, work) is True
    lone = _case(2, 400.0, units=("AMB02", "AMB01"), rank=2)
    first = lone.works[0].offered[0]
    lone.works[0].offered = (
        ListedUnit(unit=first.unit, cut_off=True),
        *lone.works[0].offered[1:],
    )
    assert was_followed(lone, lone.works[0]) is True
    assert was_followed(lone, PartCase(agency=DINKES, unit=str(FAR), rank=3)) is False
    assert was_followed(lone, PartCase(agency=DINKES, unit=str(FAR))) is None


def test_promises_out_of_the_table_are_those_of_the_cases() -> None:
    """Every figure, kept through a day's file and two joined days; never came and told anew too."""
    cases = [*_month(), _case(300, None, units=("AMB01",)), _case(301, 700.0, units=("AMB01",))]
    anew = cases[-1].works[0]
    assert anew.promise is not None
    anew.last_promise = Promise(
        depart_by=anew.promise.depart_by,
        arrive_from=anew.promise.arrive_to,
        arrive_to=anew.promise.arrive_to + timedelta(seconds=300),
        travel_source="road",
    )
    cases[-1].told.append(("AMB01", anew.last_promise))
    taken_off = _case(302, None, units=("AMB01",))
    at = taken_off.works[0].stamps[Clock.ASSIGNED].at
    taken_off.works[0].gave_up_at = at + timedelta(seconds=60)
    cases.append(taken_off)
    kept = promise_ledger(cases, UNTIL, ZONE)
    halves = (cases[:100], cases[100:])
    parts = [_through_a_file(advice_table(half, UNTIL, ZONE)) for half in halves]
    found = promises_of(joined(parts).tables["advice"])
    for name in ("n", "undecided", "early", "late", "never_came", "revised", "told_last", "bands",
                 "stood_down"):  # fmt: skip
        assert getattr(found, name) == getattr(kept, name), name
    assert (found.kept, found.kept_last, found.departed) == (
        kept.kept,
        kept.kept_last,
        kept.departed,
    )
    assert (found.revised, found.told_last, found.never_came, found.stood_down) == (1, 1, 1, 1)
    open_case = _case(1, None, units=("AMB01",))
    open_case.works[0].over = False
    table = advice_table([open_case], START + timedelta(hours=1, seconds=300), ZONE)
    assert promises_of(table).undecided == 1
    assert np.isinf(kept.bands[-1].upto_s) or kept.bands[-1].upto_s > 0


def _through_a_file(table: Table) -> Day:
    empty = joined([])
    return from_bytes(to_bytes(Day(tables={**empty.tables, "advice": table})))
