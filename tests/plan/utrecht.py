"""The ambulance region of Utrecht, read from beside the project; absent elsewhere."""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kentongan.plan.arrays import Floats
from kentongan.plan.placement import Reach
from kentongan.plan.twin.city import City, Hospital, Roads, Rule, Sends, Trace, Unit
from kentongan.plan.twin.rows import HOURS_OF_WEEK

OR = Path(__file__).parents[3] / "shared" / "vectors" / "or"
UTRECHT = OR / "utrecht_ravu"
utrecht = pytest.mark.skipif(not UTRECHT.is_dir(), reason=f"no published instance: {UTRECHT}")


@cache
def expected() -> dict[str, Any]:
    """What was published about it."""
    return json.loads((UTRECHT / "expected.json").read_text())


def rows(name: str) -> list[list[str]]:
    """A file without its header."""
    with (UTRECHT / name).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))[1:]


def column(name: str) -> Floats:
    """A file of one number a line."""
    words = [row[0] for row in rows(name)]
    return np.array([float(word in {"True", "1", "1.0"} if word in {"True", "False"} else word)
                     for word in words])  # fmt: skip


@cache
def codes() -> dict[str, int]:
    """The number of each postcode."""
    return {row[0]: n for n, row in enumerate(rows("siren_driving_matrix_2022.csv"))}


@cache
def siren() -> Floats:
    """Minutes with siren as in the file. The recorded runs drive from a row to a column; the
    published placements cover a row from a column."""
    return np.array(
        [[float(one) for one in row[1:]] for row in rows("siren_driving_matrix_2022.csv")]
    )


def bases() -> list[int]:
    """Where an ambulance may wait."""
    return [codes()[row[0]] for row in rows("RAVU_base_locations_Utrecht_2021.csv")]


def reach(minutes: float) -> Reach:
    """Which postcodes each base covers, weighted by inhabitants."""
    nodes = {row[0]: float(row[3]) for row in rows("nodes_Utrecht_2021.csv")}
    demand = np.array([nodes[code] for code in codes()])
    return Reach(siren().T[bases()] <= minutes, demand)


def city(base_file: str) -> City:
    """The region with its ambulances, as `expected.json` tells its rules; minutes."""
    place = {row[0]: (float(row[1]), float(row[2])) for row in rows("nodes_Utrecht_2021.csv")}
    homes = [codes()[row[1]] for row in rows(base_file)]
    one = np.array([0], dtype=np.int64)
    distance = np.array([[float(v) for v in row[1:]] for row in rows("distance_matrix_2022.csv")])
    return City(
        roads=Roads(
            x=np.array([place[code][0] for code in codes()]),
            y=np.array([place[code][1] for code in codes()]),
            seconds=siren()[None],
            metres=distance,
            band=np.zeros(HOURS_OF_WEEK, dtype=np.int64),
        ),
        hospitals=tuple(
            Hospital(key=row[0], node=codes()[row[0]])
            for row in rows("Hospital_Postal_Codes_Utrecht_2021.csv")
        ),
        units=tuple(Unit(key=str(n), home=home) for n, home in enumerate(homes)),
        sends=Sends(
            plans=("ambulance",),
            first=np.array([0, 1]),
            line=one,
            carries=one + 1,
            tier=np.zeros((1, len(homes)), dtype=np.int64),
            fills=np.ones((1, len(homes)), dtype=np.int64),
        ),
        rule=Rule(home_pace=expected()["des"]["no_siren_penalty"]),
    )


def trace(case: str) -> Trace:
    """The calls of one recorded run."""

    def recorded(name: str) -> Floats:
        return column(f"des_trace/{name}_test_run_simulation_diesel_{case}.csv")

    at = np.cumsum(recorded("interarrival_times"))
    words = rows(f"des_trace/location_IDs_test_run_simulation_diesel_{case}.csv")
    calls = len(at)
    nothing = np.zeros(calls, dtype=np.int64)
    return Trace(
        called=at,
        ready=at,
        node=np.array([codes()[str(int(float(row[0])))] for row in words]),
        plan=nothing,
        urgency=nothing,
        carried=recorded("to_hospital_bool").astype(np.int64),
        scene=recorded("on_site_aid_times"),
        handover=recorded("drop_off_times"),
        stray=np.ones(calls),
        weather=np.ones(1),
    )
