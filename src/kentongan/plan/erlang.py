"""Desks needed: Erlang B, C and A.

`calls_s` is calls per second, `handling_s` the mean time of a call with its wrap-up, `load` their
product in erlangs, `desks` how many answer. B loses who finds all busy, C lets everybody wait for
ever, A lets them hang up after a patience of exponential length. Source: Erlang 1917; Garnett,
Mandelbaum and Reiman 2002. Indonesia's law knows no number, so the limits are NENA's.
"""

import math
from typing import Final

from msgspec import Struct

DESKS_MAX: Final = 2_000

DESKS_MIN: Final = 2
"""Two people answer, always: one may be in a call that saves a life."""

TERMS_MAX: Final = 1_000_000
EPSILON: Final = 1e-15
FEWEST: Final = 1e-300


class Wait(Struct, frozen=True, kw_only=True):
    """What callers meet. `lost` is the share that hang up; times are seconds.

    `mean_s` is the mean wait of all callers, `queue` the mean number waiting.
    """

    desks: int
    p_wait: float
    lost: float
    mean_s: float
    queue: float
    occupancy: float


class Goal(Struct, frozen=True):
    """A share of calls answered within so many seconds."""

    share: float
    within_s: float


NENA: Final = (Goal(0.90, 15.0), Goal(0.95, 20.0))
"""NENA-STA-020.1-2020: both at once."""


def erlang_b(load: float, desks: int) -> float:
    """Probability that all are busy when nobody waits."""
    _check(load, desks)
    blocked = 1.0
    for k in range(1, desks + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(load: float, desks: int) -> float:
    """Probability of waiting when everybody waits; 1 when the desks cannot carry the load."""
    blocked = erlang_b(load, desks)
    return 1.0 if load >= desks else desks * blocked / (desks - load * (1 - blocked))


def traffic(blocked: float, desks: int) -> float:
    """The load in erlangs at which that share finds all busy."""
    low, high = 0.0, max(4.0 * desks, 4.0)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if erlang_b(middle, desks) < blocked else (low, middle)
    return (low + high) / 2


def wait_c(calls_s: float, handling_s: float, desks: int) -> Wait:
    """What callers meet who never hang up; waits are infinite when desks cannot carry the load."""
    load = calls_s * handling_s
    p_wait = erlang_c(load, desks)
    mean_s = p_wait * handling_s / (desks - load) if load < desks else math.inf
    return Wait(
        desks=desks,
        p_wait=p_wait,
        lost=0.0,
        mean_s=mean_s,
        queue=calls_s * mean_s if load < desks else math.inf,
        occupancy=min(load / desks, 1.0),
    )


def answered_within_c(calls_s: float, handling_s: float, desks: int, within_s: float) -> float:
    """Share answered within that time under Erlang C."""
    load = calls_s * handling_s
    if load >= desks:
        return 0.0
    return 1 - erlang_c(load, desks) * math.exp(-(desks - load) * within_s / handling_s)


def wait_quantile_c(calls_s: float, handling_s: float, desks: int, share: float) -> float:
    """Seconds within which that share of all calls is answered under Erlang C."""
    load = calls_s * handling_s
    if load >= desks:
        return math.inf
    p_wait = erlang_c(load, desks)
    if p_wait <= 1 - share:
        return 0.0
    return math.log(p_wait / (1 - share)) * handling_s / (desks - load)


class Patient(Struct, frozen=True, kw_only=True):
    """An Erlang A room: `patience_s` is the mean time after which a caller hangs up."""

    calls_s: float
    handling_s: float
    patience_s: float
    desks: int

    def wait(self) -> Wait:
        """What callers meet, who may hang up."""
        queue, p_wait, busy = self._state()
        lost = queue / self.patience_s / self.calls_s if self.calls_s else 0.0
        return Wait(
            desks=self.desks,
            p_wait=p_wait,
            lost=lost,
            mean_s=queue / self.calls_s if self.calls_s else 0.0,
            queue=queue,
            occupancy=busy / self.desks,
        )

    def answered_within(self, within_s: float) -> float:
        """Share of all offered calls that is answered, and within that time."""
        return self._waits(within_s)[0]

    def waiting_longer(self, seconds: float) -> float:
        """Share of all offered calls still waiting after that time, neither answered nor gone."""
        return self._waits(seconds)[1]

    def wait_quantile(self, share: float) -> float:
        """Seconds after which that share no longer waits, whether answered or gone."""
        low, high = 0.0, self.patience_s * 50
        if self.waiting_longer(0.0) <= 1 - share:
            return 0.0
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if self.waiting_longer(middle) > 1 - share else (low, middle)
        return (low + high) / 2

    def _probabilities(self) -> tuple[list[float], float]:
        """Probability of each number waiting when all are busy, and P(not all busy)."""
        _check(self.calls_s * self.handling_s, self.desks)
        load = self.calls_s * self.handling_s
        blocked = erlang_b(load, self.desks)
        if blocked < FEWEST:  # nobody calls, or nobody ever meets all desks busy
            return [0.0], 1.0
        # relative to P(exactly all busy): the states below sum to 1/B - 1
        terms, term = [1.0], 1.0
        for k in range(1, TERMS_MAX):
            rate = self.desks / self.handling_s + k / self.patience_s
            term *= self.calls_s / rate
            terms.append(term)
            if term < EPSILON * sum(terms[-50:]) and k > load:
                break
        below = 1 / blocked - 1
        whole = below + sum(terms)
        return [one / whole for one in terms], below / whole

    def _state(self) -> tuple[float, float, float]:
        waiting, below = self._probabilities()
        queue = sum(k * p for k, p in enumerate(waiting))
        lost_rate = queue / self.patience_s
        busy = (self.calls_s - lost_rate) * self.handling_s
        return queue, 1 - below, busy

    def _waits(self, seconds: float) -> tuple[float, float]:
        """(answered within, still waiting after) as shares of all offered calls.

        A caller who finds k waiting is answered after k + 1 departures, each of rate
        `desks/handling + j/patience` with j before them, unless their own patience ends first.
        Sums of such steps have the distribution of an order statistic: with r = desks x patience /
        handling, P(steps > t) is an incomplete beta function, summed here term by term.
        """
        waiting, below = self._probabilities()
        ratio = self.desks * self.patience_s / self.handling_s
        decay = math.exp(-seconds / self.patience_s)
        stay = sum(p * _not_reached(k, ratio, decay) for k, p in enumerate(waiting))
        still = stay * decay
        # answered within t: those whose turn comes at u <= t while patience lasts
        answered = below
        answered += sum(p * _served(k, ratio, decay) for k, p in enumerate(waiting))
        return answered, still


def desks_needed(
    calls_s: float,
    handling_s: float,
    goals: tuple[Goal, ...] = NENA,
    patience_s: float | None = None,
    least: int = DESKS_MIN,
) -> int:
    """The fewest desks that keep every goal; `ValueError` when `DESKS_MAX` are not enough."""
    load = calls_s * handling_s
    for desks in range(max(least, 1), DESKS_MAX + 1):
        if patience_s is None:
            if load >= desks:
                continue
            kept = (
                answered_within_c(calls_s, handling_s, desks, g.within_s) >= g.share for g in goals
            )
        else:
            room = Patient(
                calls_s=calls_s, handling_s=handling_s, patience_s=patience_s, desks=desks
            )
            kept = (room.answered_within(g.within_s) >= g.share for g in goals)
        if all(kept):
            return desks
    raise ValueError(f"{load:.1f} erlangs need more than {DESKS_MAX} desks")


def _not_reached(k: int, ratio: float, decay: float) -> float:
    """P(the (k+1)th departure takes longer than t): k + 1 steps of rates ratio + j, j = 0..k.

    In units of patience. The steps sum to the (k+1)th order of exponentials; the survival function
    is a negative-binomial tail: sum over j <= k of C(ratio + j - 1, j) (1-decay)^j decay^ratio.
    """
    if decay >= 1:
        return 1.0
    term, total = decay**ratio, 0.0
    for j in range(k + 1):
        total += term
        term *= (ratio + j) / (j + 1) * (1 - decay)
    return min(total, 1.0)


def _served(k: int, ratio: float, decay: float) -> float:
    """P(turn comes within t and patience lasts until then), k waiting before.

    The caller's own patience is one more clock of rate 1: the chance to be served at all is the
    product of (ratio + j) / (ratio + j + 1), and given that, the time is that of a system whose
    rates are one higher.
    """
    at_all = ratio / (ratio + k + 1)
    return at_all * (1 - _not_reached(k, ratio + 1, decay))


def _check(load: float, desks: int) -> None:
    if not 0 <= load < math.inf:
        raise ValueError(f"a load of {load} erlangs is none")
    if not 0 <= desks <= DESKS_MAX:
        raise ValueError(f"{desks} desks: 0 to {DESKS_MAX}")
