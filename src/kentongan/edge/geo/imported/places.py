"""The address search of a new version: built from the extract and the city's pack, and tried."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.gazetteer.city import build_city
from kentongan.edge.geo.gazetteer.gazetteer import GazetteerBroken, load
from kentongan.edge.geo.gazetteer.search import CitySearch
from kentongan.edge.geo.imported.manifest import Checked
from kentongan.edge.geo.osm.raw import Extract, NamedFeature

ASKED: Final = 20
FOUND_MIN: Final = 18
"""Of so many names; two may be written as nobody would ask for them."""

SAME_PLACE_M: Final = 150.0
"""A thing mapped twice, as a point and as its building, is still found."""

NAME_LETTERS_MIN: Final = 5
PROPOSALS: Final = 10
SAMPLE_FROM: Final = 20_000
"""Names that the sample is drawn from, the first of the extract."""


class Sample(NamedTuple):
    """A name that must find its place."""

    name: str
    point: Point


def build_places(pack: CityPack, extract: Extract, path: Path) -> int:
    """Build and save the search; the number of documents. Raises `OSError`."""
    gazetteer = build_city(pack, extract)
    gazetteer.save(path)
    return len(gazetteer)


def samples_of(features: Sequence[NamedFeature], chance: Random) -> list[Sample]:
    """Names to try, at random among those long enough to mean something."""
    candidates = [
        Sample(one.name, Point(one.lat, one.lon))
        for one in features[:SAMPLE_FROM]
        if sum(letter.isalpha() and letter.isascii() for letter in one.name) >= NAME_LETTERS_MIN
    ]
    return chance.sample(candidates, min(ASKED, len(candidates)))


def check_places(path: Path, pack: CityPack, samples: Sequence[Sample]) -> Checked:
    """The saved search opens, and names find their own place again."""
    try:
        search = CitySearch(load(path), pack)
    except GazetteerBroken as error:
        return Checked(name="places", passed=False, detail=str(error))
    lost = [one.name for one in samples if not _finds(search, one)]
    found = len(samples) - len(lost)
    needed = min(FOUND_MIN, len(samples))
    detail = f"{found} of {len(samples)} names find their place"
    if lost:
        detail += f"; lost: {', '.join(lost[:5])}"
    return Checked(name="places", passed=found >= needed, detail=detail)


def _finds(search: CitySearch, sample: Sample) -> bool:
    proposals = search.search(sample.name, sample.point, PROPOSALS)
    return any(distance_m(one.point, sample.point) <= SAME_PLACE_M for one in proposals)
