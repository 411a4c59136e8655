"""Sounds and training scenarios: what a caller in the training room says, and what is expected.

A scenario is data. It does not run itself: the simulator plays it, and the console shows it with
the training frame around every screen.
"""

from enum import StrEnum

from msgspec import Struct

from kentongan.cities.facts import Point, Text


class SoundUse(StrEnum):
    """What a sound is for."""

    ANNOUNCEMENT = "announcement"  # played to real callers
    CALLER = "caller"  # a caller in the training room


class Voice(Struct, frozen=True, kw_only=True):
    """How the words are synthesised: an espeak-ng voice, words a minute, pitch 0–99."""

    name: str
    speed_wpm: int
    pitch: int
    volume: int = 100


class Sound(Struct, frozen=True, kw_only=True):
    """A WAV of the pack: 8 kHz, mono, 16 bit. Without a voice it is breath-like noise."""

    key: str
    file: str
    use: SoundUse
    text: Text
    voice: Voice | None = None
    spoken: str | None = None
    seconds: float | None = None
    loop: bool = False


class Utterance(Struct, frozen=True, kw_only=True):
    """A sound after a pause; `waits_for` names what the operator should have asked."""

    sound: str
    pause_ms: int = 0
    waits_for: str | None = None


class TruePlace(Struct, frozen=True, kw_only=True):
    """Where the scenario really happens."""

    words: str
    point: Point
    kelurahan: str


class ScenarioCall(Struct, frozen=True, kw_only=True):
    """One call. `number` is absent when it is withheld or there is no SIM."""

    delay_s: float
    line: str
    place: TruePlace
    nature: str
    utterances: tuple[Utterance, ...]
    number: str | None = None
    name: str | None = None
    keys: str | None = None


class Scenario(Struct, frozen=True, kw_only=True):
    """A training scenario: its calls in the order they ring, and how many incidents they are."""

    key: str
    label: Text
    goal: Text
    incidents: int
    calls: tuple[ScenarioCall, ...]
