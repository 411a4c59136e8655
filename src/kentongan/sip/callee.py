"""The called side of a stack: requests from peers outside dialogs, ACK and CANCEL (RFC 3261 8.2).

Refusals outside a dialog are given without memory (section 8.2.7): a flood of them costs none.
What changes a call is kept as a transaction, so that a repeat gets the same answer. Requests
within a dialog are in `insider`, our answers in `answerer`.
"""

from __future__ import annotations

from msgspec.structs import replace

from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.admission import (
    MERGED,
    Refusal,
    has_room,
    is_call_for_help,
    refuse_header,
    refuse_invite,
    refuse_method,
    rings_without_extension,
    unknown_extensions,
)
from kentongan.sip.answerer import Answerer
from kentongan.sip.arrival import Arrival
from kentongan.sip.build import answer
from kentongan.sip.dialog import Phase, as_callee, of_request
from kentongan.sip.errors import ParseError
from kentongan.sip.facts import invite_event, raw_of, sdp_of
from kentongan.sip.fields import cseq_of, to_of
from kentongan.sip.grammar import readable
from kentongan.sip.insider import Insider
from kentongan.sip.message import Request
from kentongan.sip.replaces import read_replaces, refuse_replaces
from kentongan.sip.server_transaction import ServerInvite, ServerRequest, server_key
from kentongan.sip.subscription import Subscriber
from kentongan.sip.table import Table

_REFUSED_OUTSIDE = {"REFER": 603, "MESSAGE": 403}
"""Requests that have a sense outside a dialog, but not to us; for the others there is no 481."""


class Callee:
    def __init__(
        self,
        table: Table,
        answerer: Answerer,
        insider: Insider,
        subscriber: Subscriber,
        allow: str,
        extra: frozenset[str],
    ) -> None:
        self._table = table
        self._subscriber = subscriber
        self._answerer = answerer
        self._insider = insider
        self._allow = allow
        self._extra = extra
        self._taken = extra | frozenset(allow.split(", "))

    def receive(
        self, request: Request, source: Address, transport: Transport, now: float
    ) -> list[events.Event]:
        if request.method == "ACK":
            return self._acknowledged(request, source, transport, now)
        arrival = Arrival(request, source, transport)
        known = self._table.servers.get(arrival.key)
        if known is not None:
            self._table.apply(known, known.repeated())
            return []
        if request.method == "CANCEL":
            return self._cancelled(arrival, now)
        refusal = refuse_method(arrival.request, self._taken, self._allow)
        if refusal is None:
            refusal = refuse_header(arrival.request)
            if refusal is not None and rings_without_extension(request, refusal):
                refusal = None
        if refusal is not None:
            return [self._turn_away(arrival, refusal)]
        if not to_of(request).tag:
            return self._outside(arrival, now)
        if request.method == "NOTIFY":
            told = self._subscriber.receive(arrival, now)
            if told is not None:
                return told
        return self._insider.receive(arrival, now)

    def _outside(self, arrival: Arrival, now: float) -> list[events.Event]:
        method = arrival.request.method
        if method == "INVITE":
            return [self._invited(arrival, now)]
        if method == "OPTIONS":
            return [self._insider.present(arrival)]
        if method not in self._extra:
            return [self._turn_away(arrival, Refusal(_REFUSED_OUTSIDE.get(method, 481)))]
        if not has_room(arrival.source, self._table, for_help=False):
            return [self._turn_away(arrival, Refusal(503))]
        machine = ServerRequest(arrival.request, arrival.reply_to, arrival.transport)
        self._answerer.keep(machine, arrival)
        return [self._answerer.other(arrival, None)]

    def _invited(self, arrival: Arrival, now: float) -> events.Event:
        refusal = refuse_invite(arrival.request, arrival.source, self._table)
        if refusal is not None:
            return self._turn_away(arrival, refusal)
        replaced = ""
        try:
            named = read_replaces(arrival.request)
            status = refuse_replaces(named, self._table.dialogs) if named else None
            replaced = named.dialog if named and status is None else ""
        except ParseError:
            status = 400
        if status is not None and not is_call_for_help(arrival.request):
            return self._turn_away(arrival, Refusal(status))
        return replace(self._ring(arrival, now), replaces=replaced)

    def _ring(self, arrival: Arrival, now: float) -> events.Invite:
        """A new call: 100 at once, so that the peer stops repeating."""
        request = arrival.request
        dialog = as_callee(request, self._table.token(), arrival.source, arrival.transport)
        dialog = replace(dialog, is_for_help=is_call_for_help(request))
        dialog = self._table.known(dialog, arrival.source, arrival.transport)
        self._table.dialogs[dialog.id] = dialog
        machine = self._answerer.open_invite(arrival, dialog.id)
        self._answerer.keep(machine, arrival)
        self._table.apply(machine, machine.answer(answer(request, 100), now))
        invite = invite_event(
            request, arrival.source, arrival.transport, dialog=dialog.id, key=arrival.key
        )
        return replace(invite, unknown_extensions=unknown_extensions(request))

    def _turn_away(self, arrival: Arrival, refusal: Refusal) -> events.Event:
        other = self._answerer.refuse(arrival, refusal)
        request = arrival.request
        is_new_call = request.method == "INVITE" and not to_of(request).tag
        if not is_new_call or refusal.status == MERGED:
            return other
        invite = invite_event(request, arrival.source, arrival.transport)
        return events.RefusedInvite(status=refusal.status, invite=invite, cause=refusal.cause)

    def _acknowledged(
        self, request: Request, source: Address, transport: Transport, now: float
    ) -> list[events.Event]:
        key = server_key(request)
        by_branch = self._table.servers.get(key)
        if isinstance(by_branch, ServerInvite) and not by_branch.awaits_ack:
            by_branch.acknowledged(now)
            self._table.watch_server(key, by_branch)
            return []
        name = of_request(request)
        number = cseq_of(request).number
        pending = next(
            (
                machine
                for machine in self._table.server_invites(name)
                if machine.awaits_ack and cseq_of(machine.request).number == number
            ),
            None,
        )
        dialog = self._table.dialogs.get(name)
        if pending is None or (
            dialog is not None and not self._table.may_speak(dialog, source, transport)
        ):
            return []
        pending.acknowledged(now)
        self._table.watch_server(server_key(pending.request), pending)
        self._answerer.pay_bye(name, now)
        return [events.Ack(dialog=name, sdp=sdp_of(request))]

    def _cancelled(self, arrival: Arrival, now: float) -> list[events.Event]:
        """200 to the CANCEL, 487 to its INVITE; 481 where there is none (section 9.2)."""
        key = server_key(arrival.request, "INVITE")
        invite = self._table.servers.get(key)
        if not isinstance(invite, ServerInvite):
            return [self._turn_away(arrival, Refusal(481))]
        dialog = self._table.dialogs.get(invite.dialog)
        if dialog is not None and not self._table.may_speak(
            dialog, arrival.source, arrival.transport
        ):
            return [self._answerer.refuse_foreign(arrival)]
        machine = ServerRequest(arrival.request, arrival.reply_to, arrival.transport)
        machine.dialog = invite.dialog
        self._answerer.keep(machine, arrival)
        self._answerer.respond(arrival.key, 200, now=now)
        if not invite.is_unanswered:
            return []
        self._answerer.respond(key, 487, now=now)
        return [
            events.Cancel(
                dialog=invite.dialog,
                request=key,
                is_initial=dialog is None or dialog.phase is Phase.EARLY,
                reason=readable(arrival.request.headers.find("reason") or ""),
                raw=raw_of(arrival.request),
            )
        ]
