"""Requests from a peer: the two server machines of RFC 3261 section 17.2, with RFC 6026.

Beyond section 17 the INVITE machine also repeats a 2xx until its ACK (13.3.1.4), because the last
response has to live in one place, and the last provisional each minute (13.3.1.1). Where `rseq` is
set it sends provisionals reliably and holds back what may not overtake them (RFC 3262 section 3).
"""

from __future__ import annotations

from kentongan.sip.address import Address, Transport
from kentongan.sip.fields import BRANCH_COOKIE, call_id_of, cseq_of, from_of, via_of
from kentongan.sip.message import Request, Response, encode
from kentongan.sip.reliable import HELD_MAX, bare, numbered
from kentongan.sip.transaction import (
    LIFE_S,
    PROVISIONAL_S,
    T1_S,
    T2_S,
    T4_S,
    Effect,
    Expired,
    Machine,
    Send,
    State,
    Timer,
)


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


class ServerInvite(Machine):
    """An INVITE from a peer (section 17.2.1, RFC 6026 section 7.1)."""

    def __init__(self, request: Request, peer: Address, transport: Transport) -> None:
        super().__init__(request, peer, transport, State.PROCEEDING)
        self.last: Response | None = None
        self.origin: tuple[str, str, int] | None = None
        """What the INVITE has in common with merged copies of it (section 8.2.2.2)."""
        self.rseq = 0
        """RSeq of the next reliable provisional; 0: the peer knows no reliable ones."""
        self.unacknowledged: Response | None = None
        """The reliable provisional whose PRACK is missing."""
        self.held: list[Response] = []
        """What may go only after that PRACK, a 2xx alone or last."""
        self.hold_s: float | None = None
        """How long anything waits for a PRACK; None: as long as the provisional is repeated."""
        self.late_rseq = 0
        """RSeq of the provisional that was not waited for any longer: its PRACK is welcome."""
        self.is_described = False
        """Whether a reliable provisional has carried our description."""

    @property
    def holds_answer(self) -> bool:
        """Whether it is answered, but the 2xx waits for a PRACK."""
        return bool(self.held) and self.held[-1].status >= 200

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

    def reply(self, response: Response, now: float) -> list[Effect]:
        """Answer in the order RFC 3262 asks for: at once, or when the PRACK has come."""
        if response.status >= 300 or response.status == 100 or not self.rseq:
            if response.status >= 200:
                self.held.clear()
            return self.answer(response, now)
        waiting = self.unacknowledged
        if response.status >= 200:
            self.held.clear()  # a provisional is no news any more
            if waiting is None or not waiting.body:
                return self.answer(response, now)
        elif waiting is None:
            return self._reliably(response, now)
        if self.hold_s is not None:
            self.timers.setdefault(Timer.HELD, now + self.hold_s)
        if len(self.held) < HELD_MAX:
            self.held.append(response)
        return []

    def _reliably(self, response: Response, now: float) -> list[Effect]:
        self.last = self.unacknowledged = numbered(response, self.rseq)
        self.rseq += 1
        self.is_described |= bool(response.body)
        self.interval_s = T1_S
        self._await_prack(now)
        return [Send(encode(self.last))]

    def _await_prack(self, now: float) -> None:
        self.timers = {Timer.PRACK: now + T1_S, Timer.PRACK_END: now + LIFE_S}
        if self.held and self.hold_s is not None:
            self.timers[Timer.HELD] = now + self.hold_s

    def awaits_prack(self, rseq: int) -> bool:
        """Whether a PRACK of that number is missing."""
        is_next = self.unacknowledged is not None and rseq == self.rseq - 1
        return is_next or rseq == self.late_rseq > 0

    def pracked(self, now: float) -> list[Effect]:
        """The PRACK came: no more repeats, and what waited for it may go (section 3)."""
        self.unacknowledged, self.late_rseq = None, 0
        if self.state is not State.PROCEEDING:
            return []
        self.timers = {Timer.RING: now + PROVISIONAL_S}
        return self._release(now)

    def resume(self, last: Response, now: float) -> list[Effect]:
        """Go on after a restart with the last provisional: repeat it if its PRACK is missing."""
        self.last = last
        if self.unacknowledged is None:
            self.timers = {Timer.RING: now + PROVISIONAL_S}
            return []
        self._await_prack(now)
        return [Send(encode(last))]

    def unheard(self, now: float) -> list[Effect]:
        """No PRACK has come in time: go on without reliable responses."""
        late, self.rseq = self.rseq - 1, 0
        effects = self.pracked(now)
        self.late_rseq = late
        while self.held:
            effects += self._release(now)
        return effects

    def _release(self, now: float) -> list[Effect]:
        return self.reply(self.held.pop(0), now) if self.held else []

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
            if self.rseq and self.last is not None:
                return self._reliably(bare(self.last), now)
            self.timers[Timer.RING] = now + PROVISIONAL_S
        elif timer is Timer.PRACK:
            self._repeat_after(Timer.PRACK, now, LIFE_S)
        elif timer is Timer.PRACK_END:
            self.timers.clear()
            return [Expired("PRACK")]
        elif timer is Timer.HELD:
            return self.unheard(now)
        elif timer is Timer.G:
            self._repeat_after(Timer.G, now, T2_S)
        elif timer is Timer.RESEND:
            self._repeat_after(Timer.RESEND, now, T2_S)
        else:
            lost = timer is Timer.L and self.awaits_ack
            self._end()
            return [Expired("ACK")] if lost else []
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


Server = ServerInvite | ServerRequest
