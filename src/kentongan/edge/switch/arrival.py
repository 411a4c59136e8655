"""What an INVITE says about a call: line, number, place, audio; and what in it could not be read.

Reads and never refuses: a call rings whatever its headers say. What is unreadable becomes a remark
(a message key) beside the call, never a guess. A number that the network asserts is known, whatever
the caller's privacy, which it may do for emergencies (RFC 3325). One that only From shows under a
request for privacy (RFC 3323) is kept, because a caller who is cut off must be rung back, and is
marked as withheld.

Remarks about the audio: `sdp_absent` (we make the offer), `body_unreadable`, `sdp_unreadable`,
`sdp_without_audio` (only video, say), `sdp_more_audio` (we talk on one line and refuse the others),
and `audio_address_loopback`, `audio_address_private`, `audio_address_unusable`: where it says it
listens it cannot be reached from here, so its packets are waited for and answered.

`real_time_text`: the caller can be written to; `text_only`: and not spoken with.
`came_back`, `many_hops` (set by `offering`): it shows a number of our own, or has passed so many
exchanges that it may be ours; it is sent nowhere from here. `not_rung`: refused, and on record.
`extension_unknown`: the call required what we do not have, and rang without.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct, convert
from msgspec.structs import replace

from kentongan.cities.facts import Line, Point
from kentongan.core.words import (
    LABEL_CHARACTERS_MAX,
    NOT_FOR_OTHERS,
    Place,
    PlaceSource,
    RawFact,
    RawKind,
    Sector,
    personal,
)
from kentongan.edge.switch.raw_facts import raw_facts_of
from kentongan.sip.description import has_media
from kentongan.sip.errors import ParseError
from kentongan.sip.events import Invite
from kentongan.sip.location import Location, Outcome
from kentongan.sip.sdp import Audio, read_audio
from kentongan.sip.text_line import Text, read_text
from kentongan.sip.uri import dialled_line, read_uri, telephone_number

TRAINING_HEADER = "X-Kentongan-Training"

FindLine = Callable[[str], Line | None]
"""The line that dialled digits reach, None when the city has no such line."""

DIALLED_CHARACTERS_MAX = 64
"""Longest dialled string kept; a telephone number has 15 digits (E.164)."""

NOWHERE = "0.0.0.0"  # noqa: S104 -- said of a peer, not bound
"""The address of audio whose packets have to be waited for; also what a hold used to say."""

_WITHHELD = frozenset({"anonymous", "restricted", "withheld", "private", "unavailable"})
_DEVICE_METHODS = frozenset({"gps", "a-gps", "gnss", "wiremap", "device-based", "hybrid"})
_CELL_METHODS = frozenset({"cell"})  # RFC 4119, section 2.2.3
_TRAINING = re.compile(rb"^X-Kentongan-Training[ \t]*:", re.IGNORECASE | re.MULTILINE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class ToldPlace(Struct, frozen=True, kw_only=True):
    """A place, and the time that its document says it was measured at."""

    place: Place
    measured_at: datetime | None = None


class Arrival(Struct, frozen=True, kw_only=True):
    """One INVITE, read. `line` is None when nobody knows what was dialled. Of all `places` by value
    those with a position come first, then those with an address, in the header's order."""

    dialled: str
    line: Line | None
    number: str | None
    is_withheld: bool
    places: tuple[ToldPlace, ...]
    audio: Audio | None
    text: Text | None
    is_training: bool
    remarks: tuple[str, ...]
    raw_facts: tuple[RawFact, ...] = ()

    @property
    def references(self) -> tuple[str, ...]:
        """Where the caller's place may be asked for, each once, in the header's order."""
        facts = (one for one in self.raw_facts if one.kind is RawKind.LOCATION_REFERENCE)
        return tuple(dict.fromkeys(one.content.text or "" for one in facts))


def arrival_of(invite: Invite, find_line: FindLine, *, emergency: str, country: str) -> Arrival:
    """Everything an INVITE says; never raises.

    `emergency` are the digits that a service URN stands for (RFC 5031), `country` the country
    code whose numbers are shown in national form.
    """
    dialled, line = _line_of(invite, find_line, emergency)
    number = invite.identity.number or invite.identity.from_number
    audio, audio_remarks = _audio_of(invite)
    text = readable_text(invite.sdp, invite.source.host)
    remarks = [
        "" if line is not None else "line_unknown",
        *_media_remarks(audio_remarks, audio, text),
        "extension_unknown" if invite.unknown_extensions else "",
        "header_left_out" if invite.left_out else "",
        "body_with_defects" if invite.body_defects else "",
        *_location_remarks(invite.locations),
    ]
    return Arrival(
        dialled=dialled,
        line=line,
        number=national_form(number, country) if number else None,
        is_withheld=not invite.identity.number and _is_withheld(invite),
        places=tuple(told_place(one) for one in usable(invite.locations)),
        audio=audio,
        text=text,
        is_training=_TRAINING.search(_HEAD_END.split(invite.raw, 1)[0]) is not None,
        remarks=tuple(dict.fromkeys(remark for remark in remarks if remark)),
        raw_facts=raw_facts_of(invite),
    )


def national_form(number: str, country: str) -> str:
    """A number as people of that country write it: +62 813… and 0062 813… become 0813…"""
    for prefix in (f"+{country}", f"00{country}"):
        if number.startswith(prefix):
            return "0" + number.removeprefix(prefix)
    if number.startswith(country) and len(number) >= 10:  # some exchanges leave the plus away
        return "0" + number.removeprefix(country)
    return number


def _line_of(invite: Invite, find_line: FindLine, emergency: str) -> tuple[str, Line | None]:
    """The dialled digits and their line.

    Request-URI first, then To (a gateway may rewrite one), then what was dialled before the call
    was diverted to us.
    """
    texts = (invite.request_uri, invite.to_uri, f"tel:{invite.identity.first_dialled}")
    found = [dialled for dialled in (_dialled(text, emergency) for text in texts) if dialled]
    for dialled in found:
        line = find_line(dialled)
        if line is not None:
            return dialled, line
    return (found[0] if found else invite.request_uri)[:DIALLED_CHARACTERS_MAX], None


def _dialled(text: str, emergency: str) -> str:
    try:
        uri = read_uri(text)
    except ParseError:
        return ""
    return emergency if uri.is_emergency_service else telephone_number(text) or dialled_line(uri)


def _is_withheld(invite: Invite) -> bool:
    user = invite.from_uri.partition(":")[2].partition("@")[0].lower()
    shown = invite.from_display.strip().lower()
    return invite.is_anonymous or user in _WITHHELD or shown in _WITHHELD


def seen_from(audio: Audio, source: str) -> tuple[Audio, str]:
    """The audio as it can be reached by us, whom SIP reached from `source`; and a remark.

    An address that is of no use keeps its port and becomes `NOWHERE`: the media process waits for
    the first packet and answers to where it came from.
    """
    remark = _address_remark(audio.address, source)
    return (replace(audio, address=NOWHERE), remark) if remark else (audio, "")


def _address_remark(text: str, source: str) -> str:
    if text in {NOWHERE, "::"}:
        return ""  # on hold from the start
    try:
        address, peer = ipaddress.ip_address(text), ipaddress.ip_address(source)
    except ValueError:  # a name: nothing that decides about sound waits for a name server
        return "audio_address_unusable"
    if address.is_loopback:
        return "" if peer.is_loopback else "audio_address_loopback"
    if address.is_multicast or address.is_unspecified:
        return "audio_address_unusable"
    if address.is_link_local and not peer.is_link_local:
        return "audio_address_unusable"
    return "audio_address_private" if peer.is_global and not address.is_global else ""


def readable_text(sdp: bytes | None, source: str) -> Text | None:
    """The text line of a description, its address taken for what it is worth from here."""
    try:
        text = None if sdp is None else read_text(sdp)
    except ParseError:
        return None
    if text is None or not _address_remark(text.address, source):
        return text
    return replace(text, address=NOWHERE)


def _media_remarks(
    remarks: tuple[str, ...], audio: Audio | None, text: Text | None
) -> tuple[str, ...]:
    if text is None:
        return remarks
    if audio is None:
        return ("text_only", "real_time_text")
    return (*remarks, "real_time_text")


def _audio_of(invite: Invite) -> tuple[Audio | None, tuple[str, ...]]:
    """The caller's audio, and what has to be said about it."""
    if invite.sdp is None:
        return None, ("body_unreadable" if invite.body else "sdp_absent",)
    try:
        audio = read_audio(invite.sdp)
        is_empty = audio is None and not has_media(invite.sdp)
    except ParseError:
        return None, ("sdp_unreadable",)
    if is_empty:
        return None, ("sdp_unreadable",)
    if audio is None or audio.port == 0:
        return None, ("sdp_without_audio",)
    lines = sum(medium.kind == "audio" and medium.port > 0 for medium in audio.media)
    audio, remark = seen_from(audio, invite.source.host)
    return audio, (remark, "sdp_more_audio" if lines > 1 else "")


def _location_remarks(found: Iterable[Location]) -> list[str]:
    keys = {
        Outcome.READ: "",
        Outcome.DEFECTS: "location_with_defects",
        Outcome.UNREADABLE: "location_unreadable",
        Outcome.REFERENCE: "location_by_reference",
    }
    return [keys[location.outcome] for location in found]


def usable(found: Iterable[Location]) -> tuple[Location, ...]:
    """Those that say where somebody is, all: positions first, then addresses, in their order."""
    said = [location for location in found if location.lat is not None or location.civic]
    return tuple(sorted(said, key=lambda location: location.lat is None))


def told_place(location: Location) -> ToldPlace:
    """A usable location as the record keeps it, with its own time (RFC 3339)."""
    return ToldPlace(place=_place_of(location), measured_at=_measured_at(location.measured_at))


def _measured_at(text: str) -> datetime | None:
    """None for a time without its offset or that is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _place_of(location: Location) -> Place:
    point = None
    if location.lat is not None and location.lon is not None:
        point = Point(lat=location.lat, lon=location.lon)
    civic = ", ".join(value for _, value in location.civic)[:LABEL_CHARACTERS_MAX]
    has_defects = location.outcome is Outcome.DEFECTS
    cautions = (
        "location_with_defects" if has_defects else "",
        NOT_FOR_OTHERS if location.is_confined else "",
    )
    band = location.band if point else None
    return Place(
        label=personal(civic),
        point=point,
        radius_m=location.radius_m if point else None,
        sector=None if band is None else convert(band, Sector, from_attributes=True),
        source=_source(location.method.lower()),
        uncertain=has_defects or (point is not None and location.radius_m is None),
        cautions=tuple(caution for caution in cautions if caution),
    )


def _source(method: str) -> PlaceSource:
    """Who measured it, by the method that a PIDF-LO names."""
    if method in _CELL_METHODS:
        return PlaceSource.CELL
    return PlaceSource.DEVICE if method in _DEVICE_METHODS else PlaceSource.NETWORK
