"""What the switch is told at its start: addresses, trunks, neighbours, limits.

One frozen value, checked when it is made, so that no call finds out later. It names no secret and
may be printed whole. Which city, which store and which sounds are used is decided by whoever
starts the switch, not here.
"""

import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import Literal

from msgspec import Struct

SOCKET_PATH_BYTES_MAX = 107
"""Longest path of a unix socket on Linux (sun_path, with its closing zero)."""

LOCAL_NETWORKS = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""Loopback and private networks: where a demonstration's trunk may be."""


class Trunk(Struct, frozen=True, kw_only=True):
    """A carrier or exchange, known by the networks its SIP comes from.

    `answer` says when its calls get their 200: at once, so that the announcement is heard
    everywhere, or when a desk takes the call, the announcement being early media (183) until
    then. Calls of a `training` trunk are marked as training.
    """

    key: str
    networks: tuple[str, ...]
    answer: Literal["at_once", "at_desk"] = "at_once"
    training: bool = False

    def __post_init__(self) -> None:
        if not self.networks:
            raise ValueError(f"trunk {self.key}: networks is empty")
        for network in self.networks:
            ipaddress.ip_network(network)

    def reaches_from(self, host: str) -> bool:
        """Whether SIP from that address belongs to this trunk."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in _network(network) for network in self.networks)


class SwitchSettings(Struct, frozen=True, kw_only=True):
    """One switch process. Raises `ValueError` with the name of the field that is wrong."""

    control_socket: str
    spool_path: str
    recordings_dir: str
    media_sockets: tuple[str, ...]
    sip_hosts: tuple[str, ...] = ("127.0.0.1",)
    """Addresses to bind, UDP and TCP each; one of either family."""
    sip_port: int = 5060
    announced_host: str = ""
    """What Via and Contact tell peers; empty means the first of `sip_hosts`."""
    trunks: tuple[Trunk, ...] = (Trunk(key="local", networks=LOCAL_NETWORKS),)
    training_networks: tuple[str, ...] = ()
    """From where the header X-Kentongan-Training is believed: nowhere, unless a room trains. A
    proxy on this machine forwards what strangers wrote, so not even loopback is trusted as such."""
    calls_max: int = 500
    """Calls at once; about eight media processes. One more is recorded and told to try again."""
    desk_lost_s: float = 10.0
    """A page that was heard and is not any more: after that its caller goes back to the queue."""
    desk_absent_s: float = 20.0
    """A page that answered and never came with its audio, perhaps asked for its microphone."""
    hold_sound: str = "hold"
    default_announcement: str = "wait_id"

    def __post_init__(self) -> None:
        if not self.control_socket or len(self.control_socket.encode()) > SOCKET_PATH_BYTES_MAX:
            raise ValueError("control_socket: too long for a unix socket, or empty")
        if not Path(self.recordings_dir).is_absolute():
            raise ValueError("recordings_dir: must be absolute")
        if not self.media_sockets:
            raise ValueError("media_sockets: at least one")
        if not self.sip_hosts:
            raise ValueError("sip_hosts: at least one")
        for host in (*self.sip_hosts, self.host):
            ipaddress.ip_address(host)
        for network in self.training_networks:
            ipaddress.ip_network(network)
        if not 1 <= self.sip_port <= 65535:
            raise ValueError("sip_port: 1 to 65535")
        if self.calls_max < 1:
            raise ValueError("calls_max: at least 1")
        if min(self.desk_lost_s, self.desk_absent_s) <= 0:
            raise ValueError("desk_lost_s, desk_absent_s: more than 0")

    @property
    def host(self) -> str:
        """The address that peers are told."""
        return self.announced_host or self.sip_hosts[0]

    def find_trunk(self, host: str) -> Trunk | None:
        """The trunk that address belongs to; the first one that matches."""
        return next((trunk for trunk in self.trunks if trunk.reaches_from(host)), None)

    def may_train(self, host: str) -> bool:
        """Whether a call from there may call itself training."""
        address = ipaddress.ip_address(host)
        return any(address in _network(network) for network in self.training_networks)


@lru_cache(maxsize=256)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Read once: every datagram asks."""
    return ipaddress.ip_network(text)
