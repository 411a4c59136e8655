"""What a recommendation knows of agencies as they stand, of pre-alerts, and of who is soon free."""

from datetime import timedelta

import pytest
from core_world import PLANS, START
from msgspec import structs
from test_core_recommend import NOON, candidate, offered

from kentongan.core.candidates import Travel
from kentongan.core.recommend import Wish, recommend
from kentongan.core.rows import EngagementRow, PreAlert, Task
from kentongan.core.tasking import as_tasked
from kentongan.core.words import AgencyKey, IncidentId, Progress, TaskRole, TaskState

MED = structs.replace(PLANS.natures["MED-01"], support=("polisi",))
DINKES, PMI, DAMKAR, POLICE = map(AgencyKey, ("dinkes", "pmi", "damkar", "polisi"))
HERE, ELSEWHERE = IncidentId("i-here"), IncidentId("i-elsewhere")


def task(agency: AgencyKey, state: TaskState, to: AgencyKey | None = None) -> Task:
    """An agency's task as it stands."""
    return Task(agency=agency, role=TaskRole.SUPPORT, state=state, tasked_at=START, to=to)


def test_who_an_incident_was_handed_over_to_leads_and_who_refused_supports_no_more() -> None:
    """As it stands, not as the taxonomy wished: over two hands, and not round in circles."""
    assert as_tasked(MED, ()) == MED
    handed = (
        task(DINKES, TaskState.HANDED_OVER, PMI),
        task(PMI, TaskState.HANDED_OVER, DAMKAR),
        task(DAMKAR, TaskState.ACKNOWLEDGED),
        task(POLICE, TaskState.REFUSED),
    )
    now = as_tasked(MED, handed)
    assert (now.lead, now.support) == ("damkar", ())
    circle = (task(DINKES, TaskState.HANDED_OVER, PMI), task(PMI, TaskState.HANDED_OVER, DINKES))
    assert as_tasked(MED, circle).lead in {"dinkes", "pmi"}
    assert as_tasked(MED, (task(POLICE, TaskState.TASKED),)).support == ("polisi",)


def test_the_units_of_who_took_over_go_first_and_a_refusal_is_not_offered() -> None:
    """The engine of an agency that said no is not proposed to help lift."""
    fleet = [
        candidate("A", low=60),
        candidate("P", agency="pmi", low=600),
        candidate("D", agency="damkar", can=("pump",), low=30),
    ]
    wish = Wish(nature=structs.replace(MED, support=("damkar",)), own_first_s=1_800)
    assert offered(recommend(wish, fleet, NOON)) == ["A", "P", "D"]
    tasks = (
        task(DINKES, TaskState.HANDED_OVER, PMI),
        task(PMI, TaskState.ACKNOWLEDGED),
        task(DAMKAR, TaskState.REFUSED),
    )
    taken_over = structs.replace(wish, nature=as_tasked(wish.nature, tasks))
    found = recommend(taken_over, fleet, NOON)
    assert offered(found) == ["P", "A"]
    assert found.offered[0].reasons[0].key == "leads"
    assert [one.unit for one in found.not_offered] == ["D"]


@pytest.mark.parametrize(
    ("incident", "minutes", "said"),
    [(ELSEWHERE, 5, True), (None, 5, True), (HERE, 5, False), (ELSEWHERE, 0, False)],
)
def test_a_unit_that_was_told_to_get_ready_for_another_incident_says_so(
    incident: IncidentId | None, minutes: int, said: bool
) -> None:
    """It is free and offered; whoever takes it knows that a colleague had spoken for it."""
    one = candidate("A")
    told = PreAlert(incident=incident, number=60, at=START, until=NOON + timedelta(minutes=minutes))
    ready = structs.replace(one, unit=structs.replace(one.unit, pre_alert=told))
    (found,) = recommend(Wish(nature=MED, incident=HERE), [ready], NOON).offered
    assert (("pre_alerted", {"incident_number": "60"}) in found.warnings) is said


def test_who_is_across_the_province_is_not_soon_free() -> None:
    """Free in a minute and there in two hours is no help that comes."""
    one = candidate("A", low=7_000)
    work = EngagementRow(
        key=one.unit.key, incident=ELSEWHERE, number=60, progress=Progress.AT_HOSPITAL, since=NOON
    )
    far = structs.replace(one, engagement=work)
    wish = Wish(nature=MED, busy_s={"at_hospital": 60})
    found = recommend(wish, [far], NOON)
    assert (found.soon, [why.key for why in found.not_offered[0].reasons]) == ((), ["engaged"])
    way = Travel(seconds_low=60, seconds_high=90, distance_m=500, source="road")
    assert recommend(wish, [structs.replace(far, travel=way)], NOON).soon != ()
