"""Bodies about where a caller is: the link a desk gives, and what the page behind it says."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from kentongan.cities.facts import Point
from kentongan.edge.web.bodies import reader

Secret = Annotated[str, Meta(min_length=1, max_length=40)]
"""What makes a link unguessable, as it was opened or typed by somebody who heard it."""


class LinkAsked(Struct, frozen=True, kw_only=True):
    """A page for the caller of this call; `send` hands it to the gateway for messages, if any."""

    send: bool = False


class LinkText(Struct, frozen=True, kw_only=True):
    """What is sent or read out, in both languages."""

    id: str
    en: str


class LinkMade(Struct, frozen=True, kw_only=True):
    """The link. It is told once: only its digest is kept. `sent`: a gateway took it.

    `url` has the secret as its fragment, which no browser sends; `page` is where it can be typed.
    """

    url: str
    page: str
    spoken: str
    text: LinkText
    expires_at: datetime
    sent: bool = False


class LinkOpened(Struct, frozen=True, kw_only=True):
    """Somebody opened a link. Its secret is in the body: addresses stand in the logs of proxies."""

    secret: Secret


class CallerIsAt(Struct, frozen=True, kw_only=True):
    """Where the page's device is; `age_s` is how long ago it measured that."""

    secret: Secret
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
decode_opened = reader(LinkOpened)
decode_caller_is_at = reader(CallerIsAt)
