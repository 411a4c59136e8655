"""Hospitals, clinics and stations to be drawn, as the city pack knows them. Pure."""

from collections.abc import Iterator
from typing import Final

from kentongan.cities.facts import AgencyKind, Facility
from kentongan.cities.pack import CityPack
from kentongan.geography import MapFacility

STATION_KINDS: Final = {
    AgencyKind.POLICE: "police",
    AgencyKind.TRAFFIC: "police",
    AgencyKind.FIRE: "fire_station",
    AgencyKind.MEDICAL: "ambulance_station",
}
"""What a post of an agency of that kind is called on the map; any other is a `post`."""


def pack_facilities(pack: CityPack) -> tuple[MapFacility, ...]:
    """Every place of the pack that help comes from or goes to."""
    return tuple(_facilities(pack))


def _facilities(pack: CityPack) -> Iterator[MapFacility]:
    for hospital in pack.hospitals:
        yield _shown(hospital, "hospital")
    for clinic in pack.puskesmas:
        yield _shown(clinic, "clinic")
    for post in pack.posts:
        yield _shown(post, STATION_KINDS.get(pack.agency_by_key[post.agency].kind, "post"))


def _shown(one: Facility, kind: str) -> MapFacility:
    return MapFacility(key=one.key, kind=kind, name=one.name, point=one.point, source="pack")
