"""What a caller says of the scene: how many are hurt, what endangers those who come."""

import pytest
from core_access_world import PEOPLE, world
from core_world import (
    BUDI,
    CREW,
    INCIDENT,
    OFFICER,
    OTHER,
    PLANS,
    POLISI,
    RINA,
    SYSTEM,
    agent,
    tags,
)

from kentongan.core import commands as c
from kentongan.core.access import may
from kentongan.core.commands.scene import NoteDanger, TellCasualties
from kentongan.core.policy import reactions
from kentongan.core.redaction import redact
from kentongan.core.rows import IncidentRow
from kentongan.core.scene_words import Danger
from kentongan.core.words import IncidentId, Outcome, Refused, Role


def note(danger: Danger, *, present: bool = True) -> NoteDanger:
    """That danger at the incident."""
    return NoteDanger(incident=INCIDENT, danger=danger, present=present)


def test_two_people_tell_of_two_dangers_and_neither_writes_over_the_other() -> None:
    """In the order told; the same twice is one; what is gone leaves the other."""
    told = world()
    told.do(note("electricity"), RINA)
    told.do(note("gas"), BUDI)
    assert told.do(note("gas"), RINA) == ()
    assert told.incident().dangers == ("electricity", "gas")
    assert tags(told.do(note("electricity", present=False), BUDI)) == ["incident.danger_noted"]
    assert told.do(note("electricity", present=False), BUDI) == ()
    assert told.incident().dangers == ("gas",)
    assert told.refold(f"incident:{INCIDENT}") == told.state(f"incident:{INCIDENT}")


def test_that_nothing_is_dangerous_is_an_answer_and_gone_with_the_first_danger() -> None:
    """Nobody asked, asked and none, one: three different things."""
    told = world()
    assert told.incident().dangers == ()
    told.do(note("none"))
    assert told.incident().dangers == ("none",)
    told.do(note("weapon"))
    assert told.incident().dangers == ("weapon",)
    with pytest.raises(Refused, match="danger_known"):
        told.do(note("none"))
    told.do(note("weapon", present=False))
    assert told.incident().dangers == ()


def test_how_many_are_hurt_may_be_corrected_and_taken_back_within_reason() -> None:
    """The last word stands, None takes it back, and a slip of the finger is refused."""
    told = world()
    for people in (2, 3, None, 0):
        assert tags(told.do(TellCasualties(incident=INCIDENT, people=people))) == [
            "incident.casualties_told"
        ]
        assert told.incident().casualties == people
    assert told.do(TellCasualties(incident=INCIDENT, people=0)) == ()
    for impossible in (-1, 10_000):
        with pytest.raises(Refused, match="count_unreadable"):
            told.do(TellCasualties(incident=INCIDENT, people=impossible))


def test_who_goes_there_reads_it_whoever_leads_and_who_counts_reads_no_danger() -> None:
    """A danger may tell what a sensitive incident is about: an evaluator gets none of it."""
    told = world()
    told.run(NoteDanger(incident=OTHER, danger="weapon"), note("gas"))
    told.run(TellCasualties(incident=INCIDENT, people=2))
    police = agent("Joko", Role.AGENCY_OFFICER, agency=POLISI)
    for who, incident, dangers in (
        (CREW, INCIDENT, ("gas",)),
        (OFFICER, INCIDENT, ("gas",)),
        (police, OTHER, ("weapon",)),
        (PEOPLE[Role.EVALUATOR], INCIDENT, ()),
        (PEOPLE[Role.EVALUATOR], OTHER, ()),
    ):
        seen = redact(told.incident(incident), who, told.find)
        assert isinstance(seen, IncidentRow)
        assert seen.dangers == dangers, who
        assert seen.casualties == (2 if incident == INCIDENT else None)
    for who in (CREW, OFFICER, PEOPLE[Role.EVALUATOR]):
        with pytest.raises(Refused, match="not_permitted"):
            may(who, note("fire"), told.find)


def test_a_merged_incident_takes_its_dangers_along_and_no_count() -> None:
    """Whoever is on the way learns what the second caller said; the hurt are the same people."""
    told = world()
    told.run(
        NoteDanger(incident=OTHER, danger="electricity"), TellCasualties(incident=OTHER, people=3)
    )
    stream = f"incident:{OTHER}"
    merged, _ = told.do(c.MergeIncident(incident=OTHER, into=INCIDENT), BUDI)
    follows = reactions(merged, told.history[stream][-1][1], told.state(stream), PLANS)
    carried = [one.command for one in follows if isinstance(one.command, NoteDanger)]
    assert carried == [note("electricity")]
    may(SYSTEM, carried[0], told.find)
    told.do(carried[0], SYSTEM)
    row = told.incident()
    assert (row.dangers, row.casualties) == (("electricity",), None)


def test_nothing_is_told_of_an_incident_that_is_over() -> None:
    """Nor of one that nobody opened."""
    told = world()
    told.do(c.CloseIncident(incident=OTHER, outcome=Outcome.RESOLVED), BUDI)
    with pytest.raises(Refused, match="incident_closed"):
        told.do(NoteDanger(incident=OTHER, danger="gas"))
    with pytest.raises(Refused, match="unknown_incident"):
        told.do(TellCasualties(incident=IncidentId("nobody"), people=1))
