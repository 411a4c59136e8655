"""Points that were written or pasted instead of said: coordinates, plus codes, map links.

Reads them all and makes one proposal, with a caution for every help it needed: a lost minus,
longitude first, a point outside of the city. A point on another continent is no proposal, and a
shortened link, which cannot be read offline, is none either; both are told as notices.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

from kentongan.cities.facts import Confidence, Point
from kentongan.cities.gazetteer import Caution, Notice, PlaceKind, PlaceProposal
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.gazetteer import plus_codes
from kentongan.edge.geo.gazetteer.areas import Areas
from kentongan.edge.geo.gazetteer.coordinates import Written, accuracy_of, find_written
from kentongan.edge.geo.gazetteer.map_links import find_link
from kentongan.edge.geo.gazetteer.outside import whereabouts

COUNTRY_DEGREES: Final = 3.0
"""A point this far from the city was hardly meant."""

SCORE: Final = 1.5
"""Above any name: who sends a point means it."""

NEEDS_NEAR_DIGITS: Final = 2
"""A short code with no more digits before its plus repeats every five kilometres."""


class Pinned(Struct, frozen=True):
    """A proposal, or words to search for instead, or a notice of why there is none."""

    proposal: PlaceProposal | None = None
    words: str | None = None
    notice: Notice | None = None


def read(
    text: str,
    pack: CityPack,
    areas: Areas,
    near: Point | None,
    place: Callable[[str], Point | None],
) -> Pinned:
    """The point in the text. `place` finds the point of a place name beside a short plus code."""
    link = find_link(text)
    if link is not None and link.is_short:
        return Pinned(notice=Notice.SHORT_LINK)
    if link is not None and link.point is None:
        text = link.words
    written = link.point if link is not None and link.point else None
    if written is None:
        code = plus_codes.FOUND.search(text)
        if code is not None:
            return _of_code(code["code"], text, pack, areas, near, place)
        written = find_written(text)
    if written is None:
        return Pinned(words=text)
    return _of_written(written, pack, areas)


def _of_written(written: Written, pack: CityPack, areas: Areas) -> Pinned:
    typed = written.point
    readings: tuple[tuple[Point, tuple[Caution, ...]], ...] = (
        (typed, ()),
        (Point(-typed.lat, typed.lon), (Caution.SIGN_ADDED,)),
        (Point(typed.lon, typed.lat), (Caution.SWAPPED,)),
        (Point(-typed.lon, typed.lat), (Caution.SWAPPED, Caution.SIGN_ADDED)),
    )
    centre = pack.city.centre
    for point, cautions in readings:
        if max(abs(point.lat - centre.lat), abs(point.lon - centre.lon)) <= COUNTRY_DEGREES:
            label = f"{point.lat:.6f}, {point.lon:.6f}"
            proposal = _proposal(label, point, written.accuracy_m, written.source, pack, areas)
            second = (Caution.SECOND_POINT,) if written.others else ()
            return Pinned(_with(proposal, (*cautions, *second)))
    return Pinned(notice=Notice.ELSEWHERE)


def _of_code(
    code: str,
    text: str,
    pack: CityPack,
    areas: Areas,
    near: Point | None,
    place: Callable[[str], Point | None],
) -> Pinned:
    reference: Point | None = None
    if plus_codes.is_short(code):
        reference = place(text.replace(code, " ")) or near
        if reference is None and code.index(plus_codes.SEPARATOR) <= NEEDS_NEAR_DIGITS:
            return Pinned(notice=Notice.NEEDS_PLACE)
    reference = reference or pack.city.centre
    try:
        full = plus_codes.recover(code, reference.lat, reference.lon)
        area = plus_codes.decode(full)
    except plus_codes.NoPlusCode:
        return Pinned(words=text)
    point = Point(*area.centre)
    centre = pack.city.centre
    if max(abs(point.lat - centre.lat), abs(point.lon - centre.lon)) > COUNTRY_DEGREES:
        return Pinned(notice=Notice.ELSEWHERE)
    accuracy_m = accuracy_of(area.north - area.south)
    label = f"{full} ({point.lat:.6f}, {point.lon:.6f})"
    return Pinned(_proposal(label, point, accuracy_m, "plus_code", pack, areas))


def _proposal(
    label: str, point: Point, accuracy_m: int, source: str, pack: CityPack, areas: Areas
) -> PlaceProposal:
    where = whereabouts(areas, pack, point)
    return PlaceProposal(
        label=label,
        detail=where.label,
        kind=PlaceKind.COORDINATES,
        point=point,
        source=(source,),
        confidence=Confidence.HIGH,
        key="",
        kelurahan=(where.area.code or None) if where.area else None,
        cautions=() if where.area else (Caution.OUTSIDE_CITY,),
        score=SCORE,
        accuracy_m=accuracy_m,
    )


def _with(proposal: PlaceProposal, cautions: tuple[Caution, ...]) -> PlaceProposal:
    if not cautions:
        return proposal
    return structs.replace(
        proposal, cautions=(*cautions, *proposal.cautions), confidence=Confidence.MEDIUM
    )
