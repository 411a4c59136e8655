"""Plans of a city whose map was imported: posts, twin and what-if drive on its roads."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from osm_files import SOUTH, STEP, WEST, write_town
from plan_story import OFFSET, append, incidents_told, true_city, true_demand

from kentongan.main import main
from kentongan.plan.twin.engine import simulate
from kentongan.plan.twin.generate import generate
from kentongan.serve.plan_city import CityTwin
from kentongan.serve.plan_posts import PostQuestion
from kentongan.serve.plan_record import Record, read_record
from kentongan.serve.plan_roads import RoadMaker, RoadTable
from kentongan.serve.plan_twin import changed_city, replay
from kentongan.settings import load_settings
from kentongan.store.memory import MemoryStore

BEGIN = datetime(2026, 10, 25, 17, tzinfo=UTC)
DAYS = 20
NOTHING = argparse.Namespace(
    close_bridge=[], rule="core", post=[], add_unit=[], remove_unit=[], like="AMB01"
)


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoadMaker]:
    """The pack's city with the roads of a town that was imported."""
    folder = tmp_path_factory.mktemp("imported")
    town = write_town(folder / "town.osm.pbf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KENTONGAN_STATE_DIR", str(folder / "state"))
        patch.delenv("KENTONGAN_GEO_DIR", raising=False)
        assert main(["city", "import", str(town), "--partial"]) == 0
        yield RoadMaker(load_settings(None))


@pytest.fixture(scope="module")
def table(maker: RoadMaker) -> RoadTable:
    return maker.table()


@pytest.fixture(scope="module")
def record(maker: RoadMaker, table: RoadTable) -> Record:
    """Twenty days on those roads."""
    city, store = true_city(maker.pack, table), MemoryStore(lambda: b"s" * 16)
    trace = generate(true_demand(table, each_day=8), DAYS, 1)
    ran = simulate(city, trace, "heapq")
    append(store, iter(incidents_told(city, maker.pack, table, trace, ran, BEGIN)))
    return read_record(store, BEGIN + timedelta(days=DAYS))


def _asked(**given: object) -> argparse.Namespace:
    return argparse.Namespace(**{**vars(NOTHING), **given})


def test_driving_times_are_those_of_the_imported_roads(table: RoadTable) -> None:
    """Each pair of places has a time by road, later in the day a longer one; no pair is nearer
    than the straight line."""
    assert table.source == "road_network"
    cells = slice(0, table.places.cells)
    assert table.places.cells > 10
    assert np.isfinite(table.seconds[:, cells, cells]).all()
    plane = table.places.plane()[cells]
    straight = np.hypot(*(plane[:, None] - plane[None]).transpose(2, 0, 1))
    assert (table.metres[cells, cells] >= straight * 0.9 - 60).all()


def test_what_if_and_posts_answer_on_them(
    maker: RoadMaker, table: RoadTable, record: Record
) -> None:
    """A unit more in the middle of the town helps; a closed road is asked for anew and no drive
    becomes shorter; the best posts cover at least what units cover now."""
    twin = CityTwin(record, maker.pack, table, OFFSET, training=False)
    now = twin.city()
    middle = f"{SOUTH + 6 * STEP},{WEST + 6 * STEP}"
    more, _ = changed_city(twin, now, _asked(add_unit=[middle]), maker.table)
    assert replay(twin, now, more, 600, "heapq")[0].change <= 0
    at = f"{SOUTH + 6 * STEP},{WEST + 6.5 * STEP}"
    closed, said = changed_city(twin, now, _asked(close_bridge=[at]), maker.table)
    assert "closed at" in said
    assert (closed.roads.seconds >= now.roads.seconds - 1e-3).all()
    assert (closed.roads.seconds > now.roads.seconds + 1).any()
    asked = argparse.Namespace(kind="ambulance", minutes=8.0, units=None, busy=0.2, hour=None)
    found = PostQuestion(asked, maker.pack, record, table, OFFSET).answer()
    assert found.now <= found.planned <= 1
