"""The training room in browsers, end to end: a trainer, a trainee, a caller who speaks, a score."""

import json
import re
from collections.abc import Iterator

import pytest
from journey_browser import Enter, Person
from journey_centre import until
from journey_drill import TrainingRoom
from journey_room import WAIT_S, is_accessible, newest, newest_incident, pictured, sit_down
from journey_steps import incident_of, locate, queue_of
from playwright.sync_api import Browser, expect

from kentongan.core.rows import CallRow, IncidentRow, ReportRow

SPEECH = 1_000.0
"""A peak above this is a voice: the line is silent in between."""

LAPTOP = {"width": 1366, "height": 768}
"""The trainer's screen: the smallest on which the console is used."""

SPOKEN_S = 25.0
"""The simulated caller speaks at the latest six seconds after each silence of the operator."""

LEFT_OUT = "Berapa usianya?"
"""The first question of the protocol that the trainee does not ask."""


@pytest.fixture(scope="module")
def centre(browser: Browser) -> Iterator[TrainingRoom]:
    """A training room."""
    del browser
    room = TrainingRoom()
    try:
        room.start()
        yield room
    except BaseException:
        print(room.logs())
        raise
    finally:
        room.stop()


def test_a_drill_from_the_trainers_panel_to_the_score_sheet(
    enter: Enter, centre: TrainingRoom
) -> None:
    """Held, let go, answered, asked, sent, assigned, closed; what was left out is on the sheet."""
    sari, rina = enter("sari", viewport=LAPTOP), sit_down(enter, "rina")
    sari.begin_duty("pantau")
    for person in (sari, rina):
        expect(person.page.get_by_role("complementary", name="LATIHAN")).to_be_visible()
    panel = sari.page.get_by_role("region", name="Latihan: panel pelatih")
    expect(panel).to_contain_text("0 penelepon bicara · 0 akan menelepon")
    assert centre.rows("call") == [], "nothing rings before the trainer says so"

    panel.get_by_role("button", name="Tahan semua").click()
    expect(panel.get_by_role("status")).to_contain_text("ditahan")
    panel.get_by_label("Skenario").select_option(label="Medis: semaput, napas ngorok")
    panel.get_by_role("button", name="Mulai", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text("1 akan menelepon")
    pictured(sari, "drill-1-panel")
    assert centre.rows("call") == [], "held, nobody rings"
    panel.get_by_role("button", name="Lanjutkan").click()
    expect(queue_of(rina)).to_contain_text("1148")

    rina.press("F2")
    expect(rina.page.get_by_label("Nama lengkap")).to_be_focused()
    until(lambda: rina.hears_speech() > SPEECH, SPOKEN_S, "the caller's words are heard")
    expect(panel).to_contain_text("1 penelepon bicara")
    for word, shown in (("Tahan semua", "Lanjutkan"), ("Lanjutkan", "Tahan semua")):
        panel.get_by_role("button", name=word).click()  # who talks goes on talking
        expect(panel.get_by_role("button", name=shown)).to_be_visible()
    _interviewed(rina)
    is_accessible(rina)
    rina.picture("drill-2-trainee")
    rina.press("F8")
    until(lambda: newest_incident(centre).sent_at is not None, WAIT_S, "help is ordered")
    rina.press("Alt+2")
    number = newest_incident(centre).number
    here = incident_of(rina, number)
    expect(
        here.get_by_role("region", name="Disarankan").get_by_role("button").first
    ).to_be_visible()
    rina.press("1")
    expect(here.get_by_role("button", name="Tugaskan")).to_be_visible()
    rina.press("Enter")
    expect(here.get_by_role("region", name="Unit di insiden ini")).to_contain_text(
        re.compile("Ditugaskan|Diterima|Menuju")
    )
    _is_driven(centre)
    rina.press("Alt+1", "F4")  # the second is meant for the screen that the first one asks for
    until(lambda: newest(centre).ended_at is not None, WAIT_S, "the call is over")
    _closed(rina, centre, number)
    _scored(sari, centre)


def _interviewed(rina: Person) -> None:
    """Name, complaint, place, and the two questions that decide about life; the others are not."""
    page = rina.page
    rina.type("Sri Wahyuni")
    rina.press("Alt+p")
    rina.type("bapak semaput, napas ngorok")
    expect(page.locator(".proposal")).to_contain_text("MED-01")
    rina.press("Enter")
    locate(rina, "Simpang Lima")
    rina.press("Alt+t")
    guide = page.get_by_role("group", name="Panduan")
    expect(guide).to_be_focused()
    for question in ("Apakah dia sadar?", "Apakah napasnya normal?"):
        expect(guide.locator(".question")).to_have_text(question)
        rina.press("t")
    expect(guide).to_contain_text("⚠")


def _is_driven(centre: TrainingRoom) -> None:
    """The simulated crew takes the task; everything on the board is marked as training."""

    def accepted() -> bool:
        works = newest_incident(centre).assignments
        return bool(works) and "accepted" in works[0].progress_at

    until(accepted, WAIT_S, "the simulated crew accepts")
    rows = [
        row
        for row in (*centre.rows("call"), *centre.rows("incident"), *centre.rows("report"))
        if isinstance(row, CallRow | IncidentRow | ReportRow)
    ]
    assert [row.training for row in rows] == [True, True, True]


def _closed(rina: Person, centre: TrainingRoom, number: int) -> None:
    rina.press("Alt+2")
    expect(incident_of(rina, number)).to_be_visible()
    rina.press("Shift+S")
    rina.page.get_by_label("Hasil").select_option(label="Dibawa ke RS")
    rina.page.get_by_role("button", name=re.compile("tutup", re.IGNORECASE)).click()
    until(lambda: newest_incident(centre).state == "closed", WAIT_S, "it is closed")


def _scored(sari: Person, centre: TrainingRoom) -> None:
    """The sheet opens in the trainer's browser as PDF; its marks are those of this drill."""
    link = sari.page.get_by_role("link", name="Lembar nilai (PDF)")
    is_accessible(sari)
    opened = sari.context.request.get(str(link.get_attribute("href")))
    assert opened.status == 200
    assert opened.headers["content-type"] == "application/pdf"
    assert opened.body().startswith(b"%PDF-")
    told = centre.run("score", "medical", "--json")
    assert told.returncode == 0, told.stderr
    sheet = json.loads(told.stdout)
    (call,) = sheet["calls"]
    assert call["call_taker"] == "Rina"
    marks = {mark["key"]: mark for mark in call["marks"]}
    for key in ("answered", "sent", "unit"):
        assert re.fullmatch(r"\d+ s", marks[key]["value"]), marks[key]
    met = ("name", "number", "complaint", "place", "nature", "priority", "lead")
    assert [key for key in met if not marks[key]["is_met"]] == []
    assert (marks["questions"]["is_met"], marks["questions"]["value"]) == (False, LEFT_OUT)
    assert sheet["incidents_found"] == sheet["incidents_expected"] == 1
