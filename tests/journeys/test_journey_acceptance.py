"""The acceptance lines of the console, one test each, on one centre.

The numbers in the docstrings are those of the console's specification. Limits in seconds are
waits, not measurements: how fast a screen is, the benchmarks say.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from journey_browser import CALLER_TONE_HZ, DESK_TONE_HZ, PATIENCE_MS, Enter, Person
from journey_cable import Cable
from journey_caller import Callers
from journey_centre import Centre, until
from journey_degraded import (
    nobody_wrote_over_the_other,
    nothing_unconfirmed_looks_done,
    paper_is_printed,
    words_typed_just_before_the_end_are_kept,
)
from journey_offline import in_danger_and_unheard, is_heard_again
from journey_room import TONES_SCRIPT, calls_of, desks_of, newest_incident, sounding, tones_of
from journey_steps import (
    a_missing_part_is_fetched,
    choose_incident,
    fetches_ahead,
    is_still_out_of_service,
    lets_in,
    open_incident,
    queue_of,
    says_how_long_at_200_percent,
    send_a_while_ago,
    take_call,
)
from playwright.sync_api import expect

from kentongan.core.events import UnitProgressed
from kentongan.core.rows import AlarmRow, IncidentRow
from kentongan.core.words import Role
from kentongan.edge.caller.voice import tone

HEART = (-6.9905, 110.4229)
LOUD = 3_000.0

HAND_SCRIPT = """
() => {
  const list = document.querySelector("[role=listbox][aria-label='Menunggu unit']");
  const touch = () => list.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  window.journeyHand = setInterval(touch, 100);
}
"""
"""A hand on the list by the page's own clock: on a slow machine, too, it never rests for long."""


@pytest.fixture
def cable(centre: Centre) -> Iterator[Cable]:
    """Between one browser and the centre."""
    cable = Cable(centre.settings.http.port)
    yield cable
    cable.close()


def test_an_alarm_is_silent_for_all_only_when_somebody_has_it(enter: Enter, centre: Centre) -> None:
    """12: muted at one desk it still sounds at the others; taken, at none, and says who has it."""
    budi, tono, dewi = (enter(name) for name in ("budi", "tono", "dewi"))
    for person in (budi, tono, dewi):
        person.begin_duty("armada")
        person.page.evaluate(TONES_SCRIPT)
    send_a_while_ago(budi, "i-alarm", HEART)
    for person in (budi, tono, dewi):
        expect(person.page.locator("section.alarms")).to_contain_text("menunggu unit")
    until(lambda: all(tones_of(one) for one in (budi, tono, dewi)), 20.0, "it sounds everywhere")
    says_how_long_at_200_percent(dewi)
    budi.press("Shift+F7")
    assert sounding(budi, tono, dewi) == [False, True, True]
    dewi.press("F7")
    for person in (budi, tono):
        expect(person.page.locator("section.alarms")).to_contain_text("semua sudah diambil")
    assert sounding(tono, dewi) == [False, False]
    (alarm,) = [row for row in centre.rows("alarm") if isinstance(row, AlarmRow)]
    assert (alarm.owner_name, alarm.alarm_kind) == ("Dewi", "no_unit")
    refused = {"id": "late-take", "command": {"type": "alarm.take", "alarm": alarm.key}}
    status, text = tono.ask("POST", "/api/commands", refused)
    assert (status, "Sudah diambil Dewi" in text) == (409, True)
    tono.press("Control+F7")
    expect(tono.page.get_by_role("dialog", name="Daftar alarm")).to_contain_text("Dewi (")
    tono.picture("alarm-taken")
    dewi.command("incident.close", incident="i-alarm", outcome="resolved")
    expect(tono.page.get_by_role("dialog", name="Daftar alarm")).to_contain_text("Tidak ada alarm")


def test_three_keys_from_the_complaint_to_the_first_notification(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """3: Enter takes the nature, Enter the place that was typed before, Ctrl+Enter sends."""
    rina = enter("rina")
    rina.begin_duty()
    call = take_call(rina, callers, "081325551003")
    rina.press("Alt+l")
    rina.type("Simpang Lima")
    rina.press("Alt+p")
    rina.type("bapak saya semaput di pasar")
    expect(rina.page.locator(".proposal")).to_be_visible()
    keys = ["Enter", "Enter", "Control+Enter"]
    rina.press(keys[0])
    expect(rina.page.get_by_role("combobox", name="Lokasi")).to_be_focused()
    expect(rina.page.get_by_role("option").first).to_be_visible()
    rina.press(keys[1])
    expect(rina.page.locator(".located")).to_contain_text("◉")
    rina.press(keys[2])
    until(
        lambda: any(task.notified_at for task in newest_incident(centre).tasks),
        20.0,
        "Dinkes is notified",
    )
    nothing_unconfirmed_looks_done(rina)
    call.hang_up()
    words_typed_just_before_the_end_are_kept(rina, centre)
    last = rina.page.get_by_role("region", name="Panggilan terakhir Anda")
    expect(last).to_contain_text(f"insiden {newest_incident(centre).number},")


def test_a_ghost_call_is_gone_in_two_keys(enter: Enter, callers: Callers, centre: Centre) -> None:
    """4: asked aloud with one key and listened to, F9 and 1 end it, say what it was, and leave the
    desk free; before that they leave the caller where they are."""
    rina = enter("rina")
    rina.begin_duty()
    call = take_call(rina, callers, "081325551004")
    ghost = rina.page.get_by_role("button", name="Hantu")
    expect(ghost).to_be_disabled()
    rina.press("F9", "1")
    expect(rina.page.get_by_text("Belum diuji").first).to_be_visible()
    rina.press("Control+d")
    expect(ghost).to_contain_text("dengarkan")
    expect(ghost).to_be_enabled(timeout=2 * PATIENCE_MS)
    assert not call.is_over, "the caller was heard to the end of the test"
    rina.press("F9", "1")
    until(lambda: call.is_over, 20.0, "the telephone is free")
    expect(rina.page.get_by_label("Nama lengkap")).to_be_hidden()
    until(
        lambda: any(row.disposition == "ghost" for row in calls_of(centre)),
        20.0,
        "it is disposed of as a ghost call",
    )


def test_a_wrong_unit_is_refused_in_words_and_the_line_stays(enter: Enter, centre: Centre) -> None:
    """5: nothing is guessed; the line can be repaired."""
    budi = enter("budi")
    budi.begin_duty()
    open_incident(budi, "i-line", "MED-02", *HEART)
    number = _incident(centre, "i-line").number
    budi.press("F10")
    budi.type(f"T AMB99 {number}")
    budi.press("Enter")
    line = budi.page.get_by_role("textbox", name="Perintah")
    expect(budi.page.get_by_text("AMB99").first).to_be_visible()
    expect(line).to_have_value(f"T AMB99 {number}")
    expect(line).to_be_focused()
    assert _incident(centre, "i-line").assignments == ()
    budi.picture("wrong-unit")


def test_two_consoles_show_the_same_change_without_reload(enter: Enter, centre: Centre) -> None:
    """6: what one dispatcher changes, the other one sees."""
    budi, tono = enter("budi"), enter("tono")
    for person in (budi, tono):
        person.begin_duty()
    open_incident(budi, "i-same", "MED-18", *HEART)
    number = _incident(centre, "i-same").number
    for person in (budi, tono):
        expect(choose_incident(person, number)).to_contain_text("Kuning")
        person.press("Escape")
    budi.press("p", "2")
    for person in (budi, tono):
        region = person.page.get_by_role("region", name=f"Insiden {number}")
        expect(region).to_contain_text("Oranye")


def test_a_cut_link_loses_and_doubles_nothing(enter: Enter, centre: Centre, cable: Cable) -> None:
    """7: the banner within 6 s; after the return every change once, and the text still there."""
    budi, tono = enter("budi"), enter("tono", ahead=True, base_url=cable.address)
    for person in (budi, tono):
        person.begin_duty()
    open_incident(budi, "i-cut", "MED-18", *HEART)
    number = _incident(centre, "i-cut").number
    choose_incident(tono, number)
    a_missing_part_is_fetched(budi)
    fetches_ahead(tono, "UnitBoard")
    cable.cut()
    expect(tono.page.get_by_text("Data membeku sejak")).to_be_visible(timeout=6_000)
    tono.picture("link-cut")
    paper_is_printed(tono)
    tono.press("Escape", "u")
    expect(tono.page.get_by_role("region", name="Papan unit")).to_contain_text("AMB01")
    tono.press("u", "F10")
    tono.type(f"K {number} catatan saat terputus")
    tono.press("Enter")
    tono.press("F10")
    tono.type(f"PR {number} 2")
    tono.press("Enter")
    expect(tono.page.get_by_text("Antre: 2 tindakan")).to_be_visible()
    budi.command("incident.set_priority", incident="i-cut", priority="P1")
    for at in range(3):
        note = {"sealed": "personal", "text": f"catatan ke-{at}"}
        budi.command("incident.add_note", incident="i-cut", text=note)
    cable.mend()
    expect(tono.page.get_by_text("Data membeku sejak")).to_be_hidden()
    detail = tono.page.get_by_role("region", name=f"Insiden {number}")
    expect(detail).to_contain_text("Merah")
    expect(detail.locator(".note[data-fresh]")).to_have_count(4)  # all of it came while he looked
    expect(detail.locator("h2[data-fresh]")).to_contain_text("Merah")
    expect(detail).to_contain_text("catatan saat terputus")
    assert tono.page.get_by_role("option", name=re.compile(rf"\b{number}\b")).count() <= 1
    is_still_out_of_service(budi)
    nobody_wrote_over_the_other(budi, tono, number)


def test_a_crew_without_network_taps_and_is_believed_later(
    enter: Enter, centre: Centre, cable: Cable
) -> None:
    """8: the page reloads, the tap is kept and arrives with the time it was made."""
    budi = enter("budi")
    budi.begin_duty()
    open_incident(budi, "i-crew", "MED-02", *HEART)
    centre.add_person("awak3", "Awak 3", (Role.CREW,), agency="dinkes", unit="AMB03")
    crew = enter("awak3", wide=False, has_touch=True, is_mobile=True, base_url=cable.address)
    crew.sign_in()
    page = crew.page
    _tell_the_crew(budi, crew, _incident(centre, "i-crew").number)
    budi.command("assignment.assign", incident="i-crew", unit="AMB03", agency="dinkes")
    accept = page.get_by_role("button", name="Terima", exact=True)
    expect(accept).to_be_visible()
    expect(page.get_by_text("Pra-siaga")).to_be_hidden()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    cable.cut()
    expect(
        page.get_by_text("Luring", exact=False).or_(page.get_by_text("Terputus"))
    ).to_be_visible()
    accept.dblclick()  # in gloves one tap comes as two: it is one, and no step is passed over
    expect(page.locator("body")).to_contain_text(re.compile("1 tindakan menunggu.*terkirim nanti"))
    crew.picture("crew-offline")
    page.reload()
    expect(page.get_by_text("menunggu").first).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Diterima")).to_be_visible()
    expect(page.get_by_role("button", name="Berangkat", exact=True)).to_be_visible()
    crew.picture("crew-offline-reloaded")
    in_danger_and_unheard(crew)  # takes so long that the tap's own time differs from its arrival
    assert not _taps(centre, "AMB03")
    cable.mend()
    until(lambda: _taps(centre, "AMB03"), 30.0, "the tap has arrived")
    (at, recorded_at) = _taps(centre, "AMB03")[0]
    assert recorded_at - at > timedelta(seconds=2.5)
    assert len(_taps(centre, "AMB03")) == 1
    expect(page.get_by_role("button", name="Berangkat", exact=True)).to_be_visible()
    is_heard_again(crew)


def _tell_the_crew(budi: Person, crew: Person, number: int) -> None:
    """PRA and PSN in the command line: the crew gets ready, and reads what it was told."""
    page = crew.page
    for line, shown in (
        (f"PRA amb3 {number}", f"Pra-siaga: insiden {number}."),
        ("PSN AMB03 lewat Jl. Pahlawan, 2 mobil", "lewat Jl. Pahlawan, 2 mobil"),
    ):
        budi.press("F10")
        budi.type(line)
        budi.press("Enter")
        expect(page.get_by_text(shown)).to_be_visible()
    crew.picture("crew-pre-alert")


def test_a_reload_in_mid_interview_returns_to_the_call(enter: Enter, callers: Callers) -> None:
    """9: the same call, the text as it was, both voices back by themselves, a muted one muted."""
    rina = enter("rina")
    rina.begin_duty()
    call = take_call(rina, callers, "081325551009", voice=tone(CALLER_TONE_HZ))
    rina.type("Sri Wahyuni")
    rina.press("Alt+p")
    rina.type("anak saya panas tinggi")
    rina.press("Control+m")
    rina.page.reload()
    expect(rina.page.get_by_label("Nama lengkap")).to_have_value("Sri Wahyuni")
    expect(rina.page.get_by_label("Pengaduan")).to_have_value("anak saya panas tinggi")
    expect(rina.page.get_by_label("Pengaduan")).to_be_focused()
    expect(rina.page.get_by_text("suara meja tersambung")).to_be_visible()
    until(lambda: rina.hears(CALLER_TONE_HZ) > LOUD, 20.0, "the desk hears the caller again")
    expect(rina.page.get_by_text("BISU")).to_be_visible()
    assert call.hears(DESK_TONE_HZ) < LOUD / 10, "whoever was muted stays so"
    rina.press("Control+m")
    until(lambda: call.hears(DESK_TONE_HZ) > LOUD, 20.0, "the caller hears the desk again")
    rina.press("F4")
    until(lambda: call.is_over, 20.0, "the call is over")


def test_of_two_operators_one_gets_the_call(enter: Enter, callers: Callers, centre: Centre) -> None:
    """10: the other is told who has it."""
    rina, dewi = enter("rina"), enter("dewi")
    for person in (rina, dewi):
        person.begin_duty()
    call = callers.ring("112", number="081325551010")
    for person in (rina, dewi):
        expect(queue_of(person)).to_contain_text("1010")
    for person in (rina, dewi):
        person.page.get_by_role("button", name="Jawab").first.evaluate(
            "(button, at) => void setTimeout(() => button.click(), at - Date.now())",
            (datetime.now(UTC).timestamp() + 1.0) * 1_000,
        )
    until(lambda: any(row.state == "answered" for row in calls_of(centre)), 20.0, "one has it")
    taken = [person.page.get_by_label("Nama lengkap").count() for person in (rina, dewi)]
    until(
        lambda: (
            sum(person.page.get_by_label("Nama lengkap").count() for person in (rina, dewi)) == 1
        ),
        20.0,
        f"exactly one has the interview before him, not {taken}",
    )
    has_it = [person.page.get_by_label("Nama lengkap").count() == 1 for person in (rina, dewi)]
    loser, winner = (dewi, "Rina") if has_it[0] else (rina, "Dewi")
    loser.picture("call-taken-told")
    desk = next(row.key for row in desks_of(centre) if row.agent_name == loser.name.title())
    answered = next(row for row in calls_of(centre) if row.state == "answered")
    late = {"type": "call.answer", "call": answered.key, "desk": desk}
    body = {"id": "late-answer", "command": late, "age_s": 0}
    status, text = loser.ask("POST", "/api/commands", body)
    assert status == 409
    assert winner in text
    call.hang_up()


def test_a_list_does_not_move_under_the_hand(enter: Enter, centre: Centre) -> None:
    """11: while a row is touched a new red incident waits behind a bar; Space lets it in."""
    budi = enter("budi")
    budi.begin_duty()
    open_incident(budi, "i-first", "MED-18", *HEART)
    number = _incident(centre, "i-first").number
    rows = budi.page.get_by_role("listbox", name="Menunggu unit").get_by_role("option")
    mine = rows.filter(has_text=re.compile(rf"\b{number}\b")).first
    mine.click()
    before = mine.bounding_box()
    budi.page.evaluate(HAND_SCRIPT)
    send_a_while_ago(budi, "i-later", HEART)
    bar = budi.page.get_by_text("perubahan urutan").first
    expect(bar).to_be_visible()
    assert mine.bounding_box() == before
    budi.page.evaluate("clearInterval(window.journeyHand)")
    until(lambda: lets_in(budi, bar), 20.0, "Space lets it in")
    later = rows.filter(has_text=re.compile(rf"\b{_incident(centre, 'i-later').number}\b")).first
    tops = [row.evaluate("(row) => row.getBoundingClientRect().top") for row in (later, mine)]
    assert tops == sorted(tops)


def test_a_wrong_clock_of_the_pc_changes_no_timer(enter: Enter, callers: Callers) -> None:
    """17: three minutes ahead, the call's age and the clock are still the server's."""
    rina = enter("rina")
    rina.page.clock.set_system_time(datetime.now(UTC) + timedelta(minutes=3))
    rina.begin_duty()
    call = take_call(rina, callers, "081325551017")
    bar = rina.page.locator("header.bar")
    expect(bar).to_contain_text(re.compile(r"00:0\d"))
    shown = rina.page.locator("header time, header .clock").last.inner_text()
    jakarta = datetime.now(UTC) + timedelta(hours=7)
    near = {(jakarta + timedelta(minutes=at)).strftime("%H.%M") for at in (-1, 0)}
    assert any(one in shown for one in near), shown
    rina.press("F4")
    until(lambda: call.is_over, 20.0, "the call is over")


def test_an_expired_session_leaves_the_call_alive(enter: Enter, callers: Callers) -> None:
    """Signed out in mid-call: the caller stays, and after signing in both hear each other."""
    rina = enter("rina")
    rina.begin_duty()
    call = take_call(rina, callers, "081325551099", voice=tone(CALLER_TONE_HZ))
    rina.type("Bu Tini")
    rina.context.clear_cookies(name="kentongan_session")
    rina.press("Tab")
    rina.type("7")
    expect(rina.page.get_by_label("Nama pengguna")).to_be_visible()
    rina.picture("session-expired")
    assert not call.is_over
    rina.sign_in()
    expect(rina.page.get_by_label("Nama lengkap")).to_have_value("Bu Tini")
    until(lambda: rina.hears(CALLER_TONE_HZ) > LOUD, 20.0, "the operator hears the caller again")
    assert not call.is_over
    rina.press("F4")
    until(lambda: call.is_over, 20.0, "the call is over")


def _incident(centre: Centre, key: str) -> IncidentRow:
    rows = [row for row in centre.rows("incident") if isinstance(row, IncidentRow)]
    return next(row for row in rows if row.key == key)


def _taps(centre: Centre, unit: str) -> list[tuple[datetime, datetime]]:
    return [
        (one.meta.at, one.meta.recorded_at)
        for one in centre.journal()
        if isinstance(one.event, UnitProgressed) and one.event.unit == unit
    ]
