"""SIP over TLS: who is believed, what a bad certificate or garbage leads to, and renewal."""

import asyncio
import logging
import os
import shutil
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from trunk_certificates import Authority
from trunk_line import HOST, LOCAL, Line, Peer, log_of, play, request, until

from kentongan.edge.switch import connections, handshakes
from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.settings import TlsFiles
from kentongan.edge.switch.tls import Certificates
from kentongan.edge.switch.tls import until as until_end
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip import events
from kentongan.sip.address import Address, Outgoing, Transport

CARRIER = Trunk(
    key="carrier",
    transport="tls",
    networks=("127.0.0.0/8",),
    certificate_names=("sbc.carrier.example",),
)
ANYWHERE = Trunk(key="roaming", transport="tls", certificate_names=("pbx.example",))


@pytest.fixture(scope="module", name="authority")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module", name="ours")
def _ours(authority: Authority) -> TlsFiles:
    return authority.files("centre", "112.example", HOST)


async def _status(line: Line, context: ssl.SSLContext) -> int:
    peer = await Peer.open(line.tls_port, context=context)
    peer.send(request(transport="TLS"))
    status = await peer.status()
    peer.close()
    return status


def test_a_trunk_known_by_address_needs_no_certificate(
    authority: Authority, ours: TlsFiles
) -> None:
    """And its call says that it came by TLS."""

    async def scenario(line: Line) -> None:
        peer = await Peer.open(line.tls_port, context=authority.client())
        peer.send(b"\r\n\r\n" + request("INVITE", transport="TLS"))
        assert await peer.reader.readexactly(2) == b"\r\n"
        await until(lambda: line.invites)
        invite = line.invites[0]
        assert invite.transport is Transport.TLS
        assert line.gate.find(invite.source, invite.transport) is LOCAL

    play(Line(tls=ours), scenario)


def test_a_trunk_known_by_certificate_may_call_from_anywhere(
    authority: Authority, ours: TlsFiles
) -> None:
    """Its name is its identity: from the same host, another name or none is a stranger."""
    good = authority.sign("pbx", "sip:pbx.example", "other.example")
    other = authority.sign("scanner", "scanner.example")

    async def scenario(line: Line) -> None:
        for context in (authority.client(other), authority.client()):
            assert await _status(line, context) == 403
        peer = await Peer.open(line.tls_port, context=authority.client(good))
        peer.send(request("INVITE", transport="TLS"))
        await until(lambda: line.invites)
        source = line.invites[0].source
        assert line.gate.find(source, Transport.TLS) is ANYWHERE
        assert "roaming" in line.sockets.connections.peer_certificates
        peer.close()
        await until(lambda: line.gate.find(source, Transport.TLS) is None)

    play(Line(ANYWHERE, tls=ours), scenario)


def test_address_and_certificate_must_both_fit_where_both_are_set(
    authority: Authority, ours: TlsFiles
) -> None:
    """The right name from a strange address is a stranger, the right address without a name too."""
    good = authority.client(authority.sign("sbc", "sbc.carrier.example"))
    elsewhere = Trunk(
        key="elsewhere",
        transport="tls",
        networks=("10.0.0.0/8",),
        certificate_names=("sbc.carrier.example",),
    )

    async def scenario(line: Line) -> None:
        assert await _status(line, authority.client()) == 403
        assert await _status(line, good) == 200

    play(Line(CARRIER, tls=ours), scenario)

    async def refused(line: Line) -> None:
        assert await _status(line, good) == 403
        assert line.events == []

    play(Line(elsewhere, tls=ours), refused)


def test_a_tls_trunk_is_not_believed_over_udp(authority: Authority, ours: TlsFiles) -> None:
    """Or a forged datagram would be as good as a certificate."""
    del authority
    gate = Gate((CARRIER,))
    assert gate.find(Address(HOST, 5060), Transport.UDP) is None
    assert not gate.may_try(HOST, Transport.TCP)
    assert gate.may_try(HOST, Transport.TLS)
    assert Gate((LOCAL,)).find(Address(HOST, 5060), Transport.TLS) is LOCAL
    assert ours.certificate_file


@pytest.mark.parametrize(
    ("days", "begins", "cause"),
    [
        (-1, -10, "peer_certificate_expired"),
        (9, 5, "peer_certificate_not_yet_valid"),
    ],
)
def test_a_peers_bad_certificate_has_a_clear_end(
    authority: Authority,
    ours: TlsFiles,
    caplog: pytest.LogCaptureFixture,
    days: int,
    begins: int,
    cause: str,
) -> None:
    """Refused in the handshake, one line in the log, no trace; a good peer calls beside it."""
    bad = authority.sign(f"bad{days}", "sbc.carrier.example", days=days, begins_days=begins)
    good = authority.sign("sbc2", "sbc.carrier.example")

    async def scenario(line: Line) -> None:
        for _ in range(3):
            try:
                peer = await Peer.open(line.tls_port, context=authority.client(bad))
                assert await peer.answer() == b""  # TLS 1.3 tells its client after the fact
            except OSError:
                pass
        await until(lambda: line.notices.counts[cause] == 3)
        peer = await Peer.open(line.tls_port, context=authority.client(good))
        peer.send(request(transport="TLS"))
        assert await peer.status() == 200

    play(Line(CARRIER, tls=ours), scenario)
    said = log_of(caplog)
    assert len(said) == 1
    assert cause in said[0].getMessage()
    assert all(record.exc_info is None for record in caplog.records)


def test_a_certificate_of_another_authority_is_refused(
    authority: Authority, ours: TlsFiles, tmp_path: Path
) -> None:
    """Anybody can write a name on a certificate."""
    forged = Authority(tmp_path, "forger").sign("sbc", "sbc.carrier.example")

    async def scenario(line: Line) -> None:
        peer = await Peer.open(line.tls_port, context=authority.client(forged))
        assert await peer.answer() == b""
        await until(lambda: line.notices.counts["peer_certificate_unknown_authority"] == 1)

    play(Line(CARRIER, tls=ours), scenario)


def test_a_bad_certificate_nobody_asked_for_keeps_no_call_away(
    authority: Authority, ours: TlsFiles
) -> None:
    """A carrier known by its addresses is not asked, so its expired certificate does no harm."""
    bad = authority.sign("old", "sbc.carrier.example", days=-1, begins_days=-10)

    async def scenario(line: Line) -> None:
        peer = await Peer.open(line.tls_port, context=authority.client(bad))
        peer.send(request("INVITE", transport="TLS"))
        await until(lambda: line.invites)

    play(Line(LOCAL, tls=ours), scenario)


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\x00" * 600, request()]
)
def test_garbage_on_the_tls_port_disturbs_nobody(
    authority: Authority, ours: TlsFiles, caplog: pytest.LogCaptureFixture, garbage: bytes
) -> None:
    """HTTP, noise and SIP without TLS: closed, one line, and a call beside it goes on."""

    async def scenario(line: Line) -> None:
        call = await Peer.open(line.tls_port, context=authority.client())
        for _ in range(20):
            peer = await Peer.open(line.tls_port)
            peer.send(garbage)
            while await peer.reader.read(100):
                pass  # an alert, perhaps
        call.send(request(transport="TLS"))
        assert await call.status() == 200
        assert line.notices.counts == {"no_tls": 20}

    play(Line(tls=ours), scenario)
    assert [record.levelno for record in log_of(caplog)] == [logging.WARNING]


def test_half_a_handshake_is_given_up(
    authority: Authority, ours: TlsFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Peers that connect and say nothing are let go, and more than a few are not let in."""
    monkeypatch.setattr(connections, "HANDSHAKE_S_MAX", 0.3)
    monkeypatch.setattr(handshakes, "KNOWN_MAX", 3)

    async def scenario(line: Line) -> None:
        silent = [await Peer.open(line.tls_port) for _ in range(5)]
        await until(lambda: line.notices.counts["too_many_handshakes"] == 2)
        await until(lambda: line.notices.counts["too_slow"] == 3)
        assert [await one.answer() for one in silent] == [b""] * 5
        peer = await Peer.open(line.tls_port, context=authority.client())
        peer.send(request(transport="TLS"))
        assert await peer.status() == 200

    play(Line(tls=ours), scenario)


def test_a_renewed_certificate_is_used_without_a_restart(
    authority: Authority, tmp_path: Path
) -> None:
    """Open connections go on; a half-written pair changes nothing and is an alarm meanwhile."""
    files = Authority(tmp_path, "unused").files("centre", HOST, days=3)
    first = authority.files("first", HOST, days=10)
    shutil.copy(first.certificate_file, files.certificate_file)
    shutil.copy(first.key_file, files.key_file)

    async def scenario(line: Line) -> None:
        old = await Peer.open(line.tls_port, context=authority.client())
        assert line.certificates.state(datetime.now(UTC)).state == "soon"
        renewed = authority.files("renewed", HOST, days=300)
        shutil.copy(renewed.certificate_file, files.certificate_file)
        line.certificates.look()
        assert line.certificates.state(datetime.now(UTC)).state == "unreadable"
        peer = await Peer.open(line.tls_port, context=authority.client())
        assert _days(peer) == 10
        shutil.copy(renewed.key_file, files.key_file)
        line.certificates.look()
        assert line.certificates.state(datetime.now(UTC)).state == "well"
        peer = await Peer.open(line.tls_port, context=authority.client())
        assert _days(peer) == 300
        old.send(request(transport="TLS"))
        assert await old.status() == 200

    play(Line(tls=files), scenario)


def _days(peer: Peer) -> int:
    shown = peer.writer.get_extra_info("ssl_object").getpeercert()
    until_s = ssl.cert_time_to_seconds(shown["notAfter"])
    return round((until_s - datetime.now(UTC).timestamp()) / 86_400)


@pytest.mark.parametrize(
    ("days", "state", "left"),
    [(-1, "expired", -1), (13, "soon", 13), (14, "well", 14), (400, "well", 400)],
)
def test_health_counts_the_days_of_our_certificate(
    tmp_path: Path, days: int, state: str, left: int
) -> None:
    """Two weeks before its end it is an alarm; after that it is still shown to peers."""
    files = Authority(tmp_path).files("centre", "112.example", HOST, days=days, begins_days=-20)
    found = Certificates(files, Notices()).state(datetime.now(UTC))
    assert (found.state, found.days_left) == (state, left)
    assert found.names == ("112.example", HOST)
    told = until_end(found, datetime.now(UTC) + timedelta(hours=1))
    assert ("-1 day" in told, "days left" in told) == (False, state != "expired")
    assert told.startswith("ended 1 day ago, " if state == "expired" else "valid until ")


def test_missing_files_are_an_alarm_and_no_crash(tmp_path: Path) -> None:
    """Other transports work; TLS begins once the files are there."""
    files = TlsFiles(certificate_file=str(tmp_path / "c.pem"), key_file=str(tmp_path / "c.key"))
    notices = Notices()
    certificates = Certificates(files, notices)
    assert certificates.server is None
    assert certificates.state(datetime.now(UTC)).state == "unreadable"
    certificates.look()
    assert notices.counts == {"certificate_unreadable": 1}
    made = Authority(tmp_path).sign("c", HOST)
    os.utime(made[0])
    certificates.look()
    assert certificates.server is not None

    async def scenario(line: Line) -> None:
        peer = await Peer.open(line.tls_port)
        assert await peer.answer() == b""
        assert line.notices.counts["no_certificate_of_ours"] == 1
        plain = await Peer.open(line.port)
        plain.send(request())
        assert await plain.status() == 200

    missing = TlsFiles(certificate_file=str(tmp_path / "x.pem"), key_file=str(tmp_path / "x.key"))
    play(Line(tls=missing), scenario)


def test_a_key_with_a_passphrase_asks_nobody(tmp_path: Path) -> None:
    """A prompt on the terminal would hold up the start of the centre."""
    from cryptography.hazmat.primitives import serialization

    certificate, key_file = Authority(tmp_path).sign("c", HOST)
    key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    files = TlsFiles(certificate_file=str(certificate), key_file=str(key_file))
    found = Certificates(files, Notices())
    assert found.server is None


def test_we_call_a_trunk_over_tls_and_check_who_it_is(authority: Authority, ours: TlsFiles) -> None:
    """Its certificate must bear its host or one of its names; what it asks back is its own."""
    mine = Trunk(key="mine", transport="tls", host="127.0.0.9", certificate_names=("sbc.example",))

    async def serve(line: Line, *names: str, days: int = 90) -> tuple[int, list[bytes]]:
        heard: list[bytes] = []

        async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                heard.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(request("INVITE", transport="TLS", via="127.0.0.9:5061"))
                await reader.read()
            except (asyncio.IncompleteReadError, OSError):
                pass

        certificate = authority.sign("peer", *names, days=days, begins_days=-20)
        server = await asyncio.start_server(hear, "127.0.0.9", 0, ssl=authority.server(certificate))
        return server.sockets[0].getsockname()[1], heard

    async def scenario(line: Line) -> None:
        for names, days, cause in (
            (("other.example",), 90, "peer_certificate_other_name"),
            (("sbc.example",), -1, "peer_certificate_expired"),
        ):
            port, heard = await serve(line, *names, days=days)
            there = Address("127.0.0.9", port)
            line.sockets.send(Outgoing(request("BYE"), there, Transport.TLS))
            await until(lambda cause=cause: line.notices.counts[cause])
            assert heard == []
        port, heard = await serve(line, "sbc.example")
        line.sockets.send(Outgoing(request("BYE"), Address("127.0.0.9", port), Transport.TLS))
        await until(lambda: line.invites)
        assert heard[0].startswith(b"BYE ")
        invite = line.invites[0]
        assert line.gate.find(invite.source, invite.transport) is mine
        shown = line.sockets.connections.peer_certificates["mine"]
        assert shown.not_after is not None
        assert shown.not_after > datetime.now(UTC) + timedelta(days=89)

    play(Line(mine, tls=ours), scenario)


def test_our_bye_reaches_a_peer_that_listens_nowhere(authority: Authority, ours: TlsFiles) -> None:
    """Its Contact is a closed port: the BYE comes over the connection the call came on."""

    async def scenario(line: Line) -> None:
        peer = await Peer.open(line.tls_port, own="127.0.0.9", context=authority.client())
        peer.send(request("INVITE", transport="TLS", via="127.0.0.9:5099"))
        await until(lambda: line.invites)
        invite = line.invites[0]
        line.stack.respond(invite.request, 200, now=0.0, body=b"v=0\r\n")
        line.flush()
        while not (said := await peer.answer()).startswith(b"SIP/2.0 200 "):
            pass
        tagged = said.split(b"\r\nTo: ")[1].split(b"\r\n")[0]
        ack = request("ACK", transport="TLS", via="127.0.0.9:5099")
        peer.send(ack.replace(b"To: <sip:112@127.0.0.1>", b"To: " + tagged))
        await until(lambda: any(isinstance(event, events.Ack) for event in line.events))
        assert line.stack.bye(invite.dialog, now=1.0)
        line.flush()
        await peer.reader.readexactly(5)  # the body of the 200
        assert (await peer.answer()).startswith(b"BYE ")
        assert line.notices.counts == {"connection_refused": 1}

    play(Line(tls=ours), scenario)
