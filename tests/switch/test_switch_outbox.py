"""The outbox delivers everything, once and in order, however the store behaves."""

import asyncio
from collections.abc import Callable, Sequence
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
from kentongan.store.tables import KeyLine

CALL = CallId("c1")


class FakeDoor:
    """Takes commands; `answer` may raise instead."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.keys: list[str] = []
        self.answer: Callable[[Envelope], None] = lambda _: None
        self.answer_to_keys: Callable[[], None] = lambda: None

    def handle(self, envelope: Envelope) -> tuple[AnyEvent, ...]:
        self.answer(envelope)
        self.taken.append(envelope)
        return ()

    def keep_keys(self, keys: Sequence[KeyLine]) -> None:
        self.answer_to_keys()
        self.keys += [key.id for key in keys]

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


def a_key(name: str) -> KeyLine:
    """A sealed key as the ledger posts it."""
    return KeyLine(name, CALL, f"{CALL}-{name}.rec", datetime.now(UTC), b"sealed " + name.encode())


def test_keys_go_before_facts_and_leave_the_spool(tmp_path: Path) -> None:
    """The store has a recording's key before it hears of it; then the spool forgets the key."""
    spool, door = Spool(tmp_path / "spool"), FakeDoor()
    spool.commit(Change(keys=(a_key("k1"), a_key("k2"))))
    post(spool, "a")
    keys_at_first: list[list[str]] = []
    door.answer = lambda _: keys_at_first.append(list(door.keys))
    assert spool.has_waiting(CALL)

    deliver(spool, lambda: door, lambda _: spool.count_waiting() == 0)

    assert keys_at_first == [["k1", "k2"]]
    assert spool.waiting_keys(10) == []
    assert not spool.has_waiting(CALL)
    spool.close()
    octets = b"".join(file.read_bytes() for file in tmp_path.glob("spool"))
    assert b"sealed k1" not in octets  # overwritten, not only unlinked


def test_keys_wait_for_a_store_that_is_away(tmp_path: Path) -> None:
    """Away, then back, then the same again: nothing is lost and nothing changes by repeating."""
    spool, door = Spool(tmp_path / "spool"), FakeDoor()
    spool.commit(Change(keys=(a_key("k1"),)))
    tries: list[int] = []

    def away_twice() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise Unavailable("store")

    door.answer_to_keys = away_twice
    deliver(spool, lambda: door, lambda _: not spool.waiting_keys(1))
    assert (door.keys, len(tries)) == (["k1"], 3)


def test_a_fault_with_keys_holds_up_no_fact(tmp_path: Path) -> None:
    """A bug in keeping keys: facts are delivered all the same, and the key stays in the spool."""
    spool, door = Spool(tmp_path / "spool"), FakeDoor()
    spool.commit(Change(keys=(a_key("k1"),)))
    post(spool, "a", "b")

    def broken() -> None:
        raise ZeroDivisionError

    door.answer_to_keys = broken
    deliver(spool, lambda: door, lambda _: spool.count_waiting() == 0)
    assert door.ids() == ["a", "b"]
    assert [key.id for key in spool.waiting_keys(10)] == ["k1"]
