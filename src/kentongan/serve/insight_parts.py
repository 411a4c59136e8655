"""The parts of the screen *Evaluasi*, each asked for on its own so that the first is there at once.

What only the city or the staffing knows is added here: where a kelurahan lies, how many desks an
hour's calls need.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from msgspec import Struct, structs

from kentongan.cities.pack import CityPack
from kentongan.edge.geo.network.profiles import profile_of
from kentongan.measure.clocks import Clock
from kentongan.measure.observations import NEVER
from kentongan.measure.screens.advised import Advised, advised
from kentongan.measure.screens.compared import compared, funnels
from kentongan.measure.screens.first import first
from kentongan.measure.screens.frame import Frame
from kentongan.measure.screens.hours import Hours, hours
from kentongan.measure.screens.load import load
from kentongan.measure.screens.places import Places, places
from kentongan.measure.screens.weeks import weeks
from kentongan.measure.screens.worst import worst
from kentongan.measure.tables import MICRO, Table
from kentongan.plan.desks import WRAP_UP_S, busy_hour, desks_for
from kentongan.plan.patience import Patience, patience_of

Part = Callable[[Frame, CityPack], Struct | None]


def _hours(frame: Frame, _pack: CityPack) -> Hours:
    """Desks as `kentongan plan shifts` has them, for hours that differ as chance makes them."""
    found = hours(frame)
    if found.handling_s is None:
        return found
    handling_s = found.handling_s + WRAP_UP_S
    patience = _patience(frame.now.tables["call"])
    return structs.replace(
        found,
        cells=tuple(
            one
            if one.calls is None
            else structs.replace(
                one, desks=desks_for(busy_hour(one.calls, 0.0), handling_s, patience)
            )
            for one in found.cells
        ),
    )


def _patience(calls: Table) -> Patience:
    """From every call that was answered or hung up."""
    ring, answer = calls.moments(Clock.RING), calls.moments(Clock.ANSWER)
    answered = (ring != NEVER) & (answer != NEVER)
    lost = (ring != NEVER) & ~answered & (calls.moments(Clock.ABANDONED) != NEVER)
    ended = ((answer, answered), (calls.moments(Clock.ABANDONED), lost))
    waits = [np.maximum((at[rows] - ring[rows]) / MICRO, 0.0) for at, rows in ended]
    return patience_of(waits[0], waits[1])


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
    "load": lambda frame, _pack: load(frame),
}
"""By the name in the address."""
