"""Which names hold a word: rows of names, by word, in flat arrays.

A row is one name of one document (its own, another one, or its address). Words of the area around
(kelurahan, kecamatan) are indexed apart, since they only support. The index finds and weighs; what
a proposal is, it does not know.
"""

from collections.abc import Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.edge.geo.gazetteer.columns import Arrays, Texts
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.vocabulary import Meanings, Vocabulary
from kentongan.edge.geo.gazetteer.words import BESIDE_A_NAME, TYPE_WORDS

TYPE_FACTOR: Final = 0.35
NUMBER_FACTOR: Final = 0.6
BESIDE_FACTOR: Final = 0.6
CITY_FACTOR: Final = 0.25
WEIGHT_MAX: Final = 11.0
"""A single rare word must not decide alone."""

_TYPE_KEYS: Final = frozenset(map(key_of, TYPE_WORDS))
_BESIDE_KEYS: Final = frozenset(map(key_of, BESIDE_A_NAME))

Rows = NDArray[np.int32]


class Hits(Struct, frozen=True):
    """Rows and how well the word fits each, the best last, so that it wins on assignment."""

    rows: Rows
    quality: NDArray[np.float32]


class _Postings:
    """For each word the rows that hold it."""

    def __init__(self, starts: NDArray[np.int32], rows: Rows) -> None:
        self.starts = starts
        self.rows = rows

    @classmethod
    def of(cls, words: NDArray[np.int32], rows: Rows, vocabulary: int) -> "_Postings":
        order = np.lexsort((rows, words))
        starts = np.searchsorted(words[order], np.arange(vocabulary + 1)).astype(np.int32)
        return cls(starts, rows[order])

    def count(self) -> NDArray[np.int32]:
        return np.diff(self.starts)

    def of_word(self, n: int) -> Rows:
        return self.rows[self.starts[n] : self.starts[n + 1]]

    def hits(self, meanings: Meanings) -> Hits:
        firsts = self.starts[meanings.ids]
        counts = self.starts[meanings.ids + 1] - firsts
        total = int(counts.sum())
        places = np.repeat(firsts - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        rows = self.rows[places + np.arange(total)]
        return Hits(rows, np.repeat(meanings.quality, counts))


class WordIndex:
    """Rows by their words. Build with `of`, or from saved arrays."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self.vocabulary = Vocabulary(Texts.from_arrays(arrays, "vocabulary"))
        size = len(self.vocabulary)
        self._names = _postings(arrays, "names", size)
        self._around = _postings(arrays, "around", size)
        self.rows = int(arrays["rows"][0])
        self.texts = Texts.from_arrays(arrays, "texts")
        self.weights = arrays["weights"].astype(np.float32, copy=False)
        if not len(self.weights) == len(self.texts) == self.rows:
            raise ValueError("index: rows of different number")
        self.idf = np.log1p(self.rows / (self._names.count() + 0.5)).astype(np.float32)

    @classmethod
    def of(
        cls,
        names: Sequence[tuple[str, ...]],
        around: Sequence[int] = (),
        contexts: Sequence[tuple[str, ...]] = (),
    ) -> "WordIndex":
        """From the keys of every row's name; `around` has the number of each row's context."""
        vocabulary = Vocabulary(chain(chain.from_iterable(names), chain.from_iterable(contexts)))
        number = {key: n for n, key in enumerate(vocabulary.keys)}
        words = np.array([number[k] for name in names for k in set(name)], dtype=np.int32)
        counts = np.array([len(set(name)) for name in names], dtype=np.int64)
        rows = np.repeat(np.arange(len(names), dtype=np.int32), counts)
        inner = _Postings.of(words, rows, len(vocabulary))
        context_rows = _by_context(around, len(contexts))
        pairs = [(number[key], n) for n, keys in enumerate(contexts) for key in set(keys)]
        outer_words = [np.full(len(context_rows[n]), w, dtype=np.int32) for w, n in pairs]
        outer = _Postings.of(
            np.concatenate([np.empty(0, np.int32), *outer_words]),
            np.concatenate([np.empty(0, np.int32), *(context_rows[n] for _, n in pairs)]),
            len(vocabulary),
        )
        idf = np.log1p(len(names) / (inner.count() + 0.5))
        factors = np.array([factor_of(key) for key in vocabulary.keys])
        weights = np.zeros(len(names), dtype=np.float64)
        np.add.at(weights, rows, (np.minimum(idf, WEIGHT_MAX) * factors)[words])
        arrays: Arrays = {
            "rows": np.array([len(names)], dtype=np.int64),
            "names.starts": inner.starts, "names.rows": inner.rows,
            "around.starts": outer.starts, "around.rows": outer.rows,
            "weights": weights.astype(np.float32),
        }  # fmt: skip
        arrays |= Texts.of(vocabulary.keys).to_arrays("vocabulary")
        arrays |= Texts.of(" ".join(name) for name in names).to_arrays("texts")
        return cls(arrays)

    def to_arrays(self) -> Arrays:
        """For saving."""
        arrays: Arrays = {
            "rows": np.array([self.rows], dtype=np.int64),
            "names.starts": self._names.starts, "names.rows": self._names.rows,
            "around.starts": self._around.starts, "around.rows": self._around.rows,
            "weights": self.weights,
        }  # fmt: skip
        arrays |= Texts.of(self.vocabulary.keys).to_arrays("vocabulary")
        return arrays | self.texts.to_arrays("texts")

    def name_hits(self, meanings: Meanings) -> Hits:
        """Rows whose name holds one of these words."""
        return self._names.hits(meanings)

    def around_hits(self, meanings: Meanings) -> Hits:
        """Rows whose area is called so."""
        return self._around.hits(meanings)

    def rows_with(self, key: str) -> Rows:
        """Rows whose name holds exactly this key."""
        n = self.vocabulary.find(key)
        return self._names.of_word(n) if n >= 0 else np.empty(0, dtype=np.int32)

    def is_around(self, key: str) -> bool:
        """Whether an area around some row is called exactly so."""
        n = self.vocabulary.find(key)
        return n >= 0 and len(self._around.of_word(n)) > 0

    def weight(self, meanings: Meanings) -> float:
        """How telling a word is: the rarest of what it may mean, discounted by how well it fits."""
        if not len(meanings):
            return 0.0
        return min(WEIGHT_MAX, float((self.idf[meanings.ids] * meanings.quality).max()))


def factor_of(key: str) -> float:
    """How much a kind of word counts: type words, what stands beside a name, and numbers less than
    names."""
    if key in _TYPE_KEYS:
        return TYPE_FACTOR
    if key in _BESIDE_KEYS:
        return BESIDE_FACTOR
    return NUMBER_FACTOR if key.isdigit() else 1.0


def _postings(arrays: Mapping[str, NDArray[np.generic]], name: str, size: int) -> _Postings:
    starts = arrays[f"{name}.starts"].astype(np.int32, copy=False)
    rows = arrays[f"{name}.rows"].astype(np.int32, copy=False)
    if len(starts) != size + 1 or int(starts[-1]) != len(rows):
        raise ValueError(f"index: {name} does not fit the vocabulary")
    return _Postings(starts, rows)


def _by_context(around: Sequence[int], contexts: int) -> list[Rows]:
    """The rows of each context."""
    found = [np.empty(0, dtype=np.int32) for _ in range(contexts)]
    pairs = sorted((context, row) for row, context in enumerate(around))
    for context, group in groupby(pairs, key=itemgetter(0)):
        found[context] = np.array([row for _, row in group], dtype=np.int32)
    return found
