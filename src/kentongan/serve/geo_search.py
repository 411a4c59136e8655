"""`kentongan geocode` and `kentongan reverse`: the search of a running centre at a terminal.

One JSON line a proposal, best first; what must be told besides goes to standard error, a JSON line
each, too. Works on the city in use: the imported one, else the prepared synthetic one. The local
names of crews and desks are people's words: they are searched for an account that may read them
(`--as`), and each reading stands in the log in its name.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from kentongan.cities.facts import Point
from kentongan.edge.geo.gazetteer.gazetteer import FILE_NAME, GazetteerBroken, load
from kentongan.edge.geo.gazetteer.search import CitySearch
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.edge.geo.network.road_network import NetworkBroken
from kentongan.edge.geo.served.told import book_of
from kentongan.serve.geo_closures import open_names
from kentongan.serve.geo_serve import prepared_city
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings

WRONG_USE: Final = 2
NOTHING_FOUND: Final = 1


def run_geocode(
    settings: Settings,
    text: str,
    *,
    near: str | None,
    limit: int,
    city: Path | None,
    account: str | None = None,
) -> int:
    """Print the proposals for a text; 1 when there is none, 2 when nothing was asked."""
    if not text.strip():
        return _refuse(
            "no words: an address, landmark, crossing, kilometre, point or link is needed"
        )
    place = _point(near) if near is not None else None
    if near is not None and place is None:
        return _refuse(f"--near {near!r}: not LAT,LON in decimal degrees")
    if limit < 1:
        return _refuse(f"--limit {limit}: at least 1")
    search = _search(settings, city)
    if search is None:
        return WRONG_USE
    if account is not None:
        try:
            book, refused = book_of({one.id: one for one in open_names(settings, account)})
        except ImportRefused as error:
            return _refuse(f"local names cannot be read: {error}")
        for one in refused:
            print(f"local name {one}", file=sys.stderr)
        search = search.with_aliases(book)
    answer = search.look_up(text, place, limit)
    for notice in answer.notices:
        _print({"notice": notice.what, "words": notice.words}, sys.stderr.write)
    for proposal in answer.proposals:
        _print(proposal, sys.stdout.write)
    return 0 if answer.proposals else NOTHING_FOUND


def run_reverse(settings: Settings, lat: float, lon: float, *, city: Path | None) -> int:
    """Print what is at a point; 1 when nothing is known there."""
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return _refuse(f"{lat} {lon}: no point on the earth; latitude comes first")
    search = _search(settings, city)
    if search is None:
        return WRONG_USE
    named = search.reverse(lat, lon)
    _print(named, sys.stdout.write)
    return 0 if named.area is not None or named.near or named.outside else NOTHING_FOUND


def _search(settings: Settings, city: Path | None) -> CitySearch | None:
    pack = load_pack(settings)
    try:
        folder = prepared_city(settings, pack) if city is None else city
        gazetteer = load(folder / FILE_NAME if folder.is_dir() else folder)
    except OSError as error:
        _refuse(f"{error.filename or city}: {error.strerror or error}")
        return None
    except (GazetteerBroken, NetworkBroken) as error:
        _refuse(str(error))
        return None
    return CitySearch(gazetteer, pack)


def _point(text: str) -> Point | None:
    parts = text.split(",")
    try:
        lat, lon = (float(part) for part in parts)
    except ValueError:
        return None
    return Point(lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 else None


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return WRONG_USE


def _print(value: object, write: Callable[[str], object]) -> None:
    write(msgspec.json.encode(value).decode() + "\n")
