"""How well each name explains what was said, and how much of the name was said.

Words come in any order. A word that means nothing here counts against every name alike. The score
is a ranking aid between 0 and about 1.2: most of it is how much of the caller's words a name
explains, the rest breaks ties (the whole name said, importance, nearness). It decides nothing.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from rapidfuzz import fuzz

from kentongan.edge.geo.gazetteer.index import (
    CITY_FACTOR,
    WEIGHT_MAX,
    Hits,
    Rows,
    WordIndex,
    factor_of,
)
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.words import AREA_WORDS, TYPE_WORDS

UNKNOWN_WEIGHT: Final = 6.0
"""Added to what was said by a word that means nothing here."""

AROUND: Final = 0.45
"""A word that names the area around supports this much of its weight."""

AROUND_SAID: Final = 0.9
"""The same when "kelurahan" or "kecamatan" was said before it."""

JOINED_QUALITY: Final = 0.95
JOINED_KNOWN: Final = 0.08
"""Taken off where the word as it stands means something, too."""

JOINED_FROM: Final = 6
"""Letters from which an unknown word may be two words written together."""

KEPT_SHARE: Final = 0.3
"""Rows that explain less than this share of what the best one explains are not ranked."""

RERANKED: Final = 40
"""Rows compared as whole names in the end."""

_EXPLAINED, _WHOLE, _IMPORTANT, _NEAR, _ALIKE = 0.62, 0.18, 0.14, 0.10, 0.12
NEAR_KM: Final = 6.0


AREA_FIRST: Final = 0.08
"""An area before what is named after it, where nothing but its name is said: who says "Mangkang"
means the place, and who means the station says so. More than nearness makes within one area."""

TERMINAL_NEXT: Final = 0.03
"""Of what is named after it the terminal before the railway station: more people go there."""

_TERMINAL: Final = key_of("terminal")


class Facts(Struct, frozen=True):
    """What the ranking knows of each row besides its words."""

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    importance: NDArray[np.float32]
    quality: NDArray[np.float32]
    is_area: NDArray[np.bool_]


class Ranked(Struct, frozen=True):
    """A row, its score, and the share of what was said that it explains."""

    row: int
    score: float
    explained: float


class Heard(Struct, frozen=True):
    """A word and the rows that hold it, in their name or around it; none where it means nothing."""

    word: str
    rows: tuple[Rows, ...] = ()


class Explained(Struct, frozen=True):
    """For every row how much of what was said it explains, all of it, and by its name alone."""

    total: NDArray[np.float32]
    by_name: NDArray[np.float32]
    said: float
    heard: tuple[Heard, ...] = ()


def explain(
    index: WordIndex,
    words: Sequence[str],
    unfinished: bool,
    city_words: frozenset[str] = frozenset(),
    aside: Sequence[str] = (),
) -> Explained:
    """What each row explains of the words; `aside` may help a row and never hurts another."""
    tally = _Tally(index.rows)
    said = 0.0
    heard: list[Heard] = []
    areas = _area_words(words)
    last = len(words) - 1
    for n, word in enumerate(words):
        if word in words[n + 1 :]:
            continue  # said again later
        meanings = index.vocabulary.meanings(word, unfinished and n == last)
        joined = _joined(index, words, n, known=len(meanings) > 0)
        factor = CITY_FACTOR if word in city_words else factor_of(key_of(word))
        if not len(meanings) and not joined:
            said += UNKNOWN_WEIGHT * factor
            heard.append(Heard(word))
            continue
        weight = (index.weight(meanings) or WEIGHT_MAX * 0.7) * factor
        said += weight
        around = index.around_hits(meanings)
        share = AROUND_SAID if word in areas else AROUND
        least = AROUND if word in city_words else 0.0  # everything lies in the city
        names = [index.name_hits(meanings), *joined]
        tally.add(weight, names, around, share, least)
        heard.append(Heard(word, _rows_of(index, word, [*names, around])))
    total = tally.total
    if tally.everywhere:
        total += np.float32(tally.everywhere)
    by_name = tally.by_name
    for word in aside:
        hits = index.name_hits(index.vocabulary.meanings(word, False))
        total[hits.rows] += (
            hits.quality * index.weight(index.vocabulary.meanings(word, False)) * 0.3
        )
        heard.append(Heard(word, _rows_of(index, word, [hits])))
    return Explained(total, by_name, said, tuple(heard))


def rank(
    index: WordIndex,
    facts: Facts,
    explained: Explained,
    words: Sequence[str],
    near: tuple[float, float],
    count: int,
) -> list[Ranked]:
    """The best rows, best first."""
    if not explained.said or not len(explained.total):
        return []
    best = float(explained.total.max())
    rows = np.flatnonzero((explained.total >= KEPT_SHARE * best) & (explained.by_name > 0))
    if best <= 0 or not len(rows):
        return []
    share = np.minimum(1.0, explained.total[rows] / explained.said)
    whole = np.minimum(1.0, explained.by_name[rows] / np.maximum(index.weights[rows], 1e-6))
    km = np.hypot(
        (facts.lat[rows] - near[0]) * 111.2,
        (facts.lon[rows] - near[1]) * 111.2 * np.cos(np.radians(near[0])),
    )
    quality = facts.quality[rows]
    score = quality * (_EXPLAINED * share + _WHOLE * whole)
    score += _IMPORTANT * facts.importance[rows] + _NEAR / (1 + km / NEAR_KM)
    if said_areas_only := all(index.is_around(key_of(word)) for word in words):
        score[facts.is_area[rows] | (whole >= 1)] += AREA_FIRST  # or is called just so itself
    kept = max(RERANKED, 2 * count)
    if len(rows) > kept:
        top = np.argpartition(-score, kept - 1)[:kept]
        rows, share, score = rows[top], share[top], score[top]
    said = " ".join(key_of(word) for word in words)
    ranked = [
        Ranked(row, one + _alike(said, index.texts[row], said_areas_only), own)
        for row, one, own in zip(rows.tolist(), score.tolist(), share.tolist(), strict=True)
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.row))


def _alike(said: str, name: str, said_areas_only: bool) -> float:
    alike = _ALIKE * fuzz.token_sort_ratio(said, name) / 100
    is_next = said_areas_only and name.startswith(f"{_TERMINAL} ")
    return alike + (TERMINAL_NEXT if is_next else 0.0)


class _Tally:
    """What each row explains so far; a word costs what it hits, not what the city holds."""

    def __init__(self, rows: int) -> None:
        self.total = np.zeros(rows, dtype=np.float32)
        self.by_name = np.zeros(rows, dtype=np.float32)
        self.everywhere = 0.0
        self._fit = np.zeros(rows, dtype=np.float32)

    def add(
        self, weight: float, names: Sequence[Hits], around: Hits, share: float, least: float
    ) -> None:
        """One word: its best fit in each name, `share` of it in the area around."""
        fit = self._fit
        fit[names[0].rows] = names[0].quality  # the best stands last and wins
        for hits in names[1:]:
            fit[hits.rows] = np.maximum(fit[hits.rows], hits.quality)
        own = np.concatenate([hits.rows for hits in names])
        self.by_name[own] = self.by_name[own] + weight * fit[own]
        fit[around.rows] = np.maximum(fit[around.rows], share * around.quality)
        rows = np.concatenate((own, around.rows))
        gained = np.maximum(fit[rows] - least, 0.0)
        self.total[rows] = self.total[rows] + weight * gained
        self.everywhere += weight * least
        fit[rows] = 0.0


def _rows_of(index: WordIndex, word: str, hits: Sequence[Hits]) -> tuple[Rows, ...]:
    """The rows of these hits. A number is only itself: 2 is not the beginning of 24."""
    if word.isdigit():
        return (index.rows_with(word),)
    return tuple(one.rows for one in hits)


def _area_words(words: Sequence[str]) -> frozenset[str]:
    """The words said to name an area: from "kelurahan" or "kecamatan" to the next type word."""
    found: set[str] = set()
    is_area = False
    for word in words:
        if word in AREA_WORDS:
            is_area = True
        elif word in TYPE_WORDS:
            is_area = False
        elif is_area:
            found.add(word)
    return frozenset(found)


def _joined(index: WordIndex, words: Sequence[str], n: int, *, known: bool) -> list[Hits]:
    """Rows that write this word and its neighbour as one, or this one word as two."""
    hits: list[Hits] = []
    word = words[n]
    for pair in (words[n - 1 : n + 1] if n else (), words[n : n + 2]):
        if len(pair) == 2 and not any(one.isdigit() or one in TYPE_WORDS for one in pair):
            rows = index.rows_with(key_of("".join(pair)))
            if len(rows):
                hits.append(Hits(rows, np.full(len(rows), JOINED_QUALITY, dtype=np.float32)))
    if len(word) >= JOINED_FROM and not word.isdigit():
        rows = _split(index, word)
        if len(rows):
            quality = JOINED_QUALITY - (JOINED_KNOWN if known else 0.0)
            hits.append(Hits(rows, np.full(len(rows), quality, dtype=np.float32)))
    return hits


def _split(index: WordIndex, word: str) -> NDArray[np.int32]:
    """Rows that hold both parts of a word, wherever it has to be parted."""
    best = np.empty(0, dtype=np.int32)
    for at in range(3, len(word) - 2):
        first = index.rows_with(key_of(word[:at]))
        if len(first):
            second = index.rows_with(key_of(word[at:]))
            both = np.intersect1d(first, second, assume_unique=True)
            if len(both) and (not len(best) or len(both) < len(best)):
                best = both
    return best
