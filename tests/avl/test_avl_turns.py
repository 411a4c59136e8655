"""The loop's turns: timers run while a fleet speaks, and nobody is passed over."""

import asyncio
import socket
from selectors import EVENT_READ, EVENT_WRITE

import pytest

from kentongan.edge.avl.turns import READY_MAX, FairSelector, fair_loop


def test_at_most_so_many_at_once_and_everybody_in_turn() -> None:
    """All of twice as many are read within two turns."""
    selector = FairSelector()
    pairs = [socket.socketpair() for _ in range(2 * READY_MAX)]
    for number, (mine, theirs) in enumerate(pairs):
        mine.setblocking(False)
        selector.register(mine, EVENT_READ, number)
        theirs.send(b"x")
    seen: list[int] = []
    for _ in range(2):
        ready = selector.select(0)
        assert len(ready) == READY_MAX
        for key, _events in ready:
            number = int(key.data)
            pairs[number][0].recv(10)
            seen.append(number)
    assert sorted(seen) == list(range(2 * READY_MAX))
    assert selector.select(0) == []
    selector.close()
    for pair in pairs:
        for one in pair:
            one.close()


def test_it_keeps_the_rules_of_selectors() -> None:
    """Registered once, changed, asked for, forgotten; a closed descriptor harms nobody."""
    selector = FairSelector()
    mine, theirs = socket.socketpair()
    selector.register(mine, EVENT_READ)
    with pytest.raises(KeyError):
        selector.register(mine, EVENT_READ)
    assert selector.select(0) == []
    selector.modify(mine, EVENT_READ | EVENT_WRITE, "data")
    ((key, events),) = selector.select(0)
    assert (key.data, events) == ("data", EVENT_WRITE)
    assert selector.get_key(mine).events == EVENT_READ | EVENT_WRITE
    theirs.close()
    ((_, events),) = selector.select(0)
    assert events == EVENT_READ | EVENT_WRITE
    assert list(selector.get_map()) == [mine.fileno()]
    number = mine.fileno()
    mine.close()
    assert selector.unregister(number).fd == number
    with pytest.raises(KeyError):
        selector.unregister(number)
    selector.close()


def test_timers_run_while_everybody_speaks() -> None:
    """A timer that is due waits for some connections, not for all of them."""
    read: list[int] = []
    when_it_ran: list[int] = []

    async def whole() -> None:
        loop = asyncio.get_running_loop()
        pairs = [socket.socketpair() for _ in range(3 * READY_MAX)]
        for number, (mine, theirs) in enumerate(pairs):
            mine.setblocking(False)
            theirs.send(b"x")
            loop.add_reader(mine, _read, mine, number)
        loop.call_soon(lambda: loop.call_later(0, lambda: when_it_ran.append(len(read))))
        while len(read) < len(pairs):
            await asyncio.sleep(0)
        for mine, theirs in pairs:
            loop.remove_reader(mine)
            mine.close()
            theirs.close()

    def _read(mine: socket.socket, number: int) -> None:
        mine.recv(10)
        read.append(number)

    with asyncio.Runner(loop_factory=fair_loop) as runner:
        runner.run(whole())
    assert when_it_ran[0] <= 2 * READY_MAX
