"""Whom a desk can bring into a call by name: agencies, neighbours, interpreters, hospitals.

Read from the pack, so that a number stands in one place. A contact without a telephone number is
not listed: it cannot be rung.
"""

from typing import Literal

from msgspec import Struct

from kentongan.cities.facts import Agency, AgencyKind, ChannelKind, Facility, Text
from kentongan.cities.pack import CityPack

ContactKind = Literal["agency", "neighbour", "interpreter", "hospital"]

_KINDS: dict[AgencyKind, ContactKind] = {
    AgencyKind.NEIGHBOUR: "neighbour",
    AgencyKind.INTERPRETER: "interpreter",
}
"""What a desk looks for by another word than the agency's name."""

_RUNG = (ChannelKind.PHONE, ChannelKind.SHORT_NUMBER)
"""Channels that a telephone reaches, the better one first."""


class Contact(Struct, frozen=True, kw_only=True):
    """Somebody to ring. `verified` only after somebody called that number and it was theirs."""

    key: str
    label: Text
    kind: ContactKind
    number: str
    aliases: tuple[str, ...] = ()
    verified: bool = False


def directory_of(pack: CityPack) -> tuple[Contact, ...]:
    """All contacts with a number: agencies first, each group in the pack's order."""
    found = (
        *(_of_agency(agency) for agency in pack.agencies),
        *(_of_facility(facility) for facility in (*pack.hospitals, *pack.puskesmas)),
    )
    return tuple(contact for contact in found if contact is not None)


def telephones_of(pack: CityPack) -> dict[str, str]:
    """The telephones that stand on desks, by the desk's key; they are in nobody's list of names."""
    return {desk.key: desk.phone for desk in pack.desks if desk.phone}


def _of_agency(agency: Agency) -> Contact | None:
    rung = [channel for channel in agency.channels if channel.kind in _RUNG]
    if not rung:
        return None
    best = min(rung, key=lambda channel: (not channel.verified, _RUNG.index(channel.kind)))
    return Contact(
        key=agency.key,
        label=agency.name,
        kind=_KINDS.get(agency.kind, "agency"),
        number=best.value,
        aliases=(agency.short,),
        verified=best.verified,
    )


def _of_facility(facility: Facility) -> Contact | None:
    if not facility.phones:
        return None
    return Contact(
        key=facility.key,
        label=Text(id=facility.name, en=facility.name),
        kind="hospital",
        number=facility.phones[0],
        aliases=facility.aliases,
    )
