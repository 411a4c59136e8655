"""What may report the positions of units: adding, listing and revoking devices and their tokens."""

import argparse

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings


def add(commands: Commands) -> None:
    """The commands of this file."""
    device = commands.add_parser("device", help="devices that report positions, and their tokens")
    inner = device.add_subparsers(required=True, metavar="add|list|revoke")
    new = inner.add_parser("add", help="make a device and print its token, once")
    new.add_argument("label", help="what it is, for people: 'modem of AMB01'")
    new.add_argument("--unit", default=None, help="the unit it speaks for")
    new.add_argument("--gateway", action="store_true", help="a tracking server with many devices")
    new.add_argument("--behind", default=None, metavar="GATEWAY", help="the gateway that knows it")
    new.add_argument("--number", default=None, help="how the gateway calls it (IMEI)")
    new.set_defaults(command=_add)
    inner.add_parser("list", help="all devices").set_defaults(command=_list)
    revoke = inner.add_parser("revoke", help="its token is good for nothing from now on")
    revoke.add_argument("id")
    revoke.set_defaults(command=_revoke)


def _add(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.devices import run_device_add

    return run_device_add(
        settings,
        parsed.label,
        unit=parsed.unit,
        gateway=parsed.gateway,
        behind=parsed.behind,
        number=parsed.number,
    )


def _list(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.devices import run_device_list

    del parsed
    return run_device_list(settings)


def _revoke(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.devices import run_device_revoke

    return run_device_revoke(settings, parsed.id)
