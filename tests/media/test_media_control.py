"""The control socket: commands, refusals, and lines that make no sense."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from media_process import MediaProcess
from media_scene import scene
from media_sealed import KEY_FIELDS

from kentongan.media.client import MediaRefusedError
from kentongan.media.protocol import LINE_BYTES_MAX, Level, Rtp

pytestmark = pytest.mark.anyio


class Line:
    """A bare connection that sends and reads lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def ask(self, line: bytes | dict[str, Any]) -> dict[str, Any]:
        """Send a line, skip events, return the reply."""
        data = line if isinstance(line, bytes) else json.dumps(line).encode()
        self.writer.write(data + b"\n")
        while True:
            reply = json.loads(await asyncio.wait_for(self._reader.readline(), 5))
            if "n" in reply:
                return reply


@pytest.fixture
async def line(media: MediaProcess) -> AsyncIterator[Line]:
    """A connection to a running process."""
    client = media.client()
    client.start()
    await asyncio.wait_for(client.connected(), 20)
    await client.close()
    reader, writer = await asyncio.open_unix_connection(media.settings.control_socket)
    yield Line(reader, writer)
    writer.close()


async def test_the_words_on_the_wire(line: Line) -> None:
    """Commands and replies are the JSON that the design names, matched by `n`."""
    assert await line.ask({"do": "create", "n": 1, "bridge": "b"}) == {"n": 1}
    assert await line.ask({"do": "create", "n": 2, "bridge": "b"}) == {"n": 2}
    reply = await line.ask({"do": "rtp", "n": 3, "bridge": "b", "leg": "citizen"})
    assert (reply["n"], reply["ip"]) == (3, "127.0.0.1")
    again = await line.ask(
        {"do": "rtp", "n": 4, "bridge": "b", "leg": "citizen", "ip": "127.0.0.1", "port": 4000}
    )
    assert again["port"] == reply["port"]
    legs = (await line.ask({"do": "list", "n": 5}))["bridges"][0]["legs"]
    assert legs[0]["remote"] == "127.0.0.1:4000"
    assert await line.ask({"do": "leave", "n": 6, "bridge": "b", "leg": "citizen"}) == {"n": 6}
    assert await line.ask({"do": "destroy", "n": 7, "bridge": "b"}) == {"n": 7}
    assert await line.ask({"do": "destroy", "n": 8, "bridge": "b"}) == {"n": 8}


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ({"do": "rtp", "bridge": "none", "leg": "x"}, "no-bridge"),
        ({"do": "mode", "bridge": "b", "leg": "x", "mode": "talk"}, "no-leg"),
        ({"do": "mode", "bridge": "b", "leg": "citizen", "mode": "shout"}, "mode"),
        ({"do": "rtp", "bridge": "b", "leg": "x", "ip": "example.org", "port": 1}, "address"),
        ({"do": "rtp", "bridge": "b", "leg": "x", "ip": "::1", "port": 1}, "address"),
        ({"do": "rtp", "bridge": "b", "leg": "x", "ip": "127.0.0.1"}, "address"),
        ({"do": "rtp", "bridge": "b", "leg": "x", "lport": 9}, "port-taken"),
        ({"do": "rtp", "bridge": "b", "leg": "x", "pt": 3}, "codec"),
        ({"do": "web", "bridge": "b", "leg": "x", "sdp": "v=0"}, "offer"),
        ({"do": "play", "bridge": "b", "leg": "citizen", "file": "/nothing.wav"}, "sound"),
        ({"do": "create", "bridge": "c", "record": "../c.rec", **KEY_FIELDS}, "record"),
        ({"do": "create", "bridge": "c", "record": "/etc/passwd", **KEY_FIELDS}, "record"),
        ({"do": "create", "bridge": "c", "record": "c.wav", **KEY_FIELDS}, "record"),
        ({"do": "create", "bridge": "c", "record": "c.rec"}, "record"),
        ({"do": "create", "bridge": "c", "record": "c.rec", "key": "short"}, "malformed"),
        ({"do": "create", "bridge": "a b"}, "malformed"),
        ({"do": "explode"}, "malformed"),
    ],
)
async def test_refusals(line: Line, command: dict[str, Any], error: str) -> None:
    """Each wrong command gets its number and a key, and leaves the call as it was."""
    await line.ask({"do": "create", "n": 1, "bridge": "b"})
    await line.ask({"do": "rtp", "n": 2, "bridge": "b", "leg": "citizen"})
    before = await _legs(line)
    reply = await line.ask({**command, "n": 4})
    assert (reply["n"], reply["error"]) == (4, error)
    assert await _legs(line) == before


async def _legs(line: Line) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """All bridges with their legs, modes and ports."""
    bridges = (await line.ask({"do": "list", "n": 9}))["bridges"]
    return [
        (each["bridge"], [(leg["leg"], leg["mode"], leg["port"]) for leg in each["legs"]])
        for each in bridges
    ]


@pytest.mark.parametrize(
    "noise", [b"", b"{", b"[]", b"\xff\xfe", b'{"n":"x"}', b"0" * 1000, b"[" * 100_000]
)
async def test_noise_is_answered_and_survived(line: Line, noise: bytes) -> None:
    """A line that is no command gets an error, and the next command works."""
    assert (await line.ask(noise))["error"] == "malformed"
    assert "bridges" in await line.ask({"do": "list", "n": 2})


async def test_an_endless_line_ends_only_its_connection(media: MediaProcess, line: Line) -> None:
    """256 kB without an end: an error, the connection closes, others go on."""
    async with scene(media) as here:
        reply = await line.ask(b"x" * (LINE_BYTES_MAX + 70_000))
        assert reply["error"] == "too-long"
        assert (await here.client.list()).bridges


async def test_limits(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The third of two bridges and the ninth leg are refused; a freed place is taken."""
    media = MediaProcess(tmp_path_factory.mktemp("limits"), bridges_max=2)
    media.start()
    try:
        async with scene(media) as here:
            await here.client.create("second")
            with pytest.raises(MediaRefusedError, match="full"):
                await here.client.create("third")
            for number in range(8):
                await here.client.rtp(Rtp(bridge="second", leg=f"leg{number}"))
            with pytest.raises(MediaRefusedError, match="full"):
                await here.client.rtp(Rtp(bridge="second", leg="leg8"))
            await here.client.destroy("second")
            await here.client.create("third")
    finally:
        media.stop()


async def test_a_taken_port_is_said_at_once(media: MediaProcess) -> None:
    """A wanted port that another leg has is refused; no other port is given in its place."""
    async with scene(media) as here:
        first = await here.client.rtp(Rtp(bridge=here.bridge, leg="a"))
        with pytest.raises(MediaRefusedError, match="port-taken"):
            await here.client.rtp(Rtp(bridge=here.bridge, leg="b", lport=first.port))


async def test_levels_for_those_who_watch(media: MediaProcess) -> None:
    """Once a second the loudness of each leg, not numbered, and only while watched."""
    async with scene(media) as here:
        await here.phone("loud", 440)
        await here.phone("quiet", 0)
        await here.client.watch(on=True)
        level = await here.events.wait_for(Level, 3)
        assert level.legs["loud"] == pytest.approx(-15.3, abs=1.5)
        assert level.legs["quiet"] < -65
        assert level.seq == 0
        await here.client.watch(on=False)
        seen = len(here.events.seen)
        await asyncio.sleep(1.2)
        assert len(here.events.seen) == seen
