"""Where is it? Places of the city from what a caller says, as proposals and never as a decision.

Searches kelurahan, kecamatan, landmarks, health centres and posts by their Indonesian names, and
reads typed coordinates. Every proposal says where its point comes from and what to be careful
about; the call-taker chooses, and nothing is snapped to the nearest name.
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Final

from msgspec import structs

from kentongan.cities.area import inside_city, nearest_kelurahan
from kentongan.cities.coordinates import find_point
from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Confidence, Point
from kentongan.cities.gazetteer import (
    Caution,
    Entry,
    PlaceKind,
    PlaceProposal,
    entries,
    telling,
)
from kentongan.cities.pack import CityPack
from kentongan.cities.spelling import Vocabulary, tokens

__all__ = [
    "Caution",
    "PlaceKind",
    "PlaceProposal",
    "distance_m",
    "inside_city",
    "nearest_kelurahan",
    "search",
]

PACKS_REMEMBERED: Final = 8  # a process serves one city; tests load a few more
RESULTS_MAX: Final = 50  # nobody reads more
SCORE_MIN: Final = 0.42  # below this a proposal is noise
NEAR_BONUS: Final = 0.08  # breaks ties between equal names, never beats a better name
NEAR_M: Final = 3_000.0  # the bonus fades over about this distance
COUNTRY_DEGREES: Final = 3.0  # a typed point this far from the city was hardly meant


def search(
    pack: CityPack, text: str, near: Point | None = None, limit: int = 10
) -> list[PlaceProposal]:
    """Places that the words may mean, best first; typed coordinates come before any name."""
    typed = find_point(text)
    found = [] if typed is None else _coordinates(pack, typed)
    if not found:
        found = _index(pack).search(text, near)
    if near is not None:
        found = [
            structs.replace(one, distance_m=round(distance_m(near, one.point))) for one in found
        ]
    return found[: max(0, min(limit, RESULTS_MAX))]


def _coordinates(pack: CityPack, typed: Point) -> list[PlaceProposal]:
    readings: tuple[tuple[Point, tuple[Caution, ...]], ...] = (
        (typed, ()),
        (Point(-typed.lat, typed.lon), (Caution.SIGN_ADDED,)),
        (Point(typed.lon, typed.lat), (Caution.SWAPPED,)),
        (Point(-typed.lon, typed.lat), (Caution.SWAPPED, Caution.SIGN_ADDED)),
    )
    centre = pack.city.centre
    for point, cautions in readings:
        away = max(abs(point.lat - centre.lat), abs(point.lon - centre.lon))
        if away <= COUNTRY_DEGREES:
            return [_typed_proposal(pack, point, cautions)]
    return []


def _typed_proposal(pack: CityPack, point: Point, cautions: tuple[Caution, ...]) -> PlaceProposal:
    where = inside_city(pack, point.lat, point.lon)
    outside = () if where.inside else (Caution.OUTSIDE_CITY,)
    return PlaceProposal(
        label=f"{point.lat:.6f}, {point.lon:.6f}",
        detail=f"± {where.nearest.label}",
        kind=PlaceKind.COORDINATES,
        point=point,
        source=("typed",),
        confidence=Confidence.HIGH if not cautions else Confidence.MEDIUM,
        key="",
        kelurahan=where.nearest.kelurahan.code if where.inside else None,
        cautions=cautions + outside,
        score=1.0,
    )


class _Index:
    """All places of a pack by the words they are found by."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self._entries = entries
        self._by_word: dict[str, set[int]] = {}
        for n, entry in enumerate(entries):
            own = {word for name in (*entry.names, entry.address) for word in name}
            for word in own | entry.around:
                self._by_word.setdefault(word, set()).add(n)
        self._vocabulary = Vocabulary(self._by_word)
        self._pairs = _joined_pairs(entries)
        size = len(entries) + 1
        self._weight = {w: math.log(size / len(n)) + 0.2 for w, n in self._by_word.items()}

    def search(self, text: str, near: Point | None) -> list[PlaceProposal]:
        matches, unknown = self._understood(text)
        if not matches:
            return []
        wanted: set[int] = set()
        for match in matches:
            for word in match:
                wanted |= self._by_word[word]
        scored = [(self._score(self._entries[n], matches, unknown, near), n) for n in wanted]
        scored = [(score, n) for score, n in scored if score >= SCORE_MIN]
        scored.sort(key=lambda pair: (-pair[0], self._entries[pair[1]].proposal.label))
        return [
            structs.replace(self._entries[n].proposal, score=round(score, 3))
            for score, n in scored[:RESULTS_MAX]
        ]

    def _understood(self, text: str) -> tuple[list[dict[str, float]], int]:
        """For each typed word what it may mean, and how many words meant nothing."""
        typed = self._split(telling(tokens(text)))
        matches: list[dict[str, float]] = []
        unknown = 0
        for n, word in enumerate(typed):
            found = self._vocabulary.matches(word, n == len(typed) - 1)
            if found:
                matches.append(found)
            else:
                unknown += 1
        if all(word.isdigit() for match in matches for word in match):
            return [], unknown
        return matches, unknown

    def _split(self, typed: tuple[str, ...]) -> tuple[str, ...]:
        """`simpanglima` → `simpang lima`, `kali gawe` → `kaligawe`, where that is a known word."""
        words: list[str] = []
        for word in typed:
            joined = words[-1] + word if words else ""
            if joined in self._vocabulary:
                words[-1] = joined
            elif word not in self._vocabulary and word in self._pairs:
                words.extend(self._pairs[word])
            else:
                words.append(word)
        return tuple(words)

    def _score(
        self, entry: Entry, matches: list[dict[str, float]], unknown: int, near: Point | None
    ) -> float:
        best = max(self._name_score(name, entry.around, matches, unknown) for name in entry.names)
        if entry.address:
            by_address = self._name_score(entry.address, entry.around, matches, unknown)
            best = max(best, 0.85 * by_address)
        if best <= 0:
            return 0.0
        bonus = 0.0
        if near is not None:
            bonus = NEAR_BONUS * math.exp(-distance_m(near, entry.proposal.point) / NEAR_M)
        return best + entry.rank + bonus

    def _name_score(
        self,
        name: tuple[str, ...],
        around: frozenset[str],
        matches: list[dict[str, float]],
        unknown: int,
    ) -> float:
        """How much of what was said is explained, and how much of the name was said."""
        said = 0.3 * unknown
        explained = 0.0
        heard: dict[str, float] = {}
        for match in matches:
            own = max(((q, w) for w, q in match.items() if w in name), default=(0.0, ""))
            beside = max((q for w, q in match.items() if w in around), default=0.0)
            weight = max(self._weight[w] * q for w, q in match.items())
            said += weight
            explained += weight * max(own[0], 0.7 * beside)
            if own[0]:
                heard[own[1]] = max(heard.get(own[1], 0.0), own[0])
        if not heard:
            return 0.0
        whole = sum(self._weight[word] for word in set(name))
        share = sum(self._weight[word] * quality for word, quality in heard.items()) / whole
        return 0.6 * explained / said + 0.4 * share


@lru_cache(maxsize=PACKS_REMEMBERED)
def _index(pack: CityPack) -> _Index:
    return _Index(tuple(entries(pack)))


def _joined_pairs(entries: Iterable[Entry]) -> dict[str, tuple[str, str]]:
    return {
        one + other: (one, other)
        for entry in entries
        for name in entry.names
        for one, other in pairwise(name)
    }
