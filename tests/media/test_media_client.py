"""The client against a stand-in for the process that misbehaves on purpose."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from media_process import Events

from kentongan.media import client as client_module
from kentongan.media.client import MediaClient, MediaRefusedError, MediaUnavailableError
from kentongan.media.protocol import AnyEvent, KeyPressed, Web

pytestmark = pytest.mark.anyio
KEY = {"ev": "dtmf", "seq": 1, "bridge": "b", "leg": "citizen", "digit": "5"}


class Stand:
    """Answers `since` as a process does, and everything else as a test says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answer: Callable[[dict[str, Any]], bytes] = lambda _: b""
        self.greetings: list[dict[str, Any]] = []
        self.connections: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, path=self.path)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for each in self.connections:
            each.close()

    def send(self, *objects: object) -> None:
        """Lines to the newest connection."""
        for each in objects:
            self.connections[-1].write(json.dumps(each).encode() + b"\n")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        while line := await reader.readline():
            command = json.loads(line)
            if command["do"] == "since":
                self.greetings.append(command)
                reply = {"n": command["n"], "epoch": "e", "seq": command["seq"]}
                self.send({**reply, "is_complete": True, "events": []})
            else:
                writer.write(self.answer(command))


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    """An open stand-in."""
    stand = Stand(tmp_path / "media.sock")
    await stand.open()
    yield stand
    await stand.close()


async def connected(stand: Stand, on_event: Callable[[AnyEvent], None]) -> MediaClient:
    """A client that has been greeted."""
    client = MediaClient(stand.path, on_event=on_event)
    client.start()
    await asyncio.wait_for(client.connected(), 5)
    return client


async def test_no_reply_is_unavailable(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that hangs does not hang the switch; a reply that comes too late harms nothing."""
    monkeypatch.setattr(client_module, "REPLY_S_MAX", 0.05)
    client = await connected(stand, lambda _: None)
    with pytest.raises(MediaUnavailableError, match="no reply"):
        await client.create("b")
    stand.send({"n": 2})
    stand.answer = lambda command: json.dumps({"n": command["n"]}).encode() + b"\n"
    await client.create("b")
    await client.close()


async def test_a_refusal_has_its_key(stand: Stand) -> None:
    """`error` becomes an exception that the switch can act upon."""
    stand.answer = lambda command: (
        json.dumps({"n": command["n"], "error": "full", "detail": "80 bridges"}).encode() + b"\n"
    )
    client = await connected(stand, lambda _: None)
    with pytest.raises(MediaRefusedError) as refused:
        await client.create("b")
    assert (refused.value.key, refused.value.detail) == ("full", "80 bridges")
    await client.close()


async def test_replies_find_their_requests_in_any_order(stand: Stand) -> None:
    """Two requests answered in reverse get their own replies."""
    waiting: list[dict[str, Any]] = []

    def later(command: dict[str, Any]) -> bytes:
        waiting.append(command)
        if len(waiting) < 2:
            return b""
        lines = [{"n": each["n"], "sdp": each["leg"]} for each in reversed(waiting)]
        return b"".join(json.dumps(each).encode() + b"\n" for each in lines)

    stand.answer = later
    client = await connected(stand, lambda _: None)
    answers = await asyncio.gather(
        *(client.web(Web(bridge="b", leg=leg, sdp="")) for leg in ("first", "second"))
    )
    assert answers == ["first", "second"]
    await client.close()


async def test_unknown_words_and_faulty_listeners_are_survived(stand: Stand) -> None:
    """An event of a newer version, a broken line and a raising listener lose no later event."""
    events = Events()

    def listener(event: AnyEvent) -> None:
        events(event)
        if event.seq == 1:
            raise RuntimeError("a fault in the switch")

    client = await connected(stand, listener)
    stand.send({**KEY, "ev": "smell"}, ["what"], KEY, {**KEY, "seq": 2})
    await events.wait_for(KeyPressed, 2)
    assert client.is_connected
    await client.close()


async def test_a_lost_connection_fails_what_waits_and_comes_back(stand: Stand) -> None:
    """Requests under way are told at once; the next connection asks from the last event on."""
    events = Events()
    client = await connected(stand, events)
    stand.send({**KEY, "seq": 7})
    await events.wait_for(KeyPressed)
    request = asyncio.create_task(client.create("b"))
    await asyncio.sleep(0.05)
    stand.connections[-1].close()
    with pytest.raises(MediaUnavailableError, match="lost"):
        await request
    await asyncio.wait_for(client.connected(), 5)
    assert [(each["seq"], each.get("epoch", "")) for each in stand.greetings] == [(0, ""), (7, "e")]
    await client.close()
