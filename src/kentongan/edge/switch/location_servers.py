"""Whom the switch may ask where a caller is: the list of servers, and what a reference names.

A reference comes from whoever wrote the INVITE. It leads nowhere but to a host that the settings
name, with that port; without a list nothing is asked at all. Values and their checks, no sockets.
"""

import ipaddress
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct

from kentongan.core.words import CallId
from kentongan.edge.switch.trunks import is_host

HOSTS_MAX: Final = 32
"""Servers of one centre: each operator of a country has one or two."""

URI_CHARACTERS_MAX: Final = 2_048
"""Longest reference that is asked; real ones have about 100."""

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


def may_be_asked(uri: str) -> bool:
    """Whether that is a reference of the kind that we can follow, to whomever it leads.

    A SIP or presence URI would be subscribed to (RFC 6446), which is not built.
    """
    return uri.partition(":")[0].lower() in _PORTS


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
