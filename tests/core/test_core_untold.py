"""Who waits for a unit that comes later than they were told is somebody's to tell: A-13."""

from datetime import timedelta

import pytest
from core_world import AMB, BUDI, CREW, INCIDENT, REPORT, START, SYSTEM, World
from msgspec import structs
from test_core_alarm_rules import ASSIGN, SEND, of, only, unit
from test_core_alarm_rules import look as seen

from kentongan.core import commands as c
from kentongan.core.alarm_rows import AlarmRow
from kentongan.core.alarm_rules import Standing, follow_up, key_of
from kentongan.core.commands.alarm import ClearAlarm, RaiseAlarm
from kentongan.core.rows import IncidentRow, ReportRow
from kentongan.core.untold import slipped_works
from kentongan.core.words import Progress, Promise, Refused, ReportId

OTHER = ReportId("r2")
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
    assert [one.unit for one in slipped_works(row, reports)] == [AMB]
    assert list(slipped_works(structs.replace(row, flags=(flag,)), reports)) == []
