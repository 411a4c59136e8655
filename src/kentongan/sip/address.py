"""Where octets come from and go to: transports, addresses, our listeners, one thing to send.

Values only. A host is written without the brackets of an IPv6 reference; `bracketed` adds them.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Transport(StrEnum):
    """How a message travels; the value is the `transport=` parameter of a URI."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"

    @property
    def is_reliable(self) -> bool:
        """Whether the transport itself repeats lost octets (RFC 3261 section 17)."""
        return self is not Transport.UDP


class Address(Struct, frozen=True):
    """A network address: host (IP literal without brackets, or name) and port."""

    host: str
    port: int


class Listener(Struct, frozen=True):
    """An address at which peers reach us, as it is announced in Via and Contact."""

    transport: Transport
    address: Address


class Outgoing(Struct, frozen=True):
    """Octets to send once the caller has committed what led to them.

    On TCP and TLS `address` names the connection the peer opened, or one to be opened.
    """

    data: bytes
    address: Address
    transport: Transport


def bracketed(host: str) -> str:
    """The host as SIP writes it: IPv6 literals in brackets (RFC 3261 section 25, IPv6reference)."""
    return f"[{host}]" if ":" in host else host


def unbracketed(host: str) -> str:
    """The host as the network knows it."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host
