"""Several media processes side by side: one's death is nobody else's, and each says its load."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from media_ears import heard_at, level_at
from media_peers import RtpPhone
from media_process import MediaProcess
from media_scene import listen_steadily
from media_stalls import longest_s, waited_s

from kentongan.media.client import MediaClient, MediaUnavailableError
from kentongan.media.protocol import Rtp

pytestmark = pytest.mark.anyio
SHARDS = 3
PAUSE_S = 0.06
"""Nobody hears one (VOICE.md, section 10); what the machine was busy elsewhere comes on top."""


class Shard:
    """One process with one call of two telephones."""

    def __init__(self, folder: Path) -> None:
        self.media = MediaProcess(folder, bridges_max=4)
        self.lost = 0
        self.client = MediaClient(
            Path(self.media.settings.control_socket), on_event=lambda _: None, on_lost=self._lost
        )
        self.phones: list[RtpPhone] = []

    async def open(self) -> None:
        """Start, and let two talk."""
        self.client.start()
        await asyncio.wait_for(self.client.connected(), 20)
        await self.client.create("call")
        for leg, hz in (("a", 440.0), ("b", 1000.0)):
            phone = await RtpPhone(hz).open()
            self.phones.append(phone)
            address = await self.client.rtp(
                Rtp(bridge="call", leg=leg, ip="127.0.0.1", port=phone.port)
            )
            phone.call(address.ip, address.port)

    async def close(self) -> None:
        """End everything."""
        for phone in self.phones:
            await phone.close()
        await self.client.close()
        self.media.stop()

    def _lost(self) -> None:
        self.lost += 1


@pytest.fixture
async def shards(tmp_path: Path) -> AsyncIterator[list[Shard]]:
    """Three of them."""
    shards = [Shard(tmp_path / f"media-{number}") for number in range(SHARDS)]
    for each in shards:
        each.media.start()
    for each in shards:
        await each.open()
    yield shards
    for each in shards:
        await each.close()


async def test_shards(shards: list[Shard]) -> None:
    """Each says its load, enough to choose by; kill -9 of one in the middle leaves the others'
    calls without a gap, and the dead one comes back empty.
    """
    await _each_says_its_load(shards)
    await _one_death_is_nobody_elses(shards)


async def _one_death_is_nobody_elses(shards: list[Shard]) -> None:
    dead, *alive = shards
    for shard in alive:
        for phone in shard.phones:
            phone.gaps_s.clear()
    began_at = time.monotonic()
    waited = [waited_s(shard.media.pid) for shard in alive]
    dead.media.kill()
    await asyncio.sleep(0.2)
    with pytest.raises(MediaUnavailableError):
        await dead.client.list()
    hearing = [phone for shard in alive for phone in shard.phones]
    sounds = await listen_steadily(0.6, *hearing)
    for phone, sound in zip(hearing, sounds, strict=True):
        other = 1440 - phone.hz
        assert heard_at(sound, other) > 5000
        assert level_at(sound, phone.hz) < 30
    assert [shard.lost for shard in shards] == [1, 0, 0]
    dead.media.start()
    await asyncio.wait_for(dead.client.connected(), 20)
    assert (await dead.client.list()).bridges == []
    for shard, before in zip(alive, waited, strict=True):
        busy_s = longest_s(began_at) + waited_s(shard.media.pid) - before
        for phone in shard.phones:
            assert max(phone.gaps_s, default=0.0) < PAUSE_S + busy_s


async def _each_says_its_load(shards: list[Shard]) -> None:
    first = shards[0]
    for number in range(3):
        await first.client.create(f"more-{number}")
    listings = [await shard.client.list() for shard in shards]
    assert [(len(each.bridges), each.bridges_max) for each in listings] == [(4, 4), (1, 4), (1, 4)]
    assert len({each.epoch for each in listings}) == SHARDS
    async with asyncio.timeout(6):
        while not (await first.client.list()).busy_percent > 0:
            await asyncio.sleep(0.1)
