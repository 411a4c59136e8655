"""`kentongan notify status` and `kentongan notify list`: how gateways do, and the ledger."""

import getpass
import sys

from kentongan.core.reach import masked
from kentongan.core.words import AgentId
from kentongan.serve.wiring import utc_now
from kentongan.settings import Settings
from kentongan.store.accounts import Access
from kentongan.store.deliveries import Attempt, Delivery
from kentongan.store.open import open_store

SILENT_S = 15.0
"""A gateway whose state is older belongs to a process that does not run."""


def run_notify_status(settings: Settings) -> int:
    """One line for each gateway of the settings; 1 when one fails or the process does not run."""
    known = {one.name: one for one in open_store(settings.store_url).deliveries.states()}
    now, is_well = utc_now(), True
    for name in settings.notify.names:
        state = known.get(name)
        if state is None or (now - state.seen_at).total_seconds() > SILENT_S:
            print(f"{name}: the notify process does not run")
            is_well = False
            continue
        is_well = is_well and state.state != "failing"
        why = f" ({state.why}{': ' if state.said else ''}{state.said})" if state.why else ""
        print(
            f"{name}: {state.state} since {state.since:%Y-%m-%d %H:%M:%S}Z{why}, "
            f"{state.sent} sent, {state.failed} failed, {state.waiting} waiting"
        )
    if not settings.notify.names:
        print("[notify] names no gateway", file=sys.stderr)
    return 0 if is_well else 1


def run_notify_list(settings: Settings, incident: str, last: int, *, has_addresses: bool) -> int:
    """The ledger; addresses unmasked only when asked for, which is written down."""
    store = open_store(settings.store_url)
    ledger = store.deliveries
    found = ledger.of_incident(incident) if incident else list(reversed(ledger.latest(last)))
    if has_addresses:
        what = f"deliveries:{incident or 'latest'}"
        viewer = AgentId(f"command line: {getpass.getuser()}")
        access = Access(viewer=viewer, what=what, reason="addresses", at=utc_now())
        store.accounts.log_access([access])
    for kept in found:
        print(line_of(kept.delivery, has_address=has_addresses))
    return 0


def line_of(delivery: Delivery, *, has_address: bool) -> str:
    """A delivery with its tries, a line each."""
    to = delivery.to if has_address else masked(delivery.to)
    why = f" ({delivery.why})" if delivery.why else ""
    twice = ", a copy more may have gone out" if delivery.may_be_twice else ""
    told = f" to {delivery.label or '-'} {to}" if delivery.to else ""
    head = (
        f"{delivery.made_at:%Y-%m-%d %H:%M:%S}Z {delivery.state}{why}{twice}: "
        f"{delivery.about} by {delivery.way}{told} [{delivery.id}]"
    )
    return "\n".join((head, *(_try(one) for one in delivery.attempts)))


def _try(attempt: Attempt) -> str:
    at = attempt.outcome_at or attempt.at
    words = [attempt.why, attempt.said, f"costs {attempt.cost}" if attempt.cost else ""]
    rest = "; ".join(word for word in words if word)
    return f"    {at:%H:%M:%S}Z {attempt.gateway}: {attempt.outcome}{f' ({rest})' if rest else ''}"
