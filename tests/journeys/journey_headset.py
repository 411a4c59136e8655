"""A headset that is pulled out in mid-call, and put back."""

from journey_browser import Person
from journey_caller import Ringing
from journey_centre import Centre, until
from journey_room import FAINT, LOUD, VOICE_SCRIPT, desk_of, newest, voice_of
from playwright.sync_api import Route, expect

_PULL = """() => {
  const devices = navigator.mediaDevices;
  window.journeyAsk = devices.getUserMedia;
  devices.getUserMedia = () => Promise.reject(new DOMException('gone', 'NotFoundError'));
  for (const track of window.journeyTracks()) track.stop();
  devices.dispatchEvent(new Event('devicechange'));
}"""
_PLUG = """() => {
  const devices = navigator.mediaDevices;
  devices.getUserMedia = window.journeyAsk;
  devices.dispatchEvent(new Event('devicechange'));
}"""
_TRACKS = """() => {
  const senders = () => window.journeyConnection.getSenders();
  window.journeyTracks = () => senders().flatMap((one) => one.track ?? []);
}"""


def with_desk_telephones(person: Person) -> None:
    """This screen speaks, and is told of a telephone on every desk; nobody answers there."""

    def fitted(route: Route) -> None:
        answer = route.fetch()
        plans = answer.json()
        for desk in plans["desks"]:
            desk["phone"] = "201"
        route.fulfill(response=answer, json=plans)

    person.context.add_init_script(VOICE_SCRIPT % voice_of(person))
    person.page.route("**/api/plans", fitted)


def loses_the_headset(person: Person, call: Ringing, centre: Centre) -> None:
    """It is said, the desk's telephone is offered and rung; plugged in again it speaks again."""
    page = person.page
    page.evaluate(_TRACKS)
    until(lambda: call.hears(voice_of(person)) > LOUD, 20.0, "the caller hears the desk")
    page.evaluate(_PULL)
    strip = page.get_by_role("alert").filter(has_text="Mikrofon tidak terdengar")
    expect(strip).to_be_visible()
    until(lambda: call.hears(voice_of(person)) < FAINT, 20.0, "nothing comes from the desk")
    expect(strip.get_by_role("button", name="Lanjutkan lewat telepon meja")).to_be_visible()
    person.picture("voice-7-headset-gone")
    person.press("Alt+m")
    desk = desk_of(centre, person)
    until(
        lambda: [one.contact for one in newest(centre).parties] == [desk],
        20.0,
        "the desk's telephone is rung into the call",
    )
    page.evaluate(_PLUG)
    expect(strip).to_have_count(0)
    until(lambda: call.hears(voice_of(person)) > LOUD, 20.0, "the caller hears the desk again")
