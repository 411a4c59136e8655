"""What excuses a silence in a test: only what a process waited within that very silence."""

import media_whole
import pytest
from media_whole import Silence

pytestmark = pytest.mark.anyio


class _Ear:
    """An ear that the test makes hear."""

    def __init__(self) -> None:
        self.received = self.missing = 0
        self.longest_gap_s = 0.0

    def forget(self) -> None:
        """Nothing to forget."""

    def hear(self, after_s: float) -> None:
        """A packet, so long after the last."""
        self.received += 1
        self.longest_gap_s = max(self.longest_gap_s, after_s)


def _long_ago(_: float) -> float:
    return 0.0


async def test_what_is_waited_for_before_or_after_a_silence_excuses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sum over the whole scenario would let a fault of two seconds pass; nor do two add up."""
    waited_s = {1: 0.0, 2: 0.0}
    monkeypatch.setattr(media_whole, "loop_waited_s", waited_s.__getitem__)
    monkeypatch.setattr(media_whole, "born_s", _long_ago)
    monkeypatch.setattr(media_whole, "longest_s", _long_ago)
    ear = _Ear()
    silence = Silence(ear, lambda: waited_s)
    waited_s[1] = 5.0
    ear.hear(0.02)
    silence._look()
    waited_s.update({1: 5.3, 2: 0.4})
    ear.hear(1.05)
    silence._look()
    waited_s.update({1: 9.0, 2: 9.0})
    ear.hear(0.02)
    silence._look()
    assert silence.machine_s == pytest.approx(0.4)
    silence.judge(0.7, "enough")
    with pytest.raises(AssertionError):
        silence.judge(0.6, "too long")
