"""Where a unit would start from, which way it drives, and whether it covers its surroundings now.

The same for everybody who asks the roads: the ranked list, the watch over promises, the map.
"""

from datetime import datetime
from typing import Final

from kentongan.cities.facts import Point
from kentongan.core.eligibility import unfit_for_duty
from kentongan.core.rows import EngagementRow, UnitRow
from kentongan.core.words import Fix
from kentongan.geography import Start

FRESH_S: Final = 300.0
"""A position older than this, seconds, covers nothing: nobody knows where that unit is."""

HEADING_S: Final = 30.0
"""How long the way that a unit drove is taken for the way it drives, seconds: one crossing."""

DRIVES_M_S: Final = 1.5
"""Slower than this, metres a second, a receiver's heading is noise: whoever stands may turn."""


def start_of(
    unit: UnitRow, fix: Fix | None, now: datetime, *, instead: Point | None = None
) -> Start:
    """Its latest position, or its post while none is known. `instead`: where it will be by then."""
    is_there = fix is not None and instead is None
    return Start(
        unit=str(unit.key),
        unit_kind=unit.unit_kind,
        point=instead or (fix.point if fix is not None else unit.home),
        heading_deg=heading_of(fix, now) if is_there else None,
    )


def heading_of(fix: Fix | None, now: datetime) -> float | None:
    """Which way it drives, degrees from north; None of who stands, or was heard of too long ago."""
    if fix is None or fix.speed_m_s is None or fix.speed_m_s < DRIVES_M_S:
        return None
    return fix.heading_deg if (now - fix.at).total_seconds() <= HEADING_S else None


def covers(
    unit: UnitRow,
    engagement: EngagementRow | None,
    fix: Fix | None,
    now: datetime,
    *,
    with_posts: bool,
) -> bool:
    """Whether it could be sent now, from a place that is known. `with_posts`: one that was never
    heard of counts as standing at its post; one whose position is lost does not."""
    if engagement is not None or unfit_for_duty(unit) is not None:
        return False
    if fix is None:
        return with_posts
    return (now - fix.at).total_seconds() <= FRESH_S
