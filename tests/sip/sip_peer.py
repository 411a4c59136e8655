"""A trunk played by hand: writes the peer's messages, reads what a Stack sends."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest

from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport
from kentongan.sip.message import Message, Request
from kentongan.sip.parse import parse_message
from kentongan.sip.sdp import Session, write_audio
from kentongan.sip.stack import Stack

US = Address("10.0.0.1", 5060)
PEER = Address("10.0.0.2", 5060)
SDP = write_audio(Session(address="10.0.0.2", port=4000, session_id=1))
OUR_SDP = write_audio(Session(address="10.0.0.1", port=6000, session_id=2))
VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors"
E = TypeVar("E", bound=events.Event)


def vectors(*parts: str) -> Path:
    """A folder of third-party files; skips the test where it is not at hand."""
    folder = VECTORS.joinpath(*parts)
    if not folder.is_dir():
        pytest.skip(f"third-party vectors {'/'.join(parts)} are not beside the project")
    return folder


def tokens(prefix: str) -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers):08x}"


def stack_at(address: Address = US, prefix: str = "us", **more: Any) -> Stack:
    local = [Listener(t, address) for t in (Transport.UDP, Transport.TCP)]
    return Stack(tokens(prefix), local, "Kentongan", **more)


def invite(
    *,
    uri: str = "sip:112@10.0.0.1",
    branch: str = "z9hG4bKone",
    call_id: str = "call-1",
    cseq: int = 1,
    to: str = "<sip:112@10.0.0.1>",
    sender: str = "<sip:+6281234567@10.0.0.2>;tag=peer",
    extra: str = "",
    body: bytes = SDP,
    content_type: str = "application/sdp",
    method: str = "INVITE",
) -> bytes:
    """An INVITE (or another request) as a trunk sends it."""
    typed = f"Content-Type: {content_type}\r\n" if body else ""
    return (
        f"{method} {uri} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 10.0.0.2:5060;branch={branch};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: {sender}\r\nTo: {to}\r\nCall-ID: {call_id}\r\n"
        f"CSeq: {cseq} {method}\r\nContact: <sip:trunk@10.0.0.2:5060>\r\n{extra}{typed}"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def follow_up(
    method: str, *, to: str, cseq: int = 2, branch: str = "z9hG4bKtwo", **more: Any
) -> bytes:
    """A request of the peer, without a body unless given, in the dialog `to` names."""
    more.setdefault("body", b"")
    return invite(method=method, to=to, cseq=cseq, branch=branch, **more)


def sent(stack: Stack) -> list[Message]:
    """Everything the stack wants to send, parsed."""
    return [parse_message(outgoing.data) for outgoing in stack.drain()]


def statuses(stack: Stack) -> list[int | str]:
    """What the stack wants to send, in short: statuses and methods."""
    words = [outgoing.data.split(b" ", 2) for outgoing in stack.drain()]
    return [int(w[1]) if w[0] == b"SIP/2.0" else w[0].decode() for w in words]


def only(found: list[events.Event], kind: type[E]) -> E:
    """The one event there is, of that kind."""
    assert [type(event) for event in found] == [kind], found
    event = found[0]
    assert isinstance(event, kind)
    return event


def receive(stack: Stack, data: bytes, now: float = 0.0) -> list[events.Event]:
    return stack.receive(data, PEER, Transport.UDP, now)


def to_header(message: Message) -> str:
    return message.headers.find("to") or ""


def answer_of(
    request: Message, status: int, *, tag: str = "", extra: str = "", body: bytes = b""
) -> bytes:
    """The peer's response to a request of the stack."""
    assert isinstance(request, Request)
    headers = request.headers
    to = to_header(request) + (f";tag={tag}" if tag else "")
    vias = "".join(f"Via: {via}\r\n" for via in headers.list("via"))
    typed = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"SIP/2.0 {status} Word\r\n{vias}From: {headers.find('from')}\r\nTo: {to}\r\n"
        f"Call-ID: {headers.find('call-id')}\r\nCSeq: {headers.find('cseq')}\r\n"
        f"Contact: <sip:agency@10.0.0.2:5060>\r\n{extra}{typed}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def header(message: Message, name: str) -> str:
    return message.headers.find(name) or ""


def requests(stack: Stack) -> list[Request]:
    """What the stack wants to send, all of it requests."""
    found = sent(stack)
    assert all(isinstance(message, Request) for message in found), found
    return [message for message in found if isinstance(message, Request)]


def ring(stack: Stack, now: float = 0.0, **more: Any) -> events.Invite:
    """A call that came in and has got its 100."""
    call = only(receive(stack, invite(**more), now), events.Invite)
    assert statuses(stack) == [100]
    return call


def talk(stack: Stack, now: float = 1.0, **more: Any) -> tuple[events.Invite, str]:
    """A call that came in, was answered and acknowledged at `now`; and the To of its dialog."""
    call = ring(stack, now, **more)
    assert stack.respond(call.request, 200, body=OUR_SDP, now=now)
    to = to_header(sent(stack)[-1])
    named = {"cseq": more.get("cseq", 1), "call_id": more.get("call_id", "call-1")}
    ack = follow_up("ACK", to=to, branch="z9hG4bKack", **named)
    only(receive(stack, ack, now), events.Ack)
    return call, to


def dial(stack: Stack, now: float = 0.0, **more: Any) -> tuple[str, Request]:
    """A call of ours on its way: its key and the INVITE."""
    key = stack.invite("sip:pmi@10.0.0.2", OUR_SDP, now=now, peer=PEER, **more)
    (request,) = requests(stack)
    return key, request


def connect(stack: Stack, now: float = 2.0, *, extra: str = "", **more: Any) -> str:
    """A call of ours, answered and acknowledged at `now`; its dialog."""
    _, request = dial(stack, now, **more)
    data = answer_of(request, 200, tag="far", body=SDP, extra=extra)
    dialog = only(receive(stack, data, now), events.Response).dialog
    assert statuses(stack) == ["ACK"]
    return dialog
