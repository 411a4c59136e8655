"""The `notify` process: climbs the ladders, carries letters, hears what came of them.

One loop looks at the board, the ledger and what came in, and never waits for a gateway; gateways
are waited for in threads of their own. It keeps no truth: killed, it goes on from the board and the
ledger. A fault in one turn is told and does not end the next one.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

from kentongan.app.ports import Unavailable
from kentongan.core.ladder import Way
from kentongan.core.plans import Plans
from kentongan.edge.notify.channel import AnyIn, ReceiptIn
from kentongan.edge.notify.climbing import Climbing
from kentongan.edge.notify.crew_texts import CrewTexts
from kentongan.edge.notify.duty_calls import DutyCalls
from kentongan.edge.notify.gateways import Made, gateways_of
from kentongan.edge.notify.hooks import Hooks, HookServer
from kentongan.edge.notify.lane import Lane, Port
from kentongan.edge.notify.letters import Words, faults_of_words
from kentongan.edge.notify.receipts import Receipts
from kentongan.edge.notify.telephone import Telephone
from kentongan.edge.notify.whatsapp import Whatsapp
from kentongan.notify_settings import NotifySettings, secret_of
from kentongan.store.whole import WholeStore

PAUSE_S: Final = 0.25
"""Longest wait between two turns: so late may a rung begin or a letter be tried again."""

BUSY_PAUSE_S: Final = 0.02
"""Shortest wait, while there is something to do."""

AWAY_PAUSE_S: Final = 1.0
"""Wait before a store that is away is asked again."""

STATE_EVERY: Final = timedelta(seconds=5)
"""How often the gateways' state is written down."""

FORGET_EVERY: Final = timedelta(hours=1)

TEND_S: Final = 1.0
"""How often a gateway's line is looked at, seconds."""

_log = logging.getLogger(__name__)


class NotifyDependencies(Struct, frozen=True, kw_only=True):
    """Everything from outside."""

    open_store: Callable[[], WholeStore]
    plans: Plans
    settings: NotifySettings
    clock: Callable[[], datetime]
    switch_socket: Path = Path()


class Notify:
    """The running parts. Raises `OSError` or `ValueError` for settings that cannot be used.

    `made`: gateways to use in place of those of the settings.
    """

    def __init__(self, given: NotifyDependencies, made: Sequence[Made] | None = None) -> None:
        for fault in faults_of_words(given.settings.words):
            raise ValueError(fault)
        self._clock = given.clock
        self._settings = given.settings
        self.store = given.open_store()
        self._made = made or gateways_of(
            given.settings, self.store, given.clock, given.switch_socket
        )
        self.lanes = self._lanes()
        ways: set[Way] = {lane.way for lane in self.lanes}
        self.climbing = Climbing(self.store, given.plans, given.settings, ways)
        self.receipts = Receipts(self.store, given.plans)
        self._duty_calls = [
            DutyCalls(
                self.store,
                given.plans,
                one.gateway,
                is_wanted=self.climbing.is_wanted,
                take=self.receipts.take,
            )
            for one in self._made
            if isinstance(one.gateway, Telephone)
        ]
        settings = given.settings
        words = Words(settings.words)
        self.texts = CrewTexts(
            self.store,
            given.plans,
            words,
            reply_a_minute=settings.reply_a_minute,
            expires_s=settings.expires_s,
            answers="sms" in ways,
        )
        whatsapp = [one.gateway for one in self._made if isinstance(one.gateway, Whatsapp)]
        self.hooks = Hooks(secret_of(settings.hook_secret_file), settings.sms_http, whatsapp)
        self._waiting: list[AnyIn] = []
        self._state_at: datetime | None = None
        self._forget_at: datetime | None = None

    def turn(self) -> bool:
        """Everything that is to be done now; whether anything was."""
        now = self._clock()
        self._hear(now)
        self.receipts.step(now)
        did = self.climbing.step(now)
        for calls in self._duty_calls:
            calls.step(now)
        for lane in self.lanes:
            did = lane.step(self.climbing.is_wanted) or did
        self._look_after(now)
        return did

    def run(self, stop: threading.Event) -> None:
        """Turn until told to stop, then let letters that are on their way arrive."""
        server = None
        if self._settings.hook_port:
            server = HookServer(self.hooks, self._settings.hook_host, self._settings.hook_port)
        for made in self._made:
            if made.tend is not None:
                threading.Thread(target=_tend, args=(made.tend, stop), daemon=True).start()
        try:
            self._take_over(stop)
            while not stop.is_set():
                self._guarded_turn(stop)
        finally:
            if server is not None:
                server.stop()
            self.close()

    def close(self) -> None:
        """Let letters that are on their way arrive, and let go of everything."""
        for lane in self.lanes:
            lane.close()
        self.store.close()

    def _take_over(self, stop: threading.Event) -> None:
        """First of all, what our predecessor left."""
        while not stop.is_set():
            try:
                for lane in self.lanes:
                    lane.take_over()
            except Unavailable:
                stop.wait(AWAY_PAUSE_S)
            else:
                return

    def _guarded_turn(self, stop: threading.Event) -> None:
        try:
            seen = self.store.last_position()
            if self.turn():
                stop.wait(BUSY_PAUSE_S)
            else:
                is_flying = any(lane.is_flying for lane in self.lanes)
                self.store.wait(seen, BUSY_PAUSE_S if is_flying else PAUSE_S)
        except Unavailable as away:
            _log.warning("%s is away", away.who)
            stop.wait(AWAY_PAUSE_S)
        except Exception:  # noqa: BLE001 - the outermost loop: told, then on
            _log.exception("a turn failed; the next one follows")
            stop.wait(AWAY_PAUSE_S)

    def _lanes(self) -> Sequence[Lane]:
        now = self._clock()
        by_way: dict[Way, list[Port]] = {}
        for made in self._made:
            port = Port(made.gateway, made.way, made.a_minute, now)
            by_way.setdefault(made.way, []).append(port)
        return [
            Lane(way, ports, self.store.deliveries, self._clock) for way, ports in by_way.items()
        ]

    def _hear(self, now: datetime) -> None:
        """What gateways and hooks gathered. What a fault or an absent store stops stays first."""
        for made in self._made:
            self._waiting += made.gateway.gathered()
        self._waiting += self.hooks.gathered()
        while self._waiting:
            one = self._waiting[0]
            try:
                if isinstance(one, ReceiptIn):
                    self.receipts.take(one, now)
                else:
                    self.texts.take(one, now)
            except Unavailable:
                raise
            except BaseException:
                del self._waiting[0]
                raise
            del self._waiting[0]

    def _look_after(self, now: datetime) -> None:
        if self._state_at is None or now - self._state_at >= STATE_EVERY:
            self._state_at = now
            for lane in self.lanes:
                for state in lane.states():
                    self.store.deliveries.put_state(state)
        if self._forget_at is None or now - self._forget_at >= FORGET_EVERY:
            self._forget_at = now
            gone = self.store.deliveries.forget(now - timedelta(days=self._settings.keep_days))
            if gone:
                _log.info("%d old deliveries were forgotten", gone)


def _tend(tend: Callable[[], None], stop: threading.Event) -> None:
    while not stop.is_set():
        tend()
        stop.wait(TEND_S)
