"""Who is nearest, at a terminal: units of a file, ranked by when they are there."""

import argparse
from pathlib import Path

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings


def add(commands: Commands) -> None:
    """The commands of this file."""
    nearest = commands.add_parser("nearest", help="which units are there first: JSON lines")
    nearest.add_argument("lat", type=float)
    nearest.add_argument("lon", type=float)
    nearest.add_argument(
        "--units",
        type=Path,
        required=True,
        metavar="FILE.csv",
        help="columns unit,lat,lon and, if you like, kind or profile, heading, can",
    )
    nearest.add_argument("--k", type=int, default=10, help="how many (10)")
    nearest.add_argument(
        "--profile",
        default="ambulance",
        help="how units drive whose line says nothing: ambulance, fire_engine, motorcycle, "
        "police_car, plain",
    )
    nearest.add_argument("--need", type=int, default=0, help="bits of `can` that a unit must have")
    nearest.add_argument(
        "--network",
        type=Path,
        default=None,
        metavar="FILE",
        help="a saved network, or an extract .osm.pbf, without closures (the city in use)",
    )
    nearest.add_argument(
        "--at", default=None, metavar="TIME", help="the hour to drive in, 2026-11-26T17:30 (now)"
    )
    nearest.add_argument(
        "--without-closures", action="store_true", help="as if no road were closed on record"
    )
    nearest.add_argument(
        "--without-fleet-speeds", action="store_true", help="speeds of the release, none learnt"
    )
    nearest.set_defaults(command=_nearest)


def _nearest(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.geo_nearest import run_nearest

    return run_nearest(settings, parsed)
