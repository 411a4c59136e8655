"""Where is it, at a terminal: words to points, a point back to words; and how fast one drives."""

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
    geocode.add_argument(
        "--as", dest="account", metavar="ACCOUNT", help="with local names, which it may read"
    )
    geocode.set_defaults(command=_geocode)
    reverse = commands.add_parser("reverse", help="what is at a point: one JSON line")
    reverse.add_argument("lat", type=float)
    reverse.add_argument("lon", type=float)
    reverse.add_argument("--city", type=Path, default=None, metavar="DIR", help=_CITY)
    reverse.set_defaults(command=_reverse)
    calibrate = commands.add_parser(
        "geo-calibrate", help="learn the speeds of the roads from the fleet's own journeys"
    )
    calibrate.add_argument("--days", type=int, default=28, help="days looked back at (28)")
    calibrate.add_argument(
        "--invented", action="store_true", help="on the synthetic roads, too: for a trial"
    )
    calibrate.set_defaults(command=_calibrate)


def _geocode(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.geo_search import run_geocode

    return run_geocode(
        settings,
        parsed.text,
        near=parsed.near,
        limit=parsed.limit,
        city=parsed.city,
        account=parsed.account,
    )


def _calibrate(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.geo_calibrate import run_geo_calibrate

    return run_geo_calibrate(settings, parsed.days, invented=parsed.invented)


def _reverse(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.geo_search import run_reverse

    return run_reverse(settings, parsed.lat, parsed.lon, city=parsed.city)
