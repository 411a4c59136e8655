"""The twin: towns worked out by hand, the core's own proposals, queueing theory, recorded runs."""

import csv
from typing import Any

import numpy as np
import pytest
from msgspec import structs
from twin_towns import calls, one_line, random_city, town
from utrecht import UTRECHT, city, expected, trace, utrecht

from kentongan.plan.erlang import wait_c
from kentongan.plan.twin import engine
from kentongan.plan.twin.city import CityBroken, Hospital, Rule, Sends, Unit
from kentongan.plan.twin.engine import Outcome, simulate
from kentongan.plan.twin.rows import HOURS_OF_WEEK, NOBODY

SLOW = "heapq"


def _same(one: Outcome, other: Outcome) -> None:
    for name in Outcome.__struct_fields__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


@utrecht
@pytest.mark.parametrize("case", ["3", "4", "5", "6"])
def test_utrecht_sends_the_ambulance_that_was_recorded(case: str) -> None:
    """Every call of the four recorded runs, and the moment it was over to 1e-9 minutes."""
    told = expected()["des"]["cases"][case]
    with (UTRECHT / "des_trace" / f"Patient_Test_Diesel_{case}.csv").open() as lines:
        recorded = list(csv.DictReader(lines))
    found = simulate(city(told["base_file"]), trace(case), SLOW)
    assert len(recorded) == told["calls"] == len(found.unit)
    assert found.unit.tolist() == [int(float(r["assigned_to_ambulance_nr"])) for r in recorded]
    finish = np.array([float(row["finish_time"]) for row in recorded])
    assert np.abs(found.clear - finish).max() < 1e-9
    response = found.arrived - trace(case).ready
    assert response.mean() == pytest.approx(told["mean_rt"], abs=1e-9)
    assert int((found.decided > trace(case).ready + 1e-12).sum()) == told["queued"]


class _Strict(list[Any]):
    """A row that is asked for places it has."""

    def __getitem__(self, place: Any) -> Any:
        assert place >= 0
        return super().__getitem__(place)

    def __setitem__(self, place: Any, value: Any) -> None:
        assert place >= 0
        super().__setitem__(place, value)


def test_no_row_is_asked_for_what_it_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled, a row is where it begins: nobody counts from its end or looks beyond it."""
    cities = [random_city(seed) for seed in range(3)]
    plain = [simulate(found, asked, SLOW) for found, asked in cities]

    def strict(values: Any) -> _Strict:
        return _Strict(np.asarray(values).tolist())

    monkeypatch.setattr(engine, "_as_list", strict)
    for (found, asked), known in zip(cities, plain, strict=True):
        _same(simulate(found, asked, SLOW), known)


def test_the_nearest_goes_and_a_returning_one_from_where_it_is() -> None:
    """Units at 0 and 10. The first goes to 4 (240 s), is clear at 840 s and drives home; at 960 s
    it passes 2, and the call at 3 is one minute away: nobody else is nearer."""
    found = simulate(town([Unit(key="a", home=0), Unit(key="b", home=10)]),
                     calls([0, 960], [4, 3]), SLOW)  # fmt: skip
    assert found.unit.tolist() == [0, 0]
    assert found.arrived.tolist() == [240, 1_020]
    assert found.second.tolist() == [1, 1]
    assert found.second_expected.tolist() == [360, 420]
    # 4 km there and 2 km of the way home; then 1 km there and 3 km home
    assert found.kilometres().tolist() == [6, 4]


def test_turnout_counts_at_the_post_and_not_on_the_road() -> None:
    """The same with 120 s of turnout: the first call waits for it, the second does not."""
    unit = Unit(key="a", home=0, turnout_s=120)
    found = simulate(town([unit]), calls([0, 1_080], [4, 3]), SLOW)
    assert found.arrived.tolist() == [360, 1_140]


def test_who_waits_is_taken_from_where_the_unit_is_the_most_urgent_first() -> None:
    """One unit at 0, calls at 2, 6, 8 while it works; the third is more urgent than the second."""
    asked = calls([0, 10, 20], [2, 6, 8], urgency=np.array([2, 2, 1]))
    found = simulate(town([Unit(key="a", home=0)]), asked, SLOW)
    assert found.arrived.tolist() == [120, 720 + 360 + 600 + 120, 720 + 360]
    assert found.decided.tolist() == [0, 1_680, 720]


def test_hospital_and_its_bay() -> None:
    """Two patients for one bay: the second unit waits 400 s for it, or goes farther."""
    units = [Unit(key="a", home=0), Unit(key="b", home=0)]
    asked = calls([0, 0], [1, 1], carried=np.array([1, 1]), handover=np.array([400.0, 400.0]))
    near, far = Hospital(key="near", node=2, bays=1), Hospital(key="far", node=4, bays=1)
    found = simulate(town(units, hospitals=[near, far]), asked, SLOW)
    assert found.hospital.tolist() == [0, 0]
    assert found.clear.tolist() == [720 + 400, 720 + 800]
    found = simulate(
        town(units, hospitals=[near, far], rule=Rule(home_pace=1.0, waits=True)),
        structs.replace(asked, ready=np.array([0.0, 200.0])), SLOW,
    )  # fmt: skip
    assert found.hospital.tolist() == [0, 1]


def test_duty_begins_while_somebody_waits() -> None:
    """Nobody is on duty before 2 h: the call of 600 s is taken then, not at the next call."""
    duty = np.zeros(HOURS_OF_WEEK, dtype=np.bool_)
    duty[2:4] = True
    found = simulate(town([Unit(key="a", home=0, duty=duty)]), calls([600], [3]), SLOW)
    assert found.decided.tolist() == [7_200]
    never = Unit(key="a", home=0, duty=np.zeros(HOURS_OF_WEEK, dtype=np.bool_))
    nobody = simulate(town([never]), calls([600], [3]), SLOW)
    assert np.isnan(nobody.first_arrival()).all()
    assert nobody.first_unit().tolist() == [NOBODY]


def test_weather_and_luck_slow_the_drive_and_not_the_choice() -> None:
    """Half as fast again in the second hour, twice by bad luck."""
    asked = calls([0, 3_600], [4, 4], stray=np.array([2.0, 1.0]), weather=np.array([1.0, 1.5]))
    found = simulate(town([Unit(key="a", home=0)]), asked, SLOW)
    assert (found.arrived - asked.ready).tolist() == [480, 360]
    assert found.expected.tolist() == [240, 240]


def test_seats_move_over_and_substitutes_come_last() -> None:
    """Line 0 is filled by a and b, line 1 by b only (a stands in). a is nearer: both go, b to its
    line. With b away a takes line 0, and line 1 waits although a could have stood in."""
    units = [Unit(key="a", home=1), Unit(key="b", home=5)]
    sends = Sends(
        plans=("both",),
        first=np.array([0, 2]),
        line=np.array([1, 0]),
        carries=np.array([0, 0]),
        tier=np.zeros((1, 2), dtype=np.int64),
        fills=np.array([[1, 1], [2, 1]]),
    )
    found = simulate(town(units, sends=sends), calls([0], [0]), SLOW)
    assert found.unit.tolist() == [1, 0]
    away = structs.replace(units[1], duty=np.zeros(HOURS_OF_WEEK, dtype=np.bool_))
    found = simulate(town([units[0], away], sends=sends), calls([0], [0]), SLOW)
    assert found.unit.tolist() == [0, 0]
    assert found.decided.tolist() == [660, 0]  # its own work first, then what waits


def test_the_spared_area_decides_within_the_minute_only() -> None:
    """Both arrive in the same minute: who is not alone in its area goes; a minute apart, the
    nearer one goes whatever it leaves."""
    for seconds, goes in ((50.0, 1), (70.0, 0)):
        near, far = Unit(key="alone", home=4), Unit(key="spare", home=5)
        made = town([near, far, Unit(key="other", home=5)])
        metres = made.roads.seconds.copy()
        metres[0, 4, 3], metres[0, 5, 3] = 10.0, seconds
        covers = np.zeros((11, 2), dtype=np.bool_)
        covers[4, 0] = covers[5, 1] = True
        made = structs.replace(
            made,
            roads=structs.replace(made.roads, seconds=metres, covers=covers),
            rule=Rule(home_pace=1.0, spares=True),
        )
        assert simulate(made, calls([0], [3]), SLOW).unit.tolist() == [goes]


def test_waiting_follows_erlang() -> None:
    """Four units at one place, no driving, exponential work: Erlang C within its own error."""
    chance = np.random.default_rng(4)
    many, mean, load = 12_000, 600.0, 3.0
    at = np.cumsum(chance.exponential(mean / load, many))
    asked = calls(at.tolist(), [0] * many, scene=chance.exponential(mean, many))
    units = [Unit(key=str(n), home=0) for n in range(4)]
    found = simulate(town(units, nodes=1, sends=one_line(4)), asked, SLOW)
    waits = found.decided - asked.ready
    told = wait_c(load / mean, mean, 4)
    assert float((waits > 1e-9).mean()) == pytest.approx(told.p_wait, abs=0.03)
    assert float(waits.mean()) == pytest.approx(told.mean_s, rel=0.2)


def test_nothing_is_lost_or_double() -> None:
    """Random cities: a unit is at one place at a time, arrives after it was sent, and every seat
    that somebody on duty could fill is filled."""
    for seed in range(4):
        found, asked = random_city(seed)
        ran = simulate(found, asked, SLOW)
        sent = ran.unit != NOBODY
        assert (ran.arrived[sent] >= ran.decided[sent]).all()
        assert (ran.decided[sent] >= asked.ready[ran.incident[sent]]).all()
        for unit in range(len(found.units)):
            mine = np.flatnonzero(ran.unit == unit)
            mine = mine[np.argsort(ran.decided[mine])]
            assert (ran.decided[mine][1:] >= ran.clear[mine][:-1]).all()
        assert (ran.metres >= -1e-6).all()
        pairs = {(int(i), int(u)) for i, u in zip(ran.incident[sent], ran.unit[sent], strict=True)}
        fills = found.sends.fills
        seat = np.arange(len(ran.unit)) - ran.first_seat[ran.incident]
        line = found.sends.line[found.sends.first[asked.plan[ran.incident]] + seat]
        assert (fills[line[sent], ran.unit[sent]] > 0).all()
        assert len(pairs) > 300


def test_what_is_no_city_is_refused() -> None:
    """Said before the run: a run looks at nothing."""
    good = town([Unit(key="a", home=0)])
    with pytest.raises(CityBroken, match="homes"):
        simulate(town([Unit(key="a", home=99)]), calls([0], [1]), SLOW)
    with pytest.raises(CityBroken, match="places"):
        simulate(good, calls([0], [99]), SLOW)
    with pytest.raises(CityBroken, match="order"):
        simulate(good, calls([5, 0], [1, 1]), SLOW)
    with pytest.raises(ValueError, match="no engine"):
        simulate(good, calls([0], [1]), "abacus")
    assert len(simulate(good, calls([], []), SLOW).unit) == 0
