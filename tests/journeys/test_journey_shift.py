"""A shift: what is no emergency, who asks again, a paper form, and the change of people.

All journeys of this file share one centre and follow each other as on one day.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from journey_browser import Enter, Person
from journey_caller import Callers
from journey_centre import PASSWORD, Centre, until
from journey_hand import By, Hand, Keys
from journey_room import desks_of, is_accessible
from journey_steps import choose_incident, nothing_is_done_behind_a_dialog, open_incident
from journey_work import answer, classify, end_call, locate, send
from playwright.sync_api import expect

from kentongan.core.rows import AgencyRow, IncidentRow, ReportRow, UnitRow
from kentongan.core.words import Outcome, Progress

HEART = (-6.9905, 110.4229)


def test_what_is_no_emergency_leaves_the_siren_queue(
    by: By, callers: Callers, centre: Centre
) -> None:
    """A caller without a number gets an appointment, a complaint a ticket, a prank two keys."""
    rina, dinkes = by("rina"), by("dinkes")
    rina.begin_duty()
    nobody = answer(rina, callers, None)
    classify(rina, "MED-19")
    locate(rina, "Pasar Johar")
    rina.use(rina.page.get_by_role("button", name="Besok 8–12"))
    expect(rina.page.locator(".lane strong")).to_contain_text("Petugas datang")
    until(lambda: _newest(centre).sent_at is not None, 20.0, "it is sent for its day")
    care = _newest(centre)
    assert care.appointment is not None
    assert care.appointment.until_at - care.appointment.from_at == timedelta(hours=4)
    is_accessible(rina.person)
    rina.person.picture("shift-1-appointment")
    end_call(rina, nobody)
    _moved_by_who_comes(dinkes, centre, care.number)

    waste = answer(rina, callers, "081325552001")
    classify(rina, "PUB-01")
    expect(rina.page.locator(".lane")).to_contain_text("Ada yang terancam bahaya")
    hand_on = rina.page.get_by_role("button", name="Serahkan ke")
    rina.use(hand_on, "Alt+s")
    until(lambda: _newest(centre).ticket is not None, 20.0, "it is handed on")
    complaint = _newest(centre)
    assert complaint.ticket is not None
    assert complaint.outcome is Outcome.HANDED_OVER
    expect(rina.page.get_by_text(f"Nomor tiket Anda {complaint.ticket.number}")).to_be_visible()
    rina.person.picture("shift-2-ticket")
    rina.use(rina.page.locator("footer").get_by_role("button", name="Batal"), "Control+z")
    until(lambda: _newest(centre).state == "draft", 20.0, "and taken back by one key")
    expect(rina.page.locator(".lane")).to_contain_text("Ada yang terancam bahaya")
    rina.use(hand_on, "Alt+s")
    until(lambda: _newest(centre).state == "closed", 20.0, "and handed on again")
    end_call(rina, waste)

    prank = answer(rina, callers, "081325552002")
    rina.use(rina.page.get_by_role("button", name="Iseng"), "F9", "2")
    until(lambda: prank.is_over, 20.0, "a prank is gone in two keys")
    expect(rina.page.get_by_label("Nama lengkap")).to_be_hidden()


def _moved_by_who_comes(dinkes: Hand, centre: Centre, number: int) -> None:
    """The officer of the agency that comes arranges another time, and can ring the room."""
    dinkes.begin_duty("instansi")
    page = dinkes.page
    line = page.locator("button.line", has=page.get_by_text(f"{number}", exact=True))
    dinkes.use(line)
    dinkes.use(
        page.get_by_role("listitem").filter(has=line).get_by_role("button", name="Jadwalkan"), "4"
    )
    dinkes.use(page.get_by_role("button", name="Ubah", exact=True))
    dinkes.use(page.get_by_role("button", name="Besok 12–16"))

    def moved() -> bool:
        row = _numbered(centre, number)
        return row.appointment is not None and row.appointment.moved == 1

    until(moved, 20.0, "the agency has moved it")
    assert page.get_by_role("link", name="Telepon 112").get_attribute("href") == "tel:112"
    is_accessible(dinkes.person)
    dinkes.person.picture("shift-1-moved")


def test_who_asks_again_joins_the_open_incident_with_one_key(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """The same number while help is on its way: Enter, no second incident; and taken apart."""
    rina = Keys(enter("rina"))
    rina.begin_duty()
    first = answer(rina, callers, "081325552003")
    classify(rina, "MED-02")
    locate(rina, "Simpang Lima")
    send(rina)
    until(lambda: _newest(centre).sent_at is not None, 20.0, "help is ordered")
    number = _newest(centre).number
    end_call(rina, first)
    again = answer(rina, callers, "081325552003")
    expect(rina.page.get_by_text(f"Menanyakan {number}?")).to_be_visible()
    rina.person.picture("shift-3-asking")
    rina.person.press("Enter")
    until(lambda: len(_numbered(centre, number).reports) == 2, 20.0, "it is a second report of it")
    assert _newest(centre).number == number
    expect(rina.page.get_by_text(f"Tergabung di {number}")).to_be_visible()
    rina.person.press("Alt+u")
    until(lambda: len(_numbered(centre, number).reports) == 1, 20.0, "it was another matter")
    until(lambda: _newest(centre).number != number, 20.0, "which has its own number")
    end_call(rina, again)

    rina.person.press("n")
    expect(rina.page.get_by_text("Insiden tanpa telepon").first).to_be_visible()
    expect(rina.page.get_by_label("Nama lengkap")).to_be_focused()
    rina.person.type("Pos Kaligawe, lewat radio")
    until(lambda: any(one.channel == "counter" for one in _reports(centre)), 20.0, "it is kept")
    assert all(one.call is None for one in _reports(centre) if one.channel == "counter")
    nothing_is_done_behind_a_dialog(rina.person, _newest(centre).number)


def test_a_paper_form_is_entered_with_its_true_times(enter: Enter, centre: Centre) -> None:
    """Nobody is rung by it; the record says from which form, by whom and when."""
    budi = enter("budi")
    budi.begin_duty("armada")
    budi.page.locator("button.who").click()
    budi.page.get_by_role("button", name="Susulan").click()
    form = budi.page.get_by_role("dialog", name="Susulan dari formulir kertas")
    form.get_by_label("Formulir", exact=True).fill("K-261126-0905-01")
    yesterday = datetime.now(UTC) + timedelta(hours=7) - timedelta(days=1)
    form.get_by_label("Tanggal").fill(f"{yesterday:%Y-%m-%d}")
    for label, hour in (("Jam panggilan", "00.01"), ("Jam dikirim", "00.02")):
        form.get_by_label(label).fill(hour)
    form.get_by_role("combobox", name="Kategori").fill("MED-02")
    expect(form.get_by_role("option").first).to_contain_text("MED-02")
    budi.press("Enter")
    form.get_by_role("button", name="Tambah unit").click()
    form.get_by_role("combobox", name="Unit").select_option("AMB03")
    for label, hour in (("Ditugaskan", "00.03"), ("Tiba di lokasi", "00.04"), ("Selesai", "0005")):
        form.get_by_label(label, exact=True).fill(hour)
    form.get_by_label("Jam selesai").fill("00.05")
    is_accessible(budi)
    budi.picture("shift-4-late")
    form.get_by_role("button", name="Catat susulan").click()
    until(lambda: _newest(centre).late is not None, 20.0, "it is on record")
    late = _newest(centre)
    assert late.late is not None
    assert (late.late.form, late.late.entered_by) == ("K-261126-0905-01", "Budi")
    assert late.state == "closed"
    (work,) = late.assignments
    assert work.progress_at[Progress.ON_SCENE] - late.opened_at == timedelta(minutes=3)
    assert work.alert_delivered_at is None
    assert not any(row.key == "AMB03" for row in centre.rows("engagement"))


def test_a_shift_is_handed_over_and_signed_by_both(
    by: By, callers: Callers, centre: Centre
) -> None:
    """Written from the live state by who leaves, read and signed by who comes, before the gate.

    A call that is answered over the note takes the cursor, and nobody leaves before its end.
    """
    rina, dewi = by("rina"), by("dewi")
    rina.begin_duty()
    key, written = f"i-handed-{rina.kind}", f"Kaligawe rob 40 cm, {rina.kind}"
    open_incident(rina.person, key, "MED-02", *HEART)
    _locked_and_opened(rina)
    rina.use(rina.page.locator("button.who"))
    expect(rina.page.get_by_role("region", name="Di ruangan")).to_contain_text("Rina")
    rina.use(rina.page.get_by_role("button", name="Akhiri dinas"))
    leaving = rina.page.get_by_role("dialog", name="Serah terima")
    rina.write(leaving.get_by_label("Catatan"), written)
    _answered_over_it(rina, callers, centre)
    expect(leaving.get_by_label("Catatan")).to_have_value(written)
    number = _incident(centre, key).number
    unsigned = leaving.get_by_role("region", name="Yang akan ditandatangani")
    expect(unsigned).to_contain_text(re.compile(rf"\b{number}\b"))
    rina.use(leaving.get_by_role("button", name="Tulis & tandatangani"))
    expect(unsigned).to_have_count(0)
    expect(leaving).to_contain_text(f"{number}")
    is_accessible(rina.person)
    rina.person.picture("shift-5-leaving")
    rina.use(leaving.get_by_role("button", name="Akhiri dinas"))
    expect(rina.page.get_by_role("button", name="Mulai dinas")).to_be_visible()

    dewi.sign_in()
    dewi.use(dewi.page.get_by_role("button", name="Baca serah terima (1)"))
    coming = dewi.page.get_by_role("dialog", name="Serah terima (1)")
    for words in ("Rina", written, str(number)):
        expect(coming).to_contain_text(words)
    is_accessible(dewi.person)
    dewi.person.picture("shift-6-coming")
    dewi.use(coming.get_by_role("button", name="Saya sudah baca"), "Enter")
    until(lambda: _is_signed(centre, "Dewi"), 20.0, "both have signed")


def _answered_over_it(rina: Hand, callers: Callers, centre: Centre) -> None:
    """F2 in the dialog: it closes, its words are kept; it is open again after the call."""
    page, kept = rina.page, rina.page.get_by_role("dialog", name="Serah terima")
    call = callers.ring("112", number="081325550061")
    expect(page.locator("ol[aria-label=Antrean]")).to_contain_text("0061")
    with rina.aside() as person:
        person.press("F2")
    expect(kept).to_be_hidden()
    expect(page.get_by_label("Nama lengkap")).to_be_focused()
    (desk,) = (row.key for row in desks_of(centre) if row.agent_name == "Rina")
    body = {"id": token_hex(8), "command": {"type": "desk.end_duty", "desk": desk}}
    status, text = rina.person.ask("POST", "/api/commands", body)
    assert (status, json.loads(text)["reason"]) == (409, "desk_in_call")
    rina.use(page.locator("button.who"))
    rina.use(page.get_by_role("button", name="Akhiri dinas"))
    expect(kept.get_by_role("alert")).to_contain_text("Anda sedang bicara")
    expect(kept.get_by_role("button", name="Akhiri tanpa serah terima")).to_be_disabled()
    with rina.aside() as person:
        person.press("Escape", "F4")
    until(lambda: call.is_over, 20.0, "the call is over")
    rina.use(page.locator("button.who"))
    rina.use(page.get_by_role("button", name="Akhiri dinas"))
    expect(kept).to_be_visible()
    expect(kept.get_by_role("alert")).to_have_count(0)


def _locked_and_opened(rina: Hand) -> None:
    """Ctrl+Shift+L, or the menu: no key and no reload opens the desk, its person does."""
    page = rina.page
    lock = page.get_by_role("dialog", name="Meja dikunci")

    def by_menu() -> None:
        rina.use(page.locator("button.who"))
        rina.use(page.get_by_role("button", name="Kunci meja"))

    rina.press("Control+Shift+L", by_mouse=by_menu)
    expect(lock).to_be_visible()
    is_accessible(rina.person)
    rina.press("Escape", "F10", "Alt+2", by_mouse=lambda: None)
    expect(page.get_by_role("textbox", name="Perintah")).not_to_be_focused()
    page.reload()
    rina.start()
    expect(lock).to_be_visible()
    rina.person.picture("shift-5-locked")
    open_it = lock.get_by_role("button", name="Buka meja")
    rina.write(lock.get_by_label("Nama pengguna"), "rina")
    rina.write(lock.get_by_label("Kata sandi"), "bukan ini")
    rina.use(open_it, "Enter")
    expect(lock.get_by_role("alert")).to_contain_text("▲")
    rina.write(lock.get_by_label("Kata sandi"), PASSWORD)
    rina.use(open_it, "Enter")
    expect(lock).to_be_hidden()


def _is_signed(centre: Centre, by: str) -> bool:
    """Whether everything that was handed over is signed by that person."""
    left = [one.handover.signed_by_name for one in desks_of(centre) if one.handover]
    return left != [] and set(left) == {by}


def _incidents(centre: Centre) -> list[IncidentRow]:
    return [row for row in centre.rows("incident") if isinstance(row, IncidentRow)]


def _newest(centre: Centre) -> IncidentRow:
    return max(_incidents(centre), key=lambda row: row.number)


def _numbered(centre: Centre, number: int) -> IncidentRow:
    return next(row for row in _incidents(centre) if row.number == number)


def _incident(centre: Centre, key: str) -> IncidentRow:
    return next(row for row in _incidents(centre) if row.key == key)


def _reports(centre: Centre) -> list[ReportRow]:
    return [row for row in centre.rows("report") if isinstance(row, ReportRow)]


def test_an_officer_ends_the_watch_and_takes_the_file_the_law_asks_for(
    enter: Enter, centre: Centre
) -> None:
    """Opening the screen is watching; ended it stays ended, as does one ended by signing out; the
    month is one button."""
    damkar = enter("damkar")
    damkar.begin_duty("instansi")
    page = damkar.page
    expect(page.get_by_text("Bertugas: Petugas Damkar")).to_be_visible()
    page.get_by_role("button", name="Akhiri dinas instansi").click()
    expect(page.get_by_text("Bertugas: tidak ada")).to_be_visible()
    expect(page.get_by_role("button", name="Mulai dinas instansi")).to_be_visible()
    with page.expect_download() as file:
        page.get_by_role("link", name="Berkas 15 menit").click()
    assert file.value.suggested_filename.startswith("damkar-")
    assert file.value.path().read_bytes().startswith(b"\xef\xbb\xbflaw_cases,")
    damkar.picture("agency-file")
    assert _watching(centre, "damkar") == [()]
    page.get_by_role("button", name="Mulai dinas instansi").click()
    expect(page.get_by_text("Bertugas: Petugas Damkar")).to_be_visible()
    page.get_by_role("button", name="Menu Petugas Damkar").click()
    page.get_by_role("button", name="Keluar", exact=True).click()
    expect(page.get_by_label("Nama pengguna")).to_be_visible()
    assert _watching(centre, "damkar") == [()]


def _watching(centre: Centre, agency: str) -> list[tuple[str, ...]]:
    return [
        row.on_duty
        for row in centre.rows("agency")
        if isinstance(row, AgencyRow) and row.key == agency
    ]


def test_the_keys_of_an_officer_mean_the_task_that_is_shown(enter: Enter, centre: Centre) -> None:
    """A worse one comes in while the form of the first is open: Enter refuses the first, Ctrl+Z
    takes that back, and `1` accepts the task that is shown, no other; so it does with `1`."""
    damkar, budi = enter("damkar"), enter("budi")
    budi.begin_duty()
    damkar.begin_duty("instansi")
    page = damkar.page
    open_incident(budi, "i-shown", "KBK-01", *HEART)
    budi.command("incident.set_priority", incident="i-shown", priority="P3")
    tasks = page.locator(".lists")
    line = tasks.get_by_role("button", name=f"{_number(centre, 'i-shown')} KBK-01")
    line.click()
    damkar.press("3")
    expect(page.get_by_label("Alasan")).to_be_visible()
    open_incident(budi, "i-above", "KBK-01", *HEART)
    above = tasks.get_by_role("button", name=f"{_number(centre, 'i-above')} KBK-01")
    expect(above).to_be_visible()
    expect(above).to_have_attribute("aria-current", "false")
    page.get_by_label("Alasan").focus()
    damkar.press("Tab", "Enter")
    until(lambda: _task(centre, "i-shown") == "refused", 20, "the one that was shown is refused")
    expect(page.get_by_label("Alasan")).to_have_count(0)
    expect(line).to_have_count(0)
    damkar.press("Control+z")
    until(lambda: _task(centre, "i-shown") in ("tasked", "notified"), 20, "asked as before")
    line.click()
    damkar.press("1")
    until(lambda: _task(centre, "i-shown") == "acknowledged", 20, "accepted")
    expect(page.locator("footer").get_by_role("button", name="Batal")).to_be_visible()
    damkar.press("Control+z")
    until(lambda: _task(centre, "i-shown") in ("tasked", "notified"), 20, "and not after all")
    above.click()
    assert _task(centre, "i-above") in ("tasked", "notified")
    damkar.press("1")
    until(lambda: _task(centre, "i-above") == "acknowledged", 20, "the shown one is accepted")
    _asks_for_help(damkar, budi, centre)
    _changes_a_unit(damkar, centre)


def _asks_for_help(damkar: Person, budi: Person, centre: Centre) -> None:
    """With a few words, which the room reads."""
    page = damkar.page
    page.get_by_role("button", name="Minta bantuan").click()
    page.get_by_label("Keterangan").fill("massa ramai")
    page.get_by_role("group", name="Bantuan apa").get_by_role("button", name="polisi").click()
    expect(page.get_by_text("polisi: diminta")).to_be_visible()
    seen = choose_incident(budi, _number(centre, "i-above"))
    expect(seen).to_contain_text("Damkar minta polisi “massa ramai”")


def _changes_a_unit(damkar: Person, centre: Centre) -> None:
    """The agency's own: out of service with why, and back by Ctrl+Z."""
    page = damkar.page

    def state() -> str:
        rows = (row for row in centre.rows("unit") if isinstance(row, UnitRow))
        return next(row.state for row in rows if row.key == "DMK01")

    page.get_by_role("button", name="Ubah DMK01").click()
    page.get_by_role("dialog").get_by_role("button", name="nonaktif: tanpa awak").click()
    until(lambda: state() == "out_of_service", 20, "it is out of service")
    expect(page.locator("footer")).to_contain_text("DMK01 nonaktif: tanpa awak")
    damkar.press("Control+z")
    until(lambda: state() == "available", 20, "and back")


def _number(centre: Centre, key: str) -> int:
    """The number to say."""
    return _incident(centre, key).number


def _task(centre: Centre, key: str) -> str:
    """What became of the fire brigade's task."""
    tasks = _incident(centre, key).tasks
    return next(str(task.state) for task in tasks if task.agency == "damkar")
