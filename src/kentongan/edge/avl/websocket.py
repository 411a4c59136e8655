"""Positions over a WebSocket (RFC 6455): octets in, octets out. No sockets.

The token comes with the handshake (`Authorization: Bearer`) or, from whoever cannot set headers, in
the first message: `{"token": "..."}`. Then every message is plain JSON (`plain`) and is answered
with how many positions are kept and what could not be read.
"""

from typing import Final

import msgspec
from msgspec import Struct
from websockets.exceptions import InvalidHandshake
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from kentongan.edge.avl.answers import Answering, Asked, Fault, NotKnown, Taken, token_of
from kentongan.edge.avl.reports import Unreadable, reader
from kentongan.store.devices import Device

MESSAGE_BYTES_MAX: Final = 256_000
"""Longest message: a thousand positions."""

POLICY_VIOLATED: Final = 1008
TRY_LATER: Final = 1013
CANNOT_READ: Final = 1003


class _Hello(Struct):
    token: str


_hello = reader(_Hello)


class WebSocket:
    """One device's line, from its handshake on."""

    def __init__(self, answering: Answering, asked: Asked) -> None:
        self._answering = answering
        self._asked = asked
        self._protocol = ServerProtocol(max_size=MESSAGE_BYTES_MAX)
        self._message = b""
        self.device: Device | None = None

    def receive(self, data: bytes) -> tuple[list[bytes], bool]:
        """What to send for these octets, and whether the line is over then."""
        protocol = self._protocol
        protocol.receive_data(data)
        for event in protocol.events_received():
            if isinstance(event, Request):
                self._open(event)
            elif isinstance(event, Frame) and protocol.state is State.OPEN:
                self._frame(event)
        sent = protocol.data_to_send()
        is_over = b"" in sent or protocol.state is State.CLOSED or protocol.handshake_exc
        return [octets for octets in sent if octets], bool(is_over)

    def _open(self, request: Request) -> None:
        protocol = self._protocol
        token = token_of(self._asked.headers)
        if token:
            try:
                self.device = self._answering.device_of(token, self._asked.address)
            except NotKnown as stranger:
                status = 429 if stranger.is_too_often else 401
                protocol.send_response(protocol.reject(status, ""))
                return
        try:
            response = protocol.accept(request)
        except InvalidHandshake:
            response = protocol.reject(400, "")
        protocol.send_response(response)

    def _frame(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return  # pings and closes are answered by the protocol
        self._message += frame.data
        if len(self._message) > MESSAGE_BYTES_MAX:
            self._protocol.send_close(1009, "too long")
            return
        if frame.fin:
            message, self._message = self._message, b""
            self._take(message)

    def _take(self, message: bytes) -> None:
        if self.device is None:
            self._log_in(message)
            return
        try:
            taken = self._answering.take_plain(self.device, message)
        except Unreadable as fault:
            taken = Taken(taken=0, faults=(Fault(fault.field, fault.why),))
        self._protocol.send_text(msgspec.json.encode(taken))

    def _log_in(self, message: bytes) -> None:
        try:
            self.device = self._answering.device_of(_hello(message).token, self._asked.address)
        except NotKnown as stranger:
            code = TRY_LATER if stranger.is_too_often else POLICY_VIOLATED
            self._protocol.send_close(code, "unknown token")
            return
        except Unreadable:
            self._protocol.send_close(CANNOT_READ, "the first message must be the token")
            return
        self._protocol.send_text(msgspec.json.encode(Taken(taken=0)))
