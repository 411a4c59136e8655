"""Is it the same incident? Open incidents that a new report may tell of, most likely first.

It proposes; linking and merging are decided by people, and both can be undone. The score is a sum
whose parts are shown, so that a call-taker sees why: near, recent, the same category, the same
number, the same words. A different category near by still shows (a fight and a casualty may be one
incident), a far one only when the same number calls again.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.core.plans import Plans
from kentongan.core.rows import IncidentRow
from kentongan.core.words import IncidentId

NEAR_M: Final = 500.0
NEAR_MASS_M: Final = 2_000.0
"""How far an incident may be; a flood, a big fire, or what a dispatcher declared to be a mass event
is told of from a whole quarter."""

RECENT: Final = timedelta(minutes=60)
RECENT_MASS: Final = timedelta(hours=6)

DUPLICATES_MAX: Final = 20
"""Nobody reads more."""

INCIDENTS_MAX: Final = 5_000
"""Open incidents looked at; the load test's mass event has 300."""

WORDS_MAX: Final = 200
"""Words compared of one complaint; a caller says the gist in far fewer."""

SCORE_MIN: Final = 0.35

_COUNTRY: Final = "62"
_WHOLE_DIGITS_MIN: Final = 10
_MASS: Final = "MULTI"
_WORD: Final = re.compile(r"[^\W\d_]{3,}")


class Told(Struct, frozen=True, kw_only=True):
    """What the new report says so far. Numbers are compared by their digits."""

    at: datetime
    point: Point | None = None
    kelurahan: str | None = None
    nature: str | None = None
    number: str | None = None
    words: str = ""


class Known(Struct, frozen=True, kw_only=True):
    """An incident with the opened texts of its reports."""

    row: IncidentRow
    numbers: tuple[str, ...] = ()
    complaint: str = ""


class Duplicate(Struct, frozen=True, kw_only=True):
    """An incident that may be the same. `score` is between 0 and 1."""

    incident: IncidentId
    number: int
    score: float
    age_s: float
    distance_m: float | None = None
    nature: str | None = None
    same_category: bool = False
    same_number: bool = False
    shared_words: tuple[str, ...] = ()
    complaint: str = ""


def rank(told: Told, known: Sequence[Known], plans: Plans) -> tuple[Duplicate, ...]:
    """The likely ones, best first, at most `DUPLICATES_MAX`."""
    found = [
        duplicate
        for one in known[:INCIDENTS_MAX]
        if one.row.state != "closed" and (duplicate := _compare(told, one, plans)) is not None
    ]
    found.sort(key=lambda one: (-one.score, one.age_s, one.incident))
    return tuple(found[:DUPLICATES_MAX])


def _compare(told: Told, known: Known, plans: Plans) -> Duplicate | None:
    row = known.row
    is_mass = _MASS in row.flags or _is_mass_event(row)
    near_m, recent = (NEAR_MASS_M, RECENT_MASS) if is_mass else (NEAR_M, RECENT)
    away_m = _away_m(told, row)
    age = max(told.at - row.opened_at, timedelta())
    same_number = plain_number(told.number) in {plain_number(one) for one in known.numbers} - {""}
    is_here = away_m is not None and away_m <= near_m
    is_here = is_here or (away_m is None and _same_kelurahan(told, row))
    if age > recent or not (is_here or same_number):
        return None
    same_category = _same_category(told.nature, row.nature, plans)
    shared = _shared(told.words, known.complaint)
    score = _score(
        nearness=0.5 if away_m is None else max(0.0, 1 - away_m / near_m),
        freshness=1 - age / recent,
        same_category=same_category,
        same_number=same_number,
        overlap=_overlap(shared, told.words, known.complaint),
    )
    if score < SCORE_MIN:
        return None
    return Duplicate(
        incident=row.key,
        number=row.number,
        score=round(score, 3),
        age_s=age.total_seconds(),
        distance_m=away_m,
        nature=row.nature,
        same_category=same_category,
        same_number=same_number,
        shared_words=shared,
        complaint=known.complaint,
    )


def _score(
    *,
    nearness: float,
    freshness: float,
    same_category: bool,
    same_number: bool,
    overlap: float,
) -> float:
    """A weighted sum: the same number says most, then where, then what, then when."""
    score = 0.35 * nearness + 0.15 * freshness + 0.25 * same_category + 0.25 * overlap
    return min(1.0, score + (0.5 if same_number else 0.0))


def _is_mass_event(row: IncidentRow) -> bool:
    """A dispatcher declared that many are hurt here, and it is not over."""
    mass = row.mass
    return mass is not None and mass.since is not None and mass.ended_at is None


def _away_m(told: Told, row: IncidentRow) -> float | None:
    if told.point is None or row.place is None or row.place.point is None:
        return None
    return distance_m(told.point, row.place.point)


def _same_kelurahan(told: Told, row: IncidentRow) -> bool:
    return (
        told.kelurahan is not None
        and row.place is not None
        and row.place.kelurahan == told.kelurahan
    )


def _same_category(one: str | None, other: str | None, plans: Plans) -> bool:
    first = plans.natures.get(one) if one is not None else None
    second = plans.natures.get(other) if other is not None else None
    return first is not None and second is not None and first.category == second.category


def same_number(one: str, other: str) -> bool:
    """Whether both are the same telephone, however they are written; nothing is no telephone."""
    digits = plain_number(one)
    return bool(digits) and digits == plain_number(other)


def plain_number(number: str | None) -> str:
    """A number to compare: its digits, with 0 for the country's +62, 0062 or 62 (E.164).

    "" for none. Less than ten digits that begin with 62 are a number without its country. The 0 of
    a trunk prefix written behind the country, as in +62 (0)24, is not dialled and not counted.
    """
    digits = "".join(sign for sign in number or "" if sign.isdigit())
    bare = digits.removeprefix("00")
    is_whole = bare.startswith(_COUNTRY) and len(bare) >= _WHOLE_DIGITS_MIN
    return f"0{bare.removeprefix(_COUNTRY).removeprefix('0')}" if is_whole else digits


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold())[:WORDS_MAX])


def _shared(one: str, other: str) -> tuple[str, ...]:
    return tuple(sorted(_words(one) & _words(other)))


def _overlap(shared: Sequence[str], one: str, other: str) -> float:
    every = _words(one) | _words(other)
    return len(shared) / len(every) if every else 0.0
