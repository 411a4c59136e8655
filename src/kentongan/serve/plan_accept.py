"""The acceptance test of the city's twin: four weeks it has not seen, and every noted change.

The twin learns from what came before the last four weeks and is then given their calls, times at
the place and rosters, nothing else. A change is tried in the same way: learnt before its day, the
four weeks on either side lived again, once with the change and once without it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
from msgspec import Struct, structs

from kentongan.core.rows import ChangeRow
from kentongan.plan.twin.acceptance import (
    DAYS,
    NOBODY,
    BackTest,
    Criterion,
    Lived,
    accept,
    effect,
    nobody_came,
)
from kentongan.plan.twin.city import CityBroken
from kentongan.plan.twin.engine import simulate
from kentongan.serve.plan_changes import Roads, city_on
from kentongan.serve.plan_city import CityTwin, Learnt, Span

SEED = 112
SIDE_DAYS = 7
"""Days with incidents on either side of a change; with fewer the weekdays are not the same."""


class Tried(Struct, frozen=True, kw_only=True, eq=False):
    """How the city's twin is tried: on which changes, with which roads and engine."""

    twin: CityTwin
    changes: tuple[ChangeRow, ...]
    roads: Roads
    engine: str | None = None

    def accepted(self, limit_s: float) -> tuple[Criterion, ...]:
        """Every line of the test."""
        begin, end = self._whole()
        cut = max(end - timedelta(days=DAYS), begin + (end - begin) / 2)
        cut = self._midnight(cut)
        learnt, days = self._learnt(Span(begin, cut))
        real, lived = self._lived(Span(cut, end), learnt)
        chance = np.random.default_rng(SEED)
        tests = [self._back_test(one, Span(begin, end)) for one in self.changes]
        return accept(real, lived, limit_s, days, tests, chance)

    def _whole(self) -> Span:
        """From the first incident's day to the end of the last one's."""
        past = self.twin.past
        last = past.begin + timedelta(seconds=float(past.trace.called.max()))
        return Span(past.begin, self._midnight(last) + timedelta(days=1))

    def _midnight(self, at: datetime) -> datetime:
        local = at + self.twin.offset
        return local.replace(hour=0, minute=0, second=0, microsecond=0) - self.twin.offset

    def _learnt(self, span: Span) -> tuple[Learnt, int]:
        """What a twin of those days knows, and how many they were; the whole record's for none."""
        try:
            before = self.twin.within(span)
        except ValueError:
            return self.twin.learnt, 0
        return before.learnt, (span.end - span.begin).days

    def _lived(self, span: Span, learnt: Learnt) -> tuple[Lived, Lived]:
        """Reality and twin over a span; a change within it takes effect on its day."""
        turns = sorted({self._begin(one.day) for one in self.changes})
        cuts = [span.begin, *(one for one in turns if span.begin < one < span.end), span.end]
        real: list[Lived] = []
        lived: list[Lived] = []
        for begin, end in pairwise(cuts):
            try:
                twin = self.twin.within(Span(begin, end), learnt)
            except ValueError:
                continue  # nothing happened in it
            real.append(_later(twin.real(), twin.past.begin, span.begin))
            found = self._run(twin, self._day(begin), self.changes)
            lived.append(_later(found, twin.past.begin, span.begin))
        return _together(real), _together(lived)

    def _run(self, twin: CityTwin, day: date, changes: Sequence[ChangeRow]) -> Lived:
        city = city_on(twin, changes, day, self.roads)
        return twin.lived(city, simulate(city, twin.past.trace, self.engine))

    def _begin(self, day: date) -> datetime:
        """When that day of the city begins."""
        at = datetime(day.year, day.month, day.day, tzinfo=self.twin.past.begin.tzinfo)
        return at - self.twin.offset

    def _day(self, at: datetime) -> date:
        return (at + self.twin.offset).date()

    def _back_test(self, change: ChangeRow, whole: Span) -> BackTest:
        """The four weeks on either side of its day, as far as there are any."""
        named = (*change.units, change.place, change.rule or "")
        about = " ".join((change.day.isoformat(), change.what, *(one for one in named if one)))
        at, window = self._begin(change.day), timedelta(days=DAYS)
        few = f"fewer than {SIDE_DAYS} days on one side of it"
        if min(at - whole.begin, whole.end - at) < timedelta(days=SIDE_DAYS):
            return BackTest(about=about, why=few)
        try:
            learnt = self.twin.within(Span(whole.begin, at)).learnt
            before = self.twin.within(Span(at - window, at), learnt)
            after = self.twin.within(Span(at, at + window), learnt)
            if min(len(np.unique(side.past.day)) for side in (before, after)) < SIDE_DAYS:
                return BackTest(about=about, why=few)
            return self._compared(change, about, before, after)
        except (ValueError, CityBroken) as error:
            return BackTest(about=about, why=str(error))

    def _compared(
        self, change: ChangeRow, about: str, before: CityTwin, after: CityTwin
    ) -> BackTest:
        chance = np.random.default_rng(SEED)
        was, is_now = before.real(), after.real()
        real = effect(was.response, was.day, is_now.response, is_now.day, chance)
        others = [one for one in self.changes if one.key != change.key]
        # the day before, so that two changes of one day are told apart by nothing but this one
        eve = change.day - timedelta(days=1)
        undone = structs.replace(change, day=change.day + timedelta(days=DAYS + 1))
        old = self._run(before, eve, self.changes)
        new = self._run(after, change.day, self.changes)
        without = self._run(after, change.day, (*others, undone))
        lost = [
            abs(nobody_came(ours.response) - nobody_came(theirs.response))
            for ours, theirs in ((old, was), (new, is_now), (is_now, was))
        ]
        if max(lost) > NOBODY:  # means of whoever was reached would then be of other incidents
            why = (
                f"nobody came to {max(lost):.1%} more or fewer incidents than in reality or before"
            )
            return BackTest(about=about, why=why)
        base = float(np.nanmean(old.response))
        return BackTest(
            about=about,
            real=real,
            twin=float(np.nanmean(new.response)) - base,
            without=float(np.nanmean(without.response)) - base,
        )


def _later(lived: Lived, begin: datetime, since: datetime) -> Lived:
    """With days counted from `since`."""
    return structs.replace(lived, day=lived.day + (begin - since).days)


def _together(parts: Sequence[Lived]) -> Lived:
    """One after the other; busy shares by the days each part has."""
    if not parts:
        raise ValueError("no incident in the days held out")
    days = [len(np.unique(one.day)) for one in parts]
    return Lived(
        response=np.concatenate([one.response for one in parts]),
        unit=np.concatenate([one.unit for one in parts]),
        area=np.concatenate([one.area for one in parts]),
        day=np.concatenate([one.day for one in parts]),
        busy=np.average(np.stack([one.busy for one in parts]), axis=0, weights=days),
    )
