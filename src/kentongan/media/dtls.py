"""DTLS over somebody else's datagrams: our certificate, one handshake, the keys for SRTP.

OpenSSL does the cryptography through memory buffers; no socket and no timer lives here. Datagrams
go in by `receive`, come out by `send`, and `retransmit` must be called about each 240 ms while
connecting (RFC 9147, RFC 5764). The peer's certificate is checked against the fingerprint of its
SDP.
"""

import datetime as dt
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from kentongan.media.srtp import EXPORTER_LABEL, PROFILE_LIST, SrtpSession, profile_named

DATAGRAM_BYTES_MAX: Final = (
    1200  # below any path's limit, so that no handshake is split by a router
)
RETRANSMIT_S: Final = 0.24
RECORD_HEADER_BYTES: Final = 13
CERTIFICATE_DAYS: Final = 365  # a process is restarted long before
CIPHERS: Final = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
    b"ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA"
)


class DtlsState(StrEnum):
    """Where the association stands."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    CLOSED = "closed"


class Identity:
    """A key and a self-signed certificate, made anew for each process."""

    def __init__(self, now: dt.datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _self_signed(key, now)
        self.fingerprint: Final = fingerprint(certificate)
        self._context: Final = SSL.Context(SSL.DTLS_METHOD)
        required = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
        self._context.set_verify(required, _judged_by_fingerprint)
        self._context.use_certificate(certificate)
        self._context.use_privatekey(key)
        self._context.set_cipher_list(CIPHERS)
        self._context.set_tlsext_use_srtp(PROFILE_LIST)

    def connection(self, *, is_server: bool) -> SSL.Connection:
        """A fresh association through memory."""
        connection = SSL.Connection(self._context, None)
        if is_server:
            connection.set_accept_state()
        else:
            connection.set_connect_state()
        connection.set_ciphertext_mtu(DATAGRAM_BYTES_MAX)
        return connection


class DtlsAssociation:
    """One handshake with one peer."""

    def __init__(
        self,
        identity: Identity,
        peer_fingerprint: str,
        send: Callable[[bytes], None],
        *,
        is_server: bool = True,
    ) -> None:
        self.state = DtlsState.CONNECTING
        self.srtp: SrtpSession | None = None
        self._is_server = is_server
        self._peer_fingerprint = peer_fingerprint
        self._send = send
        self._connection = identity.connection(is_server=is_server)

    def start(self) -> None:
        """Say the first word, if it is ours to say."""
        self._handshake()
        self._flush()

    def receive(self, datagram: bytes) -> None:
        """Take a datagram in; `state` tells what came of it."""
        if self.state in (DtlsState.FAILED, DtlsState.CLOSED):
            return
        self._connection.bio_write(datagram)
        if self.state is DtlsState.CONNECTING:
            self._handshake()
        else:
            self._read()
        self._flush()

    def retransmit(self) -> None:
        """Send again what may have been lost."""
        if self.state is DtlsState.CONNECTING:
            try:
                self._connection.DTLSv1_handle_timeout()
            except SSL.Error:
                self.state = DtlsState.FAILED
                return
            self._flush()

    def close(self) -> None:
        """Tell the peer that this was all."""
        if self.state is DtlsState.CONNECTED:
            try:
                self._connection.shutdown()
            except SSL.Error:
                self.state = DtlsState.FAILED
                return
            self._flush()
        self.state = DtlsState.CLOSED

    def _handshake(self) -> None:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error:
            self.state = DtlsState.FAILED
            return
        self.srtp = self._keyed()
        self.state = DtlsState.CONNECTED if self.srtp else DtlsState.FAILED

    def _keyed(self) -> SrtpSession | None:
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        if certificate is None or fingerprint(certificate) != self._peer_fingerprint:
            return None
        profile = profile_named(self._connection.get_selected_srtp_profile())
        if profile is None:
            return None
        material = self._connection.export_keying_material(EXPORTER_LABEL, profile.material_bytes)
        return SrtpSession.of_handshake(profile, material, is_dtls_server=self._is_server)

    def _read(self) -> None:
        """After the handshake only a farewell is expected; anything else is ignored."""
        try:
            self._connection.recv(DATAGRAM_BYTES_MAX)
        except SSL.ZeroReturnError:
            self.state = DtlsState.CLOSED
        except SSL.Error:
            return

    def _flush(self) -> None:
        while True:
            try:
                records = self._connection.bio_read(16 * DATAGRAM_BYTES_MAX)
            except SSL.WantReadError:
                return
            for datagram in datagrams(records):
                self._send(datagram)


def datagrams(records: bytes) -> list[bytes]:
    """DTLS records packed into datagrams at their borders (RFC 6347, section 4.1)."""
    packed: list[bytes] = []
    start = position = 0
    while position + RECORD_HEADER_BYTES <= len(records):
        length = RECORD_HEADER_BYTES + int.from_bytes(records[position + 11 : position + 13])
        if position > start and position + length - start > DATAGRAM_BYTES_MAX:
            packed.append(records[start:position])
            start = position
        position += length
    if start < len(records):
        packed.append(records[start:])
    return packed


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate as SDP writes it (RFC 8122, section 5)."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _judged_by_fingerprint(*_: object) -> bool:
    """Chains mean nothing here: after the handshake the fingerprint of the SDP decides."""
    return True


def _self_signed(key: ec.EllipticCurvePrivateKey, now: dt.datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kentongan")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=CERTIFICATE_DAYS))
        .sign(key, hashes.SHA256())
    )
