"""Telephones of both IP versions in one process: ports, addresses told, strangers and reports."""

import ipaddress
import secrets
import socket
import time
from collections.abc import Iterator
from typing import Any, cast

import msgspec
import numpy as np
import pytest

from kentongan.media import rtcp
from kentongan.media.bridge import Bridge
from kentongan.media.g711 import FRAME_SAMPLES, Codec, encode
from kentongan.media.joining import Joining
from kentongan.media.latch import Latch, written
from kentongan.media.protocol import CommandRefusedError, Rtp, RtpAddress, Text
from kentongan.media.rtp import OutboundStream
from kentongan.media.rtp_leg import RtpLeg
from kentongan.media.settings import MediaSettings


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


pytestmark = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback")


def _settings(**told: object) -> MediaSettings:
    first = 25_000 + 2 * secrets.randbelow(2_000)
    given = {
        "control_socket": "/run/media.sock",
        "recordings_dir": "/srv/recordings",
        "rtp_port_first": first,
        "rtp_port_last": first + 98,
        "bind_host_v6": "::1",
        **told,
    }
    return msgspec.convert(given, MediaSettings)


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    """A call; its sockets are given back."""
    bridge = Bridge("call", None, lambda _: None)
    yield bridge
    bridge.close()


def _joining(**told: object) -> Joining:
    return Joining(_settings(**told), cast("Any", None), cast("Any", None))


def _rtp(joining: Joining, bridge: Bridge, leg: str, **told: Any) -> RtpAddress:
    return joining.rtp(bridge, Rtp(bridge="call", leg=leg, **told))


def test_each_telephone_is_bound_and_told_on_its_own(bridge: Bridge) -> None:
    """The same numbers on both; behind NAT each hears the address of its own version."""
    joining = _joining(announced_host="192.0.2.7", announced_host_v6="2001:db8::7")
    four = _rtp(joining, bridge, "four")
    six = _rtp(joining, bridge, "six", family=6, ip="2001:db8::9", port=4000, lport=four.port)
    assert (four.ip, six.ip, six.port) == ("192.0.2.7", "2001:db8::7", four.port)
    again = _rtp(joining, bridge, "six", ip="2001:db8::8", port=4002)  # as a switch of before asks
    assert (again.ip, again.port) == (six.ip, six.port)
    line = Text(bridge="call", leg="six", family=6, ip="0.0.0.0", port=4000)
    assert joining.text(bridge, line).ip == "2001:db8::7"
    assert _rtp(_joining(), bridge, "own", family=6).ip == "::1"


def test_every_address_of_both_versions_is_two_addresses(bridge: Bridge) -> None:
    """`::` does not take the ports of IPv4 with it."""
    joining = _joining(bind_host="0.0.0.0", bind_host_v6="::")
    four = _rtp(joining, bridge, "four")
    assert _rtp(joining, bridge, "six", family=6, lport=four.port).port == four.port


def test_a_telephone_of_the_other_version_is_refused_and_nothing_changes(bridge: Bridge) -> None:
    """An address that the leg cannot send to; a version that is not bound."""
    joining = _joining()
    place = _rtp(joining, bridge, "four", ip="192.0.2.7", port=4000)
    with pytest.raises(CommandRefusedError, match="IPv6"):
        _rtp(joining, bridge, "four", ip="2001:db8::7", port=4000)
    assert _rtp(joining, bridge, "four") == place
    with pytest.raises(CommandRefusedError, match="IPv6 is not spoken"):
        _rtp(_joining(bind_host_v6=""), bridge, "six", family=6)
    assert set(bridge.legs) == {"four"}


def test_a_leg_goes_over_to_the_other_version(bridge: Bridge) -> None:
    """Rung by another trunk: other ports, and the old ones are free at once."""
    joining = _joining()
    six = _rtp(joining, bridge, "party", family=6, ip="::1", port=4000)
    four = _rtp(joining, bridge, "party", family=4, ip="127.0.0.1", port=4000)
    leg = bridge.legs["party"]
    assert isinstance(leg, RtpLeg)
    assert (four.ip, leg.family, leg.remote) == ("127.0.0.1", 4, ("127.0.0.1", 4000))
    assert _rtp(joining, bridge, "next", family=6, lport=six.port).port == six.port


def test_ipv6_is_latched_answered_and_guarded(bridge: Bridge) -> None:
    """Voice and reports come from `::1`, written in another way; a stranger's are counted."""
    joining = _joining()
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as voice,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as reports,
    ):
        voice.bind(("::1", 0))
        reports.bind(("::1", 0))
        voice.settimeout(1)
        reports.settimeout(1)
        place = _rtp(
            joining,
            bridge,
            "six",
            family=6,
            ip="0:0:0:0:0:0:0:1",
            port=9,
            rtcp=reports.getsockname()[1],
            allow=("::1/128",),
        )
        leg = bridge.legs["six"]
        assert isinstance(leg, RtpLeg)
        sound = encode(Codec.PCMA, np.full(FRAME_SAMPLES, 1000, np.int32))
        packet = OutboundStream(8, ssrc=1, sequence=0, timestamp=0).packet(sound, FRAME_SAMPLES)
        voice.sendto(packet, (place.ip, place.port))
        leg.poll(0.02)
        assert leg.remote == voice.getsockname()[:2]
        leg.send(None)
        assert len(voice.recv(2000)) == 12 + FRAME_SAMPLES
        leg.report(time.monotonic() + 100, 100.0)
        assert rtcp.parse(reports.recv(2000)) is not None
        assert written(leg.remote) == f"[::1]:{voice.getsockname()[1]}"


def test_a_stranger_of_ipv6_is_not_heard() -> None:
    """The trunk's network, the signalled address, and nobody beside."""
    latch = Latch((ipaddress.ip_network("2001:db8:112::/48"),), is_named=True)
    latch.point_at(("2A00:1450:5::7", 4000))
    assert latch.accepts(("2a00:1450:5::7", 4000))
    assert latch.accepts(("2001:db8:112::9", 4000))
    assert not latch.accepts(("2001:db8:113::9", 4000))
    assert not latch.accepts(("192.0.2.7", 4000))
    assert latch.strangers == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"bind_host_v6": "192.0.2.7"},
        {"bind_host_v6": "::1", "announced_host_v6": "192.0.2.7"},
        {"bind_host_v6": "", "announced_host_v6": "2001:db8::7"},
        {"bind_host": "::1", "bind_host_v6": "::1"},
    ],
)
def test_a_second_address_that_cannot_be_ends_the_start(wrong: dict[str, str]) -> None:
    """IPv6 beside IPv4, and nothing else."""
    with pytest.raises(msgspec.ValidationError, match="v6"):
        _settings(**wrong)


def test_an_address_of_another_machine_is_named_at_the_start_and_at_once(
    bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    """Not after every port was tried, and not as if they were taken; the other version goes on."""
    joining = _joining(bind_host_v6="2001:db8::10")
    assert [one for one in caplog.messages if "2001:db8::10 is no address" in one]
    for wanted in (None, joining.rtp(bridge, Rtp(bridge="call", leg="four")).port):
        with pytest.raises(CommandRefusedError, match="2001:db8::10 is no address"):
            _rtp(joining, bridge, "six", family=6, lport=wanted)
    assert set(bridge.legs) == {"four"}
