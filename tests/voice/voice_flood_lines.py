"""Callers of a flood and what they send: a voice, the quiet of somebody who cannot speak, knocks;
and the pages of its desks.

All of them are sent by one task (`Chorus`), since hundreds of tasks at 50 packets a second are a
load of their own. What comes to them is dropped by the kernel, unread.
"""

import asyncio
import itertools
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

import numpy as np
from media_peers import WebPeer
from switch_room import Asked
from voice_telephone import Line

from kentongan.cities.pack import packaged
from kentongan.core.words import Agent
from kentongan.media.codec import CodecName
from kentongan.media.g711 import FRAME_SAMPLES, Codec, encode
from kentongan.media.sounds import read_sound

FRAME_S = 0.02
QUIET = encode(Codec.PCMA, np.zeros(FRAME_SAMPLES, np.int32))
VOICES = ("fire_2", "flood_2", "flood_5", "medical_4", "cut_off_1")
KNOCKS = "knocks_2"


@cache
def spoken(key: str) -> tuple[bytes, ...]:
    """A sound of the training room in A-law, frame by frame."""
    samples = read_sound(str(packaged() / "sounds" / f"{key}.wav"))
    whole = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].astype(np.int32)
    return tuple(encode(Codec.PCMA, frame) for frame in whole.reshape(-1, FRAME_SAMPLES))


class FloodLine(Line):
    """A call whose sound is sent by the chorus, and which hears nothing."""

    _saying: Iterator[bytes] = itertools.repeat(QUIET)
    sends = False

    def __init__(self, hz: float, codecs: tuple[CodecName, ...]) -> None:
        super().__init__(hz, codecs)
        self._knocks: list[bytes] = []

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> "FloodLine":
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.setblocking(False)
        self._sock.bind((host, port))
        return self

    @property
    def port(self) -> int:
        """Where nobody listens."""
        return int(self._sock.getsockname()[1])

    @property
    def host(self) -> str:
        """At which address."""
        return str(self._sock.getsockname()[0])

    def say(self, payloads: Iterable[bytes]) -> None:
        """From now on, again and again."""
        self._saying = itertools.cycle(payloads)
        self.sends = True

    def knock(self) -> None:
        """Twice, over whatever else is sent."""
        self._knocks = list(reversed(spoken(KNOCKS)))

    def start(self) -> None:
        """The chorus speaks."""

    def put(self, packet: bytes) -> None:
        """One RTP packet; a full buffer loses it, as a network does."""
        if self.remote is not None:
            try:
                self._sock.sendto(packet, self.remote)
            except OSError:
                return

    def speak_once(self) -> None:
        """One frame of 20 ms, now."""
        payload = self._knocks.pop() if self._knocks else next(self._saying)
        self._put(self.payload_type | (0 if self.said else 0x80), payload)
        self.timestamp = (self.timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
        self.said += FRAME_SAMPLES

    async def close(self) -> None:
        """Let go of the port."""
        self._sock.close()


class DeskPage:
    """A desk's page in one call: it offers its sound as the console does, and says nothing in it.

    `is_over` tells when the caller is gone, for whom no page connects any more.
    """

    def __init__(self, control: Asked, agent: Agent, is_over: Callable[[], bool]) -> None:
        self._control = control
        self._agent = agent
        self._is_over = is_over
        self._peer = WebPeer()
        self._peer.keeps = False
        self._peer.speak_like(QUIET)

    async def join(self, call: str, within_s: float) -> None:
        """Be heard. Raises `TimeoutError`."""
        await self._peer.open()
        offer = {"call": call, "desk": self._agent.desk, "agent": self._agent.id}
        reply = await self._control.ask("media", **offer, sdp=self._peer.offer())
        if "sdp" not in reply:  # the caller hung up in the moment in which the desk answered
            assert reply["refused"] == "call_over", reply
            return
        connecting = asyncio.create_task(self._peer.connect(reply["sdp"], within_s))
        while not (connecting.done() or self._is_over()):
            await asyncio.sleep(FRAME_S)
        if connecting.done():
            connecting.result()
        connecting.cancel()

    async def leave(self) -> None:
        """The call is over for this desk."""
        await self._peer.close()


async def chorus(lines: Sequence[Line]) -> None:
    """Speak for all of them, until cancelled."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        for line in lines:
            if isinstance(line, FloodLine) and line.sends and line.state == "talking":
                line.speak_once()
        due = max(due + FRAME_S, loop.time() - 5 * FRAME_S)
        await asyncio.sleep(max(0.0, due - loop.time()))
