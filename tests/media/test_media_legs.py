"""A telephone's leg on real loopback sockets, with a clock that only these tests move."""

import ipaddress
import secrets
import socket
from collections.abc import Iterator

import numpy as np
import pytest

from kentongan.media.bridge import Bridge
from kentongan.media.g711 import FRAME_SAMPLES, Codec, decode, encode
from kentongan.media.inbound import InboundAudio
from kentongan.media.latch import Latch, Network
from kentongan.media.legs import SILENT_S, Streams
from kentongan.media.mix import Mode
from kentongan.media.outbound import OutboundAudio, SendFormat
from kentongan.media.protocol import AnyEvent, CommandRefusedError, QualityMeasured
from kentongan.media.reports import Reports
from kentongan.media.rtp import OutboundStream
from kentongan.media.rtp_leg import RtpLeg
from kentongan.media.rtp_ports import RtpPorts
from kentongan.media.sounds import Announcement

LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"),)


class Sender:
    """A socket on some loopback address that sends voice packets."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.settimeout(0.2)
        self._stream = OutboundStream(8, ssrc=1, sequence=0, timestamp=0)

    @property
    def address(self) -> tuple[str, int]:
        """Where it is."""
        return self.socket.getsockname()

    def speak(self, leg: RtpLeg, packets: int = 1) -> None:
        """Send voice to the leg."""
        payload = encode(Codec.PCMA, np.full(FRAME_SAMPLES, 1000, np.int32))
        for _ in range(packets):
            self.socket.sendto(self._stream.packet(payload, FRAME_SAMPLES), ("127.0.0.1", leg.port))

    def loudness(self) -> float:
        """The mean of the next packet that comes in."""
        return float(decode(Codec.PCMA, self.socket.recv(2000)[12:]).mean())

    def hears(self) -> bool:
        """Whether something came in."""
        try:
            return len(self.socket.recv(2000)) == 12 + FRAME_SAMPLES
        except TimeoutError:
            return False


@pytest.fixture
def senders() -> Iterator[list[Sender]]:
    """Three loopback addresses."""
    senders = [Sender("127.0.0.1"), Sender("127.0.0.2"), Sender("127.0.0.3")]
    yield senders
    for each in senders:
        each.socket.close()


def new_leg(trunks: tuple[Network, ...] = LOOPBACK, name: str = "citizen") -> RtpLeg:
    """A leg on a free port."""
    return RtpLeg(
        name,
        "citizen",
        Mode(),
        streams=Streams(
            InboundAudio(101),
            OutboundAudio(SendFormat(events_type=101), ssrc=9, sequence=0, timestamp=0),
            Reports("k", spread=lambda: 0.5, now=0.0),
        ),
        ports=RtpPorts("127.0.0.1", 30_000, 30_998).bind(None),
        latch=Latch(trunks, is_named=True),
    )


def test_audio_goes_to_the_signalled_address_first(senders: list[Sender]) -> None:
    """From the first tick, before anything was heard, so that a NAT on the way opens."""
    leg = new_leg()
    leg.point_at(senders[0].address, 0.0)
    leg.send(None)
    assert senders[0].hears()
    leg.close(0.0)


def test_the_first_source_is_latched_until_the_next_signal(senders: list[Sender]) -> None:
    """Audio follows the first source heard; a second one is ignored until a re-INVITE."""
    first, second, _ = senders
    leg = new_leg()
    leg.point_at(("127.0.0.1", 9), 0.0)
    first.speak(leg)
    second.speak(leg)
    leg.poll(0.02)
    assert (leg.remote, leg.inbound.received) == (first.address, 1)
    leg.point_at(("127.0.0.1", 9), 1.0)
    second.speak(leg)
    leg.poll(1.02)
    assert leg.remote == second.address
    leg.close(0.0)


def test_only_the_signalled_host_and_the_trunks_are_believed(senders: list[Sender]) -> None:
    """A stranger is not latched even when he comes first, but counted."""
    caller, stranger, _ = senders
    leg = new_leg(trunks=(ipaddress.ip_network("127.0.0.1"),))
    leg.point_at((caller.address[0], 9), 0.0)
    stranger.speak(leg, 5)
    leg.poll(0.02)
    assert (leg.inbound.received, leg.strangers) == (0, 5)
    caller.speak(leg)
    leg.poll(0.04)
    assert leg.remote == caller.address
    leg.close(0.0)


def test_a_peer_that_moved_is_found_again(senders: list[Sender]) -> None:
    """A gateway on another port without a re-INVITE is heard once the old one is silent."""
    before, after, _ = senders
    leg = new_leg()
    leg.point_at(before.address, 0.0)
    before.speak(leg)
    leg.poll(0.0)
    after.speak(leg)
    leg.poll(1.0)
    assert leg.remote == before.address
    assert leg.look(SILENT_S + 0.1) is True
    after.speak(leg)
    leg.poll(SILENT_S + 0.2)
    assert leg.remote == after.address
    assert leg.look(SILENT_S + 0.3) is False
    leg.close(0.0)


def test_where_a_silent_peer_listens_says_nothing_of_its_voice(senders: list[Sender]) -> None:
    """Told again, by a switch that was restarted: silent it stays until a packet comes. One that
    speaks has all the time of silence from then on."""
    leg = new_leg()
    leg.point_at(senders[0].address, 0.0)
    leg.point_at(senders[0].address, SILENT_S)
    assert leg.look(SILENT_S + 1) is None
    assert leg.look(2 * SILENT_S + 1) is True
    leg.point_at(senders[0].address, 2 * SILENT_S + 2)
    assert leg.look(2 * SILENT_S + 3) is None
    senders[0].speak(leg)
    leg.poll(2 * SILENT_S + 4)
    assert leg.look(2 * SILENT_S + 4) is False
    leg.close(0.0)


def test_no_address_means_no_sound_out(senders: list[Sender]) -> None:
    """`0.0.0.0` in an SDP is nobody, and nobody is sent to; silence is not expected to end."""
    leg = new_leg()
    assert leg.look(1000.0) is None
    leg.point_at(("0.0.0.0", 4000), 0.0)
    leg.send(None)
    assert leg.remote is None
    assert leg.outbound.sent == 1
    leg.close(0.0)


def test_a_closed_port_at_the_peer_is_no_fault() -> None:
    """ICMP errors from a dead telephone neither raise nor deafen the leg."""
    leg, sender = new_leg(), Sender()
    dead = Sender()
    leg.point_at(dead.address, 0.0)
    dead.socket.close()
    for tick in range(10):
        leg.send(None)
        leg.poll(tick / 50)
    sender.speak(leg)
    leg.poll(1.0)
    assert leg.inbound.received == 1
    leg.close(0.0)
    sender.socket.close()


def test_ports_are_even_and_used_in_turn() -> None:
    """A port given back is not the next one given out; when all are taken it is said."""
    lowest = 25_000 + 8 * secrets.randbelow(600)
    ports = RtpPorts("127.0.0.1", lowest, lowest + 6)
    first = ports.bind(None)
    number = first.rtp.getsockname()[1]
    first.rtp.close()
    first.rtcp.close()
    taken = [ports.bind(None) for _ in range(4)]
    assert taken[0].rtp.getsockname()[1] != number
    assert all(each.rtp.getsockname()[1] % 2 == 0 for each in taken)
    assert all(each.rtcp.getsockname()[1] == each.rtp.getsockname()[1] + 1 for each in taken)
    with pytest.raises(CommandRefusedError, match="no-port"):
        ports.bind(None)
    for each in taken:
        each.rtp.close()
        each.rtcp.close()


def test_what_is_listened_for_outlives_a_reinvite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Knocks are still looked for after a new description; tones once it has no events."""
    leg = new_leg()
    wanted: list[tuple[bool, bool]] = []

    def note(_: InboundAudio, *, tones: bool, taps: bool) -> None:
        wanted.append((tones, taps))

    monkeypatch.setattr(InboundAudio, "listen_for", note)
    leg.detect(tones=False, taps=True)
    leg.agree(SendFormat(events_type=101))
    leg.agree(SendFormat(events_type=None))
    leg.detect(tones=False, taps=False)
    assert wanted == [(False, True), (False, True), (True, True), (True, False)]
    leg.close(0.0)


def test_quality_is_told_each_20_s_and_at_the_end(senders: list[Sender]) -> None:
    """After twenty seconds, again after twenty more, and finally when the leg leaves."""
    told: list[AnyEvent] = []
    bridge, leg = Bridge("call", None, told.append), new_leg()
    bridge.put(leg, 100.0)
    leg.point_at(senders[0].address, 100.0)
    senders[0].speak(leg, 3)
    leg.poll(100.0)
    for second in range(100, 145):
        leg.heard_at = float(second)
        bridge.look(float(second))
    bridge.remove("citizen")
    measured = [each for each in told if isinstance(each, QualityMeasured)]
    assert [each.is_final for each in measured] == [False, False, True]
    assert measured[-1].packets == 3
    assert measured == told


@pytest.mark.parametrize("yields", [True, False])
def test_nobody_speaks_into_an_announcement_that_yields(
    senders: list[Sender], *, yields: bool
) -> None:
    """It pauses in the very tick in which somebody is heard, before anybody has stopped it, and
    goes on where it was when they are gone. Any other goes on beside them.
    """
    caller, desk, _ = senders
    told: list[AnyEvent] = []
    bridge, legs = Bridge("call", None, told.append), (new_leg(), new_leg(name="desk"))
    for sender, leg in zip((caller, desk), legs, strict=True):
        leg.point_at(sender.address, 0.0)
        bridge.put(leg, 0.0)
    sound = np.repeat(np.arange(2_000, 8_000, 10, dtype=np.int16), FRAME_SAMPLES)
    legs[0].playing = Announcement([("wait.wav", sound)], loop=True, yields=yields)
    heard: list[float] = []
    for tick in range(60):
        if 10 <= tick < 30:
            desk.speak(legs[1])
        bridge.tick(0.02 * tick, measures=False)
        heard.append(caller.loudness())
    announced = [value > 1_900 for value in heard]
    if yields:
        first = announced.index(False)
        assert 10 <= first < 15, "once the desk's first packets are through the buffer"
        last = announced.index(True, first)
        assert 28 <= last < 45
        assert not any(announced[first:last])
        assert all(announced[last:])
        assert abs(heard[last] - heard[first - 1]) < 100, "it goes on where it was"
    else:
        assert all(announced)
        assert max(heard[15:28]) - heard[5] > 900, "both are heard"
    bridge.close()
