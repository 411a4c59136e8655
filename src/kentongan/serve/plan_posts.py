"""`kentongan plan posts`: where units should stand, by MEXCLP on the city's own road times."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from kentongan.app.ports import Unavailable
from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack
from kentongan.core.rows import UnitRow
from kentongan.edge.geo.network.profiles import BANDS, profile_of
from kentongan.edge.geo.network.road_network import NetworkBroken
from kentongan.measure.clocks import Clock
from kentongan.measure.subjects import IncidentCase, PartCase
from kentongan.measure.table import aligned
from kentongan.plan.arrays import Floats, Whole
from kentongan.plan.certificate import Proof, gap, prove
from kentongan.plan.placement import Reach, checked, in_reach, objective, place
from kentongan.serve.plan_record import Record, read_record, units_of
from kentongan.serve.plan_roads import RoadMaker, RoadTable
from kentongan.settings import Settings
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store

BUSY: Final = 0.3
"""Share of its time that a unit is taken to be busy while the record says nothing."""

BUSY_MIN: Final = 0.02
SMOOTH_M: Final = 700.0
"""An incident counts for the cells around it, metres (deviation of a normal curve)."""

PRIOR: Final = 50.0
"""Incidents' worth of weight spread over the road junctions: nobody lives where nothing happened is
not what a short record says."""

WORKS_MIN: Final = 30
SEED: Final = 112


class Site(Struct, frozen=True, kw_only=True):
    """A place to stand, with the units there now and by the plan."""

    key: str
    name: str
    lat: float
    lon: float
    now: int
    planned: int


class Cell(Struct, frozen=True, kw_only=True):
    """A cell of the city: its share of the demand, and the shares of it that are covered although
    units are busy at times, now and by the plan."""

    lat: float
    lon: float
    demand: float
    now: float
    planned: float


class PostPlan(Struct, frozen=True, kw_only=True):
    """The answer. `now` and `planned` are MEXCLP's shares of demand covered although units are busy
    at times; `reach_*` the shares within reach when all are free. `bound` is what no plan exceeds,
    `gap` by what share it is above `planned`."""

    units: int
    kind: str
    minutes: float
    busy: float
    busy_from: str
    incidents: int
    roads: str
    now_units: int
    now: float
    planned: float
    reach_now: float
    reach_planned: float
    sites: tuple[Site, ...]
    cells: tuple[Cell, ...]
    bound: float | None = None
    gap: float | None = None
    proved: bool = False


def run_posts(settings: Settings, parsed: argparse.Namespace) -> int:
    """Print the plan, then the proof of how much better one could be."""
    try:
        roads = RoadMaker(settings)
        record = read_record(open_store(settings.store_url), datetime.now(UTC))
        training = parsed.training or settings.training
        question = PostQuestion(
            parsed, roads.pack, record, roads.table(), roads.offset, training=training
        )
        found = question.answer()
        with ThreadPoolExecutor(1) as beside:
            proof = beside.submit(question.proof, parsed.prove)
            if not parsed.json:
                print(_table(found), flush=True)
            found = _proved(found, proof)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except (StoreError, Unavailable, NetworkBroken, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(msgspec.json.encode(found).decode() if parsed.json else _certificate(found, parsed.prove))
    return 0


class PostQuestion:
    """What is asked, with everything it is answered from."""

    def __init__(
        self, parsed: argparse.Namespace, pack: CityPack, record: Record, table: RoadTable,
        offset: timedelta, *, training: bool = False,
    ) -> None:  # fmt: skip
        self.kind: str = parsed.kind
        self.minutes: float = parsed.minutes
        if not 1 <= self.minutes <= 60:
            raise ValueError(f"--minutes {self.minutes:g}: 1 to 60")
        self.table, self.record, self.offset = table, record, offset
        self.units = [u for u in units_of(record, pack) if u.unit_kind.startswith(self.kind)]
        if not self.units:
            raise ValueError(f"--kind {self.kind}: this city has no such unit")
        self.many: int = parsed.units or len(self.units)
        cases = [case for case in record.cases.incidents.values() if case.training == training]
        self.cases = [case for case in cases if _works(case, self.units)]
        self.busy, self.busy_from = self._busy(parsed.busy)
        places = table.places
        self.sites = np.arange(places.cells, len(places.keys))
        self.reach = self._reach(parsed.hour)

    def answer(self) -> PostPlan:
        """Now against planned."""
        chance = np.random.default_rng(SEED)
        planned = place(self.reach, self.many, self.busy, chance).units
        now = self._now()
        places = self.table.places
        keys = [places.keys[n] for n in self.sites]
        return PostPlan(
            units=self.many,
            kind=self.kind,
            minutes=self.minutes,
            busy=self.busy,
            busy_from=self.busy_from,
            incidents=len(self.cases),
            roads=self.table.source,
            now_units=len(self.units),
            now=objective(self.reach, now, self.busy),
            planned=objective(self.reach, planned, self.busy),
            reach_now=in_reach(self.reach, now),
            reach_planned=in_reach(self.reach, planned),
            sites=tuple(
                Site(
                    key=keys[n],
                    name=places.names[int(self.sites[n])],
                    lat=round(float(places.lat[self.sites[n]]), 5),
                    lon=round(float(places.lon[self.sites[n]]), 5),
                    now=int(now[n]),
                    planned=int(planned[n]),
                )
                for n in np.flatnonzero(now + planned).tolist()
            ),
            cells=self._covered(now, planned),
        )

    def _covered(self, now: Whole, planned: Whole) -> tuple[Cell, ...]:
        """Each cell, parts of the day taken together by what happens in them."""
        places, demand = self.table.places, self.reach.demand.reshape(-1, self.table.places.cells)
        of = demand.sum(axis=0)
        shares = [
            (demand * (1 - self.busy ** (units @ self.reach.covers)).reshape(demand.shape)).sum(
                axis=0
            )
            / np.maximum(of, 1e-12)
            for units in (now, planned)
        ]
        return tuple(
            Cell(
                lat=round(float(places.lat[n]), 5),
                lon=round(float(places.lon[n]), 5),
                demand=round(float(of[n]), 6),
                now=round(float(shares[0][n]), 4),
                planned=round(float(shares[1][n]), 4),
            )
            for n in range(places.cells)
        )

    def proof(self, seconds: float) -> Proof | None:
        """By HiGHS; None when no time was given."""
        if seconds <= 0:
            return None
        merged = checked(self.reach, self.many, self.busy)
        return prove(merged, self.many, self.busy, seconds)

    def _now(self) -> Whole:
        at = self.table.places.nearest([_stands(unit, self.table) for unit in self.units])
        named = [int(np.argmin(np.abs(self.sites - n))) for n in at]
        return np.bincount(named, minlength=len(self.sites))

    def _busy(self, asked: float | None) -> tuple[float, str]:
        if asked is not None:
            return asked, "as asked"
        spans = [span for case in self.cases for span in _spans(case, self.units)]
        if len(spans) < WORKS_MIN:
            return BUSY, f"assumed: fewer than {WORKS_MIN} works on record"
        begin, end = min(s for s, _ in spans), max(e for _, e in spans)
        worked = sum((e - s).total_seconds() for s, e in spans)
        share = worked / ((end - begin).total_seconds() * len(self.units))
        return min(max(share, BUSY_MIN), 0.95), f"measured on {len(spans)} works"

    def _reach(self, hour: int | None) -> Reach:
        if hour is not None and not 0 <= hour <= 23:
            raise ValueError(f"--hour {hour}: 0 to 23")
        weights = self._cells()
        pace = self.table.pace[profile_of(self.units[0].unit_kind)]
        shares = self._bands() if hour is None else _only(int(self.table.band[hour]))
        cells = self.table.places.cells
        covers = [
            self.table.seconds[band][self.sites, :cells] * pace <= self.minutes * 60
            for band in range(len(BANDS))
            if shares[band] > 0
        ]
        demand = [weights * share for share in shares if share > 0]
        return Reach(np.concatenate(covers, axis=1), np.concatenate(demand))

    def _cells(self) -> Floats:
        """Each cell's share of demand: incidents smoothed, and a little for every road."""
        places = self.table.places
        plane = places.plane()[: places.cells]
        prior = places.weight[: places.cells] / places.weight.sum() * PRIOR
        points = [case.point for case in self.cases if case.point is not None]
        found = prior.copy()
        near_to: list[int] = places.nearest(points, only_cells=True).tolist()
        for n, many in Counter(near_to).items():
            far = ((plane - plane[n]) ** 2).sum(axis=1)
            near = np.exp(-far / (2 * SMOOTH_M**2))
            found += many * near / near.sum()
        return found / found.sum()

    def _bands(self) -> Floats:
        """Each part of the day's share of incidents, or of its hours."""
        hours = [
            int((stamp.at + self.offset).hour)
            for case in self.cases
            if (stamp := case.own.get(Clock.OPENED)) is not None
        ]
        of = self.table.band[np.array(hours if len(hours) >= WORKS_MIN else range(24))]
        counts = np.bincount(of, minlength=len(BANDS)).astype(np.float64)
        return counts / counts.sum()


def _only(band: int) -> Floats:
    shares = np.zeros(len(BANDS))
    shares[band] = 1.0
    return shares


def _stands(unit: UnitRow, table: RoadTable) -> Point:
    """Its post where the table has it by name, else its home."""
    keys = table.places.keys
    if unit.post in keys:
        n = keys.index(unit.post)
        return Point(float(table.places.lat[n]), float(table.places.lon[n]))
    return unit.home


def _works(case: IncidentCase, units: Sequence[UnitRow]) -> list[PartCase]:
    keys = {unit.key for unit in units}
    return [work for work in case.works if work.unit in keys]


def _spans(case: IncidentCase, units: Sequence[UnitRow]) -> list[tuple[datetime, datetime]]:
    return [
        (work.stamps[Clock.ASSIGNED].at, work.stamps[Clock.CLEAR].at)
        for work in _works(case, units)
        if Clock.ASSIGNED in work.stamps and Clock.CLEAR in work.stamps
    ]


def _proved(found: PostPlan, proof: Future[Proof | None]) -> PostPlan:
    """With the bound; the plan stays the one that was shown."""
    proved = proof.result()
    if proved is None or not np.isfinite(proved.bound):
        return found
    bound = max(proved.bound, found.planned)
    return msgspec.structs.replace(
        found, bound=bound, gap=gap(bound, found.planned), proved=proved.is_optimal
    )


def _certificate(found: PostPlan, seconds: float) -> str:
    if seconds <= 0:
        return "not proved (--prove 0)"
    if found.bound is None or found.gap is None:
        return f"HiGHS proved nothing in {seconds:.0f} s; --prove gives it longer"
    done = "proved to the end" if found.proved else f"after {seconds:.0f} s"
    return f"at most {found.gap:.2%} better is possible: no plan exceeds {found.bound:.4f} ({done})"


def _table(found: PostPlan) -> str:
    rows = [
        (one.key, one.name, str(one.now), str(one.planned), _move(one))
        for one in sorted(found.sites, key=lambda one: (-one.planned, -one.now, one.key))
    ]
    title = (
        f"{found.units} units ({found.kind}) within {found.minutes:g} min of driving; "
        f"busy {found.busy:.0%} of their time ({found.busy_from}); "
        f"{found.incidents} incidents on record; {found.roads}"
    )
    covered = (
        f"covered although units are busy: now {found.now:.1%} with {found.now_units} units, "
        f"planned {found.planned:.1%} with {found.units}; "
        f"in reach when all are free: {found.reach_now:.1%}, planned {found.reach_planned:.1%}"
    )
    return "\n".join([title, *aligned([("post", "", "now", "planned", ""), *rows]), covered])


def _move(one: Site) -> str:
    change = one.planned - one.now
    return f"{change:+d}" if change else ""
