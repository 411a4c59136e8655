"""Kilometres of toll roads: "tol km 428 arah Jakarta", from the marks that are known.

Between two marks of one road the point is interpolated and says so; beyond them the nearest mark is
proposed with its distance in kilometres, never as if it were the place. The direction is kept in
words, and read as a way along the marks: with rising kilometres (side A) or falling ones (B), by
the side that was named, by the towns that the city pack knows of the road, else by where the town
lies. Pure.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain, pairwise
from typing import Final

from msgspec import Struct, structs

from kentongan.cities.facts import Point
from kentongan.cities.landmarks import TollRoad
from kentongan.edge.geo.gazetteer.carriageways import Ahead
from kentongan.edge.geo.gazetteer.directions import direction_said
from kentongan.edge.geo.gazetteer.documents import Document
from kentongan.edge.geo.gazetteer.normaliser import CHARACTERS_MAX, fold, normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of

BETWEEN_MAX_KM: Final = 6.0
"""Marks farther apart say too little about the road between them."""

NEAREST_MAX_KM: Final = 12.0
"""A mark farther away is no help."""

BEND_SHARE: Final = 0.2
"""How far a road bends away from the line between two marks, as a share of their distance."""

_KM: Final = re.compile(
    r"\b(?:km|kilometer)\W{0,3}(?P<km>\d{1,3})(?:\s?[.,+/]\s?(?P<part>\d{1,3}))?\s?(?P<side>[ab])?\b"
)
_LANE: Final = re.compile(r"\b(?:jalur|lajur)\W{1,3}(?P<side>[ab])\b")
_TOWARDS: Final = re.compile(
    r"\b(?:(?P<way>arah|jurusan|menuju|towards?)|ke)\s+"
    r"(?P<to>[a-z]{3,}(?:\s(?!(?:km|tol|di|arah|jurusan|menuju)\b)[a-z]{3,})?)"
)
_TOLL: Final = re.compile(r"\b(?:tol|toll|jalan tol)\b")
_OTHER_ROAD: Final = re.compile(r"\b(?:jl|jln|jalan(?! tol)|raya|gang|gg)\b")
_NO_NAME: Final = frozenset({"tol", "gerbang"})
"""Words that name no road."""

_MARK: Final = re.compile(
    r"\bKM (?P<km>\d{1,4}(?:[.,]\d{1,3})?)(?:\s?[–-]\s?(?P<to>\d{1,4}))?", re.IGNORECASE
)


class KilometreAsked(Struct, frozen=True):
    """A kilometre, perhaps a side (A or B), a direction, words of the road's name.

    `headings` are all words that may be the town, and whether a way was said: "ke" may be into a
    ditch; `away` are those that one comes from. `words` are all words besides, as they are
    compared.
    """

    km: float
    side: str
    towards: str
    road: frozenset[str]
    headings: tuple[tuple[str, bool], ...] = ()
    away: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()

    @property
    def is_away(self) -> bool:
        """Whether one comes from that town."""
        return self.towards in self.away

    @property
    def shown(self) -> str:
        """For people: "KM 428.2"."""
        return f"KM {_shown(self.km)}"


class KilometreFound(Struct, frozen=True):
    """A point on a toll road. `off_km` is how far the known mark is from what was said."""

    label: str
    lat: float
    lon: float
    accuracy_m: int
    off_km: float
    mark: Document
    next_mark: Document | None = None
    rises: Ahead | None = None


class _Mark(Struct, frozen=True):
    km: float
    document: Document
    road: frozenset[str]


def kilometre_asked(text: str) -> KilometreAsked | None:
    """The kilometre of a toll road that the words name, or `None`."""
    flat = fold(text[:CHARACTERS_MAX])
    found = _KM.search(flat)
    if found is None or (_OTHER_ROAD.search(flat) and not _TOLL.search(flat)):
        return None
    part = found["part"] or ""
    km = float(found["km"]) + (float(f"0.{part}") if part else 0.0)
    headings: list[tuple[str, bool]] = []
    away: set[str] = set()
    for one in _TOWARDS.finditer(flat):
        towns = dict.fromkeys((one["to"], one["to"].split()[0]))
        headings += [(words, one["way"] is not None) for words in towns]
        away |= towns.keys() if flat[: one.start()].rstrip().endswith(" dari") else set()
    lane = _LANE.search(flat)
    side = found["side"] or (lane["side"] if lane else "")
    rest = _TOWARDS.sub(" ", _LANE.sub(" ", _KM.sub(" ", flat)))
    return KilometreAsked(
        km=km,
        side=side.upper(),
        towards=headings[0][0] if headings else "",
        road=_road_words(rest),
        headings=tuple(headings),
        away=frozenset(away),
        words=tuple(word for word in normalise(rest).words if word not in _NO_NAME),
    )


def is_toll_said(text: str) -> bool:
    """Whether a toll road is meant, and no street beside it."""
    flat = fold(text[:CHARACTERS_MAX])
    return _TOLL.search(flat) is not None and _OTHER_ROAD.search(flat) is None


def section_said(text: str) -> str:
    """The words of a toll road without kilometre and direction: its gate or section is named by
    them. With the direction where nothing else names one."""
    flat = _LANE.sub(" ", _KM.sub(" ", fold(text[:CHARACTERS_MAX])))
    direction = direction_said(flat)
    rest = flat.replace(direction.words, " ") if direction else flat
    return rest if set(normalise(rest).words) - _NO_NAME else flat


def is_toll(label: str) -> bool:
    """Whether a place of that name is a gate, a kilometre or a toll road itself."""
    return not _NO_NAME.isdisjoint(normalise(label).words)


class TollMarks:
    """The marks of all toll roads of a city; `known` are what its pack says of them."""

    def __init__(self, documents: Iterable[Document], known: Iterable[TollRoad] = ()) -> None:
        self._known = [(_road_words(one.name), one) for one in known]
        self._roads: dict[str, list[_Mark]] = defaultdict(list)
        for document in documents:
            found = _MARK.search(document.name)
            if found is None:
                continue
            km = float(found["km"].replace(",", "."))
            if found["to"]:
                km = (km + float(found["to"])) / 2
            rest = _MARK.sub(" ", document.name)
            mark = _Mark(km, document, _road_words(rest))
            self._roads[" ".join(sorted(mark.road))].append(mark)
        for marks in self._roads.values():
            marks.sort(key=lambda one: one.km)

    def __bool__(self) -> bool:
        return bool(self._roads)

    def find(self, asked: KilometreAsked) -> list[KilometreFound]:
        """Where it may be: one proposal a road, the road that was named first, then the nearest."""
        found: list[tuple[int, float, KilometreFound]] = []
        for marks in self._roads.values():
            named = len(asked.road & marks[0].road)
            place = _between(marks, asked.km) or _nearest(marks, asked.km)
            if place.off_km <= NEAREST_MAX_KM:
                found.append((-named, place.off_km, place))
        return [place for _, _, place in sorted(found, key=lambda one: one[:2])]

    def settled(
        self, asked: KilometreAsked, where: Callable[[str], Point | None]
    ) -> KilometreAsked:
        """The same towards the town alone, whatever words follow it: one that the pack knows of a
        toll road, else a place that `where` finds by its name after a word of way, else nothing."""
        towns = {fold(town) for _, one in self._known for town in (*one.up, *one.down)}
        known = (words for words, _ in asked.headings if words in towns)
        placed = (words for words, is_way in asked.headings if is_way and where(words) is not None)
        return structs.replace(asked, towards=next(chain(known, placed), ""))

    def is_of(self, found: KilometreFound, asked: KilometreAsked) -> bool:
        """Whether that kilometre is of the road that was named, if one was: by its own name, or by
        a gate that the pack knows of it."""
        named = _road_words(found.mark.name)
        for words, one in self._known:
            if words and words <= named:
                named |= _road_words(" ".join(one.gates))
        return not asked.road or not asked.road.isdisjoint(named)

    def ahead(
        self, found: KilometreFound, asked: KilometreAsked, where: Callable[[str], Point | None]
    ) -> Ahead | None:
        """Which way one drives there; `None` when that was not said, or nobody knows. `where` finds
        a town by its name."""
        rises = found.rises
        if rises is None:
            return None
        if asked.side:
            is_rising: bool | None = asked.side == "A"
        else:
            is_rising = self._rises_towards(found, asked)
            if is_rising is None and asked.towards and (town := where(asked.towards)) is not None:
                way = _way(Point(found.lat, found.lon), town)
                if way is not None:
                    is_rising = way.north * rises.north + way.east * rises.east > 0
            if is_rising is not None:
                is_rising ^= asked.is_away
        if is_rising is None:
            return None
        return rises if is_rising else Ahead(-rises.north, -rises.east)

    def _rises_towards(self, found: KilometreFound, asked: KilometreAsked) -> bool | None:
        road = _road_words(_road_of(found.mark))
        for words, one in self._known:
            if not road or words == road:
                for towns, is_rising in ((one.up, True), (one.down, False)):
                    if asked.towards and asked.towards in map(fold, towns):
                        return is_rising
        return None


def _between(marks: list[_Mark], km: float) -> KilometreFound | None:
    """On the line between the marks before and after it."""
    for before, after in pairwise(marks):
        gap = after.km - before.km
        if not (before.km <= km <= after.km and 0.05 < gap <= BETWEEN_MAX_KM):
            continue
        share = (km - before.km) / gap
        a, b = before.document, after.document
        off_m = BEND_SHARE * 1_000 * gap * min(share, 1 - share) * 2
        return KilometreFound(
            label=f"KM {_shown(km)} {_road_of(a)}",
            lat=a.lat + share * (b.lat - a.lat),
            lon=a.lon + share * (b.lon - a.lon),
            accuracy_m=round(max(a.accuracy_m, b.accuracy_m) + off_m),
            off_km=0.0,
            mark=b if share == 1 else a,
            next_mark=b if 0 < share < 1 else None,
            rises=_way(Point(a.lat, a.lon), Point(b.lat, b.lon)),
        )
    return None


def _nearest(marks: list[_Mark], km: float) -> KilometreFound:
    mark = min(marks, key=lambda one: abs(one.km - km))
    at = marks.index(mark)
    before, after = marks[max(0, at - 1)].document, marks[min(at + 1, len(marks) - 1)].document
    off_km = abs(mark.km - km)
    document = mark.document
    return KilometreFound(
        label=document.name,
        lat=document.lat,
        lon=document.lon,
        accuracy_m=round(document.accuracy_m + 1_000 * off_km),
        off_km=off_km,
        mark=document,
        rises=_way(Point(before.lat, before.lon), Point(after.lat, after.lon)),
    )


def _way(start: Point, end: Point) -> Ahead | None:
    """From one point to the other; none between a point and itself."""
    if start == end:
        return None
    return Ahead(end.lat - start.lat, (end.lon - start.lon) * math.cos(math.radians(start.lat)))


def _road_of(document: Document) -> str:
    return " ".join(_MARK.sub(" ", document.name).split())


def _road_words(text: str) -> frozenset[str]:
    return frozenset(key_of(w) for w in normalise(text).words) - {"tol", "semarang", "km", "about"}


def _shown(km: float) -> str:
    return f"{km:g}"
