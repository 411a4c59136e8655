"""What one media process is told at its start; checked then, so that no call finds out later."""

import ipaddress
from pathlib import Path
from typing import Final

from msgspec import Struct

SOCKET_PATH_BYTES_MAX: Final = 107  # sun_path on Linux, with its closing zero
PORT_MIN: Final = 1024  # no root
PORT_MAX: Final = 65535
BRIDGES_MAX: Final = 60
"""Calls at once of one process, if nothing else is set: what one core carries with no late tick."""


class MediaSettings(Struct, frozen=True, kw_only=True):
    """One process: its sockets, its ports, its folder and its limits.

    Raises `ValueError` with the name of the field that is wrong.
    """

    control_socket: str
    recordings_dir: str
    bind_host: str = "127.0.0.1"
    announced_host: str = ""
    """The address that peers are told; empty means `bind_host` (they differ behind NAT)."""
    bind_host_v6: str = ""
    """Where telephones that speak IPv6 are heard, beside an IPv4 `bind_host`. Empty: nowhere."""
    announced_host_v6: str = ""
    """The same of `bind_host_v6`."""
    web_port: int = 8443
    """One UDP port for all browsers."""
    rtp_port_first: int = 40_000
    rtp_port_last: int = 40_998
    trunk_networks: tuple[str, ...] = ("127.0.0.0/8",)
    """Where a SIP leg's audio may come from besides the address that was signalled."""
    bridges_max: int = BRIDGES_MAX
    """Calls at once. More than that, and the clock of all of them may run late on one core."""
    goes_first: bool = True
    """Whether to ask the kernel for the processor before other programs, if that is allowed."""

    def __post_init__(self) -> None:
        if len(self.control_socket.encode()) > SOCKET_PATH_BYTES_MAX or not self.control_socket:
            raise ValueError("control_socket: too long for a unix socket, or empty")
        if not Path(self.recordings_dir).is_absolute():
            raise ValueError("recordings_dir: must be absolute")
        ipaddress.ip_address(self.bind_host)
        ipaddress.ip_address(self.host)
        self._check_v6()
        for network in self.trunk_networks:
            ipaddress.ip_network(network)
        ports = (self.web_port, self.rtp_port_first, self.rtp_port_last)
        if not all(PORT_MIN <= port <= PORT_MAX for port in ports):
            raise ValueError(f"web_port, rtp_port_first, rtp_port_last: {PORT_MIN} to {PORT_MAX}")
        if self.rtp_port_first > self.rtp_port_last or self.rtp_port_first % 2:
            raise ValueError("rtp_port_first: must be even and not above rtp_port_last")
        if self.bridges_max < 1:
            raise ValueError("bridges_max: at least 1")

    def _check_v6(self) -> None:
        if self.announced_host_v6 and not self.bind_host_v6:
            raise ValueError("announced_host_v6: needs bind_host_v6")
        if self.bind_host_v6 and self.family == 6:
            raise ValueError("bind_host_v6: bind_host is IPv6 already")
        for host in (self.bind_host_v6, self.announced_host_v6):
            if host and ipaddress.ip_address(host).version != 6:
                raise ValueError(f"bind_host_v6, announced_host_v6: {host} is not IPv6")

    @property
    def host(self) -> str:
        """The address that peers are told, browsers that alone."""
        return self.announced_host or self.bind_host

    @property
    def family(self) -> int:
        """The IP version of `bind_host`, 4 or 6: of telephones too, unless another is asked for."""
        return ipaddress.ip_address(self.bind_host).version

    @property
    def bound(self) -> dict[int, str]:
        """By IP version, where telephones' sound and text are bound."""
        second = {6: self.bind_host_v6} if self.bind_host_v6 else {}
        return {self.family: self.bind_host, **second}

    @property
    def told(self) -> dict[int, str]:
        """By IP version, the address that telephones are told."""
        second = {6: self.announced_host_v6 or self.bind_host_v6} if self.bind_host_v6 else {}
        return {self.family: self.host, **second}
