"""What talks to the media process in tests: a telephone, and a browser's stand-in.

The telephone sends paced G.711 from a port of its own and keeps what it hears; the browser does
the same through ICE and DTLS-SRTP. Judge them by `media_ears`. Other areas import these modules
by putting this folder on `sys.path`.
"""

import asyncio
import contextlib
import datetime as dt
import re
import secrets
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from media_ears import Sound, tone
from media_stalls import STALL_S, lateness, stalls
from media_whole import Counting

from kentongan.media import stun
from kentongan.media.dtls import DtlsAssociation, Identity
from kentongan.media.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ, Codec, decode, encode
from kentongan.media.rtp import is_rtcp
from kentongan.media.srtp import SrtpSession

Address = tuple[str, int]


class Voice(Counting):
    """A paced sender of G.711, 20 ms or another packet time, that keeps what it hears."""

    def __init__(self, hz: float = 0.0, *, packet_ms: int = 20, codec: Codec = Codec.PCMA) -> None:
        super().__init__()
        self.hz = hz
        self.codec = codec
        self.heard_packets: list[tuple[float, bytes]] = []  # arrival (monotonic), payload
        self.gaps_s: list[float] = []  # arrivals more than 60 ms apart
        self.keeps = True
        self.is_sending = True
        self.received = 0
        self.ssrc = secrets.randbits(32)
        self.sequence = secrets.randbits(16)
        self.timestamp = secrets.randbits(32)
        self.events_type = 101
        self.heard_events: list[bytes] = []  # RTP packets about keys
        self.reports: list[tuple[float, bytes]] = []  # RTCP: when it came since 1970, decrypted
        self._samples = packet_ms * 8
        self._sent = 0
        self.said_at = 0.0
        self._canned: bytes | None = None
        self._script: deque[bytes] = deque()
        self._task: asyncio.Task[None] | None = None

    def put(self, packet: bytes) -> None:
        """Send one RTP packet."""
        raise NotImplementedError

    def put_report(self, compound: bytes) -> None:
        """Send one RTCP compound."""
        raise NotImplementedError

    async def close(self) -> None:
        """Hang up."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin to speak."""
        self._task = asyncio.create_task(self._speak())

    async def hush(self) -> None:
        """Stop speaking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def press(self, key: str, *, packets: int = 8, ends: int = 3) -> None:
        """A key as RFC 4733 sends it: one timestamp, the last packets with the End bit."""
        code = "0123456789*#ABCD".index(key)
        for index in range(packets):
            end = 0x80 if index >= packets - ends else 0
            payload = struct.pack("!BBH", code, end | 10, 160 * (index + 1))
            self._put(self.events_type | (0x80 if index == 0 else 0), payload)
        self.timestamp = (self.timestamp + 160 * packets) & 0xFFFFFFFF

    @property
    def arrived(self) -> int:
        """Samples that ever came in: the media process sends 20 ms at a time."""
        return self.received * FRAME_SAMPLES

    def heard(self, seconds: float | None = None) -> Sound:
        """What came in, or the last seconds of it."""
        packets = self.heard_packets
        if seconds is not None:
            packets = packets[-round(seconds * 50) :]
        payload = b"".join(each for _, each in packets)
        return decode(self.codec, payload).astype(float)

    def forget(self) -> None:
        """Begin to listen and to count anew."""
        self.heard_packets.clear()
        super().forget()

    async def hear(self, seconds: float) -> Sound:
        """Listen anew for so many seconds of sound, at most three times as long."""
        self.forget()
        deadline = time.monotonic() + 3 * seconds + 1
        while len(self.heard_packets) < seconds * 50 and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        return self.heard()

    def speak_like(self, payload: bytes) -> None:
        """Send the same payload each time: cheap, for load."""
        self._canned = payload

    def say_once(self, payload: bytes) -> None:
        """Send this as the next packet; `said_at` tells when (monotonic)."""
        self.say([payload])

    def say(self, payloads: Iterable[bytes]) -> None:
        """Send these as the next packets; `said_at` tells when the last of them went."""
        self._script.extend(payloads)

    def take(self, packet: bytes) -> None:
        """An RTP packet came in."""
        now = time.monotonic()
        gap_s = self.count(packet, now)
        if packet[1] & 0x7F == self.events_type:
            self.heard_events.append(packet)
            return
        if gap_s > STALL_S + 0.02:
            self.gaps_s.append(gap_s)
            stalls.append(now)
        self.received += 1
        if self.keeps:
            self.heard_packets.append((now, packet[12:]))

    def _put(self, kind: int, payload: bytes) -> None:
        header = struct.pack("!BBHII", 0x80, kind, self.sequence, self.timestamp, self.ssrc)
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.put(header + payload)

    def _payload(self) -> bytes:
        if self._script:
            self.said_at = time.monotonic()
            return self._script.popleft()
        if self._canned is not None:
            return self._canned
        samples = tone(self.hz, self._sent, self._samples) if self.hz else np.zeros(self._samples)
        return encode(self.codec, samples.astype(np.int32))

    def speak_once(self) -> None:
        """One packet, now."""
        self._put(int(self.codec) | (0 if self._sent else 0x80), self._payload())
        self.timestamp = (self.timestamp + self._samples) & 0xFFFFFFFF
        self._sent += self._samples

    async def _speak(self) -> None:
        due = time.monotonic()
        while True:
            if self.is_sending:
                self.speak_once()
            due += self._samples / SAMPLE_RATE_HZ
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            now = time.monotonic()
            if now - due > STALL_S:
                stalls.append(now)
                lateness.append((now, now - due))


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes, Address], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._receive(data, addr)


async def _endpoint(
    host: str, port: int, receive: Callable[[bytes, Address], None]
) -> asyncio.DatagramTransport:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Datagrams(receive), local_addr=(host, port)
    )
    return transport


class RtpPhone(Voice):
    """A telephone's audio: RTP, encrypted if it is given a session; RTCP if it is asked to."""

    transport: asyncio.DatagramTransport
    rtcp: asyncio.DatagramTransport | None = None
    remote: Address | None = None
    srtp: SrtpSession | None = None

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> "RtpPhone":
        """Bind a port."""
        self.transport = await _endpoint(host, port, self._receive)
        return self

    async def open_rtcp(self) -> "RtpPhone":
        """Bind a port whose neighbour is free, and that one for RTCP."""
        for _ in range(100):
            await self.open()
            try:
                self.rtcp = await _endpoint("127.0.0.1", self.port + 1, self._receive_report)
            except OSError:
                self.transport.close()
            else:
                return self
        raise AssertionError("no two free ports beside each other")

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.transport.get_extra_info("sockname")[1])

    def call(self, host: str, port: int) -> None:
        """Begin to speak to the media process."""
        self.remote = (host, port)
        self.start()

    def put(self, packet: bytes) -> None:
        if self.remote is not None:
            data = packet if self.srtp is None else self.srtp.protect(packet)
            self.transport.sendto(data, self.remote)

    def put_report(self, compound: bytes) -> None:
        """Send RTCP where it belongs."""
        assert self.remote is not None
        assert self.rtcp is not None
        data = compound if self.srtp is None else self.srtp.protect_rtcp(compound)
        self.rtcp.sendto(data, (self.remote[0], self.remote[1] + 1))

    async def close(self) -> None:
        """Hang up."""
        await self.hush()
        self.transport.close()
        if self.rtcp is not None:
            self.rtcp.close()

    def _receive(self, data: bytes, _: Address) -> None:
        if len(data) > 12 and data[0] >> 6 == 2 and not is_rtcp(data):
            packet = data if self.srtp is None else self.srtp.unprotect(data)
            if packet is not None:
                self.take(packet)

    def _receive_report(self, data: bytes, _: Address) -> None:
        plain = data if self.srtp is None else self.srtp.unprotect_rtcp(data)
        if plain is not None:
            self.reports.append((time.time(), plain))


IDENTITY: Final = Identity(dt.datetime.now(dt.UTC))


class WebPeer(Voice):
    """A browser's stand-in: full ICE side with one path, DTLS client, SRTP."""

    transport: asyncio.DatagramTransport
    remote: Address
    identity: Identity = IDENTITY
    events_type = 126

    def __init__(self, hz: float = 0.0, *, codec: Codec = Codec.PCMA) -> None:
        super().__init__(hz, codec=codec)
        self.events_type = 126
        self.fragment = secrets.token_hex(4)
        self.password = secrets.token_hex(12)
        self.connected = asyncio.Event()
        self._dtls: DtlsAssociation | None = None
        self._peer_fragment = ""
        self._peer_password = ""

    async def open(self, host: str = "127.0.0.1") -> "WebPeer":
        """Bind a port."""
        self.transport = await _endpoint(host, 0, self._receive)
        return self

    def offer(self) -> str:
        """An offer like Chromium's, without candidates."""
        lines = [
            "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0",
            "a=group:BUNDLE 0", "a=extmap-allow-mixed", "a=msid-semantic: WMS",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8 126", "c=IN IP4 0.0.0.0",
            "a=rtcp:9 IN IP4 0.0.0.0", f"a=ice-ufrag:{self.fragment}",
            f"a=ice-pwd:{self.password}", "a=ice-options:trickle",
            f"a=fingerprint:sha-256 {self.identity.fingerprint}", "a=setup:actpass", "a=mid:0",
            "a=sendrecv", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2", "a=rtpmap:9 G722/8000",
            "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:126 telephone-event/8000",
            f"a=ssrc:{self.ssrc} cname:peer",
        ]  # fmt: skip
        return "\r\n".join(lines) + "\r\n"

    async def connect(self, answer: str, wait_s: float = 10.0) -> None:
        """Connect to the answer's only candidate and begin to speak."""
        candidate = re.search(
            r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", answer, re.MULTILINE
        )
        assert candidate is not None, answer
        self.remote = (candidate[1], int(candidate[2]))
        self._peer_fragment = _attribute(answer, "ice-ufrag")
        self._peer_password = _attribute(answer, "ice-pwd")
        fingerprint = _attribute(answer, "fingerprint:sha-256 ", "")
        self._dtls = DtlsAssociation(self.identity, fingerprint, self.send, is_server=False)
        self.check()
        async with asyncio.timeout(wait_s):
            while not self.connected.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.connected.wait(), 0.25)
                    break
                self.check()
                self._dtls.retransmit()
        self.start()

    async def move(self, host: str = "127.0.0.2") -> None:
        """Another network: another socket; what comes to the old one is lost."""
        self.transport.close()
        await self.open(host)

    def renew_identity(self) -> None:
        """Another certificate, as a reloaded page has."""
        self.identity = Identity(dt.datetime.now(dt.UTC))

    def begin_restart(self) -> None:
        """Another fragment and password for the next offer (RFC 8445, section 9)."""
        self.fragment = secrets.token_hex(4)
        self.password = secrets.token_hex(12)

    def learn(self, answer: str) -> None:
        """The fragment and password of the answer to a restart; the handshake is not repeated."""
        self._peer_fragment = _attribute(answer, "ice-ufrag")
        self._peer_password = _attribute(answer, "ice-pwd")

    def put_report(self, compound: bytes) -> None:
        """Send RTCP, encrypted."""
        assert self._dtls is not None
        assert self._dtls.srtp is not None
        self.send(self._dtls.srtp.protect_rtcp(compound))

    def check(self, *, nominates: bool = True) -> None:
        """A connectivity check, with nomination or without."""
        attributes = [
            (stun.Attribute.USERNAME, f"{self._peer_fragment}:{self.fragment}".encode()),
            (stun.Attribute.ICE_CONTROLLING, secrets.token_bytes(8)),
            (stun.Attribute.PRIORITY, struct.pack("!I", 2113937151)),
        ]
        if nominates:
            attributes.append((stun.Attribute.USE_CANDIDATE, b""))
        kind = stun.MessageType.BINDING_REQUEST
        self.send(stun.build(kind, secrets.token_bytes(12), attributes, self._peer_password))

    def send(self, datagram: bytes) -> None:
        """Send anything at all to the media process."""
        self.transport.sendto(datagram, self.remote)

    def put(self, packet: bytes) -> None:
        if self._dtls is not None and self._dtls.srtp is not None:
            self.send(self._dtls.srtp.protect(packet))

    async def close(self, *, says_farewell: bool = True) -> None:
        """Leave, with or without telling."""
        await self.hush()
        if says_farewell and self._dtls is not None:
            self._dtls.close()
        self.transport.close()

    def _receive(self, data: bytes, _: Address) -> None:
        if self._dtls is None or not data:
            return
        if data[0] < 4:
            message = stun.parse(data)
            is_ours = message is not None and stun.is_proved(message, self._peer_password)
            if is_ours and self._dtls.state == "connecting":
                self._dtls.start()
        elif data[0] < 64:
            self._dtls.receive(data)
        elif self._dtls.srtp is not None and is_rtcp(data):
            report = self._dtls.srtp.unprotect_rtcp(data)
            if report is not None:
                self.reports.append((time.time(), report))
        elif self._dtls.srtp is not None:
            packet = self._dtls.srtp.unprotect(data)
            if packet is not None:
                self.take(packet)
        if self._dtls.state == "connected":
            self.connected.set()


def _attribute(sdp: str, name: str, colon: str = ":") -> str:
    found = re.search(rf"^a={name}{colon}(\S+)", sdp, re.MULTILINE)
    assert found is not None, f"no {name} in the answer"
    return found[1]
