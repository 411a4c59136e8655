"""What a call costs, how long a voice is on its way, what a bad network leaves of it, side by side.

    python bench/bench_media.py [SECONDS] [SYSTEM ...]

Prints JSON lines {"name", "value", "unit"}. The systems are `media` (a telephone and a browser's
leg, recorded), `media_plain` (two telephones), `rtpengine` (forwards, does not mix) and `janus`
(AudioBridge), as far as they are installed; all in one run with the same voices. Telephones and
browsers run in this process. The figures include this machine's other work: `host.load` says how
much there was.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

import msgspec
import numpy as np

from voice_systems import Janus, Ours, OursPlain, RtpEngine, VoiceSystem

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "media"))

from media_ears import LOUDNESS, tone
from media_peers import RtpPhone, Voice
from media_process import cpu_seconds

from kentongan.media.g711 import Codec, decode, encode
from kentongan.media.priority import start_before_others
from kentongan.media.protocol import Rtp

CALLS: Final = (20, 50)
CALLS_FULL: Final = 60  # what one process is planned for
SETTLED_S: Final = 4.0  # after the last handshake
PHASES: Final = 12  # calls whose delay is measured: each stands differently to the clock of 20 ms
RHYTHM_S: Final = 4.0  # by then a call stands as it will: calls last minutes
BURSTS: Final = 3
ROUGH_JITTER_S: Final = 0.06
ROUGH_LOSS: Final = 0.02
ROUGH_S: Final = 15.0
DAMAGED_BELOW: Final = 0.7  # of a frame's tone
TONE_HZ: Final = 400.0  # eight periods in a frame
LOUD: Final = encode(Codec.PCMA, np.full(160, 8000, np.int32))
QUIET: Final = encode(Codec.PCMA, np.zeros(160, np.int32))


class RoughPhone(RtpPhone):
    """A telephone on a bad network: late by up to 60 ms, one packet in fifty lost."""

    is_rough = False
    random = random.Random(1)

    def put(self, packet: bytes) -> None:
        if not self.is_rough:
            super().put(packet)
        elif self.random.random() >= ROUGH_LOSS:
            late_s = self.random.random() * ROUGH_JITTER_S
            asyncio.get_running_loop().call_later(late_s, self._arrive, packet)

    def _arrive(self, packet: bytes) -> None:
        if not self.transport.is_closing():
            super().put(packet)


def tell(name: str, value: float, unit: str) -> None:
    """One figure."""
    line = {"name": name, "value": round(value, 2), "unit": unit}
    print(msgspec.json.encode(line).decode(), flush=True)


def resident_bytes(pid: int) -> int:
    """What a process holds in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Run:
    """One system under the same voices as the others."""

    def __init__(self, system: VoiceSystem, seconds: float) -> None:
        self.system = system
        self.seconds = seconds
        self.callers: list[RoughPhone] = []
        self.ends: list[tuple[Voice, Voice]] = []

    async def measure(self) -> None:
        """All figures, one process."""
        await self.system.start()
        try:
            memory: dict[int, int] = {}
            for count in CALLS:
                await self._grow_to(count)
                await self._load()
                memory[count] = resident_bytes(self.system.pid)
            first, last = min(memory), max(memory)
            share = (memory[last] - memory[first]) / (last - first)
            tell(f"{self.system.name}.memory.per_call", share / 1e6, "MB")
            await self._grow_to(CALLS_FULL)
            await self._load()
            await self._begin_anew()
            await self._delays()
            if not isinstance(self.system, RtpEngine):  # it has no buffer: its peers must have one
                await self._rough()
            if isinstance(self.system, Ours) and not isinstance(self.system, OursPlain):
                await self._death(self.system)
        finally:
            for caller, callee in self.ends:
                await _hang_up(caller, callee)
            await self.system.stop()

    async def _grow_to(self, count: int) -> None:
        while len(self.ends) < count:
            caller = RoughPhone()
            await caller.open()
            self.callers.append(caller)
            self.ends.append(await self.system.call(len(self.ends), caller))

    async def _load(self) -> None:
        """Everybody speaks; what the process needs for it, and whether anybody had a gap."""
        voices = [voice for ends in self.ends for voice in ends]
        canned = encode(Codec.PCMA, tone(TONE_HZ, 0, 160).astype(np.int32))
        for voice in voices:
            voice.keeps = False
            voice.speak_like(canned)
        await asyncio.sleep(SETTLED_S)
        for voice in voices:
            voice.gaps_s.clear()
        pid, name = self.system.pid, f"{self.system.name}.{len(self.ends)}_calls"
        begun, used = time.monotonic(), cpu_seconds(pid)
        received = sum(voice.received for voice in voices)
        await asyncio.sleep(self.seconds)
        passed = time.monotonic() - begun
        percent = 100 * (cpu_seconds(pid) - used) / passed
        tell(f"{name}.cpu_per_call", percent / len(self.ends), "% of a core")
        packets = sum(voice.received for voice in voices) - received
        tell(f"{name}.packets_per_leg", packets / passed / len(voices), "1/s")
        tell(f"{name}.gaps_over_60ms", sum(len(voice.gaps_s) for voice in voices), "gaps")

    async def _begin_anew(self) -> None:
        """All hang up; a single new call, whose buffers have learnt nothing yet."""
        for caller, callee in self.ends:
            await _hang_up(caller, callee)
        if isinstance(self.system, Ours):
            listing = await self.system.client.list()
            tell(f"{self.system.name}.tick.mean", listing.tick_mean_ms, "ms")
            tell(f"{self.system.name}.tick.late", listing.late_ticks, "ticks")
            tell(f"{self.system.name}.clock_restarts", listing.clock_restarts, "times")
            for cause, times in listing.clock_causes.items():
                tell(f"{self.system.name}.clock_restarts.{cause}", times, "times")
            for number in range(CALLS_FULL):
                await self.system.client.destroy(f"call-{number}")
        caller = RoughPhone()
        await caller.open()
        self.callers = [caller]
        self.ends = [await self.system.call(CALLS_FULL, caller)]

    async def _delays(self) -> None:
        """From a packet at the door to its sound leaving it; filling the packet takes 20 ms.

        In calls that begin at any moment: within one, a voice's packets always come as long before
        the tick that reads them, which is up to 20 ms of its delay.
        """
        found: dict[str, list[float]] = {"caller_to_desk": [], "desk_to_caller": []}
        for number in range(PHASES):
            await asyncio.sleep(0.02 * number / PHASES)
            caller = RoughPhone()
            await caller.open()
            ends = await self.system.call(CALLS_FULL + 1 + number, caller)
            for voice in ends:
                voice.speak_like(QUIET)
            await asyncio.sleep(RHYTHM_S)
            for way, (speaker, listener) in zip(found, (ends, ends[::-1]), strict=True):
                found[way] += await self._delay(speaker, listener)
            await _hang_up(*ends)
            if isinstance(self.system, Ours):
                await self.system.client.destroy(f"call-{CALLS_FULL + 1 + number}")
        for way, delays in found.items():
            name = f"{self.system.name}.delay.{way}"
            tell(f"{name}.shortest", min(delays, default=-1), "ms")
            tell(f"{name}.median", median(delays) if delays else -1, "ms")
            tell(f"{name}.longest", max(delays, default=-1), "ms")

    async def _delay(self, speaker: Voice, listener: Voice) -> list[float]:
        listener.keeps = True
        speaker.speak_like(QUIET)
        found: list[float] = []
        await asyncio.sleep(0.5)
        for _ in range(BURSTS):
            await asyncio.sleep(0.1)
            listener.forget()
            speaker.say_once(LOUD)
            await asyncio.sleep(0.3)
            for arrived, payload in listener.heard_packets:
                if np.abs(decode(Codec.PCMA, payload)).max() > 4000:
                    found.append(1000 * (arrived - speaker.said_at))
                    break
        return found

    async def _rough(self) -> None:
        """The caller's tone over a bad network: the share of frames that kept too little of it."""
        caller, desk = self.ends[0]
        caller.speak_like(encode(Codec.PCMA, tone(TONE_HZ, 0, 160).astype(np.int32)))
        self.callers[0].is_rough = True
        await asyncio.sleep(3)  # buffers learn
        desk.keeps = True
        desk.forget()
        await asyncio.sleep(ROUGH_S)
        self.callers[0].is_rough = False
        frames = desk.heard(ROUGH_S).reshape(-1, 160)
        wave = np.exp(-2j * np.pi * TONE_HZ * np.arange(160) / 8000)
        kept = np.abs(frames @ wave) * 2 / 160 / LOUDNESS
        tell(f"{self.system.name}.rough.damaged", 100 * float((kept < DAMAGED_BELOW).mean()), "%")

    async def _death(self, ours: Ours) -> None:
        """Kill -9: how long the telephone hears nothing until its leg is made again."""
        caller = self.callers[0]
        assert caller.remote is not None
        caller.gaps_s.clear()
        ours.media.kill()
        ours.media.start()
        await asyncio.sleep(0.1)  # the client has noticed long before the process is back
        await ours.client.connected()
        await ours.client.create("again")
        await ours.client.rtp(
            Rtp(
                bridge="again", leg="citizen", ip="127.0.0.1", port=caller.port,
                lport=caller.remote[1],
            )
        )  # fmt: skip
        await asyncio.sleep(0.3)
        tell(f"{ours.name}.gap_after_kill", 1000 * max(caller.gaps_s), "ms")


async def _hang_up(caller: Voice, callee: Voice) -> None:
    for voice in (caller, callee):
        await voice.close()


async def measure(folder: Path, seconds: float, wanted: list[str]) -> None:
    """One system after the other."""
    systems: list[VoiceSystem] = [Ours(folder / "ours"), OursPlain(folder / "plain")]
    systems += [
        program(folder / program.name) for program in (RtpEngine, Janus) if program.is_installed()
    ]
    for system in systems:
        if not wanted or system.name in wanted:
            tell(f"{system.name}.host.load", os.getloadavg()[0], "processes")
            await Run(system, seconds).measure()


def main() -> None:
    """Measure in a folder that goes away."""
    start_before_others()  # the voices must not falter, and the systems inherit the place
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 6.0
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), seconds, sys.argv[2:]))


if __name__ == "__main__":
    main()
