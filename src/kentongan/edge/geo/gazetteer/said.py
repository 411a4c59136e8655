"""What the caller said around and below a name: what of it belongs to a place, and what is left.

A number, a block, RT and RW are set only on a street or an area, and only on the one they were said
of: a hospital has an address of its own, and a railway crossing of another number is another one.
Every word that a place does without is named beside it, so that nothing is passed over in silence.
Pure.
"""

import re
from collections.abc import Container, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from msgspec import Struct, structs

from kentongan.cities.gazetteer import Caution, PlaceKind, PlaceProposal
from kentongan.cities.spelling import GENERIC
from kentongan.edge.geo.gazetteer.gazetteer import Gazetteer
from kentongan.edge.geo.gazetteer.normaliser import AddressParts, Normalised
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.scoring import Explained
from kentongan.edge.geo.gazetteer.words import FILLERS, HONORIFICS, NUMBERED, TYPE_WORDS

APPROXIMATELY: Final = "perkiraan"

HAVE_ADDRESSES: Final = frozenset({
    PlaceKind.STREET, PlaceKind.HAMLET, PlaceKind.KELURAHAN, PlaceKind.KECAMATAN,
    PlaceKind.OUTSIDE,
})  # fmt: skip
"""Kinds that addresses are told of."""

_SAYS_WHAT: Final = frozenset({
    "gang", "gedung", "kantor", "kompleks", "perumahan", "toko", "warung",
})  # fmt: skip
"""What something is, where that is part of what was meant: a hospital is no housing estate."""

SAYS_NOTHING: Final = (GENERIC | FILLERS | HONORIFICS | TYPE_WORDS | {"gerbang"}) - _SAYS_WHAT
"""Words that nobody misses."""

LETTERS_MIN: Final = 2
"""A single letter is no name."""

TYPED_MIN: Final = 4
"""Letters that a word which is still being typed needs before it is missed."""

INITIALS_MAX: Final = 3
"""Letters of what may be initials."""

CROSSING_WORD: Final = "jpl"

_OF_ITS_KIND: Final = frozenset(
    map(key_of, ("kelurahan", "kecamatan", "halte", "rs", "kantor", "polisi"))
)
"""Words that other names of a kind begin with, and that tell nobody anything new."""

_NUMBER: Final = re.compile(r"\d{1,4}[a-z]?")
_NUMBERED: Final = frozenset({*NUMBERED.values(), "jpl", "km", "gang", "blok", "spbu"})


class Said(Struct, frozen=True):
    """The words that names are looked for with, and what is told of besides."""

    words: Normalised
    direction: frozenset[str] = frozenset()
    """Words of the way somebody is heading: kept, not missed."""

    kilometre: str = ""
    """A kilometre of a toll road that no sign tells the place of."""

    city: frozenset[str] = frozenset()
    """The city's own name, which everything in it goes without."""


def unused_by(
    gazetteer: Gazetteer, explained: Explained, documents: Sequence[int]
) -> dict[int, frozenset[str]]:
    """For each document the words that none of its names, its address and its area has."""
    wanted = np.zeros(gazetteer.index.rows, dtype=np.bool_)
    for document in documents:
        rows = gazetteer.rows_of(document)
        wanted[rows.start : rows.stop] = True
    unused: dict[int, set[str]] = {document: set() for document in documents}
    for heard in explained.heard:
        having: set[int] = set()
        for rows in heard.rows:
            having.update(gazetteer.row_document[rows[wanted[rows]]].tolist())
        for document, words in unused.items():
            if document not in having and not is_initials(gazetteer, document, heard.word):
                words.add(heard.word)
    return {document: frozenset(words) for document, words in unused.items()}


def is_initials(gazetteer: Gazetteer, document: int, word: str) -> bool:
    """Whether the name has the word's letters one by one: "MH Thamrin" is "M.H. Thamrin"."""
    if not word.isalpha() or len(word) > INITIALS_MAX:
        return False
    apart = f" {' '.join(word)} "
    names = (gazetteer.index.texts[row] for row in gazetteer.rows_of(document))
    return any(apart in f" {name} " for name in names)


def is_other_crossing(gazetteer: Gazetteer, document: int, said: Normalised) -> bool:
    """Whether a railway crossing of another number was said: "JPL 6" is not JPL 5."""
    if gazetteer.documents.kind(document) is not PlaceKind.LEVEL_CROSSING:
        return False
    if CROSSING_WORD not in said.words[:-1]:
        return False
    number = said.words[said.words.index(CROSSING_WORD) + 1]
    wanted = f" {CROSSING_WORD} {number} "
    names = (f" {gazetteer.index.texts[row]} " for row in gazetteer.rows_of(document))
    return number.isdigit() and not any(wanted in name for name in names)


def found_as(gazetteer: Gazetteer, row: int) -> str:
    """The other name of a document that stands in that row, when its own does not say as much."""
    name = gazetteer.other_name(row)
    if not name:
        return ""
    texts = gazetteer.index.texts
    own = texts[gazetteer.rows_of(int(gazetteer.row_document[row])).start].split()
    return name if set(texts[row].split()) - {*own, *_OF_ITS_KIND} else ""


def with_said(
    proposal: PlaceProposal, said: Said, unused: frozenset[str], *, by_number: bool = False
) -> PlaceProposal:
    """The proposal with what was said around its name, and what it does without. `unused` are the
    words that it has nowhere; `by_number` when it is a local name that holds the number itself."""
    relation = " ".join(said.words.relations)
    told, left = _numbers(proposal.kind, said.words.words, unused)
    is_approximate = bool(told)
    for shown, after, is_known in _parts(said.words.parts, unused, by_number):
        if is_known or (proposal.kind in HAVE_ADDRESSES and after not in unused):
            told.append(shown)
            is_approximate |= not is_known
        else:
            left.append(shown)
    told += [said.words.parts.floor_shown] if said.words.parts.floor else []
    address = " · ".join(told) + (f" ({APPROXIMATELY})" if is_approximate else "")
    cautions = (*proposal.cautions, *((Caution.APPROXIMATE,) if is_approximate else ()))
    left += [said.kilometre] if said.kilometre else []
    return structs.replace(
        proposal,
        detail=" · ".join(part for part in (relation, address, proposal.detail) if part),
        cautions=tuple(dict.fromkeys(cautions)),
        relation=relation or proposal.relation,
        address=address,
        left_out=(*missed(said, said.words.words, unused), *left),
    )


def missed(said: Said, words: Sequence[str], unused: Container[str]) -> tuple[str, ...]:
    """Those of the unused words that somebody would miss, in the order said, each once."""
    typed = said.words.words[-1:] if said.words.unfinished else ()
    passed = SAYS_NOTHING | said.city | said.direction | told_with_number(words)
    return tuple(
        word
        for word in dict.fromkeys(words)
        if word in unused
        and word not in passed
        and len(word) >= (TYPED_MIN if word in typed else LETTERS_MIN)
        and not _NUMBER.fullmatch(word)
    )


def has_other_number(proposal: PlaceProposal) -> bool:
    """Whether a number was said that is not the place's own."""
    return any(letter.isdigit() for word in proposal.left_out for letter in word)


def told_with_number(words: Sequence[str]) -> frozenset[str]:
    """What a number says the sort of: "Gang 7" is told as one."""
    return frozenset(
        word for word, number in pairwise(words) if word in _NUMBERED and _NUMBER.fullmatch(number)
    )


def _numbers(
    kind: PlaceKind, words: Sequence[str], unused: frozenset[str]
) -> tuple[list[str], list[str]]:
    """Numbers said as part of a name that does not have them ("Gang 7"): those that belong to a
    street or an area of this kind, and those that are left out."""
    told: list[str] = []
    left: list[str] = []
    owner = ""
    for n, word in enumerate(words):
        if not _NUMBER.fullmatch(word):
            owner = owner if word in _NUMBERED | TYPE_WORDS else word
        elif word in unused:
            before = words[n - 1] if n else ""
            whole = f"{before} {word}".strip().title()
            if n and kind in HAVE_ADDRESSES and owner not in unused:
                told.append(whole)
            else:
                left.append(whole if before in _NUMBERED | TYPE_WORDS else word)
    return told, left


def _parts(
    parts: AddressParts, unused: frozenset[str], by_number: bool
) -> list[tuple[str, str, bool]]:
    """RT and RW, block, number, each with the word it was said behind, and whether it is known."""
    is_known = by_number or (bool(parts.number) and parts.number not in unused)
    found = (
        (parts.area, parts.area_after, by_number),
        (parts.block_shown, parts.number_after, by_number),
        (parts.number_shown, parts.number_after, is_known),
    )
    return [one for one in found if one[0]]
