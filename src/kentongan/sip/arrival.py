"""A request from a peer as it came: its transaction, its source, and where its answers go."""

from __future__ import annotations

from msgspec.structs import replace

from kentongan.sip.address import Address, Transport
from kentongan.sip.fields import stamped, via_of
from kentongan.sip.grammar import find_param
from kentongan.sip.message import Request
from kentongan.sip.server_transaction import server_key
from kentongan.sip.uri import DEFAULT_PORT


class Arrival:
    """A request with where it came from and where its answers go (RFC 3261 18.2, RFC 3581)."""

    def __init__(self, request: Request, source: Address, transport: Transport) -> None:
        self.key = server_key(request)
        headers = stamped(request.headers, source.host, source.port)
        self.request = replace(request, headers=headers)
        self.source = source
        self.transport = transport

    @property
    def reply_to(self) -> Address:
        via = via_of(self.request)
        if self.transport.is_reliable or find_param(via.params, "rport") is not None:
            return self.source
        return Address(self.source.host, via.port or DEFAULT_PORT)
