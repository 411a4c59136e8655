"""Between the sockets and the SIP stack: what each source may ask for, and fair turns between them.

A trunk that has gone mad costs itself and nobody else. Reading a message takes a hundred times as
long as looking what it is, so that is done first: whatever belongs to a call that lives always
passes; an INVITE of a new call passes at any rate that calls come in at; all else has an allowance.
What is over it is dropped and counted, and logged once per source. What passes waits in its
source's own line; sources are served in turn, so that a line of any length delays its owner alone.

Where the process is late, what belongs to living calls goes before new ones: of two that waited, a
caller who has hung up gives back the line that the next one needs, and who talks waits for nothing.
"""

import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

from kentongan.edge.switch.allowance import Allowance
from kentongan.edge.switch.board import Counts
from kentongan.edge.switch.connection import Receive
from kentongan.edge.switch.notices import Notices
from kentongan.sip.address import Address, Transport

CALLS_PER_S, CALLS_BURST = 200.0, 2_000.0
"""New INVITEs of one source, repeats too: ten times the worst hour that is planned for (1,000 calls
within 60 s), and all of them at once from an exchange that comes back. A call rings first."""

OTHERS_PER_S, OTHERS_BURST = 100.0, 500.0
"""Requests outside calls, answers, and noise of one source: a pair of proxies asks twice a second;
the burst is for answers to calls that were turned away together."""

SOURCES_MAX: Final = 1_024
"""Hosts whose allowance is remembered; those unheard for longest are forgotten, and begin anew."""

WAITING_MAX: Final = 4_000
"""Messages of one source that wait; more than it is ever allowed at once."""

OF_CALLS_IN_A_ROW: Final = 16
"""So many of one source's messages about living calls go before one of its other messages: a storm
about one call cannot keep its new calls waiting for ever."""

TURN_S: Final = 0.002
"""Messages are handled so long before the sockets are looked at again: they hold what else came."""

_CALL_ID = re.compile(rb"\n(?:call-id|i)[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r?\n", re.IGNORECASE)
_TO_TAG = re.compile(rb"\n(?:to|t)[ \t]*:[^\r\n]*;[ \t]*tag[ \t]*=", re.IGNORECASE)
HEAD_BYTES: Final = 8_192
"""What of a message is looked at for its Call-ID; real ones have it in the first 1,000."""


class Kind(Enum):
    """What a message is, before it is read."""

    OF_CALL = "of_call"
    NEW_CALL = "new_call"
    OTHER = "other"


class _Message(NamedTuple):
    data: bytes
    source: Address
    transport: Transport


class _Source:
    """One host: what it may still send, and what of it waits."""

    def __init__(self) -> None:
        self.allowances = {
            Kind.NEW_CALL: Allowance(CALLS_PER_S, CALLS_BURST),
            Kind.OTHER: Allowance(OTHERS_PER_S, OTHERS_BURST),
        }
        self._of_calls: deque[_Message] = deque()
        self._others: deque[_Message] = deque()
        self._in_a_row = 0

    @property
    def waiting(self) -> int:
        """How many of its messages wait."""
        return len(self._of_calls) + len(self._others)

    def put(self, message: _Message, kind: Kind) -> None:
        """One more that waits."""
        (self._of_calls if kind is Kind.OF_CALL else self._others).append(message)

    def next(self) -> _Message:
        """The one whose turn it is; something must wait."""
        is_owed = self._in_a_row >= OF_CALLS_IN_A_ROW and bool(self._others)
        if self._of_calls and not is_owed:
            self._in_a_row += 1
            return self._of_calls.popleft()
        self._in_a_row = 0
        return self._others.popleft()


class Intake:
    """Bound to one switch. `receive` takes what the sockets give; `handle` gets it in turn."""

    def __init__(
        self,
        handle: Receive,
        *,
        has_call: Callable[[str], bool],
        counts: Counts,
        notices: Notices,
        soon: Callable[[Callable[[], None]], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`has_call` knows the Call-IDs of calls that live; `soon` runs a thing in a moment."""
        self._handle = handle
        self._has_call = has_call
        self._counts = counts
        self._notices = notices
        self._soon = soon
        self._clock = clock
        self._sources: OrderedDict[str, _Source] = OrderedDict()
        self._turns: deque[_Source] = deque()  # those with something that waits
        self._is_due = False

    def receive(self, data: bytes, source: Address, transport: Transport) -> None:
        """One message as it came in."""
        host = self._source(source.host)
        kind = self._kind_of(data)
        is_over = kind is not Kind.OF_CALL and not host.allowances[kind].take(self._clock())
        if is_over or host.waiting >= WAITING_MAX:
            self._counts.over_allowance += 1
            self._notices.say(
                "over_allowance", source.host, f"SIP over {transport.upper()}: too much of it"
            )
            return
        if not host.waiting:
            self._turns.append(host)
        host.put(_Message(data, source, transport), kind)
        self._be_due()

    @property
    def has_waiting(self) -> bool:
        """Whether something of somebody has still to be handled."""
        return bool(self._turns)

    def close(self) -> None:
        """Handle nothing any more: there is nobody left to answer."""
        self._turns.clear()

    def _serve(self) -> None:
        """One message of each source in turn, for a short while."""
        self._is_due = False
        until = self._clock() + TURN_S
        try:
            while self._turns:
                host = self._turns.popleft()
                message = host.next()
                if host.waiting:
                    self._turns.append(host)
                self._counts.messages += 1
                self._handle(*message)
                if self._clock() >= until:
                    break
        finally:
            if self._turns:
                self._be_due()

    def _be_due(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._soon(self._serve)

    def _source(self, host: str) -> _Source:
        known = self._sources.get(host)
        if known is None:
            known = self._sources[host] = _Source()
            if len(self._sources) > SOURCES_MAX:
                self._sources.popitem(last=False)
        self._sources.move_to_end(host)
        return known

    def _kind_of(self, data: bytes) -> Kind:
        head = data[:HEAD_BYTES]
        found = _CALL_ID.search(head)
        if found is not None and self._has_call(found[1].decode("utf-8", "replace")):
            return Kind.OF_CALL
        is_first = head.startswith(b"INVITE ") and _TO_TAG.search(head) is None
        return Kind.NEW_CALL if is_first else Kind.OTHER
