"""Made-up months: plans find a city in them whose crews were there all the while."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from plan_story import OFFSET, straight_table

from kentongan.app.city import plans_of
from kentongan.app.register import register
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.demo.history import write_history
from kentongan.plan.twin.engine import simulate
from kentongan.serve.plan_city import CityTwin
from kentongan.serve.plan_record import Record, duty_of, read_record
from kentongan.store.open import open_store

DAYS = 9
NOW = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def pack() -> CityPack:
    """The city of the demo."""
    return load(packaged())


@pytest.fixture(scope="module")
def record(pack: CityPack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """Nine days behind a demo that began an hour ago, as its start registers units."""
    store = open_store(f"sqlite:{tmp_path_factory.mktemp('months') / 'journal.db'}")
    assert write_history(store, pack, DAYS, NOW) > 1_000
    assert register(store, plans_of(pack), pack, NOW) == 0, "the start finds all as it is"
    yield read_record(store, NOW + timedelta(hours=1))
    store.close()


def test_every_unit_is_on_duty_since_the_first_day(record: Record, pack: CityPack) -> None:
    """At every hour of the week, as the demo's units are while it runs."""
    assert sorted(record.duty) == sorted(unit.call_sign for unit in pack.units)
    for spans in record.duty.values():
        assert spans == [(datetime(2026, 11, 10, 17, tzinfo=UTC), NOW + timedelta(hours=1))]
        duty = duty_of(spans, OFFSET)
        assert duty is not None
        assert duty.all()


def test_the_twin_answers_in_minutes(record: Record, pack: CityPack) -> None:
    """As the months say it was; nobody waits for a unit that begins its duty next week."""
    twin = CityTwin(record, pack, straight_table(pack), OFFSET, training=True)
    outcome = simulate(twin.city(), twin.past.trace, "heapq")
    lived = outcome.first_arrival() - twin.past.trace.called
    real = twin.past.arrived - twin.past.trace.called
    for share in (0.5, 0.9):
        told, was = np.nanquantile(lived, share), np.nanquantile(real, share)
        assert 0.5 * was < told < 2 * was
