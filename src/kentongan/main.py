"""The command line: reads arguments and settings, and hands over to the part that does the work.

Every command loads only what it needs, so that `kentongan --help` is quick and a media process
carries no web framework. Exit codes: 0 well, 1 the work found something wrong, 2 wrong use.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kentongan import __version__
from kentongan.settings import Settings, SettingsError, describe, load_settings

Command = Callable[[Settings, argparse.Namespace], int]

_SIP_CHECK = """\
Prints one JSON line per FILE:

  file      the name as given
  verdict   "ok"      well formed
            "reject"  a malformed request, to be answered with `status`
            "drop"    a malformed response or ACK, or no SIP at all: never answered
            "error"   the file could not be read
  status    reject: the answer deserved. ok: the status of a response; of a request what a user
            agent answers before it looks at the call (501 unknown method, 416 URI scheme,
            420 Require, 415 body, 406 Accept), null where nothing stands against it
  kind      "request", "response" or null
  method    of a request
  reason    the fault behind the verdict, "" where there is none
  is_tolerated  the stack handles the message although this strict view refuses it, so that a call
            for help rings
  defects   all faults and oddities, also those that change no verdict
  facts     what the message says

A file holds one message, as one datagram would: octets after its Content-Length are ignored.
Exit status: 0 whatever the verdicts; 2 if a file could not be read.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        settings = load_settings(parsed.settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    command: Command = parsed.command
    try:
        return command(settings, parsed)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kentongan", description="A city's 112: call, incident, dispatch, measurement."
    )
    parser.add_argument("--version", action="version", version=f"kentongan {__version__}")
    parser.add_argument("--settings", type=Path, help="a TOML or JSON file with settings")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_running(commands)
    _add_record(commands)
    _add_recording(commands)
    _add_measuring(commands)
    _add_sip(commands)
    _add_trunk(commands)
    return parser


def _add_running(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    demo = commands.add_parser("demo", help="everything on this machine, with a simulated city")
    demo.add_argument("--no-browser", action="store_true", help="do not open a browser")
    demo.add_argument("--keep", action="store_true", help="go on with the last demo's record")
    demo.add_argument("--speed-up", type=float, default=4.0, help="how fast units drive (4)")
    demo.set_defaults(command=_demo)

    commands.add_parser("serve", help="start and watch all processes").set_defaults(command=_serve)
    for name, text, command in (
        ("web", "the web process: screens, API, the door for incidents", _web),
        ("work", "the work process: reactions, effects, timers", _work),
        ("switch", "the switch process: SIP, queue, state of calls", _switch),
    ):
        commands.add_parser(name, help=text).set_defaults(command=command)
    media = commands.add_parser("media", help="a media process: sound, mixing, recording")
    media.add_argument("--index", type=int, default=0, help="which one, from 0")
    media.set_defaults(command=_media)
    world = commands.add_parser("demo-world", help="the simulated crews, officers and callers")
    world.add_argument("--speed-up", type=float, default=4.0)
    world.set_defaults(command=_world)
    shown = commands.add_parser("settings", help="print the settings in use, without secrets")
    shown.set_defaults(command=_settings)


def _add_record(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    commands.add_parser("verify", help="prove the journal: chain, gaps, sealed texts").set_defaults(
        command=_verify
    )
    rebuild = commands.add_parser("rebuild", help="derive the board from the journal anew")
    rebuild.add_argument("--check", action="store_true", help="compare only, change nothing")
    rebuild.set_defaults(command=_rebuild)
    for name, text, command in (
        ("backup", "write everything into one file", _backup),
        ("restore", "fill an empty store from a backup", _restore),
    ):
        parser = commands.add_parser(name, help=text)
        parser.add_argument("file", type=Path)
        parser.set_defaults(command=command)
    account = commands.add_parser("account", help="add or change somebody who may sign in")
    account.add_argument("name")
    account.add_argument("--label", default="", help="the name shown on screens")
    account.add_argument("--role", action="append", default=[], help="may be given several times")
    account.add_argument("--agency", default=None)
    account.add_argument("--unit", default=None)
    account.add_argument("--disable", action="store_true")
    account.set_defaults(command=_account)


def _add_recording(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    recording = commands.add_parser("recording", help="recordings of calls")
    inner = recording.add_subparsers(required=True, metavar="verify|export")
    verify = inner.add_parser("verify", help="compare files and keys with the journal")
    verify.add_argument("call", nargs="?", default=None, help="one call (all)")
    verify.set_defaults(command=_recording_verify)
    export = inner.add_parser("export", help="write a call's recording as WAV; goes on record")
    export.add_argument("call")
    export.add_argument("--as", dest="account", required=True, help="the account that takes it out")
    export.add_argument("--reason", required=True, help="why; stands in the journal")
    export.add_argument("--out", type=Path, required=True, help="a file that is not there yet")
    export.add_argument("--segment", default=None, help="one segment of the call (all)")
    export.set_defaults(command=_recording_export)


def _add_measuring(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    evaluate = commands.add_parser("evaluate", help="intervals and targets, from the journal")
    evaluate.add_argument("--from", dest="start", default=None, help="day, YYYY-MM-DD (today)")
    evaluate.add_argument("--days", type=int, default=1)
    evaluate.add_argument("--training", action="store_true", help="training instead of duty")
    evaluate.add_argument("--json", action="store_true")
    evaluate.set_defaults(command=_evaluate)
    sim = commands.add_parser("sim", help="the seeded simulation of the whole system")
    sim.add_argument("--seeds", type=int, default=100)
    sim.add_argument("--seed", type=int, default=None, help="run this one only, or start here")
    sim.set_defaults(command=_sim)
    city = commands.add_parser("city", help="city packs")
    inner = city.add_subparsers(required=True, metavar="check")
    check = inner.add_parser("check", help="find every mistake, with file, line and field")
    check.add_argument("directory", type=Path)
    check.set_defaults(command=_city_check)


def _add_sip(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    sip = commands.add_parser("sip", help="SIP messages")
    inner = sip.add_subparsers(required=True, metavar="check")
    check = inner.add_parser(
        "check",
        help="what the parser makes of messages in files: one JSON line per file",
        description=_SIP_CHECK,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("file", type=Path, nargs="+")
    check.set_defaults(command=_sip_check)


def _add_trunk(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    trunk = commands.add_parser("trunk", help="carriers and exchanges")
    inner = trunk.add_subparsers(required=True, metavar="test")
    test = inner.add_parser(
        "test", help="try address, certificate, OPTIONS and REGISTER of every trunk, or of one"
    )
    test.add_argument("key", nargs="?", default=None, help="the trunk's key (all)")
    test.add_argument("--call", default="", metavar="NUMBER", help="ring this number, then hang up")
    test.add_argument("--json", action="store_true", help="one JSON line a step")
    test.add_argument("--language", choices=("id", "en"), default="id")
    test.set_defaults(command=_trunk_test)


def _demo(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.demo.start import start

    return start(
        settings,
        browser=not parsed.no_browser,
        keep=parsed.keep,
        speed_up=parsed.speed_up,
    )


def _serve(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.run import serve

    return serve(settings, parsed.settings)


def _web(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.run import run_web

    del parsed
    if not settings.demo:
        return run_web(settings)
    from kentongan.demo.start import accounts_shown

    return run_web(settings, accounts_shown())


def _work(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.run import run_work

    del parsed
    return run_work(settings)


def _switch(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.run import run_switch

    del parsed
    return run_switch(settings)


def _media(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.run import run_media

    return run_media(settings, parsed.index)


def _world(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.demo.world import run_world

    return run_world(settings, parsed.speed_up)


def _settings(settings: Settings, parsed: argparse.Namespace) -> int:
    del parsed
    print(describe(settings))
    return 0


def _verify(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.record import run_verify

    del parsed
    return run_verify(settings)


def _rebuild(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.record import run_rebuild

    return run_rebuild(settings, check=parsed.check)


def _backup(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.record import run_backup

    return run_backup(settings, parsed.file)


def _restore(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.record import run_restore

    return run_restore(settings, parsed.file)


def _recording_verify(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.recordings import run_recording_verify

    return run_recording_verify(settings, parsed.call)


def _recording_export(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.recording_export import run_recording_export

    return run_recording_export(
        settings,
        parsed.call,
        account=parsed.account,
        reason=parsed.reason,
        out=parsed.out,
        segment=parsed.segment,
    )


def _account(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.accounts import run_account

    return run_account(settings, parsed)


def _evaluate(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.evaluation import run_evaluate

    return run_evaluate(
        settings,
        start=parsed.start,
        days=parsed.days,
        training=parsed.training,
        as_json=parsed.json,
    )


def _sim(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.sim.run import main as run_simulation

    del settings
    arguments = ["--seeds", str(parsed.seeds)]
    return run_simulation(
        arguments if parsed.seed is None else [*arguments, "--seed", str(parsed.seed)]
    )


def _city_check(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.cities.pack import check, to_text

    del settings
    problems = check(parsed.directory)
    print(to_text(problems) if problems else f"{parsed.directory}: well")
    return 1 if problems else 0


def _trunk_test(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.trunks import run_trunk_test

    return run_trunk_test(
        settings,
        parsed.key,
        call=parsed.call,
        as_json=parsed.json,
        language=parsed.language,
    )


def _sip_check(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.sip_check import run_sip_check

    del settings
    return run_sip_check(parsed.file)


if __name__ == "__main__":
    sys.exit(main())
