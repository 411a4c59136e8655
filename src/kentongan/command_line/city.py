"""The city: its pack."""

import argparse
from pathlib import Path

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings


def add(commands: Commands) -> None:
    """The commands of this file."""
    city = commands.add_parser("city", help="city packs")
    inner = city.add_subparsers(required=True, metavar="check")
    check = inner.add_parser("check", help="find every mistake, with file, line and field")
    check.add_argument("directory", type=Path)
    check.set_defaults(command=_city_check)


def _city_check(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.cities.pack import check, to_text

    del settings
    problems = check(parsed.directory)
    print(to_text(problems) if problems else f"{parsed.directory}: well")
    return 1 if problems else 0
