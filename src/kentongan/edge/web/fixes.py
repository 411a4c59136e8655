"""Where units are, as far as this process knows, and which of it is worth sending.

Used on the event loop only. Device clocks do not count: a fix is placed on the server's time by
its age. Positions are lossy by design; only units that moved, or were not sent for a while, are
sent again, and each viewer gets only the units whose rows they see.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from math import cos, radians
from typing import Final

from msgspec import Struct, structs

from kentongan.app.ports import UnitFix
from kentongan.core.positions import says_more
from kentongan.core.words import Fix, UnitId
from kentongan.edge.web.frames import Position

MOVED_M: Final = 10.0
"""A unit that moved less than this, metres, has not moved: the noise of a phone's receiver."""

METRES_PER_DEGREE: Final = 111_195.0
"""Of latitude, on a sphere of 6,371 km; good enough to tell whether a unit moved."""

AGAIN_S: Final = 10.0
"""A unit that stands still is sent again after this many seconds, so that its age stays true."""

AGE_MAX_S: Final = 3_600.0
"""Oldest position taken, seconds; an older one says nothing about where the unit is."""

UNITS_MAX: Final = 5_000
"""Units one process keeps; a city has some hundred."""


class DeviceFix(Struct, frozen=True, kw_only=True):
    """A position as a device reports it."""

    unit: UnitId
    fix: Fix


class _Sent(Struct, frozen=True):
    fix: Fix
    at: datetime


class Fixes:
    """The latest fix of each unit."""

    def __init__(self) -> None:
        self._latest: dict[str, UnitFix] = {}
        self._sent: dict[str, _Sent] = {}

    def take(self, fixes: Iterable[UnitFix]) -> list[UnitFix]:
        """Keep those that are later than what is known and say more (`positions.says_more`): a
        crew's telephone indoors does not hide what the vehicle's modem knows. Those kept."""
        return [one for one in fixes if self._keep(one)]

    def _keep(self, new: UnitFix) -> bool:
        old = self._latest.get(new.unit)
        if old is None and len(self._latest) >= UNITS_MAX:
            return False
        if old is not None and (new.fix.at < old.fix.at or says_more(old.fix, new.fix)):
            return False
        self._latest[new.unit] = new
        return True

    def find(self, unit: str) -> UnitFix | None:
        """The unit's latest fix."""
        return self._latest.get(unit)

    def units(self) -> list[str]:
        """All units with a fix."""
        return list(self._latest)

    def worth_sending(self, units: Iterable[str], now: datetime) -> list[Position]:
        """Positions of these units that changed enough since they were sent last."""
        chosen: list[Position] = []
        for unit in units:
            latest, sent = self._latest[unit], self._sent.get(unit)
            if sent is not None and not _is_news(sent, latest.fix, now):
                continue
            self._sent[unit] = _Sent(latest.fix, now)
            chosen.append(_position(latest, now))
        return chosen

    def all(self, now: datetime, units: Collection[str]) -> list[Position]:
        """All positions of these units."""
        return [_position(latest, now) for unit, latest in self._latest.items() if unit in units]


def on_server_time(
    fixes: Sequence[DeviceFix], sent_at: datetime | None, now: datetime
) -> list[UnitFix]:
    """Device fixes by their age: the device's own clock may be wrong by hours.

    Without `sent_at` (the device's time of sending) a fix counts as measured now.
    """
    placed: list[UnitFix] = []
    for one in fixes:
        age_s = 0.0
        if sent_at is not None and sent_at.tzinfo is not None and one.fix.at.tzinfo is not None:
            age_s = max(0.0, (sent_at - one.fix.at).total_seconds())
        if age_s <= AGE_MAX_S:
            at = now - timedelta(seconds=age_s)
            fix = structs.replace(one.fix, at=at)
            placed.append(UnitFix(unit=one.unit, fix=fix, received_at=now))
    return placed


def _is_news(sent: _Sent, fix: Fix, now: datetime) -> bool:
    if fix.at <= sent.fix.at:
        return False
    if (now - sent.at).total_seconds() >= AGAIN_S:
        return True
    one, other = sent.fix.point, fix.point
    north_m = (one.lat - other.lat) * METRES_PER_DEGREE
    east_m = (one.lon - other.lon) * METRES_PER_DEGREE * cos(radians(one.lat))
    return north_m * north_m + east_m * east_m >= MOVED_M * MOVED_M


def _position(latest: UnitFix, now: datetime) -> Position:
    fix = latest.fix
    age_s = max(0.0, round((now - fix.at).total_seconds(), 1))
    return (
        latest.unit,
        round(fix.point.lat, 6),
        round(fix.point.lon, 6),
        fix.heading_deg,
        age_s,
    )
