"""The line between a `web` process and a switch on another machine: addresses, secret, TLS.

Both ends use this, and neither knows the other. Whoever opens the line proves that it knows the
shared secret, and so does whoever answers, before either says anything else: HMAC-SHA256 (RFC 2104)
over a fresh challenge of each side, with the side's name in it, so that no proof can be sent back
or used again. The proof is no encryption: without TLS the line is for loopback and private networks
that belong to the centre alone.
"""

import hashlib
import hmac
import ipaddress
import socket
import ssl
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

SECRET_CHARS_MIN: Final = 32
"""Shortest secret: `openssl rand -hex 32` writes 64."""

SECRET_BYTES_MAX: Final = 4_096
"""Longest file of a secret, in bytes; more is some other file."""

CHALLENGE_CHARS: Final = 64
"""32 random bytes in hexadecimal: never the same twice."""

PROOF_LINE_BYTES_MAX: Final = 1_024
"""Longest line before both sides are proved, in bytes; ours have less than 200."""

PROOF_S: Final = 5.0
"""Longest time until both sides are proved, seconds, TLS included."""

DEAD_AFTER_MS: Final = 3_000
"""What was sent and not acknowledged for so long (TCP_USER_TIMEOUT, RFC 5482), milliseconds: the
other machine is dead, and clicks must not wait for it."""

PROBE_S: Final = 1
"""Between two probes of a line on which nothing is said, seconds."""

PRIVATE_NETWORKS: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)
"""Where a line without TLS may be (RFC 1918, RFC 4193)."""

_PORT_MAX: Final = 65_535

Side = Literal["switch", "web"]


class LineError(Exception):
    """A line that cannot be; the text says why."""


class LineTls(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """TLS of the line. A switch that listens needs certificate and key; who opens a line needs
    `ca_file`: the authorities, or the single certificates, that the switch's is checked by.
    """

    certificate_file: str = ""
    key_file: str = ""
    ca_file: str = ""


class LineAddress(Struct, frozen=True):
    """An IP address and a TCP port."""

    host: str
    port: int

    @property
    def is_private(self) -> bool:
        """Whether that is a loopback or private network."""
        address = ipaddress.ip_address(self.host)
        return any(address in network for network in PRIVATE_NETWORKS)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class OtherSwitch(Struct, frozen=True, kw_only=True):
    """A switch on another machine, for who opens a line to it. Without `ca_file` it is plain."""

    address: LineAddress
    secret_file: str
    ca_file: str = ""


def address_of(text: str) -> LineAddress:
    """`192.0.2.1:5070` or `[2001:db8::1]:5070`. Raises `LineError`."""
    host, _, port = text.rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    bare = host[1:-1] if is_bracketed else host
    try:
        ip_version = ipaddress.ip_address(bare).version
    except ValueError:
        raise LineError(f"{text!r} is no IP address and port") from None
    is_number = port.isascii() and port.isdigit() and len(port) <= len(str(_PORT_MAX))
    if is_bracketed != (ip_version == 6) or not is_number or not 0 < int(port) <= _PORT_MAX:
        raise LineError(f"{text!r} is no IP address and port")
    return LineAddress(bare, int(port))


def read_secret(path: str) -> bytes:
    """The first line of the file. Raises `LineError`."""
    try:
        with Path(path).open("rb") as opened:
            lines = opened.read(SECRET_BYTES_MAX).splitlines()
    except OSError as error:
        raise LineError(f"{path}: {error.strerror}") from None
    secret = lines[0].strip() if lines else b""
    if len(secret) < SECRET_CHARS_MIN:
        raise LineError(f"{path}: its first line has less than {SECRET_CHARS_MIN} characters")
    return secret


def proof(secret: bytes, side: Side, own: str, others: str) -> str:
    """What that side sends: only who knows the secret can, and only for these two challenges."""
    words = f"kentongan switch line 1|{side}|{own}|{others}".encode()
    return hmac.new(secret, words, hashlib.sha256).hexdigest()


def is_proof(said: str, secret: bytes, side: Side, own: str, others: str) -> bool:
    """Whether that is the side's proof; takes the same time whatever was said."""
    expected = proof(secret, side, own, others)
    return hmac.compare_digest(said.encode(), expected.encode())


def notice_death(line: socket.socket) -> None:
    """Let a line end soon after the other machine lost its power, which says no goodbye."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PROBE_S)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBE_S)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER_MS)


def server_context(files: LineTls) -> ssl.SSLContext | None:
    """For a switch that listens; None without a certificate. Raises `OSError`."""
    if not files.certificate_file:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.certificate_file, files.key_file, password="")
    return context


def client_context(ca_file: str) -> ssl.SSLContext | None:
    """For who opens a line; the certificate must name the address. Raises `OSError`."""
    if not ca_file:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a single certificate may be named
    context.load_verify_locations(ca_file)
    return context
