"""An evaluator hears no call about a sensitive incident; a supervisor does."""

import pytest
from core_access_world import KDR, PEOPLE
from core_world import CALL, DESK, FIRE_HOUSE, HERE, RINA, SARI, World

from kentongan.core import commands as c
from kentongan.core.hearing import check_hearing
from kentongan.core.words import (
    Agent,
    CallId,
    IncidentId,
    NatureCode,
    Personal,
    Refused,
    ReportId,
    Role,
    personal,
)

EVA = PEOPLE[Role.EVALUATOR]
BACK = CallId("back")
REPORT, INCIDENT = ReportId("told"), IncidentId("i9")


def told(nature: NatureCode) -> World:
    """A call in Rina's hand, and an incident of that kind that was told in it."""
    return World().run(
        c.OfferCall(call=CALL, line="l", dialled="112", trunk="t", number=personal("0811")),
        c.StartDuty(desk=DESK),
        c.AnswerCall(call=CALL, desk=DESK),
        c.OpenReport(report=REPORT, call=CALL),
        c.OpenIncident(incident=INCIDENT, report=REPORT),
        c.AttachReport(report=REPORT, incident=INCIDENT),
        c.LocateIncident(incident=INCIDENT, place=HERE),
        c.ClassifyIncident(incident=INCIDENT, nature=nature),
    )


def may_hear(world: World, who: Agent, call: CallId = CALL) -> bool:
    """Whether the rule lets the call be heard."""
    play = c.PlayRecording(call=call, segment="a", reason="quality_review")
    try:
        check_hearing(who, play, world.find, world.of_kind)
    except Refused:
        return False
    return True


def test_a_call_about_a_sensitive_incident_is_not_an_evaluators_to_hear() -> None:
    """Its kind and its point are not theirs to see; another kind's call is theirs to hear."""
    assert not may_hear(told(KDR), EVA)
    assert may_hear(told(FIRE_HOUSE), EVA)
    assert may_hear(told(KDR), SARI)


def test_whose_call_it_is_hears_it_whatever_else_they_are() -> None:
    """An evaluator who took it, as long as it is in their hand; one who leads the room, always."""
    world = told(KDR)
    for who, also in ((RINA, Role.EVALUATOR), (SARI, Role.EVALUATOR)):
        both = Agent(id=who.id, name=who.name, roles=(*who.roles, also), desk=who.desk)
        assert may_hear(world, both)


def test_who_rang_back_spoke_of_the_same() -> None:
    """Though nothing new was written in that call."""
    world = told(KDR).run(c.EndCall(call=CALL, by="caller"), c.EndWrapUp(desk=DESK))
    world.do(
        c.CallBack(
            call=BACK, of=CALL, number=Personal(text="0811"), line="l", trunk="t", desk=DESK
        ),
        RINA,
    )
    assert not may_hear(world, EVA, BACK)


@pytest.mark.parametrize("call", [CallId("nothing"), CALL])
def test_a_call_of_which_nothing_was_told_is_about_nothing(call: CallId) -> None:
    """A ghost, a prank: heard like any other."""
    assert may_hear(World(), EVA, call)


def test_what_was_told_when_rung_back_shuts_the_first_call_too() -> None:
    """The caller was cut off before anything could be written; the voice is the same."""
    world = World().run(
        c.OfferCall(call=CALL, line="l", dialled="112", trunk="t", number=personal("0811")),
        c.StartDuty(desk=DESK),
        c.AnswerCall(call=CALL, desk=DESK),
        c.EndCall(call=CALL, by="caller"),
        c.EndWrapUp(desk=DESK),
    )
    back = c.CallBack(
        call=BACK, of=CALL, number=Personal(text="0811"), line="l", trunk="t", desk=DESK
    )
    world.do(back, RINA)
    assert may_hear(world, EVA)
    world.run(
        c.OpenReport(report=REPORT, call=BACK),
        c.OpenIncident(incident=INCIDENT, report=REPORT),
        c.AttachReport(report=REPORT, incident=INCIDENT),
        c.LocateIncident(incident=INCIDENT, place=HERE),
        c.ClassifyIncident(incident=INCIDENT, nature=KDR),
    )
    assert not may_hear(world, EVA, BACK)
    assert not may_hear(world, EVA, CALL)
