"""Which measured positions count, and which are only kept: the judgement of fixes. Pure.

A device's clock may be wrong, its line may deliver late or twice, its receiver may jump. What it
says is never lost and never believed blindly: each fix gets a verdict, and only those that say
where the unit is now may become the position that is drawn. A unit that really is elsewhere (its
first fix was the wrong one) is believed after three that agree with each other. Whose clock is
ahead is believed once several messages bear it out (`device_clocks`).
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice, pairwise
from math import isfinite
from typing import Final

from msgspec import Struct, structs

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.core.device_clocks import CLOCK_AHEAD_S, DeviceClock
from kentongan.core.words import AgencyKey, Agent, Fix, Role, UnitId

JUMP_S: Final = 86_400.0
"""Between two fixes of a message nothing drives for longer, seconds: the clock has jumped there."""

OLD_S: Final = 3_600.0
"""An older fix says nothing about where the unit is now, seconds."""

SPEED_MAX_M_S: Final = 250 / 3.6
"""Nothing that answers an emergency on the ground drives faster: 250 km/h, metres a second."""

ACCURACY_MAX_M: Final = 5_000.0
"""A coarser fix is a radio cell, not a position, metres."""

COARSE_M: Final = 100.0
"""A coarser fix, metres, is a telephone's guess from masts: a finer one may still say more."""

DRIVES_M_S: Final = 15.0
"""So fast a unit drives away from where it was seen, metres a second: 54 km/h, through a town."""

AGREEING: Final = 3
"""So many impossible fixes that agree with each other are right, and the one before was wrong."""

NULL_ISLAND_DEG: Final = 0.001
"""A receiver without a fix says 0/0; nothing of ours lies within a hundred metres of it."""

REMEMBERED: Final = 32
"""Fixes of a unit that are recognised when they come again: a device repeats its last ones."""

YEARS: Final = range(2000, 2200)
"""Years in which a measurement can have been made; others are a receiver's that knows no time."""

UNITS_MAX: Final = 20_000
"""Units judged at once; a city has some hundred."""

CLOCKS_MAX: Final = 8
"""Devices of a unit whose clocks are remembered; the first goes for a ninth."""


class Verdict(StrEnum):
    """What a fix is good for. `drawn` and `clock_ahead` may become the unit's position."""

    DRAWN = "drawn"
    CLOCK_AHEAD = "clock_ahead"
    FUTURE = "future"
    LATE = "late"
    OLD = "old"
    DUPLICATE = "duplicate"
    NULL_ISLAND = "null_island"
    ABROAD = "abroad"
    TOO_FAST = "too_fast"
    COARSE = "coarse"

    @property
    def is_drawn(self) -> bool:
        """Whether it says where the unit is now."""
        return self is Verdict.DRAWN or self is Verdict.CLOCK_AHEAD


class Bounds(Struct, frozen=True, kw_only=True):
    """The country, in degrees: a unit outside it is a receiver's mistake."""

    south: float = -90.0
    west: float = -180.0
    north: float = 90.0
    east: float = 180.0

    def hold(self, point: Point) -> bool:
        """Whether the point lies inside."""
        return self.south <= point.lat <= self.north and self.west <= point.lon <= self.east


class Judged(Struct, frozen=True, kw_only=True, gc=False):
    """A fix on the server's time with its verdict; `shift_s` was taken off the device's time."""

    unit: UnitId
    fix: Fix
    received_at: datetime
    verdict: Verdict
    shift_s: float = 0.0


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a message's fixes: so many say where the unit is, the others by verdict."""

    drawn: int = 0
    aside: Mapping[Verdict, int] = {}


ONE_DRAWN: Final = Outcome(drawn=1)
"""What becomes of nearly all messages of a fleet; made once."""


def outcome_of(judged: Sequence[Judged]) -> Outcome:
    """Counted for whoever sent them: what is kept and not drawn is said, not passed over."""
    if len(judged) == 1 and judged[0].verdict is Verdict.DRAWN:
        return ONE_DRAWN
    drawn = 0
    aside: dict[Verdict, int] = {}
    for one in judged:
        if one.verdict.is_drawn:
            drawn += 1
        else:
            aside[one.verdict] = aside.get(one.verdict, 0) + 1
    return Outcome(drawn=drawn, aside=aside)


def may_read_track(agent: Agent, agency: AgencyKey) -> bool:
    """Who may read where a unit of that agency was: a supervisor, and its agency's officer."""
    if agent.has(Role.SUPERVISOR):
        return True
    return agent.has(Role.AGENCY_OFFICER) and agent.agency == agency


class Tally:
    """How often which verdict or fault came, and of which units those that are not drawn."""

    def __init__(self) -> None:
        self.causes: Counter[str] = Counter()
        self._units: dict[str, Counter[str]] = {}

    def note(self, unit: str, cause: str) -> None:
        """One more."""
        self.causes[cause] += 1
        if cause == Verdict.DRAWN:
            return
        known = self._units.get(unit)
        if known is None and len(self._units) < UNITS_MAX:
            known = self._units[unit] = Counter()
        if known is not None:
            known[cause] += 1

    def worst(self, count: int) -> dict[str, dict[str, int]]:
        """The units with the most, by cause."""
        most = sorted(self._units.items(), key=lambda one: -one[1].total())
        return {unit: dict(causes) for unit, causes in most[:count]}


class _Unit:
    """What is remembered of a unit."""

    __slots__ = ("clocks", "last", "newest_at", "seen", "suspects")

    def __init__(self) -> None:
        self.clocks: dict[str, DeviceClock] = {}
        self.last: Fix | None = None
        self.suspects: list[Fix] = []
        self.seen: deque[tuple[datetime, float, float]] = deque(maxlen=REMEMBERED)
        self.newest_at: datetime | None = None

    def clock_of(self, device: str) -> DeviceClock:
        """What is known of the device's clock: a unit may have several, each with its own."""
        if device not in self.clocks:
            if len(self.clocks) >= CLOCKS_MAX:
                del self.clocks[next(iter(self.clocks))]
            self.clocks[device] = DeviceClock()
        return self.clocks[device]

    def has_seen(self, fix: Fix) -> bool:
        """Whether it came before; it is remembered. One that is newer than all cannot have."""
        mark = (fix.at, fix.point.lat, fix.point.lon)
        if self.newest_at is None or fix.at > self.newest_at:
            self.newest_at = fix.at
        elif mark in self.seen:
            return True
        self.seen.append(mark)
        return False


class Judge:
    """Judges the fixes of all units of one process, in the order in which they arrive."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._units: dict[str, _Unit] = {}

    def start_from(self, unit: UnitId, fix: Fix, clocks: Iterable[tuple[str, float]] = ()) -> None:
        """The position known from before this process began, and what was known of the clocks of
        the unit's devices (`clocks_of`)."""
        known = self._of(unit)
        if known is None:
            return
        if known.last is None or known.last.at < fix.at:
            known.last = fix
        for device, ahead_s in islice(clocks, CLOCKS_MAX):
            known.clocks.setdefault(device, DeviceClock(ahead_s))

    def clocks_of(self, unit: UnitId) -> tuple[tuple[str, float], ...]:
        """The unit's devices whose clocks are known to be ahead, and by how many seconds."""
        known = self._units.get(unit)
        clocks = known.clocks.items() if known is not None else ()
        return tuple((device, clock.ahead_s) for device, clock in clocks if clock.ahead_s)

    def judge(
        self,
        unit: UnitId,
        fixes: Iterable[Fix],
        received_at: datetime,
        sent_at: datetime | None = None,
        device: str = "",
    ) -> list[Judged]:
        """One message's fixes. `sent_at`: when the device sent it, by the device's own clock;
        `device`: which of the unit's it was."""
        known = self._of(unit)
        readable = [fix for fix in fixes if is_position(fix)]
        if known is None or not readable:
            return []
        if sent_at is not None and sent_at.tzinfo is not None:
            ahead_s = (sent_at - received_at).total_seconds()
            shift_s: float | None = ahead_s if abs(ahead_s) > CLOCK_AHEAD_S else 0.0
        else:
            newest_s = _newest_s(readable, received_at)
            shift_s = known.clock_of(device).ahead_after(newest_s, received_at)
        return [self._one(unit, known, fix, received_at, shift_s) for fix in readable]

    def _of(self, unit: UnitId) -> _Unit | None:
        known = self._units.get(unit)
        if known is None and len(self._units) < UNITS_MAX:
            known = self._units[unit] = _Unit()
        return known

    def _one(
        self, unit: UnitId, known: _Unit, said: Fix, received_at: datetime, shift_s: float | None
    ) -> Judged:
        fix = structs.replace(said, at=said.at - timedelta(seconds=shift_s)) if shift_s else said
        is_future = shift_s is None or (fix.at - received_at).total_seconds() > CLOCK_AHEAD_S
        if known.has_seen(said):
            verdict = Verdict.DUPLICATE
        elif is_future:
            verdict = Verdict.FUTURE
        else:
            verdict = self._verdict(known, fix, received_at)
        if shift_s is None or is_future:  # nobody knows when: kept under the time it came
            shift_s = (said.at - received_at).total_seconds()
            fix = structs.replace(said, at=received_at)
        if verdict is Verdict.DRAWN:
            known.last = fix
            known.suspects.clear()
            if shift_s > CLOCK_AHEAD_S:
                verdict = Verdict.CLOCK_AHEAD
        return Judged(unit=unit, fix=fix, received_at=received_at, verdict=verdict, shift_s=shift_s)

    def _verdict(self, known: _Unit, fix: Fix, received_at: datetime) -> Verdict:
        point = fix.point
        if abs(point.lat) < NULL_ISLAND_DEG and abs(point.lon) < NULL_ISLAND_DEG:
            return Verdict.NULL_ISLAND
        if not self._bounds.hold(point):
            return Verdict.ABROAD
        if fix.accuracy_m is not None and fix.accuracy_m > ACCURACY_MAX_M:
            return Verdict.COARSE
        if (received_at - fix.at).total_seconds() > OLD_S:
            return Verdict.OLD
        if known.last is None or (known.last.at - received_at).total_seconds() > CLOCK_AHEAD_S:
            return Verdict.DRAWN
        if fix.at < known.last.at:
            return Verdict.LATE
        if is_too_fast(known.last, fix) and not _believed(known.suspects, fix):
            return Verdict.TOO_FAST
        return Verdict.DRAWN


def is_position(fix: Fix) -> bool:
    """Whether it names a place on earth and a moment at all."""
    lat, lon = fix.point.lat, fix.point.lon
    if fix.at.tzinfo is None or fix.at.year not in YEARS:
        return False
    return isfinite(lat) and isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180


def says_more(known: Fix, later: Fix) -> bool:
    """Whether the fix that is known still says better where the unit is than a later, coarse one:
    its own accuracy and what the unit may have driven since are less than the later one's."""
    coarse_m = later.accuracy_m
    if coarse_m is None or coarse_m <= COARSE_M or known.accuracy_m is None:
        return False
    since_s = max(0.0, (later.at - known.at).total_seconds())
    return known.accuracy_m + DRIVES_M_S * since_s < coarse_m


def is_too_fast(one: Fix, other: Fix) -> bool:
    """Whether nobody drives from one to the other in that time, whatever their accuracies hide."""
    time_s = max(1.0, (other.at - one.at).total_seconds())
    hidden_m = (one.accuracy_m or 0.0) + (other.accuracy_m or 0.0)
    return distance_m(one.point, other.point) - hidden_m > SPEED_MAX_M_S * time_s


def _believed(suspects: list[Fix], fix: Fix) -> bool:
    """Whether enough impossible fixes in a row agree with this one; it joins them."""
    if suspects and (fix.at <= suspects[-1].at or is_too_fast(suspects[-1], fix)):
        suspects.clear()
    suspects.append(fix)
    return len(suspects) >= AGREEING


def _newest_s(fixes: Sequence[Fix], received_at: datetime) -> float:
    """How far the message's newest fix lies ahead of its arrival, seconds, by the device's clock.

    Where the clock jumped inside the message the part that is nearest to the present tells it.
    """
    ahead_s = (max(fix.at for fix in fixes) - received_at).total_seconds()
    if ahead_s <= CLOCK_AHEAD_S or len(fixes) == 1:
        return ahead_s
    every = sorted((fix.at - received_at).total_seconds() for fix in fixes)
    before_jumps = [one for one, later in pairwise(every) if later - one > JUMP_S]
    return min((*before_jumps, ahead_s), key=abs)
