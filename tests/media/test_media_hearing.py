"""Who hears whom: every pair of modes at once, in one real process, by tone in all directions."""

import asyncio
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest
from media_ears import heard_at, level_at
from media_peers import RtpPhone
from media_process import MediaProcess
from media_scene import listen, listen_steadily, scene, steadily

from kentongan.media.protocol import Rtp, Tone

pytestmark = pytest.mark.anyio
TONES = {"a": 440.0, "b": 1000.0, "c": 1700.0}
MODES = ("talk", "listen", "hold", "whisper:c", "whisper:other")
HEARD, UNHEARD = 3000, 30  # rms; a tone has 5657, and a busy machine costs a frame

# Who is heard by the third party, who always talks.
BY_THE_THIRD = {
    "talk": True, "listen": False, "hold": False, "whisper:c": True, "whisper:other": False,
}  # fmt: skip
# Whether the other of the pair hears a speaker of this mode, if that other is not on hold.
BY_THE_OTHER = {
    "talk": True, "listen": False, "hold": False, "whisper:c": False, "whisper:other": True,
}  # fmt: skip


class Three:
    """A bridge with three telephones, two of them in the modes under test."""

    def __init__(self, mode_a: str, mode_b: str) -> None:
        self.modes = {
            "a": mode_a.replace("other", "b"), "b": mode_b.replace("other", "a"), "c": "talk",
        }  # fmt: skip
        self.kinds = {"a": mode_a, "b": mode_b, "c": "talk"}
        self.phones: dict[str, RtpPhone] = {}

    def expects(self, listener: str, speaker: str) -> bool:
        """As the words of the protocol say, spelled out."""
        if listener == "c":
            return BY_THE_THIRD[self.kinds[speaker]]
        if self.kinds[listener] == "hold":  # only what is whispered to this very party
            return self.kinds[speaker] == "whisper:other"
        return True if speaker == "c" else BY_THE_OTHER[self.kinds[speaker]]


async def test_every_pair_of_modes(shared_media: MediaProcess) -> None:
    """15 bridges of three: each ear hears exactly those it should, and nobody else at all."""
    threes = {f"{a}-{b}": Three(a, b) for a, b in combinations_with_replacement(MODES, 2)}
    async with scene(shared_media) as here:
        for number, three in enumerate(threes.values()):
            bridge = f"pair-{number}"
            await here.client.create(bridge)
            for leg, mode in three.modes.items():
                phone = three.phones[leg] = await RtpPhone(TONES[leg]).open()
                here.parties.append(phone)
                address = await here.client.rtp(
                    Rtp(bridge=bridge, leg=leg, mode=mode, ip="127.0.0.1", port=phone.port)
                )
                phone.call(address.ip, address.port)
        await asyncio.sleep(0.5)
        everybody = [
            (name, leg, phone)
            for name, three in threes.items()
            for leg, phone in three.phones.items()
        ]
        await listen_steadily(0.5, *(phone for _, _, phone in everybody))
        for number in range(len(threes)):
            await here.client.destroy(f"pair-{number}")
    wrong: list[str] = []
    for name, listener, phone in everybody:
        sound = phone.heard()
        for speaker, hz in TONES.items():
            is_wanted = speaker != listener and threes[name].expects(listener, speaker)
            level = (heard_at if is_wanted else level_at)(sound, hz)
            if not (level > HEARD if is_wanted else level < UNHEARD):
                wrong.append(f"{name}: {listener} hears {speaker} at {level:.0f}")
    assert wrong == []


async def test_the_held_hear_their_own_sound_while_others_talk(shared_media: MediaProcess) -> None:
    """Consultation: the caller is on hold with a beep of its own, desk and agency talk."""
    async with scene(shared_media) as here:
        citizen = await here.phone("citizen", 440, mode="hold")
        desk = await here.browser("desk", 1000)
        agency = await here.phone("agency", 1700)
        await asyncio.sleep(0.4)

        async def beeped() -> list[Any]:
            await here.tell(Tone(bridge=here.bridge, leg="citizen"))
            return await listen(0.4, citizen, desk, agency)

        at_citizen, at_desk, at_agency = await steadily(beeped)
    assert level_at(at_citizen, 1400, width_hz=30) > 500
    assert level_at(at_citizen, 1000) < UNHEARD
    assert level_at(at_citizen, 1700) < UNHEARD
    assert heard_at(at_desk, 1700) > HEARD
    assert heard_at(at_agency, 1000) > HEARD
    for sound in (at_desk, at_agency):
        assert level_at(sound, 440) < UNHEARD
        assert level_at(sound, 1400, width_hz=30) < UNHEARD
    assert np.abs(at_citizen).max() < 4000
