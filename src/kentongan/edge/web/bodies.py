"""What the addresses take and give, as types: the front end's types are generated from these."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from kentongan.cities.facts import Point
from kentongan.core.commands import AnyCommand
from kentongan.core.words import Agent, Priority, Role, TextWriter
from kentongan.edge.web.fixes import DeviceFix
from kentongan.edge.web.problems import Problem

Body = TypeVar("Body")

CommandKey = Annotated[str, Meta(min_length=8, max_length=80, pattern=r"^[A-Za-z0-9_.:-]+$")]
"""An id of the asker's choice. Ids of reactions and timers contain `#` or `/`: never a person's."""

WORDS_MAX = 20_000
"""Characters of what is looked for: a whole message pasted in; each search reads what it needs."""

FIXES_MAX = 2_000
"""Positions in one request: a whole fleet."""


class SignIn(Struct, frozen=True, kw_only=True):
    """Name and password; with `new_password` the old one is replaced."""

    name: Annotated[str, Meta(max_length=200)]
    password: Annotated[str, Meta(max_length=4_000)]
    new_password: Annotated[str, Meta(max_length=4_000)] | None = None


class OwnPassword(Struct, frozen=True, kw_only=True):
    """The old password, and the one that replaces it."""

    password: Annotated[str, Meta(max_length=4_000)]
    new_password: Annotated[str, Meta(max_length=4_000)]


class CityName(Struct, frozen=True, kw_only=True):
    """Which city this is."""

    key: str
    name: str


class DemoAccount(Struct, frozen=True, kw_only=True):
    """Somebody who may sign in to the demo with one click. The password is public."""

    name: str
    label: str
    roles: tuple[Role, ...]
    password: str


class Demo(Struct, frozen=True, kw_only=True):
    """That this is a demo, and who may sign in to it."""

    demo: bool
    accounts: tuple[DemoAccount, ...]


class Me(Struct, frozen=True, kw_only=True):
    """The person signed in, and what the page must know at its start."""

    agent: Agent
    csrf: str
    training: bool
    demo: bool
    scenarios: bool
    city: CityName
    expires_at: datetime
    at: datetime
    version: str


class CommandRequest(Struct, frozen=True, kw_only=True):
    """A command; `age_s` is how long ago the person did it, by the device's monotonic clock.

    `agent` is whose it is where a device keeps commands of several people; nobody else's session
    may give it. None: whoever is signed in.
    """

    id: CommandKey
    command: AnyCommand
    age_s: float = 0.0
    agent: str | None = None


class Done(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The command went through. `position` is the journal's; None while the switch spools.

    `unread` names fields of the body that this server does not know: what they asked is not done.
    """

    outcome: Literal["done"]
    events: tuple[str, ...]
    repeated: bool = False
    position: int | None = None
    number: int | None = None
    unread: tuple[str, ...] = ()


class WordsAsked(Struct, frozen=True, kw_only=True):
    """What is looked for. A body and not an address: proxies write addresses into their logs."""

    q: Annotated[str, Meta(max_length=WORDS_MAX)]


class PlacesAsked(Struct, frozen=True, kw_only=True):
    """Words for a place; `near` is where the caller seems to be."""

    q: Annotated[str, Meta(max_length=WORDS_MAX)]
    near: Point | None = None


class MediaOffer(Struct, frozen=True, kw_only=True):
    """A browser's audio offer for a call, at a desk; `page` is the window that makes it."""

    sdp: Annotated[str, Meta(max_length=60_000)]
    desk: Annotated[str, Meta(max_length=100)]
    restart: bool = False
    page: Annotated[str, Meta(max_length=100)] = ""


class DigitsAsked(Struct, frozen=True, kw_only=True):
    """Keys to the caller, or to a party of the call."""

    keys: Annotated[str, Meta(pattern=r"^[0-9*#A-D]{1,32}\Z")]
    party: Annotated[str, Meta(max_length=100)] | None = None


class ReplayAsked(Struct, frozen=True, kw_only=True):
    """The last seconds once more, to the own desk; 0 stops it."""

    seconds: Annotated[float, Meta(ge=0, le=60)] = 60.0


class LettersTyped(Struct, frozen=True, kw_only=True):
    """Letters to a caller who reads; `\\b` takes one back, `\\n` ends the line.

    `stream` names the page's typing, `count` goes up by one with each part of it.
    """

    stream: Annotated[str, Meta(min_length=1, max_length=64)]
    count: Annotated[int, Meta(ge=1)]
    text: Annotated[str, Meta(min_length=1, max_length=1_000)]


class MediaAnswer(Struct, frozen=True, kw_only=True):
    """The answer (SDP)."""

    sdp: str


class PositionsRequest(Struct, frozen=True, kw_only=True):
    """Positions of devices; `sent_at` is the device's own time, which corrects its clock."""

    fixes: Annotated[tuple[DeviceFix, ...], Meta(max_length=FIXES_MAX)]
    sent_at: datetime | None = None


class PositionsTaken(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many say where the unit is; how many are kept in its history alone, and why (by verdict).

    The others were too old, or of an unknown unit.
    """

    taken: int
    kept_aside: int = 0
    why: dict[str, int] = {}


class EarlierCall(Struct, frozen=True, kw_only=True):
    """An earlier call from the same number: what became of it, not what was said."""

    call: str
    ring_at: datetime
    line: str
    disposition: str | None
    incident_number: int | None
    incident_open: bool
    incident: str | None


class TextLine(Struct, frozen=True, kw_only=True):
    """A line beside the voice; `text` is None when it was erased, `cut` when it was shortened."""

    by: TextWriter
    text: str | None
    at: datetime
    agent_name: str = ""
    cut: bool = False


class Segment(Struct, frozen=True, kw_only=True):
    """A piece of a call's recording; `running` while it is written, then without a length.

    `lost_s` of its seconds are silence, because the disk did not take them.
    """

    segment: str
    seconds: float
    lost_s: float = 0.0
    kept_at: datetime
    state: Literal["kept", "running", "erased"] = "kept"
    erased_at: datetime | None = None


class PlayAsked(Struct, frozen=True, kw_only=True):
    """Why somebody wants to hear a recording: a reason's key, or own words."""

    reason: Annotated[str, Meta(min_length=1, max_length=2_000)]


class PlayTicket(Struct, frozen=True, kw_only=True):
    """May be heard once at `url`, begun before `use_before`.

    `verdict`: `intact` (as the journal has it), `damaged` (changed from `damaged_at_s` on, plays up
    to there), `differs` (good in itself and not what the journal says), `running`.
    `started_at` is when its first second was heard; None where what the file says of it cannot be.
    """

    url: str
    use_before: datetime
    seconds: float
    verdict: Literal["intact", "damaged", "differs", "running"]
    damaged_at_s: int | None = None
    started_at: datetime | None = None


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """One event of an incident or of its reports, as far as the viewer may see it."""

    at: datetime
    recorded_at: datetime
    kind: str
    stream: str
    agent_name: str
    params: dict[str, object]


class Found(Struct, frozen=True, kw_only=True):
    """One thing found by the search."""

    kind: str
    key: str
    label: str
    detail: str
    priority: Priority | None = None


def reader(kind: type[Body]) -> Callable[[bytes], Body]:
    """Reads a body of that kind; raises `msgspec.DecodeError` or a `Problem`."""
    decode = msgspec.json.Decoder(kind).decode

    def read(body: bytes) -> Body:
        try:
            return decode(body)
        except RecursionError:  # brackets nested thousands deep
            raise Problem(400, "body_not_json") from None

    return read


decode_sign_in = reader(SignIn)
decode_own_password = reader(OwnPassword)
decode_command = reader(CommandRequest)
decode_words = reader(WordsAsked)
decode_places = reader(PlacesAsked)
decode_media = reader(MediaOffer)
decode_digits = reader(DigitsAsked)
decode_replay = reader(ReplayAsked)
decode_typing = reader(LettersTyped)
decode_play = reader(PlayAsked)
decode_positions = reader(PositionsRequest)


class PhotoTaken(Struct, frozen=True, kw_only=True):
    """A picture that was kept, and its size in pixels."""

    photo: str
    width: int
    height: int
