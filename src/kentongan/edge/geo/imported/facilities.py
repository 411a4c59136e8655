"""Where help comes from and goes to: hospitals, clinics, fire, police and ambulance stations.

Taken from an extract as mapped; whether an emergency department is open is the city pack's word,
not the map's. One file, `facilities.json`.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kentongan.edge.geo.osm.raw import NamedFeature


class FacilityKind(StrEnum):
    """What stands there."""

    HOSPITAL = "hospital"
    CLINIC = "clinic"
    DOCTORS = "doctors"
    FIRE_STATION = "fire_station"
    POLICE = "police"
    AMBULANCE_STATION = "ambulance_station"


KINDS: Final[Mapping[str, FacilityKind]] = {
    "amenity=hospital": FacilityKind.HOSPITAL,
    "healthcare=hospital": FacilityKind.HOSPITAL,
    "amenity=clinic": FacilityKind.CLINIC,
    "healthcare=clinic": FacilityKind.CLINIC,
    "healthcare=centre": FacilityKind.CLINIC,
    "amenity=doctors": FacilityKind.DOCTORS,
    "healthcare=doctor": FacilityKind.DOCTORS,
    "amenity=fire_station": FacilityKind.FIRE_STATION,
    "amenity=police": FacilityKind.POLICE,
    "emergency=ambulance_station": FacilityKind.AMBULANCE_STATION,
}


class ImportedFacility(Struct, frozen=True, kw_only=True):
    """One of them. `emergency` is what the map says of an emergency department, `None` nothing."""

    osm: str
    kind: FacilityKind
    name: str
    lat: float
    lon: float
    phone: str = ""
    address: str = ""
    emergency: bool | None = None


def facilities_of(features: Iterable[NamedFeature]) -> list[ImportedFacility]:
    """Those among the features of an extract, in its order."""
    return [_facility(KINDS[one.kind], one) for one in features if one.kind in KINDS]


def save_facilities(facilities: list[ImportedFacility], path: Path) -> None:
    """Write the file. Raises `OSError`."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(facilities), indent=1))


def load_facilities(path: Path) -> list[ImportedFacility]:
    """Read it back. Raises `OSError`, `msgspec.MsgspecError`."""
    return msgspec.json.decode(path.read_bytes(), type=list[ImportedFacility])


def _facility(kind: FacilityKind, feature: NamedFeature) -> ImportedFacility:
    tags = feature.tags
    street = " ".join(tags[key] for key in ("addr:street", "addr:housenumber") if key in tags)
    said = tags.get("emergency")
    return ImportedFacility(
        osm=feature.osm,
        kind=kind,
        name=feature.name,
        lat=feature.lat,
        lon=feature.lon,
        phone=tags.get("phone") or tags.get("contact:phone", ""),
        address=tags.get("addr:full", street),
        emergency={"yes": True, "no": False}.get(said or ""),
    )
