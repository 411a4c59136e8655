"""Who waits for a unit that comes later than they were told is somebody's to tell: A-13."""

from datetime import timedelta

import pytest
from core_world import (
    AMB,
    AMB_2,
    BUDI,
    CREW,
    FIRE,
    INCIDENT,
    REPORT,
    START,
    SYSTEM,
    World,
)
from msgspec import structs
from test_core_alarm_rules import ASSIGN, SEND, of, only, unit
from test_core_alarm_rules import look as seen

from kentongan.core import commands as c
from kentongan.core.alarm_rows import AlarmRow
from kentongan.core.alarm_rules import Standing, follow_up, key_of
from kentongan.core.commands.alarm import ClearAlarm, RaiseAlarm
from kentongan.core.rows import IncidentRow, ReportRow
from kentongan.core.untold import untold_works
from kentongan.core.words import IncidentId, Progress, Promise, Refused, ReportId, UnitId

OTHER = ReportId("r2")
SECOND = IncidentId("i2")
STANDS = ["caller_untold medium do"]


def promise(minutes: float) -> Promise:
    """There by then, after the beginning."""
    until = START + timedelta(minutes=minutes)
    return Promise(depart_by=START, arrive_from=START, arrive_to=until, travel_source="road")


def revise(minutes: float) -> c.RevisePromise:
    return c.RevisePromise(incident=INCIDENT, unit=AMB, promise=promise(minutes))


def tell(minutes: float, report: ReportId = REPORT) -> c.TellCaller:
    return c.TellCaller(report=report, incident=INCIDENT, unit=AMB, promise=promise(minutes))


def settle(minutes: float, reason: str) -> c.SettleSlip:
    return c.SettleSlip(
        report=REPORT, incident=INCIDENT, unit=AMB, promise=promise(minutes), reason=reason
    )


def send(key: UnitId, minutes: float | None) -> c.AssignUnit:
    """Another one, there by then, or nobody knows when."""
    said = None if minutes is None else promise(minutes)
    return structs.replace(ASSIGN, unit=key, promise=said)


def ready(key: UnitId, kind: str = "ambulance_bls") -> tuple[c.RegisterUnit, c.StartUnitDuty]:
    """One more on duty."""
    return unit(key, kind), c.StartUnitDuty(unit=key)


def tell_of(key: UnitId, minutes: float) -> c.TellCaller:
    return structs.replace(tell(minutes), unit=key)


def look(world: World) -> list[Standing]:
    """What stands now."""
    rows = world.rows()
    found = seen(world, (world.now - START).total_seconds(), reports=of(rows, ReportRow))
    return [one for one in found if one.cause.kind == "caller_untold"]


def told(*reports: ReportId) -> World:
    """A unit on its way, there in ten minutes, of which these reporters were told."""
    world = World().run(unit(AMB), c.StartUnitDuty(unit=AMB), *SEND)
    for report in reports:
        world.run(
            c.OpenReport(report=report), c.LinkReport(incident=INCIDENT, report=report), who=BUDI
        )
    world.run(structs.replace(ASSIGN, promise=promise(10)), who=BUDI)
    world.run(*(tell(10, report) for report in reports), who=BUDI)
    return world.later(120)


def slipped(*reports: ReportId) -> World:
    world = told(*reports)
    world.do(revise(14), SYSTEM)
    return world


def test_a_slip_is_the_rooms_to_tell_until_it_was_read_out() -> None:
    """Dispatchers and operators, silently; its beginning is when the promise moved."""
    world = told(REPORT)
    assert look(world) == []
    moved_at = world.now
    world.do(revise(14), SYSTEM)
    found = look(world.later(5))
    assert only("caller_untold", found) == STANDS
    assert found[0].cause.since == moved_at
    assert (found[0].cause.incident, found[0].cause.unit) == (INCIDENT, AMB)
    world.do(tell(14), BUDI)
    assert look(world) == []


def test_the_same_slip_is_never_raised_twice_and_the_next_one_is() -> None:
    """A second slip while the first stands is the same alarm; after it was told, another."""
    world = slipped(REPORT)
    first = look(world)[0]
    raised = list(follow_up([], [first], [], world.now))
    assert [type(one.command) for one in raised] == [RaiseAlarm]
    world.do(raised[0].command, SYSTEM)
    world.later(121).do(revise(17), SYSTEM)
    alarms = of(world.rows(), AlarmRow)
    assert list(follow_up(alarms, look(world), [], world.now)) == []
    world.do(tell(17), BUDI)
    ended = list(follow_up(alarms, look(world), [], world.now))
    assert [type(one.command) for one in ended] == [ClearAlarm]
    world.later(121).do(revise(20), SYSTEM)
    assert key_of(look(world)[0].cause) != key_of(first.cause)


def test_every_reporter_who_was_told_has_to_hear_of_it() -> None:
    """One alarm for the unit, until the last of them knows; who was told nothing waits for none."""
    world = slipped(REPORT, OTHER)
    assert only("caller_untold", look(world)) == STANDS
    world.do(tell(14), BUDI)
    assert only("caller_untold", look(world)) == STANDS
    world.do(tell(14, OTHER), BUDI)
    assert look(world) == []
    world = told(REPORT)
    world.run(c.OpenReport(report=OTHER), c.LinkReport(incident=INCIDENT, report=OTHER), who=BUDI)
    world.do(revise(14), SYSTEM)
    world.do(tell(14), BUDI)
    assert look(world) == []


@pytest.mark.parametrize("reason", ["seen", "link_sent", "nomor pelapor mati"])
def test_it_is_settled_by_the_link_or_with_a_reason(reason: str) -> None:
    """For this slip; a later one is to be told again. What somebody typed is sealed."""
    world = slipped(REPORT)
    world.do(settle(14, reason), SYSTEM if reason == "seen" else BUDI)
    assert look(world) == []
    row = world.find("report", REPORT)
    assert isinstance(row, ReportRow)
    one = row.settled[-1]
    is_typed = reason not in ("seen", "link_sent")
    assert (one.reason, one.reason_text is not None) == ("text" if is_typed else reason, is_typed)
    assert world.do(settle(14, reason), BUDI) == ()
    world.later(121).do(revise(17), SYSTEM)
    assert only("caller_untold", look(world)) == STANDS


def test_what_needs_no_settling_writes_nothing() -> None:
    """Of a unit of which nothing was told; and an empty reason is none."""
    world = World().run(c.OpenReport(report=REPORT), who=BUDI)
    assert world.do(settle(14, "seen"), SYSTEM) == ()
    with pytest.raises(Refused, match="reason_missing"):
        slipped(REPORT).do(settle(14, "  "), BUDI)


def test_less_than_a_minute_sooner_or_over_is_nobodys_business() -> None:
    """The range is told in whole minutes; a unit that is there, taken off or closed is not late."""
    world = told(REPORT)
    world.do(revise(7), SYSTEM)
    assert look(world) == []
    for end in (
        c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.ON_SCENE),
        c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason="nearer"),
    ):
        world = slipped(REPORT)
        assert only("caller_untold", look(world)) == STANDS
        world.do(end, CREW if isinstance(end, c.ProgressUnit) else BUDI)
        assert look(world) == []


@pytest.mark.parametrize("flag", ["SILENT", "NOCALLBACK"])
def test_nobody_is_rung_back_who_may_not_be(flag: str) -> None:
    """Ringing may tell the wrong person who called."""
    world = slipped(REPORT)
    row = world.find("incident", INCIDENT)
    assert isinstance(row, IncidentRow)
    reports = of(world.rows(), ReportRow)
    assert [one.work.unit for one in untold_works(row, reports, {})] == [AMB]
    assert list(untold_works(structs.replace(row, flags=(flag,)), reports, {})) == []


TAKE_OFF = c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason="swapped")


def swapped(*instead: c.AssignUnit) -> World:
    """The unit of which the reporter was told, there in ten minutes, is taken off for others."""
    world = told(REPORT).run(*ready(AMB_2), *ready(FIRE, "fire_engine"))
    world.run(*instead, who=BUDI)
    world.later(1).do(TAKE_OFF, BUDI)
    return world


def test_who_comes_in_the_place_of_a_promised_unit_is_told_of() -> None:
    """Later than the reporter knows: theirs to hear, since the first one was taken off, until it
    was read to them; then its own delays are told like any other's."""
    world = swapped(send(AMB_2, 14))
    found = look(world.later(5))
    assert only("caller_untold", found) == STANDS
    assert found[0].cause.unit == AMB_2
    assert found[0].cause.since == world.now - timedelta(seconds=5)
    raised = list(follow_up([], found, [], world.now))
    world.do(raised[0].command, SYSTEM)
    world.do(tell_of(AMB_2, 14), BUDI)
    assert look(world) == []
    ended = list(follow_up(of(world.rows(), AlarmRow), look(world), [], world.now))
    assert [type(one.command) for one in ended] == [ClearAlarm]
    world.later(121).do(structs.replace(revise(17), unit=AMB_2), SYSTEM)
    assert only("caller_untold", look(world)) == STANDS


@pytest.mark.parametrize("reason", ["seen", "link_sent", "nomor pelapor mati"])
def test_a_replacement_is_settled_like_a_delay(reason: str) -> None:
    """By the link or with a reason, though nothing was read to them of that unit."""
    world = swapped(send(AMB_2, 14))
    world.do(structs.replace(settle(14, reason), unit=AMB_2), BUDI)
    assert look(world) == []


def test_a_replacement_that_keeps_the_promise_is_nobodys_business() -> None:
    """Sooner, less than a minute later, of an arrival that nobody knows, or there already."""
    for minutes in (8.0, 10.5, None):
        assert look(swapped(send(AMB_2, minutes))) == []
    world = swapped(send(AMB_2, 14))
    there = c.ProgressUnit(incident=INCIDENT, unit=AMB_2, progress=Progress.ON_SCENE)
    world.do(there, BUDI)
    assert look(world) == []


def test_a_replacement_is_judged_by_the_help_that_was_promised() -> None:
    """A fire engine that comes sooner is no ambulance; where nothing else is sent it is who comes,
    and to have heard of it is to have heard."""
    assert [one.cause.unit for one in look(swapped(send(FIRE, 8), send(AMB_2, 14)))] == [AMB_2]
    world = swapped(send(FIRE, 14))
    assert [one.cause.unit for one in look(world)] == [FIRE]
    world.do(tell_of(FIRE, 14), BUDI)
    assert look(world) == []


def test_who_was_told_of_two_hears_when_the_first_comes_no_more() -> None:
    """They wait for the earlier one, whatever they know of the later."""
    world = told(REPORT).run(*ready(AMB_2)).run(send(AMB_2, 14), who=BUDI)
    world.do(tell_of(AMB_2, 14), BUDI)
    assert look(world) == []
    world.later(60).do(TAKE_OFF, BUDI)
    assert [one.cause.unit for one in look(world)] == [AMB_2]
    world.later(5).do(tell_of(AMB_2, 14), BUDI)  # the same time, said again because it is news
    assert look(world) == []


def test_the_same_unit_sent_again_is_measured_by_what_was_said_before() -> None:
    """Taken off and sent anew, here or to the incident to which the report was moved: people wait
    for a vehicle and know nothing of numbers."""
    world = told(REPORT)
    world.do(TAKE_OFF, BUDI)
    world.later(5).do(send(AMB, 14), BUDI)
    assert [one.cause.unit for one in look(world)] == [AMB]
    world = told(REPORT)
    world.do(TAKE_OFF, BUDI)
    world.do(c.UnlinkReport(incident=INCIDENT, report=REPORT), BUDI)
    world.run(*(structs.replace(one, incident=SECOND) for one in SEND))
    world.do(c.LinkReport(incident=SECOND, report=REPORT), BUDI)
    world.run(structs.replace(send(AMB, 14), incident=SECOND), who=BUDI)
    assert {one.cause.incident for one in look(world)} >= {SECOND}
