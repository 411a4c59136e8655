"""`kentongan device add|list|revoke`: what may report where a unit is.

A token is shown once, when it is made; only its digest is kept. Whoever lost it revokes the device
and adds another.
"""

import base64
import getpass
import secrets
import sys

from msgspec import structs

from kentongan.core.words import UnitId
from kentongan.serve.wiring import utc_now
from kentongan.settings import Settings
from kentongan.store.devices import Device, digest_of
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

TOKEN_OCTETS = 20
"""160 random bits: 32 letters and digits that a person can still type into a modem."""


def run_device_add(
    settings: Settings,
    label: str,
    *,
    unit: str | None,
    gateway: bool,
    behind: str | None,
    number: str | None,
) -> int:
    """Add a device, and print its id and its token."""
    store = open_store(settings.store_url)
    fault = _fault(store, unit=unit, gateway=gateway, behind=behind, number=number)
    if fault:
        print(fault, file=sys.stderr)
        return 2
    token = "" if behind else _token()
    device = Device(
        id=f"device-{secrets.token_hex(4)}",
        label=label,
        unit=UnitId(unit) if unit else None,
        digest=digest_of(token) if token else None,
        behind=behind,
        number=number,
        created_at=utc_now(),
        created_by=getpass.getuser(),
    )
    store.devices.put(device)
    print(_line(device))
    if token:
        print(f"token: {token}")
        print("It is shown this once.", file=sys.stderr)
    return 0


def run_device_list(settings: Settings) -> int:
    """Print every device, one a line, newest change last."""
    for one in open_store(settings.store_url).devices.list():
        print(_line(one.device))
    return 0


def run_device_revoke(settings: Settings, name: str) -> int:
    """End a device's right; its lines are closed within a second."""
    store = open_store(settings.store_url)
    device = store.devices.find(name)
    if device is None:
        print(f"no device {name!r}: kentongan device list", file=sys.stderr)
        return 2
    if device.revoked_at is None:
        device = structs.replace(device, revoked_at=utc_now())
        store.devices.put(device)
    print(_line(device))
    return 0


def _fault(
    store: WholeStore, *, unit: str | None, gateway: bool, behind: str | None, number: str | None
) -> str:
    """Why such a device cannot be; "" when it can."""
    if gateway:
        return "" if unit is behind is number is None else "a gateway has no unit of its own"
    if unit is None:
        return "--unit, or --gateway for a tracking server"
    if store.find_row("unit", unit) is None:
        return f"no unit {unit!r} on record"
    if (behind is None) != (number is None):
        return "--behind and --number go together"
    if behind is not None:
        found = store.devices.find(behind)
        if found is None or not found.is_gateway or found.revoked_at is not None:
            return f"{behind!r} is no gateway"
        known = (one.device for one in store.devices.list())
        taken = (one for one in known if one.behind == behind and one.revoked_at is None)
        if any(one.number == number for one in taken):
            return f"{behind} has a device {number!r} already"
    return ""


def _token() -> str:
    return base64.b32encode(secrets.token_bytes(TOKEN_OCTETS)).decode().lower()


def _line(device: Device) -> str:
    if device.is_gateway:
        what = "gateway"
    elif device.behind is not None:
        what = f"{device.unit} as {device.number} behind {device.behind}"
    else:
        what = str(device.unit)
    ended = f", revoked {device.revoked_at:%Y-%m-%d %H:%M}Z" if device.revoked_at else ""
    made = f"{device.created_at:%Y-%m-%d} {device.created_by}"
    return f"{device.id}: {what} ({device.label}), {made}{ended}"
