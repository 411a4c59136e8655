"""A month of alarms, counted by hand: where, how urgent, taken in time, chattering, untouched."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kentongan.core.alarm_rows import GRADES, AlarmGrade, AlarmKind
from kentongan.core.events import (
    AlarmCleared,
    AlarmEscalated,
    AlarmRaised,
    AlarmShelved,
    AlarmTaken,
    AnyEvent,
    DutyEnded,
    DutyStarted,
    NoteAdded,
)
from kentongan.core.words import AgentId, EventId, IncidentId, Meta, Personal
from kentongan.measure.alarm_table import to_table
from kentongan.measure.alarms import AlarmMonth, Alarms, month_of, report

ZONE = ZoneInfo("Asia/Jakarta")
START = datetime(2026, 10, 14, 1, 30, tzinfo=UTC)  # 08.30 in Semarang


class Story:
    """A journal, event by event."""

    def __init__(self) -> None:
        self.alarms = Alarms()
        self.position = 0

    def tell(self, seconds: float, stream: str, event: AnyEvent, agent: str = "kentongan") -> None:
        """Something happened so many seconds after the beginning."""
        self.position += 1
        at = START + timedelta(seconds=seconds)
        meta = Meta(
            event_id=EventId(f"e{self.position}"), stream=stream, version=1, at=at,
            position=self.position, recorded_at=at, agent=AgentId(agent),
        )  # fmt: skip
        self.alarms.add(event, meta)

    def duty(self, desk: str, *roles: str) -> None:
        """Somebody sits down."""
        event = DutyStarted(agent=AgentId("a"), agent_name="A", roles=roles, headset_checked=True)
        self.tell(0, f"desk:{desk}", event)

    def raised(
        self,
        seconds: float,
        key: str,
        grade: AlarmGrade = "high",
        kind: AlarmKind = "no_unit",
        *,
        training: bool = False,
    ) -> None:
        """An alarm for dispatchers."""
        at = START + timedelta(seconds=seconds)
        event = AlarmRaised(
            kind=kind, about=key, code="A-03", grade=grade, to=("dispatcher",), since=at,
            incident=IncidentId(key), training=training,
        )  # fmt: skip
        self.tell(seconds, f"alarm:{kind}:{key}", event)

    def month(self, month: str = "2026-10", *, training: bool = False) -> AlarmMonth:
        """The report."""
        return report(self.alarms, month, ZONE, training=training)


TAKEN = AlarmTaken(agent=AgentId("budi"), agent_name="Budi")
HIGHER = AlarmEscalated(level=1, grade="high", to=("dispatcher", "supervisor"))
CLEARED = AlarmCleared()


def test_where_and_when() -> None:
    """At every desk on duty that it is shown to, also by escalation, in the city's own hour."""
    story = Story()
    story.duty("dispatch_1", "dispatcher")
    story.duty("supervisor", "supervisor")
    story.duty("desk_1", "call_taker")
    story.raised(0, "i1")
    story.raised(3_600, "i2")
    story.tell(3_700, "alarm:no_unit:i2", HIGHER)
    story.tell(3_800, "desk:dispatch_1", DutyEnded())
    story.raised(3_900, "i3")
    counts = {one.desk: one for one in story.month().desks}
    assert {desk: one.raised for desk, one in counts.items()} == {"dispatch_1": 2, "supervisor": 1}
    assert [(hour, n) for hour, n in enumerate(counts["dispatch_1"].by_hour) if n] == [
        (8, 1), (9, 1),
    ]  # fmt: skip


def test_shares_and_taken_in_time() -> None:
    """Panic is critical; whoever takes it after more people were told was late."""
    story = Story()
    for n, grade in enumerate(GRADES):
        story.raised(n, f"i{n}", grade)
    story.tell(10, "alarm:no_unit:i0", TAKEN)
    story.tell(20, "alarm:no_unit:i1", HIGHER)
    story.tell(33, "alarm:no_unit:i1", TAKEN)
    story.tell(42, "alarm:no_unit:i2", TAKEN)
    story.tell(60, "alarm:no_unit:i2", HIGHER)
    month = story.month()
    assert month.shares == {"critical": 0.5, "high": 0.25, "medium": 0.25}
    (kind,) = month.kinds
    assert (kind.raised, kind.taken, kind.taken_in_time, kind.escalated) == (4, 3, 2, 2)
    assert (kind.median_s, kind.open) == (32.0, 4)


def test_what_nobody_acted_on_is_a_candidate() -> None:
    """Neither taken, nor put aside, nor anything done by a person about the incident meanwhile."""
    story = Story()
    for n in range(6):
        story.raised(n, f"i{n}")
    aside = AlarmShelved(until=START, reason="other")
    note = NoteAdded(text=Personal(text="x"))
    story.tell(10, "alarm:no_unit:i0", TAKEN)
    story.tell(11, "alarm:no_unit:i1", aside)
    story.tell(12, "incident:i2", note, "budi")
    story.tell(13, "incident:i3", note)  # by the centre itself
    story.tell(14, "incident:i9", note, "budi")  # about something else
    for n in range(6):
        story.tell(20 + n, f"alarm:no_unit:i{n}", CLEARED)
    story.tell(30, "incident:i4", note, "budi")  # too late
    (kind,) = story.month().kinds
    assert (kind.untouched, kind.is_candidate) == (3, False)
    story.raised(40, "i7")
    story.tell(50, "alarm:no_unit:i7", CLEARED)
    (kind,) = story.month().kinds
    assert (kind.untouched, kind.is_candidate) == (4, True)
    assert "candidates for deletion: A-03 no_unit" in to_table(story.month())


def test_chattering_is_more_than_three_times_in_ten_minutes() -> None:
    """Of the same matter; four within ten minutes are four, three and a late one are none."""
    story = Story()
    for n in range(4):
        story.raised(100 * n, "i1")
        story.tell(100 * n + 50, "alarm:no_unit:i1", CLEARED)
    for n in (0, 100, 200, 601):
        story.raised(n, "i2")
        story.tell(n + 50, "alarm:no_unit:i2", CLEARED)
    (kind,) = story.month().kinds
    assert (kind.raised, kind.chattering) == (8, 4)


def test_months_and_drills_are_kept_apart() -> None:
    """A month begins at midnight of the city; what is not a month is said to be none."""
    story = Story()
    start, end = month_of("2026-12", ZONE)
    assert (start, end) == (
        datetime(2026, 11, 30, 17, tzinfo=UTC), datetime(2026, 12, 31, 17, tzinfo=UTC),
    )  # fmt: skip
    first = (month_of("2026-10", ZONE)[0] - START).total_seconds()
    story.raised(first - 1, "i1")
    story.raised(first, "i2")
    story.raised(first + 1, "i3", training=True)
    assert (story.month().raised, story.month("2026-09").raised) == (1, 1)
    assert story.month(training=True).raised == 1
    assert story.month("2026-08").shares["high"] is None
    assert to_table(story.month("2026-08")).startswith("2026-08, duty: 0 alarms; critical –")
    for wrong in ("2026", "2026-13", "oktober", ""):
        with pytest.raises(ValueError, match=r"month|format|remains|match"):
            month_of(wrong, ZONE)


def test_what_follows_an_alarm_nobody_raised_is_passed_over() -> None:
    """A journal that begins in the middle."""
    story = Story()
    story.tell(0, "alarm:no_unit:i1", TAKEN)
    story.tell(1, "alarm:no_unit:i1", CLEARED)
    assert story.month().raised == 0
