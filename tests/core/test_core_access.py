"""Who may ask what, and how much a viewer gets: the whole matrix, and non-interference."""

from datetime import timedelta
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from core_world import (
    AMB,
    BUDI,
    CALL,
    CREW,
    DAMKAR,
    DESK,
    DEWI,
    DINKES,
    FIRE,
    HERE,
    INCIDENT,
    OFFICER,
    OTHER,
    POLISI,
    REPORT,
    RINA,
    SARI,
    SYSTEM,
    World,
    agent,
)
from hypothesis import given
from hypothesis import strategies as st

from kentongan.core import commands as c
from kentongan.core.access import mask_number, masks_numbers, may, redact
from kentongan.core.access_table import OWN_AGENCY, ROLES
from kentongan.core.commands import AnyCommand
from kentongan.core.rows import AnyRow, CallRow, IncidentRow, ReportRow
from kentongan.core.words import (
    AgencyKey,
    Agent,
    CallId,
    DeskKey,
    Disposition,
    IncidentId,
    NatureCode,
    Outcome,
    Personal,
    Progress,
    Promise,
    Refused,
    ReportId,
    Role,
    UnitId,
    personal,
)

MATRIX = Path(__file__).parent / "access_matrix.txt"
KDR = NatureCode("KDR-01")


def _matrix() -> str:
    """Every command and role, as a text one can read in a diff."""
    lines = [f"{'':32}" + " ".join(f"{role.value:>14}" for role in Role)]
    for command in sorted(get_args(AnyCommand), key=lambda one: str(one.__struct_config__.tag)):
        cells = [f"{_cell(command, role):>14}" for role in Role]
        lines.append(f"{command.__struct_config__.tag:32}" + " ".join(cells))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cell(command: type, role: Role) -> str:
    if role not in ROLES[command]:
        return "-"
    if command is c.AddNote and role in (Role.AGENCY_OFFICER, Role.CREW):
        return "own incident"
    if role is Role.AGENCY_OFFICER:
        return "own agency" if command in OWN_AGENCY else "agency's unit"
    if role is Role.CREW:
        return "own unit"
    if command is c.CloseIncident and role is Role.CALL_TAKER:
        return "draft"
    if command is c.AnswerCall:
        return "own desk"
    is_desk = command in (c.EndDuty, c.PauseDuty, c.ResumeDuty)
    return "own desk" if is_desk and role in (Role.CALL_TAKER, Role.DISPATCHER) else "yes"


def test_the_matrix_is_the_one_that_was_read_and_agreed() -> None:
    """A change of permission is a change of `access_matrix.txt`, to be reviewed as such."""
    assert _matrix() == MATRIX.read_text(encoding="utf-8")


def test_every_command_is_in_the_table() -> None:
    """A new command without a line would crash the door."""
    assert set(ROLES) == set(get_args(AnyCommand))


def world() -> World:
    """Two incidents: i1 with ambulance and Dinkes, i2 with police only; a call, a desk."""
    world = World()
    for unit, agency in ((AMB, DINKES), (FIRE, DAMKAR), (UnitId("AMB09"), DINKES)):
        world.do(
            c.RegisterUnit(
                unit=unit, agency=agency, kind="k", label=unit, capabilities=(), post="p",
                home=HERE.point or pytest.fail("a point"),
            ),
            SYSTEM,
        )  # fmt: skip
        world.do(c.StartUnitDuty(unit=unit), BUDI)
    for agency in (DINKES, POLISI):
        world.do(
            c.RegisterAgency(agency=agency, name=agency, short=agency, kind="k", mode="units"),
            SYSTEM,
        )
    world.run(
        c.OfferCall(call=CALL, line="l", dialled="112", trunk="t", number=personal("0811234567")),
        c.StartDuty(desk=DESK),
        c.OpenReport(report=REPORT, call=CALL),
        c.IdentifyReporter(report=REPORT, number=personal("081303131148")),
        c.OpenIncident(incident=INCIDENT, report=REPORT),
        c.LocateIncident(incident=INCIDENT, place=HERE),
        c.ClassifyIncident(incident=INCIDENT, nature=NatureCode("MED-01")),
        c.AttachReport(report=REPORT, incident=INCIDENT),
        c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES),
        c.AddNote(incident=INCIDENT, text=Personal(text="n")),
        c.OpenReport(report=ReportId("r2")),
        c.OpenIncident(incident=OTHER, report=ReportId("r2")),
        c.AttachReport(report=ReportId("r2"), incident=OTHER),
        c.ClassifyIncident(incident=OTHER, nature=KDR),
        c.LocateIncident(incident=OTHER, place=HERE),
        c.TaskAgency(incident=OTHER, agency=POLISI),
    )
    return world


WORLD = world()
PROMISE = Promise(
    depart_by=WORLD.now, arrive_from=WORLD.now, arrive_to=WORLD.now, travel_source="x"
)
SAMPLES: tuple[AnyCommand, ...] = (
    c.OfferCall(call=CALL, line="l", dialled="d", trunk="t"),
    c.QueueCall(call=CALL),
    c.AnswerCall(call=CALL, desk=DESK),
    c.ConnectCall(call=CALL),
    c.HoldCall(call=CALL),
    c.ResumeCall(call=CALL),
    c.RequeueCall(call=CALL, reason="r"),
    c.SignalCall(call=CALL, keys="5"),
    c.EndCall(call=CALL, by="desk"),
    c.KeepRecording(call=CALL, segment="s", sha256="h", seconds=1.0, bytes=1),
    c.DisposeCall(call=CALL, disposition=Disposition.PRANK),
    c.StartDuty(desk=DESK),
    c.EndDuty(desk=DESK),
    c.PauseDuty(desk=DESK, reason="r"),
    c.ResumeDuty(desk=DESK),
    c.OpenReport(report=REPORT),
    c.IdentifyReporter(report=REPORT),
    c.TakeComplaint(report=REPORT, words=Personal(text="x")),
    c.EnterFastLane(report=REPORT, word="w"),
    c.LeaveFastLane(report=REPORT),
    c.AttachReport(report=REPORT, incident=INCIDENT),
    c.TellCaller(report=REPORT, incident=INCIDENT, unit=AMB, promise=PROMISE),
    c.OpenIncident(incident=INCIDENT),
    c.LocateIncident(incident=INCIDENT, place=HERE),
    c.ClassifyIncident(incident=INCIDENT, nature=KDR),
    c.SetPriority(incident=INCIDENT, priority=c.incident.Priority.P1),
    c.AnswerTriage(incident=INCIDENT, question="awake", answer="no"),
    c.SendIncident(incident=INCIDENT),
    c.AddNote(incident=INCIDENT, text=Personal(text="x")),
    c.LinkReport(incident=INCIDENT, report=REPORT),
    c.UnlinkReport(incident=INCIDENT, report=REPORT),
    c.MergeIncident(incident=INCIDENT, into=OTHER),
    c.CloseIncident(incident=INCIDENT, outcome=Outcome.RESOLVED),
    c.ReopenIncident(incident=INCIDENT, reason="r"),
    c.TaskAgency(incident=INCIDENT, agency=DINKES),
    c.NotifyAgency(incident=INCIDENT, agency=DINKES, channel="c"),
    c.AcknowledgeTask(incident=INCIDENT, agency=DINKES),
    c.RefuseTask(incident=INCIDENT, agency=DINKES, reason="r"),
    c.HandOverTask(incident=INCIDENT, agency=DINKES, to=POLISI),
    c.CompleteTask(incident=INCIDENT, agency=DINKES),
    c.EscalateTask(incident=INCIDENT, agency=DINKES),
    c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES),
    c.DeliverAlert(incident=INCIDENT, unit=AMB, channel="c"),
    c.EscalateAlert(incident=INCIDENT, unit=AMB, after_s=1),
    c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.CLEAR),
    c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason="r"),
    c.RevisePromise(incident=INCIDENT, unit=AMB, promise=PROMISE),
    c.RegisterUnit(
        unit=AMB, agency=DINKES, kind="k", label="l", capabilities=(), post="p",
        home=HERE.point or pytest.fail("a point"),
    ),
    c.StartUnitDuty(unit=AMB),
    c.EndUnitDuty(unit=AMB),
    c.TakeUnitOutOfService(unit=AMB, reason="r"),
    c.ReturnUnitToService(unit=AMB),
    c.RaiseCrewEmergency(unit=AMB),
    c.ClearCrewEmergency(unit=AMB),
    c.RegisterAgency(agency=DINKES, name="n", short="n", kind="k", mode="m"),
    c.StartAgencyDuty(agency=DINKES),
    c.EndAgencyDuty(agency=DINKES),
)  # fmt: skip
PEOPLE = {
    Role.CALL_TAKER: RINA,
    Role.DISPATCHER: agent("Budi", Role.DISPATCHER),
    Role.SUPERVISOR: SARI,
    Role.AGENCY_OFFICER: OFFICER,
    Role.CREW: CREW,
    Role.EVALUATOR: agent("Eva", Role.EVALUATOR),
    Role.ADMIN: agent("Adi", Role.ADMIN),
    Role.SYSTEM: SYSTEM,
}


def test_the_samples_are_every_command() -> None:
    """So that the next test leaves none out."""
    assert {type(one) for one in SAMPLES} == set(get_args(AnyCommand))


@pytest.mark.parametrize("command", SAMPLES, ids=lambda one: str(one.__struct_config__.tag))
@pytest.mark.parametrize("role", list(Role))
def test_every_role_and_every_command(command: AnyCommand, role: Role) -> None:
    """On their own objects the roles may ask exactly what the table says."""
    expected = role in ROLES[type(command)]
    own_desk = isinstance(command, c.EndDuty | c.PauseDuty | c.ResumeDuty)
    if expected and own_desk and role is Role.DISPATCHER:
        expected = False  # the desk is Rina's
    if _is_allowed(PEOPLE[role], command) != expected:
        pytest.fail(f"{role} and {type(command).__name__}: expected {expected}")


def _is_allowed(who: Agent, command: AnyCommand) -> bool:
    try:
        may(who, command, WORLD.find)
    except Refused as refused:
        return bool(refused.reason != "not_permitted")
    return True


def test_own_agency_own_unit_own_desk() -> None:
    """What the table allows to somebody is still only theirs."""
    fireman = agent("Fajar", Role.AGENCY_OFFICER, agency="damkar")
    assert not _is_allowed(fireman, c.AcknowledgeTask(incident=INCIDENT, agency=DINKES))
    assert not _is_allowed(fireman, c.AddNote(incident=INCIDENT, text=Personal(text="x")))
    assert not _is_allowed(fireman, c.StartUnitDuty(unit=AMB))
    assert _is_allowed(fireman, c.StartUnitDuty(unit=FIRE))
    assert not _is_allowed(agent("X", Role.AGENCY_OFFICER), c.StartAgencyDuty(agency=DINKES))
    other_crew = agent("Y", Role.CREW, agency="dinkes", unit="AMB09")
    progress = c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.CLEAR)
    assert not _is_allowed(other_crew, progress)
    assert not _is_allowed(other_crew, c.AddNote(incident=INCIDENT, text=Personal(text="x")))
    assert not _is_allowed(agent("Z", Role.CREW), progress)
    assert not _is_allowed(DEWI, c.EndDuty(desk=DESK))
    assert _is_allowed(SARI, c.EndDuty(desk=DESK))
    assert _is_allowed(RINA, c.EndDuty(desk=DESK))
    at_desk = Agent(id=RINA.id, name="Rina", roles=RINA.roles, desk=DeskKey("desk_2"))
    assert not _is_allowed(at_desk, c.AnswerCall(call=CALL, desk=DESK))
    assert _is_allowed(at_desk, c.AnswerCall(call=CALL, desk=DeskKey("desk_2")))


def test_a_call_taker_closes_drafts_only() -> None:
    """What was sent is closed by a dispatcher."""
    world = World().run(
        c.OpenIncident(incident=INCIDENT),
        c.LocateIncident(incident=INCIDENT, place=HERE),
        c.ClassifyIncident(incident=INCIDENT, nature=KDR),
    )
    close = c.CloseIncident(incident=INCIDENT, outcome=Outcome.NO_INCIDENT)
    may(RINA, close, world.find)
    world.do(c.SendIncident(incident=INCIDENT))
    with pytest.raises(Refused, match="not_permitted"):
        may(RINA, close, world.find)
    may(BUDI, close, world.find)


def test_somebody_with_two_roles_may_do_what_either_may() -> None:
    """Small rooms: the call-taker dispatches."""
    both = agent("Dua", Role.CALL_TAKER, Role.DISPATCHER)
    assert _is_allowed(both, c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES))
    assert _is_allowed(both, c.OpenReport(report=REPORT))


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
    }
    report = rows["report", "r1"]
    assert isinstance(report, ReportRow)
    assert (report.number, report.call) == (personal("0813-xxxx-1148"), None)
    assert b"081303131148" not in msgspec.json.encode(list(rows.values()))


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
    """Calls and incidents without words, numbers, notes; a sensitive one without its point."""
    rows = seen(PEOPLE[Role.EVALUATOR], WORLD)
    assert {kind for kind, _ in rows} == {"call", "incident"}
    assert b'"sealed"' not in msgspec.json.encode(list(rows.values()))
    call, incident = rows["call", "c1"], rows["incident", "i1"]
    assert isinstance(call, CallRow)
    assert isinstance(incident, IncidentRow)
    assert (call.number, incident.notes) == (None, ())
    assert incident.place is not None
    assert incident.place.point is None  # MED-01 is sensitive


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
