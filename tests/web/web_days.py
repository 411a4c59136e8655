"""The same day of a city again and again, as what `web` and `work` keep in memory lives through it.

The day is the demo's (`write_history`): calls, incidents, units, by seed; here every call has a
number, and every day and every copy of it keys of its own. The store, the clock that only this
moves, `Live` with a screen of the room, and the whole `Worker` are the real ones. Since every day
is the same, what they hold at its end is the same too, or something stays that should not.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from zlib import crc32

from msgspec import structs

from kentongan.app.city import plans_of
from kentongan.app.ports import Draft, Recorded
from kentongan.app.worker import Worker
from kentongan.cities.pack import CityPack
from kentongan.core.events import AnyEvent, CallOffered, ReportLinked, ReportOpened
from kentongan.core.policy import AnyEffect
from kentongan.core.streams import evolve, fold, kind_of, rows_of
from kentongan.core.words import Agent, AgentId, CallId, CommandId, ReportId, Role, personal
from kentongan.demo.history import write_history
from kentongan.edge.web.fixes import Fixes
from kentongan.edge.web.lanes import Lanes
from kentongan.edge.web.listener import Listener
from kentongan.edge.web.live import Live
from kentongan.edge.web.reads import Reads
from kentongan.edge.web.texts import Texts
from kentongan.edge.web.view import share_class
from kentongan.store.memory import MemoryStore
from kentongan.store.whole import WholeStore

BEGINS: Final = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
"""Midnight in Semarang."""

LOOKED_EVERY: Final = timedelta(minutes=10)
DAY: Final = timedelta(days=1)
STEPS_MAX: Final = 50
"""Of the worker in one look; what is left waits for the next one."""

HAPPEN: Final = ("call:", "report:", "incident:")
"""Streams of what happens, anew each day."""

CHIEF: Final = Agent(id=AgentId("sup"), name="", roles=(Role.SUPERVISOR,))


class Post:
    """Delivers everything at once."""

    def deliver(self, effect: AnyEffect) -> str:
        """By hand."""
        del effect
        return "hand"


class Days:
    """A city's days over a store, and what the two processes know of them."""

    def __init__(self, open_store: Callable[[], WholeStore], pack: CityPack, copies: int) -> None:
        """`copies` of the day run beside each other: a city so many times as large."""
        self.now = BEGINS
        self._store = open_store()
        self._copies = copies
        self._facts = _one_day(pack)
        self._worker = Worker(self._store, plans_of(pack), Post())
        self._texts = Texts(lambda: self.now)
        lanes = Lanes(open_store)
        reads = Reads(lanes, lambda: self.now)
        self.live = Live(open_store, lambda: self.now, reads, Fixes(), self._texts)
        self.live._stopping.set()  # it is this thread that follows, and waits for nothing
        self._open_a_screen()

    def live_through(self, day: int) -> None:
        """All of that day's facts, and a look of both processes every ten minutes."""
        began = BEGINS + day * DAY
        facts = iter(self._facts)
        fact = next(facts, None)
        for look in range(DAY // LOOKED_EVERY):
            self.now = began + (look + 1) * LOOKED_EVERY
            while fact is not None and fact.meta.at - BEGINS <= self.now - began:
                at = began + (fact.meta.at - BEGINS)
                for mark in self._marks(fact, day):
                    self._write(fact, mark, at)
                fact = next(facts, None)
            self._look()

    def _marks(self, fact: Recorded, day: int) -> list[str]:
        """What its keys end with, one for each copy; the city's own units and agencies are once."""
        if fact.meta.stream.startswith(HAPPEN):
            return [f"d{day}c{copy}" for copy in range(self._copies)]
        return [""] if not day else []

    def counts(self) -> dict[str, int]:
        """How many things of each kind are in memory."""
        held, reactions = self.live.held, cast("Any", self._worker._parts[0])
        views = list(self.live._views.values())
        return {
            "web rows": len(held),
            "web reports by call": len(held._reports_of_call),
            "web rows on screens": sum(len(view._shown) for view in views),
            "web rows gone from screens": sum(len(view._gone) for view in views),
            "web texts": len(self._texts._kept),
            "work rows": len(reactions._room._rows),
            "work states": len(reactions._states._known),
            "work messages": len(self._worker.effects._pending),
        }

    def _open_a_screen(self) -> None:
        listener = Listener(CHIEF, "s")
        self.live._begin(listener, None)
        self.live._listeners[share_class(CHIEF)] = {listener}

    def _look(self) -> None:
        for _ in range(STEPS_MAX):
            if not self._worker.step(self.now):
                break
        self.live._step()
        self.live._sweep(self.now)

    def _write(self, fact: Recorded, mark: str, at: datetime) -> None:
        stream = f"{fact.meta.stream}{mark}"
        before = self._store.load(stream)
        event = _renamed(fact.event, mark)
        state = fold(stream, [(one.event, one.meta) for one in before])
        old = {(kind_of(row), row.key): row for row in rows_of(state)}
        with self._store.transaction() as transaction:
            draft = Draft(
                stream=stream, expected_version=len(before), events=(event,), agent="day",
                command=CommandId(f"{stream}-{len(before)}"), agent_name="", at=at,
                recorded_at=at, because=None,
            )  # fmt: skip
            for written in transaction.append(draft):
                state = evolve(state, written.event, written.meta)
            new = {(kind_of(row), row.key): row for row in rows_of(state)}
            transaction.put_rows(
                stream,
                [row for place, row in new.items() if old.get(place) != row],
                [place for place in old if place not in new],
            )


def _one_day(pack: CityPack) -> tuple[Recorded, ...]:
    """The facts of a day that begins at `BEGINS`, in their order."""
    store = MemoryStore(lambda: b"salt" * 4)
    write_history(store, pack, 1, BEGINS + DAY + timedelta(hours=1))
    found = store.tail(0, 100_000)
    return tuple(sorted(found, key=lambda one: (one.meta.at, one.meta.position)))


def _renamed(event: AnyEvent, mark: str) -> AnyEvent:
    match event:
        case CallOffered():
            number = personal(f"0811{crc32(mark.encode()) % 10_000_000:07d}")
            return structs.replace(event, number=number, number_withheld=False)
        case ReportOpened(call=call) if call is not None:
            return structs.replace(event, call=CallId(f"{call}{mark}"))
        case ReportLinked(report=report):
            return structs.replace(event, report=ReportId(f"{report}{mark}"))
        case _:
            return event
