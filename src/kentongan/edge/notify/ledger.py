"""How a delivery goes on: begun, taken, refused, confirmed, expired. Pure.

    waiting ─► sending ─► accepted ─► delivered ─► read
                  │  └─► waiting (another try) ─► … ─► failed
                  └─ no answer, or killed: once more, marked `may_be_twice`; then failed

Theory: a receipt may come twice, late, for another part first, or before the answer to what it
confirms; so it only ever moves a delivery forwards. That it failed is believed until it is said to
have arrived. `unsure` is the one case in which a copy more than one may exist: it is tried once
more, because a crew that is told twice loses seconds and one that is not told loses minutes.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from kentongan.edge.notify.channel import NotSent, ReceiptIn, Taken
from kentongan.edge.notify.pace import TRIES_MAX, pause_s
from kentongan.store.deliveries import Attempt, Delivery, DeliveryState

SENDING_S: Final = 60.0
"""Twice as long as a gateway may take, seconds: then its process was killed while it sent."""

_RANK: Final[dict[DeliveryState, int]] = {"accepted": 1, "failed": 2, "delivered": 3, "read": 4}


def begun(delivery: Delivery, gateway: str, now: datetime, by: str = "") -> Delivery:
    """A try begins. The row says so before the first octet leaves; `by` is who sends it."""
    attempt = Attempt(gateway=gateway, at=now, outcome="sending", by=by)
    return structs.replace(
        delivery,
        state="sending",
        due_at=now + timedelta(seconds=SENDING_S),
        attempts=(*delivery.attempts, attempt),
    )


def taken(delivery: Delivery, answer: Taken, now: datetime) -> Delivery:
    """The gateway has it. The text has done its work and is forgotten."""
    last = structs.replace(
        delivery.attempts[-1],
        outcome="accepted",
        outcome_at=now,
        ids=answer.ids,
        said=answer.said,
        cost=answer.cost,
    )
    return structs.replace(
        delivery,
        state="accepted",
        due_at=None,
        text="",
        attempts=(*delivery.attempts[:-1], last),
    )


def refused(
    delivery: Delivery, answer: NotSent, now: datetime, *, has_other: bool = False
) -> Delivery:
    """The gateway has it not, or nobody knows. `has_other`: another one has not refused it."""
    last = structs.replace(
        delivery.attempts[-1],
        outcome="unsure" if answer.is_unsure else "failed",
        outcome_at=now,
        why=answer.why,
        said=answer.said,
        is_lasting=answer.is_lasting,
    )
    told = structs.replace(delivery, attempts=(*delivery.attempts[:-1], last))
    if len(told.attempts) >= TRIES_MAX or (answer.is_lasting and not has_other):
        return ended(told, "failed", answer.why, now)
    if answer.is_lasting:
        return structs.replace(told, state="waiting", due_at=now)
    if answer.is_unsure and delivery.may_be_twice:
        return ended(told, "failed", "unsure_twice", now)
    wait_s = max(pause_s(delivery.id, len(told.attempts)), answer.pause_s or 0.0)
    return structs.replace(
        told,
        state="waiting",
        due_at=min(now + timedelta(seconds=wait_s), told.expires_at),
        may_be_twice=told.may_be_twice or answer.is_unsure,
    )


def left_behind(delivery: Delivery, now: datetime) -> Delivery:
    """The process that was sending it is gone; nobody knows how far it came."""
    return refused(delivery, NotSent("killed", is_unsure=True), now)


def ended(delivery: Delivery, state: DeliveryState, why: str, now: datetime) -> Delivery:
    """Nothing more is sent."""
    return structs.replace(
        delivery, state=state, why=why, due_at=None, ended_at=now, text="", title=""
    )


def confirmed(delivery: Delivery, receipt: ReceiptIn, now: datetime) -> Delivery:
    """What a receipt changes; the same delivery when it changes nothing."""
    place = _place_of(delivery, receipt)
    if place is None:
        return delivery
    attempt = delivery.attempts[place]
    part = next(name for name in receipt.names if name in attempt.ids)
    done = attempt.done
    if receipt.outcome in ("delivered", "read") and part not in done:
        done = (*done, part)
    is_whole = set(done) >= set(attempt.ids) or receipt.outcome == "read"
    outcome = receipt.outcome
    if outcome == "delivered" and not is_whole:
        outcome = "accepted"
    attempt = structs.replace(attempt, done=done, cost=receipt.cost or attempt.cost)
    rises = _RANK[outcome] > _RANK.get(_state_of(attempt), 0)
    if rises:
        attempt = structs.replace(attempt, outcome=outcome, outcome_at=now, why=receipt.why)
        attempt = structs.replace(attempt, said=receipt.said or attempt.said)
    attempts = (*delivery.attempts[:place], attempt, *delivery.attempts[place + 1 :])
    told = structs.replace(delivery, attempts=attempts)
    if not rises or _RANK[outcome] <= _RANK.get(told.state, 0):
        return told
    if outcome == "failed" and place != len(attempts) - 1:
        return told  # another try is on its way, or was taken
    is_end = outcome in ("read", "failed")
    return structs.replace(
        told,
        state=outcome,
        why=receipt.why if outcome == "failed" else "",
        ended_at=now if is_end else None,
        due_at=None,
        text="",
    )


def _state_of(attempt: Attempt) -> DeliveryState:
    match attempt.outcome:
        case "accepted" | "delivered" | "read" | "failed":
            return attempt.outcome
        case "sending" | "unsure":
            return "sending"


def _place_of(delivery: Delivery, receipt: ReceiptIn) -> int | None:
    """Which try the receipt is about."""
    for place, attempt in enumerate(delivery.attempts):
        if attempt.gateway == receipt.gateway and set(attempt.ids).intersection(receipt.names):
            return place
    return None
