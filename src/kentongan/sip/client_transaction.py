"""Requests of ours: the two client machines of RFC 3261 section 17.1, with RFC 6026.

Each is told what came back and what time it is. The ACK of a failure is sent here, that of a 2xx
by the user of the machine, which knows the dialog.
"""

from __future__ import annotations

from kentongan.sip.address import Address, Transport
from kentongan.sip.build import ack_of_failure
from kentongan.sip.fields import cseq_of, via_of
from kentongan.sip.message import Request, Response, encode
from kentongan.sip.transaction import (
    LIFE_S,
    T1_S,
    T2_S,
    T4_S,
    Deliver,
    Effect,
    Expired,
    Machine,
    Send,
    State,
    Timer,
)


def client_key(message: Request | Response) -> str:
    """Branch of the top Via and method of the CSeq (section 17.1.3)."""
    return f"{via_of(message).branch}|{cseq_of(message).method}"


class ClientInvite(Machine):
    """Our INVITE (section 17.1.1, RFC 6026 section 7.2)."""

    def __init__(self, request: Request, peer: Address, transport: Transport) -> None:
        super().__init__(request, peer, transport, State.CALLING)
        self._has_succeeded = False

    @property
    def is_unanswered(self) -> bool:
        return self.state in {State.CALLING, State.PROCEEDING}

    @property
    def is_unheard(self) -> bool:
        """Whether nothing at all has come back."""
        return self.state is State.CALLING

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


Client = ClientInvite | ClientRequest
