"""The handover of a shift: made from the board, signed by who leaves and by who comes."""

from datetime import timedelta

import pytest
from core_world import (
    AMB,
    BUDI,
    CALL,
    DESK,
    DESK_2,
    DEWI,
    DINKES,
    HERE,
    INCIDENT,
    OTHER,
    RINA,
    SARI,
    SIMPANG_LIMA,
    START,
    SYSTEM,
    World,
    agent,
    tags,
)

from kentongan.core import commands as c
from kentongan.core.access import may
from kentongan.core.alarm_rows import AlarmGrade, AlarmRow
from kentongan.core.commands.desk import UnsignHandover
from kentongan.core.handover import INCIDENTS_MAX, LINES_MAX, PEST_TIMES, situation_of
from kentongan.core.handover_rows import Handover, Situation
from kentongan.core.redaction import redact
from kentongan.core.rows import DeskRow
from kentongan.core.words import (
    AgencyKey,
    AlarmKey,
    CallId,
    Disposition,
    IncidentId,
    NatureCode,
    Outcome,
    Refused,
    Role,
    UnitId,
    personal,
)

WRITE = c.WriteHandover(desk=DESK, handover="h1", note=personal("Kaligawe rob"))
SIGN = c.SignHandover(desk=DESK, handover="h1")
UNSIGN = UnsignHandover(desk=DESK, handover="h1")


def on_duty() -> World:
    """Rina at the first desk."""
    return World().run(c.StartDuty(desk=DESK))


def handover(world: World) -> Handover:
    """What stands at the first desk."""
    row = world.find("desk", DESK)
    assert isinstance(row, DeskRow)
    assert row.handover is not None
    return row.handover


def reason(world: World, command: c.AnyCommand, who: object = RINA) -> str:
    """Why it is refused."""
    with pytest.raises(Refused) as refused:
        world.do(command, who)  # type: ignore[arg-type]
    return refused.value.reason


def test_it_is_written_by_one_and_signed_by_another() -> None:
    """Nobody signs their own, nobody signs what was replaced, and it outlives the duty."""
    world = on_duty()
    assert tags(world.do(WRITE)) == ["desk.handover_written"]
    assert world.do(WRITE) == ()
    written = handover(world)
    assert (written.by_name, written.signed_at) == ("Rina", None)
    assert written.situation is not None
    assert reason(world, SIGN) == "handover_own"
    world.do(c.EndDuty(desk=DESK))
    assert handover(world).id == "h1"
    world.do(c.StartDuty(desk=DESK), DEWI)
    assert reason(world, c.SignHandover(desk=DESK, handover="h0"), DEWI) == "handover_replaced"
    assert tags(world.do(SIGN, DEWI)) == ["desk.handover_signed"]
    signed = handover(world)
    assert (signed.signed_by_name, signed.situation) == ("Dewi", None)
    assert world.do(SIGN, DEWI) == ()
    assert world.refold("desk:desk_1") == world.state("desk:desk_1")


def test_a_signature_given_by_mistake_is_taken_back_by_who_gave_it_within_minutes() -> None:
    """It waits to be read again, whole, and both are on record; later, and by others, it stands."""
    world = on_duty()
    assert reason(world, UNSIGN) == "handover_replaced"
    world.do(WRITE)
    written = handover(world)
    assert world.do(UNSIGN, DEWI) == ()
    world.do(SIGN, DEWI)
    assert reason(world, UNSIGN, SARI) == "handover_not_yours"
    world.later(600)
    assert tags(world.do(UNSIGN, DEWI)) == ["desk.handover_unsigned"]
    assert handover(world) == written
    assert world.do(UNSIGN, DEWI) == ()
    world.do(SIGN, SARI)
    world.later(601)
    assert reason(world, UNSIGN, SARI) == "handover_signed_long_ago"
    assert handover(world).signed_by_name == "Sari"
    assert world.refold(f"desk:{DESK}") == world.state(f"desk:{DESK}")
    world.do(c.WriteHandover(desk=DESK, handover="h2"))
    assert reason(world, UNSIGN, SARI) == "handover_replaced"


def test_a_signature_of_the_last_handover_brings_none_of_the_one_before_back() -> None:
    """A newer one is signed and taken back: it is the newer one that waits."""
    world = on_duty().run(WRITE)
    world.do(SIGN, DEWI)
    world.do(c.WriteHandover(desk=DESK, handover="h2"))
    newer = handover(world)
    world.do(c.SignHandover(desk=DESK, handover="h2"), DEWI)
    world.do(UnsignHandover(desk=DESK, handover="h2"), DEWI)
    assert handover(world) == newer


def test_a_newer_one_takes_its_place_and_a_forced_end_keeps_it() -> None:
    """Whoever stays longer writes again; a supervisor who frees the desk loses nothing."""
    world = on_duty().run(WRITE, c.WriteHandover(desk=DESK, handover="h2"))
    assert handover(world).id == "h2"
    world.do(c.ForceEndDuty(desk=DESK, reason="dead_desk"), agent("Sari", Role.SUPERVISOR))
    assert handover(world).id == "h2"
    assert reason(world, WRITE) == "desk_free"
    assert reason(world, c.SignHandover(desk=DESK_2, handover="h2"), DEWI) == "handover_replaced"


def test_it_says_what_is_open_and_who_has_it() -> None:
    """Incidents with units and silent agencies, calls in hand, who sits where."""
    world = on_duty()
    world.do(
        c.RegisterUnit(
            unit=UnitId("AMB07"), agency=DINKES, kind="k", label="AMB07", capabilities=(),
            post="p", home=SIMPANG_LIMA,
        ),
        SYSTEM,
    )  # fmt: skip
    world.do(c.StartUnitDuty(unit=UnitId("AMB07")), BUDI)
    world.do(c.TakeUnitOutOfService(unit=UnitId("AMB07"), reason="flat_tyre"), BUDI)
    world.run(
        c.OpenIncident(incident=OTHER),
        c.OpenIncident(incident=INCIDENT),
        c.LocateIncident(incident=INCIDENT, place=HERE),
        c.ClassifyIncident(incident=INCIDENT, nature=NatureCode("MED-01")),
        c.SendIncident(incident=INCIDENT),
        c.TaskAgency(incident=INCIDENT, agency=DINKES),
        c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES),
        c.OpenIncident(incident=IncidentId("closed")),
        c.CloseIncident(incident=IncidentId("closed"), outcome=Outcome.NO_INCIDENT),
        c.OfferCall(call=CALL, line="l", dialled="112", trunk="t", number=personal("0811234567")),
        c.AnswerCall(call=CALL, desk=DESK),
        WRITE,
    )
    situation = handover(world).situation
    assert situation is not None
    assert [one.incident for one in situation.incidents] == [INCIDENT, OTHER]
    first = situation.incidents[0]
    assert (first.units, first.unanswered, first.state) == ((AMB,), (DINKES,), "open")
    assert [(one.call, one.who, one.desk) for one in situation.calls] == [(CALL, "Rina", DESK)]
    assert [(one.unit, one.reason) for one in situation.units] == [("AMB07", "flat_tyre")]
    assert [(one.desk, one.agent_name) for one in situation.desks] == [(DESK, "Rina")]
    assert situation.left_out == 0


def test_alarms_come_by_their_weight_and_say_whose_they_are() -> None:
    """A crew in danger whom nobody has heard stands before a flood of silent agencies."""

    def alarm(key: str, code: str, grade: AlarmGrade, minute: int, **more: object) -> AlarmRow:
        at = START + timedelta(minutes=minute)
        return AlarmRow(
            key=AlarmKey(key), alarm_kind="agency_silent", about=key, code=code, grade=grade,
            to=(), since=at, raised_at=at, **more,  # type: ignore[arg-type]
        )  # fmt: skip

    silent = [
        alarm(f"a{at}", "A-07", "high", 0, agency=AgencyKey(f"agency_{at}"))
        for at in range(LINES_MAX)
    ]
    mine = alarm("taken", "A-01", "panic", 5, owner=RINA.id, owner_name="Rina")
    danger = alarm("danger", "A-01", "panic", 9)

    def seen(*rows: AlarmRow) -> Situation:
        return situation_of(lambda kind: rows if kind == "alarm" else (), START)

    situation = seen(mine, *silent, danger)
    told = [(one.code, one.agency, one.owner_name) for one in situation.alarms]
    assert told[:2] == [("A-01", None, ""), ("A-07", "agency_0", "")]
    assert (len(told), situation.left_out) == (LINES_MAX, 2)
    assert [one.owner_name for one in seen(mine, silent[0]).alarms] == ["", "Rina"]


def test_numbers_that_ring_for_nothing_are_named_by_their_last_call() -> None:
    """Three pranks of one number are worth telling, two of another are not; a night later none."""
    world = on_duty()
    for at in range(PEST_TIMES + 2):
        call = CallId(f"p{at}")
        number = "0878111" if at < PEST_TIMES else "0878222"
        world.later(60).run(
            c.OfferCall(call=call, line="l", dialled="112", trunk="t", number=personal(number)),
            c.AnswerCall(call=call, desk=DESK),
            c.EndCall(call=call, by="desk"),
            c.DisposeCall(call=call, disposition=Disposition.PRANK),
        )
    pests = situation_of(world.of_kind, world.now).pests
    assert [(one.call, one.times) for one in pests] == [("p2", PEST_TIMES)]
    assert situation_of(world.of_kind, world.later(13 * 3600).now).pests == ()


def test_it_is_never_longer_than_somebody_reads() -> None:
    """The most urgent come first; what is left out is counted, not hidden."""
    world = on_duty()
    for at in range(INCIDENTS_MAX + 3):
        world.do(c.OpenIncident(incident=IncidentId(f"n{at}")))
    urgent = IncidentId(f"n{INCIDENTS_MAX + 2}")
    world.do(c.ClassifyIncident(incident=urgent, nature=NatureCode("MED-01")))
    situation = situation_of(world.of_kind, world.now)
    assert len(situation.incidents) == INCIDENTS_MAX
    assert situation.incidents[0].incident == urgent
    assert situation.left_out == 3
    assert LINES_MAX < INCIDENTS_MAX


def test_a_drill_is_no_part_of_it() -> None:
    """Training incidents and calls are not handed over."""
    world = on_duty()
    world.do(c.OpenIncident(incident=INCIDENT, training=True))
    assert situation_of(world.of_kind, world.now).incidents == ()


def test_the_own_desk_writes_and_anybody_of_the_room_signs() -> None:
    """Dewi does not write for Rina's desk; an agency does neither, and reads none of it."""
    world = on_duty().run(WRITE)
    may(RINA, WRITE, world.find)
    may(DEWI, SIGN, world.find)
    officer = agent("Tono", Role.AGENCY_OFFICER, agency="dinkes")
    for who, command in ((DEWI, WRITE), (officer, SIGN), (officer, WRITE)):
        with pytest.raises(Refused, match="not_permitted"):
            may(who, command, world.find)
    row = world.find("desk", DESK)
    assert isinstance(row, DeskRow)
    for role in (Role.ADMIN, Role.EVALUATOR):
        seen = redact(row, agent("X", role), world.find)
        assert isinstance(seen, DeskRow)
        assert seen.handover is None
    assert redact(row, officer, world.find) is None
