"""A media process killed and started again, and a switch that was away."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from media_ears import level_at
from media_peers import RtpPhone
from media_process import Events, MediaProcess
from media_scene import listen, scene
from media_sealed import KEY, sides_of

from kentongan.media.client import Connected, MediaClient, MediaUnavailableError
from kentongan.media.protocol import KeyPressed, Recorded, Rtp
from kentongan.media.seal_read import check_file

pytestmark = pytest.mark.anyio


async def test_a_killed_process_leaves_a_valid_recording(media: MediaProcess) -> None:
    """After kill -9 the file opens, holds the call to its last second, and can be digested."""
    async with scene(media, record="killed.rec") as here:
        await here.phone("citizen", 440, role="citizen")
        await asyncio.sleep(3.5)
        media.kill()
    file = media.recordings / "killed.rec"
    sides = sides_of(file)
    assert len(sides) >= 2.4 * 8000
    assert level_at(sides[8000:, 0], 440) > 5000
    reading = check_file(file, KEY)
    assert (reading.is_closed, reading.damaged_at_s) == (False, None)
    assert reading.sha256 == hashlib.sha256(sides.tobytes()).hexdigest()
    assert reading.seconds == len(sides) / 8000


async def test_it_comes_back_on_the_same_ports(media: MediaProcess) -> None:
    """Killed and restarted: the client finds the new process, and the telephone never redials."""
    connections: list[Connected] = []
    client = MediaClient(
        Path(media.settings.control_socket),
        on_event=lambda _: None,
        on_connected=connections.append,
    )
    client.start()
    await asyncio.wait_for(client.connected(), 20)
    phone = await RtpPhone(440).open()
    wanted = Rtp(bridge="b", leg="citizen", ip="127.0.0.1", port=phone.port)
    await client.create("b")
    first = await client.rtp(wanted)
    phone.call(first.ip, first.port)
    await asyncio.sleep(0.3)
    media.kill()
    async with asyncio.timeout(10):
        while client.is_connected:
            await asyncio.sleep(0.01)
    with pytest.raises(MediaUnavailableError):
        await client.list()
    media.start()
    await asyncio.wait_for(client.connected(), 20)
    assert [each.is_new_process for each in connections] == [True, True]
    assert connections[0].epoch != connections[1].epoch
    await client.create("b")
    again = await client.rtp(
        Rtp(bridge="b", leg="citizen", ip="127.0.0.1", port=phone.port, lport=first.port)
    )
    assert again.port == first.port
    heard = await phone.hear(0.5)
    assert len(heard) >= 3500
    await phone.close()
    await client.close()


async def test_a_returning_switch_gets_what_it_missed(media: MediaProcess) -> None:
    """Keys pressed while the switch was away come once, in order, when it is back."""
    async with scene(media) as here:
        citizen = await here.phone("citizen", 440)
        events = Events()
        away = media.client(events)
        away.start()
        await asyncio.wait_for(away.connected(), 10)
        citizen.press("1")
        await events.wait_for(KeyPressed)
        await away.close()
        for key in "23":
            await asyncio.sleep(0.1)
            citizen.press(key)
        await here.events.wait_for(KeyPressed, 3)
        away.start()
        await events.wait_for(KeyPressed, 3)
        citizen.press("4")
        await events.wait_for(KeyPressed, 4)
        pressed = [each for each in events.seen if isinstance(each, KeyPressed)]
        assert [each.digit for each in pressed] == ["1", "2", "3", "4"]
        assert len({each.seq for each in pressed}) == 4
        await away.close()


async def test_a_restarted_switch_goes_on_where_it_was(media: MediaProcess) -> None:
    """With its predecessor's position a new client gets only what came after."""
    async with scene(media) as here:
        citizen = await here.phone("citizen", 440)
        for key in "12":
            citizen.press(key)
            await asyncio.sleep(0.1)
        await here.events.wait_for(KeyPressed, 2)
        connections: list[Connected] = []
        events = Events()
        successor = MediaClient(
            Path(media.settings.control_socket),
            on_event=events,
            on_connected=connections.append,
            position=(here.client.position[0], here.client.position[1] - 1),
        )
        successor.start()
        await events.wait_for(KeyPressed)
        assert [each.digit for each in events.seen if isinstance(each, KeyPressed)] == ["2"]
        assert [each.is_new_process for each in connections] == [False]
        await successor.close()


async def test_an_orderly_end_finishes_recordings(media: MediaProcess) -> None:
    """SIGTERM: the digest is told before the socket closes, and the exit code is 0."""
    async with scene(media, record="end.rec") as here:
        citizen = await here.phone("citizen", 440, role="citizen")
        await listen(0.5, citizen)
        assert media.process is not None
        media.process.terminate()
        told = await here.events.wait_for(Recorded)
        reading = check_file(media.recordings / "end.rec", KEY)
        assert (reading.is_closed, reading.damaged_at_s) == (True, None)
        assert (reading.sha256, reading.chain) == (told.sha256, told.chain)
        assert await asyncio.to_thread(media.process.wait, 10) == 0
    assert "Traceback" not in media.log.read_text()


async def test_a_second_process_does_not_take_the_socket(media: MediaProcess) -> None:
    """Starting another one on the same socket fails and leaves the running one alone."""
    async with scene(media) as here:
        twin = MediaProcess(media.log.parent / "twin", control_socket=media.settings.control_socket)
        twin.start()
        assert twin.process is not None
        assert await asyncio.to_thread(twin.process.wait, 20) == 1
        assert "media could not start" in twin.log.read_text()
        assert (await here.client.list()).bridges
