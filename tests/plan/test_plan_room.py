"""The call room against Erlang, patience, call-backs and waves; shifts against known answers."""

import numpy as np
import pytest
from msgspec import structs

from kentongan.plan.erlang import Patient, answered_within_c
from kentongan.plan.patience import patience_of
from kentongan.plan.room import Calls, Wave, draw_calls, run_room
from kentongan.plan.shifts import mean_present, plan_shifts

WEEK = 168


def _calls(calls_h: float, patience_s: float, wave: Wave | None = None, seed: int = 3) -> Calls:
    return draw_calls(
        np.full(WEEK, calls_h),
        40,
        handling_s=120,
        patience_s=patience_s,
        wave=wave,
        chance=np.random.default_rng(seed),
    )


def _desks(many: int) -> np.ndarray:
    return np.full(WEEK, many)


def test_the_room_is_erlangs_when_nothing_else_happens() -> None:
    """60 calls an hour at three desks: C when callers wait for ever, A when they hang up."""
    forever = _calls(60, float("inf"))
    answers = run_room(forever, _desks(3))
    assert not np.isnan(answers.answered).any()
    told = answered_within_c(1 / 60, 120, 3, 15)
    assert answers.within(forever, 15) == pytest.approx(told, abs=0.03)

    impatient = structs.replace(_calls(60, 60), prank=np.ones(len(_calls(60, 60)), dtype=np.bool_))
    answers = run_room(impatient, _desks(3))  # pranks are not called back: nothing but Erlang A
    room = Patient(calls_s=1 / 60, handling_s=120, patience_s=60, desks=3)
    lost = float(np.isnan(answers.answered).mean())
    assert lost == pytest.approx(room.wait().lost, abs=0.015)
    assert answers.within(impatient, 15) == pytest.approx(room.answered_within(15), abs=0.02)


def test_urgent_calls_are_answered_first_and_who_hung_up_is_called_back() -> None:
    """One desk, a call of 100 s; four wait. The urgent one goes first, the impatient one is called
    back last; a prank that hung up is not."""
    calls = Calls(
        offered=np.array([0.0, 1, 2, 3, 4]),
        urgency=np.array([2, 2, 1, 2, 2]),
        handling=np.full(5, 100.0),
        patience=np.array([999.0, 999, 999, 50, 50]),
        prank=np.array([False, False, False, False, True]),
    )
    answers = run_room(calls, _desks(1))
    np.testing.assert_array_equal(answers.answered, [0, 200, 100, np.nan, np.nan])
    np.testing.assert_array_equal(answers.called_back, [np.nan, np.nan, np.nan, 300, np.nan])
    assert answers.within(calls, 15) == 0.2


def test_desks_that_open_take_who_waits() -> None:
    """No desk in the first hour, one from then on."""
    desks = _desks(1)
    desks[0] = 0
    calls = structs.replace(
        _calls(1, float("inf")), offered=np.array([10.0]), urgency=np.array([1]),
        handling=np.array([60.0]), patience=np.array([np.inf]), prank=np.array([False]),
    )  # fmt: skip
    assert run_room(calls, desks).answered.tolist() == [3_600]
    with pytest.raises(ValueError, match="168"):
        run_room(calls, np.zeros(WEEK, dtype=np.int64))


def test_a_wave_of_pranks_delays_real_callers_unless_it_waits() -> None:
    """200 pranks an hour, two hours a day: real callers suffer; told apart they hardly do."""
    wave = Wave(calls_h=200, hours=2, a_week=7, handling_s=60)
    calls = _calls(6, 90, wave)
    real = ~calls.prank
    assert calls.prank.sum() == pytest.approx(400 * 40, rel=0.3)
    mixed = run_room(calls, _desks(3)).within(calls, 15, real)
    apart = structs.replace(calls, urgency=np.where(calls.prank, 2, 1))
    last = run_room(apart, _desks(3)).within(calls, 15, real)
    alone = run_room(_calls(6, 90), _desks(3)).within(_calls(6, 90), 15)
    assert mixed < last - 0.01
    assert last < alone


def test_patience_is_found_again() -> None:
    """True mean 80 s, seen through answers that cut it off; short ones are counted apart. The
    figure lies within its own error in nearly all of many months."""
    chance, near = np.random.default_rng(5), 0
    for _ in range(200):
        patience, wait = chance.exponential(80, 600), chance.exponential(60, 600)
        gone = patience < wait
        found = patience_of(wait[~gone], patience[gone])
        assert found.mean_s is not None
        assert found.counts
        lost = int((patience[gone] >= 5).sum())
        near += abs(found.mean_s - 80) < 1.96 * 80 / lost**0.5
    assert near >= 184
    few = patience_of(np.full(500, 4.0), np.array([2.0, 3.0, 30.0]))
    assert (few.short, few.counts, few.mean_s) == (2, False, None)
    assert patience_of(np.empty(0), np.empty(0)).lost == 0


def test_shifts_are_the_fewest() -> None:
    """Two people round the clock in three shifts of eight hours are 42 a week; a peak of one hour a
    day costs one more shift a day; twelve hours' shifts need 28."""
    flat = np.full(WEEK, 2)
    found = plan_shifts(flat, 8, 3)
    assert found.proved
    assert int(found.people.sum()) == 42
    assert (found.present >= flat).all()
    assert found.present.sum() == 42 * 8
    peak = flat.copy()
    peak[12::24] = 3
    assert int(plan_shifts(peak, 8, 4).people.sum()) == 49
    assert int(plan_shifts(flat, 12, 2).people.sum()) == 28
    assert len(plan_shifts(peak, 8, 3).begins) <= 3
    with pytest.raises(ValueError, match="no plan"):
        plan_shifts(flat, 4, 3)
    with pytest.raises(ValueError, match="168"):
        plan_shifts(np.ones(24, dtype=np.int64), 8, 3)


def test_who_was_there_is_counted_by_the_hour() -> None:
    """A night over the week's end, and half an hour."""
    spans = np.array([[166.0, 170.0], [10.25, 10.75]])
    found = mean_present(spans, 0, 168)
    assert found[[166, 167, 0, 1, 10]].tolist() == [1, 1, 0, 0, 0.5]
    found = mean_present(spans, 0, 192)  # eight days: the first hours came twice
    assert found[[166, 167, 0, 1, 10]].tolist() == [1, 1, 0.5, 0.5, 0.25]
    assert mean_present(spans, 160, 172)[10] == 0
