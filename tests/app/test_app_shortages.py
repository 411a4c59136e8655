"""The clock of unmet demand is begun by the centre itself, once, and survives its process."""

from datetime import timedelta

from app_scene import NOW, ONE, Send, open_and_send

from kentongan.app.ports import Store
from kentongan.app.room import Room
from kentongan.app.shortages import Shortages
from kentongan.core import commands as c
from kentongan.core.events import ShortageBegan
from kentongan.core.plans import Plans
from kentongan.core.rows import IncidentRow
from kentongan.core.words import AgencyKey, UnitId


def began(store: Store) -> list[ShortageBegan]:
    """What the journal has."""
    return [
        one.event for one in store.load(f"incident:{ONE}") if isinstance(one.event, ShortageBegan)
    ]


def test_it_begins_by_itself_ends_with_a_unit_and_begins_anew(
    store: Store, plans: Plans, send: Send, ambulance: UnitId
) -> None:
    """With a fitting unit free nothing is written; once the last one is taken it is, once."""
    open_and_send(send, ONE)
    shortages = Shortages(store, plans, Room(store))
    assert not shortages.step(NOW)
    send(c.TakeUnitOutOfService(unit=ambulance, reason="flat_tyre"))
    assert not shortages.step(NOW + timedelta(seconds=0.5))  # too soon to look again
    assert shortages.step(NOW + timedelta(seconds=2))
    again = Shortages(store, plans, Room(store))
    assert not again.step(NOW + timedelta(seconds=4))
    (first,) = began(store)
    assert any(reason.startswith("out_of_service:") for reason in first.reasons)
    send(c.ReturnUnitToService(unit=ambulance))
    send(c.AssignUnit(incident=ONE, unit=ambulance, agency=AgencyKey("dinkes")))
    row = store.find_row("incident", ONE)
    assert row is not None
    assert isinstance(row.row, IncidentRow)
    assert row.row.shortage is not None
    assert row.row.shortage.ended_at is not None
    assert not again.step(NOW + timedelta(seconds=6))
    send(c.BreakDown(incident=ONE, unit=ambulance))
    send(c.TakeUnitOutOfService(unit=ambulance, reason="broken_down"))
    assert again.step(NOW + timedelta(seconds=8))
    assert len(began(store)) == 2
