"""What one leg alone is given to hear, or sends: announcements, replays, beeps and keys.

Sounds are read from disk beside the clock; a play that is overtaken by another one, or by a stop,
while its file is read does not begin any more.
"""

import asyncio

import numpy as np
import numpy.typing as npt

from kentongan.media.bridge import Bridge
from kentongan.media.legs import Leg
from kentongan.media.protocol import CommandRefusedError, Play, Replay, SendDigits
from kentongan.media.sounds import Announcement, SoundShelf, beep, read_sound
from kentongan.media.wav import SoundRefusedError


class Player:
    """Holds the sounds that were read; the legs hold what they play."""

    def __init__(self) -> None:
        self._shelf = SoundShelf()

    async def play(self, leg: Leg, command: Play) -> None:
        """Begin an announcement; raises `CommandRefusedError`."""
        leg.play_ticket += 1
        ticket = leg.play_ticket
        files = (command.file, *command.then)
        sounds = [(file, await self._sound(file)) for file in files]
        if leg.play_ticket != ticket:
            raise CommandRefusedError("superseded", "another play or stop came first")
        leg.playing = Announcement(
            sounds, loop=command.loop, pause_s=command.pause_s, yields=command.yields
        )

    async def _sound(self, file: str) -> npt.NDArray[np.int16]:
        samples = self._shelf.find(file)
        if samples is None:
            try:
                samples = await asyncio.to_thread(read_sound, file)
            except SoundRefusedError as error:
                raise CommandRefusedError("sound", f"{file}: {error}") from error
            self._shelf.keep(file, samples)
        return samples


def replay(bridge: Bridge, leg: Leg, command: Replay) -> None:
    """Let the leg hear what was just said; raises `CommandRefusedError`."""
    replayed = bridge.last(command.seconds)
    if replayed is None:
        raise CommandRefusedError("nothing", "the call has only begun")
    leg.stop_playing()
    leg.playing = replayed


def sound_beep(leg: Leg) -> None:
    """One beep beside whatever it hears; a second one at once is the same."""
    leg.beep = beep()


def press(leg: Leg, command: SendDigits) -> None:
    """Keys to the far end; raises `CommandRefusedError`."""
    if not leg.outbound.press(command.digits):
        raise CommandRefusedError("full", "keys wait already")
