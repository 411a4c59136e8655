"""What a simulated person says on the telephone and when: a pure walk through their utterances.

A caller is silent until a human answered, then speaks each utterance after its pause. One that
`waits_for` a question waits until the operator has spoken and paused, or until patience ends, so
that the training room also works without a microphone. Whoever was rung and picked up speaks the
same way. Time comes in as seconds.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from kentongan.cities.training import Utterance

PATIENCE_S = 6.0
"""Longest wait for the operator's question before the caller speaks anyway."""

OPERATOR_PAUSE_S = 0.7
"""Silence after the operator's words that counts as the end of the question."""

KEYS_AFTER_S = 6.0
"""A caller who cannot speak presses the keys so long after the answer (the silent test runs)."""

KEY_GAP_S = 2.0
"""Seconds between two keys."""

RING_LIMIT_S = 180.0
"""A simulated caller hangs up after ringing so long, unless sooner; no scenario rings for ever."""

TALK_LIMIT_S = 600.0
"""A simulated caller hangs up so long after the answer."""


class Say(Struct, frozen=True):
    """Speak this sound of the pack now; it ends at `until_s`."""

    sound: str
    until_s: float


class Press(Struct, frozen=True):
    """Press this key now."""

    key: str


class HangUp(Struct, frozen=True):
    """End the call."""


Action = Say | Press | HangUp


class Script:
    """The walk of one call."""

    def __init__(
        self,
        utterances: Sequence[Utterance],
        sound_seconds: Mapping[str, float],
        began_s: float,
        *,
        keys: str = "",
        gives_up_s: float = RING_LIMIT_S,
    ) -> None:
        self._utterances = list(utterances)
        self._keys = list(keys)
        self._gives_up_s = gives_up_s
        self._seconds = sound_seconds
        self._began_s = began_s
        self._answered_s: float | None = None
        self._free_s = 0.0
        self._operator_s: float | None = None

    def answered(self, now_s: float) -> None:
        """A human answered; an announcement is not an answer."""
        if self._answered_s is None:
            self._answered_s = self._free_s = now_s

    def operator_spoke(self, now_s: float) -> None:
        """The operator's voice was heard at this moment."""
        self._operator_s = now_s

    def step(self, now_s: float) -> Sequence[Action]:
        """What the caller does now."""
        if self._answered_s is None:
            return (HangUp(),) if now_s - self._began_s > self._gives_up_s else ()
        if now_s - self._answered_s > TALK_LIMIT_S:
            return (HangUp(),)
        return (*self._press(now_s), *self._speak(now_s))

    def _press(self, now_s: float) -> Sequence[Action]:
        if not self._keys or self._answered_s is None:
            return ()
        if now_s < self._answered_s + KEYS_AFTER_S:
            return ()
        self._answered_s += KEY_GAP_S  # the next key is due a gap later
        return (Press(self._keys.pop(0)),)

    def _speak(self, now_s: float) -> Sequence[Action]:
        if not self._utterances or now_s < self._free_s:
            return ()
        utterance = self._utterances[0]
        earliest_s = self._free_s + utterance.pause_ms / 1000
        if now_s < earliest_s or (utterance.waits_for and not self._was_asked(now_s)):
            return ()
        del self._utterances[0]
        self._free_s = now_s + self._seconds.get(utterance.sound, 1.0)
        self._operator_s = None
        return (Say(utterance.sound, self._free_s),)

    def _was_asked(self, now_s: float) -> bool:
        if now_s - self._free_s >= PATIENCE_S:
            return True
        spoke_s = self._operator_s
        return spoke_s is not None and now_s - spoke_s >= OPERATOR_PAUSE_S
