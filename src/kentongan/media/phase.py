"""When within the 20 ms a call is mixed: soon after its voices arrive, not when the clock began.

A party's packets come every 20 ms, so each of them waits as long as the one before for the moment
at which its call is mixed. One moment for all calls makes that 10 ms in the mean, for nothing. So a
call's moment is moved once its parties' rhythm is known, in steps of a quarter of a tick, and again
only when much is to be gained. A moment that moves is one packet to each party that comes as much
sooner or later; no sound is lost. Sooner is free. Later may leave a voice a frame more in hand than
it needs, which the jitter buffer then hurries through. A party whose packets come unevenly needs
the wait, and its call stays as it is. Pure.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

TICK_S: Final = 0.02
SLOTS: Final = 4  # moments within a tick: finer ones save less than waking for them costs
STEP_S: Final = TICK_S / SLOTS
ARRIVALS_KEPT: Final = 32  # of a leg: 0.6 s
ARRIVALS_MIN: Final = 16  # fewer tell no rhythm
STALE_S: Final = 0.1  # nothing for so long: the party is silent and has no rhythm now
EVEN_S: Final = 0.004  # between early and late packets; more is a network that needs the wait
MARGIN_S: Final = 0.0015  # after the late ones: three times what they stray on a quiet machine
LATER_STEPS_MAX: Final = 2  # 10 ms: a packet at most 30 ms after the one before
GAIN_S_MIN: Final = 0.005  # of all waits together: less is not worth a move


class Rhythm(Struct, frozen=True):
    """How a party's packets come before the moment at which its call is mixed."""

    wait_s: float
    """Of the late ones, at least 0 and less than a tick."""
    has_frame_in_hand: bool
    """Whether another frame was always there when one was played."""
    is_heard: bool


def wait_of(arrivals_s: Sequence[float], mixed_at_s: float) -> float | None:
    """How long the late ones of these packets waited for a moment like `mixed_at_s`, 0 to 20 ms.

    Times are of one clock. None if they are too few, or come unevenly.
    """
    if len(arrivals_s) < ARRIVALS_MIN:
        return None
    waits = [(mixed_at_s - each) % TICK_S for each in arrivals_s]
    half = TICK_S / 2
    apart = sorted((each - waits[-1] + half) % TICK_S - half for each in waits)
    tenth = len(apart) // 10
    if apart[-1 - tenth] - apart[tenth] > EVEN_S:
        return None
    return (waits[-1] + apart[tenth]) % TICK_S


def is_speaking(arrivals_s: Sequence[float], mixed_at_s: float) -> bool:
    """Whether packets are coming."""
    return bool(arrivals_s) and mixed_at_s - arrivals_s[-1] < STALE_S


def steps_to_move(rhythms: Sequence[Rhythm]) -> int:
    """By how many steps a call should be mixed later, or, below zero, sooner; mostly not at all."""
    heard = [each.wait_s for each in rhythms if each.is_heard]
    if len(heard) < 2:  # nobody to be heard by
        return 0
    best, least_s = 0, sum(heard) - GAIN_S_MIN
    for steps in range(-_sooner_steps_max(rhythms), LATER_STEPS_MAX + 1):
        waits = [(each + steps * STEP_S) % TICK_S for each in heard]
        if steps and min(waits) >= MARGIN_S and sum(waits) < least_s:
            best, least_s = steps, sum(waits)
    return best


def _sooner_steps_max(rhythms: Sequence[Rhythm]) -> int:
    """So that no party's packets come after the moment that waited for them before."""
    if not all(each.has_frame_in_hand for each in rhythms):
        return 0
    spare_s = min(each.wait_s for each in rhythms) - MARGIN_S
    if max(each.wait_s for each in rhythms) > TICK_S - STEP_S:
        return 0  # as well just after the moment as long before it: it is not known exactly enough
    return max(0, min(SLOTS - 1, int(spare_s / STEP_S)))
