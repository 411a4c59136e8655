"""Asking a server of locations: what is asked, what is understood, and what is never done."""

import asyncio
import ssl
from pathlib import Path

import pytest
from location_server import Say, Server, error, presence, reply, response, serving
from trunk_certificates import Authority

from kentongan.edge.switch.location_fetch import LocationFetch, NoLocationError
from kentongan.edge.switch.location_http import ANSWER_OCTETS_MAX
from kentongan.edge.switch.location_servers import LocationServers, target_of
from kentongan.settings import Settings, SettingsError, check_settings
from kentongan.sip.held import REQUEST
from kentongan.sip.location import Location, Outcome
from kentongan.sip_settings import SipSettings

GOOD = reply(response(presence()))


def fetched(*answers: bytes | Say, ask_s: float = 3.0) -> tuple[Location | NoLocationError, Server]:
    """What a plain server on this machine leads to, and what it was asked."""

    async def main() -> tuple[Location | NoLocationError, Server]:
        async with serving(*answers) as server:
            hosts = (f"127.0.0.1:{server.port}",)
            fetch = LocationFetch(LocationServers(hosts=hosts), ask_s)
            try:
                (found,) = await fetch.fetch(f"http://127.0.0.1:{server.port}/loc/77?of=1")
            except NoLocationError as error:
                return error, server
            else:
                return found, server
            finally:
                fetch.close()

    return asyncio.run(main())


def cause_of(*answers: bytes | Say, ask_s: float = 3.0) -> str:
    """Why it led nowhere."""
    found, _ = fetched(*answers, ask_s=ask_s)
    assert isinstance(found, NoLocationError), found
    return found.cause


def test_a_reference_is_asked_by_post_of_a_location_request() -> None:
    """RFC 6753: HELD to the URI itself; position, radius, method and time come back."""
    found, server = fetched(GOOD)
    assert isinstance(found, Location)
    assert (found.lat, found.lon, found.radius_m) == (-6.9903, 110.4229, 35.0)
    assert (found.outcome, found.method) == (Outcome.READ, "Cell")
    assert found.measured_at == "2026-11-25T08:00:00Z"
    (asked,) = server.asked
    head, _, body = asked.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /loc/77?of=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n".encode() in head
    assert b"Content-Type: application/held+xml" in head
    assert body == REQUEST
    assert b"<locationRequest xmlns=" in body


@pytest.mark.parametrize("status", ["405 Method Not Allowed", "415 No", "501 Not Implemented"])
def test_a_server_without_post_is_asked_by_get(status: str) -> None:
    """And its bare PIDF-LO is read too, also one sent in chunks."""
    bare = presence()
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
    found, server = fetched(reply(b"", status), chunked % (len(bare), bare))
    assert isinstance(found, Location)
    assert found.radius_m == 35.0
    assert server.asked[1].startswith(b"GET /loc/77?of=1 HTTP/1.1\r\n")
    assert server.asked[1].endswith(b"\r\n\r\n")


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    """HTTP/1.0, and an interim answer before the one that counts."""
    head = b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.0 200 OK\r\n\r\n"
    found, _ = fetched(head + response(presence()))
    assert isinstance(found, Location)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (reply(error("locationUnknown")), "held_error"),
        (reply(error("timeout"), "500 No"), "held_error"),
        (reply(b"", "404 Not Found"), "refused"),
        (reply(b"<html>", "503 Busy"), "server_failed"),
        (reply(b"<presence rusak"), "unreadable"),
        (reply(b"<locationResponse/>"), "unreadable"),
        (reply(b'<!DOCTYPE p [<!ENTITY x "y">]><presence>&x;</presence>'), "unreadable"),
        (reply(response(presence(""))), "no_place"),
        (reply(response(presence("<gml:Point><gml:pos>0 0</gml:pos></gml:Point>"))), "no_place"),
        (b"\x00\xff garbage\r\n\r\n", "unreadable"),
        (b"SIP/2.0 200 OK\r\n\r\n", "unreadable"),
        (b"", "broken_off"),
        (GOOD[:-20], "broken_off"),
        (reply(b" " * ANSWER_OCTETS_MAX), "too_long"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * ANSWER_OCTETS_MAX, "too_long"),
    ],
)
def test_what_leads_nowhere_has_a_cause(answer: bytes, cause: str) -> None:
    """Errors of HELD and of HTTP, garbage, half an answer, far too much of one."""
    assert cause_of(answer) == cause


def test_a_server_that_is_slow_is_given_up_in_time() -> None:
    """Also one that says an octet now and then: the limit is of the whole."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        for octet in GOOD:
            writer.write(bytes([octet]))
            await writer.drain()
            await asyncio.sleep(0.02)

    assert cause_of(drip, ask_s=0.2) == "no_answer"


def test_nobody_listens() -> None:
    """A dead server: said, and worth asking again."""

    async def main() -> NoLocationError:
        async with serving(GOOD) as server:
            port = server.port
        fetch = LocationFetch(LocationServers(hosts=(f"127.0.0.1:{port}",)))
        with pytest.raises(NoLocationError) as found:
            await fetch.fetch(f"http://127.0.0.1:{port}/")
        fetch.close()
        return found.value

    found = asyncio.run(main())
    assert (found.cause, found.will_pass) == ("unreachable", True)


def test_a_redirect_within_the_list_is_followed() -> None:
    """307 keeps the POST, 303 makes it a GET; round and round ends."""
    found, server = fetched(
        reply(b"", "307 There", "Location: /b"), reply(b"", "303 There", "Location: /c"), GOOD
    )
    assert isinstance(found, Location)
    lines = [one.split(b" HTTP")[0] for one in server.asked]
    assert lines == [b"POST /loc/77?of=1", b"POST /b", b"GET /c"]
    assert cause_of(reply(b"", "307 There", "Location: /b")) == "too_many_redirects"


@pytest.mark.parametrize(
    "there",
    [
        "http://127.0.0.2:{port}/",
        "http://127.0.0.1:1/",
        "https://lis.elsewhere.example/",
        "file:///etc/passwd",
        "http://169.254.169.254/latest",
    ],
)
def test_a_redirect_out_of_the_list_is_not_followed(there: str) -> None:
    """Whoever is on the list cannot send us to whom is not."""

    async def say(writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        writer.write(reply(b"", "302 Found", f"Location: {there.format(port=port)}"))
        await writer.drain()

    found, server = fetched(say)
    assert isinstance(found, NoLocationError)
    assert (found.cause, len(server.asked)) == ("redirect_not_allowed", 1)


@pytest.mark.parametrize(
    "uri",
    [
        "https://lis.elsewhere.example/loc",
        "https://lis.telco.example:444/loc",
        "http://lis.telco.example/loc",
        "https://lis.telco.example@elsewhere.example/loc",
        "https://someone@lis.telco.example/loc",
        "https://lis.telco.example.elsewhere.example/loc",
        "https://lis.telco.example/a b",
        "https://lis.telco.example/\u0661",
        "https://lis.telco.example:x/",
        "https://[::1/",
        "https://lis.telco.example/" + "a" * 2_048,
        "sips:loc@lis.telco.example",
        "lis.telco.example",
        "",
    ],
)
def test_only_the_list_is_asked(uri: str) -> None:
    """Another host, another port, plain HTTP over a network, another scheme, what is no URI."""
    servers = LocationServers(hosts=("lis.telco.example", "127.0.0.1:8080"))
    assert target_of(uri, servers) is None
    assert target_of("https://LIS.telco.example/x?y=1", servers) is not None
    assert target_of("https://lis.telco.example:443", servers) is not None
    assert target_of("http://127.0.0.1:8080/", servers) is not None
    assert target_of("https://lis.telco.example/", LocationServers()) is None


def test_over_https_both_ends_are_checked(tmp_path: Path) -> None:
    """By our authorities and the host's name; with our certificate where the server wants one."""
    authority = Authority(tmp_path)
    certificate, key = authority.sign("lis", "127.0.0.1")
    ours, our_key = authority.sign("centre", "112.example")

    async def outcome(
        names: tuple[Path, Path], ca_file: Path, *, shows_ours: bool
    ) -> Location | str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*names)
        context.load_verify_locations(authority.ca_file)
        context.verify_mode = ssl.CERT_REQUIRED
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # refuses within the handshake
        async with serving(GOOD, context=context) as server:
            servers = LocationServers(
                hosts=(f"127.0.0.1:{server.port}",),
                ca_file=str(ca_file),
                certificate_file=str(ours) if shows_ours else "",
                key_file=str(our_key) if shows_ours else "",
            )
            fetch = LocationFetch(servers)
            try:
                (found,) = await fetch.fetch(f"https://127.0.0.1:{server.port}/loc")
            except NoLocationError as error:
                return error.cause
            else:
                return found
            finally:
                fetch.close()

    async def main() -> None:
        good = (certificate, key)
        found = await outcome(good, authority.ca_file, shows_ours=True)
        assert isinstance(found, Location)
        assert await outcome(good, authority.ca_file, shows_ours=False) == "unreachable"
        other = authority.sign("other", "127.0.0.9")
        assert await outcome(other, authority.ca_file, shows_ours=True) == "unreachable"
        stranger = Authority(tmp_path / "stranger")
        assert await outcome(good, stranger.ca_file, shows_ours=True) == "unreachable"
        missing = tmp_path / "missing.pem"
        assert await outcome(good, missing, shows_ours=True) == "certificate_unreadable"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("servers", "told"),
    [
        (LocationServers(hosts=("https://lis.example/",)), "neither a host nor host:port"),
        (LocationServers(hosts=("lis.example:x",)), "neither a host nor host:port"),
        (LocationServers(hosts=("me@lis.example",)), "neither a host nor host:port"),
        (LocationServers(hosts=("lis.example",) * 33), "up to 32"),
        (LocationServers(hosts=("lis.example",), key_file="k"), "go together"),
    ],
)
def test_a_setting_that_cannot_be_is_named(servers: LocationServers, told: str) -> None:
    """At the start, not at the first call; an address with its port is one."""
    with pytest.raises(SettingsError, match=told):
        check_settings(Settings(sip=SipSettings(location_servers=servers)))
    good = LocationServers(hosts=("lis.example", "192.0.2.7", "[2001:db8::7]:8443"))
    check_settings(Settings(sip=SipSettings(location_servers=good)))
