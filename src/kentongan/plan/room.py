"""The call room as it runs: priorities, callers that hang up, call-backs and waves of pranks.

Erlang's formulas know none of these. Here every call is followed: it comes, waits in order of
urgency, is answered by the first free desk or hangs up when its patience ends; who hung up is
called back when a desk has nobody waiting. Desks change by the hour of the week; a call that has
begun is finished. Chance comes in.
"""

import heapq
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.plan.arrays import Flags, Floats, Whole

HOUR_S: Final = 3_600.0
HOURS_OF_WEEK: Final = 168
CALLBACK_URGENCY: Final = 1_000
CALLS_MAX: Final = 5_000_000


class Calls(Struct, frozen=True, eq=False, kw_only=True):
    """Calls in order of `offered`, seconds; smaller `urgency` is answered first. `prank` marks what
    is no emergency and is not called back."""

    offered: Floats
    urgency: Whole
    handling: Floats
    patience: Floats
    prank: Flags

    def __len__(self) -> int:
        return len(self.offered)


class Answers(Struct, frozen=True, eq=False, kw_only=True):
    """When each call was answered (NaN: hung up) and, of those, when it was called back."""

    answered: Floats
    called_back: Floats

    def within(self, calls: Calls, seconds: float, only: Flags | None = None) -> float:
        """Share of all offered calls that was answered within that time."""
        waits = self.answered - calls.offered
        of = np.ones(len(calls), dtype=np.bool_) if only is None else only
        return float((waits[of] <= seconds).mean()) if bool(of.any()) else float("nan")


class Wave(Struct, frozen=True, kw_only=True):
    """Pranks that come all at once: how many an hour, for how long, how often a week; each call
    takes `handling_s` until it is known for one."""

    calls_h: float
    hours: float = 1.0
    a_week: float = 1.0
    handling_s: float = 25.0


def draw_calls(
    calls_h: Floats,
    days: int,
    *,
    handling_s: float,
    patience_s: float,
    wave: Wave | None,
    chance: np.random.Generator,
) -> Calls:
    """Poisson calls at these rates by hour of the week, and waves of pranks among them. Real calls
    have urgency 1, pranks 2 only when they can be told apart (`Calls.urgency` may be changed)."""
    hours = np.arange(days * 24)
    counts = chance.poisson(calls_h[hours % HOURS_OF_WEEK])
    real = (np.repeat(hours, counts) + chance.random(int(counts.sum()))) * HOUR_S
    pranks = _waves(wave, days, chance)
    offered = np.concatenate((real, pranks))
    if len(offered) > CALLS_MAX:
        raise ValueError(f"{len(offered)} calls: at most {CALLS_MAX}")
    is_prank = np.concatenate((np.zeros(len(real), np.bool_), np.ones(len(pranks), np.bool_)))
    order = np.argsort(offered, kind="stable")
    offered, is_prank = offered[order], is_prank[order]
    mean = np.where(is_prank, wave.handling_s if wave else handling_s, handling_s)
    return Calls(
        offered=offered,
        urgency=np.ones(len(offered), dtype=np.int64),
        handling=chance.exponential(mean),
        patience=chance.exponential(patience_s, len(offered))
        if np.isfinite(patience_s)
        else np.full(len(offered), np.inf),
        prank=is_prank,
    )


def _waves(wave: Wave | None, days: int, chance: np.random.Generator) -> Floats:
    if wave is None:
        return np.empty(0)
    begins = chance.random(chance.poisson(wave.a_week * days / 7)) * days * 24
    each = chance.poisson(wave.calls_h * wave.hours, len(begins))
    at = np.repeat(begins, each) + chance.random(int(each.sum())) * wave.hours
    return np.minimum(at, days * 24) * HOUR_S


def run_room(calls: Calls, desks: Whole) -> Answers:
    """Let all calls happen with so many desks by hour of the week, at least one at some time."""
    if len(desks) != HOURS_OF_WEEK or int(desks.max(initial=0)) < 1:
        raise ValueError("desks: a number for each of 168 hours, at least one of them 1")
    room = _Room(calls, desks)
    for number, offered in enumerate(calls.offered.tolist()):
        room.until(offered)
        room.come(number, offered)
    room.until(float("inf"))
    return Answers(answered=np.array(room.answered), called_back=np.array(room.called_back))


class _Room:
    """Who speaks until when, who waits, who is to be called back."""

    def __init__(self, calls: Calls, desks: Whole) -> None:
        self.desks = desks.tolist()
        self.handling, self.patience = calls.handling.tolist(), calls.patience.tolist()
        self.offered, self.urgency = calls.offered.tolist(), calls.urgency.tolist()
        self.prank = calls.prank.tolist()
        self.busy: list[float] = []
        self.waiting: list[tuple[int, float, int]] = []
        self.answered = [float("nan")] * len(calls)
        self.called_back = [float("nan")] * len(calls)
        self.turn = 0.0

    def come(self, number: int, at: float) -> None:
        heapq.heappush(self.waiting, (self.urgency[number], at, number))
        self.answer(at)

    def until(self, at: float) -> None:
        """Everything that happens before then: desks that are free again, hours that turn."""
        while self.busy or self.waiting:
            ends = self.busy[0] if self.busy else float("inf")
            turns = (self.turn // HOUR_S + 1) * HOUR_S if self.waiting else float("inf")
            first = min(ends, turns)
            if first > at:
                return
            self.turn = first
            if ends <= first:
                heapq.heappop(self.busy)
            self.answer(first)

    def answer(self, at: float) -> None:
        """Give who waits to who is free."""
        self.turn = max(self.turn, at)
        desks = self.desks[int(at // HOUR_S) % HOURS_OF_WEEK]
        while self.waiting and len(self.busy) < desks:
            urgency, since, number = heapq.heappop(self.waiting)
            if urgency >= CALLBACK_URGENCY:
                self.called_back[number] = at
            elif since + self.patience[number] < at:
                if not self.prank[number]:
                    gone = since + self.patience[number]
                    heapq.heappush(self.waiting, (CALLBACK_URGENCY, gone, number))
                continue
            else:
                self.answered[number] = at
            heapq.heappush(self.busy, at + self.handling[number])
