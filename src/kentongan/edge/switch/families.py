"""By which IP family a telephone's sound goes, and whether our media processes speak it.

SIP may be listened for on both families; sound is bound on one address, or on one of each family
(`media_hosts`). Each telephone's leg is bound on one of them for as long as it is there. One of a
family without an address would be answered and hear nothing, for ever, so it is told before the
answer, and whoever is rung by such a trunk is not rung at all. Pure.
"""

import ipaddress
from typing import Literal

from msgspec.structs import replace

from kentongan.edge.switch.record import SipLeg

Family = Literal[4, 6]


def family_of(host: str) -> Family | None:
    """4 or 6; None for what is no address, or says that there is none yet (hold, unusable)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if address.is_unspecified else _version(address)


def version_of(host: str) -> Family:
    """4 or 6, also of what is bound on every address. Raises `ValueError`."""
    return _version(ipaddress.ip_address(host))


def is_heard(leg: SipLeg, source: str, media_hosts: tuple[str, ...]) -> bool:
    """Whether that telephone's sound, or text, can come to us.

    It goes to where its description says; where that names no place, to where its SIP comes from.
    The leg stays where it is bound (`bound`); one of before there was a choice is on the first.
    """
    ours = leg.family or version_of(media_hosts[0])
    return _wanted(leg, source) in {None, ours}


def is_reached(leg: SipLeg, host: str) -> bool:
    """Whether the leg, where it is bound, can send there."""
    return leg.family is None or family_of(host) in {None, leg.family}


def bound(leg: SipLeg, source: str, media_hosts: tuple[str, ...]) -> SipLeg:
    """The leg on the family of its telephone; on that of the first address where it names none."""
    ours = tuple(version_of(host) for host in media_hosts)
    wanted = _wanted(leg, source)
    return replace(leg, family=wanted if wanted in ours else ours[0])


def _wanted(leg: SipLeg, source: str) -> Family | None:
    text = "" if leg.text is None else leg.text.offered.address
    for host in (leg.ip or "", text, source):
        if family := family_of(host):
            return family
    return None


def _version(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Family:
    return 4 if address.version == 4 else 6
