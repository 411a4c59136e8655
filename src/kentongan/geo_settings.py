"""The `[geo]` part of the settings: what drivers with a siren may do in this city.

Values and their checks. Law exempts priority vehicles from signs (UU 22/2009 art. 134 and 135);
whether a centre reckons with it is its own decision, for each sort of vehicle, so nobody does until
it is set. Who drives without a siren has no part here.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

SLOWER_MAX: Final = 10.0
"""Slower than this against a one-way is not driven but pushed."""

HEIGHT_MAX_M: Final = 10.0
WEIGHT_MAX_T: Final = 100.0
"""No vehicle on a road is higher or heavier."""


class SirenSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sort of vehicle. `contraflow`: it drives against a one-way, so many times slower
    (`contraflow_slower`), on streets only: never on a motorway, trunk or primary road or in a
    roundabout. `ignores_turns`: it turns where a sign forbids it. `motorways`: a motorcycle drives
    on toll roads. `ignores_bans`: a truck drives where a sign closes the road to lorries, a
    motorcycle where one closes it to motorcycles. `height_m`, `weight_t`: of the highest and the
    heaviest of the sort, laden; without them what is usual."""

    contraflow: bool = False
    contraflow_slower: float = 2.0
    ignores_turns: bool = False
    motorways: bool = False
    ignores_bans: bool = False
    height_m: float | None = None
    weight_t: float | None = None


class GeoSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each sort of vehicle that has a siren."""

    ambulance: SirenSettings = field(default_factory=SirenSettings)
    fire_engine: SirenSettings = field(default_factory=SirenSettings)
    motorcycle: SirenSettings = field(default_factory=SirenSettings)
    police_car: SirenSettings = field(default_factory=SirenSettings)

    @property
    def sirens(self) -> dict[str, SirenSettings]:
        """By the name of the sort, as the roads name it."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


def faults_of_geo(settings: GeoSettings) -> Iterator[str]:
    """What cannot be, one sentence each."""
    for name, sirens in settings.sirens.items():
        if not 1.0 <= sirens.contraflow_slower <= SLOWER_MAX:
            yield f"geo.{name}.contraflow_slower must be 1 to {SLOWER_MAX:.0f}"
        if sirens.height_m is not None and not 0.5 <= sirens.height_m <= HEIGHT_MAX_M:
            yield f"geo.{name}.height_m must be 0.5 to {HEIGHT_MAX_M:.0f}"
        if sirens.weight_t is not None and not 0.1 <= sirens.weight_t <= WEIGHT_MAX_T:
            yield f"geo.{name}.weight_t must be 0.1 to {WEIGHT_MAX_T:.0f}"
