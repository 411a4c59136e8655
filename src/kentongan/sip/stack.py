"""The SIP stack of a centre: octets and fired timers in, events and octets out. No I/O.

    events = stack.receive(data, source, transport, now)      # a datagram, or a message of a stream
    events = stack.poll(now)                                  # at stack.next_timer()
    ... decide, stack.respond(...), stack.save(...), COMMIT ...
    for outgoing in stack.drain(): send(outgoing)

Nothing is sent before the caller drains `out`, so the caller can first commit what it promises.
`now` is seconds on a clock that never goes back. No input raises: what cannot be read becomes a
`Malformed` event, and an action on something that is gone returns False.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Outgoing, Transport
from kentongan.sip.alarms import Alarm
from kentongan.sip.answerer import Answerer
from kentongan.sip.asker import Asker
from kentongan.sip.build import ExtraHeaders, answer_to_malformed
from kentongan.sip.callee import Callee
from kentongan.sip.caller import Caller
from kentongan.sip.dialog import METHODS, Dialog
from kentongan.sip.errors import ParseError
from kentongan.sip.insider import ACCEPT, Insider
from kentongan.sip.message import Headers, Response, encode
from kentongan.sip.outside import Outside
from kentongan.sip.parse import parse_message
from kentongan.sip.renewal import Renewal
from kentongan.sip.requester import Requester
from kentongan.sip.salvage import salvaged
from kentongan.sip.saved import Adoption, save
from kentongan.sip.session_timer import SESSION_S
from kentongan.sip.subscription import Subscriber
from kentongan.sip.table import IsDirect, OwnersOf, Table

KEEP_ALIVE_BYTES_MAX = 4
"""A datagram of line breaks (or empty) up to this size is a keep-alive, not a message."""


Caught = Callable[[str], AbstractContextManager[None]]
"""Where faults of a timer go to; the text says what was done."""


def _uncaught(doing: str) -> AbstractContextManager[None]:
    del doing
    return nullcontext()


def _is_behind_nat(peer: Address, transport: Transport) -> bool:
    del peer, transport
    return False


def _is_nobodys(source: Address, transport: Transport) -> tuple[str, ...]:
    del source, transport
    return ()


class Stack:
    """One user agent, both sides of it: an emergency centre's trunks end here."""

    def __init__(
        self,
        token: Callable[[], str],
        local: Iterable[Listener],
        user_agent: str,
        *,
        contact_user: str = "112",
        methods: frozenset[str] = frozenset(),
        session_s: int = SESSION_S,
        is_direct: IsDirect = _is_behind_nat,
        owners_of: OwnersOf = _is_nobodys,
    ) -> None:
        """`token` gives 64 or more random bits as token characters, anew at each call.

        `local` are our addresses as announced, at least one. `methods` are methods the switch
        answers itself (events `OtherRequest` with `answered` None), such as MESSAGE outside
        dialogs. `session_s` is the session timer our calls ask for (RFC 4028), 0 for none.
        `is_direct` knows whose private addresses can be reached from here; nobody's by default.
        `owners_of` knows whose an address is: a dialog is heard from its owner's alone.
        """
        allow = ", ".join((*METHODS, *sorted(methods - frozenset(METHODS))))
        self._table = table = Table(token, local, user_agent, contact_user, is_direct, owners_of)
        requester = Requester(table, allow)
        self._renewal = Renewal(table, requester)
        self._caller = Caller(table, requester, self._renewal, session_s)
        self._answerer = Answerer(table, requester, self._renewal, allow)
        insider = Insider(table, self._answerer, allow, methods)
        self._subscriber = Subscriber(table, requester, self._answerer)
        self._callee = Callee(table, self._answerer, insider, self._subscriber, allow, methods)
        self._asker = Asker(table, requester, self._renewal, self._answerer)
        self._adoption = Adoption(table, requester, self._renewal, self._answerer, self._caller)

    @property
    def out(self) -> list[Outgoing]:
        """What waits to be sent, in order."""
        return self._table.out

    def drain(self) -> list[Outgoing]:
        """Take everything that is to be sent."""
        taken, self._table.out = self._table.out, []
        return taken

    @property
    def dialogs(self) -> Mapping[str, Dialog]:
        """All dialogs by id."""
        return self._table.dialogs

    @property
    def kept(self) -> int:
        """Requests of peers that are remembered: what a flood would fill."""
        return len(self._table.servers)

    def concerns(self, host: str) -> bool:
        """Whether that host has a part in a dialog of ours: its messages must get here."""
        return self._table.dialogs.concern(host)

    def remembers(self, host: str) -> bool:
        """Whether a request of that host is remembered: its repeats get the same answer."""
        return self._table.servers.count_from(host) > 0

    def awaits(self, host: str) -> bool:
        """Whether a request of ours went there: its answers must get here."""
        return self._table.clients.await_answer_of(host)

    def has_call(self, call_id: str) -> bool:
        """Whether a dialog with that Call-ID is remembered, early ones too."""
        return self._table.dialogs.has_call(call_id)

    def receive(
        self, data: bytes, source: Address, transport: Transport, now: float
    ) -> list[events.Event]:
        """Take one message. Runs no timer: after a pause, read what has arrived, then `poll`."""
        if len(data) <= KEEP_ALIVE_BYTES_MAX and not data.strip(b"\r\n\x00"):
            return []
        try:
            message = parse_message(data, is_tolerant=True)
        except ParseError as error:
            return [self._malformed(error, data, source, transport)]
        if isinstance(message, Response):
            return self._subscriber.follow(self._caller.receive(message, now))
        return self._callee.receive(message, source, transport, now)

    def _malformed(
        self, error: ParseError, data: bytes, source: Address, transport: Transport
    ) -> events.Malformed:
        status = error.status
        headers = error.headers or Headers()
        response = answer_to_malformed(headers, status, error.reason) if status else None
        if response is not None:
            self._table.send(encode(response), source, transport)
        return events.Malformed(
            source=source,
            transport=transport,
            reason=error.reason,
            answered=response.status if response else None,
            raw=data[: events.RAW_BYTES_MAX],
            invite=salvaged(data, error, source, transport) if response is not None else None,
        )

    def poll(self, now: float, caught: Caught = _uncaught) -> list[events.Event]:
        """Let all timers run that are due by `now`, each within `caught`: none costs another."""
        found: list[events.Event] = []
        while True:
            if (due := self._table.pop_due(now)) is not None:
                is_server, key = due
                side = self._answerer if is_server else self._caller
                with caught("running a timer"):
                    found += self._subscriber.follow(side.fire(key, now))
            elif (due_alarm := self._table.alarms.pop_due(now)) is not None:
                with caught("running an alarm"):
                    found += self._alarmed(*due_alarm, now)
            else:
                return found

    def _alarmed(self, name: str, alarm: Alarm, now: float) -> list[events.Event]:
        if alarm is Alarm.SUBSCRIPTION:
            return self._subscriber.fire(name, now)
        return self._renewal.fire(name, alarm, now)

    def next_timer(self) -> float | None:
        """When `poll` wants to be called next; None where nothing waits."""
        return self._table.next_timer()

    def respond(
        self,
        request: str,
        status: int,
        *,
        now: float,
        reason: str | None = None,
        body: bytes = b"",
        content_type: str = "application/sdp",
        headers: ExtraHeaders = (),
    ) -> bool:
        """Answer a request by its id, or the unanswered INVITE of a dialog by the dialog's id.

        A provisional goes reliably to a peer that can take it so; what must not overtake one
        waits for its PRACK. False where it is gone or has its final answer already.
        """
        typed = (("Content-Type", content_type),) if body else ()
        return self._answerer.respond(
            request, status, now=now, reason=reason, body=body, extra=(*typed, *headers)
        )

    def invite(
        self,
        target: str,
        body: bytes,
        *,
        now: float,
        peer: Address,
        transport: Transport = Transport.UDP,
        from_uri: str = "",
        headers: ExtraHeaders = (),
        redirects: int = 0,
    ) -> str:
        """Call `target` by way of `peer` with an SDP offer; the key of the call.

        `redirects` is how many redirections (3xx) are followed, all by way of `peer`; a status
        300 to 399 that `is_ended` was one too many.
        """
        wanted = Outside(
            method="INVITE",
            target=target,
            from_uri=from_uri,
            headers=headers,
            body=body,
            content_type="application/sdp",
        )
        return self._caller.invite(
            wanted, now=now, peer=peer, transport=transport, redirects=redirects
        )

    def send(
        self, wanted: Outside, *, now: float, peer: Address, transport: Transport = Transport.UDP
    ) -> str:
        """Send REGISTER, OPTIONS, MESSAGE ... outside dialogs; the key its answers carry as `call`.

        "" for INVITE, ACK, CANCEL and SUBSCRIBE, which are not sent so.
        """
        if wanted.method in {"INVITE", "ACK", "CANCEL", "SUBSCRIBE"}:
            return ""
        return self._caller.send(wanted, now=now, peer=peer, transport=transport)

    def options(
        self, target: str, *, now: float, peer: Address, transport: Transport = Transport.UDP
    ) -> str:
        """Ask whether a peer is there: any `Response` of this key says so, a `Timeout` not."""
        wanted = Outside(method="OPTIONS", target=target, headers=(("Accept", ACCEPT),))
        return self._caller.send(wanted, now=now, peer=peer, transport=transport)

    def retry_with(self, request: str, headers: ExtraHeaders, *, now: float) -> bool:
        """Send a request again that was refused with 401 or 407, with credentials in `headers`.

        `request` is that of the `Response`; to be called while that is handled. Up to five times
        for one request; credentials for other realms are kept. False where it cannot be.
        """
        return self._caller.retry_with(request, headers, now)

    def cancel(self, call: str, *, now: float) -> bool:
        """Give up a call of ours. The CANCEL waits for a provisional response (section 9.1)."""
        return self._caller.cancel(call, now)

    def is_unheard(self, call: str) -> bool:
        """Whether nothing has come back to the INVITE of a call of ours, not even 100."""
        return self._caller.is_unheard(call)

    def bye(self, dialog: str, *, now: float, headers: ExtraHeaders = ()) -> bool:
        """Hang up; after an answer whose ACK is still missing, when it comes (section 15).

        An answer that still waits for a PRACK is taken back. False for a dialog that is gone,
        being hung up, or not answered yet: that one is refused with `respond` or given up with
        `cancel`.
        """
        return self._asker.bye(dialog, now, headers)

    def request(
        self,
        dialog: str,
        method: str,
        *,
        now: float,
        body: bytes = b"",
        content_type: str = "application/sdp",
        headers: ExtraHeaders = (),
    ) -> bool:
        """Send INVITE or UPDATE (with an offer), INFO, MESSAGE, OPTIONS or another in a dialog.

        False where the dialog is gone or cannot take it yet (an early one takes UPDATE, INFO,
        MESSAGE and OPTIONS), where the peer has no UPDATE, or where another change is under way
        (sections 14.1, RFC 3311 5.1): try again when that is over. After a 491 the stack tries
        again by itself.
        """
        return self._asker.request(dialog, method, now, body, content_type, headers)

    def probe(self, dialog: str, *, now: float) -> bool:
        """Ask whether the far side still has this call, early or confirmed.

        An answer comes as `Response`; `ProbeFailed` where none does, and where a confirmed dialog
        is unknown there (481). An early one may be: that answer is a sign of life. False also
        while an earlier probe of it waits.
        """
        return self._asker.probe(dialog, now)

    def refer(
        self,
        dialog: str,
        target: str,
        *,
        now: float,
        replaces: str = "",
        referred_by: str = "",
    ) -> bool:
        """Ask the far side to call `target` (RFC 3515); `Referred` tells how that goes on.

        `replaces` is another dialog of ours, whose far side it shall be connected with (attended
        transfer, RFC 3891). `referred_by` is the URI to name as the one who asks.
        """
        return self._asker.refer(dialog, target, now, replaces, referred_by)

    def notify(self, dialog: str, status: int, *, now: float, reason: str = "") -> bool:
        """Tell the far side how the transfer it asked for goes on; a final status is the last."""
        return self._asker.notify(dialog, status, now, reason)

    def subscribe(
        self, target: str, *, now: float, peer: Address, transport: Transport = Transport.UDP
    ) -> str:
        """Ask to be told where `target` is (event `presence`), by way of `peer` alone; its key.

        `Notified` tells, `SubscriptionEnded` that no more will be told. It is not saved.
        """
        return self._subscriber.subscribe(target, now, peer, transport)

    def unsubscribe(self, subscription: str, *, now: float) -> bool:
        """Be told no more of that; nothing more is. False where it is over already."""
        return self._subscriber.unsubscribe(subscription, now)

    def save(self, name: str) -> dict[str, Any] | None:
        """A dialog, or a call of ours, for the spool; None where there is none of that name."""
        return save(self._table, name)

    def adopt(self, saved: dict[str, Any], now: float) -> str:
        """Go on with what an earlier process saved; returns its dialog id or call key.

        Raises `ParseError` for anything `save` did not write.
        """
        return self._adoption.adopt(saved, now)
