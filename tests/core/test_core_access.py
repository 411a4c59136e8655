"""Who may ask what, and how much a viewer gets: the whole matrix, and non-interference."""

from pathlib import Path
from typing import get_args

import pytest
from core_access_world import ALARM, CHANGES, KDR, OTHERS, PEOPLE, RARE, world
from core_world import (
    AMB,
    BUDI,
    CALL,
    DESK,
    DEWI,
    DINKES,
    FIRE,
    HERE,
    INCIDENT,
    OTHER,
    POLISI,
    REPORT,
    RINA,
    SARI,
    SIMPANG_LIMA,
    World,
    agent,
)
from msgspec import structs

from kentongan.core import commands as c
from kentongan.core.access import may
from kentongan.core.access_table import AT_OWN_DESK, OF_OWN_DUTY, OWN_AGENCY, ROLES
from kentongan.core.commands import AnyCommand
from kentongan.core.commands import account as a
from kentongan.core.commands import variant as v
from kentongan.core.shapes import PointShape
from kentongan.core.words import (
    Agent,
    AgentId,
    AliasId,
    ClosureId,
    DeskKey,
    Disposition,
    Fix,
    IncidentId,
    Outcome,
    PackKey,
    PartyKey,
    Personal,
    Place,
    Priority,
    Progress,
    Promise,
    RawFact,
    RawKind,
    Refused,
    Role,
)

MATRIX = Path(__file__).parent / "access_matrix.txt"


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
    if command in (c.AddNote, c.AttachPhoto) and role in (Role.AGENCY_OFFICER, Role.CREW):
        return "own incident"
    if command in (c.RequestHelp, c.WithdrawHelp) and role is Role.AGENCY_OFFICER:
        return "own incident"
    if command is c.CountCasualties and role is Role.CREW:
        return "own incident"
    if command is c.SetHospitalStatus and role is Role.AGENCY_OFFICER:
        return "of health"
    if role is Role.AGENCY_OFFICER:
        is_of_agency = command in (*OWN_AGENCY, c.TakeAlarm, c.LeaveAlarm)
        return "own agency" if is_of_agency else "agency's unit"
    if role is Role.CREW:
        return "own unit"
    if command is c.CloseIncident and role is Role.CALL_TAKER:
        return "draft"
    if command is c.ReopenIncident and role is Role.CALL_TAKER:
        return "never sent"
    if command is c.PlayRecording and role in (Role.CALL_TAKER, Role.DISPATCHER):
        return "own call"
    if command in AT_OWN_DESK:
        return "own desk"
    is_duty = command in OF_OWN_DUTY
    return "own desk" if is_duty and role in (Role.CALL_TAKER, Role.DISPATCHER) else "yes"


def test_the_matrix_is_the_one_that_was_read_and_agreed() -> None:
    """A change of permission is a change of `access_matrix.txt`, to be reviewed as such."""
    assert _matrix() == MATRIX.read_text(encoding="utf-8")


def test_every_command_is_in_the_table() -> None:
    """A new command without a line would crash the door."""
    assert set(ROLES) == set(get_args(AnyCommand))


WORLD = world()
PARTY = PartyKey("p1")
PACK = PackKey("city")
ANN = AgentId("a")
NOW = WORLD.now
PROMISE = Promise(depart_by=NOW, arrive_from=NOW, arrive_to=NOW, travel_source="x")
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
    c.LocateCall(call=CALL, place=Place()),
    c.KeepRawFact(call=CALL, fact=RawFact(kind=RawKind.HEADER, content=Personal(text="x"))),
    c.LinkCall(call=CALL, digest="ab" * 32),
    c.AskLocation(call=CALL),
    c.TextCall(call=CALL, by="desk", text=Personal(text="x")),
    c.RingDesks(call=CALL, desks=(DESK,), stage="first"),
    c.DeclineOffer(call=CALL, desk=DESK, reason="r"),
    c.RingOut(call=CALL, desks=(DESK,), waited_s=12.0),
    c.OverflowCall(call=CALL, to="demak", reason="r"),
    c.PromptCaller(call=CALL),
    c.ConfirmPrompt(call=CALL),
    c.CutPrompt(call=CALL, reason="cut_off"),
    c.InviteParty(call=CALL, party=PARTY, kind="agency", contact="dinkes"),
    c.JoinParty(call=CALL, party=PARTY),
    c.FailParty(call=CALL, party=PARTY, reason="busy"),
    c.DropParty(call=CALL, party=PARTY),
    c.ReferParty(call=CALL, party=PARTY, to=PartyKey("p2"), number=Personal(text="x")),
    c.HoldParty(call=CALL, party=PARTY),
    c.ResumeParty(call=CALL, party=PARTY),
    c.TransferCall(call=CALL, party=PARTY),
    c.PassCall(call=CALL, desk=DESK),
    c.SuperviseCall(call=CALL, desk=DESK, mode="listen"),
    c.StopSupervising(call=CALL, desk=DESK),
    c.TakeOver(call=CALL, desk=DESK),
    c.RingDuty(call=CALL, number=Personal(text="1"), delivery="d", contact="k", label="l"),
    c.CallBack(call=CALL, number=Personal(text="1"), line="l", trunk="t", desk=DESK),
    c.ClaimCallback(call=CALL),
    c.NoteCallback(call=CALL, by=CALL, outcome="busy"),
    c.OfferCallback(call=CALL, due_at=WORLD.now),
    c.PlayRecording(call=CALL, segment="s", reason="r"),
    c.HoldRecordings(call=CALL, reason="r"),
    c.ReleaseRecordings(call=CALL),
    c.EraseRecording(call=CALL, segment="s", reason="r"),
    c.KeepQuality(call=CALL, leg="l", codec="pcma", packets=1, lost=0, jitter_ms=1.0, mos=4.0),
    c.StartDuty(desk=DESK),
    c.EndDuty(desk=DESK),
    c.ProtectDesk(desk=DESK, reason="r"),
    c.UnprotectDesk(desk=DESK),
    c.StartWrapUp(desk=DESK, until=WORLD.now),
    c.EndWrapUp(desk=DESK),
    c.ForceEndDuty(desk=DESK, reason="r"),
    c.WriteHandover(desk=DESK, handover="h1"),
    c.SignHandover(desk=DESK, handover="h1"),
    c.PauseDuty(desk=DESK, reason="r"),
    c.ResumeDuty(desk=DESK),
    c.OpenReport(report=REPORT),
    c.IdentifyReporter(report=REPORT),
    c.TakeComplaint(report=REPORT, words=Personal(text="x")),
    c.EnterFastLane(report=REPORT, word="w"),
    c.LeaveFastLane(report=REPORT),
    c.AttachReport(report=REPORT, incident=INCIDENT),
    c.TellCaller(report=REPORT, incident=INCIDENT, unit=AMB, promise=PROMISE),
    c.SettleSlip(report=REPORT, incident=INCIDENT, unit=AMB, promise=PROMISE, reason="seen"),
    c.OpenIncident(incident=INCIDENT),
    c.LocateIncident(incident=INCIDENT, place=HERE),
    c.ClassifyIncident(incident=INCIDENT, nature=KDR),
    c.SetPriority(incident=INCIDENT, priority=Priority.P1),
    v.SettleVariant(incident=INCIDENT, field="nature", by=ANN, take=True),
    v.SettleReportVariant(report=REPORT, field="name", by=ANN, take=True),
    c.AnswerTriage(incident=INCIDENT, question="awake", answer="no"),
    c.SendIncident(incident=INCIDENT),
    c.AddNote(incident=INCIDENT, text=Personal(text="x")),
    c.LinkReport(incident=INCIDENT, report=REPORT),
    c.UnlinkReport(incident=INCIDENT, report=REPORT),
    c.MergeIncident(incident=INCIDENT, into=OTHER),
    c.UnmergeIncident(incident=INCIDENT),
    c.ScheduleIncident(incident=INCIDENT),
    c.HandOn(incident=INCIDENT, agency=DINKES),
    c.RecordLate(incident=INCIDENT, form="K-1", called_at=WORLD.now, nature=KDR),
    c.CheckByRadio(incident=INCIDENT, unit=AMB, answered=True),
    c.CloseIncident(incident=INCIDENT, outcome=Outcome.RESOLVED),
    c.ReopenIncident(incident=INCIDENT, reason="r"),
    c.TaskAgency(incident=INCIDENT, agency=DINKES),
    c.NotifyAgency(incident=INCIDENT, agency=DINKES, channel="c"),
    c.AcknowledgeTask(incident=INCIDENT, agency=DINKES),
    c.RefuseTask(incident=INCIDENT, agency=DINKES, reason="r"),
    c.HandOverTask(incident=INCIDENT, agency=DINKES, to=POLISI),
    c.CompleteTask(incident=INCIDENT, agency=DINKES),
    c.EscalateTask(incident=INCIDENT, agency=DINKES),
    c.NoteRinging(incident=INCIDENT, agency=DINKES, call=CALL, label="l"),
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
    c.StartUnitDuty(unit=AMB), c.EndUnitDuty(unit=AMB),
    c.TakeUnitOutOfService(unit=AMB, reason="r"),
    c.ReturnUnitToService(unit=AMB),
    c.RaiseCrewEmergency(unit=AMB), c.ClearCrewEmergency(unit=AMB),
    c.RegisterAgency(agency=DINKES, name="n", short="n", kind="k", mode="m"),
    c.StartAgencyDuty(agency=DINKES), c.EndAgencyDuty(agency=DINKES),
    c.CorrectPlace(incident=INCIDENT, unit=AMB, fix=Fix(point=SIMPANG_LIMA, at=WORLD.now)),
    c.CloseRoads(closure=ClosureId("s1"), geometry=PointShape((110.42, -6.99)), reason="flood"),
    c.ChangeClosure(closure=ClosureId("s1"), geometry=PointShape((110.42, -6.99)), reason="fire"),
    c.LiftClosure(closure=ClosureId("s1")),
    c.AddAlias(alias=AliasId("a1"), phrases=(), label=Personal(text="x"), point=SIMPANG_LIMA),
    c.ReviewAlias(alias=AliasId("a1"), accepted=True),
    c.UndoAlias(alias=AliasId("a1")),
    c.PreAlertUnit(unit=AMB, incident=INCIDENT, number=1),
    c.LiftPreAlert(unit=AMB),
    c.MessageUnit(unit=AMB, text=Personal(text="x")),
    c.SendMessage(incident=INCIDENT, text=Personal(text="x"), unit=AMB),
    c.GiveFollowLink(report=REPORT, digest="ab" * 32),
    c.AnswerFollow(report=REPORT, came=True),
    c.ProposePack(pack=PACK, base=0, files={}, reason="r"),
    c.AgreePack(pack=PACK, number=1),
    c.SignProtocol(pack=PACK, protocol="T02", version=2, digest="d"),
    c.ActivatePack(pack=PACK, number=1),
    c.WithdrawPack(pack=PACK, number=1),
    a.RecordAccounts(accounts=(), reason="r"),
    a.OpenAccount(account=ANN, name="a", label="a", roles=(Role.CALL_TAKER,), reason="r"),
    a.ChangeAccount(account=ANN, base=1, label="a", roles=(Role.CALL_TAKER,), reason="r"),
    a.AgreeRoles(account=ANN, base=1),
    a.WithdrawRoles(account=ANN, base=1, reason="r"),
    a.BlockAccount(account=ANN, base=1, reason="r"),
    a.UnblockAccount(account=ANN, base=1, reason="r"),
    a.SignOutAccount(account=ANN, reason="r"),
    a.ResetPassword(account=ANN, reason="r"),
    a.ChoosePassword(account=ANN),
    c.RaiseAlarm(
        alarm=ALARM, kind="late", about="i1:AMB01", grade="high", to=(), since=WORLD.now
    ),
    c.EscalateAlarm(alarm=ALARM, level=1, grade="high", to=()),
    c.ClearAlarm(alarm=ALARM),
    c.TakeAlarm(alarm=ALARM),
    c.LeaveAlarm(alarm=ALARM),
    c.BreakDown(incident=INCIDENT, unit=AMB),
    c.RecordShortage(incident=INCIDENT),
    c.DecideShortage(incident=INCIDENT, way="wait"),
    c.DeclareMass(incident=INCIDENT), c.EndMass(incident=INCIDENT),
    c.CountCasualties(incident=INCIDENT, red=1), c.BeginCompressions(incident=INCIDENT),
    c.SetStaging(incident=INCIDENT),
    c.SetZone(incident=INCIDENT, unit=AMB),
    c.WarnHospital(incident=INCIDENT, hospital="h"),
    c.AnswerForHospital(incident=INCIDENT, hospital="h", accepted=True),
    c.AttachPhoto(incident=INCIDENT, photo="p", sha256="s", bytes=1, width=1, height=1),
    c.SetHospitalStatus(hospital="h", emergency="open"),
    *(kind(incident=INCIDENT, what="police", unit=AMB)
      for kind in (c.RequestHelp, c.WithdrawHelp, c.AnswerHelp)),
    *CHANGES, *OTHERS, *RARE, c.ShelveAlarm(alarm=ALARM, minutes=5, reason="other"),
)  # fmt: skip


def test_the_samples_are_every_command() -> None:
    """So that the next test leaves none out."""
    assert {type(one) for one in SAMPLES} == set(get_args(AnyCommand))


@pytest.mark.parametrize("command", SAMPLES, ids=lambda one: str(one.__struct_config__.tag))
@pytest.mark.parametrize("role", list(Role))
def test_every_role_and_every_command(command: AnyCommand, role: Role) -> None:
    """On their own objects the roles may ask exactly what the table says."""
    expected = role in ROLES[type(command)]
    own_desk = isinstance(command, OF_OWN_DUTY)
    if expected and own_desk and role is Role.DISPATCHER:
        expected = False  # the desk is Rina's
    if isinstance(command, c.PlayRecording) and role in (Role.CALL_TAKER, Role.DISPATCHER):
        expected = False  # the sample call is in nobody's hand: `test_core_recordings`
    at_desk = structs.replace(PEOPLE[role], desk=DESK)
    if _is_allowed(at_desk, command) != expected:
        pytest.fail(f"{role} and {type(command).__name__}: expected {expected}")


def _is_allowed(who: Agent, command: AnyCommand) -> bool:
    try:
        may(who, command, WORLD.find)
    except Refused as refused:
        return refused.reason not in ("not_permitted", "not_on_duty", "on_duty_elsewhere")
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
    assert all(_is_allowed(who, c.EndDuty(desk=DESK)) for who in (SARI, RINA))


@pytest.mark.parametrize("who", [RINA, BUDI, SARI], ids=["call_taker", "dispatcher", "supervisor"])
def test_calls_are_answered_at_ones_own_desk_only(who: Agent) -> None:
    """Not at somebody else's, and not at all by somebody who is on duty at none."""
    at_desk = structs.replace(who, desk=DeskKey("desk_2"))
    assert _is_allowed(at_desk, c.AnswerCall(call=CALL, desk=DeskKey("desk_2")))
    assert not _is_allowed(at_desk, c.AnswerCall(call=CALL, desk=DESK))
    assert not _is_allowed(who, c.AnswerCall(call=CALL, desk=DESK))


def test_a_call_taker_closes_drafts_only() -> None:
    """What was sent is closed by a dispatcher."""
    world = World().run(
        c.OpenIncident(incident=INCIDENT),
        c.LocateIncident(incident=INCIDENT, place=HERE),
        c.ClassifyIncident(incident=INCIDENT, nature=KDR),
    )
    close = c.CloseIncident(incident=INCIDENT, outcome=Outcome.NO_INCIDENT)
    reopen = c.ReopenIncident(incident=INCIDENT, reason="mistake")
    may(RINA, close, world.find)
    may(RINA, reopen, world.find)
    world.do(c.SendIncident(incident=INCIDENT))
    with pytest.raises(Refused, match="not_permitted"):
        may(RINA, reopen, world.find)
    may(BUDI, reopen, world.find)
    with pytest.raises(Refused, match="not_permitted"):
        may(RINA, close, world.find)
    may(BUDI, close, world.find)


def test_somebody_with_two_roles_may_do_what_either_may() -> None:
    """Small rooms: the call-taker dispatches."""
    both = agent("Dua", Role.CALL_TAKER, Role.DISPATCHER)
    assert _is_allowed(both, c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES))
    assert _is_allowed(both, c.OpenReport(report=REPORT))


def test_asking_about_a_foreign_incident_tells_nothing() -> None:
    """Open, closed or never opened: officer and crew are refused alike, in the same words."""
    closed, nowhere = IncidentId("closed"), IncidentId("nowhere")
    world_ = world()
    world_.run(
        c.OpenIncident(incident=closed),
        c.ClassifyIncident(incident=closed, nature=KDR),
        c.CloseIncident(incident=closed, outcome=Outcome.NO_INCIDENT),
    )
    officer, crew = PEOPLE[Role.AGENCY_OFFICER], PEOPLE[Role.CREW]
    for incident in (OTHER, closed, nowhere):
        mine = c.ProgressUnit(
            incident=incident, unit=AMB, progress=Progress.DEPARTED, correction=True
        )
        asked: list[tuple[Agent, AnyCommand]] = [
            (officer, c.HandOverTask(incident=incident, agency=DINKES, to=POLISI)),
            (officer, c.AcknowledgeTask(incident=incident, agency=DINKES)),
            (officer, c.AddNote(incident=incident, text=Personal(text="x"))),
            (officer, mine),
            (crew, mine),
            (crew, c.DeliverAlert(incident=incident, unit=AMB, channel="c")),
        ]
        for who, command in asked:
            with pytest.raises(Refused) as refused:
                may(who, command, world_.find)
            assert refused.value.reason == "not_permitted"
            assert set(refused.value.details) == {"command", "roles"}


def test_an_agency_that_gave_the_task_away_adds_no_note_but_may_change_its_mind() -> None:
    """Refused, handed over or completed: out; its answer to the task is still heard."""
    officer = PEOPLE[Role.AGENCY_OFFICER]
    note = c.AddNote(incident=INCIDENT, text=Personal(text="x"))
    for over in (
        c.RefuseTask(incident=INCIDENT, agency=DINKES, reason="no_crew"),
        c.HandOverTask(incident=INCIDENT, agency=DINKES, to=POLISI),
        c.CompleteTask(incident=INCIDENT, agency=DINKES),
    ):
        world_ = world()
        may(officer, note, world_.find)
        world_.do(c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason="other"))
        world_.do(over)
        with pytest.raises(Refused, match="not_permitted"):
            may(officer, note, world_.find)
        may(officer, c.AcknowledgeTask(incident=INCIDENT, agency=DINKES), world_.find)
