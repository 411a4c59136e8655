"""May the city's twin be believed? Months whose truth is known, with a planted change."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from msgspec import structs
from plan_story import (
    OFFSET,
    append,
    incidents_told,
    straight_table,
    true_city,
    true_demand,
)

from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.core.events import AnyEvent
from kentongan.core.events.past_change import ChangeNoted, ChangeWithdrawn
from kentongan.core.rows import ChangeRow
from kentongan.core.words import ChangeId, ChangeOf, UnitId
from kentongan.edge.geo.routing.closures import Closure
from kentongan.plan.twin.acceptance import Criterion, is_valid
from kentongan.plan.twin.engine import simulate
from kentongan.plan.twin.generate import generate
from kentongan.serve.plan_accept import Tried
from kentongan.serve.plan_changes import city_on, closed_on
from kentongan.serve.plan_city import CityTwin, Span
from kentongan.serve.plan_record import Record, read_record
from kentongan.serve.plan_roads import RoadTable
from kentongan.store.memory import MemoryStore

BEGIN = datetime(2026, 8, 30, 17, tzinfo=UTC)
"""A Monday 0 h in Semarang."""

BEFORE, AFTER = 35, 49
CHANGED = date(2026, 10, 5)
UNITS = tuple(UnitId(f"AMB{n:02d}") for n in range(4, 9))
"""Ambulances that the city has only since then."""

NOTED = ChangeNoted(what="unit_added", day=CHANGED, units=UNITS)


@cache
def _pack() -> CityPack:
    return load(packaged())


@cache
def _table() -> RoadTable:
    return straight_table(_pack())


def _roads(closures: Sequence[Closure]) -> RoadTable:
    del closures
    return _table()


@cache
def _record(*said: AnyEvent) -> Record:
    """Five weeks with few ambulances and seven with all, and what was noted of it."""
    pack, table = _pack(), _table()
    whole = true_city(pack, table)
    never = np.zeros(168, dtype=np.bool_)
    fewer = structs.replace(
        whole,
        units=tuple(
            structs.replace(one, duty=never) if one.key in UNITS else one for one in whole.units
        ),
    )
    store, first = MemoryStore(lambda: b"s" * 16), 0
    demand = structs.replace(true_demand(table, each_day=24), road_spread=0.1)
    for city, days, begin in (
        (fewer, BEFORE, BEGIN),
        (whole, AFTER, BEGIN + timedelta(days=BEFORE)),
    ):
        trace = generate(demand, days, 1)
        ran = simulate(city, trace, "heapq")
        append(store, incidents_told(city, pack, table, trace, ran, begin, first))
        first += len(trace)
    now = BEGIN + timedelta(days=BEFORE + AFTER)
    facts = [("change:c1", now + timedelta(seconds=n), one) for n, one in enumerate(said)]
    append(store, iter(facts))
    return read_record(store, now + timedelta(days=1))


def _lines(record: Record, table: RoadTable | None = None) -> tuple[Criterion, ...]:
    twin = CityTwin(record, _pack(), table or _table(), OFFSET, training=False)
    changes = tuple(record.changes)
    tried = Tried(twin=twin, changes=changes, roads=lambda _: table or _table(), engine="heapq")
    return tried.accepted(600)


def test_a_twin_that_repeats_a_planted_change_is_believed() -> None:
    """Every line holds on four weeks it has not seen, and what five ambulances more did."""
    lines = _lines(_record(NOTED))
    assert [one.name for one in lines if not one.holds] == []
    assert is_valid(lines)
    (change,) = (one for one in lines if one.name == "a change")
    assert change.about == "2026-10-05 unit_added AMB04 AMB05 AMB06 AMB07 AMB08"
    found = re.fullmatch(r"(\S+) s for (\S+) s \(.+\), (\S+) s without it", change.found)
    assert found is not None
    twin, real, without = (float(one) for one in found.groups())
    assert twin == pytest.approx(real, abs=20)
    assert abs(without) < abs(real) / 4
    assert lines[0].found == "28 days after 56"


def test_without_a_note_or_with_a_withdrawn_one_it_is_an_indication() -> None:
    """The same record. Nobody said what was changed; or somebody took it back."""
    for record in (_record(), _record(NOTED, ChangeWithdrawn())):
        assert record.changes == []
        lines = _lines(record)
        (failed,) = (one for one in lines if not one.holds)
        assert (failed.name, failed.found) == ("a past change", "none is noted")
        assert not is_valid(lines)


def test_a_change_that_was_none_is_contradicted() -> None:
    """Three fire engines said to be new that day explain nothing of it."""
    wrong = structs.replace(NOTED, units=(UnitId("DMK01"),))
    lines = _lines(_record(wrong))
    failed = {one.name: one for one in lines if not one.holds}
    assert {"a change", "a past change"} <= set(failed)
    assert failed["a change"].miss > 50
    assert failed["a change"].unit == "s"


def test_a_twin_with_wrong_roads_stays_an_indication() -> None:
    """Every drive takes the same time on its map: its lines fail, each by so much."""
    flat = structs.replace(_table(), seconds=np.full_like(_table().seconds, 500.0))
    lines = _lines(_record(NOTED), flat)
    failed = {one.name: one.miss for one in lines if not one.holds}
    assert {"same first unit", "kecamatan", "Kolmogorov-Smirnov"} <= set(failed)
    assert all(miss > 0 for miss in failed.values())
    assert not is_valid(lines)


def test_a_short_record_says_how_many_days_are_missing() -> None:
    """Ten days: five to learn from and five to try it on, and no change to be judged."""
    record = _record(NOTED)
    twin = CityTwin(record, _pack(), _table(), OFFSET, training=False)
    ten = twin.within(Span(BEGIN, BEGIN + timedelta(days=10)))
    tried = Tried(twin=ten, changes=tuple(record.changes), roads=_roads, engine="heapq")
    span, *lines = tried.accepted(600)
    assert (span.holds, span.miss, span.found) == (False, 23, "5 days after 5")
    (change,) = (one for one in lines if one.name == "a change")
    assert "days on one side" in change.found


def _change(what: ChangeOf, day: int, **given: Any) -> ChangeRow:
    key = ChangeId(f"{what}{day}")
    return ChangeRow(key=key, what=what, day=date(2026, 9, day), noted_at=BEGIN, **given)


def test_the_city_of_a_day_has_what_was_so_then() -> None:
    """Each kind of change, before it, from its day on, and after the next one."""
    twin = CityTwin(_record(), _pack(), _table(), OFFSET, training=False)
    here, there = _pack().posts[0].key, _pack().posts[1].key
    bridge = Point(-6.98, 110.41)
    unit = UnitId("AMB01")
    changes = (
        _change("unit_added", 10, units=(unit,)),
        _change("unit_removed", 20, units=(unit,)),
        _change("post_opened", 10, units=(UnitId("AMB02"),), place=here, other=there),
        _change("post_closed", 20, units=(UnitId("AMB02"),), place=here, other=there),
        _change("rule_changed", 10, rule="closest"),
        _change("rule_changed", 20, rule="core"),
        _change("road_closed", 10, point=bridge),
        _change("road_opened", 20, point=bridge),
    )
    asked: list[int] = []

    def roads(closures: Sequence[Closure]) -> RoadTable:
        asked.append(len(closures))
        return _table()

    number, other = twin.unit_number("AMB01"), twin.unit_number("AMB02")
    places = [twin.table.places.number(key) for key in (here, there)]
    for day, is_there in ((9, False), (10, True), (19, True), (20, False)):
        city = city_on(twin, changes, date(2026, 9, day), roads)
        duty = city.units[number].duty
        assert (duty is None or bool(duty.any())) is is_there
        assert city.units[other].home == places[0 if is_there else 1]
        assert city.rule.spares is not is_there
    assert asked == [1, 1]
    assert len(closed_on(changes, date(2026, 9, 15))) == 1
    strange = (_change("unit_added", 10, units=(UnitId("XX"),)),)
    with pytest.raises(ValueError, match="XX: no unit"):
        city_on(twin, strange, date(2026, 9, 1), roads)
