"""The telephone room in journeys: people with a voice of their own, and who hears whom.

Every voice is a pure tone of a multiple of 10 Hz. Levels are medians over pieces of 100 ms: a
frame that came late on a busy machine shifts a tone's phase, and one long spectrum would call that
silence.
"""

import json
import re
from collections.abc import Callable
from typing import Protocol

from journey_axe import colours_turned, violations
from journey_browser import Enter, Person
from journey_caller import Ringing
from journey_centre import Centre, until
from playwright.sync_api import Locator, expect

from kentongan.core.events import AnyEvent
from kentongan.core.rows import CallRow, DeskRow, IncidentRow

LOUD = 2_000.0
"""Of a tone of 8,000."""

FAINT = 150.0
WAIT_S = 20.0
VOICES_HZ = {"rina": 700.0, "dewi": 1_300.0, "sari": 1_900.0}
DUTY = {"rina": "panggilan", "dewi": "panggilan", "sari": "pantau"}

VOICE_SCRIPT = """
(() => {
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    const voice = context.createOscillator();
    const loudness = context.createGain();
    const out = context.createMediaStreamDestination();
    voice.frequency.value = %f;
    loudness.gain.value = 0.25;
    voice.connect(loudness).connect(out);
    voice.start();
    return out.stream;
  };
})();
"""


BEEP_SCRIPT = """
(hz) => {
  const { track } = window.journeyConnection.getReceivers()[0];
  const context = new AudioContext();
  const ear = context.createAnalyser();
  ear.smoothingTimeConstant = 0;
  context.createMediaStreamSource(new MediaStream([track])).connect(ear);
  const levels = new Float32Array(ear.frequencyBinCount);
  window.journeyBeep = -Infinity;
  setInterval(() => {
    ear.getFloatFrequencyData(levels);
    const at = Math.round(hz / (context.sampleRate / ear.fftSize));
    window.journeyBeep = Math.max(window.journeyBeep, levels[at]);
  }, 20);
}
"""
"""Keeps the loudest it heard at that frequency, in dB: a beep is too short to look for."""

TONES_SCRIPT = """
() => {
  const make = BaseAudioContext.prototype.createOscillator;
  window.journeyTones = 0;
  BaseAudioContext.prototype.createOscillator = function () {
    window.journeyTones += 1;
    return make.call(this);
  };
}
"""
"""Counts what the page sounds itself from now on: rings and alarms."""


class Ear(Protocol):
    """Whoever hears: a page, or a telephone."""

    def hears(self, frequency_hz: float) -> float: ...


def sit_down(enter: Enter, name: str) -> Person:
    """Somebody with a voice of their own, on duty at the usual screen."""
    person = enter(name)
    person.context.add_init_script(VOICE_SCRIPT % VOICES_HZ[name])
    person.begin_duty(DUTY[name])
    return person


def tones_of(person: Person) -> int:
    """How many tones that page made since it was last asked to count anew."""
    return int(person.page.evaluate("window.journeyTones"))


def sounding(*people: Person) -> list[bool]:
    """Whether each of these pages sounds: what a critical alarm does every five seconds."""
    people[0].page.wait_for_timeout(500)  # a pulse that had begun ends
    for person in people:
        person.page.evaluate("window.journeyTones = 0")
    people[0].page.wait_for_timeout(6_000)
    return [tones_of(person) > 0 for person in people]


def voice_of(person: Person) -> float:
    """Their frequency."""
    return VOICES_HZ[person.name]


def hears(ear: Ear, *voices_hz: float, who: str) -> None:
    """Wait until all these voices are heard there."""
    until(
        lambda: all(ear.hears(hz) > LOUD for hz in voices_hz), WAIT_S, f"{who}: hears {voices_hz}"
    )


def hears_not(ear: Ear, *voices_hz: float, who: str) -> None:
    """Wait until none of these voices is heard there."""
    until(lambda: all(ear.hears(hz) < FAINT for hz in voices_hz), WAIT_S, f"{who}: not {voices_hz}")


def calls_of(centre: Centre) -> list[CallRow]:
    """All calls, the newest last."""
    rows = [row for row in centre.rows("call") if isinstance(row, CallRow)]
    return sorted(rows, key=lambda row: row.ring_at)


def newest(centre: Centre) -> CallRow:
    """The call that rang last."""
    return calls_of(centre)[-1]


def call_row(centre: Centre, key: str) -> CallRow:
    """One call as it is now."""
    return next(row for row in calls_of(centre) if row.key == key)


def becomes(centre: Centre, key: str, holds: Callable[[CallRow], object], what: str) -> CallRow:
    """Wait until it holds for that call."""
    until(lambda: holds(call_row(centre, key)), WAIT_S, what)
    return call_row(centre, key)


def desks_of(centre: Centre) -> list[DeskRow]:
    """All desks."""
    return [row for row in centre.rows("desk") if isinstance(row, DeskRow)]


def desk_of(centre: Centre, person: Person) -> str:
    """Where this person sits."""
    return next(row.key for row in desks_of(centre) if row.agent == f"agent-{person.name}")


def is_accessible(person: Person) -> None:
    """Axe finds nothing, nor in the colours of the other theme."""
    found = violations(person.page) + colours_turned(person.page)
    told = [(rule["id"], [node["html"][:200] for node in rule["nodes"][:3]]) for rule in found]
    assert not told, json.dumps(told, indent=1)


def pictured(person: Person, name: str) -> None:
    """Keep pictures in both languages of what stands there now; axe passes in both."""
    person.picture(f"{name}-id")
    is_accessible(person)
    _speak(person, "English", "en")
    person.picture(f"{name}-en")
    is_accessible(person)
    _speak(person, "Indonesia", "id")


def _speak(person: Person, language: str, code: str) -> None:
    menu = person.page.locator("button.who")
    menu.click()
    person.page.get_by_role("radio", name=language).check()
    person.press("Escape")
    expect(person.page.locator("html")).to_have_attribute("lang", code)


def sent_of(centre: Centre) -> int:
    """For how many incidents help was ordered."""
    rows = [row for row in centre.rows("incident") if isinstance(row, IncidentRow)]
    return sum(row.sent_at is not None for row in rows)


def settle_all(person: Person, centre: Centre) -> None:
    """Nobody of before is left on the list: H takes whoever is to be rung back first."""
    for row in calls_of(centre):
        if row.ended_at is not None and row.disposition is None:
            person.command("call.dispose", call=row.key, disposition="test")


def facts_of(centre: Centre, call: str) -> list[AnyEvent]:
    """What is on record of that call."""
    return [one.event for one in centre.journal() if one.meta.stream == f"call:{call}"]


def is_protected(centre: Centre, desk: str, *, is_so: bool) -> None:
    """Wait until the desk is, or is no longer."""

    def holds() -> bool:
        return any(row.key == desk and row.protected is is_so for row in desks_of(centre))

    until(holds, WAIT_S, f"the desk is {'' if is_so else 'not '}protected")


def newest_incident(centre: Centre) -> IncidentRow:
    """The incident with the highest number."""
    rows = [row for row in centre.rows("incident") if isinstance(row, IncidentRow)]
    return max(rows, key=lambda row: row.number)


def seat_of(sari: Person, person: Person) -> Locator:
    """That person's desk in the supervisor's list."""
    row = sari.page.get_by_role("list", name="Meja").get_by_role("listitem")
    return row.filter(has_text=person.name.title())


def choose_party(person: Person, typed: str, how: str, named: str) -> None:
    """The palette: a name or number, and the key that says how."""
    person.press("Control+j")
    expect(person.page.get_by_role("combobox", name="Siapa")).to_be_focused()
    person.type(typed)
    expect(person.page.get_by_role("option").first).to_contain_text(
        re.compile(r"[\s-]*".join(named), re.IGNORECASE)
    )
    person.press(how)


def hung_up(person: Person, call: Ringing) -> None:
    """F4 ends it at both ends."""
    person.press("F4")
    until(lambda: call.is_over, WAIT_S, "the call is over")
