"""Where a unit starts from, which way it drives, and whether it covers anything now."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core.rows import EngagementRow, UnitRow
from kentongan.core.words import AgencyKey, Fix, IncidentId, Progress, UnitId
from kentongan.edge.web.starts import DRIVES_M_S, FRESH_S, HEADING_S, covers, start_of

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
HOME, HERE, HOSPITAL = Point(-6.99, 110.41), Point(-7.01, 110.43), Point(-7.03, 110.45)
UNIT = UnitRow(
    key=UnitId("AMB01"),
    state="available",
    agency=AgencyKey("dinkes"),
    unit_kind="ambulance_als",
    label="AMB01",
    capabilities=(),
    post="p",
    home=HOME,
    since=NOON,
)
WORK = EngagementRow(
    key=UNIT.key, incident=IncidentId("i"), number=1, progress=Progress.DEPARTED, since=NOON
)


def fix(age_s: float = 1.0, speed_m_s: float | None = 9.0) -> Fix:
    """Heard of so long ago, driving east."""
    at = NOON - timedelta(seconds=age_s)
    return Fix(point=HERE, at=at, heading_deg=90.0, speed_m_s=speed_m_s)


@pytest.mark.parametrize(
    ("age_s", "speed_m_s", "heading_deg"),
    [
        (1, 9.0, 90.0),
        (HEADING_S, DRIVES_M_S, 90.0),
        (HEADING_S + 1, 9.0, None),
        (1, DRIVES_M_S - 0.1, None),
        (1, 0.0, None),
        (1, None, None),
    ],
)
def test_a_heading_counts_while_it_drives_and_was_just_heard_of(
    age_s: float, speed_m_s: float | None, heading_deg: float | None
) -> None:
    """A parked unit does not pay for the U-turn of its last way."""
    start = start_of(UNIT, fix(age_s, speed_m_s), NOON)
    assert (start.point, start.heading_deg) == (HERE, heading_deg)


def test_it_starts_from_its_position_its_post_or_the_hospital() -> None:
    """Only from its own position in the direction in which it drives."""
    assert start_of(UNIT, None, NOON).point == HOME
    there = start_of(UNIT, fix(), NOON, instead=HOSPITAL)
    assert (there.point, there.heading_deg) == (HOSPITAL, None)


def test_who_cannot_come_covers_nothing() -> None:
    """Neither at work, nor off duty, nor while its crew calls for help."""
    for with_posts in (True, False):
        assert covers(UNIT, None, fix(FRESH_S), NOON, with_posts=with_posts)
        assert not covers(UNIT, WORK, fix(), NOON, with_posts=with_posts)
        for unit in (
            structs.replace(UNIT, state="off_duty"),
            structs.replace(UNIT, emergency_at=NOON),
        ):
            assert not covers(unit, None, fix(), NOON, with_posts=with_posts)


def test_who_is_lost_covers_nothing_and_who_was_never_heard_of_its_post() -> None:
    """Of a lost one nobody knows where it is; the other is taken to stand at its post."""
    for with_posts in (True, False):
        assert not covers(UNIT, None, fix(FRESH_S + 1), NOON, with_posts=with_posts)
        assert covers(UNIT, None, None, NOON, with_posts=with_posts) == with_posts
