"""A small city drawn from the packaged one: real plans, and a fleet small enough to fight over."""

from functools import cache
from random import Random

from msgspec import Struct, structs

from kentongan.app.city import plans_of
from kentongan.cities.facts import AgencyMode, Point, Unit
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.cities.taxonomy import Nature
from kentongan.core.plans import Plans
from kentongan.sim.room import Happening

LEADS_MAX = 2
"""Agencies whose incidents happen."""

SUPPORT_MAX = 1
"""Agencies that support one incident."""

UNITS_MAX = 2
"""Units of each; fewer than there is work."""


class SmallCity(Struct, frozen=True):
    """A pack with few agencies and units; `natures` are what happens there."""

    pack: CityPack
    plans: Plans
    natures: tuple[str, ...]
    agencies: tuple[str, ...]
    desks: tuple[str, ...]

    @classmethod
    def draw(cls, random: Random) -> "SmallCity":
        """Some agencies with units, and everybody they may need."""
        whole, plans = _whole()
        leads = random.sample(_leads(), random.randint(1, LEADS_MAX))
        natures = [
            random.choice([nature for nature in _short(whole) if nature.lead == lead])
            for lead in leads
        ]
        agencies = tuple(dict.fromkeys([*leads, *(key for n in natures for key in n.support)]))
        units: list[Unit] = []
        for lead in leads:
            fleet = [unit for unit in whole.units if unit.agency == lead]
            units += random.sample(fleet, min(UNITS_MAX, len(fleet)))
        small = structs.replace(
            whole,
            units=tuple(units),
            agencies=tuple(agency for agency in whole.agencies if agency.key in agencies),
        )
        return cls(
            pack=small,
            plans=plans,
            natures=tuple(nature.code for nature in natures),
            agencies=agencies,
            desks=tuple(desk.key for desk in whole.desks),
        )

    def draw_happening(self, random: Random) -> Happening:
        """Something somewhere near the centre, so that the same units are nearest."""
        centre = self.pack.city.centre
        point = Point(
            lat=round(centre.lat + random.uniform(-0.01, 0.01), 6),
            lon=round(centre.lon + random.uniform(-0.01, 0.01), 6),
        )
        return Happening(point, random.choice(self.natures), random.choice((1, 1, 2)))


@cache
def _whole() -> tuple[CityPack, Plans]:
    pack = load(packaged())
    return pack, plans_of(pack)


@cache
def _leads() -> tuple[str, ...]:
    """Agencies that lead something and have units for it."""
    pack, _ = _whole()
    with_units = {unit.agency for unit in pack.units}
    return tuple(
        agency.key
        for agency in pack.agencies
        if agency.mode is AgencyMode.UNITS
        and agency.key in with_units
        and agency.leads
        and any(nature.lead == agency.key for nature in _short(pack))
    )


def _short(pack: CityPack) -> list[Nature]:
    """What few agencies answer: more of them show nothing new and take longer."""
    return [nature for nature in pack.natures if len(nature.support) <= SUPPORT_MAX]
