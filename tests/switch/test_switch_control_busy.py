"""A desk that has a call at another node's switch: what the queue here makes of it."""

from datetime import UTC, datetime, timedelta

from kentongan.core.call_rows import DeskRow
from kentongan.core.words import DeskKey
from kentongan.edge.switch.room import PRESENCE_S, Room, Word

AT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
DESK = DeskKey("desk_1")


def _word(at: datetime, *busy: DeskKey) -> Word:
    row = DeskRow(key=DESK, state="on_duty", agent="rina", since=AT)
    return Word(at=at, desks=(row,), pages=frozenset({DESK}), busy=frozenset(busy))


def test_a_desk_with_a_call_elsewhere_is_busy_and_idle_from_its_end() -> None:
    """It is not rung meanwhile; afterwards it has been idle since then, and not since long before.
    Of a web process that says no more, nothing is kept.
    """
    room = Room()
    room.hear("web", _word(AT))
    assert [seat.idle_since for seat in room.seats((), AT)] == [AT]
    later = AT + timedelta(seconds=60)
    room.hear("web", _word(later, DESK))
    assert [seat.idle_since for seat in room.seats((), later)] == [None]
    again = later + timedelta(seconds=5)
    room.hear("web", _word(again))
    assert [seat.idle_since for seat in room.seats((), again)] == [later]
    assert room.seats((), again + timedelta(seconds=PRESENCE_S + 1)) == ()
