"""Bodies of the page that shows how far help is."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from kentongan.core.follow import FollowState
from kentongan.core.words import Outcome
from kentongan.edge.web.bodies import reader
from kentongan.edge.web.caller_bodies import LinkText, Secret


class FollowAsked(Struct, frozen=True, kw_only=True):
    """A link for whoever reported; `send` hands it to the gateway for messages, if any."""

    send: bool = False


class FollowMade(Struct, frozen=True, kw_only=True):
    """The link, told once; `sent` when a gateway took it."""

    url: str
    text: LinkText
    sent: bool = False


class FollowOpened(Struct, frozen=True, kw_only=True):
    """Somebody opened a link, or asks again how it stands."""

    secret: Secret


class FollowAnswer(Struct, frozen=True, kw_only=True):
    """Has help come?"""

    secret: Secret
    came: bool


class FollowShown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the page says: `core.follow.Followed` without whom it is about.

    `way` is the share of the way that the vehicle has behind it, 0 to 1, as of a whole ten seconds.
    `training`: nothing of this is real, as on the page that calls.
    """

    state: FollowState | Literal["over"]
    city: str
    at: datetime
    code: str = ""
    help: tuple[str, ...] = ()
    depart_by: datetime | None = None
    departed_at: datetime | None = None
    arrive_from: datetime | None = None
    arrive_to: datetime | None = None
    was_from: datetime | None = None
    was_to: datetime | None = None
    arrived_at: datetime | None = None
    is_changed: bool = False
    is_late: bool = False
    outcome: Outcome | None = None
    way: float | None = None
    came: bool | None = None
    training: bool = False


decode_asked = reader(FollowAsked)
decode_opened = reader(FollowOpened)
decode_answer = reader(FollowAnswer)
