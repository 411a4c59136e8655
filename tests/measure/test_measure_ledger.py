"""Planted causes are found and named: a delay, a wrong clock, Simpson, and late ones given up."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from measure_story import AMB, START, founding_call, journal, observed, table_of
from msgspec import structs

from kentongan.core.events import (
    ArrivalPromised,
    CallerTold,
    IncidentClosed,
    UnitAssigned,
    UnitProgressed,
    UnitReleased,
)
from kentongan.core.words import AgencyKey, IncidentId, Outcome, Progress, Promise, UnitId
from kentongan.measure.case_tables import response_table
from kentongan.measure.cases import cases_of
from kentongan.measure.clocks import Clock
from kentongan.measure.findings import (
    Kind,
    cancelled_late,
    heaped,
    paradox_of,
    skewed_clocks,
)
from kentongan.measure.intervals import Interval, Subject
from kentongan.measure.ledger import ALLOWANCE_S, CAUSES, CHAIN, chain_of, ledger
from kentongan.measure.observations import Observations
from kentongan.measure.promises import promise_ledger
from kentongan.measure.statistics.arrays import Floats
from kentongan.measure.statistics.change import DAYS_MIN
from kentongan.measure.tables import Table, observe

MEDIANS = (7.0, 12, 18, 8, 22, 25, 4, 55, 380)
"""Ordinary steps of a response, seconds, in the order of the chain."""

AGENCIES = ("dinkes", "damkar", "polisi")


def _month(
    seed: int, n: int = 1_080, planted_s: float = 0.0, agency: str = "damkar",
    clock: Clock = Clock.ACK, days: int = 30,
) -> Table:  # fmt: skip
    """A synthetic month of responses; the planted seconds are in one step of one agency."""
    chance = np.random.default_rng(seed)
    names = [AGENCIES[int(i)] for i in chance.integers(0, 3, n)]
    begin = np.sort(chance.uniform(0, days * 86_400, n))
    steps = np.stack([chance.lognormal(np.log(m), 0.45, n) for m in MEDIANS])
    late = np.array([name == agency for name in names])
    steps[CHAIN.index(clock) - 1, late] += planted_s
    moments = begin + np.concatenate((np.zeros((1, n)), np.cumsum(steps, axis=0)))
    return table_of(dict(zip(CHAIN, moments, strict=True)), labels={"agency": names})


def test_a_planted_delay_of_forty_seconds_comes_out_on_top() -> None:
    """At one agency of three; against the month before, and named with its agency."""
    found = ledger(_month(1, planted_s=40), reference=_month(2))
    assert found is not None
    first = found.changes[0]
    assert (first.cause, first.where) == ("acknowledgement", "damkar")
    assert first.where_share > 0.7
    assert first.saved_low_s is not None
    assert first.saved_high_s is not None
    assert first.saved_low_s <= 40 / 3 + 8
    assert first.saved_high_s >= 40 / 3
    assert first.days == 31  # thirty days from an afternoon on
    assert first.saved_s > 1.3 * found.changes[1].saved_s
    assert first.p90_then_s < found.p90_s
    assert (first.within_then or 0) > found.within


@pytest.mark.parametrize("clock", ALLOWANCE_S)
def test_whatever_step_is_delayed_comes_out_on_top(clock: Clock) -> None:
    """A minute at one agency of three, in each step that has an allowance."""
    month = _month(13, planted_s=60, clock=clock)
    found = ledger(month, reference=_month(14))
    assert found is not None
    first = found.changes[0]
    assert (first.cause, first.where, first.of) == (CAUSES[clock], "damkar", "arrival")
    assert (first.saved_high_s or 0) >= 60 / 3
    assert first.p90_then_s < first.p90_s == found.p90_s


def test_what_is_not_in_the_record_is_missing_and_never_nothing() -> None:
    """Nobody kept the lists, nobody tapped at the patient, and one clock is not stamped at all."""
    month = _month(15)
    at = {clock: moments for clock, moments in month.at.items() if clock is not Clock.ACK}
    found = ledger(structs.replace(month, at=at, last=at))
    assert found is not None
    missing = {one.cause: (one.n, one.due) for one in found.missing}
    assert missing == {
        "acknowledgement": (0, 1_080), "choice": (0, 1_080), "gang": (0, 1_080),
        "hospital": (0, 0),
    }  # fmt: skip
    assert not {one.cause for one in found.changes} & set(missing)


def test_a_delay_that_came_over_everybody_is_seen_against_the_month_before() -> None:
    """Forty seconds at every agency move the median as well: only the reference shows them."""
    month = _month(3)
    moments = dict(month.at)
    shift = 40 * 1_000_000
    for clock in CHAIN[CHAIN.index(Clock.ACK) :]:
        moments[clock] = moments[clock] + shift
    planted = structs.replace(month, at=moments, last=moments)
    found = ledger(planted, reference=_month(4))
    assert found is not None
    assert found.changes[0].cause == "acknowledgement"
    assert found.changes[0].saved_s == pytest.approx(43, abs=3)


def test_without_anything_planted_no_agency_stands_out() -> None:
    """The same ledger over an ordinary month: acknowledgement is not on top."""
    found = ledger(_month(5), reference=_month(6))
    assert found is not None
    assert found.changes[0].cause != "acknowledgement"
    assert ledger(_month(5, n=20)) is None


def test_shares_of_the_mean_and_of_the_slow_decile_are_two_orders() -> None:
    """P90s do not add: each step's own question is what the total's P90 would be without it."""
    found = ledger(_month(8))
    assert found is not None
    assert sum(step.share_of_mean for step in found.steps) == pytest.approx(1)
    assert sum(step.share_of_slow_excess for step in found.steps) == pytest.approx(1)
    road = next(step for step in found.steps if step.cause == "road")
    assert road.share_of_slow_excess > road.share_of_mean
    assert road.p90_if_median_s < found.p90_s


def _works(chance: np.random.Generator, skew_s: float) -> Table:
    n, units = 600, [f"AMB{i:02d}" for i in range(12)]
    names = [units[int(i)] for i in chance.integers(0, 12, n)]
    assigned = np.sort(chance.uniform(0, 30 * 86_400, n))
    off = np.array([skew_s if name == "AMB03" else 0.0 for name in names])
    departed = assigned + chance.lognormal(np.log(55), 0.4, n) + off
    arrived = departed + chance.lognormal(np.log(380), 0.4, n)
    clear = arrived + chance.lognormal(np.log(1_500), 0.3, n)
    return table_of(
        {Clock.ASSIGNED: assigned, Clock.DEPARTED: departed, Clock.ARRIVED: arrived,
         Clock.CLEAR: clear},
        subject=Subject.WORK, labels={"unit": names}, closed=clear - off + 20,
    )  # fmt: skip


@pytest.mark.parametrize(("skew_s", "word"), [(-180.0, "behind"), (180.0, "ahead")])
def test_a_planted_clock_is_named_with_its_unit_and_size(skew_s: float, word: str) -> None:
    """One ambulance's tablet is three minutes off; the others are not suspected."""
    found = skewed_clocks(_works(np.random.default_rng(9), skew_s))
    assert [(one.kind, one.where, one.detail) for one in found] == [(Kind.SKEW, "AMB03", word)]
    assert found[0].size == pytest.approx(180, abs=20)
    assert skewed_clocks(_works(np.random.default_rng(9), 0.0)) == ()


def test_cases_given_up_because_they_were_late_are_found() -> None:
    """Nine of ten that wait beyond ten minutes are cancelled: the P90 of the rest looks fine."""
    chance = np.random.default_rng(10)
    real = chance.lognormal(np.log(420), 0.5, 1_500)
    late = (real > 600) & (chance.random(1_500) < 0.9)
    gave_up = np.where(late, 600 + chance.uniform(0, 120, 1_500), np.nan)
    interval = Interval("response", Subject.INCIDENT, Clock.RING, Clock.ARRIVED)

    def month(stopped: Floats) -> Table:
        arrived = np.where(np.isnan(stopped), real, np.nan)
        return table_of({Clock.RING: np.zeros(1_500), Clock.ARRIVED: arrived}, gave_up=stopped)

    found = cancelled_late(observe(interval, month(gave_up)), 600)
    assert found is not None
    assert found.kind is Kind.CANCELLED_LATE
    assert found.n == int(late.sum())
    hourly = chance.exponential(3 * 3_600, 1_500)  # given up at any time, early or late
    steady = observe(interval, month(np.where(hourly < real, hourly, np.nan)))
    assert cancelled_late(steady, 600) is None
    assert cancelled_late(observe(interval, month(np.full(1_500, np.nan))), 600) is None


def test_a_planted_simpson_is_named_with_what_moved() -> None:
    """Every nature got faster, and more fires made the month slower."""
    chance = np.random.default_rng(11)

    def month(medical: int, fire: int, factor: float) -> Observations:
        seconds = np.concatenate(
            (chance.lognormal(np.log(360), 0.3, medical), chance.lognormal(np.log(700), 0.3, fire))
        )
        return observed(seconds * factor, {"category": ["MED"] * medical + ["KBK"] * fire})

    found = paradox_of(month(1_600, 400, 1.0), month(800, 1_200, 0.93), 600)
    assert found is not None
    assert found.size < 0
    assert "total worse, strata better" in found.detail
    assert "KBK" in found.detail
    assert paradox_of(month(1_600, 400, 1.0), month(1_600, 400, 0.9), 600) is None


def test_arrivals_crowded_under_the_limit_are_named() -> None:
    """Somebody taps early when ten minutes are near."""
    smooth = np.random.default_rng(12).lognormal(np.log(480), 0.5, 4_000)
    assert heaped(observed(smooth), 600) is None
    crowded = heaped(observed(np.where((smooth > 600) & (smooth < 640), 590, smooth)), 600)
    assert crowded is not None
    assert crowded.kind is Kind.HEAPING


def _promise(depart: float, first: float, last: float) -> Promise:
    return Promise(
        depart_by=START + timedelta(seconds=depart),
        arrive_from=START + timedelta(seconds=first),
        arrive_to=START + timedelta(seconds=last),
        travel_source="roads",
    )


@pytest.mark.parametrize(
    ("first", "last", "early", "late", "kept"),
    [(400, 600, 0, 0, 1.0), (510, 700, 1, 0, 1.0), (200, 499, 0, 1, 0.0)],
)
def test_a_promise_is_kept_early_or_late(
    first: float, last: float, early: int, late: int, kept: float
) -> None:
    """Arrived at 500 s: within, before and after what was told."""
    promise = _promise(150, first, last)
    facts = founding_call()
    facts.insert(12, ("incident:i1", 91, ArrivalPromised(unit=AMB, promise=promise)))
    told = CallerTold(incident=IncidentId("i1"), unit=AMB, promise=promise)
    facts.insert(13, ("report:r1", 95, told))
    cases = cases_of(journal(facts))
    found = promise_ledger(cases.incidents.values(), cases.until, UTC)
    assert (found.n, found.early, found.late, found.never_came) == (1, early, late, 0)
    assert found.kept is not None
    assert found.kept.value == kept
    assert found.departed is not None
    assert found.departed.value == 1.0
    assert found.promises[0].told
    assert found.promises[0].lead_s == last - 91
    assert found.bands[0].n == 1


@pytest.mark.parametrize("told_again", [True, False])
def test_a_promise_told_anew_is_judged_by_the_first_and_the_last_is_shown(
    told_again: bool,
) -> None:
    """Arrived at 500 s: late for what was said first, in time for what was said last."""
    first, last = _promise(150, 200, 400), _promise(150, 450, 550)
    facts = founding_call()
    facts.insert(12, ("incident:i1", 91, ArrivalPromised(unit=AMB, promise=first)))
    for at, promise in ((95, first), (310, last))[: 1 + told_again]:
        told = CallerTold(incident=IncidentId("i1"), unit=AMB, promise=promise)
        facts.insert(len(facts) - 1, ("report:r1", at, told))
    facts.insert(-1, ("incident:i1", 300, ArrivalPromised(unit=AMB, promise=last)))
    cases = cases_of(journal(facts))
    found = promise_ledger(cases.incidents.values(), cases.until, UTC)
    assert (found.n, found.late, found.revised, found.told_last) == (1, 1, 1, int(told_again))
    assert found.kept is not None
    assert found.kept_last is not None
    assert (found.kept.value, found.kept_last.value) == (0.0, 1.0)
    assert found.promises[0].lead_s == 400 - 91


def test_a_unit_that_never_came_has_not_kept_its_promise() -> None:
    """Undecided only while its upper end has not passed."""
    facts = [f for f in founding_call() if not isinstance(f[2], UnitProgressed)]
    facts.insert(
        12, ("incident:i1", 91, ArrivalPromised(unit=AMB, promise=_promise(150, 400, 600)))
    )
    running = cases_of(journal(facts[:-2]))
    still, passed = (START + timedelta(seconds=at) for at in (599, 601))
    assert promise_ledger(running.incidents.values(), still, UTC).undecided == 1
    over = promise_ledger(running.incidents.values(), passed, UTC)
    assert (over.n, over.never_came) == (1, 1)
    assert over.kept is not None
    assert over.kept.value == 0
    assert over.departed is not None
    assert over.departed.value == 0


def test_a_response_is_the_first_units_chain_and_no_other() -> None:
    """The unit that departed first is not the one that arrived first."""
    other = UnitId("DMK01")
    facts = founding_call()
    facts[11:11] = [
        ("incident:i1", 60, UnitAssigned(unit=other, agency=AgencyKey("damkar"))),
        ("incident:i1", 70, UnitProgressed(unit=other, progress=Progress.DEPARTED)),
        ("incident:i1", 900, UnitProgressed(unit=other, progress=Progress.ON_SCENE)),
    ]
    cases = cases_of(journal(facts))
    zone = ZoneInfo("Asia/Jakarta")
    table = response_table(list(cases.incidents.values()), cases.until, zone)
    chain = chain_of(table)
    assert dict(zip(chain.clocks, chain.steps[0].tolist(), strict=True)) == {
        Clock.ANSWER: 4, Clock.OPENED: 1, Clock.LOCATION: 29, Clock.NOTIFIED: 17, Clock.ACK: 20,
        Clock.ASSIGNED: 19, Clock.ALERTED: 2, Clock.DEPARTED: 48, Clock.ARRIVED: 360,
    }  # fmt: skip
    assert chain.totals.tolist() == [500]


@pytest.mark.parametrize(
    ("at", "reason", "later", "has_left", "stood_down"),
    [
        (300, "typed", None, True, True),
        (120, "nearer", None, False, True),
        (601, "typed", None, True, False),  # past the upper end: cancelled because late
        (200, "typed", None, False, False),  # past its departure and still standing
        (300, "typed", 800, True, False),  # a later arrival had been told
        (300, "flat_tyre", None, True, False),
        (300, "no_answer", None, True, False),
    ],
)
def test_a_unit_stood_down_in_time_broke_no_promise(
    at: float, reason: str, later: float | None, has_left: bool, stood_down: bool
) -> None:
    """Promised to leave by 150 s and to be there by 600 s; taken off before it was there."""
    facts = [one for one in founding_call() if one[1] < 130]
    facts.append(("incident:i1", 131, ArrivalPromised(unit=AMB, promise=_promise(150, 400, 600))))
    if has_left:
        facts.append(("incident:i1", 140, UnitProgressed(unit=AMB, progress=Progress.DEPARTED)))
    if later is not None:
        slipped = _promise(150, 400, later)
        facts.append(("incident:i1", 250, ArrivalPromised(unit=AMB, promise=slipped, later=True)))
    facts.append(("incident:i1", at, UnitReleased(unit=AMB, reason=reason)))
    facts.append(("incident:i1", 2_600, IncidentClosed(outcome=Outcome.NO_INCIDENT)))
    cases = cases_of(journal(facts))
    found = promise_ledger(cases.incidents.values(), cases.until, UTC)
    assert (found.n, found.never_came, found.stood_down) == ((0, 0, 1) if stood_down else (1, 1, 0))
    assert (found.kept is None) == stood_down


def test_a_saving_of_few_days_has_no_interval() -> None:
    """A thousand responses of one week tell of that week."""
    found = ledger(_month(1, planted_s=40, days=7))
    assert found is not None
    first = found.changes[0]
    assert first.saved_s > 0
    assert (first.saved_low_s, first.saved_high_s) == (None, None)
    assert first.days < DAYS_MIN
