"""RTCP through a real process: what it reports, what it makes of a peer's reports, and quality."""

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from media_peers import Voice
from media_process import MediaProcess
from media_scene import scene

from kentongan.media import rtcp
from kentongan.media.g711 import SAMPLE_RATE_HZ
from kentongan.media.protocol import Leave, QualityMeasured, Rtp

pytestmark = pytest.mark.anyio
DELAY_S = 0.25  # how late the peers say that they have answered
LOST = 30


async def report_of(voice: Voice) -> tuple[float, rtcp.Compound]:
    """The first report that a peer gets."""
    async with asyncio.timeout(8):
        while not voice.reports:
            await asyncio.sleep(0.02)
    came, data = voice.reports[0]
    compound = rtcp.parse(data)
    assert compound is not None
    return came, compound


def answer(voice: Voice, came: float, report: rtcp.Compound) -> bytes:
    """What a peer says of us: so many lost, heard so long ago, and on the wire for `DELAY_S`."""
    assert report.sender is not None
    waited = round((time.time() - came - DELAY_S) * 65536) & 0xFFFFFFFF
    block = rtcp.ReportBlock(report.ssrc, 1, LOST, 1, 160, rtcp.middle(report.sender.ntp), waited)
    sender = rtcp.SenderInfo(rtcp.ntp(came), voice.timestamp, 1, 1)
    return rtcp.build(voice.ssrc, sender, block, "peer")


class Sent:
    """What a voice really sent, and when: its own task may be late on a busy machine.

    Made before the first packet goes out.
    """

    def __init__(self, voice: Voice) -> None:
        self._put = voice.put
        self._packets: list[tuple[int, float]] = []  # sequence, samples on the way by two clocks
        voice.put = self._note  # type: ignore[method-assign]

    def _note(self, packet: bytes) -> None:
        sequence, timestamp = struct.unpack_from("!HI", packet, 2)
        self._packets.append((sequence, time.time() * SAMPLE_RATE_HZ - timestamp))
        self._put(packet)

    def jitter(self, highest: int) -> float:
        """Of the packets up to that sequence number, in samples (RFC 3550, A.8)."""
        sequences = [sequence for sequence, _ in self._packets]
        transits = [transit for _, transit in self._packets]
        last = sequences.index(highest & 0xFFFF)
        found = 0.0
        for before, after in pairwise(transits[: last + 1]):
            step = abs(after - before)
            found += (min(step, 2**32 - step) - found) / 16
        return found


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what comes in its own time."""
    async with asyncio.timeout(8):
        while not await holds():
            await asyncio.sleep(0.05)


async def test_reports_both_ways(shared_media: MediaProcess) -> None:
    """A telephone on two ports and a page on one: reports come, ours are read, figures follow."""
    async with scene(shared_media) as here:
        citizen = await here.phone("citizen", 440, rtcp=True)
        sent = [Sent(citizen)]
        desk = await here.browser("desk", 1000)
        sent.append(Sent(desk))
        took_ms: dict[str, float] = {}
        for leg, voice, packets in zip(("citizen", "desk"), (citizen, desk), sent, strict=True):
            came, report = await report_of(voice)
            assert report.sender is not None
            wrote = report.sender.ntp / 2**32 - rtcp.NTP_ERA_S
            assert abs(wrote - came) < 1
            took_ms[leg] = 1000 * (came - wrote + DELAY_S)
            assert 0 < report.sender.packets * 160 == report.sender.octets
            (block,) = report.blocks
            assert block.ssrc == voice.ssrc
            assert block.lost == 0
            assert block.jitter == pytest.approx(packets.jitter(block.highest), abs=80)  # 10 ms
            voice.put_report(answer(voice, came, report))
        citizen.put_report(b"\x81\xc8\x00\x01bad!")
        desk.put_report(b"\x81\xc8\x00\x01bad!")

        async def are_read() -> bool:  # each second
            rows = [await here.row(leg) for leg in took_ms]
            return [row.rtcp_malformed for row in rows] == [1, 1]

        await eventually(are_read)
        for told in await here.quality():
            assert told.round_trip_ms == pytest.approx(took_ms[told.leg], abs=60)
            assert (told.far_lost, told.far_jitter_ms) == (LOST, 20.0)
            assert (told.codec, told.lost, told.is_final) == ("pcma", 0, False)
            assert told.packets > 50
            assert told.mos is not None
            assert 1.0 < told.mos < 4.2  # a quarter of a second and some loss are heard
        await here.tell(Leave(bridge=here.bridge, leg="citizen"))
        final = await here.events.wait_for(QualityMeasured)
        assert (final.leg, final.is_final, final.far_lost) == ("citizen", True, LOST)

        async def has_said_farewell() -> bool:
            last = rtcp.parse(citizen.reports[-1][1])
            return last is not None and len(last.goodbyes) == 1

        await eventually(has_said_farewell)


async def test_loss_is_seen_and_told(shared_media: MediaProcess) -> None:
    """One packet in five never comes: counted, and the score falls; silent legs have none."""
    async with scene(shared_media) as here:
        citizen = await here.phone("citizen", 440)
        await here.client.rtp(Rtp(bridge=here.bridge, leg="nobody"))
        sent, put = 0, citizen.put

        def unreliable(packet: bytes) -> None:
            nonlocal sent
            sent += 1
            if sent % 5:
                put(packet)

        citizen.put = unreliable  # type: ignore[method-assign]
        await asyncio.sleep(1.5)
        told = {each.leg: each for each in await here.quality()}
        assert told["citizen"].lost == pytest.approx(told["citizen"].packets / 4, abs=3)
        assert told["citizen"].mos is not None
        assert told["citizen"].mos < 3.2
        assert (told["nobody"].packets, told["nobody"].mos) == (0, None)
