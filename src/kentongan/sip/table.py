"""What a stack remembers: dialogs, transactions, calls under way, timers, and what to send.

Shared by the two sides, `callee` and `caller`. Holds no rule of SIP beyond "which listener".
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kentongan.sip.address import Address, Listener, Outgoing, Transport, bracketed
from kentongan.sip.alarms import Alarms
from kentongan.sip.client_transaction import Client, ClientInvite
from kentongan.sip.dialog import Dialog
from kentongan.sip.grammar import wire
from kentongan.sip.kept import Clients, Dialogs, Servers
from kentongan.sip.message import Request
from kentongan.sip.server_transaction import Server, ServerInvite
from kentongan.sip.transaction import Ask, Deliver, Effect, Expired, Machine, Send

FORKS_MAX = 16
"""Phones of one call of ours that may ring; further ones are not listened to."""
TAG_CHARS_MAX = 64
"""Longest tag or branch we make; the token source is trusted to give enough chance, not to stop."""


IsDirect = Callable[[Address, Transport], bool]
"""Whether a Contact that is no public address can be reached from here, by where the peer is."""

OwnersOf = Callable[[Address, Transport], tuple[str, ...]]
"""Whose an address is, as the switch names them; empty for nobody's."""


class Call(Struct, kw_only=True):
    """A call of ours from its INVITE until nothing about that INVITE can arrive any more."""

    key: str
    transaction: str
    request: Request
    peer: Address
    transport: Transport
    wants_cancel: bool = False
    is_cancelled: bool = False
    answered: str = ""
    """The dialog whose 2xx came first."""
    hung_up: set[str] = msgspec.field(default_factory=set[str])
    """Dialogs of forks that answered too late."""
    forks: set[str] = msgspec.field(default_factory=set[str])
    """All dialogs this call has opened."""
    redirects: int = 0
    """How many redirections may still be followed."""
    tried: set[str] = msgspec.field(default_factory=set[str])
    """Where it was sent already."""


class Table:
    """The memory of one `Stack`."""

    def __init__(
        self,
        token: Callable[[], str],
        local: Iterable[Listener],
        user_agent: str,
        contact_user: str,
        is_direct: IsDirect,
        owners_of: OwnersOf,
    ) -> None:
        self._token = token
        self._local = tuple(local)
        self._contact_user = wire(contact_user)
        self.user_agent = wire(user_agent)
        self._is_direct = is_direct
        self._owners_of = owners_of
        self.dialogs = Dialogs()
        self.servers = Servers()
        self.clients = Clients()
        self.calls: dict[str, Call] = {}
        self.owed_byes: set[str] = set()
        """Dialogs to hang up as soon as our 2xx is acknowledged (RFC 3261 section 15)."""
        self.asked_again: dict[str, Ask] = {}
        """What met a 491 and waits for its dialog's alarm (section 14.1)."""
        self.out: list[Outgoing] = []
        self._due: list[tuple[float, bool, str]] = []

    def token(self) -> str:
        return wire(self._token())[:TAG_CHARS_MAX]

    def chance(self) -> float:
        """A number from 0 up to 1, drawn from the token source."""
        drawn = hashlib.sha256(self.token().encode("latin-1", "replace")).digest()
        return int.from_bytes(drawn[:6], "big") / 2**48

    def known(self, dialog: Dialog, peer: Address, transport: Transport) -> Dialog:
        """A dialog that opens, with what the switch knows of its peer."""
        owners = self._owners_of(peer, transport)
        return replace(dialog, is_direct=self._is_direct(peer, transport), owners=owners)

    def may_speak(self, dialog: Dialog, source: Address, transport: Transport) -> bool:
        """Whether a request from there may act in a dialog: tags that fit can have been overheard.

        Its owner's addresses may, and where its messages come from or go to, by the same transport.
        """
        owners = dialog.owners
        if not owners or not set(owners).isdisjoint(self._owners_of(source, transport)):
            return True
        return transport is dialog.transport and source.host in self.dialogs.hosts_of(dialog)

    @property
    def alarms(self) -> Alarms:
        return self.dialogs.alarms

    def forget(self, dialog: str) -> None:
        """A dialog is over, and all that was still to be done in it."""
        self.dialogs.pop(dialog, None)
        self.owed_byes.discard(dialog)
        self.asked_again.pop(dialog, None)

    def listener(self, transport: Transport, towards: str) -> Listener:
        """Our address on that transport, of the family of the host `towards`; else the first."""
        ours = [own for own in self._local if own.transport is transport] or self._local[:1]
        is_six = ":" in towards
        return next((own for own in ours if (":" in own.address.host) is is_six), ours[0])

    def via(self, transport: Transport, towards: str) -> str:
        own = self.listener(transport, towards).address
        sent_by = f"{bracketed(own.host)}:{own.port}"
        return f"SIP/2.0/{transport.upper()} {sent_by};branch=z9hG4bK{self.token()};rport"

    def contact(self, transport: Transport, towards: str) -> str:
        own = self.listener(transport, towards)
        suffix = "" if own.transport is Transport.UDP else f";transport={own.transport}"
        user = f"{self._contact_user}@" if self._contact_user else ""
        return f"<sip:{user}{bracketed(own.address.host)}:{own.address.port}{suffix}>"

    def send(self, data: bytes, peer: Address, transport: Transport) -> None:
        self.out.append(Outgoing(data, peer, transport))

    def apply(self, machine: Machine, effects: list[Effect]) -> list[Deliver | Expired]:
        """Send what is to be sent; what is left concerns the user of the transaction."""
        left: list[Deliver | Expired] = []
        for effect in effects:
            if isinstance(effect, Send):
                self.send(effect.data, machine.peer, machine.transport)
            else:
                left.append(effect)
        return left

    def watch_server(self, key: str, machine: Server) -> None:
        """Keep a server transaction, or its changed timers, or forget one that is over."""
        if machine.is_over:
            self.servers.pop(key, None)
        else:
            self.servers[key] = machine
            self._watch(machine, is_server=True, key=key)

    def watch_client(self, key: str, machine: Client) -> None:
        if machine.is_over:
            self.clients.pop(key, None)
        else:
            self.clients[key] = machine
            self._watch(machine, is_server=False, key=key)

    def _watch(self, machine: Machine, *, is_server: bool, key: str) -> None:
        if machine.due_at not in {None, machine.watched_at}:
            machine.watched_at = machine.due_at
            heapq.heappush(self._due, (machine.due_at or 0.0, is_server, key))

    def next_timer(self) -> float | None:
        """When `pop_due`, or an alarm of a dialog, will have something."""
        moments = (self._next_transaction(), self.alarms.next_at())
        return min((at for at in moments if at is not None), default=None)

    def _next_transaction(self) -> float | None:
        """The first timer of a transaction; entries of changed timers are dropped here."""
        while self._due:
            at, is_server, key = self._due[0]
            machine = self.servers.get(key) if is_server else self.clients.get(key)
            if machine is not None and machine.due_at == at:
                return at
            heapq.heappop(self._due)
        return None

    def pop_due(self, now: float) -> tuple[bool, str] | None:
        """The transaction whose timer is due first: whether it is a server's, and its key.

        None also where an alarm of a dialog is due before it.
        """
        at, alarm_at = self._next_transaction(), self.alarms.next_at()
        if at is None or at > now or (alarm_at is not None and alarm_at < at):
            return None
        _, is_server, key = heapq.heappop(self._due)
        machine = self.servers[key] if is_server else self.clients[key]
        machine.watched_at = None
        return is_server, key

    def server_invites(self, dialog: str) -> list[ServerInvite]:
        """INVITEs of that dialog that are unanswered, then those whose 2xx waits for its ACK."""
        found = list(self.servers.invites_of(dialog))
        return [m for m in found if m.is_unanswered] + [m for m in found if m.awaits_ack]

    def server_invite(self, dialog: str) -> ServerInvite | None:
        """The first of `server_invites`."""
        return next(iter(self.server_invites(dialog)), None)

    def client_invite(self, dialog: str) -> ClientInvite | None:
        """Our unanswered re-INVITE in that dialog."""
        ours = self.clients.invites_of(dialog)
        return next((machine for machine in ours if machine.is_unanswered), None)
