"""What the door needs from a store, as protocols: the store is chosen in `main`, faked in tests.

A store is synchronous and may be shared by threads: each has its own connection, and inside a
thread's transaction that thread's reads see what it wrote. Every method may raise `Unavailable`
when the database is away, locked or full. Nothing was written then, with one exception no database
can avoid: when the connection is lost during the commit itself, it may have happened. Sending the
same command id again tells (`find_outcome`).
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from kentongan.core.context import Claim
from kentongan.core.events import AnyEvent
from kentongan.core.rows import AnyRow
from kentongan.core.words import CommandId, Fix, Meta, UnitId


class Unavailable(Exception):  # noqa: N818 - a state of the neighbour, named like one
    """A neighbour is away; `who` names it. Retried with a limit, shown as degraded.

    `detail` is what its driver said, for the log and whoever repairs it; never for a screen.
    """

    def __init__(self, who: str, detail: str = "") -> None:
        super().__init__(f"{who}: {detail}" if detail else who)
        self.who = who
        self.detail = detail


class VersionConflict(Exception):  # noqa: N818
    """Somebody appended to the stream, or used the command id, meanwhile; begin again."""


class ClaimTaken(Exception):  # noqa: N818
    """Another stream holds the claim; `holder` is that stream."""

    def __init__(self, claim: Claim, holder: str) -> None:
        super().__init__(f"{claim.kind} {claim.key} is held by {holder}")
        self.claim = claim
        self.holder = holder


class Recorded(Struct, frozen=True, kw_only=True, gc=False):
    """An event as it stands in the journal.

    Immutable through and through, so it is never part of a cycle and the collector need not
    look at it: that doubles the speed of a replay.
    """

    event: AnyEvent
    meta: Meta
    command: CommandId | None = None


class Draft(Struct, frozen=True, kw_only=True):
    """What one command appends: all of it or nothing.

    `expected_version` is the stream's version before. `take` and `release` change claims,
    releases first.
    A draft without events only makes the command known, so that it is never decided anew.
    Releasing what the stream does not hold, and taking what it already holds, changes nothing.
    """

    stream: str
    expected_version: int
    events: tuple[AnyEvent, ...]
    command: CommandId
    agent: str
    agent_name: str
    at: datetime
    recorded_at: datetime
    because: str | None
    take: tuple[Claim, ...] = ()
    release: tuple[Claim, ...] = ()


class BoardRow(Struct, frozen=True, kw_only=True):
    """A row with the position of the last event that changed it; `row` is None when it is gone."""

    kind: str
    key: str
    stream: str
    position: int
    row: AnyRow | None


class Timer(Struct, frozen=True, kw_only=True):
    """A command to send at a time unless the reason is gone. `id` is deterministic."""

    id: str
    due_at: datetime
    envelope: bytes  # JSON of core.commands.Envelope


class UnitFix(Struct, frozen=True, kw_only=True, gc=False):
    """A unit's latest position; not journalled. `clocks` are the unit's devices whose clocks are
    known to be ahead, with the seconds: kept so that a restart forgets none."""

    unit: UnitId
    fix: Fix
    received_at: datetime
    sequence: int = 0
    clocks: tuple[tuple[str, float], ...] = ()


class Transaction(Protocol):
    """One unit of work: everything in it is committed together or not at all."""

    def find_outcome(self, command: CommandId) -> tuple[Recorded, ...] | None:
        """What that command led to before (possibly nothing), or None when it was never seen."""
        ...

    def load(self, stream: str) -> tuple[Recorded, ...]:
        """The stream's events in order, personal text opened."""
        ...

    def next_number(self, day: str) -> int:
        """The day's next incident number, from 1; taken when the transaction commits."""
        ...

    def append(self, draft: Draft) -> tuple[Recorded, ...]:
        """Seal, chain and write the events; returns them with their refs, personal text open.

        Raises `VersionConflict` or `ClaimTaken`; `Refused("bad_identifier")` for ids no store
        keeps; `Refused("unknown_text")` for a personal ref that was never given out.
        """
        ...

    def put_rows(
        self, stream: str, rows: Iterable[AnyRow], gone: Iterable[tuple[str, str]]
    ) -> None:
        """Write the stream's rows at the position of its last event. Call it after `append`.

        A row that is as it was keeps its position. Personal text in rows is left out, its ref
        stays. A gone row stays as a gravestone, unless another stream has it by now.
        """
        ...

    def set_cursor(self, name: str, position: int) -> None:
        """Remember how far a reader of the journal has come."""
        ...

    def put_timers(self, timers: Iterable[Timer]) -> None:
        """Add timers; one whose id exists, fired or not, is left as it is."""
        ...

    def finish_timer(self, timer: str) -> None:
        """It has fired; it stays known by its id, so that it never fires again."""
        ...


class Store(Protocol):
    """The journal, the board and what hangs on them."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin; commit at the end of the block, roll back on an exception."""
        ...

    def load(self, stream: str) -> tuple[Recorded, ...]:
        """The stream's committed events in order, personal text opened; no lock is taken."""
        ...

    def tail(self, after: int, limit: int) -> Sequence[Recorded]:
        """Events after a position, gap-free and in commit order, at most `limit`.

        Personal text in them stays sealed (ref and digest): whoever needs it loads the stream.
        """
        ...

    def last_position(self) -> int:
        """Position of the newest event, 0 when there is none."""
        ...

    def rows(self, kind: str | None = None, *, after: int = 0) -> Sequence[BoardRow]:
        """Rows of a kind (or all) changed after a position, gone ones included when after > 0.

        Personal text in them stays sealed: `open_texts` opens it.
        """
        ...

    def find_row(self, kind: str, key: str) -> BoardRow | None:
        """One row, or None."""
        ...

    def holder(self, claim: Claim) -> str | None:
        """The stream that holds the claim, or None."""
        ...

    def open_texts(self, refs: Sequence[str]) -> dict[str, str]:
        """Personal text by ref; an erased one is absent."""
        ...

    def erase_texts(self, refs: Sequence[str]) -> int:
        """Erase personal text and salt for ever; returns how many were. The chain still holds."""
        ...

    def cursor(self, name: str) -> int:
        """How far that reader has come, 0 at first."""
        ...

    def due_timers(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Timers not yet fired whose time has come, oldest first."""
        ...

    def next_due_at(self) -> datetime | None:
        """When the next timer is due."""
        ...

    def put_fixes(self, fixes: Sequence[UnitFix]) -> None:
        """Keep the latest position of each unit; an older fix than the one kept is dropped.

        A kept fix that claims to be from the future gives way to any. Sequence numbers are given
        here. Not fsynced: a power cut may lose the last second of positions, never the journal.
        """
        ...

    def fixes(self, after: int = 0) -> Sequence[UnitFix]:
        """Latest positions written after that sequence number, in its order."""
        ...

    def wait(self, after: int, timeout_s: float) -> bool:
        """Wait for an event after that position, from any process; False when the time is over.

        Wakes within 50 ms of the commit without a busy loop.
        """
        ...

    def close(self) -> None:
        """Release files and connections."""
        ...
