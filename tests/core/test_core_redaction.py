"""How much of a row a viewer gets; what they may not see changes no byte."""

from datetime import timedelta

import msgspec
import pytest
from core_access_world import PEOPLE, world
from core_world import (
    AMB,
    BUDI,
    CREW,
    DAMKAR,
    DESK,
    DINKES,
    FIRE,
    HERE,
    INCIDENT,
    OFFICER,
    OTHER,
    POLISI,
    RINA,
    SARI,
    SIMPANG_LIMA,
    START,
    SYSTEM,
    World,
    agent,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core import commands as c
from kentongan.core.commands import AnyCommand
from kentongan.core.redaction import as_participant, mask_number, masks_numbers, redact
from kentongan.core.rows import (
    AnyRow,
    CallRow,
    DeskRow,
    EngagementRow,
    IncidentRow,
    ReportRow,
    UnitRow,
)
from kentongan.core.words import (
    NOT_FOR_OTHERS,
    AgencyKey,
    Agent,
    CallId,
    Fix,
    IncidentId,
    NatureCode,
    Outcome,
    Personal,
    Place,
    Progress,
    RawFact,
    RawKind,
    Refused,
    ReportId,
    Role,
    UnitId,
    personal,
)

WORLD = world()


# --- rows ----------------------------------------------------------------------------------------


def seen(who: Agent, world: World, **more: object) -> dict[tuple[str, str], AnyRow]:
    """What they get of the whole board, by kind and key."""
    from kentongan.core.streams import kind_of

    now = world.now if more else None
    shown = {
        (kind_of(row), str(row.key)): redact(row, who, world.find, now) for row in world.rows()
    }
    return {place: row for place, row in shown.items() if row is not None}


@pytest.mark.parametrize("who", [RINA, BUDI, SARI, SYSTEM], ids=lambda one: one.name)
def test_the_room_sees_everything(who: Agent) -> None:
    """Whole rows, the sensitive incident included."""
    assert list(seen(who, WORLD).values()) == list(WORLD.rows())


def test_an_officer_sees_the_own_agencys_business_only() -> None:
    """Incident, report with a masked number, own units and inbox; no call, no desk, no i2."""
    rows = seen(OFFICER, WORLD)
    assert set(rows) == {
        ("unit", "AMB01"),
        ("unit", "AMB09"),
        ("agency", "dinkes"),
        ("report", "r1"),
        ("incident", "i1"),
        ("engagement", "AMB01"),
        ("alarm", "a1"),
    }
    report = rows["report", "r1"]
    assert isinstance(report, ReportRow)
    assert (report.number, report.call) == (personal("0813-xxxx-1148"), None)
    assert b"081303131148" not in msgspec.json.encode(list(rows.values()))


def test_whose_telephone_rings_is_the_own_agencys_business() -> None:
    """The room and the agency itself see who is telephoned; another agency and a crew do not."""
    world_ = world()
    for agency in (DINKES, DAMKAR):
        world_.do(c.TaskAgency(incident=INCIDENT, agency=agency), BUDI)
        rings = c.NoteRinging(
            incident=INCIDENT, agency=agency, call=CallId(f"duty-{agency}"), label="Piket"
        )
        world_.do(rings, SYSTEM)
    for who, told in ((BUDI, {DINKES, DAMKAR}), (OFFICER, {DINKES}), (CREW, set[str]())):
        row = seen(who, world_)[("incident", INCIDENT)]
        assert isinstance(row, IncidentRow)
        assert {one.agency for one in row.tasks if one.ringing is not None} == told


def test_a_crew_sees_its_incident_and_for_two_hours_after() -> None:
    """While it works; then with the time given; then no more."""
    assert set(seen(CREW, WORLD)) == {
        ("unit", "AMB01"),
        ("report", "r1"),
        ("incident", "i1"),
        ("engagement", "AMB01"),
    }
    world_ = world()
    world_.do(c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.CLEAR))
    assert set(seen(CREW, world_)) == {("unit", "AMB01")}
    world_.now += timedelta(hours=2)
    assert ("incident", "i1") in seen(CREW, world_, timed=True)
    world_.now += timedelta(seconds=1)
    assert ("incident", "i1") not in seen(CREW, world_, timed=True)


def test_an_evaluator_sees_no_person() -> None:
    """No words, numbers, notes or names; a sensitive incident without its point and its kind."""
    rows = seen(PEOPLE[Role.EVALUATOR], WORLD)
    assert {kind for kind, _ in rows} == {"call", "incident", "desk", "unit", "engagement"}
    assert b"Rina" not in msgspec.json.encode(list(rows.values()))
    assert b'"sealed"' not in msgspec.json.encode(list(rows.values()))
    call, incident = rows["call", "c1"], rows["incident", "i1"]
    assert isinstance(call, CallRow)
    assert isinstance(incident, IncidentRow)
    assert (call.number, incident.notes) == (None, ())
    assert incident.place is not None
    assert incident.place.point is None  # MED-01 is sensitive
    assert (incident.sensitive, incident.nature, incident.flags) == (True, None, ())
    engaged, desk = rows["engagement", "AMB01"], rows["desk", "desk_1"]
    assert isinstance(engaged, EngagementRow)
    assert isinstance(desk, DeskRow)
    assert (engaged.incident, engaged.number, engaged.progress) == ("", 0, "assigned")
    assert (desk.state, desk.agent, desk.agent_name) == ("on_duty", None, None)


def test_a_place_that_nobody_else_may_have_stays_with_who_handles_it() -> None:
    """The room, the agency's officer and the crew see where it is; figures know the kelurahan."""
    where = Place(point=Point(-6.99, 110.42), kelurahan="3374010001", cautions=(NOT_FOR_OTHERS,))
    found = WORLD.find("incident", "i1")
    assert isinstance(found, IncidentRow)
    row = structs.replace(found, place=where, sensitive=False)
    open_to_all = structs.replace(row, place=structs.replace(where, cautions=()))

    def seen_place(shared: IncidentRow, viewer: Agent) -> Place | None:
        shown = redact(shared, viewer, WORLD.find, START)
        return shown.place if isinstance(shown, IncidentRow) else None

    for one in (PEOPLE[Role.DISPATCHER], PEOPLE[Role.SUPERVISOR], CREW):
        shown = seen_place(row, one)
        assert shown is not None
        assert shown.point == where.point
    counted = seen_place(row, PEOPLE[Role.EVALUATOR])
    assert counted is not None
    assert (counted.point, counted.kelurahan) == (None, "3374010001")
    free = seen_place(open_to_all, PEOPLE[Role.EVALUATOR])
    assert free is not None
    assert free.point == where.point


def test_what_came_raw_with_a_call_is_for_the_room_alone() -> None:
    """The cell and the reference to a place are as personal as the number."""
    fact = RawFact(kind=RawKind.ACCESS_NETWORK, content=Personal(text="utran-cell-id-3gpp=5101"))
    row = CallRow(key=CallId("c9"), state="offered", line="112", ring_at=START, raw_facts=(fact,))

    def find(kind: str, key: str) -> None:
        del kind, key

    seen_by = {role: redact(row, PEOPLE[role], find, START) for role in PEOPLE}
    with_facts = {
        role for role, one in seen_by.items() if isinstance(one, CallRow) and one.raw_facts
    }
    assert with_facts == {Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR, Role.SYSTEM}


def test_an_evaluator_reads_no_word_that_somebody_typed() -> None:
    """Why a task was refused, a unit released, a crew out of service or at its break."""
    world_ = world()
    world_.run(
        c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason="Pak Slamet sudah pergi"),
        c.RefuseTask(incident=INCIDENT, agency=DINKES, reason="Pak Slamet sudah pergi"),
        c.TakeUnitOutOfService(unit=AMB, reason="Pak Slamet sudah pergi"),
        c.RaiseCrewEmergency(unit=AMB, fix=Fix(point=SIMPANG_LIMA, at=world_.now)),
        c.PauseDuty(desk=DESK, reason="Pak Slamet sudah pergi"),
    )
    rows = list(seen(PEOPLE[Role.EVALUATOR], world_).values())
    text = msgspec.json.encode(rows)
    assert b"Slamet" in msgspec.json.encode(list(world_.rows()))
    assert b"Slamet" not in text
    unit = next(row for row in rows if isinstance(row, UnitRow) and row.key == AMB)
    assert (unit.state, unit.emergency_at, unit.emergency_fix) == (
        "out_of_service",
        world_.now,
        None,
    )


def test_an_evaluator_keeps_what_another_role_shows() -> None:
    """Who also administers gets the desk with its name; as participant they have no incident."""
    both = agent("Dua", Role.ADMIN, Role.EVALUATOR)
    desk = seen(both, WORLD)["desk", "desk_1"]
    assert isinstance(desk, DeskRow)
    assert desk.agent_name == "Rina"
    assert ("incident", "i1") in seen(both, WORLD)
    assert ("incident", "i1") not in seen(as_participant(both), WORLD)


# --- what an agency's task opens -----------------------------------------------------------------


def _shared(*then: AnyCommand) -> World:
    """The heart attack, with dinkes as it is asked and no unit at work."""
    world_ = world()
    world_.do(c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason="other"))
    return world_.run(*then)


@pytest.mark.parametrize(
    "over",
    [
        c.RefuseTask(incident=INCIDENT, agency=DINKES, reason="no_crew"),
        c.HandOverTask(incident=INCIDENT, agency=DINKES, to=POLISI),
    ],
    ids=["refused", "handed over"],
)
def test_an_agency_that_gave_the_task_away_sees_nothing_more(over: AnyCommand) -> None:
    """At once, incident and reports, whatever the clock says; asked again it sees them again."""
    world_ = _shared(over)
    for rows in (seen(OFFICER, world_), seen(OFFICER, world_, timed=True)):
        assert not {kind for kind, _ in rows} & {"incident", "report", "engagement"}
    world_.do(c.TaskAgency(incident=INCIDENT, agency=DINKES))
    assert {("incident", "i1"), ("report", "r1")} <= set(seen(OFFICER, world_))


def test_an_agency_with_a_unit_at_work_still_sees_its_incident() -> None:
    """The office refused, its ambulance is there all the same: it must be able to lead it."""
    world_ = world()
    world_.do(c.RefuseTask(incident=INCIDENT, agency=DINKES, reason="no_crew"))
    assert ("incident", "i1") in seen(OFFICER, world_)


@pytest.mark.parametrize(
    "over",
    [
        c.CompleteTask(incident=INCIDENT, agency=DINKES),
        c.CloseIncident(incident=INCIDENT, outcome=Outcome.RESOLVED),
    ],
    ids=["completed", "closed"],
)
def test_what_is_done_is_readable_for_a_day(over: AnyCommand) -> None:
    """For the agency's own report; then it is gone."""
    world_ = _shared(over)
    world_.now += timedelta(hours=24)
    assert {("incident", "i1"), ("report", "r1")} <= set(seen(OFFICER, world_, timed=True))
    world_.now += timedelta(seconds=1)
    assert not {kind for kind, _ in seen(OFFICER, world_, timed=True)} & {"incident", "report"}


def test_a_supporter_of_a_sensitive_incident_gets_what_help_needs() -> None:
    """Police lead a crime, dinkes help: where, what, danger, own units; no word of a person."""
    crime, told = IncidentId("crime"), ReportId("told")
    world_ = world().run(
        c.OpenReport(report=told),
        c.IdentifyReporter(report=told, name=personal("Wulandari"), number=personal("0857")),
        c.TakeComplaint(report=told, words=Personal(text="dibacok mantan")),
        c.OpenIncident(incident=crime, report=told),
        c.AttachReport(report=told, incident=crime),
        c.LocateIncident(incident=crime, place=HERE),
        c.ClassifyIncident(incident=crime, nature=NatureCode("KRM-04")),
        c.AnswerTriage(incident=crime, question="weapon", answer="blade"),
        c.AnswerTriage(incident=crime, question="injured", answer="yes"),
        c.AddNote(incident=crime, text=Personal(text="pelaku bernama Joko")),
        c.TaskAgency(incident=crime, agency=POLISI, lead=True),
        c.TaskAgency(incident=crime, agency=DINKES),
        c.AssignUnit(incident=crime, unit=FIRE, agency=DAMKAR),
        c.AssignUnit(incident=crime, unit=UnitId("AMB09"), agency=DINKES),
        c.RefuseTask(incident=crime, agency=DAMKAR, reason="Joko dikenal petugas"),
    )
    police = agent("P", Role.AGENCY_OFFICER, agency="polisi")
    rows = seen(OFFICER, world_)
    row, report = rows["incident", "crime"], rows["report", "told"]
    assert isinstance(row, IncidentRow)
    assert isinstance(report, ReportRow)
    assert (row.nature, row.priority, row.place) == ("KRM-04", "P1", HERE)
    assert {one.question for one in row.triage} == {"weapon", "injured"}
    assert [one.unit for one in row.assignments] == ["AMB09"]
    assert (row.notes, row.instructions) == ((), ())
    assert (report.name, report.number, report.complaint) == (None, None, None)
    text = msgspec.json.encode([row, report])
    full = msgspec.json.encode(list(seen(police, world_).values()))
    for word in (b"Wulandari", b"dibacok", b"Joko"):
        assert word in full
        assert word not in text


def test_an_admin_sees_what_is_set_up_and_no_incident() -> None:
    """Agencies, units, desks."""
    assert {kind for kind, _ in seen(PEOPLE[Role.ADMIN], WORLD)} == {"agency", "unit", "desk"}


def test_somebody_without_a_role_sees_nothing() -> None:
    """Not a byte."""
    assert seen(agent("Nobody"), WORLD) == {}
    assert seen(agent("No agency", Role.AGENCY_OFFICER, Role.CREW), WORLD) == {}


def test_an_officer_who_is_also_crew_sees_both() -> None:
    """The role that sees most counts."""
    both = agent("Dua", Role.AGENCY_OFFICER, Role.CREW, agency="polisi", unit="AMB01")
    assert ("incident", "i1") in seen(both, WORLD)
    assert ("incident", "i2") in seen(both, WORLD)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("081303131148", "0813-xxxx-1148"),
        ("0813-0313-1148", "0813-xxxx-1148"),
        ("112", "xxxx"),
        ("08123456", "xxxx"),
        ("nol delapan", "xxxx"),
        ("", "xxxx"),
    ],
)
def test_a_masked_number_can_be_recognised_but_not_dialled(number: str, masked: str) -> None:
    """Four digits at each end, and nothing of a short one."""
    assert mask_number(number) == masked
    assert masks_numbers(OFFICER)
    assert not masks_numbers(RINA)


@settings(deadline=None)
@given(st.data())
def test_what_an_officer_may_not_see_changes_no_byte(data: st.DataObject) -> None:
    """Non-interference: a hidden crime, whatever happens in it, leaves Dinkes' view untouched."""
    without, with_crime = world(), world()
    hidden = IncidentId("crime")
    with_crime.run(
        c.OpenReport(report=ReportId("secret"), call=CallId("c9")),
        c.TakeComplaint(report=ReportId("secret"), words=Personal(text="begal")),
        c.OpenIncident(incident=hidden, report=ReportId("secret")),
        c.LocateIncident(incident=hidden, place=HERE),
        c.ClassifyIncident(incident=hidden, nature=NatureCode("KRM-01")),
        c.AttachReport(report=ReportId("secret"), incident=hidden),
    )
    steps: list[AnyCommand] = [
        c.SendIncident(incident=hidden),
        c.TaskAgency(incident=hidden, agency=POLISI),
        c.TaskAgency(incident=hidden, agency=DAMKAR),
        c.AcknowledgeTask(incident=hidden, agency=POLISI),
        c.AssignUnit(incident=hidden, unit=FIRE, agency=DAMKAR),
        c.ProgressUnit(incident=hidden, unit=FIRE, progress=Progress.ON_SCENE),
        c.ReleaseUnit(incident=hidden, unit=FIRE, reason="r"),
        c.AddNote(incident=hidden, text=Personal(text="rahasia")),
        c.CloseIncident(incident=hidden, outcome=Outcome.RESOLVED),
        c.ReopenIncident(incident=hidden, reason="r"),
        c.MergeIncident(incident=INCIDENT, into=hidden),
        c.MergeIncident(incident=hidden, into=OTHER),
        c.RegisterAgency(agency=AgencyKey("damkar"), name="d", short="d", kind="k", mode="units"),
    ]
    for step in data.draw(st.lists(st.sampled_from(steps), max_size=12)):
        try:
            with_crime.do(step)
        except Refused:
            continue
    before, after = seen(OFFICER, without), seen(OFFICER, with_crime)
    assert msgspec.json.encode(list(before.values())) == msgspec.json.encode(list(after.values()))
