"""How much of a row a viewer gets; what they may not see changes no byte."""

from datetime import timedelta

import msgspec
import pytest
from core_access_world import PEOPLE, world
from core_world import (
    AMB,
    BUDI,
    CREW,
    DAMKAR,
    FIRE,
    HERE,
    INCIDENT,
    OFFICER,
    OTHER,
    POLISI,
    RINA,
    SARI,
    SYSTEM,
    World,
    agent,
)
from hypothesis import given
from hypothesis import strategies as st

from kentongan.core import commands as c
from kentongan.core.access import mask_number, masks_numbers, redact
from kentongan.core.commands import AnyCommand
from kentongan.core.rows import AnyRow, CallRow, IncidentRow, ReportRow
from kentongan.core.words import (
    AgencyKey,
    Agent,
    CallId,
    IncidentId,
    NatureCode,
    Outcome,
    Personal,
    Progress,
    Refused,
    ReportId,
    Role,
    personal,
)

WORLD = world()


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
