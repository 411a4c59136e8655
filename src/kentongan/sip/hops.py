"""Max-Forwards: how many more exchanges a call may pass (RFC 3261 section 20.22).

Whoever stands in the middle of two calls passes it on, less one (RFC 7332): a ring of exchanges
that send a call to each other comes to an end.
"""

from typing import Final

from kentongan.sip.message import Headers

HOPS: Final = 70
"""What a call begins with, and what one is taken to have that does not say (section 8.1.1.6)."""

_DIGITS_MAX = 3  # it counts to 255


def hops_of(headers: Headers) -> int:
    """What a request has left; never raises."""
    digits = (headers.find("max-forwards") or "").strip(" \t")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS_MAX
    return int(digits) if is_number else HOPS


def hops_after(hops: int, *, most: int = HOPS) -> int:
    """What a call of ours carries that is made for one with so many; one proxy is always passed."""
    return max(1, min(hops - 1, most))
