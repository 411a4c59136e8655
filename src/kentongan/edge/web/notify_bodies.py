"""Bodies of the addresses about telling people: browsers that take push, and what was sent."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

Words = Annotated[str, Meta(min_length=1, max_length=200)]
Endpoint = Annotated[str, Meta(min_length=1, max_length=1_000)]


class PushKey(Struct, frozen=True, kw_only=True):
    """What a browser subscribes with (`applicationServerKey`, base64url); empty without push."""

    key: str


class PushTaken(Struct, frozen=True, kw_only=True):
    """A browser's subscription: the address of its push service and its keys (base64url)."""

    endpoint: Endpoint
    p256dh: Words
    auth: Words


class PushEnded(Struct, frozen=True, kw_only=True):
    """The browser takes push no more."""

    endpoint: Endpoint


class AttemptShown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One try of a gateway."""

    gateway: str
    at: datetime
    outcome: str
    outcome_at: datetime | None = None
    why: str = ""
    said: str = ""
    cost: str = ""


class DeliveryShown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was sent to whom, and what became of it; the address is masked."""

    way: str
    about: str
    label: str
    to: str
    at: datetime
    state: str
    step: int
    why: str = ""
    may_be_twice: bool = False
    attempts: tuple[AttemptShown, ...] = ()
