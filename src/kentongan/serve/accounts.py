"""`kentongan account NAME`: add or change somebody who may sign in.

The password is read from the terminal, or from standard input when that is not one; it is never
an argument, where every user of the machine could read it.
"""

import argparse
import getpass
import secrets
import sys

from argon2 import PasswordHasher

from kentongan.app.accounts import PASSWORD_CHARACTERS_MIN
from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.app.system import SYSTEM
from kentongan.cities.steering import steering_sign
from kentongan.core.call_rows import DeskRow
from kentongan.core.commands import AnyCommand, Envelope, ForceEndDuty
from kentongan.core.commands.account import ChoosePassword, KnownAccount, RecordAccounts
from kentongan.core.words import AgencyKey, AgentId, CommandId, Refused, Role, UnitId
from kentongan.edge.web.account_keeping import current_record
from kentongan.serve.wiring import load_pack, utc_now
from kentongan.settings import Settings
from kentongan.store.accounts import Account, NameTaken
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

REASON = "account_on_server"
"""Stands in the record where the server's own keeper changed an account: a key, worded by the
screens."""


def run_account(settings: Settings, parsed: argparse.Namespace) -> int:
    """Add the account or change the one with that name; prints what it is now."""
    try:
        roles = tuple(Role(role) for role in parsed.role)
    except ValueError as error:
        print(f"{error}; roles: {', '.join(role for role in Role)}", file=sys.stderr)
        return 2
    if Role.SYSTEM in roles:
        print("the role system belongs to the software alone", file=sys.stderr)
        return 2
    for field, text in (("name", parsed.name), ("--label", parsed.label)):
        if sign := steering_sign(text):
            words = f"has a sign that turns the direction of writing ({sign}): type it anew"
            print(f"{field} {words}", file=sys.stderr)
            return 2
    if parsed.training_room:
        settings.training_path.mkdir(parents=True, exist_ok=True)
    store = open_store(settings.training_store if parsed.training_room else settings.store_url)
    known = store.accounts.find_by_name(parsed.name)
    if known is None and not roles:
        print("a new account needs at least one --role", file=sys.stderr)
        return 2
    password = _read_password()
    if len(password) < PASSWORD_CHARACTERS_MIN:
        print(f"the password needs {PASSWORD_CHARACTERS_MIN} characters or more", file=sys.stderr)
        return 2
    current_record(store, plans_of(load_pack(settings)), utc_now())
    known = store.accounts.find_by_name(parsed.name)  # a person typed: much may have happened
    account = Account(
        id=known.id if known else AgentId(f"agent-{secrets.token_hex(6)}"),
        name=parsed.name,
        label=parsed.label or (known.label if known else parsed.name),
        password_hash=PasswordHasher().hash(password),
        roles=roles or (known.roles if known else ()),
        agency=AgencyKey(parsed.agency) if parsed.agency else (known.agency if known else None),
        unit=UnitId(parsed.unit) if parsed.unit else (known.unit if known else None),
        disabled=parsed.disable,
    )
    try:
        _record(settings, store, account)
        store.accounts.put(account)
    except (Refused, NameTaken) as error:
        reason = error.reason if isinstance(error, Refused) else "account_name_taken"
        print(f"{account.name}: {reason}; nothing was changed", file=sys.stderr)
        return 1
    store.accounts.end_sessions_of(account.id)
    if account.disabled:
        _end_duty(settings, store, account.id)
    print(f"{account.name} ({account.label}): {', '.join(account.roles)}")
    return 0


def _record(settings: Settings, store: WholeStore, account: Account) -> None:
    """On record first: what is in the store alone would be taken back by the next look."""
    known = KnownAccount(
        account=account.id,
        name=account.name,
        label=account.label,
        roles=account.roles,
        agency=account.agency,
        unit=account.unit,
        blocked=account.disabled,
    )
    _ask(settings, store, RecordAccounts(accounts=(known,), reason=REASON))
    _ask(settings, store, ChoosePassword(account=account.id))


def _ask(settings: Settings, store: WholeStore, command: AnyCommand) -> None:
    """A command of the software itself."""
    envelope = Envelope(
        id=CommandId(f"account-{secrets.token_hex(12)}"), agent=SYSTEM, command=command
    )
    handle(store, plans_of(load_pack(settings)), envelope, utc_now())


def _end_duty(settings: Settings, store: WholeStore, agent: AgentId) -> None:
    """Nobody stays on duty with a closed account; a caller there goes back to the queue."""
    for found in store.rows("desk"):
        if isinstance(found.row, DeskRow) and found.row.agent == agent:
            _ask(settings, store, ForceEndDuty(desk=found.row.key, reason="account_closed"))


def _read_password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("password: ")
    return sys.stdin.readline().rstrip("\n")
