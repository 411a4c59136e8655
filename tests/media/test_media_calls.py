"""Calls through a real media process, judged by what each party hears."""

import asyncio
import hashlib
import secrets
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from media_ears import decibels, heard_at, level_at, peak, tone
from media_peers import Voice, WebPeer
from media_process import MediaProcess
from media_scene import listen_steadily, scene
from media_sealed import KEY, sides_of

from kentongan.media.g711 import Codec, encode
from kentongan.media.protocol import (
    KeyPressed,
    Play,
    Played,
    Recorded,
    Returned,
    Stop,
    TimedOut,
    Web,
    WebChanged,
)

pytestmark = pytest.mark.anyio
SENT = 8000 / np.sqrt(2)  # rms of a test tone
LINE_NOISE_PEAK = 120  # the faint noise of an open line, which is all that is heard in silence


async def test_two_way_audio(media: MediaProcess) -> None:
    """Telephone and browser hear each other within 1 dB, and themselves below -60 dB."""
    async with scene(media) as here:
        citizen = await here.phone("citizen", 437, role="citizen")
        operator = await here.browser("op1", 1009)
        await asyncio.sleep(0.5)
        at_citizen, at_operator = await listen_steadily(2, citizen, operator)
        assert peak(at_citizen)[0] == pytest.approx(1009, abs=2)
        assert peak(at_operator)[0] == pytest.approx(437, abs=2)
        assert abs(decibels(heard_at(at_citizen, 1009), SENT)) < 1
        assert abs(decibels(heard_at(at_operator, 437), SENT)) < 1
        assert decibels(level_at(at_citizen, 437, width_hz=3), SENT) < -60
        assert decibels(level_at(at_operator, 1009, width_hz=3), SENT) < -60


async def test_no_echo_at_all_in_silence(media: MediaProcess) -> None:
    """When the other party is silent, nothing of one's own voice comes back: below -60 dB."""
    async with scene(media) as here:
        citizen = await here.phone("citizen", 440)
        operator = await here.browser("op1", 0)
        await asyncio.sleep(0.5)
        at_citizen, at_operator = await listen_steadily(1, citizen, operator)
        assert decibels(level_at(at_citizen, 440), SENT) < -60
        assert abs(decibels(heard_at(at_operator, 440), SENT)) < 1


async def test_conference_of_three(media: MediaProcess) -> None:
    """In A-law, mu-law and over SRTP each of three hears both others and not themselves."""
    async with scene(media) as here:
        citizen = await here.phone("citizen", 440)
        agency = await here.phone("agency", 700, codec=Codec.PCMU)
        operator = await here.browser("op1", 1000)
        await asyncio.sleep(0.5)
        voices: list[Voice] = [citizen, agency, operator]
        for voice, sound in zip(voices, await listen_steadily(1.5, *voices), strict=True):
            for other in voices:
                if other is voice:
                    assert decibels(level_at(sound, other.hz), SENT) < -45
                else:
                    assert abs(decibels(heard_at(sound, other.hz), SENT)) < 1


async def test_listen_whisper_barge_and_hold(media: MediaProcess) -> None:
    """A supervisor listens unheard, whispers to one, barges in; the held hear nothing."""
    async with scene(media) as here:
        citizen = await here.phone("citizen", 440)
        operator = await here.browser("op1", 1000)
        boss = await here.browser("boss", 1700, mode="listen")
        await asyncio.sleep(0.5)
        at_citizen, at_operator, at_boss = await listen_steadily(1, citizen, operator, boss)
        assert level_at(at_citizen, 1700) < 10
        assert level_at(at_operator, 1700) < 10
        assert heard_at(at_boss, 440) > 5000
        assert heard_at(at_boss, 1000) > 5000

        await here.mode("boss", "whisper:op1")
        at_citizen, at_operator = await listen_steadily(1, citizen, operator)
        assert level_at(at_citizen, 1700) < 10
        assert heard_at(at_operator, 1700) > 5000

        await here.mode("boss", "talk")
        (at_citizen,) = await listen_steadily(1, citizen)
        assert heard_at(at_citizen, 1700) > 5000

        await here.mode("citizen", "hold")
        at_citizen, at_operator = await listen_steadily(1, citizen, operator)
        assert np.abs(at_citizen).max() < LINE_NOISE_PEAK
        assert level_at(at_operator, 440) < 10


async def test_keys(media: MediaProcess) -> None:
    """5-5 from the telephone and # from the browser: exactly three keys, in order."""
    async with scene(media) as here:
        citizen = await here.phone("citizen", 440)
        operator = await here.browser("op1", 0)
        await asyncio.sleep(0.3)
        for _ in range(2):
            citizen.press("5")
            await asyncio.sleep(0.2)
        operator.press("#")
        await here.events.wait_for(KeyPressed, 3)
        pressed = [each for each in here.events.seen if isinstance(each, KeyPressed)]
        assert [(each.leg, each.digit) for each in pressed] == [
            ("citizen", "5"), ("citizen", "5"), ("op1", "#"),
        ]  # fmt: skip


@pytest.mark.parametrize("packet_ms", [10, 20, 30, 40, 60])
async def test_packet_times_from_a_port_never_named(media: MediaProcess, packet_ms: int) -> None:
    """Audio of any packet time from another port than the SDP's is heard, and answered there."""
    async with scene(media) as here:
        operator = await here.browser("op1", 1000)
        named = await here.phone("citizen", 0)
        named.is_sending = False
        odd = await type(named)(440, packet_ms=packet_ms).open()
        here.parties.append(odd)
        assert named.remote is not None
        odd.call(*named.remote)
        await asyncio.sleep(0.6)
        at_operator, at_citizen = await listen_steadily(1.5, operator, odd)
        assert abs(decibels(heard_at(at_operator, 440), SENT)) < 1
        assert abs(decibels(heard_at(at_citizen, 1000), SENT)) < 1
        row = await here.row("citizen")
        assert row.remote == f"127.0.0.1:{odd.port}"


async def test_a_stranger_cannot_take_over(media: MediaProcess) -> None:
    """Once a source is heard, packets from another one are neither played nor answered."""
    async with scene(media) as here:
        citizen = await here.phone("citizen", 440)
        operator = await here.browser("op1", 1000)
        await asyncio.sleep(0.4)
        stranger = await type(citizen)(2000).open()
        here.parties.append(stranger)
        assert citizen.remote is not None
        stranger.call(*citizen.remote)
        (at_operator,) = await listen_steadily(1, operator)
        assert level_at(at_operator, 2000) < 10
        assert heard_at(at_operator, 440) > 5000
        assert stranger.received == 0


async def test_announcement(media: MediaProcess, tmp_path: Path) -> None:
    """A sound plays once and says so, or loops until it is stopped; others do not hear it."""
    file = tmp_path / "wait.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(tone(600, 0, 4000).astype("<i2").tobytes())
    async with scene(media) as here:
        citizen = await here.phone("citizen", 0)
        operator = await here.browser("op1", 0)
        await here.tell(Play(bridge=here.bridge, leg="citizen", file=str(file)))
        await here.events.wait_for(Played)
        await here.tell(Play(bridge=here.bridge, leg="citizen", file=str(file), loop=True))
        assert (await here.row("citizen")).playing == str(file)
        await asyncio.sleep(0.2)
        at_citizen, at_operator = await listen_steadily(1.5, citizen, operator)
        assert abs(decibels(heard_at(at_citizen, 600), SENT)) < 1
        assert np.abs(at_operator).max() < LINE_NOISE_PEAK
        await here.tell(Stop(bridge=here.bridge, leg="citizen"))
        await asyncio.sleep(0.2)
        assert np.abs((await listen_steadily(0.5, citizen))[0]).max() < LINE_NOISE_PEAK


async def test_the_recording_has_two_sides(media: MediaProcess) -> None:
    """Left is the citizen, on hold too, right everybody else; the digest is of the sound."""
    async with scene(media, record="two.rec") as here:
        await here.phone("citizen", 440, role="citizen")
        await here.browser("op1", 1000)
        await asyncio.sleep(1.5)
        await here.mode("citizen", "hold")
        await asyncio.sleep(1.5)
        await here.client.destroy(here.bridge)
        told = await here.events.wait_for(Recorded)
    whole = sides_of(told.file)
    sides = whole[8000:]
    assert peak(sides[:, 0])[0] == pytest.approx(440, abs=3)
    assert peak(sides[:, 1])[0] == pytest.approx(1000, abs=3)
    assert heard_at(sides[-6000:, 0], 440) > 5000
    assert level_at(sides[:, 0], 1000) < 10
    data = whole.tobytes()
    assert (told.bytes, told.seconds) == (len(data), len(data) / 32_000)
    assert (told.sha256, told.key) == (hashlib.sha256(data).hexdigest(), KEY.id)


async def test_silence_is_told_and_taken_back(media: MediaProcess) -> None:
    """A silent telephone and a page that never connects are told after 5 s, and stay."""
    async with scene(media) as here:
        citizen = await here.phone("citizen", 440)
        await asyncio.sleep(0.3)
        citizen.is_sending = False
        offer = WebPeer().offer()
        await here.client.web(Web(bridge=here.bridge, leg="page", sdp=offer))
        await here.events.wait_for(TimedOut, 2)
        told = {each.leg for each in here.events.seen if isinstance(each, TimedOut)}
        assert told == {"citizen", "page"}
        assert (await here.row("citizen")).is_silent
        citizen.is_sending = True
        assert (await here.events.wait_for(Returned)).leg == "citizen"
        assert not (await here.row("citizen")).is_silent


async def test_a_page_says_farewell_and_returns(media: MediaProcess) -> None:
    """A closed page is reported at once; a new one under the same name takes its place."""
    async with scene(media) as here:
        citizen = await here.phone("citizen", 440)
        first = await here.browser("op1", 1000)
        assert (await here.events.wait_for(WebChanged)).state == "connected"
        await first.close()
        assert (await here.events.wait_for(WebChanged, 2)).state == "closed"
        second = await here.browser("op1", 1300)
        await asyncio.sleep(0.4)
        at_citizen, at_second = await listen_steadily(1, citizen, second)
        assert heard_at(at_citizen, 1300) > 5000
        assert heard_at(at_second, 440) > 5000


async def test_garbage_on_every_port_harms_nobody(media: MediaProcess) -> None:
    """Thousands of random datagrams at both kinds of port: the call goes on, nothing is raised."""
    async with scene(media) as here:
        citizen = await here.phone("citizen", 440)
        operator = await here.browser("op1", 1000)
        await asyncio.sleep(0.4)
        rtp_port, web_port = citizen.remote, operator.remote
        assert rtp_port is not None
        stranger = await WebPeer().open()
        here.parties.append(stranger)
        hearing = asyncio.gather(citizen.hear(1.5), operator.hear(1.5))
        begun = time.monotonic()
        while time.monotonic() - begun < 1.5:
            for size in (0, 1, 12, 20, 60, 300, 1600):
                noise = bytearray(secrets.token_bytes(size))
                for first in (0, 1, 22, 128, 144, 255):
                    noise[:1] = bytes([first])[:size]
                    stranger.transport.sendto(noise, rtp_port)
                    stranger.transport.sendto(noise, web_port)
                    operator.transport.sendto(noise, web_port)  # from a proved source
            await asyncio.sleep(0.01)
        at_citizen, at_operator = await hearing
        assert abs(decibels(heard_at(at_citizen, 1000), SENT)) < 1
        assert abs(decibels(heard_at(at_operator, 440), SENT)) < 1
        listing = await here.client.list()
        assert listing.faults == 0
        assert (await here.row("op1")).state == "connected"
    assert "Traceback" not in media.log.read_text()


async def test_saturation_sounds_loud_not_broken(media: MediaProcess) -> None:
    """Two parties shouting the same word at full level arrive as one shout, without wrapping."""
    async with scene(media) as here:
        shout = encode(Codec.PCMA, np.full(160, 30_000, np.int32))
        for leg in ("agency", "citizen"):
            (await here.phone(leg)).speak_like(shout)
        operator = await here.browser("op1")
        await asyncio.sleep(0.4)
        (sound,) = await listen_steadily(0.5, operator)
        assert sound.min() > 29_000
