"""What a desk and a supervisor do with a call at the keyboard, with real sound at every ear.

Agencies, interpreters and people who are rung back are SIP telephones behind a trunk.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
from journey_agency import TRUNK, Agencies
from journey_browser import CALLER_TONE_HZ, Enter, Person
from journey_caller import Callers
from journey_centre import Centre, running, until
from journey_room import (
    BEEP_SCRIPT,
    FAINT,
    TONES_SCRIPT,
    WAIT_S,
    becomes,
    call_row,
    choose_party,
    desk_of,
    desks_of,
    facts_of,
    hears,
    hears_not,
    hung_up,
    is_protected,
    newest,
    newest_incident,
    pictured,
    seat_of,
    sent_of,
    settle_all,
    sit_down,
    tones_of,
    voice_of,
)
from journey_steps import queue_of, take_call, tell
from msgspec.structs import replace
from playwright.sync_api import Browser, Route, expect

from kentongan.core.events import (
    CallPlaced,
    CallSupervised,
    CallTransferred,
    DutyForcedOut,
)
from kentongan.edge.caller.voice import silence, tone
from kentongan.edge.switch.trunks import Trunk

DAMKAR, KARIADI, INTERPRETER = "0247605871", "0248413476", "081390007001"
DAMKAR_HZ, KARIADI_HZ, INTERPRETER_HZ, BACK_HZ = 2_500.0, 2_200.0, 2_800.0, 500.0
BEEP_HZ = 1_400.0
BEEP_HEARD_DB = -60.0

BEATS_PER_MINUTE = 110
INTERVALS_SCRIPT = """
() => {
  const { setInterval } = window;
  window.journeyIntervals = [];
  window.setInterval = (run, every, ...how) => {
    window.journeyIntervals.push(every);
    return setInterval(run, every, ...how);
  };
}
"""
"""Keeps how often, in ms, whatever the page begins from now on is repeated."""


@pytest.fixture(scope="module")
def port() -> int:
    """Where the telephones behind the trunk are."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def centre(browser: Browser, port: int) -> Iterator[Centre]:
    """A centre that can ring out."""
    centre = Centre()
    trunks = (
        Trunk(key="local", networks=("127.0.0.0/8",)),
        Trunk(key=TRUNK, host="127.0.0.1", port=port, options_period_s=0),
    )
    centre.settings = replace(centre.settings, sip=replace(centre.settings.sip, trunks=trunks))
    centre.file.write_bytes(msgspec.json.encode(centre.settings))
    with running(centre):
        yield centre


@pytest.fixture
def agencies(callers: Callers, port: int) -> Iterator[Agencies]:
    """Everybody who can be rung."""
    agencies = Agencies(callers, port)
    yield agencies
    agencies.close()


def test_a_node_that_is_away_is_told(enter: Enter) -> None:
    """In the header of whoever answers calls, and beside the trunks; until it is reached again."""
    sari = enter("sari")
    others: dict[str, object] = {"10.11.2.2:8114": None}

    def with_others(route: Route) -> None:
        told = route.fetch()
        route.fulfill(response=told, json={**told.json(), "other_switches": others})

    sari.page.route("**/api/health", with_others)
    sari.begin_duty("pantau")
    lamps = sari.page.locator("header .lamps .off")
    lamp = lamps.filter(has_text="10.11.2.2:8114")  # a busy machine may light others
    expect(lamp).to_contain_text("Simpul 10.11.2.2:8114 tidak terjangkau")
    told = sari.page.get_by_role("listitem").filter(has_text="10.11.2.2:8114")
    expect(told.last).to_contain_text("▲")
    pictured(sari, "work-0-node-away")
    others["10.11.2.2:8114"] = {}
    expect(told.last).to_contain_text("● Simpul 10.11.2.2:8114: terjangkau")
    expect(lamp).to_have_count(0)


def test_a_supervisor_listens_with_a_tone_whispers_and_talks(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """The desk is told and hears the tone; a whisper is the desk's alone; barging all hear."""
    rina, sari = sit_down(enter, "rina"), sit_down(enter, "sari")
    call = take_call(rina, callers, "081325553001", voice=tone(CALLER_TONE_HZ))
    hears(rina, CALLER_TONE_HZ, who="the desk")
    rina.page.evaluate(BEEP_SCRIPT, BEEP_HZ)
    row = seat_of(sari, rina)
    sari.page.get_by_role("checkbox", name="Beri nada").focus()
    sari.press("Space")
    row.get_by_role("button", name="Dengar").focus()
    sari.press("Enter")
    banner = sari.page.get_by_role("status", name="Sedang mendengarkan")
    expect(banner).to_contain_text("dengan nada")
    expect(rina.page.get_by_text("Sari mendengarkan.")).to_be_visible()
    hears(sari, CALLER_TONE_HZ, voice_of(rina), who="the supervisor")
    until(
        lambda: rina.page.evaluate("window.journeyBeep") > BEEP_HEARD_DB, WAIT_S, "the tone's beep"
    )
    assert call.hears(voice_of(sari)) < FAINT

    sari.press("Alt+b")
    expect(rina.page.get_by_text("Sari berbisik kepada Anda")).to_be_visible()
    hears(rina, CALLER_TONE_HZ, voice_of(sari), who="the desk, whispered to")
    assert call.hears(voice_of(sari)) < FAINT, "the caller hears nothing of it"
    hears(call, voice_of(rina), who="the caller")
    pictured(rina, "work-1-whispered-to")

    sari.press("Alt+s")
    expect(rina.page.get_by_text("Sari ikut bicara; penelepon mendengarnya.")).to_be_visible()
    expect(banner).to_contain_text("semua mendengar Anda")
    hears(call, voice_of(rina), voice_of(sari), who="the caller, with both")
    hears(sari, CALLER_TONE_HZ, voice_of(rina), who="the supervisor, talking")
    pictured(sari, "work-2-barging")

    sari.press("Alt+l")
    expect(banner).to_contain_text("tidak ada yang mendengar Anda")
    hears_not(call, voice_of(sari), who="the caller, no longer with the supervisor")
    sari.press("F4")
    expect(banner).to_have_count(0)
    expect(rina.page.get_by_text("Sari mendengarkan.")).to_be_hidden()
    told = [one for one in facts_of(centre, newest(centre).key) if isinstance(one, CallSupervised)]
    assert [(one.mode, one.tone) for one in told] == [
        ("listen", True),
        ("whisper", True),
        ("barge", True),
        ("listen", True),
    ]
    hung_up(rina, call)


def test_a_desk_that_is_forced_out_is_told_and_its_caller_comes_first(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """In front of who rang before; the desk's screen says that nothing rings there any more."""
    dewi = sit_down(enter, "dewi")
    call = take_call(dewi, callers, "081325553002", voice=tone(CALLER_TONE_HZ))
    hears(call, voice_of(dewi), who="the caller")
    key, desk = newest(centre).key, desk_of(centre, dewi)
    rina, sari = sit_down(enter, "rina"), sit_down(enter, "sari")
    other = callers.ring("112", number="081325553003", voice=silence())
    expect(queue_of(rina)).to_contain_text("3003")

    seat_of(sari, dewi).get_by_role("button", name="Keluarkan").focus()
    sari.press("Enter")
    sari.page.get_by_role("button", name="layar atau komputer mati").focus()
    pictured(sari, "work-3-forcing-out")
    sari.page.get_by_role("button", name="layar atau komputer mati").focus()
    sari.press("Enter")
    becomes(centre, key, lambda row: row.state == "queued", "the caller waits again")
    expect(dewi.page.get_by_role("alert")).to_contain_text("tidak lagi berdinas")
    dewi.picture("work-4-forced-out")
    hears_not(call, voice_of(dewi), who="the caller, requeued")
    first = queue_of(rina).get_by_role("listitem").first
    expect(first).to_contain_text("3002")
    expect(first).to_contain_text("▲")
    rina.picture("work-5-in-front")
    rina.press("F2")
    hears(call, voice_of(rina), who="the caller, at another desk")
    hears(rina, CALLER_TONE_HZ, who="the other desk")
    assert call_row(centre, key).desk == desk_of(centre, rina)
    forced = [one.event for one in centre.journal() if isinstance(one.event, DutyForcedOut)]
    assert [(one.agent_name, one.reason) for one in forced[-1:]] == [("Sari", "dead_desk")]
    other.hang_up()
    dewi.press("Enter")
    until(
        lambda: any(row.key == desk and row.agent == "agent-dewi" for row in desks_of(centre)),
        WAIT_S,
        "Dewi is back on duty",
    )
    expect(dewi.page.get_by_role("navigation").first).to_be_visible()
    hung_up(rina, call)


def test_a_call_goes_to_agencies_and_to_an_interpreter(
    enter: Enter, callers: Callers, agencies: Agencies, centre: Centre
) -> None:
    """By name: three talk, handed over, back in front; a fourth by number; at once to another."""
    rina = sit_down(enter, "rina")
    agencies.speaks(DAMKAR, DAMKAR_HZ)
    agencies.speaks(INTERPRETER, INTERPRETER_HZ)
    agencies.speaks(KARIADI, KARIADI_HZ, slow=True)
    call = take_call(rina, callers, "081325553004", voice=tone(CALLER_TONE_HZ))
    key = newest(centre).key
    parties = rina.page.get_by_role("list", name="Pihak lain")

    choose_party(rina, "damkar", "Enter", "Pemadam")
    expect(parties).to_contain_text("tersambung")
    fire = agencies.rung(DAMKAR)
    hears(call, voice_of(rina), DAMKAR_HZ, who="the caller, with fire")
    hears(rina, CALLER_TONE_HZ, DAMKAR_HZ, who="the desk, with fire")
    hears(fire, CALLER_TONE_HZ, voice_of(rina), who="fire")
    rina.press("Alt+j")
    becomes(centre, key, lambda row: row.state == "transferred", "fire has the caller")
    hears_not(call, voice_of(rina), who="the caller, handed over")
    hears(call, DAMKAR_HZ, who="the caller, handed over")
    hears(fire, CALLER_TONE_HZ, who="fire, alone with the caller")
    pictured(rina, "work-6-handed-over")

    fire.hang_up()
    expect(queue_of(rina)).to_contain_text("3004")
    rina.press("F2")
    hears(call, voice_of(rina), who="the caller, back")
    choose_party(rina, INTERPRETER, "Enter", "081390007001")
    interpreter = agencies.rung(INTERPRETER)
    hears(call, voice_of(rina), INTERPRETER_HZ, who="the caller, with an interpreter")
    hears(interpreter, CALLER_TONE_HZ, voice_of(rina), who="the interpreter")
    hears(rina, INTERPRETER_HZ, who="the desk, with an interpreter")
    rina.picture("work-7-interpreter")
    interpreter.hang_up()
    expect(parties).to_contain_text("menutup telepon")

    choose_party(rina, "kariadi", "Control+Enter", "Kariadi")
    hospital = agencies.rung(KARIADI)
    becomes(centre, key, lambda row: row.state == "transferred", "it is out of hand")
    hears_not(call, voice_of(rina), who="the caller, while the hospital rings")
    pictured(rina, "work-8-blind-rings")
    hospital.answer()
    hears(call, KARIADI_HZ, who="the caller, with the hospital")
    hears(hospital, CALLER_TONE_HZ, who="the hospital")
    rina.picture("work-9-blind-answered")
    done = [one.blind for one in facts_of(centre, key) if isinstance(one, CallTransferred)]
    assert done == [False, True]
    call.hang_up()
    becomes(centre, key, lambda row: row.ended_at is not None, "the call is over")
    until(lambda: hospital.state == "over", WAIT_S, "the hospital hears that it is over")


def test_a_caller_who_hung_up_is_rung_back_with_one_key(
    enter: Enter, callers: Callers, agencies: Agencies, centre: Centre
) -> None:
    """H: it rings at their telephone, is answered, both hear; who was reached stays on the list."""
    rina = sit_down(enter, "rina")
    settle_all(rina, centre)
    number = "081325553005"
    agencies.speaks(number, BACK_HZ, slow=True)
    call = callers.ring("112", number=number)
    expect(queue_of(rina)).to_contain_text("3005")
    key = newest(centre).key
    call.hang_up()
    item = rina.page.get_by_role("list", name="Terputus").get_by_role("listitem")
    item = item.filter(has_text="3005")
    expect(item).to_be_visible()
    rina.press("h")
    back = agencies.rung(number)
    expect(rina.page.get_by_text("Menelepon balik").first).to_be_visible()
    pictured(rina, "work-10-rings-there")
    back.answer()
    hears(back, voice_of(rina), who="who is rung back")
    hears(rina, BACK_HZ, who="the desk that rang back")
    placed = newest(centre)
    assert (placed.direction, placed.of, placed.state) == ("out", key, "answered")
    assert any(isinstance(one, CallPlaced) for one in facts_of(centre, placed.key))
    rina.picture("work-10-rung-back")
    rina.press("F4")
    until(lambda: back.state == "over", WAIT_S, "the telephone is free")
    tries = becomes(centre, key, lambda row: row.callbacks, "what came of it is noted").callbacks
    assert [one.outcome for one in tries] == ["reached"]
    expect(item).to_contain_text(re.compile("sudah tersambung.*Rina.*tersambung", re.DOTALL))
    pictured(rina, "work-11-reached")
    item.get_by_role("button", name="Hasil").click()
    item.get_by_role("button", name="Sudah ditelepon balik").click()
    expect(item).to_have_count(0)


def test_a_desk_that_guides_a_resuscitation_is_left_alone(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """Nothing rings there from the first instruction to the last; its own keys go on working."""
    rina = sit_down(enter, "rina")
    call = take_call(rina, callers, "081325553006", voice=tone(CALLER_TONE_HZ))
    key, desk = newest(centre).key, desk_of(centre, rina)
    dewi = sit_down(enter, "dewi")
    tell(rina, "bapak saya tidak bernapas", "MED-01", "Simpang Lima")
    rina.press("Alt+t")
    guide = rina.page.get_by_role("group", name="Panduan")
    expect(guide).to_be_focused()
    rina.press("t")
    expect(guide).to_contain_text("Apakah napasnya normal?")
    rina.press("t")
    expect(guide).to_contain_text("⚠")
    is_protected(centre, desk, is_so=True)
    expect(rina.page.get_by_role("region", name="Meja ini")).to_contain_text("terlindung")
    for key_pressed in ("Tab", "6", "4", "Enter"):
        rina.press(key_pressed)
    expect(guide).to_contain_text("Ada AED di dekat Anda?")  # and nothing of a pain in the chest
    expect(guide).to_be_focused()
    _metronome_beats(rina, centre)

    rina.page.evaluate(TONES_SCRIPT)
    other = callers.ring("112", number="081325553007")
    expect(queue_of(dewi)).to_contain_text("berdering di sini")
    second = newest(centre).key
    expect(queue_of(rina)).to_contain_text("3007")
    expect(queue_of(rina)).not_to_contain_text("berdering di sini")
    assert desk not in call_row(centre, second).rung
    dewi.page.get_by_role("button", name="Bukan saya").click()
    dewi.page.get_by_role("button", name="headset bermasalah").click()
    becomes(centre, second, lambda row: row.declined, "nobody else is free")
    rina.press("F2")
    assert call_row(centre, second).state == "queued", "F2 takes no second call"
    expect(queue_of(rina).locator(".here")).to_have_count(0)
    pictured(rina, "work-12-protected")
    assert rina.page.evaluate("window.journeyTones") == 0, "no ring in the ear of who guides"
    sent_before = sent_of(centre)
    rina.press("Control+Enter")
    until(lambda: sent_of(centre) > sent_before, WAIT_S, "help is sent")
    hears(call, voice_of(rina), who="the caller, guided")
    assert desk not in call_row(centre, second).rung

    rina.press("F4")
    becomes(centre, key, lambda row: row.ended_at is not None, "the call is over")
    is_protected(centre, desk, is_so=False)
    expect(rina.page.get_by_role("region", name="Meja ini")).not_to_contain_text("terlindung")
    other.hang_up()


def _metronome_beats(rina: Person, centre: Centre) -> None:
    """Space, with the card in hand: 110 beats a minute, heard, until the next Space; the first
    compression is on record."""
    button = rina.page.get_by_role("button", name="pijat 110 per menit")
    expect(button).to_have_attribute("aria-pressed", "false")
    rina.page.evaluate(TONES_SCRIPT)
    rina.page.evaluate(INTERVALS_SCRIPT)
    rina.press("Space")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert 60_000 / BEATS_PER_MINUTE in rina.page.evaluate("window.journeyIntervals")
    until(lambda: tones_of(rina) >= 3, WAIT_S, "it beats on")
    until(lambda: newest_incident(centre).compressions_at is not None, WAIT_S, "it is on record")
    rina.press("Space")
    expect(button).to_have_attribute("aria-pressed", "false")
