"""A trunk: a carrier or an exchange, who belongs to it, and how it wants to be spoken to.

Values only, in the words of the settings file; a wrong one is a `ValueError` that begins with the
trunk's key and the setting's name. No secret is in here: a password is named by its file or by its
environment variable and read when it is needed. Whether a trunk answers is in `keepalive`, who may
call in over which connection in `gate`.
"""

import ipaddress
import re
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from kentongan.sip.address import Transport
from kentongan.sip.uri import DEFAULT_PORT, DEFAULT_TLS_PORT

LABEL_CHARACTERS_MAX = 80
"""Longest label; it stands in one line of a screen."""
NETWORKS_MAX = 64
"""Networks, or names, of one trunk; carriers name two to eight."""
CALLS_MAX = 10_000
"""More calls than any trunk has channels."""
OPTIONS_PERIOD_S_MIN, OPTIONS_PERIOD_S_MAX = 5, 3_600
"""Between two OPTIONS: less is a nuisance, more finds out too late."""
EXPIRES_S_MIN, EXPIRES_S_MAX = 60, 86_400
"""A registration lasts from one minute (RFC 3261 section 10.2.8) to one day."""

EXACT = 129
"""Closeness of a single address or a certificate: nothing is closer (IPv6 has 128 bits)."""

ANYBODY = "is a large part of the internet: whoever calls from there would be heard"
"""Said of a network that is as good as none."""

_PREFIX_MIN = {4: 8, 6: 7}
"""The widest that anybody has: 10.0.0.0/8, fc00::/7."""

CodecName = Literal["pcma", "pcmu", "g722"]
PacketMs = Literal[10, 20, 30, 40, 50, 60]

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9-]{1,63})*\.?", re.IGNORECASE
)
_USER = re.compile(r"[A-Za-z0-9\-_.!~*'()&=+$,;?/%#]{1,64}")
_CALLER_ID = re.compile(r"\+?[0-9]{1,15}|anonymous")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


class Registration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our account at an exchange that wants REGISTER before it sends calls (RFC 3261 section 10).

    The password is the first line of `password_file`, or the environment variable `password_env`;
    exactly one of the two. `registrar` is empty for the trunk's host, `realm` for any.
    """

    user: str
    password_file: str = ""
    password_env: str = ""
    registrar: str = ""
    realm: str = ""
    expires_s: int = 3_600

    def find_fault(self) -> str | None:
        """The first thing that cannot be, as "setting: what is wrong"."""
        checks = (
            (bool(_USER.fullmatch(self.user)), "register.user: not the user part of a SIP address"),
            (
                bool(self.password_file) != bool(self.password_env),
                "register.password_file, register.password_env: exactly one of the two",
            ),
            (
                not self.password_env or bool(_VARIABLE.fullmatch(self.password_env)),
                "register.password_env: the name of an environment variable, not the password",
            ),
            (
                not self.password_env.startswith("KENTONGAN_"),
                "register.password_env: names that begin with KENTONGAN_ are settings",
            ),
            (
                not self.registrar or is_host(self.registrar),
                "register.registrar: neither an address nor a host name",
            ),
            (
                EXPIRES_S_MIN <= self.expires_s <= EXPIRES_S_MAX,
                f"register.expires_s: {EXPIRES_S_MIN} to {EXPIRES_S_MAX}",
            ),
        )
        return next((fault for holds, fault in checks if not holds), None)


class Trunk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One carrier or exchange.

    Who may call in: addresses within `networks`; or, over TLS, a certificate that bears one of
    `certificate_names`; where both are given both must fit. A trunk with a host only may call in
    from that host. A `tls` trunk is believed over TLS alone, the others over any transport.

    `answer` says when its calls get their 200: at once, so that the announcement is heard
    everywhere, or when a desk takes the call, the announcement being early media (183) until
    then. Calls of a `training` trunk are marked as training.
    """

    key: str
    label: str = ""
    networks: tuple[str, ...] = ()
    certificate_names: tuple[str, ...] = ()
    client_certificate: Literal["no", "required"] = "no"
    """Over TLS: whether the peer must show a certificate of an authority in `sip.tls.ca_file`."""
    media_networks: tuple[str, ...] = ()
    """Where its sound may come from, beside `networks`; carriers often use other gateways."""
    transport: Literal["udp", "tcp", "tls"] = "udp"
    host: str = ""
    """Where outgoing calls and OPTIONS go; empty for a trunk that only calls in."""
    port: int = 0
    """0 is 5060, or 5061 for TLS."""
    domain: str = ""
    """The host part of addresses we call there; empty for `host`."""
    options_period_s: int = 30
    """Between two OPTIONS to `host`; 0 sends none."""
    codecs: tuple[CodecName, ...] = ("pcma", "pcmu")
    ptime_ms: PacketMs = 20
    answer: Literal["at_once", "at_desk"] = "at_once"
    srtp: Literal["no", "optional", "required"] = "no"
    """SDES (RFC 4568); only over TLS are its keys secret."""
    dtmf: Literal["rfc4733", "info", "inband"] = "rfc4733"
    refer: bool = False
    """Whether a finished transfer between two of its telephones is handed to it with REFER (RFC
    3515, RFC 3891); then it is out of our hands and our recording. Else we stay in the middle."""
    contact_reachable: bool = False
    """Whether a private address in its Contact can be reached from here. Else what we send within
    a call goes to where its messages come from: there is a NAT between."""
    caller_id: str = ""
    """The number our outgoing calls show; empty for the line that is called back from."""
    tells_caller: bool = False
    """Whether a neighbouring centre that is rung by it is told the caller's number, withheld or
    not: only where the other side is an emergency service itself, or leads to none but such."""
    calls_max: int = 0
    """Channels of the trunk: with so many calls none more goes out by it. Who calls in is never
    counted out. 0 for as many as the centre takes."""
    register: Registration | None = None
    training: bool = False

    def __post_init__(self) -> None:
        fault = _fault_of(self)
        if fault is not None:
            raise ValueError(f"trunk {self.key}: {fault}")

    @property
    def sip_port(self) -> int:
        """The port of its host."""
        return self.port or (DEFAULT_TLS_PORT if self.transport == "tls" else DEFAULT_PORT)

    @property
    def address_domain(self) -> str:
        """The host part of a Request-URI for it."""
        return self.domain or self.host

    @property
    def needs_certificate(self) -> bool:
        """Whether a peer has to show a certificate before it is this trunk."""
        return bool(self.certificate_names) or self.client_certificate == "required"

    @property
    def own_hosts(self) -> tuple[str, ...]:
        """Host and registrar: what may call in where nothing else is said."""
        registrar = self.register.registrar if self.register else ""
        return tuple(dict.fromkeys(host for host in (self.host, registrar) if host))

    @property
    def sound_networks(self) -> tuple[str, ...]:
        """Every network its sound may come from."""
        literal = (host for host in self.own_hosts if is_address(host))
        return tuple(dict.fromkeys((*self.networks, *self.media_networks, *literal)))

    def takes(self, transport: Transport) -> bool:
        """Whether SIP of this trunk may come that way."""
        return self.transport != "tls" or transport is Transport.TLS

    def reaches_from(self, host: str) -> bool:
        """Whether SIP from that address belongs to this trunk, certificates aside."""
        return self.closeness(host) > 0

    def closeness(self, host: str) -> int:
        """How exactly it names that address: bits of its narrowest network there, and one.

        0 where SIP from there is not this trunk's, certificates aside; `EXACT` for its own host.
        """
        address = _address(host)
        if address is None:
            return 0
        if not self.networks:
            is_own = any(_address(own) == address for own in self.own_hosts)
            return EXACT if is_own else 0
        networks = map(_network, self.networks)
        return max((1 + one.prefixlen for one in networks if address in one), default=0)


def is_address(text: str) -> bool:
    """Whether that is an IP address of either family."""
    return _address(text) is not None


def is_host(text: str) -> bool:
    """Whether that is an IP address, without brackets, or a host name."""
    return is_address(text) or _HOST_NAME.fullmatch(text) is not None


def is_within(host: str, networks: tuple[str, ...]) -> bool:
    """Whether an address lies in one of these networks."""
    address = _address(host)
    return address is not None and any(address in _network(network) for network in networks)


def _fault_of(trunk: Trunk) -> str | None:
    """The first thing that cannot be, as "setting: what is wrong"."""
    checks = (*_checks_of_who(trunk), *_checks_of_where(trunk), *_checks_of_how(trunk))
    fault = next((fault for holds, fault in checks if not holds), None)
    if fault is None and trunk.register is not None:
        fault = trunk.register.find_fault()
    return fault


def _checks_of_who(trunk: Trunk) -> tuple[tuple[bool, str], ...]:
    strange = next((name for name in trunk.certificate_names if not is_host(name)), "")
    return (
        (
            bool(_KEY.fullmatch(trunk.key)),
            "key: up to 32 small letters, digits, - and _",
        ),
        (len(trunk.label) <= LABEL_CHARACTERS_MAX, f"label: up to {LABEL_CHARACTERS_MAX} letters"),
        (
            bool(trunk.networks or trunk.certificate_names or trunk.own_hosts),
            "networks: empty, and neither certificate_names nor host says who may call in",
        ),
        *_checks_of_networks("networks", trunk.networks),
        *(
            (trunk.needs_certificate or not is_anybody(one), f"networks: {one} {ANYBODY}")
            for one in trunk.networks
        ),
        *_checks_of_networks("media_networks", trunk.media_networks),
        (not strange, f"certificate_names: {strange!r} is no host name; wildcards are not taken"),
        (
            max(len(trunk.networks), len(trunk.media_networks), len(trunk.certificate_names))
            <= NETWORKS_MAX,
            f"networks, media_networks, certificate_names: up to {NETWORKS_MAX} each",
        ),
        (
            trunk.transport == "tls" or not trunk.needs_certificate,
            "certificate_names, client_certificate: need transport tls",
        ),
    )


def _checks_of_where(trunk: Trunk) -> tuple[tuple[bool, str], ...]:
    period = trunk.options_period_s
    return (
        (not trunk.host or is_host(trunk.host), "host: neither an address nor a host name"),
        (not trunk.domain or is_host(trunk.domain), "domain: neither an address nor a host name"),
        (0 <= trunk.port <= 65_535, "port: 1 to 65535, or 0 for the usual one"),
        (
            period == 0 or OPTIONS_PERIOD_S_MIN <= period <= OPTIONS_PERIOD_S_MAX,
            f"options_period_s: 0 or {OPTIONS_PERIOD_S_MIN} to {OPTIONS_PERIOD_S_MAX}",
        ),
        (
            trunk.register is None or bool(trunk.host or trunk.register.registrar),
            "register.registrar: needed where host is empty",
        ),
    )


def _checks_of_how(trunk: Trunk) -> tuple[tuple[bool, str], ...]:
    return (
        (bool(trunk.codecs), "codecs: at least one"),
        (len(set(trunk.codecs)) == len(trunk.codecs), "codecs: one of them is there twice"),
        (
            not trunk.caller_id or bool(_CALLER_ID.fullmatch(trunk.caller_id)),
            "caller_id: digits with or without +, or anonymous",
        ),
        (0 <= trunk.calls_max <= CALLS_MAX, f"calls_max: 0 to {CALLS_MAX}"),
    )


def _checks_of_networks(name: str, networks: tuple[str, ...]) -> tuple[tuple[bool, str], ...]:
    faults = ((one, network_fault(one)) for one in networks)
    return tuple((False, f"{name}: {one!r} {fault}") for one, fault in faults if fault)


def network_fault(text: str) -> str:
    """Why that is no network, in words that follow it; "" for one, or for a single address."""
    try:
        _network(text)
    except ValueError:
        pass
    else:
        return ""
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return "is no network: an address, as 192.0.2.7, or a range, as 192.0.2.0/24"
    return f"is no network: its host part must be zero, as in {found}"


def is_anybody(text: str) -> bool:
    """Whether that network is (a large part of) the whole internet; False for what is none."""
    try:
        found = _network(text)
    except ValueError:
        return False
    return found.prefixlen < _PREFIX_MIN[found.version]


@lru_cache(maxsize=1024)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Read once: every datagram asks."""
    return ipaddress.ip_network(text)


@lru_cache(maxsize=1024)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as comparable value; an IPv4 one inside IPv6 is the IPv4 one (RFC 4291 2.5.5)."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
