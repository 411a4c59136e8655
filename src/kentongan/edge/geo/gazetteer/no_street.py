"""A street that was said, where something else is found that is only called like it.

"Jalan Diponegoro" is not Universitas Diponegoro. Where the city has no street of that name the
place is still proposed, since it may be what was meant, but it says that it is none. Pure.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import structs

from kentongan.cities.gazetteer import Caution, PlaceKind, PlaceProposal
from kentongan.edge.geo.gazetteer.normaliser import CHARACTERS_MAX, fold, normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.words import FILLERS, HONORIFICS, RELATIONS, TYPE_WORDS

STREETS_MAX: Final = 4
"""Streets looked for in one text; nobody names more."""

_STREET: Final = re.compile(r"\b(?:jl|jln|jalan|gang|gg)\b[.\s]{0,3}(?=(?P<rest>\w.*))", re.DOTALL)
_ARE_STREETS: Final = frozenset({
    PlaceKind.STREET, PlaceKind.INTERSECTION, PlaceKind.TOLL_KM, PlaceKind.COORDINATES,
})  # fmt: skip
_STREET_WORDS: Final = frozenset({"jalan", "gang"})


def streets_said(text: str) -> tuple[tuple[str, ...], ...]:
    """The words from each name on that a street was said before (of "jl A Yani": "ahmad", "yani"):
    nothing of "jalan di depan Lawang Sewu", where the road has no name, nor of a toll road."""
    found = _STREET.finditer(fold(text[:CHARACTERS_MAX]))
    named = (_name(one["rest"]) for one, _ in zip(found, range(STREETS_MAX), strict=False))
    return tuple(words for words in named if words)


def told(found: Iterable[PlaceProposal], text: str) -> list[PlaceProposal]:
    """The proposals, and of each that is only called like the street that was said, so much."""
    said = {key_of(words[0]) for words in streets_said(text)}
    return [_told(one, said) for one in found] if said else list(found)


def missing(found: Sequence[PlaceProposal], text: str) -> tuple[str, ...]:
    """The streets that were said ("Ahmad Yani") where the first proposal is none, and none of that
    name is proposed beside it."""
    if not found or Caution.NO_STREET not in found[0].cautions:
        return ()
    best = _keys(found[0])
    beside = [_keys(one) for one in found if one.kind in _ARE_STREETS and not one.left_out]
    return tuple(
        " ".join(word for word in words if key_of(word) in best).title()
        for words in streets_said(text)
        if key_of(words[0]) in best and not any(key_of(words[0]) in one for one in beside)
    )


def _name(rest: str) -> tuple[str, ...]:
    if rest.split(maxsplit=1)[0].strip(".,") in RELATIONS.keys() | FILLERS:
        return ()
    passed = HONORIFICS | (TYPE_WORDS - {"tol"})
    named = tuple(word for word in normalise(rest).words if word not in passed)
    return () if named[:1] == ("tol",) else named


def _told(one: PlaceProposal, said: set[str]) -> PlaceProposal:
    if one.kind in _ARE_STREETS or Caution.ON_THE_STREET in one.cautions or "alias" in one.source:
        return one
    words = _keys(one)
    if said.isdisjoint(words) or not _STREET_WORDS.isdisjoint(normalise(one.label).words):
        return one
    return structs.replace(one, cautions=(*one.cautions, Caution.NO_STREET))


def _keys(one: PlaceProposal) -> set[str]:
    names = f"{one.label.partition(',')[0]} {one.found_as}"
    return {key_of(word) for word in normalise(names).words}
