"""The places of a city pack as proposals, each with the words it is found by.

Every proposal carries the source and confidence of its fact, and what to be careful about. This
only lists them; finding the right one is the work of `places`.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kentongan.cities.facts import Confidence, Facility, Kecamatan, Kelurahan, Point
from kentongan.cities.landmarks import LandmarkKind
from kentongan.cities.pack import CityPack
from kentongan.cities.spelling import GENERIC, tokens

NUMBERS: Final = {"simpang 5": "simpang lima", "simpang5": "simpang lima"}


class PlaceKind(StrEnum):
    """What a proposal is."""

    COORDINATES = "coordinates"
    LANDMARK = "landmark"
    HOSPITAL = "hospital"
    PUSKESMAS = "puskesmas"
    POLICE = "police"
    POST = "post"
    KELURAHAN = "kelurahan"
    KECAMATAN = "kecamatan"
    OUTSIDE = "outside"
    STREET = "street"
    INTERSECTION = "intersection"
    TOLL_KM = "toll_km"
    LEVEL_CROSSING = "level_crossing"
    HAMLET = "hamlet"  # perumahan, dusun, kampung: an area without an office
    STOP = "stop"  # of a bus; often named like what it stands before
    PLACE = "place"  # a school, a shop, a place of worship


class Caution(StrEnum):
    """What to be careful about with a proposal's point."""

    LOW_CONFIDENCE = "low_confidence"
    AREA_CENTRE = "area_centre"  # the middle of an area, not an address
    SWAPPED = "swapped"  # longitude was typed first
    SIGN_ADDED = "sign_added"  # the minus of a southern latitude was missing
    OUTSIDE_CITY = "outside_city"
    NAME_TWICE = "name_twice"  # this name occurs twice in the city
    DEMO = "demo"  # the post is a stand-in of the demo fleet
    APPROXIMATE = "approximate"  # number, block, RT or RW are on no map: the point is the street's
    OTHER_NAME = "other_name"  # read as another word than the one said, perhaps another place
    ON_THE_STREET = "on_the_street"  # only its address was said: it is not the street itself
    NO_STREET = "no_street"  # a street was said; this is none, and is only called like it
    ROUGH = "rough"  # a street that is known by one rough point, not by its course
    SECOND_POINT = "second_point"  # another point was written beside it
    NOT_REVIEWED = "not_reviewed"  # a name or point the crew or room gave, not yet looked at


class PlaceProposal(Struct, frozen=True, kw_only=True):
    """A place the caller may mean. `kelurahan` is a code, `score` runs from 0 to about 1.2.

    `relation` is where the caller is as seen from it ("depan"), `address` what was said below the
    street ("RT 3 RW 5"); both only repeat the caller and moved no point. `accuracy_m` is how far
    off the point may be, `None` where nobody knows. `left_out` are the words it does without: with
    any of them it is only a part of what was said. `found_as` is the name it was found by where
    that is another one than its own. `misspelt` are pairs of a word that was said and the word of
    the place that it was read as.
    """

    label: str
    detail: str
    kind: PlaceKind
    point: Point
    source: tuple[str, ...]
    confidence: Confidence
    key: str
    kelurahan: str | None
    cautions: tuple[Caution, ...]
    score: float
    distance_m: int | None = None
    accuracy_m: int | None = None
    relation: str = ""
    address: str = ""
    left_out: tuple[str, ...] = ()
    found_as: str = ""
    misspelt: tuple[tuple[str, str], ...] = ()


class Notice(StrEnum):
    """What must be told besides the proposals."""

    SHORT_LINK = "short_link"  # a shortened map link holds no position; open it, paste the long one
    ELSEWHERE = "elsewhere"  # the point written is not in this part of the world
    NEEDS_PLACE = "needs_place"  # a short plus code without a place name
    NAME_TWICE = "name_twice"  # several places are called so; `words` are these
    NUMBER_UNKNOWN = "number_unknown"  # the number, RT or RW in `words` is on no map
    LEFT_OUT = "left_out"  # no proposal has these `words`: they mean something else, or nothing
    READ_AS = "read_as"  # perhaps another place: the first one has other `words` ("said → found")
    PARTLY = "partly"  # the first proposal does without these `words`, another one has them
    NOT_FOUND = "not_found"  # there is no proposal; `words` is what was looked for
    NO_STREET = "no_street"  # the street in `words` is on no map; what is proposed is none
    KILOMETRE_UNKNOWN = "kilometre_unknown"  # no sign of that road tells where `words` is
    NO_CROSSING = "no_crossing"  # a crossing was said, and no two streets of these names meet
    CUT = "cut"  # the text was too long: its end was not read


class PlaceNotice(Struct, frozen=True):
    """Something to tell, and the words it is about."""

    what: Notice
    words: tuple[str, ...] = ()


class PlacesFound(Struct, frozen=True):
    """Proposals, best first, and what must be told besides."""

    proposals: tuple[PlaceProposal, ...] = ()
    notices: tuple[PlaceNotice, ...] = ()


class Entry(Struct, frozen=True, kw_only=True):
    """A proposal and the words it is found by; `around` are the names of its area."""

    proposal: PlaceProposal
    names: tuple[tuple[str, ...], ...]
    address: tuple[str, ...]
    around: frozenset[str]
    rank: float


def entries(pack: CityPack) -> Iterable[Entry]:
    names = [kelurahan.name for kelurahan in pack.kelurahan]
    for kecamatan in pack.kecamatan:
        yield _entry(_kecamatan_proposal(kecamatan), (kecamatan.name,), rank=0.005)
        for kelurahan in kecamatan.kelurahan:
            twice = names.count(kelurahan.name) > 1
            proposal = _kelurahan_proposal(kelurahan, kecamatan, twice=twice)
            names_of = (kelurahan.name, *kelurahan.aliases)
            yield _entry(proposal, names_of, around=kecamatan.name, rank=0.01)
    landmarks = [one for one in pack.landmarks if one.kind is not LandmarkKind.STREET]
    groups: tuple[tuple[PlaceKind, Iterable[Facility], float], ...] = (
        (PlaceKind.LANDMARK, landmarks, 0.015),
        (PlaceKind.HOSPITAL, pack.hospitals, 0.012),
        (PlaceKind.PUSKESMAS, pack.puskesmas, 0.0),
        (PlaceKind.POLICE, (post for post in pack.posts if post.agency == "polisi"), 0.0),
        (PlaceKind.POST, (post for post in pack.posts if post.agency != "polisi"), 0.0),
    )
    for kind, facilities, rank in groups:
        for facility in facilities:
            proposal = _facility_proposal(pack, facility, kind)
            names_of = (facility.name, *facility.aliases)
            around = _area_label(pack, facility.kelurahan)
            yield _entry(
                proposal, names_of, address=facility.address or "", around=around, rank=rank
            )
    for neighbour in pack.city.neighbours:
        for town in neighbour.towns:
            proposal = PlaceProposal(
                label=f"{town.name}, {neighbour.name.id}",
                detail=neighbour.name.id,
                kind=PlaceKind.OUTSIDE,
                point=town.point,
                source=neighbour.source,
                confidence=Confidence.LOW,
                key=neighbour.key,
                kelurahan=None,
                cautions=(Caution.OUTSIDE_CITY, Caution.AREA_CENTRE, Caution.LOW_CONFIDENCE),
                score=0.0,
            )
            yield _entry(proposal, (town.name,), around=neighbour.name.id)


def telling(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without those that say nothing, unless nothing else was said."""
    flat = " ".join(words)
    for short, long in NUMBERS.items():
        flat = flat.replace(short, long)
    words = tuple(flat.split())
    telling = tuple(word for word in words if word not in GENERIC)
    return telling or words


def _entry(
    proposal: PlaceProposal,
    names: tuple[str, ...],
    *,
    address: str = "",
    around: str = "",
    rank: float = 0.0,
) -> Entry:
    return Entry(
        proposal=proposal,
        names=tuple(telling(tokens(name)) for name in names),
        address=tuple(word for word in tokens(address) if word not in GENERIC),
        around=frozenset(telling(tokens(around))),
        rank=rank,
    )


def _area_label(pack: CityPack, code: str) -> str:
    kelurahan = pack.kelurahan_by_code[code]
    return f"{kelurahan.name}, {pack.kecamatan_by_code[kelurahan.kecamatan].name}"


def _kecamatan_proposal(kecamatan: Kecamatan) -> PlaceProposal:
    return PlaceProposal(
        label=f"Kecamatan {kecamatan.name}",
        detail=f"{len(kecamatan.kelurahan)} kelurahan",
        kind=PlaceKind.KECAMATAN,
        point=kecamatan.point,
        source=kecamatan.source,
        confidence=kecamatan.confidence,
        key=kecamatan.code,
        kelurahan=None,
        cautions=(Caution.AREA_CENTRE,),
        score=0.0,
    )


def _kelurahan_proposal(
    kelurahan: Kelurahan, kecamatan: Kecamatan, *, twice: bool
) -> PlaceProposal:
    return PlaceProposal(
        label=f"{kelurahan.name}, {kecamatan.name}",
        detail=f"Kelurahan {kelurahan.name}, Kecamatan {kecamatan.name}",
        kind=PlaceKind.KELURAHAN,
        point=kelurahan.point,
        source=kecamatan.source,
        confidence=kecamatan.confidence,
        key=kelurahan.code,
        kelurahan=kelurahan.code,
        cautions=(Caution.AREA_CENTRE, *((Caution.NAME_TWICE,) if twice else ())),
        score=0.0,
    )


def _facility_proposal(pack: CityPack, facility: Facility, kind: PlaceKind) -> PlaceProposal:
    area = _area_label(pack, facility.kelurahan)
    low = facility.confidence is Confidence.LOW
    cautions = (
        *((Caution.LOW_CONFIDENCE,) if low else ()),
        *((Caution.DEMO,) if getattr(facility, "demo", False) else ()),
    )
    return PlaceProposal(
        label=facility.name,
        detail=f"{facility.address} · {area}" if facility.address else area,
        kind=kind,
        point=facility.point,
        source=facility.source,
        confidence=facility.confidence,
        key=facility.key,
        kelurahan=facility.kelurahan,
        cautions=cautions,
        score=0.0,
    )
