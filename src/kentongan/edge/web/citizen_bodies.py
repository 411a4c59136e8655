"""Bodies of a citizen's page: no session, no name; a call's key proves whose it is."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from kentongan.cities.facts import Point
from kentongan.edge.web.bodies import reader

Key = Annotated[str, Meta(pattern=r"^[0-9a-f]{32,128}\Z")]
"""Random hex digits that the page made; whoever has them is the caller."""

WebCallId = Annotated[str, Meta(pattern=r"^web-[0-9a-f]{24,48}\Z")]
"""Named by the page, so that a repeated request is the same call."""


class CitizenPlace(Struct, frozen=True, kw_only=True):
    """Where the device says it is; `accuracy_m` is the radius of its own doubt."""

    point: Point
    accuracy_m: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None


class CitizenRing(Struct, frozen=True, kw_only=True):
    """A call. Everything but call and key may be missing: it rings first."""

    call: WebCallId
    key: Key
    language: Literal["id", "jv", "en"] = "id"
    number: Annotated[str, Meta(max_length=32)] = ""
    place: CitizenPlace | None = None
    only_types: bool = False


class CitizenSdp(Struct, frozen=True, kw_only=True):
    """The page's audio offer; `restart` when only its network changed."""

    key: Key
    sdp: Annotated[str, Meta(max_length=60_000)]
    restart: bool = False


class CitizenLine(Struct, frozen=True, kw_only=True):
    """A line of text."""

    key: Key
    text: Annotated[str, Meta(min_length=1, max_length=4_000)]


class CitizenIsAt(Struct, frozen=True, kw_only=True):
    """Where the device is, once it may be asked."""

    key: Key
    place: CitizenPlace


class CitizenAsk(Struct, frozen=True, kw_only=True):
    """How is my call; `since` is how many lines of text the page has already."""

    key: Key
    since: Annotated[int, Meta(ge=0, le=100_000)] = 0


class ShownLine(Struct, frozen=True, kw_only=True):
    """A line of text as the page shows it."""

    by: str
    text: str


class CitizenCallShown(Struct, frozen=True, kw_only=True):
    """What the caller may know: how it stands, the place in the queue, the lines since.

    `is_heard`: the page's sound reaches us. When it does not for long, offer again. `must_offer`:
    nobody has its sound any more; offer again at once.
    """

    state: str
    position: int | None = None
    is_connected: bool = False
    is_heard: bool = False
    must_offer: bool = False
    prompt: str | None = None
    lines: tuple[ShownLine, ...] = ()
    count: int = 0


class CitizenPage(Struct, frozen=True, kw_only=True):
    """What the page needs before it rings: the number to fall back to, and relays for its sound."""

    number: str
    city: str
    training: bool
    ice: tuple[dict[str, Any], ...] = ()


decode_ring = reader(CitizenRing)
decode_sdp = reader(CitizenSdp)
decode_line = reader(CitizenLine)
decode_ask = reader(CitizenAsk)
decode_is_at = reader(CitizenIsAt)
