"""Handshakes through memory, keys, and SRTP over the wrap of its numbers."""

import datetime as dt
import struct
import time
from collections import deque

from kentongan.media.dtls import DATAGRAM_BYTES_MAX, DtlsAssociation, DtlsState, Identity
from kentongan.media.srtp import PROFILES, SrtpSession

NOW = dt.datetime.now(dt.UTC)
SERVER, CLIENT = Identity(NOW), Identity(NOW)


class Pair:
    """Server and client with a wire between them; `loses` drops datagrams by their index."""

    def __init__(self, client_fingerprint: str = CLIENT.fingerprint) -> None:
        self.to_server: deque[bytes] = deque()
        self.to_client: deque[bytes] = deque()
        self.server = DtlsAssociation(SERVER, client_fingerprint, self.to_client.append)
        self.client = DtlsAssociation(
            CLIENT, SERVER.fingerprint, self.to_server.append, is_server=False
        )

    def run(self) -> None:
        self.client.start()
        while self.to_server or self.to_client:
            if self.to_server:
                self.server.receive(self.to_server.popleft())
            if self.to_client:
                datagram = self.to_client.popleft()
                assert len(datagram) <= DATAGRAM_BYTES_MAX
                self.client.receive(datagram)


def rtp(sequence: int) -> bytes:
    """A voice packet."""
    return struct.pack("!BBHII", 0x80, 8, sequence & 0xFFFF, sequence * 160, 7) + bytes(160)


def test_both_sides_come_to_the_same_keys() -> None:
    """After the handshake each side reads what the other protects, and nothing else."""
    pair = Pair()
    pair.run()
    assert pair.server.state is pair.client.state is DtlsState.CONNECTED
    server, client = pair.server.srtp, pair.client.srtp
    assert server is not None
    assert client is not None
    assert client.unprotect(server.protect(rtp(1))) == rtp(1)
    assert server.unprotect(client.protect(rtp(1))) == rtp(1)
    assert server.unprotect(server.protect(rtp(2))) is None


def test_a_lost_flight_is_sent_again() -> None:
    """Our first answer is lost on the way: `retransmit` repeats it, and the handshake completes."""
    pair = Pair()
    pair.client.start()
    pair.server.receive(pair.to_server.popleft())
    pair.to_client.clear()
    deadline = time.monotonic() + 5
    while not pair.to_client and time.monotonic() < deadline:  # OpenSSL's own timer, about 1 s
        pair.server.retransmit()
        time.sleep(0.01)
    pair.run()
    assert pair.server.state is pair.client.state is DtlsState.CONNECTED


def test_a_stranger_certificate_fails() -> None:
    """A peer whose certificate is not the one of the signalling gets no audio."""
    pair = Pair(client_fingerprint=SERVER.fingerprint)
    pair.run()
    assert pair.server.state is DtlsState.FAILED
    assert pair.server.srtp is None


def test_a_farewell_closes() -> None:
    """When the browser closes, we know at once."""
    pair = Pair()
    pair.run()
    pair.client.close()
    pair.server.receive(pair.to_server.popleft())
    assert pair.server.state is DtlsState.CLOSED


def test_garbage_does_not_break_a_handshake() -> None:
    """Random datagrams before and after leave the association able to connect."""
    pair = Pair()
    pair.server.receive(b"\x16" + bytes(40))
    pair.server.receive(b"\x17\xfe\xfd" + bytes(20))
    pair.run()
    pair.server.receive(b"\x17\xfe\xfd" + bytes(20))
    assert pair.server.state is DtlsState.CONNECTED


def test_srtp_over_two_wraps() -> None:
    """140,000 packets, so the 16-bit sequence number wraps twice: each is read."""
    for profile in PROFILES:
        material = bytes(range(profile.material_bytes))
        ours = SrtpSession.of_handshake(profile, material, is_dtls_server=True)
        theirs = SrtpSession.of_handshake(profile, material, is_dtls_server=False)
        for sequence in range(60_000, 200_000):
            packet = struct.pack("!BBHII", 0x80, 8, sequence & 0xFFFF, 0, 7) + b"voice"
            assert theirs.unprotect(ours.protect(packet)) == packet


def test_replays_and_forgeries_give_nothing() -> None:
    """A packet heard twice, cut short or changed is not played."""
    profile = PROFILES[0]
    material = bytes(range(profile.material_bytes))
    ours = SrtpSession.of_handshake(profile, material, is_dtls_server=True)
    theirs = SrtpSession.of_handshake(profile, material, is_dtls_server=False)
    packet = ours.protect(rtp(1))
    assert theirs.unprotect(packet[:-1]) is None
    assert theirs.unprotect(packet[:20] + b"x" + packet[21:]) is None
    assert theirs.unprotect(packet) == rtp(1)
    assert theirs.unprotect(packet) is None
    assert theirs.unprotect(b"") is None
    assert theirs.unprotect(bytes(4000)) is None
