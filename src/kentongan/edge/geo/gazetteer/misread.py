"""Words that a place was found by only because one of its own looks like them.

Whoever says "Thamrin" does not mean "Taman": each such pair is told beside the proposal. A slip of
one letter, as hands and ears make it, is the same name; more is perhaps another place, and that is
a doubt. What sounds alike, an ending, a synonym, a space too many or too few is no other word.
Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct, structs
from rapidfuzz.distance import OSA

from kentongan.cities.gazetteer import Caution, PlaceKind, PlaceProposal
from kentongan.edge.geo.gazetteer.gazetteer import ADDRESS, Gazetteer
from kentongan.edge.geo.gazetteer.normaliser import Normalised, normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of, with_every_e
from kentongan.edge.geo.gazetteer.said import SAYS_NOTHING, Said, is_initials, told_with_number
from kentongan.edge.geo.gazetteer.vocabulary import ENDINGS, FUZZY_FROM, STEM_MIN, Vocabulary
from kentongan.edge.geo.gazetteer.words import SYNONYMS

SLIP_FROM: Final = 5
"""Letters a word needs for one of them to be a slip: among shorter ones it makes another name."""

SAME_LENGTH: Final = 2
"""Times longer than another word, and it no longer sounds like it, whatever its letters fold to."""

_VOWELS: Final = frozenset("aeiou")


class Misread(Struct, frozen=True):
    """What was said and what it was read as, and whether it is perhaps another name."""

    pairs: tuple[tuple[str, str], ...] = ()
    is_other: bool = False


def misread(
    said: Said, names: Iterable[str], keys: Iterable[str], left: Sequence[str], known: Vocabulary
) -> Misread:
    """How the words said are read in a place of these `names` as written and these `keys` of all
    its names; `left` are words that it does without, `known` all keys of the city."""
    words = said.words.words
    written = {key: key for key in keys}
    written |= {key_of(word): word for name in names for word in normalise(name).words}
    passed = SAYS_NOTHING | said.city | said.direction | told_with_number(words) | {*left}
    pairs: list[tuple[str, str]] = []
    is_other = False
    for n, word in enumerate(words):
        if not word.isalpha() or word in passed or _is_one(words, n, written):
            continue
        typed = said.words.unfinished and n == len(words) - 1
        is_name = known.find(key_of(word)) >= 0
        if typed and not is_name and any(_begins(word, one) for one in written.values()):
            continue
        found = _nearest(word, written)
        if found:
            is_other |= is_name or not is_slip(word, found) or bool(pairs)
            pairs.append((word, found))
    return Misread(tuple(pairs), is_other)


def is_slip(word: str, found: str) -> bool:
    """Whether it is the same word with one letter lost, added, changed places, or one vowel for
    another. The first letter is kept, and "Sutoyo" is not "Sutomo"."""
    one, other = with_every_e(word), with_every_e(found)
    if min(len(one), len(other)) < SLIP_FROM or one[0] != other[0]:
        return False
    if OSA.distance(one, other, score_cutoff=1) > 1:
        return False
    differing = {letter for a, b in zip(one, other, strict=False) if a != b for letter in (a, b)}
    return len(one) != len(other) or sorted(one) == sorted(other) or differing <= _VOWELS


def of_document(
    gazetteer: Gazetteer, row: int, proposal: PlaceProposal, said: Said, address: str
) -> PlaceProposal:
    """The proposal with what was read as another word, and, where only its address was said, that
    it stands there and is not the street."""
    document = int(gazetteer.row_document[row])
    rows = gazetteer.rows_of(document)
    keys = [key for one in rows for key in gazetteer.index.texts[one].split()]
    names = (gazetteer.documents.name[document], *map(gazetteer.other_name, rows), address,
             gazetteer.documents.context(document))  # fmt: skip
    heard = [word for word in said.words.words if not is_initials(gazetteer, document, word)]
    apart = structs.replace(said, words=structs.replace(said.words, words=tuple(heard)))
    read = misread(apart, names, keys, proposal.left_out, gazetteer.index.vocabulary)
    told = _told(proposal, read)
    is_on_street = gazetteer.row_sort[row] == ADDRESS and not _is_at(address, said.words)
    if proposal.kind is PlaceKind.STREET or not is_on_street:
        return told
    return structs.replace(told, cautions=(*told.cautions, Caution.ON_THE_STREET))


def of_names(
    proposal: PlaceProposal,
    said: Said,
    names: Iterable[str],
    unused: Iterable[str],
    gazetteer: Gazetteer,
) -> PlaceProposal:
    """The same for what is no document: a crossing by its streets, a local name by its phrases."""
    left = (*proposal.left_out, *unused)
    return _told(proposal, misread(said, names, (), left, gazetteer.index.vocabulary))


def _told(proposal: PlaceProposal, read: Misread) -> PlaceProposal:
    """The proposal with what was read as another word."""
    if not read.pairs:
        return proposal
    doubt = (Caution.OTHER_NAME,) if read.is_other else ()
    return structs.replace(proposal, misspelt=read.pairs, cautions=(*proposal.cautions, *doubt))


def _is_at(address: str, said: Normalised) -> bool:
    """Whether the very number of the address was said, and not only its street."""
    there = normalise(address)
    numbers = {there.parts.number, *(word for word in there.words if word[0].isdigit())}
    return not (numbers - {""}).isdisjoint({said.parts.number, *said.words})


def _is_one(words: Sequence[str], n: int, written: Mapping[str, str]) -> bool:
    """Whether one of the place's words is this one: by its sound, as a synonym, without an ending,
    together with its neighbour, or written as two."""
    word = words[n]
    key = key_of(word)
    if key in written and len(word) <= SAME_LENGTH * len(written[key]):
        return True
    stems = (word.removesuffix(ending) for ending in ENDINGS if word.endswith(ending))
    others = [stem for stem in stems if len(stem) > STEM_MIN]
    others += [SYNONYMS[word]] if word in SYNONYMS else []
    others += ["".join(words[n - 1 : n + 1])] if n else []
    others += ["".join(words[n : n + 2])] if n + 1 < len(words) else []
    if any(key_of(one) in written for one in others):
        return True
    cuts = range(3, len(word) - 2)
    return any({key_of(word[:at]), key_of(word[at:])} <= written.keys() for at in cuts)


def _begins(word: str, whole: str) -> bool:
    begun = with_every_e(word)
    is_word = len(word) <= SAME_LENGTH * len(begun)
    return whole.startswith(word) or (is_word and with_every_e(whole).startswith(begun))


def _nearest(word: str, written: Mapping[str, str]) -> str:
    """The place's word that it was read as: one that it begins, else the one most like it, whole
    or at its beginning."""
    key = key_of(word)
    begun = {one: name for one, name in written.items() if one.startswith(key)}
    names = begun if begun or len(key) < FUZZY_FROM else written
    likes = [
        (min(OSA.distance(key, one), OSA.distance(key, one[: len(key)]) + 0.5), one)
        for one in names
        if one.isalpha()
    ]
    return names[min(likes)[1]] if likes else ""
