"""A unit is told to get ready, or a few words; an agency is told a few words."""

from datetime import timedelta

import pytest
from core_access_world import PEOPLE, world
from core_world import (
    AMB,
    AMB_2,
    BUDI,
    CREW,
    DAMKAR,
    DINKES,
    FIRE,
    INCIDENT,
    OFFICER,
    OTHER,
    PLANS,
    POLISI,
    SARI,
    START,
    SYSTEM,
    World,
    agent,
)

from kentongan.core import commands as c
from kentongan.core.callbacks import Known
from kentongan.core.events import AnyEvent, UnitAssigned, UnitPreAlerted
from kentongan.core.messages import MESSAGES_MAX
from kentongan.core.policy import timers
from kentongan.core.pre_alert import ASSIGNED, EXPIRED, LASTS, MESSAGES_KEPT
from kentongan.core.redaction import redact
from kentongan.core.references import check_references
from kentongan.core.room_policy import room_reactions
from kentongan.core.rows import IncidentRow, UnitRow
from kentongan.core.words import Agent, Personal, Progress, Refused, Role, UnitId, personal

READY = c.PreAlertUnit(unit=FIRE, incident=INCIDENT, number=1)
LIFT = c.LiftPreAlert(unit=FIRE)


def unit(world_: World, key: UnitId = FIRE) -> UnitRow:
    """A unit's row."""
    row = world_.find("unit", key)
    assert isinstance(row, UnitRow)
    return row


def words(text: str, **to: object) -> c.SendMessage:
    """A message about the incident."""
    said = personal(text)
    assert said is not None
    return c.SendMessage(incident=INCIDENT, text=said, **to)  # type: ignore[arg-type]


def test_a_unit_stands_ready_for_a_while_and_is_claimed_by_nobody() -> None:
    """Said again it lasts longer; the timer of the first time does not end the second."""
    world_ = world().run(READY, who=BUDI)
    ready = unit(world_).pre_alert
    assert ready is not None
    assert (ready.number, ready.by, ready.until) == (1, "Budi", START + LASTS)
    assert not [claim for claim in world_.holders if claim.key == FIRE]
    assert world_.do(READY, BUDI) == ()
    world_.later(60).do(READY, BUDI)
    world_.now = START + LASTS
    timer = c.LiftPreAlert(unit=FIRE, reason=EXPIRED)
    assert world_.do(timer, SYSTEM) == ()
    world_.later(60).do(timer, SYSTEM)
    assert unit(world_).pre_alert is None
    assert world_.do(LIFT, BUDI) == ()


def test_what_ends_it() -> None:
    """A person, the end of duty, a breakdown; never what belongs to another unit."""
    for end in (LIFT, c.EndUnitDuty(unit=FIRE), c.TakeUnitOutOfService(unit=FIRE, reason="x")):
        world_ = world().run(READY, end, who=BUDI)
        assert unit(world_).pre_alert is None
    with pytest.raises(Refused, match="unit_not_available"):
        world_.do(READY, BUDI)


def test_only_a_free_unit_and_an_open_incident() -> None:
    """Looked up on the board, in words that say who has it."""
    world_ = world()
    check_references(READY, world_.find, PLANS.desks)
    for wrong, why in (
        (c.PreAlertUnit(unit=AMB, incident=OTHER, number=2), "unit_at_work"),
        (c.PreAlertUnit(unit=FIRE, incident=INCIDENT, number=2), "unknown_incident"),
    ):
        with pytest.raises(Refused, match=why):
            check_references(wrong, world_.find, PLANS.desks)
    world_.do(c.MergeIncident(incident=OTHER, into=INCIDENT))
    with pytest.raises(Refused, match="incident_closed"):
        check_references(
            c.PreAlertUnit(unit=FIRE, incident=OTHER, number=2), world_.find, PLANS.desks
        )


def test_what_follows_by_itself() -> None:
    """Its end after a while, and its end by the assignment."""
    world_ = world()
    (event,) = world_.do(READY, BUDI)
    assert isinstance(event, UnitPreAlerted)
    state, (_, meta) = world_.state(f"unit:{FIRE}"), world_.history[f"unit:{FIRE}"][-1]
    (timed,) = timers(event, meta, state, PLANS)
    assert timed.due_at == START + LASTS
    assert timed.command == c.LiftPreAlert(unit=FIRE, reason=EXPIRED)
    assign = c.AssignUnit(incident=INCIDENT, unit=FIRE, agency=DAMKAR)
    assigned: AnyEvent = world_.do(assign, BUDI)[-1]
    assert isinstance(assigned, UnitAssigned)
    incident, (_, meta) = world_.state(f"incident:{INCIDENT}"), world_.history["incident:i1"][-1]
    known = Known(ready=frozenset({FIRE}))
    (reaction,) = room_reactions(assigned, meta, incident, PLANS, known)
    assert reaction.command == c.LiftPreAlert(unit=FIRE, reason=ASSIGNED)
    assert room_reactions(assigned, meta, incident, PLANS, Known()) == ()


def test_a_crew_knows_the_number_it_stands_ready_for_and_no_more() -> None:
    """The incident is not theirs yet."""
    world_ = world().run(READY, who=BUDI)
    crew = agent("Api", Role.CREW, agency="damkar", unit=FIRE)
    officer = agent("Fajar", Role.AGENCY_OFFICER, agency="damkar")
    for who in (crew, officer):
        row = redact(unit(world_), who, world_.find)
        assert isinstance(row, UnitRow)
        assert row.pre_alert is not None
        assert (row.pre_alert.number, row.pre_alert.incident) == (1, None)
        assert redact(world_.incident(), who, world_.find) is None
    evaluator = redact(unit(world_), PEOPLE[Role.EVALUATOR], world_.find)
    assert isinstance(evaluator, UnitRow)
    assert evaluator.pre_alert is None


def test_words_go_to_one_unit_or_one_agency_and_to_nobody_else() -> None:
    """The room sees all of them; whoever they are not for does not."""
    world_ = world().run(
        c.TaskAgency(incident=INCIDENT, agency=POLISI),
        words("masuk gerbang belakang", unit=AMB),
        words("tolong tutup jalan", agency=POLISI),
        who=BUDI,
    )
    row = world_.incident()
    assert [(one.unit, one.agency, one.agent_name) for one in row.messages] == [
        (AMB, None, "Budi"), (None, POLISI, "Budi"),
    ]  # fmt: skip
    police = agent("Joko", Role.AGENCY_OFFICER, agency="polisi")
    expected: list[tuple[Agent, list[str | None]]] = [
        (SARI, [AMB, None]), (CREW, [AMB]), (OFFICER, [AMB]), (police, [None]),
    ]  # fmt: skip
    for who, units in expected:
        seen = redact(row, who, world_.find)
        assert isinstance(seen, IncidentRow)
        assert [one.unit for one in seen.messages] == units
    counted = redact(row, PEOPLE[Role.EVALUATOR], world_.find)
    assert isinstance(counted, IncidentRow)
    assert counted.messages == ()


def test_words_that_cannot_be_sent() -> None:
    """Why, each by its own key."""
    world_ = world()
    for wrong, why in (
        (words("x"), "addressee_missing"),
        (words("x", unit=AMB, agency=DINKES), "addressee_missing"),
        (words("x", unit=AMB_2), "unit_not_assigned"),
        (words("x", agency=DAMKAR), "agency_not_asked"),
        (c.SendMessage(incident=INCIDENT, text=Personal(text=" "), unit=AMB), "message_empty"),
    ):
        with pytest.raises(Refused, match=why):
            world_.do(wrong, BUDI)
    for _ in range(MESSAGES_MAX):
        world_.do(words("x", unit=AMB), BUDI)
    with pytest.raises(Refused, match="too_many_messages"):
        world_.do(words("x", unit=AMB), BUDI)
    clear = c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.CLEAR)
    world_.do(clear, CREW)
    with pytest.raises(Refused, match="unit_not_assigned"):
        world_.do(words("x", unit=AMB), BUDI)


def test_a_crew_without_an_incident_is_told_on_its_own_page() -> None:
    """The last few; nothing of it is for an administrator."""
    world_ = world()
    for n in range(MESSAGES_KEPT + 2):
        said = personal(f"geser ke pos {n}")
        assert said is not None
        world_.later(1).do(c.MessageUnit(unit=FIRE, text=said), BUDI)
    kept = unit(world_).messages
    assert [one.text.text for one in kept] == [f"geser ke pos {n}" for n in range(2, 7)]
    assert kept[-1].at == START + timedelta(seconds=MESSAGES_KEPT + 2)
    admin = redact(unit(world_), PEOPLE[Role.ADMIN], world_.find)
    assert isinstance(admin, UnitRow)
    assert admin.messages == ()
