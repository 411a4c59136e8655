"""A change of shift, a paper form and appointments over HTTP: what the server fills in itself."""

from datetime import timedelta

import msgspec
import pytest
from web_room import Person, Room, text_of

from kentongan.core.handover_rows import Situation
from kentongan.core.rows import DeskRow, IncidentRow


@pytest.fixture
def rina(hall: Room) -> Person:
    """A call-taker."""
    return hall.person("rina")


def desk_row(hall: Room, desk: str) -> DeskRow:
    """The desk as the board has it."""
    found = hall.store.find_row("desk", desk)
    assert found is not None
    assert isinstance(found.row, DeskRow)
    return found.row


def incident_row(hall: Room, key: str) -> IncidentRow:
    """The incident as the board has it."""
    found = hall.store.find_row("incident", key)
    assert found is not None
    assert isinstance(found.row, IncidentRow)
    return found.row


def test_a_handover_is_what_the_board_says_not_what_a_page_says(hall: Room, rina: Person) -> None:
    """A page cannot bring its own; the note is sealed; the next one signs and is named."""
    rina.sit("desk_1")
    number = hall.incident(rina, "handed", "MED-02")
    forged: dict[str, object] = {"incidents": [], "left_out": 0}
    seen = msgspec.convert(rina.get("/api/handover").json(), Situation)
    rina.done(
        "desk.write_handover",
        desk="desk_1", handover="h-1", note=text_of("rob di Kaligawe"), situation=forged,
    )  # fmt: skip
    written = desk_row(hall, "desk_1").handover
    assert written is not None
    assert written.situation is not None
    assert number in {one.number for one in written.situation.incidents}
    assert written.situation == seen, "who signs has read what is signed"
    assert written.note is not None
    assert written.note.text is None
    with hall.person("budi").screen() as screen:
        rows = screen.until(lambda frame: frame["k"] == "snapshot")["rows"]
        shown = next(row for row in rows if row["kind"] == "desk" and row["key"] == "desk_1")
        assert shown["handover"]["note"]["text"] == "rob di Kaligawe"
    own = rina.command("desk.sign_handover", desk="desk_1", handover="h-1")
    assert (own.status_code, own.json()["reason"]) == (409, "handover_own")
    foreign = hall.person("budi").command("desk.write_handover", desk="desk_1", handover="h-2")
    assert foreign.status_code == 403
    hall.person("budi").done("desk.sign_handover", desk="desk_1", handover="h-1")
    signed = desk_row(hall, "desk_1").handover
    assert signed is not None
    assert (signed.signed_by_name, signed.situation) == ("Budi", None)


def test_a_form_is_entered_once_and_gets_a_number_of_today(hall: Room, rina: Person) -> None:
    """Sent twice it is one record; a unit that nobody has is refused, and nothing is written."""
    now = hall.clock()
    steps = {"assigned": now - timedelta(minutes=50), "clear": now - timedelta(minutes=10)}
    times = {step: at.isoformat() for step, at in steps.items()}
    unit = {"unit": "AMB01", "agency": "dinkes", "progress_at": times}
    form: dict[str, object] = {
        "incident": "i-late", "form": "K-261126-0905-01", "nature": "MED-02",
        "called_at": (now - timedelta(hours=1)).isoformat(),
        "units": [unit],
        "closed_at": (now - timedelta(minutes=5)).isoformat(), "outcome": "transported",
    }  # fmt: skip
    nobody = {**form, "incident": "i-nobody", "units": [{**unit, "unit": "AMB99"}]}
    refused = rina.command("incident.record_late", **nobody)
    assert refused.json()["reason"] == "unknown_unit"
    assert hall.store.find_row("incident", "i-nobody") is None
    first = rina.done("incident.record_late", **form)
    assert first["number"] >= 1
    assert rina.done("incident.record_late", **form)["events"] == []
    row = incident_row(hall, "i-late")
    assert row.late is not None
    assert (row.late.entered_by, row.state, row.number) == ("Rina", "closed", first["number"])
    assert hall.store.find_row("engagement", "AMB01") is None
    timeline = rina.get("/api/incidents/i-late/timeline").json()
    (entry,) = timeline
    assert entry["kind"] == "incident.recorded_late"
    assert entry["params"]["form"] == "K-261126-0905-01"


def test_a_paper_form_is_no_way_past_the_roles(hall: Room) -> None:
    """Officers, crews and evaluators enter none."""
    now = hall.clock()
    for name in ("dinkes", "amb01", "eva", "admin"):
        answer = hall.person(name).command(
            "incident.record_late",
            incident=f"i-{name}", form="1", nature="MED-02", called_at=now.isoformat(),
        )  # fmt: skip
        assert answer.status_code == 403
        assert hall.store.find_row("incident", f"i-{name}") is None


def test_a_complaint_is_handed_on_and_taken_back_by_the_call_taker(
    hall: Room, rina: Person
) -> None:
    """What was never sent may be opened again by who closed it; the office was told meanwhile."""
    hall.report(rina, "waste", complaint="sampah menumpuk")
    rina.done("incident.classify", incident="i-waste", nature="PUB-01")
    rina.done("incident.hand_on", incident="i-waste", agency="lapor_semar")
    row = incident_row(hall, "i-waste")
    assert row.ticket is not None
    assert (row.state, row.ticket.number) == ("closed", row.long_id)
    rina.done("incident.reopen", incident="i-waste", reason="mistake")
    assert incident_row(hall, "i-waste").state == "draft"
    rina.done("incident.hand_on", incident="i-waste", agency="lapor_semar")
    assert incident_row(hall, "i-waste").state == "closed"
