"""Make the sounds of a city pack from their words: `python -m kentongan.cities.voices [folder]`.

A build-time tool, not part of the running system: it needs espeak-ng and sox, and says so when
they are missing. The same words give the same bytes. A city should replace the announcements
with a human voice: 8 kHz, mono, 16 bit, same file names.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from kentongan.cities.files import SoundsFile, file_name
from kentongan.cities.pack import PackError, packaged
from kentongan.cities.read import Problems, compose, read
from kentongan.cities.training import Sound, Voice

PROGRAMS: Final = ("espeak-ng", "sox")
PROGRAM_SECONDS_MAX: Final = 30  # a sentence takes well under a second
TELEPHONE: Final = ("highpass", "250", "lowpass", "3400", "norm", "-3")
KNOCK: Final = ("synth", "0.04", "whitenoise", "fade", "l", "0.001", "0.04", "0.038", "vol", "0.5")
KNOCK_APART: Final = ("pad", "0", "0.36")  # from one knock to the next: an unhurried hand
RING_VOLUME: Final = "0.2"  # 14 dB below full: a tone is tiring where a voice is not
BREATH: Final = ("lowpass", "900", "tremolo", "0.3", "90", "vol", "0.02")
EXACT: Final = ("-R", "-D", "-r", "8000", "-n")  # nothing is added where there is silence
FORMAT: Final = ("-r", "8000", "-c", "1", "-b", "16")


def main() -> int:
    """Write every WAV of the pack; returns the exit code."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        sys.stderr.write(f"Missing: {', '.join(missing)}. On Debian: apt install espeak-ng sox\n")
        return 1
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else packaged()
    try:
        sounds = sounds_of(directory)
    except PackError as error:
        sys.stderr.write(error.to_text() + "\n")
        return 1
    (directory / "sounds").mkdir(exist_ok=True)
    for sound in sounds:
        path = directory / "sounds" / sound.file
        make(sound, path)
        sys.stdout.write(f"{path.stat().st_size:>8} {sound.file}\n")
    return 0


def sounds_of(directory: Path) -> tuple[Sound, ...]:
    """The sounds listed in `sounds.yaml`, whether or not their files exist; or `PackError`."""
    problems = Problems()
    document = compose(directory / file_name("sounds"), problems)
    listed = None if document is None else read(document, SoundsFile, problems)
    if listed is None:
        raise PackError(sorted(problems.found))
    return listed.sounds


def make(sound: Sound, path: Path) -> None:
    """Write one WAV: the words if it has a voice, else its tone, its knocks, or breath."""
    if sound.voice is not None:
        _say(sound, sound.voice, path)
        return
    if sound.tone is not None:
        tone = sound.tone
        rings = ("synth", str(tone.on_s), "sine", str(tone.frequency_hz), "vol", RING_VOLUME)
        _run("sox", *EXACT, *FORMAT, str(path), *rings, "pad", "0", str(tone.off_s))
    elif sound.knocks is not None:
        again = ("repeat", str(sound.knocks - 1))
        _run("sox", *EXACT, *FORMAT, str(path), *KNOCK, *KNOCK_APART, *again)
    else:
        length = str(sound.seconds or 1.0)
        _run("sox", "-R", "-n", *FORMAT, str(path), "synth", length, "pinknoise", *BREATH)


def _say(sound: Sound, voice: Voice, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spoken = str(Path(folder) / "spoken.wav")
        _speak(voice, sound.spoken or sound.text.id, spoken)
        _run("sox", "-R", "-D", spoken, *FORMAT, str(path), *TELEPHONE)


def _speak(voice: Voice, words: str, path: str) -> None:
    how = ["-v", voice.name, "-s", str(voice.speed_wpm), "-p", str(voice.pitch)]
    _run("espeak-ng", *how, "-a", str(voice.volume), "-w", path, "--", words)


def _run(*command: str) -> None:
    # No shell: the programs are named above, and the words of the pack are one argument.
    subprocess.run(command, check=True, timeout=PROGRAM_SECONDS_MAX, stdin=subprocess.DEVNULL)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
