"""A shift: what is no emergency, who asks again, a paper form, and the change of people.

All journeys of this file share one centre and follow each other as on one day.
"""

import re
from datetime import UTC, datetime, timedelta

from journey_browser import Enter, Person
from journey_caller import Callers, Ringing
from journey_centre import PASSWORD, Centre, until
from journey_room import desks_of, is_accessible, pictured
from journey_steps import locate, open_incident, queue_of, take_call
from playwright.sync_api import expect

from kentongan.core.rows import IncidentRow, ReportRow
from kentongan.core.words import Outcome, Progress
from kentongan.edge.caller.phone import CallState

HEART = (-6.9905, 110.4229)


def test_what_is_no_emergency_leaves_the_siren_queue(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """A caller without a number gets an appointment, a complaint a ticket, a prank two keys."""
    rina = enter("rina")
    rina.begin_duty()
    nobody = callers.ring("112", number=None)
    expect(queue_of(rina)).to_contain_text(re.compile("Tanpa nomor|Nomor disembunyikan"))
    rina.press("F2")
    expect(rina.page.get_by_label("Nama lengkap")).to_be_focused()
    nobody.reach(CallState.TALKING)
    _kind(rina, "MED-19")
    locate(rina, "Pasar Johar")
    rina.page.get_by_role("button", name="Besok 8–12").click()
    expect(rina.page.locator(".lane strong")).to_contain_text("Petugas datang")
    until(lambda: _newest(centre).sent_at is not None, 20.0, "it is sent for its day")
    care = _newest(centre)
    assert care.appointment is not None
    assert care.appointment.until_at - care.appointment.from_at == timedelta(hours=4)
    pictured(rina, "shift-1-appointment")
    _over(rina, nobody)
    _moved_by_who_comes(enter("dinkes"), centre, care.number)

    waste = take_call(rina, callers, "081325552001")
    _kind(rina, "PUB-01")
    expect(rina.page.locator(".lane")).to_contain_text("Ada yang terancam bahaya")
    rina.press("Alt+s")
    until(lambda: _newest(centre).ticket is not None, 20.0, "it is handed on")
    complaint = _newest(centre)
    assert complaint.ticket is not None
    assert complaint.outcome is Outcome.HANDED_OVER
    expect(rina.page.get_by_text(f"Nomor tiket Anda {complaint.ticket.number}")).to_be_visible()
    rina.picture("shift-2-ticket")
    rina.press("Control+z")
    until(lambda: _newest(centre).state == "draft", 20.0, "and taken back by one key")
    expect(rina.page.locator(".lane")).to_contain_text("Ada yang terancam bahaya")
    rina.press("Alt+s")
    until(lambda: _newest(centre).state == "closed", 20.0, "and handed on again")
    _over(rina, waste)

    prank = take_call(rina, callers, "081325552002")
    rina.press("F9", "2")
    until(lambda: prank.is_over, 20.0, "a prank is gone in two keys")
    expect(rina.page.get_by_label("Nama lengkap")).to_be_hidden()


def _moved_by_who_comes(dinkes: Person, centre: Centre, number: int) -> None:
    """The officer of the agency that comes arranges another time, and can ring the room."""
    dinkes.begin_duty("instansi")
    page = dinkes.page
    page.get_by_role("button", name=re.compile(rf"\b{number}\b")).first.click()
    dinkes.press("4")
    page.get_by_role("button", name="Ubah").click()
    page.get_by_role("button", name="Besok 12–16").click()

    def moved() -> bool:
        row = _numbered(centre, number)
        return row.appointment is not None and row.appointment.moved == 1

    until(moved, 20.0, "the agency has moved it")
    assert page.get_by_role("link", name="Telepon 112").get_attribute("href") == "tel:112"
    is_accessible(dinkes)
    dinkes.picture("shift-1-moved")


def test_who_asks_again_joins_the_open_incident_with_one_key(
    enter: Enter, callers: Callers, centre: Centre
) -> None:
    """The same number while help is on its way: Enter, no second incident; and taken apart."""
    rina = enter("rina")
    rina.begin_duty()
    first = take_call(rina, callers, "081325552003")
    _kind(rina, "MED-02")
    locate(rina, "Simpang Lima")
    rina.press("F8")
    until(lambda: _newest(centre).sent_at is not None, 20.0, "help is ordered")
    number = _newest(centre).number
    _over(rina, first)
    again = take_call(rina, callers, "081325552003")
    expect(rina.page.get_by_text(f"Menanyakan {number}?")).to_be_visible()
    rina.picture("shift-3-asking")
    rina.press("Enter")
    until(lambda: len(_numbered(centre, number).reports) == 2, 20.0, "it is a second report of it")
    assert _newest(centre).number == number
    expect(rina.page.get_by_text(f"Tergabung di {number}")).to_be_visible()
    rina.press("Alt+u")
    until(lambda: len(_numbered(centre, number).reports) == 1, 20.0, "it was another matter")
    until(lambda: _newest(centre).number != number, 20.0, "which has its own number")
    _over(rina, again)

    rina.press("n")
    expect(rina.page.get_by_text("Insiden tanpa telepon").first).to_be_visible()
    expect(rina.page.get_by_label("Nama lengkap")).to_be_focused()
    rina.type("Pos Kaligawe, lewat radio")
    until(lambda: any(one.channel == "counter" for one in _reports(centre)), 20.0, "it is kept")
    assert all(one.call is None for one in _reports(centre) if one.channel == "counter")


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


def test_a_shift_is_handed_over_and_signed_by_both(enter: Enter, centre: Centre) -> None:
    """Written from the live state by who leaves, read and signed by who comes, before the gate."""
    rina, dewi = enter("rina"), enter("dewi")
    rina.begin_duty()
    open_incident(rina, "i-handed", "MED-02", *HEART)
    _locked_and_opened(rina)
    rina.page.locator("button.who").click()
    expect(rina.page.get_by_role("region", name="Di ruangan")).to_contain_text("Rina")
    rina.page.get_by_role("button", name="Akhiri dinas").click()
    leaving = rina.page.get_by_role("dialog", name="Serah terima")
    leaving.get_by_label("Catatan").fill("Kaligawe rob 40 cm")
    leaving.get_by_role("button", name="Tulis & tandatangani").click()
    number = _incident(centre, "i-handed").number
    expect(leaving).to_contain_text(f"{number}")
    is_accessible(rina)
    rina.picture("shift-5-leaving")
    leaving.get_by_role("button", name="Akhiri dinas").click()
    expect(rina.page.get_by_role("button", name="Mulai dinas")).to_be_visible()

    dewi.sign_in()
    dewi.page.get_by_role("button", name="Baca serah terima (1)").click()
    coming = dewi.page.get_by_role("dialog", name="Serah terima (1)")
    for words in ("Rina", "Kaligawe rob 40 cm", str(number)):
        expect(coming).to_contain_text(words)
    is_accessible(dewi)
    dewi.picture("shift-6-coming")
    coming.get_by_role("button", name="Saya sudah baca").click()
    until(lambda: "Dewi" in _signers(centre), 20.0, "both have signed")


def _locked_and_opened(rina: Person) -> None:
    """Ctrl+Shift+L: no key and no reload opens the desk, its person does."""
    page = rina.page
    lock = page.get_by_role("dialog", name="Meja dikunci")
    rina.press("Control+Shift+L")
    expect(lock).to_be_visible()
    is_accessible(rina)
    rina.press("Escape", "F10", "Alt+2")
    expect(page.get_by_role("textbox", name="Perintah")).not_to_be_focused()
    page.reload()
    expect(page.get_by_role("button", name="Mulai dinas")).to_be_enabled()
    rina.press("Enter")
    expect(lock).to_be_visible()
    rina.picture("shift-5-locked")
    lock.get_by_label("Nama pengguna").fill("rina")
    lock.get_by_label("Kata sandi").fill("bukan ini")
    rina.press("Enter")
    expect(lock.get_by_role("alert")).to_contain_text("▲")
    lock.get_by_label("Kata sandi").fill(PASSWORD)
    rina.press("Enter")
    expect(lock).to_be_hidden()


def _signers(centre: Centre) -> list[str]:
    return [one.handover.signed_by_name for one in desks_of(centre) if one.handover]


def _kind(person: Person, code: str) -> None:
    person.press("Alt+k")
    person.type(code)
    expect(person.page.get_by_role("option").first).to_contain_text(code)
    person.press("Enter")


def _over(person: Person, call: Ringing) -> None:
    """The call ends and its writing is done."""
    person.press("F4")
    until(lambda: call.is_over, 20.0, "the call is over")
    expect(person.page.get_by_role("button", name="Selesai")).to_be_visible()
    person.press("F2")
    expect(person.page.get_by_label("Nama lengkap")).to_be_hidden()


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
