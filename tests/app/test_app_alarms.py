"""The `work` process keeps the board's alarms true, and each of them is written down once."""

from datetime import timedelta

import pytest
from app_scene import (
    AMBULANCE,
    BAYU,
    DEWI,
    NOW,
    ONE,
    SYSTEM,
    Post,
    Send,
    after,
    count,
    exhaust,
    open_and_send,
)
from msgspec import structs

from kentongan.app.alarms import WRITTEN_EACH, Alarms
from kentongan.app.ports import Store, UnitFix
from kentongan.app.room import Room
from kentongan.app.worker import Worker
from kentongan.cities.facts import Point
from kentongan.core.alarm_rules import FLOOD_MAX, Trouble
from kentongan.core.commands import (
    AssignUnit,
    CloseIncident,
    EndDuty,
    RaiseCrewEmergency,
    StartDuty,
    StartUnitDuty,
    TakeAlarm,
)
from kentongan.core.events import AlarmCleared, AlarmEscalated, AlarmLeft, AlarmRaised, AlarmTaken
from kentongan.core.plans import Plans
from kentongan.core.rows import AlarmRow
from kentongan.core.words import AgencyKey, DeskKey, Fix, Outcome, Refused, UnitId


def standing(store: Store) -> list[AlarmRow]:
    """The board's alarms."""
    return [line.row for line in store.rows("alarm") if isinstance(line.row, AlarmRow)]


def events(store: Store) -> list[tuple[str, float]]:
    """What the journal says of alarms, with seconds since the beginning."""
    kinds = (AlarmRaised, AlarmEscalated, AlarmTaken, AlarmLeft, AlarmCleared)
    return [
        (type(one.event).__name__, (one.meta.at - NOW).total_seconds())
        for one in store.tail(0, 10_000)
        if isinstance(one.event, kinds)
    ]


def test_app_alarm_is_raised_taken_and_cleared(send: Send, store: Store, plans: Plans) -> None:
    """With the times at which things happened, though the process looked late; once, whoever
    looks again; the second who wants it is told who has it."""
    open_and_send(send, ONE)
    exhaust(Worker(store, plans, Post()), after(59))
    assert [row.alarm_kind for row in standing(store) if row.alarm_kind == "no_unit"] == []
    exhaust(Worker(store, plans, Post()), after(85))
    (row,) = [row for row in standing(store) if row.alarm_kind == "no_unit"]
    assert (row.raised_at, row.grade, row.to) == (after(60), "critical", ("dispatcher",))
    exhaust(Worker(store, plans, Post()), after(90))
    send(TakeAlarm(alarm=row.key), agent=DEWI, now=after(95))
    with pytest.raises(Refused) as refused:
        send(TakeAlarm(alarm=row.key), agent=BAYU, now=after(95))
    assert refused.value.details == {"by": "Dewi"}
    send(CloseIncident(incident=ONE, outcome=Outcome.RESOLVED), now=after(99))
    exhaust(Worker(store, plans, Post()), after(100))
    assert standing(store) == []
    assert [one for one in events(store) if one[0] != "AlarmRaised"] == [
        ("AlarmTaken", 95),
        *[("AlarmCleared", 100)] * (len(events(store)) // 2),
    ]
    assert count(store, AlarmRaised) == count(store, AlarmCleared)


def test_app_alarm_of_whoever_went_home(send: Send, store: Store, plans: Plans) -> None:
    """It is everybody's again."""
    desk = DeskKey("desk_1")
    dewi = structs.replace(DEWI, desk=desk)
    send(StartDuty(desk=desk), agent=dewi)
    open_and_send(send, ONE)
    exhaust(Worker(store, plans, Post()), after(60))
    row = next(row for row in standing(store) if row.alarm_kind == "no_unit")
    send(TakeAlarm(alarm=row.key), agent=dewi, now=after(61))
    exhaust(Worker(store, plans, Post()), after(62))
    assert count(store, AlarmLeft) == 0
    send(EndDuty(desk=desk), agent=dewi, now=after(63))
    exhaust(Worker(store, plans, Post()), after(64))
    assert count(store, AlarmLeft) == 1
    assert next(one for one in standing(store) if one.key == row.key).owner is None


def test_app_alarm_of_whoever_closed_the_browser(send: Send, store: Store, plans: Plans) -> None:
    """An officer or a supervisor sits at no desk: what they took sounds again, too."""
    open_and_send(send, ONE)
    here = {DEWI.id}
    worker = Worker(store, plans, Post(), is_here=lambda agent, _: agent in here)
    exhaust(worker, after(60))
    row = next(row for row in standing(store) if row.alarm_kind == "no_unit")
    send(TakeAlarm(alarm=row.key), agent=DEWI, now=after(61))
    exhaust(worker, after(62))
    assert count(store, AlarmLeft) == 0
    here.clear()
    exhaust(worker, after(64))
    assert next(one for one in standing(store) if one.key == row.key).owner is None


def test_app_storm_of_alarms_holds_up_nothing(store: Store, plans: Plans) -> None:
    """So many in one look, the others in the next; and a desk that gets them all is flooded."""
    troubles = tuple(Trouble(part=f"p{n}", since=NOW) for n in range(WRITTEN_EACH + 5))
    alarms = Alarms(store, plans, Room(store), lambda: troubles)
    assert alarms.step(NOW)
    assert len(standing(store)) == WRITTEN_EACH
    assert not alarms.step(after(0.5))
    assert alarms.step(after(1))
    assert len(standing(store)) == len(troubles)
    assert not alarms.step(after(2))


def test_app_desk_in_a_flood(send: Send, store: Store, plans: Plans) -> None:
    """Counted since the start of the process, and from what stood before it."""
    send(StartDuty(desk=DeskKey("desk_1")))
    for n in range(FLOOD_MAX + 1):
        open_and_send(send, type(ONE)(f"i{n}"))
    exhaust(Worker(store, plans, Post()), after(60))
    exhaust(Worker(store, plans, Post()), after(62))
    assert [row.desk for row in standing(store) if row.alarm_kind == "alarm_flood"] == ["desk_1"]


def test_app_alarm_that_crashes_is_left_out(send: Send, store: Store, plans: Plans) -> None:
    """The others go on."""
    open_and_send(send, ONE)
    alarms = Alarms(store, plans, Room(store))
    assert alarms.step(after(60))
    set_aside = alarms.set_aside()
    assert set_aside.startswith(("no_unit", "agency_silent"))
    send(CloseIncident(incident=ONE, outcome=Outcome.RESOLVED), now=after(70))
    alarms.step(after(71))
    assert [row.key for row in standing(store)] == [set_aside]


def test_app_alarm_of_a_unit_nobody_sees(
    send: Send, store: Store, plans: Plans, ambulance: UnitId
) -> None:
    """Positions are read as they come; a fresh one ends it."""
    open_and_send(send, ONE)
    send(AssignUnit(incident=ONE, unit=ambulance, agency=AgencyKey("dinkes")))
    alarms = Alarms(store, plans, Room(store))
    alarms.step(after(121))
    assert "stale_position" in [row.alarm_kind for row in standing(store)]
    seen = Fix(point=Point(-6.99, 110.42), at=NOW + timedelta(seconds=120))
    store.put_fixes([UnitFix(unit=ambulance, fix=seen, received_at=after(122))])
    alarms.step(after(123))
    assert "stale_position" not in [row.alarm_kind for row in standing(store)]


def test_an_alarm_that_comes_of_no_call_is_training_where_everything_is(
    send: Send, store: Store, plans: Plans
) -> None:
    """A crew's emergency says nothing of training itself; the room it is raised in does."""
    send(AMBULANCE, agent=SYSTEM)
    send(StartUnitDuty(unit=AMBULANCE.unit), agent=DEWI)
    send(RaiseCrewEmergency(unit=AMBULANCE.unit), agent=DEWI)
    exhaust(Worker(store, plans, Post(), is_all_training=True), after(5))
    marks = [row.training for row in standing(store) if row.alarm_kind == "crew_emergency"]
    assert marks == [True]
