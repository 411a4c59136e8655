"""What the twin is made of: roads, hospitals, units and plans, and the incidents of a run.

Times are seconds (or whatever the road table is in), distances metres, weeks begin on Monday 0 h of
the city's clock.
"""

from typing import Final

import numpy as np
from msgspec import Struct, structs

from kentongan.plan.arrays import Flags, Floats, Whole
from kentongan.plan.twin.rows import BAYS_MAX, HOURS_OF_WEEK, SEATS_MAX

NODES_MAX: Final = 4_000
UNITS_MAX: Final = 2_000
INCIDENTS_MAX: Final = 5_000_000


class CityBroken(ValueError):  # noqa: N818 - named as what is the matter
    """What was put together is no city."""


class Roads(Struct, frozen=True, eq=False, kw_only=True):
    """Driving with siren between nodes. `seconds[band, from, to]` is infinite without a road;
    `band` says which table an hour of the week drives by; `covers[node, area]`, if known, what is
    in reach from a node."""

    x: Floats
    y: Floats
    seconds: Floats
    metres: Floats
    band: Whole
    covers: Flags | None = None


class Hospital(Struct, frozen=True, kw_only=True):
    """Where patients go; it takes over `bays` at a time, 0 without a limit."""

    key: str
    node: int
    bays: int = 0


class Unit(Struct, frozen=True, kw_only=True):
    """A unit: `pace` over the road table's times, `turnout_s` until it rolls from its post, `duty`
    by hour of the week (None is always)."""

    key: str
    home: int
    pace: float = 1.0
    turnout_s: float = 0.0
    duty: Flags | None = None


class Sends(Struct, frozen=True, eq=False, kw_only=True):
    """What is sent to each kind of incident, and who can do it: `tier[plan, unit]` is the core's
    fit (-1 none), `fills[line, unit]` 1 for all that a line asks and 2 for a part;
    `spares[other, unit]` 2 when the other is lower than the unit and 1 when it is plainer."""

    plans: tuple[str, ...]
    first: Whole
    line: Whole
    carries: Whole
    tier: Whole
    fills: Whole
    spares: Whole | None = None


class Rule(Struct, frozen=True, kw_only=True):
    """`high` makes the latest arrival of a reckoned one; `home_pace` is the speed without siren
    over that with it; `spares` weighs what a unit leaves uncovered as the core does; `waits` counts
    a hospital's queue when one is chosen; mutual aid counts as `own_first_s` later."""

    high: float = 1.0
    home_pace: float = 0.95
    spares: bool = False
    waits: bool = False
    own_first_s: float = 0.0


class City(Struct, frozen=True, eq=False, kw_only=True):
    """A city as the twin knows it."""

    roads: Roads
    hospitals: tuple[Hospital, ...]
    units: tuple[Unit, ...]
    sends: Sends
    rule: Rule = Rule()


class Trace(Struct, frozen=True, eq=False, kw_only=True):
    """Incidents in order of `ready`. `called` is when the citizen's clock begins; `stray` the
    road's chance as a factor; `weather` a factor by hour of the run, which begins in `first_hour`
    of the week. Two cities get the same trace: that is what makes their difference sharp."""

    called: Floats
    ready: Floats
    node: Whole
    plan: Whole
    urgency: Whole
    carried: Whole
    scene: Floats
    handover: Floats
    stray: Floats
    weather: Floats
    first_hour: int = 0

    def __len__(self) -> int:
        return len(self.ready)


def in_order(trace: Trace) -> Trace:
    """The same incidents, in order of when somebody may be sent."""
    order = np.argsort(trace.ready, kind="stable")
    names = ("called", "ready", "node", "plan", "urgency", "carried", "scene", "handover", "stray")
    return structs.replace(trace, **{name: getattr(trace, name)[order] for name in names})


def check(city: City, trace: Trace) -> None:
    """`CityBroken` when something cannot be: said before a run, because a run looks at nothing."""
    nodes, units = len(city.roads.x), len(city.units)
    plans, lines = len(city.sends.plans), len(city.sends.carries)
    wanted = {
        "seconds": city.roads.seconds.shape[1:] == (nodes, nodes),
        "metres": city.roads.metres.shape == (nodes, nodes),
        "band": len(city.roads.band) == HOURS_OF_WEEK
        and int(city.roads.band.max()) < len(city.roads.seconds),
        "nodes": 1 <= nodes <= NODES_MAX,
        "units": 1 <= units <= UNITS_MAX,
        "tier": city.sends.tier.shape == (plans, units),
        "fills": city.sends.fills.shape == (lines, units),
        "spares": city.sends.spares is None or city.sends.spares.shape == (units, units),
        "lines": len(city.sends.first) == plans + 1
        and bool((np.diff(city.sends.first) <= SEATS_MAX).all()),
        "incidents": len(trace) <= INCIDENTS_MAX,
        "order": bool((np.diff(trace.ready) >= 0).all()),
        "weather": len(trace.weather) > 0,
        "places": not len(trace) or 0 <= int(trace.node.min()) <= int(trace.node.max()) < nodes,
        "plans": not len(trace) or 0 <= int(trace.plan.min()) <= int(trace.plan.max()) < plans,
        "homes": all(0 <= unit.home < nodes for unit in city.units),
        "hospitals": all(
            0 <= one.node < nodes and 0 <= one.bays <= BAYS_MAX for one in city.hospitals
        ),
    }
    wrong = [name for name, is_right in wanted.items() if not is_right]
    if wrong:
        raise CityBroken(f"not a city: {', '.join(wrong)}")
