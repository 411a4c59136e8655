"""What a caller or a map wrote, as comparable words; the same code at import and at query.

Folds case, accents, abbreviations, old spelling and Roman numerals; takes RT/RW, house number,
block, floor and postcode out and keeps them as data; keeps relation words ("depan", "utara") for
the crew. It matches nothing. Promises: any text gives an answer, and the words of an answer give
the same words again. Pure.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from msgspec import Struct

from kentongan.edge.geo.gazetteer.words import (
    BEFORE_A_NAME,
    COMPASS,
    FILLERS,
    GLUED_LETTERS,
    GLUED_NUMBERS,
    HONORIFICS,
    NUMBERED,
    PHRASES,
    RELATIONS,
    ROMAN,
    TYPE_WORDS,
    WORDS,
)

CHARACTERS_MAX: Final = 240
"""Characters looked at; nobody says a longer address."""

WORDS_MAX: Final = 24
"""Words looked at, for the same reason."""

WORD_CHARACTERS_MAX: Final = 32
"""Longest word kept; a longer one is no word."""

_RT_RW: Final = re.compile(
    r"\brt\W{0,3}rw\W{0,3}(?P<rt>\d{1,3})\W{1,3}(?P<rw>\d{1,3})\b"
    r"|\brt\W{0,3}(?P<rt2>\d{1,3})\s?/\s?(?:rw\W{0,3})?(?P<rw2>\d{1,3})\b"
)
_WORD: Final = re.compile(r"[a-z0-9]+")
_APOSTROPHE: Final = re.compile(r"['`’‘]")
_GLUED: Final = re.compile(
    rf"(?P<a>{'|'.join(GLUED_LETTERS)})(?P<b>[a-z]{{3,}})"
    rf"|(?P<c>{'|'.join(GLUED_NUMBERS)})(?P<d>\d\w*)|(?P<e>\d{{1,3}})(?P<f>rw\d+)"
)
_HOUSE: Final = re.compile(r"\d{1,4}[a-z]?")
_BLOCK: Final = re.compile(r"[a-z]{1,2}\d{0,3}|\d{1,3}[a-z]?")
_AREA_NUMBER: Final = re.compile(r"\d{1,3}")
_POSTCODE: Final = re.compile(r"[1-9]\d{4}")
_PHRASE: Final = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, PHRASES), key=len, reverse=True)) + r")\b"
)
_SCHOOL: Final = re.compile(rf"\b({'|'.join(NUMBERED)})(?: n| negeri)? (\d{{1,3}})\b")
_SURE_STATION: Final = frozenset({"rs", "gereja", "sma", "smp", "sd", "smk", "tk", "biara"})


class AddressParts(Struct, frozen=True):
    """What an address says below the street; never matched, always kept. Empty when not said."""

    rt: str = ""
    rw: str = ""
    number: str = ""
    block: str = ""
    floor: str = ""
    postcode: str = ""
    area_after: str = ""
    """The word that RT or RW were said behind: what they belong to."""

    number_after: str = ""
    """The same of the number or the block."""

    @property
    def area(self) -> str:
        """For people: "RT 3 RW 5"."""
        return " ".join(
            f"{name} {value}" for name, value in (("RT", self.rt), ("RW", self.rw)) if value
        )

    @property
    def block_shown(self) -> str:
        """For people: "Blok C12"."""
        return f"Blok {self.block.upper()}" if self.block else ""

    @property
    def number_shown(self) -> str:
        """For people: "No. 12A"."""
        return f"No. {self.number.upper()}" if self.number else ""

    @property
    def floor_shown(self) -> str:
        """For people: "Lt. 3"."""
        return f"Lt. {self.floor}" if self.floor else ""


class Normalised(Struct, frozen=True):
    """Comparable words, the relation words in the order said, and the data taken out."""

    words: tuple[str, ...]
    relations: tuple[str, ...] = ()
    parts: AddressParts = AddressParts()
    unfinished: bool = False
    """Whether the last word may still be being typed."""


@lru_cache(maxsize=8192)
def normalise(text: str) -> Normalised:
    """The comparable form of any text."""
    cut = text[:CHARACTERS_MAX]
    flat = fold(cut)
    kept: dict[str, str] = {}
    flat = _RT_RW.sub(lambda found: _take_rt_rw(found, kept), flat)
    relations: list[str] = []
    words = _full(_WORD.findall(flat)[:WORDS_MAX])
    last = words[-1:]
    for _ in range(WORDS_MAX):
        left = _without_data(words, kept)
        left = _without_relations(left, relations)
        left = _full(left)
        if left == words:
            break
        words = left
    is_typing = flat[-1:].isalnum() and len(text) <= CHARACTERS_MAX
    unfinished = is_typing and words[-1:] == last  # a house number that is typed ends no name
    return Normalised(tuple(words), tuple(relations), AddressParts(**kept), unfinished)


def fold(text: str) -> str:
    """Lower case, without accents and apostrophes."""
    flat = unicodedata.normalize("NFKD", text).casefold()
    flat = "".join(c for c in flat if not unicodedata.combining(c))
    return _APOSTROPHE.sub("", flat)


def without_rt_rw(folded: str) -> str:
    """A folded text without RT and RW: the slash between them is no sign of a crossing."""
    return _RT_RW.sub(" ", folded)


def _take_rt_rw(found: re.Match[str], kept: dict[str, str]) -> str:
    for name, value in (("rt", found["rt"] or found["rt2"]), ("rw", found["rw"] or found["rw2"])):
        kept.setdefault(name, value.lstrip("0") or "0")
    return " "


def _full(words: list[str]) -> list[str]:
    """Words in their full form: unglued, unabbreviated, phrases and numerals put right."""
    unglued = [part for word in words for part in _unglued(word)]
    full: list[str] = []
    for n, word in enumerate(unglued):
        following = unglued[n + 1] if n + 1 < len(unglued) else ""
        full.append(_full_word(word, full[-1] if full else "", following))
    flat = " ".join(full)
    flat = _SCHOOL.sub(lambda found: f"{NUMBERED[found[1]]} {found[2]}", flat)
    flat = _PHRASE.sub(lambda found: PHRASES[found[0]], flat)
    return [word[:WORD_CHARACTERS_MAX] for word in flat.split()]


def _unglued(word: str) -> list[str]:
    found = _GLUED.fullmatch(word)
    if found is None:
        return [word]
    first = found["a"] or found["c"] or found["e"]
    rest = found["b"] or found["d"] or found["f"]
    return [first, *_unglued(rest)]


def _full_word(word: str, before: str, after: str) -> str:
    """Abbreviations that are only one in their place stand here; all others in `WORDS`."""
    if word.isdigit():
        return word.lstrip("0") or "0"
    if before and word in ROMAN:
        return ROMAN[word]
    if word == "st":
        return "santo" if before in _SURE_STATION else "stasiun"
    if word == "g" and not before and after.isalpha():
        return "gang"
    if word == "sp" and not before and after:
        return "simpang"
    if word == "tim" and before:
        return "timur"
    if word == "lt" and after.isdigit():
        return "lantai"
    if word == "gt" and not before and after:
        return "gerbang"
    return WORDS.get(word, word)


_VALUED: Final = {
    "rt": ("rt", _AREA_NUMBER),
    "rw": ("rw", _AREA_NUMBER),
    "nomor": ("number", _HOUSE),
    "blok": ("block", _BLOCK),
    "lantai": ("floor", _AREA_NUMBER),
}


def _without_data(words: list[str], kept: dict[str, str]) -> list[str]:
    left: list[str] = []
    n = 0
    while n < len(words):
        name, form = _VALUED.get(words[n], ("", _HOUSE))
        value = words[n + 1] if n + 1 < len(words) else ""
        if name and value and form.fullmatch(value):
            is_area = name in {"rt", "rw"}
            kept.setdefault(name, (value.lstrip("0") or "0") if is_area else value)
            if name != "floor":
                kept.setdefault("area_after" if is_area else "number_after", _last_name(left))
            n += 2
        elif _POSTCODE.fullmatch(words[n]) and len(words) > 1:
            kept.setdefault("postcode", words[n])
            n += 1
        else:
            left.append(words[n])
            n += 1
    return left


def _last_name(words: list[str]) -> str:
    named = (word for word in reversed(words) if word.isalpha() and word not in TYPE_WORDS)
    return next(named, "")


def _without_relations(words: list[str], relations: list[str]) -> list[str]:
    """The words that name something; relations are noted, fillers are dropped."""
    naming: list[str] = []
    noted: list[str] = []
    for n, word in enumerate(words):
        begins = not naming and n + 1 < len(words)
        if word in RELATIONS and (begins or word not in BEFORE_A_NAME):
            noted.append(RELATIONS[word])
        elif begins and word in COMPASS:
            noted.append(COMPASS[word])
        elif word not in FILLERS and not (begins and word in HONORIFICS):
            naming.append(word)
    relations.extend(one for one in noted if one not in relations)
    return naming or words
