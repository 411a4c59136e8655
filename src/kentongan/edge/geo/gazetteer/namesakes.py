"""Places of one name: all of them are shown, none twice, and each is told from the others."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from msgspec import structs

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import Caution, PlaceProposal
from kentongan.edge.geo.gazetteer.gazetteer import ADDRESS, Gazetteer
from kentongan.edge.geo.gazetteer.reverse import Reverse
from kentongan.edge.geo.gazetteer.scoring import Ranked

EXPLAINED_MIN: Final = 0.33
"""A name that explains less of what was said is noise."""

NOISE_SHARE: Final = 0.55
"""What scores less than this share of the best one is noise beside it."""

EQUAL_NAMES_MAX: Final = 6
"""Places of one name shown together; a street name can occur thirty times in a city."""

EQUAL_APART_M: Final = 300.0
"""Two entries of one name closer than this are one place, mapped twice."""

INVENTED: Final = 0.75
"""What counts of the score of a street that the synthetic city named by its two ends: whoever says
"Purwosari Mijen" means the place, and no such street is there."""

BETWEEN: Final = "–"
"""Stands between the two ends in such a name."""

NAMES_BESIDE: Final = 4
"""Names looked at to tell two places of one label apart."""


def each_place_once(found: Sequence[PlaceProposal]) -> list[PlaceProposal]:
    """Without what has the label of a better one close by: one place, mapped or listed twice."""
    kept: list[PlaceProposal] = []
    for one in found:
        alike = (other for other in kept if other.label == one.label)
        if all(distance_m(other.point, one.point) > EQUAL_APART_M for other in alike):
            kept.append(one)
    return kept


def ordered(found: Sequence[PlaceProposal]) -> list[PlaceProposal]:
    """The best first; what the map made up comes after what is there."""
    best = sorted(found, key=_standing, reverse=True)
    return [structs.replace(one, score=round(one.score, 3)) for one in best]


def is_invented(proposal: PlaceProposal) -> bool:
    """Whether it is a street that the synthetic city named by its two ends."""
    return Caution.DEMO in proposal.cautions and BETWEEN in proposal.label


def _standing(proposal: PlaceProposal) -> float:
    return proposal.score * (INVENTED if is_invented(proposal) else 1.0)


def falling(found: Sequence[PlaceProposal]) -> list[PlaceProposal]:
    """In this order, each with a score that is no higher than the one before, as in any list."""
    scores = accumulate((one.score for one in found), min)
    return [structs.replace(one, score=score) for one, score in zip(found, scores, strict=True)]


def told_apart(found: list[PlaceProposal], reverse: Reverse) -> list[PlaceProposal]:
    """No two labels alike: namesakes in one kelurahan get a name that stands near them."""
    labels = [one.label for one in found]
    if len(set(labels)) == len(labels):
        return found
    return [
        structs.replace(one, label=f"{one.label} ({_beside(one, reverse)})")
        if labels.count(one.label) > 1
        else one
        for one in found
    ]


def _beside(proposal: PlaceProposal, reverse: Reverse) -> str:
    point = proposal.point
    for near in reverse.name(point.lat, point.lon, NAMES_BESIDE).near:
        if near.label not in proposal.label:
            return f"dekat {near.label}, {point.lat:.4f} {point.lon:.4f}"
    return f"{point.lat:.4f} {point.lon:.4f}"


def best_of_each(
    gazetteer: Gazetteer, ranked: Sequence[Ranked], explained_min: float = EXPLAINED_MIN
) -> list[Ranked]:
    """One row a document and one document a street, the best."""
    seen: set[tuple[str, int]] = set()
    best: list[Ranked] = []
    for one in ranked:
        if one.explained < explained_min or one.score < NOISE_SHARE * ranked[0].score:
            continue
        document = int(gazetteer.row_document[one.row])
        group = int(gazetteer.documents.group[document])
        key = ("group", group) if group >= 0 else ("document", document)
        if key not in seen:
            seen.add(key)
            best.append(one)
    return best


def with_equals(
    gazetteer: Gazetteer, best: Sequence[Ranked], limit: int
) -> list[tuple[Ranked, bool]]:
    """Places called exactly like the first ones stand right behind them, all of them marked."""
    rows = {int(gazetteer.row_document[one.row]): one for one in best}
    chosen: list[tuple[Ranked, bool]] = []
    taken: set[int] = set()
    for one in best:
        own = int(gazetteer.row_document[one.row])
        if own in taken:
            continue
        equals = _equals(gazetteer, one.row)
        taken |= {own, *equals}
        chosen.append((one, bool(equals)))
        for document in equals[: EQUAL_NAMES_MAX - 1]:
            first = gazetteer.rows_of(document).start
            other = rows.get(document) or Ranked(first, one.score, one.explained)
            score = min(other.score, one.score)
            chosen.append((Ranked(other.row, score, other.explained), True))
        if len(chosen) >= limit:
            break
    return chosen


def _equals(gazetteer: Gazetteer, row: int) -> list[int]:
    """Other documents of the same name and kind at another place, the first of each street."""
    documents = gazetteer.documents
    if gazetteer.row_sort[row] == ADDRESS:
        return []
    own = int(gazetteer.row_document[row])
    places = [own]
    for other in gazetteer.called_like(row):
        if documents.kinds[other] != documents.kinds[own]:
            continue
        if all(_are_apart(gazetteer, other, place) for place in places):
            places.append(other)
    return places[1:]


def _are_apart(gazetteer: Gazetteer, one: int, other: int) -> bool:
    documents = gazetteer.documents
    if documents.group[one] >= 0 and documents.group[one] == documents.group[other]:
        return False
    a = Point(float(documents.lat[one]), float(documents.lon[one]))
    b = Point(float(documents.lat[other]), float(documents.lon[other]))
    return distance_m(a, b) > EQUAL_APART_M
