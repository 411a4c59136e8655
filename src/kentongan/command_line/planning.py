"""Plans: calls and desks ahead, shifts, where units stand, and what would happen if."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings

MEMORY_BYTES: Final = 4_000_000_000
"""Of a plan that is worked out beside the screens; more is refused instead of taking the machine.
Chosen as half of a machine of 8 GB, not by the need of a measured plan."""


def add(commands: Commands) -> None:
    """The commands of this file."""
    plan = commands.add_parser(
        "plan",
        help="calls and desks by the hour; shifts, posts and what-ifs",
        description="Without a further word: calls expected by the hour, and the desks that answer "
        "them in time. docs/planning.md says what each figure is worth.",
    )
    plan.add_argument("--days", type=int, default=1, help="ahead, from the next hour (1)")
    _usual(plan)
    plan.set_defaults(command=_plan)
    parts = plan.add_subparsers(title="more", metavar="WORD")
    _add_weather(parts)
    _add_back_test(parts)
    _add_shifts(parts)
    _add_room(parts)
    _add_posts(parts)
    _add_what_if(parts)
    _add_twin(parts)


def _usual(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--training", action="store_true", help="training instead of duty")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--gently", action="store_true", help="last of all, telling its progress")


def _add_weather(parts: Commands) -> None:
    weather = parts.add_parser(
        "weather",
        help="keep rain and flood by the hour for the forecast, or tell what is kept",
        description="A CSV with the columns hour (2026-01-31 14.00, the city's clock), mm (rain of "
        "that hour) and flood (0 or 1); empty is unknown. Hours ahead are a forecast of the "
        "weather. The file takes the place of the one before; a wrong line is named.",
    )
    weather.add_argument("file", type=Path, nargs="?", default=None, metavar="FILE.csv")
    weather.set_defaults(command=_weather)


def _add_back_test(parts: Commands) -> None:
    asked = parts.add_parser(
        "back-test", help="the forecast tried on the past, beside simpler ones; were desks enough?"
    )
    asked.add_argument("--days", type=int, default=28, help="ahead each time (28)")
    asked.add_argument("--origins", type=int, default=5, help="how many times (5)")
    _usual(asked)
    asked.set_defaults(command=_back_test)


def _add_shifts(parts: Commands) -> None:
    shifts = parts.add_parser("shifts", help="who begins when, against who was on duty")
    shifts.add_argument("--hours", type=int, default=8, help="length of a shift (8)")
    shifts.add_argument("--begins", type=int, default=3, help="beginnings a day at most (3)")
    shifts.add_argument("--spare", type=int, default=0, help="people beyond the need, for breaks")
    _usual(shifts)
    shifts.set_defaults(command=_shifts)


def _add_room(parts: Commands) -> None:
    room = parts.add_parser(
        "room", help="a wave of prank calls, followed call by call: who still answers in time"
    )
    room.add_argument("--desks", type=int, default=None, help="all day (what the plan needs)")
    room.add_argument("--wave", type=float, default=60.0, help="prank calls an hour in a wave (60)")
    room.add_argument("--wave-hours", type=float, default=1.0, help="how long a wave lasts (1)")
    room.add_argument("--waves-a-week", type=float, default=2.0, help="how many there are (2)")
    room.add_argument("--weeks", type=int, default=26, help="simulated (26)")
    _usual(room)
    room.set_defaults(command=_room)


def _add_posts(parts: Commands) -> None:
    posts = parts.add_parser("posts", help="where units should stand, and how good that can be")
    posts.add_argument("--units", type=int, default=None, help="how many (as many as there are)")
    posts.add_argument("--kind", default="ambulance", help="kinds that begin so (ambulance)")
    posts.add_argument("--minutes", type=float, default=8.0, help="of driving that count (8)")
    posts.add_argument("--busy", type=float, default=None, help="share of time (from the record)")
    posts.add_argument("--hour", type=int, default=None, help="roads of that hour (the whole day)")
    posts.add_argument("--prove", type=float, default=20.0, help="seconds for the proof (20)")
    _usual(posts)
    posts.set_defaults(command=_posts)


def _add_what_if(parts: Commands) -> None:
    asked = parts.add_parser(
        "what-if", help="units, posts, rules and roads changed: the difference and its interval"
    )
    asked.add_argument(
        "--add-unit",
        action="append",
        default=[],
        metavar="POST",
        help="a unit more there: a post, hospital, health centre or lat,lon",
    )
    asked.add_argument("--like", default="AMB01", metavar="UNIT", help="what it is like (AMB01)")
    asked.add_argument("--remove-unit", action="append", default=[], metavar="UNIT")
    asked.add_argument("--post", action="append", default=[], metavar="UNIT=POST")
    asked.add_argument("--close-bridge", action="append", default=[], metavar="LAT,LON",
                       help="the road there is closed")  # fmt: skip
    asked.add_argument("--rule", choices=("core", "closest"), default="core",
                       help="closest: whoever is there first, whatever it uncovers")  # fmt: skip
    asked.add_argument("--rain", type=float, default=0.0, help="wet spells a week (0)")
    asked.add_argument("--rain-slower", type=float, default=1.3, help="the roads then (1.3)")
    asked.add_argument("--minutes", type=float, default=10.0, help="the limit (10)")
    asked.add_argument("--replications", type=int, default=30, help="of generated days (30)")
    asked.add_argument("--days", type=int, default=365, help="of each replication (365)")
    _usual(asked)
    asked.set_defaults(command=_what_if)


def _add_twin(parts: Commands) -> None:
    twin = parts.add_parser(
        "twin", help="may the twin be believed? its acceptance test on four weeks held out"
    )
    twin.add_argument("--minutes", type=float, default=10.0, help="the limit (10)")
    twin.add_argument("--rule", choices=("core", "closest"), default="core")
    twin.add_argument(
        "--changed", default=None, metavar="DAY", help="try it on a change that nobody noted, too"
    )
    twin.add_argument("--added", action="append", default=[], metavar="UNIT",
                      help="a unit that there is since that day")  # fmt: skip
    twin.add_argument("--calls", type=Path, default=None, metavar="FILE.csv",
                      help="which unit went to each incident, why, and how far")  # fmt: skip
    _usual(twin)
    twin.set_defaults(command=_twin)


def _bounded(parsed: argparse.Namespace, work: Callable[[], int]) -> int:
    """Done last of all and in bounded memory where that is asked; 1 when it needs more."""
    if not parsed.gently:
        return work()
    from kentongan.serve.beside import gently

    gently(MEMORY_BYTES)
    try:
        return work()
    except MemoryError:
        print(f"needs more memory than {MEMORY_BYTES // 10**6:,} MB", file=sys.stderr)
        return 1


def _plan(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.planning import run_plan

    return run_plan(settings, days=parsed.days, training=parsed.training, as_json=parsed.json)


def _weather(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.plan_causes import run_weather

    return run_weather(settings, parsed.file)


def _back_test(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.plan_backtest import run_back_test

    return run_back_test(settings, parsed)


def _shifts(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.plan_shifts import run_shifts

    return _bounded(parsed, lambda: run_shifts(settings, parsed))


def _room(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.plan_shifts import run_room_waves

    return run_room_waves(settings, parsed)


def _posts(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.plan_posts import run_posts

    return _bounded(parsed, lambda: run_posts(settings, parsed))


def _what_if(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.plan_twin import run_what_if

    return _bounded(parsed, lambda: run_what_if(settings, parsed))


def _twin(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.plan_twin import run_twin

    return run_twin(settings, parsed)
