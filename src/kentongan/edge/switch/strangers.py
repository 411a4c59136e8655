"""Datagrams from networks that belong to no trunk: counted, and a few answered and logged.

They never reach the SIP stack: a flood from forged sources takes no memory and no time from calls.
The first ones a second are told 403, so that a carrier whose new address was not entered finds out
why; all others get silence. An answer from an address that nothing was sent to is said in the log:
a carrier that answers from another address than the one that is asked looks like a dead one.
"""

from kentongan.edge.switch.allowance import Allowance
from kentongan.edge.switch.board import Counts
from kentongan.edge.switch.notices import Notices
from kentongan.sip.address import Address, Outgoing, Transport
from kentongan.sip.grammar import readable
from kentongan.sip.stateless import refusal_of

ANSWERS_PER_S = 5.0
"""Enough for a technician who looks why nothing gets through; as a reflector worth nothing."""

ANSWERS_BURST = 20.0

ASKED_BYTES_MAX = 120
"""Of what a stranger asked for, in the log: method and the number that was dialled."""

UNASKED = 481
"""What a stranger's NOTIFY gets: 403 would not end its subscription (RFC 6665 section 4.2.2)."""

_ANSWER = b"SIP/2.0 "


class Strangers:
    """Bound to the counts of one switch; the log has each source once, as far as `notices` go."""

    def __init__(self, counts: Counts, notices: Notices) -> None:
        self._counts = counts
        self._notices = notices
        self._answers = Allowance(ANSWERS_PER_S, ANSWERS_BURST)

    def answer(
        self, data: bytes, source: Address, transport: Transport, now: float
    ) -> Outgoing | None:
        """What to send to whoever sent that; None for silence."""
        if data.startswith(_ANSWER):
            self._notices.say("stranger_answer", source.host, f"not asked, dropped: {_first(data)}")
        if data.startswith((_ANSWER, b"ACK ")):
            return None
        self._counts.strangers += 1
        status = UNASKED if data.startswith(b"NOTIFY ") else 403
        if not transport.is_reliable:  # of a connection it was said when it came
            told = f"SIP over {transport.upper()}, {status}: {_first(data)}"
            self._notices.say("stranger", source.host, told)
        return refusal_of(data, source, transport, status) if self._answers.take(now) else None


def _first(data: bytes) -> str:
    """The first line, as people can read it."""
    return readable(data.partition(b"\n")[0][:ASKED_BYTES_MAX].decode("latin-1").strip())
