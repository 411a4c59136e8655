"""Scarce capabilities are spared: who sits in a plan where something less would do as well."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from core_world import SIMPANG_LIMA
from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan.cities.facts import Capability
from kentongan.cities.run_cards import RunLine
from kentongan.core.eligibility import fills
from kentongan.core.rows import UnitRow
from kentongan.core.run_card import Asked, plan
from kentongan.core.seating import SPARE_S, Coming
from kentongan.core.words import AgencyKey, UnitId

ALS, BLS = ("als", "bls", "transport"), ("bls", "transport", "homecare")
ARREST = (RunLine(needs=(Capability.ALS,)), RunLine(needs=(Capability.BLS,)))
MASS = (
    RunLine(needs=(Capability.ALS,)),
    RunLine(needs=(Capability.BLS, Capability.TRANSPORT), count=3),
)


def comes(key: str, minutes: float, *can: str, agency: str = "dinkes") -> Coming:
    """A unit that is there after so many minutes."""
    row = UnitRow(
        key=UnitId(key),
        state="available",
        agency=AgencyKey(agency),
        unit_kind="ambulance_als" if "als" in can else "ambulance_bls",
        label=key,
        capabilities=can,
        post="p",
        home=SIMPANG_LIMA,
        since=datetime(2026, 11, 23, 7, tzinfo=UTC),
    )
    return Coming(row, minutes * 60)


def sent(
    lines: Sequence[RunLine], offered: Sequence[Coming], present: Sequence[UnitRow] = ()
) -> dict[str, tuple[str, ...]]:
    """Who is to be sent for what, stand-ins left out."""
    found = plan(Asked("x", tuple(lines)), present, offered)
    assert found is not None
    return {str(one.unit): one.needs for one in found.units if one.fits}


def test_of_two_advanced_and_a_basic_one_only_one_advanced_goes() -> None:
    """The nearest advanced one, and the basic one though the recommendation ranks it last."""
    offered = [comes("A1", 5, *ALS), comes("A2", 6, *ALS), comes("B1", 8, *BLS)]
    assert sent(ARREST, offered) == {"A1": ("als",), "B1": ("bls",)}
    assert sent(reversed_(ARREST), offered) == {"A1": ("als",), "B1": ("bls",)}


def reversed_(lines: Sequence[RunLine]) -> tuple[RunLine, ...]:
    """The same card written the other way round."""
    return tuple(reversed(lines))


def test_the_nearest_basic_one_is_in_the_plan_of_a_cardiac_arrest() -> None:
    """Two minutes away, while advanced help needs ten."""
    offered = [comes("A1", 10, *ALS), comes("A2", 11, *ALS), comes("B1", 2, *BLS)]
    assert sent(ARREST, offered) == {"A1": ("als",), "B1": ("bls",)}


@pytest.mark.parametrize(("later_s", "second"), [(SPARE_S, "B1"), (SPARE_S + 1, "A2")])
def test_a_basic_one_that_comes_too_late_spares_nobody(later_s: float, second: str) -> None:
    """Five minutes behind is help, more is not."""
    offered = [comes("A1", 5, *ALS), comes("A2", 6, *ALS), comes("B1", 6 + later_s / 60, *BLS)]
    assert set(sent(ARREST, offered)) == {"A1", second}


@pytest.mark.parametrize("first", [419, 396])
def test_of_one_minute_whoever_comes_just_in_time_spares(first: int) -> None:
    """The better ranked basic one is seconds too late (395 s is the limit), the next one of its
    minute is not; a third of the next minute is not asked."""
    offered = [
        comes("A1", 1, *ALS),
        comes("A2", 95 / 60, *ALS),
        comes("B1", first / 60, *BLS),
        comes("B2", 390 / 60, *BLS),
        comes("B3", 420 / 60, *BLS),
    ]
    assert set(sent(ARREST, offered)) == {"A1", "B2"}
    assert set(sent(ARREST, [*offered[:3], offered[4]])) == {"A1", "A2"}


def test_the_only_one_or_the_first_one_is_never_spared() -> None:
    """A basic one does not take the place of the first advanced one, however near it is."""
    only = [comes("A1", 30, *ALS), comes("B1", 1, *BLS), comes("B2", 2, *BLS)]
    assert set(sent(ARREST, only)) == {"A1", "B1"}
    alone = (RunLine(needs=(Capability.BLS,)),)
    assert set(sent(alone, [comes("A1", 5, *ALS), comes("B1", 7, *BLS)])) == {"A1"}, "2 min sooner"
    assert set(sent(alone, [comes("A1", 5, *ALS), comes("B1", 5.5, *BLS)])) == {"B1"}
    unknown = float("inf")
    assert set(sent(alone, [comes("A1", unknown, *ALS), comes("B1", unknown, *BLS)])) == {"B1"}


def test_as_many_are_spared_as_can_be() -> None:
    """Each for the one it can wait for: 3 and 9 minutes for 6 and 12."""
    offered = [
        comes("A1", 2, *ALS), comes("A2", 3, *ALS), comes("A3", 9, *ALS), comes("A4", 9, *ALS),
        comes("B1", 6, *BLS), comes("B2", 12, *BLS),
    ]  # fmt: skip
    assert set(sent(MASS, offered)) == {"A1", "A3", "B1", "B2"}


def test_who_is_there_is_not_exchanged_and_counts_as_come() -> None:
    """Advanced life support on the scene: the next one is spared altogether."""
    there = comes("A0", 0, *ALS).row
    offered = [comes("A1", 5, *ALS), comes("B1", 9, *BLS)]
    assert sent(ARREST, offered, [there]) == {"B1": ("bls",)}


def test_of_one_agency_the_plainer_one_of_the_same_minute_goes() -> None:
    """The engine with the rescue set stays; another agency's or a later one does not spare it."""
    pump = (RunLine(needs=(Capability.PUMP,)),)
    versatile = comes("D1", 5, "pump", "water", "extrication", agency="damkar")
    plain = comes("D2", 5.5, "pump", "water", agency="damkar")
    assert set(sent(pump, [versatile, plain])) == {"D2"}
    late = comes("D2", 6, "pump", "water", agency="damkar")
    assert set(sent(pump, [versatile, late])) == {"D1"}
    other = comes("D3", 5, "pump", "water", agency="bpbd")
    assert set(sent(pump, [versatile, other])) == {"D1"}


def test_a_line_may_name_its_agencies() -> None:
    """Police of the city, not the first patrol that comes by."""
    line = RunLine(needs=(Capability.PATROL,), agencies=("polisi",))
    traffic = comes("LTS1", 5, "patrol", agency="satlantas")
    found = plan(Asked("x", (line,)), [], [traffic])
    assert found is not None
    assert found.units == ()
    assert found.wanting[0].agencies == ("polisi",)


# --- whatever the fleet --------------------------------------------------------------------------

ABLE = st.sampled_from([ALS, BLS, ("bls", "alley"), ("pump",), ("als", "bls", "pump")])
FAR = st.tuples(ABLE, st.integers(1, 2_400))
CLOSE = st.permutations([(ALS, 60), (ALS, 95), (ALS, 119), (BLS, 390), (BLS, 419), (BLS, 420)])
"""In two minutes, on both sides of what can be waited for; ranked anyhow."""

OFFERED = st.one_of(st.lists(FAR, max_size=8), CLOSE).map(
    lambda found: [
        Coming(comes(f"U{n}", 0, *can).row, float(seconds))
        for n, (can, seconds) in enumerate(found)
    ]
)
DRAWN = st.lists(
    st.builds(
        RunLine,
        needs=st.sampled_from([(Capability.ALS,), (Capability.BLS,), (Capability.PUMP,)]),
        count=st.integers(1, 2),
    ),
    min_size=1,
    max_size=3,
)
LINES = st.one_of(DRAWN, st.sampled_from([list(ARREST), list(MASS)]))


def minute(seconds: float) -> float:
    """The whole minute in which somebody arrives."""
    return seconds // 60


def _begins(lines: Sequence[RunLine], units: Sequence[Coming]) -> list[float]:
    """The minute in which each line's work begins."""
    return [
        min((minute(one.counted_s) for one in units if fills(line, one.row)), default=float("inf"))
        for line in lines
    ]


@settings(max_examples=300)
@given(OFFERED, LINES)
def test_no_higher_capability_goes_where_a_lower_one_in_time_does(
    offered: list[Coming], lines: list[RunLine]
) -> None:
    """Whoever is sent with advanced life support cannot be replaced by one of the rest without it
    that is there in time, without a line that stays empty or begins in a later minute."""
    seats = [line for line in lines for _ in range(line.count)]
    chosen = sent(lines, offered)
    units = [one for one in offered if one.row.key in chosen]
    for one in units:
        if "als" not in one.row.capabilities:
            continue
        for other in offered:
            if other in units or "als" in other.row.capabilities:
                continue
            if other.counted_s > one.counted_s + SPARE_S:
                continue
            rest = [other, *(at for at in units if at != one)]
            begins_later = any(
                late > first
                for late, first in zip(_begins(lines, rest), _begins(lines, units), strict=True)
            )
            assert begins_later or not _can_sit(rest, seats)


def _can_sit(units: Sequence[Coming], seats: Sequence[RunLine]) -> bool:
    if not units:
        return True
    first, *rest = units
    return any(
        _can_sit(rest, [*seats[:n], *seats[n + 1 :]])
        for n, line in enumerate(seats)
        if fills(line, first.row)
    )


@given(OFFERED, LINES)
def test_sparing_makes_nothing_later_and_leaves_no_seat_empty(
    offered: list[Coming], lines: list[RunLine]
) -> None:
    """Beside the plan of the best ranked alone, which is what it is when all are far apart in rank:
    as many seats, no line begins in a later minute, nobody comes later than in the minute `SPARE_S`
    after who was spared."""
    ordered = sorted(offered, key=lambda one: minute(one.counted_s))  # as within one tier
    seats = [line for line in lines for _ in range(line.count)]
    chosen = sent(lines, ordered)
    units = [one for one in ordered if one.row.key in chosen]
    best = _best_set(ordered, seats)
    assert len(units) == len(best)
    assert all(
        late <= first
        for late, first in zip(_begins(lines, units), _begins(lines, best), strict=True)
    )
    late = [one.counted_s for one in units if one not in best]
    spared = [one.counted_s for one in best if one not in units]
    if late:
        assert minute(max(late)) <= minute(max(spared) + SPARE_S)


def _best_set(ordered: Sequence[Coming], seats: Sequence[RunLine]) -> list[Coming]:
    """By rank alone: each one that still can sit beside those before."""
    found: list[Coming] = []
    for one in ordered:
        if _can_sit([*found, one], seats):
            found.append(one)
    return found
