"""Places by their names: what explains the words that were said, and, where nothing explains enough
of them, the places that a part of the words names whole."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct, structs

from kentongan.cities.gazetteer import PlaceProposal
from kentongan.edge.geo.gazetteer import misread, proposals
from kentongan.edge.geo.gazetteer.aliases import AliasBook
from kentongan.edge.geo.gazetteer.gazetteer import Gazetteer
from kentongan.edge.geo.gazetteer.index import Rows, WordIndex
from kentongan.edge.geo.gazetteer.namesakes import best_of_each, with_equals
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.said import (
    SAYS_NOTHING,
    Said,
    found_as,
    has_other_number,
    is_other_crossing,
    unused_by,
    with_said,
)
from kentongan.edge.geo.gazetteer.scoring import Explained, Facts, Ranked, explain, rank
from kentongan.edge.geo.gazetteer.words import BESIDE_A_NAME, COMPASS, HONORIFICS, TYPE_WORDS

OTHER_NUMBER: Final = 0.9
"""What counts of the score of a place with an address of its own when another number was said."""

STOP_WORD: Final = "halte"
"""Said, a stop is meant, and no longer stands behind what it is named after."""

KNOWN_FROM: Final = 4
"""Letters from which a word alone may name a place beside others that mean nothing here."""

KNOWN_WHOLE: Final = 0.5
"""The least share of a name, by the weight of its words, that such words are."""

_NAMES_NOTHING: Final = frozenset(map(key_of, TYPE_WORDS | BESIDE_A_NAME | COMPASS.keys()))


class NamesFound(Struct, frozen=True):
    """Proposals by name, and the largest share of what was said that one of them explains."""

    proposals: tuple[PlaceProposal, ...]
    explained: float


def by_name(
    gazetteer: Gazetteer, said: Said, centre: tuple[float, float], limit: int, aliases: AliasBook
) -> NamesFound:
    """What explains at least a third of the words; with points that `aliases` corrected."""
    words = said.words.words
    if not words or all(word.isdigit() for word in words):
        return NamesFound((), 0.0)
    explained = _explained(gazetteer, said)
    ranked = rank(gazetteer.index, _facts(gazetteer, words), explained, words, centre, limit)
    best = best_of_each(gazetteer, ranked)
    return NamesFound(
        _proposals(gazetteer, said, explained, best, limit, aliases),
        max((one.explained for one in best), default=0.0),
    )


def known_part(
    gazetteer: Gazetteer,
    said: Said,
    found: Sequence[PlaceProposal],
    centre: tuple[float, float],
    limit: int,
    aliases: AliasBook,
) -> list[PlaceProposal]:
    """Places that words name which all that was `found` does without: "jembatan besi Sampangan" is
    in Sampangan. Only by words as they sound, never by what looks like them; each of these places
    does without words itself, and says so."""
    index = gazetteer.index
    known = _known(gazetteer, said, found)
    if not known:
        return []
    named = explain(index, known, unfinished=False)
    rows = _named_by(index, known, named)
    if not len(rows):
        return []
    total = np.zeros(index.rows, dtype=np.float32)
    total[rows] = named.total[rows]
    whole = _explained(gazetteer, said)
    part = structs.replace(named, total=total, said=whole.said)
    words = said.words.words
    ranked = rank(index, _facts(gazetteer, words), part, words, centre, limit)
    best = best_of_each(gazetteer, ranked, explained_min=0.0)
    shown = _proposals(gazetteer, said, whole, best, limit, aliases)
    return [one for one in shown if one.left_out]


def _known(gazetteer: Gazetteer, said: Said, found: Sequence[PlaceProposal]) -> list[str]:
    """The words that a name here has just so, and nothing found has. After "pak" or "bu" it is
    somebody's own name."""
    words = said.words.words
    passed = SAYS_NOTHING | said.city | said.direction | COMPASS.keys()
    return [
        word
        for n, word in enumerate(words)
        if word.isalpha()
        and len(word) >= KNOWN_FROM
        and word not in passed
        and not (n and words[n - 1] in HONORIFICS)
        and len(gazetteer.index.rows_with(key_of(word)))
        and all(word in one.left_out for one in found)
    ]


def _named_by(index: WordIndex, known: Sequence[str], named: Explained) -> Rows:
    """The rows that these words name: with the last word of the name, since what a thing is stands
    first, and with most of it, or half where a word is an area's, too ("Stasiun Mangkang")."""
    keys = {key_of(word) for word in known}
    areas = {key for key in keys if index.is_around(key)}
    rows = np.unique(np.concatenate([np.empty(0, np.int32), *map(index.rows_with, keys)]))
    is_most = named.by_name[rows] >= KNOWN_WHOLE * index.weights[rows]
    kept: list[int] = []
    for row, most in zip(rows.tolist(), is_most.tolist(), strict=True):
        naming = [key for key in index.texts[row].split() if _is_naming(key)]
        half = 2 * len(areas.intersection(naming)) >= len(naming)
        if naming and naming[-1] in keys and (most or half):
            kept.append(row)
    return np.array(kept, dtype=np.int32)


def _is_naming(key: str) -> bool:
    return key not in _NAMES_NOTHING and not key.isdigit()


def _explained(gazetteer: Gazetteer, said: Said) -> Explained:
    aside = [said.words.parts.number] if said.words.parts.number else []
    words = said.words
    return explain(gazetteer.index, words.words, words.unfinished, said.city, aside)


def _facts(gazetteer: Gazetteer, words: Sequence[str]) -> Facts:
    return gazetteer.facts_when_stop_said if STOP_WORD in words else gazetteer.facts


def _proposals(
    gazetteer: Gazetteer,
    said: Said,
    explained: Explained,
    best: Sequence[Ranked],
    limit: int,
    aliases: AliasBook,
) -> tuple[PlaceProposal, ...]:
    """The best rows with their namesakes, and what each does without."""
    shown = with_equals(gazetteer, best, limit)
    chosen = [int(gazetteer.row_document[one.row]) for one, _ in shown]
    unused = unused_by(gazetteer, explained, chosen)
    return tuple(
        _proposal(gazetteer, one, said, unused[document], aliases, twice=twice)
        for (one, twice), document in zip(shown, chosen, strict=True)
        if not is_other_crossing(gazetteer, document, said.words)
    )


def _proposal(
    gazetteer: Gazetteer,
    ranked: Ranked,
    said: Said,
    unused: frozenset[str],
    aliases: AliasBook,
    *,
    twice: bool,
) -> PlaceProposal:
    document = gazetteer.documents.document(int(gazetteer.row_document[ranked.row]))
    name = found_as(gazetteer, ranked.row)
    proposal = proposals.of_document(document, ranked.score, twice=twice, found_as=name)
    correction = aliases.correction_of(document.key)
    if correction is not None:
        proposal = proposals.corrected(proposal, correction)
    proposal = with_said(proposal, said, unused)
    proposal = misread.of_document(gazetteer, ranked.row, proposal, said, document.address)
    if has_other_number(proposal):
        return structs.replace(proposal, score=OTHER_NUMBER * proposal.score)
    return proposal
