"""As many closures as the record holds reach the roads, over the line and into the book."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from geo_served_room import NOW, PACK
from geo_textbook import lattice
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core.references import CLOSURES_MAX
from kentongan.edge.geo.routing import closure_book
from kentongan.edge.geo.served.client import GeographyClient
from kentongan.edge.geo.served.driving import Driving
from kentongan.geography import RoadClosure, Start

OFFSET = timedelta(hours=7)
AT_UNIT = {"type": "Point", "coordinates": [110.0, 0.0005]}
ASIDE = {"type": "Point", "coordinates": [110.01, 0.0101]}


def closures(count: int) -> list[RoadClosure]:
    """So many, all at one place aside."""
    return [RoadClosure(id=f"c{n}", seq=n, geometry=ASIDE) for n in range(count)]


def marks(driving: Driving) -> tuple[str, ...]:
    """What is said of a unit on the street at the corner."""
    start = Start(unit="U", unit_kind="ambulance_als", point=Point(0.0005, 110.0))
    (found,) = driving.journeys(0, Point(0.004, 110.004), [start], NOW)
    return found.marks


def test_the_last_closure_that_the_record_takes_shuts_its_road() -> None:
    """The limit is the record's own, so nothing that is in force is left out on the way."""
    told = closures(CLOSURES_MAX - 1)
    last = RoadClosure(id="last", seq=1, geometry=AT_UNIT)  # the oldest word, told last
    driving = Driving(lattice(8), OFFSET, {})
    assert marks(driving) == ()
    driving.follow({one.id: one for one in [*told, last]})
    assert marks(driving) == ("on_closed",)


def test_of_too_many_words_those_that_ended_are_left_out(tmp_path: Path) -> None:
    """However many were lifted, and however lately, every one in force is told."""
    client = GeographyClient(PACK, OFFSET, tmp_path / "geo.sock")
    ended = [
        structs.replace(one, id=f"old{one.id}", lifted=True, seq=9_999) for one in closures(99)
    ]
    client.set_closures([*closures(CLOSURES_MAX), *ended])
    assert {one.id for one in client._closures} == {one.id for one in closures(CLOSURES_MAX)}


def test_what_found_no_room_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One too many is told once in the log, and shuts its road as soon as another is lifted."""
    monkeypatch.setattr(closure_book, "CLOSURES_MAX", 2)
    driving = Driving(lattice(8), OFFSET, {})
    known = {one.id: one for one in closures(2)}
    third = {"third": RoadClosure(id="third", seq=9, geometry=AT_UNIT)}
    with caplog.at_level(logging.ERROR):
        driving.follow({**known, **third})
        driving.follow({**known, **third})
    assert len([one for one in caplog.records if "third" in one.message]) == 1
    assert marks(driving) == ()
    del known["c0"]
    driving.follow({**known, **third})
    assert marks(driving) == ("on_closed",)
