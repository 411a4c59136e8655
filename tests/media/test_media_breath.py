"""Breath, speech, and what is neither, in a caller's line; and through a real process."""

import asyncio

import numpy as np
import numpy.typing as npt
import pytest
from media_ears import tone
from media_process import MediaProcess
from media_scene import scene
from media_speech import talker

from kentongan.media.breath import Ear, Noticed
from kentongan.media.g711 import Codec, decode, encode
from kentongan.media.protocol import SomebodyNoticed

Sound = npt.NDArray[np.float64]
RATE = 8000


def _noise(seconds: float, rms: float, seed: int = 1) -> Sound:
    return np.random.default_rng(seed).normal(0, rms, round(seconds * RATE))


def _breathing(seconds: float, rms: float = 220.0) -> Sound:
    """Air on a microphone: noise that swells and falls, a breath every three seconds."""
    at = np.arange(round(seconds * RATE)) / RATE
    swell = np.maximum(0.0, np.sin(2 * np.pi * at / 3.0)) ** 2
    return _noise(seconds, 10) + _noise(seconds, rms, 2) * swell


def _noticed(sound: Sound) -> list[Noticed]:
    ear = Ear()
    heard = decode(Codec.PCMA, encode(Codec.PCMA, sound.astype(np.int32)))
    frames = [heard[at : at + 160] for at in range(0, len(heard) - 159, 160)]
    return [one for one in map(ear.hear, frames) if one is not None]


@pytest.mark.parametrize("rms", [120.0, 220.0, 380.0])
def test_breath_is_noticed(rms: float) -> None:
    """Soft and strong, within ten seconds, and said once."""
    assert _noticed(_breathing(10, rms)) == [Noticed.BREATH]


def test_speech_is_speech() -> None:
    """Whatever it looked like before: the caller has spoken, and the ear has done its work."""
    words = np.concatenate([_noise(0.5, 10), talker(4.0, 3)])
    assert _noticed(words)[-1] is Noticed.SPEECH
    assert _noticed(np.concatenate([_breathing(8), talker(4.0, 3)])) == [
        Noticed.BREATH,
        Noticed.SPEECH,
    ]


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(10 * RATE),
        _noise(10, 15),
        _noise(10, 150),
        _noise(10, 1500),
        tone(425, 0, 10 * RATE, 200),
        np.concatenate([_noise(3, 10), tone(1000, 0, 400, 4000), _noise(6, 10)]),
    ],
    ids=["nothing", "an open line", "a hum", "a road", "a tone", "a knock"],
)
def test_what_is_nobody(sound: Sound) -> None:
    """Silence, noise that does not fall quiet, a single sound: neither breath nor speech."""
    assert _noticed(sound) == []


def test_a_gap_in_the_packets_is_quiet() -> None:
    """Nothing comes: no swell, no fault."""
    ear = Ear()
    assert [ear.hear(None) for _ in range(500)] == [None] * 500


@pytest.mark.anyio
async def test_a_caller_who_only_breathes_is_told_of(shared_media: MediaProcess) -> None:
    """Through packets, buffer and bridge of a real process; the desk's breath is told nobody."""
    sound = _breathing(8).astype(np.int32)
    parts = [encode(Codec.PCMA, sound[at : at + 160]) for at in range(0, len(sound), 160)]
    async with scene(shared_media) as here:
        citizen = await here.phone("citizen", 0, role="citizen")
        desk = await here.browser("desk", 0)
        await asyncio.sleep(0.3)
        citizen.say(parts)
        desk.say(parts)
        told = await here.events.wait_for(SomebodyNoticed)
        assert (told.leg, told.what) == ("citizen", "breath")
        await asyncio.sleep(1)
        assert [one.leg for one in here.events.seen if isinstance(one, SomebodyNoticed)] == [
            "citizen"
        ]
