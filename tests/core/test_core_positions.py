"""Which fixes become the position that is drawn, and which are only kept."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core.positions import (
    AGREEING,
    OLD_S,
    SPEED_MAX_M_S,
    Bounds,
    Judge,
    Verdict,
    is_too_fast,
    says_more,
)
from kentongan.core.words import Fix, UnitId

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
UNIT = UnitId("AMB01")
SEVEN_HOURS_S = 7 * 3_600.0
INDONESIA = Bounds(south=-11.2, west=94.7, north=6.3, east=141.1)


def fix(second: float, *, lat: float = -6.98, lon: float = 110.41, accuracy_m: float = 6.0) -> Fix:
    """Measured so many seconds after noon, in Semarang unless told otherwise."""
    at = NOON + timedelta(seconds=second)
    return Fix(point=Point(lat, lon), at=at, accuracy_m=accuracy_m)


def verdicts(judge: Judge, *fixes: Fix, at_s: float | None = None) -> list[Verdict]:
    """Each fix judged as it comes, at its own time or at that second."""
    said: list[Verdict] = []
    for one in fixes:
        received = one.at if at_s is None else NOON + timedelta(seconds=at_s)
        said += [judged.verdict for judged in judge.judge(UNIT, [one], received)]
    return said


def test_fixes_in_order_are_drawn() -> None:
    """The ordinary case: a car that drives."""
    driving = [fix(n, lat=-6.98 + n * 1e-4) for n in range(20)]
    assert set(verdicts(Judge(INDONESIA), *driving)) == {Verdict.DRAWN}


def test_a_late_fix_is_kept_and_not_drawn() -> None:
    """A message from before the last one says where the unit was; the same once more is known."""
    said = verdicts(Judge(INDONESIA), fix(10), fix(5), fix(10), fix(5), fix(11), at_s=12)
    assert said == [
        Verdict.DRAWN, Verdict.LATE, Verdict.DUPLICATE, Verdict.DUPLICATE, Verdict.DRAWN,
    ]  # fmt: skip


def test_an_old_fix_alone_draws_nothing() -> None:
    """A telephone that was off sends yesterday's place first."""
    assert verdicts(Judge(INDONESIA), fix(0), at_s=OLD_S + 1) == [Verdict.OLD]


def test_impossible_places() -> None:
    """Nothing at 0/0, abroad, or as coarse as a radio cell."""
    said = verdicts(
        Judge(INDONESIA),
        fix(0, lat=0.0, lon=0.0),
        fix(1, lat=48.85, lon=2.29),
        fix(2, lat=110.41, lon=-6.98),
        fix(3, accuracy_m=5_001),
        fix(4),
    )
    assert said == [Verdict.NULL_ISLAND, Verdict.ABROAD, Verdict.COARSE, Verdict.DRAWN]


def test_a_jump_is_flagged_and_the_way_back_is_not() -> None:
    """One reflection from a tower does not move the unit, and what follows is drawn again."""
    said = verdicts(Judge(INDONESIA), fix(0), fix(1, lat=-6.9), fix(2), fix(3))
    assert said == [Verdict.DRAWN, Verdict.TOO_FAST, Verdict.DRAWN, Verdict.DRAWN]


def test_a_unit_that_really_is_elsewhere_is_believed() -> None:
    """The first fix was the wrong one: after three that agree the unit is where they say."""
    elsewhere = [fix(1 + n, lat=-7.5 + n * 1e-4) for n in range(5)]
    said = verdicts(Judge(INDONESIA), fix(0), *elsewhere)
    assert said[1:AGREEING] == [Verdict.TOO_FAST] * (AGREEING - 1)
    assert said[AGREEING:] == [Verdict.DRAWN] * (len(said) - AGREEING)


def test_jumps_that_do_not_agree_are_never_believed() -> None:
    """A receiver that only guesses stays where it was last seen."""
    guesses = [fix(n, lat=-6.0 - n % 3 * 0.7) for n in range(1, 20)]
    assert set(verdicts(Judge(INDONESIA), fix(0), *guesses)[1:]) == {Verdict.TOO_FAST}


def test_coarse_accuracy_hides_a_jump() -> None:
    """Two kilometres between two fixes that may each be off by one are no speed at all."""
    judge = Judge(INDONESIA)
    said = verdicts(judge, fix(0, accuracy_m=1_000), fix(1, lat=-6.962, accuracy_m=1_000))
    assert said == [Verdict.DRAWN, Verdict.DRAWN]


def test_a_clock_that_is_ahead_is_put_right() -> None:
    """An hour ahead: two messages say nothing yet, from the third on each is shifted as a whole,
    its fixes in order among each other, and flagged."""
    judge = Judge(INDONESIA)
    for second in (5, 15):
        ahead = [fix(second + 3_592), fix(second + 3_595)]
        found = judge.judge(UNIT, ahead, NOON + timedelta(seconds=second))
        assert [one.verdict for one in found] == [Verdict.FUTURE] * 2
    found = judge.judge(UNIT, [fix(3_612), fix(3_620)], NOON + timedelta(seconds=25))
    assert [one.verdict for one in found] == [Verdict.CLOCK_AHEAD] * 2
    assert [one.fix.at for one in found] == [NOON + timedelta(seconds=s) for s in (17, 25)]
    assert {one.shift_s for one in found} == {3_595.0}


def ahead_verdicts(
    judge: Judge, seconds: Iterable[tuple[float, float]], device: str = ""
) -> list[tuple[Verdict, float]]:
    """Of a device seven hours ahead: (measured, received) in seconds after noon, one a message;
    the verdict, and by how much the position is then said to be old."""
    said: list[tuple[Verdict, float]] = []
    for measured, received in seconds:
        now = NOON + timedelta(seconds=received)
        (one,) = judge.judge(UNIT, [fix(measured + SEVEN_HOURS_S)], now, device=device)
        said.append((one.verdict, (now - one.fix.at).total_seconds()))
    return said


def test_what_a_clock_ahead_kept_is_as_old_as_it_is() -> None:
    """A tracker that takes the time of Jakarta for UTC reports live, then is without reception for
    25 minutes and sends what it kept one by one: none of that looks fresh."""
    judge = Judge(INDONESIA)
    live = ahead_verdicts(judge, [(n * 10, n * 10 + 1) for n in range(4)])
    assert live[-2:] == [(Verdict.CLOCK_AHEAD, 0.0)] * 2
    kept = ahead_verdicts(judge, [(40 + n * 10, 1_560 + n * 10.5) for n in range(30)])
    assert [round(age_s) for _, age_s in kept[:2]] == [1_519, 1_520]
    assert min(age_s for _, age_s in kept) > 1_500
    again = ahead_verdicts(judge, [(1_900 + n * 10, 1_900 + n * 10 + 8) for n in range(3)])
    assert again == [(Verdict.CLOCK_AHEAD, 7.0)] * 3, "the least delay tells the clock"


def test_a_restart_forgets_no_clock() -> None:
    """What a process knew of the clocks goes on with the next one: what was kept while it was away
    is as old as it is from the first message on."""
    before = Judge(INDONESIA)
    ahead_verdicts(before, [(n * 10, n * 10 + 1) for n in range(4)], device="tracker")
    clocks = before.clocks_of(UNIT)
    assert [device for device, _ in clocks] == ["tracker"]
    after = Judge(INDONESIA)
    after.start_from(UNIT, fix(30), clocks)
    kept = ahead_verdicts(after, [(n, 1_520 + n * 0.1) for n in range(40, 60)], device="tracker")
    assert min(age_s for _, age_s in kept) > 1_400
    live = ahead_verdicts(after, [(1_600, 1_601)], device="tracker")
    assert live[0][0] is Verdict.CLOCK_AHEAD
    assert live[0][1] < 2


def test_a_clock_ahead_that_nobody_knew_is_not_learnt_from_what_was_kept() -> None:
    """After a restart the first thing that comes is a store of kept messages, quicker than it was
    measured: it says nothing of where the unit is, and the present then does."""
    judge = Judge(INDONESIA)
    kept = ahead_verdicts(judge, [(n, 1_520 + n * 0.1) for n in range(600)])
    assert {verdict for verdict, _ in kept} == {Verdict.FUTURE}
    again = ahead_verdicts(judge, [(600, 1_590 + n) for n in range(9)])
    assert all(verdict in (Verdict.FUTURE, Verdict.DUPLICATE) for verdict, _ in again)
    live = ahead_verdicts(judge, [(1_600 + n * 5, 1_601 + n * 5) for n in range(4)])
    assert live[-1] == (Verdict.CLOCK_AHEAD, 0.0)


def test_seven_hours_kept_by_a_clock_seven_hours_ahead_are_old() -> None:
    """What it measured in the morning says noon: it is not taken for a clock put right."""
    judge = Judge(INDONESIA)
    ahead_verdicts(judge, [(n * 10, n * 10) for n in range(4)])
    now_s = SEVEN_HOURS_S + 600
    kept = ahead_verdicts(judge, [(600 + n * 10, now_s + n) for n in range(60)])
    assert {verdict for verdict, _ in kept} == {Verdict.OLD}


def test_a_clock_put_right_is_believed_within_two_minutes() -> None:
    """Somebody set it: what it says agrees with ours for over a minute."""
    judge = Judge(INDONESIA)
    ahead_verdicts(judge, [(n * 10, n * 10) for n in range(4)])
    right = [fix(600 + n * 10) for n in range(12)]
    said = verdicts(judge, *right)
    assert said[0] is Verdict.OLD
    assert said[-5:] == [Verdict.DRAWN] * 5


def test_two_devices_of_a_unit_have_each_their_clock() -> None:
    """A tracker that is ahead makes a telephone that is right no older, nor the other way round."""
    judge = Judge(INDONESIA)
    tracker: list[tuple[Verdict, float]] = []
    for at_s in range(0, 50, 10):
        tracker += ahead_verdicts(judge, [(at_s, at_s)], device="tracker")
        said = judge.judge(UNIT, [fix(at_s + 5)], NOON + timedelta(seconds=at_s + 5))
        assert [one.verdict for one in said] == [Verdict.DRAWN]
    assert tracker[-1] == (Verdict.CLOCK_AHEAD, 0.0)


def test_one_fix_from_the_future_spoils_nothing() -> None:
    """A clock of 2030 in one fix: kept with how far it was ahead, not drawn; the others of its
    message, and what comes after it, are drawn as ever. Also when the device tells its time."""
    years_s = 4 * 365 * 86_400.0
    for sent_at in (None, NOON + timedelta(seconds=5)):
        judge = Judge(INDONESIA)
        mixed = [fix(1), fix(2), fix(years_s, lat=-6.5), fix(3), fix(4)]
        found = judge.judge(UNIT, mixed, NOON + timedelta(seconds=5), sent_at)
        assert [one.verdict for one in found] == [
            Verdict.DRAWN, Verdict.DRAWN, Verdict.FUTURE, Verdict.DRAWN, Verdict.DRAWN,
        ]  # fmt: skip
        assert [one.fix.at for one in found if one.verdict.is_drawn] == [
            NOON + timedelta(seconds=second) for second in (1, 2, 3, 4)
        ]
        future = found[2]
        assert future.fix.at + timedelta(seconds=future.shift_s) == mixed[2].at
        assert future.fix.at == future.received_at
        assert verdicts(judge, fix(years_s + 1), at_s=6) == [Verdict.FUTURE]
        assert verdicts(judge, fix(5), fix(6), at_s=6.5) == [Verdict.DRAWN] * 2


def test_a_clock_that_stays_wrong_is_put_right_after_three() -> None:
    """A device that was right says 2030 from now on: two are slips, from the third on it is drawn;
    when it is right again, that counts at once."""
    judge = Judge(INDONESIA)
    said = verdicts(judge, fix(0), at_s=1)
    for second in range(4):
        said += verdicts(judge, fix(1e8 + second), at_s=1 + second)
    assert said == [Verdict.DRAWN, *[Verdict.FUTURE] * (AGREEING - 1), *[Verdict.CLOCK_AHEAD] * 2]
    assert verdicts(judge, fix(5), at_s=5) == [Verdict.DRAWN]
    assert verdicts(judge, fix(1e8 + 9), at_s=6) == [Verdict.FUTURE]


def test_a_position_of_the_future_on_record_blocks_nothing() -> None:
    """What an older release took for the last position is no reason to call the present late."""
    judge = Judge(INDONESIA)
    judge.start_from(UNIT, fix(1e8))
    assert verdicts(judge, fix(0), fix(1)) == [Verdict.DRAWN] * 2


def test_a_clock_that_is_a_little_ahead_is_left() -> None:
    """Within a minute nothing is touched."""
    judge = Judge(INDONESIA)
    found = judge.judge(UNIT, [fix(59)], NOON)
    assert [(one.verdict, one.shift_s) for one in found] == [(Verdict.DRAWN, 0.0)]


def test_the_time_of_sending_puts_any_clock_right() -> None:
    """A clock hours behind: what counts is the fix's age by the device's own clock."""
    judge = Judge(INDONESIA)
    behind = timedelta(hours=7)
    said = [fix(-7 * 3600 - 20)]
    found = judge.judge(UNIT, said, NOON, sent_at=NOON - behind)
    assert found[0].verdict is Verdict.DRAWN
    assert found[0].fix.at == NOON - timedelta(seconds=20)


def test_after_a_restart_the_last_position_still_counts() -> None:
    """A process that begins again does not believe what the one before would not have."""
    judge = Judge(INDONESIA)
    judge.start_from(UNIT, fix(0))
    assert verdicts(judge, fix(1, lat=-6.5)) == [Verdict.TOO_FAST]


fixes = st.builds(
    Fix,
    point=st.builds(Point, st.floats(), st.floats()),
    at=st.datetimes(timezones=st.just(UTC)),
    accuracy_m=st.none() | st.floats(min_value=0),
)
near_fixes = st.builds(
    fix,
    st.floats(-600, 600),
    lat=st.floats(-7.2, -6.8),
    lon=st.floats(110.2, 110.6),
    accuracy_m=st.floats(0, 10_000),
)


@given(st.lists(st.lists(fixes | near_fixes, max_size=5), max_size=20))
def test_nothing_impossible_is_ever_drawn(messages: list[list[Fix]]) -> None:
    """Whatever comes: what is drawn is in the country, not coarse, not old, and never goes back."""
    judge = Judge(INDONESIA)
    drawn: list[Fix] = []
    for number, message in enumerate(messages):
        now = NOON + timedelta(seconds=number)
        for one in judge.judge(UNIT, message, now):
            if not one.verdict.is_drawn:
                continue
            assert INDONESIA.hold(one.fix.point)
            assert (one.fix.accuracy_m or 0) <= 5_000
            assert (now - one.fix.at).total_seconds() <= OLD_S
            assert one.fix.at <= now + timedelta(seconds=60)
            drawn.append(one.fix)
    assert all(a.at <= b.at for a, b in pairwise(drawn))


def test_speed_is_measured_over_at_least_a_second() -> None:
    """Two fixes of the same moment may differ by what a second allows, and no more."""
    assert not is_too_fast(fix(0), fix(0, lat=-6.98 + (SPEED_MAX_M_S + 10) / 111_195))
    assert is_too_fast(fix(0), fix(0, lat=-6.98 + (SPEED_MAX_M_S + 20) / 111_195))


def test_a_coarse_later_fix_hides_a_finer_one_once_the_unit_may_have_driven_as_far() -> None:
    """5 m and 15 m/s against 300 m: for 19 s the finer one says more; fine ones always replace."""
    modem = fix(0, accuracy_m=5.0)
    assert says_more(modem, fix(1, accuracy_m=300.0))
    assert says_more(modem, fix(19, accuracy_m=300.0))
    assert not says_more(modem, fix(20, accuracy_m=300.0))
    assert not says_more(modem, fix(1, accuracy_m=100.0)), "a receiver's own noise"
    assert not says_more(modem, structs.replace(modem, at=NOON, accuracy_m=None))
    assert not says_more(fix(0, accuracy_m=900.0), fix(1, accuracy_m=300.0))
