"""A text line of a real media process: accepted sources, keys, beside sound or alone, and death."""

import asyncio
import base64
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from media_process import Events, MediaProcess
from media_text_peer import TextPeer

from kentongan.media import sdes
from kentongan.media.client import MediaClient, MediaRefusedError
from kentongan.media.protocol import (
    EndText,
    Reply,
    RtpAddress,
    Sdes,
    Text,
    Typed,
    TypeText,
)

pytestmark = pytest.mark.anyio
LEG = "citizen"


@asynccontextmanager
async def _line(
    media: MediaProcess, **wanted: object
) -> AsyncGenerator[tuple[MediaClient, TextPeer, Events, str]]:
    """A bridge with a text line and no sound, and the peer at its other end."""
    bridge = secrets.token_hex(4)
    events = Events()
    client = media.client(lambda event: events(event) if event.bridge == bridge else None)
    client.start()
    await client.connected()
    await client.create(bridge)
    peer = TextPeer()
    try:
        address = await _describe(client, peer, bridge, **wanted)
        peer.point_at(address.ip, address.port)
        yield client, peer, events, bridge
    finally:
        peer.close()
        await client.destroy(bridge)
        await client.close()


async def _describe(
    client: MediaClient, peer: TextPeer, bridge: str, **wanted: object
) -> RtpAddress:
    given = {"ip": "127.0.0.1", "port": peer.port, "t140": 98, "red": 100, **wanted}
    command = Text(bridge=bridge, leg=LEG, **given)  # type: ignore[arg-type]
    return await client.request(command, RtpAddress)


async def _told(events: Events, text: str) -> None:
    """Wait until all that was typed is exactly this."""
    async with asyncio.timeout(10):
        while _typed(events) != text:
            await asyncio.sleep(0.01)


def _typed(events: Events) -> str:
    return "".join(one.text for one in events.seen if isinstance(one, Typed))


async def test_both_ways_without_any_sound(shared_media: MediaProcess) -> None:
    """Characters, an erasure and a new line, each way; the line shows what passed."""
    async with _line(shared_media) as (client, peer, events, bridge):
        await peer.type("tolomg\bng\nJl. Pandu 15")
        await _told(events, "tolomg\bng\nJl. Pandu 15")
        await client.request(TypeText(bridge=bridge, leg=LEG, text="Ambulans\n"), Reply)
        await peer.until_read("Ambulans\n")
        found = next(row for row in (await client.list()).bridges if row.bridge == bridge)
        row = found.texts[0]
        assert (row.leg, row.lost, row.strangers, row.is_secret) == (LEG, 0, 0, False)
        assert row.received > 0
        assert row.sent > 0
        assert found.legs == []


async def test_text_with_keys_of_its_own(shared_media: MediaProcess) -> None:
    """SRTP: a plain packet is refused, an encrypted one is read, and what is sent is encrypted."""
    ours, theirs = (base64.b64encode(secrets.token_bytes(30)).decode() for _ in range(2))
    suite = "AES_CM_128_HMAC_SHA1_80"
    here = Sdes(suite=suite, key_in=theirs, key_out=ours)
    async with _line(shared_media, srtp=here) as (client, peer, events, bridge):
        peer.say("plain")
        peer.srtp = sdes.session(Sdes(suite=suite, key_in=ours, key_out=theirs))
        await peer.type("secret")
        await _told(events, "plainsecret")  # what was lost with it, the next packets repeat
        found = next(row for row in (await client.list()).bridges if row.bridge == bridge)
        assert (found.texts[0].malformed, found.texts[0].is_secret) == (1, True)
        await client.request(TypeText(bridge=bridge, leg=LEG, text="ya"), Reply)
        await peer.until_read("ya")


async def test_a_stranger_is_not_read(shared_media: MediaProcess) -> None:
    """Once the peer has spoken, another source on the same host is counted and dropped."""
    async with _line(shared_media) as (client, peer, events, bridge):
        await peer.type("ya")
        await _told(events, "ya")
        stranger = TextPeer()
        stranger.point_at(*peer.remote)
        await stranger.type("batal")
        await peer.type("!")
        await _told(events, "ya!")
        stranger.close()
        found = next(row for row in (await client.list()).bridges if row.bridge == bridge)
        row = found.texts[0]
        assert row.strangers > 0


async def test_garbage_does_not_end_a_line(shared_media: MediaProcess) -> None:
    """Any octets at the port; then text is read as before."""
    async with _line(shared_media) as (_, peer, events, _):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
            for size in (0, 1, 12, 13, 1_400):
                noise.sendto(secrets.token_bytes(size), peer.remote)
        await peer.type("api")
        await _told(events, "api")


async def test_what_is_refused(shared_media: MediaProcess) -> None:
    """No line of that name, an address of no use, a port that is not ours; ending twice is once."""
    async with _line(shared_media) as (client, peer, _, bridge):
        for command, key in (
            (TypeText(bridge=bridge, leg="nobody", text="x"), "no-text"),
            (Text(bridge="nothing", leg=LEG), "no-bridge"),
            (Text(bridge=bridge, leg=LEG, ip="nowhere", port=1), "address"),
            (Text(bridge=bridge, leg="other", lport=1), "port-taken"),
        ):
            with pytest.raises(MediaRefusedError) as refused:
                await client.request(command, Reply)
            assert refused.value.key == key
        for _ in range(2):
            await client.request(EndText(bridge=bridge, leg=LEG), Reply)
        with pytest.raises(MediaRefusedError):
            await client.request(TypeText(bridge=bridge, leg=LEG, text="x"), Reply)
        again = await _describe(client, peer, bridge, lport=peer.remote[1])
        assert again.port == peer.remote[1]


async def test_a_process_begun_anew_goes_on_with_the_text(tmp_path: Path) -> None:
    """Killed: on the same port, nothing is read twice; what was typed meanwhile is read."""
    media = MediaProcess(tmp_path)
    media.start()
    try:
        async with _line(media) as (client, peer, events, bridge):
            await peer.type("15")
            await _told(events, "15")
            last = [one for one in events.seen if isinstance(one, Typed)][-1]
            media.kill()
            peer.say("5")
            media.start()
            await client.connected()
            await asyncio.sleep(0.1)
            await client.connected()
            await client.create(bridge)
            await _describe(
                client, peer, bridge, lport=peer.remote[1], heard=(last.source, last.number)
            )
            await peer.type(" A")
            async with asyncio.timeout(10):
                while not _typed(events).endswith(" A"):
                    await asyncio.sleep(0.01)
            assert _typed(events).replace("\ufffd", "") == "155 A"
            await client.request(TypeText(bridge=bridge, leg=LEG, text="ok"), Reply)
            await peer.until_read("ok")
    finally:
        media.stop()
