"""Where a unit was for an incident: of which time, for whom, and how much of it."""

from datetime import UTC, datetime, timedelta

import pytest
from core_world import BUDI, CREW, OFFICER, RINA, SARI, SYSTEM
from hypothesis import given
from hypothesis import strategies as st

from kentongan.core.rows import Assignment
from kentongan.core.tracks import (
    DRIVE_MAX,
    DRIVES_MAX,
    Drive,
    drives_of,
    may_read_incident_track,
    thinned,
)
from kentongan.core.words import AgencyKey, Agent, Progress, UnitId

NOON = datetime(2026, 11, 26, 5, tzinfo=UTC)
AMB = UnitId("AMB01")


def work(start_min: float, end_min: float | None, unit: UnitId = AMB) -> Assignment:
    """An assignment, minutes after noon; open without an end."""
    return Assignment(
        unit=unit,
        agency=AgencyKey("dinkes"),
        progress=Progress.ASSIGNED,
        progress_at={Progress.ASSIGNED: NOON + timedelta(minutes=start_min)},
        open=end_min is None,
        ended_at=None if end_min is None else NOON + timedelta(minutes=end_min),
    )


def test_from_each_assignment_to_its_end_or_to_now() -> None:
    """Of that unit alone, the earliest first."""
    now = NOON + timedelta(minutes=90)
    works = [work(60, None), work(0, 20), work(5, 30, UnitId("AMB02"))]
    assert drives_of(works, AMB, now) == (
        Drive(NOON, NOON + timedelta(minutes=20)),
        Drive(NOON + timedelta(minutes=60), now),
    )
    assert drives_of(works, UnitId("AMB03"), now) == ()


def test_what_was_never_ended_is_bounded() -> None:
    """A day of each, the latest few."""
    later = NOON + timedelta(days=9)
    assert drives_of([work(0, None)], AMB, later) == (Drive(NOON, NOON + DRIVE_MAX),)
    many = [work(n, n + 1) for n in range(DRIVES_MAX + 3)]
    assert len(drives_of(many, AMB, later)) == DRIVES_MAX
    assert drives_of(many, AMB, later)[-1].start == NOON + timedelta(minutes=DRIVES_MAX + 2)


@given(st.lists(st.integers(), max_size=300), st.integers(2, 50))
def test_thinning_keeps_both_ends_and_the_order(values: list[int], most: int) -> None:
    """Never more than wanted, never one twice."""
    numbered = list(enumerate(values))
    kept = thinned(numbered, most)
    assert len(kept) == min(len(values), most)
    assert list(kept) == sorted(set(kept))
    assert kept[:1] + kept[-1:] == tuple(numbered[:1] + numbered[-1:])


@pytest.mark.parametrize(
    ("who", "may"),
    [(SARI, True), (BUDI, True), (RINA, False), (OFFICER, False), (CREW, False), (SYSTEM, False)],
)
def test_dispatchers_and_supervisors_may_read_it(who: Agent, *, may: bool) -> None:
    """Nobody else: it says where people were."""
    assert may_read_incident_track(who) is may
