"""What the switch is told at its start: addresses, trunks, neighbours, limits.

One frozen value, checked when it is made, so that no call finds out later. It names no secret and
may be printed whole. Which city, which store and which sounds are used is decided by whoever
starts the switch, not here.
"""

import ipaddress
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from kentongan.core.queue import Ladder
from kentongan.core.words import DeskKey
from kentongan.edge.switch.location_servers import LocationServers
from kentongan.edge.switch.trunks import Trunk, is_host, is_within
from kentongan.switch_line import LineError, LineTls, address_of

SOCKET_PATH_BYTES_MAX = 107
"""Longest path of a unix socket on Linux (sun_path, with its closing zero)."""

LOCAL_NETWORKS = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""Loopback and private networks: where a demonstration's trunk may be."""


class TlsFiles(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our certificate for SIP over TLS; the files are looked at again while we run.

    `ca_file` holds the authorities (or single certificates) that peers' certificates are checked
    by. Empty takes the system's for connections we open, and asks nobody who calls in.
    """

    certificate_file: str = ""
    key_file: str = ""
    ca_file: str = ""


class SwitchSettings(Struct, frozen=True, kw_only=True):
    """One switch process. Raises `ValueError` with the name of the field that is wrong."""

    control_socket: str
    control_listen: str = ""
    """Where `web` of other nodes may ask: IP address and TCP port. Empty: nowhere."""
    control_secret_file: str = ""
    """Its first line is what those have to know."""
    control_tls: LineTls = LineTls()
    spool_path: str
    recordings_dir: str
    recording_key_file: str = ""
    """The centre's key of recordings; empty means `recording.key` beside the spool."""
    media_sockets: tuple[str, ...]
    media_host: str = "127.0.0.1"
    """Where their sound is bound: telephones of the other IP family cannot be heard,"""
    media_host_v6: str = ""
    """unless it is bound on an IPv6 address, too."""
    sip_hosts: tuple[str, ...] = ("127.0.0.1",)
    """Addresses to bind, UDP and TCP each, TLS where there is a certificate."""
    sip_port: int = 5060
    tls_port: int = 5061
    tls: TlsFiles = TlsFiles()
    announced_host: str = ""
    announced_hosts: tuple[str, ...] = ()
    """What Via and Contact tell peers, one of each family; empty means those of `sip_hosts`."""
    trunks: tuple[Trunk, ...] = (Trunk(key="local", networks=LOCAL_NETWORKS),)
    training_networks: tuple[str, ...] = ()
    """From where the header X-Kentongan-Training is believed: nowhere, unless a room trains. A
    proxy on this machine forwards what strangers wrote, so not even loopback is trusted as such."""
    calls_max: int = 0
    """Calls at once; 0 for as many as the media processes carry, which is the most in any case.
    One more is on record and told at once to try elsewhere."""
    desk_lost_s: float = 10.0
    """A page that was heard and is not any more: after that its caller goes back to the queue."""
    desk_absent_s: float = 20.0
    """A page that answered and never came with its audio, perhaps asked for its microphone."""
    ladder: Ladder = Ladder()
    """How long each stage of the queue rings, and where calls overflow to."""
    wall_telephones: Mapping[DeskKey, str] = {}
    """Telephones on the wall, rung when no desk answers: number or SIP address by name."""
    location_servers: LocationServers = LocationServers()
    """Who may be asked where a caller is; without any, references are kept and never followed."""
    hold_sound: str = "hold"
    default_announcement: str = "wait_id"

    def __post_init__(self) -> None:
        if not self.control_socket or len(self.control_socket.encode()) > SOCKET_PATH_BYTES_MAX:
            raise ValueError("control_socket: too long for a unix socket, or empty")
        self._check_line()
        if not Path(self.recordings_dir).is_absolute():
            raise ValueError("recordings_dir: must be absolute")
        if not self.media_sockets:
            raise ValueError("media_sockets: at least one")
        if not self.sip_hosts:
            raise ValueError("sip_hosts: at least one")
        for host in (*self.sip_hosts, *self.media_hosts):
            ipaddress.ip_address(host)
        for host in self.hosts:
            if not is_host(host):
                raise ValueError(f"announced_hosts: {host!r} is neither an address nor a name")
        for network in self.training_networks:
            ipaddress.ip_network(network)
        if not all(1 <= port <= 65535 for port in (self.sip_port, self.tls_port)):
            raise ValueError("sip_port, tls_port: 1 to 65535")
        if self.calls_max < 0:
            raise ValueError("calls_max: 0, or more")
        if min(self.desk_lost_s, self.desk_absent_s) <= 0:
            raise ValueError("desk_lost_s, desk_absent_s: more than 0")

    def _check_line(self) -> None:
        if not self.control_listen:
            return
        try:
            address = address_of(self.control_listen)
        except LineError as error:
            raise ValueError(f"control_listen: {error}") from None
        if not self.control_secret_file:
            raise ValueError("control_secret_file: needed with control_listen")
        if not address.is_private and not self.control_tls.certificate_file:
            raise ValueError("control_tls: needed where control_listen is no private address")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The addresses that peers are told, the first one where family does not matter."""
        single = (self.announced_host,) if self.announced_host else ()
        return self.announced_hosts or single or self.sip_hosts

    @property
    def media_hosts(self) -> tuple[str, ...]:
        """Where sound is bound, one address of each IP family, `media_host` first."""
        return (self.media_host, self.media_host_v6) if self.media_host_v6 else (self.media_host,)

    @property
    def recording_key_path(self) -> Path:
        """Where the centre's key of recordings is, or will be made."""
        if self.recording_key_file:
            return Path(self.recording_key_file)
        return Path(self.spool_path).with_name("recording.key")

    @property
    def has_tls(self) -> bool:
        """Whether TLS is listened for."""
        return bool(self.tls.certificate_file)

    def may_train(self, host: str) -> bool:
        """Whether a call from there may call itself training."""
        return is_within(host, self.training_networks)
