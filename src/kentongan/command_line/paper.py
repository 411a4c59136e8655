"""The paper pack, made now."""

import argparse
from pathlib import Path

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings


def add(commands: Commands) -> None:
    """The command of this file."""
    paper = commands.add_parser("paper", help="make the paper pack now: open it and print it")
    paper.add_argument("--out", type=Path, default=None, help="a file (into the pack's folder)")
    paper.set_defaults(command=_paper)


def _paper(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.paper import run_paper

    return run_paper(settings, parsed.out)
