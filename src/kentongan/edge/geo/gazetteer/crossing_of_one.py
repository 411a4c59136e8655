"""A crossing of which one name was said: "pertigaan Krapyak" is no point that this map knows.

What is found is then the area, the street or the landmark of that name, hundreds of metres off
perhaps, and each says that it does without the crossing. A landmark that is called just so may be
the crossing itself ("perempatan Tugu Muda"); "Simpang Lima" is a name.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import structs

from kentongan.cities.gazetteer import PlaceKind, PlaceProposal
from kentongan.edge.geo.gazetteer.crossings import Parted
from kentongan.edge.geo.gazetteer.gazetteer import Gazetteer
from kentongan.edge.geo.gazetteer.normaliser import fold, normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.said import Said
from kentongan.edge.geo.gazetteer.words import TYPE_WORDS

CROSSING_WORDS: Final = frozenset({
    "bangjo", "lampu merah", "perapatan", "perempatan", "persimpangan", "pertelon", "pertigaan",
    "prapatan", "protelon", "simpang", "simpangan",
})  # fmt: skip
"""Words that mean the point where streets meet; a corner may be a market's as well."""

BEGUN_MIN: Final = 3
"""Letters from which a word may be the beginning of a name."""

_NO_POINT: Final = frozenset({
    PlaceKind.STREET, PlaceKind.KELURAHAN, PlaceKind.KECAMATAN, PlaceKind.OUTSIDE,
})  # fmt: skip


def without_crossing(
    gazetteer: Gazetteer, parted: Parted, said: Said, found: Sequence[PlaceProposal]
) -> list[PlaceProposal]:
    """The places found; where one name of a crossing was said, each that cannot be it does without
    the word that said so."""
    keys = {key_of(word) for word in said.words.words}
    if not keys or parted.word not in CROSSING_WORDS or _is_name(gazetteer, parted.word, keys):
        return list(found)
    return [
        one
        if _may_be_it(gazetteer, one, keys)
        else structs.replace(one, left_out=(parted.word, *one.left_out))
        for one in found
    ]


def is_without(parted: Parted, found: Sequence[PlaceProposal]) -> bool:
    """Whether the best of them does without it and is none at all."""
    return bool(
        parted.word
        and found
        and found[0].kind is not PlaceKind.INTERSECTION
        and parted.word in found[0].left_out
    )


def _is_name(gazetteer: Gazetteer, word: str, keys: set[str]) -> bool:
    """Whether a place is called by these words with that one among them."""
    index = gazetteer.index
    rows = index.rows_with(key_of(word)).tolist()
    return any(keys.issuperset(index.texts[row].split()) for row in rows)


def _may_be_it(gazetteer: Gazetteer, one: PlaceProposal, keys: set[str]) -> bool:
    if one.kind is PlaceKind.INTERSECTION:
        return bool(one.misspelt) or all(_is_said(side, keys) for side in one.label.split("×"))
    if one.source == ("alias",):
        return True
    if not CROSSING_WORDS.isdisjoint(fold(one.label).split()):
        return True
    names = (one.label.partition(",")[0], one.found_as)
    own = [{key_of(word) for word in normalise(name).words} for name in names if name]
    is_area = all(map(gazetteer.index.is_around, own[0]))
    return one.kind not in _NO_POINT and not is_area and any(name <= keys for name in own)


def _is_said(street: str, keys: set[str]) -> bool:
    """Whether a word of the street's own name was said, or is being typed: of all that one street
    crosses nobody said which is meant."""
    own = [key_of(word) for word in normalise(street).words if word not in TYPE_WORDS]
    begun = tuple(key for key in keys if len(key) >= BEGUN_MIN)
    return any(key in keys or key.startswith(begun) for key in own)
