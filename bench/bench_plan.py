"""Plans: placement with its proof, the forty medians of the OR-Library, and the twin's speed.

SimPy is compared where `BENCH_PEERS` names a folder that has it (it is no dependency): the same
lean city, the same calls, turn by turn with the twin in one run; the quickest of each counts.
"""

import csv
import importlib
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import structs

from benched import tell

_TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(_TESTS / "plan"))
if os.environ.get("BENCH_PEERS"):
    sys.path.append(os.environ["BENCH_PEERS"])

from or_library import PMED, pmed_costs, pmed_optimum  # noqa: E402 - found by the path above
from plan_story import straight_table, true_city, true_demand  # noqa: E402
from twin_towns import one_line  # noqa: E402
from utrecht import UTRECHT, city, expected, trace  # noqa: E402

from kentongan.cities.pack import load, packaged  # noqa: E402
from kentongan.plan.certificate import gap, prove  # noqa: E402
from kentongan.plan.median import p_median  # noqa: E402
from kentongan.plan.placement import Reach, checked, place  # noqa: E402
from kentongan.plan.twin.city import City, Roads, Trace, Unit  # noqa: E402
from kentongan.plan.twin.engine import Outcome, keep_compiled_in, simulate  # noqa: E402
from kentongan.plan.twin.figures import Figures, differences, figures  # noqa: E402
from kentongan.plan.twin.generate import generate  # noqa: E402
from kentongan.plan.twin.rows import HOURS_OF_WEEK, NOBODY  # noqa: E402

YEAR_S = 365 * 86_400
EACH_DAY = 36
"""Semarang's emergencies."""

TURNS = 5


def bench_placement() -> None:
    """2,000 cells, 200 sites, as in the design: the answer and the gap after so many seconds."""
    chance = np.random.default_rng(8)
    cells, sites = chance.random((2_000, 2)) * 20, chance.random((200, 2)) * 20
    demand = chance.gamma(0.6, 1.0, 2_000)
    far = np.hypot(*(sites[:, None] - cells[None]).transpose(2, 0, 1))
    for units, busy, minutes in ((20, 0.3, 8), (40, 0.3, 8), (60, 0.4, 8), (100, 0.5, 8)):
        reach = Reach(far <= minutes * 0.45, demand / demand.sum())
        wall = time.perf_counter()
        placed = place(reach, units, busy, np.random.default_rng(1))
        tell(f"MEXCLP {units} units: answer", time.perf_counter() - wall, "s")
        wall = time.perf_counter()
        proof = prove(checked(reach, units, busy), units, busy, 30)
        tell(f"MEXCLP {units} units: HiGHS", time.perf_counter() - wall, "s")
        tell(f"MEXCLP {units} units: gap", gap(proof.bound, placed.objective) * 100, "%")


def bench_medians() -> None:
    """All forty published instances."""
    gaps: list[float] = []
    wall = time.perf_counter()
    for number in range(1, 41):
        cost, many = pmed_costs(PMED / f"pmed{number}.txt")
        chosen = p_median(cost, np.ones(len(cost)), many, np.random.default_rng(1))
        best = pmed_optimum(f"pmed{number}")
        gaps.append(chosen.cost / best - 1)
        tell(
            f"OR-Library pmed{number}: {len(cost)} places, {many} chosen, over {best}",
            float(chosen.cost - best),
            "of cost",
        )
    tell("OR-Library: 40 medians", time.perf_counter() - wall, "s")
    tell("OR-Library: mean gap", float(np.mean(gaps)) * 100, "%", bar=0.1)
    tell("OR-Library: worst gap", float(np.max(gaps)) * 100, "%")
    tell("OR-Library: optimum found", float(np.sum(np.array(gaps) < 1e-9)), "of 40")


def lean_city(units: int = 60, nodes: int = 200) -> City:
    """A city without anything special: one kind of incident, everybody is able."""
    chance = np.random.default_rng(5)
    x, y = chance.random(nodes) * 15_000, chance.random(nodes) * 15_000
    metres = np.hypot(x[:, None] - x[None], y[:, None] - y[None])
    homes = chance.integers(0, nodes, units)
    return City(
        roads=Roads(
            x=x,
            y=y,
            seconds=(metres / 9)[None],
            metres=metres,
            band=np.zeros(HOURS_OF_WEEK, dtype=np.int64),
        ),
        hospitals=(),
        units=tuple(Unit(key=str(n), home=int(home)) for n, home in enumerate(homes)),
        sends=one_line(units),
    )


def lean_calls(many: int, nodes: int = 200) -> Trace:
    """A year of them."""
    chance = np.random.default_rng(6)
    at = np.sort(chance.random(many)) * YEAR_S
    nothing = np.zeros(many, dtype=np.int64)
    return Trace(
        called=at,
        ready=at,
        node=chance.integers(0, nodes, many),
        plan=nothing,
        urgency=nothing,
        carried=nothing,
        scene=chance.exponential(2_400, many),
        handover=np.zeros(many),
        stray=np.ones(many),
        weather=np.ones(1),
    )


def in_simpy(simpy: Any, made: City, asked: Trace) -> tuple[float, list[int]]:
    """The same city in SimPy, as lean processes. Seconds of processor, and who went."""
    seconds = made.roads.seconds[0].tolist()
    x, y = made.roads.x, made.roads.y
    homes = [unit.home for unit in made.units]
    units = len(homes)
    busy, start, left, back = [False] * units, list(homes), [0.0] * units, [0.0] * units
    waiting: list[int] = []
    went = [NOBODY] * len(asked)
    node, scene, ready = asked.node.tolist(), asked.scene.tolist(), asked.ready.tolist()
    env = simpy.Environment()

    def standing(unit: int) -> int:
        now = env.now
        if now >= back[unit] or start[unit] == homes[unit]:
            return homes[unit]
        share = (now - left[unit]) / (back[unit] - left[unit])
        at_x = x[start[unit]] + share * (x[homes[unit]] - x[start[unit]])
        at_y = y[start[unit]] + share * (y[homes[unit]] - y[start[unit]])
        return int(np.argmin((x - at_x) ** 2 + (y - at_y) ** 2))

    def work(unit: int, call: int) -> Any:
        while True:
            busy[unit], went[call] = True, unit
            yield env.timeout(seconds[standing(unit)][node[call]] + scene[call])
            start[unit], left[unit] = node[call], env.now
            back[unit] = env.now + seconds[node[call]][homes[unit]] / made.rule.home_pace
            if not waiting:
                busy[unit] = False
                return
            call = waiting.pop(0)

    def source() -> Any:
        for call, at in enumerate(ready):
            yield env.timeout(at - env.now)
            free = [unit for unit in range(units) if not busy[unit]]
            if free:
                env.process(work(min(free, key=lambda u: seconds[standing(u)][node[call]]), call))
            else:
                waiting.append(call)

    env.process(source())
    used = time.process_time()
    env.run()
    return time.process_time() - used, went


def run_for(made: City, asked: Trace, engine: str) -> tuple[float, Outcome]:
    """Seconds of processor of a run, which other work on the machine does not lengthen; the run."""
    used = time.process_time()
    found = simulate(made, asked, engine)
    return time.process_time() - used, found


def bench_twin() -> None:
    """200,000 calls a year, 60 units; then Semarang's size thirty times."""
    made, asked = lean_city(), lean_calls(200_000)
    with tempfile.TemporaryDirectory() as folder:
        keep_compiled_in(Path(folder))
        tell("twin: compiled", run_for(made, lean_calls(10), "numba")[0], "s")
    compiled_s, found = run_for(made, asked, "numba")
    tell("twin, compiled: a year of 200,000 calls", compiled_s, "s")
    tell("twin, compiled: events", found.events / compiled_s, "events/s")
    few = lean_calls(20_000)
    slow_s, slow = run_for(made, few, "heapq")
    tell("twin, interpreted: events", slow.events / slow_s, "events/s")
    try:
        simpy = importlib.import_module("simpy")
    except ImportError:
        print('{"name": "SimPy", "value": null, "unit": "not installed"}')
        return
    turns = [(in_simpy(simpy, made, few), run_for(made, few, "numba")) for _ in range(TURNS)]
    simpy_s, own_s = (min(turn[side][0] for turn in turns) for side in (0, 1))
    went, own = turns[0][0][1], turns[0][1][1]
    tell("SimPy: calls", len(few) / simpy_s, "calls/s")
    tell("twin, compiled: calls", len(few) / own_s, "calls/s")
    tell("twin over SimPy, same calls", simpy_s / own_s, "times", at_least=10)
    tell(
        "same unit as SimPy",
        sum(a == b for a, b in zip(own.unit.tolist(), went, strict=True)) / len(went) * 100,
        "%",
    )


def bench_what_if() -> None:
    """Thirty years of the city pack's own fleet, with and without a unit, on straight roads.

    Not in it of `kentongan plan what-if`: reading the record and the roads, learning the demand,
    and the replay of the recorded incidents with its resampled days.
    """
    pack = load(packaged())
    table = straight_table(pack)
    now, demand = true_city(pack, table), true_demand(table, each_day=EACH_DAY)
    nobody = np.zeros(HOURS_OF_WEEK, dtype=np.bool_)
    then = structs.replace(now, units=(structs.replace(now.units[0], duty=nobody), *now.units[1:]))
    found: dict[bool, list[Figures]] = {False: [], True: []}
    wall, used = time.perf_counter(), time.process_time()
    for seed in range(30):
        trace = generate(demand, 365, seed)
        for is_changed, made in enumerate((now, then)):
            outcome = simulate(made, trace, "numba")
            found[bool(is_changed)].append(figures(made, trace, outcome, 600))
    told = differences(found[False], found[True])
    tell("what-if: 30 years twice, units", float(len(now.units)), "units")
    tell("what-if: 30 years twice", time.perf_counter() - wall, "s wall")
    tell("what-if: 30 years twice, processor", time.process_time() - used, "s")
    tell("what-if: mean response", told[1].change, "s")


def bench_utrecht() -> None:
    """The four recorded runs, compiled; `AssertionError` when one other ambulance was sent."""
    if not UTRECHT.is_dir():
        return
    for case, told in expected()["des"]["cases"].items():
        seconds, found = run_for(city(told["base_file"]), trace(case), "numba")
        with (UTRECHT / "des_trace" / f"Patient_Test_Diesel_{case}.csv").open() as lines:
            sent = [int(float(row["assigned_to_ambulance_nr"])) for row in csv.DictReader(lines)]
        assert found.unit.tolist() == sent, f"Utrecht {case}: not the recorded ambulances"
        tell(f"Utrecht {case}: {told['calls']} calls", seconds * 1_000, "ms")


def main() -> None:
    """Everything, one line a figure."""
    bench_twin()
    bench_what_if()
    bench_utrecht()
    bench_placement()
    if PMED.is_dir():
        bench_medians()
    tell("memory at most", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, "GB")


if __name__ == "__main__":
    main()
