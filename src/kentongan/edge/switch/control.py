"""The switch's control socket: JSON lines from `web`, replies by `n`, pushes without.

A client may ask many things at once; each is answered when it is done, so that a page's offer to a
slow media process does not hold up the next call's answer. A client that does not read is hung up
on: it connects again and lists what there is. Nothing here knows what a call is. `web` of other
nodes comes in through `control_tcp`, and is a client like any other.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from kentongan.core.call_rows import DeskRow
from kentongan.core.commands import Envelope
from kentongan.core.queue import Standing
from kentongan.core.words import AgentId, CallId, DeskKey, PartyKey, Place, Refused

LINE_BYTES_MAX = 256 * 1024
"""One request; a browser's offer has 8 kB, a command with a long complaint 60 kB."""

CLIENTS_MAX = 32
"""Connections at once: each web process keeps one."""

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError)
"""What a line that is no request raises: msgspec's own (and its kind ValidationError), and that of
octets that are no UTF-8."""

IN_HAND_MAX: Final[Mapping[str, int]] = {"desk": 200, "citizen": 64, "end": 64, "place": 64}
"""Requests of one client not answered yet, by whose they are: a room has fewer than 200 desks.
Citizens' pages, which anybody can open, have a share of their own, so that no desk's command is
`busy` because of them; `web` asks fewer of them at once. Apart from it stand the pages that hang
up, and places told beside a call: by its telephone (AML), or by a page given for that."""

UNREAD_BYTES_MAX = 4 * 1024 * 1024
"""What may wait for a client that does not read: some thousand pushed rows."""

Text = Annotated[str, Meta(max_length=64 * 1024)]
_log = logging.getLogger(__name__)


class Request(Struct, frozen=True, kw_only=True, tag_field="do"):
    """What a client asks; `n` comes back with the answer."""

    n: int = 0


class Command(Request, frozen=True, kw_only=True, tag="command"):
    """A command to a call."""

    envelope: Envelope


class Offer(Request, frozen=True, kw_only=True, tag="media"):
    """A page's WebRTC offer for a call that its desk takes part in.

    `restart`: the page's network changed, and only its way to us is made anew (RFC 8445 section 9).
    """

    call: CallId
    desk: DeskKey
    agent: AgentId
    sdp: Text
    restart: bool = False


class Digits(Request, frozen=True, kw_only=True, tag="digits"):
    """Keys to the caller, or to a party of the call: an exchange's menu, a voice mail."""

    call: CallId
    desk: DeskKey
    agent: AgentId
    keys: Annotated[str, Meta(pattern=r"^[0-9*#A-D]{1,32}\Z")]
    party: PartyKey | None = None


class Replay(Request, frozen=True, kw_only=True, tag="replay"):
    """The last seconds of the call once more, to one desk alone; 0 stops it."""

    call: CallId
    desk: DeskKey
    agent: AgentId
    seconds: Annotated[float, Meta(ge=0, le=60)] = 60.0


class TypeText(Request, frozen=True, kw_only=True, tag="type"):
    """Letters from a desk to a caller who reads; `\\b` takes one back, `\\n` ends the line.

    `count` goes up by one with each, within a `stream` that the page names: asked again, nothing is
    sent twice. `name` is who writes.
    """

    call: CallId
    desk: DeskKey
    agent: AgentId
    name: Annotated[str, Meta(max_length=200)] = ""
    stream: Annotated[str, Meta(min_length=1, max_length=64)]
    count: Annotated[int, Meta(ge=1)]
    text: Annotated[str, Meta(min_length=1, max_length=1_000)]


Key = Annotated[str, Meta(min_length=16, max_length=128)]
"""What proves that a citizen's page is the caller: made by `web`, kept by the page."""

Number = Annotated[str, Meta(max_length=32)]
"""A telephone number, as a call's row has it."""


class CitizenCall(Request, frozen=True, kw_only=True, tag="citizen_call"):
    """A citizen's page rings; the same call again changes nothing."""

    call: CallId
    key: Key
    language: Literal["id", "jv", "en"] = "id"
    number: Number = ""
    place: Place | None = None
    only_types: bool = False
    training: bool = False


class CitizenOffer(Request, frozen=True, kw_only=True, tag="citizen_offer"):
    """The page's WebRTC offer; `restart` when only its network changed."""

    call: CallId
    key: Key
    sdp: Text
    restart: bool = False


class CitizenText(Request, frozen=True, kw_only=True, tag="citizen_text"):
    """A line of text beside the voice, or instead of it."""

    call: CallId
    key: Key
    text: Annotated[str, Meta(max_length=4_000)]


class CitizenPlace(Request, frozen=True, kw_only=True, tag="citizen_place"):
    """Where the device is, once the caller has allowed that to be asked."""

    call: CallId
    key: Key
    place: Place


class CitizenState(Request, frozen=True, kw_only=True, tag="citizen_state"):
    """How the call is now. A page that only types asks every few seconds: it is still there.

    `since`: how many lines of text the page has already.
    """

    call: CallId
    key: Key
    since: Annotated[int, Meta(ge=0)] = 0


class CitizenEnd(Request, frozen=True, kw_only=True, tag="citizen_end"):
    """The caller hangs up."""

    call: CallId
    key: Key


class CallerPlace(Request, frozen=True, kw_only=True, tag="caller_place"):
    """Where something else than the call's own line says the caller is, and when that was measured:
    the telephone beside the call (AML), or a page that the caller was given."""

    call: CallId
    place: Place
    measured_at: datetime | None = None


CitizenRequest = (
    CitizenCall | CitizenOffer | CitizenText | CitizenPlace | CitizenState | CitizenEnd
)  # fmt: skip


class Present(Request, frozen=True, kw_only=True, tag="present"):
    """Whom a web process sees: desks on duty, desks whose page is connected to it, what it knows.

    `speaker` names the process, `busy` the desks that have a call at another switch. Said at each
    change and every 5 s. `listeners` are agents with an open screen who may hear others' calls,
    `forced_out` the desks whose duty was ended for them, and who was there; `windows` are desks of
    which the very window that has the sound is connected, `awaited` numbers of callers for whom
    lines are kept.
    """

    speaker: Annotated[str, Meta(min_length=1, max_length=64)]
    desks: Annotated[tuple[DeskRow, ...], Meta(max_length=500)] = ()
    pages: Annotated[tuple[DeskKey, ...], Meta(max_length=500)] = ()
    standings: Annotated[dict[CallId, Standing], Meta(max_length=2_000)] = {}
    busy: Annotated[tuple[DeskKey, ...], Meta(max_length=500)] = ()
    listeners: Annotated[tuple[str, ...], Meta(max_length=500)] = ()
    forced_out: Annotated[dict[DeskKey, str], Meta(max_length=500)] = {}
    windows: Annotated[tuple[DeskKey, ...], Meta(max_length=500)] = ()
    awaited: Annotated[tuple[Number, ...], Meta(max_length=500)] = ()


class Find(Request, frozen=True, kw_only=True, tag="find"):
    """Whether the call is one of ours, for who has several switches to ask. Changes nothing."""

    call: CallId


class ListCalls(Request, frozen=True, kw_only=True, tag="list"):
    """The calls in hand, then those just over, in pages.

    `after` is what the page before said is next; a page that says nothing is the last.
    """

    after: Annotated[str, Meta(max_length=128)] = ""


class Health(Request, frozen=True, kw_only=True, tag="health"):
    """How the switch and its neighbours are."""


AnyRequest = (
    Command | Offer | Digits | Replay | TypeText | CitizenRequest | CallerPlace
    | Present | Find | ListCalls | Health
)  # fmt: skip

Answer = Mapping[str, object]
Handle = Callable[[AnyRequest], Awaitable[Answer]]


class RequestFailed(Exception):  # noqa: N818 - an answer, not a crash
    """It could not be done; the text is a key for the client."""


class _Heading(Struct):
    n: int = 0


_decode = msgspec.json.Decoder(AnyRequest).decode
_decode_heading = msgspec.json.Decoder(_Heading).decode
_encode = msgspec.json.Encoder().encode


class ControlSocket:
    """The socket and its clients."""

    def __init__(self, path: Path, handle: Handle) -> None:
        self._path = path
        self._handle = handle
        self._server: asyncio.Server | None = None
        self._clients: set[_Client] = set()

    async def open(self) -> None:
        """Listen; a socket file left by a killed process is replaced."""
        self._path.unlink(missing_ok=True)
        before = os.umask(0o177)  # the socket belongs to this account alone
        try:
            self._server = await asyncio.start_unix_server(
                self.serve, self._path, limit=LINE_BYTES_MAX
            )
        finally:
            os.umask(before)

    def push(self, event: Answer) -> None:
        """Tell every client."""
        line = _encode(event) + b"\n"
        for client in list(self._clients):
            client.write(line)

    async def close(self) -> None:
        """Hang up on every client."""
        if self._server is not None:
            self._server.close()
        for client in list(self._clients):
            client.close()
        self._path.unlink(missing_ok=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client until it hangs up."""
        if len(self._clients) >= CLIENTS_MAX:
            writer.close()
            return
        client = _Client(writer, self._handle)
        self._clients.add(client)
        try:
            await client.read(reader)
        finally:
            self._clients.discard(client)
            client.close()


class _Client:
    """One connection."""

    def __init__(self, writer: asyncio.StreamWriter, handle: Handle) -> None:
        self._writer = writer
        self._handle = handle
        self._in_hand: dict[str, set[asyncio.Task[None]]] = {share: set() for share in IN_HAND_MAX}

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Until the client hangs up or sends a line that is too long."""
        while True:
            try:
                line = await reader.readuntil(b"\n")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
                return
            try:
                request = _decode(line)
            except UNREADABLE as error:
                self._reply(_number_of(line), {"error": f"unreadable: {error}"})
                continue
            share = _share_of(request)
            in_hand = self._in_hand[share]
            if len(in_hand) >= IN_HAND_MAX[share]:
                self._reply(request.n, {"error": "busy"})
                continue
            task = asyncio.get_running_loop().create_task(self._answer(request))
            in_hand.add(task)
            task.add_done_callback(in_hand.discard)

    async def _answer(self, request: AnyRequest) -> None:
        try:
            answer: Answer = await self._handle(request)
        except Refused as refusal:
            answer = {"refused": refusal.reason, "details": dict(refusal.details)}
        except RequestFailed as failure:
            answer = {"error": str(failure)}
        except Exception:  # noqa: BLE001 -- outermost: the client gets an answer, we the trace
            _log.exception("control request failed")
            answer = {"error": "failed"}
        self._reply(request.n, answer)

    def _reply(self, number: int, answer: Answer) -> None:
        self.write(_encode({"n": number, **answer}) + b"\n")

    def write(self, line: bytes) -> None:
        """Send, unless the client has not been reading."""
        if self._writer.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > UNREAD_BYTES_MAX:
            _log.warning("a control client does not read; hung up")
            self.close()
            return
        self._writer.write(line)

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._writer.close()


def _share_of(request: AnyRequest) -> str:
    match request:
        case CitizenEnd():
            return "end"
        case CitizenCall() | CitizenOffer() | CitizenText() | CitizenPlace() | CitizenState():
            return "citizen"
        case CallerPlace():
            return "place"
        case _:
            return "desk"


def _number_of(line: bytes) -> int:
    try:
        return _decode_heading(line).n
    except UNREADABLE:
        return 0
