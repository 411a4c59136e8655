"""A citizen and a call-taker who hear each other, through everything, and what is heard of it."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
from failure_centre import PASSWORD, HurtCentre
from failure_client import Screen
from failure_room import Room
from media_peers import WebPeer

from kentongan.edge.caller.phone import CallState, Phone, PhoneCall
from kentongan.edge.caller.voice import level_of, tone
from kentongan.sip.address import Address

CALLER_HZ, DESK_HZ = 500.0, 1100.0
DESK = "desk_1"


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
            and level_of(self.peer.heard(0.3).astype(np.int16), CALLER_HZ) > 3000
        )

    async def end(self) -> None:
        """Hang up and leave."""
        self.call.hang_up()
        self._line.cancel()
        await asyncio.gather(self._line, return_exceptions=True)
        await self.peer.close()
        await self._phone.close()
        await self.screen.close()


def talking(centre: HurtCentre, scenario: Callable[[Talk], Awaitable[None]]) -> None:
    """Let it happen to two who talk; in the end the desk hangs up and the record is proved."""

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
