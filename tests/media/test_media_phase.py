"""When within a tick a call is mixed, by a clock that only these tests move."""

import random
import time
from typing import Final

import numpy as np
import pytest

from kentongan.media import rtp
from kentongan.media.bridge import Bridge
from kentongan.media.g711 import FRAME_SAMPLES, Codec, decode, encode
from kentongan.media.inbound import InboundAudio
from kentongan.media.latch import Address
from kentongan.media.legs import Leg, Streams
from kentongan.media.mix import Mode
from kentongan.media.outbound import OutboundAudio, SendFormat
from kentongan.media.phase import (
    LATER_STEPS_MAX,
    MARGIN_S,
    SLOTS,
    STEP_S,
    TICK_S,
    Rhythm,
    steps_to_move,
    wait_of,
)
from kentongan.media.reports import Reports
from kentongan.media.rtp import OutboundStream

BEGAN_S: Final = 1000.0
"""Monotonic; arrivals are stamped as the kernel does, since 1970."""
SOFT, LOUD = 1000, 8000


class Party(Leg):
    """Somebody who speaks every 20 ms, `phase_s` after the clock's ticks, and keeps what comes."""

    kind = "rtp"

    def __init__(
        self, name: str, phase_s: float, *, stray_s: float = 0.0, drift: float = 0.0
    ) -> None:
        super().__init__(
            name,
            name,
            Mode(),
            Streams(
                InboundAudio(None),
                OutboundAudio(SendFormat(), ssrc=1, sequence=0, timestamp=0),
                Reports("k", spread=lambda: 0.5, now=BEGAN_S),
            ),
        )
        self.said_at: list[float] = []
        self.heard: list[tuple[float, int]] = []
        self._stream = OutboundStream(8, ssrc=2, sequence=0, timestamp=0)
        self._next_s = BEGAN_S + phase_s
        self._every_s = TICK_S * (1 + drift)
        self._stray_s = stray_s
        self._random = random.Random(3)
        self._coming: list[tuple[float, bytes]] = []
        self._now = 0.0
        self._wall = time.time() - time.monotonic()

    @property
    def state(self) -> str:
        return "latched"

    @property
    def remote(self) -> Address | None:
        return None

    @property
    def port(self) -> int:
        return 0

    @property
    def strangers(self) -> int:
        return 0

    @property
    def is_secret(self) -> bool:
        return False

    def poll(self, now: float) -> None:
        self._now = now
        while self._next_s <= now:
            is_loud = len(self.said_at) % 50 == 40
            self.said_at.append(self._next_s)
            sound = np.full(FRAME_SAMPLES, LOUD if is_loud else SOFT, np.int32)
            packet = self._stream.packet(encode(Codec.PCMA, sound), FRAME_SAMPLES)
            late_s = self._random.random() * self._stray_s
            self._coming.append((self._next_s + late_s, packet))
            self._next_s += self._every_s
        for arrives_s, packet in [each for each in self._coming if each[0] <= now]:
            self._coming.remove((arrives_s, packet))
            parsed = rtp.parse(packet)
            assert parsed is not None
            self._accept(parsed, now, self._wall + arrives_s)

    def send(self, frame: np.ndarray | None) -> None:
        for packet in self.outbound.send(frame):
            level = int(np.abs(decode(Codec.PCMA, packet[12:])).max())
            self.heard.append((self._now, level))

    def report(self, now: float, wall_s: float) -> None:
        """Nothing."""

    def close(self, wall_s: float) -> None:
        """Nothing."""


class Call:
    """A bridge of two, mixed as the media process does it."""

    def __init__(self, *parties: Party) -> None:
        self.parties = parties
        self.moves: list[int] = []
        self._bridge = Bridge("call", None, lambda _: None)
        for each in parties:
            self._bridge.put(each, BEGAN_S)

    def run(self, seconds: float) -> None:
        """So many seconds from the beginning, asked about once a second."""
        step = ticks = 0
        while step * STEP_S < seconds:
            now = BEGAN_S + step * STEP_S
            self._bridge.tick(now, measures=False)
            step += SLOTS
            ticks += 1
            if ticks % 50 == 0:
                moved = self._bridge.steps_to_move(now, behind_s=0.0)
                self.moves += [moved] if moved else []
                step += moved

    def delays_s(self) -> tuple[float, float]:
        """From the last loud packet of each to the moment it goes out to the other."""
        first, second = self.parties
        return _delay(first, second), _delay(second, first)


def _delay(speaker: Party, listener: Party) -> float:
    heard_at = [at for at, level in listener.heard if level > (SOFT + LOUD) / 2][-1]
    return heard_at - max(at for at in speaker.said_at[40::50] if at < heard_at)


@pytest.mark.parametrize("apart_ms", [0, 1, 4, 9.9, 10.1, 15, 19])
@pytest.mark.parametrize("first_ms", [0.4, 3, 8, 12, 19])
def test_voices_wait_no_longer_than_their_own_rhythms_ask(first_ms: float, apart_ms: float) -> None:
    """The one soon after it has come, the other as long after that as they are apart; a frame is in
    hand for both. Nothing is concealed on the way there, and no packet is far from the one before.
    """
    apart_s = min(apart_ms, 20 - apart_ms) / 1000
    call = Call(
        Party("citizen", first_ms / 1000), Party("desk", (first_ms + apart_ms) / 1000 % TICK_S)
    )
    call.run(9.0)
    delays = call.delays_s()
    assert min(delays) >= TICK_S
    assert sum(delays) < 2 * TICK_S + apart_s + 2 * (MARGIN_S + STEP_S) + 0.005
    assert len(call.moves) <= 1
    for party in call.parties:
        assert party.inbound.buffer.lost == party.inbound.buffer.late == 0
        heard = [at for at, _ in party.heard]
        assert max(np.diff(heard)) <= TICK_S + LATER_STEPS_MAX * STEP_S + 1e-6
        spoken = [level for _, level in party.heard[10:]]
        assert min(spoken) > SOFT / 2, "no hole"


def test_a_party_that_drifts_is_followed_rarely() -> None:
    """A quartz 100 millionths off, for ten minutes: a move in 30 s at most, nobody concealed twice
    as the two rhythms pass each other.
    """
    call = Call(Party("citizen", 0.004), Party("desk", 0.009, drift=1e-4))
    call.run(600.0)
    assert 1 <= len(call.moves) <= 20
    assert sum(call.delays_s()) < 2 * TICK_S + 0.01 + 2 * (MARGIN_S + STEP_S) + 0.005
    desk = call.parties[1]
    assert desk.inbound.buffer.lost == 0
    assert desk.inbound.buffer.target == 2


def test_an_uneven_network_keeps_its_wait() -> None:
    """Packets that come up to 15 ms late have no rhythm: the call stays where it is."""
    call = Call(Party("citizen", 0.004), Party("desk", 0.001, stray_s=0.015))
    call.run(20.0)
    assert call.moves == []


def test_the_wait_is_that_of_the_late_packets() -> None:
    """Also where they come just before and just after the moment itself."""
    even = [100 + TICK_S * number - 0.003 for number in range(20)]
    assert wait_of(even, 101.0) == pytest.approx(0.003)
    astride = [each + 0.003 + 0.001 * (number % 3 - 1) for number, each in enumerate(even)]
    wait_s = wait_of(astride, 101.0)
    assert wait_s is not None
    assert min(wait_s, TICK_S - wait_s) == pytest.approx(0.001, abs=1e-6)
    assert wait_s > TICK_S / 2, "the late ones miss it"
    assert wait_of(even[:10], 101.0) is None


def test_sooner_only_while_a_frame_is_in_hand_for_everybody() -> None:
    """A voice that has none would be torn, also a listener's, who may speak at any time."""
    waits = [Rhythm(0.012, True, True), Rhythm(0.015, True, True)]
    assert steps_to_move(waits) == -2
    assert steps_to_move([waits[0], Rhythm(0.015, False, True)]) >= 0
    assert steps_to_move([*waits, Rhythm(0.005, True, False)]) == 2, "as good, and tears nobody"
    assert steps_to_move([*waits, Rhythm(0.015, False, False)]) >= 0


def test_nothing_is_moved_for_one_voice_or_little_gain() -> None:
    """A caller alone is heard by nobody."""
    assert steps_to_move([Rhythm(0.015, True, True)]) == 0
    assert steps_to_move([Rhythm(0.015, True, True), Rhythm(0.012, True, False)]) == 0
    assert steps_to_move([Rhythm(0.003, True, True), Rhythm(0.008, True, True)]) == 0
