"""Keys that we press on a party's behalf: telephone events (RFC 4733) or tones in the voice.

An agency's menu, a pager, an old exchange: the call-taker presses, the peer must understand. Events
go as often as sound would, then three times with the End bit, so that two lost packets lose no key;
tones have the levels and lengths of ITU-T Q.23 and Q.24. Each object is one key and counts 20 ms
steps; what is heard from others is `dtmf`'s and `tones`' affair.
"""

import struct
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.media.dtmf import KEYS
from kentongan.media.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples

KEY_STEPS: Final = 5  # 100 ms of tone; Q.24 asks for 40, old exchanges for 70
PAUSE_STEPS: Final = 5  # 100 ms before the next key, in which the End is sent three times
END_PACKETS: Final = 3  # RFC 4733, 2.5.1.4
EVENT_VOLUME: Final = 10  # -10 dBm0
ROWS_HZ: Final = (697.0, 770.0, 852.0, 941.0)
COLUMNS_HZ: Final = (1209.0, 1336.0, 1477.0, 1633.0)
KEYPAD: Final = "123A456B789C*0#D"  # row by row
ROW_AMPLITUDE: Final = 5200.0  # -9 dBm0
COLUMN_AMPLITUDE: Final = 6500.0  # -7 dBm0: lines weaken high tones, so they are sent stronger
EDGE_SAMPLES: Final = 24  # 3 ms of rise and fall, or the click is a key of its own
_EVENT: Final = struct.Struct("!BBH")


class EventPacket(Struct, frozen=True):
    """What one step of a key puts on the wire."""

    payload: bytes
    marker: bool


class KeyEvents:
    """One key as telephone events; `unit` is how much RTP time a step takes."""

    __slots__ = ("_code", "_step", "_unit")

    def __init__(self, key: str, unit: int) -> None:
        self._code = KEYS.index(key)
        self._unit = unit
        self._step = 0

    @property
    def is_over(self) -> bool:
        """Whether the next key may begin."""
        return self._step >= KEY_STEPS + PAUSE_STEPS

    def packet(self) -> EventPacket | None:
        """The packet of this step, if it has one; the voice is silent meanwhile."""
        step, self._step = self._step, self._step + 1
        if step >= KEY_STEPS + END_PACKETS:
            return None
        is_end = step >= KEY_STEPS
        duration = min(step + 1, KEY_STEPS) * self._unit
        flags = (0x80 if is_end else 0) | EVENT_VOLUME
        return EventPacket(_EVENT.pack(self._code, flags, duration), marker=step == 0)


class KeyTones:
    """One key as two tones in the voice, then a pause."""

    __slots__ = ("_sound", "_step")

    def __init__(self, key: str) -> None:
        self._sound = _tones(key)
        self._step = 0

    @property
    def is_over(self) -> bool:
        """Whether the next key may begin."""
        return self._step >= KEY_STEPS + PAUSE_STEPS

    def frame(self) -> Samples:
        """The 20 ms of this step, in place of whatever else would be heard."""
        begin = self._step * FRAME_SAMPLES
        self._step += 1
        return self._sound[begin : begin + FRAME_SAMPLES]


def _tones(key: str) -> Samples:
    row, column = divmod(KEYPAD.index(key), 4)
    count = KEY_STEPS * FRAME_SAMPLES
    turns = 2 * np.pi * np.arange(count) / SAMPLE_RATE_HZ
    sound = ROW_AMPLITUDE * np.sin(ROWS_HZ[row] * turns)
    sound += COLUMN_AMPLITUDE * np.sin(COLUMNS_HZ[column] * turns)
    edge = np.linspace(0, 1, EDGE_SAMPLES)
    sound[:EDGE_SAMPLES] *= edge
    sound[-EDGE_SAMPLES:] *= edge[::-1]
    pause = np.zeros(PAUSE_STEPS * FRAME_SAMPLES)
    return np.rint(np.concatenate((sound, pause))).astype(np.int32)
