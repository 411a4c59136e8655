"""One line to the geography: who is asked about on it, and what is said back.

The units of a line are known from what it said before; only who moved comes again. A line whose
other end does not read is closed. Belongs to the event loop.
"""

import asyncio
from itertools import count
from typing import Final

import msgspec

from kentongan.edge.geo.served import protocol
from kentongan.edge.geo.served.answering import Refusal
from kentongan.edge.geo.served.protocol import Answered, JourneysAsked
from kentongan.geography import Start

_keys: Final = count(1)


class Line:
    """A line in place `number`, which another may have after it; `key` is its own for ever."""

    def __init__(self, number: int, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.key = next(_keys)
        self.bad = 0
        self.is_closed = False
        self._writer = writer
        self._known: dict[str, Start] = {}
        self._units: tuple[str, ...] = ()

    @property
    def askers(self) -> tuple[int, int]:
        """Its two fleets in the router: of journeys, and of ways to draw."""
        return 2 * self.number, 2 * self.number + 1

    def starts_of(self, asked: JourneysAsked) -> tuple[Start, ...]:
        """Whom the question is about, with what was said of them before. Raises `Refusal`."""
        units = self._units if asked.units is None else asked.units
        if len(set(units)) < len(units):
            raise Refusal("bad_value", "units: one of them twice")
        known = {**self._known, **{one.unit: one for one in asked.moved}}
        missing = next((unit for unit in units if unit not in known), None)
        if missing is not None:
            raise Refusal("unknown_unit", f"units: nobody said where {missing[:50]!r} is")
        self._units = units
        self._known = {unit: known[unit] for unit in units}
        return tuple(self._known.values())

    def say(self, answered: Answered) -> None:
        """Send it; nothing once the line is closed."""
        if self.is_closed or self._writer.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > protocol.LINE_BYTES_MAX:
            self.close()
            return
        self._writer.write(msgspec.json.encode(answered) + b"\n")

    def close(self) -> None:
        """No more is said."""
        self.is_closed = True
        self._writer.close()

    def cut(self) -> None:
        """Not even what was said goes out."""
        self.is_closed = True
        self._writer.transport.abort()
