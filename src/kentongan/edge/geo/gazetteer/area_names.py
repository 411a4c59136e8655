"""Names of areas said otherwise than they are written, put as they are written.

"Lor panggung" is Panggung Lor and "bandar harjo" is Bandarharjo. Read word by word, the first is
what lies north of Panggung and the second is the airport ("bandara"). Only a whole name counts: any
other text stays as it is. Pure.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from kentongan.cities.gazetteer import PlaceKind
from kentongan.edge.geo.gazetteer.columns import KINDS
from kentongan.edge.geo.gazetteer.gazetteer import Gazetteer
from kentongan.edge.geo.gazetteer.index import WordIndex
from kentongan.edge.geo.gazetteer.normaliser import fold, normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.words import (
    AREA_WORDS,
    BEFORE_A_NAME,
    COMPASS,
    FILLERS,
    WORDS,
)

PART_MIN: Final = 3
"""Letters of the shortest part of a name that is said in two words; fewer are an abbreviation."""

_RELATIONS: Final = COMPASS.keys() | BEFORE_A_NAME
"""Words that before a name are read as where the caller is: "ngisor bendan" is Bendan Ngisor."""

_AREAS: Final = [KINDS.index(one) for one in (PlaceKind.KELURAHAN, PlaceKind.KECAMATAN)]
_WORD: Final = re.compile(r"[^\W_]+")


class AreaNames:
    """The names of a city's kelurahan and kecamatan, by the sound of their words."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        documents = gazetteer.documents
        areas = np.flatnonzero(np.isin(documents.kinds, _AREAS)).tolist()
        self._names = frozenset(_keys(documents.name[n]) for n in areas)
        self._longest = max(map(len, self._names), default=0)
        self._index: WordIndex = gazetteer.index

    def as_written(self, text: str) -> str:
        """The text with a direction behind the name that it belongs to, and with the two parts of
        a name in one word."""
        return self._joined(self._turned(text))

    def _turned(self, text: str) -> str:
        """A direction said first is put behind the words that it makes a name with. Not where they
        begin a longer name: "lor panggung kidul" lies north of Panggung Kidul, of an area or of
        anything else."""
        words = list(_WORD.finditer(text))
        folded = [fold(one[0]) for one in words]
        first = next((n for n, word in enumerate(folded) if word not in FILLERS), len(words))
        if first == len(words) or WORDS.get(folded[first], folded[first]) not in _RELATIONS:
            return text
        direction = key_of(WORDS.get(folded[first], folded[first]))
        named = _together(text, words, range(first, first + self._longest + 1))
        keys = tuple(key_of(WORDS.get(word, word)) for word in folded[first + 1 : named])
        counts = range(1, len(keys) + 1)
        whole = [count for count in counts if (*keys[:count], direction) in self._names]
        longer = [count for count in counts if keys[:count] in self._names]
        if not whole or max(longer, default=0) > whole[-1]:
            return text
        behind = first + 1 + whole[-1]
        if behind < len(words) and self._goes_on(keys[: whole[-1]], folded[behind]):
            return text
        name = words[first + 1 : behind]
        turned = f"{text[name[0].start() : name[-1].end()]} {words[first][0]}"
        return text[: words[first].start()] + turned + text[name[-1].end() :]

    def _goes_on(self, keys: Sequence[str], word: str) -> bool:
        """Whether a name in the city has these words and that one: "timur Semarang Tawang" lies
        east of a station."""
        rows = self._index.rows_with(key_of(WORDS.get(word, word)))
        for key in keys:
            rows = np.intersect1d(rows, self._index.rows_with(key))
        return rows.size > 0

    def _joined(self, text: str) -> str:
        """Two words that are an area's name in one, where no name in the city has both apart."""
        words = list(_WORD.finditer(text))
        parts: list[str] = []
        done = n = 0
        while n + 1 < len(words):
            one, other = words[n], words[n + 1]
            is_name = not text[one.end() : other.start()].strip() and self._is_split(
                fold(one[0]), fold(other[0])
            )
            if is_name:
                parts += [text[done : one.end()], other[0]]
                done = other.end()
            n += 2 if is_name else 1
        return "".join((*parts, text[done:]))

    def _is_split(self, one: str, other: str) -> bool:
        if min(len(one), len(other)) < PART_MIN or (key_of(one + other),) not in self._names:
            return False
        having, others = (
            self._index.rows_with(key_of(WORDS.get(word, word))) for word in (one, other)
        )
        return not np.intersect1d(having, others).size


def _together(text: str, words: Sequence[re.Match[str]], numbers: Iterable[int]) -> int:
    """The number behind the last of these words with nothing but space between them."""
    end = 0
    for n in numbers:
        if n >= len(words) or (end and text[words[n - 1].end() : words[n].start()].strip()):
            break
        end = n + 1
    return end


def _keys(name: str) -> tuple[str, ...]:
    words = normalise(name).words
    return tuple(key_of(word) for word in words if word not in AREA_WORDS)
