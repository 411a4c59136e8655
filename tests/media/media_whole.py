"""Whether a sound went on whole while something else was killed: nothing missing, no pause."""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, Protocol

from media_stalls import born_s, longest_s, loop_waited_s, waited_s

PAUSE_S: Final = 0.06
"""Nobody hears a longer pause than that (VOICE.md, section 10)."""

PACKETS_PER_S: Final = 50
LOOK_S: Final = 0.005


class Ear(Protocol):
    """Counts what comes in."""

    received: int
    missing: int
    longest_gap_s: float

    def forget(self) -> None:
        """Begin to count anew."""


class Counting:
    """Counts RTP packets by their sequence numbers, and times them."""

    def __init__(self) -> None:
        self.missing = 0
        self.longest_gap_s = 0.0
        self._arrived = 0.0
        self._last: tuple[bytes, int] = (b"", 0)  # SSRC and sequence number

    def forget(self) -> None:
        """Begin to count anew."""
        self.longest_gap_s, self.missing = 0.0, 0

    def count(self, packet: bytes, now: float) -> float:
        """Note what is missing before this packet; the pause before it, in seconds."""
        ssrc, sequence = packet[8:12], int.from_bytes(packet[2:4], "big")
        gap_s = now - self._arrived if self._arrived else 0.0
        self.longest_gap_s = max(self.longest_gap_s, gap_s)
        if self._last[0] == ssrc:
            self.missing += (sequence - self._last[1] - 1) & 0x7FFF
        self._arrived, self._last = now, (ssrc, sequence)
        return gap_s


class Whole:
    """Listens from its making; `judge` at the end.

    What the machine kept a voice of the test waiting, or the media process without a processor, is
    measured in that very span and comes on top of `PAUSE_S`: on a machine at rest it is nothing.
    """

    def __init__(self, media_pid: int, **ears: Ear) -> None:
        self._media_pid = media_pid
        self._ears = ears
        for ear in ears.values():
            ear.forget()
        self._received = {name: ear.received for name, ear in ears.items()}
        self._waited_s = waited_s(media_pid)
        self._began_at = time.monotonic()

    def judge(self) -> None:
        """Not one packet is missing, no pause was too long, and the stream goes on now."""
        span_s = time.monotonic() - self._began_at
        machine_s = longest_s(self._began_at) + waited_s(self._media_pid) - self._waited_s
        for name, ear in self._ears.items():
            came = ear.received - self._received[name]
            print(
                f"  {name:22} {ear.missing} packets missing, longest pause"
                f" {1000 * ear.longest_gap_s:.0f} ms, of the machine {1000 * machine_s:.0f} ms"
            )
            assert ear.missing == 0, name
            assert ear.longest_gap_s < PAUSE_S + machine_s, name
            assert came > PACKETS_PER_S * (span_s - PAUSE_S - machine_s), name


class Silence:
    """How long an ear heard nothing after a kill, and what the machine had in it.

    Make it before the kill, within a running loop. `helpers` are the processes that bring the sound
    back, and this one, which hears it. The window is the longest gap itself, from the last sound to
    the first: what anybody waited for before or after that excuses nothing, and of those who waited
    within it only the one that waited longest counts.
    """

    def __init__(self, ear: Ear, helpers: Callable[[], Iterable[int]]) -> None:
        self.machine_s = 0.0
        self._ear = ear
        self._helpers = helpers
        ear.forget()
        self._seen_s = 0.0
        self._begin()
        self._task = asyncio.create_task(self._watch())

    @property
    def gap_s(self) -> float:
        """The longest gap until now."""
        return self._ear.longest_gap_s

    def judge(self, limit_s: float, name: str) -> None:
        """Sound came back in time; call it once it is there."""
        self._task.cancel()
        self._look()
        print(f"  {name:12} deaf for {self.gap_s:.2f} s, of the machine {self.machine_s:.2f} s")
        assert self.gap_s < limit_s + self.machine_s, name

    async def _watch(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(LOOK_S)

    def _look(self) -> None:
        waited = self._waited()  # each time, to know who was there before
        if self._ear.received == self._received:
            return
        if self.gap_s > self._seen_s:
            self._seen_s = self.gap_s
            self.machine_s = max(longest_s(self._began_at), *waited)
        self._begin()

    def _begin(self) -> None:
        """There is sound: a gap may begin here."""
        self._received = self._ear.received
        self._began_at = time.monotonic()
        self._booted_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        self._before: dict[int, float] = {}
        self._waited()

    def _waited(self) -> list[float]:
        """What each has waited since there was sound, or since it was born."""
        found = [0.0]
        for pid in self._helpers():
            with suppress(OSError):  # it ended in this very moment
                waited_s = loop_waited_s(pid)
                is_new = born_s(pid) > self._booted_s
                found.append(waited_s - self._before.setdefault(pid, 0.0 if is_new else waited_s))
        return found
