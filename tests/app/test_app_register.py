"""The city's plans for the rules, and its agencies and units for the record."""

from datetime import timedelta

from app_scene import DEWI, NOW, Send
from msgspec import structs

from kentongan.app.city import plans_of
from kentongan.app.ports import Store
from kentongan.app.register import register
from kentongan.cities.pack import CityPack
from kentongan.core.commands import EndUnitDuty
from kentongan.core.plans import Plans
from kentongan.core.rows import UnitRow
from kentongan.core.words import UnitId


def unit_row(store: Store, key: str) -> UnitRow:
    """The unit on the board."""
    found = store.find_row("unit", key)
    assert found is not None
    assert isinstance(found.row, UnitRow)
    return found.row


def moved(pack: CityPack, post: str) -> CityPack:
    """The pack with its first unit at another post."""
    first = structs.replace(pack.units[0], post=post)
    return structs.replace(pack, units=(first, *pack.units[1:]))


def test_app_plans_are_the_packs(pack: CityPack) -> None:
    """Every nature, protocol, agency, desk and alarm limit is there, under its key."""
    plans = plans_of(pack)
    assert plans.city == "semarang"
    assert plans.city_code == "SMG"
    assert plans.time_zone_offset == timedelta(hours=7)
    assert plans.natures.keys() == pack.nature_by_code.keys()
    assert plans.agencies == pack.agency_by_key.keys()
    assert plans.desks.keys() == {desk.key for desk in pack.desks}
    assert plans.limit_s("A-04", "P1") == 30
    assert plans.limit_s("A-04", "P3") == 60


def test_app_everything_is_registered_once(store: Store, plans: Plans, pack: CityPack) -> None:
    """All agencies and units are on the board, demonstration units on duty; again: nothing new."""
    new = register(store, plans, pack, NOW)
    demo = [unit for unit in pack.units if unit.demo]
    assert new == len(pack.agencies) + len(pack.units) + len(demo)
    assert len(store.rows("agency")) == len(pack.agencies)
    assert {unit.call_sign for unit in demo} == {
        line.key
        for line in store.rows("unit")
        if isinstance(line.row, UnitRow) and line.row.state == "available"
    }
    position = store.last_position()
    assert register(store, plans, pack, NOW) == 0
    assert store.last_position() == position


def test_app_unit_that_moves_and_moves_back(store: Store, plans: Plans, pack: CityPack) -> None:
    """Changed facts are registered anew, also when they change back to what they were."""
    key, home = pack.units[0].call_sign, pack.units[0].post
    elsewhere = next(post.key for post in pack.posts if post.key != home)
    register(store, plans, pack, NOW)
    for post in (elsewhere, home, elsewhere):
        assert register(store, plans, moved(pack, post), NOW) == 1
        assert unit_row(store, key).post == post
        assert register(store, plans, moved(pack, post), NOW) == 0


def test_app_crew_that_went_home_stays_home(
    store: Store, plans: Plans, pack: CityPack, send: Send
) -> None:
    """A restart does not put a demonstration unit back on duty."""
    key = next(unit.call_sign for unit in pack.units if unit.demo)
    register(store, plans, pack, NOW)
    send(EndUnitDuty(unit=UnitId(key)), agent=DEWI)
    register(store, plans, pack, NOW)
    assert unit_row(store, key).state == "off_duty"
