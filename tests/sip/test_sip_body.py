"""Bodies of many parts, additional data, and what is left of both when they are broken."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sip_peer import SDP, invite, only, receive, stack_at

from kentongan.sip import events
from kentongan.sip.additional import BLOCKS_MAX, Block, additional_data_of
from kentongan.sip.body import PARTS_MAX, Body, find_sdp, read_body
from kentongan.sip.message import Request
from kentongan.sip.parse import parse_message

PROVIDER = (
    b'<ad:EmergencyCallData.ProviderInfo xmlns:ad="urn:x"><a/></ad:EmergencyCallData.ProviderInfo>'
)


def _request(body: bytes, content_type: str, extra: str = "") -> Request:
    message = parse_message(invite(body=body, content_type=content_type, extra=extra))
    assert isinstance(message, Request)
    return message


def _part(content: bytes, *lines: str) -> bytes:
    return b"\r\n".join([*(line.encode() for line in lines), b"", content])


def _multipart(*parts: bytes, boundary: bytes = b"b", last: bytes = b"--") -> bytes:
    pieces = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return pieces + b"--" + boundary + last + b"\r\n"


def _taken(body: bytes, content_type: str = "multipart/mixed;boundary=b") -> Body:
    return read_body(_request(body, content_type))


def test_alternatives_inside_a_mix_are_leaves_in_order() -> None:
    """Nested multiparts, with types, ids and what may be ignored."""
    inner = _multipart(
        _part(b"halo", "Content-Type: text/plain"),
        _part(SDP, "Content-Type: application/sdp"),
        boundary=b"in",
    )
    taken = _taken(
        _multipart(
            _part(inner, 'Content-Type: multipart/alternative; boundary="in"'),
            _part(
                b"<x/>",
                "Content-Type: application/x+xml",
                "Content-ID: <x@a>",
                "Content-Disposition: by-reference ; handling = optional",
            ),
        )
    )
    assert [part.content_type for part in taken.parts] == [
        "text/plain",
        "application/sdp",
        "application/x+xml",
    ]
    last = taken.parts[-1]
    assert (last.content_id, last.disposition, last.is_optional) == ("x@a", "by-reference", True)
    assert taken.defects == ()
    assert find_sdp(taken.parts) == SDP


@pytest.mark.parametrize(
    ("encoding", "content", "meant"),
    [
        ("base64", b64encode(SDP), SDP),
        ("BASE64", b64encode(SDP)[:40] + b"\r\n" + b64encode(SDP)[40:], SDP),
        ("quoted-printable", SDP.replace(b"=", b"=3D"), SDP),
        ("binary", SDP, SDP),
        ("8bit", SDP, SDP),
        ("base64", b"***", b"***"),
        ("base64", b"AAAAA", b"AAAAA"),
    ],
)
def test_transfer_encodings_are_undone(encoding: str, content: bytes, meant: bytes) -> None:
    """What cannot be undone stays as it came, and is named."""
    part = _part(content, "Content-Type: application/sdp", f"Content-Transfer-Encoding: {encoding}")
    taken = _taken(_multipart(part))
    assert taken.parts[0].content == meant
    assert bool(taken.defects) == (meant != SDP)


@pytest.mark.parametrize(
    ("content_type", "last", "defects"),
    [
        ("multipart/mixed;boundary=b", b"--", ()),
        ("multipart/mixed;boundary=b", b"", ("multipart without its last boundary",)),
        ("multipart/mixed", b"--", ("multipart without its boundary",)),
        ("multipart/mixed;boundary=lain", b"--", ("multipart without its boundary",)),
        ('multipart/mixed;boundary="b', b"--", ("multipart without its boundary",)),
    ],
)
def test_a_wrong_boundary_does_not_hide_the_audio(
    content_type: str, last: bytes, defects: tuple[str, ...]
) -> None:
    """The boundary that can be seen is used, and the fault is named."""
    body = b"pembuka\r\n" + _multipart(
        _part(SDP, "Content-Type: application/sdp"), _part(b"x", "Content-Type: a/b"), last=last
    )
    taken = _taken(body, content_type)
    assert find_sdp(taken.parts) == SDP
    assert taken.defects == defects


def test_what_is_no_multipart_at_all_is_one_part() -> None:
    """All octets kept."""
    taken = _taken(b"no boundary anywhere", "multipart/mixed;boundary=b")
    assert [part.content for part in taken.parts] == [b"no boundary anywhere"]
    assert taken.defects == ("multipart without its boundary",)


def test_depth_and_number_of_parts_are_bounded() -> None:
    """Deeper nesting is one part; more parts are left out; both are said."""
    nested = _part(b"dalam", "Content-Type: text/plain")
    for level in range(6):
        name = f"l{level}"
        kind = f"Content-Type: multipart/mixed;boundary={name}"
        nested = _part(_multipart(nested, boundary=name.encode()), kind)
    taken = _taken(_multipart(nested))
    assert any("nested deeper" in defect for defect in taken.defects)
    assert b"dalam" in taken.parts[0].content
    wide = _taken(_multipart(*[_part(b"x", "Content-Type: a/b")] * (PARTS_MAX + 5)))
    assert len(wide.parts) == PARTS_MAX
    assert wide.defects


def _blocks(parts: list[bytes], extra: str) -> tuple[Block, ...]:
    body = _multipart(_part(SDP, "Content-Type: application/sdp"), *parts)
    return additional_data_of(_request(body, "multipart/mixed;boundary=b", extra))


def _provider(content: bytes = PROVIDER, content_id: str = "p@a") -> bytes:
    return _part(
        content,
        "Content-Type: application/EmergencyCallData.ProviderInfo+xml",
        f"Content-ID: <{content_id}>",
    )


def test_additional_data_by_value_and_by_reference() -> None:
    """In the header's order, raw; what belongs to others in Call-Info is none of ours."""
    blocks = _blocks(
        [_provider()],
        "Call-Info: <http://a/icon.png>;purpose=icon, "
        "<cid:p%40a>;purpose=EmergencyCallData.ProviderInfo\r\n"
        "Call-Info: <https://a/d?x=1>;purpose=emergencycalldata.DeviceInfo\r\n",
    )
    assert [(block.kind, block.uri, block.raw) for block in blocks] == [
        ("ProviderInfo", "cid:p%40a", PROVIDER),
        ("DeviceInfo", "https://a/d?x=1", b""),
    ]
    assert blocks[0].defects == blocks[1].defects == ()


@pytest.mark.parametrize(
    ("parts", "extra", "defect"),
    [
        ([], "Call-Info: <cid:p@a>;purpose=EmergencyCallData.ProviderInfo", "no body part"),
        ([_provider()], "", "no Call-Info names it"),
        ([_provider(b"<rusak")], "", "not well-formed"),
        ([_provider(b"")], "", "empty part"),
        (
            [_provider()],
            "Call-Info: cid:p@a;purpose=EmergencyCallData.ProviderInfo",
            "without angle brackets",
        ),
        (
            [],
            "Call-Info: https://a/d?x=1;purpose=EmergencyCallData.ProviderInfo",
            "without a proper URI",
        ),
    ],
)
def test_broken_additional_data_is_kept_and_named(
    parts: list[bytes], extra: str, defect: str
) -> None:
    """One block, with what is wrong."""
    (block,) = _blocks(parts, extra + "\r\n" if extra else "")
    assert block.kind == "ProviderInfo"
    assert any(defect in said for said in block.defects), block.defects


def test_one_content_id_twice_means_the_data() -> None:
    """The part that holds additional data wins over another of the same name."""
    other = _part(b"x", "Content-Type: text/plain", "Content-ID: <p@a>")
    (block,) = _blocks(
        [other, _provider()], "Call-Info: <cid:p@a>;purpose=EmergencyCallData.ProviderInfo\r\n"
    )
    assert block.raw == PROVIDER


def test_data_inside_the_location_document_is_found() -> None:
    """RFC 7852 section 5.3: references and values of provided-by."""
    pidf = (
        b'<presence xmlns="urn:ietf:params:xml:ns:pidf"><provided-by>'
        b'<EmergencyCallDataReference ref="https://a/s" purpose="EmergencyCallData.ServiceInfo"/>'
        b"<EmergencyCallDataValue><EmergencyCallData.Comment/></EmergencyCallDataValue>"
        b"</provided-by></presence>"
    )
    blocks = _blocks([_part(pidf, "Content-Type: application/pidf+xml")], "")
    assert [(block.kind, block.uri, block.raw) for block in blocks] == [
        ("ServiceInfo", "https://a/s", b""),
        ("Comment", "", pidf),
    ]


def test_blocks_are_bounded() -> None:
    """A hundred references are not kept."""
    many = ", ".join(f"<https://a/{n}>;purpose=EmergencyCallData.Comment" for n in range(100))
    assert len(_blocks([], f"Call-Info: {many}\r\n")) == BLOCKS_MAX


def test_the_call_tells_its_data_and_rings_with_broken_ones() -> None:
    """The event carries blocks and the faults of the body."""
    body = _multipart(_part(SDP, "Content-Type: application/sdp"), _provider(b"<rusak"), last=b"")
    call = only(
        receive(stack_at(), invite(body=body, content_type="multipart/mixed;boundary=b")),
        events.Invite,
    )
    assert call.body_defects == ("multipart without its last boundary",)
    assert [block.kind for block in call.additional] == ["ProviderInfo"]
    assert call.sdp == SDP


_PIECES = st.lists(
    st.sampled_from(
        [
            b"--b\r\n",
            b"--b--\r\n",
            b"--in\r\n",
            b"--in--",
            b"Content-Type: multipart/mixed;boundary=in\r\n",
            b"Content-Type: application/sdp\r\n",
            b"Content-Type: application/EmergencyCallData.Comment+xml\r\n",
            b"Content-Transfer-Encoding: base64\r\n",
            b"Content-ID: <a>\r\n",
            b"\r\n",
            b"v=0\r\n",
            b"<a/>",
        ]
    )
    | st.binary(max_size=12),
    max_size=20,
)


@settings(max_examples=200, deadline=None)
@given(pieces=_PIECES, kind=st.sampled_from(["multipart/mixed;boundary=b", "multipart/x", ""]))
def test_any_pieces_are_taken_apart(pieces: list[bytes], kind: str) -> None:
    """No more octets in the parts than in the body, and the same parts when read again."""
    body = b"".join(pieces) or b"x"
    request = _request(body, kind, "Call-Info: <cid:a>;purpose=EmergencyCallData.Comment\r\n")
    taken = read_body(request)
    assert sum(len(part.content) for part in taken.parts) <= len(body)
    assert 0 < len(taken.parts) <= PARTS_MAX or not body.strip(b"\r\n-bin")
    assert read_body(request) == taken
    additional_data_of(request)
