"""Dialogs and transactions that a stack keeps, with the answers to what every request asks of them.

Mappings by id that also know, in one step each, how many are of one source, whether an INVITE is
here already, and which INVITEs a dialog has: so the work for one request does not grow with how
many others were sent. No rule of SIP and no limit is here; `admission` has them.
"""

from __future__ import annotations

from collections import Counter, UserDict
from collections.abc import Iterable
from typing import TypeVar

from kentongan.sip.alarms import Alarms
from kentongan.sip.client_transaction import Client, ClientInvite
from kentongan.sip.dialog import Dialog
from kentongan.sip.errors import ParseError
from kentongan.sip.pace import Pace
from kentongan.sip.server_transaction import Server, ServerInvite

Key = TypeVar("Key")
Machine = TypeVar("Machine")
Origin = tuple[str, str, int]
"""Call-ID, From tag and CSeq number: what merged copies of an INVITE have in common."""


class Dialogs(UserDict[str, Dialog]):
    """Dialogs by their id."""

    def __init__(self) -> None:
        self.alarms = Alarms()
        self.paces: dict[str, Pace] = {}
        self._of_source: Counter[str] = Counter()
        self._hops: dict[str, str] = {}  # of each dialog
        self._of_hop: Counter[str] = Counter()
        self._of_call: Counter[str] = Counter()
        super().__init__()

    def __setitem__(self, key: str, dialog: Dialog) -> None:
        before = self.data.get(key)
        self.data[key] = dialog
        if before is None:
            self._of_call[dialog.call_id] += 1
        if before is not None and _has_same_way(before, dialog):
            return
        if before is not None:
            self._forget_way(key, before)
        self._hops[key] = hop = _next_hop(dialog)
        self._of_source[dialog.peer.host] += 1
        self._of_hop[hop] += 1

    def __delitem__(self, key: str) -> None:
        self._forget_way(key, self.data[key])
        _one_less(self._of_call, self.data[key].call_id)
        del self.data[key]
        self.alarms.clear(key)
        self.paces.pop(key, None)

    def count_from(self, host: str) -> int:
        """Dialogs whose first message came from that host."""
        return self._of_source.get(host, 0)

    def has_call(self, call_id: str) -> bool:
        """Whether any of them has that Call-ID."""
        return call_id in self._of_call

    def concern(self, host: str) -> bool:
        """Whether messages of a dialog come from that host, or go there."""
        return host in self._of_source or host in self._of_hop

    def hosts_of(self, dialog: Dialog) -> tuple[str, str]:
        """Where its messages come from, and where they go."""
        return dialog.peer.host, _next_hop(dialog)

    def _forget_way(self, key: str, dialog: Dialog) -> None:
        _one_less(self._of_source, dialog.peer.host)
        _one_less(self._of_hop, self._hops.pop(key))


class Servers(UserDict[str, Server]):
    """Server transactions by their key; source, origin and dialog are set before they come here."""

    def __init__(self) -> None:
        self._labels: dict[str, tuple[str, Origin | None, str]] = {}
        self._of_source: Counter[str] = Counter()
        self._of_origin: Counter[Origin] = Counter()
        self._of_dialog: dict[str, dict[str, Server]] = {}
        super().__init__()

    def __setitem__(self, key: str, machine: Server) -> None:
        if self.data.get(key) is machine:
            return
        if key in self.data:
            del self[key]
        self.data[key] = machine
        origin = machine.origin if isinstance(machine, ServerInvite) else None
        self._labels[key] = (machine.source.host, origin, machine.dialog)
        self._of_source[machine.source.host] += 1
        self._of_dialog.setdefault(machine.dialog, {})[key] = machine
        if origin is not None:
            self._of_origin[origin] += 1

    def __delitem__(self, key: str) -> None:
        del self.data[key]
        host, origin, dialog = self._labels.pop(key)
        _one_less(self._of_source, host)
        if origin is not None:
            _one_less(self._of_origin, origin)
        _take_out(self._of_dialog, dialog, key)

    def count_from(self, host: str) -> int:
        """Transactions of that host's requests."""
        return self._of_source.get(host, 0)

    def has_origin(self, origin: Origin) -> bool:
        """Whether a copy of that INVITE is here."""
        return origin in self._of_origin

    def of_dialog(self, dialog: str) -> Iterable[Server]:
        """The peer's requests in that dialog, oldest first."""
        return self._of_dialog.get(dialog, {}).values()

    def invites_of(self, dialog: str) -> Iterable[ServerInvite]:
        """The peer's INVITEs in that dialog, oldest first."""
        return [m for m in self.of_dialog(dialog) if isinstance(m, ServerInvite)]


class Clients(UserDict[str, Client]):
    """Client transactions by their key; the dialog is set before they come here."""

    def __init__(self) -> None:
        self._of_dialog: dict[str, dict[str, Client]] = {}
        self._of_peer: Counter[str] = Counter()
        super().__init__()

    def __setitem__(self, key: str, machine: Client) -> None:
        if self.data.get(key) is machine:
            return
        if key in self.data:
            del self[key]
        self.data[key] = machine
        self._of_dialog.setdefault(machine.dialog, {})[key] = machine
        self._of_peer[machine.peer.host] += 1

    def __delitem__(self, key: str) -> None:
        machine = self.data.pop(key)
        _take_out(self._of_dialog, machine.dialog, key)
        _one_less(self._of_peer, machine.peer.host)

    def await_answer_of(self, host: str) -> bool:
        """Whether a request of ours went there, and its answers are still taken."""
        return host in self._of_peer

    def of_dialog(self, dialog: str) -> Iterable[Client]:
        """Our requests in that dialog, oldest first."""
        return self._of_dialog.get(dialog, {}).values()

    def invites_of(self, dialog: str) -> Iterable[ClientInvite]:
        """Our INVITEs in that dialog, oldest first."""
        return [m for m in self.of_dialog(dialog) if isinstance(m, ClientInvite)]


def _has_same_way(one: Dialog, other: Dialog) -> bool:
    return (one.peer, one.target, one.routes) == (other.peer, other.target, other.routes)


def _next_hop(dialog: Dialog) -> str:
    try:
        return dialog.next_hop()[0].host
    except ParseError:  # a route nobody can read leads nowhere
        return dialog.peer.host


def _one_less(counts: Counter[Key], key: Key) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]


def _take_out(invites: dict[str, dict[str, Machine]], dialog: str, key: str) -> None:
    """Without leaving an empty place behind: what was refused costs no memory."""
    machines = invites.get(dialog)
    if machines is not None:
        machines.pop(key, None)
        if not machines:
            del invites[dialog]
