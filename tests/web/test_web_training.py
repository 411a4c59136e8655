"""Training is what the call or the settings say, never what a page says."""

from pathlib import Path

import pytest
from msgspec import structs
from web_room import Room

from kentongan.core.commands import OfferCall
from kentongan.core.rows import IncidentRow, ReportRow
from kentongan.core.words import CallId


def opened(room: Room, call: str | None, *, claimed: bool) -> tuple[bool, bool]:
    """The marks of a report and its incident when the page claims so."""
    rina = room.person("rina")
    key = f"{call or 'none'}-{claimed}"
    named = {} if call is None else {"call": call}
    rina.done("report.open", report=f"r-{key}", training=claimed, **named)
    rina.done("incident.open", incident=f"i-{key}", report=f"r-{key}", training=claimed)
    report = room.store.find_row("report", f"r-{key}")
    incident = room.store.find_row("incident", f"i-{key}")
    assert report is not None
    assert incident is not None
    assert isinstance(report.row, ReportRow)
    assert isinstance(incident.row, IncidentRow)
    return report.row.training, incident.row.training


@pytest.mark.parametrize("claimed", [True, False])
def test_the_call_says_what_is_training(hall: Room, claimed: bool) -> None:
    """A real caller's incident cannot be made an exercise, nor an exercise real."""
    for key, training in (("c-real", False), ("c-drill", True)):
        call = CallId(f"{key}-{claimed}")
        offer = OfferCall(call=call, line="112", dialled="112", trunk="t", training=training)
        hall.system(offer)
        assert opened(hall, call, claimed=claimed) == (training, training)


@pytest.mark.parametrize("claimed", [True, False])
def test_without_a_call_the_settings_say_it(hall: Room, claimed: bool) -> None:
    """At the counter of a centre on duty nothing is training."""
    assert opened(hall, None, claimed=claimed) == (False, False)
    rina = hall.person("rina")
    rina.done("incident.open", incident=f"i-alone-{claimed}", training=claimed)
    found = hall.store.find_row("incident", f"i-alone-{claimed}")
    assert found is not None
    assert isinstance(found.row, IncidentRow)
    assert not found.row.training


def test_in_a_training_room_everything_is_training(tmp_path: Path) -> None:
    """Whatever the page and even the call say."""
    room = Room(tmp_path)
    room.given = structs.replace(room.given, training=True)
    room.start()
    try:
        call = CallId("c-real")
        room.system(OfferCall(call=call, line="112", dialled="112", trunk="t"))
        assert opened(room, call, claimed=False) == (True, True)
        assert opened(room, None, claimed=False) == (True, True)
    finally:
        room.close()
