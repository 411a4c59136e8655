"""When a unit's position makes the screen ask whether it has arrived, and when it does not."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.cities.facts import Point
from kentongan.core.arrival import ASKED_MAX, Arrivals, Leg, Proposal, legs_of
from kentongan.core.rows import Assignment, IncidentRow
from kentongan.core.words import AgencyKey, Fix, IncidentId, Place, Progress, UnitId

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SCENE = Point(-6.98, 110.41)
HOSPITAL = Point(-6.99, 110.42)
UNIT = UnitId("AMB01")
METRE = 1 / 111_195
"""Of latitude, in degrees."""


def leg(step: Progress = Progress.ON_SCENE, *, has_left: bool = True) -> Leg:
    """To the scene, on the way unless told otherwise."""
    return Leg(
        unit=UNIT, incident=IncidentId("i1"), step=step, since=NOON, target=SCENE, has_left=has_left
    )


class Story:
    """Fixes one after the other, and what is proposed after each."""

    def __init__(self, *legs: Leg) -> None:
        self.arrivals = Arrivals()
        self.legs: Iterable[Leg] = legs or (leg(),)

    def at(
        self,
        second: float,
        metres: float,
        *,
        speed: float | None = 0.0,
        accuracy: float | None = 6.0,
        late_s: float = 0.0,
    ) -> tuple[Proposal, ...]:
        """The unit so many metres north of the scene."""
        at = NOON + timedelta(seconds=second)
        point = Point(SCENE.lat + metres * METRE, SCENE.lon)
        fix = Fix(point=point, at=at, accuracy_m=accuracy, speed_m_s=speed)
        now = at + timedelta(seconds=late_s)
        return self.arrivals.look(self.legs, lambda _unit: fix, now)


def test_a_unit_that_stands_near_is_proposed() -> None:
    """With what a tap would say, and how far it is."""
    story = Story()
    assert story.at(0, 2_000) == ()
    (found,) = story.at(60, 40)
    assert (found.unit, found.step, found.distance_m) == (UNIT, Progress.ON_SCENE, 40.0)
    assert found.since == NOON + timedelta(seconds=60)


def test_a_unit_that_drives_past_is_not() -> None:
    """At 60 km/h it is out again before it could have stayed."""
    story = Story()
    said = [story.at(n, 1_000 - n * 16.7, speed=16.7) for n in range(120)]
    assert set(said) == {()}


def test_a_unit_that_stays_is_proposed_whatever_its_speed() -> None:
    """A device that tells no speed, or a wrong one, is believed after twenty seconds."""
    for speed in (None, 10.0):
        story = Story()
        said = [story.at(n, 50, speed=speed) for n in range(0, 41, 5)]
        assert [bool(one) for one in said] == [False] * 4 + [True] * 5


def test_accuracy_counts() -> None:
    """A position that may as well be outside asks nothing; an unknown accuracy counts as 50 m."""
    assert Story().at(0, 100, accuracy=60.0) == ()
    assert Story().at(0, 100, accuracy=40.0)
    assert Story().at(0, 110, accuracy=None) == ()
    assert Story().at(0, 90, accuracy=None)


def test_noise_at_the_border_neither_asks_nor_takes_back() -> None:
    """Between near and away nothing changes; beyond, the question goes, and never comes again."""
    story = Story()
    assert story.at(0, 200) == ()
    assert story.at(10, 100)
    assert story.at(20, 200)
    assert story.at(30, 290)
    assert story.at(40, 400) == ()
    assert story.at(50, 20) == ()


def test_a_question_is_asked_once_even_after_a_correction() -> None:
    """The step was taken and taken back: the crew knows better than the geofence."""
    story = Story()
    assert story.at(0, 20)
    story.legs = ()
    assert story.at(10, 20) == ()
    story.legs = (leg(),)
    assert story.at(20, 20) == ()


def test_each_leg_is_asked_by_itself() -> None:
    """To the scene, and afterwards to the hospital."""
    story = Story()
    assert story.at(0, 20)
    story.legs = (leg(Progress.AT_HOSPITAL),)
    (found,) = story.at(10, 20)
    assert found.step is Progress.AT_HOSPITAL


def test_a_unit_beside_the_incident_must_have_left_first() -> None:
    """Assigned while it stands there: asked only once it went away and came back, or departed."""
    story = Story(leg(has_left=False))
    assert story.at(0, 20) == ()
    story.at(10, 500)
    assert story.at(60, 20)
    departed = Story(leg(has_left=False))
    assert departed.at(0, 20) == ()
    departed.legs = (leg(),)
    assert departed.at(1, 20)


def test_an_old_position_asks_nothing() -> None:
    """What was true a minute ago, or before the assignment, is not asked about."""
    assert Story().at(0, 20, late_s=61) == ()
    assert Story().at(-1, 20) == ()
    nowhere = Arrivals()
    assert nowhere.look((leg(),), lambda _unit: None, NOON) == ()


def assignment(progress: Progress, destination: str | None = None) -> Assignment:
    """A unit at that step."""
    return Assignment(
        unit=UNIT,
        agency=AgencyKey("dinkes"),
        progress=progress,
        progress_at={Progress.ASSIGNED: NOON, progress: NOON + timedelta(minutes=5)},
        destination=destination,
    )


def incident(one: Assignment, place: Place | None, state: str = "open") -> IncidentRow:
    """An incident with one assignment."""
    return IncidentRow(
        key=IncidentId("i1"), state=state, number=1, long_id="SMG-1", code="1", opened_at=NOON,
        place=place, assignments=(one,),
    )  # fmt: skip


KNOWN = Place(point=SCENE)


@pytest.mark.parametrize(
    ("one", "place", "expected"),
    [
        (assignment(Progress.ASSIGNED), KNOWN, (Progress.ON_SCENE, SCENE, False)),
        (assignment(Progress.ACCEPTED), KNOWN, (Progress.ON_SCENE, SCENE, False)),
        (assignment(Progress.DEPARTED), KNOWN, (Progress.ON_SCENE, SCENE, True)),
        (assignment(Progress.DEPARTED), Place(), None),
        (assignment(Progress.DEPARTED), None, None),
        (assignment(Progress.DEPARTED), Place(point=SCENE, radius_m=2_000), None),
        (assignment(Progress.ON_SCENE), KNOWN, None),
        (assignment(Progress.AT_PATIENT), KNOWN, None),
        (assignment(Progress.TRANSPORTING), KNOWN, None),
        (assignment(Progress.TRANSPORTING, "nowhere"), KNOWN, None),
        (
            assignment(Progress.TRANSPORTING, "rs"),
            KNOWN,
            (Progress.AT_HOSPITAL, HOSPITAL, True),
        ),
        (assignment(Progress.CLEAR), KNOWN, None),
    ],
)
def test_legs(
    one: Assignment, place: Place | None, expected: tuple[Progress, Point, bool] | None
) -> None:
    """Where a unit is going at each step; nowhere when the place is not known well enough."""
    found = list(legs_of(incident(one, place), {"rs": HOSPITAL}.get))
    assert [(leg.step, leg.target, leg.has_left) for leg in found] == (
        [expected] if expected else []
    )
    assert list(legs_of(incident(one, place, "closed"), {"rs": HOSPITAL}.get)) == []


def test_a_leg_keeps_its_name_from_alert_to_departure() -> None:
    """Accepting and departing are the same way to the scene."""
    sinces = {
        next(iter(legs_of(incident(assignment(step), KNOWN), lambda _key: None))).since
        for step in (Progress.ASSIGNED, Progress.ACCEPTED, Progress.DEPARTED)
    }
    assert len(sinces - {NOON + timedelta(minutes=5)}) == 1


fixes = st.lists(st.tuples(st.integers(0, 2_000), st.floats(0, 40) | st.none(), st.floats(1, 300)))


@given(fixes)
def test_never_twice_and_never_from_afar(said: list[tuple[int, float | None, float]]) -> None:
    """Whatever the positions: one question at most, asked when certainly within 150 m."""
    story = Story()
    asked: set[datetime] = set()
    for second, (metres, speed, accuracy) in enumerate(said):
        for one in story.at(second, metres, speed=speed, accuracy=accuracy):
            if one.since not in asked:
                assert metres + accuracy <= 151
            asked.add(one.since)
    assert len(asked) <= 1


def test_memory_is_bounded() -> None:
    """Legs that were asked are forgotten in their order, after weeks."""
    arrivals = Arrivals()
    fix = Fix(point=SCENE, at=NOON, accuracy_m=5.0, speed_m_s=0.0)
    for first in range(0, ASKED_MAX + 50, 50):
        legs = [
            Leg(unit=UnitId(f"U{first + n}"), incident=IncidentId("i"), step=Progress.ON_SCENE,
                since=NOON, target=SCENE)
            for n in range(50)
        ]  # fmt: skip
        assert len(arrivals.look(legs, lambda _unit: fix, NOON)) == 50
    assert len(arrivals._asked) == ASKED_MAX
