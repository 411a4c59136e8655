"""Units and agencies: states, claims, repetitions."""

from typing import get_args

import pytest
from core_world import (
    AMB,
    BUDI,
    DINKES,
    OFFICER,
    PLANS,
    SIMPANG_LIMA,
    START,
    SYSTEM,
    World,
    agent,
    tags,
)

from kentongan.cities.facts import Point
from kentongan.core import (
    accounts,
    agency,
    alarm,
    alias,
    call,
    closure,
    desk,
    hospital,
    incident,
    pack,
    past_change,
    report,
    streams,
    unit,
)
from kentongan.core import commands as c
from kentongan.core.context import Claim
from kentongan.core.events import AnyEvent, UnitRegistered
from kentongan.core.rows import AgencyRow, UnitRow
from kentongan.core.words import AgencyKey, Fix, Refused, Role, personal

REGISTER = c.RegisterUnit(
    unit=AMB,
    agency=DINKES,
    kind="ambulance_als",
    label="Ambulans Hebat 1",
    capabilities=("als", "bls"),
    post="amb_pandanaran",
    home=SIMPANG_LIMA,
    crew_size=3,
)
START_DUTY, END_DUTY = c.StartUnitDuty(unit=AMB), c.EndUnitDuty(unit=AMB)
BROKEN, REPAIRED = (
    c.TakeUnitOutOfService(unit=AMB, reason="ban"),
    c.ReturnUnitToService(unit=AMB),
)


def _unit(world: World) -> UnitRow:
    row = world.find("unit", AMB)
    assert isinstance(row, UnitRow)
    return row


@pytest.mark.parametrize(
    ("commands", "state"),
    [
        ([], "off_duty"),
        ([START_DUTY], "available"),
        ([START_DUTY, END_DUTY], "off_duty"),
        ([START_DUTY, BROKEN], "out_of_service"),
        ([BROKEN, START_DUTY], "out_of_service"),
        ([BROKEN, START_DUTY, REPAIRED], "available"),
        ([START_DUTY, BROKEN, END_DUTY, REPAIRED], "off_duty"),
    ],
)
def test_a_unit_is_held_by_itself_unless_it_may_be_sent(
    commands: list[c.AnyCommand], state: str
) -> None:
    """Crew and service make three states; only an available unit is free to be claimed."""
    world = World().run(REGISTER, *commands, who=SYSTEM)
    assert _unit(world).state == state
    claims = set[Claim]() if state == "available" else {Claim("unit", AMB)}
    assert streams.claims_of(world.state("unit:AMB01")) == claims
    for command in commands[-1:]:
        assert world.do(command) == ()
    assert world.refold("unit:AMB01") == world.state("unit:AMB01")


def test_registering_again_changes_facts_and_nothing_else() -> None:
    """The same facts are nothing; a new label keeps the crew on board and the alarm on."""
    world = World().run(REGISTER, START_DUTY, who=SYSTEM)
    fix = Fix(point=SIMPANG_LIMA, at=START)
    world.run(c.RaiseCrewEmergency(unit=AMB, fix=fix))
    assert world.do(REGISTER) == ()
    renamed = c.RegisterUnit(
        unit=AMB,
        agency=DINKES,
        kind="ambulance_als",
        label="Hebat Satu",
        capabilities=(),
        post="x",
        home=SIMPANG_LIMA,
    )
    assert tags(world.do(renamed)) == ["unit.registered"]
    row = _unit(world)
    assert (row.label, row.state, row.emergency_fix) == ("Hebat Satu", "available", fix)


def test_a_crew_in_danger_is_raised_once_and_cleared_once() -> None:
    """A second press does not hide the time of the first."""
    world = World().run(REGISTER, who=SYSTEM)
    raise_, clear = c.RaiseCrewEmergency(unit=AMB), c.ClearCrewEmergency(unit=AMB, note="aman")
    assert world.do(clear) == ()
    assert tags(world.do(raise_)) == ["unit.emergency_raised"]
    assert world.later(5).do(raise_) == ()
    assert _unit(world).emergency_at == START
    assert tags(world.do(clear, BUDI)) == ["unit.emergency_cleared"]
    assert _unit(world).emergency_at is None


def test_a_new_reason_out_of_service_is_a_new_fact() -> None:
    """Still out, for another reason."""
    world = World().run(REGISTER, BROKEN, who=SYSTEM)
    other = c.TakeUnitOutOfService(unit=AMB, reason="cuci")
    assert tags(world.do(other)) == ["unit.taken_out_of_service"]
    assert (_unit(world).reason, _unit(world).reason_text) == ("text", personal("cuci"))
    assert world.do(other) == ()
    assert tags(world.do(c.TakeUnitOutOfService(unit=AMB, reason="flat_tyre")))
    assert (_unit(world).reason, _unit(world).reason_text) == ("flat_tyre", None)


def test_impossible_units_are_refused() -> None:
    """Unknown, of an unknown agency, or at home nowhere on earth."""
    with pytest.raises(Refused, match="unknown_unit"):
        World().do(START_DUTY)
    foreign = c.RegisterUnit(
        unit=AMB, agency=AgencyKey("nasa"), kind="k", label="l", capabilities=(), post="p",
        home=SIMPANG_LIMA,
    )  # fmt: skip
    with pytest.raises(Refused, match="unknown_agency"):
        World().do(foreign)
    lost = c.RegisterUnit(
        unit=AMB, agency=DINKES, kind="k", label="l", capabilities=(), post="p",
        home=Point(0.0, 0.0),
    )  # fmt: skip
    with pytest.raises(Refused, match="place_unreadable"):
        World().do(lost)


REGISTER_AGENCY = c.RegisterAgency(
    agency=DINKES, name="Dinas Kesehatan", short="Dinkes", kind="medical", mode="units"
)


def test_who_watches_an_inbox() -> None:
    """Officers come and go, each once; the row names them."""
    world = World().run(REGISTER_AGENCY, who=SYSTEM)
    assert world.do(REGISTER_AGENCY) == ()
    start, end = c.StartAgencyDuty(agency=DINKES), c.EndAgencyDuty(agency=DINKES)
    assert tags(world.do(start, OFFICER)) == ["agency.duty_started"]
    assert world.do(start, OFFICER) == ()
    row = world.find("agency", DINKES)
    assert isinstance(row, AgencyRow)
    assert row.on_duty == ("Tono",)
    assert tags(world.do(end, OFFICER)) == ["agency.duty_ended"]
    assert world.do(end, OFFICER) == ()
    assert world.refold("agency:dinkes") == world.state("agency:dinkes")


def test_impossible_agencies_are_refused() -> None:
    """Unknown to the city, not registered, or watched by a log-in script gone wild."""
    with pytest.raises(Refused, match="unknown_agency"):
        World().do(c.StartAgencyDuty(agency=DINKES))
    nasa = c.RegisterAgency(agency=AgencyKey("nasa"), name="n", short="n", kind="k", mode="m")
    with pytest.raises(Refused, match="unknown_agency"):
        World().do(nasa)
    world = World().run(REGISTER_AGENCY)
    for n in range(agency.WATCHING_MAX):
        world.do(c.StartAgencyDuty(agency=DINKES), agent(f"O{n}", Role.AGENCY_OFFICER))
    with pytest.raises(Refused, match="too_many_officers"):
        world.do(c.StartAgencyDuty(agency=DINKES), OFFICER)


def test_streams_are_the_eight_nouns_and_nothing_else() -> None:
    """A wrong noun or a command to the wrong state is a bug, said loudly."""
    with pytest.raises(ValueError, match="no such stream"):
        streams.initial("ticket:1")
    context = streams.Context(agent=SYSTEM, at=START, plans=PLANS)
    with pytest.raises(TypeError, match="StartUnitDuty does not go to Desk"):
        streams.decide(START_DUTY, streams.initial("desk:desk_1"), context)
    opening = c.OpenIncident(incident=streams.IncidentId("x"))
    with pytest.raises(ValueError, match="next_number"):
        streams.decide(opening, streams.initial("incident:x"), context)


def test_before_its_first_event_a_stream_shows_and_holds_nothing() -> None:
    """All of them."""
    every = "accounts call desk report incident unit agency closure alias alarm pack hospital"
    nouns = every.split()
    for noun in nouns:
        state = streams.initial(f"{noun}:x")
        assert (streams.rows_of(state), streams.claims_of(state)) == ((), frozenset())


def test_each_noun_evolves_as_the_registry_does() -> None:
    """The one look-up of `streams.evolve` is the noun's own `evolve`."""
    world = World().run(REGISTER, REGISTER_AGENCY, who=SYSTEM)
    meta = world.history["unit:AMB01"][0][1]
    (registered,) = World().do(REGISTER)
    assert isinstance(registered, UnitRegistered)
    alone = unit.evolve(unit.Unit(key=AMB), registered, meta)
    assert alone == world.state("unit:AMB01")
    assert streams.rows_of(alone) == unit.rows(alone)
    assert streams.claims_of(alone) == unit.claims(alone)
    kept = (closure, alias, alarm, hospital, pack, accounts, past_change)
    every = (call, desk, report, incident, unit, agency, *kept)
    kinds = [kind for noun in every for kind in noun.EVOLVE]
    assert set(kinds) == set(get_args(AnyEvent))
    assert len(kinds) == len(set(kinds))
