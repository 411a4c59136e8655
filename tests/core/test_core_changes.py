"""Past changes of the service: what is noted, by whom, and what is refused."""

from datetime import date, timedelta

import pytest
from core_access_world import PEOPLE, world
from core_city_world import refusal
from core_world import AMB, AMB_2, BUDI, PLANS, SARI, SIMPANG_LIMA, World, tags
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core.access import may
from kentongan.core.city_rows import ChangeRow
from kentongan.core.commands import past_change as p
from kentongan.core.redaction import redact
from kentongan.core.references import check_references
from kentongan.core.words import ChangeId, Refused, Role, UnitId, personal

KEY = ChangeId("c1")
DAY = date(2026, 10, 12)
ADDED = p.NoteChange(change=KEY, what="unit_added", day=DAY, units=(AMB,), note=personal("baru"))
POST = p.NoteChange(
    change=KEY, what="post_opened", day=DAY, units=(AMB, AMB_2), place="a", other="b"
)
RULE = p.NoteChange(change=KEY, what="rule_changed", day=DAY, rule="closest")
ROAD = p.NoteChange(change=KEY, what="road_closed", day=DAY, point=SIMPANG_LIMA)


def _row(world: World) -> ChangeRow:
    row = world.find("change", KEY)
    assert isinstance(row, ChangeRow)
    return row


@pytest.mark.parametrize("note", [ADDED, POST, RULE, ROAD], ids=lambda one: one.what)
def test_it_is_noted_once_and_withdrawn_once(note: p.NoteChange) -> None:
    """Each kind; the row names who noted it and who took it back, and it stays in the record."""
    there = World()
    assert tags(there.do(note, SARI)) == ["change.noted"]
    assert there.do(note, SARI) == ()
    row = _row(there)
    assert (row.what, row.day, row.noted_by) == (note.what, DAY, "Sari")
    assert (row.units, row.place, row.other) == (note.units, note.place, note.other)
    assert (row.rule, row.point) == (note.rule, note.point)
    other_day = structs.replace(note, day=DAY + timedelta(days=1))
    assert refusal(there, other_day) == "change_exists"
    back = p.WithdrawChange(change=KEY, reason=personal("salah"))
    assert tags(there.later(5).do(back, SARI)) == ["change.withdrawn"]
    assert there.do(back, SARI) == ()
    assert (_row(there).withdrawn_by, _row(there).withdrawn_at) == ("Sari", there.now)
    assert refusal(there, note) == "change_exists"
    assert there.refold("change:c1") == there.state("change:c1")


@pytest.mark.parametrize(
    ("note", "why"),
    [
        (structs.replace(ADDED, units=()), "change_incomplete"),
        (structs.replace(ADDED, units=(AMB, AMB)), "change_incomplete"),
        (structs.replace(ADDED, rule="core"), "change_incomplete"),
        (structs.replace(POST, other=""), "change_incomplete"),
        (structs.replace(POST, other="a"), "change_incomplete"),
        (structs.replace(ADDED, place="a"), "change_incomplete"),
        (structs.replace(RULE, rule=None), "change_incomplete"),
        (structs.replace(ROAD, point=None), "change_incomplete"),
        (structs.replace(ROAD, point=Point(51.5, 0.1)), "change_outside_city"),
        (structs.replace(ROAD, day=date(2026, 11, 24)), "change_day_unreadable"),
        (structs.replace(ROAD, day=date(1926, 11, 24)), "change_day_unreadable"),
    ],
)
def test_half_a_change_is_refused(note: p.NoteChange, why: str) -> None:
    """What its kind needs is missing, or a day that cannot be; today in the city is a day."""
    assert refusal(World(), note) == why
    today = (World().now + PLANS.time_zone_offset).date()
    assert World().do(structs.replace(ROAD, day=today), SARI)


def test_nothing_is_withdrawn_that_was_never_noted() -> None:
    """Nor noted by another hand than a supervisor's."""
    assert refusal(World(), p.WithdrawChange(change=KEY)) == "unknown_change"
    may(SARI, ADDED, World().find)
    with pytest.raises(Refused, match="not_permitted"):
        may(BUDI, ADDED, World().find)


def test_its_units_are_known() -> None:
    """A slip of the keyboard would be back-tested for ever."""
    check_references(ADDED, world().find, ())
    with pytest.raises(Refused, match="unknown_unit"):
        check_references(structs.replace(ADDED, units=(UnitId("AMB88"),)), world().find, ())


def test_evaluators_see_it_without_words_and_agencies_not_at_all() -> None:
    """It is about the city's figures."""
    there = World().run(ADDED, who=SARI)
    row = _row(there)
    seen = redact(row, PEOPLE[Role.EVALUATOR], there.find)
    assert isinstance(seen, ChangeRow)
    assert (seen.day, seen.note, seen.noted_by) == (DAY, None, "")
    for role in (Role.AGENCY_OFFICER, Role.CREW):
        assert redact(row, PEOPLE[role], there.find) is None
    assert redact(row, PEOPLE[Role.DISPATCHER], there.find) == row
