"""Who has a screen, by the sessions in the store: whichever process of screens they are at."""

from collections.abc import Callable
from datetime import datetime

from kentongan.core.words import AgentId
from kentongan.store.accounts import is_in_use
from kentongan.store.whole import WholeStore


def screens_in_use(store: WholeStore) -> Callable[[AgentId, datetime], bool]:
    """Asks whether this person is signed in anywhere with a screen that is open."""

    def is_here(agent: AgentId, now: datetime) -> bool:
        return any(is_in_use(one, now) for one in store.accounts.sessions_of(agent, now))

    return is_here
