"""Erlang B, C and A against the published tables to their printed digits, and against simulation.

The tables are others' and stand beside the project; where they are absent those tests are skipped.
"""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kentongan.plan.desks import busy_hour, desks_for
from kentongan.plan.erlang import (
    DESKS_MIN,
    Goal,
    Patient,
    answered_within_c,
    desks_needed,
    erlang_b,
    erlang_c,
    traffic,
    wait_c,
    wait_quantile_c,
)
from kentongan.plan.patience import patience_of

TABLES = Path(__file__).parents[3] / "shared" / "vectors" / "or" / "erlang" / "erlang_vectors.json"
published = pytest.mark.skipif(not TABLES.is_file(), reason=f"no published tables: {TABLES}")


@cache
def _tables() -> dict[str, Any]:
    return json.loads(TABLES.read_text())


@published
def test_erlang_b_and_its_classic_table() -> None:
    """Loss to twelve digits, and the traffic at one per cent as printed."""
    for row in _tables()["erlang_b"]:
        assert erlang_b(row["a"], row["n"]) == pytest.approx(row["B"], rel=1e-12)
    for desks, load in _tables()["erlang_b_traffic_at_1pct"]["values"].items():
        assert round(traffic(0.01, int(desks)), 4) == pytest.approx(load, abs=1.01e-4)
    printed = {1: 0.0101, 2: 0.153, 5: 1.36, 10: 4.46, 20: 12.0, 50: 37.9, 100: 84.1}
    for desks, load in printed.items():
        assert float(f"{traffic(0.01, desks):.3g}") == pytest.approx(load, rel=1e-9)


@published
def test_erlang_c_tables() -> None:
    """Probability and mean of the wait."""
    for row in _tables()["erlang_c"]:
        handling = 1 / row["mu"]
        found = wait_c(row["lam"], handling, row["n"])
        assert found.p_wait == pytest.approx(row["p_wait"], rel=1e-9)
        assert found.mean_s == pytest.approx(row["asa"], rel=1e-9)


@published
def test_garnett_mandelbaum_and_reiman() -> None:
    """50 desks, 48 calls a minute of one minute: with and without patience of two minutes."""
    printed = _tables()["garnett_mandelbaum_reiman_2002"]["published"]
    computed = _tables()["garnett_mandelbaum_reiman_2002"]["computed"]
    c = wait_c(48 / 60, 60, 50)
    assert c.mean_s == pytest.approx(computed["MMn"]["avg_wait_s"], abs=5e-5)
    assert c.queue == pytest.approx(computed["MMn"]["queue"], abs=5e-5)
    assert wait_quantile_c(48 / 60, 60, 50, 0.9) == pytest.approx(
        computed["MMn"]["p90_wait_s"], abs=5e-5
    )
    room = Patient(calls_s=48 / 60, handling_s=60, patience_s=120, desks=50)
    a = room.wait()
    assert a.lost == pytest.approx(computed["MMnM"]["abandon"], rel=1e-9)
    assert a.mean_s == pytest.approx(computed["MMnM"]["avg_wait_s"], rel=1e-9)
    assert a.queue == pytest.approx(computed["MMnM"]["queue"], rel=1e-9)
    assert a.occupancy == pytest.approx(computed["MMnM"]["util"], rel=1e-9)
    assert room.wait_quantile(0.9) == pytest.approx(computed["MMnM"]["p90_wait_s"], abs=5e-5)
    assert round(a.lost, 3) == printed["MMnM"]["abandon"]
    assert round(a.mean_s, 1) == printed["MMnM"]["avg_wait_s"]
    assert round(c.mean_s, 1) == printed["MMn"]["avg_wait_s"]


@published
def test_the_software_that_others_use() -> None:
    """Fourteen desks for 100 calls in half an hour of three minutes, patience five."""
    row = _tables()["pyworkforce_doc"]
    calls_s, handling_s = 100 / 1_800, 180.0
    c = row["erlang_c"]
    within = Goal(c["target_sl"], row["asa_min"] * 60)
    assert desks_needed(calls_s, handling_s, (within,)) == c["raw_positions"]
    assert answered_within_c(calls_s, handling_s, 14, 20) == pytest.approx(c["service_level"])
    room = Patient(calls_s=calls_s, handling_s=handling_s, patience_s=300, desks=14)
    a, theirs = room.wait(), row["erlang_a_n14_patience5"]
    assert a.p_wait == pytest.approx(theirs["p_wait"], abs=5e-6)
    assert a.lost == pytest.approx(theirs["p_abandon"], abs=5e-7)
    assert a.occupancy == pytest.approx(theirs["occupancy"], abs=5e-7)
    assert a.mean_s / 60 == pytest.approx(theirs["asa_min"], abs=5e-7)


@published
def test_desks_for_112() -> None:
    """The table of EVALUATION: 90 % in 15 s and 95 % in 20 s, at two desks or more."""
    for row in _tables()["staffing_112"]:
        calls_s, aht = row["calls_per_hour"] / 3_600, row["aht_s"]
        ninety = desks_needed(calls_s, aht, (Goal(0.9, 15),), least=1)
        assert ninety == row["agents_90_15"], row
        assert desks_needed(calls_s, aht, (Goal(0.95, 20),), least=1) == row["agents_95_20"], row
    wanted = {(3.5, 90): 2, (10, 180): 3, (40, 180): 5, (60, 180): 7, (90, 120): 7, (120, 180): 11}
    for (calls, aht), desks in wanted.items():
        assert desks_needed(calls / 3_600, aht) == desks


def test_a_simulation_of_impatient_callers_agrees() -> None:
    """20,000 calls one by one, no formula in it: lost, waiting, answered within 20 s."""
    chance = np.random.default_rng(112)
    calls_s, handling_s, patience_s, desks, n = 0.05, 120.0, 90.0, 6, 20_000
    arrival = np.cumsum(chance.exponential(1 / calls_s, n))
    handling, patience = chance.exponential(handling_s, n), chance.exponential(patience_s, n)
    free = [0.0] * desks
    waits: list[float] = []
    lost = 0
    for at, work, stays in zip(arrival, handling, patience, strict=True):
        first = min(range(desks), key=free.__getitem__)
        wait = max(free[first] - at, 0.0)
        if wait > stays:
            lost += 1
            continue
        free[first] = at + wait + work
        waits.append(wait)
    room = Patient(calls_s=calls_s, handling_s=handling_s, patience_s=patience_s, desks=desks)
    found = room.wait()
    assert lost / n == pytest.approx(found.lost, abs=0.012)
    quick = sum(wait <= 20 for wait in waits) / n
    assert quick == pytest.approx(room.answered_within(20), abs=0.015)
    assert room.answered_within(0) == pytest.approx(1 - found.p_wait)
    everybody = room.answered_within(1e6)
    assert everybody == pytest.approx(1 - found.lost, rel=1e-9)


def test_patience_at_its_ends_and_loads_that_cannot_be_carried() -> None:
    """Endless patience is Erlang C; too much load is infinite, not an error."""
    endless = Patient(calls_s=0.5, handling_s=60, patience_s=1e9, desks=35)
    assert endless.wait().p_wait == pytest.approx(wait_c(0.5, 60, 35).p_wait, rel=1e-5)
    assert erlang_c(5, 5) == 1
    assert wait_c(1, 60, 10).mean_s == math.inf
    assert answered_within_c(1, 60, 10, 15) == 0
    overloaded = Patient(calls_s=1, handling_s=60, patience_s=60, desks=30).wait()
    assert overloaded.lost == pytest.approx(0.5, abs=0.01)
    assert desks_needed(1 / 3_600, 60) == DESKS_MIN
    with pytest.raises(ValueError, match="more than 2000 desks"):
        desks_needed(100, 60)
    with pytest.raises(ValueError, match="erlangs is none"):
        erlang_b(-1, 3)


def test_patience_makes_fewer_desks_enough_only_when_few_hang_up_in_time() -> None:
    """With patience the goal is of all offered: who hangs up was not answered."""
    without = desks_needed(120 / 3_600, 180)
    with_patience = desks_needed(120 / 3_600, 180, patience_s=120)
    assert with_patience <= without
    room = Patient(calls_s=120 / 3_600, handling_s=180, patience_s=120, desks=with_patience)
    assert room.answered_within(15) >= 0.9
    assert room.answered_within(20) >= 0.95


def test_a_room_that_nobody_calls() -> None:
    """No call, or desks beyond all need: everybody is answered at once."""
    for calls_s, desks in ((0.0, 2), (1e-9, 500)):
        room = Patient(calls_s=calls_s, handling_s=120, patience_s=60, desks=desks)
        assert room.answered_within(15) == 1
        assert room.wait().lost == 0
    assert desks_needed(0.0, 120, patience_s=60) == DESKS_MIN


def test_desks_are_for_a_busy_hour_on_every_screen() -> None:
    """Forty calls an hour of two minutes: four desks for the mean, five for nine hours of ten; and
    callers who hang up are reckoned with from three of a hundred on."""
    stays = patience_of(np.full(970, 4.0), np.full(20, 60.0))
    leaves = patience_of(np.full(700, 20.0), np.full(300, 40.0))
    assert (stays.counts, leaves.counts) == (False, True)
    assert desks_for(40, 120, stays) == 4
    assert busy_hour(40, 0.0) == 48
    assert desks_for(busy_hour(40, 0.0), 120, stays) == 5
    assert desks_for(90, 120, leaves) <= desks_for(90, 120, stays)
    assert busy_hour(40, 0.2) > busy_hour(40, 0.0)
