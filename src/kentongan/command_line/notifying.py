"""Telling people beyond their screens: the process, its gateways, its ledger, and who is told."""

import argparse

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings


def add(commands: Commands) -> None:
    """The commands of this file."""
    notify = commands.add_parser("notify", help="push, SMS, WhatsApp, e-mail: process and contacts")
    inner = notify.add_subparsers(required=True, metavar="run|test|status|list|contact|push-key")
    inner.add_parser("run", help="the notify process").set_defaults(command=_run)
    test = inner.add_parser("test", help="send a test message by one gateway and say what became")
    test.add_argument("gateway", help="its name in the settings")
    test.add_argument("to", help="+62…, an e-mail address, or for push a contact's id")
    test.add_argument("--wait", type=float, default=10.0, help="seconds to wait for a receipt (10)")
    test.set_defaults(command=_test)
    inner.add_parser("status", help="how the gateways do").set_defaults(command=_status)
    ledger = inner.add_parser("list", help="the ledger: what was sent to whom, and what became")
    ledger.add_argument("--incident", default="", help="of that incident, oldest first")
    ledger.add_argument("--last", type=int, default=50, help="the newest so many (50)")
    ledger.add_argument("--addresses", action="store_true", help="unmasked; the reading is logged")
    ledger.set_defaults(command=_list)
    key = inner.add_parser("push-key", help="make our key for web push, or show its public half")
    key.add_argument("file")
    key.set_defaults(command=_push_key)
    _add_contact(inner.add_parser("contact", help="who is told, and where"))


def _add_contact(contact: argparse.ArgumentParser) -> None:
    inner = contact.add_subparsers(required=True, metavar="add|list|revoke")
    new = inner.add_parser("add", help="add somebody, or replace who has that id")
    new.add_argument("id", help="short and for ever: piket-damkar")
    new.add_argument("label", help="for people: 'Piket Damkar'")
    new.add_argument("--unit", default=None, help="the crew of that unit")
    new.add_argument("--agency", default=None, help="that agency, by its key")
    new.add_argument("--supervisor", action="store_true", help="a supervisor of the room")
    new.add_argument("--account", default=None, help="told only while who signs in so is on duty")
    new.add_argument("--always", action="store_true", help="a telephone that duty carries: always")
    new.add_argument("--phone", default="", help="with its country: +6281303131148")
    new.add_argument("--whatsapp", action="store_true", help="the telephone has WhatsApp")
    new.add_argument("--mail", default="")
    new.set_defaults(command=_contact_add)
    shown = inner.add_parser("list", help="all contacts, addresses masked")
    shown.set_defaults(command=_contact_list)
    revoke = inner.add_parser("revoke", help="is told nothing any more")
    revoke.add_argument("id")
    revoke.set_defaults(command=_contact_revoke)


def _run(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.notify import run_notify

    del parsed
    return run_notify(settings)


def _test(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.notify_trial import run_notify_test

    return run_notify_test(settings, parsed.gateway, parsed.to, parsed.wait)


def _status(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.notify_ledger import run_notify_status

    del parsed
    return run_notify_status(settings)


def _list(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.notify_ledger import run_notify_list

    return run_notify_list(settings, parsed.incident, parsed.last, has_addresses=parsed.addresses)


def _push_key(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.notify_contacts import run_push_key

    del settings
    return run_push_key(parsed.file)


def _contact_add(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.notify_contacts import Entered, run_contact_add

    given = {name: getattr(parsed, name) for name in Entered.__struct_fields__}
    return run_contact_add(settings, Entered(**given))


def _contact_list(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.notify_contacts import run_contact_list

    del parsed
    return run_contact_list(settings)


def _contact_revoke(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.notify_contacts import run_contact_revoke

    return run_contact_revoke(settings, parsed.id)
