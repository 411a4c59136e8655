"""A browser's transport: ICE-lite, DTLS and SRTP for one leg, without sockets or timers.

Answers connectivity checks and chooses no paths of its own (RFC 8445, section 2.5); the browser
nominates. A source counts only after it has proved the password of the signalling. Sockets belong
to `web_port`, audio to `legs`.
"""

from collections.abc import Callable
from typing import Final

from kentongan.media import stun
from kentongan.media.dtls import DtlsAssociation, DtlsState, Identity

Address = tuple[str, int]

PROVED_SOURCES_MAX: Final = 8  # a browser's network interfaces; more replace the oldest


class WebTransport:
    """One peer connection, as the controlled and lite side."""

    def __init__(
        self,
        identity: Identity,
        *,
        fragment: str,
        password: str,
        peer_fragment: str,
        peer_fingerprint: str,
        send: Callable[[bytes, Address], object],
    ) -> None:
        self.fragment = fragment
        self.password = password
        self.remote: Address | None = None
        self.sources: dict[Address, None] = {}
        self._username = f"{fragment}:{peer_fragment}"
        self._send = send
        self._dtls = DtlsAssociation(identity, peer_fingerprint, self._send_to_remote)

    @property
    def state(self) -> DtlsState:
        """Where the association stands."""
        return self._dtls.state

    def check(self, message: stun.StunMessage, source: Address) -> bool:
        """Answer a connectivity check; whether its sender proved the password."""
        if message.type != stun.MessageType.BINDING_REQUEST or message.username != self._username:
            return False
        if not stun.is_proved(message, self.password):
            return False
        self.sources.pop(source, None)
        self.sources[source] = None
        self._send(stun.binding_success(message, source, self.password), source)
        if stun.Attribute.USE_CANDIDATE in message.attributes or self.remote is None:
            self.remote = source
        return True

    def forget_oldest(self) -> Address | None:
        """Drop one source beyond the limit, never the one in use."""
        if len(self.sources) <= PROVED_SOURCES_MAX:
            return None
        oldest = next(source for source in self.sources if source != self.remote)
        del self.sources[oldest]
        return oldest

    def handshake(self, datagram: bytes) -> None:
        """Take in a DTLS datagram of a proved source."""
        self._dtls.receive(datagram)

    def retransmit(self) -> None:
        """Help a handshake whose packets were lost; call about each 240 ms."""
        if self.remote is not None:
            self._dtls.retransmit()

    def unprotect(self, datagram: bytes) -> bytes | None:
        """The RTP packet in an SRTP datagram; none before the handshake or if it is forged."""
        srtp = self._dtls.srtp
        return srtp.unprotect(datagram) if srtp and self.is_open else None

    def send_rtp(self, packet: bytes) -> bool:
        """Encrypt and send; whether there was a connection to send on."""
        srtp = self._dtls.srtp
        if srtp is None or not self.is_open or self.remote is None:
            return False
        self._send(srtp.protect(packet), self.remote)
        return True

    @property
    def is_open(self) -> bool:
        """Whether audio flows."""
        return self._dtls.state is DtlsState.CONNECTED

    def close(self) -> None:
        """Say farewell, if anybody is there."""
        if self.remote is not None:
            self._dtls.close()

    def _send_to_remote(self, datagram: bytes) -> None:
        if self.remote is not None:
            self._send(datagram, self.remote)
