"""Where is it, at a terminal: words to points, and a point back to words."""

import argparse
from pathlib import Path

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings

_CITY = "the directory of a city (the one in use)"


def add(commands: Commands) -> None:
    """The commands of this file."""
    geocode = commands.add_parser("geocode", help="where these words may be: one JSON line each")
    geocode.add_argument("text", help="an address, landmark, crossing, kilometre, point or link")
    geocode.add_argument("--near", metavar="LAT,LON", help="where the caller is, about")
    geocode.add_argument("--limit", type=int, default=5, help="proposals at most (5)")
    geocode.add_argument("--city", type=Path, default=None, metavar="DIR", help=_CITY)
    geocode.set_defaults(command=_geocode)
    reverse = commands.add_parser("reverse", help="what is at a point: one JSON line")
    reverse.add_argument("lat", type=float)
    reverse.add_argument("lon", type=float)
    reverse.add_argument("--city", type=Path, default=None, metavar="DIR", help=_CITY)
    reverse.set_defaults(command=_reverse)


def _geocode(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.geo_search import run_geocode

    return run_geocode(
        settings, parsed.text, near=parsed.near, limit=parsed.limit, city=parsed.city
    )


def _reverse(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.geo_search import run_reverse

    return run_reverse(settings, parsed.lat, parsed.lon, city=parsed.city)
