"""A unit that breaks down, a shortage of units, many casualties, hospitals."""

from datetime import timedelta

import pytest
from core_access_world import world
from core_world import (
    AMB,
    ARREST,
    BUDI,
    CREW,
    DINKES,
    FIRE,
    HERE,
    INCIDENT,
    PLANS,
    RINA,
    SARI,
    START,
    SYSTEM,
    World,
    agent,
    tags,
)

from kentongan.core import commands as c
from kentongan.core.access import may
from kentongan.core.alarm_rules import Situation, causes
from kentongan.core.assignment import BREAKDOWNS
from kentongan.core.candidates import Reason
from kentongan.core.events import UnitReleased
from kentongan.core.policy import reactions
from kentongan.core.recommend import Candidate, Travel, Wish, recommend
from kentongan.core.redaction import redact
from kentongan.core.rows import EngagementRow, IncidentRow, UnitRow
from kentongan.core.scene_rows import HospitalRow
from kentongan.core.shortage import alternatives, shortages
from kentongan.core.words import Personal, Progress, Refused, Role, UnitId

KARIADI = "rsup_dr_kariadi"
BROKEN = c.BreakDown(incident=INCIDENT, unit=AMB)


def sent() -> World:
    """The incident sent, AMB01 on its way."""
    world_ = world().run(c.SendIncident(incident=INCIDENT))
    go = c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.DEPARTED)
    return world_.run(go, who=CREW)


# --- breaks down on the way ----------------------------------------------------------------------


def test_a_unit_that_breaks_down_is_free_of_the_incident_and_out_of_service() -> None:
    """One word of the crew: the incident waits again, nobody is offered the broken vehicle."""
    world_ = sent()
    may(CREW, BROKEN, world_.find)
    (event,) = world_.do(BROKEN, CREW)
    assert isinstance(event, UnitReleased)
    assert event.reason == "broken_down"
    assert event.reason_text is None
    (one,) = world_.incident().assignments
    assert (one.open, one.released, one.release_reason) == (False, True, "broken_down")
    stream = f"incident:{INCIDENT}"
    (follows,) = reactions(event, world_.history[stream][-1][1], world_.state(stream), PLANS)
    assert follows.command == c.TakeUnitOutOfService(unit=AMB, reason="broken_down")
    may(SYSTEM, follows.command, world_.find)
    world_.do(follows.command, SYSTEM)
    row = world_.find("unit", AMB)
    assert isinstance(row, UnitRow)
    assert row.state == "out_of_service"
    assert world_.do(BROKEN, CREW) == ()


def test_a_breakdown_is_one_of_the_known_ones_and_of_the_own_unit() -> None:
    """A crew takes off no other unit, and no unit by a word that nobody knows."""
    world_ = sent()
    with pytest.raises(Refused, match="unknown_breakdown"):
        world_.do(c.BreakDown(incident=INCIDENT, unit=AMB, reason="bored"), BUDI)
    with pytest.raises(Refused, match="not_permitted"):
        may(agent("X", Role.CREW, unit="AMB09"), BROKEN, world_.find)
    plain = c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason="other")
    (event,) = world_.do(plain, BUDI)
    stream = f"incident:{INCIDENT}"
    assert reactions(event, world_.history[stream][-1][1], world_.state(stream), PLANS) == ()


@pytest.mark.parametrize("reason", [*BREAKDOWNS, "other"])
def test_the_wait_of_the_caller_goes_on_through_a_breakdown(reason: str) -> None:
    """Whoever broke down on the way has not served; a unit that was withdrawn starts it anew."""
    world_ = sent().later(300)
    is_broken = reason in BREAKDOWNS
    off = c.BreakDown(incident=INCIDENT, unit=AMB, reason=reason)
    withdrawn = c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason=reason)
    world_.do(off if is_broken else withdrawn, BUDI)
    situation = Situation(incidents=[world_.incident()])
    (waits,) = [one for one in causes(situation, PLANS, world_.now) if one.kind == "no_unit"]
    assert waits.since == (START if is_broken else START + timedelta(seconds=300))


def test_an_ambulance_departs_within_the_founding_promise() -> None:
    """Five minutes for an ambulance, ninety seconds for others (A-05)."""
    world_ = world().run(c.SendIncident(incident=INCIDENT))
    tap = c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.ACCEPTED)
    world_.run(tap, who=CREW)
    found = {
        kind: next(
            PLANS.limit_s("A-05", one.limit_by)
            for one in causes(
                Situation(incidents=[world_.incident()], units=[_unit(kind)]), PLANS, START
            )
            if one.kind == "not_departed"
        )
        for kind in ("ambulance_als", "fire_engine")
    }
    assert found == {"ambulance_als": 300, "fire_engine": 90}


def _unit(kind: str, key: str = "AMB01", **more: object) -> UnitRow:
    fields: dict[str, object] = {
        "key": UnitId(key),
        "state": "available",
        "agency": DINKES,
        "unit_kind": kind,
        "label": key,
        "capabilities": ("als", "bls", "transport", "aed"),
        "post": "p",
        "home": HERE.point,
        "since": START,
    }
    return UnitRow(**{**fields, **more})  # type: ignore[arg-type]


# --- no fitting unit -----------------------------------------------------------------------------


def _short(units: list[UnitRow], engaged: tuple[str, ...] = ()) -> tuple[c.RecordShortage, ...]:
    row = _waiting()
    work = [
        EngagementRow(
            key=UnitId(one), incident=INCIDENT, number=9, progress=Progress.ON_SCENE, since=START
        )
        for one in engaged
    ]
    return shortages([row], units, work, PLANS)


def _waiting() -> IncidentRow:
    world_ = World().run(
        c.OpenIncident(incident=INCIDENT),
        c.LocateIncident(incident=INCIDENT, place=HERE),
        c.ClassifyIncident(incident=INCIDENT, nature=ARREST),
        c.SendIncident(incident=INCIDENT),
    )
    return world_.incident()


def test_a_shortage_is_known_at_once_and_says_why() -> None:
    """Every fitting unit is busy, broken or at home; a free one of another kind does not help."""
    free = _unit("ambulance_als")
    assert _short([free]) == ()
    busy, broken = (
        _unit("ambulance_als", "AMB02"),
        _unit("ambulance_als", "AMB03", state="out_of_service"),
    )
    basic = _unit("ambulance_bls", "AMB04", capabilities=("bls", "transport"))
    (found,) = _short([busy, broken, basic], engaged=("AMB02",))
    assert found.incident == INCIDENT
    assert sorted(found.reasons) == ["engaged:1", "out_of_service:1"]
    (none_able,) = _short([basic])
    assert none_able.reasons == ("lacks_capability:0",)


def test_the_clock_of_unmet_demand_stands_in_the_record() -> None:
    """Begun once, decided by people, ended by the next assignment and begun anew after it."""
    world_ = world().run(c.SendIncident(incident=INCIDENT))
    world_.do(BROKEN, CREW)
    record = c.RecordShortage(incident=INCIDENT, reasons=("engaged:3",))
    decide = c.DecideShortage(incident=INCIDENT, way="other_agency", agency=DINKES)
    with pytest.raises(Refused, match="no_shortage"):
        world_.do(decide, BUDI)
    assert tags(world_.do(record, SYSTEM)) == ["incident.shortage_began"]
    assert world_.later(60).do(record, SYSTEM) == ()
    world_.do(decide, BUDI)
    shortage = world_.incident().shortage
    assert shortage is not None
    assert (shortage.since, shortage.ended_at) == (START, None)
    (decision,) = shortage.decisions
    assert (decision.way, decision.agency, decision.agent_name) == ("other_agency", DINKES, "Budi")
    other = UnitId("AMB09")
    world_.later(60).do(c.AssignUnit(incident=INCIDENT, unit=other, agency=DINKES), BUDI)
    met = world_.incident().shortage
    assert met is not None
    assert met.ended_at == START + timedelta(seconds=120)
    assert world_.do(record, SYSTEM) == ()
    world_.do(c.BreakDown(incident=INCIDENT, unit=other), BUDI)
    assert tags(world_.do(record, SYSTEM)) == ["incident.shortage_began"]
    assert world_.refold(f"incident:{INCIDENT}") == world_.state(f"incident:{INCIDENT}")


def test_what_may_be_done_instead_is_ranked_by_when_help_is_there() -> None:
    """A part of the help now, a fitting unit soon, others who send their own people, the rest."""
    row = _waiting()
    nature = PLANS.natures[ARREST]
    basic = _unit("ambulance_bls", "AMB04", capabilities=("bls", "transport"))
    way = Travel(seconds_low=240, seconds_high=300, distance_m=2_000, source="road")
    soon = Candidate(
        unit=_unit("ambulance_als", "AMB02"),
        engagement=EngagementRow(
            key=UnitId("AMB02"), incident=INCIDENT, number=9, progress=Progress.AT_HOSPITAL,
            since=START,
        ),
        travel=way,
    )  # fmt: skip
    wish = Wish(nature=nature, busy_s={"at_hospital": 600})
    found = recommend(wish, [Candidate(unit=basic, travel=way), soon], START)
    ways = alternatives(found, row, nature, PLANS)
    assert [(one.way, one.unit) for one in ways[:2]] == [("part", "AMB04"), ("soon_free", "AMB02")]
    assert ways[0].reasons[0].key == "lacks"
    assert [one.way for one in ways[-3:]] == ["neighbour", "own_transport", "wait"]
    assert "rsjd" in [one.agency for one in ways if one.way == "other_agency"]
    free = recommend(wish, [Candidate(unit=_unit("ambulance_als"), travel=way)], START)
    assert alternatives(free, row, nature, PLANS) == ()
    assert isinstance(ways[0].reasons[0], Reason)


def test_a_picture_from_the_scene_may_come_after_the_work() -> None:
    """Taken without a network it arrives when the unit is free again; another unit's never does."""
    world_ = sent().run(
        c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.CLEAR), who=CREW
    )
    photo = c.AttachPhoto(incident=INCIDENT, photo="p", sha256="s", bytes=1, width=1, height=1)
    may(CREW, photo, world_.find)
    with pytest.raises(Refused):
        may(agent("Y", Role.CREW, agency="dinkes", unit="AMB09"), photo, world_.find)
    with pytest.raises(Refused):
        may(CREW, c.AddNote(incident=INCIDENT, text=Personal(text="x")), world_.find)


# --- resuscitation by telephone ------------------------------------------------------------------


def test_the_first_compression_is_one_moment() -> None:
    """The beat begins: on record once, however often it is started; a draft takes it, too."""
    world_ = World().run(c.OpenIncident(incident=INCIDENT))
    begin = c.BeginCompressions(incident=INCIDENT)
    may(RINA, begin, world_.find)
    assert tags(world_.later(40).do(begin, RINA)) == ["incident.compressions_begun"]
    assert world_.later(60).do(begin, RINA) == ()
    assert world_.incident().compressions_at == START + timedelta(seconds=40)
    with pytest.raises(Refused):
        may(CREW, begin, world_.find)


# --- many casualties -----------------------------------------------------------------------------


def test_a_mass_event_is_declared_counted_and_ended() -> None:
    """The supervisor sees it; the last counts stand with their time; further units wait there."""
    world_ = sent()
    world_.run(c.DeclareMass(incident=INCIDENT), who=SARI)
    assert world_.incident().supervisor
    assert world_.do(c.DeclareMass(incident=INCIDENT), SARI) == ()
    count = c.CountCasualties(incident=INCIDENT, red=2, yellow=3, green=9)
    world_.later(60).do(count, CREW)
    world_.do(c.SetStaging(incident=INCIDENT, place=HERE), BUDI)
    mass = world_.incident().mass
    assert mass is not None
    assert (mass.red, mass.yellow, mass.green, mass.black) == (2, 3, 9, 0)
    assert (mass.counted_by, mass.counted_at) == ("Awak", START + timedelta(seconds=60))
    assert mass.staging is not None
    assert world_.do(count, CREW) == ()
    world_.do(c.EndMass(incident=INCIDENT), SARI)
    ended = world_.incident().mass
    assert ended is not None
    assert ended.ended_at is not None
    assert ended.red == 2


def test_units_work_in_zones_of_a_mass_event_and_no_other() -> None:
    """By the dispatcher's word, one zone each; who is not here has none."""
    world_ = sent()
    hot = c.SetZone(incident=INCIDENT, unit=AMB, zone="hot")
    with pytest.raises(Refused, match="not_mass"):
        world_.do(hot, BUDI)
    world_.run(c.DeclareMass(incident=INCIDENT), who=SARI)
    with pytest.raises(Refused, match="unit_not_assigned"):
        world_.do(c.SetZone(incident=INCIDENT, unit=FIRE, zone="hot"), BUDI)
    with pytest.raises(Refused, match="not_permitted"):
        may(CREW, hot, world_.find)
    world_.later(5).do(hot, BUDI)
    assert world_.do(hot, BUDI) == ()
    mass = world_.incident().mass
    assert mass is not None
    (zone,) = mass.zones
    assert (zone.unit, zone.zone, zone.agent_name) == (AMB, "hot", "Budi")
    world_.do(c.SetZone(incident=INCIDENT, unit=AMB, zone="cold"), BUDI)
    moved = world_.incident().mass
    assert moved is not None
    assert [(one.unit, one.zone) for one in moved.zones] == [(AMB, "cold")]
    world_.do(c.SetZone(incident=INCIDENT, unit=AMB), BUDI)
    assert (world_.incident().mass or mass).zones == ()


def test_black_is_set_by_a_crew_alone() -> None:
    """And a count is a number that people may count."""
    world_ = sent()
    dead = c.CountCasualties(incident=INCIDENT, black=1)
    with pytest.raises(Refused, match="black_by_crew_only"):
        world_.do(dead, BUDI)
    world_.do(dead, CREW)
    kept = c.CountCasualties(incident=INCIDENT, red=1, black=1)
    world_.do(kept, BUDI)
    for impossible in (-1, 10_000):
        with pytest.raises(Refused, match="count_unreadable"):
            world_.do(c.CountCasualties(incident=INCIDENT, red=impossible), CREW)
    stranger = agent("X", Role.CREW, unit=FIRE)
    with pytest.raises(Refused, match="not_permitted"):
        may(stranger, kept, world_.find)


# --- hospitals -----------------------------------------------------------------------------------


def test_a_hospital_is_as_somebody_said_at_a_time() -> None:
    """Said again it is as new as that; numbers nobody has are refused; others see no words."""
    world_ = World()
    said = c.SetHospitalStatus(hospital=KARIADI, emergency="busy", beds=4, note=Personal(text="n"))
    world_.do(said, BUDI)
    assert len(world_.later(600).do(said, BUDI)) == 1
    row = world_.find("hospital", KARIADI)
    assert isinstance(row, HospitalRow)
    assert (row.emergency, row.beds, row.agent_name) == ("busy", 4, "Budi")
    assert row.at == START + timedelta(seconds=600)
    seen = redact(row, CREW, world_.find)
    assert isinstance(seen, HospitalRow)
    assert (seen.emergency, seen.note, seen.agent_name) == ("busy", None, "")
    with pytest.raises(Refused, match="unknown_hospital"):
        world_.do(c.SetHospitalStatus(hospital="rs_sendiri", emergency="open"), BUDI)
    with pytest.raises(Refused, match="beds_unreadable"):
        world_.do(c.SetHospitalStatus(hospital=KARIADI, emergency="open", beds=-1), BUDI)


def test_a_hospital_is_told_and_its_answer_stands_beside() -> None:
    """The latest one is answered; a change of mind is another fact; unasked it says nothing."""
    world_ = sent()
    answer = c.AnswerForHospital(incident=INCIDENT, hospital=KARIADI, accepted=True)
    with pytest.raises(Refused, match="hospital_not_warned"):
        world_.do(answer, BUDI)
    warn = c.WarnHospital(incident=INCIDENT, hospital=KARIADI, unit=AMB, text=Personal(text="w"))
    world_.run(warn, answer, who=BUDI)
    assert world_.do(answer, BUDI) == ()
    world_.later(30).do(
        c.AnswerForHospital(incident=INCIDENT, hospital=KARIADI, accepted=False), BUDI
    )
    (told,) = world_.incident().warned
    assert (told.unit, told.accepted, told.answered_at) == (
        AMB,
        False,
        START + timedelta(seconds=30),
    )
