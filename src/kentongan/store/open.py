"""Opening a store by its address: the one place that knows which engines there are.

`memory:` (tests and simulation), `sqlite:PATH`, `postgresql://…`. Opening creates what is missing,
brings the schema up to date and refuses what a later release wrote.
"""

import secrets
from pathlib import Path

from kentongan.store.errors import StoreError
from kentongan.store.seal import Salt
from kentongan.store.whole import WholeStore


def random_salt() -> bytes:
    """16 unpredictable bytes: two equal texts never get the same digest."""
    return secrets.token_bytes(16)


def open_store(address: str, *, salt: Salt = random_salt) -> WholeStore:
    """The store at that address.

    Raises `Unavailable` when it cannot be reached now, and a `StoreError` (`StoreDamaged`,
    `SchemaTooNew`) when waiting will not help.
    """
    if address == "memory:":
        from kentongan.store.memory import MemoryStore

        return MemoryStore(salt)
    if address.startswith("sqlite:"):
        from kentongan.store.sql import SqlStore
        from kentongan.store.sqlite import SqliteEngine

        path = address.removeprefix("sqlite:")
        if not path:
            raise StoreError("sqlite: needs a path, for example sqlite:/var/lib/kentongan/store.db")
        return SqlStore(SqliteEngine(Path(path)), salt)
    if address.startswith(("postgresql://", "postgres://")):
        from kentongan.store.postgres import PostgresEngine
        from kentongan.store.sql import SqlStore

        return SqlStore(PostgresEngine(address), salt)
    kind = address.partition(":")[0]
    raise StoreError(f"no store of kind {kind!r}: use memory:, sqlite:PATH or postgresql://…")
