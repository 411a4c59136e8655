"""The parts of the screen *Evaluasi*, each asked for on its own so that the first is there at once.

What only the city or the staffing knows is added here: where a kelurahan lies, how many desks an
hour's calls need.
"""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct, structs

from kentongan.cities.pack import CityPack
from kentongan.edge.geo.network.profiles import profile_of
from kentongan.measure.screens.advised import Advised, advised
from kentongan.measure.screens.compared import compared, funnels
from kentongan.measure.screens.first import first
from kentongan.measure.screens.frame import Frame
from kentongan.measure.screens.hours import HOUR_S, Hours, hours
from kentongan.measure.screens.places import Places, places
from kentongan.measure.screens.weeks import weeks
from kentongan.measure.screens.worst import worst
from kentongan.plan.erlang import desks_needed

WRAP_UP_S: Final = 30.0
"""Added to the mean conversation: what is still written when the caller is gone, seconds."""

Part = Callable[[Frame, CityPack], Struct | None]


def _hours(frame: Frame, _pack: CityPack) -> Hours:
    found = hours(frame)
    if found.handling_s is None:
        return found
    handling_s = found.handling_s + WRAP_UP_S
    return structs.replace(
        found,
        cells=tuple(
            one
            if one.calls is None
            else structs.replace(one, desks=desks_needed(one.calls / HOUR_S, handling_s))
            for one in found.cells
        ),
    )


def _places(frame: Frame, pack: CityPack) -> Places:
    found = places(frame)
    known = pack.kelurahan_by_code
    return structs.replace(
        found,
        areas=tuple(
            structs.replace(one, lat=here.point.lat, lon=here.point.lon)
            if (here := known.get(one.kelurahan)) is not None
            else one
            for one in found.areas
        ),
    )


def profiles_of(pack: CityPack) -> Callable[[str], str]:
    """How each unit of the pack drives, by its key; empty for a unit that is not in it."""
    known = {one.call_sign: profile_of(one.kind.value).value for one in pack.units}
    return lambda unit: known.get(unit, "")


def _advice(frame: Frame, pack: CityPack) -> Advised:
    return advised(frame, profiles_of(pack))


PARTS: Final[Mapping[str, Part]] = {
    "first": lambda frame, _pack: first(frame),
    "weeks": lambda frame, _pack: weeks(frame),
    "hours": _hours,
    "places": _places,
    "worst": lambda frame, _pack: worst(frame),
    "change": lambda frame, _pack: compared(frame),
    "funnel": lambda frame, _pack: funnels(frame),
    "advice": _advice,
}
"""By the name in the address."""
