"""The frames of the WebSocket, as types for the front end and as text for the wire.

Row frames are put together from rows that are already encoded; only the envelope is written here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from kentongan.core.arrival import Proposal
from kentongan.core.words import Agent
from kentongan.geography import CityShown


class Gone(Struct, frozen=True, kw_only=True):
    """A row the viewer no longer has."""

    kind: str
    key: str
    gone: Literal[True]
    position: int


class Bye(Struct, frozen=True, kw_only=True, tag="bye", tag_field="k"):
    """The last frame: why the server closes. `session_ended`: sign in again."""

    reason: str


class Redo(Struct, frozen=True, kw_only=True, tag="redo", tag_field="k"):
    """The switch asks this desk's page to offer its audio for the call again."""

    call: str


class Typing(Struct, frozen=True, kw_only=True, tag="typing", tag_field="k"):
    """What one side of a call has typed of a line that is not finished, "" when there is none.

    `name` is who writes at a desk. Lossy: the next frame has the whole line again.
    """

    call: str
    by: Literal["caller", "desk"]
    text: str
    name: str = ""


class Queue(Struct, frozen=True, kw_only=True, tag="queue", tag_field="k"):
    """Waiting calls in the order the switch will have them answered, and marks of their numbers.

    `nuisance`: suspected pranks, after everybody else; `repeat`: callers of an open P1 incident.
    """

    order: Sequence[str] = ()
    nuisance: Sequence[str] = ()
    repeat: Sequence[str] = ()


class City(Struct, frozen=True, kw_only=True, tag="city", tag_field="k"):
    """The city in use, at the beginning and whenever it or its state changes."""

    city: CityShown


Position = tuple[str, float, float, float | None, float]
"""Unit, latitude, longitude, heading in degrees or null, age of the fix in seconds."""


class Positions(Struct, frozen=True, kw_only=True, tag="positions", tag_field="k"):
    """Where units are, twice a second while any moves; also the heartbeat, once a second."""

    seq: int
    at: datetime
    positions: Sequence[Position]


class Arrived(Struct, frozen=True, kw_only=True, tag="arrived", tag_field="k"):
    """Units that seem to have arrived, all that the viewer sees; a person decides."""

    arrivals: Sequence[Proposal] = ()


_encoder = msgspec.json.Encoder()


def text_of(frame: Bye | Redo | Queue | Typing | City | Positions | Arrived) -> str:
    """A frame as JSON."""
    return _encoder.encode(frame).decode()


def snapshot_text(seq: int, at: datetime, me: Agent, rows: str) -> str:
    """Everything the viewer sees; replaces what they had."""
    who = _encoder.encode(me).decode()
    return f'{{"k":"snapshot","seq":{seq},"at":{_time(at)},"me":{who},"rows":[{rows}]}}'


def resume_text(seq: int, at: datetime, rows: Iterable[str]) -> str:
    """What the viewer missed."""
    return f'{{"k":"resume","seq":{seq},"at":{_time(at)},"rows":[{",".join(rows)}]}}'


def rows_text(seq: int, previous: int, at: datetime, rows: Iterable[str]) -> str:
    """What changed after `previous`; empty for who may see nothing of it."""
    return (
        f'{{"k":"rows","seq":{seq},"previous":{previous},"at":{_time(at)},'
        f'"rows":[{",".join(rows)}]}}'
    )


def calls_text(at: datetime, rows: Iterable[str]) -> str:
    """What is not on record (yet), without a number; each row replaces the one of its key."""
    return f'{{"k":"calls","at":{_time(at)},"rows":[{",".join(rows)}]}}'


def _time(at: datetime) -> str:
    return _encoder.encode(at).decode()
