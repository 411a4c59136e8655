"""How often charts of ordinary weeks show each run: by an exact calculation, and in simulations.

Each chart of 26 points is one try, and a rule is seen in it or not: so counts are binomial, and lie
within what chance leaves of them once in ten thousand. What is exact is worked out point by point
over everything that the rules remember.
"""

import math
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import pytest
from msgspec import Struct

from kentongan.measure.statistics.arrays import NORMAL, binomial_cdf
from kentongan.measure.statistics.charts import (
    MOVING_RANGE,
    Chart,
    Rule,
    g_chart,
    p_chart,
    xmr_chart,
)

TIMES = 10 if os.environ.get("EXPLORE") else 1
POINTS = 26
"""Half a year of weeks."""

CHARTS = 3_000 * TIMES

FAR = 3.9
"""Standard errors that a count leaves once in ten thousand, both sides."""

RUNS = {Rule.TWO_OF_3: (2.0, 3, 2), Rule.FOUR_OF_5: (1.0, 5, 4), Rule.EIGHT_SIDE: (0.0, 8, 8)}

LOOKS = (*((rule,) for rule in Rule), tuple(Rule))
"""Each rule alone, and any of them."""


class Zone(Struct, frozen=True):
    """What the rules see of a point: how far it lies on either side, and beyond the limits."""

    level: float
    is_beyond: bool


Chances = dict[Zone, float]


def _zones(points: Iterable[tuple[float, bool, float]]) -> Chances:
    """(z, beyond the limits, probability), those alike put together."""
    found: Chances = defaultdict(float)
    for z, is_beyond, weight in points:
        level = math.copysign(min(math.ceil(abs(z)) - 1, 2) + 0.5, z) if z else 0.0
        found[Zone(level, is_beyond)] += weight
    return found


def _of_normal() -> Chances:
    edges = [-math.inf, -3, -2, -1, 0, 1, 2, 3, math.inf]
    middles = [-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5]
    weights = np.diff([NORMAL.cdf(edge) for edge in edges]).tolist()
    return _zones((z, abs(z) > 3, weight) for z, weight in zip(middles, weights, strict=True))


Memory = tuple[tuple[bool, ...], ...]
_SIDES = tuple((rule, side) for rule in RUNS for side in (1, -1))


def quiet(chances: Sequence[Chances], rules: Sequence[Rule]) -> list[float]:
    """The probability that none of the rules has been complete after each of these points."""
    states: dict[Memory, float] = {((),) * len(_SIDES): 1.0}
    found: list[float] = []
    for point in chances:
        after: dict[Memory, float] = defaultdict(float)
        for state, before in states.items():
            for zone, chance in point.items():
                next_state = _after(state, zone, tuple(rules))
                if next_state is not None:
                    after[next_state] += before * chance
        states = after
        found.append(sum(states.values()))
    return found


def shown(chances: Sequence[Chances], rules: Sequence[Rule]) -> float:
    """The probability that these points show at least one of the rules."""
    return 1 - quiet(chances, rules)[-1]


@cache
def _after(state: Memory, zone: Zone, rules: tuple[Rule, ...]) -> Memory | None:
    """What is remembered after one more point; None when a rule is complete with it."""
    if zone.is_beyond and Rule.BEYOND_3 in rules:
        return None
    memory: list[tuple[bool, ...]] = []
    for (rule, side), kept in zip(_SIDES, state, strict=True):
        limit, width, wanted = RUNS[rule]
        window = (*kept, side * zone.level > limit)[-width:]
        if rule not in rules:
            memory.append(())
            continue
        if window[-1] and sum(window) >= wanted:
            return None
        memory.append(_worth(window[1 - width :], width, wanted))
    return tuple(memory)


def _worth(window: tuple[bool, ...], width: int, wanted: int) -> tuple[bool, ...]:
    """What of a run can still count: of eight in a row nothing before the last that was not."""
    if wanted < width:
        return window
    clean = 0
    while clean < len(window) and window[-1 - clean]:
        clean += 1
    return (True,) * clean


def _seen(charts: Iterable[Chart], first: int) -> Counter[tuple[Rule, ...]]:
    """In how many of the charts each of `LOOKS` shows from that point on."""
    found: Counter[tuple[Rule, ...]] = Counter()
    for chart in charts:
        rules = {one.rule for one in chart.signals if one.index >= first}
        for look in LOOKS:
            found[look] += bool(rules & set(look))
    return found


def _agree(
    found: Counter[tuple[Rule, ...]], chances: Sequence[Chances], charts: int = CHARTS
) -> None:
    for look in LOOKS:
        exact = shown(chances, look)
        bound = FAR * math.sqrt(exact * (1 - exact) / charts)
        assert abs(found[look] / charts - exact) <= bound, (look, found[look] / charts, exact)


def test_the_calculation_gives_the_published_mean_run_lengths() -> None:
    """Champ and Woodall 1987: rule 1 alone 370.4 points, with each of the others, all four 91.75.

    The mean is the sum of the probabilities of having shown nothing yet; after 400 points they
    fall by the same share each.
    """
    one, two, three, four = Rule
    published = {(one,): 370.40, (one, two): 225.44, (one, three): 166.05, (one, four): 152.73,
                 (one, two, three, four): 91.75}  # fmt: skip
    for rules, said in published.items():
        still = quiet([_of_normal()] * 100, rules)
        share = still[-1] / still[-2]
        assert 1 + sum(still) + still[-1] * share / (1 - share) == pytest.approx(said, rel=5e-4)


def test_runs_of_a_chart_with_known_limits_come_at_their_exact_rate() -> None:
    """Weekly medians (XmR). Two weeks set middle and sigma: in 26 ordinary weeks some rule is seen
    in 23 of 100 charts, each of the four in 5 to 8."""
    chance = np.random.default_rng(51)
    told = [480 - 30 * MOVING_RANGE / 2, 480 + 30 * MOVING_RANGE / 2]
    drawn = chance.normal(480, 30, (CHARTS, POINTS))
    charts = (xmr_chart(np.concatenate((told, row)), baseline=2) for row in drawn)
    ahead = [_zones([(z * MOVING_RANGE / 2, False, 1.0)]) for z in (-1, 1)]
    chances = [*ahead, *[_of_normal()] * POINTS]
    _agree(_seen(charts, 2), chances)
    assert _told([_of_normal()] * POINTS) == [6.8, 4.7, 7.6, 7.7, 22.8]


def _told(chances: Sequence[Chances]) -> list[float]:
    """Charts of a hundred that show each rule, and any: what the documentation says."""
    return [round(100 * shown(chances, look), 1) for look in LOOKS]


def test_runs_of_a_share_come_at_the_rate_of_its_binomial() -> None:
    """68 cases a week at 90 %: limits of the binomial are exact, its runs are not a normal's."""
    chance = np.random.default_rng(52)
    n, known = 68, 10**7
    counts = np.array([known, *[n] * POINTS])
    drawn = chance.binomial(n, 0.9, (CHARTS, POINTS))
    charts = [p_chart(np.array([known * 9 // 10, *row]), counts, baseline=1) for row in drawn]
    lower, upper = float(charts[0].lower[1]), float(charts[0].upper[1])
    weights = np.diff(np.concatenate(([0.0], binomial_cdf(n, 0.9))))
    sigma = math.sqrt(0.9 * 0.1 / n)
    point = _zones(
        ((k / n - 0.9) / sigma, not lower <= k / n <= upper, float(w))
        for k, w in enumerate(weights)
    )
    _agree(_seen(charts, 1), [point] * POINTS)
    assert _told([point] * POINTS) == [4.3, 6.0, 8.0, 8.1, 22.8]


def test_laneys_limits_alarm_at_the_rate_of_what_varies_by_itself() -> None:
    """800 cases a week, whose true share varies by 4 points: sigma_z of years of such weeks."""
    chance = np.random.default_rng(53)
    n, years = 800, 1_000
    calm = (0.81, 0.79)  # weeks between, so that no run comes out of the past
    charts: list[Chart] = []
    for _ in range(CHARTS // 2):
        hits = chance.binomial(n, np.clip(chance.normal(0.8, 0.04, years + POINTS), 0, 1))
        hits = np.concatenate((hits[:years], [int(n * share) for share in calm * 4], hits[years:]))
        charts.append(p_chart(hits, np.full(len(hits), n), baseline=years))
    assert {chart.kind for chart in charts} == {"p_laney"}
    past = [_zones([(z, False, 1.0)]) for z in (0.25, -0.25)]
    _agree(_seen(charts, years + 8), [*past, *[_of_normal()] * POINTS], len(charts))


def test_runs_between_rare_events_come_at_the_rate_of_their_geometric_law() -> None:
    """One late in fifty: the rules see where a gap lies in its own distribution."""
    chance = np.random.default_rng(54)
    p = 1 / 50
    charts = [
        g_chart(np.concatenate(([49], row)), baseline=1)
        for row in chance.geometric(p, (CHARTS, POINTS)) - 1
    ]
    lower, upper = float(charts[0].lower[0]), float(charts[0].upper[0])
    gaps = range(2_000)
    point = _zones(
        (_z(p, gap), gap < lower + 0.5 or gap > upper, p * (1 - p) ** gap) for gap in gaps
    )
    first = _zones([(_z(p, 49), False, 1.0)])
    _agree(_seen(charts, 1), [first, *[point] * POINTS])
    assert _told([point] * POINTS) == [3.4, 4.2, 8.3, 7.7, 20.5]


def _z(p: float, gap: int) -> float:
    return NORMAL.inv_cdf(min(1 - (1 - p) ** (gap + 0.5), 1 - 1e-9))


def test_few_ordinary_weeks_take_laneys_limits_as_often_as_is_said() -> None:
    """Eight weeks know their own spread badly: 20 of 100 charts, as the documentation says."""
    chance = np.random.default_rng(55)
    counts = np.full(8, 68)
    taken = sum(
        p_chart(row, counts).kind == "p_laney" for row in chance.binomial(68, 0.9, (CHARTS, 8))
    )
    assert abs(taken / CHARTS - 0.2) <= 0.005 + FAR * math.sqrt(0.2 * 0.8 / CHARTS)
