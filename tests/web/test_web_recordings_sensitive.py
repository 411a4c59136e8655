"""Which recordings an evaluator is refused at the address, whatever its segments are called."""

from web_room import Room

from kentongan.core.commands import AttachReport, OfferCall
from kentongan.core.words import CallId, IncidentId, ReportId, personal


def _told(room: Room, call: str, nature: str) -> str:
    """A call and what was told in it; the address that plays it."""
    rina = room.person("rina")
    offer = OfferCall(
        call=CallId(call), line="112", dialled="112", trunk="t", number=personal("08")
    )
    room.system(offer)
    report, incident = ReportId(f"told-{call}"), IncidentId(f"i-{call}")
    rina.done("report.open", report=report, channel="call", call=call)
    rina.done("incident.open", incident=incident, report=report)
    room.system(AttachReport(report=report, incident=incident))
    rina.done("incident.classify", incident=incident, nature=nature)
    return f"/api/calls/{call}/recordings/{call}-1.rec/play"


def test_of_violence_at_home_a_supervisor_hears_and_an_evaluator_does_not(room: Room) -> None:
    """There is no such segment: who may hear is told that, who may not is told so."""
    hidden, open_ = _told(room, "c1", "KDR-01"), _told(room, "c2", "KBK-01")
    reason = {"reason": "quality_review"}
    asked = {
        (who, path): room.person(who).post(path, reason).status_code
        for who in ("eva", "sari")
        for path in (hidden, open_)
    }
    told = [asked[one] for one in (("eva", hidden), ("eva", open_), ("sari", hidden))]
    assert told == [403, 404, 404]
