"""What the list and the promise said of each unit of the made-up past.

Their ranges are those of the very chance by which the past was made, so that eight of ten arrivals
lie within; now and then somebody takes the second of the list.
"""

from datetime import datetime, timedelta
from typing import Final

import numpy as np

from kentongan.core.commands import ListedUnit
from kentongan.core.events import ArrivalPromised, UnitAssigned
from kentongan.core.words import AgencyKey, Promise, UnitId

OVERRIDDEN: Final = 0.1
SOONER_S: Final = 45.0
"""By how much the one that was passed over would have been there sooner."""

LATER_S: Final = 120.0
DEPART_S: Final = 150.0
LOW, HIGH = 0.65, 1.55
"""P10 and P90 of a journey, over its median."""


class Adviser:
    """Draws by a chance of its own: the past stays what it is."""

    def __init__(self) -> None:
        self._chance = np.random.default_rng(113)

    def assigned(
        self, unit: str, agency: str, other: str | None, at: datetime, expected_s: float
    ) -> tuple[UnitAssigned, ArrivalPromised]:
        """The assignment with its list, and the promise; `expected_s` to the place, the median."""
        own = _line(unit, expected_s)
        overridden = other is not None and bool(self._chance.random() < OVERRIDDEN)
        apart_s = -SOONER_S if overridden else LATER_S
        second = [] if other is None else [_line(other, max(expected_s + apart_s, 60.0))]
        offered = (*second, own) if overridden else (own, *second)
        promise = Promise(
            depart_by=at + timedelta(seconds=DEPART_S),
            arrive_from=at + timedelta(seconds=expected_s * LOW),
            arrive_to=at + timedelta(seconds=expected_s * HIGH),
            travel_source="straight_line",
        )
        assigned = UnitAssigned(
            unit=UnitId(unit),
            agency=AgencyKey(agency),
            rank=2 if overridden else 1,
            offered=offered,
        )
        return assigned, ArrivalPromised(unit=UnitId(unit), promise=promise)


def _line(unit: str, expected_s: float) -> ListedUnit:
    return ListedUnit(unit=UnitId(unit), eta_s_low=expected_s * LOW, eta_s_high=expected_s * HIGH)
