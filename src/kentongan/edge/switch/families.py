"""By which IP family a telephone's sound goes, and whether our media processes speak it.

SIP may be listened for on both families, sound on the one of `media_host`. A telephone of the other
one would be answered and hear nothing, for ever, so it is told before the answer, and whoever is
rung by such a trunk is not rung at all. Pure.
"""

import ipaddress

from kentongan.edge.switch.record import SipLeg


def family_of(host: str) -> int | None:
    """4 or 6; None for what is no address, or says that there is none yet (hold, unusable)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if address.is_unspecified else address.version


def is_heard(leg: SipLeg, source: str, media_host: str) -> bool:
    """Whether that telephone's sound, or text, can come to us.

    It goes to where its description says; where that names no place, to where its SIP comes from.
    """
    text = "" if leg.text is None else leg.text.offered.address
    told = (family_of(host) for host in (leg.ip or "", text, source))
    wanted = next((family for family in told if family is not None), None)
    ours = ipaddress.ip_address(media_host).version
    return wanted is None or wanted == ours
