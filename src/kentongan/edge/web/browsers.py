"""Browsers that ring (web push) end with the session in which they were told to the server.

Whoever signs out, or is signed out, is rung no more by a browser that somebody else may hold next.
A browser that was told without a session, by an earlier version, ends with the account's sessions.
"""

from collections.abc import Callable

from msgspec import structs

from kentongan.core.words import AgentId
from kentongan.store.deliveries import Subscription
from kentongan.store.whole import WholeStore


def contact_of(account: AgentId) -> str:
    """The contact that stands for an account's browsers."""
    return f"account.{account}"


def end_browsers(
    store: WholeStore, account: AgentId, ends: Callable[[Subscription], bool] = lambda _: True
) -> None:
    """The account is told no more by the browsers of which that holds; by none without it."""
    known = store.deliveries.find_contact(contact_of(account))
    if known is None:
        return
    rest = tuple(one for one in known.subscriptions if not ends(one))
    if rest != known.subscriptions:
        store.deliveries.put_contact(structs.replace(known, subscriptions=rest))
