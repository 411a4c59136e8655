"""Indonesian and Javanese words as people write them in a hurry, made comparable.

Folds case, accents, abbreviations (jl, kel, psr) and old or Javanese spelling (Tjandi, Dhuwur),
and finds words of a vocabulary that are equal, begun or misspelt. It knows nothing of places or
emergencies. Pure: no clock, no files; the same words give the same matches.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

TEXT_CHARACTERS_MAX: Final = 600  # a caller's complaint; the rest would not change the answer
TOKENS_MAX: Final = 80  # as above
TOKEN_CHARACTERS_MAX: Final = 32  # longer than any word of the vocabulary
REMEMBERED_MAX: Final = 4096  # typed words whose matches are kept, per vocabulary

GENERIC: Final = frozenset(
    {"jalan", "gang", "kelurahan", "kecamatan", "kabupaten", "kota", "dekat", "depan", "belakang"}
    | {"sebelah", "samping", "seberang", "di", "ke", "dari", "yang", "dan", "saya", "kami"}
    | {"rumah", "lokasi", "posisi", "daerah", "wilayah", "kampung", "perumahan", "rt", "rw"}
    | {"no", "nomor", "blok", "ngarep", "mburi", "sisih", "cedak", "celak", "ning", "nang", "neng"}
    | {"ing", "wonten", "pak", "bu", "mas", "mbak", "dik", "tolong", "tulung", "ada", "ana"}
    | {"sini", "sana"}
)
"""Words around a place that name none."""

ABBREVIATIONS: Final = {
    "jl": "jalan",
    "jln": "jalan",
    "jalur": "jalan",
    "gg": "gang",
    "kel": "kelurahan",
    "desa": "kelurahan",
    "kec": "kecamatan",
    "kab": "kabupaten",
    "psr": "pasar",
    "sta": "stasiun",
    "pkm": "puskesmas",
    "pusk": "puskesmas",
    "smg": "semarang",
    "univ": "universitas",
    "mesjid": "masjid",
    "msjd": "masjid",
    "dpn": "depan",
    "dkt": "dekat",
    "blkg": "belakang",
    "sblh": "sebelah",
    "gpp": "gunungpati",
    "tdk": "tidak",
    "gak": "tidak",
    "nggak": "tidak",
    "ga": "tidak",
    "enggak": "tidak",
    "tak": "tidak",
    "nafas": "napas",
    "bernafas": "bernapas",
    "ambulance": "ambulans",
    "ambulan": "ambulans",
    "rmh": "rumah",
    "yg": "yang",
    "krn": "karena",
    "sy": "saya",
    "bpk": "bapak",
    "org": "orang",
}
SPELLINGS: Final = (("oe", "u"), ("tj", "c"), ("dj", "j"), ("dh", "d"), ("th", "t"))
ENDINGS: Final = ("ipun", "nya", "lah", "kah", "ku", "mu", "ne", "e")
_WORD: Final = re.compile(r"[a-z0-9]+")


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text, folded: `Jl. Tjandi` → `("jalan", "candi")`."""
    flat = unicodedata.normalize("NFKD", text[:TEXT_CHARACTERS_MAX]).casefold()
    found = _WORD.findall("".join(c for c in flat if not unicodedata.combining(c)))
    return tuple(_folded(word[:TOKEN_CHARACTERS_MAX]) for word in found[:TOKENS_MAX])


def edits(one: str, other: str, limit: int) -> int:
    """How many letters differ, are missing, added or swapped with a neighbour; above `limit` any
    number above `limit` (optimal string alignment, Damerau 1964).
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return last[-1]


class Vocabulary:
    """A fixed set of folded words that typed words are compared with."""

    def __init__(self, words: Iterable[str]) -> None:
        self._masks = {word: _mask(word) for word in sorted(set(words))}
        self.matches = lru_cache(maxsize=REMEMBERED_MAX)(self._matches)

    def __contains__(self, word: str) -> bool:
        return word in self._masks

    def _matches(self, typed: str, begun: bool) -> dict[str, float]:
        """The words that `typed` may mean, each with a quality from 0.5 to 1.

        `begun` says that the word may still be being typed, so that it matches as a beginning.
        """
        found: dict[str, float] = {}
        if typed in self._masks:
            found[typed] = 1.0
        else:
            for ending in ENDINGS:
                stem = typed.removesuffix(ending)
                word = ABBREVIATIONS.get(stem, stem)
                if stem != typed and len(stem) > 2 and word in self._masks:
                    found[word] = 0.95
        if begun and len(typed) > 1 and not typed.isdigit():
            for word in self._masks:
                if word not in found and word.startswith(typed):
                    found[word] = 0.5 + 0.5 * len(typed) / len(word)
        if not any(quality >= 0.95 for quality in found.values()):
            self._add_misspelt(typed, found)
        return found

    def _add_misspelt(self, typed: str, found: dict[str, float]) -> None:
        limit = _edits_allowed(typed)
        if limit == 0:
            return
        mask = _mask(typed)
        nearest: list[str] = []
        for word, its_mask in self._masks.items():
            if (mask ^ its_mask).bit_count() > 2 * limit or len(word) < 4:
                continue
            count = edits(typed, word, limit)
            if count < limit:
                nearest, limit = [], count
            if count <= limit:
                nearest.append(word)
        for word in nearest:
            found[word] = max(found.get(word, 0.0), 0.9 - 0.1 * limit)


def _folded(word: str) -> str:
    word = ABBREVIATIONS.get(word, word)
    for old, new in SPELLINGS:
        word = word.replace(old, new)
    return word


def _edits_allowed(typed: str) -> int:
    if len(typed) < 5 or typed.isdigit():
        return 0
    return 1 if len(typed) < 8 else 2


def _mask(word: str) -> int:
    """One bit a letter: two words that differ in many bits need many edits."""
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) & 31)
    return mask
