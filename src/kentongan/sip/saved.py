"""A dialog or call under way as a dictionary for the spool, and back (JSON-able both ways).

With the dialog go the INVITE that is still unanswered and the 2xx that is still un-ACKed, octet
by octet, so that a restarted switch honours repeats, CANCEL, ACK and BYE as if it had never been
away. Octets are stored as Latin-1 text: one character per octet.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from kentongan.sip.address import Address, Transport
from kentongan.sip.admission import origin_of
from kentongan.sip.build import answer
from kentongan.sip.caller import Caller
from kentongan.sip.client_transaction import ClientInvite, client_key
from kentongan.sip.dialog import Dialog, Phase
from kentongan.sip.errors import ParseError
from kentongan.sip.message import Request, Response, encode
from kentongan.sip.parse import parse_message
from kentongan.sip.server_transaction import ServerInvite, server_key
from kentongan.sip.table import Call, Table

VERSION = 1
"""Of the saved form. A change of meaning gets a new number and a reader for the old one."""


class Waiting(Struct, frozen=True, kw_only=True):
    """An INVITE from the peer that is not over: its octets, our last answer, where it goes."""

    request: str
    last: str
    peer: Address
    source: Address
    transport: Transport


class Calling(Struct, frozen=True, kw_only=True):
    """An INVITE of ours without a final answer."""

    key: str
    request: str
    peer: Address
    transport: Transport
    had_provisional: bool
    wants_cancel: bool


class Saved(Struct, frozen=True, kw_only=True):
    version: int = VERSION
    dialog: Dialog | None = None
    waiting: tuple[Waiting, ...] = ()
    calling: Calling | None = None


def save(table: Table, name: str) -> dict[str, Any] | None:
    """The state of a dialog or a call of ours; None where there is none of that name."""
    dialog = table.dialogs.get(name)
    call = table.calls.get(name)
    if dialog is None and call is None:
        return None
    saved = Saved(
        dialog=dialog,
        waiting=tuple(_waiting(machine) for machine in table.server_invites(name)),
        calling=_calling(table, call) if call else None,
    )
    return msgspec.to_builtins(saved)


def _waiting(machine: ServerInvite) -> Waiting:
    return Waiting(
        request=encode(machine.request).decode("latin-1"),
        last=encode(machine.last).decode("latin-1") if machine.last else "",
        peer=machine.peer,
        source=machine.source,
        transport=machine.transport,
    )


def _calling(table: Table, call: Call) -> Calling | None:
    machine = table.clients.get(call.transaction)
    if not isinstance(machine, ClientInvite) or not machine.is_unanswered:
        return None
    return Calling(
        key=call.key,
        request=encode(call.request).decode("latin-1"),
        peer=call.peer,
        transport=call.transport,
        had_provisional=machine.may_cancel,
        wants_cancel=call.wants_cancel,
    )


def adopt(table: Table, caller: Caller, saved: dict[str, Any], now: float) -> str:
    """Take over what an earlier process saved; its name, "" where nothing is left to go on with.

    Raises `ParseError` for anything `save` did not write. A 2xx without an ACK is sent at once
    and for 32 s more; an INVITE of ours that nobody has answered yet is sent again, and cancelled
    if that was wanted; a dialog that was being hung up gets its BYE.
    """
    try:
        state = msgspec.convert(saved, Saved)
    except msgspec.ValidationError as error:
        raise ParseError(f"not a saved dialog: {error}", None) from None
    if state.version != VERSION:
        raise ParseError("saved by another version", None)
    calling = _read_calling(state.calling) if state.calling else None
    waiting = [_read_waiting(state.dialog, w) for w in state.waiting] if state.dialog else []
    if state.calling and calling:
        _adopt_calling(table, caller, state.calling, calling, now)
    if state.dialog is None or (state.dialog.phase is Phase.EARLY and not waiting):
        return state.calling.key if state.calling else ""
    table.dialogs[state.dialog.id] = state.dialog
    for machine, last in waiting:
        table.apply(machine, machine.answer(last, now))
        table.watch_server(server_key(machine.request), machine)
    if state.dialog.phase is Phase.ENDING:
        if any(machine.awaits_ack for machine, _ in waiting):
            table.owed_byes.add(state.dialog.id)
        else:
            caller.bye(state.dialog, now)
    return state.dialog.id


def _read_waiting(dialog: Dialog, waiting: Waiting) -> tuple[ServerInvite, Response]:
    """The transaction of a saved INVITE, and the answer to give again."""
    request = parse_message(waiting.request.encode("latin-1", "replace"))
    last = parse_message(waiting.last.encode("latin-1", "replace")) if waiting.last else None
    if not isinstance(request, Request) or isinstance(last, Request):
        raise ParseError("not a saved INVITE", None)
    machine = ServerInvite(request, waiting.peer, waiting.transport)
    machine.dialog, machine.source, machine.origin = dialog.id, waiting.source, origin_of(request)
    return machine, last or answer(request, 100)


def _read_calling(calling: Calling) -> ClientInvite:
    request = parse_message(calling.request.encode("latin-1", "replace"))
    if isinstance(request, Response):
        raise ParseError("not a saved INVITE", None)
    return ClientInvite(request, calling.peer, calling.transport)


def _adopt_calling(
    table: Table, caller: Caller, calling: Calling, machine: ClientInvite, now: float
) -> None:
    transaction = client_key(machine.request)
    table.calls[calling.key] = Call(
        key=calling.key,
        transaction=transaction,
        request=machine.request,
        peer=calling.peer,
        transport=calling.transport,
        wants_cancel=calling.wants_cancel,
    )
    if calling.had_provisional:
        machine.resume()
        table.watch_client(transaction, machine)
    else:
        caller.start(machine, now)
    if calling.wants_cancel:
        caller.cancel(calling.key, now)
