"""Starting processes: the demo, the whole centre, or one process alone."""

import argparse
import sys

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings, describe


def add(commands: Commands) -> None:
    """The commands of this file."""
    demo = commands.add_parser("demo", help="everything on this machine, with a simulated city")
    demo.add_argument("--no-browser", action="store_true", help="do not open a browser")
    demo.add_argument("--keep", action="store_true", help="go on with the last demo's record")
    demo.add_argument("--speed-up", type=float, default=4.0, help="how fast units drive (4)")
    demo.add_argument(
        "--history",
        type=int,
        default=0,
        help="past days made up first, for the screen Evaluasi (0; at most 400)",
    )
    demo.set_defaults(command=_demo)

    train = commands.add_parser("train", help="the training room: a centre of its own for drills")
    train.add_argument("--speed-up", type=float, default=1.0, help="how fast units drive (1)")
    train.set_defaults(command=_train)

    commands.add_parser("serve", help="start and watch all processes").set_defaults(command=_serve)
    for name, text, command in (
        ("web", "the web process: screens, API, the door for incidents", _web),
        ("work", "the work process: reactions, effects, timers", _work),
        ("avl", "the avl process: positions of vehicles", _avl),
        ("switch", "the switch process: SIP, queue, state of calls", _switch),
        ("geo", "the geography process: roads, names, map", _geo),
        ("geo-prepare", "make what the geography process lacks, and end", _geo_prepare),
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


def _demo(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.demo.history import DAYS_MAX
    from kentongan.demo.start import start

    if not 0 <= parsed.history <= DAYS_MAX:
        print(f"--history: 0 to {DAYS_MAX}", file=sys.stderr)
        return 2
    return start(
        settings,
        browser=not parsed.no_browser,
        keep=parsed.keep,
        speed_up=parsed.speed_up,
        history=parsed.history,
    )


def _train(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.demo.train import train

    return train(settings, speed_up=parsed.speed_up)


def _serve(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.run import serve

    return serve(settings, parsed.settings)


def _web(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.run import run_web

    if not settings.demo:
        return run_web(settings, parsed.settings)
    from kentongan.demo.start import accounts_shown

    return run_web(settings, parsed.settings, accounts_shown())


def _work(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.run import run_work

    return run_work(settings, parsed.settings)


def _avl(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.avl import run_avl

    del parsed
    return run_avl(settings)


def _switch(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.run import run_switch

    del parsed
    return run_switch(settings)


def _geo(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.geo_serve import run_geo

    return run_geo(settings, parsed.settings)


def _geo_prepare(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.geo_serve import run_geo_prepare

    del parsed
    return run_geo_prepare(settings)


def _media(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.run import run_media

    return run_media(settings, parsed.index)


def _world(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.demo.world import run_world

    return run_world(settings, parsed.speed_up)


def _settings(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.settings_notes import say_notes

    del parsed
    print(describe(settings))
    say_notes(settings)
    return 0
