"""Calls straight from the switch, for the time when the store is away: they still ring on screens.

The switch answers and spools calls without the store, and tells every web process how each call is
now. While the store works its rows are the truth and this only remembers; while it is away the
calls go out in frames of their own, without a number, because they are in no journal yet.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from kentongan.core.redaction import masks_numbers, redact
from kentongan.core.rows import AnyRow, CallRow
from kentongan.core.words import Agent
from kentongan.edge.web.frames import calls_text
from kentongan.edge.web.live import Live
from kentongan.edge.web.texts import reveal

CALLS_MAX: Final = 2_000
"""Open calls remembered; the oldest is forgotten first."""


class SwitchCalls:
    """Open calls as the switch last told them. Used on the event loop only."""

    def __init__(self, live: Live, clock: Callable[[], datetime]) -> None:
        self._live = live
        self._clock = clock
        self._calls: dict[str, CallRow] = {}
        self._told = False

    def take(self, told: Mapping[str, Any]) -> None:
        """The switch says how a call is now."""
        try:
            row = msgspec.convert(told, CallRow)
        except msgspec.ValidationError:
            return
        self._calls.pop(row.key, None)
        if row.open:
            self._calls[row.key] = row
        while len(self._calls) > CALLS_MAX:
            del self._calls[next(iter(self._calls))]
        if self._live.store_away_since is not None:
            self._send([row])

    def find(self, call: str) -> CallRow | None:
        """An open call as its switch told it last: before the record has it."""
        return self._calls.get(call)

    def open_calls(self) -> tuple[CallRow, ...]:
        """All of them."""
        return tuple(self._calls.values())

    def tick(self) -> None:
        """Each second: when the store has just gone, screens get all open calls once."""
        is_away = self._live.store_away_since is not None
        if is_away and not self._told:
            self._send(list(self._calls.values()))
        self._told = is_away

    def _send(self, rows: list[CallRow]) -> None:
        now = self._clock()
        for agent, listeners in self._live.audiences():
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
