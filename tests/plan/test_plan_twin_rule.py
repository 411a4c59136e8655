"""The twin decides as the core proposes: same units for the same standing, with the city's pack."""

from datetime import UTC, datetime

import numpy as np
import pytest
from msgspec import structs

from kentongan.app.city import plans_of
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.core.recommend import Candidate, Travel, Wish, recommend
from kentongan.core.rows import UnitRow
from kentongan.core.run_card import asked_for
from kentongan.core.words import AgencyKey, Fix, UnitId
from kentongan.plan.twin.city import City, Roads, Rule, Sends, Trace, Unit
from kentongan.plan.twin.engine import simulate
from kentongan.plan.twin.rows import HOURS_OF_WEEK
from kentongan.plan.twin.sends import asking_of, sends_of

OWN_FIRST_S = 180.0
"""As the pack has it: how much later mutual aid counts."""

NOW = datetime(2026, 11, 25, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def pack() -> CityPack:
    return load(packaged())


def _row(pack: CityPack, n: int) -> UnitRow:
    unit = pack.units[n]
    return UnitRow(
        key=UnitId(f"{n:03d}"),
        state="available",
        agency=AgencyKey(unit.agency),
        unit_kind=unit.kind.value,
        label=unit.label.id,
        capabilities=tuple(one.value for one in unit.capabilities),
        post=unit.post,
        home=pack.post_by_key[unit.post].point,
        since=NOW,
    )


def test_every_kind_of_incident_gets_the_units_that_the_core_proposes(pack: CityPack) -> None:
    """Each sub-category at each priority, with a third of the fleet on duty at random places: the
    set of units and how many seats stay empty."""
    plans, chance = plans_of(pack), np.random.default_rng(7)
    assert plans.own_first_s == OWN_FIRST_S
    rows = [_row(pack, n) for n in range(len(pack.units))]
    kinds = [(nature, code) for nature in pack.natures for code in ("P1", "P3")]
    asking = asking_of(kinds, plans)
    sends = sends_of(asking, rows)
    assert len(asking) > 100
    for number, one in enumerate(asking):
        on = chance.random(len(rows)) < 0.35
        seconds = chance.integers(30, 1_800, len(rows)).astype(np.float64)
        went = _twin(sends, number, rows, on, seconds)
        proposed = _core(pack, one.key, rows, on, seconds)
        assert went == proposed, one.key


def _twin(sends: Sends, plan: int, rows: list[UnitRow], on: np.ndarray, seconds: np.ndarray,
          ) -> tuple[list[str], int]:  # fmt: skip
    units, nodes = len(rows), len(rows) + 1
    table = np.full((1, nodes, nodes), np.inf)
    table[0, :units, units] = seconds
    duty = [np.full(HOURS_OF_WEEK, bool(one)) for one in on]
    city = City(
        roads=Roads(
            x=np.arange(nodes, dtype=np.float64),
            y=np.zeros(nodes),
            seconds=table,
            metres=np.zeros((nodes, nodes)),
            band=np.zeros(HOURS_OF_WEEK, dtype=np.int64),
        ),
        hospitals=(),
        units=tuple(
            Unit(key=str(row.key), home=n, turnout_s=90.0, duty=duty[n])
            for n, row in enumerate(rows)
        ),
        sends=sends,
        rule=Rule(high=1.0, own_first_s=OWN_FIRST_S),
    )
    one = np.zeros(1)
    trace = Trace(
        called=one, ready=one, node=np.array([units]), plan=np.array([plan]),
        urgency=np.array([1]), carried=np.array([0]), scene=one + 1e9, handover=one,
        stray=one + 1, weather=one + 1,
    )  # fmt: skip
    found = simulate(city, trace, "heapq")
    at_once = found.decided == 0
    units_sent: list[int] = found.unit[at_once].tolist()
    went = sorted(str(rows[n].key) for n in units_sent)
    return went, int((~at_once).sum())


def _core(
    pack: CityPack, key: str, rows: list[UnitRow], on: np.ndarray, seconds: np.ndarray
) -> tuple[list[str], int]:
    code, priority = key.split()
    plans = plans_of(pack)
    nature = plans.natures[code]
    candidates = [
        Candidate(
            unit=structs.replace(row, state="available" if on[n] else "off_duty"),
            fix=Fix(point=row.home, at=NOW),  # the twin knows where everybody is
            travel=Travel(
                seconds_low=seconds[n] * 0.8, seconds_high=seconds[n], distance_m=1, source="road"
            ),
        )
        for n, row in enumerate(rows)
    ]
    wish = Wish(
        nature=nature,
        card=asked_for(nature, priority, plans),
        own_first_s=plans.own_first_s,
    )
    plan = recommend(wish, candidates, NOW).plan
    assert plan is not None
    empty = sum(one.count for one in plan.wanting)
    return sorted(str(one.unit) for one in plan.units), empty
