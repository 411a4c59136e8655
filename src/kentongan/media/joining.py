"""How a party joins a bridge: what the switch says of it becomes a leg, or changes one.

Everything is checked before anything is made, so what is refused leaves no trace. Whether there is
room is the bridge's question; it is asked here, because the answer belongs to the same command.
"""

import ipaddress
import secrets
import time
from typing import Final

from msgspec import Struct

from kentongan.media import sdes, sdp
from kentongan.media.bridge import Bridge
from kentongan.media.codec import FACTS, STATIC_TYPES, CodecMissingError, CodecName
from kentongan.media.dtls import DtlsState, Identity
from kentongan.media.inbound import InboundAudio
from kentongan.media.latch import Address, Latch, Network
from kentongan.media.legs import Leg, Streams
from kentongan.media.mix import Mode, parse_mode
from kentongan.media.outbound import OutboundAudio, SendFormat
from kentongan.media.protocol import (
    BRIDGE_LEGS_MAX,
    TEXT_LINES_MAX,
    CommandRefusedError,
    Rtp,
    RtpAddress,
    Sdes,
    Text,
    Web,
    WebAnswer,
)
from kentongan.media.reports import Reports
from kentongan.media.rtp_leg import RtpLeg
from kentongan.media.rtp_ports import RtpPorts
from kentongan.media.settings import MediaSettings
from kentongan.media.srtp import SrtpSession
from kentongan.media.text_port import TextPort
from kentongan.media.web_leg import WebLeg
from kentongan.media.web_port import WebPort
from kentongan.media.webrtc import Credentials, WebTransport

_random: Final = secrets.SystemRandom()


class _Wanted(Struct, frozen=True):
    """A command about a telephone's leg, checked."""

    mode: Mode
    family: int
    remote: Address | None
    format: SendFormat
    networks: tuple[Network, ...]
    is_named: bool  # whether these networks are the trunk's own


class Joining:
    """Makes legs with the process's ports and certificate."""

    def __init__(self, settings: MediaSettings, web_port: WebPort, identity: Identity) -> None:
        self._settings = settings
        self._web_port = web_port
        self._identity = identity
        first, last = settings.rtp_port_first, settings.rtp_port_last
        self._ports = {
            family: RtpPorts(host, first, last) for family, host in settings.bound.items()
        }
        self._networks = tuple(ipaddress.ip_network(each) for each in settings.trunk_networks)

    def rtp(self, bridge: Bridge, command: Rtp) -> RtpAddress:
        """A telephone joins, or is described anew. Raises `CommandRefusedError`."""
        leg = bridge.legs.get(command.leg)
        if leg is not None and not isinstance(leg, RtpLeg):
            raise CommandRefusedError("leg-kind", f"{command.leg} is a browser's leg")
        wanted = self._checked(command, leg)
        if leg is None:
            _must_have_room(bridge)
            leg = self._new_rtp_leg(command, wanted)
            bridge.put(leg, time.monotonic())
        else:
            if leg.family != wanted.family:
                leg.rebind(self._ports[wanted.family].bind(command.lport))
            leg.latch.allow(wanted.networks, is_named=wanted.is_named)
        _agree(leg, wanted.format)
        leg.secure(command.srtp, _session(command.srtp, leg))
        leg.mux_rtcp(on=command.rtcp_mux)
        leg.sends = command.sends
        if wanted.remote is not None:
            leg.point_at(wanted.remote, time.monotonic(), rtcp_port=command.rtcp)
        return RtpAddress(n=command.n, ip=self._settings.told[leg.family], port=leg.port)

    def text(self, bridge: Bridge, command: Text) -> RtpAddress:
        """A telephone's text line is opened, or described anew. Raises `CommandRefusedError`."""
        line = bridge.texts.get(command.leg)
        family = self._family(command.family) if line is None else line.family
        remote = _remote(command.ip, command.port, family)
        own = tuple(_network(each) for each in command.allow)
        if command.srtp is not None:
            sdes.session(command.srtp)
        if line is None:
            if len(bridge.texts) >= TEXT_LINES_MAX:
                raise CommandRefusedError("full", f"{len(bridge.texts)} text lines")
            latch = Latch(own or self._networks, is_named=bool(own))
            ports = self._ports[family].bind(command.lport)
            line = TextPort(command.leg, ports, latch, command.heard, time.monotonic())
            bridge.texts[command.leg] = line
        else:
            line.latch.allow(own or self._networks, is_named=bool(own))
        line.agree(command)
        line.secure(command.srtp, _session(command.srtp, line))
        if remote is not None:
            line.latch.point_at(remote)
        return RtpAddress(n=command.n, ip=self._settings.told[line.family], port=line.port)

    def web(self, bridge: Bridge, command: Web) -> WebAnswer:
        """A browser joins, or changes its network. Raises `CommandRefusedError`."""
        mode = mode_named(command.mode)
        previous = bridge.legs.get(command.leg)
        if previous is None:
            _must_have_room(bridge)
        if command.restart and isinstance(previous, WebLeg):
            offer = _offer(command.sdp, previous.outbound.format.codec)
            if _may_go_on(previous, offer):
                return self._restarted(previous, offer, command.n)
        offer = _offer(command.sdp, CodecName(command.codec))
        leg = self._new_web_leg(command, mode, offer)
        self._web_port.add(leg)
        bridge.put(leg, time.monotonic())
        return WebAnswer(n=command.n, sdp=self._answer(leg, offer))

    def _checked(self, command: Rtp, leg: RtpLeg | None) -> _Wanted:
        is_kept = leg is not None and command.family is None
        family = leg.family if leg is not None and is_kept else self._family(command.family)
        remote = _remote(command.ip, command.port, family)
        own = tuple(_network(each) for each in command.allow)
        if command.srtp is not None:
            sdes.session(command.srtp)
        return _Wanted(
            mode_named(command.mode),
            family,
            remote,
            _format(command),
            own or self._networks,
            is_named=bool(own),
        )

    def _family(self, wanted: int | None) -> int:
        """The IP version to bind on. Raises `CommandRefusedError` without an address of it."""
        family = wanted or self._settings.family
        if family not in self._ports:
            raise CommandRefusedError("address", f"IPv{family} is not spoken here")
        return family

    def _new_rtp_leg(self, command: Rtp, wanted: _Wanted) -> RtpLeg:
        streams = _streams(wanted.format)  # before a port is taken
        return RtpLeg(
            command.leg,
            command.role,
            wanted.mode,
            streams=streams,
            ports=self._ports[wanted.family].bind(command.lport),
            latch=Latch(wanted.networks, is_named=wanted.is_named),
        )

    def _new_web_leg(self, command: Web, mode: Mode, offer: sdp.Offer) -> WebLeg:
        transport = WebTransport(
            self._identity,
            credentials=_credentials(offer),
            peer_fingerprint=offer.fingerprint,
            send=self._web_port.send,
        )
        return WebLeg(
            command.leg,
            command.role,
            mode,
            streams=_streams(_web_format(offer)),
            transport=transport,
            shared=self._web_port,
            now=time.monotonic(),
        )

    def _restarted(self, leg: WebLeg, offer: sdp.Offer, n: int) -> WebAnswer:
        """Only the path is sought anew; keys, sound and mode go on."""
        _agree(leg, _web_format(offer))
        leg.transport.restart(_credentials(offer))
        leg.answers += 1
        self._web_port.add(leg)
        return WebAnswer(n=n, sdp=self._answer(leg, offer), restarted=True)

    def _answer(self, leg: WebLeg, offer: sdp.Offer) -> str:
        credentials = leg.transport.credentials
        local = sdp.Local(
            host=self._settings.host,
            port=leg.port,
            fragment=credentials.fragment,
            password=credentials.password,
            fingerprint=self._identity.fingerprint,
            ssrc=leg.outbound.ssrc,
            version=leg.answers,
        )
        return sdp.answer(offer, local)


def _remote(ip: str | None, port: int | None, family: int) -> Address | None:
    """Where the peer is, as a leg of that IP version can reach it. `0.0.0.0` and `::` name no
    place, in either.
    """
    if ip is None and port is None:
        return None
    try:
        host = ipaddress.ip_address(ip or "")
    except ValueError as error:
        raise CommandRefusedError("address", str(error)) from error
    if port is None:
        raise CommandRefusedError("address", "no port")
    if host.version != family and not host.is_unspecified:
        raise CommandRefusedError("address", f"IPv{host.version} is not spoken here")
    return str(host), port


def mode_named(text: str) -> Mode:
    """The mode of that name; raises `CommandRefusedError`."""
    mode = parse_mode(text)
    if mode is None:
        raise CommandRefusedError("mode", text)
    return mode


def _must_have_room(bridge: Bridge) -> None:
    if len(bridge.legs) >= BRIDGE_LEGS_MAX:
        raise CommandRefusedError("full", f"{len(bridge.legs)} legs")


def _offer(text: str, codec: CodecName) -> sdp.Offer:
    try:
        return sdp.parse_offer(text, codec)
    except sdp.OfferRefusedError as error:
        raise CommandRefusedError("offer", str(error)) from error


def _may_go_on(leg: WebLeg, offer: sdp.Offer) -> bool:
    """Whether it is the same browser with the same keys, and they still hold."""
    is_alive = leg.transport.state in (DtlsState.CONNECTING, DtlsState.CONNECTED)
    is_same = offer.fingerprint == leg.transport.peer_fingerprint
    return is_alive and is_same and offer.codec is leg.outbound.format.codec


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise CommandRefusedError("address", str(error)) from error


def _format(command: Rtp) -> SendFormat:
    codec = CodecName(command.codec) if command.codec else STATIC_TYPES.get(command.pt)
    if codec is None or codec is CodecName.OPUS:
        raise CommandRefusedError("codec", f"nothing is known of payload type {command.pt}")
    packet_ms = FACTS[codec].packet_ms(command.ptime)
    return SendFormat(codec, command.pt, packet_ms, command.dtmf)


def _web_format(offer: sdp.Offer) -> SendFormat:
    return SendFormat(offer.codec, offer.payload_type, events_type=offer.events_type)


def _streams(send_format: SendFormat) -> Streams:
    """Both halves; ours with random beginnings (RFC 3550, section 5.1), and under a name of its own
    (RFC 7022, section 4.2) that tells nobody who we are.
    """
    try:
        return Streams(
            InboundAudio(send_format.events_type, {send_format.payload_type: send_format.codec}),
            OutboundAudio(
                send_format,
                ssrc=secrets.randbits(32),
                sequence=secrets.randbits(15),
                timestamp=secrets.randbits(31),
            ),
            Reports(secrets.token_urlsafe(12), spread=_random.random, now=time.monotonic()),
        )
    except CodecMissingError as error:
        raise CommandRefusedError("codec", str(error)) from error


def _agree(leg: Leg, send_format: SendFormat) -> None:
    try:
        leg.agree(send_format)
    except CodecMissingError as error:
        raise CommandRefusedError("codec", str(error)) from error


def _session(wanted: Sdes | None, leg: RtpLeg | TextPort) -> SrtpSession | None:
    """The session for these keys: the leg's own while they are the same, so that it goes on."""
    if wanted is None or wanted == leg.sdes:
        return leg.srtp if wanted is not None else None
    return sdes.session(wanted)


def _credentials(offer: sdp.Offer) -> Credentials:
    return Credentials(secrets.token_hex(4), secrets.token_hex(16), offer.fragment)
