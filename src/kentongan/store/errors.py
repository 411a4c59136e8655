"""What can be wrong with a store itself, as opposed to with a command or a neighbour.

None of these passes by waiting: each needs a person, so each says what was found, where, and what
was expected. A database that is merely away raises `app.ports.Unavailable` instead.
"""


class StoreError(Exception):
    """The store cannot be used as it is."""


class StoreDamaged(StoreError):  # noqa: N818 - a state, named like one
    """The file or database is not a Kentongan store, or its content is broken."""


class SchemaTooNew(StoreError):  # noqa: N818 - a state, named like one
    """A later release wrote this store; this release must not touch it."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"the store has schema {found}, this release knows up to {known}: "
            "start the newer release, or restore a backup made by this one"
        )
        self.found = found
        self.known = known


class StoreNotEmpty(StoreError):  # noqa: N818 - a state, named like one
    """A backup is only ever restored into an empty store."""


class BackupDamaged(StoreError):  # noqa: N818 - a state, named like one
    """The backup file is incomplete, altered or of an unknown kind."""
