"""A call for tests: a bridge in a real media process with telephones and browsers on it."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from media_peers import RtpPhone, Voice, WebPeer
from media_process import Events, MediaProcess
from media_sealed import KEY_FIELDS
from media_stalls import stalls

from kentongan.media import sdes
from kentongan.media.client import MediaClient, MediaUnavailableError
from kentongan.media.protocol import (
    AnyCommand,
    LegRow,
    Quality,
    QualityMeasured,
    QualityReport,
    Reply,
    Rtp,
    SetMode,
    Web,
)

STEADY_TRIES: Final = 8
SETTLE_S: Final = 0.4  # what a stall leaves in a jitter buffer is gone by then


class Scene:
    """One bridge, its parties by name, and all events."""

    def __init__(self, client: MediaClient, events: Events) -> None:
        self.client = client
        self.events = events
        self.bridge = f"call-{secrets.token_hex(4)}"
        self.parties: list[RtpPhone | WebPeer] = []

    async def tell(self, command: AnyCommand) -> None:
        """A command that has nothing to answer but that it was done."""
        await self.client.request(command, Reply)

    async def quality(self) -> list[QualityMeasured]:
        """What each leg sounds like now."""
        return (await self.client.request(Quality(bridge=self.bridge), QualityReport)).legs

    async def phone(self, leg: str, hz: float = 0.0, **options: Any) -> RtpPhone:
        """A telephone joins; it sends `hz`."""
        wanted = {
            key: options.pop(key)
            for key in ("role", "mode", "dtmf", "srtp", "allow")
            if key in options
        }
        peer_keys, has_rtcp = options.pop("peer_srtp", None), options.pop("rtcp", False)
        phone = RtpPhone(hz, **options)
        await (phone.open_rtcp() if has_rtcp else phone.open())
        phone.srtp = None if peer_keys is None else sdes.session(peer_keys)
        command = Rtp(
            bridge=self.bridge,
            leg=leg,
            ip="127.0.0.1",
            port=phone.port,
            pt=0 if int(phone.codec) == 0 else 8,
            **wanted,
        )
        address = await self.client.rtp(command)
        self.parties.append(phone)
        phone.call(address.ip, address.port)
        return phone

    async def browser(self, leg: str, hz: float = 0.0, **options: Any) -> WebPeer:
        """A browser joins; it sends `hz`."""
        peer = await WebPeer(hz).open()
        answer = await self.client.web(
            Web(bridge=self.bridge, leg=leg, sdp=peer.offer(), **options)
        )
        self.parties.append(peer)
        await peer.connect(answer)
        return peer

    async def row(self, leg: str) -> LegRow:
        """A leg as `list` shows it."""
        listing = await self.client.list()
        legs = next(each.legs for each in listing.bridges if each.bridge == self.bridge)
        return next(each for each in legs if each.leg == leg)

    async def mode(self, leg: str, mode: str) -> None:
        """Set a mode, and wait until what was heard under the old one has passed."""
        await self.tell(SetMode(bridge=self.bridge, leg=leg, mode=mode))
        await asyncio.sleep(0.2)


async def listen(seconds: float, *voices: Voice) -> list[Any]:
    """What several parties hear at the same time."""
    return list(await asyncio.gather(*(voice.hear(seconds) for voice in voices)))


async def steadily(passing: Callable[[], Awaitable[list[Any]]]) -> list[Any]:
    """What came of something heard, done again from its beginning if the machine stalled meanwhile.

    After the last try the sound is judged as it is.
    """
    sounds: list[Any] = []
    for _ in range(STEADY_TRIES):
        begun = time.monotonic()
        sounds = await passing()
        if not stalls or stalls[-1] < begun - SETTLE_S:
            break
        await asyncio.sleep(SETTLE_S)
    return sounds


async def listen_steadily(seconds: float, *voices: Voice) -> list[Any]:
    """What they hear while nothing changes, heard again if the machine stalled meanwhile.

    Who hears whom, and how loud, is judged by it. Sounds that pass are judged by `steadily`, gaps
    that must not be by `listen` and by the tests of gaps.
    """
    return await steadily(lambda: listen(seconds, *voices))


@asynccontextmanager
async def scene(media: MediaProcess, *, record: str | None = None) -> AsyncGenerator[Scene, None]:
    """A scene that ends with everybody hung up and the bridge destroyed."""
    events = Events()
    client = media.client(events)
    client.start()
    await asyncio.wait_for(client.connected(), 20)
    here = Scene(client, events)
    if record is None:
        await client.create(here.bridge)
    else:
        await client.create(here.bridge, record, **KEY_FIELDS)
    try:
        yield here
    finally:
        for party in here.parties:
            await party.close()
        with suppress(MediaUnavailableError):  # some scenes kill the process
            await client.destroy(here.bridge)
        await client.close()
