"""One way to people with its gateways: tries what is due, hears what came of it.

Which gateway: the first in the order of the settings that may be given a letter now; after a
failed try the others come first. Before the first octet leaves, the ledger says that a try began;
so a process that is killed knows afterwards of which letters it does not know, and sends at most
one copy more of each, marked as such. Two processes that want the same letter: one changes the row.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from kentongan.app.ports import Unavailable
from kentongan.core.ladder import Way
from kentongan.edge.notify import ledger
from kentongan.edge.notify.channel import Gateway, Letter, NotSent, Taken
from kentongan.edge.notify.pace import Breaker, Counts, Pace
from kentongan.store.deliveries import Deliveries, Delivery, GatewayState, Kept

BATCH_MAX: Final = 100
"""Letters looked at in one step."""

WRITE_TRIES: Final = 40
"""Times, a second apart, that an answer is written down while the store is away; before
`ledger.SENDING_S` is over, because afterwards the letter would be sent once more."""

_log = logging.getLogger(__name__)


REFUSALS_MAX: Final = 3
"""Letters in a row refused for ever before it is the gateway that is at fault: its credit, its
rights, the sender's name. One is a wrong number."""


class Port:
    """A gateway with its pace, its breaker and what it did."""

    def __init__(self, gateway: Gateway, way: Way, a_minute: float, now: datetime) -> None:
        self.gateway = gateway
        self.way: Way = way
        self.pace = Pace(a_minute)
        self.breaker = Breaker()
        self.counts = Counts()
        self.busy = 0
        self._refusals = 0
        self._line_was_lost = False
        self._state = GatewayState(
            name=gateway.name, way=way, state="untried", since=now, seen_at=now
        )

    def wait_s(self, now: datetime) -> float:
        """How long until it may be given a letter, seconds."""
        if self.busy >= self.gateway.at_once:
            return 0.05
        return max(self.pace.wait_s(now), self.breaker.wait_s(now))

    def begin(self, now: datetime) -> None:
        """It is given one."""
        self.busy += 1
        self.pace.take(now)
        self.breaker.begin()

    def end(self, answer: Taken | NotSent, now: datetime) -> None:
        """What it said."""
        self.busy -= 1
        if isinstance(answer, Taken):
            self.counts.sent += 1
            self._refusals = 0
            self.breaker.end(now, is_well=True)
            self._become("ok", "", "", now)
            return
        self.counts.failed += 1
        if not answer.is_gateway:
            self.breaker.end(now, is_well=True)
            self._refusals += answer.is_lasting
            if self._refusals >= REFUSALS_MAX:
                self._become("failing", answer.why, answer.said, now)
            return
        self.breaker.end(now, is_well=False, pause_s=answer.pause_s)
        if not answer.is_too_fast:
            self._become("failing", answer.why, answer.said, now)

    def state(self, now: datetime, waiting: int) -> GatewayState:
        """How it does, for the lamp."""
        trouble = self.gateway.trouble
        if trouble is not None:
            self._become("failing", trouble.why, trouble.said, now)
        elif self._line_was_lost:
            self._become("ok", "", "", now)
        self._line_was_lost = trouble is not None
        old = self._state
        self._state = GatewayState(
            name=old.name,
            way=old.way,
            state=old.state,
            since=old.since,
            seen_at=now,
            why=old.why,
            said=old.said,
            sent=self.counts.sent,
            failed=self.counts.failed,
            waiting=waiting,
        )
        return self._state

    def _become(self, state: str, why: str, said: str, now: datetime) -> None:
        old = self._state
        self._state = GatewayState(
            name=old.name,
            way=old.way,
            state="ok" if state == "ok" else "failing",
            since=old.since if old.state == state else now,
            seen_at=now,
            why=why,
            said=said,
        )


class Lane:
    """All gateways of one way. `step` is called by one thread."""

    def __init__(
        self,
        way: Way,
        ports: Sequence[Port],
        deliveries: Deliveries,
        clock: Callable[[], datetime],
    ) -> None:
        self.way: Way = way
        self.ports = ports
        self._deliveries = deliveries
        self._clock = clock
        most = sum(port.gateway.at_once for port in ports)
        self._pool = ThreadPoolExecutor(max_workers=most, thread_name_prefix=f"notify-{way}")
        self._flying: dict[str, Future[None]] = {}
        self._by = f"{socket.gethostname()}/{os.getpid()}"

    def step(self, wanted: Callable[[Delivery], bool]) -> bool:
        """Try what is due; whether anything was. `wanted`: somebody still waits for its answer."""
        now = self._clock()
        self._land()
        did = False
        for kept in self._deliveries.due(self.way, now, BATCH_MAX):
            if kept.delivery.id not in self._flying:
                did = self._look_at(kept, now, wanted) or did
        return did

    def take_over(self) -> None:
        """Of a process of this machine that is gone: what it was sending waits no longer."""
        now = self._clock()
        ahead = now + timedelta(seconds=ledger.SENDING_S)
        for kept in self._deliveries.due(self.way, ahead, BATCH_MAX):
            delivery = kept.delivery
            if delivery.state == "sending" and _is_gone(delivery.attempts[-1].by):
                self._deliveries.change(ledger.left_behind(delivery, now), kept.revision)

    @property
    def is_flying(self) -> bool:
        """Whether a gateway has a letter that it has not answered yet."""
        self._land()
        return bool(self._flying)

    def close(self) -> None:
        """Wait for the letters that are on their way, at most as long as a gateway may take."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for port in self.ports:
            port.gateway.close()

    def _land(self) -> None:
        for key, future in list(self._flying.items()):
            if future.done():
                del self._flying[key]
                future.result()

    def _look_at(self, kept: Kept, now: datetime, wanted: Callable[[Delivery], bool]) -> bool:
        delivery = kept.delivery
        if delivery.state == "sending":
            return self._deliveries.change(ledger.left_behind(delivery, now), kept.revision)
        if now >= delivery.expires_at:
            over = ledger.ended(delivery, "expired", "too_late", now)
            return self._deliveries.change(over, kept.revision)
        if not wanted(delivery):
            over = ledger.ended(delivery, "cancelled", "answered", now)
            return self._deliveries.change(over, kept.revision)
        port = self._choose(delivery, now)
        if port is None:
            return False
        begun = ledger.begun(delivery, port.gateway.name, now, self._by)
        if not self._deliveries.change(begun, kept.revision):
            return False
        port.begin(now)
        self._flying[delivery.id] = self._pool.submit(self._send, begun, kept.revision + 1, port)
        return True

    def _choose(self, delivery: Delivery, now: datetime) -> Port | None:
        """The first that is free, those that failed with this letter last."""
        tried = [attempt.gateway for attempt in delivery.attempts]
        free = [port for port in self._left(delivery) if port.wait_s(now) <= 0]
        return min(free, key=lambda port: tried.count(port.gateway.name), default=None)

    def _left(self, delivery: Delivery) -> Sequence[Port]:
        """Those that may be asked: all of the way, but who said that they never take this one."""
        never = {one.gateway for one in delivery.attempts if one.is_lasting}
        may = [one for one in self.ports if delivery.gateway in ("", one.gateway.name)]
        return [one for one in may if one.gateway.name not in never]

    def _send(self, delivery: Delivery, revision: int, port: Port) -> None:
        letter = Letter(
            id=delivery.id,
            to=delivery.to,
            text=delivery.text,
            title=delivery.title,
            about=delivery.about,
            expires_s=max(1.0, (delivery.expires_at - self._clock()).total_seconds()),
        )
        try:
            answer = port.gateway.send(letter)
        except NotSent as not_sent:
            answer = not_sent
            _log.warning("%s by %s: %s", delivery.id, port.gateway.name, not_sent)
        except BaseException:
            port.end(NotSent("fault", is_unsure=True), self._clock())
            raise
        port.end(answer, self._clock())
        for _ in range(WRITE_TRIES):
            try:
                self._write_down(delivery, revision, port, answer)
            except Unavailable:
                time.sleep(1.0)
            else:
                return

    def _write_down(
        self, delivery: Delivery, revision: int, port: Port, answer: Taken | NotSent
    ) -> None:
        now = self._clock()
        if isinstance(answer, Taken):
            self._deliveries.name_parts(port.gateway.name, answer.ids, delivery.id, now)
            told = ledger.taken(delivery, answer, now)
        else:
            has_other = any(one is not port for one in self._left(delivery))
            told = ledger.refused(delivery, answer, now, has_other=has_other)
        if not self._deliveries.change(told, revision):
            _log.error("%s was changed by somebody else while it was sent", delivery.id)

    def states(self) -> Sequence[GatewayState]:
        """How its gateways do."""
        now = self._clock()
        ahead = now + timedelta(days=1)
        waiting = len(self._deliveries.due(self.way, ahead, BATCH_MAX))
        return [port.state(now, waiting) for port in self.ports]


def _is_gone(by: str) -> bool:
    """Whether that was a process of this machine which does not run any more."""
    machine, _, number = by.rpartition("/")
    if machine != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
