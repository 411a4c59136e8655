"""The search of a running centre: whatever was said or pasted, as proposals with their doubts.

In this order: a point written out, a kilometre of a toll road, local names, crossings, names. The
answer is a list of proposals, best first, never a decision; places of one name are all in it and
told apart. Any text of any length gives an answer within milliseconds and raises nothing.
"""

import math
from copy import copy
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import (
    PlaceKind,
    PlaceNotice,
    PlaceProposal,
    PlacesFound,
)
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.gazetteer import misread, no_street, notices, outside, pinned, proposals
from kentongan.edge.geo.gazetteer.aliases import AliasBook, AliasState
from kentongan.edge.geo.gazetteer.area_names import AreaNames
from kentongan.edge.geo.gazetteer.carriageways import Carriageways
from kentongan.edge.geo.gazetteer.columns import KINDS
from kentongan.edge.geo.gazetteer.coordinates import CHARACTERS_MAX
from kentongan.edge.geo.gazetteer.crossing_of_one import is_without, without_crossing
from kentongan.edge.geo.gazetteer.crossings import Parted, part, without_signs
from kentongan.edge.geo.gazetteer.directions import WAY, Direction, direction_said
from kentongan.edge.geo.gazetteer.gazetteer import Gazetteer
from kentongan.edge.geo.gazetteer.names import NamesFound, by_name, known_part
from kentongan.edge.geo.gazetteer.namesakes import each_place_once, falling, ordered, told_apart
from kentongan.edge.geo.gazetteer.neighbours import (
    areas_first,
    namesakes_by_neighbours,
    towns_first,
)
from kentongan.edge.geo.gazetteer.normaliser import fold, normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.reverse import PointNamed, Reverse
from kentongan.edge.geo.gazetteer.said import Said, missed, with_said
from kentongan.edge.geo.gazetteer.tolls import (
    KilometreAsked,
    KilometreFound,
    TollMarks,
    is_toll,
    is_toll_said,
    kilometre_asked,
    section_said,
)

RESULTS_MAX: Final = 50
"""Nobody reads more."""

EXPLAINED_WELL: Final = 0.88
"""A name that explains this much was meant; only below it may two streets be meant unsaid."""

BEHIND: Final = 0.001
"""How far an alias that nobody has reviewed stays behind what the map explains as well."""

JUNCTION: Final = "simpang"
"""Parts two streets, and begins the name of a place ("hotel ciputra simpang lima")."""

AREA_WORDS: Final = frozenset({"kelurahan", "kecamatan"})
"""Behind one of these an area is named that the street lies in, no second street."""

KILOMETRE_SCORE: Final = 1.2
CROSSING_SAID: Final = 1.2
CROSSING_GUESSED: Final = 1.08
"""Times the fit of both streets; a landmark named in full is above a guessed crossing."""

GATES_MIN: Final = 20
"""Names looked at for the gates among them when a toll road was said."""

SHORT_CHARACTERS: Final = 3
SHORT_REMEMBERED: Final = 4_096
"""Answers kept for texts this short: every call types them, and they mean the most names."""


class _Looked(NamedTuple):
    """Proposals, whether a crossing was said in vain, a kilometre that no sign tells, and the word
    for a crossing of one name."""

    proposals: list[PlaceProposal]
    no_crossing: bool = False
    kilometre: str = ""
    crossing: str = ""


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
        self._area_names = AreaNames(gazetteer)
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
        said = self._as_written(read.words)
        looked = self._found(said, near, limit)
        shown = tuple(proposals.with_distance(one, near) for one in looked.proposals[:limit])
        told = notices.of(
            shown,
            said,
            no_crossing=looked.no_crossing,
            kilometre=looked.kilometre,
            crossing=looked.crossing,
            is_cut=is_cut,
        )
        return PlacesFound(shown, told)

    def _as_written(self, text: str) -> str:
        """Names of areas as they are written; not where a local name was said in those words."""
        written = self._area_names.as_written(text)
        if written == text:
            return text
        kept = {one.alias.added.id for one in self.aliases.find(normalise(written))}
        local = (one.alias.added.id for one in self.aliases.find(normalise(text)))
        return written if kept.issuperset(local) else text

    def reverse(self, lat: float, lon: float) -> PointNamed:
        """What is at that point."""
        named = self._reverse.name(lat, lon)
        return outside.told(named, self.gazetteer.areas, self._pack)

    def _found(self, text: str, near: Point | None, limit: int) -> _Looked:
        asked = kilometre_asked(text)
        marks = self._kilometres(asked) if asked is not None else []
        if asked is not None and marks and self._tolls.is_of(marks[0][0], asked):
            return _Looked([one for _, one in marks])
        if is_toll_said(text):
            return self._on_toll_road(text, asked, [one for _, one in marks], near, limit)
        if marks:
            return _Looked([one for _, one in marks])
        return self._anywhere(text, near, limit, is_kilometre=asked is not None)

    def _anywhere(
        self, text: str, near: Point | None, limit: int, *, is_kilometre: bool
    ) -> _Looked:
        """Local names, names and crossings."""
        parted = part(text)
        is_numeral = parted.by_x and self._is_numeral(parted)
        apart = len(parted.sides) > 1 and not is_numeral
        said = self._said(without_signs(text) if apart else text)
        if len(text) <= SHORT_CHARACTERS:
            rough = None if near is None else Point(round(near.lat, 2), round(near.lon, 2))
            names = self._short(text, rough, limit, self.aliases.version)
        else:
            names = self._names(said, near, limit)
        found = [*self._aliases(said, names), *names.proposals]
        if is_kilometre:  # no mark near it: another kilometre's would only mislead
            found = [one for one in found if one.kind is not PlaceKind.TOLL_KM]
        crossings: list[PlaceProposal] = []
        are_streets = False
        if parted.said or names.explained < EXPLAINED_WELL:
            crossings, are_streets = self._crossings(parted, said, near, limit)
            found += crossings
        centre = self._centre(near)
        found += known_part(self.gazetteer, said, found, centre, limit, self.aliases)
        found = ordered(towns_first(said, areas_first(self.gazetteer, said, found)))
        found = namesakes_by_neighbours(self.gazetteer, found)
        is_vain = (
            not crossings
            and not is_numeral
            and self._is_vain(parted, found, near, are_streets=are_streets)
        )
        found = without_crossing(self.gazetteer, parted, said, found)
        crossing = parted.word if is_without(parted, found) else ""
        shown = told_apart(each_place_once(found)[:limit], self._reverse)
        shown = no_street.told(shown, text)
        return _Looked(shown, is_vain or bool(crossing), crossing=crossing)

    def _on_toll_road(
        self,
        text: str,
        asked: KilometreAsked | None,
        marks: list[PlaceProposal],
        near: Point | None,
        limit: int,
    ) -> _Looked:
        """Gates and roads of the section that was named come first, then kilometres of another
        one; a street beside it of the same name is not the toll road. Where no sign tells the
        kilometre, each says that it does without."""
        unknown = asked.shown if asked is not None else ""
        section = section_said(text)
        direction = direction_said(fold(text))
        said = self._said(section, direction if section != fold(text) else None, unknown)
        names = self._names(said, near, max(limit, GATES_MIN))
        found = ordered([*self._aliases(said, names), *names.proposals])
        gates = [one for one in found if is_toll(one.label) and one.kind is not PlaceKind.TOLL_KM]
        named = set(missed(said, said.words.words, said.words.words))
        gates = [one for one in gates if not named or not named.issubset(one.left_out)]
        rest = [one for one in found if one not in gates and one.kind is not PlaceKind.TOLL_KM]
        shown = each_place_once([*gates, *marks, *([] if marks else rest)])[:limit]
        return _Looked(told_apart(falling(shown), self._reverse), kilometre=unknown)

    def _kilometres(self, asked: KilometreAsked) -> list[tuple[KilometreFound, PlaceProposal]]:
        """Where signs of toll roads tell it."""
        found: list[tuple[KilometreFound, PlaceProposal]] = []
        marks = self._tolls.find(asked)
        asked = self._tolls.settled(asked, self._town) if marks else asked
        for n, mark in enumerate(marks):
            score = KILOMETRE_SCORE - 0.01 * n
            proposal = proposals.of_kilometre(mark, asked, score, self._carriageway(mark, asked))
            named = {key_of(word) for word in normalise(mark.mark.name).words}
            unused = {word for word in asked.words if key_of(word) not in named}
            left = missed(self._said(""), asked.words, unused)
            found.append((mark, structs.replace(proposal, left_out=left)))
        return found

    def _said(self, text: str, direction: Direction | None = None, kilometre: str = "") -> Said:
        """The words, and the way somebody is heading, which is kept whole."""
        words = normalise(text)
        relations = words.relations
        if direction is not None:
            relations = (*(one for one in relations if one != WAY), direction.shown)
        elif (direction := direction_said(fold(text))) is not None and WAY in relations:
            relations = tuple(direction.shown if one == WAY else one for one in relations)
        heading = normalise(direction.town).words if direction is not None else ()
        return Said(
            structs.replace(words, relations=relations),
            frozenset(heading) if WAY in words.relations else frozenset(),
            kilometre,
            self._city_words,
        )

    def _is_numeral(self, parted: Parted) -> bool:
        """Whether the x is the Roman ten of a name on this map, rather than the crossing sign."""
        index = self.gazetteer.index
        before = normalise(parted.sides[0]).words[-1]
        return np.intersect1d(index.rows_with(key_of(before)), index.rows_with("10")).size > 0

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
            place = self._said(f"{JUNCTION} {parted.sides[1]}") if parted.by_junction else None
            is_place = place and self._names(place, near, 1).explained >= EXPLAINED_WELL
            return not is_place and (not found or bool(found[0].left_out))
        if parted.said:
            rest = self._said(" ".join(parted.sides))
            explained = self._names(rest, near, 1).explained
            return len(rest.words.words) > 1 and explained < EXPLAINED_WELL
        is_in_area = not AREA_WORDS.isdisjoint(self._said(" ".join(parted.sides)).words.words)
        return are_streets and bool(found) and found[0].kind is PlaceKind.STREET and not is_in_area

    def _names_of_version(
        self, text: str, near: Point | None, limit: int, version: int
    ) -> NamesFound:
        del version  # part of the key: a step in the book ends what was remembered
        return self._names(self._said(text), near, limit)

    def _aliases(self, said: Said, names: NamesFound) -> list[PlaceProposal]:
        """Local names. One without a number that nobody has reviewed stands behind what the map
        explains as well: a crew's "jl pemuda" must not take the street's place."""
        best = max((one.score for one in names.proposals), default=0.0)
        highest = best - BEHIND if names.explained >= EXPLAINED_WELL else math.inf
        found: list[PlaceProposal] = []
        for one in self.aliases.find(said.words):
            is_sure = one.by_number or one.alias.state is AliasState.REVIEWED
            score = one.score if is_sure else min(one.score, highest)
            proposal = proposals.of_alias(one.alias, score)
            proposal = with_said(proposal, said, one.unused, by_number=one.by_number)
            known_as = (proposal.label, *one.alias.added.phrases)
            found.append(misread.of_names(proposal, said, known_as, one.unused, self.gazetteer))
        return found

    def _crossings(
        self, parted: Parted, said: Said, near: Point | None, limit: int
    ) -> tuple[list[PlaceProposal], bool]:
        crossings = self.gazetteer.crossings
        factor = CROSSING_SAID if parted.said else CROSSING_GUESSED
        found, are_streets = crossings.look_up(parted, self._centre(near), limit)
        shown: list[PlaceProposal] = []
        for one in found:
            proposal = proposals.of_crossing(one, factor * one.score)
            left = missed(said, one.unused, one.unused)
            proposal = structs.replace(proposal, left_out=left)
            names = (one.one, one.other, one.context)
            shown.append(misread.of_names(proposal, said, names, one.unused, self.gazetteer))
        return shown, are_streets

    def _names(self, said: Said, near: Point | None, limit: int) -> NamesFound:
        return by_name(self.gazetteer, said, self._centre(near), limit, self.aliases)

    def _area_point(self, text: str) -> Point | None:
        """Where a place name beside a short plus code is."""
        found = self._names(self._said(text), None, 1).proposals
        return found[0].point if found else None

    def _town(self, text: str) -> Point | None:
        """Where a place of just these words is: a guess would be a carriageway by chance."""
        said = self._said(text)
        found = self._names(said, None, 1).proposals
        if not found:
            return None
        named = {key_of(word) for word in normalise(found[0].label).words}
        is_it = all(key_of(word) in named for word in said.words.words)
        return found[0].point if is_it else None

    def _centre(self, near: Point | None) -> tuple[float, float]:
        place = near or self._pack.city.centre
        return place.lat, place.lon
