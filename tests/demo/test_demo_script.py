"""Simulated callers and drives follow their script, by a clock that comes in."""

from datetime import UTC, datetime, timedelta

import pytest

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.cities.pack import load, packaged
from kentongan.demo.driving import DETOUR, SPEED_M_S, drive
from kentongan.demo.script import (
    PATIENCE_S,
    RING_LIMIT_S,
    HangUp,
    Press,
    Say,
    Script,
)

PACK = load(packaged())
SECONDS = {sound.key: 2.0 for sound in PACK.sounds}


def _script(scenario: str) -> Script:
    call = PACK.scenario_by_key[scenario].calls[0]
    gives_up_s = call.gives_up_s or RING_LIMIT_S
    return Script(call.utterances, SECONDS, 0.0, keys=call.keys or "", gives_up_s=gives_up_s)


def _walk(
    script: Script, until_s: float, step_s: float = 0.1
) -> list[tuple[float, Say | Press | HangUp]]:
    found: list[tuple[float, Say | Press | HangUp]] = []
    for tick in range(int(until_s / step_s)):
        now_s = tick * step_s
        found.extend((now_s, action) for action in script.step(now_s))
    return found


def test_the_caller_is_silent_until_a_human_answers_and_hangs_up_in_the_end() -> None:
    """Nothing is said to the announcement; after the ring limit the caller gives up."""
    found = _walk(_script("medical"), RING_LIMIT_S + 1)
    assert found
    assert all(isinstance(action, HangUp) for _, action in found)
    assert found[0][0] > RING_LIMIT_S


def test_a_caller_who_gives_up_hangs_up_while_it_rings() -> None:
    """Sooner than the limit of all; once answered they stay, and say what they had to say."""
    call = PACK.scenario_by_key["cut_off"].calls[0]
    assert call.gives_up_s is not None
    at, action = _walk(_script("cut_off"), RING_LIMIT_S)[0]
    assert isinstance(action, HangUp)
    assert call.gives_up_s < at < call.gives_up_s + 1
    script = _script("cut_off")
    script.answered(0.0)
    said = [action for _, action in _walk(script, 40)]
    assert [one.sound for one in said if isinstance(one, Say)] == ["cut_off_1", "cut_off_2"]
    assert not any(isinstance(one, HangUp) for one in said)


def test_without_a_microphone_the_caller_speaks_when_patience_ends() -> None:
    """Held-back words come after the patience, in their order, each once."""
    script = _script("medical")
    script.answered(0.0)
    said = [(at, action.sound) for at, action in _walk(script, 60) if isinstance(action, Say)]
    assert [sound for _, sound in said] == [
        utterance.sound for utterance in PACK.scenario_by_key["medical"].calls[0].utterances
    ]
    first, second = said[0][0], said[1][0]
    assert second - first == pytest.approx(2.0 + PATIENCE_S, abs=0.2)


def test_the_caller_answers_when_the_operator_has_asked() -> None:
    """A question followed by a pause brings the answer before the patience ends."""
    script = _script("medical")
    script.answered(0.0)
    said: list[float] = []
    for tick in range(100):
        now_s = tick / 10
        if now_s == pytest.approx(4.0):
            script.operator_spoke(now_s)
        said.extend(now_s for action in script.step(now_s) if isinstance(action, Say))
    assert said[1] < 2.8 + PATIENCE_S
    assert said[1] >= 4.7


def test_a_caller_who_cannot_speak_presses_keys() -> None:
    """5 and then 1, after the silent test, with a gap."""
    script = _script("silent")
    script.answered(0.0)
    keys = [(at, action.key) for at, action in _walk(script, 20) if isinstance(action, Press)]
    assert [key for _, key in keys] == ["5", "1"]
    assert keys[1][0] - keys[0][0] >= 1.9


def test_a_drive_takes_road_distance_over_speed_and_stays_on_its_line() -> None:
    """Position is a function of time: start, half way, goal; never beyond."""
    start, goal = Point(lat=-6.98, lon=110.41), Point(lat=-7.01, lon=110.45)
    begin = datetime(2026, 11, 25, tzinfo=UTC)
    journey = drive(start, goal, begin, speed_up=4.0)
    assert journey.seconds == pytest.approx(distance_m(start, goal) * DETOUR / SPEED_M_S / 4)
    half = journey.position(begin + timedelta(seconds=journey.seconds / 2))
    assert half.lat == pytest.approx((start.lat + goal.lat) / 2)
    assert journey.position(begin - timedelta(seconds=5)) == start
    late = journey.position(begin + timedelta(days=1))
    assert distance_m(late, goal) == pytest.approx(0, abs=1e-6)
    assert 90 < journey.heading_deg < 180
