"""The store in memory: a verified fake that passes the same contract as the real ones.

It seals, chains and numbers with the same pure parts and lets one transaction run at a time, so a
test against it proves what a test against SQLite proves, except durability. It is not for service:
with the process everything is gone.
"""

import threading
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime

from msgspec import structs

from kentongan.app.ports import (
    BoardRow,
    ClaimTaken,
    Draft,
    Recorded,
    Timer,
    Transaction,
    UnitFix,
    VersionConflict,
)
from kentongan.core.context import Claim
from kentongan.core.rows import AnyRow
from kentongan.store import chain
from kentongan.store.accounts import Accounts
from kentongan.store.codec import decode_row, kind_of
from kentongan.store.deliveries import Deliveries
from kentongan.store.devices import Devices
from kentongan.store.fixes import replaces
from kentongan.store.journal import Head, columns, read, refs_of, write
from kentongan.store.memory_accounts import MemoryAccounts
from kentongan.store.memory_deliveries import MemoryDeliveries
from kentongan.store.memory_devices import MemoryDevices
from kentongan.store.memory_recording_keys import MemoryRecordingKeys
from kentongan.store.memory_tables import Content, MemoryTables
from kentongan.store.memory_tracks import MemoryTracks
from kentongan.store.recording_keys import RecordingKeys
from kentongan.store.seal import Salt, seal_row
from kentongan.store.tables import (
    BoardLine,
    ClaimLine,
    CommandLine,
    CursorLine,
    Line,
    NumberLine,
    Text,
    TimerLine,
)
from kentongan.store.tracks import Tracks
from kentongan.store.whole import Tables


class MemoryStore:
    """One city's store in memory."""

    def __init__(self, salt: Salt) -> None:
        self._salt = salt
        self._content = Content()
        self._lock = threading.RLock()
        self._bell = threading.Condition(self._lock)
        self._running = False
        self._fixes: dict[str, UnitFix] = {}
        self._fix_sequence = 0
        self._accounts = MemoryAccounts(self._content, self._lock)
        self._recording_keys = MemoryRecordingKeys(self._content, self._lock)
        self._devices = MemoryDevices(self._content, self._lock)
        self._deliveries = MemoryDeliveries(self._content, self._lock)
        self._tracks = MemoryTracks(self._lock)

    @property
    def accounts(self) -> Accounts:
        """Accounts, sessions, attempts and the access log."""
        return self._accounts

    @property
    def recording_keys(self) -> RecordingKeys:
        """The sealed keys of recordings."""
        return self._recording_keys

    @property
    def devices(self) -> Devices:
        """The devices that report positions."""
        return self._devices

    @property
    def deliveries(self) -> Deliveries:
        """What was sent to people, and where they are reached."""
        return self._deliveries

    @property
    def tracks(self) -> Tracks:
        """The history of positions."""
        return self._tracks

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """Begin; commit at the end of the block, roll back on an exception."""
        with self._alone():
            yield _MemoryTransaction(self._content, self._salt)

    @contextmanager
    def tables(self, *, writing: bool = False) -> Generator[Tables]:  # noqa: ARG002 - both alone
        """All tables in one transaction."""
        with self._alone():
            yield MemoryTables(self._content)

    @contextmanager
    def _alone(self) -> Generator[None]:
        with self._lock:
            if self._running:
                raise RuntimeError("a transaction inside a transaction")
            self._running = True
            try:
                yield
            except BaseException:
                self._content.roll_back()
                raise
            else:
                self._content.commit()
                self._bell.notify_all()
            finally:
                self._running = False

    def load(self, stream: str) -> tuple[Recorded, ...]:
        """The stream's committed events in order, personal text opened."""
        with self._lock:
            return _load(self._content, stream)

    def tail(self, after: int, limit: int) -> Sequence[Recorded]:
        """Events after a position in commit order, personal text sealed."""
        with self._lock:
            return read(map(columns, self._content.journal[after : after + limit]))

    def last_position(self) -> int:
        """Position of the newest event, 0 when there is none."""
        with self._lock:
            return len(self._content.journal)

    def rows(self, kind: str | None = None, *, after: int = 0) -> Sequence[BoardRow]:
        """Rows of a kind (or all) changed after a position, gone ones when after > 0."""
        with self._lock:
            chosen = [
                line
                for line in self._content.board.values()
                if line.position > after
                and (kind is None or line.kind == kind)
                and (after > 0 or line.data is not None)
            ]
        return [_board_row(line) for line in sorted(chosen, key=lambda line: line.position)]

    def find_row(self, kind: str, key: str) -> BoardRow | None:
        """One row, or None."""
        with self._lock:
            line = self._content.board.get((kind, key))
        return None if line is None or line.data is None else _board_row(line)

    def holder(self, claim: Claim) -> str | None:
        """The stream that holds the claim, or None."""
        with self._lock:
            line = self._content.claims.get((claim.kind, claim.key))
        return line.stream if line else None

    def open_texts(self, refs: Sequence[str]) -> dict[str, str]:
        """Personal text by ref; an erased one is absent."""
        with self._lock:
            return _open_texts(self._content, refs)

    def erase_texts(self, refs: Sequence[str]) -> int:
        """Erase personal text and salt for ever."""
        erased = 0
        with self._lock:
            for ref in refs:
                text = self._content.texts.get(ref)
                if text is not None and text.text is not None:
                    self._content.texts[ref] = Text(ref, text.digest, None, None)
                    erased += 1
        return erased

    def cursor(self, name: str) -> int:
        """How far that reader has come, 0 at first."""
        with self._lock:
            line = self._content.cursors.get(name)
        return line.position if line else 0

    def due_timers(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Timers not yet fired whose time has come, oldest first."""
        with self._lock:
            due = [t for t in self._content.timers.values() if not t.fired and t.due_at <= now]
        due.sort(key=lambda timer: (timer.due_at, timer.id))
        return [Timer(id=t.id, due_at=t.due_at, envelope=t.envelope) for t in due[:limit]]

    def next_due_at(self) -> datetime | None:
        """When the next timer is due."""
        with self._lock:
            waiting = (t.due_at for t in self._content.timers.values() if not t.fired)
            return min(waiting, default=None)

    def put_fixes(self, fixes: Sequence[UnitFix]) -> None:
        """Keep the latest position of each unit."""
        with self._lock:
            for fix in fixes:
                kept = self._fixes.get(fix.unit)
                if kept is not None and not replaces(fix, kept.fix.at):
                    continue
                self._fix_sequence += 1
                self._fixes[fix.unit] = structs.replace(fix, sequence=self._fix_sequence)

    def fixes(self, after: int = 0) -> Sequence[UnitFix]:
        """Latest positions written after that sequence number, in its order."""
        with self._lock:
            newer = [fix for fix in self._fixes.values() if fix.sequence > after]
        return sorted(newer, key=lambda fix: fix.sequence)

    def wait(self, after: int, timeout_s: float) -> bool:
        """Wait for an event after that position; False when the time is over."""
        until = time.monotonic() + timeout_s
        with self._bell:
            while len(self._content.journal) <= after:
                left_s = until - time.monotonic()
                if left_s <= 0:
                    return False
                self._bell.wait(left_s)
            return True

    def close(self) -> None:
        """Nothing to release."""


class _MemoryTransaction:
    """Writes at once and remembers how to undo it."""

    def __init__(self, content: Content, salt: Salt) -> None:
        self._content = content
        self._salt = salt

    def find_outcome(self, command: str) -> tuple[Recorded, ...] | None:
        line = self._content.commands.get(command)
        if line is None:
            return None
        lines = self._content.journal[line.position - 1 : line.position - 1 + line.events]
        return _opened(self._content, lines)

    def load(self, stream: str) -> tuple[Recorded, ...]:
        return _load(self._content, stream)

    def next_number(self, day: str) -> int:
        line = self._content.numbers.get(day)
        number = (line.last if line else 0) + 1
        self._content.put(self._content.numbers, day, NumberLine(day, number))
        return number

    def append(self, draft: Draft) -> tuple[Recorded, ...]:
        content = self._content
        version = len(content.streams.get(draft.stream, ()))
        if version != draft.expected_version or draft.command in content.commands:
            raise VersionConflict
        last = content.journal[-1].chain if content.journal else chain.START
        head = Head(len(content.journal), last, version)
        written = write(draft, head, self._salt, content.texts.get)
        self._move_claims(draft)
        for line in written.lines:
            content.append(line)
        for text in written.texts:
            content.put(content.texts, text.ref, text)
        outcome = CommandLine(draft.command, draft.stream, head.position + 1, len(written.lines))
        content.put(content.commands, draft.command, outcome)
        return written.recorded

    def _move_claims(self, draft: Draft) -> None:
        claims = self._content.claims
        for claim in draft.release:
            held = claims.get((claim.kind, claim.key))
            if held is not None and held.stream == draft.stream:
                self._content.remove(claims, (claim.kind, claim.key))
        for claim in draft.take:
            held = claims.get((claim.kind, claim.key))
            if held is not None and held.stream != draft.stream:
                raise ClaimTaken(claim, held.stream)
            line = ClaimLine(claim.kind, claim.key, draft.stream)
            self._content.put(claims, (claim.kind, claim.key), line)

    def put_rows(
        self, stream: str, rows: Iterable[AnyRow], gone: Iterable[tuple[str, str]]
    ) -> None:
        board = self._content.board
        position = self._content.streams[stream][-1]
        for row in rows:
            key = (kind_of(row), row.key)
            line = BoardLine(*key, stream, position, seal_row(row))
            was = board.get(key)
            if was is None or was.data != line.data or was.stream != stream:
                self._content.put(board, key, line)
        for key in gone:
            was = board.get(key)
            if was is not None and was.stream == stream and was.data is not None:
                self._content.put(board, key, BoardLine(*key, stream, position, None))

    def set_cursor(self, name: str, position: int) -> None:
        self._content.put(self._content.cursors, name, CursorLine(name, position))

    def put_timers(self, timers: Iterable[Timer]) -> None:
        for timer in timers:
            if timer.id not in self._content.timers:
                line = TimerLine(timer.id, timer.due_at, timer.envelope, 0)
                self._content.put(self._content.timers, timer.id, line)

    def finish_timer(self, timer: str) -> None:
        line = self._content.timers.get(timer)
        if line is not None:
            done = TimerLine(line.id, line.due_at, line.envelope, 1)
            self._content.put(self._content.timers, timer, done)


def _load(content: Content, stream: str) -> tuple[Recorded, ...]:
    lines = [content.journal[position - 1] for position in content.streams.get(stream, ())]
    return _opened(content, lines)


def _opened(content: Content, lines: Sequence[Line]) -> tuple[Recorded, ...]:
    texts = _open_texts(content, refs_of(line.data for line in lines))
    return tuple(read(map(columns, lines), texts))


def _open_texts(content: Content, refs: Iterable[str]) -> dict[str, str]:
    found = ((ref, content.texts.get(ref)) for ref in refs)
    return {ref: text.text.decode() for ref, text in found if text and text.text is not None}


def _board_row(line: BoardLine) -> BoardRow:
    return BoardRow(
        kind=line.kind,
        key=line.key,
        stream=line.stream,
        position=line.position,
        row=None if line.data is None else decode_row(line.data),
    )
