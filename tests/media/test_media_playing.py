"""What one leg alone is given: replays, beeps, keys, announcements in turn; and what it knocks."""

import asyncio
import wave
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_ears import heard_at, level_at, tone
from media_process import MediaProcess
from media_scene import listen, listen_steadily, scene, steadily

from kentongan.media.client import MediaRefusedError
from kentongan.media.g711 import Codec, encode
from kentongan.media.protocol import (
    Detect,
    KeyPressed,
    Play,
    Played,
    Replay,
    SendDigits,
    Stop,
    Tapped,
)
from kentongan.media.replay import LastMinute

pytestmark = pytest.mark.anyio
HEARD, UNHEARD = 5000, 40


def sound_file(path: Path, hz: float, seconds: float) -> str:
    """A WAV file with a tone."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(tone(hz, 0, round(8000 * seconds)).astype("<i2").tobytes())
    return str(path)


async def test_replay_to_one_desk_alone(shared_media: MediaProcess) -> None:
    """The desk hears again what was said, and the caller lower beside it; nobody else does."""
    async with scene(shared_media) as here:
        citizen = await here.phone("citizen", 440)
        desk = await here.browser("desk", 0)
        boss = await here.browser("boss", 1700, mode="whisper:desk")

        async def replayed() -> list[Any]:
            await here.mode("boss", "whisper:desk")
            citizen.hz = 440
            await asyncio.sleep(1.5)
            citizen.hz = 1000
            await here.mode("boss", "listen")
            here.events.seen.clear()
            await here.tell(Replay(bridge=here.bridge, to_leg="desk", seconds=1.4))
            assert (await here.row("desk")).playing == "replay"
            await asyncio.sleep(0.2)
            during = await listen(0.6, desk, boss, citizen)
            assert (await here.events.wait_for(Played)).file == "replay"
            await asyncio.sleep(0.1)
            return [*during, *await listen(0.3, desk)]

        at_desk, at_boss, at_citizen, afterwards = await steadily(replayed)
        assert heard_at(at_desk, 440) > HEARD
        assert 800 < level_at(at_desk, 1000) < 2500
        assert level_at(at_desk, 1700) < UNHEARD  # the whisper is in nobody's last minute
        assert level_at(at_boss, 440) < UNHEARD
        assert level_at(at_citizen, 440) < UNHEARD
        assert heard_at(afterwards, 1000) > HEARD


async def test_a_replay_is_refused_or_stopped(shared_media: MediaProcess) -> None:
    """No leg, no bridge, too long: refused by name; a stop ends it at once."""
    async with scene(shared_media) as here:
        await here.phone("citizen", 440)
        for command in (
            Replay(bridge="none", to_leg="citizen"), Replay(bridge=here.bridge, to_leg="nobody"),
        ):  # fmt: skip
            with pytest.raises(MediaRefusedError, match="no-"):
                await here.tell(command)
        with pytest.raises(MediaRefusedError, match="malformed"):
            await here.tell(Replay(bridge=here.bridge, to_leg="citizen", seconds=61))
        await asyncio.sleep(0.3)
        await here.tell(Replay(bridge=here.bridge, to_leg="citizen", seconds=60))
        await here.tell(Stop(bridge=here.bridge, leg="citizen"))
        assert (await here.row("citizen")).playing == ""


def test_the_last_minute_is_a_minute() -> None:
    """What is older than sixty seconds is gone, what is younger comes back in order."""
    ring = LastMinute()
    assert ring.last(10) is None
    for number in range(3110):
        ring.add([None, np.full(160, number % 100, np.int32) * 100, np.full(160, 50, np.int32)])
    replayed = ring.last(60)
    assert replayed is not None
    heard: list[float] = []
    while not replayed.is_over:
        heard.append(float(replayed.frame().mean()))
    expected = [number % 100 * 100 + 50 for number in range(110, 3110)]
    assert heard == pytest.approx(expected, rel=0.04, abs=10)


def test_the_last_minute_of_a_young_call() -> None:
    """No more than there is, to the very last frame; loud voices together do not wrap round."""
    ring = LastMinute()
    for _ in range(7):
        ring.add([np.full(160, 30_000, np.int32)] * 2)
    replayed = ring.last(60)
    assert replayed is not None
    frames = [replayed.frame() for _ in range(7)]
    assert replayed.is_over
    assert all(frame.min() > 31_000 for frame in frames)


async def test_announcements_in_turn(shared_media: MediaProcess, tmp_path: Path) -> None:
    """Two files one after the other, again and again, with a pause; a missing one refuses all."""
    first = sound_file(tmp_path / "one.wav", 600, 0.4)
    second = sound_file(tmp_path / "two.wav", 900, 0.4)
    async with scene(shared_media) as here:
        citizen = await here.phone("citizen", 0)
        await asyncio.sleep(0.2)
        command = Play(
            bridge=here.bridge, leg="citizen", file=first, then=(second,), loop=True, pause_s=0.4
        )
        await here.tell(command)
        row = await here.row("citizen")
        assert (row.playing, row.then) == (first, (second,))
        (sound,) = await listen_steadily(1.2, citizen)  # from whatever moment: it goes round
        pieces = [sound[at : at + 800] for at in range(0, 9600, 800)]
        loud = [[hz for hz in (600, 900) if level_at(piece, hz) > 2500] for piece in pieces]
        assert 3 <= loud.count([600]) <= 5  # of 12
        assert 3 <= loud.count([900]) <= 5
        assert 2 <= loud.count([]) <= 4
        with pytest.raises(MediaRefusedError, match="sound"):
            await here.tell(
                Play(bridge=here.bridge, leg="citizen", file=first, then=("/nothing.wav",))
            )
        assert (await here.row("citizen")).playing == first


async def test_keys_to_an_agency(shared_media: MediaProcess) -> None:
    """As events where the peer has them, as two tones where it has none."""
    async with scene(shared_media) as here:
        modern = await here.phone("modern", 0)
        old = await here.phone("old", 0, dtmf=None)
        await asyncio.sleep(0.3)
        await here.tell(SendDigits(bridge=here.bridge, leg="modern", digits="12"))

        async def pressed() -> list[Any]:
            # A test that stood still hears first what waited for it meanwhile: up to 0.6 s here.
            hearing = asyncio.create_task(listen(1.0, old))
            await asyncio.sleep(0.02)
            await here.tell(SendDigits(bridge=here.bridge, leg="old", digits="5"))
            return await hearing

        (at_old,) = await steadily(pressed)
        async with asyncio.timeout(8):
            while sum(bool(packet[13] & 0x80) for packet in modern.heard_events) < 6:
                await asyncio.sleep(0.02)
        keys = [packet[12] for packet in modern.heard_events]
        assert sorted(set(keys)) == [1, 2]
        assert sum(bool(packet[13] & 0x80) for packet in modern.heard_events) == 6
        assert len({packet[4:8] for packet in modern.heard_events}) == 2
        assert old.heard_events == []
        pieces = [at_old[at : at + 800] for at in range(0, len(at_old) - 799, 400)]
        for hz in (770, 1336):
            assert max(level_at(piece, hz, width_hz=30) for piece in pieces) > 2000
        with pytest.raises(MediaRefusedError, match="malformed"):
            await here.tell(SendDigits(bridge=here.bridge, leg="old", digits="5;"))


KNOCKS = 3
"""How often two knocks are knocked before nobody hears them."""


async def test_tones_and_taps_are_heard(shared_media: MediaProcess) -> None:
    """Keys as tones from a trunk without events; two knocks on the microphone when asked for."""
    async with scene(shared_media) as here:
        old = await here.phone("old", 0, dtmf=None)
        citizen = await here.phone("citizen", 0)
        await here.tell(Detect(bridge=here.bridge, leg="citizen", taps=True))
        await asyncio.sleep(1.0)
        keys = tone(770, 0, 960, 4000) + tone(1336, 0, 960, 4000)
        parts = keys.astype(np.int32).reshape(6, 160)
        old.say(encode(Codec.PCMA, part) for part in parts)
        knock = np.zeros(160, np.int32)
        knock[:80] = (12_000 * np.exp(-np.arange(80) / 20) * (-1.0) ** np.arange(80)).astype(int)
        pause = [encode(Codec.PCMA, np.zeros(160, np.int32))] * 16
        for _ in range(KNOCKS):  # on a machine that stalls, two knocks are not heard as two
            citizen.say([encode(Codec.PCMA, knock), *pause, encode(Codec.PCMA, knock)])
            with suppress(TimeoutError):
                assert (await here.events.wait_for(Tapped)).count == 2
                break
        else:
            pytest.fail(f"knocked {KNOCKS} times in vain")
        pressed = await here.events.wait_for(KeyPressed)
        assert (pressed.leg, pressed.digit) == ("old", "5")
