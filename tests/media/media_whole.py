"""Whether a sound went on whole while something else was killed: nothing missing, no pause."""

import time
from typing import Final, Protocol

from media_stalls import longest_s, waited_s

PAUSE_S: Final = 0.06
"""Nobody hears a longer pause than that (VOICE.md, section 10)."""

PACKETS_PER_S: Final = 50


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
