"""Closed roads and words for places through the real door and store: once, sealed, lifted."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from app_scene import DEWI, NOW, SYSTEM
from msgspec import structs

from kentongan.app.handle import handle
from kentongan.app.react import Reactions
from kentongan.app.timers import Timers
from kentongan.cities.facts import Point
from kentongan.core import commands as c
from kentongan.core.plans import Plans
from kentongan.core.references import CLOSURES_MAX
from kentongan.core.rows import AliasRow, ClosureRow
from kentongan.core.shapes import PointShape
from kentongan.core.words import (
    AgencyKey,
    Agent,
    AgentId,
    AliasId,
    ClosureId,
    CommandId,
    Fix,
    IncidentId,
    NatureCode,
    Personal,
    Place,
    Refused,
    ReportId,
    Role,
    UnitId,
    personal,
)
from kentongan.store.open import open_store
from kentongan.store.rebuild import rebuild
from kentongan.store.verify import verify
from kentongan.store.whole import WholeStore

SARI = Agent(id=AgentId("sari"), name="Sari", roles=(Role.SUPERVISOR,))
CREW = Agent(
    id=AgentId("amb03"), name="Awak", roles=(Role.CREW,), agency=AgencyKey("dinkes"),
    unit=UnitId("AMB03"),
)  # fmt: skip
CLOSE = c.CloseRoads(
    closure=ClosureId("s1"),
    geometry=PointShape((110.4229, -6.9903)),
    reason="banjir depan rumah Pak Slamet",
    label=personal("Jalan Kaligawe"),
    until_at=NOW + timedelta(hours=1),
)
INCIDENT = IncidentId("i1")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[WholeStore]:
    """An empty SQLite store."""
    store = open_store(f"sqlite:{tmp_path / 'city.db'}")
    yield store
    store.close()


class Door:
    """The door, with ids filled in."""

    def __init__(self, store: WholeStore, plans: Plans) -> None:
        self.store, self.plans, self.sent = store, plans, 0

    def __call__(self, *commands: c.AnyCommand, agent: Agent = SARI) -> None:
        for command in commands:
            self.sent += 1
            envelope = c.Envelope(id=CommandId(f"t{self.sent}"), agent=agent, command=command)
            handle(self.store, self.plans, envelope, NOW)


def _bytes_of(store: WholeStore, folder: Path) -> str:
    """Everything the journal and the board keep, as text."""
    with store.tables(writing=False) as tables:
        lines = [line for stream in ("closure:s1", "alias:a1") for line in store.load(stream)]
        assert lines
        page = tables.lines_by_stream(None)
    return " ".join(str(line) for line in page) + str(folder)


def test_an_end_lifts_by_itself_and_the_board_can_be_rebuilt(
    kept: WholeStore, plans: Plans
) -> None:
    """The reaction sets the timer, the timer lifts, once; the fold of the journal is the board."""
    Door(kept, plans)(CLOSE)
    while Reactions(kept, plans).step(NOW):
        pass
    timers = Timers(kept, plans)
    assert not timers.step(NOW + timedelta(minutes=59))
    assert timers.step(NOW + timedelta(hours=1))
    assert not timers.step(NOW + timedelta(hours=2))
    found = kept.find_row("closure", "s1")
    assert found is not None
    row = found.row
    assert isinstance(row, ClosureRow)
    assert (row.lifted_at, row.lift_reason) == (NOW + timedelta(hours=1), "expired")
    assert row.seq == found.position == kept.last_position()
    assert rebuild(kept).differences == ()


def test_what_people_typed_is_sealed_and_can_be_erased(
    kept: WholeStore, plans: Plans, tmp_path: Path
) -> None:
    """No word of a reason, a street or an alias stands in the journal; erased, the chain holds."""
    alias = c.AddAlias(
        alias=AliasId("a1"),
        phrases=(Personal(text="warung Bu Tini"),),
        label=Personal(text="Warung Bu Tini"),
        point=Point(-6.99, 110.42),
        note=personal("rumah hijau"),
    )
    Door(kept, plans)(CLOSE, alias)
    written = _bytes_of(kept, tmp_path)
    assert "Slamet" not in written
    assert "Kaligawe" not in written
    assert "Tini" not in written
    found = kept.find_row("alias", "a1")
    assert found is not None
    row = found.row
    assert isinstance(row, AliasRow)
    refs = [one.ref for one in (*row.phrases, row.label, row.note) if one and one.ref]
    assert set(kept.open_texts(refs).values()) == {
        "warung Bu Tini", "Warung Bu Tini", "rumah hijau",
    }  # fmt: skip
    assert kept.erase_texts(refs) == len(refs)
    assert kept.open_texts(refs) == {}
    assert rebuild(kept).differences == ()
    assert verify(kept).findings == ()


def test_a_crews_word_leads_to_one_alias_that_is_erased_with_the_callers_words(
    kept: WholeStore, plans: Plans
) -> None:
    """However often the reaction runs; its words are the caller's own, under the same reference."""
    door = Door(kept, plans)
    door(
        c.RegisterUnit(
            unit=UnitId("AMB03"), agency=AgencyKey("dinkes"), kind="ambulance_als", label="A",
            capabilities=(), post="p", home=Point(-6.99, 110.42),
        ),
        c.StartUnitDuty(unit=UnitId("AMB03")),
        agent=SYSTEM,
    )  # fmt: skip
    said = Place(words=personal("warung kuning Mbah Karto"), point=Point(-6.99, 110.42))
    door(
        c.OpenReport(report=ReportId("r1")),
        c.OpenIncident(incident=INCIDENT, report=ReportId("r1")),
        c.LocateIncident(incident=INCIDENT, place=said),
        c.ClassifyIncident(incident=INCIDENT, nature=NatureCode("KBK-01")),
        c.SendIncident(incident=INCIDENT),
        agent=DEWI,
    )
    door(c.AssignUnit(incident=INCIDENT, unit=UnitId("AMB03"), agency=AgencyKey("dinkes")))
    there = Fix(point=Point(-6.9821, 110.4093), at=NOW, accuracy_m=7)
    door(c.CorrectPlace(incident=INCIDENT, unit=UnitId("AMB03"), fix=there), agent=CREW)
    while Reactions(kept, plans).step(NOW):
        pass
    with kept.transaction() as transaction:
        transaction.set_cursor("reactions", 0)  # as after a crash before the cursor moved
    while Reactions(kept, plans).step(NOW):
        pass
    (found,) = kept.rows("alias")
    row = found.row
    assert isinstance(row, AliasRow)
    assert (row.state, row.added_by, row.point) == ("new", "Awak", there.point)
    refs = [phrase.ref for phrase in row.phrases if phrase.ref]
    assert list(kept.open_texts(refs).values()) == ["warung kuning Mbah Karto"]
    incident = kept.load(f"incident:{INCIDENT}")
    place = next(one.event for one in incident if type(one.event).__name__ == "IncidentLocated")
    assert refs == [place.place.words.ref]  # type: ignore[union-attr]
    assert rebuild(kept).differences == ()


def test_the_door_knows_how_many_are_in_force(kept: WholeStore, plans: Plans) -> None:
    """One too many is refused; after one is lifted there is room again."""
    door = Door(kept, plans)
    for n in range(CLOSURES_MAX):
        door(structs.replace(CLOSE, closure=ClosureId(f"k{n}")))
    with pytest.raises(Refused, match="too_many_closures"):
        door(CLOSE)
    door(c.LiftClosure(closure=ClosureId("k7")))
    door(CLOSE)
