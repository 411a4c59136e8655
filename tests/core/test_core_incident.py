"""An incident's own life: what each command leads to."""

from datetime import timedelta

import pytest
from core_world import (
    AMB,
    AMB_2,
    ARREST,
    DINKES,
    FIRE,
    HERE,
    INCIDENT,
    OTHER,
    POLISI,
    REPORT,
    SIMPANG_LIMA,
    START,
    SYSTEM,
    ClaimTakenError,
    World,
    tags,
)

from kentongan.cities.facts import Point
from kentongan.core import commands as c
from kentongan.core.events import NoteAdded
from kentongan.core.lifecycle import NOTES_MAX
from kentongan.core.words import (
    TEXT_CHARACTERS_MAX,
    NatureCode,
    Outcome,
    Personal,
    Place,
    Priority,
    Progress,
    Promise,
    Refused,
    ReportId,
    personal,
)

OPEN = c.OpenIncident(incident=INCIDENT, report=REPORT)
LOCATE = c.LocateIncident(incident=INCIDENT, place=HERE)
CLASSIFY = c.ClassifyIncident(incident=INCIDENT, nature=ARREST)
SEND = c.SendIncident(incident=INCIDENT)
ASSIGN = c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES)
CLOSE = c.CloseIncident(incident=INCIDENT, outcome=Outcome.RESOLVED)
PROMISE = Promise(
    depart_by=START,
    arrive_from=START,
    arrive_to=START + timedelta(minutes=3),
    travel_source="straight_line",
)


def sent() -> World:
    """An incident on which help was ordered."""
    return World().run(OPEN, LOCATE, CLASSIFY, SEND)


def progress(step: Progress, *, correction: bool = False, to: str | None = None) -> c.ProgressUnit:
    """A tap of the crew."""
    return c.ProgressUnit(
        incident=INCIDENT, unit=AMB, progress=step, correction=correction, destination=to
    )


def _reason(world: World, command: c.AnyCommand) -> tuple[str, dict[str, str]]:
    with pytest.raises(Refused) as refused:
        world.do(command)
    return refused.value.reason, dict(refused.value.details)


# --- its own life --------------------------------------------------------------------------------


def test_a_draft_gets_its_numbers_and_its_report_once() -> None:
    """The day is the city's, not UTC's; the same command again is nothing."""
    world = World().later(11 * 3600)  # 18.00 UTC is past midnight in Semarang
    assert tags(world.do(OPEN)) == ["incident.opened", "incident.report_linked"]
    row = world.incident()
    assert (row.number, row.long_id, row.code) == (1, "SMG-20261124-0001", "S-0001")
    assert (row.state, row.opened_by, row.reports) == ("draft", "Rina", (REPORT,))
    assert world.do(OPEN) == ()


def test_nothing_happens_to_an_incident_that_is_not_there() -> None:
    """Every command but opening it is refused."""
    assert _reason(World(), SEND)[0] == "unknown_incident"


@pytest.mark.parametrize(
    ("command", "tag"),
    [
        (LOCATE, "incident.located"),
        (CLASSIFY, "incident.classified"),
        (c.SetPriority(incident=INCIDENT, priority=Priority.P2), "incident.priority_set"),
        (c.LinkReport(incident=INCIDENT, report=ReportId("r2")), "incident.report_linked"),
        (c.UnlinkReport(incident=INCIDENT, report=REPORT), "incident.report_unlinked"),
        (c.TaskAgency(incident=INCIDENT, agency=POLISI), "task.tasked"),
        (CLOSE, "incident.closed"),
    ],
)
def test_each_fact_of_a_draft_is_written_once(command: c.AnyCommand, tag: str) -> None:
    """Done, then repeated: one event, then none."""
    world = World().run(OPEN)
    assert tags(world.do(command)) == [tag]
    assert world.do(command) == ()
    assert world.refold("incident:i1") == world.state("incident:i1")


def test_what_is_missing_to_send_is_named() -> None:
    """A nature, and a point or an uncertain kelurahan; then it is sent, once."""
    world = World().run(OPEN)
    assert _reason(world, SEND) == ("not_enough_to_send", {"missing": "nature,place"})
    world.run(CLASSIFY, c.LocateIncident(incident=INCIDENT, place=Place(words=personal("gang"))))
    assert _reason(world, SEND) == ("not_enough_to_send", {"missing": "place"})
    uncertain = Place(kelurahan="33.74.01.1001", uncertain=True)
    world.run(c.LocateIncident(incident=INCIDENT, place=uncertain))
    assert tags(world.do(SEND)) == ["incident.sent"]
    assert world.do(SEND) == ()
    assert (world.incident().state, world.incident().sent_at) == ("open", START)


@pytest.mark.parametrize(
    "point",
    [
        Point(0.0, 0.0),
        Point(float("nan"), 110.0),
        Point(-6.9, float("inf")),
        Point(91.0, 110.0),
        Point(-6.9, -181.0),
    ],
)
def test_a_place_no_map_can_show_is_refused(point: Point) -> None:
    """0/0, not a number and beyond the poles are what broken receivers send."""
    place = Place(point=point)
    world = World().run(OPEN)
    located = c.LocateIncident(incident=INCIDENT, place=place)
    assert _reason(world, located)[0] == "place_unreadable"


def test_a_place_is_accepted_as_spoken() -> None:
    """Outside the city is a caution, words alone are a place, nothing at all is none."""
    world = World().run(OPEN)
    far = Place(point=Point(-7.5, 110.8), label=personal("Solo"))
    world.run(c.LocateIncident(incident=INCIDENT, place=far))
    place = world.incident().place
    assert place is not None
    assert place.cautions == ("outside_city",)
    assert world.incident().located
    same = c.LocateIncident(incident=INCIDENT, place=far)
    assert world.do(same) == ()
    empty = c.LocateIncident(incident=INCIDENT, place=Place())
    assert _reason(world, empty)[0] == "place_empty"
    endless = Place(point=SIMPANG_LIMA, words=Personal(text="w" * (TEXT_CHARACTERS_MAX + 9)))
    world.run(c.LocateIncident(incident=INCIDENT, place=endless))
    place = world.incident().place
    assert place is not None
    assert place.cautions == ("words_cut",)
    radius = Place(point=SIMPANG_LIMA, radius_m=-1)
    located = c.LocateIncident(incident=INCIDENT, place=radius)
    assert _reason(world, located)[0] == "place_unreadable"
    label = Place(point=SIMPANG_LIMA, label=personal("x" * 301))
    located = c.LocateIncident(incident=INCIDENT, place=label)
    assert _reason(world, located) == (
        "text_too_long",
        {"field": "label", "characters_max": "300"},
    )


def test_sealed_words_of_a_place_are_the_same_place() -> None:
    """The store seals text under a reference; repeating the place is still no second fact."""
    world = World().run(OPEN)
    sealed = Place(point=SIMPANG_LIMA, words=Personal(text="masjid", ref="x", digest="y"))
    world.run(c.LocateIncident(incident=INCIDENT, place=sealed))
    again = Place(point=SIMPANG_LIMA, words=personal("masjid"))
    assert world.do(c.LocateIncident(incident=INCIDENT, place=again)) == ()


def test_a_nature_brings_its_urgency_and_flags_unless_a_person_says_otherwise() -> None:
    """MED-01 is P1 and sensitive; an explicit priority wins; an unknown code is refused."""
    world = World().run(OPEN, CLASSIFY)
    row = world.incident()
    assert (row.priority, row.sensitive, "PAI" in row.flags) == (Priority.P1, True, True)
    lower = c.ClassifyIncident(incident=INCIDENT, nature=ARREST, priority=Priority.P3)
    world.run(lower)
    assert world.incident().priority is Priority.P3
    assert world.do(lower) == ()
    bad = c.ClassifyIncident(incident=INCIDENT, nature=NatureCode("ZZZ-99"))
    assert _reason(world, bad) == ("unknown_nature", {"nature": "ZZZ-99"})


def test_closed_is_closed_until_it_is_reopened() -> None:
    """Nothing is asked of a closed incident but notes, reports and what arrives late."""
    world = sent().run(CLOSE)
    refused: list[c.AnyCommand] = [
        LOCATE,
        CLASSIFY,
        SEND,
        ASSIGN,
        c.SetPriority(incident=INCIDENT, priority=Priority.P4),
        c.AnswerTriage(incident=INCIDENT, question="awake", answer="no"),
        c.TaskAgency(incident=INCIDENT, agency=POLISI),
        c.MergeIncident(incident=INCIDENT, into=OTHER),
        c.CloseIncident(incident=INCIDENT, outcome=Outcome.NOT_FOUND),
    ]
    for command in refused:
        assert _reason(world, command) == ("incident_closed", {"incident_number": "1"})
    foreign: list[tuple[c.AnyCommand, str]] = [
        (c.HandOverTask(incident=INCIDENT, agency=POLISI, to=DINKES), "agency_not_tasked"),
        (
            c.ProgressUnit(
                incident=INCIDENT, unit=FIRE, progress=Progress.DEPARTED, correction=True
            ),
            "unit_not_assigned",
        ),
    ]
    for command, reason in foreign:
        assert _reason(world, command)[0] == reason
    world.run(c.AddNote(incident=INCIDENT, text=Personal(text="sudah")))
    assert world.do(CLOSE) == ()
    reopen = c.ReopenIncident(incident=INCIDENT, reason="belum selesai")
    assert tags(world.do(reopen)) == ["incident.reopened"]
    assert world.do(reopen) == ()
    assert (world.incident().state, world.incident().outcome) == ("open", None)


def test_an_incident_with_units_at_work_is_not_closed_nor_merged() -> None:
    """The refusal lists them; when they are clear it closes."""
    world = sent().run(ASSIGN, c.AssignUnit(incident=INCIDENT, unit=AMB_2, agency=DINKES))
    working = ("units_still_working", {"units": "AMB01, AMB02", "incident_number": "1"})
    assert _reason(world, CLOSE) == working
    assert _reason(world, c.MergeIncident(incident=INCIDENT, into=OTHER)) == working
    for unit in (AMB, AMB_2):
        world.do(c.ReleaseUnit(incident=INCIDENT, unit=unit, reason="tidak perlu"))
    assert tags(world.do(CLOSE)) == ["incident.closed"]


def test_a_merged_incident_lets_its_reports_go_and_closes_as_duplicate() -> None:
    """The reports are free to be linked elsewhere in the next moment; nobody links here."""
    world = World().run(OPEN, c.OpenIncident(incident=OTHER))
    assert _reason(world, c.MergeIncident(incident=INCIDENT, into=INCIDENT))[0] == (
        "merged_into_itself"
    )
    with pytest.raises(ClaimTakenError):
        world.do(c.LinkReport(incident=OTHER, report=REPORT))
    merge = c.MergeIncident(incident=INCIDENT, into=OTHER)
    assert tags(world.do(merge)) == ["incident.merged", "incident.closed"]
    assert world.do(merge) == ()
    row = world.incident()
    assert (row.merged_into, row.outcome, row.reports) == (OTHER, Outcome.DUPLICATE, ())
    link = c.LinkReport(incident=OTHER, report=REPORT)
    assert tags(world.do(link)) == ["incident.report_linked"]
    late = c.LinkReport(incident=INCIDENT, report=ReportId("r9"))
    assert _reason(world, late) == ("incident_merged", {"into": "i2"})
    assert tags(world.do(late, SYSTEM)) == ["incident.report_linked"]


def test_notes_are_verbatim_cut_at_the_limit_and_not_endless() -> None:
    """A note is written each time it is said; two thousand are enough."""
    world = World().run(OPEN)
    note = c.AddNote(incident=INCIDENT, text=Personal(text="n" * (TEXT_CHARACTERS_MAX + 1)))
    (event,) = world.do(note)
    assert isinstance(event, NoteAdded)
    assert event.cut
    assert world.incident().notes[0].agent_name == "Rina"
    short = c.AddNote(incident=INCIDENT, text=Personal(text="ok"))
    for _ in range(NOTES_MAX - 1):
        world.do(short)
    assert _reason(world, short)[0] == "too_many_notes"
