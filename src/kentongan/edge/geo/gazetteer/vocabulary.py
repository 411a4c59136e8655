"""All keys of a city's names, sorted, and which of them a written word may mean.

Exact, begun, with a Javanese or Indonesian ending, a synonym, or misspelt by one or two letters
(optimal string alignment). Misspelling needs no table: a bit per letter leaves a few hundred
candidates of a hundred thousand, and only those are compared.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from kentongan.edge.geo.gazetteer.phonetic import begun_keys, key_of, with_every_e
from kentongan.edge.geo.gazetteer.words import COMPASS, SYNONYMS

REMEMBERED_MAX: Final = 4096
"""Written words whose meanings are kept: an operator types one letter more, the rest stays."""

ENDINGS: Final = ("ipun", "nya", "lah", "ne", "e", "ku", "mu", "an")
"""Endings that speech adds to a name: "masjide", "pasarnya"."""

STEM_MIN: Final = 2
"""A stem has more letters than this."""

FUZZY_FROM: Final = 4
"""Letters a word needs before it may be misspelt; shorter ones mean too much."""

TWO_EDITS_FROM: Final = 6
ENDING_QUALITY: Final = 0.95
SYNONYM_QUALITY: Final = 0.8
EDIT_COST: Final = 0.28
BEGUN_MISSPELT: Final = 0.6
BEGUN_CANDIDATES_MAX: Final = 4_000
"""Keys looked at for a misspelt beginning; reached only below three letters, where it is off."""


class Meanings(Struct, frozen=True):
    """Numbers of keys and how well each fits, 0 to 1, worst first."""

    ids: NDArray[np.int32]
    quality: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)


class Vocabulary:
    """Sorted, different keys."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys: Sequence[str] = sorted(set(keys))
        self._masks = np.array([_mask(key) for key in self.keys], dtype=np.uint32)
        self._lengths = np.array([len(key) for key in self.keys], dtype=np.uint8)
        self.meanings = lru_cache(maxsize=REMEMBERED_MAX)(self._meanings)

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, key: str) -> int:
        """The number of a key, -1 when there is no such key."""
        n = bisect_left(self.keys, key)
        return n if n < len(self.keys) and self.keys[n] == key else -1

    def _meanings(self, word: str, begun: bool) -> Meanings:
        """The keys that a normalised word may mean; `begun` when it may still be being typed."""
        found: dict[int, float] = {}
        key = key_of(word)
        exact = self.find(key)
        if exact >= 0:
            found[exact] = 1.0
        else:
            self._add_stems(word, found)
        for other, quality in _synonyms(word):
            self._add(other, quality, found)
        if not word.isdigit() and len(key) >= FUZZY_FROM:
            edits = 1 if found else _edits_allowed(word)
            for spelt in dict.fromkeys((key, with_every_e(word))):
                self._add_misspelt(spelt, edits, found)
            if begun and exact < 0:
                self._add_begun_misspelt(key, found)
        ids = np.fromiter(found, dtype=np.int32, count=len(found))
        quality = np.fromiter(found.values(), dtype=np.float32, count=len(found))
        if begun or len(key) >= FUZZY_FROM:
            ids, quality = self._with_begun(word, begun, ids, quality)
        order = np.argsort(quality, kind="stable")
        return Meanings(ids[order], quality[order])

    def _add(self, word: str, quality: float, found: dict[int, float]) -> None:
        n = self.find(key_of(word))
        if n >= 0:
            found[n] = max(found.get(n, 0.0), quality)

    def _add_stems(self, word: str, found: dict[int, float]) -> None:
        for ending in ENDINGS:
            stem = word.removesuffix(ending)
            if stem != word and len(stem) > STEM_MIN:
                self._add(stem, ENDING_QUALITY, found)

    def _add_misspelt(self, key: str, edits: int, found: dict[int, float]) -> None:
        mask = np.uint32(_mask(key))
        near = np.abs(self._lengths.astype(np.int16) - len(key)) <= edits
        near &= np.bitwise_count(self._masks & ~mask) <= edits
        near &= np.bitwise_count(~self._masks & mask) <= edits
        candidates: list[int] = np.flatnonzero(near).tolist()
        if not candidates:
            return
        texts = [self.keys[n] for n in candidates]
        (counts,) = process.cdist([key], texts, scorer=OSA.distance, score_cutoff=edits)
        for n, count in zip(candidates, counts.tolist(), strict=True):
            if count <= edits:
                found[n] = max(found.get(n, 0.0), 1.0 - EDIT_COST * count)

    def _add_begun_misspelt(self, key: str, found: dict[int, float]) -> None:
        first, last = self._range(key[0])
        mask = np.uint32(_mask(key))
        near = np.bitwise_count(mask & ~self._masks[first:last]) <= 1
        near &= self._lengths[first:last] > len(key)
        candidates: list[int] = (np.flatnonzero(near) + first)[:BEGUN_CANDIDATES_MAX].tolist()
        if not candidates:
            return
        beginnings = [self.keys[n][: len(key)] for n in candidates]
        (counts,) = process.cdist([key], beginnings, scorer=OSA.distance, score_cutoff=1)
        for n, count in zip(candidates, counts.tolist(), strict=True):
            if count <= 1:
                found[n] = max(found.get(n, 0.0), BEGUN_MISSPELT)

    def _with_begun(
        self, word: str, begun: bool, ids: NDArray[np.int32], quality: NDArray[np.float32]
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The same and every key that begins so: all of them, a short beginning means many."""
        best = 0.93 if begun else 0.75
        parts, qualities = [ids], [quality]
        for beginning in begun_keys(word) if begun else (key_of(word),):
            first, last = self._range(beginning)
            is_new = np.ones(last - first, dtype=np.bool_)
            is_new[ids[(ids >= first) & (ids < last)] - first] = False
            added = np.flatnonzero(is_new).astype(np.int32) + first
            share = len(beginning) / self._lengths[added].astype(np.float32)
            parts.append(added.astype(np.int32))
            qualities.append((best * (0.75 + 0.25 * share)).astype(np.float32))
        return np.concatenate(parts), np.concatenate(qualities)

    def _range(self, beginning: str) -> tuple[int, int]:
        """First and last number of the keys that begin so."""
        return bisect_left(self.keys, beginning), bisect_left(self.keys, beginning + "{")


def _synonyms(word: str) -> Iterable[tuple[str, float]]:
    if word in SYNONYMS:
        quality = SYNONYM_QUALITY - (0.1 if word in COMPASS else 0.0)
        yield SYNONYMS[word], quality


def _edits_allowed(word: str) -> int:
    return 1 if len(word) < TWO_EDITS_FROM else 2


def _mask(key: str) -> int:
    """One bit a letter: a word within two edits lacks at most two of another's letters."""
    mask = 0
    for letter in key:
        mask |= 1 << (ord(letter) & 31)
    return mask
