"""The machines under any sequence of commands: what must hold in every state that can be reached.

After each step: the board is a pure fold of the journal, claims match the rows, nothing closed has
a unit at work, no unit is on two incidents, and asking the same again writes no second event.
"""

from datetime import timedelta

from core_world import (
    AMB,
    AMB_2,
    BUDI,
    CALL,
    DAMKAR,
    DESK,
    DESK_2,
    DEWI,
    DINKES,
    FIRE,
    HERE,
    INCIDENT,
    OTHER,
    POLISI,
    REPORT,
    RINA,
    SIMPANG_LIMA,
    START,
    SYSTEM,
    ClaimTakenError,
    World,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kentongan.core import commands as c
from kentongan.core.commands import undo as n
from kentongan.core.commands.call_unheard import MarkUnheard
from kentongan.core.commands.variant import SettleVariant
from kentongan.core.rows import CallRow, EngagementRow, IncidentRow, UnitRow
from kentongan.core.streams import claims_of, rows_of
from kentongan.core.undo import ANSWERS
from kentongan.core.words import (
    AgencyKey,
    Agent,
    DeskKey,
    Disposition,
    IncidentId,
    NatureCode,
    Outcome,
    Personal,
    Place,
    Priority,
    Progress,
    Refused,
    ReportId,
    UnitId,
    personal,
)

ADDITIVE = (c.AddNote, c.SignalCall, c.CheckByRadio)
"""Said twice they are two facts; only their command id makes a repetition one."""

_incidents = st.sampled_from([INCIDENT, OTHER])
_units = st.sampled_from([AMB, AMB_2, FIRE])
_agencies = st.sampled_from([DINKES, DAMKAR, POLISI])
_reports = st.sampled_from([REPORT, ReportId("r2")])
_progress = st.sampled_from(list(Progress))
_natures = st.sampled_from([NatureCode(code) for code in ("MED-01", "KBK-01", "KRM-01", "PUB-01")])
_places = st.sampled_from([HERE, Place(words=personal("gang")), Place(point=SIMPANG_LIMA)])
_answers = st.sampled_from(
    [("awake", "no"), ("awake", "yes"), ("breathing", "no"), ("breathing", "yes"), ("age", "3")]
)


class Machine(RuleBasedStateMachine):
    """A world in which anything may be asked at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    def ask(
        self, command: c.AnyCommand, who: Agent | None = None, *, by_system: bool = False
    ) -> None:
        """Ask; when it was done, asking the same again must write nothing."""
        is_caller = isinstance(command, c.EndCall) and command.by == "caller"
        who = SYSTEM if by_system or is_caller else who or RINA
        before = dict(self.world.states)
        try:
            self.world.do(command, who)
        except (Refused, ClaimTakenError):
            assert self.world.states == before
            return
        if not isinstance(command, ADDITIVE):
            assert self.world.do(command, who) == ()

    @rule(seconds=st.integers(min_value=1, max_value=200))
    def time_passes(self, seconds: int) -> None:
        """Minutes at most."""
        self.world.later(seconds)

    @invariant()
    def the_board_is_the_fold_of_the_journal(self) -> None:
        """Replay of the encoded events is the live state; rows are a pure function of it."""
        for stream, state in self.world.states.items():
            assert self.world.refold(stream) == state
            assert rows_of(state) == rows_of(state)

    @invariant()
    def claims_are_held_by_those_who_have_them(self) -> None:
        """Every claim of every stream is in the books under its name, and no other."""
        held = {
            claim: stream
            for stream, state in self.world.states.items()
            for claim in claims_of(state)
        }
        assert held == self.world.holders


class CallMachine(Machine):
    """One call, one report, two desks."""

    @rule(desk=st.sampled_from([DESK, DESK_2]), other=st.booleans())
    def duty(self, desk: str, *, other: bool) -> None:
        """Two people share two desks."""
        command = c.StartDuty(desk=DeskKey(desk))
        try:
            self.world.do(command, DEWI if other else RINA)
        except (Refused, ClaimTakenError):
            return

    @rule(
        command=st.sampled_from(
            [
                c.OfferCall(call=CALL, line="l", dialled="112", trunk="t"),
                c.QueueCall(call=CALL),
                c.AnswerCall(call=CALL, desk=DESK),
                c.AnswerCall(call=CALL, desk=DESK_2),
                c.ConnectCall(call=CALL),
                c.HoldCall(call=CALL),
                c.ResumeCall(call=CALL),
                c.RequeueCall(call=CALL, reason="r"),
                c.SignalCall(call=CALL, keys="5"),
                c.KeepRecording(call=CALL, segment="a", sha256="h", seconds=1.0, bytes=1),
                c.EndCall(call=CALL, by="caller"),
                c.EndCall(call=CALL, by="desk"),
                c.PromptCaller(call=CALL),
                c.ConfirmPrompt(call=CALL),
                c.CutPrompt(call=CALL, reason="cut_off", again=True),
                MarkUnheard(call=CALL, since=START),
                MarkUnheard(call=CALL, since=None),
                c.DisposeCall(call=CALL, disposition=Disposition.GHOST),
                c.DisposeCall(call=CALL, disposition=Disposition.PRANK),
                c.EndDuty(desk=DESK),
                c.PauseDuty(desk=DESK_2, reason="r"),
                c.ResumeDuty(desk=DESK_2),
                c.OpenReport(report=REPORT, call=CALL),
                c.TakeComplaint(report=REPORT, words=Personal(text="semaput")),
                c.IdentifyReporter(report=REPORT, name=personal("Sri")),
                c.EnterFastLane(report=REPORT, word="semaput"),
                c.LeaveFastLane(report=REPORT),
            ]
        )
    )
    def anything(self, command: c.AnyCommand) -> None:
        """Any of them, in any order."""
        self.ask(command)

    @invariant()
    def no_call_is_lost(self) -> None:
        """A call leaves the list only when it is over, an abandoned one only when disposed of."""
        row = self.world.find("call", CALL)
        if isinstance(row, CallRow):
            is_over = row.state == "ended" or (
                row.state == "abandoned" and row.disposition is not None
            )
            assert row.open != is_over


class IncidentMachine(Machine):
    """Two incidents, three units, three agencies, two reports."""

    @rule(incident=_incidents, report=_reports)
    def open_incident(self, incident: str, report: ReportId) -> None:
        """Perhaps by a report that is linked already."""
        self.ask(c.OpenIncident(incident=IncidentId(incident), report=report))

    @rule(incident=_incidents, place=_places, nature=_natures)
    def describe(self, incident: str, place: Place, nature: NatureCode) -> None:
        """Where and what, then send."""
        key = IncidentId(incident)
        self.ask(c.LocateIncident(incident=key, place=place))
        self.ask(c.ClassifyIncident(incident=key, nature=nature))
        self.ask(c.SendIncident(incident=key))

    @rule(incident=_incidents, answer=_answers)
    def triage(self, incident: str, answer: tuple[str, str]) -> None:
        """An answer of T02."""
        key = IncidentId(incident)
        self.ask(c.AnswerTriage(incident=key, question=answer[0], answer=answer[1], protocol="T02"))

    @rule(
        incident=_incidents,
        priority=st.sampled_from(list(Priority)),
        nature=_natures,
        seen=st.none() | st.integers(0, 20),
        by_dewi=st.booleans(),
    )
    def prioritise(
        self, incident: str, priority: Priority, nature: NatureCode, seen: int | None, by_dewi: bool
    ) -> None:
        """A person's word, by who may not have seen the last one; and one of two is chosen."""
        key, who = IncidentId(incident), DEWI if by_dewi else RINA
        self.ask(c.SetPriority(incident=key, priority=priority, seen=seen), who)
        self.ask(c.ClassifyIncident(incident=key, nature=nature, seen=seen), who)
        for one in self.world.of_kind("incident"):
            if isinstance(one, IncidentRow) and one.key == incident and len(one.variants) > 1:
                kept = one.variants[0]
                self.ask(SettleVariant(incident=key, field=kept.field, by=kept.by, take=by_dewi))

    @rule(incident=_incidents, agency=_agencies, to=_agencies, what=st.integers(0, 6))
    def task(self, incident: str, agency: str, to: str, what: int) -> None:
        """Any task command."""
        key, who = IncidentId(incident), AgencyKey(agency)
        commands: list[c.AnyCommand] = [
            c.TaskAgency(incident=key, agency=who, lead=True),
            c.NotifyAgency(incident=key, agency=who, channel="sms"),
            c.AcknowledgeTask(incident=key, agency=who),
            c.RefuseTask(incident=key, agency=who, reason="r"),
            c.HandOverTask(incident=key, agency=who, to=AgencyKey(to)),
            c.CompleteTask(incident=key, agency=who),
        ]
        if what < len(commands):
            self.ask(commands[what])
        else:
            self._escalate(c.EscalateTask(incident=key, agency=who))

    def _escalate(self, command: c.AnyCommand) -> None:
        """Two levels may both be due at once, never a third."""
        try:
            self.world.do(command, BUDI)
            self.world.do(command, BUDI)
            assert self.world.do(command, BUDI) == ()
        except Refused:
            return

    @rule(incident=_incidents, unit=_units, agency=_agencies)
    def assign(self, incident: str, unit: UnitId, agency: str) -> None:
        """A unit that may work elsewhere."""
        self.ask(
            c.AssignUnit(
                incident=IncidentId(incident),
                unit=unit,
                agency=AgencyKey(agency),
            )
        )

    @rule(incident=_incidents, unit=_units, step=_progress, correction=st.booleans())
    def progress(self, incident: str, unit: UnitId, step: Progress, *, correction: bool) -> None:
        """Forward, back, skipping, corrected."""
        self.ask(
            c.ProgressUnit(
                incident=IncidentId(incident),
                unit=unit,
                progress=step,
                correction=correction,
            )
        )

    @rule(incident=_incidents, unit=_units, what=st.integers(0, 2))
    def alert_or_release(self, incident: str, unit: UnitId, what: int) -> None:
        """What else happens to an assignment."""
        key = IncidentId(incident)
        commands: list[c.AnyCommand] = [
            c.ReleaseUnit(incident=key, unit=unit, reason="r"),
            c.DeliverAlert(incident=key, unit=unit, channel="push"),
            c.EscalateAlert(incident=key, unit=unit, after_s=30),
        ]
        self.ask(commands[what])

    @rule(incident=_incidents, report=_reports, what=st.integers(0, 5), by_system=st.booleans())
    def life(self, incident: str, report: ReportId, what: int, *, by_system: bool) -> None:
        """Linking, merging, closing, reopening, notes."""
        key = IncidentId(incident)
        commands: list[c.AnyCommand] = [
            c.LinkReport(incident=key, report=report),
            c.UnlinkReport(incident=key, report=report),
            c.MergeIncident(incident=key, into=OTHER if incident == INCIDENT else INCIDENT),
            c.CloseIncident(incident=key, outcome=Outcome.RESOLVED),
            c.ReopenIncident(incident=key, reason="r"),
            c.AddNote(incident=key, text=Personal(text="n")),
        ]
        self.ask(commands[what], by_system=by_system)

    @rule(incident=_incidents, unit=_units, agency=_agencies, what=st.integers(0, 6))
    def take_back(self, incident: str, unit: UnitId, agency: str, what: int) -> None:
        """What was sent, asked, answered or released."""
        key, who = IncidentId(incident), AgencyKey(agency)
        commands: list[c.AnyCommand] = [
            n.UnsendIncident(incident=key),
            n.WithdrawTask(incident=key, agency=who),
            n.RestoreUnit(incident=key, unit=unit),
            *(n.TakeBackAnswer(incident=key, agency=who, answer=one) for one in ANSWERS),
        ]
        self.ask(commands[what])

    @rule(incident=_incidents, unit=_units, what=st.integers(0, 6), hours=st.integers(1, 40))
    def beside_the_siren(self, incident: str, unit: UnitId, what: int, hours: int) -> None:
        """Appointments, tickets, what was merged taken apart, crews asked by radio."""
        key, at = IncidentId(incident), self.world.now + timedelta(hours=hours)
        commands: list[c.AnyCommand] = [
            c.UnmergeIncident(incident=key),
            c.ScheduleIncident(incident=key, from_at=at, until_at=at + timedelta(hours=2)),
            c.ScheduleIncident(incident=key),
            c.HandOn(incident=key, agency=AgencyKey("lapor_semar")),
            c.HandOn(incident=key, agency=AgencyKey("tetangga112"), ticket="UNG-4711"),
            c.CheckByRadio(incident=key, unit=unit, answered=True),
            c.CheckByRadio(incident=key, unit=unit, answered=False),
        ]
        self.ask(commands[what])

    @rule(incident=_incidents, unit=_units, nature=_natures, is_over=st.booleans())
    def enter_late(self, incident: str, unit: UnitId, nature: NatureCode, *, is_over: bool) -> None:
        """A paper form, of a case that is over or goes on."""
        began = self.world.now - timedelta(hours=1)
        steps = {Progress.ASSIGNED: began, Progress.ON_SCENE: began + timedelta(minutes=9)}
        if is_over:
            steps[Progress.CLEAR] = began + timedelta(minutes=30)
        self.ask(
            c.RecordLate(
                incident=IncidentId(incident),
                form="K-1",
                called_at=began,
                nature=nature,
                units=(c.LateUnit(unit=unit, agency=DINKES, progress_at=steps),),
                closed_at=began + timedelta(minutes=31) if is_over else None,
                outcome=Outcome.RESOLVED if is_over else None,
            )
        )

    @rule(unit=_units, what=st.integers(0, 4))
    def unit(self, unit: UnitId, what: int) -> None:
        """Crews come and go, units break."""
        register = c.RegisterUnit(
            unit=unit,
            agency=DINKES,
            kind="k",
            label=unit,
            capabilities=(),
            post="p",
            home=SIMPANG_LIMA,
        )
        commands: list[c.AnyCommand] = [
            register,
            c.StartUnitDuty(unit=unit),
            c.EndUnitDuty(unit=unit),
            c.TakeUnitOutOfService(unit=unit, reason="r"),
            c.ReturnUnitToService(unit=unit),
        ]
        self.ask(commands[what])

    @invariant()
    def nothing_closed_has_a_unit_at_work(self) -> None:
        """The one rule the whole stream exists for."""
        for row in self._incidents():
            assert not (row.state == "closed" and any(one.open for one in row.assignments))

    @invariant()
    def no_unit_is_on_two_incidents_or_at_work_while_it_cannot_be_sent(self) -> None:
        """Engagements are unique, match the open assignments, and their units are available."""
        rows = self.world.rows()
        engaged = [row.key for row in rows if isinstance(row, EngagementRow)]
        working = [one.unit for row in self._incidents() for one in row.assignments if one.open]
        assert sorted(engaged) == sorted(set(working)) == sorted(working)
        idle = {row.key for row in rows if isinstance(row, UnitRow) and row.state != "available"}
        assert not idle & set(engaged)

    @invariant()
    def every_agency_with_a_unit_at_work_can_see_the_incident(self) -> None:
        """Whoever works on it has a task; each agency has one task only."""
        for row in self._incidents():
            agencies = [task.agency for task in row.tasks]
            assert len(agencies) == len(set(agencies))
            assert {one.agency for one in row.assignments} <= set(agencies)

    def _incidents(self) -> list[IncidentRow]:
        return [row for row in self.world.rows() if isinstance(row, IncidentRow)]


TestCallMachine = CallMachine.TestCase
TestIncidentMachine = IncidentMachine.TestCase
TestCallMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestIncidentMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
