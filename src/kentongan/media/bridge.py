"""A bridge: the legs of one call, mixed at each tick, recorded, and measured.

Who hears whom is `mix`'s matrix; here it is worked out once per change and walked fifty times a
second. Recorded is what people say: the citizen left, also while nobody hears them, all others
right, whispers too; not the announcements, not a listener's microphone. The last minute, which may
be heard again during the call, has no whispers: those were for one ear.
"""

import math
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from kentongan.media.dtls import DtlsState
from kentongan.media.g711 import SAMPLE_RATE_HZ, Samples
from kentongan.media.latch import written
from kentongan.media.legs import CITIZEN, Leg
from kentongan.media.measure import measured
from kentongan.media.mix import Attitude, Mode, hears, mixed
from kentongan.media.pacing import Pacing
from kentongan.media.protocol import (
    AnyEvent,
    BridgeRow,
    KeyPressed,
    LegRow,
    Level,
    Played,
    QualityMeasured,
    Returned,
    SomebodyNoticed,
    Tapped,
    TimedOut,
    WebChanged,
)
from kentongan.media.record import Recording
from kentongan.media.replay import LastMinute, Replayed
from kentongan.media.text_port import TextPort
from kentongan.media.web_leg import WebLeg

QUIETEST_DB: Final = -96.0  # nothing at all, on a scale where 0 is the loudest possible
QUALITY_S: Final = 20.0  # between two measurements of a leg that are told
LOWERED_BITS: Final = 2  # 12 dB: the call-taker hears the caller shout beside the replay
_FULL_SCALE: Final = 32768.0


class Bridge:
    """One call's audio."""

    def __init__(
        self, name: str, recording: Recording | None, emit: Callable[[AnyEvent], None]
    ) -> None:
        self.name: Final = name
        self.legs: dict[str, Leg] = {}
        self.texts: dict[str, TextPort] = {}
        self.recording = recording
        self.due_step = 0  # of the clock; the next mix
        self._pacing = Pacing()
        self._emit = emit
        self._ears: list[tuple[Leg, list[Leg]]] = []
        self._left: list[Leg] = []
        self._right: list[Leg] = []
        self._open: list[Leg] = []
        self._last_minute = LastMinute()

    def put(self, leg: Leg, now: float) -> None:
        """A leg joins, in place of one of the same name; `now` is monotonic."""
        previous = self.legs.get(leg.name)
        leg.measured_at = now
        self.legs[leg.name] = leg
        self._arrange()
        if previous is not None:
            self._part_from(previous)

    def remove(self, name: str) -> None:
        """A leg leaves."""
        leg = self.legs.pop(name)
        self._arrange()
        self._part_from(leg)

    def set_mode(self, name: str, mode: Mode) -> None:
        """A party talks, listens, whispers or is held from the next tick on."""
        self.legs[name].mode = mode
        self._arrange()

    def end_text(self, name: str) -> None:
        """A text line ends; nothing to do if there is none of that name."""
        line = self.texts.pop(name, None)
        if line is not None:
            line.close()

    def close(self) -> None:
        """End all legs, the text and the recording."""
        for name in list(self.legs):
            self.remove(name)
        for name in list(self.texts):
            self.end_text(name)
        if self.recording is not None:
            self.recording.close()

    def tick(self, now: float, *, measures: bool) -> None:
        """Hear everybody, then speak to everybody; `measures` adds up loudness."""
        for leg, _ in self._ears:
            leg.poll(now)
            leg.current = leg.inbound.frame()
            if measures and leg.current is not None:
                samples = leg.current.astype(np.float32)
                leg.energy += float(samples @ samples)
        for leg, speakers in self._ears:
            leg.send(self._heard(leg, speakers))
        if self.recording is not None:
            self.recording.add(
                mixed(leg.current for leg in self._left), mixed(leg.current for leg in self._right)
            )
        self._last_minute.add(leg.current for leg in self._open)
        for line in self.texts.values():
            typed = line.tick(self.name, now)
            if typed is not None:
                self._emit(typed)
        self._report()

    def look(self, now: float) -> None:
        """Once a second: RTCP, who has fallen silent or is back, and how everybody sounds."""
        wall_s = time.time()
        for line in self.texts.values():
            line.look(now)
        for name, leg in self.legs.items():
            leg.report(now, wall_s)
            change = leg.look(now)
            if change is not None:
                kind = TimedOut if change else Returned
                self._emit(kind(bridge=self.name, leg=name))
            if now - leg.measured_at >= QUALITY_S:
                leg.measured_at = now
                self._emit(measured(self.name, leg))

    def steps_to_move(self, now: float, *, behind_s: float) -> int:
        """Whether to mix sooner or later than now; ask after a mix, about once a second."""
        return self._pacing.steps_to_move(self.legs.values(), now, behind_s)

    def quality(self) -> list[QualityMeasured]:
        """How every leg sounds."""
        return [measured(self.name, leg) for leg in self.legs.values()]

    def last(self, seconds: float) -> Replayed | None:
        """What was said in the last seconds; none if the call is younger than a tick."""
        return self._last_minute.last(seconds)

    def levels(self) -> Level:
        """How loud everybody was since the last call, a second ago."""
        legs: dict[str, float] = {}
        for name, leg in self.legs.items():
            power = leg.energy / SAMPLE_RATE_HZ / _FULL_SCALE**2
            legs[name] = (
                round(max(QUIETEST_DB, 10 * math.log10(power)), 1) if power else QUIETEST_DB
            )
            leg.energy = 0.0
        return Level(bridge=self.name, legs=legs)

    def row(self) -> BridgeRow:
        """The bridge as `list` shows it."""
        return BridgeRow(
            bridge=self.name,
            record=self.recording.file if self.recording else None,
            legs=[_leg_row(leg) for leg in self.legs.values()],
            texts=[line.row() for line in self.texts.values()],
        )

    def _arrange(self) -> None:
        legs = list(self.legs.values())
        self._pacing.begin()
        self._ears = [
            (
                leg,
                [
                    other
                    for other in legs
                    if other is not leg and hears(leg.name, leg.mode, other.mode)
                ],
            )
            for leg in legs
        ]
        self._left = [leg for leg in legs if leg.role == CITIZEN]
        self._right = [leg for leg in legs if leg.mode.is_heard and leg.role != CITIZEN]
        self._open = [leg for leg in legs if leg.mode.attitude is Attitude.TALK]

    def _part_from(self, leg: Leg) -> None:
        self._emit(measured(self.name, leg, is_final=True))
        leg.close(time.time())

    def _heard(self, leg: Leg, speakers: list[Leg]) -> Samples | None:
        sound = mixed(speaker.current for speaker in speakers)
        playing, beep = leg.playing, leg.beep
        if playing is not None and not (playing.yields and sound is not None):
            if playing.lowers_others and sound is not None:
                sound = sound >> LOWERED_BITS
            sound = mixed((sound, playing.frame()))
            if playing.is_over:
                leg.playing = None
                self._emit(Played(bridge=self.name, leg=leg.name, file=playing.files[-1]))
        if beep is not None:
            sound = mixed((sound, beep.frame()))
            if beep.is_over:
                leg.beep = None
        return sound

    def _report(self) -> None:
        for leg, _ in self._ears:
            if leg.may_have_news:
                self._tell(leg)

    def _tell(self, leg: Leg) -> None:
        for key in leg.take_keys():
            self._emit(KeyPressed(bridge=self.name, leg=leg.name, digit=key))
        taps = leg.inbound.take_taps()
        if taps:
            self._emit(Tapped(bridge=self.name, leg=leg.name, count=taps))
        for noticed in leg.inbound.take_noticed():
            self._emit(SomebodyNoticed(bridge=self.name, leg=leg.name, what=noticed.value))
        state = leg.take_state() if isinstance(leg, WebLeg) else None
        match state:
            case DtlsState.CONNECTED | DtlsState.FAILED | DtlsState.CLOSED:
                self._emit(WebChanged(bridge=self.name, leg=leg.name, state=state.value))
            case DtlsState.CONNECTING | None:
                pass


def _leg_row(leg: Leg) -> LegRow:
    buffer = leg.inbound.buffer
    playing = leg.playing.files if leg.playing else ("",)
    return LegRow(
        leg=leg.name,
        kind=leg.kind,
        role=leg.role,
        mode=str(leg.mode),
        state=leg.state,
        received=leg.inbound.received,
        sent=leg.outbound.sent,
        lost=buffer.lost,
        late=buffer.late,
        malformed=leg.inbound.malformed,
        target=buffer.target,
        port=leg.port,
        remote=written(leg.remote),
        is_silent=leg.is_silent,
        playing=playing[0],
        then=playing[1:],
        codec=leg.outbound.format.codec.value,
        strangers=leg.strangers,
        rtcp_malformed=leg.reports.malformed,
        is_secret=leg.is_secret,
    )
