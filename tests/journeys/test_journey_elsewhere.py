"""What goes on elsewhere: a call in the neighbouring city, or at another desk after a power cut; a
task at an agency that does not answer.

All journeys share one centre. Its pack is Semarang's with a number for the neighbouring centre and
with less patience for an agency; it tells people by gateways of this test and by its own telephone.
"""

import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest
from journey_agency import TRUNK, Agencies
from journey_browser import CALLER_TONE_HZ, Enter, Person, cut_power, launch_beside
from journey_caller import Callers, Ringing
from journey_centre import Centre, running, until
from journey_duty import DutyPhone, DutyPhones, Gateways, supervisor_by_sms
from journey_hand import By, Hand
from journey_room import (
    WAIT_S,
    becomes,
    call_row,
    desk_of,
    facts_of,
    hears,
    hears_not,
    is_accessible,
    newest,
    newest_incident,
    pictured,
    voice_of,
)
from journey_steps import incident_of, open_incident, queue_of
from journey_work import answer, chosen, classify, locate, send, sit_down, tell
from msgspec.structs import replace
from playwright.sync_api import Browser, Locator, expect

from kentongan.cities.pack import packaged
from kentongan.core.events import CallAnswered, CallRequeued, CallTransferred
from kentongan.core.rows import IncidentRow, ReportRow
from kentongan.core.words import Outcome, TaskState
from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.voice import silence, tone
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip.address import Address

UNGARAN, UNGARAN_HZ = "0246921112", 2_500.0
WORD = "UNG-4711"
"""What the neighbouring centre says when it takes the case over: ask for it by this."""

DAMKAR_PHONE, SATPOL_PHONE, BOSS_PHONE = "+6281200000011", "+6281200000012", "+6281200000013"
NEAR = (-6.9905, 110.4229)

SILENT_S = "  response: {id: telepon instansi, en: phone the agency}\n  limits_s: {any: %d}"
"""How long an agency may be silent (A-07): a minute in the pack, and 15 s here."""

NAMELESS = "short: 112 tetangga"
NAMED = 'short: 112 Ungaran\n  channels: [{kind: phone, value: "024-6921112"}]'
"""The line of the neighbouring centre in the pack, and what stands there instead."""

SPEECH = 500.0
"""A peak above this is an announcement and no noise."""


@pytest.fixture(scope="module")
def port() -> int:
    """Where the neighbour's telephone is."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def gateways() -> Iterator[Gateways]:
    """By which the centre tells people."""
    gateways = Gateways()
    yield gateways
    gateways.stop()


@pytest.fixture(scope="module")
def centre(browser: Browser, port: int, gateways: Gateways) -> Iterator[Centre]:
    """A centre that can ring its neighbour by name, and people on duty."""
    del browser
    centre = Centre()
    trunks = (
        Trunk(key="local", networks=("127.0.0.0/8",)),
        Trunk(key=TRUNK, host="127.0.0.1", port=port, options_period_s=0),
    )
    centre.settings = replace(
        centre.settings,
        city_pack=str(_pack_with_a_neighbour(centre.folder / "pack")),
        sip=replace(centre.settings.sip, trunks=trunks),
        notify=gateways.settings(centre.folder),
    )
    centre.file.write_bytes(msgspec.json.encode(centre.settings))
    with running(centre):
        yield centre


@pytest.fixture
def agencies(callers: Callers, port: int) -> Iterator[Agencies]:
    """The neighbour, who can be rung."""
    agencies = Agencies(callers, port)
    yield agencies
    agencies.close()


@pytest.fixture
def phones(callers: Callers, centre: Centre, port: int) -> Iterator[DutyPhones]:
    """People on duty, who can be rung."""
    phones = DutyPhones(callers, Address("127.0.0.1", centre.settings.sip.port), port)
    yield phones
    phones.close()


def test_an_agency_that_does_not_answer_is_telephoned(
    by: By, enter: Enter, gateways: Gateways, phones: DutyPhones, centre: Centre
) -> None:
    """Two agencies are silent on app and SMS, and rung: one takes the task with a key; of the other
    nobody does, and the supervisor is told. The dispatcher sees who was tried when, and takes it
    on."""
    budi, sari = by("budi"), enter("sari")
    sari.begin_duty("pantau")
    budi.begin_duty("armada")
    for contact in (
        gateways.on_duty("damkar", "Piket Damkar", DAMKAR_PHONE),
        gateways.on_duty("satpolpp", "Piket Satpol", SATPOL_PHONE),
        supervisor_by_sms("agent-sari", "Sari", BOSS_PHONE),
    ):
        centre.add_contact(contact)
    pushed, told = gateways.pushed("satpolpp"), len(gateways.texts(BOSS_PHONE))
    key = f"i-silent-{budi.kind}"
    case = _worked_on(budi.person, centre, key)
    region = chosen(budi, case.number)
    _asked(budi, region, case.number)

    answers, silent = phones.rung(DAMKAR_PHONE), phones.rung(SATPOL_PHONE)
    assert gateways.pushed("satpolpp") == pushed + 1
    for phone in (DAMKAR_PHONE, SATPOL_PHONE):
        assert f"#{case.number}" in gateways.texts(phone)[-1]
    answers.lift()
    until(answers.hears_announcement, WAIT_S, "whoever lifted hears what is wanted")
    agencies = region.get_by_role("region", name="Instansi")
    damkar = agencies.get_by_role("listitem").filter(has_text="Damkar").first
    satpol = agencies.get_by_role("listitem").filter(has_text="Satpol PP").first
    expect(damkar).not_to_contain_text("diterima")  # lifting is no answer
    answers.press("5")
    expect(damkar).to_contain_text("diterima")
    answers.reach(CallState.OVER)
    why = _nobody_answers(silent, budi)

    until(lambda: len(gateways.texts(BOSS_PHONE)) > told, WAIT_S, "the supervisor is told")
    assert f"#{case.number}: SATPOLPP belum menjawab" in gateways.texts(BOSS_PHONE)[-1]
    alarm = budi.page.locator("section.alarms")
    expect(alarm).to_contain_text(f"{case.number} Satpol PP belum menjawab")
    budi.use(alarm.get_by_role("button", name="Ambil"), "F7")
    expect(alarm).to_contain_text("semua sudah diambil")
    budi.use(agencies.get_by_role("button", name="Siapa diberi tahu"))
    _who_was_tried_when(agencies, why)
    expect(region.get_by_role("region", name="Linimasa")).to_contain_text(
        "Petugas instansi ditelepon"
    )
    is_accessible(budi.person)
    budi.person.picture(f"silent-{budi.kind}")
    budi.use(satpol.get_by_role("button", name="Sudah menjawab"))
    expect(satpol).to_contain_text("diterima")
    assert phones.count() == 2, "each telephone rang once"
    budi.person.command("assignment.progress", incident=key, unit="AMB01", progress="clear")
    budi.person.command("incident.close", incident=key, outcome="resolved")


def test_a_call_from_beyond_the_border_is_handed_over_with_the_neighbours_word(
    by: By, callers: Callers, agencies: Agencies, centre: Centre
) -> None:
    """Seen to be outside; its word on record, spoken aside; then caller and case are theirs."""
    rina = sit_down(by("rina"))
    agencies.speaks(UNGARAN, UNGARAN_HZ)
    call = answer(rina, callers, "081325554001", voice=tone(CALLER_TONE_HZ))
    key = newest(centre).key
    tell(rina, "motor tabrakan di ungaran, luar kota", "NON-09", "Ungaran")
    expect(rina.page.locator(".located")).to_contain_text("di luar kota")
    lane = rina.page.get_by_role("region", name="Di luar wilayah")
    expect(lane).to_contain_text("Sampai mereka menerima, insiden tetap milik kita")

    _asks_first(rina, "ungaran", "Pusat 112 tetangga")
    neighbour = agencies.rung(UNGARAN)
    hears(neighbour, voice_of(rina.person), who="the neighbour, aside")
    hears(rina.person, UNGARAN_HZ, who="the desk, aside")
    hears_not(call, voice_of(rina.person), UNGARAN_HZ, who="the caller, who is held")
    case = newest_incident(centre)
    assert (case.state, case.nature) == ("draft", "NON-09"), "not theirs before they said so"
    word = lane.get_by_label("Rujukan tetangga")
    rina.write(word, WORD, "Alt+s")
    with rina.aside() as person:
        pictured(person, "border-1-word")
        word.focus()
    rina.use(lane.get_by_role("button", name="Serahkan ke"), "Enter")
    expect(rina.page.get_by_text(f"Diterima 112 Ungaran. Rujukan mereka: {WORD}")).to_be_visible()

    others = rina.page.get_by_role("list", name="Pihak lain di panggilan ini")
    rina.use(others.get_by_role("button", name="Serahkan"), "Alt+j")
    becomes(centre, key, lambda row: row.state == "transferred", "the neighbour has the caller")
    hears(call, UNGARAN_HZ, who="the caller, handed over")
    hears(neighbour, CALLER_TONE_HZ, who="the neighbour, alone with the caller")
    hears_not(call, voice_of(rina.person), who="the caller, handed over")
    call.hang_up()
    becomes(centre, key, lambda row: row.ended_at is not None, "the call is over")
    _is_the_neighbours(centre, key, case.number)

    rina.go("Alt+2", "Armada")
    told = incident_of(rina.person, case.number).get_by_role("region", name="Linimasa")
    for words in (
        "Instansi dilibatkan 112 Ungaran",
        "Instansi menerima 112 Ungaran",
        f"Diserahkan 112 Ungaran · {WORD}",
        "Ditutup Diserahkan",
    ):
        expect(told).to_contain_text(words)
    is_accessible(rina.person)
    rina.person.picture("border-2-timeline")


def test_a_desk_without_power_loses_neither_caller_nor_word(
    browser: Browser, by: By, callers: Callers, centre: Centre, tmp_path: Path
) -> None:
    """In front, with the announcement; taken on elsewhere with all that was said; it is back."""
    power = launch_beside(browser, tmp_path)
    dewi = by("dewi")
    rina = sit_down(type(dewi)(Person(power, centre, "rina")))
    call = answer(rina, callers, "081325554002", voice=tone(CALLER_TONE_HZ))
    hears(call, voice_of(rina.person), who="the caller")
    key, desk = newest(centre).key, desk_of(centre, rina.person)
    rina.person.type("Sri Wahyuni")
    rina.write(rina.page.get_by_label("Pengaduan"), "bapak saya sesak napas", "Alt+p")
    until(lambda: _is_told(centre, key), WAIT_S, "what was typed is kept")
    sit_down(dewi)
    other = callers.ring("112", number="081325554003", voice=silence())
    expect(queue_of(dewi.person)).to_contain_text("4003")

    cut_power(power)
    becomes(centre, key, lambda row: row.state == "queued", "the caller waits again")
    first = queue_of(dewi.person).get_by_role("listitem").first
    expect(first).to_contain_text("4002")
    expect(first).to_contain_text("▲")
    until(lambda: _peak(call) > SPEECH, WAIT_S, "the caller hears that they wait")
    dewi.person.picture("power-1-in-front")
    assert rina.strays == []
    dewi.use(first.get_by_role("button", name="Jawab"), "F2")
    hears(call, voice_of(dewi.person), who="the caller, at another desk")
    hears(dewi.person, CALLER_TONE_HZ, who="the other desk")
    expect(dewi.page.get_by_label("Nama lengkap")).to_have_value("Sri Wahyuni")
    expect(dewi.page.get_by_label("Pengaduan")).to_have_value("bapak saya sesak napas")
    dewi.person.picture("power-2-taken-on")

    back = sit_down(by("rina"))
    elsewhere = back.page.get_by_role("list", name="Sedang bicara")
    expect(elsewhere).to_contain_text(re.compile("4002.*Dewi"))
    assert desk_of(centre, back.person) == desk, "their own desk again"
    back.person.picture("power-3-back")
    classify(dewi, "MED-03")
    locate(dewi, "Simpang Lima")
    send(dewi)
    until(lambda: newest_incident(centre).sent_at is not None, WAIT_S, "help is ordered")
    dewi.use(dewi.page.get_by_role("button", name="Akhiri"), "F4")
    until(lambda: call.is_over, WAIT_S, "the call is over")
    back.go("Alt+2", "Armada")
    told = chosen(back, newest_incident(centre).number)
    expect(told).to_contain_text("bapak saya sesak napas")
    expect(told).to_contain_text("Sri Wahyuni")
    back.person.picture("power-4-what-became")
    story = [
        (one.desk if isinstance(one, CallAnswered) else one.reason)
        for one in facts_of(centre, key)
        if isinstance(one, CallAnswered | CallRequeued)
    ]
    assert story == [desk, "desk_lost", desk_of(centre, dewi.person)]
    other.hang_up()


def _asks_first(rina: Hand, typed: str, named: str) -> None:
    """The palette: a name, and the caller is held while the two speak."""
    rina.use(rina.page.get_by_role("button", name="Sambung / alihkan"), "Control+j")
    whom = rina.page.get_by_role("combobox", name="Siapa")
    expect(whom).to_be_focused()
    rina.person.type(typed)
    expect(rina.page.get_by_role("option").first).to_contain_text(named)
    rina.use(rina.page.get_by_role("button", name="Tanya dulu"), "Shift+Enter")


def _worked_on(budi: Person, centre: Centre, key: str) -> IncidentRow:
    """An incident of which nothing is late: its ambulance is there, and Dinkes has answered."""
    open_incident(budi, key, "MED-02", *NEAR)
    until(
        lambda: "dinkes" in [one.agency for one in newest_incident(centre).tasks],
        WAIT_S,
        "Dinkes is asked by the kind of the complaint",
    )
    budi.command("task.acknowledge", incident=key, agency="dinkes")
    budi.command("assignment.assign", incident=key, unit="AMB01", agency="dinkes")
    for progress in ("accepted", "departed", "on_scene"):
        budi.command("assignment.progress", incident=key, unit="AMB01", progress=progress)
    return newest_incident(centre)


def _asked(budi: Hand, region: Locator, number: int) -> None:
    """Damkar and Satpol PP are asked, too."""

    def by_mouse() -> None:
        for agency in ("Damkar", "Satpol PP"):
            budi.pick(region.get_by_label("Libatkan instansi lain"), agency)
            budi.use(region.get_by_role("button", name="Libatkan", exact=True))

    budi.tell(f"IN DAMKAR SATPOL-PP {number}", by_mouse)


def _nobody_answers(silent: DutyPhone, budi: Hand) -> str:
    """It rings until the centre gives up; in the other run somebody lifts, and presses nothing."""
    if budi.kind == "keys":
        until(lambda: silent.is_over, 2 * WAIT_S, "the centre gives up")
        return "tidak diangkat"
    silent.lift()
    silent.reach(CallState.TALKING)
    silent.hang_up()
    return "diangkat, tidak menekan 5"


def _who_was_tried_when(agencies: Locator, why: str) -> None:
    """Each try with its time, its way, whom, and what came of it."""
    ledger = agencies.get_by_role("list", name="Siapa diberi tahu").get_by_role("listitem")
    for tried in (
        r"aplikasi · tugas Piket Satpol .*terkirim",
        r"SMS · tugas Piket Satpol .*terkirim",
        rf"telepon · tugas Piket Satpol .*gagal, {why}",
        r"SMS · tugas Sari .*terkirim",
        r"telepon · tugas Piket Damkar .*dibaca",
    ):
        expect(ledger.filter(has_text=re.compile(tried))).to_have_text(re.compile(r"\d\d\.\d\d"))


def _pack_with_a_neighbour(folder: Path) -> Path:
    """Semarang's pack, in which the neighbouring centre has a telephone and its town's name."""
    shutil.copytree(packaged(), folder)
    for name, was, here in (
        ("agencies.yaml", NAMELESS, NAMED),
        ("targets.yaml", SILENT_S % 60, SILENT_S % 15),
    ):
        text = (folder / name).read_text()
        assert text.count(was) == 1
        (folder / name).write_text(text.replace(was, here))
    return folder


def _is_the_neighbours(centre: Centre, call: str, number: int) -> None:
    """What is on record: attended, accepted, under whose word, closed as handed over."""
    row = newest_incident(centre)
    assert row.number == number
    assert (row.state, row.outcome) == ("closed", Outcome.HANDED_OVER)
    assert row.ticket is not None
    assert (row.ticket.agency, row.ticket.number, row.ticket.by) == ("tetangga112", WORD, "Rina")
    assert [(task.agency, task.state) for task in row.tasks] == [
        ("tetangga112", TaskState.ACKNOWLEDGED)
    ]
    moved = [one for one in facts_of(centre, call) if isinstance(one, CallTransferred)]
    assert [one.blind for one in moved] == [False]
    (party,) = call_row(centre, call).parties
    assert (party.kind, party.contact) == ("neighbour", "tetangga112")


def _is_told(centre: Centre, call: str) -> bool:
    """Whether the complaint of that call is on record."""
    reports = [row for row in centre.rows("report") if isinstance(row, ReportRow)]
    return any(row.call == call and row.complaint is not None for row in reports)


def _peak(call: Ringing) -> float:
    """The loudest of the last half second."""
    return float(np.max(np.abs(np.asarray(call.heard(0.5), float)), initial=0.0))
