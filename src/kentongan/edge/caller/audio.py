"""A simulated telephone's RTP: sends a frame each 20 ms, keeps what it hears, presses keys.

G.711 and RFC 4733, one UDP socket. It counts missing packets and measures the longest pause between
two of them, so that a test can say how long a call was deaf. Nothing here knows SIP.
"""

import asyncio
import struct
from collections.abc import Iterable

import numpy as np

from kentongan.edge.caller.voice import Samples, Voice, silence
from kentongan.media import rtp
from kentongan.media.dtmf import KEYS
from kentongan.media.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ, Codec, decode, encode

FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
HEARD_FRAMES_MAX = 30 * 60 * 50
"""Half an hour of what was heard is kept; a training call is shorter."""

KEY_FRAMES = 5
"""A key is held for 100 ms; exchanges want at least 40."""

KEY_REPEATS = 3
"""The End of a key is sent three times (RFC 4733, section 2.5.1.4)."""

_HEADER = struct.Struct("!BBHII")

_BEHIND = 0x8000
"""Sequence numbers this far ahead are behind (RFC 3550, appendix A.1)."""


class AudioEnd(asyncio.DatagramProtocol):
    """One RTP socket. `open`, `point_at`, `say`; `close` in the end."""

    def __init__(self, *, codec: Codec = Codec.PCMA, ssrc: int = 1) -> None:
        self.codec = codec
        self.port = 0
        self.longest_gap_s = 0.0
        self.missing = 0
        self.received = 0
        self.sent = 0
        self._ssrc = ssrc
        self._voice: Voice = silence()
        self._keys: list[str] = []
        self._heard: list[Samples] = []
        self._transport: asyncio.DatagramTransport | None = None
        self._remote: tuple[str, int] | None = None
        self._dtmf = 101
        self._last_at: float | None = None
        self._last: rtp.RtpPacket | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self, host: str) -> None:
        """Bind a free port and begin to count time."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        self._transport = transport
        self.port = int(transport.get_extra_info("sockname")[1])
        self._task = loop.create_task(self._speak())

    def point_at(self, host: str, port: int, *, codec: int, dtmf: int | None) -> None:
        """Where the other side listens, and what it understands."""
        self._remote = (host, port)
        self.codec = Codec(codec)
        self._dtmf = dtmf or self._dtmf

    def say(self, voice: Voice) -> None:
        """Say this now, then be silent."""
        self._voice = voice

    def press(self, keys: Iterable[str]) -> None:
        """Press keys one after the other; the voice waits meanwhile."""
        self._keys += [key for key in keys if key in KEYS]

    def heard(self, last_s: float | None = None) -> Samples:
        """Everything heard, or the last seconds of it."""
        frames = self._heard if last_s is None else self._heard[-round(last_s / FRAME_S) :]
        return np.concatenate(frames) if frames else np.zeros(0, np.int16)

    def forget(self) -> None:
        """Begin to listen and to count anew."""
        self._heard.clear()
        self.longest_gap_s, self.missing = 0.0, 0

    def close(self) -> None:
        """Stop speaking and listening."""
        if self._task is not None:
            self._task.cancel()
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Keep one packet of voice, whoever sent it."""
        del addr
        packet = rtp.parse(data)
        if packet is None or packet.payload_type not in tuple(Codec):
            return
        self._count(packet)
        self.received += 1
        if len(self._heard) < HEARD_FRAMES_MAX:
            heard = decode(Codec(packet.payload_type), packet.payload)
            self._heard.append(heard.astype(np.int16))

    def _count(self, packet: rtp.RtpPacket) -> None:
        now = asyncio.get_running_loop().time()
        if self._last_at is not None:
            self.longest_gap_s = max(self.longest_gap_s, now - self._last_at)
        last, self._last_at = self._last, now
        if last is not None and last.ssrc == packet.ssrc:
            ahead = (packet.sequence - last.sequence) & 0xFFFF
            if ahead >= _BEHIND:  # overtaken by another, and counted as missing then
                self.missing = max(0, self.missing - 1)
                return
            self.missing += max(0, ahead - 1)
        self._last = packet

    def error_received(self, exc: Exception) -> None:
        """A port that is not open yet is no reason to stop."""

    async def _speak(self) -> None:
        """One frame each 20 ms on a clock without drift; after a stall it goes on from now."""
        loop = asyncio.get_running_loop()
        due, sequence, timestamp = loop.time(), 0, 0
        while True:
            if self._keys:
                packets = _key_packets(self._keys.pop(0))
            else:
                frame = next(self._voice, None)
                samples = np.zeros(FRAME_SAMPLES, np.int16) if frame is None else frame
                packets = [(int(self.codec), False, encode(self.codec, samples.astype(np.int32)))]
            for kind, marker, payload in packets:
                payload_type = self._dtmf if kind < 0 else kind
                self._send(payload_type, sequence, timestamp, payload, marker=marker)
                sequence = (sequence + 1) & 0xFFFF
                due = max(due + FRAME_S, loop.time() - 5 * FRAME_S)
                await asyncio.sleep(due - loop.time())
            timestamp = (timestamp + FRAME_SAMPLES * len(packets)) & 0xFFFFFFFF

    def _send(
        self, payload_type: int, sequence: int, timestamp: int, payload: bytes, *, marker: bool
    ) -> None:
        if self._remote is None or self._transport is None:
            return
        second = payload_type | (0x80 if marker else 0)
        header = _HEADER.pack(0x80, second, sequence, timestamp, self._ssrc)
        self._transport.sendto(header + payload, self._remote)
        self.sent += 1


def _key_packets(key: str) -> list[tuple[int, bool, bytes]]:
    """A key as (-1 for the type of telephone events, marker, payload): held, then released."""
    code = KEYS.index(key)
    packets: list[tuple[int, bool, bytes]] = []
    for number in range(KEY_FRAMES):
        duration = FRAME_SAMPLES * (number + 1)
        packets.append((-1, number == 0, struct.pack("!BBH", code, 10, duration)))
    end = struct.pack("!BBH", code, 0x80 | 10, FRAME_SAMPLES * KEY_FRAMES)
    packets += [(-1, False, end)] * KEY_REPEATS
    return packets
