"""Where two streets meet, found by both names: "Pandanaran Pahlawan", "perempatan ...".

Every pair of street names that really share a junction is kept, and only such pairs are proposed,
whatever a misspelt name resembles. Two places where the same streets meet stay two. The words are
parted at "dan", "x", "sama", where they hold such a word, else at every gap.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from kentongan.cities.junctions import Junction
from kentongan.edge.geo.gazetteer.columns import Arrays, Texts
from kentongan.edge.geo.gazetteer.documents import Source
from kentongan.edge.geo.gazetteer.index import WordIndex
from kentongan.edge.geo.gazetteer.normaliser import (
    CHARACTERS_MAX,
    WORDS_MAX,
    fold,
    normalise,
    without_rt_rw,
)
from kentongan.edge.geo.gazetteer.origins import Origin
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.scoring import Explained, explain
from kentongan.edge.geo.gazetteer.words import TYPE_WORDS

SAME_JUNCTION_M: Final = 120.0
"""Junctions of the same two streets closer than this are one: the carriageways of one crossing."""

NAMES_AT_JUNCTION_MAX: Final = 8
"""More names at one junction are a mapping slip."""

IMPLICIT_WORDS_MAX: Final = 10
SURE: Final = 0.62
"""Least fit of each street when the words say that they mean a crossing."""

SURE_IMPLICIT: Final = 0.83
"""The same when nothing says so."""

ALIKE_FROM: Final = 82.0
ALIKE_NOTHING: Final = 50.0
"""Likeness in per cent below which whole names are not compared, and which counts for nothing."""

_Fit = NDArray[np.float32]

_SPOKEN: Final = re.compile(
    r"^\W*(?:di\s+|dekat\s+|depan\s+)?(?P<trigger>simpang(?:an)?|perempatan|prapatan|perapatan|pertigaan|pertelon|protelon"
    r"|persimpangan|pojok(?:an)?|bangjo|lampu merah|crossing|corner|simp|sp)\b\W*(?:antara\b)?",
)
_BETWEEN: Final = re.compile(
    r"\s+(?:dan|dengan|sama|karo|ketemu|simpang|pojok|perempatan|pertigaan|persimpangan|x|and|dgn"
    r"|corner|potong|ambek|kalih)\s+|\s*[/&+×]\s*|\s+-+\s+|\s*[–—]\s*|\s*;\s*|\s*,\s*(?=jl)"
)
_JUNCTION: Final = re.compile(r"\s+simpang\s+")
_X: Final = re.compile(r"\s+x\s+")
_NAMELESS: Final = re.compile(
    r"\s+(?:dengan|dgn|karo|ketemu|x|and|corner|potong|ambek|kalih)\s+|\s*×\s*"
)
"""Those that are part of no name: between two sides they are dropped from what names explain."""


class Crossing(Struct, frozen=True):
    """A place where two streets meet."""

    one: str
    other: str
    lat: float
    lon: float
    context: str
    score: float
    origin: Origin
    unused: tuple[str, ...] = ()
    """Words said that neither street has."""

    @property
    def label(self) -> str:
        """Both names, as they are mapped."""
        return f"{self.one} × {self.other}"


class Parted(Struct, frozen=True):
    """What was said as two sides, or (one side) with nothing that parts it."""

    sides: tuple[str, ...]
    said: bool
    """Whether a word or sign said that a crossing is meant."""

    beyond: tuple[str, ...] = ()
    """What was said behind a further such word or sign."""

    by_x: bool = False
    """Whether it was an x, which may be the Roman ten of a name as well."""

    by_junction: bool = False
    """Whether it was "simpang", which may begin the name of a place as well."""

    word: str = ""
    """The word before one side that said so."""


def part(text: str) -> Parted:
    """The sides of a crossing in the caller's words: two names, not a name and its number."""
    flat = without_rt_rw(fold(text[:CHARACTERS_MAX])).strip()
    trigger = _SPOKEN.match(flat)
    rest = flat[trigger.end() :] if trigger else flat
    sides = [side for side in (one.strip() for one in _BETWEEN.split(rest)) if side]
    if len(sides) >= 2 and all(map(_is_name, sides[:2])):
        return Parted(
            (sides[0], sides[1]),
            said=True,
            beyond=tuple(sides[2:]),
            by_x=_X.search(rest) is not None,
            by_junction=_JUNCTION.search(rest) is not None,
        )
    return Parted((rest,), said=trigger is not None, word=trigger["trigger"] if trigger else "")


def without_signs(text: str) -> str:
    """The words of two sides as one text, for the names that may explain them together."""
    return _NAMELESS.sub(" ", fold(text[:CHARACTERS_MAX]))


def _is_name(side: str) -> bool:
    words = normalise(side).words
    return any(word.isalpha() and word not in TYPE_WORDS for word in words)


class Crossings:
    """All crossings of a city. Build with `of`, or from saved arrays."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        inner = {
            name.removeprefix("crossings."): column
            for name, column in arrays.items()
            if name.startswith("crossings.")
        }
        self._streets = Texts.from_arrays(inner, "streets")
        self._contexts = Texts.from_arrays(inner, "contexts")
        told = Texts.from_arrays(inner, "origins")
        self._origins = [msgspec.json.decode(text, type=Origin) for text in told]
        self._index = WordIndex(inner)
        self._texts = [_bare(self._index.texts[n].split()) for n in range(self._index.rows)]
        self._one = inner["one"].astype(np.int32, copy=False)
        self._other = inner["other"].astype(np.int32, copy=False)
        self._context = inner["context"].astype(np.int32, copy=False)
        self._origin = inner["origin"].astype(np.int32, copy=False)
        self.lat = inner["lat"].astype(np.float64, copy=False)
        self.lon = inner["lon"].astype(np.float64, copy=False)
        lengths = {len(one) for one in (self._one, self._other, self._context, self.lat, self.lon)}
        if len(lengths) != 1 or len(self._streets) != self._index.rows:
            raise ValueError("crossings: columns of different lengths")

    @classmethod
    def of(
        cls,
        junctions: Iterable[tuple[float, float, Sequence[str]]],
        source: Source = "osm",
        known: Sequence[Junction] = (),
    ) -> "Crossings":
        """From junctions: latitude, longitude and the names of the streets that meet there; and
        from those that the city's pack knows, which stand before what the others say."""
        origins = [Origin.of(source), *map(Origin.of_junction, known)]
        own = [(one.point.lat, one.point.lon, one.streets, n) for n, one in enumerate(known, 1)]
        streets, places = _gathered([*own, *((*one, 0) for one in junctions)])
        keys = [_keys(name) for name in streets]
        arrays: Arrays = dict(WordIndex.of(keys).to_arrays())
        arrays |= Texts.of(streets).to_arrays("streets")
        arrays |= Texts.of([""]).to_arrays("contexts")
        arrays |= Texts.of(msgspec.json.encode(one).decode() for one in origins).to_arrays(
            "origins"
        )
        arrays |= {
            "one": np.array([place[0] for place in places], dtype=np.int32),
            "other": np.array([place[1] for place in places], dtype=np.int32),
            "lat": np.array([place[2] for place in places], dtype=np.float64),
            "lon": np.array([place[3] for place in places], dtype=np.float64),
            "origin": np.array([place[4] for place in places], dtype=np.int32),
            "context": np.zeros(len(places), dtype=np.int32),
        }
        return cls({f"crossings.{name}": column for name, column in arrays.items()})

    def __len__(self) -> int:
        return len(self._one)

    def with_contexts(self, contexts: Sequence[str]) -> "Crossings":
        """The same, each with the area it lies in."""
        different = list(dict.fromkeys(contexts)) or [""]
        number = {text: n for n, text in enumerate(different)}
        arrays = self.to_arrays() | {
            f"crossings.{name}": column
            for name, column in Texts.of(different).to_arrays("contexts").items()
        }
        arrays["crossings.context"] = np.array([number[one] for one in contexts], dtype=np.int32)
        return Crossings(arrays)

    def to_arrays(self) -> Arrays:
        """For saving."""
        arrays: Arrays = dict(self._index.to_arrays())
        arrays |= self._streets.to_arrays("streets")
        arrays |= self._contexts.to_arrays("contexts")
        told = (msgspec.json.encode(one).decode() for one in self._origins)
        arrays |= Texts.of(told).to_arrays("origins")
        arrays |= {"one": self._one, "other": self._other, "context": self._context}
        arrays |= {"lat": self.lat, "lon": self.lon, "origin": self._origin}
        return {f"crossings.{name}": column for name, column in arrays.items()}

    def find(self, parted: Parted, near: tuple[float, float], count: int) -> list[Crossing]:
        """The crossings that both sides may mean, best first."""
        return self.look_up(parted, near, count)[0]

    def look_up(
        self, parted: Parted, near: tuple[float, float], count: int
    ) -> tuple[list[Crossing], bool]:
        """The same, and whether both sides surely are two streets of this city, that meet or not:
        an empty answer then means that a crossing was said in vain."""
        if not len(self):
            return [], False
        least = SURE if parted.said else SURE_IMPLICIT
        best = np.zeros(len(self), dtype=np.float32)
        are_streets = False
        for a, b in self._fits(parted):
            sure = min(float(a.max()), float(b.max()))
            are_streets |= sure >= SURE_IMPLICIT and int(a.argmax()) != int(b.argmax())
            if sure < least:
                continue
            for first, second in ((self._one, self._other), (self._other, self._one)):
                left, right = a[first], b[second]
                score = np.where(np.minimum(left, right) >= least, (left + right) / 2, 0.0)
                np.maximum(best, score, out=best)
        found = np.flatnonzero(best > 0)
        km = np.hypot(
            self.lat[found] - near[0], (self.lon[found] - near[1]) * np.cos(np.radians(near[0]))
        )
        order = np.lexsort((km, -np.round(best[found], 3)))[:count]
        chosen = [int(n) for n in found[order]]
        unused = self._unused(parted, chosen) if chosen else []
        crossings = [
            structs.replace(self.at(n, float(best[n])), unused=words)
            for n, words in zip(chosen, unused, strict=True)
        ]
        return crossings, are_streets

    def _unused(self, parted: Parted, chosen: Sequence[int]) -> list[tuple[str, ...]]:
        """For each of these crossings the words that neither of its streets has."""
        said = dict.fromkeys(
            word for side in (*parted.sides, *parted.beyond) for word in normalise(side).words
        )
        rows: dict[str, set[int]] = {}
        for word in said:
            (heard,) = explain(self._index, [word], unfinished=True).heard
            rows[word] = {row for hits in heard.rows for row in hits.tolist()}
        unused: list[tuple[str, ...]] = []
        for n in chosen:
            streets = {int(self._one[n]), int(self._other[n])}
            names = " ".join(self._texts[one] for one in streets)
            unused.append(
                tuple(
                    word
                    for word in said
                    if streets.isdisjoint(rows[word])
                    and fuzz.partial_ratio(key_of(word), names) < ALIKE_FROM
                )
            )
        return unused

    def at(self, n: int, score: float = 0.0) -> Crossing:
        """One of them by its number."""
        return Crossing(
            one=self._streets[int(self._one[n])],
            other=self._streets[int(self._other[n])],
            lat=float(self.lat[n]),
            lon=float(self.lon[n]),
            context=self._contexts[int(self._context[n])],
            score=score,
            origin=self._origins[int(self._origin[n])],
        )

    def _fits(self, parted: Parted) -> list[tuple[_Fit, _Fit]]:
        """For every way to part the words how well each side means each street."""
        sides = [normalise(side) for side in parted.sides]
        last = sides[-1].unfinished
        if len(sides) == 2:
            one, other = sides[0].words, sides[1].words
            if not one or not other:
                return []
            return [(self._fit(one, False), self._fit(other, last))]
        words = sides[0].words[:IMPLICIT_WORDS_MAX]
        if len(words) < 2:
            return []
        cuts = range(1, len(words))
        alike = self._alike([part for n in cuts for part in (words[:n], words[n:])])
        explained = [
            explain(self._index, [word], last and n == len(words) - 1)
            for n, word in enumerate(words)
        ]
        return [
            (
                np.maximum(self._together(explained[:n]), alike[2 * n - 2]),
                np.maximum(self._together(explained[n:]), alike[2 * n - 1]),
            )
            for n in cuts
        ]

    def _fit(self, words: tuple[str, ...], unfinished: bool) -> _Fit:
        """For every street how well these words mean it, 0 to 1."""
        fit = self._together([explain(self._index, words, unfinished)])
        return np.maximum(fit, self._alike([words])[0])

    def _together(self, explained: Sequence[Explained]) -> _Fit:
        """Words explained one by one as the fit of all of them."""
        said = sum(one.said for one in explained)
        total = sum((one.total for one in explained), np.zeros(self._index.rows, np.float32))
        if not said:
            return total
        whole = np.minimum(1.0, total / np.maximum(self._index.weights, 1e-6))
        return (0.72 * np.minimum(1.0, total / said) + 0.28 * whole).astype(np.float32)

    def _alike(self, sides: Sequence[tuple[str, ...]]) -> NDArray[np.float32]:
        """The fit by letters alone: a lost letter in a short word, a lost space cost little."""
        said = [_bare([key_of(word) for word in words]) for words in sides]
        ratio = process.cdist(
            said, self._texts, scorer=fuzz.ratio, score_cutoff=ALIKE_FROM, dtype=np.float32
        )
        return np.maximum((ratio - ALIKE_NOTHING) / (100 - ALIKE_NOTHING), 0.0).astype(np.float32)


def _bare(keys: Sequence[str]) -> str:
    """The keys as one text, without a first word that only says "street"."""
    return " ".join(keys[1:] if len(keys) > 1 and keys[0] in TYPE_WORDS else keys)


def _keys(name: str) -> tuple[str, ...]:
    return tuple(key_of(word) for word in normalise(name).words[:WORDS_MAX])


_Place = tuple[int, int, float, float, int]
_Point = tuple[float, float, int]
"""Latitude, longitude, and the number of the origin."""


def _gathered(
    junctions: Iterable[tuple[float, float, Sequence[str], int]],
) -> tuple[list[str], list[_Place]]:
    """Streets, and each place where two of them meet, near ones taken together."""
    number: dict[str, int] = {}
    meeting: dict[tuple[int, int], list[_Point]] = defaultdict(list)
    for lat, lon, names, origin in junctions:
        ids = sorted({number.setdefault(name, len(number)) for name in names})
        for pair in combinations(ids[:NAMES_AT_JUNCTION_MAX], 2):
            meeting[pair].append((lat, lon, origin))
    streets = list(number)
    keys = [_keys(name) for name in streets]
    places: list[_Place] = []
    for (one, other), points in meeting.items():
        if keys[one] != keys[other]:  # two spellings of one street do not cross
            places += [(one, other, *point) for point in _apart(points)]
    return streets, places


def _apart(points: Sequence[_Point]) -> list[_Point]:
    """One of each handful of points that belong together, the first."""
    kept: list[_Point] = []
    for lat, lon, origin in points:
        narrow = np.cos(np.radians(lat))
        if all(
            np.hypot(lat - a, (lon - b) * narrow) * 111_195 > SAME_JUNCTION_M for a, b, _ in kept
        ):
            kept.append((lat, lon, origin))
    return kept
