"""The city of the sound tests: Semarang's pack, whose announcements are one pure tone.

Speech has something at every frequency: a machine's vowel is as loud as a voice for a tenth of a
second. Beside a tone, somebody who must not be heard is found as well as beside any other voice.
"""

import shutil
import wave
from pathlib import Path

from media_ears import tone

from kentongan.cities.pack import load, packaged
from kentongan.cities.training import SoundUse

SOUND_HZ = 350.0
"""Of every announcement: whole periods in a frame, and no voice of a test is near it or at one of
the multiples that the steps of G.711 make of it (1,050, 1,750, 2,450)."""

SOUND_S = 2.0
RINGING = "ringing"


def city_with_tones(folder: Path) -> Path:
    """A folder with that pack; the ringing tone is as it is."""
    shutil.copytree(packaged(), folder)
    samples = tone(SOUND_HZ, 0, round(8_000 * SOUND_S)).astype("<i2").tobytes()
    for sound in load(packaged()).sounds:
        if sound.use is SoundUse.ANNOUNCEMENT and sound.key != RINGING:
            with wave.open(str(folder / "sounds" / sound.file), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8_000)
                file.writeframes(samples)
    return folder
