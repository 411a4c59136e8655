"""What the names of areas among the words say of the places found: which of two namesakes is meant,
and which place was only found because it lies where somebody pointed.

Whoever says "Mangunharjo Mangkang" means the Mangunharjo beside Mangkang, not the one at the other
end of the city, and not the railway station whose name and kelurahan happen to hold both words.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import structs

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import Caution, PlaceKind, PlaceProposal
from kentongan.edge.geo.gazetteer.gazetteer import Gazetteer
from kentongan.edge.geo.gazetteer.namesakes import is_invented
from kentongan.edge.geo.gazetteer.normaliser import normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.said import Said
from kentongan.edge.geo.gazetteer.words import TYPE_WORDS

BESIDE_M: Final = 3_000.0
"""As far as a neighbourhood reaches whose name is said to tell one of two namesakes."""

BEHIND: Final = 0.001
"""How far what only lies there stays behind the area that was named."""

ELSEWHERE_MAX: Final = 200
"""A word that more places are called by points nowhere."""

_TYPES: Final = frozenset(map(key_of, TYPE_WORDS))
_AREAS: Final = frozenset({PlaceKind.KELURAHAN, PlaceKind.KECAMATAN, PlaceKind.OUTSIDE})


def areas_first(
    gazetteer: Gazetteer, said: Said, found: Sequence[PlaceProposal]
) -> list[PlaceProposal]:
    """A kelurahan said by its whole name comes before what was found by names of areas alone: a
    place of which a word is unsaid and that only lies there, a street that the map made up."""
    keys = {key_of(word) for word in said.words.words}
    kelurahan = [one for one in found if one.kind is PlaceKind.KELURAHAN and _keys(one) <= keys]
    if not kelurahan:
        return list(found)
    return [_behind(gazetteer, keys, one, kelurahan) for one in found]


def towns_first(said: Said, found: Sequence[PlaceProposal]) -> list[PlaceProposal]:
    """A town outside the city whose name was said just so comes before what one of its words was
    only read as: "Demak" is not Gemah."""
    keys = {key_of(word) for word in said.words.words}
    towns = [
        (named, one.score)
        for one in found
        if one.kind is PlaceKind.OUTSIDE and (named := _keys(one) - _TYPES) and named <= keys
    ]
    shown: list[PlaceProposal] = []
    for one in found:
        guessed = {key_of(word) for word, _ in one.misspelt}
        exact = [score for named, score in towns if named & guessed]
        score = min([one.score, *(score - BEHIND for score in exact)])
        shown.append(structs.replace(one, score=score))
    return shown


def namesakes_by_neighbours(
    gazetteer: Gazetteer, found: Sequence[PlaceProposal]
) -> list[PlaceProposal]:
    """Of places of one name that all do without the same words, those first that have a place of
    these words beside them; the others keep their places."""
    groups: dict[tuple[str, PlaceKind, tuple[str, ...]], list[int]] = defaultdict(list)
    for n, one in enumerate(found):
        if one.left_out and Caution.NAME_TWICE in one.cautions:
            groups[one.label.partition(",")[0], one.kind, one.left_out].append(n)
    shown = list(found)
    for (_, _, words), members in groups.items():
        pointed = _pointed_at(gazetteer, words) if len(members) > 1 else []
        if pointed:
            order = sorted(members, key=lambda n: not _is_beside(found[n].point, pointed))
            for place, n in zip(members, order, strict=True):
                shown[place] = structs.replace(found[n], score=found[place].score)
    return shown


def _behind(
    gazetteer: Gazetteer, said: set[str], one: PlaceProposal, kelurahan: Sequence[PlaceProposal]
) -> PlaceProposal:
    own = _keys(one)
    named = own & said
    if one.kind in _AREAS or not named or not all(map(gazetteer.index.is_around, named)):
        return one
    left = {key_of(word) for word in one.left_out}
    around = said - own - left
    first = [
        area.score
        for area in kelurahan
        if is_invented(one) or (own - said and _keys(area) <= around)
    ]
    if not first:
        return one
    return structs.replace(one, score=min(one.score, min(first) - BEHIND))


def _pointed_at(gazetteer: Gazetteer, words: Sequence[str]) -> list[Point]:
    """Where places are that one of these words names."""
    documents = gazetteer.documents
    points: list[Point] = []
    for word in words:
        rows = gazetteer.index.rows_with(key_of(word))
        if word.isalpha() and len(rows) <= ELSEWHERE_MAX:
            named = np.unique(gazetteer.row_document[rows])
            points += [Point(float(documents.lat[n]), float(documents.lon[n])) for n in named]
    return points


def _is_beside(point: Point, others: Sequence[Point]) -> bool:
    return any(distance_m(point, other) <= BESIDE_M for other in others)


def _keys(one: PlaceProposal) -> set[str]:
    """The words of a place's name, without what tells it from its namesakes, and of the other name
    it was found by."""
    names = (one.label.partition(",")[0], one.found_as)
    return {key_of(word) for name in names for word in normalise(name).words}
