"""The outbox delivers everything, once and in order, however the store behaves."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kentongan.app.ports import Unavailable
from kentongan.core.commands import Envelope, SignalCall
from kentongan.core.events import AnyEvent
from kentongan.core.words import CallId, CommandId, Refused
from kentongan.edge.switch import outbox as outbox_module
from kentongan.edge.switch.ledger import SWITCH
from kentongan.edge.switch.outbox import Outbox
from kentongan.edge.switch.spool import Change, Spool

CALL = CallId("c1")


class FakeDoor:
    """Takes commands; `answer` may raise instead."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.answer: Callable[[Envelope], None] = lambda _: None

    def handle(self, envelope: Envelope) -> tuple[AnyEvent, ...]:
        self.answer(envelope)
        self.taken.append(envelope)
        return ()

    def close(self) -> None:
        pass

    def ids(self) -> list[str]:
        return [envelope.id for envelope in self.taken]


def post(spool: Spool, *names: str, age_s: float = 0.0) -> None:
    """Commands as the ledger posts them."""
    at = datetime.now(UTC) - timedelta(seconds=age_s)
    command = SignalCall(call=CALL, keys="5")
    spool.commit(
        Change(
            posts=tuple(
                (at, CALL, Envelope(id=CommandId(name), agent=SWITCH, command=command))
                for name in names
            )
        )
    )


def deliver(
    spool: Spool, open_door: Callable[[], FakeDoor], until: Callable[[Outbox], bool]
) -> None:
    """Run the outbox until it holds."""

    async def main() -> None:
        box = Outbox(spool, open_door)
        task = asyncio.create_task(box.run())
        async with asyncio.timeout(10):
            while not until(box):
                await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await box.close()

    asyncio.run(main())


def test_commands_come_in_order_with_the_age_they_have(tmp_path: Path) -> None:
    """A fact that waited a minute is delivered as a minute old."""
    spool, door = Spool(tmp_path / "spool"), FakeDoor()
    post(spool, "a", "b", age_s=60)
    post(spool, "c")
    deliver(spool, lambda: door, lambda _: spool.count_waiting() == 0)
    assert door.ids() == ["a", "b", "c"]
    assert 60 <= door.taken[0].age_s < 70
    assert door.taken[2].age_s < 10


def test_a_store_that_is_away_loses_nothing(tmp_path: Path) -> None:
    """It cannot be opened, then it fails in the middle; in the end all is there, in order."""
    spool, door = Spool(tmp_path / "spool"), FakeDoor()
    failures = iter([True, True, False, False, True, False])

    def open_door() -> FakeDoor:
        if next(failures, False):
            raise Unavailable("database")
        return door

    def answer(_: Envelope) -> None:
        if next(failures, False):
            raise Unavailable("database")

    door.answer = answer
    post(spool, "a", "b", "c")
    seen_away: list[bool] = []

    def is_done(box: Outbox) -> bool:
        seen_away.append(box.away_since is not None)
        return spool.count_waiting() == 0

    deliver(spool, open_door, is_done)
    assert door.ids() == ["a", "b", "c"]
    assert any(seen_away)
    assert not seen_away[-1]


def test_a_refused_command_stands_in_nobodys_way(tmp_path: Path) -> None:
    """It is set aside and counted; the next start tries it again."""
    spool, door = Spool(tmp_path / "spool"), FakeDoor()

    def answer(envelope: Envelope) -> None:
        if envelope.id == "b":
            raise Refused("unknown_call")

    door.answer = answer
    post(spool, "a", "b", "c")
    deliver(spool, lambda: door, lambda _: spool.count_waiting() == 0)
    assert door.ids() == ["a", "c"]
    assert spool.count_set_aside() == 1
    spool.retry_set_aside()
    assert [waiting.envelope.id for waiting in spool.waiting(10)] == ["b"]


def test_a_command_that_crashes_the_door_is_given_up_in_the_end(tmp_path: Path) -> None:
    """Other calls' facts wait for it for a while, not for ever."""
    spool, door = Spool(tmp_path / "spool"), FakeDoor()
    crashes: list[str] = []

    def answer(envelope: Envelope) -> None:
        if envelope.id == "a":
            crashes.append(envelope.id)
            raise ZeroDivisionError

    door.answer = answer
    post(spool, "a", "b")
    pauses = outbox_module.RETRY_S
    outbox_module.RETRY_S = (0.0,)  # pyright: ignore[reportAttributeAccessIssue]
    try:
        deliver(spool, lambda: door, lambda _: spool.count_waiting() == 0)
    finally:
        outbox_module.RETRY_S = pauses
    assert door.ids() == ["b"]
    assert len(crashes) == outbox_module.FAULTS_MAX
    assert spool.count_set_aside() == 1
