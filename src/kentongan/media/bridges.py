"""All bridges of the process, and what each command does to them.

Every command is checked whole before anything changes, so a refused one leaves every call as it
was. Only a sound from disk is waited for.
"""

import asyncio
import base64
import ipaddress
import os.path
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, assert_never

from msgspec import Struct

from kentongan.media import sdp
from kentongan.media.bridge import Bridge
from kentongan.media.clock import TickClock
from kentongan.media.dtls import Identity
from kentongan.media.events import EventLog
from kentongan.media.g711 import Codec
from kentongan.media.inbound import InboundAudio
from kentongan.media.legs import Leg, RtpLeg, WebLeg
from kentongan.media.mix import Mode, parse_mode
from kentongan.media.protocol import (
    BRIDGE_LEGS_MAX,
    AnyCommand,
    AnyEvent,
    CommandRefusedError,
    Create,
    Destroy,
    Detect,
    Leave,
    List,
    Listing,
    Play,
    Quality,
    Replay,
    Reply,
    Rtp,
    RtpAddress,
    SendDigits,
    SetMode,
    Since,
    Stop,
    Tone,
    Watch,
    Web,
    WebAnswer,
)
from kentongan.media.record import Recorder
from kentongan.media.rtp import OutboundStream
from kentongan.media.rtp_ports import RtpPorts
from kentongan.media.seal import SUFFIX
from kentongan.media.seal_keys import SegmentKey
from kentongan.media.settings import MediaSettings
from kentongan.media.sounds import Announcement, SoundShelf, read_sound
from kentongan.media.wav import SoundRefusedError
from kentongan.media.web_port import WebPort
from kentongan.media.webrtc import WebTransport

_CODECS: Final = {"pcma": Codec.PCMA, "pcmu": Codec.PCMU}


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
        settings = around.settings
        self._around = around
        self._bridges: dict[str, Bridge] = {}
        self._shelf = SoundShelf()
        self._ports = RtpPorts(settings.bind_host, settings.rtp_port_first, settings.rtp_port_last)
        self._trunks = tuple(ipaddress.ip_network(each) for each in settings.trunk_networks)

    def __iter__(self) -> Iterator[Bridge]:
        return iter(list(self._bridges.values()))

    async def handle(self, command: AnyCommand) -> Reply:
        """Carry a command out; raises `CommandRefusedError`."""
        match command:
            case Create():
                self._create(command)
            case Rtp():
                return self._rtp(command)
            case Web():
                return self._web(command)
            case SetMode():
                leg = self._leg(command.bridge, command.leg)
                self._bridge(command.bridge).set_mode(leg.name, _mode(command.mode))
            case Play():
                await self._play(command)
            case Stop():
                self._stop(command)
            case Leave():
                self._leg(command.bridge, command.leg)
                self._bridge(command.bridge).remove(command.leg)
            case Destroy():
                self.destroy(command.bridge)
            case List():
                return self._list(command)
            case Since():
                return self._around.events.since(command)
            case Tone() | SendDigits() | Detect() | Replay() | Quality():
                raise CommandRefusedError("unsupported", type(command).__name__)
            case Watch():
                raise CommandRefusedError("no-connection", "watch belongs to a connection")
            case _:
                assert_never(command)
        return Reply(n=command.n)

    def destroy(self, name: str) -> None:
        """End a call's audio; nothing to do if it has ended."""
        bridge = self._bridges.pop(name, None)
        if bridge is not None:
            bridge.close()

    def _create(self, command: Create) -> None:
        if command.bridge in self._bridges:
            return
        if len(self._bridges) >= self._around.settings.bridges_max:
            raise CommandRefusedError("full", f"{len(self._bridges)} bridges")
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

    def _rtp(self, command: Rtp) -> RtpAddress:
        bridge = self._bridge(command.bridge)
        if command.pt not in (Codec.PCMA, Codec.PCMU):
            raise CommandRefusedError("codec", str(command.pt))
        mode, remote = _mode(command.mode), self._remote(command)
        leg = bridge.legs.get(command.leg)
        if leg is None:
            self._must_have_room(bridge)
            leg = self._new_rtp_leg(command, mode)
            bridge.put(leg)
        elif not isinstance(leg, RtpLeg):
            raise CommandRefusedError("leg-kind", f"{command.leg} is a browser's leg")
        leg.outbound.payload_type = command.pt
        leg.inbound.events_type = command.dtmf
        if remote is not None:
            leg.point_at(remote, time.monotonic())
        return RtpAddress(n=command.n, ip=self._around.settings.host, port=leg.port)

    def _new_rtp_leg(self, command: Rtp, mode: Mode) -> RtpLeg:
        return RtpLeg(
            command.leg,
            command.role,
            mode,
            inbound=InboundAudio(command.dtmf),
            outbound=_new_stream(command.pt),
            sock=self._ports.bind(command.lport),
            trunks=self._trunks,
        )

    def _remote(self, command: Rtp) -> tuple[str, int] | None:
        if command.ip is None and command.port is None:
            return None
        try:
            host = ipaddress.ip_address(command.ip or "")
        except ValueError as error:
            raise CommandRefusedError("address", str(error)) from error
        if command.port is None:
            raise CommandRefusedError("address", "no port")
        if host.version != ipaddress.ip_address(self._around.settings.bind_host).version:
            raise CommandRefusedError("address", f"IPv{host.version} is not spoken here")
        return str(host), command.port

    def _web(self, command: Web) -> WebAnswer:
        bridge, mode = self._bridge(command.bridge), _mode(command.mode)
        if command.leg not in bridge.legs:
            self._must_have_room(bridge)
        try:
            offer = sdp.parse_offer(command.sdp, _CODECS[command.codec])
        except sdp.OfferRefusedError as error:
            raise CommandRefusedError("offer", str(error)) from error
        leg = self._new_web_leg(command, mode, offer)
        self._around.web_port.add(leg)
        bridge.put(leg)
        local = sdp.Local(
            host=self._around.settings.host,
            port=leg.port,
            fragment=leg.transport.fragment,
            password=leg.transport.password,
            fingerprint=self._around.identity.fingerprint,
            ssrc=leg.outbound.ssrc,
        )
        return WebAnswer(n=command.n, sdp=sdp.answer(offer, local))

    def _new_web_leg(self, command: Web, mode: Mode, offer: sdp.Offer) -> WebLeg:
        port = self._around.web_port
        transport = WebTransport(
            self._around.identity,
            fragment=secrets.token_hex(4),
            password=secrets.token_hex(16),
            peer_fragment=offer.fragment,
            peer_fingerprint=offer.fingerprint,
            send=port.send,
        )
        return WebLeg(
            command.leg,
            command.role,
            mode,
            inbound=InboundAudio(offer.events_type),
            outbound=_new_stream(int(offer.codec)),
            transport=transport,
            shared=port,
            now=time.monotonic(),
        )

    async def _play(self, command: Play) -> None:
        leg = self._leg(command.bridge, command.leg)
        leg.play_ticket += 1
        ticket = leg.play_ticket
        samples = self._shelf.find(command.file)
        if samples is None:
            try:
                samples = await asyncio.to_thread(read_sound, command.file)
            except SoundRefusedError as error:
                raise CommandRefusedError("sound", f"{command.file}: {error}") from error
            self._shelf.keep(command.file, samples)
        if leg.play_ticket != ticket:
            raise CommandRefusedError("superseded", "another play or stop came first")
        leg.announcement = Announcement(command.file, samples, loop=command.loop)

    def _stop(self, command: Stop) -> None:
        leg = self._leg(command.bridge, command.leg)
        leg.play_ticket += 1
        leg.announcement = None

    def _list(self, command: List) -> Listing:
        clock, events = self._around.clock, self._around.events
        return Listing(
            n=command.n,
            epoch=events.epoch,
            seq=events.seq,
            bridges=[bridge.row() for bridge in self],
            ticks=clock.ticks,
            late_ticks=clock.late_ticks,
            clock_restarts=clock.restarts,
            faults=clock.faults + self._around.web_port.faults,
            tick_mean_ms=round(clock.mean_ms, 3),
            tick_longest_ms=round(clock.longest_ms, 3),
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

    def _must_have_room(self, bridge: Bridge) -> None:
        if len(bridge.legs) >= BRIDGE_LEGS_MAX:
            raise CommandRefusedError("full", f"{len(bridge.legs)} legs")


def _segment_key(command: Create) -> SegmentKey:
    """What the recording is sealed with: without a key nothing is written."""
    if not (command.key and command.key_id):
        raise CommandRefusedError("record", "a recording needs a key")
    return SegmentKey(command.key_id, base64.b64decode(command.key))


def _mode(text: str) -> Mode:
    mode = parse_mode(text)
    if mode is None:
        raise CommandRefusedError("mode", text)
    return mode


def _new_stream(payload_type: int) -> OutboundStream:
    """A stream with random beginnings (RFC 3550, section 5.1)."""
    return OutboundStream(
        payload_type,
        ssrc=secrets.randbits(32),
        sequence=secrets.randbits(15),
        timestamp=secrets.randbits(31),
    )
