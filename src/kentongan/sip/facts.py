"""What an INVITE says, as the `Invite` event: who calls, which line, from where, with what.

Never raises: a call with an unreadable identity or place is still a call.
"""

from __future__ import annotations

from kentongan.sip.additional import additional_data_of
from kentongan.sip.address import Address, Transport
from kentongan.sip.body import find_sdp, parts_of, read_body
from kentongan.sip.errors import ParseError
from kentongan.sip.events import RAW_BYTES_MAX, Invite
from kentongan.sip.fields import call_id_of, from_of, to_of
from kentongan.sip.grammar import readable
from kentongan.sip.hops import hops_of
from kentongan.sip.identity import identity_of
from kentongan.sip.location import locations_of
from kentongan.sip.message import Message, Request, encode
from kentongan.sip.uri import dialled_line, is_emergency, read_uri


def invite_event(
    request: Request, source: Address, transport: Transport, *, dialog: str = "", key: str = ""
) -> Invite:
    uri = read_uri(request.uri)
    sender = from_of(request)
    identity = identity_of(request)
    return Invite(
        dialog=dialog,
        request=key,
        source=source,
        transport=transport,
        call_id=readable(call_id_of(request)),
        request_uri=readable(request.uri),
        line=readable(dialled_line(uri)),
        is_emergency=is_emergency(uri),
        from_uri=readable(sender.uri),
        from_display=readable(sender.display),
        to_uri=readable(to_of(request).uri),
        caller=identity.from_number or identity.asserted_number,
        asserted=identity.asserted[0] if identity.asserted else "",
        asserted_number=identity.asserted_number,
        is_anonymous=identity.is_anonymous,
        privacy=";".join(identity.privacy),
        identity=identity,
        sdp=sdp_of(request),
        content_type=readable(request.headers.find("content-type") or ""),
        body=request.body,
        body_defects=(*_faults(request), *read_body(request).defects),
        locations=locations_of(request),
        additional=additional_data_of(request),
        supported=tuple(readable(tag) for tag in tags_of(request, "supported")),
        raw=raw_of(request),
        left_out=tuple(readable(line) for line in request.left_out),
        hops=hops_of(request.headers),
    )


def _faults(request: Request) -> tuple[str, ...]:
    return (request.body_fault,) if request.body_fault else ()


def sdp_of(message: Message) -> bytes | None:
    """The session description of a message, also from inside a multipart body."""
    return find_sdp(parts_of(message))


def raw_of(message: Message) -> bytes:
    """The first octets of a message, for the record; lines that are no field end its head."""
    whole = encode(message)
    if isinstance(message, Request) and message.left_out:
        head, end, body = whole.partition(b"\r\n\r\n")
        lines = (line.encode("latin-1", "replace") for line in message.left_out)
        whole = b"\r\n".join((head, *lines)) + end + body
    return whole[:RAW_BYTES_MAX]


def tags_of(message: Message, name: str) -> tuple[str, ...]:
    """The elements of a list of tokens; those of an unreadable one are none."""
    try:
        return tuple(item for item in message.headers.items(name) if item)
    except ParseError:
        return ()
