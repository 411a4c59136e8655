"""What is heard of a kill -9 while somebody talks: nothing, unless it is the audio itself."""

import asyncio
from collections.abc import Awaitable, Callable

from failure_centre import PASSWORD, SUPERVISOR, HurtCentre
from failure_client import Screen
from failure_room import Room
from media_peers import WebPeer

from kentongan.edge.caller.phone import CallState, Phone, PhoneCall
from kentongan.edge.caller.voice import level_of, tone
from kentongan.sip.address import Address

CALLER_HZ, DESK_HZ = 500.0, 1100.0
DESK = "desk_1"
LISTEN_S = 3.0
"""How long is listened after a kill: longer than any of the processes takes to come back."""


class Talk:
    """A citizen and a call-taker who hear each other."""

    def __init__(self, centre: HurtCentre) -> None:
        self._centre = centre
        self._phone = Phone(Address("127.0.0.1", centre.settings.sip.port))
        self.screen = Screen(centre.address, centre.hire(1)[0], PASSWORD)
        self.room = Room()
        self.call: PhoneCall
        self.peer: WebPeer
        self.key = ""

    async def begin(self) -> None:
        """Ring, answer, talk."""
        await self.screen.sign_in()
        await self.screen.must("desk.start_duty", desk=DESK)
        self._line = asyncio.create_task(self.screen.follow(self.room.take))
        await self._phone.start()
        self.call = await self._phone.call("112", number="0813", voice=tone(CALLER_HZ))
        await until_async(lambda: bool(self.room.waiting))
        self.key = next(iter(self.room.waiting))
        await self.screen.must("call.answer", call=self.key, desk=DESK)
        await self.offer()
        await until_async(self.both_hear)

    async def offer(self) -> None:
        """Offer the page's audio."""
        self.peer = await WebPeer(DESK_HZ).open()
        body = {"sdp": self.peer.offer(), "desk": DESK}
        answer = await self.screen.post(f"/api/calls/{self.key}/media", body, until_there=True)
        assert answer.status == 200, answer
        await self.peer.connect(answer.body["sdp"])

    def both_hear(self) -> bool:
        """Each hears the other's tone now."""
        return (
            level_of(self.call.audio.heard(0.3), DESK_HZ) > 3000
            and level_of(self.peer.heard(0.3), CALLER_HZ) > 3000
        )

    async def end(self) -> None:
        """Hang up and leave."""
        self.call.hang_up()
        self._line.cancel()
        await asyncio.gather(self._line, return_exceptions=True)
        await self.peer.close()
        await self._phone.close()
        await self.screen.close()


def test_audio_does_not_notice_a_dead_switch_web_work_or_watcher(hurt: HurtCentre) -> None:
    """Not one packet is missing at the caller or at the page, and the call ends as it should."""

    async def scenario(talk: Talk) -> None:
        for name in ("web", "switch", "work", SUPERVISOR):
            talk.call.audio.forget()
            talk.peer.gaps_s.clear()
            before = talk.peer.received
            assert hurt.kill(name)
            await asyncio.sleep(LISTEN_S)
            print(
                f"{name} killed: longest gap at the caller"
                f" {1000 * talk.call.audio.longest_gap_s:.0f} ms,"
                f" pauses over 60 ms at the page {[round(1000 * s) for s in talk.peer.gaps_s]}"
            )
            assert talk.call.audio.missing == 0
            assert talk.peer.received - before > 0.9 * LISTEN_S * 50
            assert talk.both_hear()
        assert talk.room.redo == set()

    _talk(hurt, scenario)


def test_audio_comes_back_after_a_dead_media_process(hurt: HurtCentre) -> None:
    """The page is asked to offer again, both hear each other, nobody was re-invited."""

    async def scenario(talk: Talk) -> None:
        talk.call.audio.forget()
        assert hurt.kill("media-0")
        await until_async(lambda: talk.key in talk.room.redo)
        await talk.peer.close(says_farewell=False)
        await talk.offer()
        await until_async(talk.both_hear)
        print(f"media killed: {talk.call.audio.longest_gap_s:.2f} s of silence at the caller")
        assert talk.call.reinvites == 0

    _talk(hurt, scenario)


def _talk(centre: HurtCentre, scenario: Callable[[Talk], Awaitable[None]]) -> None:
    async def main() -> None:
        talk = Talk(centre)
        await talk.begin()
        await scenario(talk)
        answer = await talk.screen.command("call.end", call=talk.key, by="desk")
        assert answer.is_done, answer
        await talk.call.reach(CallState.OVER)
        await talk.end()

    asyncio.run(main())
    centre.settle()
    centre.prove()


async def until_async(holds: Callable[[], object], limit_s: float = 15.0) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(limit_s):
        while not holds():
            await asyncio.sleep(0.02)
