"""Real baresip calls through every way of talking. Run in a network of its own, by the test.

baresip wants an interface that is not loopback; `LANE` makes one that leads nowhere, in a network
namespace that ends with this process. It says a tone from a file, and what its decoder gives goes
to another file, which is our ear.
"""

import asyncio
import shutil
import signal
import sys
import wave
from pathlib import Path

import numpy as np
from media_ears import LOUDNESS, Sound
from switch_room import free_port, until
from voice_centre import Way, waiting_call, walk_all
from voice_walk import CALLER, Walk

from kentongan.media.codec import CodecName

MODULES = Path("/usr/lib/baresip/modules")
OWN = "127.0.0.9"
LANE = f"""ip link set lo up
ip link add tel0 type veth peer name tel1
ip addr add {OWN}/32 dev tel0
ip link set tel0 up
ip link set tel1 up
exec "$@"
"""
TONE_S = 120
WAV_HEADER_BYTES = 44
NAMES = {CodecName.PCMA: "PCMA", CodecName.PCMU: "PCMU", CodecName.G722: "G722/16000/1"}
RATES_HZ = {CodecName.PCMA: 8_000, CodecName.PCMU: 8_000, CodecName.G722: 16_000}


def is_there() -> bool:
    """Whether this baresip can be used so."""
    wanted = ("aufile.so", "sndfile.so", "aubridge.so", "g711.so", "g722.so")
    return shutil.which("baresip") is not None and all((MODULES / one).exists() for one in wanted)


class Baresip:
    """One baresip with one call."""

    def __init__(self, folder: Path, hz: float, codec: CodecName, number: str) -> None:
        self.hz = hz
        self.folder = folder
        self._rate_hz = RATES_HZ[codec]
        folder.mkdir()
        self._write_tone()
        (folder / "accounts").write_text(
            f"<sip:{number}@127.0.0.1>;regint=0;audio_codecs={NAMES[codec]}\n"
        )
        lines = (
            f"module_path {MODULES}",
            *(f"module {one}.so" for one in ("g711", "g722", "aufile", "aubridge", "sndfile")),
            "module_tmp account.so",
            "module_app menu.so",
            f"snd_path {folder}",
            f"audio_source aufile,{folder / 'tone.wav'}",
            "audio_player aubridge,ear",
            "audio_alert aubridge,bell",
            f"sip_listen {OWN}:{free_port()}",
        )
        (folder / "config").write_text("\n".join(lines) + "\n")

    async def dial(self, port: int) -> None:
        """Ring the centre."""
        with (self.folder / "log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *("baresip", "-f", str(self.folder), "-e", f"/dial sip:112@127.0.0.1:{port}"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def hang_up(self) -> None:
        """Told to stop, it says BYE."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(self._process.wait(), 10)

    @property
    def arrived(self) -> int:
        """Samples that it ever decoded."""
        return len(self.heard())

    def heard(self, seconds: float | None = None) -> Sound:
        """The last seconds of what it decoded."""
        files = sorted(self.folder.glob("dump-*-dec.wav"))
        if not files:
            return np.zeros(0)
        data = files[-1].read_bytes()[WAV_HEADER_BYTES:]
        sound = np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(float)
        sound = sound[:: self._rate_hz // 8_000]  # nothing above 4 kHz ever leaves the centre
        return sound if seconds is None else sound[-round(seconds * 8_000) :]

    def _write_tone(self) -> None:
        places = np.arange(self._rate_hz * TONE_S)
        sound = LOUDNESS * np.sin(2 * np.pi * self.hz * places / self._rate_hz)
        with wave.open(str(self.folder / "tone.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self._rate_hz)
            file.writeframes(np.rint(sound).astype("<i2").tobytes())


async def from_baresip(walk: Walk, codec: CodecName) -> None:
    """A call of baresip through everything; it ends with baresip's BYE."""
    number = f"08112222{walk.index}"
    folder = walk.room.folder / f"baresip-{walk.index}"
    baresip = Baresip(folder, walk.tones[CALLER], codec, number)
    await baresip.dial(walk.room.settings.sip_port)
    try:
        call = await waiting_call(walk.room, number)
        await until(lambda: len(baresip.heard()) > 0)
        await walk.go(baresip, call)
    finally:
        await baresip.hang_up()
    await walk.has_ended()


WAYS: list[Way] = [(f"baresip {codec.value}", from_baresip, codec) for codec in NAMES]


if __name__ == "__main__":
    asyncio.run(walk_all(Path(sys.argv[1]), WAYS))
