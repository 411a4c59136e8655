"""Certificates for tests: an authority, and what it signs, with any names and any dates."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kentongan.edge.switch.settings import TlsFiles

SLACK = timedelta(minutes=5)
"""What a certificate is valid beyond its days, so that it does not end within a test."""


def name_of(text: str) -> x509.GeneralName:
    """A DNS name, an address, or a SIP URI, as a subject alternative name."""
    if text.startswith("sip:"):
        return x509.UniformResourceIdentifier(text)
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.ca_file = folder / f"{name}.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._builder(self._name, self._key, days=3650, begins_days=-2)
        certificate = certificate.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        self.ca_file.write_bytes(_pem(certificate.sign(self._key, hashes.SHA256())))

    def sign(
        self, file: str, *names: str, days: float = 365, begins_days: int = -1
    ) -> tuple[Path, Path]:
        """A certificate that ends in so many days; its file and that of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, file)])
        builder = self._builder(subject, key, days=days, begins_days=begins_days)
        if names:
            shown = x509.SubjectAlternativeName([name_of(name) for name in names])
            builder = builder.add_extension(shown, critical=False)
        certificate_file, key_file = self.folder / f"{file}.pem", self.folder / f"{file}.key"
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        certificate_file.write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))
        return certificate_file, key_file

    def files(self, file: str, *names: str, days: int = 365, begins_days: int = -1) -> TlsFiles:
        """The same as settings, this authority being the one that is believed."""
        certificate, key = self.sign(file, *names, days=days, begins_days=begins_days)
        return TlsFiles(
            certificate_file=str(certificate), key_file=str(key), ca_file=str(self.ca_file)
        )

    def client(self, certificate: tuple[Path, Path] | None = None) -> ssl.SSLContext:
        """The TLS side of a peer that calls us."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        context.check_hostname = False
        if certificate is not None:
            context.load_cert_chain(*certificate)
        return context

    def server(self, certificate: tuple[Path, Path]) -> ssl.SSLContext:
        """The TLS side of a peer that is called."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        return context

    def _builder(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        days: float,
        begins_days: int,
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=begins_days))
            .not_valid_after(now + timedelta(days=days) + SLACK)
        )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
