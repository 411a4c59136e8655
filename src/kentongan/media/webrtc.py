"""A browser's transport: ICE-lite, DTLS and SRTP for one leg, without sockets or timers.

Answers connectivity checks and chooses no paths of its own (RFC 8445, section 2.5); the browser
nominates. A source counts only after it has proved the password of the signalling. When a desk
changes its network, the page offers again with another fragment (an ICE restart): audio stays on
the old path until a source that knows the new password is nominated, and DTLS knows nothing of it.
Sockets belong to `web_port`, audio to `web_leg`.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from kentongan.media import stun
from kentongan.media.dtls import DtlsAssociation, DtlsState, Identity
from kentongan.media.latch import Address

PROVED_SOURCES_MAX: Final = 8  # a browser's network interfaces; more replace the oldest
MOVED_S: Final = 1.0
"""Voice from another proved source and none from the chosen one for so long: the browser's NAT has
given it another port, and it does not know (RFC 8445 leaves this to consent checks)."""


class Credentials(Struct, frozen=True):
    """One round of ICE: our fragment and password, and the peer's fragment."""

    fragment: str
    password: str
    peer_fragment: str

    @property
    def username(self) -> str:
        """As the peer's checks must write it."""
        return f"{self.fragment}:{self.peer_fragment}"


class WebTransport:
    """One peer connection, as the controlled and lite side."""

    def __init__(
        self,
        identity: Identity,
        *,
        credentials: Credentials,
        peer_fingerprint: str,
        send: Callable[[bytes, Address], object],
    ) -> None:
        self.peer_fingerprint: Final = peer_fingerprint
        self.remote: Address | None = None
        self.sources: dict[Address, None] = {}
        self._current = credentials
        self._next: Credentials | None = None  # of a restart whose path is not nominated yet
        self._send = send
        self._voice_at = 0.0  # when the chosen source was last heard, monotonic
        self._dtls = DtlsAssociation(identity, peer_fingerprint, self._send_to_remote)

    @property
    def state(self) -> DtlsState:
        """Where the association stands."""
        return self._dtls.state

    @property
    def is_open(self) -> bool:
        """Whether audio flows."""
        return self._dtls.state is DtlsState.CONNECTED

    @property
    def credentials(self) -> Credentials:
        """The newest: what an answer must say."""
        return self._next or self._current

    @property
    def fragments(self) -> tuple[str, ...]:
        """By which checks of this leg are known now."""
        return tuple(each.fragment for each in (self._current, self._next) if each is not None)

    def restart(self, credentials: Credentials) -> None:
        """The page offered again: checks with these count too, and replace the old ones when one
        of them nominates.
        """
        self._next = credentials

    def check(self, message: stun.StunMessage, source: Address) -> bool:
        """Answer a connectivity check; whether its sender proved a password."""
        if message.type != stun.MessageType.BINDING_REQUEST:
            return False
        known = self._credentials_of(message.username)
        if known is None or not stun.is_proved(message, known.password):
            return False
        self.sources.pop(source, None)
        self.sources[source] = None
        self._send(stun.binding_success(message, source, known.password), source)
        if stun.Attribute.USE_CANDIDATE in message.attributes:
            if known is self._next:
                self._current, self._next = known, None
            self.remote = source
        elif self.remote is None:
            self.remote = source
        return True

    def forget_oldest(self) -> Address | None:
        """Drop one source beyond the limit, never the one in use."""
        if len(self.sources) <= PROVED_SOURCES_MAX:
            return None
        oldest = next(source for source in self.sources if source != self.remote)
        del self.sources[oldest]
        return oldest

    def note_voice(self, source: Address, now: float) -> None:
        """A voice packet that proved its keys came from there; audio follows it if need be."""
        if source == self.remote:
            self._voice_at = now
        elif now - self._voice_at > MOVED_S:
            self.remote, self._voice_at = source, now

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

    def unprotect_rtcp(self, datagram: bytes) -> bytes | None:
        """The RTCP compound in an SRTCP datagram; none likewise."""
        srtp = self._dtls.srtp
        return srtp.unprotect_rtcp(datagram) if srtp and self.is_open else None

    def send_rtp(self, packet: bytes) -> bool:
        """Encrypt and send; whether there was a connection to send on."""
        srtp = self._dtls.srtp
        if srtp is None or not self.is_open or self.remote is None:
            return False
        self._send(srtp.protect(packet), self.remote)
        return True

    def send_rtcp(self, compound: bytes) -> bool:
        """As above, for RTCP."""
        srtp = self._dtls.srtp
        if srtp is None or not self.is_open or self.remote is None:
            return False
        self._send(srtp.protect_rtcp(compound), self.remote)
        return True

    def close(self) -> None:
        """Say farewell, if anybody is there."""
        if self.remote is not None:
            self._dtls.close()

    def _credentials_of(self, username: str) -> Credentials | None:
        if self._next is not None and username == self._next.username:
            return self._next
        return self._current if username == self._current.username else None

    def _send_to_remote(self, datagram: bytes) -> None:
        if self.remote is not None:
            self._send(datagram, self.remote)
