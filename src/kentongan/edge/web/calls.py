"""Calls straight from the switch, while the record does not get them: they still ring on screens.

The switch answers calls without the store, and tells every web process how each call is now. While
its facts reach the record, the rows there are the truth and this only remembers; else the calls go
out in frames of their own, without a number, because they are in no journal yet.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from kentongan.core.redaction import masks_numbers, redact
from kentongan.core.rows import AnyRow, CallRow
from kentongan.core.words import Agent
from kentongan.edge.web.frames import calls_text
from kentongan.edge.web.listener import Listener
from kentongan.edge.web.live import Live
from kentongan.edge.web.texts import reveal
from kentongan.edge.web.unrecorded import Unrecorded

CALLS_MAX: Final = 2_000
"""Calls remembered; the oldest is forgotten first."""


class SwitchCalls:
    """Open calls as the switch last told them, and those that closed while the record was behind.

    Used on the event loop only.
    """

    def __init__(self, live: Live, unrecorded: Unrecorded, clock: Callable[[], datetime]) -> None:
        self._live = live
        self._unrecorded = unrecorded
        self._clock = clock
        live.newcomers.append(self._greet)
        self._calls: dict[str, CallRow] = {}
        self._told = False

    def take(self, told: Mapping[str, Any]) -> None:
        """The switch says how a call is now."""
        try:
            row = msgspec.convert(told, CallRow)
        except msgspec.ValidationError:
            return
        self._calls.pop(row.key, None)
        is_behind = self._unrecorded.is_behind
        if row.open or is_behind:
            self._calls[row.key] = row
        while len(self._calls) > CALLS_MAX:
            del self._calls[next(iter(self._calls))]
        if is_behind:
            self._send([row], self._live.audiences())

    def find(self, call: str) -> CallRow | None:
        """An open call as its switch told it last: before the record has it."""
        row = self._calls.get(call)
        return row if row is not None and row.open else None

    def open_calls(self) -> tuple[CallRow, ...]:
        """All of them."""
        return tuple(row for row in self._calls.values() if row.open)

    def tick(self) -> None:
        """Each second: when the record has just fallen behind, screens get all calls once."""
        is_behind = self._unrecorded.is_behind
        if is_behind and not self._told:
            self._send(self._calls.values(), self._live.audiences())
        if self._told and not is_behind:
            self._calls = {row.key: row for row in self.open_calls()}
        self._told = is_behind

    def _greet(self, listener: Listener) -> None:
        """A screen that begins now has only what is on record."""
        if self._unrecorded.is_behind:
            self._send(self._calls.values(), [(listener.agent, {listener})])

    def _send(self, rows: Iterable[CallRow], to: Iterable[tuple[Agent, set[Listener]]]) -> None:
        now = self._clock()
        for agent, listeners in to:
            texts = [text for row in rows if (text := _text(row, agent, self._live.held.find))]
            if texts:
                frame = calls_text(now, texts)
                for listener in listeners:
                    listener.put(frame)


def _text(row: CallRow, agent: Agent, find: Callable[[str, str], AnyRow | None]) -> str | None:
    """The call as this viewer sees it, or None."""
    seen = redact(row, agent, find)
    if seen is None:
        return None
    shown = reveal(msgspec.to_builtins(seen), {}, masks=masks_numbers(agent))
    assert isinstance(shown, dict)  # noqa: S101 - a row is an object
    return msgspec.json.encode({**shown, "position": 0}).decode()
