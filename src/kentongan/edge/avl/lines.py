"""NMEA 0183 over TCP: first a line with the token, then the receiver's sentences as they come.

    LOGIN <token>        answered "OK"; a wrong one is answered "NO", and the line is closed
    $GPRMC,...*hh        answered with nothing; modems expect nothing

A modem that can only say its name first may say the bare token. A sentence that cannot be read
costs itself; a line without an end, or a hundred bad ones in a row, cost the connection.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Final, cast

from kentongan.edge.avl.answers import Answering, NotKnown
from kentongan.edge.avl.connections import Connections, peer_of
from kentongan.edge.avl.hearing import Hearing
from kentongan.edge.avl.nmea import Receiver
from kentongan.edge.avl.reception import Reception
from kentongan.edge.avl.reports import Report, Unreadable
from kentongan.store.devices import Device

LINE_BYTES_MAX: Final = 512
"""Longest line; a sentence has 82 characters, a login line fewer."""

BAD_IN_A_ROW_MAX: Final = 100
"""Unreadable lines after each other: this is no receiver."""


class Lines(Hearing):
    """One modem's connection."""

    def __init__(
        self,
        answering: Answering,
        reception: Reception,
        connections: Connections,
        clock: Callable[[], datetime],
    ) -> None:
        self._answering = answering
        self._reception = reception
        self._connections = connections
        self._clock = clock
        self._receiver = Receiver()
        self._known: Device | None = None
        self._rest = b""
        self._bad = 0
        self._transport: asyncio.Transport | None = None
        self.device: str | None = None
        self.peer = ""
        self.is_known = False
        self.heard_at = monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A modem rings."""
        self._transport = cast("asyncio.Transport", transport)
        self.peer = peer_of(self._transport)
        if not self._connections.add(self):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        del exc
        self._connections.remove(self)

    def data_received(self, data: bytes) -> None:
        """Some octets; whole lines are taken, the rest waits for its end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self._is_closing:
                return
            self._line(line)
        if len(self._rest) > LINE_BYTES_MAX:
            self.close()

    def close(self) -> None:
        """Let go of the line."""
        if self._transport is not None:
            self._transport.close()

    @property
    def _is_closing(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def _line(self, octets: bytes) -> None:
        line = octets.strip().decode("latin-1")
        if not line:
            return
        if len(octets) > LINE_BYTES_MAX:
            self.close()
        elif self._known is None:
            self._log_in(line)
        else:
            self.heard_at = monotonic()
            self._sentence(self._known, line)

    def _log_in(self, line: str) -> None:
        token = line[6:].strip() if line[:6].upper() == "LOGIN " else line
        try:
            device = self._answering.device_of(token, self.peer)
        except NotKnown:
            self._say(b"NO\r\n")
            self.close()
            return
        if device.is_gateway:  # a sentence names no unit
            self._say(b"NO\r\n")
            self.close()
            return
        self._known, self.device, self.is_known = device, device.id, True
        self.heard_at = monotonic()
        self._say(b"OK\r\n")

    def _sentence(self, device: Device, line: str) -> None:
        now = self._clock()
        try:
            fix = self._receiver.take(line, now)
        except Unreadable as fault:
            self._bad += 1
            if device.unit is not None:
                self._reception.fault(device.unit, fault)
            if self._bad >= BAD_IN_A_ROW_MAX:
                self.close()
            return
        self._bad = 0
        if fix is not None:
            self._reception.take(device, Report(fixes=(fix,)), now)

    def _say(self, octets: bytes) -> None:
        if self._transport is not None:
            self._transport.write(octets)
