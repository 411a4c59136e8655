"""The geography process, and the child that makes for it what takes long.

The process answers at once with what there is. The child steps back behind calls and screens:
roads and names of the synthetic city where none is imported, the compiled road search, and at the
lowest priority the map; each is kept, so that a later start finds it.
"""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Final

from kentongan.cities.pack import CityPack
from kentongan.edge.geo.network.compiled import is_kept, keep_in, mark_kept
from kentongan.edge.geo.network.profiles import Profile, SirenRules
from kentongan.serve.follow_pack import follow_pack
from kentongan.serve.wiring import load_pack, pack_in_use
from kentongan.settings import Settings

COMPILING: Final = "compiling the road search once, about half a minute; later starts load it"
"""What is said before the first question that needs it."""

STEPS_BACK: Final = 10
"""How far what answers wait for steps back behind calls and screens (nice): at the lowest priority
a busy machine never comes to it, and straight lines answer for as long."""

LOWEST: Final = 19
"""The lowest priority (nice), of what no answer waits for: whatever else wants the processor has
it."""

_log = logging.getLogger(__name__)


def run_geo(settings: Settings, file: Path | None) -> int:
    """Answer until told to stop."""
    _begin(settings)
    from kentongan.edge.geo.served.server import GeographyServer

    in_use = pack_in_use(settings)
    pack = in_use.pack
    chosen = ("--settings", str(file)) if file else ()
    child = (sys.executable, "-m", "kentongan.main", *chosen, "geo-prepare")
    offset = in_use.plans.time_zone_offset
    server = GeographyServer(pack, offset, settings.geo_path, siren_rules(settings), child)
    follow_pack(settings, in_use.number)
    asyncio.run(server.run(settings.geo_socket))
    return 0


def run_geo_prepare(settings: Settings) -> int:
    """Make what is missing, and end; 1 when that is not possible."""
    os.nice(STEPS_BACK)
    _begin(settings)
    from kentongan.edge.geo.imported.versions import CityVersions
    from kentongan.edge.geo.network.road_network import NetworkBroken
    from kentongan.edge.geo.served.prepared import SyntheticCity

    pack = load_pack(settings)
    imported = CityVersions(settings.geo_path, pack.city.key).current()
    synthetic = SyntheticCity(settings.geo_path, pack)
    try:
        if imported is None and not synthetic.is_there:
            _log.info("making the roads and names of the synthetic city, some ten seconds")
            synthetic.make()
        if not is_kept():
            _log.info(COMPILING)
            _compile(synthetic.network if imported is None else imported.network)
        if imported is None and not synthetic.has_map:
            _log.info("drawing the map of the synthetic city, some twenty seconds")
            os.nice(LOWEST - STEPS_BACK)
            synthetic.draw()
    except (OSError, NetworkBroken) as error:
        _log.error("the city cannot be prepared: %s", error)
        return 1
    return 0


def siren_rules(settings: Settings) -> dict[Profile, SirenRules]:
    """What each sort of vehicle with a siren may do, by the settings."""
    return {
        Profile(name): SirenRules(
            contraflow=sirens.contraflow,
            contraflow_slower=sirens.contraflow_slower,
            ignores_turns=sirens.ignores_turns,
            motorways=sirens.motorways,
            ignores_bans=sirens.ignores_bans,
            height_m=sirens.height_m,
            weight_t=sirens.weight_t,
        )
        for name, sirens in settings.geo.sirens.items()
    }


def prepared_city(settings: Settings, pack: CityPack) -> Path:
    """The folder with network and names of the city in use: the imported version's, else the
    synthetic one's, made if it is missing and said so. Raises `OSError`, `NetworkBroken`."""
    from kentongan.edge.geo.imported.versions import CityVersions
    from kentongan.edge.geo.served.prepared import SyntheticCity
    from kentongan.edge.geo.synthetic.network import LABEL

    imported = CityVersions(settings.geo_path, pack.city.key).current()
    if imported is not None:
        return imported.folder
    synthetic = SyntheticCity(settings.geo_path, pack)
    if not synthetic.is_there:
        print(f"{pack.city.key}: {LABEL}", file=sys.stderr)
        print("making its roads and names once, some ten seconds", file=sys.stderr)
        synthetic.make()
    return synthetic.folder


def _begin(settings: Settings) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's own threads: none is needed
    settings.geo_path.mkdir(parents=True, exist_ok=True)
    keep_in(settings.compiled_dir)


def _compile(network: Path) -> None:
    """Run every kernel once on that network, so that its code is kept."""
    from kentongan.edge.geo.network.road_network import load
    from kentongan.edge.geo.routing.router import Router

    Router(load(network)).warm_up()
    mark_kept()
