"""A trial of one trunk from this machine: address, connection, certificate, OPTIONS, account.

Sends what the switch would send, from a port of its own where the switch has the usual one, and
says step by step what came of it. It places a call only when it is given a number, and hangs up by
itself. Whether calls come in cannot be tried from here; who may call is repeated instead.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from kentongan.edge.switch.credentials import Proofs
from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.keepalive import ANSWER_S_MAX, DOWN_STATUSES, target_of
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.names import Names, Resolve
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.registering import Registrations, own_contact
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.sockets import ANSWER, SipSockets, own_address_to
from kentongan.edge.switch.tls import WARN_DAYS, Certificates
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport, bracketed
from kentongan.sip.codecs import Codec, own_format
from kentongan.sip.sdp import Session, write_audio
from kentongan.sip.stack import Stack

REGISTER_S_MAX = 12.0
"""For REGISTER with its challenges."""
CALL_S_MAX = 30.0
"""Until a call that was asked for is answered; a telephone rings that long."""
TALK_S = 2.0
"""After the answer, before we hang up: the far side sees a call and no mistake."""
PULSE_S = 0.05
"""Between two looks at timers."""

Verdict = Literal["well", "note", "warning", "fault"]
Fact = str | int | float


class Finding(Struct, frozen=True, kw_only=True):
    """What one step came to. `key` says it as a word, `facts` with what."""

    trunk: str
    step: str
    verdict: Verdict
    key: str
    facts: dict[str, Fact] = {}


class Trial:
    """One trunk, tried once."""

    def __init__(
        self, settings: SwitchSettings, trunk: Trunk, *, resolve: Resolve | None = None
    ) -> None:
        self._settings = settings
        self._trunk = trunk
        self._gate = Gate((trunk,))
        self._notices = Notices()
        self._certificates = Certificates(settings.tls, self._notices)
        self._names = Names(self._gate, self._notices, resolve)
        self._transport = Transport(trunk.transport)
        self._sockets = SipSockets(
            self._gate,
            self._certificates,
            self._notices,
            receive=self._received,
            turn_away=self._received,
            is_concerned=_anybody,
            awaits=_anybody,
        )
        self._sockets.connections.when_failed = self._failed
        self._heard: list[events.Event] = []
        self._failure = ""
        self._elsewhere = ""  # who answered instead of the address that was asked
        self._own = Address("127.0.0.1", settings.sip_port)
        self._peer = Address("", 0)
        self._stack = self._new_stack()
        self._proofs = Proofs(self._gate, self._stack, secrets.token_hex)

    async def run(self, call: str = "") -> AsyncIterator[Finding]:
        """The steps in their order; `call` is a number to ring, "" rings nobody."""
        yield self._calls_in()
        if not self._trunk.host and self._trunk.register is None:
            return
        if self._transport is Transport.TLS:
            yield self._own_certificate()
        found = await self._address()
        yield found
        if found.verdict == "fault":
            return
        if not self._trunk.reaches_from(self._peer.host) and self._trunk.networks:
            yield self._finding("host", "note", "host_only_answers", host=self._peer.host)
        try:
            async for finding in self._speak(call):
                yield finding
        finally:
            await self._sockets.close()

    def _calls_in(self) -> Finding:
        """Who may call: what the carrier has to be told, or has told us."""
        trunk = self._trunk
        if trunk.networks or trunk.certificate_names:
            who = ", ".join((*trunk.networks, *trunk.certificate_names))
        else:
            who = ", ".join(trunk.own_hosts)
        return self._finding("calls_in", "note", "may_call_from", who=who)

    def _own_certificate(self) -> Finding:
        state = self._certificates.state(datetime.now(UTC))
        verdict: Verdict = "well" if state.state == "well" else "fault"
        facts: dict[str, Fact] = {"names": ", ".join(state.names)}
        if state.not_after is not None:
            facts |= {"not_after": f"{state.not_after:%Y-%m-%d}", "days": state.days_left or 0}
        if state.reason:
            facts["reason"] = state.reason
        verdict = "warning" if state.state == "soon" else verdict
        return self._finding("own_certificate", verdict, f"certificate_{state.state}", **facts)

    async def _address(self) -> Finding:
        await self._names.refresh()
        register = self._trunk.register
        host = self._trunk.host or (register.registrar if register else "")
        found = self._names.addresses(host)
        if not found:
            return self._finding("address", "fault", "name_unresolved", host=host)
        self._peer = Address(found[0], self._trunk.sip_port)
        await self._bind()
        return self._finding(
            "address",
            "well",
            "address",
            host=host,
            address=", ".join(found),
            port=self._peer.port,
            own=f"{bracketed(self._own.host)}:{self._own.port}",
        )

    async def _bind(self) -> None:
        """The usual port where it is free, for a carrier that knows us by it; else any."""
        host = own_address_to(self._peer.host) or self._settings.sip_hosts[0]
        for port in (self._settings.sip_port, 0):
            try:
                self._own = Address(host, await self._sockets.open(host, port))
                break
            except OSError:
                continue
        self._stack = self._new_stack()
        self._proofs = Proofs(self._gate, self._stack, secrets.token_hex)

    def _new_stack(self) -> Stack:
        own = self._own
        secure = Address(own.host, self._settings.tls_port)
        local = [
            Listener(Transport.UDP, own),
            Listener(Transport.TCP, own),
            Listener(Transport.TLS, secure),
        ]
        return Stack(lambda: secrets.token_hex(10), local, "Kentongan trial")

    async def _speak(self, call: str) -> AsyncIterator[Finding]:
        trunk = self._trunk
        if trunk.host:
            asked = await self._options()
            if self._transport is Transport.TLS and not self._failure:
                yield self._peer_certificate()
            yield asked
            if self._failure:
                return
        if trunk.register is not None:
            yield await self._register()
        if call:
            yield await self._call(call)

    async def _options(self) -> Finding:
        begun = time.monotonic()
        key = self._stack.options(
            target_of(self._trunk), now=begun, peer=self._peer, transport=self._transport
        )
        answer = await self._until(lambda: self._final(key), ANSWER_S_MAX)
        if self._failure:
            return self._finding("connection", "fault", self._failure)
        if answer is None:
            return self._finding("options", "fault", self._silence(), **self._silent_facts())
        verdict: Verdict = "fault" if answer.status in DOWN_STATUSES else "well"
        took_ms = round((time.monotonic() - begun) * 1000, 1)
        return self._finding("options", verdict, "answered", status=answer.status, ms=took_ms)

    def _peer_certificate(self) -> Finding:
        shown = self._sockets.connections.peer_certificates.get(self._trunk.key)
        if shown is None or shown.not_after is None:
            return self._finding("peer_certificate", "fault", "certificate_none")
        days = (shown.not_after - datetime.now(UTC)).days
        return self._finding(
            "peer_certificate",
            "well" if days >= WARN_DAYS else "warning",
            "certificate_well" if days >= WARN_DAYS else "certificate_soon",
            names=", ".join(shown.names),
            not_after=f"{shown.not_after:%Y-%m-%d}",
            days=days,
        )

    async def _register(self) -> Finding:
        settings = self._settings
        ports = (settings.sip_port, settings.tls_port)
        registrations = Registrations(
            (self._trunk,),
            self._names,
            self._stack,
            self._notices,
            contact_of=lambda trunk, peer: own_contact(trunk, settings.hosts, ports, peer),
            token=lambda: secrets.token_hex(10),
        )
        deadline = time.monotonic() + REGISTER_S_MAX
        while time.monotonic() < deadline and not self._failure:
            now = Moment(time.monotonic(), datetime.now(UTC))
            for event in self._heard:
                registrations.take(event, now)
            self._heard.clear()
            registrations.look(now)
            (shown,) = registrations.health(now)
            if shown.is_registered and shown.until is not None:
                left_s = round((shown.until - now.at).total_seconds())
                return self._finding("register", "well", "registered", seconds=left_s)
            if shown.fault:
                return self._finding("register", "fault", shown.fault)
            await self._pulse()
        fault = self._failure or self._silence()
        return self._finding("register", "fault", fault, **self._silent_facts())

    def _silence(self) -> str:
        return "answered_elsewhere" if self._elsewhere else "no_answer"

    def _silent_facts(self) -> dict[str, Fact]:
        return {"address": self._elsewhere, "asked": self._peer.host}

    async def _call(self, number: str) -> Finding:
        begun, domain = time.monotonic(), bracketed(self._trunk.address_domain)
        caller = self._trunk.caller_id or "112"
        key = self._stack.invite(
            f"sip:{number}@{domain}",
            self._offer(),
            now=begun,
            peer=self._peer,
            transport=self._transport,
            from_uri=f"sip:{caller}@{bracketed(self._own.host)}",
        )
        answer = await self._until(lambda: self._final(key), CALL_S_MAX)
        took_s = round(time.monotonic() - begun, 1)
        if answer is None:
            self._stack.cancel(key, now=time.monotonic())
            await self._until(lambda: self._final(key), 2.0)
            return self._finding("call", "fault", "not_answered", number=number, seconds=took_s)
        if answer.status >= 300:
            return self._finding(
                "call", "fault", "call_refused", number=number, status=answer.status
            )
        await self._until(lambda: None, TALK_S)
        self._stack.bye(answer.dialog, now=time.monotonic())
        await self._until(lambda: None, 0.5)
        return self._finding("call", "well", "call_answered", number=number, seconds=took_s)

    def _offer(self) -> bytes:
        formats = tuple(own_format(Codec(name)) for name in self._trunk.codecs)
        ptime_ms = self._trunk.ptime_ms
        session = Session(
            self._own.host,
            self._settings.sip_port + 2,
            session_id=1,
            formats=formats,
            ptime_ms=ptime_ms,
            maxptime_ms=ptime_ms,
        )
        return write_audio(session)

    def _final(self, key: str) -> events.Response | None:
        """The final answer to that request, once it is there."""
        for event in self._heard:
            if isinstance(event, events.Response) and event.call == key and event.status >= 200:
                return event
        return None

    async def _until(
        self, found: Callable[[], events.Response | None], within_s: float
    ) -> events.Response | None:
        """Let time pass until something is found, nothing can be any more, or time is over."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline and not self._failure:
            await self._pulse()
            answer = found()
            if answer is not None:
                return answer
        return None

    async def _pulse(self) -> None:
        self._heard += self._stack.poll(time.monotonic())
        self._flush()
        await asyncio.sleep(PULSE_S)

    def _received(self, data: bytes, source: Address, transport: Transport) -> None:
        if data.startswith(ANSWER) and not self._is_taken(source, transport):
            self._elsewhere = source.host
            return
        now = time.monotonic()
        for event in self._stack.receive(data, source, transport, now):
            if not self._is_register(event) and self._proofs.take(event, now):
                continue
            self._heard.append(event)
        self._flush()

    def _is_taken(self, source: Address, transport: Transport) -> bool:
        """Whether the switch would take an answer from there."""
        is_known = self._gate.may_try(source.host, transport)
        return is_known or self._stack.awaits(source.host) or self._stack.concerns(source.host)

    def _is_register(self, event: events.Event) -> bool:
        """Answered by the registration's own machine."""
        return isinstance(event, events.Response) and event.method == "REGISTER"

    def _flush(self) -> None:
        for out in self._stack.drain():
            self._sockets.send(out)

    def _failed(self, address: Address, transport: Transport, cause: str) -> None:
        if (address, transport) == (self._peer, self._transport):
            self._failure = cause

    def _finding(self, step: str, verdict: Verdict, key: str, **facts: Fact) -> Finding:
        return Finding(trunk=self._trunk.key, step=step, verdict=verdict, key=key, facts=facts)


def _anybody(host: str) -> bool:
    """Whoever answers a trial is listened to; nothing that comes in becomes a call."""
    return bool(host)
