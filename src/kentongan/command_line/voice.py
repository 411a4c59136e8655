"""Telephony: what the parser makes of SIP messages, and trying trunks."""

import argparse
from pathlib import Path

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings

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


def add(commands: Commands) -> None:
    """The commands of this file."""
    _add_sip(commands)
    _add_trunk(commands)
    _add_call(commands)


def _add_sip(commands: Commands) -> None:
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


def _add_call(commands: Commands) -> None:
    call = commands.add_parser("call", help="ring the centre as a caller who types (RFC 4103)")
    call.add_argument("dialled", nargs="?", default="112", help="what is dialled (112)")
    call.add_argument("--text", action="append", default=[], help="a line; may be given again")
    call.add_argument("--only-text", action="store_true", help="a telephone without sound")
    call.add_argument("--from", dest="number", default="081234567890", help="the caller's number")
    call.add_argument(
        "--seconds", type=float, default=0.0, help="hang up so long after dialling (never)"
    )
    call.set_defaults(command=_call)


def _add_trunk(commands: Commands) -> None:
    trunk = commands.add_parser("trunk", help="carriers and exchanges")
    inner = trunk.add_subparsers(required=True, metavar="test")
    test = inner.add_parser(
        "test",
        help="try address, certificate, OPTIONS and REGISTER of every trunk, or of one",
        epilog="Exit status: 0 all is well (warnings included), 1 something is wrong, 2 wrong use.",
    )
    test.add_argument("key", nargs="?", default=None, help="the trunk's key (all)")
    test.add_argument("--call", default="", metavar="NUMBER", help="ring this number, then hang up")
    test.add_argument(
        "--json",
        action="store_true",
        help="one JSON line a step, for programs: trunk, step, verdict, key, facts",
    )
    test.add_argument(
        "--language",
        choices=("id", "en"),
        default="id",
        help="of the words (id); no word in --json is translated",
    )
    test.set_defaults(command=_trunk_test)


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


def _call(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.edge.caller.typing import run_call
    from kentongan.sip.address import Address

    return run_call(
        Address("127.0.0.1", settings.sip.port),
        parsed.dialled,
        parsed.text,
        number=parsed.number or None,
        speaks=not parsed.only_text,
        seconds=parsed.seconds,
    )
