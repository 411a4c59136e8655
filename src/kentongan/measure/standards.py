"""Standards are data: start, stop, statistic, threshold, target, denominator, rounding, validity.

One incident is judged by several. A standard that names an event, a statistic or a rounding that
does not exist is a `StandardError` naming it; one that asks for something that is not recorded (the
size of a crew) is kept and says so, instead of a figure. Both denominators are always computed.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kentongan.cities.facts import Text
from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Subject

STANDARDS_MAX: Final = 500
FILE_BYTES_MAX: Final = 1_000_000

STATISTIC: Final = re.compile(r"mean|share|p(?:[1-9]|[1-9]\d)(?:\.\d)?")
PERIODS: Final = ("", "hour", "day", "month", "year")

WHO: Final = re.compile(r"first|last|transporting|crew>=\d+")

CALL_ENDS: Final = frozenset(
    {Clock.QUEUED, Clock.ABANDONED, Clock.ANSWER, Clock.CONNECTED, Clock.ENDED, Clock.CALLBACK}
)
"""A standard that stops at one of these is counted per call."""


class StandardError(ValueError):
    """A standard that cannot be meant, with its id and the field."""


class Status(StrEnum):
    """How far the number is known to be what its source says."""

    VERIFIED = "verified"
    SECOND_HAND = "second_hand"
    UNVERIFIED = "unverified"


class Denominator(StrEnum):
    """Whom the target counts; both figures are shown whichever it is."""

    ANSWERED = "answered"
    OFFERED = "offered"
    CLOSED = "closed"
    ALL = "all"


class Rounding(StrEnum):
    """How the source reads its clock: 8:59 is 8 minutes for some."""

    NONE = "none"
    FLOOR_SECOND = "floor_second"
    FLOOR_MINUTE = "floor_minute"


class Begin(Struct, frozen=True, forbid_unknown_fields=True):
    """A start event; the earliest of several counts, each with its offset."""

    event: str
    offset_s: float = 0.0


class Stop(Struct, frozen=True, forbid_unknown_fields=True):
    """The end: of the first unit, the last of the assignment, or the one that transports."""

    event: str
    who: str = "first"


class Standard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One standard. `target` is a share for `share`; the others compare with `threshold_s`.
    `source` is a citation, or words in both languages (`told_source`). `period` is over what its
    source counts; it is judged over the span asked for, and says so."""

    id: str
    name: Text
    source: str | Text
    status: Status
    active: bool = False
    agencies: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    start: tuple[Begin, ...]
    stop: Stop
    statistic: str
    threshold_s: float
    target: float | None = None
    denominator: Denominator = Denominator.ALL
    period: str = ""
    exclusions: tuple[str, ...] = ()
    clock_rounding: Rounding = Rounding.NONE
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def told_source(self) -> Text:
        """The source for readers of either language."""
        return Text(self.source, self.source) if isinstance(self.source, str) else self.source

    @property
    def subject(self) -> Subject:
        """What it is counted per."""
        return Subject.CALL if Clock(self.stop.event) in CALL_ENDS else Subject.INCIDENT

    @property
    def unanswerable(self) -> str | None:
        """Key of the reason why it cannot be computed from what is recorded, or None."""
        return "crew_size" if self.stop.who.startswith("crew>=") else None

    def holds_on(self, day: date) -> bool:
        """Whether it was in force that day; `valid_to` is the first day it was not."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    standard: tuple[Standard, ...]


def presets() -> tuple[Standard, ...]:
    """The standards that come with the product."""
    text = files("kentongan.measure").joinpath("standards.toml").read_text(encoding="utf-8")
    return parse(text, "standards.toml")


def load(path: Path) -> tuple[Standard, ...]:
    """Standards of a file; `StandardError` says what in it cannot be meant."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise StandardError(f"{path.name}: larger than {FILE_BYTES_MAX:,} bytes")
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise StandardError(f"{path.name}: not UTF-8 at byte {error.start}") from None


def parse(text: str, name: str) -> tuple[Standard, ...]:
    """Standards out of TOML, each checked."""
    try:
        read = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise StandardError(f"{name}: {error}") from None
    if len(read.standard) > STANDARDS_MAX:
        raise StandardError(f"{name}: more than {STANDARDS_MAX} standards")
    seen: set[str] = set()
    for standard in read.standard:
        if standard.id in seen:
            raise StandardError(f"{name}: {standard.id!r} stands there twice")
        seen.add(standard.id)
        _check(standard, name)
    return read.standard


def chosen(standards: Mapping[str, Standard], keys: tuple[str, ...]) -> tuple[Standard, ...]:
    """These standards, or the active ones for none; `StandardError` for an unknown id."""
    if not keys:
        return tuple(one for one in standards.values() if one.active)
    for key in keys:
        if key not in standards:
            raise StandardError(f"no standard {key!r}; known are {', '.join(standards)}")
    return tuple(standards[key] for key in keys)


def _check(standard: Standard, name: str) -> None:
    where = f"{name}: {standard.id!r}"
    known = {clock.value for clock in Clock}
    if not standard.start:
        raise StandardError(f"{where}: no start event")
    for field, event in (
        *(("start", s.event) for s in standard.start),
        ("stop", standard.stop.event),
    ):
        if event not in known:
            raise StandardError(
                f"{where}: {field} is the unknown event {event!r}; known are {', '.join(Clock)}"
            )
    if not STATISTIC.fullmatch(standard.statistic):
        raise StandardError(
            f"{where}: statistic {standard.statistic!r} is none of mean, share, p50, p90 ..."
        )
    if not WHO.fullmatch(standard.stop.who):
        raise StandardError(
            f"{where}: who {standard.stop.who!r} is none of first, last, transporting, crew>=N"
        )
    if standard.period not in PERIODS:
        known = ", ".join(PERIODS[1:])
        raise StandardError(f"{where}: period {standard.period!r} is none of {known}")
    if (standard.statistic == "share") != (standard.target is not None):
        raise StandardError(f"{where}: a share, and only a share, has a target")
    if standard.target is not None and not 0 < standard.target <= 1:
        raise StandardError(f"{where}: target {standard.target} is no share between 0 and 1")
    if not standard.threshold_s > 0:
        raise StandardError(f"{where}: threshold_s must be more than 0")
    if standard.valid_from and standard.valid_to and standard.valid_from >= standard.valid_to:
        raise StandardError(f"{where}: valid_from is not before valid_to")
    for rule in standard.exclusions:
        if rule not in EXCLUDABLE:
            raise StandardError(f"{where}: exclusion {rule!r} is none of {', '.join(EXCLUDABLE)}")


EXCLUDABLE: Final = ("manual_late", "outlier", "rounded", "cancelled", "open", "missing")
"""Qualities that a standard may leave out, each counted when it is."""
