"""Documents of a city pack: areas, landmarks, health, posts, agencies, gates, crossings, marks, and
the neighbourhoods that flood.

Rail crossings, toll gates and kilometre marks stand in a pack without a point. One that is named
after a place of the pack is found there, with low confidence and a wide accuracy, and says that it
is the place's middle; one that is named after nothing is left out rather than put somewhere.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Confidence, Facility, Point
from kentongan.cities.gazetteer import Caution, PlaceKind
from kentongan.cities.landmarks import LandmarkKind
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.gazetteer.documents import Document
from kentongan.edge.geo.gazetteer.normaliser import normalise
from kentongan.edge.geo.gazetteer.origins import ACCURACY_M
from kentongan.edge.geo.gazetteer.phonetic import key_of

AREA_ACCURACY_M: Final = 800
"""From the middle of a kelurahan to its edge, about."""

KECAMATAN_ACCURACY_M: Final = 2_500
TOWN_ACCURACY_M: Final = 3_000
STREET_IMPORTANCE: Final = 0.5
"""Below every place whose point is better known."""

STREET_ACCURACY_M: Final = 1_500
"""A main street known by one rough point: from there to its ends, about."""

SAME_M: Final = 300.0
NAMED_AFTER_ACCURACY_M: Final = 1_500
"""A gate or crossing known only by the place it is named after."""

_IMPORTANCE: Final = {
    PlaceKind.LANDMARK: 1.0, PlaceKind.HOSPITAL: 0.95, PlaceKind.POLICE: 0.7,
    PlaceKind.POST: 0.7, PlaceKind.PUSKESMAS: 0.6,
}  # fmt: skip
_NUMBERED_AREA: Final = re.compile(r"\s+R[TW]\b.*")
_DROPPED: Final = re.compile(
    r"\b(?:JPL \d+|KM|about|Gerbang Tol|rest area|A/B)\b|[(),]|\d[\d+/–-]*"
)


def streets_of_pack(pack: CityPack, mapped: Iterable[Document]) -> Iterator[Document]:
    """Main streets that the pack knows by one rough point, but for those that are `mapped`."""
    known = {normalise(one.name).words for one in mapped if one.kind is PlaceKind.STREET}
    for street in pack.landmarks:
        if street.kind is LandmarkKind.STREET and normalise(street.name).words not in known:
            yield Document(
                key=street.key,
                name=street.name,
                other_names=street.aliases,
                kind=PlaceKind.STREET,
                lat=street.point.lat,
                lon=street.point.lon,
                source="pack",
                accuracy_m=STREET_ACCURACY_M,
                context=_label(pack, street.kelurahan),
                importance=STREET_IMPORTANCE,
                confidence=street.confidence,
                cautions=(Caution.LOW_CONFIDENCE,),
                facts=street.source,
            )


def documents_of_pack(pack: CityPack) -> list[Document]:
    """Every place of the pack that has a point, or is named after one that has."""
    known = [*_areas(pack), *_facilities(pack), *_agencies(pack), *_towns(pack)]
    return [*known, *_named_after(pack, known), *_flooded(pack, known)]


def _areas(pack: CityPack) -> Iterator[Document]:
    names = [kelurahan.name for kelurahan in pack.kelurahan]
    for kecamatan in pack.kecamatan:
        yield Document(
            key=kecamatan.code,
            name=f"Kecamatan {kecamatan.name}",
            other_names=(kecamatan.name,),
            kind=PlaceKind.KECAMATAN,
            lat=kecamatan.point.lat,
            lon=kecamatan.point.lon,
            source="pack",
            accuracy_m=KECAMATAN_ACCURACY_M,
            context=f"{len(kecamatan.kelurahan)} kelurahan",
            importance=0.7,
            confidence=kecamatan.confidence,
            cautions=(Caution.AREA_CENTRE,),
            facts=kecamatan.source,
        )
        for kelurahan in kecamatan.kelurahan:
            twice = (Caution.NAME_TWICE,) if names.count(kelurahan.name) > 1 else ()
            yield Document(
                key=kelurahan.code,
                name=kelurahan.name,
                other_names=kelurahan.aliases,
                kind=PlaceKind.KELURAHAN,
                lat=kelurahan.point.lat,
                lon=kelurahan.point.lon,
                source="pack",
                accuracy_m=AREA_ACCURACY_M,
                context=kecamatan.name,
                importance=0.75,
                kelurahan=kelurahan.code,
                confidence=kecamatan.confidence,
                cautions=(Caution.AREA_CENTRE, *twice),
                facts=kecamatan.source,
            )


def _facilities(pack: CityPack) -> Iterator[Document]:
    groups: tuple[tuple[PlaceKind, Iterable[Facility]], ...] = (
        (PlaceKind.LANDMARK, pack.landmarks),
        (PlaceKind.HOSPITAL, pack.hospitals),
        (PlaceKind.PUSKESMAS, pack.puskesmas),
        (PlaceKind.POLICE, (post for post in pack.posts if post.agency == "polisi")),
        (PlaceKind.POST, (post for post in pack.posts if post.agency != "polisi")),
    )
    for kind, facilities in groups:
        for facility in facilities:
            if getattr(facility, "kind", None) is LandmarkKind.STREET:
                continue
            low = facility.confidence is Confidence.LOW
            yield Document(
                key=facility.key,
                name=facility.name,
                other_names=(*facility.aliases, *_agency_names(pack, facility)),
                kind=kind,
                lat=facility.point.lat,
                lon=facility.point.lon,
                source="pack",
                accuracy_m=ACCURACY_M[facility.confidence],
                context=_label(pack, facility.kelurahan),
                address=facility.address or "",
                importance=_IMPORTANCE[kind],
                kelurahan=facility.kelurahan,
                confidence=facility.confidence,
                cautions=(
                    *((Caution.LOW_CONFIDENCE,) if low else ()),
                    *((Caution.DEMO,) if getattr(facility, "demo", False) else ()),
                ),
                facts=facility.source,
            )


def _agency_names(pack: CityPack, facility: Facility) -> tuple[str, ...]:
    """The agency's full name, for the post that stands for it: where it is, or its head post."""
    agency = pack.agency_by_key.get(getattr(facility, "agency", ""))
    if agency is None or agency.short not in facility.name:
        return ()
    is_head = "Mako" in facility.name or "Induk" in facility.name
    is_there = agency.point and distance_m(facility.point, agency.point) <= SAME_M
    return (agency.name.id,) if is_head or is_there else ()


def _agencies(pack: CityPack) -> Iterator[Document]:
    for agency in pack.agencies:
        if agency.point is None or _has_post(pack, agency.key, agency.short, agency.point):
            continue
        yield Document(
            key=f"agency:{agency.key}",
            name=agency.name.id,
            other_names=(agency.short,),
            kind=PlaceKind.LANDMARK,
            lat=agency.point.lat,
            lon=agency.point.lon,
            source="pack",
            accuracy_m=ACCURACY_M[agency.confidence],
            address=agency.address or "",
            importance=0.5,
            confidence=agency.confidence,
            cautions=(Caution.LOW_CONFIDENCE,) if agency.confidence is Confidence.LOW else (),
            facts=agency.source,
        )


def _has_post(pack: CityPack, agency: str, short: str, point: Point) -> bool:
    """Whether a post of its name stands where the agency does: one place, one proposal."""
    return any(
        post.agency == agency and short in post.name and distance_m(post.point, point) <= SAME_M
        for post in pack.posts
    )


def _towns(pack: CityPack) -> Iterator[Document]:
    for neighbour in pack.city.neighbours:
        for town in neighbour.towns:
            yield Document(
                key=f"{neighbour.key}:{town.name}",
                name=town.name,
                kind=PlaceKind.OUTSIDE,
                lat=town.point.lat,
                lon=town.point.lon,
                source="pack",
                accuracy_m=TOWN_ACCURACY_M,
                context=neighbour.name.id,
                importance=0.4,
                confidence=Confidence.LOW,
                cautions=(Caution.OUTSIDE_CITY, Caution.AREA_CENTRE, Caution.LOW_CONFIDENCE),
                facts=neighbour.source,
            )


def _named_after(pack: CityPack, known: list[Document]) -> Iterator[Document]:
    """Rail crossings, toll gates and kilometre marks at the place they are named after."""
    places = _by_name(known)
    for crossing in pack.crossings:
        name = f"Perlintasan {crossing.name}"
        yield from _at(
            places, crossing.key, name, crossing.name, PlaceKind.LEVEL_CROSSING, crossing.source
        )
    for toll in pack.tolls:
        for gate in toll.gates:
            name = f"Gerbang Tol {gate} ({toll.name})"
            yield from _at(
                places, f"{toll.key}:{gate}", name, gate, PlaceKind.LANDMARK, toll.source
            )
        for mark in toll.kilometres:
            name = f"{mark} {toll.name}"
            yield from _at(places, f"{toll.key}:{mark}", name, mark, PlaceKind.TOLL_KM, toll.source)


def _flooded(pack: CityPack, known: list[Document]) -> Iterator[Document]:
    """Neighbourhoods that flood, told with their kelurahan ("Tambaklorok RW 12–16, Tanjung Mas"):
    somewhere in it, which is all that the pack knows."""
    places = _by_name([one for one in known if one.kind is PlaceKind.KELURAHAN])
    for flooded in pack.flood_roads:
        told, _, area = flooded.name.rpartition(", ")
        place = places.get(_folded(area)) if area else None
        name = _NUMBERED_AREA.sub("", told)
        if place is None or not name:
            continue
        yield Document(
            key=f"flood:{flooded.key}",
            name=name,
            kind=PlaceKind.HAMLET,
            lat=place.lat,
            lon=place.lon,
            source="pack",
            accuracy_m=place.accuracy_m,
            context=f"{place.name}, {place.context}",
            importance=0.6,
            kelurahan=place.kelurahan,
            confidence=Confidence.LOW,
            cautions=(Caution.LOW_CONFIDENCE, Caution.AREA_CENTRE),
            facts=flooded.source,
        )


def _at(
    places: dict[str, Document],
    key: str,
    name: str,
    after: str,
    kind: PlaceKind,
    facts: tuple[str, ...],
) -> Iterator[Document]:
    place = _place(places, after)
    if place is None:
        return
    yield Document(
        key=f"{kind}:{key}",
        name=name,
        kind=kind,
        lat=place.lat,
        lon=place.lon,
        source="pack",
        accuracy_m=NAMED_AFTER_ACCURACY_M,
        context=f"± {place.name}, {place.context}",
        importance=0.4,
        kelurahan=place.kelurahan,
        confidence=Confidence.LOW,
        cautions=(Caution.LOW_CONFIDENCE, Caution.AREA_CENTRE),
        facts=facts,
    )


def _by_name(known: list[Document]) -> dict[str, Document]:
    """Areas and landmarks by the words of their names, the more important one first."""
    places: dict[str, Document] = {}
    for document in sorted(known, key=lambda one: one.importance):
        if document.kind in {PlaceKind.KELURAHAN, PlaceKind.KECAMATAN, PlaceKind.LANDMARK}:
            for name in (document.name, *document.other_names):
                places[_folded(name)] = document
    return places


def _place(places: dict[str, Document], after: str) -> Document | None:
    """The place that a name without its numbers is called after, a longer match first."""
    words = _folded(_DROPPED.sub(" ", after)).split()
    for length in range(min(len(words), 3), 0, -1):
        for start in range(len(words) - length + 1):
            name = " ".join(words[start : start + length])
            for full in (name, f"{name} kulon", f"{name} kidul", f"{name} lor", f"stasiun {name}"):
                if full in places and not name.isdigit():
                    return places[full]
    return None


def _folded(name: str) -> str:
    return " ".join(map(key_of, normalise(name).words))


def _label(pack: CityPack, code: str) -> str:
    kelurahan = pack.kelurahan_by_code[code]
    return f"{kelurahan.name}, {pack.kecamatan_by_code[kelurahan.kecamatan].name}"
