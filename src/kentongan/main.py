"""The command line: reads arguments and settings, and hands over to the part that does the work.

Every command loads only what it needs, so that `kentongan --help` is quick and a media process
carries no web framework. Exit codes: 0 well, 1 the work found something wrong, 2 wrong use.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kentongan import __version__
from kentongan.command_line import (
    city,
    devices,
    measuring,
    nearest,
    notifying,
    paper,
    places,
    planning,
    record,
    reporting,
    running,
    voice,
)
from kentongan.settings import Settings, SettingsError, load_settings

_SOUTHERN_PAIR = re.compile(r"-\d{1,3}(?:\.\d*)?\s*[,;°]")

Command = Callable[[Settings, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    parsed = _parser().parse_args(
        _with_southern_pairs(sys.argv[1:] if arguments is None else arguments)
    )
    try:
        settings = load_settings(parsed.settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    command: Command = parsed.command
    try:
        code = command(settings, parsed)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `| head` has seen enough; what is still buffered goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


def _with_southern_pairs(arguments: Sequence[str]) -> list[str]:
    """The arguments, with "-6.98,110.41" as a value: it begins like an option and is none."""
    return [f" {one}" if _SOUTHERN_PAIR.match(one) else one for one in arguments]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kentongan", description="A city's 112: call, incident, dispatch, measurement."
    )
    parser.add_argument("--version", action="version", version=f"kentongan {__version__}")
    parser.add_argument("--settings", type=Path, help="a TOML or JSON file with settings")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    parts = (
        running,
        record,
        paper,
        measuring,
        planning,
        reporting,
        city,
        devices,
        notifying,
        places,
        nearest,
        voice,
    )
    for part in parts:
        part.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
