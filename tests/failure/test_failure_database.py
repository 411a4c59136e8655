"""PostgreSQL away while calls arrive: they are answered and spooled, screens say so, no loss."""

import asyncio
import time
from typing import Protocol

import numpy as np
from failure_centre import PASSWORD, HurtCentre
from failure_client import Frame, Screen
from failure_room import Room
from failure_talk import until_async
from media_peers import WebPeer

from kentongan.core.events import CallOffered
from kentongan.edge.caller.phone import CallState, Phone, PhoneCall
from kentongan.edge.caller.voice import level_of, tone
from kentongan.sip.address import Address

AWAY_S = 10.0
CALLS = 6
DESK = "desk_1"
REPORT = {"report": "report-1"}
DESK_HZ = 1100.0


class Cluster(Protocol):
    """What the fixture gives."""

    def start(self) -> None:
        """Start the server."""

    def stop(self, mode: str = "fast") -> None:
        """Stop it."""


def test_calls_are_answered_while_the_database_is_away(
    hurt_on_postgres: HurtCentre, postgres_cluster: Cluster
) -> None:
    """Ring, answer and talk without a database; what needs it says 503 in both languages; then all
    of it is on record, under the same command ids."""
    centre = hurt_on_postgres
    name = centre.hire(1)[0]
    room = Room()
    acknowledged: dict[str, tuple[str, ...]] = {}

    async def scenario() -> None:
        screen = Screen(centre.address, name, PASSWORD)
        phone = Phone(Address("127.0.0.1", centre.settings.sip.port))
        await screen.sign_in()
        await screen.must("desk.start_duty", desk=DESK)
        frames: list[Frame] = []

        def take(frame: Frame) -> None:
            frames.append(frame)
            room.take(frame)

        line = asyncio.create_task(screen.follow(take))
        await phone.start()
        await asyncio.sleep(1.5)  # the screen has its snapshot and a heartbeat
        await asyncio.to_thread(postgres_cluster.stop, "fast")
        stopped_at = time.monotonic()
        try:
            calls = await _ring(phone, room)
            await _talk(screen, calls, room)
            refused = await screen.send("while-away-1", "report.open", REPORT, until_there=False)
            _says_so(refused.status, refused.body)
            health = await screen.get("/api/health")
            assert health.body["store_away_s"] is not None
            assert health.body["switch"]["outbox"] > 0
            await asyncio.sleep(max(0.0, AWAY_S - (time.monotonic() - stopped_at)))
            assert all(call.state is CallState.TALKING for call in calls[1:])
        finally:
            await asyncio.to_thread(postgres_cluster.start)
        assert (await screen.send("while-away-1", "report.open", REPORT)).is_done
        acknowledged.update(screen.acknowledged)
        await phone.close()
        line.cancel()
        await asyncio.gather(line, return_exceptions=True)
        await screen.close()

    asyncio.run(scenario())
    centre.settle()
    numbers: set[str] = set()
    for recorded in centre.journal():
        if isinstance(recorded.event, CallOffered):
            event = centre.store.load(recorded.meta.stream)[0].event
            assert isinstance(event, CallOffered)
            assert event.number is not None
            numbers.add(str(event.number.text))
    assert numbers == {_number(index) for index in range(CALLS)}
    assert {key: centre.knows(key) for key in acknowledged} == {
        key: len(events) for key, events in acknowledged.items()
    }
    assert centre.spooled("set_aside") == 0
    centre.prove()


def _number(index: int) -> str:
    return f"08130000000{index}"


async def _ring(phone: Phone, room: Room) -> list[PhoneCall]:
    """All of them hear the announcement and stand on the screen."""
    calls = [await phone.call("112", number=_number(index)) for index in range(CALLS)]
    for call in calls:
        await call.reach(CallState.TALKING)
    async with asyncio.timeout(10):
        while len(room.waiting) < CALLS:
            await asyncio.sleep(0.05)
    return calls


async def _talk(screen: Screen, calls: list[PhoneCall], room: Room) -> None:
    """One is answered, hears the desk, is heard, and is ended by the desk."""
    call = room.next_call()
    assert call is not None
    assert (await screen.must("call.answer", call=call, desk=DESK)).body.get("position") is None
    peer = await WebPeer(DESK_HZ).open()
    answer = await screen.post(f"/api/calls/{call}/media", {"sdp": peer.offer(), "desk": DESK})
    assert answer.status == 200, answer
    await peer.connect(answer.body["sdp"])
    heard = calls[0]
    heard.say(tone(500.0))
    await until_async(lambda: level_of(heard.audio.heard(0.3), DESK_HZ) > 3000)
    await until_async(lambda: level_of(peer.heard(0.3).astype(np.int16), 500.0) > 3000)
    await screen.must("call.end", call=call, by="desk")
    await heard.reach(CallState.OVER)
    await peer.close()


def _says_so(status: int, body: dict[str, object]) -> None:
    assert status == 503, body
    assert body["reason"] == "store_away"
    message = body["message"]
    assert isinstance(message, dict)
    assert message["id"]
    assert message["en"]
    assert message["id"] != message["en"]
