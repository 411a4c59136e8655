"""sipp as a caller with sound of its own: its RTP sender says a tone, and we hear what reaches it.

sipp keeps nothing of what it hears. A raw socket on the address it listens at gets a copy of every
datagram to it, so that is our ear; raw sockets need root. Told to hang up by a SIP message that
only its scenario understands, it says BYE.
"""

import asyncio
import contextlib
import shutil
import socket
from pathlib import Path
from string import Template

import numpy as np
from media_ears import tone
from media_peers import RtpPhone
from switch_room import free_port, until
from voice_centre import Way, waiting_call
from voice_ends import Coded
from voice_walk import CALLER, Walk

from kentongan.media.codec import FACTS, CodecName, encoder
from kentongan.media.rtp import is_rtcp

SCENARIO = Path(__file__).parent / "sipp_caller.xml"
CODECS = (CodecName.PCMA, CodecName.PCMU, CodecName.G722)
TONE_S = 60
"""Then it begins anew; whole periods of every tone, so that nobody hears where."""

HANG_UP = """\
MESSAGE sip:sipp SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1
From: <sip:test@127.0.0.1>;tag=1
To: <sip:sipp@127.0.0.1>
Call-ID: {call}
CSeq: 1 MESSAGE
Content-Length: 0

"""
FRAME = 160
UDP_HEADER_BYTES = 8


def missing() -> str:
    """Why sipp cannot be used so; empty if it can."""
    if shutil.which("sipp") is None:
        return "sipp is not installed"
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).close()
    except PermissionError:
        return "hearing what sipp hears takes a raw socket, which needs root"
    return ""


class Overheard(Coded, RtpPhone):
    """What comes to one UDP port that belongs to somebody else."""

    def __init__(self, host: str, name: CodecName, port: int) -> None:
        super().__init__()
        self.speaks(name, FACTS[name].static_type or 0)
        self._goal = port.to_bytes(2, "big")
        self._raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
        self._raw.setblocking(False)
        self._raw.bind((host, 0))
        asyncio.get_running_loop().add_reader(self._raw, self._read)

    async def close(self) -> None:
        """Hear no more."""
        asyncio.get_running_loop().remove_reader(self._raw)
        self._raw.close()

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                packet = self._raw.recv(2_048)
                udp = packet[(packet[0] & 0x0F) * 4 :]
                data = udp[UDP_HEADER_BYTES:]
                if udp[2:4] == self._goal and len(data) > 12 and not is_rtcp(data):
                    self.take(data)


class Sipp:
    """One sipp with one call. `ear` is what it hears."""

    def __init__(self, folder: Path, index: int, hz: float, codec: CodecName, number: str) -> None:
        folder.mkdir()
        self._folder = folder
        self._host = f"127.0.0.{30 + index}"
        self._port, self._sound_port = free_port(), 6_000
        self._call = f"sipp-{index}"
        (folder / "tone.raw").write_bytes(_said(hz, codec))
        scenario = Template(SCENARIO.read_text()).substitute(
            number=number,
            payload_type=FACTS[codec].static_type,
            encoding=FACTS[codec].encoding,
            tone=folder / "tone.raw",
        )
        (folder / "caller.xml").write_text(scenario)
        self.ear = Overheard(self._host, codec, self._sound_port)

    async def dial(self, port: int) -> None:
        """Ring the centre."""
        ends = ("-i", self._host, "-mi", self._host, "-p", str(self._port))
        once = ("-m", "1", "-cid_str", self._call, "-mp", str(self._sound_port), "-nostdin")
        with (self._folder / "log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *("sipp", f"127.0.0.1:{port}", "-sf", str(self._folder / "caller.xml")),
                *(*ends, *once, "-trace_err", "-error_file", str(self._folder / "errors")),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def hang_up(self) -> None:
        """It says BYE and ends; nothing unexpected came to it meanwhile."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as told:
            message = HANG_UP.format(call=self._call).replace("\n", "\r\n")
            told.sendto(message.encode(), (self._host, self._port))
        ended = await asyncio.wait_for(self._process.wait(), 10)
        assert ended == 0, (self._folder / "log").read_text()[-3_000:]

    async def close(self) -> None:
        """Whatever happened, nothing of it stays."""
        await self.ear.close()
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


def _said(hz: float, codec: CodecName) -> bytes:
    """A minute of a tone, encoded packet by packet."""
    voice = encoder(codec)
    starts = range(0, TONE_S * 8_000, FRAME)
    return b"".join(voice.encode(np.rint(tone(hz, at, FRAME)).astype(np.int32)) for at in starts)


async def from_sipp(walk: Walk, codec: CodecName) -> None:
    """A call of sipp through everything; it ends with sipp's BYE."""
    number = f"08113333{walk.index}"
    folder = walk.room.folder / f"sipp-{walk.index}"
    sipp = Sipp(folder, walk.index, walk.tones[CALLER], codec, number)
    await sipp.dial(walk.room.settings.sip_port)
    try:
        call = await waiting_call(walk.room, number)
        await until(lambda: len(sipp.ear.heard()) > 0)
        await walk.go(sipp.ear, call)
        await sipp.hang_up()
    finally:
        await sipp.close()
    await walk.has_ended()


WAYS: list[Way] = [(f"sipp {codec.value}", from_sipp, codec) for codec in CODECS]
