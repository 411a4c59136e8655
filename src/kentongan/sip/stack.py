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
from typing import Any

from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Outgoing, Transport
from kentongan.sip.build import ExtraHeaders, answer_to_malformed
from kentongan.sip.callee import Callee
from kentongan.sip.caller import ALLOW, Caller
from kentongan.sip.dialog import Dialog, Phase
from kentongan.sip.errors import ParseError
from kentongan.sip.message import Headers, Response, encode
from kentongan.sip.parse import parse_message
from kentongan.sip.saved import adopt, save
from kentongan.sip.table import Table

KEEP_ALIVE_BYTES_MAX = 4
"""A datagram of line breaks (or empty) up to this size is a keep-alive, not a message."""


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
    ) -> None:
        """`token` gives 64 or more random bits as token characters, anew at each call.

        `local` are our addresses as announced, at least one. `methods` are further methods the
        switch answers itself (events `OtherRequest` with `answered` None), such as MESSAGE.
        """
        allow = ", ".join((*ALLOW, *sorted(methods)))
        self._table = Table(token, local, user_agent, contact_user)
        self._caller = Caller(self._table, allow)
        self._callee = Callee(self._table, self._caller, allow, methods)

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

    def receive(
        self, data: bytes, source: Address, transport: Transport, now: float
    ) -> list[events.Event]:
        """Take one message. Runs no timer: after a pause, read what has arrived, then `poll`."""
        if len(data) <= KEEP_ALIVE_BYTES_MAX and not data.strip(b"\r\n\x00"):
            return []
        try:
            message = parse_message(data)
        except ParseError as error:
            return [self._malformed(error, data, source, transport)]
        if isinstance(message, Response):
            return self._caller.receive(message, now)
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
        )

    def poll(self, now: float) -> list[events.Event]:
        """Let all timers run that are due by `now`."""
        found: list[events.Event] = []
        while (due := self._table.pop_due(now)) is not None:
            is_server, key = due
            found += self._callee.fire(key, now) if is_server else self._caller.fire(key, now)
        return found

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

        False where it is gone or has its final answer already.
        """
        typed = (("Content-Type", content_type),) if body else ()
        return self._callee.respond(
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
    ) -> str:
        """Call `target` by way of `peer` with an SDP offer; the key of the call."""
        return self._caller.invite(
            target,
            body,
            now=now,
            peer=peer,
            transport=transport,
            from_uri=from_uri,
            extra=headers,
        )

    def cancel(self, call: str, *, now: float) -> bool:
        """Give up a call of ours. The CANCEL waits for a provisional response (section 9.1)."""
        return self._caller.cancel(call, now)

    def bye(self, dialog: str, *, now: float, headers: ExtraHeaders = ()) -> bool:
        """Hang up; after an answer whose ACK is still missing, when it comes (section 15).

        False for a dialog that is gone, being hung up, or not answered yet: that one is refused
        with `respond` or given up with `cancel`.
        """
        found = self._table.dialogs.get(dialog)
        if found is None or found.phase is not Phase.CONFIRMED:
            return False
        self._callee.respond(dialog, 487, now=now)
        if self._table.server_invite(dialog) is not None:
            self._table.owed_byes.add(dialog)
            self._table.dialogs[dialog] = found.ending()
            return True
        self._caller.bye(found, now, headers)
        return True

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
        """Send INVITE (with an offer), INFO, OPTIONS or another request in a dialog.

        False where the dialog is gone or not confirmed, or where an INVITE is under way in it in
        either direction (section 14.1): try again when that is over.
        """
        found = self._table.dialogs.get(dialog)
        if found is None or found.phase is not Phase.CONFIRMED or method in {"ACK", "CANCEL"}:
            return False
        if method == "BYE":
            return self.bye(dialog, now=now, headers=headers)
        if method == "INVITE" and (not body or self._has_invite_under_way(dialog)):
            return False
        self._caller.request(
            found, method, now=now, body=body, content_type=content_type, extra=headers
        )
        return True

    def _has_invite_under_way(self, dialog: str) -> bool:
        return (
            self._table.server_invite(dialog) is not None
            or self._table.client_invite(dialog) is not None
        )

    def save(self, name: str) -> dict[str, Any] | None:
        """A dialog, or a call of ours, for the spool; None where there is none of that name."""
        return save(self._table, name)

    def adopt(self, saved: dict[str, Any], now: float) -> str:
        """Go on with what an earlier process saved; returns its dialog id or call key.

        Raises `ParseError` for anything `save` did not write.
        """
        return adopt(self._table, self._caller, saved, now)
