"""The `[sip]` part of the settings: where we listen, our certificate, and the trunks.

Values and their checks. Errors name the trunk by its key and the setting by its name, so that
whoever wrote the file finds the line. It opens no file: a certificate or a password that cannot be
read at the start is an alarm, not a reason why a centre does not start.
"""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, cast

from msgspec import Struct, field
from msgspec.structs import replace

from kentongan.edge.switch.location_servers import LocationServers, faults_of_servers
from kentongan.edge.switch.own_lines import EMERGENCY, is_own_line
from kentongan.edge.switch.routes import is_dialable
from kentongan.edge.switch.settings import TlsFiles
from kentongan.edge.switch.trunks import ANYBODY, Trunk, is_anybody, is_host, network_fault

DEFAULT_TRUNK = "default"
"""Key of the one trunk that `trunk_networks` makes."""
LOOPBACK_NETWORKS = ("127.0.0.0/8", "::1/128")
"""Who may call in where nothing is said: this machine."""
TRUNKS_MAX = 64
"""Carriers and exchanges of one centre; a province has fewer than ten."""
LISTEN_HOSTS_MAX = 8
"""Addresses listened on; a carrier's network, the house's, each in both families."""

_PORT_MAX = 65_535


class SipSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where trunks reach us, and who they are.

    `hosts` are addresses of either family; where it is empty, `host` is the only one. TLS is
    listened for on `tls_port` once a certificate is named. `trunks` say who may call in; without
    any, `trunk_networks` and `answer` make one trunk, "default".

    `answer`: `at_once` answers with the announcement, `at_desk` plays it as early media and
    answers when a human does; ask the carrier which of the two its callers hear.
    """

    host: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    port: int = 5060
    tls_port: int = 5061
    announced_host: str | None = None
    announced_hosts: tuple[str, ...] = ()
    tls: TlsFiles = field(default_factory=TlsFiles)
    trunk_networks: tuple[str, ...] = ()
    answer: Literal["at_once", "at_desk"] = "at_once"
    trunks: tuple[Trunk, ...] = ()
    calls_max: int = 0
    """Calls at once; 0 for as many as the media processes carry. More than that it never is."""
    location_servers: LocationServers = field(default_factory=LocationServers)
    """Who may be asked where a caller is whose call brings a reference; nobody, unless named."""
    wall_telephones: dict[str, str] = {}
    """Telephones that ring when no desk answers: number or SIP address by a name of your own."""

    @property
    def listen_hosts(self) -> tuple[str, ...]:
        """Every address listened on."""
        return self.hosts or (self.host,)

    @property
    def announced(self) -> tuple[str, ...]:
        """What peers are told, one of each family; empty for what is listened on."""
        return self.announced_hosts or ((self.announced_host,) if self.announced_host else ())

    def all_trunks(self, *, training: bool) -> tuple[Trunk, ...]:
        """The trunks; all are training trunks where the whole centre trains."""
        networks = self.trunk_networks or LOOPBACK_NETWORKS
        default = Trunk(key=DEFAULT_TRUNK, networks=networks, answer=self.answer)
        trunks = self.trunks or (default,)
        if not training:
            return trunks
        return tuple(replace(trunk, training=True) for trunk in trunks)

    @property
    def sound_networks(self) -> tuple[str, ...]:
        """From where the trunks' sound may come."""
        found = (net for trunk in self.all_trunks(training=False) for net in trunk.sound_networks)
        return tuple(dict.fromkeys(found))


def faults_of(sip: SipSettings) -> Iterator[str]:
    """Every setting that cannot be, as "sip.NAME: what is wrong"."""
    for name in ("port", "tls_port"):
        if not 0 < getattr(sip, name) <= _PORT_MAX:
            yield f"sip.{name} must be 1 to {_PORT_MAX}"
    if sip.calls_max < 0:
        yield "sip.calls_max must be 0, or more"
    if sip.tls.certificate_file and sip.port == sip.tls_port:
        yield "sip.tls_port must differ from sip.port"
    if len(sip.hosts) > LISTEN_HOSTS_MAX:
        yield f"sip.hosts: up to {LISTEN_HOSTS_MAX}"
    yield from _faults_of_hosts(sip)
    if bool(sip.tls.certificate_file) != bool(sip.tls.key_file):
        yield "sip.tls: certificate_file and key_file go together"
    for name, whom in sip.wall_telephones.items():
        if not is_dialable(whom):
            yield f"sip.wall_telephones.{name}: {whom!r} is neither a number nor a SIP address"
        elif is_own_line(whom, EMERGENCY):
            yield f"sip.wall_telephones.{name}: {whom!r} is our own line: it would ring us"
    yield from _faults_of_trunks(sip)
    yield from faults_of_servers(sip.location_servers)


def _faults_of_hosts(sip: SipSettings) -> Iterator[str]:
    for host in sip.listen_hosts:
        if not is_address_to_listen_on(host):
            yield f"sip.hosts: {host!r} is no IP address"
    for host, times in Counter(sip.listen_hosts).items():
        if times > 1:
            yield f"sip.hosts: {host!r} stands there twice"
    for host in sip.announced:
        if not is_host(host):
            yield f"sip.announced_hosts: {host!r} is neither an address nor a host name"
    if not sip.announced and any(
        is_address_to_listen_on(host) and ipaddress.ip_address(host).is_unspecified
        for host in sip.listen_hosts
    ):
        yield "sip.announced_hosts: needed where every address is listened on (0.0.0.0 or ::)"
    for network in sip.trunk_networks:
        if fault := network_fault(network):
            yield f"sip.trunk_networks: {network!r} {fault}"
        if is_anybody(network):
            yield f"sip.trunk_networks: {network} {ANYBODY}"


def _faults_of_trunks(sip: SipSettings) -> Iterator[str]:
    if sip.trunks and sip.trunk_networks:
        yield "sip.trunk_networks: belongs into a trunk's networks once there are sip.trunks"
    if len(sip.trunks) > TRUNKS_MAX:
        yield f"sip.trunks: up to {TRUNKS_MAX}"
    seen: set[str] = set()
    for trunk in sip.trunks:
        if trunk.key in seen:
            yield f"trunk {trunk.key}: key: there are two of that name"
        seen.add(trunk.key)
        if trunk.needs_certificate and not sip.tls.ca_file:
            yield (
                f"trunk {trunk.key}: certificate_names, client_certificate: need sip.tls.ca_file"
            )
        if trunk.transport == "tls" and not sip.tls.certificate_file:
            yield f"trunk {trunk.key}: transport: tls needs sip.tls.certificate_file and key_file"
        if _is_ourselves(sip, trunk):
            yield f"trunk {trunk.key}: host, port: are our own; a call out by it would ring us"


def _is_ourselves(sip: SipSettings, trunk: Trunk) -> bool:
    """Whether the trunk leads to where we listen."""
    if trunk.sip_port != (sip.tls_port if trunk.transport == "tls" else sip.port):
        return False
    bound = [ipaddress.ip_address(h) for h in sip.listen_hosts if is_address_to_listen_on(h)]
    if trunk.host == "localhost" or trunk.host in sip.announced:
        return trunk.host != "localhost" or any(b.is_loopback or b.is_unspecified for b in bound)
    if not is_address_to_listen_on(trunk.host):
        return False
    there = ipaddress.ip_address(trunk.host)
    is_everywhere = any(one.is_unspecified for one in bound)
    return there in bound or (there.is_loopback and is_everywhere)


def is_address_to_listen_on(host: str) -> bool:
    """Whether that is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def named(error: str, values: dict[str, Any]) -> str:
    """A decoder's words about `sip.trunks[2]` with the trunk's key in place of its number."""
    sip: object = values.get("sip")
    trunks: object = cast("dict[str, object]", sip).get("trunks") if isinstance(sip, dict) else ()
    if not isinstance(trunks, list):
        return error
    for number, trunk in enumerate(cast("list[object]", trunks)):
        place = f"$.sip.trunks[{number}]"
        if isinstance(trunk, dict) and place in error:
            key = cast("dict[str, object]", trunk).get("key", f"number {number + 1}")
            return _told(error, place, str(key))
    return error


def _told(error: str, place: str, key: str) -> str:
    text, _, where = error.partition(" - at `")
    inner = where.rstrip("`").removeprefix(place).removeprefix(".")
    if "unknown field `password`" in text:
        text += "; a password stands in a file (password_file) or the environment (password_env)"
    if text.startswith("trunk "):
        return text
    return f"trunk {key}: {inner}: {text}" if inner else f"trunk {key}: {text}"
