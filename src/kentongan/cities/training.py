"""Sounds and training scenarios: what a caller in the training room says, and what is expected.

A scenario is data. It does not run itself: the simulator plays it, and the console shows it with
the training frame around every screen. `Telephone` is the other direction: who picks up in the
training room when the room rings an agency, a hospital or somebody who was cut off.
"""

from enum import StrEnum

from msgspec import Struct

from kentongan.cities.facts import Point, Text


class SoundUse(StrEnum):
    """What a sound is for."""

    ANNOUNCEMENT = "announcement"  # played to real callers
    CALLER = "caller"  # a caller in the training room
    ANSWERER = "answerer"  # somebody whom the training room rings


class Voice(Struct, frozen=True, kw_only=True):
    """How the words are synthesised: an espeak-ng voice, words a minute, pitch 0–99."""

    name: str
    speed_wpm: int
    pitch: int
    volume: int = 100


class Cadence(Struct, frozen=True, kw_only=True):
    """A tone that comes and goes, as exchanges send it (ITU-T E.180): Hz, seconds on and off."""

    frequency_hz: float
    on_s: float
    off_s: float


class Sound(Struct, frozen=True, kw_only=True):
    """A WAV of the pack: 8 kHz, mono, 16 bit.

    It is made of a `voice` that speaks, of a `tone`, or of so many `knocks` on a telephone; of
    none of them it is breath-like noise. `seconds` is the length of breath. What says the same as
    another sound in another `language` names that sound in `of`.
    """

    key: str
    file: str
    use: SoundUse
    text: Text
    voice: Voice | None = None
    tone: Cadence | None = None
    knocks: int | None = None
    spoken: str | None = None
    seconds: float | None = None
    loop: bool = False
    language: str = "id"
    of: str | None = None


class Written(Struct, frozen=True, kw_only=True):
    """What a telephone that shows text reads where others hear a sound."""

    waits: Text  # connected, and nobody has answered yet
    here: Text  # a call-taker reads from now on
    patience: Text  # on hold, or waiting once more
    asks: Text  # the silent test: what to write if one needs help


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


class Pickup(StrEnum):
    """What happens at a simulated telephone that is rung."""

    ANSWERS = "answers"
    BUSY = "busy"
    NEVER = "never"  # it rings, and nobody comes


class ScenarioCall(Struct, frozen=True, kw_only=True):
    """One call. `number` is absent when it is withheld or there is no SIM.

    Who `gives_up_s` hangs up after ringing so long without an answer. `when_rung` is what the room
    meets that rings the number back; somebody who answers says what they had to say.
    """

    delay_s: float
    line: str
    place: TruePlace
    nature: str
    utterances: tuple[Utterance, ...]
    number: str | None = None
    name: str | None = None
    keys: str | None = None
    gives_up_s: float | None = None
    when_rung: Pickup = Pickup.ANSWERS


class Telephone(Struct, frozen=True, kw_only=True):
    """Whoever is reached under these keys of the directory; without any, everybody else.

    It rings for `after_s` seconds; then somebody says the first utterance, and the next ones when
    they were spoken to.
    """

    contacts: tuple[str, ...] = ()
    pickup: Pickup = Pickup.ANSWERS
    after_s: float = 4.0
    utterances: tuple[Utterance, ...] = ()


class Scenario(Struct, frozen=True, kw_only=True):
    """A training scenario: its calls in the order they ring, and how many incidents they are."""

    key: str
    label: Text
    goal: Text
    incidents: int
    calls: tuple[ScenarioCall, ...]
