"""Figures: intervals, targets and alarms from the journal, and the seeded simulation."""

import argparse
from pathlib import Path

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings


def add(commands: Commands) -> None:
    """The commands of this file."""
    evaluate = commands.add_parser("evaluate", help="intervals and targets, from the journal")
    evaluate.add_argument("--from", dest="start", default=None, help="day, YYYY-MM-DD (today)")
    evaluate.add_argument("--days", type=int, default=1)
    evaluate.add_argument("--training", action="store_true", help="training instead of duty")
    evaluate.add_argument("--json", action="store_true")
    evaluate.set_defaults(command=_evaluate)
    alarms = commands.add_parser("alarms", help="a month of alarms, from the journal")
    alarms.add_argument("--month", default=None, help="YYYY-MM (this month)")
    alarms.add_argument("--training", action="store_true", help="training instead of duty")
    alarms.add_argument("--json", action="store_true")
    alarms.set_defaults(command=_alarms)
    score = commands.add_parser("score", help="the score sheet of a training scenario's last drill")
    score.add_argument("scenario", help="its key, for example medical or flood40")
    score.add_argument("--minutes", type=int, default=180, help="how far back it may have begun")
    score.add_argument("--language", choices=("id", "en"), default="id")
    score.add_argument("--json", action="store_true")
    score.add_argument("--html", type=Path, default=None, help="also write a page to be printed")
    score.add_argument("--pdf", type=Path, default=None, help="also write it as a PDF")
    score.set_defaults(command=_score)
    sim = commands.add_parser("sim", help="the seeded simulation of the whole system")
    sim.add_argument("--seeds", type=int, default=100)
    sim.add_argument("--seed", type=int, default=None, help="run this one only, or start here")
    sim.set_defaults(command=_sim)


def _evaluate(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.evaluation import run_evaluate

    return run_evaluate(
        settings,
        start=parsed.start,
        days=parsed.days,
        training=parsed.training,
        as_json=parsed.json,
    )


def _alarms(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.evaluation import run_alarms

    return run_alarms(settings, month=parsed.month, training=parsed.training, as_json=parsed.json)


def _score(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.score import run_score

    return run_score(
        settings,
        parsed.scenario,
        minutes=parsed.minutes,
        language=parsed.language,
        as_json=parsed.json,
        html=parsed.html,
        pdf=parsed.pdf,
    )


def _sim(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.sim.run import main as run_simulation

    del settings
    arguments = ["--seeds", str(parsed.seeds)]
    return run_simulation(
        arguments if parsed.seed is None else [*arguments, "--seed", str(parsed.seed)]
    )
