"""The search of a running centre: whatever was said or pasted, as proposals with their doubts.

In this order: a point written out, a kilometre of a toll road, local names, crossings, names. The
answer is a list of proposals, best first, never a decision; places of one name are all in it and
told apart. Any text of any length gives an answer within milliseconds and raises nothing.
"""

import math
from copy import copy
from functools import lru_cache
from typing import Final, NamedTuple

from msgspec import Struct, structs

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import (
    Caution,
    PlaceKind,
    PlaceNotice,
    PlaceProposal,
    PlacesFound,
)
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.gazetteer import notices, pinned, proposals
from kentongan.edge.geo.gazetteer.aliases import AliasBook, AliasState
from kentongan.edge.geo.gazetteer.carriageways import Carriageways
from kentongan.edge.geo.gazetteer.columns import KINDS
from kentongan.edge.geo.gazetteer.coordinates import CHARACTERS_MAX
from kentongan.edge.geo.gazetteer.crossings import Parted, part
from kentongan.edge.geo.gazetteer.gazetteer import ADDRESS, Gazetteer
from kentongan.edge.geo.gazetteer.normaliser import Normalised, normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.reverse import PointNamed, Reverse
from kentongan.edge.geo.gazetteer.scoring import Ranked, explain, rank
from kentongan.edge.geo.gazetteer.tolls import (
    KilometreAsked,
    KilometreFound,
    TollMarks,
    kilometre_asked,
)

RESULTS_MAX: Final = 50
"""Nobody reads more."""

EXPLAINED_MIN: Final = 0.33
"""A name that explains less of what was said is noise."""

EXPLAINED_WELL: Final = 0.88
"""A name that explains this much was meant; only below it may two streets be meant unsaid."""

BEHIND: Final = 0.001
"""How far an alias that nobody has reviewed stays behind what the map explains as well."""

NOISE_SHARE: Final = 0.55
"""What scores less than this share of the best one is noise beside it."""

INVENTED: Final = 0.75
"""What counts of the score of a street that the synthetic city named by its two ends: whoever says
"Purwosari Mijen" means the place, and no such street is there."""

BETWEEN: Final = "–"
"""Stands between the two ends in such a name."""

EQUAL_NAMES_MAX: Final = 6
"""Places of one name shown together; a street name can occur thirty times in a city."""

EQUAL_APART_M: Final = 300.0
"""Two entries of one name closer than this are one place, mapped twice."""

STOP_WORD: Final = "halte"
"""Said, a stop is meant, and no longer stands behind what it is named after."""

KILOMETRE_SCORE: Final = 1.2
CROSSING_SAID: Final = 1.2
CROSSING_GUESSED: Final = 1.08
"""Times the fit of both streets; a landmark named in full is above a guessed crossing."""

NAMES_BESIDE: Final = 4
"""Names looked at to tell two places of one label apart."""

SHORT_CHARACTERS: Final = 3
SHORT_REMEMBERED: Final = 4_096
"""Answers kept for texts this short: every call types them, and they mean the most names."""


def _standing(proposal: PlaceProposal) -> float:
    """Where a proposal stands in the list: what the map made up comes after what is there."""
    is_invented = Caution.DEMO in proposal.cautions and BETWEEN in proposal.label
    return proposal.score * (INVENTED if is_invented else 1.0)


def _each_place_once(found: list[PlaceProposal]) -> list[PlaceProposal]:
    """Without what has the label of a better one close by: one place, mapped or listed twice."""
    kept: list[PlaceProposal] = []
    for one in found:
        alike = (other for other in kept if other.label == one.label)
        if all(distance_m(other.point, one.point) > EQUAL_APART_M for other in alike):
            kept.append(one)
    return kept


class _Names(Struct, frozen=True):
    """Proposals by name, the largest share of what was said that one of them explains, and the
    words that mean nothing here."""

    proposals: tuple[PlaceProposal, ...]
    explained: float
    unknown: tuple[str, ...] = ()


class _Looked(NamedTuple):
    """Proposals, the words that mean nothing here, and whether a crossing was said in vain."""

    proposals: list[PlaceProposal]
    unknown: tuple[str, ...] = ()
    no_crossing: bool = False


class CitySearch:
    """The search over one city; aliases take effect with the book's next step."""

    def __init__(
        self, gazetteer: Gazetteer, pack: CityPack, aliases: AliasBook | None = None
    ) -> None:
        self.gazetteer = gazetteer
        self.aliases = aliases if aliases is not None else AliasBook()
        self._pack = pack
        self._city_words = frozenset(normalise(pack.city.name.id).words) - {"kota", "kabupaten"}
        documents = gazetteer.documents
        marks = KINDS.index(PlaceKind.TOLL_KM)
        self._tolls = TollMarks(
            (documents.document(n) for n, kind in enumerate(documents.kinds) if kind == marks),
            pack.tolls,
        )
        self.carriageways: Carriageways | None = None
        self._reverse = Reverse(gazetteer)
        self._short = lru_cache(maxsize=SHORT_REMEMBERED)(self._names_of_version)

    def with_aliases(self, aliases: AliasBook) -> "CitySearch":
        """The same names with another book; nothing is worked out anew."""
        other = copy(self)
        other.aliases = aliases
        other.forget_short()
        return other

    def forget_short(self) -> None:
        """Answer short texts anew: what was remembered belongs to another book."""
        self._short = lru_cache(maxsize=SHORT_REMEMBERED)(self._names_of_version)

    def search(self, text: str, near: Point | None = None, limit: int = 10) -> list[PlaceProposal]:
        """Places that the words may mean, best first; what the screens ask for."""
        return list(self.look_up(text, near, limit).proposals)

    def look_up(self, text: str, near: Point | None = None, limit: int = 10) -> PlacesFound:
        """The same, with what must be told besides."""
        limit = max(0, min(limit, RESULTS_MAX))
        is_cut = len(text) > CHARACTERS_MAX
        text = text[:CHARACTERS_MAX]
        if not limit or not text.strip():
            return PlacesFound()
        read = pinned.read(text, self._pack, self.gazetteer.areas, near, self._area_point)
        if read.proposal is not None:
            return PlacesFound((proposals.with_distance(read.proposal, near),))
        if read.words is None:
            return PlacesFound(notices=(PlaceNotice(read.notice),) if read.notice else ())
        looked = self._found(read.words, near, limit)
        shown = tuple(proposals.with_distance(one, near) for one in looked.proposals[:limit])
        told = notices.of(shown, looked.unknown, no_crossing=looked.no_crossing, is_cut=is_cut)
        return PlacesFound(shown, told)

    def reverse(self, lat: float, lon: float) -> PointNamed:
        """What is at that point."""
        return self._reverse.name(lat, lon)

    def _found(self, text: str, near: Point | None, limit: int) -> _Looked:
        asked = kilometre_asked(text) if self._tolls else None
        if asked is not None and (marks := self._tolls.find(asked)):
            asked = self._tolls.settled(asked, self._town)
            return _Looked(
                [
                    proposals.of_kilometre(
                        mark, asked, KILOMETRE_SCORE - 0.01 * n, self._carriageway(mark, asked)
                    )
                    for n, mark in enumerate(marks)
                ]
            )
        said = normalise(text)
        if len(text) <= SHORT_CHARACTERS:
            rough = None if near is None else Point(round(near.lat, 2), round(near.lon, 2))
            names = self._short(text, rough, limit, self.aliases.version)
        else:
            names = self._names(said, near, limit)
        found = [*self._aliases(said, names), *names.proposals]
        if asked is not None:  # no mark near it: another kilometre's would only mislead
            found = [one for one in found if one.kind is not PlaceKind.TOLL_KM]
        parted = part(text)
        crossings: list[PlaceProposal] = []
        are_streets = False
        if parted.said or names.explained < EXPLAINED_WELL:
            crossings, are_streets = self._crossings(parted, near, limit)
            found += crossings
        found.sort(key=_standing, reverse=True)
        found = [structs.replace(one, score=round(one.score, 3)) for one in found]
        is_vain = not crossings and self._is_vain(parted, found, near, are_streets=are_streets)
        return _Looked(self._told_apart(_each_place_once(found)[:limit]), names.unknown, is_vain)

    def _carriageway(self, found: KilometreFound, asked: KilometreAsked) -> Point | None:
        """The point on the carriageway that was meant, where roads are known and it was said."""
        ahead = self._tolls.ahead(found, asked, self._town)
        if self.carriageways is None or ahead is None:
            return None
        return self.carriageways.find(Point(found.lat, found.lon), ahead, found.accuracy_m)

    def _is_vain(
        self, parted: Parted, found: list[PlaceProposal], near: Point | None, *, are_streets: bool
    ) -> bool:
        """Whether a crossing was meant and is not there: two streets were said, or a crossing of
        what no single name explains ("perempatan tugu muda" is one)."""
        if len(parted.sides) > 1:
            return True
        if parted.said:
            rest = normalise(" ".join(parted.sides))
            explained = self._names(rest, near, 1).explained
            return len(rest.words) > 1 and explained < EXPLAINED_WELL
        return are_streets and bool(found) and found[0].kind is PlaceKind.STREET

    def _told_apart(self, found: list[PlaceProposal]) -> list[PlaceProposal]:
        """No two labels alike: namesakes in one kelurahan get a name that stands near them."""
        labels = [one.label for one in found]
        if len(set(labels)) == len(labels):
            return found
        return [
            structs.replace(one, label=f"{one.label} ({self._beside(one)})")
            if labels.count(one.label) > 1
            else one
            for one in found
        ]

    def _beside(self, proposal: PlaceProposal) -> str:
        point = proposal.point
        for near in self._reverse.name(point.lat, point.lon, NAMES_BESIDE).near:
            if near.label not in proposal.label:
                return f"dekat {near.label}, {point.lat:.4f} {point.lon:.4f}"
        return f"{point.lat:.4f} {point.lon:.4f}"

    def _names_of_version(self, text: str, near: Point | None, limit: int, version: int) -> _Names:
        del version  # part of the key: a step in the book ends what was remembered
        return self._names(normalise(text), near, limit)

    def _aliases(self, said: Normalised, names: _Names) -> list[PlaceProposal]:
        """Local names. One without a number that nobody has reviewed stands behind what the map
        explains as well: a crew's "jl pemuda" must not take the street's place."""
        best = max((one.score for one in names.proposals), default=0.0)
        highest = best - BEHIND if names.explained >= EXPLAINED_WELL else math.inf
        found: list[PlaceProposal] = []
        for one in self.aliases.find(said):
            is_sure = one.by_number or one.alias.state is AliasState.REVIEWED
            score = one.score if is_sure else min(one.score, highest)
            proposal = proposals.of_alias(one.alias, score)
            found.append(proposals.with_said(proposal, said, number_known=True))
        return found

    def _crossings(
        self, parted: Parted, near: Point | None, limit: int
    ) -> tuple[list[PlaceProposal], bool]:
        crossings = self.gazetteer.crossings
        factor = CROSSING_SAID if parted.said else CROSSING_GUESSED
        found, are_streets = crossings.look_up(parted, self._centre(near), limit)
        shown = [
            proposals.of_crossing(one, factor * one.score, synthetic=crossings.is_synthetic)
            for one in found
        ]
        return shown, are_streets

    def _names(self, said: Normalised, near: Point | None, limit: int) -> _Names:
        if not said.words or all(word.isdigit() for word in said.words):
            return _Names((), 0.0)
        gazetteer = self.gazetteer
        aside = [said.parts.number] if said.parts.number else []
        explained = explain(gazetteer.index, said.words, said.unfinished, self._city_words, aside)
        facts = gazetteer.facts_when_stop_said if STOP_WORD in said.words else gazetteer.facts
        ranked = rank(gazetteer.index, facts, explained, said.words, self._centre(near), limit)
        best = self._best_of_each(ranked)
        shown = self._with_equals(best, limit)
        return _Names(
            tuple(self._proposal(one, said, twice) for one, twice in shown),
            max((one.explained for one in best), default=0.0),
            explained.unknown[:-1]
            if said.unfinished and explained.unknown[-1:] == said.words[-1:]
            else explained.unknown,
        )

    def _best_of_each(self, ranked: list[Ranked]) -> list[Ranked]:
        """One row a document and one document a street, the best."""
        documents = self.gazetteer.documents
        seen: set[tuple[str, int]] = set()
        best: list[Ranked] = []
        for one in ranked:
            if one.explained < EXPLAINED_MIN or one.score < NOISE_SHARE * ranked[0].score:
                continue
            document = int(self.gazetteer.row_document[one.row])
            group = int(documents.group[document])
            key = ("group", group) if group >= 0 else ("document", document)
            if key not in seen:
                seen.add(key)
                best.append(one)
        return best

    def _with_equals(self, best: list[Ranked], limit: int) -> list[tuple[Ranked, bool]]:
        """Places called exactly like the first ones stand right behind them, all of them marked."""
        if not best:
            return []
        rows = {int(self.gazetteer.row_document[one.row]): one for one in best}
        chosen: list[tuple[Ranked, bool]] = []
        taken: set[int] = set()
        for one in best:
            own = int(self.gazetteer.row_document[one.row])
            if own in taken:
                continue
            equals = self._equals(one.row)
            taken |= {own, *equals}
            chosen.append((one, bool(equals)))
            for document in equals[: EQUAL_NAMES_MAX - 1]:
                other = rows.get(document) or Ranked(
                    self._row_of(document), one.score, one.explained
                )
                score = min(other.score, one.score)
                chosen.append((Ranked(other.row, score, other.explained), True))
            if len(chosen) >= limit:
                break
        return chosen

    def _equals(self, row: int) -> list[int]:
        """Other documents of the same name and kind at another place, the first of each street."""
        documents = self.gazetteer.documents
        if self.gazetteer.row_sort[row] == ADDRESS:
            return []
        own = int(self.gazetteer.row_document[row])
        places = [own]
        for other in self.gazetteer.called_like(row):
            if documents.kinds[other] != documents.kinds[own]:
                continue
            if all(self._are_apart(other, place) for place in places):
                places.append(other)
        return places[1:]

    def _are_apart(self, one: int, other: int) -> bool:
        documents = self.gazetteer.documents
        if documents.group[one] >= 0 and documents.group[one] == documents.group[other]:
            return False
        a = Point(float(documents.lat[one]), float(documents.lon[one]))
        b = Point(float(documents.lat[other]), float(documents.lon[other]))
        return distance_m(a, b) > EQUAL_APART_M

    def _row_of(self, document: int) -> int:
        return int((self.gazetteer.row_document == document).argmax())

    def _proposal(self, ranked: Ranked, said: Normalised, twice: bool) -> PlaceProposal:
        n = int(self.gazetteer.row_document[ranked.row])
        document = self.gazetteer.documents.document(n)
        proposal = proposals.of_document(document, ranked.score, twice=twice)
        correction = self.aliases.correction_of(document.key)
        if correction is not None:
            proposal = proposals.corrected(proposal, correction)
        number = said.parts.number
        words = self.gazetteer.index.texts[ranked.row].split()
        known = bool(number) and number in words
        missing = proposals.numbers_missing(said.words, words)
        return proposals.with_said(proposal, said, number_known=known, missing=missing)

    def _area_point(self, text: str) -> Point | None:
        """Where a place name beside a short plus code is."""
        found = self._names(normalise(text), None, 1).proposals
        return found[0].point if found else None

    def _town(self, text: str) -> Point | None:
        """Where a place of just these words is: a guess would be a carriageway by chance."""
        said = normalise(text)
        found = self._names(said, None, 1).proposals
        if not found:
            return None
        named = {key_of(word) for word in normalise(found[0].label).words}
        return found[0].point if all(key_of(word) in named for word in said.words) else None

    def _centre(self, near: Point | None) -> tuple[float, float]:
        place = near or self._pack.city.centre
        return place.lat, place.lon
