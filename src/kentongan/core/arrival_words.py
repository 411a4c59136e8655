"""What is said to the caller of an arrival: departs by, arrives between. Never one time alone.

Two languages, whole minutes, rounded so that nothing is promised too early: a latest time up, an
earliest one down.
"""

from datetime import datetime, timedelta
from typing import Literal

from kentongan.core.candidates import Ranked
from kentongan.core.words import Promise


def sentence(ranked: Ranked, language: Literal["id", "en"], offset: timedelta) -> str:
    """The one sentence to read aloud; `offset` is the city's from UTC. Never a time alone."""
    if ranked.promise is None:
        by = _clock(ranked.depart_by, offset, language, is_late=True)
        if language == "id":
            return f"{ranked.label} berangkat paling lambat {by}, waktu tiba belum diketahui."
        return f"{ranked.label} departs by {by}; its arrival is not known yet."
    return promise_sentence(ranked.label, ranked.promise, language, offset)


def promise_sentence(
    label: str, promise: Promise, language: Literal["id", "en"], offset: timedelta
) -> str:
    """The sentence for a promise already given, for example after a revision."""
    start = _clock(promise.arrive_from, offset, language, is_late=False)
    by = _clock(promise.depart_by, offset, language, is_late=True)
    if _whole_minute(promise.depart_by, is_late=True) > _whole_minute(promise.arrive_from):
        by = start  # rounded up, a departure would be told after an arrival rounded down
    end = _clock(promise.arrive_to, offset, language, is_late=True)
    known = _known_from(promise, language)
    if language == "id":
        return f"{label} berangkat paling lambat {by}, tiba antara {start} dan {end}.{known}"
    return f"{label} departs by {by} and arrives between {start} and {end}.{known}"


def _known_from(promise: Promise, language: str) -> str:
    """Why the range is so wide; nothing when its position is fresh."""
    if promise.at_post:
        if language == "id":
            return " Posisi unit tidak diketahui, dianggap di pos."
        return " Its position is not known; it is taken to be at its post."
    if promise.position_age_s is None:
        return ""
    minutes = f"{promise.position_age_s / 60:.0f}"
    if language == "id":
        return f" Menurut posisi {minutes} menit lalu."
    return f" By its position {minutes} minutes ago."


def _clock(at: datetime, offset: timedelta, language: str, *, is_late: bool) -> str:
    """A time of day in whole minutes; a latest time is rounded up, an earliest one down."""
    whole = _whole_minute(at + offset, is_late=is_late)
    return f"{whole:%H.%M}" if language == "id" else f"{whole:%H:%M}"


def _whole_minute(at: datetime, *, is_late: bool = False) -> datetime:
    whole = at.replace(second=0, microsecond=0)
    return whole + timedelta(minutes=1) if is_late and whole < at else whole
