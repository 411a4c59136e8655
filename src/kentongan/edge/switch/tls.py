"""Certificates of SIP over TLS: ours from files, peers' as they show them, and why TLS fails.

Our files are read again when they change, so a renewed certificate needs no restart; files that
cannot be read leave the last good ones in use, with an alarm. A peer's certificate is checked by
our authorities; its names are compared as RFC 5922 wants it: DNS names, SIP URIs and addresses of
the subject alternative name, exactly, without wildcards.
"""

import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec import Struct

from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.settings import TlsFiles

WARN_DAYS = 14
"""Before our certificate runs out: two working weeks to get another one."""

NAMES_MAX = 100
"""Names of one certificate that are looked at; certificates of content networks have hundreds."""

_EXPIRED, _EARLY = 10, 9
_STRANGE_ISSUERS = frozenset({2, 18, 19, 20, 21, 27})
"""Verification codes of OpenSSL (x509_vfy.h): X509_V_ERR_CERT_HAS_EXPIRED and its neighbours."""


class CertificateState(Struct, frozen=True, kw_only=True):
    """Our certificate, for health. `state` other than "none" and "well" is an alarm."""

    state: str
    names: tuple[str, ...] = ()
    not_after: datetime | None = None
    days_left: int | None = None
    reason: str = ""


class Certificates:
    """Our certificate and the authorities we believe."""

    def __init__(self, files: TlsFiles, notices: Notices) -> None:
        self._files = files
        self._notices = notices
        self._stamps: tuple[object, ...] | None = None  # nothing was read yet
        self._fault = ""
        self._own: x509.Certificate | None = None
        self.server: ssl.SSLContext | None = None
        """For connections that come in; None while there is no readable certificate."""
        self.asking: ssl.SSLContext | None = None
        """The same, asking the peer for its certificate and refusing a bad one."""
        self._client: ssl.SSLContext | None = None
        self._trusts_system = False  # whether the system's authorities are in there already
        self.look()

    @property
    def client(self) -> ssl.SSLContext | None:
        """For connections we open; every peer's certificate is checked.

        The system's authorities are read when the first such connection is opened: that takes 50 ms
        of processor, which a switch that has just died cannot spare.
        """
        if self._client is not None and not self._files.ca_file and not self._trusts_system:
            self._client.load_default_certs()
            self._trusts_system = True
        return self._client

    def look(self) -> None:
        """Read the files again if one of them has changed; say it when an end comes near."""
        self._read_changed()
        now = now_utc()
        found = self.state(now)
        if found.state not in {"none", "well", "unreadable"}:
            self._notices.say(f"certificate_{found.state}", "our certificate", until(found, now))

    def _read_changed(self) -> None:
        stamps = tuple(_stamp(path) for path in _paths(self._files))
        if stamps == self._stamps:
            return
        is_first = self._stamps is None
        self._stamps = stamps
        try:
            self._read()
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            self._fault = str(error)
            self._notices.say("certificate_unreadable", "our certificate", self._fault)
            return
        self._fault = ""
        if not is_first:
            self._notices.say("certificate_reloaded", "our certificate", self._told())

    def state(self, now: datetime) -> CertificateState:
        """How it is with our certificate."""
        if not self._files.certificate_file:
            return CertificateState(state="none")
        if self._own is None:
            return CertificateState(state="unreadable", reason=self._fault)
        left = self._own.not_valid_after_utc - now
        if self._fault:
            state = "unreadable"
        elif left.total_seconds() <= 0:
            state = "expired"
        elif now < self._own.not_valid_before_utc:
            state = "not_yet_valid"
        else:
            state = "soon" if left.days < WARN_DAYS else "well"
        return CertificateState(
            state=state,
            names=names_in(self._own),
            not_after=self._own.not_valid_after_utc,
            days_left=left.days,
            reason=self._fault,
        )

    def _read(self) -> None:
        """Everything anew, or nothing: a half-written pair changes nothing."""
        files = self._files
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False  # names are compared by `may_be`, SIP's way
        _trust(client, files.ca_file)
        server, asking, own = None, None, None
        if files.certificate_file:
            server, asking = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2))
            asking.verify_mode = ssl.CERT_OPTIONAL
            _trust(asking, files.ca_file)
            server.minimum_version = asking.minimum_version
            for context in (server, asking, client):
                context.load_cert_chain(files.certificate_file, files.key_file, password="")
            own = x509.load_pem_x509_certificate(Path(files.certificate_file).read_bytes())
        self._client, self.server, self.asking, self._own = client, server, asking, own
        self._trusts_system = False

    def _told(self) -> str:
        if self._own is None:
            return "read again"
        return f"read again, valid until {self._own.not_valid_after_utc:%Y-%m-%d}"


def until(found: CertificateState, now: datetime) -> str:
    """How long it is valid, or since when it is not: for the log."""
    if found.not_after is None:
        return ""
    end = f"{found.not_after:%Y-%m-%d %H:%M} UTC"
    ago = (now - found.not_after).days
    if found.state == "expired":
        days = f"{ago} days" if ago > 1 else "1 day" if ago else "less than a day"
        return f"ended {days} ago, {end}"
    return f"valid until {end}, {found.days_left} days left"


def _trust(context: ssl.SSLContext, ca_file: str) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a single certificate may be named
    if ca_file:
        context.load_verify_locations(ca_file)


def _paths(files: TlsFiles) -> tuple[str, ...]:
    return tuple(p for p in (files.certificate_file, files.key_file, files.ca_file) if p)


def _stamp(path: str) -> object:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class PeerCertificate(Struct, frozen=True, kw_only=True):
    """What a peer showed, checked by our authorities already."""

    names: tuple[str, ...]
    not_after: datetime | None = None


def shown_by(connection: ssl.SSLObject | None) -> PeerCertificate | None:
    """The certificate of the other end of a TLS connection; None where it showed none."""
    octets = None if connection is None else connection.getpeercert(binary_form=True)
    if not octets:
        return None
    try:
        certificate = x509.load_der_x509_certificate(octets)
        return PeerCertificate(
            names=names_in(certificate), not_after=certificate.not_valid_after_utc
        )
    except ValueError:  # OpenSSL took it; its names are another library's reading
        return PeerCertificate(names=())


def names_in(certificate: x509.Certificate) -> tuple[str, ...]:
    """Its names in small letters; the subject's common name only where nothing else is there."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return tuple(str(one.value).lower() for one in common)[:NAMES_MAX]
    found: list[str] = []
    for name in extension.value:
        value: object = name.value
        if isinstance(name, x509.UniformResourceIdentifier):
            scheme, _, rest = str(value).lower().partition(":")
            found += [rest] if scheme in {"sip", "sips"} and "@" not in rest else []
        elif isinstance(name, (x509.DNSName, x509.IPAddress)):
            found.append(str(value).lower())
    return tuple(dict.fromkeys(found))[:NAMES_MAX]


def now_utc() -> datetime:
    """The wall clock, which certificates are dated by."""
    return datetime.now(UTC)


class OtherNameError(OSError):
    """A certificate that is good, and somebody else's."""


def cause_of(error: BaseException) -> str:
    """Why a connection failed, as a short key for health and log."""
    match error:
        case ssl.SSLCertVerificationError(verify_code=code):
            if code == _EXPIRED:
                return "peer_certificate_expired"
            if code == _EARLY:
                return "peer_certificate_not_yet_valid"
            known = code in _STRANGE_ISSUERS
            return "peer_certificate_unknown_authority" if known else "peer_certificate_refused"
        case OtherNameError():
            return "peer_certificate_other_name"
        case ssl.SSLError():
            return _cause_of_tls(error)
        case TimeoutError():
            return "too_slow"
        case ConnectionRefusedError():
            return "connection_refused"
        case ConnectionError():
            return "too_slow" if "handshake" in str(error) else "connection_lost"
        case _:
            return "unreachable"


def reason_of(error: BaseException) -> str:
    """What it says of itself; some errors of a connection that ends say nothing."""
    if text := str(error):
        return text
    if isinstance(error, TimeoutError):
        return "no answer in time"
    is_end = isinstance(error, ConnectionError | EOFError)
    return "the peer closed the connection" if is_end else type(error).__name__


def _cause_of_tls(error: ssl.SSLError) -> str:
    """Alerts of the peer are about our certificate; the rest is no TLS, or not ours."""
    reason = (error.reason or "").upper()
    if "ALERT" not in reason:
        return "no_tls"
    if "EXPIRED" in reason:
        return "our_certificate_expired"
    if "UNKNOWN_CA" in reason or "CERTIFICATE" in reason:
        return "our_certificate_refused"
    return "tls_refused"
