"""The door: every command of every kind passes here, and nothing else writes the journal.

One command is one transaction: what did it lead to before, may this agent, what is known of its
stream, what follows; then events, claims and rows are written together or not at all. It decides
nothing itself (that is `core`) and keeps nothing itself (that is the store). It promises that the
same command id never leads to a second event, however often and however late it comes, and that
of two streams that want the same unit exactly one gets it and the other is told who has it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec import Struct, structs

from kentongan.app.handing_over import situation_now
from kentongan.app.ports import (
    ClaimTaken,
    Draft,
    Recorded,
    Store,
    Transaction,
    VersionConflict,
)
from kentongan.app.taken import refusal_for
from kentongan.core.access import may
from kentongan.core.commands import Envelope, OpenIncident, RecordLate, WriteHandover
from kentongan.core.commands.undo import UndoCommand
from kentongan.core.context import NUMBER, Context, number_claim
from kentongan.core.events import AnyEvent
from kentongan.core.handover_rows import Situation
from kentongan.core.hearing import check_hearing
from kentongan.core.plans import Plans
from kentongan.core.references import Find, check_not_last, check_references, check_room
from kentongan.core.rows import AnyRow
from kentongan.core.streams import (
    AnyState,
    claims_of,
    decide,
    evolve,
    fold,
    kind_of,
    rows_of,
    stream_of,
)
from kentongan.core.words import EventId, Meta, Refused, Role

RETRIES_MAX = 5
"""Times a command is decided anew when somebody else wrote to its stream meanwhile; then `Busy`."""

AGE_MAX_S = 24 * 3600.0
"""Oldest age a device may claim, seconds: a crew's phone may be without a network for one shift."""

COMMAND_ID_CHARACTERS_MAX = 200
"""Longest command id; it is an index key of the journal."""


class Busy(Exception):  # noqa: N818 - an answer for now, not an error
    """The stream changed under every attempt; ask again with the same command id."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What a command led to: its events, possibly none.

    `repeated` when it had been here before; `age_clamped` when the asker's age was outside
    0…`AGE_MAX_S`, so that the events' `at` is the nearest time that can be true.
    """

    events: tuple[Recorded, ...]
    repeated: bool = False
    age_clamped: bool = False


def handle(store: Store, plans: Plans, envelope: Envelope, now: datetime) -> Outcome:
    """Let a command in; `now` is the server's clock (UTC).

    Raises `Refused` when the domain says no, `Busy` when others kept changing the stream, and
    `Unavailable` when the store is away. After any of the three nothing was written, except that
    an `Unavailable` store may have committed already: sending the same id again tells.
    """
    _check_id(envelope)
    is_handover = isinstance(envelope.command, WriteHandover)
    situation = situation_now(store, now) if is_handover else None
    for _ in range(1 + RETRIES_MAX):
        try:
            with store.transaction() as transaction:
                return _attempt(store, transaction, plans, envelope, now, situation)
        except VersionConflict:
            continue
        except ClaimTaken as taken:
            if taken.claim.kind == NUMBER:
                continue
            raise refusal_for(store, taken) from taken
    raise Busy


def _check_id(envelope: Envelope) -> None:
    """Ids with `#` belong to reactions, timers and effects: nobody may use one up before them."""
    if not 0 < len(envelope.id) <= COMMAND_ID_CHARACTERS_MAX:
        raise Refused("command_id_invalid")
    if "#" in envelope.id and not envelope.agent.has(Role.SYSTEM):
        raise Refused("command_id_invalid")


def _attempt(
    store: Store,
    transaction: Transaction,
    plans: Plans,
    envelope: Envelope,
    now: datetime,
    situation: Situation | None,
) -> Outcome:
    command, stream = envelope.command, stream_of(envelope.command)
    seen = transaction.find_outcome(envelope.id)
    if seen is not None:
        return _repeated(seen, stream, envelope)

    find = _finder(store)
    may(envelope.agent, command, find)
    check_references(command, find, plans.desks)
    check_room(command, lambda kind: _rows(store, kind))
    check_hearing(envelope.agent, command, find, lambda kind: _rows(store, kind))

    history = transaction.load(stream)
    before = fold(stream, [(recorded.event, recorded.meta) for recorded in history])
    context = _context(store, transaction, envelope, plans, now, is_new=not history)
    if situation is not None:
        context = structs.replace(context, situation=situation)
    events = decide(command, before, context)

    draft = _draft(stream, len(history), before, events, envelope, context, now)
    written = transaction.append(draft)
    if written:
        check_not_last(command, find, plans.desks)  # now that nobody else can write
        transaction.put_rows(stream, *_changed_rows(before, written))
    return Outcome(events=written, age_clamped=_is_clamped(envelope))


def _repeated(seen: tuple[Recorded, ...], stream: str, envelope: Envelope) -> Outcome:
    """A command id is the asker's own: another's, or one for another stream, is a mistake."""
    for recorded in seen:
        if recorded.meta.stream != stream or recorded.meta.agent != envelope.agent.id:
            raise Refused("command_id_used")
    return Outcome(events=seen, repeated=True, age_clamped=_is_clamped(envelope))


def _finder(store: Store) -> Find:
    def find(kind: str, key: str) -> AnyRow | None:
        found = store.find_row(kind, key)
        return found.row if found else None

    return find


def _rows(store: Store, kind: str) -> Iterator[AnyRow]:
    return (found.row for found in store.rows(kind) if found.row is not None)


def _context(
    store: Store,
    transaction: Transaction,
    envelope: Envelope,
    plans: Plans,
    now: datetime,
    *,
    is_new: bool,
) -> Context:
    """Who asks and when it happened; a new incident gets the number of its day, the city's own,
    without those that incidents of other days still have."""
    is_undo = isinstance(envelope.command, UndoCommand)  # by the centre's clock
    at = now - timedelta(seconds=0.0 if is_undo else _possible_age_s(envelope.age_s))
    number = 0
    if is_new and isinstance(envelope.command, OpenIncident | RecordLate):
        day = (at + plans.time_zone_offset).date().isoformat()
        number = transaction.next_number(day)
        while store.holder(number_claim(number)) is not None:
            number = transaction.next_number(day)
    return Context(agent=envelope.agent, at=at, plans=plans, next_number=number)


def _possible_age_s(age_s: float) -> float:
    """The nearest age that can be true; one that is no number at all counts as now."""
    return min(age_s, AGE_MAX_S) if age_s > 0 else 0.0


def _is_clamped(envelope: Envelope) -> bool:
    return _possible_age_s(envelope.age_s) != envelope.age_s


def _draft(
    stream: str,
    version: int,
    before: AnyState,
    events: tuple[AnyEvent, ...],
    envelope: Envelope,
    context: Context,
    now: datetime,
) -> Draft:
    """The events with who, when and why, and the claims that change hands with them."""
    held = claims_of(before)
    wanted = claims_of(_foreseen(before, stream, events, context, now))
    return Draft(
        stream=stream,
        expected_version=version,
        events=events,
        command=envelope.id,
        agent=envelope.agent.id,
        agent_name=envelope.agent.name,
        at=context.at,
        recorded_at=now,
        because=envelope.because,
        take=tuple(sorted(wanted - held)),
        release=tuple(sorted(held - wanted)),
    )


def _foreseen(
    before: AnyState,
    stream: str,
    events: tuple[AnyEvent, ...],
    context: Context,
    now: datetime,
) -> AnyState:
    """The state these events will lead to, before the store has given them their place."""
    meta = Meta(
        event_id=EventId(""),
        stream=stream,
        version=0,
        position=0,
        at=context.at,
        recorded_at=now,
        agent=context.agent.id,
        agent_name=context.agent.name,
    )
    state = before
    for event in events:
        state = evolve(state, event, meta)
    return state


def _changed_rows(
    before: AnyState, written: Iterable[Recorded]
) -> tuple[list[AnyRow], list[tuple[str, str]]]:
    """Rows that are new or different, and the (kind, key) of those that are gone."""
    after = before
    for recorded in written:
        after = evolve(after, recorded.event, recorded.meta)
    old = {(kind_of(row), row.key): row for row in rows_of(before)}
    new = {(kind_of(row), row.key): row for row in rows_of(after)}
    put = [row for place, row in new.items() if old.get(place) != row]
    return put, [place for place in old if place not in new]
