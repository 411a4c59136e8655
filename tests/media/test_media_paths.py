"""A desk changes its network: ICE restart, and a NAT that forgets, with the call going on."""

import asyncio

import pytest
from media_ears import heard_at
from media_peers import WebPeer
from media_process import MediaProcess
from media_scene import Scene, listen_steadily, scene

from kentongan.media.protocol import Web, WebAnswer, WebChanged

pytestmark = pytest.mark.anyio
HEARD = 5000


async def restart(here: Scene, desk: WebPeer) -> WebAnswer:
    """The page offers again with another fragment."""
    desk.begin_restart()
    command = Web(bridge=here.bridge, leg="desk", sdp=desk.offer(), mode="hold", restart=True)
    return await here.client.request(command, WebAnswer)


async def test_a_restart_keeps_the_voice_until_the_new_path_is_nominated(
    shared_media: MediaProcess,
) -> None:
    """Both hear each other before and after; no handshake, no new leg, the mode stays."""
    async with scene(shared_media) as here:
        citizen = await here.phone("citizen", 440)
        desk = await here.browser("desk", 1000)
        await asyncio.sleep(0.3)
        before = await here.row("desk")
        told = await restart(here, desk)
        assert told.restarted
        assert "o=- 1 2 IN IP4" in told.sdp
        (at_citizen,) = await listen_steadily(0.4, citizen)  # on the old path, before any check
        assert heard_at(at_citizen, 1000) > HEARD

        desk.learn(told.sdp)
        await desk.move("127.0.0.2")
        desk.check(nominates=False)
        await asyncio.sleep(0.05)
        assert (await here.row("desk")).remote == before.remote
        desk.check()
        await asyncio.sleep(0.2)
        at_citizen, at_desk = await listen_steadily(0.4, citizen, desk)
        assert heard_at(at_citizen, 1000) > HEARD
        assert heard_at(at_desk, 440) > HEARD
        after = await here.row("desk")
        assert after.remote.startswith("127.0.0.2:")
        assert (after.mode, after.state) == ("talk", "connected")
        assert after.received > before.received
        changes = [each.state for each in here.events.seen if isinstance(each, WebChanged)]
        assert changes == ["connected"]


async def test_another_browser_is_no_restart(shared_media: MediaProcess) -> None:
    """A reloaded page has another certificate: its leg is made anew although it asks to go on."""
    async with scene(shared_media) as here:
        await here.browser("desk", 1000)
        reloaded = await WebPeer(1300).open()
        reloaded.renew_identity()
        here.parties.append(reloaded)
        command = Web(bridge=here.bridge, leg="desk", sdp=reloaded.offer(), restart=True)
        told = await here.client.request(command, WebAnswer)
        assert not told.restarted
        citizen = await here.phone("citizen", 440)
        await reloaded.connect(told.sdp)
        await asyncio.sleep(0.2)
        at_citizen, at_desk = await listen_steadily(0.4, citizen, reloaded)
        assert heard_at(at_citizen, 1300) > HEARD
        assert heard_at(at_desk, 440) > HEARD


async def test_a_nat_that_gives_another_port(shared_media: MediaProcess) -> None:
    """The browser does not know; its next consent check, nominating or not, brings it back."""
    async with scene(shared_media) as here:
        citizen = await here.phone("citizen", 440)
        desk = await here.browser("desk", 1000)
        await asyncio.sleep(0.2)
        for nominates in (True, False):
            await desk.move("127.0.0.1")
            desk.check(nominates=nominates)
            await asyncio.sleep(0.2 if nominates else 1.3)
            at_citizen, at_desk = await listen_steadily(0.4, citizen, desk)
            assert heard_at(at_citizen, 1000) > HEARD
            assert heard_at(at_desk, 440) > HEARD
