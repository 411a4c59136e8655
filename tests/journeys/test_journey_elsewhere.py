"""A call that goes on elsewhere: in the neighbouring city, or at another desk after a power cut.

Both journeys share one centre. Its pack is Semarang's with a number for the neighbouring centre.
"""

import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest
from journey_agency import TRUNK, Agencies
from journey_browser import CALLER_TONE_HZ, Enter, Person, cut_power, launch_beside
from journey_caller import Callers, Ringing
from journey_centre import Centre, running, until
from journey_room import (
    WAIT_S,
    becomes,
    call_row,
    choose_party,
    desk_of,
    facts_of,
    hears,
    hears_not,
    hung_up,
    is_accessible,
    newest,
    newest_incident,
    pictured,
    sit_down,
    voice_of,
)
from journey_steps import choose_incident, incident_of, locate, queue_of, take_call, tell
from msgspec.structs import replace
from playwright.sync_api import Browser, expect

from kentongan.cities.pack import packaged
from kentongan.core.events import CallAnswered, CallRequeued, CallTransferred
from kentongan.core.rows import ReportRow
from kentongan.core.words import Outcome, TaskState
from kentongan.edge.caller.voice import silence, tone
from kentongan.edge.switch.trunks import Trunk

UNGARAN, UNGARAN_HZ = "0246921112", 2_500.0
WORD = "UNG-4711"
"""What the neighbouring centre says when it takes the case over: ask for it by this."""

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
def centre(browser: Browser, port: int) -> Iterator[Centre]:
    """A centre that can ring its neighbour by name."""
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


def test_a_call_from_beyond_the_border_is_handed_over_with_the_neighbours_word(
    enter: Enter, callers: Callers, agencies: Agencies, centre: Centre
) -> None:
    """Seen to be outside; its word on record, spoken aside; then caller and case are theirs."""
    rina = sit_down(enter, "rina")
    agencies.speaks(UNGARAN, UNGARAN_HZ)
    call = take_call(rina, callers, "081325554001", voice=tone(CALLER_TONE_HZ))
    key = newest(centre).key
    tell(rina, "motor tabrakan di ungaran, luar kota", "NON-09", "Ungaran")
    expect(rina.page.locator(".located")).to_contain_text("di luar kota")
    lane = rina.page.get_by_role("region", name="Di luar wilayah")
    expect(lane).to_contain_text("Sampai mereka menerima, insiden tetap milik kita")

    choose_party(rina, "ungaran", "Shift+Enter", "Pusat 112 tetangga")
    neighbour = agencies.rung(UNGARAN)
    hears(neighbour, voice_of(rina), who="the neighbour, aside")
    hears(rina, UNGARAN_HZ, who="the desk, aside")
    hears_not(call, voice_of(rina), UNGARAN_HZ, who="the caller, who is held")
    rina.press("Alt+s")
    expect(lane.get_by_label("Rujukan tetangga")).to_be_focused()
    case = newest_incident(centre)
    assert (case.state, case.nature) == ("draft", "NON-09"), "not theirs before they said so"
    rina.type(WORD)
    pictured(rina, "border-1-word")
    lane.get_by_label("Rujukan tetangga").focus()
    rina.press("Enter")
    expect(rina.page.get_by_text(f"Diterima 112 Ungaran. Rujukan mereka: {WORD}")).to_be_visible()

    rina.press("Alt+j")
    becomes(centre, key, lambda row: row.state == "transferred", "the neighbour has the caller")
    hears(call, UNGARAN_HZ, who="the caller, handed over")
    hears(neighbour, CALLER_TONE_HZ, who="the neighbour, alone with the caller")
    hears_not(call, voice_of(rina), who="the caller, handed over")
    call.hang_up()
    becomes(centre, key, lambda row: row.ended_at is not None, "the call is over")
    _is_the_neighbours(centre, key, case.number)

    rina.press("Alt+2")
    told = incident_of(rina, case.number).get_by_role("region", name="Linimasa")
    for words in (
        "Instansi dilibatkan 112 Ungaran",
        "Instansi menerima 112 Ungaran",
        f"Diserahkan 112 Ungaran · {WORD}",
        "Ditutup Diserahkan",
    ):
        expect(told).to_contain_text(words)
    is_accessible(rina)
    rina.picture("border-2-timeline")


def test_a_desk_without_power_loses_neither_caller_nor_word(
    browser: Browser, enter: Enter, callers: Callers, centre: Centre, tmp_path: Path
) -> None:
    """In front, with the announcement; taken on elsewhere with all that was said; it is back."""
    power = launch_beside(browser, tmp_path)
    rina = sit_down(partial(Person, power, centre), "rina")
    call = take_call(rina, callers, "081325554002", voice=tone(CALLER_TONE_HZ))
    hears(call, voice_of(rina), who="the caller")
    key, desk = newest(centre).key, desk_of(centre, rina)
    rina.type("Sri Wahyuni")
    rina.press("Alt+p")
    rina.type("bapak saya sesak napas")
    until(lambda: _is_told(centre, key), WAIT_S, "what was typed is kept")
    dewi = sit_down(enter, "dewi")
    other = callers.ring("112", number="081325554003", voice=silence())
    expect(queue_of(dewi)).to_contain_text("4003")

    cut_power(power)
    becomes(centre, key, lambda row: row.state == "queued", "the caller waits again")
    first = queue_of(dewi).get_by_role("listitem").first
    expect(first).to_contain_text("4002")
    expect(first).to_contain_text("▲")
    until(lambda: _peak(call) > SPEECH, WAIT_S, "the caller hears that they wait")
    dewi.picture("power-1-in-front")
    dewi.press("F2")
    hears(call, voice_of(dewi), who="the caller, at another desk")
    hears(dewi, CALLER_TONE_HZ, who="the other desk")
    expect(dewi.page.get_by_label("Nama lengkap")).to_have_value("Sri Wahyuni")
    expect(dewi.page.get_by_label("Pengaduan")).to_have_value("bapak saya sesak napas")
    dewi.picture("power-2-taken-on")

    back = sit_down(enter, "rina")
    elsewhere = back.page.get_by_role("list", name="Sedang bicara")
    expect(elsewhere).to_contain_text(re.compile("4002.*Dewi"))
    assert desk_of(centre, back) == desk, "their own desk again"
    back.picture("power-3-back")
    dewi.press("Alt+k")
    dewi.type("MED-03")
    expect(dewi.page.get_by_role("option").first).to_contain_text("MED-03")
    dewi.press("Enter")
    locate(dewi, "Simpang Lima")
    dewi.press("F8")
    until(lambda: newest_incident(centre).sent_at is not None, WAIT_S, "help is ordered")
    hung_up(dewi, call)
    back.press("Alt+2")
    told = choose_incident(back, newest_incident(centre).number)
    expect(told).to_contain_text("bapak saya sesak napas")
    expect(told).to_contain_text("Sri Wahyuni")
    back.picture("power-4-what-became")
    story = [
        (one.desk if isinstance(one, CallAnswered) else one.reason)
        for one in facts_of(centre, key)
        if isinstance(one, CallAnswered | CallRequeued)
    ]
    assert story == [desk, "desk_lost", desk_of(centre, dewi)]
    other.hang_up()


def _pack_with_a_neighbour(folder: Path) -> Path:
    """Semarang's pack, in which the neighbouring centre has a telephone and its town's name."""
    shutil.copytree(packaged(), folder)
    file = folder / "agencies.yaml"
    text = file.read_text()
    assert text.count(NAMELESS) == 1
    file.write_text(text.replace(NAMELESS, NAMED))
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
