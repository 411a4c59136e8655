"""The called side of a stack: requests from peers, and our answers (RFC 3261 8.2, 9.2, 12.2.2).

Refusals outside a dialog are given without memory (section 8.2.7): a flood of them costs none.
What changes a call is kept as a transaction, so that a repeat gets the same answer.
"""

from __future__ import annotations

from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.admission import (
    MERGED,
    Refusal,
    has_room,
    origin_of,
    refuse_header,
    refuse_invite,
    refuse_method,
)
from kentongan.sip.build import ExtraHeaders, answer, steady_tag
from kentongan.sip.caller import Caller
from kentongan.sip.dialog import Dialog, Phase, as_callee, of_request
from kentongan.sip.facts import invite_event, raw_of, sdp_of
from kentongan.sip.fields import cseq_of, stamped, to_of, via_of
from kentongan.sip.grammar import find_param, readable
from kentongan.sip.message import Request, encode
from kentongan.sip.server_transaction import Server, ServerInvite, ServerRequest, server_key
from kentongan.sip.table import Table
from kentongan.sip.uri import DEFAULT_PORT

ACCEPT = "application/sdp, application/pidf+xml, multipart/mixed"
"""Body types we read."""


class Arrival:
    """A request with where it came from and where its answers go (RFC 3261 18.2, RFC 3581)."""

    def __init__(self, request: Request, source: Address, transport: Transport) -> None:
        self.key = server_key(request)
        headers = stamped(request.headers, source.host, source.port)
        self.request = Request(request.method, request.uri, headers, request.body)
        self.source = source
        self.transport = transport

    @property
    def reply_to(self) -> Address:
        via = via_of(self.request)
        if self.transport.is_reliable or find_param(via.params, "rport") is not None:
            return self.source
        return Address(self.source.host, via.port or DEFAULT_PORT)


class Callee:
    def __init__(self, table: Table, caller: Caller, allow: str, extra: frozenset[str]) -> None:
        self._table = table
        self._caller = caller
        self._allow = allow
        self._extra = extra
        self._taken = extra | frozenset(allow.split(", "))

    def receive(
        self, request: Request, source: Address, transport: Transport, now: float
    ) -> list[events.Event]:
        if request.method == "ACK":
            return self._acknowledged(request, now)
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
        if refusal is not None:
            return self._turn_away(arrival, refusal)
        if to_of(request).tag:
            return self._in_dialog(arrival, now)
        return self._outside(arrival, now)

    # Outside a dialog

    def _outside(self, arrival: Arrival, now: float) -> list[events.Event]:
        method = arrival.request.method
        if method == "INVITE":
            refusal = refuse_invite(arrival.request, arrival.source, self._table)
            return self._turn_away(arrival, refusal) if refusal else [self._ring(arrival, now)]
        if method == "OPTIONS":
            return self._present(arrival)
        if method not in self._extra:
            return self._turn_away(arrival, Refusal(481))
        if not has_room(arrival.source, self._table, for_help=False):
            return self._turn_away(arrival, Refusal(503))
        self._keep(ServerRequest(arrival.request, arrival.reply_to, arrival.transport), arrival)
        return [self._other(arrival, None)]

    def _ring(self, arrival: Arrival, now: float) -> events.Invite:
        """A new call: 100 at once, so that the peer stops repeating."""
        request = arrival.request
        machine = ServerInvite(request, arrival.reply_to, arrival.transport)
        machine.origin = origin_of(request)
        dialog = as_callee(request, self._table.token(), arrival.source, arrival.transport)
        machine.dialog = dialog.id
        self._table.dialogs[dialog.id] = dialog
        self._keep(machine, arrival)
        self._table.apply(machine, machine.answer(answer(request, 100), now))
        return invite_event(
            request, arrival.source, arrival.transport, dialog=dialog.id, key=arrival.key
        )

    def _keep(self, machine: Server, arrival: Arrival) -> None:
        machine.source = arrival.source
        self._table.watch_server(arrival.key, machine)

    def _present(self, arrival: Arrival) -> list[events.Event]:
        self._send_once(arrival, 200, (("Allow", self._allow), ("Accept", ACCEPT)))
        dialog = of_request(arrival.request)
        found = dialog if dialog in self._table.dialogs else ""
        return [events.Options(source=arrival.source, transport=arrival.transport, dialog=found)]

    def _turn_away(self, arrival: Arrival, refusal: Refusal) -> list[events.Event]:
        self._send_once(arrival, refusal.status, refusal.extra)
        request = arrival.request
        is_new_call = request.method == "INVITE" and not to_of(request).tag
        if not is_new_call or refusal.status == MERGED:
            return [self._other(arrival, refusal.status)]
        invite = invite_event(request, arrival.source, arrival.transport)
        return [events.RefusedInvite(status=refusal.status, invite=invite)]

    def _send_once(self, arrival: Arrival, status: int, extra: ExtraHeaders) -> None:
        """An answer without memory: a repeat of the request gets the same again."""
        request = arrival.request
        response = answer(request, status, tag=steady_tag(request.headers), extra=extra)
        self._table.send(encode(response), arrival.reply_to, arrival.transport)

    def _other(self, arrival: Arrival, answered: int | None) -> events.OtherRequest:
        request = arrival.request
        dialog = of_request(request)
        return events.OtherRequest(
            method=readable(request.method),
            request="" if answered else arrival.key,
            dialog=dialog if dialog in self._table.dialogs else "",
            source=arrival.source,
            answered=answered,
            content_type=readable(request.headers.find("content-type") or ""),
            body=request.body,
            raw=raw_of(request),
        )

    # Inside a dialog

    def _in_dialog(self, arrival: Arrival, now: float) -> list[events.Event]:
        request = arrival.request
        dialog = self._table.dialogs.get(of_request(request))
        if dialog is None:
            return self._turn_away(arrival, Refusal(481))
        if dialog.remote_seq is not None and cseq_of(request).number < dialog.remote_seq:
            return self._turn_away(arrival, Refusal(500))
        if request.method == "OPTIONS":
            self._table.dialogs[dialog.id] = dialog.received(request, refreshes_target=False)
            return self._present(arrival)
        is_bye = request.method == "BYE"
        if not is_bye and not has_room(arrival.source, self._table, for_help=True):
            return self._turn_away(arrival, Refusal(503))
        if request.method == "INVITE":
            return self._reinvited(arrival, dialog, now)
        self._table.dialogs[dialog.id] = dialog.received(request, refreshes_target=False)
        machine = ServerRequest(request, arrival.reply_to, arrival.transport)
        machine.dialog = dialog.id
        self._keep(machine, arrival)
        if is_bye:
            return [self._hung_up(arrival, dialog, now)]
        if request.method in self._extra:
            return [self._other(arrival, None)]
        self.respond(arrival.key, 200, now=now)
        content_type = readable(request.headers.find("content-type") or "")
        return [events.Info(dialog=dialog.id, content_type=content_type, body=request.body)]

    def _hung_up(self, arrival: Arrival, dialog: Dialog, now: float) -> events.Bye:
        """200 to the BYE, 487 to an INVITE still unanswered (section 15.1.2)."""
        self.respond(arrival.key, 200, now=now)
        for pending in self._table.server_invites(dialog.id):
            key = server_key(pending.request)
            if pending.is_unanswered:
                self.respond(key, 487, now=now)
            else:
                pending.acknowledged(now)
                self._table.watch_server(key, pending)
        self._forget(dialog.id)
        reason = readable(arrival.request.headers.find("reason") or "")
        return events.Bye(dialog=dialog.id, reason=reason, raw=raw_of(arrival.request))

    def _reinvited(self, arrival: Arrival, dialog: Dialog, now: float) -> list[events.Event]:
        """A change of session; 491 where ours is under way, 500 where theirs is (14.2)."""
        request = arrival.request
        pending = self._table.server_invite(dialog.id)
        machine = ServerInvite(request, arrival.reply_to, arrival.transport)
        machine.dialog = dialog.id
        machine.origin = origin_of(request)
        refusal = None
        if pending is not None and pending.is_unanswered:
            refusal = Refusal(500, (("Retry-After", "1"),))
        elif dialog.phase is not Phase.CONFIRMED:
            refusal = Refusal(481)
        elif self._table.client_invite(dialog.id) is not None:
            refusal = Refusal(491)
        self._keep(machine, arrival)
        if refusal is not None:
            self._answer(machine, arrival.key, refusal.status, refusal.extra, now)
            return [self._other(arrival, refusal.status)]
        self._table.dialogs[dialog.id] = dialog.received(request, refreshes_target=True)
        self._table.apply(machine, machine.answer(answer(request, 100), now))
        return [
            events.Reinvite(
                dialog=dialog.id, request=arrival.key, sdp=sdp_of(request), raw=raw_of(request)
            )
        ]

    def _forget(self, dialog: str) -> None:
        self._table.dialogs.pop(dialog, None)
        self._table.owed_byes.discard(dialog)

    # ACK, CANCEL and our answers

    def _acknowledged(self, request: Request, now: float) -> list[events.Event]:
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
        if pending is None:
            return []
        pending.acknowledged(now)
        self._table.watch_server(server_key(pending.request), pending)
        self._pay_bye(name, now)
        return [events.Ack(dialog=name, sdp=sdp_of(request))]

    def _pay_bye(self, name: str, now: float) -> None:
        """Hang up now what the switch wanted to hang up before the ACK came."""
        dialog = self._table.dialogs.get(name)
        if dialog is not None and name in self._table.owed_byes:
            self._caller.bye(dialog, now)

    def _cancelled(self, arrival: Arrival, now: float) -> list[events.Event]:
        """200 to the CANCEL, 487 to its INVITE; 481 where there is none (section 9.2)."""
        key = server_key(arrival.request, "INVITE")
        invite = self._table.servers.get(key)
        if not isinstance(invite, ServerInvite):
            return self._turn_away(arrival, Refusal(481))
        machine = ServerRequest(arrival.request, arrival.reply_to, arrival.transport)
        machine.dialog = invite.dialog
        self._keep(machine, arrival)
        self.respond(arrival.key, 200, now=now)
        if not invite.is_unanswered:
            return []
        dialog = self._table.dialogs.get(invite.dialog)
        self.respond(key, 487, now=now)
        return [
            events.Cancel(
                dialog=invite.dialog,
                request=key,
                is_initial=dialog is None or dialog.phase is Phase.EARLY,
                reason=readable(arrival.request.headers.find("reason") or ""),
                raw=raw_of(arrival.request),
            )
        ]

    def respond(
        self,
        key: str,
        status: int,
        *,
        now: float,
        reason: str | None = None,
        body: bytes = b"",
        extra: ExtraHeaders = (),
    ) -> bool:
        """Answer a request by its key, or the waiting INVITE of a dialog by the dialog's id."""
        machine = self._table.servers.get(key) or self._table.server_invite(key)
        if machine is None or not machine.is_unanswered:
            return False
        key = server_key(machine.request)
        self._answer(machine, key, status, extra, now, reason=reason, body=body)
        return True

    def _answer(
        self,
        machine: Server,
        key: str,
        status: int,
        extra: ExtraHeaders,
        now: float,
        *,
        reason: str | None = None,
        body: bytes = b"",
    ) -> None:
        table = self._table
        dialog = table.dialogs.get(machine.dialog)
        request = machine.request
        fields: list[tuple[str, str]] = [("Server", table.user_agent)]
        if request.method == "INVITE" and 100 < status < 300:
            fields += [("Contact", table.contact(machine.transport)), ("Allow", self._allow)]
        tag = dialog.local_tag if dialog else steady_tag(request.headers)
        response = answer(
            request, status, tag=tag, reason=reason, extra=(*fields, *extra), body=body
        )
        table.apply(machine, machine.answer(response, now))
        table.watch_server(key, machine)
        if dialog is None or request.method != "INVITE" or dialog.phase is not Phase.EARLY:
            return
        if status >= 300:
            self._forget(dialog.id)
        elif status >= 200:
            table.dialogs[dialog.id] = dialog.confirmed()

    def fire(self, key: str, now: float) -> list[events.Event]:
        machine = self._table.servers.get(key)
        if machine is None:
            return []
        lost = self._table.apply(machine, machine.fire(now))
        self._table.watch_server(key, machine)
        if not lost or machine.dialog not in self._table.dialogs:
            return []
        self._pay_bye(machine.dialog, now)
        return [events.Timeout(call="", dialog=machine.dialog, method="ACK", is_ended=False)]
