"""Accounts as the record has them, for the edges that show and keep them."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from kentongan.app.ports import Recorded, Store
from kentongan.core import streams
from kentongan.core.accounts import Accounts
from kentongan.core.words import AgentId

STREAM: Final = f"accounts:{streams.ALL_ACCOUNTS}"

PASSWORD_CHARACTERS_MIN: Final = 10
"""Shortest password (NIST SP 800-63B asks for at least 8)."""


class AccountRecord(Struct, frozen=True, kw_only=True):
    """All accounts, and what happened to them in order."""

    accounts: Accounts
    history: tuple[Recorded, ...]

    def of(self, account: AgentId, limit: int) -> Sequence[Recorded]:
        """What happened to that account, the newest first."""
        theirs = [one for one in self.history if getattr(one.event, "account", None) == account]
        return theirs[::-1][:limit]


def account_record(store: Store) -> AccountRecord:
    """Everything the journal says about accounts. Raises `Unavailable`."""
    history = store.load(STREAM)
    found = streams.fold(STREAM, [(one.event, one.meta) for one in history])
    assert isinstance(found, Accounts)  # noqa: S101 - the noun of the stream says so
    return AccountRecord(accounts=found, history=history)
