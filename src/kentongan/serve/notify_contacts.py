"""`kentongan notify contact add|list|revoke` and `push-key`: who is told, where, with which key."""

import getpass
import os
import re
import sys
from pathlib import Path

from msgspec import Struct, structs

from kentongan.core.reach import masked
from kentongan.core.words import AgencyKey, UnitId
from kentongan.edge.notify.addresses import BadAddress, mail, phone
from kentongan.edge.notify.push import new_key, public_key_of
from kentongan.serve.wiring import utc_now
from kentongan.settings import Settings
from kentongan.store.deliveries import Contact
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

CONTACTS_MAX = 5_000
"""Contacts that are told; ten for each unit of a large city."""


class Entered(Struct, frozen=True, kw_only=True):
    """A contact as somebody types it."""

    id: str
    label: str
    unit: str | None = None
    agency: str | None = None
    supervisor: bool = False
    account: str | None = None
    always: bool = False
    phone: str = ""
    whatsapp: bool = False
    mail: str = ""


def run_contact_add(settings: Settings, entered: Entered) -> int:
    """Add or replace a contact; 2 with a reason when it cannot be. `account` is a sign-in name."""
    store = open_store(settings.store_url)
    try:
        contact = _contact(store, entered)
    except BadAddress as bad:
        print(bad, file=sys.stderr)
        return 2
    store.deliveries.put_contact(contact)
    print(_line(contact))
    return 0


def run_contact_list(settings: Settings) -> int:
    """Every contact, one a line, addresses masked."""
    for contact in open_store(settings.store_url).deliveries.contacts():
        print(_line(contact))
    return 0


def run_contact_revoke(settings: Settings, name: str) -> int:
    """Tell them nothing any more; their addresses are forgotten."""
    store = open_store(settings.store_url)
    contact = store.deliveries.find_contact(name)
    if contact is None:
        print(f"no contact {name!r}: kentongan notify contact list", file=sys.stderr)
        return 2
    gone = structs.replace(
        contact, revoked_at=utc_now(), phone="", mail="", whatsapp=False, subscriptions=()
    )
    store.deliveries.put_contact(gone)
    print(_line(gone))
    return 0


def run_push_key(file: str) -> int:
    """Make the key unless it is there; print what browsers subscribe with."""
    path = Path(file)
    try:
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                out.write(new_key())
        print(public_key_of(path))
    except (OSError, ValueError) as error:
        print(f"{file}: {error}", file=sys.stderr)
        return 2
    return 0


def _contact(store: WholeStore, entered: Entered) -> Contact:
    """Raises `BadAddress` with the reason."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}", entered.id):
        raise BadAddress(f"{entered.id[:40]!r} is no id: letters, digits, - _ and .")
    if [entered.unit is None, entered.agency is None, not entered.supervisor].count(False) != 1:
        raise BadAddress("exactly one of --unit, --agency and --supervisor")
    if entered.unit is None and entered.always == (entered.account is not None):
        raise BadAddress(
            "either --account, told on duty, or --always, a telephone that duty carries"
        )
    for kind, key in (("unit", entered.unit), ("agency", entered.agency)):
        if key is not None and store.find_row(kind, key) is None:
            raise BadAddress(f"no {kind} {key!r} on record")
    account = None
    if entered.account:
        found = store.accounts.find_by_name(entered.account)
        if found is None or found.disabled:
            raise BadAddress(f"nobody signs in as {entered.account!r}")
        account = found.id
    number = phone(entered.phone) if entered.phone else ""
    known = store.deliveries.contacts()
    if entered.unit and number:
        for one in known:
            if one.phone == number and one.unit not in (None, entered.unit):
                raise BadAddress(f"{masked(number)} is the telephone of {one.unit} already")
    if len(known) >= CONTACTS_MAX:
        raise BadAddress(f"there are {CONTACTS_MAX} contacts already")
    before = store.deliveries.find_contact(entered.id)
    return Contact(
        id=entered.id,
        label=entered.label,
        account=account,
        agency=AgencyKey(entered.agency) if entered.agency else None,
        unit=UnitId(entered.unit) if entered.unit else None,
        supervisor=entered.supervisor,
        always=entered.always,
        phone=number,
        whatsapp=entered.whatsapp,
        mail=mail(entered.mail) if entered.mail else "",
        subscriptions=before.subscriptions if before else (),
        created_at=utc_now(),
        created_by=getpass.getuser(),
    )


def _line(contact: Contact) -> str:
    what = "supervisor" if contact.supervisor else contact.unit or contact.agency or "-"
    when = "always" if contact.always else f"while {contact.account} is on duty"
    ways = [masked(one) for one in (contact.phone, contact.mail) if one]
    if contact.whatsapp:
        ways.append("WhatsApp")
    if contact.subscriptions:
        ways.append(f"push in {len(contact.subscriptions)} browsers")
    told = ", ".join(ways) or "no address"
    if contact.unit and not contact.always and not contact.account:
        when = "while the unit is on duty"
    ended = f", revoked {contact.revoked_at:%Y-%m-%d %H:%M}Z" if contact.revoked_at else ""
    return f"{contact.id}: {what} ({contact.label}), {when}, {told}{ended}"
