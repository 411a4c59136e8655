"""Our answers to requests: with or without memory, and what an answer does to its dialog.

A 2xx to an INVITE confirms the dialog, a refusal ends an early one. A reliable provisional may
hold an answer back (RFC 3262), so the dialog follows what was sent, not what was wanted.
"""

from __future__ import annotations

from msgspec.structs import replace

from kentongan.sip import events, session_timer
from kentongan.sip.admission import Refusal, is_call_for_help, origin_of
from kentongan.sip.alarms import Alarm
from kentongan.sip.arrival import Arrival
from kentongan.sip.build import ExtraHeaders, answer, steady_tag
from kentongan.sip.dialog import Dialog, Phase, of_request
from kentongan.sip.facts import raw_of
from kentongan.sip.fields import cseq_of
from kentongan.sip.grammar import readable
from kentongan.sip.message import Request, encode
from kentongan.sip.reliable import first_rseq, wants_reliable
from kentongan.sip.renewal import REFERRAL_S, Renewal
from kentongan.sip.replaces import wants_no_notices
from kentongan.sip.requester import SUPPORTED, Requester
from kentongan.sip.server_transaction import Server, ServerInvite, server_key
from kentongan.sip.table import Table
from kentongan.sip.transaction import Expired, State

HELD_ANSWER_S = 4.0
"""How long the answer of a call for help, or its early media, waits for the PRACK of what went
before: three repeats. RFC 3262 section 3 lets a peer without PRACKs keep its caller waiting."""
_REFRESHES = frozenset({"INVITE", "UPDATE"})


class Answerer:
    def __init__(self, table: Table, requester: Requester, renewal: Renewal, allow: str) -> None:
        self._table = table
        self._requester = requester
        self._renewal = renewal
        self._allow = allow

    # Without memory

    def send_once(self, arrival: Arrival, status: int, extra: ExtraHeaders) -> None:
        """An answer without memory: a repeat of the request gets the same again."""
        request = arrival.request
        response = answer(request, status, tag=steady_tag(request.headers), extra=extra)
        self._table.send(encode(response), arrival.reply_to, arrival.transport)

    def refuse(self, arrival: Arrival, refusal: Refusal) -> events.OtherRequest:
        """Refuse without memory, and say so."""
        self.send_once(arrival, refusal.status, refusal.extra)
        return self.other(arrival, refusal.status)

    def refuse_foreign(self, arrival: Arrival) -> events.OtherRequest:
        """Not from its dialog's owner: nothing is told about the call (RFC 3261 12.2.2)."""
        return replace(self.refuse(arrival, Refusal(481)), is_foreign=True)

    def other(self, arrival: Arrival, answered: int | None) -> events.OtherRequest:
        """A request that is nothing in particular; `answered` None waits for an answer."""
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

    def retry_later(self) -> ExtraHeaders:
        """A Retry-After from 0 to 10 s, drawn (sections 14.2, RFC 3311 5.2)."""
        return (("Retry-After", str(int(self._table.chance() * 11))),)

    # With memory

    def open_invite(self, arrival: Arrival, dialog: str) -> ServerInvite:
        """The transaction of an INVITE in that dialog, not yet kept."""
        request = arrival.request
        machine = ServerInvite(request, arrival.reply_to, arrival.transport)
        machine.dialog, machine.origin = dialog, origin_of(request)
        self.equip(machine)
        return machine

    def equip(self, machine: ServerInvite) -> None:
        """Let it answer reliably, where the peer can take that."""
        if wants_reliable(machine.request):
            machine.rseq = first_rseq(self._table.chance())
        if is_call_for_help(machine.request):
            machine.hold_s = HELD_ANSWER_S

    def keep(self, machine: Server, arrival: Arrival) -> None:
        machine.source = arrival.source
        self._table.watch_server(arrival.key, machine)

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
        if isinstance(machine, ServerInvite) and machine.holds_answer and status < 300:
            return False
        self.answer(machine, status, extra, now, reason=reason, body=body)
        return True

    def answer(
        self,
        machine: Server,
        status: int,
        extra: ExtraHeaders,
        now: float,
        *,
        reason: str | None = None,
        body: bytes = b"",
    ) -> None:
        table, request = self._table, machine.request
        dialog = table.dialogs.get(machine.dialog)
        fields: list[tuple[str, str]] = [("Server", table.user_agent)]
        if status > 100 and request.method in {"INVITE", "UPDATE", "REFER"} and status < 300:
            fields += [
                ("Contact", table.contact(machine.transport, machine.peer.host)),
                ("Allow", self._allow),
            ]
            fields.append(("Supported", SUPPORTED))
        if dialog is not None and 200 <= status < 300:
            dialog, timed = self._agree(dialog, request, body, now)
            fields += timed
        tag = dialog.local_tag if dialog else steady_tag(request.headers)
        is_quiet = request.method == "REFER" and wants_no_notices(request)
        if is_quiet and 200 <= status < 300:
            fields.append(("Refer-Sub", "false"))
        response = answer(
            request, status, tag=tag, reason=reason, extra=(*fields, *extra), body=body
        )
        if isinstance(machine, ServerInvite):
            table.apply(machine, machine.reply(response, now))
        else:
            table.apply(machine, machine.answer(response, now))
        self.settle(machine, now)
        is_told = request.method == "REFER" and not is_quiet
        if is_told and dialog is not None and 200 <= status < 300:
            self._begin_notices(table.dialogs.get(dialog.id), request, now)

    def _agree(
        self, dialog: Dialog, request: Request, body: bytes, now: float
    ) -> tuple[Dialog, ExtraHeaders]:
        """A success in this dialog: our description holds now, and a session timer runs."""
        if request.method not in _REFRESHES and request.method != "PRACK":
            return dialog, ()
        dialog = replace(dialog, description=body or dialog.description)
        timed: ExtraHeaders = ()
        if request.method == "INVITE" or dialog.phase is Phase.CONFIRMED:
            terms = session_timer.accepted(request) if request.method != "PRACK" else None
            if request.method != "PRACK":
                dialog = session_timer.with_terms(dialog, terms)
            timed = session_timer.answer_fields(terms) if terms else ()
        self._table.dialogs[dialog.id] = dialog
        self._renewal.wind(dialog, now)
        return dialog, timed

    def settle(self, machine: Server, now: float) -> None:
        """Let the table and the dialog follow what the machine has sent."""
        table = self._table
        table.watch_server(server_key(machine.request), machine)
        dialog = table.dialogs.get(machine.dialog)
        if dialog is None or not isinstance(machine, ServerInvite):
            return
        if dialog.phase is not Phase.EARLY:
            return
        if machine.state is State.ACCEPTED:
            table.dialogs[dialog.id] = confirmed = dialog.confirmed()
            self._renewal.wind(confirmed, now)
        elif dialog.is_uas and table.server_invite(dialog.id) is None:
            table.forget(dialog.id)

    def _begin_notices(self, dialog: Dialog | None, request: Request, now: float) -> None:
        """A transfer was taken on: tell at once that it is tried (RFC 3515 section 2.4.4)."""
        if dialog is None:
            return
        cseq = cseq_of(request).number
        dialog = replace(dialog, notices=(*dialog.notices, cseq))
        self._table.alarms.set(dialog.id, Alarm.NOTICE, now + REFERRAL_S)
        self._renewal.notify(dialog, cseq, 100, "", now, is_over=False)

    def fire(self, key: str, now: float) -> list[events.Event]:
        machine = self._table.servers.get(key)
        if machine is None:
            return []
        before = (machine.state, machine.rseq) if isinstance(machine, ServerInvite) else None
        lost = self._table.apply(machine, machine.fire(now))
        self.settle(machine, now)
        name = machine.dialog
        missing = [effect.missing for effect in lost if isinstance(effect, Expired)]
        if name not in self._table.dialogs:
            return []
        if isinstance(machine, ServerInvite) and "PRACK" in missing:
            return [self._unheard(machine, now)]
        if missing:
            self.pay_bye(name, now)
            return [events.Timeout(call="", dialog=name, method="ACK", is_ended=False)]
        if not isinstance(machine, ServerInvite) or machine.is_over:
            return []
        has_changed = before != (machine.state, machine.rseq)
        return [events.Changed(dialog=name)] if has_changed else []

    def _unheard(self, machine: ServerInvite, now: float) -> events.Timeout:
        """No PRACK for 32 s: refuse with 504 (RFC 3262 section 3), but never a call for help."""
        name = machine.dialog
        if machine.hold_s is None:
            self.answer(machine, 504, (), now)
        else:
            self._table.apply(machine, machine.unheard(now))
            self.settle(machine, now)
        is_ended = name not in self._table.dialogs
        return events.Timeout(call="", dialog=name, method="PRACK", is_ended=is_ended)

    def pay_bye(self, name: str, now: float) -> None:
        """Hang up now what the switch wanted to hang up before the ACK came."""
        dialog = self._table.dialogs.get(name)
        if dialog is not None and name in self._table.owed_byes:
            self._requester.bye(dialog, now)
