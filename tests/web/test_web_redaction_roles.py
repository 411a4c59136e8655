"""What the evaluator's and the helper's ways out carry: timeline, live picture, positions.

An incident with everything in it that could name a person or a place: a medical case, sensitive,
led by Dinkes; and an assault that the police lead and Dinkes helps with.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from web_room import Person, Room, rows_of, text_of, until

from kentongan.core.words import Role

POINT = "-6.98765"
TYPED = "Bu Ratmi minta jangan disebut"
WORDS = ("Sri Wahyuni", "081303131148", "bapak pingsan", TYPED, "ini catatan", POINT)
NAMES = ("Rina", "Budi", "Sari")
CASE, CRIME, PLAIN = "i-case", "i-assault", "i-plain"


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room with the incidents, and an ambulance with a position."""
    folder: Path = tmp_path_factory.mktemp("ward")
    room = Room(folder)
    room.start()
    try:
        _happen(room)
        yield room
    finally:
        room.close()


def _happen(room: Room) -> None:
    rina, budi = room.person("rina"), room.person("budi")
    told = {"name": "Sri Wahyuni", "number": "081303131148", "complaint": "bapak pingsan"}
    room.incident(rina, "case", "MED-01", **told)
    room.incident(rina, "assault", "KRM-04", **told)
    room.incident(rina, "plain", "PUB-01", **told)
    place = {"point": {"lat": float(POINT), "lon": 110.41}, "source": "pin"}
    for incident in (CASE, CRIME, PLAIN):
        rina.done("incident.locate", incident=incident, place=place)
        rina.done("incident.add_note", incident=incident, text=text_of("ini catatan"))
        rina.done("incident.set_priority", incident=incident, priority="P3", reason=TYPED)
    rina.done("incident.answer_triage", incident=CASE, question="since", answer=TYPED)
    budi.done("task.task", incident=CASE, agency="dinkes", lead=True)
    budi.done("task.task", incident=CRIME, agency="polisi", lead=True)
    budi.done("task.task", incident=CRIME, agency="dinkes")
    budi.done("assignment.assign", incident=CASE, unit="AMB01", agency="dinkes")
    fix = {"point": {"lat": float(POINT), "lon": 110.41}, "at": _now()}
    progress: dict[str, Any] = {"incident": CASE, "unit": "AMB01", "progress": "departed"}
    budi.done("assignment.progress", **progress, fix=fix)
    budi.done("assignment.release", incident=CASE, unit="AMB01", reason=TYPED)
    until(lambda: room.parts.live.seq == room.store.last_position())


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _timeline(person: Person, incident: str) -> list[dict[str, Any]]:
    response = person.get(f"/api/incidents/{incident}/timeline")
    assert response.status_code == 200
    entries: list[dict[str, Any]] = response.json()
    return entries


def _is_without(value: object, *words: str) -> None:
    text = json.dumps(value)
    for word in words:
        assert word not in text, word


def test_the_words_are_there_to_be_leaked(ward: Room) -> None:
    """The dispatcher reads all of it, or the tests below would prove nothing."""
    text = json.dumps(_timeline(ward.person("budi"), CASE))
    assert [word for word in (*WORDS, "Rina", "Budi") if word not in text] == []


@pytest.mark.parametrize("incident", [CASE, CRIME, PLAIN])
def test_an_evaluators_timeline_has_no_point_no_words_and_no_names(
    ward: Room, incident: str
) -> None:
    """What happened and when; no place, no fix, nothing typed, nobody who did it."""
    entries = _timeline(ward.person("eva"), incident)
    kinds = {entry["kind"] for entry in entries}
    assert {"incident.opened", "incident.located", "incident.priority_set"} <= kinds
    assert {entry["agent_name"] for entry in entries} == {""}
    located = next(entry for entry in entries if entry["kind"] == "incident.located")
    assert set(located["params"]) <= {"usable"}
    _is_without(entries, *WORDS, *NAMES, "place", "fix", "reason", "answer")


def test_an_evaluator_is_told_the_kind_of_what_is_not_sensitive_only(ward: Room) -> None:
    """Row and timeline agree: a fallen tree is one, an arrest and an assault are nothing."""
    eva = ward.person("eva")
    _is_without([_timeline(eva, one) for one in (CASE, CRIME)], "MED-01", "KRM-04", "SENS")
    assert "PUB-01" in json.dumps(_timeline(eva, PLAIN))
    with eva.screen() as screen:
        rows = {row["key"]: row for row in rows_of([screen.frame()]) if row["kind"] == "incident"}
    assert (rows[CASE]["nature"], rows[CRIME]["nature"]) == (None, None)
    assert rows[PLAIN]["nature"] == "PUB-01"


def test_an_evaluators_live_picture_has_states_and_no_positions(ward: Room) -> None:
    """Desks and units to count; where a unit is is not theirs, though it moves."""
    with ward.person("eva").screen() as screen:
        frame = screen.frame()
        kinds = {row["kind"] for row in rows_of([frame])}
        crew = ward.person("amb01")
        fix = {"unit": "AMB01", "fix": {"point": {"lat": -6.99, "lon": 110.42}, "at": _now()}}
        assert crew.post("/api/positions", {"fixes": [fix]}).status_code == 200
        with ward.person("budi").screen() as dispatcher:
            moved = dispatcher.until(lambda one: one["k"] == "positions" and one["positions"])
        positions = [screen.until(lambda one: one["k"] == "positions") for _ in range(4)]
    assert [one[0] for one in moved["positions"]] == ["AMB01"]
    assert {"unit", "incident"} <= kinds
    assert "report" not in kinds
    _is_without(frame, *NAMES, TYPED, "ini catatan", "Sri Wahyuni")
    assert [one["positions"] for one in positions] == [[], [], [], []]


def test_an_evaluator_who_is_an_officer_reads_the_own_agencys_case(ward: Room) -> None:
    """The role that sees most counts, incident by incident."""
    ward.add("both", (Role.EVALUATOR, Role.AGENCY_OFFICER), "dinkes", None)
    both = ward.person("both")
    assert "Budi" in {entry["agent_name"] for entry in _timeline(both, CASE)}
    assert {entry["agent_name"] for entry in _timeline(both, PLAIN)} == {""}


def test_a_helper_reads_no_word_of_a_sensitive_incident_that_another_agency_leads(
    ward: Room,
) -> None:
    """Rows and timeline alike; the point is there, for somebody has to go."""
    dinkes = ward.person("dinkes")
    timeline = _timeline(dinkes, CRIME)
    with dinkes.screen() as screen:
        rows = [row for row in rows_of([screen.frame()]) if row["key"] in {CRIME, "r-assault"}]
    assert {row["key"] for row in rows} == {CRIME, "r-assault"}
    _is_without([timeline, rows], "Sri Wahyuni", "1148", "bapak pingsan", TYPED, "ini catatan")
    assert "incident.note_added" not in {entry["kind"] for entry in timeline}
    assert (POINT in json.dumps(timeline), POINT in json.dumps(rows)) == (True, True)
    assert "KRM-04" in json.dumps(rows)


def test_an_agency_that_refuses_loses_the_incident_on_its_open_screen(ward: Room) -> None:
    """The row goes while the screen looks; the timeline is not found; new notes do not come."""
    rina, dinkes = ward.person("rina"), ward.person("dinkes")
    ward.incident(rina, "given", "MED-02", complaint="sesak")
    ward.person("budi").done("task.task", incident="i-given", agency="dinkes", lead=True)
    until(lambda: ward.parts.live.seq == ward.store.last_position())
    with dinkes.screen() as screen:
        assert "i-given" in json.dumps(screen.frame())
        dinkes.done("task.refuse", incident="i-given", agency="dinkes", reason="no_capacity")
        rows = list(rows_of(screen.until_seq(ward.store.last_position())))
        gone = {row["key"] for row in rows if row.get("gone")}
        assert {"i-given", "r-given"} <= gone
        rina.done("incident.add_note", incident="i-given", text=text_of("lanjutannya"))
        frames = screen.until_seq(ward.store.last_position())
    _is_without(frames, "lanjutannya")
    assert dinkes.get("/api/incidents/i-given/timeline").status_code == 404
    note = dinkes.command("incident.add_note", incident="i-given", text=text_of("halo"))
    assert note.status_code == 403
