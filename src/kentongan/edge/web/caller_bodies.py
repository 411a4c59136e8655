"""Bodies about where a caller is: the link a desk gives, and what the page behind it says."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from kentongan.cities.facts import Point
from kentongan.edge.web.bodies import reader

Secret = Annotated[str, Meta(pattern=r"^[2-9a-z-]{8,40}\Z")]
"""What makes a link unguessable, as it is read out."""


class LinkAsked(Struct, frozen=True, kw_only=True):
    """A page for the caller of this call; `send` hands it to the gateway for messages, if any."""

    send: bool = False


class LinkText(Struct, frozen=True, kw_only=True):
    """What is sent or read out, in both languages."""

    id: str
    en: str


class LinkMade(Struct, frozen=True, kw_only=True):
    """The link. It is told once: only its digest is kept. `sent`: a gateway took it."""

    url: str
    spoken: str
    text: LinkText
    expires_at: datetime
    sent: bool = False


class CallerIsAt(Struct, frozen=True, kw_only=True):
    """Where the page's device is; `age_s` is how long ago it measured that."""

    point: Point
    accuracy_m: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None
    age_s: Annotated[float, Meta(ge=0, le=86_400)] = 0.0


class LinkShown(Struct, frozen=True, kw_only=True):
    """What the page may know: whether it is still asked for, and since when until when."""

    state: Literal["open", "over"]
    city: str
    expires_at: datetime | None = None


class AmlTaken(Struct, frozen=True, kw_only=True):
    """That a message arrived; never that one was refused. `outcome`: `placed` on a call, `waiting`
    for its call, `nowhere` (no location in it), `unreadable`."""

    outcome: Literal["placed", "waiting", "nowhere", "unreadable"]
    remarks: tuple[str, ...] = ()


decode_link = reader(LinkAsked)
decode_caller_is_at = reader(CallerIsAt)
