"""The four transaction machines of RFC 3261 section 17, as amended by RFC 6026.

A machine is told what arrived, what to send and what time it is; it returns effects and keeps its
own timers by the names the RFC gives them. It never waits and knows no dialog. Times are seconds
on any clock that does not go back.

    server INVITE     proceeding -> completed -> confirmed -> terminated      (3xx to 6xx)
                      proceeding -> accepted -> terminated                    (2xx)
    server, others    trying -> proceeding -> completed -> terminated
    client INVITE     calling -> proceeding -> completed | accepted -> terminated
    client, others    trying -> proceeding -> completed -> terminated

Beyond section 17: the server INVITE machine also repeats a 2xx until its ACK (13.3.1.4), because
the last response has to live in one place, and the last provisional each minute (13.3.1.1).
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from kentongan.sip.address import Address, Transport
from kentongan.sip.build import ack_of_failure
from kentongan.sip.fields import BRANCH_COOKIE, call_id_of, cseq_of, from_of, via_of
from kentongan.sip.message import Request, Response, encode

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
    """Timers by their letters; RESEND and RING are those of the 2xx and the last provisional."""

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


class Send(Struct, frozen=True):
    """Send these octets where this transaction sends."""

    data: bytes


class Deliver(Struct, frozen=True):
    """A response the user of the transaction has to see."""

    response: Response


class Expired(Struct, frozen=True):
    """Nobody answered: no ACK for a 2xx, or no final response to a request."""


Effect = Send | Deliver | Expired


def server_key(request: Request, method: str = "") -> str:
    """What tells a server transaction from all others (section 17.2.3).

    An ACK belongs to the transaction of its INVITE; `method` names another one, as CANCEL needs.
    """
    via = via_of(request)
    method = method or ("INVITE" if request.method == "ACK" else request.method)
    sent_by = via.sent_by.lower()
    if via.branch.startswith(BRANCH_COOKIE) and len(via.branch) > len(BRANCH_COOKIE):
        return f"{via.branch}|{sent_by}|{method}"
    tag, number = from_of(request).tag, cseq_of(request).number
    return f"{call_id_of(request)}|{tag}|{number}|{via.branch}|{sent_by}|{method}"


def client_key(message: Request | Response) -> str:
    """Branch of the top Via and method of the CSeq (section 17.1.3)."""
    return f"{via_of(message).branch}|{cseq_of(message).method}"


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


class ServerInvite(Machine):
    """An INVITE from a peer (section 17.2.1, RFC 6026 section 7.1)."""

    def __init__(self, request: Request, peer: Address, transport: Transport) -> None:
        super().__init__(request, peer, transport, State.PROCEEDING)
        self.last: Response | None = None
        self.origin: tuple[str, str, int] | None = None
        """What the INVITE has in common with merged copies of it (section 8.2.2.2)."""

    @property
    def is_unanswered(self) -> bool:
        return self.state is State.PROCEEDING

    @property
    def awaits_ack(self) -> bool:
        """Whether a 2xx was sent and is still being repeated."""
        return self.state is State.ACCEPTED and Timer.RESEND in self.timers

    def repeated(self) -> list[Effect]:
        """The peer sent its INVITE again: the last response again, unless it has arrived."""
        settled = self.state is State.CONFIRMED or (
            self.state is State.ACCEPTED and not self.awaits_ack
        )
        return [] if settled or self.last is None else [Send(encode(self.last))]

    def answer(self, response: Response, now: float) -> list[Effect]:
        self.last = response
        self.timers.clear()
        self.interval_s = T1_S
        if response.status < 200:
            if response.status > 100:
                self.timers[Timer.RING] = now + PROVISIONAL_S
        elif response.status < 300:
            self.state = State.ACCEPTED
            self.timers[Timer.L] = now + LIFE_S
            self.timers[Timer.RESEND] = now + T1_S
        else:
            self.state = State.COMPLETED
            self.timers[Timer.H] = now + LIFE_S
            if not self.transport.is_reliable:
                self.timers[Timer.G] = now + T1_S
        return [Send(encode(response))]

    def acknowledged(self, now: float) -> None:
        """Its ACK came: by branch for a failure, by dialog for a 2xx."""
        if self.state is State.ACCEPTED:
            self.timers.pop(Timer.RESEND, None)
        elif self.state is State.COMPLETED:
            self.state = State.CONFIRMED
            self.timers = {Timer.I: now + self._unless_reliable(T4_S)}

    def _expire(self, timer: Timer, now: float) -> list[Effect]:
        if timer is Timer.RING:
            self.timers[Timer.RING] = now + PROVISIONAL_S
        elif timer is Timer.G:
            self._repeat_after(Timer.G, now, T2_S)
        elif timer is Timer.RESEND:
            self._repeat_after(Timer.RESEND, now, T2_S)
        else:
            lost = timer is Timer.L and self.awaits_ack
            self._end()
            return [Expired()] if lost else []
        return [] if self.last is None else [Send(encode(self.last))]


class ServerRequest(Machine):
    """Any other request from a peer (section 17.2.2)."""

    def __init__(self, request: Request, peer: Address, transport: Transport) -> None:
        super().__init__(request, peer, transport, State.TRYING)
        self.last: Response | None = None

    @property
    def is_unanswered(self) -> bool:
        return self.state in {State.TRYING, State.PROCEEDING}

    def repeated(self) -> list[Effect]:
        return [] if self.last is None else [Send(encode(self.last))]

    def answer(self, response: Response, now: float) -> list[Effect]:
        self.last = response
        if response.status < 200:
            self.state = State.PROCEEDING
        else:
            self.state = State.COMPLETED
            self.timers = {Timer.J: now + self._unless_reliable(LIFE_S)}
        return [Send(encode(response))]

    def _expire(self, timer: Timer, now: float) -> list[Effect]:
        del timer, now
        self._end()
        return []


class ClientInvite(Machine):
    """Our INVITE (section 17.1.1, RFC 6026 section 7.2)."""

    def __init__(self, request: Request, peer: Address, transport: Transport) -> None:
        super().__init__(request, peer, transport, State.CALLING)
        self._has_succeeded = False

    @property
    def is_unanswered(self) -> bool:
        return self.state in {State.CALLING, State.PROCEEDING}

    @property
    def may_cancel(self) -> bool:
        """Whether a provisional response has come: not before (section 9.1)."""
        return self.state is State.PROCEEDING

    def first_success(self) -> bool:
        """True once: the first 2xx is news, its repeats are not."""
        first, self._has_succeeded = not self._has_succeeded, True
        return first

    def start(self, now: float) -> list[Effect]:
        self.timers[Timer.B] = now + LIFE_S
        if not self.transport.is_reliable:
            self.timers[Timer.A] = now + T1_S
        return [Send(encode(self.request))]

    def resume(self) -> None:
        """Go on where a provisional response has been seen, without sending anything."""
        self.state = State.PROCEEDING
        self.timers.clear()

    def abandon(self, now: float) -> None:
        """A CANCEL was sent: without a final response in 32 s the call is over (section 9.1)."""
        self.timers[Timer.B] = now + LIFE_S

    def receive(self, response: Response, now: float) -> list[Effect]:
        if self.is_unanswered:
            return self._answered(response, now)
        if self.state is State.COMPLETED and response.status >= 300:
            return [Send(encode(ack_of_failure(self.request, response)))]
        if self.state is State.ACCEPTED and 200 <= response.status < 300:
            return [Deliver(response)]
        return []

    def _answered(self, response: Response, now: float) -> list[Effect]:
        if response.status < 200:
            if self.state is State.CALLING:
                self.resume()
            return [Deliver(response)]
        self.timers.clear()
        if response.status < 300:
            self.state = State.ACCEPTED
            self.timers[Timer.M] = now + LIFE_S
            return [Deliver(response)]
        self.state = State.COMPLETED
        self.timers[Timer.D] = now + self._unless_reliable(LIFE_S)
        return [Send(encode(ack_of_failure(self.request, response))), Deliver(response)]

    def _expire(self, timer: Timer, now: float) -> list[Effect]:
        if timer is Timer.A:
            self._repeat_after(Timer.A, now, LIFE_S)
            return [Send(encode(self.request))]
        self._end()
        return [Expired()] if timer is Timer.B else []


class ClientRequest(Machine):
    """Any other request of ours (section 17.1.2)."""

    def __init__(self, request: Request, peer: Address, transport: Transport) -> None:
        super().__init__(request, peer, transport, State.TRYING)

    @property
    def is_unanswered(self) -> bool:
        return self.state in {State.TRYING, State.PROCEEDING}

    def start(self, now: float) -> list[Effect]:
        self.timers[Timer.F] = now + LIFE_S
        if not self.transport.is_reliable:
            self.timers[Timer.E] = now + T1_S
        return [Send(encode(self.request))]

    def receive(self, response: Response, now: float) -> list[Effect]:
        if not self.is_unanswered:
            return []
        if response.status < 200:
            self.state = State.PROCEEDING
        else:
            self.state = State.COMPLETED
            self.timers = {Timer.K: now + self._unless_reliable(T4_S)}
        return [Deliver(response)]

    def _expire(self, timer: Timer, now: float) -> list[Effect]:
        if timer is Timer.E:
            longest = self.state is State.PROCEEDING
            self._repeat_after(Timer.E, now, T2_S)
            if longest:
                self.timers[Timer.E] = now + T2_S
            return [Send(encode(self.request))]
        self._end()
        return [Expired()] if timer is Timer.F else []


Server = ServerInvite | ServerRequest
Client = ClientInvite | ClientRequest
