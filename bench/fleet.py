"""A fleet of devices in a process of its own: `fleet.py HTTP_PORT NMEA_PORT UNITS SECONDS FILE`.

Every unit reports once a second over a connection of its own, as its kind does: two fifths by NMEA,
a fifth by WebSocket, three tenths by OwnTracks, a tenth by Traccar. Tells `ready` when all are
connected, begins when a line comes on standard input, and tells at the end how many it sent and how
many were answered. FILE holds, for each unit and lap, when it was sent (the machine's monotonic
clock, nanoseconds), for whoever watches the screens.
"""

import asyncio
import base64
import json
import mmap
import resource
import struct
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from kentongan.edge.avl.hearing import Hearing

LAT, LON, STEP = -7.05, 110.3, 0.0002
"""Where unit 0 begins, and how far each goes east in a second: 22 m."""

OPENED_AT_ONCE = 200
MASKED = 0x80
MASK = b"\0\0\0\0"
"""A mask of zeros is a mask (RFC 6455 §5.3) and costs the sender nothing."""


class Device(Hearing):
    """One device's connection; counts what it is answered."""

    def __init__(self, number: int, kind: str) -> None:
        self.number = number
        self.kind = kind
        self.answers = 0
        self.lost = False
        self.transport: asyncio.Transport | None = None
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello as its kind does."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self.kind == "nmea":
            transport.write(b"LOGIN %b\r\n" % token(self.number))
        elif self.kind == "websocket":
            key = base64.b64encode(struct.pack(">QQ", 0, self.number))
            transport.write(
                b"GET /avl/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n"
                b"Authorization: Bearer %b\r\n\r\n" % (key, token(self.number))
            )
        else:
            self.opened.set_result(None)

    def data_received(self, data: bytes) -> None:
        """An answer, or the end of hello."""
        if not self.opened.done():
            self.opened.set_result(None)
        elif self.kind == "websocket":
            self.answers += data.count(b'"taken":1')
        else:
            self.answers += data.count(b" 200 OK")

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side closed it."""
        del exc
        self.lost = True

    def report(self, lap: int) -> None:
        """Where it is now."""
        assert self.transport is not None
        lat, lon = LAT + self.number * 2e-5, LON + lap * STEP
        self.transport.write(message(self.kind, self.number, lat, lon, datetime.now(UTC)))


def token(number: int) -> bytes:
    """The token of a unit's device."""
    return b"bench%027d" % number


def kind_of(number: int) -> str:
    """How that unit reports."""
    kinds = ("nmea", "owntracks", "websocket", "nmea", "owntracks")
    return "traccar" if number % 10 == 4 else kinds[number % 5]


def message(kind: str, number: int, lat: float, lon: float, now: datetime) -> bytes:
    """A report as that kind writes it."""
    if kind == "nmea":
        return rmc(lat, lon, now)
    if kind == "traccar":
        query = f"id={token(number).decode()}&lat={lat:.6f}&lon={lon:.6f}&timestamp="
        return f"GET /?{query}{now.timestamp():.3f} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    if kind == "websocket":
        body = json.dumps({"lat": lat, "lon": lon, "at": now.timestamp()}).encode()
        return bytes((0x81, MASKED | len(body))) + MASK + body
    said = {"_type": "location", "lat": lat, "lon": lon, "tst": int(now.timestamp()), "acc": 6}
    said |= {"batt": 80, "bs": 1, "cog": 90, "conn": "m", "t": "t", "tid": "A1", "vel": 72}
    body = json.dumps(said).encode()
    pair = base64.b64encode(b"unit:" + token(number))
    head = b"POST /avl/owntracks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    return head + b"Authorization: Basic %b\r\nContent-Length: %d\r\n\r\n%b" % (
        pair, len(body), body,
    )  # fmt: skip


def rmc(lat: float, lon: float, now: datetime) -> bytes:
    """An RMC sentence with its checksum."""
    north, east = abs(lat), abs(lon)
    time_of_day = f"{now:%H%M%S}.{now.microsecond // 10_000:02}"
    content = (
        f"GPRMC,{time_of_day},A,{int(north):02}{north % 1 * 60:08.5f},S,"
        f"{int(east):03}{east % 1 * 60:08.5f},E,38.9,090.0,{now:%d%m%y},,,A"
    )
    total = 0
    for octet in content.encode():
        total ^= octet
    return f"${content}*{total:02X}\r\n".encode()


class Times(Struct):
    """When which lap of which unit was sent, in a file that others map, too."""

    units: int
    octets: mmap.mmap

    @classmethod
    def make(cls, file: Path, units: int, laps: int) -> "Times":
        """An empty one."""
        file.write_bytes(bytes(8 * units * laps))
        return cls.open(file, units)

    @classmethod
    def open(cls, file: Path, units: int) -> "Times":
        """One that is there."""
        with file.open("r+b") as opened:
            return cls(units, mmap.mmap(opened.fileno(), 0))

    def note(self, unit: int, lap: int) -> None:
        """It is sent now."""
        struct.pack_into("=q", self.octets, 8 * (lap * self.units + unit), time.monotonic_ns())

    def of(self, unit: int, lap: int) -> int:
        """When it was sent, 0 when it was not."""
        place = 8 * (lap * self.units + unit)
        return 0 if place >= len(self.octets) else struct.unpack_from("=q", self.octets, place)[0]


async def main() -> None:
    """Connect, wait for the word, drive, tell."""
    http_port, nmea_port, units, laps = map(int, sys.argv[1:5])
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    times = Times.open(Path(sys.argv[5]), units)
    devices = [Device(number, kind_of(number)) for number in range(units)]
    loop = asyncio.get_running_loop()
    for first in range(0, units, OPENED_AT_ONCE):
        some = devices[first : first + OPENED_AT_ONCE]
        ports = [nmea_port if one.kind == "nmea" else http_port for one in some]
        await asyncio.gather(
            *(
                loop.create_connection(lambda one=one: one, "127.0.0.1", port)
                for one, port in zip(some, ports, strict=True)
            )
        )
        await asyncio.gather(*(one.opened for one in some))
        for one in some:
            if one.kind in ("owntracks", "traccar"):
                one.report(0)  # a request keeps the connection
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    behind_s = await drive(devices, times, laps)
    await asyncio.sleep(3.0)
    answers = sum(one.answers for one in devices)
    lost = sum(one.lost for one in devices)
    print(json.dumps({"answers": answers, "lost": lost, "behind_s": behind_s}), flush=True)


async def drive(devices: list[Device], times: Times, laps: int) -> float:
    """Every unit once in each lap, spread over its second; how far it fell behind at most."""
    began, behind_s = time.monotonic(), 0.0
    for lap in range(1, laps):
        for number, one in enumerate(devices):
            due = began + lap - 1 + number / len(devices)
            if number % 50 == 0:
                left_s = due - time.monotonic()
                behind_s = max(behind_s, -left_s)
                await asyncio.sleep(max(0.0, left_s))
            times.note(number, lap)
            one.report(lap)
    return behind_s


if __name__ == "__main__":
    asyncio.run(main())
