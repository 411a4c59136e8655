"""What is on record: proving, rebuilding, saving it; accounts; recordings of calls."""

import argparse
from pathlib import Path

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings


def add(commands: Commands) -> None:
    """The commands of this file."""
    _add_record(commands)
    _add_recording(commands)


def _add_record(commands: Commands) -> None:
    verify = commands.add_parser(
        "verify",
        help="prove the journal: chain, gaps, sealed texts; of this centre or of a file",
        description="Without FILE this centre's journal. FILE is a store or what "
        "`kentongan export-journal` wrote; with --published (the centre's "
        "/publik/rekaman.json) the chain of every day and the figures of every month that were "
        "published are worked out anew and compared.",
    )
    verify.add_argument("file", nargs="?", default="", help="a store or an exported journal")
    verify.add_argument("--published", type=Path, default=None, help="what the centre published")
    verify.set_defaults(command=_verify)
    export = commands.add_parser(
        "export-journal", help="the journal alone as a file, for an auditor to prove"
    )
    export.add_argument("file", type=Path)
    export.set_defaults(command=_export_journal)
    rebuild = commands.add_parser("rebuild", help="derive the board from the journal anew")
    rebuild.add_argument("--check", action="store_true", help="compare only, change nothing")
    rebuild.set_defaults(command=_rebuild)
    for name, text, command in (
        ("backup", "write everything into one file", _backup),
        ("restore", "fill an empty store from a backup", _restore),
    ):
        parser = commands.add_parser(name, help=text)
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--without-tracks", action="store_true", help="not the history of units' positions"
        )
        if name == "backup":
            parser.add_argument("--check", action="store_true", help="prove the file that is there")
        parser.set_defaults(command=command)
    account = commands.add_parser("account", help="add or change somebody who may sign in")
    account.add_argument("name")
    account.add_argument("--label", default="", help="the name shown on screens")
    account.add_argument("--role", action="append", default=[], help="may be given several times")
    account.add_argument("--agency", default=None)
    account.add_argument("--unit", default=None)
    account.add_argument("--disable", action="store_true")
    account.add_argument(
        "--training-room", action="store_true", help="of the training room beside this centre"
    )
    account.set_defaults(command=_account)


def _add_recording(commands: Commands) -> None:
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


def _verify(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.publishing import run_verify

    return run_verify(settings, parsed.file, parsed.published)


def _export_journal(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.publishing import run_export_journal

    return run_export_journal(settings, parsed.file)


def _rebuild(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.record import run_rebuild

    return run_rebuild(settings, check=parsed.check)


def _backup(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.record import run_backup, run_backup_check

    if parsed.check:
        return run_backup_check(parsed.file)
    return run_backup(settings, parsed.file, with_tracks=not parsed.without_tracks)


def _restore(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.record import run_restore

    return run_restore(settings, parsed.file, with_tracks=not parsed.without_tracks)


def _account(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.accounts import run_account

    return run_account(settings, parsed)


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
