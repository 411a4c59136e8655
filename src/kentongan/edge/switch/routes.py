"""Which trunk a call of ours goes out by, and what it is called there.

Pure. A number goes by the first trunk that has a host and is not known to be down; a SIP address
by the trunk whose host or domain it names, else like a number. Whether a trunk answers and which
address its name has is known to whoever keeps asking it (`Reach`).
"""

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from kentongan.edge.switch.families import family_of, version_of
from kentongan.edge.switch.trunks import Trunk, is_address
from kentongan.sip.address import Address, Transport, bracketed
from kentongan.sip.errors import ParseError
from kentongan.sip.uri import read_uri

DIALLED = frozenset("0123456789+*#")
"""What of a number is dialled; people write blanks and hyphens."""

DIGITS_MAX = 32
"""Longest number; E.164 has 15 digits, an extension behind it some more."""


SEPARATORS = frozenset(" -./()")
"""What people write between digits."""


class Reach(Protocol):
    """Where trunks are now."""

    def address_of(self, trunk: Trunk) -> Address | None:
        """Where to send; None when that is not known, or nobody answers there."""
        ...


class LiteralReach:
    """Trunks by the addresses in their settings, taken to be up."""

    def address_of(self, trunk: Trunk) -> Address | None:
        """The address, when it is one."""
        return Address(trunk.host, trunk.sip_port) if is_address(trunk.host) else None


class Route(Struct, frozen=True, kw_only=True):
    """How to ring somebody: Request-URI, by way of whom, and as whom."""

    trunk: Trunk
    target: str
    peer: Address
    from_uri: str


def find_route(
    trunks: Iterable[Trunk],
    reach: Reach,
    whom: str,
    *,
    own_host: str,
    line: str,
    media_hosts: tuple[str, ...] = ("127.0.0.1",),
) -> Route | None:
    """The way to a number or a SIP address; None when no trunk leads there, or only one whose
    telephones could not be heard: of another IP family than our sound.
    """
    named = _host_of(whom)
    usable = [trunk for trunk in trunks if trunk.host]
    ordered = sorted(usable, key=lambda trunk: named not in (trunk.host, trunk.domain))
    for trunk in ordered:
        peer = reach.address_of(trunk)
        target = _target(whom, trunk)
        if peer is not None and target and _is_heard(peer, media_hosts):
            caller = trunk.caller_id or line
            return Route(
                trunk=trunk,
                target=target,
                peer=peer,
                from_uri=f"sip:{caller}@{bracketed(own_host)}",
            )
    return None


def _is_heard(peer: Address, media_hosts: tuple[str, ...]) -> bool:
    family = family_of(peer.host)
    return family is None or family in {version_of(host) for host in media_hosts}


def is_dialable(whom: str) -> bool:
    """Whether that is a number or a SIP address, so that a trunk could lead there."""
    if ":" in whom and not whom.startswith("tel:"):
        return bool(_host_of(whom))
    marks = set(whom.removeprefix("tel:"))
    return bool(marks & DIALLED) and marks <= DIALLED | SEPARATORS


def dialled(whom: str) -> str:
    """A number without what people write between its digits; "" for none."""
    return "".join(mark for mark in whom if mark in DIALLED)[:DIGITS_MAX]


def transport_of(trunk: Trunk) -> Transport:
    """Over what the trunk is spoken to."""
    return Transport(trunk.transport)


def _host_of(whom: str) -> str:
    """The host of a SIP address; "" for a number."""
    if ":" not in whom:
        return ""
    try:
        return read_uri(whom).host
    except ParseError:
        return ""


def _target(whom: str, trunk: Trunk) -> str:
    if _host_of(whom):
        return whom
    digits = dialled(whom)
    port = f":{trunk.port}" if trunk.port else ""
    way = "" if trunk.transport == "udp" else f";transport={trunk.transport}"
    return f"sip:{digits}@{bracketed(trunk.address_domain)}{port}{way}" if digits else ""
