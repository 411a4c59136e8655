"""Transactions: the ground of the four machines of RFC 3261 section 17, as amended by RFC 6026.

A machine is told what arrived, what to send and what time it is; it returns effects and keeps its
own timers by the names the RFC gives them. It never waits and knows no dialog. Times are seconds
on any clock that does not go back.

    server INVITE     proceeding -> completed -> confirmed -> terminated      (3xx to 6xx)
                      proceeding -> accepted -> terminated                    (2xx)
    server, others    trying -> proceeding -> completed -> terminated
    client INVITE     calling -> proceeding -> completed | accepted -> terminated
    client, others    trying -> proceeding -> completed -> terminated

This module holds what all four share; `server_transaction` and `client_transaction` the machines.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from kentongan.sip.address import Address, Transport
from kentongan.sip.message import Request, Response

T1_S = 0.5
"""Estimate of a round trip (section 17.1.1.1)."""
T2_S = 4.0
"""Longest pause between repeats of anything but an INVITE."""
T4_S = 5.0
"""How long a message stays in the network."""
LIFE_S = 64 * T1_S
"""Timers B, F, H, J, L and M: 32 s, then the other side is held to be gone."""
PROVISIONAL_S = 60.0
"""A ringing call is told so each minute, or proxies give up (section 13.3.1.1)."""


class State(StrEnum):
    TRYING = "trying"
    CALLING = "calling"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class Timer(StrEnum):
    """Timers by their letters, and those of responses that are told again.

    RESEND: the 2xx. RING: the last provisional. PRACK, PRACK_END: a reliable provisional, and its
    end. HELD: an answer that waits for a PRACK goes without it.
    """

    A = "A"
    B = "B"
    D = "D"
    E = "E"
    F = "F"
    G = "G"
    H = "H"
    I = "I"  # noqa: E741 -- the RFC's name
    J = "J"
    K = "K"
    L = "L"
    M = "M"
    RESEND = "RESEND"
    RING = "RING"
    PRACK = "PRACK"
    PRACK_END = "PRACK_END"
    HELD = "HELD"


class Send(Struct, frozen=True):
    """Send these octets where this transaction sends."""

    data: bytes


class Deliver(Struct, frozen=True):
    """A response the user of the transaction has to see."""

    response: Response


class Expired(Struct, frozen=True):
    """Nobody answered: no final response to a request, or no ACK or PRACK (then `missing`)."""

    missing: str = ""


Effect = Send | Deliver | Expired


class Purpose(StrEnum):
    """Why the stack sent a request in a dialog: what its answer is for."""

    PLAIN = "plain"
    PROBE = "probe"
    REFRESH = "refresh"


class Ask(Struct, frozen=True, kw_only=True):
    """A request of ours in a dialog, as it was wanted: enough to ask again."""

    method: str
    body: bytes = b""
    content_type: str = "application/sdp"
    extra: tuple[tuple[str, str], ...] = ()
    purpose: Purpose = Purpose.PLAIN
    tries: int = 0


class Machine:
    """What all four share: where they send, their state and their timers."""

    def __init__(self, request: Request, peer: Address, transport: Transport, state: State) -> None:
        self.request = request
        self.peer = peer
        self.transport = transport
        self.state = state
        self.timers: dict[Timer, float] = {}
        self.interval_s = T1_S
        self.dialog = ""
        """The dialog this transaction belongs to; the user of the machine sets it."""
        self.source = peer
        """Where a request really came from, for limits per source; the user may set it."""
        self.name = ""
        """What the user of the stack calls a request of ours outside dialogs."""
        self.ask: Ask | None = None
        """What a request of ours in a dialog was for; the user sets it."""
        self.attempts = 0
        """How often a request of ours was sent again with other header fields."""
        self.watched_at: float | None = None
        """The moment its user's alarm is set to, so that the same alarm is not set twice."""

    @property
    def due_at(self) -> float | None:
        """When `fire` wants to be called next."""
        return min(self.timers.values(), default=None)

    @property
    def is_over(self) -> bool:
        return self.state is State.TERMINATED

    def fire(self, now: float) -> list[Effect]:
        """Let every timer that is due at `now` run out, once."""
        due = sorted((at, timer) for timer, at in self.timers.items() if at <= now)
        effects: list[Effect] = []
        for _, timer in due:
            if self.timers.pop(timer, None) is not None:
                effects += self._expire(timer, now)
        return effects

    def _expire(self, timer: Timer, now: float) -> list[Effect]:
        raise NotImplementedError

    def _end(self) -> None:
        self.state = State.TERMINATED
        self.timers.clear()

    def _repeat_after(self, timer: Timer, now: float, most_s: float) -> None:
        self.interval_s = min(self.interval_s * 2, most_s)
        self.timers[timer] = now + self.interval_s

    def _unless_reliable(self, seconds: float) -> float:
        return 0.0 if self.transport.is_reliable else seconds
