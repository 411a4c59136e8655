"""Who may sign in at a room of the tests, and its store before anybody works."""

import functools
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from argon2 import PasswordHasher

from kentongan.app.city import plans_of
from kentongan.app.register import register
from kentongan.cities.pack import load, packaged
from kentongan.core.words import AgencyKey, AgentId, Role, UnitId
from kentongan.store.accounts import Account
from kentongan.store.open import open_store

HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "kata sandi panjang"
PACK = load(packaged())
PLANS = plans_of(PACK)

PEOPLE: dict[str, tuple[tuple[Role, ...], str | None, str | None]] = {
    "rina": ((Role.CALL_TAKER,), None, None),
    "budi": ((Role.DISPATCHER,), None, None),
    "sari": ((Role.SUPERVISOR,), None, None),
    "dinkes": ((Role.AGENCY_OFFICER,), "dinkes", None),
    "damkar": ((Role.AGENCY_OFFICER,), "damkar", None),
    "amb01": ((Role.CREW,), "dinkes", "AMB01"),
    "eva": ((Role.EVALUATOR,), None, None),
    "admin": ((Role.ADMIN,), None, None),
    "adminti": ((Role.ADMIN,), None, None),
    "direktur": ((Role.APPROVER,), None, None),
    "kadis": ((Role.APPROVER,), None, None),
    "gateway": ((Role.SYSTEM,), None, None),
}


def account(name: str, roles: tuple[Role, ...], agency: str | None, unit: str | None) -> Account:
    """Somebody who may sign in."""
    return Account(
        id=AgentId(f"agent-{name}"),
        name=name,
        label=name.title(),
        password_hash=HASHER.hash(PASSWORD),
        roles=roles,
        agency=AgencyKey(agency) if agency else None,
        unit=UnitId(unit) if unit else None,
    )


@functools.cache
def before_anybody_works() -> Path:
    """The store of the city with its people, made once: each room begins with a copy."""
    path = Path(tempfile.mkdtemp(prefix="kentongan-rooms-")) / "room.db"
    store = open_store(f"sqlite:{path}")
    register(store, PLANS, PACK, datetime.now(UTC))
    for name, (roles, agency, unit) in PEOPLE.items():
        store.accounts.put(account(name, roles, agency, unit))
    store.close()
    return path
