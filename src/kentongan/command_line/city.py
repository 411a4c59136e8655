"""The city: its pack, the map imported for it, and its versions."""

import argparse
import sys
from pathlib import Path

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings


def add(commands: Commands) -> None:
    """The commands of this file."""
    city = commands.add_parser("city", help="city packs and imported maps")
    inner = city.add_subparsers(
        required=True, metavar="check|holidays|import|versions|rollback|export-closures"
    )
    check = inner.add_parser("check", help="find every mistake, with file, line and field")
    check.add_argument("directory", type=Path)
    check.set_defaults(command=_city_check)
    holidays = inner.add_parser(
        "holidays", help="a draft of a year's holidays for city.yaml, those that move worked out"
    )
    holidays.add_argument("year", type=int, metavar="YEAR")
    holidays.set_defaults(command=_city_holidays)
    _add_import(inner)
    _add_versions(inner)


def _add_import(inner: Commands) -> None:
    importing = inner.add_parser(
        "import", help="roads, names and map out of an OpenStreetMap extract; switches to them"
    )
    importing.add_argument("extract", type=Path, metavar="CITY.osm.pbf")
    importing.add_argument(
        "--boundary", type=Path, metavar="FILE.geojson", help="the city's outline (the pack's box)"
    )
    importing.add_argument(
        "--closures",
        type=Path,
        metavar="FILE.geojson",
        help="roads to close (with --as)",
    )
    importing.add_argument(
        "--as", dest="account", metavar="ACCOUNT", help="the account that closes them"
    )
    importing.add_argument(
        "--margin-km", type=float, default=10.0, help="roads kept around the city (10)"
    )
    importing.add_argument(
        "--memory-mb", type=int, default=3_000, help="refuse what takes more memory (3000)"
    )
    importing.add_argument(
        "--no-hospital", action="store_true", help="accept a map without any hospital"
    )
    importing.add_argument(
        "--partial", action="store_true", help="accept roads for a small part of the city"
    )
    importing.add_argument("--keep", type=int, default=3, help="versions kept (3)")
    _add_place(importing)
    importing.set_defaults(command=_city_import)


def _add_versions(inner: Commands) -> None:
    versions = inner.add_parser("versions", help="what was imported; * is in use")
    _add_place(versions)
    versions.set_defaults(command=_city_versions)
    rollback = inner.add_parser(
        "rollback", help="go back to the version before, a named one, or the pack's own city"
    )
    rollback.add_argument(
        "version", nargs="?", default=None, help="a name or its beginning, or 'synthetic'"
    )
    _add_place(rollback)
    rollback.set_defaults(command=_city_rollback)
    export = inner.add_parser(
        "export-closures",
        help="closed roads in force on record, by geometry and OSM way, as GeoJSON",
    )
    export.add_argument("--out", type=Path, default=None, help="a file (the standard output)")
    export.add_argument(
        "--with-words", action="store_true", help="labels and typed reasons, too; goes on record"
    )
    export.add_argument(
        "--as", dest="account", metavar="ACCOUNT", help="the account that takes the words out"
    )
    export.set_defaults(command=_export_closures)


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pack", default=None, metavar="KEY", help="the city (the centre's own)")
    parser.add_argument(
        "--data", type=Path, default=None, metavar="DIR", help="holds cities/ (the state folder)"
    )
    parser.add_argument("--json", action="store_true", help="JSON lines instead of words")


def _city_check(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.cities.pack import check, to_text
    from kentongan.serve.standards import faults_of

    del settings
    problems = check(parsed.directory)
    said = [to_text(problems)] if problems else []
    said += faults_of(parsed.directory)
    print("\n".join(said) or f"{parsed.directory}: well")
    return 1 if said else 0


def _city_holidays(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.cities.moving_days import as_lines, worked_out

    del settings
    try:
        found = worked_out(parsed.year)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print("# Collective leave is not among them. Low confidence: an estimate until the decree.")
    print("# Islamic days, Nyepi: a day either way. Waisak: a day, or a month where one is added.")
    print("\n".join(as_lines(found)))
    return 0


def _city_import(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.geo_city import run_city_import

    return run_city_import(settings, parsed)


def _city_versions(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.geo_city import run_city_versions

    return run_city_versions(settings, parsed)


def _city_rollback(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.geo_city import run_city_rollback

    return run_city_rollback(settings, parsed)


def _export_closures(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.geo_closures import run_export_closures

    return run_export_closures(settings, parsed)
