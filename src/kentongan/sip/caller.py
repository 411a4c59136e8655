"""The calling side of a stack: our requests, and the responses to them (RFC 3261 8.1, 13.2, 15).

The first 2xx to an INVITE wins; a fork that answers later is acknowledged and hung up. A CANCEL
is held until a provisional response came (section 9.1). A call that answers although it was
cancelled is acknowledged and hung up.
"""

from __future__ import annotations

from typing import assert_never

from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.build import MAX_FORWARDS, ExtraHeaders, cancel_of, in_dialog
from kentongan.sip.client_transaction import Client, ClientInvite, ClientRequest, client_key
from kentongan.sip.dialog import Dialog, Phase, as_caller, of_response
from kentongan.sip.facts import raw_of, sdp_of
from kentongan.sip.fields import call_id_of, cseq_of, from_of, to_of
from kentongan.sip.grammar import readable, wire
from kentongan.sip.message import Headers, Request, Response, encode
from kentongan.sip.table import Call, Table
from kentongan.sip.transaction import Deliver, Expired

ALLOW = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO")
"""Methods the stack handles by itself."""
RETRY_AFTER_S_MAX = 3_600
"""Longest Retry-After passed on."""


class Caller:
    def __init__(self, table: Table, allow: str) -> None:
        self._table = table
        self._allow = allow

    def invite(
        self,
        target: str,
        body: bytes,
        *,
        now: float,
        peer: Address,
        transport: Transport,
        from_uri: str,
        extra: ExtraHeaders,
    ) -> str:
        table = self._table
        call_id = f"{table.token()}@{table.listener(transport).address.host}"
        sender = f"<{wire(from_uri)}>" if from_uri else table.contact(transport)
        tag = table.token()
        headers = Headers().added(
            ("Via", table.via(transport)),
            ("Max-Forwards", MAX_FORWARDS),
            ("From", f"{sender};tag={tag}"),
            ("To", f"<{wire(target)}>"),
            ("Call-ID", call_id),
            ("CSeq", "1 INVITE"),
            *self._usual(transport, body, "application/sdp"),
            *((wire(name), wire(value)) for name, value in extra),
        )
        request = Request("INVITE", wire(target), headers, body)
        machine = ClientInvite(request, peer, transport)
        key = f"{call_id}|{tag}"
        table.calls[key] = Call(
            key=key,
            transaction=client_key(request),
            request=request,
            peer=peer,
            transport=transport,
        )
        self.start(machine, now)
        return key

    def _usual(self, transport: Transport, body: bytes, content_type: str) -> ExtraHeaders:
        fields = [
            ("Contact", self._table.contact(transport)),
            ("User-Agent", self._table.user_agent),
            ("Allow", self._allow),
        ]
        if body:
            fields.append(("Content-Type", wire(content_type)))
        return tuple(fields)

    def start(self, machine: Client, now: float) -> None:
        self._table.apply(machine, machine.start(now))
        self._table.watch_client(client_key(machine.request), machine)

    def cancel(self, key: str, now: float) -> bool:
        """Give up a call of ours; False where there is none, or it is answered already."""
        call = self._table.calls.get(key)
        machine = self._table.clients.get(call.transaction) if call else None
        if call is None or not isinstance(machine, ClientInvite) or not machine.is_unanswered:
            return False
        call.wants_cancel = True
        if machine.may_cancel:
            self._send_cancel(call, machine, now)
        return True

    def _send_cancel(self, call: Call, machine: ClientInvite, now: float) -> None:
        if call.is_cancelled:
            return
        call.is_cancelled = True
        self.start(ClientRequest(cancel_of(machine.request), machine.peer, machine.transport), now)
        machine.abandon(now)
        self._table.watch_client(call.transaction, machine)

    def request(
        self,
        dialog: Dialog,
        method: str,
        *,
        now: float,
        body: bytes = b"",
        content_type: str = "application/sdp",
        extra: ExtraHeaders = (),
    ) -> None:
        """Send a request in a dialog; its number is stored with the dialog."""
        numbered = dialog.with_next_seq(is_invite=method == "INVITE")
        peer, transport = numbered.next_hop()
        request = in_dialog(
            numbered,
            method,
            self._table.via(transport),
            extra=(*self._usual(transport, body, content_type), *extra),
            body=body,
        )
        kind = ClientInvite if method == "INVITE" else ClientRequest
        machine = kind(request, peer, transport)
        machine.dialog = dialog.id
        self._table.dialogs[dialog.id] = numbered
        self.start(machine, now)

    def bye(self, dialog: Dialog, now: float, extra: ExtraHeaders = ()) -> None:
        self._table.owed_byes.discard(dialog.id)
        self.request(dialog.ending(), "BYE", now=now, extra=extra)

    def acknowledge(self, dialog: Dialog) -> None:
        """ACK of a 2xx, along the route set, with a branch of its own (section 13.2.2.4)."""
        peer, transport = dialog.next_hop()
        request = in_dialog(dialog, "ACK", self._table.via(transport))
        self._table.send(encode(request), peer, transport)

    def receive(self, response: Response, now: float) -> list[events.Event]:
        if len(response.headers.items("via")) != 1:
            return []  # not for us (section 8.1.3.3)
        key = client_key(response)
        machine = self._table.clients.get(key)
        if machine is None:
            self._acknowledge_stray(response)
            return []
        left = self._table.apply(machine, machine.receive(response, now))
        self._table.watch_client(key, machine)
        return [event for effect in left for event in self._outcome(machine, effect, now)]

    def fire(self, key: str, now: float) -> list[events.Event]:
        machine = self._table.clients.get(key)
        if machine is None:
            return []
        left = self._table.apply(machine, machine.fire(now))
        self._table.watch_client(key, machine)
        found = [event for effect in left for event in self._outcome(machine, effect, now)]
        if machine.is_over and isinstance(machine, ClientInvite):
            self._forget_call(machine)
        return found

    def _acknowledge_stray(self, response: Response) -> None:
        """A repeated 2xx whose transaction was lost with an earlier process."""
        dialog = self._table.dialogs.get(of_response(response))
        cseq = cseq_of(response)
        if (
            dialog is not None
            and cseq.method == "INVITE"
            and 200 <= response.status < 300
            and cseq.number == dialog.invite_seq
        ):
            self.acknowledge(dialog)

    def _outcome(
        self, machine: Client, effect: Deliver | Expired, now: float
    ) -> list[events.Event]:
        if machine.request.method == "CANCEL":
            return []
        call = None if machine.dialog else self._table.calls.get(_call_key(machine.request))
        match effect:
            case Expired():
                return [self._expired(machine, call)]
            case Deliver(response=response):
                if call is not None and isinstance(machine, ClientInvite):
                    return self._call_answered(call, machine, response, now)
                return self._dialog_answered(machine, response)
            case _:
                assert_never(effect)

    def _call_answered(
        self, call: Call, machine: ClientInvite, response: Response, now: float
    ) -> list[events.Event]:
        if response.status < 200:
            if call.wants_cancel:
                self._send_cancel(call, machine, now)
            if to_of(response).tag and response.status > 100:
                self._open(call, response)
            return [self._event(response, call=call.key)] if response.status > 100 else []
        if response.status >= 300:
            self._close_forks(call, "")
            return [self._event(response, call=call.key, is_ended=True)]
        return self._accepted(call, response, now)

    def _open(self, call: Call, response: Response) -> Dialog:
        """The dialog of this response, new or known; a 2xx brings its final route and target."""
        fresh = as_caller(call.request, response, call.peer, call.transport)
        known = self._table.dialogs.get(fresh.id)
        if known is not None and response.status < 200:
            return known
        self._table.dialogs[fresh.id] = fresh
        return fresh

    def _accepted(self, call: Call, response: Response, now: float) -> list[events.Event]:
        name = of_response(response)
        if name == call.answered or name in call.hung_up:
            known = self._table.dialogs.get(name)
            self.acknowledge(known or as_caller(call.request, response, call.peer, call.transport))
            return []
        dialog = self._open(call, response)
        self.acknowledge(dialog)
        if call.answered or call.wants_cancel:
            call.hung_up.add(dialog.id)
            self.bye(dialog, now)
            if call.answered:
                return []
            call.answered = dialog.id
            return [self._event(response, call=call.key, is_ended=True)]
        call.answered = dialog.id
        self._close_forks(call, dialog.id)
        return [self._event(response, call=call.key)]

    def _close_forks(self, call: Call, winner: str) -> None:
        """Early dialogs of forks end with the final response (section 13.2.2.4)."""
        prefix = call.key + "|"
        for key, dialog in list(self._table.dialogs.items()):
            if key.startswith(prefix) and key != winner and dialog.phase is Phase.EARLY:
                del self._table.dialogs[key]

    def _dialog_answered(self, machine: Client, response: Response) -> list[events.Event]:
        dialog = self._table.dialogs.get(machine.dialog)
        if dialog is None or response.status == 100:
            return []
        method, status = machine.request.method, response.status
        if method == "INVITE" and 200 <= status < 300:
            dialog = dialog.retargeted(response)
            self._table.dialogs[dialog.id] = dialog
            self.acknowledge(dialog)
            if isinstance(machine, ClientInvite) and not machine.first_success():
                return []
        is_ended = (method == "BYE" and status >= 200) or status in {408, 481}
        if is_ended:
            self._table.dialogs.pop(dialog.id, None)
        return [self._event(response, dialog=dialog.id, is_ended=is_ended)]

    def _expired(self, machine: Client, call: Call | None) -> events.Event:
        method = machine.request.method
        if call is not None:
            self._close_forks(call, "")
            return events.Timeout(call=call.key, dialog="", method=method, is_ended=True)
        if method == "BYE":
            self._table.dialogs.pop(machine.dialog, None)
        is_ended = machine.dialog not in self._table.dialogs
        return events.Timeout(call="", dialog=machine.dialog, method=method, is_ended=is_ended)

    def _forget_call(self, machine: ClientInvite) -> None:
        if not machine.dialog:
            self._table.calls.pop(_call_key(machine.request), None)

    def _event(
        self, response: Response, *, call: str = "", dialog: str = "", is_ended: bool = False
    ) -> events.Response:
        named = dialog or (of_response(response) if to_of(response).tag else "")
        return events.Response(
            call=call,
            dialog=named,
            method=cseq_of(response).method,
            status=response.status,
            reason=readable(response.reason),
            sdp=sdp_of(response),
            retry_after_s=_retry_after_s(response),
            is_ended=is_ended,
            raw=raw_of(response),
        )


def _call_key(request: Request) -> str:
    return f"{call_id_of(request)}|{from_of(request).tag}"


def _retry_after_s(response: Response) -> int | None:
    digits = (response.headers.find("retry-after") or "").partition(";")[0].partition("(")[0]
    digits = digits.strip(" \t")
    usable = digits.isascii() and digits.isdigit() and len(digits) < 7
    return min(int(digits), RETRY_AFTER_S_MAX) if usable else None
