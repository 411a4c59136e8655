"""Connections we open believe the system's authorities where the settings name none."""

import ssl

from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.settings import TlsFiles
from kentongan.edge.switch.tls import Certificates


def test_the_systems_authorities_are_there_when_a_connection_is_opened() -> None:
    """As many as Python's own default context has, however often it is asked for."""
    certificates = Certificates(TlsFiles(), Notices())
    expected = ssl.create_default_context().cert_store_stats()
    for _ in range(2):
        assert certificates.client is not None
        assert certificates.client.cert_store_stats() == expected
        assert certificates.client.verify_mode is ssl.CERT_REQUIRED
