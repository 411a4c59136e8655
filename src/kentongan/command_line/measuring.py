"""Figures: response times and alarms from the journal, and the seeded simulation."""

import argparse
import sys
from pathlib import Path

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings


def add(commands: Commands) -> None:
    """The commands of this file."""
    _add_evaluate(commands)
    commands.add_parser(
        "evaluation-days", help="bring the screen Evaluasi up to date (by itself each hour)"
    ).set_defaults(command=_evaluation_days)
    _add_wizard(commands)
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


def _add_evaluate(commands: Commands) -> None:
    evaluate = commands.add_parser(
        "evaluate",
        help="response times: intervals, targets, standards; of this centre or of a file",
        description="Response times out of the record, or out of another centre's file. Without "
        "options: today's intervals and the city's targets. `evaluate import FILE` says what of a "
        "file was taken, dropped and marked, row by row.",
    )
    evaluate.add_argument(
        "source", nargs="*", help="a store or a file (CSV, XLSX, Parquet); or: import FILE"
    )
    evaluate.add_argument("--from", dest="start", default=None, help="day, YYYY-MM-DD (today)")
    evaluate.add_argument("--days", type=int, default=None, help="of the centre's record (1)")
    evaluate.add_argument("--training", action="store_true", help="training instead of duty")
    evaluate.add_argument("--by", type=_words, default=(), help="agency,hour,kecamatan,...")
    evaluate.add_argument(
        "--interval", type=_words, default=(), help="keys, or from..to of two clocks; with commas"
    )
    evaluate.add_argument("--standard", type=_words, default=(), help="ids, active, or all")
    evaluate.add_argument("--standards", type=Path, default=None, help="a TOML file with more")
    evaluate.add_argument("--limit", type=float, default=None, help="seconds: share within")
    evaluate.add_argument("--ledger", action="store_true", help="where the seconds were lost")
    evaluate.add_argument(
        "--before", default="", metavar="DAY..DAY", help="with --after: what changed, and was it so"
    )
    evaluate.add_argument("--after", default="", metavar="DAY..DAY", help="both days included")
    evaluate.add_argument(
        "--treated", default="", metavar="LABEL=NAME", help="beyond the change everywhere else"
    )
    evaluate.add_argument(
        "--detectable", type=int, default=None, metavar="DAYS",
        help="before a pilot: the smallest change that so many days would show",
    )  # fmt: skip
    evaluate.add_argument("--chart", action="store_true", help="control charts, week by week")
    evaluate.add_argument(
        "--funnel", default="", metavar="LABEL", help="who stands out, and by what"
    )
    evaluate.add_argument("--map", default=None, help="a preset or a TOML file: what columns mean")
    evaluate.add_argument(
        "--dates", choices=("day-first", "month-first"), default="",
        help="of a file whose dates can be read both ways",
    )  # fmt: skip
    evaluate.add_argument(
        "--defects", type=Path, default=None, metavar="FILE",
        help="with import: every dropped or doubted row as CSV, not only the first 1,000",
    )  # fmt: skip
    evaluate.add_argument("--json", action="store_true")
    evaluate.set_defaults(command=_evaluate)


def _add_wizard(commands: Commands) -> None:
    wizard = commands.add_parser(
        "evaluation-import", help="what the screen's import wizard asks of a file, as JSON"
    )
    wizard.add_argument("file", type=Path)
    wizard.add_argument("--map", type=Path, default=None, help="a mapping (TOML or JSON)")
    wizard.add_argument("--name", default="", help="what the file is called")
    wizard.add_argument(
        "--defects", type=Path, default=None, help="where every dropped or doubted row is written"
    )
    wizard.set_defaults(command=_wizard)


def _wizard(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.importing import run_wizard

    name = parsed.name or parsed.file.name
    return run_wizard(settings, parsed.file, name, parsed.map, parsed.defects)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split(",") if (word := part.strip()))


def _evaluate(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.evaluating import run_import
    from kentongan.serve.evaluation import run_evaluate

    source: list[str] = parsed.source
    if source[:1] == ["import"] and len(source) == 2:
        path, given = Path(source[1]), parsed.map
        return run_import(path, given, parsed.defects, parsed.dates, as_json=parsed.json)
    if parsed.defects is not None:
        print("--defects: only with import FILE", file=sys.stderr)
        return 2
    if len(source) > 1:
        print(f"one store or one file, not {len(source)}", file=sys.stderr)
        return 2
    is_pilot = parsed.detectable is not None
    if parsed.before or parsed.after or parsed.chart or parsed.funnel or is_pilot:
        return _compare(settings, parsed, source[0] if source else "")
    asked = parsed.by or parsed.interval or parsed.standard or parsed.ledger or parsed.limit
    if not source and not asked:
        return run_evaluate(
            settings,
            start=parsed.start,
            days=1 if parsed.days is None else parsed.days,
            training=parsed.training,
            as_json=parsed.json,
        )
    return _analyse(settings, parsed, source[0] if source else "")


def _analyse(settings: Settings, parsed: argparse.Namespace, source: str) -> int:
    from kentongan.serve.evaluating import Question, run_analysis

    question = Question(
        source=source,
        start=parsed.start,
        days=parsed.days,
        training=parsed.training,
        mapping=parsed.map,
        dates=parsed.dates,
        intervals=parsed.interval,
        by=parsed.by,
        standards=parsed.standard,
        standards_file=parsed.standards,
        limit_s=parsed.limit,
        ledger=parsed.ledger,
        as_json=parsed.json,
    )
    return run_analysis(settings, question)


def _compare(settings: Settings, parsed: argparse.Namespace, source: str) -> int:
    from kentongan.serve.comparing import INTERVAL, Wanted, run_comparing

    if len(parsed.interval) > 1:
        print("--interval: one of them at a time", file=sys.stderr)
        return 2
    plain = Wanted()
    wanted = Wanted(
        source=source,
        mapping=parsed.map,
        dates=parsed.dates,
        interval=parsed.interval[0] if parsed.interval else INTERVAL,
        limit_s=plain.limit_s if parsed.limit is None else parsed.limit,
        training=parsed.training,
        by=parsed.by,
        before=parsed.before,
        after=parsed.after,
        treated=parsed.treated,
        detectable=parsed.detectable,
        chart=parsed.chart,
        funnel=parsed.funnel,
        start=parsed.start,
        days=parsed.days,
        as_json=parsed.json,
    )
    return run_comparing(settings, wanted)


def _evaluation_days(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.insight_renewal import run_evaluation_days

    del parsed
    return run_evaluation_days(settings)


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
