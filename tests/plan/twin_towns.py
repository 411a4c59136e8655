"""Small towns whose answers can be worked out by hand, and random ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import structs

from kentongan.plan.arrays import Whole
from kentongan.plan.twin.city import City, Hospital, Roads, Rule, Sends, Trace, Unit
from kentongan.plan.twin.rows import HOURS_OF_WEEK


def town(
    units: Sequence[Unit],
    *,
    nodes: int = 11,
    minute: float = 60.0,
    hospitals: Sequence[Hospital] = (),
    sends: Sends | None = None,
    rule: Rule | None = None,
) -> City:
    """A street with a node every minute of driving and every kilometre."""
    at = np.arange(nodes, dtype=np.float64)
    far = np.abs(at[:, None] - at[None])
    return City(
        roads=Roads(
            x=at * 1_000,
            y=np.zeros(nodes),
            seconds=(far * minute)[None],
            metres=far * 1_000,
            band=np.zeros(HOURS_OF_WEEK, dtype=np.int64),
        ),
        hospitals=tuple(hospitals),
        units=tuple(units),
        sends=sends or one_line(len(units)),
        rule=rule or Rule(home_pace=1.0),
    )


def one_line(units: int) -> Sends:
    """One kind of incident that any unit can do alone."""
    return Sends(
        plans=("any",),
        first=np.array([0, 1]),
        line=np.array([0]),
        carries=np.array([1]),
        tier=np.zeros((1, units), dtype=np.int64),
        fills=np.ones((1, units), dtype=np.int64),
    )


def calls(at: Sequence[float], node: Sequence[int], **given: Any) -> Trace:
    """Incidents at these seconds and nodes: 600 s at the place, nobody is taken away."""
    many = len(at)
    nothing = np.zeros(many, dtype=np.int64)
    trace = Trace(
        called=np.array(at, dtype=np.float64),
        ready=np.array(at, dtype=np.float64),
        node=np.array(node),
        plan=nothing,
        urgency=nothing,
        carried=nothing,
        scene=np.full(many, 600.0),
        handover=np.zeros(many),
        stray=np.ones(many),
        weather=np.ones(1),
    )
    return structs.replace(trace, **given)


def _random_spares(seed: int, units: int) -> Whole:
    """Who may go in whose place: lower by two steps, plainer by one, of a random ability."""
    able = np.random.default_rng([seed, 1]).integers(0, 4, units)
    less = able[None, :] - able[:, None]
    return np.where(less >= 2, 2, np.where(less == 1, 1, 0))


def random_city(seed: int, units: int = 12, nodes: int = 30) -> tuple[City, Trace]:
    """Several plans of several seats, duty by the hour, bays, areas and weather, at random."""
    chance = np.random.default_rng(seed)
    x, y = chance.random(nodes) * 10_000, chance.random(nodes) * 10_000
    metres = np.hypot(x[:, None] - x[None], y[:, None] - y[None])
    seconds = np.stack([metres / 10, metres / 7])
    seconds[:, 3, 5] = np.inf
    lines, plans = 4, 5
    first = np.concatenate(([0], np.cumsum(chance.integers(1, 5, plans))))
    fills = chance.choice([0, 1, 1, 2], (lines, units))
    duty = chance.random((units, HOURS_OF_WEEK)) < 0.8
    city = City(
        roads=Roads(
            x=x,
            y=y,
            seconds=seconds,
            metres=metres,
            band=chance.integers(0, 2, HOURS_OF_WEEK),
            covers=metres < 3_000,
        ),
        hospitals=(Hospital(key="h1", node=2, bays=1), Hospital(key="h2", node=9)),
        units=tuple(
            Unit(
                key=str(n),
                home=int(chance.integers(nodes)),
                pace=float(chance.uniform(0.8, 1.3)),
                turnout_s=float(chance.uniform(0, 90)),
                duty=duty[n],
            )
            for n in range(units)
        ),
        sends=Sends(
            plans=tuple(str(n) for n in range(plans)),
            first=first,
            line=chance.integers(0, lines, int(first[-1])),
            carries=np.array([1, 0, 1, 0]),
            tier=chance.integers(-1, 4, (plans, units)),
            fills=fills,
            spares=_random_spares(seed, units),
        ),
        rule=Rule(high=1.3, spares=bool(seed % 2), waits=bool(seed % 3)),
    )
    many = 400
    at = np.sort(chance.random(many)) * 3 * 86_400
    trace = Trace(
        called=at - 60,
        ready=at,
        node=chance.integers(0, nodes, many),
        plan=chance.integers(0, plans, many),
        urgency=chance.integers(1, 5, many),
        carried=chance.integers(0, 2, many),
        scene=chance.exponential(1_500, many),
        handover=chance.exponential(1_200, many),
        stray=np.exp(chance.normal(0, 0.3, many)),
        weather=chance.uniform(1, 1.4, 72),
        first_hour=int(chance.integers(HOURS_OF_WEEK)),
    )
    return city, trace
