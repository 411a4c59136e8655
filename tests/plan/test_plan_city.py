"""The city's twin out of a record: what was lived is learnt, replayed, and a what-if answered."""

import argparse
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from plan_story import (
    KINDS,
    OFFSET,
    append,
    calls_told,
    incidents_told,
    straight_table,
    true_city,
    true_demand,
)

from kentongan.cities.calendar import Holiday, HolidayKind
from kentongan.cities.facts import Confidence, Text
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.main import main
from kentongan.plan.twin.acceptance import accept
from kentongan.plan.twin.engine import simulate
from kentongan.plan.twin.generate import generate
from kentongan.serve.plan_city import CityTwin
from kentongan.serve.plan_posts import PostQuestion
from kentongan.serve.plan_record import Record, read_record
from kentongan.serve.plan_roads import RoadTable, closure_at, point_of
from kentongan.serve.plan_shifts import need_of, shifts_of, table_of_shifts, waves_of
from kentongan.serve.plan_twin import _row, changed_city, replay, write_calls
from kentongan.store.memory import MemoryStore

DAYS = 30
BEGIN = datetime(2026, 10, 25, 17, tzinfo=UTC)
"""A Monday 0 h in Semarang."""

NOW = BEGIN + timedelta(days=DAYS)
NOTHING = argparse.Namespace(
    close_bridge=[], rule="core", post=[], add_unit=[], remove_unit=[], like="AMB01"
)


@cache
def _pack() -> CityPack:
    return load(packaged())


@cache
def _table() -> RoadTable:
    return straight_table(_pack())


@cache
def _record() -> Record:
    """A month that the twin lived, and calls that were nothing."""
    pack, table = _pack(), _table()
    city = true_city(pack, table)
    trace = generate(true_demand(table, each_day=12), DAYS, 1)
    ran = simulate(city, trace, "heapq")
    store = MemoryStore(lambda: b"s" * 16)
    told = incidents_told(city, pack, table, trace, ran, BEGIN)
    append(store, iter([*calls_told(DAYS, BEGIN, each_day=30), *told]))
    return read_record(store, NOW)


@cache
def _twin() -> CityTwin:
    return CityTwin(_record(), _pack(), _table(), OFFSET, training=False)


def _asked(**given: object) -> argparse.Namespace:
    return argparse.Namespace(**{**vars(NOTHING), **given})


def test_the_twin_learns_the_world_it_came_from() -> None:
    """Turnout, how much slower the roads are than the table, how often what happens."""
    twin = _twin()
    assert [one.key for one in twin.asking] == sorted(" ".join(kind) for kind in KINDS)
    assert {unit.turnout_s for unit in twin.city().units if unit.key.startswith("AMB0")} == {60.0}
    # journeys that begin on the way home are shorter than from the post: the median is a little low
    assert 0.95 < np.exp(twin.past.road_off) < 1.15
    demand = twin.demand()
    assert demand.rate.sum() / 7 == pytest.approx(len(twin.past.cases) / DAYS, rel=0.02)
    assert demand.rate[14] > 2 * demand.rate[2]
    assert demand.carried[0] == pytest.approx(0.6, abs=0.15)


def test_its_replay_is_close_to_what_was_lived() -> None:
    """The same first unit nearly always, and the acceptance test holds but for the past change that
    nobody tried it on."""
    twin = _twin()
    city = twin.city()
    outcome = simulate(city, twin.past.trace, "heapq")
    real, lived = twin.real(), twin.lived(city, outcome)
    criteria = accept(real, lived, 600, DAYS, (), np.random.default_rng(1))
    failed = {one.name for one in criteria if not one.holds}
    assert "a past change" in failed
    assert "same first unit" not in failed
    assert "busy units by the hour" not in failed
    assert "P50" not in failed


def test_a_unit_more_helps_and_a_missing_one_hurts() -> None:
    """An ambulance more in the far west; none left at all but one."""
    twin = _twin()
    now = twin.city()
    west = max(_pack().puskesmas, key=lambda one: -one.point.lon).key
    more, said = changed_city(twin, now, _asked(add_unit=[west]), lambda _: _table())
    assert said == f"one more like AMB01 at {west}"
    assert len(more.units) == len(now.units) + 1
    gained = replay(twin, now, more, 600, "heapq")
    assert gained[0].name == "mean_s"
    assert gained[0].high < 0
    gone = [f"AMB{n:02d}" for n in range(2, 9)]
    fewer, _ = changed_city(twin, now, _asked(remove_unit=gone), lambda _: _table())
    lost = {one.name: one for one in replay(twin, now, fewer, 600, "heapq")}
    assert lost["mean_s"].low > 0
    assert lost["nobody"].change >= 0
    none, _ = changed_city(
        twin, now, _asked(remove_unit=[one.key for one in now.units]), lambda _: _table()
    )
    never = {one.name: one for one in replay(twin, now, none, 600, "heapq")}
    assert (never["p90_s"].after, never["nobody"].after, never["within"].after) == (np.inf, 1, 0)
    assert not never["p90_s"].is_clear
    assert "never" in _row(never["p90_s"])


def test_what_is_no_change_is_refused_with_its_reason() -> None:
    """Unknown units and places, and nothing at all."""
    twin = _twin()
    for given, said in (
        ({}, "what if what"),
        ({"remove_unit": ["XX"]}, "XX: no unit"),
        ({"add_unit": ["nowhere"]}, "nowhere: no post"),
        ({"post": ["AMB01"]}, "UNIT=POST"),
        ({"add_unit": ["99,110"]}, "no point on the earth"),
    ):
        with pytest.raises(ValueError, match=said):
            changed_city(twin, twin.city(), _asked(**given), lambda _: _table())
    with pytest.raises(ValueError, match="no place like"):
        point_of("somewhere")
    assert closure_at(-6.98, 110.41).geometry["coordinates"] == [110.41, -6.98]


def test_every_call_says_who_went_and_why(tmp_path: Path) -> None:
    """One row a unit sent; the next best is never expected before the first."""
    twin = _twin()
    city = twin.city()
    path = tmp_path / "calls.csv"
    write_calls(path, twin, city, simulate(city, twin.past.trace, "heapq"))
    lines = path.read_text().splitlines()
    assert lines[0].startswith("incident,called_at,unit,real_first_unit,able,expected_s,instead")
    assert len(lines) > len(twin.past.cases)
    sent = [line.split(",") for line in lines[1:]]
    assert sum(row[2] == row[3] for row in sent) > len(twin.past.cases) * 0.8
    assert all(float(row[12]) >= 0 for row in sent)


def test_posts_cover_more_than_now_and_nobody_covers_more_than_the_bound() -> None:
    """The same number of ambulances, better placed; each part of the day by its own roads."""
    asked = argparse.Namespace(kind="ambulance", minutes=8.0, units=None, busy=None, hour=None)
    question = PostQuestion(asked, _pack(), _record(), _table(), OFFSET)
    found = question.answer()
    assert found.units == found.now_units
    assert sum(site.planned for site in found.sites) == found.units
    assert found.now <= found.planned
    assert found.busy_from.startswith("measured")
    for share, of in ((found.now, "now"), (found.planned, "planned")):
        covered = sum(cell.demand * getattr(cell, of) for cell in found.cells)
        assert covered == pytest.approx(share, abs=1e-3)
    drills = PostQuestion(asked, _pack(), _record(), _table(), OFFSET, training=True)
    assert (drills.cases, drills.busy_from[:7]) == ([], "assumed")
    proof = question.proof(5)
    assert proof is not None
    assert proof.bound >= found.planned - 1e-7
    with pytest.raises(ValueError, match="no such unit"):
        PostQuestion(argparse.Namespace(kind="balloon", minutes=8.0), _pack(), _record(), _table(),
                     OFFSET)  # fmt: skip


def test_shifts_stand_against_who_was_on_duty() -> None:
    """Two by day and one by night were there: nights were short of the two that are needed."""
    asked = argparse.Namespace(hours=8, begins=3, spare=0)
    answer = shifts_of(_record(), _pack(), NOW, asked, training=False)
    need, planned, duty = (np.array(one) for one in (answer.need, answer.planned, answer.on_duty))
    assert (planned >= need).all()
    assert (need >= 2).all()
    assert duty[12] == pytest.approx(2, abs=0.15)
    assert duty[26] == pytest.approx(1, abs=0.15)
    assert answer.patience.counts
    assert answer.patience.lost == pytest.approx(0.06 * 30 / 42, abs=0.02)


def test_without_any_duty_on_record_nobody_is_said_to_have_been_missing() -> None:
    """Nothing is not zero: neither a row of zeros nor 168 hours that were short."""
    asked = argparse.Namespace(hours=8, begins=3, spare=0)
    record = structs.replace(_record(), desks={})
    said = table_of_shifts(shifts_of(record, _pack(), NOW, asked, training=False), _pack())
    assert "no duty on record" in said
    assert "was on duty" not in said
    assert "of 168 hours" not in said
    with_duty = shifts_of(_record(), _pack(), NOW, asked, training=False)
    assert "of 168 hours" in table_of_shifts(with_duty, _pack())


def test_a_shift_plan_says_which_of_its_holidays_nobody_decreed_yet() -> None:
    """Of the week that it is for, on the terminal and in what the screen gets; else nothing."""
    asked = argparse.Namespace(hours=8, begins=3, spare=0)
    answer = shifts_of(_record(), _pack(), NOW, asked, training=False)
    begins = date.fromisoformat(answer.week_begins)
    assert begins.weekday() == 0
    assert timedelta() < begins - (NOW + OFFSET).date() <= timedelta(days=7)
    assert answer.estimated == ()
    assert "NOTE" not in table_of_shifts(answer, _pack())
    guess = Holiday(
        key="guess",
        source=("made up",),
        day=(begins + timedelta(days=6)).isoformat(),
        kind=HolidayKind.NATIONAL,
        name=Text(id="Nyepi (perkiraan)", en="Nyepi (estimate)"),
        confidence=Confidence.LOW,
    )
    pack = structs.replace(_pack(), holidays=(guess,))
    told = shifts_of(_record(), pack, NOW, asked, training=False)
    assert [one.day for one in told.estimated] == [guess.day]
    assert f"Nyepi (estimate) {guess.day}" in table_of_shifts(told, pack)


def test_a_wave_hurts_and_telling_pranks_apart_helps() -> None:
    """From the record's own calls."""
    need = need_of(_record(), _pack(), NOW, training=False)
    asked = argparse.Namespace(desks=2, wave=200.0, wave_hours=2.0, waves_a_week=7.0, weeks=8)
    answer = waves_of(need, asked)
    assert answer.with_waves < answer.pranks_last < answer.usual
    assert answer.called_back > 0.95


def test_wrong_use_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is read."""
    assert main(["plan", "what-if", "--replications", "1"]) == 2
    assert "--replications: 2" in capsys.readouterr().err
    assert main(["plan", "twin", "--changed", "2026-10-01"]) == 2
    assert "--added" in capsys.readouterr().err
    assert main(["plan", "room", "--weeks", "0"]) == 2
    assert "--weeks" in capsys.readouterr().err
