"""Which switch holds which call, and at which desk, as the switches tell. Rows, no rules.

It is a memory and may be wrong by a moment: a call that it does not know is asked for, and a switch
decides for itself about what it is asked.
"""

import heapq
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from kentongan.core.call_rows import CallRow
from kentongan.core.commands import (
    AnswerCall,
    AnyCommand,
    CallBack,
    ResumeCall,
    SuperviseCall,
    TakeOver,
)
from kentongan.core.queue import Standing, order_key
from kentongan.core.words import CallId, DeskKey

CALLS_MAX: Final = 5_000
"""Calls remembered: more than all switches have in hand. Those that are over are forgotten first,
the oldest before the rest: a trunk gone mad makes any number of them."""

OVER: Final = frozenset({"ended", "abandoned"})
"""States in which nobody talks or waits any more."""

TALKING: Final = frozenset({"answered", "calling"})
"""States in which the call has its desk to itself."""

_Key = tuple[int, bool, int, datetime, str]
_LAST: Final[_Key] = (sys.maxsize, True, sys.maxsize, datetime.max.replace(tzinfo=UTC), "")
_NOBODY: Final = Standing()

Holder = TypeVar("Holder")


class _Held(Struct, Generic[Holder]):
    line: Holder
    row: CallRow | None = None  # none was told yet


class HeldCalls(Generic[Holder]):
    """The memory."""

    def __init__(self) -> None:
        self._calls: dict[str, _Held[Holder]] = {}
        self._over: dict[str, None] = {}  # those that are over, the oldest first
        self.standings: Mapping[CallId, Standing] = {}
        """What is known of the numbers that wait."""

    def line_of(self, call: str) -> Holder | None:
        """Who holds the call, as far as is known."""
        held = self._calls.get(call)
        return None if held is None else held.line

    def goes_on(self, call: str) -> bool:
        """Whether the call goes on, or has just begun, as its switch told last."""
        held = self._calls.get(call)
        return held is not None and (held.row is None or held.row.state not in OVER)

    def begin(self, call: str, line: Holder) -> None:
        """That switch is, or will be, the one; no row of it is known."""
        if call not in self._calls:
            self._put(call, _Held(line))

    def did_not_begin(self, call: str) -> None:
        """The switch said no to a new call."""
        held = self._calls.get(call)
        if held is not None and held.row is None:
            self._forget(call)

    def take(self, line: Holder, told: object) -> None:
        """The switch says how a call is now."""
        try:
            row = msgspec.convert(told, CallRow)
        except msgspec.ValidationError:
            return
        self._put(row.key, _Held(line, row))

    def relearn(self, line: Holder, told: Iterable[object]) -> frozenset[str]:
        """All calls of that switch; those it does not name are not its own. Who waits there.

        A call that was begun there and is not named was not begun.
        """
        for call in [call for call, held in self._calls.items() if held.line is line]:
            self._forget(call)
        for one in told:
            self.take(line, one)
        return frozenset(
            call
            for call, held in self._calls.items()
            if held.line is line and held.row is not None and held.row.state == "queued"
        )

    def at_desk(self, desk: DeskKey) -> list[tuple[Holder, str]]:
        """Calls that have this desk to themselves."""
        return [
            (held.line, call)
            for call, held in self._calls.items()
            if held.row is not None and held.row.desk == desk and held.row.state in TALKING
        ]

    def busy(self, lines: Iterable[Holder]) -> tuple[DeskKey, ...]:
        """Desks that take part in a call at one of these."""
        wanted = list(lines)
        rows = [held.row for held in self._calls.values() if held.row and held.line in wanted]
        found: set[DeskKey] = set()
        for row in rows:
            if row.state in OVER:
                continue
            if row.desk is not None:
                found.add(row.desk)
            found.update(one.desk for one in row.parties if one.desk and one.state == "joined")
        return tuple(sorted(found))

    def merged(self, orders: Sequence[Sequence[str]]) -> list[str]:
        """Several queues as one: each in its own order, between them by the key of `core.queue`."""
        if len(orders) == 1:
            return list(orders[0])
        merged = heapq.merge(*map(self._keyed, orders), key=lambda one: one[0])
        return list(dict.fromkeys(call for _, call in merged))

    def _keyed(self, order: Sequence[str]) -> list[tuple[_Key, str]]:
        """Whoever stands before somebody in their own queue is no later than they: the switch knows
        more of its calls (who rings again after a broken line) than is told here."""
        keyed: list[tuple[_Key, str]] = []
        for call in reversed(order):
            held = self._calls.get(call)
            row = None if held is None else held.row
            known = self.standings.get(CallId(call), _NOBODY)
            key = _LAST if row is None else order_key(row, known)
            keyed.append((min(key, keyed[-1][0]) if keyed else key, call))
        return keyed[::-1]

    def desk_wanted(self, command: AnyCommand) -> DeskKey | None:
        """The desk that this command would give a call to."""
        match command:
            case AnswerCall() | SuperviseCall() | TakeOver() | CallBack():
                return command.desk
            case ResumeCall(call=call):
                held = self._calls.get(call)
                return None if held is None or held.row is None else held.row.desk
            case _:
                return None

    def _put(self, call: str, held: _Held[Holder]) -> None:
        self._forget(call)
        self._calls[call] = held
        if held.row is not None and held.row.state in OVER:
            self._over[call] = None
        while len(self._calls) > CALLS_MAX:
            self._forget(next(iter(self._over or self._calls)))

    def _forget(self, call: str) -> None:
        self._calls.pop(call, None)
        self._over.pop(call, None)
