"""Those at the scene ask the room for more: A-14 until somebody sees to it, and for nobody else."""

import pytest
from core_world import AMB, BUDI, CREW, INCIDENT, OFFICER, PLANS, RINA, SARI, World, agent
from msgspec import structs
from test_core_scene import sent

from kentongan.core import commands as c
from kentongan.core.access import may
from kentongan.core.alarm_rules import Situation, Standing, standing
from kentongan.core.redaction import redact
from kentongan.core.rows import IncidentRow
from kentongan.core.words import (
    Agent,
    IncidentId,
    Outcome,
    Progress,
    Refused,
    Role,
    UnitId,
    personal,
)

ASK = c.RequestHelp(incident=INCIDENT, what="police", unit=AMB, words=personal("massa marah"))
BACK = c.WithdrawHelp(incident=INCIDENT, what="police", unit=AMB)
SEEN_TO = c.AnswerHelp(incident=INCIDENT, what="police", unit=AMB)
OF_AGENCY = c.RequestHelp(incident=INCIDENT, what="reporter", agency=OFFICER.agency)
FIREMAN = agent("Fajar", Role.AGENCY_OFFICER, agency="damkar")


def alarms(world: World) -> list[Standing]:
    found = standing(Situation(incidents=[world.incident()]), PLANS, world.now)
    return [one for one in found if one.cause.kind == "help_wanted"]


def test_a_crew_that_asks_is_an_alarm_until_somebody_sees_to_it() -> None:
    """At once, with who asks and for what; asked twice it is one, and taken back none."""
    world = sent()
    may(CREW, ASK, world.find)
    assert alarms(world) == []
    world.do(ASK, CREW)
    assert world.do(ASK, CREW) == ()
    (alarm,) = alarms(world)
    assert (alarm.grade, alarm.cause.unit, alarm.cause.detail) == ("high", AMB, "police")
    assert alarm.to == ("dispatcher",)
    world.do(SEEN_TO, BUDI)
    assert alarms(world) == []
    assert world.incident().help_wanted[0].answered_by == "Budi"
    assert world.do(SEEN_TO, BUDI) == ()
    world.do(structs.replace(SEEN_TO, seen_to=False), BUDI)
    assert len(alarms(world)) == 1


def test_who_asked_takes_it_back_and_may_ask_anew() -> None:
    """The desk that had not seen that is told so; what was answered can be wanted again."""
    world = sent()
    assert world.do(BACK, CREW) == ()
    world.do(ASK, CREW)
    world.do(BACK, CREW)
    assert world.incident().help_wanted == ()
    with pytest.raises(Refused, match="help_not_wanted"):
        world.do(SEEN_TO, BUDI)
    world.do(ASK, CREW)
    world.do(SEEN_TO, BUDI)
    world.do(ASK, CREW)
    assert world.incident().help_wanted[0].answered_at is None


def test_only_who_works_there_asks_and_only_the_room_answers() -> None:
    """Nor in another's name, nor for an incident that is somebody else's."""
    world = sent()
    may(OFFICER, OF_AGENCY, world.find)
    may(OFFICER, ASK, world.find)
    for who in (RINA, BUDI, SARI):
        may(who, SEEN_TO, world.find)
    foreign = structs.replace(OF_AGENCY, agency=FIREMAN.agency)
    other_unit = structs.replace(ASK, unit=UnitId("AMB09"))
    elsewhere = structs.replace(ASK, incident=IncidentId("i2"))
    no = [(CREW, OF_AGENCY), (CREW, other_unit), (CREW, elsewhere), (CREW, SEEN_TO)]
    for who, command in (*no, (FIREMAN, foreign), (FIREMAN, OF_AGENCY), (OFFICER, SEEN_TO)):
        with pytest.raises(Refused, match="not_permitted"):
            may(who, command, world.find)
    for command in (structs.replace(ASK, unit=None), structs.replace(ASK, agency=OFFICER.agency)):
        with pytest.raises(Refused, match="help_by_one"):
            world.do(command, CREW)


def test_what_is_over_is_asked_nothing_and_what_stood_is_no_alarm() -> None:
    """A desk may still say that it was seen to."""
    world = sent()
    world.do(ASK, CREW)
    world.do(c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.CLEAR), CREW)
    world.do(c.CloseIncident(incident=INCIDENT, outcome=Outcome.RESOLVED), BUDI)
    assert alarms(world) == []
    with pytest.raises(Refused, match="incident_closed"):
        world.do(structs.replace(ASK, what="other"), CREW)
    world.do(SEEN_TO, BUDI)


def test_each_sees_its_own_wishes_and_an_evaluator_no_words() -> None:
    """The agency those of its units, a unit its own; nobody else's words reach a figure."""
    world = sent()
    world.do(ASK, CREW)
    world.do(OF_AGENCY, OFFICER)

    def seen(who: Agent) -> list[tuple[str, bool]]:
        row = redact(world.incident(), who, world.find, world.now)
        assert isinstance(row, IncidentRow)
        return [(one.what, one.words is not None) for one in row.help_wanted]

    assert seen(BUDI) == seen(OFFICER) == [("police", True), ("reporter", False)]
    assert seen(CREW) == [("police", True)]
    assert seen(agent("E", Role.EVALUATOR)) == [("police", False), ("reporter", False)]
