"""The chain of a response: its steps sum to it whatever was stamped, and what overlaps is 0 s."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from measure_story import founding_call, journal, table_of

from kentongan.measure.case_tables import response_table
from kentongan.measure.cases import cases_of
from kentongan.measure.clocks import Clock
from kentongan.measure.ledger import CHAIN, chain_of, ledger


def test_steps_sum_exactly_whatever_is_missing_or_overlaps() -> None:
    """A missing stamp gives its time to the next step; an early one makes a step of nothing."""
    chance = np.random.default_rng(7)
    moments = {clock: chance.uniform(0, 900, 300) for clock in CHAIN}
    moments[Clock.RING] = np.zeros(300)
    moments[Clock.ARRIVED] = np.full(300, 1_000.0)
    for clock in CHAIN[1:-1]:
        moments[clock][chance.random(300) < 0.3] = np.nan
    chain = chain_of(table_of(moments))
    assert (chain.steps >= 0).all()
    assert chain.totals == pytest.approx(np.full(300, 1_000.0), abs=1e-6)
    without = {clock: values for clock, values in moments.items() if clock is not Clock.ACK}
    assert Clock.ACK not in chain_of(table_of(without)).clocks


STAMPED_S = (-9e6, -150.0, -1.0, 0.0, 60.0, 60.0, 500.0, 900.0, 7e9)
"""What a column of a file may hold, seconds from the ring: wrong clocks, the same twice, years."""


@pytest.mark.parametrize("start", [Clock.RING, Clock.ANSWER])
@pytest.mark.parametrize("seed", range(8))
def test_whatever_was_stamped_every_step_is_a_time_and_they_sum_to_the_response(
    seed: int, start: Clock
) -> None:
    """Any stamp missing, before, equal or huge; the first and the last one as well."""
    chance, n = np.random.default_rng(seed), 2_000
    moments = {clock: chance.choice((*STAMPED_S, np.nan), n) for clock in CHAIN}
    chain = chain_of(table_of(moments), start)
    first, last = moments[start], moments[Clock.ARRIVED]
    with np.errstate(invalid="ignore"):
        measured = last >= first
    assert chain.rows.tolist() == measured.tolist()
    assert np.isfinite(chain.steps).all()
    assert (chain.steps >= 0).all()
    assert chain.totals == pytest.approx((last - first)[measured], abs=1e-3)
    found = ledger(table_of(moments), start=start)
    assert found is not None
    assert (found.n, found.unmeasured) == (int(measured.sum()), n - int(measured.sum()))
    between = CHAIN[CHAIN.index(start) + 1 :]
    early = np.stack([moments[clock][measured] < first[measured] for clock in between])
    assert found.early == int(early.any(axis=0).sum())
    assert sum(one.mean_s for one in found.steps) == pytest.approx(chain.totals.mean())
    assert all(one.lost_s >= 0 and one.saved_s < 8e9 for one in found.changes)


def test_one_departure_before_its_ring_leaves_the_other_means_as_they_are() -> None:
    """The time of the step that is not believed goes to the next; the response is counted."""
    whole = {clock: np.full(60, at) for clock, at in SENT.items()}
    plain = ledger(table_of(whole))
    whole[Clock.DEPARTED][5] = -60.0
    found = ledger(table_of(whole))
    assert plain is not None
    assert found is not None
    assert (plain.early, found.early, found.unmeasured) == (0, 1, 0)
    assert (found.p50_s, found.p90_s) == (plain.p50_s, plain.p90_s)
    means = {one.clock: one.mean_s for one in plain.steps}
    for step in found.steps:
        moved = {Clock.DEPARTED: -35 / 60, Clock.ARRIVED: 35 / 60}.get(Clock(step.clock), 0.0)
        assert step.mean_s == pytest.approx(means[step.clock] + moved)
        assert step.overlaps == 0
    turnout = next(one for one in found.changes if one.clock == Clock.DEPARTED)
    assert (turnout.n, turnout.due) == (59, 60)


def test_a_call_for_what_was_under_way_already_starts_the_chain_at_its_ring() -> None:
    """Out of a journal: the unit had departed when the first call came."""
    facts = [(s, at + 150 * s.startswith("call:"), event) for s, at, event in founding_call()]
    cases = cases_of(journal(sorted(facts, key=lambda fact: fact[1])))
    zone = ZoneInfo("Asia/Jakarta")
    chain = chain_of(response_table(list(cases.incidents.values()), cases.until, zone))
    assert chain.early.any()
    assert (chain.steps >= 0).all()
    assert chain.totals.tolist() == [350]


SENT = {
    Clock.RING: 0.0, Clock.ANSWER: 4.0, Clock.OPENED: 5.0, Clock.LOCATION: 15.0,
    Clock.NOTIFIED: 25.0, Clock.ACK: 27.0, Clock.ASSIGNED: 30.0, Clock.ALERTED: 35.0,
    Clock.DEPARTED: 70.0, Clock.ARRIVED: 420.0,
}  # fmt: skip
LATE_STAMPS = (
    (Clock.ACK, 300.0, {Clock.ACK: 0, Clock.ASSIGNED: 5, Clock.DEPARTED: 35, Clock.ARRIVED: 350}),
    (Clock.LOCATION, 360.0, {Clock.LOCATION: 0, Clock.NOTIFIED: 20, Clock.ASSIGNED: 3}),
    (Clock.NOTIFIED, 90.0, {Clock.NOTIFIED: 0, Clock.ACK: 12, Clock.ASSIGNED: 3}),
    (Clock.ALERTED, 200.0, {Clock.ALERTED: 0, Clock.DEPARTED: 40, Clock.ARRIVED: 350}),
    (Clock.DEPARTED, 500.0, {Clock.DEPARTED: 0, Clock.ARRIVED: 385}),
)
"""A clock, when it was stamped instead, and seconds of some steps then."""


@pytest.mark.parametrize(("clock", "at_s", "taken"), LATE_STAMPS)
def test_what_was_stamped_when_the_unit_was_sent_delayed_nobody(
    clock: Clock, at_s: float, taken: dict[Clock, float]
) -> None:
    """A late click, a place corrected on the way: nothing is saved by having them earlier."""
    month = table_of({key: np.full(100, at) for key, at in (SENT | {clock: at_s}).items()})
    chain = chain_of(month)
    steps = dict(zip(chain.clocks, chain.steps[0].tolist(), strict=True))
    assert {key: steps[key] for key in taken} == taken
    assert chain.totals.tolist() == [420] * 100
    found = ledger(month)
    assert found is not None
    assert {step.clock: step.overlaps for step in found.steps if step.overlaps} == {clock: 100}
    assert {change.clock: change.saved_s for change in found.changes}.get(clock, 0) == 0


def test_a_place_that_the_choice_of_a_unit_waited_for_is_lost_time() -> None:
    """The agency was told before it was known where; nothing overlaps."""
    moments = SENT | {Clock.LOCATION: 100.0, Clock.ASSIGNED: 110.0, Clock.ALERTED: 112.0}
    moments |= {Clock.DEPARTED: 150.0}
    chain = chain_of(table_of({key: np.full(1, at) for key, at in moments.items()}))
    steps = dict(zip(chain.clocks, chain.steps[0].tolist(), strict=True))
    assert (steps[Clock.NOTIFIED], steps[Clock.LOCATION], steps[Clock.ASSIGNED]) == (20, 73, 10)
    assert not chain.overlaps.any()
