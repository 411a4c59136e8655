"""How a telephone's call ended, in words that the rules understand: hung up, or a line that broke.

An exchange says in a Reason header (RFC 3326) with a cause of Q.850 that it ended a call because
its own line failed; such a BYE is no goodbye, and its caller has to be rung back.
"""

from typing import Final

from kentongan.sip.reason import read_causes

BROKEN: Final = frozenset({27, 34, 38, 41, 42, 43, 44, 46, 47, 102, 111})
"""Q.850, table 1: destination out of order, no circuit, network out of order, temporary failure,
congestion, access information discarded, circuit not available, preempted, resource unavailable,
a timer ran out, protocol error. 127 (interworking) is what gateways say of any hang-up."""


def of_bye(reason: str) -> str:
    """The word for a BYE: `bye`, or `line_broken`."""
    return "line_broken" if _is_broken(reason) else "bye"


def of_cancel(reason: str) -> str:
    """The word for a CANCEL: `cancelled`, or `line_broken`."""
    return "line_broken" if _is_broken(reason) else "cancelled"


def _is_broken(reason: str) -> bool:
    return any(one.protocol == "Q.850" and one.code in BROKEN for one in read_causes(reason))
