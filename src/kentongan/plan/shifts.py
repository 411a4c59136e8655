"""Who begins when: the fewest shifts that put enough people at the desks in every hour of the week.

Shifts have one length and few beginnings a day, the same every day, as people can live with; how
many come may differ by day. Whole numbers by HiGHS. Weeks repeat: Sunday's night shift works into
Monday.
"""

from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.plan.arrays import Floats, Whole
from kentongan.plan.whole_numbers import Rows, solve

HOURS_OF_WEEK: Final = 168
DAY_H: Final = 24
SECONDS: Final = 20.0
GAP: Final = 1e-4
PEOPLE_MAX: Final = 500


class Shifts(Struct, frozen=True, eq=False, kw_only=True):
    """`people[day, begin]` by day of the week (Monday 0) and `begins` hour; `present` by hour of
    the week. `proved` when no plan needs fewer shifts."""

    begins: tuple[int, ...]
    hours: int
    people: Whole
    present: Whole
    proved: bool


def plan_shifts(need: Whole, hours: int, kinds: int, seconds: float = SECONDS) -> Shifts:
    """The fewest shifts of so many hours, with at most `kinds` beginnings a day; `ValueError` when
    no such plan was found."""
    if len(need) != HOURS_OF_WEEK or int(need.min()) < 0 or int(need.max()) > PEOPLE_MAX:
        raise ValueError(f"needs of 168 hours, each 0 to {PEOPLE_MAX}")
    if not 1 <= hours <= 12 or not 1 <= kinds <= DAY_H:
        raise ValueError("shifts of 1 to 12 hours, with 1 to 24 beginnings a day")
    covers = np.zeros((HOURS_OF_WEEK, HOURS_OF_WEEK))
    for begin in range(HOURS_OF_WEEK):
        covers[(begin + np.arange(hours)) % HOURS_OF_WEEK, begin] = 1
    used = np.tile(np.eye(DAY_H), (7, 1))
    most = max(int(need.max()), 1)
    found = solve(
        np.concatenate((np.ones(HOURS_OF_WEEK), np.full(DAY_H, 1e-3))),
        np.ones(HOURS_OF_WEEK + DAY_H),
        np.concatenate((np.full(HOURS_OF_WEEK, float(PEOPLE_MAX)), np.ones(DAY_H))),
        (
            Rows(np.hstack((covers, np.zeros((HOURS_OF_WEEK, DAY_H)))), need, np.inf),
            Rows(np.hstack((np.eye(HOURS_OF_WEEK), -most * used)), -np.inf, 0),
            Rows(np.concatenate((np.zeros(HOURS_OF_WEEK), np.ones(DAY_H)))[None], 0, kinds),
        ),
        seconds,
        GAP,
    )
    if found.values is None:
        raise ValueError(f"no plan with {kinds} beginnings a day of {hours} hours each")
    starts = np.rint(found.values[:HOURS_OF_WEEK]).astype(np.int64)
    by_day = starts.reshape(7, DAY_H)
    begins = tuple(int(hour) for hour in np.flatnonzero(by_day.sum(axis=0)))
    return Shifts(
        begins=begins,
        hours=hours,
        people=by_day[:, list(begins)],
        present=np.rint(covers @ starts).astype(np.int64),
        proved=found.is_optimal,
    )


def mean_present(spans: Floats, begin: float, end: float) -> Floats:
    """People on duty by hour of the week between two moments, from spans of duty (begin, end), all
    in hours since a Monday 0 h. An hour of the week that never came has nobody."""
    total, came = np.zeros(HOURS_OF_WEEK), np.zeros(HOURS_OF_WEEK)
    _add(came, begin, end)
    for start, stop in spans.tolist():
        _add(total, max(start, begin), min(stop, end))
    return np.divide(total, came, out=np.zeros(HOURS_OF_WEEK), where=came > 0)


def _add(total: Floats, begin: float, end: float) -> None:
    """Add a span, each hour as much as it has of it."""
    hours = np.arange(int(begin // 1), int(np.ceil(end)))
    part = np.maximum(np.minimum(hours + 1, end) - np.maximum(hours, begin), 0)
    total += np.bincount(hours % HOURS_OF_WEEK, part, HOURS_OF_WEEK)
