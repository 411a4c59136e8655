"""From where a telephone's audio may come: tried with every kind of address, without a network."""

import ipaddress

import pytest

from kentongan.media.latch import Latch, Network

TRUNK: tuple[Network, ...] = (ipaddress.ip_network("203.0.113.0/24"),)
GATEWAY, OTHER_GATEWAY = ("203.0.113.7", 20_000), ("203.0.113.8", 30_000)
STRANGER = ("198.51.100.66", 20_000)


def new_latch(signalled: tuple[str, int] | None = GATEWAY) -> Latch:
    """A latch of a trunk with networks of its own."""
    latch = Latch(TRUNK, is_named=True)
    if signalled is not None:
        latch.point_at(signalled)
    return latch


def test_the_first_of_the_trunk_is_learnt_and_strangers_are_counted() -> None:
    """Before and after the latch a stranger is dropped; the trunk's other gateway only after."""
    latch = new_latch()
    assert not latch.accepts(STRANGER)
    assert latch.accepts(OTHER_GATEWAY)
    latch.learn(OTHER_GATEWAY)
    assert latch.remote == OTHER_GATEWAY
    assert not latch.accepts(GATEWAY)
    assert not latch.accepts(STRANGER)
    assert latch.accepts(OTHER_GATEWAY)
    assert latch.strangers == 3


def test_a_new_description_or_silence_learns_anew() -> None:
    """After a re-INVITE, and after the source fell silent, another source is learnt."""
    latch = new_latch()
    latch.learn(GATEWAY)
    latch.point_at(OTHER_GATEWAY)
    assert (latch.remote, latch.is_latched) == (OTHER_GATEWAY, False)
    latch.learn(OTHER_GATEWAY)
    latch.release()
    assert latch.accepts(GATEWAY)
    assert not latch.accepts(STRANGER)


def test_a_signalled_address_outside_the_networks_is_heard() -> None:
    """A carrier's media gateway may be anywhere in public; its SDP says so."""
    latch = new_latch(("8.8.4.4", 4000))
    assert latch.remote == ("8.8.4.4", 4000)
    assert latch.accepts(("8.8.4.4", 4001))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.5", "192.168.1.9", "0.0.0.0", "169.254.1.1", "224.0.0.1", "::1",
     "fe80::1", "255.255.255.255"],
)  # fmt: skip
def test_an_address_where_no_peer_can_be(host: str) -> None:
    """Our own loopback, or a private address behind the peer's NAT: not sent to, nor heard from;
    the first packet from the trunk's network tells the real one.
    """
    latch = new_latch((host, 4000))
    assert latch.remote is None
    assert not latch.accepts((host, 4000))
    assert latch.accepts(GATEWAY)
    latch.learn(GATEWAY)
    assert latch.remote == GATEWAY


@pytest.mark.parametrize("host", ["127.0.0.1", "192.168.1.9", "fd00::5"])
def test_a_private_address_of_the_trunk_itself(host: str) -> None:
    """A PBX in the same building: its network is the trunk's, so its address is as good as any."""
    latch = Latch((ipaddress.ip_network(f"{host}"),), is_named=True)
    latch.point_at((host, 4000))
    assert latch.remote == (host, 4000)
    assert latch.accepts((host, 4001))


def test_without_networks_of_its_own_a_private_address_counts() -> None:
    """A trunk of which nothing is configured: what it signals is believed, except our loopback."""
    latch = Latch((), is_named=False)
    latch.point_at(("192.168.1.9", 4000))
    assert latch.remote == ("192.168.1.9", 4000)
    latch.point_at(("127.0.0.1", 4000))
    assert latch.remote is None


def test_a_flood_of_sources_costs_no_memory() -> None:
    """A thousand forged sources are counted, and remembered only to a limit."""
    latch = new_latch()
    for number in range(1000):
        assert not latch.accepts((f"198.18.{number // 250}.{number % 250}", 9))
    assert latch.strangers == 1000
    assert latch.accepts(GATEWAY)
