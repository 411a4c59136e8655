"""All bridges of the process, and what each command does to them.

Every command is checked whole before anything changes, so a refused one leaves every call as it
was. Only a sound from disk is waited for. Legs are made in `joining`, played to in `playing`.
"""

import base64
import os.path
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import assert_never

from msgspec import Struct

from kentongan.media import playing
from kentongan.media.bridge import Bridge
from kentongan.media.clock import TickClock
from kentongan.media.dtls import Identity
from kentongan.media.events import EventLog
from kentongan.media.joining import Joining, mode_named
from kentongan.media.legs import Leg
from kentongan.media.protocol import (
    AnyCommand,
    AnyEvent,
    CommandRefusedError,
    Create,
    Destroy,
    Detect,
    EndText,
    Leave,
    List,
    Listing,
    Play,
    Quality,
    QualityReport,
    Replay,
    Reply,
    Rtp,
    SendDigits,
    SetMode,
    Since,
    Stop,
    Text,
    Tone,
    TypeText,
    Watch,
    Web,
)
from kentongan.media.record import Recorder
from kentongan.media.seal import SUFFIX
from kentongan.media.seal_keys import SegmentKey
from kentongan.media.settings import MediaSettings
from kentongan.media.web_port import WebPort


class Surroundings(Struct, frozen=True):
    """What the bridges work with; made by the daemon."""

    settings: MediaSettings
    recorder: Recorder
    web_port: WebPort
    identity: Identity
    clock: TickClock
    events: EventLog
    emit: Callable[[AnyEvent], None]


class Bridges:
    """The calls of this process by name."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._bridges: dict[str, Bridge] = {}
        self._joining = Joining(around.settings, around.web_port, around.identity)
        self._player = playing.Player()

    def __iter__(self) -> Iterator[Bridge]:
        return iter(list(self._bridges.values()))

    async def handle(self, command: AnyCommand) -> Reply:
        """Carry a command out; raises `CommandRefusedError`."""
        match command:
            case Create():
                self._create(command)
            case Destroy():
                self.destroy(command.bridge)
            case Rtp():
                return self._joining.rtp(self._bridge(command.bridge), command)
            case Web():
                return self._joining.web(self._bridge(command.bridge), command)
            case Text():
                return self._joining.text(self._bridge(command.bridge), command)
            case TypeText() | EndText():
                self._write(command)
            case Play():
                await self._player.play(self._leg(command.bridge, command.leg), command)
            case Replay():
                bridge = self._bridge(command.bridge)
                playing.replay(bridge, self._leg(command.bridge, command.to_leg), command)
            case Quality():
                legs = self._bridge(command.bridge).quality()
                return QualityReport(n=command.n, legs=legs)
            case List():
                return self._list(command)
            case Since():
                return self._around.events.since(command)
            case Watch():
                raise CommandRefusedError("no-connection", "watch belongs to a connection")
            case SetMode() | Stop() | Tone() | SendDigits() | Detect() | Leave():
                self._change_leg(command)
            case _:
                assert_never(command)
        return Reply(n=command.n)

    def _write(self, command: TypeText | EndText) -> None:
        bridge = self._bridge(command.bridge)
        if isinstance(command, EndText):
            bridge.end_text(command.leg)
            return
        line = bridge.texts.get(command.leg)
        if line is None:
            raise CommandRefusedError("no-text", f"{command.bridge}/{command.leg}")
        line.write(command.text)

    def _change_leg(self, command: SetMode | Stop | Tone | SendDigits | Detect | Leave) -> None:
        bridge, leg = self._bridge(command.bridge), self._leg(command.bridge, command.leg)
        match command:
            case SetMode():
                bridge.set_mode(leg.name, mode_named(command.mode))
            case Stop():
                leg.stop_playing()
            case Tone():
                playing.sound_beep(leg)
            case SendDigits():
                playing.press(leg, command)
            case Detect():
                leg.detect(tones=command.tones, taps=command.taps)
            case Leave():
                bridge.remove(leg.name)
            case _:
                assert_never(command)

    def destroy(self, name: str) -> None:
        """End a call's audio; nothing to do if it has ended."""
        bridge = self._bridges.pop(name, None)
        if bridge is not None:
            bridge.close()

    def _create(self, command: Create) -> None:
        if command.bridge in self._bridges:
            return
        if len(self._bridges) >= self._around.settings.bridges_max:
            raise CommandRefusedError("full", f"{len(self._bridges)} calls are as many as go here")
        recording = None
        if command.record is not None:
            path, key = self._recording_path(command.record), _segment_key(command)
            recording = self._around.recorder.begin(command.bridge, path, key)
        self._bridges[command.bridge] = Bridge(command.bridge, recording, self._around.emit)

    def _recording_path(self, name: str) -> Path:
        folder = os.path.normpath(self._around.settings.recordings_dir)
        path = os.path.normpath(os.path.join(folder, name))
        if not path.startswith(folder + os.sep) or not path.endswith(SUFFIX) or "\0" in path:
            raise CommandRefusedError("record", f"a {SUFFIX} file within the recordings folder")
        return Path(path)

    def _list(self, command: List) -> Listing:
        clock, events = self._around.clock, self._around.events
        return Listing(
            n=command.n,
            epoch=events.epoch,
            seq=events.seq,
            bridges=[bridge.row() for bridge in self],
            ticks=clock.ticks,
            late_ticks=clock.late_ticks,
            clock_restarts=clock.restarts.total(),
            clock_causes={str(why): times for why, times in clock.restarts.items()},
            faults=clock.faults + self._around.web_port.faults + self._around.recorder.faults,
            tick_mean_ms=round(clock.mean_ms, 3),
            tick_longest_ms=round(clock.longest_ms, 3),
            bridges_max=self._around.settings.bridges_max,
            busy_percent=round(clock.busy_percent, 1),
        )

    def _bridge(self, name: str) -> Bridge:
        bridge = self._bridges.get(name)
        if bridge is None:
            raise CommandRefusedError("no-bridge", name)
        return bridge

    def _leg(self, bridge: str, name: str) -> Leg:
        leg = self._bridge(bridge).legs.get(name)
        if leg is None:
            raise CommandRefusedError("no-leg", f"{bridge}/{name}")
        return leg


def _segment_key(command: Create) -> SegmentKey:
    """What the recording is sealed with: without a key nothing is written."""
    if not (command.key and command.key_id):
        raise CommandRefusedError("record", "a recording needs a key")
    return SegmentKey(command.key_id, base64.b64decode(command.key))
