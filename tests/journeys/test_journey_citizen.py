"""A citizen's telephone at `/112`, in a real Chromium, and a desk that answers it in another.

The citizen's microphone says 440 Hz, the desk's 1,000 Hz; who is heard is told by frequency.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from journey_browser import (
    CALLER_TONE_HZ,
    DESK_TONE_HZ,
    Enter,
    Person,
)
from journey_centre import Centre, until
from journey_citizen import Citizen, Relay, launch_telephone
from journey_steps import queue_of
from msgspec.structs import replace
from playwright.sync_api import Browser, Route, expect

from kentongan.core.rows import CallRow, DeskRow

HEARD = 1_000.0
"""Of a tone of 8,000; whoever is not heard stays below 100."""

SILENCE_S = 0.7
"""Longest, when a media process is killed (VOICE.md, section 10)."""

RELAY_ALONE_SCRIPT = """
(() => {
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(how) { super({ ...how, iceTransportPolicy: "relay" }); }
  };
})();
"""
FAIL_SCRIPT = """
() => {
  const connection = window.journeyConnection;
  Object.defineProperty(connection, "connectionState", { get: () => "failed", configurable: true });
  connection.onconnectionstatechange();
  delete connection.connectionState;
}
"""
"""The page believes that its path is gone."""

WAY_SCRIPT = """
async () => {
  const report = [...(await window.journeyConnection.getStats()).values()];
  return report.filter((entry) => entry.type === "candidate-pair" && entry.nominated)
    .map((pair) => report.find((entry) => entry.id === pair.localCandidateId).candidateType);
}
"""
WEAK_SCRIPT = """
(() => {
  const network = new EventTarget();
  network.effectiveType = "2g";
  Object.defineProperty(navigator, "connection", { get: () => network });
  window.journeyNetwork = (kind) => {
    network.effectiveType = kind;
    network.dispatchEvent(new Event("change"));
  };
})();
"""
BOXES_SCRIPT = """
(ways) => ways.map((way) => way.getBoundingClientRect())
  .map(({ width, height, bottom }) => ({ area: width * height, bottom }))
"""
PLACE = {"latitude": -6.9903, "longitude": 110.4229, "accuracy": 18}
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "has_touch": True,
}


@pytest.fixture(scope="module")
def centre(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre with a relay for pages, where coturn is installed."""
    centre, relay = Centre(), Relay(tmp_path_factory.mktemp("relay"))
    centre.settings = replace(centre.settings, turn=relay.settings)
    centre.file.write_bytes(msgspec.json.encode(centre.settings))
    try:
        relay.start()
        centre.start()
        yield centre
    except BaseException:
        print(centre.logs())
        raise
    finally:
        centre.stop()
        relay.stop()


@pytest.fixture(scope="module")
def telephone(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The citizens' browser."""
    own = launch_telephone(browser, tmp_path_factory.mktemp("caller"))
    yield own
    own.close()


Visit = Callable[..., Citizen]


@pytest.fixture
def visit(telephone: Browser, centre: Centre) -> Iterator[Visit]:
    """Opens the page for somebody; everybody leaves in the end."""
    citizens: list[Citizen] = []

    def opened(name: str, *, script: str = "", has_clock: bool = False, **how: Any) -> Citizen:
        may: dict[str, Any] = {"permissions": ["microphone", "geolocation"], "geolocation": PLACE}
        citizen = Citizen(telephone, centre, name, **{**PHONE, **may, **how})
        citizens.append(citizen)
        if script:
            citizen.context.add_init_script(script)
        if has_clock:
            citizen.page.clock.install()
        citizen.open()
        return citizen

    yield opened
    for citizen in citizens:
        citizen.hang_up()
        citizen.close()


def test_the_ordinary_telephone_is_the_first_and_biggest_way(visit: Visit) -> None:
    """`tel:112` stands above the call through the internet, larger than all else, without
    scrolling; on a network for which no voice is made, that is said beside it.
    """
    warga = visit("warga", script=WEAK_SCRIPT)
    ways = warga.page.locator("main#start :is(a, button)")
    boxes = ways.evaluate_all(BOXES_SCRIPT)
    first = ways.first
    assert first.get_attribute("href") == "tel:112"
    expect(first).to_contain_text("telepon biasa: gratis")
    assert all(boxes[0]["area"] > 1.4 * box["area"] for box in boxes[1:])
    assert boxes[0]["bottom"] < PHONE["viewport"]["height"] / 2
    weak = warga.page.get_by_text("Internet di sini lemah")
    expect(weak).to_be_visible()
    warga.is_in_order()
    warga.picture("citizen-weak")
    warga.page.evaluate("window.journeyNetwork('4g')")
    expect(weak).to_be_hidden()


def test_a_citizen_rings_talks_types_and_reloads(
    visit: Visit, enter: Enter, centre: Centre
) -> None:
    """Rung, answered, heard both ways by tone, written both ways, held, reloaded, ended."""
    rina = enter("rina")
    rina.begin_duty("panggilan")
    warga = visit("warga")
    warga.page.get_by_label("Nomor HP").fill("081390001112")
    warga.picture("citizen-start")
    warga.button("Panggil lewat internet").click()
    warga.sees("berikutnya")
    warga.is_told("Lokasi Anda terkirim (±18 m)")
    warga.picture("citizen-waiting")
    expect(queue_of(rina)).to_contain_text("1112")
    rina.press("F2")
    warga.sees("Operator mendengar Anda")
    until(lambda: rina.hears(CALLER_TONE_HZ) > HEARD, 15, "the desk hears the caller")
    until(lambda: warga.hears(DESK_TONE_HZ) > HEARD, 15, "the caller hears the desk")
    warga.write("rumah cat hijau")
    call = _newest(centre)
    rina.command("call.text", call=call.key, by="desk", text={"text": "Petugas berangkat"})
    log = warga.page.get_by_role("log")
    expect(log).to_contain_text("Anda: rumah cat hijau")
    expect(log).to_contain_text("Operator: Petugas berangkat")
    warga.picture("citizen-talking")
    rina.command("call.hold", call=call.key)
    warga.sees("jangan ditutup")
    rina.command("call.resume", call=call.key)
    warga.sees("Operator mendengar Anda")
    with warga.page.expect_response("**/media") as answered:
        warga.page.evaluate(FAIL_SCRIPT)
    assert answered.value.ok
    assert json.loads(answered.value.request.post_data or "")["restart"] is True
    until(lambda: rina.hears(CALLER_TONE_HZ) > HEARD, 15, "the desk hears the mended path")
    warga.page.reload()
    warga.sees("Operator mendengar Anda")
    expect(log).to_contain_text("Operator: Petugas berangkat")
    until(lambda: rina.hears(CALLER_TONE_HZ) > HEARD, 15, "the desk hears the reloaded page")
    _media_dies(warga, rina, centre)
    warga.button("Bisukan").click()
    warga.sees("Mikrofon Anda bisu")
    until(lambda: rina.hears(CALLER_TONE_HZ) < HEARD / 10, 15, "the desk hears the mute")
    warga.button("Akhiri").click()
    warga.picture("citizen-end")
    warga.button("Ya, akhiri").click()
    warga.sees("Panggilan Anda akhiri")
    until(lambda: _newest(centre).state == "ended", 5, "the call is over")
    row = _newest(centre)
    assert row.place is not None
    assert row.place.point is not None
    assert row.place.point.lat == pytest.approx(PLACE["latitude"])


def _media_dies(warga: Citizen, rina: Person, centre: Centre) -> None:
    """kill -9 of the media process: both pages make their way anew before anybody hangs up."""
    until(lambda: warga.hears(DESK_TONE_HZ) > HEARD, 15, "the reloaded page hears the desk")
    warga.watch(DESK_TONE_HZ)
    rina.watch(CALLER_TONE_HZ)
    warga.page.wait_for_timeout(500)
    centre.end_at_once("media-0")
    warga.page.wait_for_timeout(4_000)
    until(lambda: warga.hears(DESK_TONE_HZ) > HEARD, 15, "the caller hears the desk again")
    until(lambda: rina.hears(CALLER_TONE_HZ) > HEARD, 15, "the desk hears the caller again")
    for person in (warga, rina):
        gap_s, lag_s = person.watched()
        print(f"{person.name}: {gap_s:.2f} s of silence, its page stood still for {lag_s:.2f} s")
        assert 0.05 < gap_s < SILENCE_S + lag_s, person.name


def test_who_cannot_speak_types_taps_five_and_hides(
    visit: Visit, enter: Enter, centre: Centre
) -> None:
    """No microphone: heard nothing, written both ways; the prompt's 5; the page becomes a list."""
    dewi = enter("dewi")
    dewi.begin_duty("panggilan")
    warga = visit("warga", permissions=[])
    warga.button("Panggil lewat internet").click()
    warga.sees("berikutnya")
    warga.is_told("Mikrofon tidak diizinkan")
    warga.is_told("Lokasi tidak terkirim")
    warga.button("Saya dalam bahaya").click()
    expect(warga.page.get_by_role("log")).to_contain_text("Anda: Saya dalam bahaya")
    expect(queue_of(dewi)).to_contain_text("Lewat internet (peramban)")
    row = _newest(centre)
    dewi.command("call.answer", call=row.key, desk=_desk_of(centre, "dewi"))
    warga.sees("Ketik di bawah")
    dewi.command("call.prompt", call=row.key)
    yes = warga.button("5 ?Ya, tidak bisa bicara")
    expect(yes).to_be_visible()
    warga.picture("citizen-prompt")
    warga.is_in_order()
    yes.click()
    expect(yes).to_be_hidden()
    until(lambda: _call(centre, row.key).keys == "5", 5, "the five is a key")
    warga.press("Escape")
    expect(warga.page.get_by_role("heading")).to_have_text("Catatan belanja")
    assert warga.page.title() == "Catatan"
    assert "112" not in warga.page.inner_text("body")
    warga.picture("citizen-hidden")
    warga.is_in_order()
    warga.page.reload()
    expect(warga.page.get_by_role("heading")).to_have_text("Catatan belanja")
    assert warga.page.evaluate("document.getElementById('ear').muted")
    warga.button("Simpan").click()
    warga.sees("Ketik di bawah")
    warga.press("Escape")
    warga.button("Hapus").click()
    until(lambda: _call(centre, row.key).state == "ended", 5, "the call is over")
    expect(warga.page.get_by_role("heading")).to_have_text("Catatan belanja")


def test_where_no_sound_gets_through_the_telephone_is_offered(visit: Visit, centre: Centre) -> None:
    """Offers are lost: after 8 s a large tel:112; the call has rung, and text works meanwhile."""
    warga = visit("warga", has_clock=True)
    warga.page.route("**/media", lambda route: route.abort())
    before = len(_web_calls(centre))
    warga.button("Panggil lewat internet").click()
    warga.sees("112 berdering")
    assert len(_web_calls(centre)) == before + 1
    expect(warga.telephone).to_be_hidden()
    warga.page.clock.fast_forward(8_000)
    expect(warga.telephone).to_be_visible()
    assert warga.telephone.get_attribute("href") == "tel:112"
    warga.picture("citizen-fallback")
    warga.is_in_order()
    warga.write("kebakaran di Jalan Pemuda")
    expect(warga.page.get_by_role("log")).to_contain_text("Anda: kebakaran")
    warga.page.unroute("**/media")
    expect(warga.telephone).to_be_hidden()
    warga.sees("Jangan ditutup")


def test_who_is_refused_is_sent_to_the_telephone_at_once(visit: Visit) -> None:
    """Nobody there, then all lines full: tel:112; the same call is tried again until it rings."""
    warga = visit("warga", has_clock=True)
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or "")["call"])
        status = 503 if len(asked) == 1 else 409
        route.fulfill(status=status, json={"reason": "lines_full", "details": {}})
        if status == 409:
            warga.page.unroute("**/api/citizen/calls")

    warga.page.route("**/api/citizen/calls", refuse)
    warga.button("Tidak bisa bicara").click()
    expect(warga.telephone).to_be_visible()
    expect(warga.page.get_by_role("alert")).to_contain_text("penuh")
    warga.page.clock.fast_forward(5_000)
    warga.sees("berikutnya")
    expect(warga.telephone).to_be_hidden()
    assert len(set(asked)) == 1


def test_without_a_network_the_telephone_is_told(visit: Visit) -> None:
    """What to do stands there, and the number."""
    warga = visit("warga")
    warga.context.set_offline(offline=True)
    expect(warga.page.get_by_role("alert")).to_contain_text("Tidak ada internet")
    expect(warga.page.get_by_role("link", name="Telepon 112")).to_be_visible()
    warga.picture("citizen-offline")
    warga.is_in_order()
    warga.context.set_offline(offline=False)
    expect(warga.page.get_by_role("alert")).to_be_hidden()


@pytest.mark.parametrize(("theme", "languages"), [("gelap", "JV"), ("terang", "EN")])
def test_the_page_is_accessible_and_whole_at_200_percent(
    visit: Visit, theme: str, languages: str
) -> None:
    """Axe and edges in both themes, on half of a small telephone's screen."""
    warga = visit(
        "warga",
        viewport={"width": 320, "height": 600},
        color_scheme="light" if theme == "terang" else "dark",
        reduced_motion="reduce",
    )
    assert warga.page.evaluate("document.documentElement.dataset.theme") == theme
    warga.is_in_order()
    warga.page.get_by_role("radio", name=languages).click()
    assert warga.page.evaluate("document.documentElement.lang") == languages.lower()
    warga.page.locator("#type").click()
    expect(warga.page.locator("#status")).to_have_attribute("data-stage", "waiting")
    warga.is_in_order()
    warga.picture(f"citizen-{theme}-{languages}")
    warga.page.get_by_role("radio", name="ID").click()


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("turnserver") is None, reason="coturn is not installed")
def test_a_page_that_must_use_the_relay_is_heard(visit: Visit) -> None:
    """The page takes the relay that it is given; nothing else is allowed to it here."""
    warga = visit("warga", script=RELAY_ALONE_SCRIPT)
    warga.button("Panggil lewat internet").click()
    warga.sees("berikutnya")
    assert set(warga.page.evaluate(WAY_SCRIPT)) == {"relay"}


def _web_calls(centre: Centre) -> list[CallRow]:
    return [
        row for row in centre.rows("call") if isinstance(row, CallRow) and "web_call" in row.remarks
    ]


def _newest(centre: Centre) -> CallRow:
    return max(_web_calls(centre), key=lambda row: row.ring_at)


def _call(centre: Centre, call: str) -> CallRow:
    return next(row for row in _web_calls(centre) if row.key == call)


def _desk_of(centre: Centre, name: str) -> str:
    desks = (row for row in centre.rows("desk") if isinstance(row, DeskRow))
    return next(row.key for row in desks if row.agent == f"agent-{name}")
