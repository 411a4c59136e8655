"""Small readers: URIs, addresses, Via, lists, numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.sip.errors import ParseError
from kentongan.sip.fields import read_address, read_cseq, read_via, stamped
from kentongan.sip.grammar import find_param, number, quote, readable, split, unquote, wire
from kentongan.sip.message import Headers
from kentongan.sip.uri import dialled_line, is_emergency, read_uri, telephone_number


@pytest.mark.parametrize(
    ("text", "user", "host", "port"),
    [
        ("sip:112@10.0.0.1", "112", "10.0.0.1", None),
        ("SIP:112@[2001:db8::1]:5070;transport=tcp", "112", "2001:db8::1", 5070),
        ("sips:alice:secret@example.com:5061?Subject=x", "alice", "example.com", 5061),
        ("sip:[2001:db8::10:5070]", "", "2001:db8::10:5070", None),
        ("sip:user;par=u%40example.net@example.com", "user;par=u@example.net", "example.com", None),
        ("tel:+62-24-112;phone-context=x", "+62-24-112", "", None),
        ("urn:service:sos.police", "", "", None),
    ],
)
def test_uris(text: str, user: str, host: str, port: int | None) -> None:
    """User parts unescaped once, IPv6 without brackets, `raw` untouched."""
    uri = read_uri(text)
    assert (uri.user, uri.host, uri.port, uri.raw) == (user, host, port, text)


@pytest.mark.parametrize(
    "text", ["", "sip:", "sip:@host", "sip:a b@host", "sip:2001:db8::1", "112", "sip:a@h:99999"]
)
def test_bad_uris(text: str) -> None:
    """Refused by our own error."""
    with pytest.raises(ParseError):
        read_uri(text)


@pytest.mark.parametrize(
    ("text", "line", "emergency"),
    [
        ("sip:112;phone-context=x@a", "112", True),
        ("sip:+62112@a;user=phone", "+62112", True),
        ("tel:112", "112", True),
        ("URN:Service:SOS", "", True),
        ("urn:service:sos.ambulance", "", True),
        ("urn:service:sosta", "", False),
        ("urn:service:counseling", "", False),
        ("sip:alice@a", "alice", False),
        ("sip:SOS@a", "SOS", True),
    ],
)
def test_lines_and_emergencies(text: str, line: str, emergency: bool) -> None:
    """Which line was dialled, and what may never be refused."""
    uri = read_uri(text)
    assert (dialled_line(uri), is_emergency(uri)) == (line, emergency)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("sip:+62(24)351-1313@op", "+62243511313"),
        ("tel:08123.456", "08123456"),
        ("sip:alice@op", ""),
        ("sip:anonymous@anonymous.invalid", ""),
        ("nothing", ""),
    ],
)
def test_telephone_numbers(text: str, digits: str) -> None:
    """Visual separators go; a name is no number."""
    assert telephone_number(text) == digits


def test_addresses_keep_their_parameters_apart() -> None:
    """Inside the brackets they are the URI's, outside the field's."""
    address = read_address('"A \\"B\\" <c>, d" < sip:x@y;lr >;tag=1 ; q = "0.5;6"')
    assert (address.display, address.uri, address.tag) == ('A "B" <c>, d', "sip:x@y;lr", "1")
    assert find_param(address.params, "q") == "0.5;6"
    bare = read_address("sip:x@y;tag=2")
    assert (bare.uri, bare.tag) == ("sip:x@y", "2")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<>",
        "<sip:a@b",
        "sip:a@b>",
        "<sip:a@b> x",
        "a <sip:b@c>;;x",
        "sip:a@b?c=d",
        '"a <sip:b@c>',
        "a b",
    ],
)
def test_bad_addresses(text: str) -> None:
    """Refused by our own error."""
    with pytest.raises(ParseError):
        read_address(text)


def test_via_in_every_spelling() -> None:
    """White space, IPv6 and parameters without a value."""
    via = read_via("sip / 2.0 / TLS   [2001:db8::9]:5061 ; branch = z9hG4bKx;rport")
    assert (via.transport, via.host, via.port) == ("TLS", "2001:db8::9", 5061)
    assert (via.branch, via.sent_by) == ("z9hG4bKx", "[2001:db8::9]:5061")
    assert read_via(via.text()) == via


@pytest.mark.parametrize("text", ["", "SIP/3.0/UDP a", "SIP/2.0/UDP", "SIP/2.0/UDP a:b", "x a;"])
def test_bad_vias(text: str) -> None:
    """Refused by our own error."""
    with pytest.raises(ParseError):
        read_via(text)


def test_stamping_touches_the_top_via_alone() -> None:
    """RFC 3581; what a peer claims in received and rport is replaced."""
    headers = Headers().added(
        ("v", "SIP/2.0/UDP a;rport=1;received=6.6.6.6;branch=z9hG4bKx, SIP/2.0/UDP b"),
        ("Via", "SIP/2.0/TCP c"),
    )
    stamp = stamped(headers, "10.0.0.2", 4444)
    assert stamp.items("via") == (
        "SIP/2.0/UDP a;branch=z9hG4bKx;rport=4444;received=10.0.0.2",
        "SIP/2.0/UDP b",
        "SIP/2.0/TCP c",
    )


@pytest.mark.parametrize("text", ["", "1", "x INVITE", "-1 INVITE", "2147483648 INVITE", "\xb2 A"])
def test_bad_sequence_numbers(text: str) -> None:
    """Also digits that are none in SIP, such as a superscript two."""
    with pytest.raises(ParseError):
        read_cseq(text)


@given(text=st.text(st.characters(max_codepoint=255)))
def test_quoting_is_undone_by_unquoting(text: str) -> None:
    """Whatever the octets; and a quoted string never splits."""
    assert unquote(quote(text)) == text
    assert split(quote(text), ",") == [quote(text)]


@given(text=st.text(), most=st.integers(0, 10**9))
def test_numbers_are_numbers_or_our_error(text: str, most: int) -> None:
    """No other exception, and never beyond the limit."""
    try:
        value = number(text, most, "it")
    except ParseError:
        return
    assert 0 <= value <= most


@given(text=st.text())
def test_our_text_becomes_one_line_of_wire_text(text: str) -> None:
    """No line break survives; readable text comes back readable."""
    sent = wire(text)
    assert "\r" not in sent
    assert "\n" not in sent
    assert readable(sent).isprintable() or not sent
