"""Whether trunks answer: OPTIONS to each that has a host, and what its silence means.

A trunk is `up` as long as anything answers there, be it a 404; `down` after two questions without
an answer, after a status that says so (503), or when no connection can be opened; `unknown` until
the first answer, `unwatched` where we do not ask. What comes in from a trunk is noted too, as many
carriers ask us and want no questions. Outgoing calls go where `address_of` says.
"""

import logging
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.names import Names
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip import events
from kentongan.sip.address import Address, Transport, bracketed

ANSWER_S_MAX = 8.0
"""Without an answer that long a question has failed: five repeats over UDP, and time to spare."""
FAILURES_TO_DOWN = 2
"""Questions in a row without an answer: one may be lost with a switch that fails over."""
DOWN_PERIOD_S = 10.0
"""Between two questions to a trunk that is not up: its return is seen soon."""
QUESTIONS_MAX = 1_024
"""Questions whose answers are still waited for: 64 trunks, 32 s each, at the shortest period."""
DOWN_STATUSES = frozenset({408, 500, 502, 503, 504, 600, 603, 604, 606})
"""What an exchange answers that is there and takes no calls."""

State = Literal["unwatched", "unknown", "up", "down"]
_log = logging.getLogger(__name__)


class Asks(Protocol):
    """What is needed of the SIP stack."""

    def options(
        self, target: str, *, now: float, peer: Address, transport: Transport = Transport.UDP
    ) -> str:
        """Send OPTIONS outside dialogs; the key of its answers."""
        ...


class TrunkHealth(Struct, frozen=True, kw_only=True):
    """How it is with one trunk, for people and for choosing a way out.

    `reason` says why it is down, or with what it answered if not with 200; `heard_at` is when
    something last came in from it, `round_trip_ms` the time of the last answer.
    """

    key: str
    label: str
    transport: str
    state: State
    since: datetime | None = None
    reason: str = ""
    round_trip_ms: float | None = None
    address: str = ""
    asked_at: datetime | None = None
    heard_at: datetime | None = None


class _Watch(Struct, kw_only=True):
    """What is remembered of one trunk between questions."""

    trunk: Trunk
    shown: TrunkHealth
    due_at: float = 0.0
    failures: int = 0
    choice: int = 0  # which of its addresses is asked

    @property
    def is_watched(self) -> bool:
        return bool(self.trunk.host and self.trunk.options_period_s)


class _Question(Struct, frozen=True, kw_only=True):
    trunk: str
    asked_at: float
    is_failed: bool = False


class Keepalive:
    """The state of all trunks. No clock of its own: `look` each second, `take` each event."""

    def __init__(self, gate: Gate, names: Names, asks: Asks) -> None:
        self._gate = gate
        self._names = names
        self._asks = asks
        self._questions: dict[str, _Question] = {}
        self._watches = {
            trunk.key: _Watch(trunk=trunk, shown=_first(trunk)) for trunk in gate.trunks
        }

    def look(self, moment: Moment) -> None:
        """Give up on questions that are too old, and ask who is due."""
        for call, question in list(self._questions.items()):
            if not question.is_failed and moment.now - question.asked_at > ANSWER_S_MAX:
                self._questions[call] = replace(question, is_failed=True)
                self._failed(self._watches[question.trunk], "no_answer", moment)
        for watch in self._watches.values():
            if watch.is_watched and moment.now >= watch.due_at:
                self._ask(watch, moment)

    def take(self, event: events.Event, moment: Moment) -> bool:
        """Note what an event says of a trunk; whether it was an answer to us, and nobody else's."""
        match event:
            case events.Response(call=call) | events.Timeout(call=call):
                question = self._questions.get(call)
                if question is None:
                    return False
                if isinstance(event, events.Timeout):
                    del self._questions[call]
                elif event.status >= 200:
                    del self._questions[call]
                    self._answered(self._watches[question.trunk], event, question, moment)
                return True
            case events.Invite() | events.Options():
                self._heard(event.source, event.transport, moment)
            case _:
                pass
        return False

    def connection_failed(
        self, address: Address, transport: Transport, reason: str, moment: Moment
    ) -> None:
        """No connection could be opened there: whoever is asked over it does not answer."""
        for call, question in list(self._questions.items()):
            watch = self._watches[question.trunk]
            is_there = (self._where(watch), transport) == (address, watch.trunk.transport)
            if is_there and not question.is_failed:
                self._questions[call] = replace(question, is_failed=True)
                self._failed(watch, reason, moment, at_once=True)

    def address_of(self, trunk: Trunk) -> Address | None:
        """Where to send to that trunk; None when nobody knows, or another one is the better way.

        A trunk that is down is still a way where no other is up: its silence may be over.
        """
        watch = self._watches.get(trunk.key)
        if watch is None or not trunk.host:
            return None
        if watch.shown.state == "down" and any(
            other.shown.state == "up" and other.trunk.host for other in self._watches.values()
        ):
            return None
        return self._where(watch)

    def health(self) -> tuple[TrunkHealth, ...]:
        """All trunks, in the order of the settings."""
        return tuple(watch.shown for watch in self._watches.values())

    def _where(self, watch: _Watch) -> Address | None:
        found = self._names.addresses(watch.trunk.host)
        if not found:
            return None
        return Address(found[watch.choice % len(found)], watch.trunk.sip_port)

    def _ask(self, watch: _Watch, moment: Moment) -> None:
        trunk, address = watch.trunk, self._where(watch)
        watch.due_at = moment.now + _period_s(watch)
        if address is None:
            self._failed(watch, "name_unresolved", moment, at_once=True)
            return
        if len(self._questions) >= QUESTIONS_MAX:
            return
        transport = Transport(trunk.transport)
        call = self._asks.options(
            target_of(trunk), now=moment.now, peer=address, transport=transport
        )
        self._questions[call] = _Question(trunk=trunk.key, asked_at=moment.now)
        watch.shown = replace(watch.shown, asked_at=moment.at, address=address.host)

    def _answered(
        self, watch: _Watch, answer: events.Response, question: _Question, moment: Moment
    ) -> None:
        round_trip_ms = round((moment.now - question.asked_at) * 1000, 1)
        watch.shown = replace(watch.shown, round_trip_ms=round_trip_ms, heard_at=moment.at)
        reason = "" if answer.status < 300 else f"status_{answer.status}"
        if answer.status in DOWN_STATUSES:
            self._failed(watch, reason, moment, at_once=True)
            return
        watch.failures = 0
        self._become(watch, "up", reason, moment)
        watch.due_at = question.asked_at + _period_s(watch)

    def _failed(self, watch: _Watch, reason: str, moment: Moment, *, at_once: bool = False) -> None:
        """One more failure; the next question goes to the next address of the host."""
        watch.failures += 1
        watch.choice += 1
        if at_once or watch.failures >= FAILURES_TO_DOWN:
            self._become(watch, "down", reason, moment)
        watch.due_at = min(watch.due_at, moment.now + DOWN_PERIOD_S)

    def _become(self, watch: _Watch, state: State, reason: str, moment: Moment) -> None:
        shown = watch.shown
        if shown.state != state:
            level = logging.WARNING if state == "down" or shown.state == "down" else logging.INFO
            _log.log(level, "trunk %s is %s%s", shown.key, state, f": {reason}" if reason else "")
            shown = replace(shown, state=state, since=moment.at)
        watch.shown = replace(shown, reason=reason)

    def _heard(self, source: Address, transport: Transport, moment: Moment) -> None:
        trunk = self._gate.find(source, transport)
        watch = None if trunk is None else self._watches.get(trunk.key)
        if watch is not None:
            watch.shown = replace(watch.shown, heard_at=moment.at)


def target_of(trunk: Trunk) -> str:
    """The Request-URI of a question to the trunk itself."""
    port = f":{trunk.port}" if trunk.port else ""
    parameter = "" if trunk.transport == "udp" else f";transport={trunk.transport}"
    return f"sip:{bracketed(trunk.address_domain)}{port}{parameter}"


def _period_s(watch: _Watch) -> float:
    period_s = float(watch.trunk.options_period_s)
    return period_s if watch.shown.state == "up" else min(period_s, DOWN_PERIOD_S)


def _first(trunk: Trunk) -> TrunkHealth:
    is_watched = bool(trunk.host and trunk.options_period_s)
    return TrunkHealth(
        key=trunk.key,
        label=trunk.label,
        transport=trunk.transport,
        state="unknown" if is_watched else "unwatched",
    )
