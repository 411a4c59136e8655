"""From journeys to a file of speeds: put on the roads, learnt from, and reckoned again for the
spread, which is about the new speeds and not about the table's."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from kentongan.edge.geo.network.profiles import seed_speeds
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.routing.ranking import Kernel
from kentongan.edge.geo.routing.roads import RouterSettings
from kentongan.edge.geo.routing.router import Router
from kentongan.edge.geo.routing.spread import seed_spread
from kentongan.edge.geo.speeds.files import SpeedFile, km_h_said, spread_said
from kentongan.edge.geo.speeds.history import Journey, Matching
from kentongan.edge.geo.speeds.learning import learnt_speeds, learnt_spread


def calibrated(
    network: RoadNetwork,
    journeys: Iterable[Journey],
    offset: timedelta,
    now: datetime,
    days: int,
    *,
    kernel: Kernel | None = None,
) -> SpeedFile:
    """What the fleet's journeys of so many days say; `cells` is 0 where they say nothing.

    `offset` is the centre's clock from UTC.
    """
    matching = Matching(network, offset, seed_speeds())
    history = matching.history(journeys)
    learnt = learnt_speeds(history.passages, seed_speeds())
    settings = RouterSettings(offset=offset, speeds=learnt.speeds)
    driven = matching.driven(history.used, Router(network, kernel=kernel, settings=settings))
    return SpeedFile(
        made_at=now,
        days=days,
        network=network.version,
        source=network.source,
        journeys=len(history.used),
        kilometres=round(history.kilometres, 1),
        cells=learnt.cells,
        held=learnt.held,
        km_h=km_h_said(learnt.speeds),
        spread=spread_said(learnt_spread(driven, seed_spread())),
    )
