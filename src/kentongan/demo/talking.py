"""How a simulated person talks on a telephone, whether they rang or were rung.

A clock of 100 ms asks the script what to do and does it with the telephone. The other side's voice
is what is heard above the noise after the answer, so that the person reacts to being asked.
"""

import asyncio
from pathlib import Path

import numpy as np

from kentongan.cities.pack import CityPack
from kentongan.demo.script import Action, HangUp, Press, Say, Script
from kentongan.edge.caller.phone import CallState, PhoneCall
from kentongan.edge.caller.voice import in_turn, recorded, silence

STEP_S = 0.1
"""How often a person looks at their script."""

VOICE_LEVEL = 600.0
"""RMS above which what is heard counts as somebody's voice (full scale is 32,767)."""

HEADER_BYTES = 44
"""Of a WAV before its sound."""

BYTES_PER_S = 16_000
"""Of 8 kHz, 16 bit, mono."""


class Sounds:
    """The sounds of a pack as files, and how long each is."""

    def __init__(self, pack: CityPack, directory: Path) -> None:
        self.files = {sound.key: directory / "sounds" / sound.file for sound in pack.sounds}
        self.seconds = {
            sound.key: sound.seconds or _seconds(self.files[sound.key]) for sound in pack.sounds
        }


async def talk(call: PhoneCall, script: Script, sounds: Sounds) -> None:
    """Follow the script until the call is over."""
    loop = asyncio.get_running_loop()
    while call.state is not CallState.OVER:
        now_s = loop.time()
        if call.state is CallState.TALKING:
            script.answered(now_s)
            if _hears_voice(call):
                script.operator_spoke(now_s)
        for action in script.step(now_s):
            _do(call, action, sounds)
        await asyncio.sleep(STEP_S)


def _do(call: PhoneCall, action: Action, sounds: Sounds) -> None:
    match action:
        case Say(sound=sound):
            call.say(in_turn((recorded(sounds.files[sound]), silence())))
        case Press(key=key):
            call.press(key)
        case HangUp():
            call.hang_up()


def _hears_voice(call: PhoneCall) -> bool:
    heard = call.audio.heard(STEP_S)
    return (
        bool(len(heard))
        and float(np.sqrt(np.mean(np.square(heard.astype(np.float64))))) > VOICE_LEVEL
    )


def _seconds(file: Path) -> float:
    return max(0.0, (file.stat().st_size - HEADER_BYTES) / BYTES_PER_S)
