"""Whom the switch may ask where a caller is: the list of servers, and what a reference names.

A reference comes from whoever wrote the INVITE. It leads nowhere but to a host that the settings
name, with that port; without a list nothing is asked by HELD. A SIP or a presence URI is subscribed
to by way of the trunk that the call came by, and by no other, where it names a host of that trunk
or of the list. Values and their checks, no sockets.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct

from kentongan.core.words import CallId
from kentongan.edge.switch.trunks import Trunk, is_host
from kentongan.sip.errors import ParseError
from kentongan.sip.grammar import find_param
from kentongan.sip.uri import read_uri

HOSTS_MAX: Final = 32
"""Servers of one centre: each operator of a country has one or two."""

REFERENCES_MAX: Final = 2
"""Of one call, how many references to the caller's place are asked for by HELD: the device's and
the network's. One more may be subscribed to."""

URI_CHARACTERS_MAX: Final = 2_048
"""Longest reference that is asked; real ones have about 100."""

_SUBSCRIBED: Final = frozenset({"sip", "sips", "pres"})

_PORTS: Final = {"https": 443, "http": 80}


class LocationServers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`hosts`: names or addresses, with a port where it is not 443 (`lis.example.net:8443`).

    `ca_file` holds the authorities their certificates are checked by; empty takes the system's.
    `certificate_file` and `key_file` are ours, for servers that want to know who asks.
    """

    hosts: tuple[str, ...] = ()
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""


class Target(Struct, frozen=True, kw_only=True):
    """What one request goes to. `path` is with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the header Host has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class Reference(NamedTuple):
    """Where the place of a call's caller may be asked for; the `number`th of that call, from 1."""

    call: CallId
    uri: str
    number: int


class Subscribed(NamedTuple):
    """A reference that is subscribed to, and whether that has brought a place."""

    reference: Reference
    has_place: bool = False


def may_be_asked(uri: str) -> bool:
    """Whether that is a reference of the kind that is asked by HELD, to whomever it leads."""
    return uri.partition(":")[0].lower() in _PORTS


def to_be_asked(call: CallId, uris: Iterable[str]) -> list[Reference]:
    """Which of a call's references are asked by HELD, numbered as they stand there."""
    askable = [uri for uri in uris if may_be_asked(uri)][:REFERENCES_MAX]
    return [Reference(call, uri, number) for number, uri in enumerate(askable, 1)]


def may_be_subscribed_to(uri: str) -> bool:
    """Whether that is a SIP or a presence URI, to whomever it leads."""
    return uri.partition(":")[0].lower() in _SUBSCRIBED


def presence_target(uri: str, servers: LocationServers, trunk: Trunk) -> str | None:
    """Whom to subscribe to for that reference, as a SIP URI; None where it may not be.

    Its host is the trunk's own that the call came by, or on the list. `sips:` needs TLS all the
    way, so a trunk that is spoken to over TLS. A presence URI is asked for by SIP (RFC 3861); what
    a URI brings of header fields is left out (RFC 3261 section 19.1.5), and one that would send the
    next proxy to another address (`maddr`) is not asked.
    """
    if not uri.isascii() or not uri.isprintable() or " " in uri or len(uri) > URI_CHARACTERS_MAX:
        return None
    scheme, _, rest = uri.partition(":")
    scheme = scheme.lower()
    if scheme not in _SUBSCRIBED or (scheme == "sips" and trunk.transport != "tls"):
        return None
    user, at, place = rest.rpartition("@")
    target = f"{'sip' if scheme == 'pres' else scheme}:{user}{at}{place.partition('?')[0]}"
    try:
        found = read_uri(target)
    except ParseError:
        return None
    host = found.host.lower()
    named = (trunk.domain, *trunk.own_hosts, *(_host_of(one) for one in servers.hosts))
    is_ours = host in {one.lower() for one in named if one} or trunk.reaches_from(host)
    return target if is_ours and find_param(found.params, "maddr") is None else None


def target_of(uri: str, servers: LocationServers) -> Target | None:
    """What may be asked for that reference; None for every other one.

    HTTPS alone. Plain HTTP is for a server on this machine (a loopback address), never a network.
    """
    if not uri.isascii() or not uri.isprintable() or " " in uri or len(uri) > URI_CHARACTERS_MAX:
        return None
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        return None
    if parts.scheme == "http" and not _is_loopback(host):
        return None
    port = port or _PORTS[parts.scheme]
    if (host, port) not in {_host_and_port(one) for one in servers.hosts}:
        return None
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return Target(scheme=parts.scheme, host=host, port=port, path=path)


def faults_of_servers(servers: LocationServers) -> Iterator[str]:
    """Every setting that cannot be, as "sip.location_servers.NAME: what is wrong"."""
    if len(servers.hosts) > HOSTS_MAX:
        yield f"sip.location_servers.hosts: up to {HOSTS_MAX}"
    for text in servers.hosts:
        if _host_and_port(text) is None:
            yield f"sip.location_servers.hosts: {text!r} is neither a host nor host:port"
    if bool(servers.certificate_file) != bool(servers.key_file):
        yield "sip.location_servers: certificate_file and key_file go together"


def _host_of(text: str) -> str:
    found = _host_and_port(text)
    return "" if found is None else found[0]


def _host_and_port(text: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.netloc != text or "@" in text or not is_host(host):
        return None
    return host, port or _PORTS["https"]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
