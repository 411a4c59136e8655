"""Short ways to say what a test appends."""

from datetime import UTC, datetime, timedelta

from kentongan.app.ports import Draft, Recorded, Store
from kentongan.core.context import Claim
from kentongan.core.events import AnyEvent, CallOffered, CallQueued
from kentongan.core.rows import AnyRow, CallRow
from kentongan.core.words import CallId, CommandId, Personal

NOON = datetime(2026, 11, 23, 5, 0, 0, 123_456, tzinfo=UTC)


def offered(number: str | None = None) -> CallOffered:
    """A call that rings."""
    shown = None if number is None else Personal(text=number)
    return CallOffered(line="112", dialled="112", trunk="trunk_1", number=shown)


def draft(
    stream: str,
    command: str,
    *events: AnyEvent,
    version: int = 0,
    take: tuple[Claim, ...] = (),
    release: tuple[Claim, ...] = (),
) -> Draft:
    """A draft by the switch at noon."""
    return Draft(
        stream=stream,
        expected_version=version,
        events=events,
        command=CommandId(command),
        agent="switch",
        agent_name="Switch",
        at=NOON - timedelta(seconds=2),
        recorded_at=NOON,
        because=None,
        take=take,
        release=release,
    )


def append(store: Store, *drafts: Draft) -> tuple[Recorded, ...]:
    """Append each draft in one transaction; returns what the last one led to."""
    recorded: tuple[Recorded, ...] = ()
    with store.transaction() as transaction:
        for each in drafts:
            recorded = transaction.append(each)
    return recorded


def ring(store: Store, number: int) -> None:
    """A call that rings and queues: two events, one of them personal, and its row."""
    stream = f"call:c{number}"
    with store.transaction() as transaction:
        told = transaction.append(
            draft(stream, f"ring {number}", offered(f"0813{number:06}"), CallQueued())
        )
        transaction.put_rows(stream, [call_row(f"c{number}", told[0])], [])


def call_row(key: str, told: Recorded, state: str = "offered") -> AnyRow:
    """The row of a call that was offered."""
    assert isinstance(told.event, CallOffered)
    return CallRow(
        key=CallId(key), state=state, line="112", ring_at=told.meta.at, number=told.event.number
    )
