"""A dialog or call under way as a dictionary for the spool, and back (JSON-able both ways).

With the dialog go the INVITE that is still unanswered, the 2xx that is still un-ACKed, the
provisional that is still un-PRACKed and our own requests that nobody has answered, octet by octet,
so that a restarted switch goes on as if it had never been away. Octets are stored as Latin-1 text:
one character per octet. Clocks are not stored: they start anew, early rather than late.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from kentongan.sip.address import Address, Transport
from kentongan.sip.admission import origin_of
from kentongan.sip.alarms import Alarm
from kentongan.sip.answerer import Answerer
from kentongan.sip.build import answer
from kentongan.sip.caller import Caller
from kentongan.sip.client_transaction import Client, ClientInvite, client_key
from kentongan.sip.dialog import Dialog, Phase
from kentongan.sip.errors import ParseError
from kentongan.sip.message import Request, Response, encode
from kentongan.sip.parse import parse_message
from kentongan.sip.renewal import REFERRAL_S, Renewal
from kentongan.sip.requester import Requester, client_for
from kentongan.sip.server_transaction import ServerInvite, server_key
from kentongan.sip.session_timer import wait_s
from kentongan.sip.table import Call, Table
from kentongan.sip.transaction import Ask

VERSION = 1
"""Of the saved form. A change of meaning gets a new number and a reader for the old one."""
RESUME_S = 5.0
"""When an adopted session is refreshed at the earliest, and the span over which many are spread:
nobody knows how much of the interval had passed."""


class Waiting(Struct, frozen=True, kw_only=True):
    """An INVITE from the peer that is not over: its octets, our last answer, where it goes.

    `rseq` is the next RSeq, `held` what waits for a PRACK.
    """

    request: str
    last: str
    peer: Address
    source: Address
    transport: Transport
    rseq: int = 0
    late_rseq: int = 0
    awaits_prack: bool = False
    is_described: bool = False
    held: tuple[str, ...] = ()


class Sent(Struct, frozen=True, kw_only=True):
    """A request of ours in a dialog that has no final answer."""

    dialog: str
    request: str
    peer: Address
    transport: Transport
    ask: Ask | None
    attempts: int = 0
    had_provisional: bool = False


class Calling(Struct, frozen=True, kw_only=True):
    """An INVITE of ours without a final answer, and the phones that ring."""

    key: str
    request: str
    peer: Address
    transport: Transport
    had_provisional: bool
    wants_cancel: bool
    redirects: int = 0
    tried: tuple[str, ...] = ()
    early: tuple[Dialog, ...] = ()
    sent: tuple[Sent, ...] = ()


class Saved(Struct, frozen=True, kw_only=True):
    version: int = VERSION
    dialog: Dialog | None = None
    waiting: tuple[Waiting, ...] = ()
    sent: tuple[Sent, ...] = ()
    asked_again: Ask | None = None
    calling: Calling | None = None


def save(table: Table, name: str) -> dict[str, Any] | None:
    """The state of a dialog or a call of ours; None where there is none of that name."""
    dialog = table.dialogs.get(name)
    call = table.calls.get(name)
    calling = _calling(table, call) if call else None
    if dialog is None and calling is None:
        return None  # an answered call lives on in its dialog
    saved = Saved(
        dialog=dialog,
        waiting=tuple(_waiting(machine) for machine in table.server_invites(name)),
        sent=_sent(table, name) if dialog else (),
        asked_again=table.asked_again.get(name),
        calling=calling,
    )
    return msgspec.to_builtins(saved)


def _waiting(machine: ServerInvite) -> Waiting:
    return Waiting(
        request=_text(machine.request),
        last=_text(machine.last) if machine.last else "",
        peer=machine.peer,
        source=machine.source,
        transport=machine.transport,
        rseq=machine.rseq,
        late_rseq=machine.late_rseq,
        awaits_prack=machine.unacknowledged is not None,
        is_described=machine.is_described,
        held=tuple(_text(response) for response in machine.held),
    )


def _sent(table: Table, name: str) -> tuple[Sent, ...]:
    """All but a BYE: a dialog that is being hung up gets a new one."""
    return tuple(
        Sent(
            dialog=name,
            request=_text(machine.request),
            peer=machine.peer,
            transport=machine.transport,
            ask=machine.ask,
            attempts=machine.attempts,
            had_provisional=isinstance(machine, ClientInvite) and machine.may_cancel,
        )
        for machine in table.clients.of_dialog(name)
        if machine.is_unanswered and machine.request.method != "BYE"
    )


def _calling(table: Table, call: Call) -> Calling | None:
    machine = table.clients.get(call.transaction)
    if not isinstance(machine, ClientInvite) or not machine.is_unanswered:
        return None
    names = sorted(name for name in call.forks if name in table.dialogs)
    return Calling(
        key=call.key,
        request=_text(call.request),
        peer=call.peer,
        transport=call.transport,
        had_provisional=machine.may_cancel,
        wants_cancel=call.wants_cancel,
        redirects=call.redirects,
        tried=tuple(sorted(call.tried)),
        early=tuple(table.dialogs[name] for name in names),
        sent=tuple(sent for name in names for sent in _sent(table, name)),
    )


class Adoption:
    """Takes over what an earlier process saved."""

    def __init__(
        self,
        table: Table,
        requester: Requester,
        renewal: Renewal,
        answerer: Answerer,
        caller: Caller,
    ) -> None:
        self._table = table
        self._requester = requester
        self._renewal = renewal
        self._answerer = answerer
        self._caller = caller

    def adopt(self, saved: dict[str, Any], now: float) -> str:
        """Its name, "" where nothing is left to go on with. Nothing is taken up by halves.

        Raises `ParseError` for anything `save` did not write. A 2xx without an ACK, a provisional
        without a PRACK and a request without an answer are sent at once, and for 32 s more; a call
        of ours is cancelled if that was wanted; a dialog that was being hung up gets its BYE.
        """
        state = _read(saved)
        calling = self._read_calling(state.calling) if state.calling else None
        ringing = _read_sent(state.calling.sent) if state.calling else []
        waiting = [self._read_waiting(state.dialog, w) for w in state.waiting if state.dialog]
        sent = _read_sent(state.sent)
        if state.calling and calling:
            self._take_call(state.calling, calling, ringing, now)
        dialog = state.dialog
        if dialog is None or (dialog.phase is Phase.EARLY and not waiting):
            return state.calling.key if state.calling else ""
        self._table.dialogs[dialog.id] = dialog
        for machine, last in waiting:
            self._repeat(machine, last, now)
        for client, had_provisional in sent:
            self._go_on(client, now, had_provisional=had_provisional)
        self._set_alarms(dialog, state.asked_again, now)
        if dialog.phase is Phase.ENDING:
            if any(machine.awaits_ack for machine, _ in waiting):
                self._table.owed_byes.add(dialog.id)
            else:
                self._requester.bye(dialog, now)
        return dialog.id

    def _read_waiting(
        self, dialog: Dialog | None, waiting: Waiting
    ) -> tuple[ServerInvite, Response]:
        """The transaction of a saved INVITE, and the answer to give again."""
        request = _message(waiting.request)
        last = _message(waiting.last) if waiting.last else None
        held = [_message(text) for text in waiting.held]
        if not isinstance(request, Request) or isinstance(last, Request):
            raise ParseError("not a saved INVITE", None)
        machine = ServerInvite(request, waiting.peer, waiting.transport)
        machine.dialog = dialog.id if dialog else ""
        machine.source, machine.origin = waiting.source, origin_of(request)
        self._answerer.equip(machine)
        machine.rseq, machine.late_rseq = waiting.rseq, waiting.late_rseq
        machine.is_described = waiting.is_described
        machine.held = [response for response in held if isinstance(response, Response)]
        if waiting.awaits_prack:
            machine.unacknowledged = last
        return machine, last or answer(request, 100)

    def _repeat(self, machine: ServerInvite, last: Response, now: float) -> None:
        if machine.rseq and 100 < last.status < 200:
            self._table.apply(machine, machine.resume(last, now))
        else:
            self._table.apply(machine, machine.answer(last, now))
        self._table.watch_server(server_key(machine.request), machine)

    def _read_calling(self, calling: Calling) -> ClientInvite:
        request = _message(calling.request)
        if isinstance(request, Response):
            raise ParseError("not a saved INVITE", None)
        machine = ClientInvite(request, calling.peer, calling.transport)
        machine.name = calling.key
        return machine

    def _take_call(
        self,
        calling: Calling,
        machine: ClientInvite,
        ringing: list[tuple[Client, bool]],
        now: float,
    ) -> None:
        table = self._table
        transaction = client_key(machine.request)
        table.calls[calling.key] = Call(
            key=calling.key,
            transaction=transaction,
            request=machine.request,
            peer=calling.peer,
            transport=calling.transport,
            wants_cancel=calling.wants_cancel,
            forks={dialog.id for dialog in calling.early},
            redirects=calling.redirects,
            tried=set(calling.tried),
        )
        if calling.had_provisional:
            machine.resume()
            table.watch_client(transaction, machine)
        else:
            self._requester.start(machine, now)
        for dialog in calling.early:
            table.dialogs[dialog.id] = dialog
        for client, had_provisional in ringing:
            self._go_on(client, now, had_provisional=had_provisional)
        if calling.wants_cancel:
            self._caller.cancel(calling.key, now)

    def _go_on(self, client: Client, now: float, *, had_provisional: bool) -> None:
        """Send a request of ours again; its peer knows it by its branch."""
        if had_provisional and isinstance(client, ClientInvite):
            client.resume()
            self._table.watch_client(client_key(client.request), client)
        else:
            self._requester.start(client, now)

    def _set_alarms(self, dialog: Dialog, asked_again: Ask | None, now: float) -> None:
        alarms = self._table.alarms
        if dialog.phase is Phase.CONFIRMED and dialog.session_s:
            soon_s = RESUME_S + RESUME_S * self._table.chance()
            full_s = wait_s(dialog)
            wait = min(soon_s, full_s) if dialog.is_refresher else full_s
            alarms.set(dialog.id, Alarm.SESSION, now + wait)
        if dialog.referrals:
            alarms.set(dialog.id, Alarm.REFERRAL, now + REFERRAL_S)
        if dialog.notices:
            alarms.set(dialog.id, Alarm.NOTICE, now + REFERRAL_S)
        if asked_again is not None:
            self._table.asked_again[dialog.id] = asked_again
            alarms.set(dialog.id, Alarm.GLARE, now + self._renewal.glare_s(dialog))


def _read(saved: dict[str, Any]) -> Saved:
    try:
        state = msgspec.convert(saved, Saved)
    except msgspec.ValidationError as error:
        raise ParseError(f"not a saved dialog: {error}", None) from None
    if state.version != VERSION:
        raise ParseError("saved by another version", None)
    return state


def _read_sent(sent: tuple[Sent, ...]) -> list[tuple[Client, bool]]:
    """Transactions of saved requests of ours, and whether a provisional had come."""
    found: list[tuple[Client, bool]] = []
    for one in sent:
        request = _message(one.request)
        if not isinstance(request, Request):
            raise ParseError("not a saved request", None)
        machine = client_for(request, one.peer, one.transport)
        machine.dialog, machine.ask, machine.attempts = one.dialog, one.ask, one.attempts
        found.append((machine, one.had_provisional))
    return found


def _text(message: Request | Response) -> str:
    return encode(message).decode("latin-1")


def _message(text: str) -> Request | Response:
    return parse_message(text.encode("latin-1", "replace"), is_tolerant=True)
