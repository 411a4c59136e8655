"""The board that the tests of permission look at: two incidents, a call, a desk, all roles."""

from datetime import date

import pytest
from core_world import (
    AMB,
    BUDI,
    CALL,
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
    REPORT,
    RINA,
    SARI,
    SYSTEM,
    World,
    agent,
)

from kentongan.core import commands as c
from kentongan.core.commands import past_change as p
from kentongan.core.commands import scene as s
from kentongan.core.commands import undo as n
from kentongan.core.commands.call_unheard import MarkUnheard
from kentongan.core.commands.desk import UnsignHandover
from kentongan.core.commands.pack import ChooseUnsigned
from kentongan.core.words import (
    AlarmKey,
    ChangeId,
    NatureCode,
    PackKey,
    Personal,
    ReportId,
    Role,
    TaskState,
    UnitId,
    personal,
)

KDR = NatureCode("KDR-01")
ALARM = AlarmKey("a1")
CHANGES = (
    p.NoteChange(change=ChangeId("c1"), what="unit_added", day=date(2026, 9, 1), units=(AMB,)),
    p.WithdrawChange(change=ChangeId("c1")),
)
RARE = (
    MarkUnheard(call=CALL, since=None),
    UnsignHandover(desk=DESK, handover="h1"),
    ChooseUnsigned(pack=PackKey("city"), use="withheld", reason="r"),
)
OTHERS = (
    s.TellCasualties(incident=INCIDENT, people=2),
    s.NoteDanger(incident=INCIDENT, danger="gas"),
    n.UnsendIncident(incident=INCIDENT),
    n.WithdrawTask(incident=INCIDENT, agency=DINKES),
    n.TakeBackAnswer(incident=INCIDENT, agency=DINKES, answer=TaskState.ACKNOWLEDGED),
    n.RestoreUnit(incident=INCIDENT, unit=AMB),
)


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
    for agency, kind in ((DINKES, "medical"), (POLISI, "police")):
        world.do(
            c.RegisterAgency(agency=agency, name=agency, short=agency, kind=kind, mode="units"),
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
    silent = c.RaiseAlarm(
        alarm=ALARM, kind="agency_silent", about="i1:dinkes", grade="high", to=("dispatcher",),
        since=world.now, agency=DINKES,
    )  # fmt: skip
    world.do(silent, SYSTEM)
    return world


PEOPLE = {
    Role.CALL_TAKER: RINA,
    Role.DISPATCHER: agent("Budi", Role.DISPATCHER),
    Role.SUPERVISOR: SARI,
    Role.AGENCY_OFFICER: OFFICER,
    Role.CREW: CREW,
    Role.EVALUATOR: agent("Eva", Role.EVALUATOR),
    Role.ADMIN: agent("Adi", Role.ADMIN),
    Role.APPROVER: agent("Direktur", Role.APPROVER),
    Role.SYSTEM: SYSTEM,
}
