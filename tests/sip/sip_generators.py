"""Hypothesis strategies for well-formed SIP, SDP, PIDF-LO and MIME, in all their spellings."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

TOKEN = st.text("abcXYZ0189-.!%*_+`'~", min_size=1, max_size=12)
HOST = st.sampled_from(
    ["example.org", "10.0.0.9", "[2001:db8::9]", "[::ffff:192.0.2.9]", "a.b-c.example"]
)
USER = st.text("abz019-_.!~*'()&=+$,;?/", min_size=1, max_size=12) | st.sampled_from(
    ["%00", "sips%3Aa%40b", "112", "+62-24-112", "a%20b", "user;par=u%40x"]
)
SPACE = st.sampled_from(["", " ", "\t", "\r\n ", " \r\n\t "])
NAMES = {
    "Via": "v",
    "From": "f",
    "To": "t",
    "Call-ID": "i",
    "CSeq": "CSEQ",
    "Contact": "m",
    "Content-Length": "l",
    "Max-Forwards": "max-forwards",
}


class Generated(NamedTuple):
    """Octets, and what they must be read as."""

    data: bytes
    method: str
    uri: str
    from_tag: str
    call_id: str
    cseq: int
    vias: int
    body: bytes


@st.composite
def uris(draw: st.DrawFn) -> str:
    """sip, sips, tel and urn URIs of the grammar."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(["tel:+62-24-112;phone-context=x", "urn:service:sos.fire"]))
    user = draw(st.none() | USER)
    port = draw(st.sampled_from(["", ":5060", ":65535"]))
    params = draw(st.sampled_from(["", ";lr", ";transport=tcp;ob", ";maddr=10.0.0.1", ";x=%41"]))
    scheme = draw(st.sampled_from(["sip:", "SIP:", "sips:"]))
    return scheme + ("" if user is None else f"{user}@") + draw(HOST) + port + params


@st.composite
def addresses(draw: st.DrawFn) -> str:
    """`name-addr` with every kind of display name."""
    name = draw(
        st.sampled_from(["", "Sari ", "Sari Dewi", '"a \\" <b>, c;" ', '"\\\\"', '"\xc3\xa9\xff" '])
    )
    return f"{name}<{draw(uris())}>"


@st.composite
def vias(draw: st.DrawFn) -> str:
    """One Via element with white space where it may be."""
    gap = draw(st.sampled_from(["", " ", " \r\n "]))
    transport = draw(st.sampled_from(["UDP", "TCP", "TLS", "SCTP", "MERPATI"]))
    params = draw(st.sampled_from(["", ";rport", ";received=2001:db8::1", ';x="a,b;c"', ";ttl=7"]))
    branch = draw(TOKEN)
    head = f"SIP{gap}/{gap}2.0{gap}/{gap}{transport} {draw(HOST)}"
    return f"{head}{gap};{gap}branch{gap}={gap}z9hG4bK{branch}{params}"


@st.composite
def requests(draw: st.DrawFn) -> Generated:
    """A valid request: any order, case, folding, compact names, unknown fields, any body."""
    method = draw(st.sampled_from(["INVITE", "OPTIONS", "REGISTER", "MESSAGE"]) | TOKEN)
    uri, tag, call_id = draw(uris()), draw(TOKEN), draw(TOKEN)
    cseq, body = draw(st.integers(0, 2**31 - 1)), draw(st.binary(max_size=60))
    hops = draw(st.lists(vias(), min_size=1, max_size=4))
    joined = ", ".join(hops[1:])
    lines = [
        ("From", f"{draw(addresses())};tag={tag}"),
        ("To", draw(addresses())),
        ("Call-ID", call_id),
        ("CSeq", f"{draw(st.sampled_from(['', '00']))}{cseq} {method}"),
        ("Contact", draw(addresses())),
        ("Content-Length", f"{draw(st.sampled_from(['', '000']))}{len(body)}"),
        *([("Via", joined)] if joined else []),
        *draw(st.lists(st.tuples(TOKEN.map("X-".__add__), st.just(";;,, \xff=")), max_size=3)),
        *([("Max-Forwards", "70")] if draw(st.booleans()) else []),
    ]
    ordered = [("Via", hops[0]), *draw(st.permutations(lines))]
    head = "".join(f"{_name(draw, name)}{_colon(draw)}{value}\r\n" for name, value in ordered)
    data = f"{method} {uri} SIP/2.0\r\n{head}\r\n".encode("latin-1") + body
    return Generated(data, method, uri, tag, call_id, cseq, len(hops), body)


def _name(draw: st.DrawFn, name: str) -> str:
    return draw(st.sampled_from([name, name.upper(), NAMES.get(name, name)]))


def _colon(draw: st.DrawFn) -> str:
    return draw(st.sampled_from([": ", ":", " :\t", ":\r\n  "]))


@st.composite
def descriptions(draw: st.DrawFn) -> bytes:
    """A valid SDP with one audio line among others."""
    family, host = draw(st.sampled_from([("IP4", "192.0.2.1"), ("IP6", "2001:db8::1")]))
    end = draw(st.sampled_from(["\r\n", "\n"]))
    other = draw(
        st.lists(st.sampled_from(["m=video 4 RTP/AVP 31", "m=text 6 RTP/AVP 98"]), max_size=2)
    )
    kinds = draw(st.permutations(["0", "8", "9", "111"]))[: draw(st.integers(1, 4))]
    audio = [
        f"m=audio {draw(st.integers(1, 65535))} RTP/AVP {' '.join(kinds)} 101",
        "a=rtpmap:111 opus/48000/2",
        "a=rtpmap:101 telephone-event/8000",
        f"a=ptime:{draw(st.sampled_from([10, 20, 30, 40, 60]))}",
        f"a={draw(st.sampled_from(['sendrecv', 'sendonly', 'recvonly', 'inactive']))}",
    ]
    lines = [
        "v=0",
        f"o=- 1 1 IN {family} {host}",
        "s=-",
        f"c=IN {family} {host}",
        "t=0 0",
        *other[:1],
        *audio,
        *other[1:],
        "",
    ]
    return end.join(lines).encode()


@st.composite
def places(draw: st.DrawFn) -> tuple[bytes, float, float, float]:
    """A valid PIDF-LO with a point or a circle: octets, latitude, longitude, radius in metres."""
    lat = draw(st.floats(-90, 90).map(lambda value: round(value, 6)))
    lon = draw(st.floats(-180, 180).map(lambda value: round(value, 6)))
    radius = draw(st.sampled_from([0.0, 7.5, 1200.0]))
    prefix = draw(st.sampled_from(["gml", "g", "x1"]))
    reference = draw(st.sampled_from(["urn:ogc:def:crs:EPSG::4326", "EPSG:4326"]))
    gap = draw(st.sampled_from(["", "\n  ", "\t"]))
    position = f"<{prefix}:pos>{gap}{lat:f} {lon:f}{gap}</{prefix}:pos>"
    if radius:
        unit = "urn:ogc:def:uom:EPSG::9001"
        shape = (
            f'<gs:Circle srsName="{reference}">{position}'
            f'<gs:radius uom="{unit}">{radius}</gs:radius></gs:Circle>'
        )
    else:
        shape = f'<{prefix}:Point srsName="{reference}">{position}</{prefix}:Point>'
    document = (
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" '
        'xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" '
        f'xmlns:{prefix}="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0">'
        f"<tuple id='t'><status><gp:geopriv><gp:location-info>{shape}</gp:location-info>"
        "</gp:geopriv></status></tuple></presence>"
    )
    return document.encode(), lat, lon, radius


Tree = tuple[str, "bytes | list[Tree]"]
"""A body: its type, and its content or its parts."""

_LEAF = st.tuples(
    st.sampled_from(["text/plain", "application/sdp", "application/x"]),
    st.binary(max_size=20).filter(lambda octets: b"-" not in octets),
)
TREES: st.SearchStrategy[Tree] = st.recursive(
    _LEAF,
    lambda inner: st.tuples(st.just("multipart/mixed"), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=6,
)


def mime(tree: Tree, depth: int = 0) -> tuple[str, bytes]:
    """Content-Type and octets of a tree."""
    kind, content = tree
    if isinstance(content, bytes):
        return kind, content
    boundary = f"b{depth}x"
    pieces: list[bytes] = []
    for part in content:
        inner, octets = mime(part, depth + 1)
        pieces.append(f"--{boundary}\r\nContent-Type: {inner}\r\n\r\n".encode() + octets + b"\r\n")
    return f'{kind}; boundary="{boundary}"', b"".join(pieces) + f"--{boundary}--".encode()


def leaves(tree: Tree) -> list[tuple[str, bytes]]:
    """The parts of a tree that have no parts."""
    kind, content = tree
    if isinstance(content, bytes):
        return [(kind, content)]
    return [leaf for part in content for leaf in leaves(part)]


def depth_of(tree: Tree) -> int:
    """How many multiparts are inside one another."""
    content = tree[1]
    return 0 if isinstance(content, bytes) else 1 + max(depth_of(part) for part in content)
