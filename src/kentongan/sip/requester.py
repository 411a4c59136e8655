"""Requests of ours, written and sent: those of a dialog, those outside, ACK, PRACK, and again.

What may be asked when, and what the answers mean, is the business of `caller`, `outcomes` and
`renewal`. Everything sent in a dialog is numbered there.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from kentongan.sip.address import Address, Transport
from kentongan.sip.build import MAX_FORWARDS, ExtraHeaders, in_dialog
from kentongan.sip.client_transaction import Client, ClientInvite, ClientRequest, client_key
from kentongan.sip.dialog import EXTENSIONS, Dialog
from kentongan.sip.fields import cseq_of
from kentongan.sip.grammar import wire
from kentongan.sip.message import Field, Headers, Request, Response, canonical, encode
from kentongan.sip.outside import Outside
from kentongan.sip.reliable import rack_field
from kentongan.sip.session_timer import request_fields
from kentongan.sip.table import Table
from kentongan.sip.transaction import Ask, Purpose

ATTEMPTS_MAX = 5
"""How often one request is sent again for a challenge, a 422 or a redirection."""
SUPPORTED = ", ".join(EXTENSIONS)
_REFRESHES = frozenset({"INVITE", "UPDATE"})
_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
_REALM = re.compile(r'realm\s*=\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)


class Requester:
    def __init__(self, table: Table, allow: str) -> None:
        self._table = table
        self._allow = allow

    def start(self, machine: Client, now: float) -> None:
        self._table.apply(machine, machine.start(now))
        self._table.watch_client(client_key(machine.request), machine)

    def usual(
        self, method: str, transport: Transport, towards: str, extra: ExtraHeaders
    ) -> ExtraHeaders:
        """Who we are and what we can, unless `extra` says it (a REGISTER has its own Contact)."""
        fields = [("User-Agent", self._table.user_agent), ("Allow", self._allow)]
        if method not in {"PRACK", "BYE", "REGISTER"}:
            fields.insert(0, ("Contact", self._table.contact(transport, towards)))
        fields.append(("Supported", SUPPORTED))
        said = {canonical(name) for name, _ in extra}
        return tuple((name, value) for name, value in fields if canonical(name) not in said)

    def outside(self, wanted: Outside, transport: Transport, towards: str) -> tuple[Request, str]:
        """A request outside any dialog, and the key it is known by: Call-ID and our tag."""
        table, tag = self._table, self._table.token()
        own = table.listener(transport, towards).address.host
        call_id = wire(wanted.call_id) or f"{table.token()}@{own}"
        contact = table.contact(transport, towards)
        sender = f"<{wire(wanted.from_uri)}>" if wanted.from_uri else contact
        typed = (("Content-Type", wanted.content_type),) if wanted.body else ()
        has_hops = any(canonical(name) == "max-forwards" for name, _ in wanted.headers)
        headers = Headers().added(
            ("Via", table.via(transport, towards)),
            *(() if has_hops else (("Max-Forwards", MAX_FORWARDS),)),
            ("From", f"{sender};tag={tag}"),
            ("To", f"<{wire(wanted.to_uri or wanted.target)}>"),
            ("Call-ID", call_id),
            ("CSeq", f"{wanted.cseq} {wanted.method}"),
            *self.usual(wanted.method, transport, towards, wanted.headers),
            *((wire(name), wire(value)) for name, value in (*typed, *wanted.headers)),
        )
        request = Request(wanted.method, wire(wanted.target), headers, wanted.body)
        return request, f"{call_id}|{tag}"

    def ask(self, dialog: Dialog, ask: Ask, now: float) -> Client:
        """Send a request in a dialog; its number is stored with the dialog."""
        method = ask.method
        numbered = dialog.with_next_seq(is_invite=method == "INVITE")
        if method == "INVITE":
            numbered = replace(numbered, remote_rseq=None)
        peer, transport = numbered.next_hop()
        typed = (("Content-Type", ask.content_type),) if ask.body else ()
        timed = request_fields(dialog) if method in _REFRESHES else ()
        extra = (*typed, *timed, *ask.extra)
        request = in_dialog(
            numbered,
            method,
            self._table.via(transport, peer.host),
            extra=(*self.usual(method, transport, peer.host, ask.extra), *extra),
            body=ask.body,
        )
        machine = client_for(request, peer, transport)
        machine.dialog, machine.ask = dialog.id, ask
        self._table.dialogs[dialog.id] = numbered
        self.start(machine, now)
        return machine

    def bye(self, dialog: Dialog, now: float, extra: ExtraHeaders = ()) -> None:
        self._table.owed_byes.discard(dialog.id)
        self._table.alarms.clear(dialog.id)
        self._table.asked_again.pop(dialog.id, None)
        self.ask(dialog.ending(), Ask(method="BYE", extra=extra), now)

    def acknowledge(self, dialog: Dialog, invite: Request | None = None) -> None:
        """ACK of a 2xx, along the route set, with a branch of its own (section 13.2.2.4).

        Credentials of the INVITE go with it (section 22.1).
        """
        peer, transport = dialog.next_hop()
        fields = invite.headers.fields if invite else ()
        proof = tuple((f.name, f.value) for f in fields if canonical(f.name) in _CREDENTIALS)
        request = in_dialog(dialog, "ACK", self._table.via(transport, peer.host))
        headers = request.headers.added(*proof)
        acknowledged = Request("ACK", request.uri, headers)
        self._table.send(encode(acknowledged), peer, transport)

    def prack(self, dialog: Dialog, response: Response, rseq: int, now: float) -> None:
        """Acknowledge a reliable provisional response (RFC 3262 section 4)."""
        heard = replace(dialog, remote_rseq=rseq)
        self.ask(heard, Ask(method="PRACK", extra=(rack_field(rseq, response),)), now)

    def again(
        self, machine: Client, now: float, *, uri: str = "", fields: ExtraHeaders = ()
    ) -> Client | None:
        """The same request with the next number and these fields; None where that is too often.

        `uri` is another Request-URI, as wire text. A field takes the place of those of its name,
        credentials that of the same realm alone.
        """
        if machine.attempts >= ATTEMPTS_MAX or machine.is_unanswered:
            return None
        old = machine.request
        dialog = self._table.dialogs.get(machine.dialog)
        number = (dialog.local_seq if dialog else cseq_of(old).number) + 1
        if dialog is not None:
            is_invite = old.method == "INVITE"
            self._table.dialogs[dialog.id] = dialog.with_next_seq(is_invite=is_invite)
        new = tuple((wire(name), wire(value)) for name, value in fields)
        kept = tuple(field for field in old.headers.fields if not _is_replaced(field, new))
        via = self._table.via(machine.transport, machine.peer.host)
        headers = Headers((Field("Via", via), *kept)).added(
            ("CSeq", f"{number} {old.method}"), *new
        )
        request = Request(old.method, uri or old.uri, headers, old.body)
        fresh = client_for(request, machine.peer, machine.transport)
        fresh.dialog, fresh.name, fresh.ask = machine.dialog, machine.name, machine.ask
        fresh.attempts = machine.attempts + 1
        machine.attempts = ATTEMPTS_MAX  # this one has had its turn
        self.start(fresh, now)
        return fresh


def purpose_of(machine: Client) -> Purpose:
    return machine.ask.purpose if machine.ask else Purpose.PLAIN


def client_for(request: Request, peer: Address, transport: Transport) -> Client:
    """The transaction of a request of ours."""
    kind = ClientInvite if request.method == "INVITE" else ClientRequest
    return kind(request, peer, transport)


def _is_replaced(field: Field, new: ExtraHeaders) -> bool:
    name = canonical(field.name)
    if name in {"via", "cseq"}:
        return True
    same = [value for other, value in new if canonical(other) == name]
    if name in _CREDENTIALS:
        return any(_realm(value) == _realm(field.value) for value in same)
    return bool(same)


def _realm(value: str) -> str:
    found = _REALM.search(value)
    return found[1] if found else ""
