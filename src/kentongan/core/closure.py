"""A closure: roads that are shut or slow for a while, as somebody drew them.

              from nothing       in force                          lifted
    close     in force           nothing / refused closure_exists  refused closure_lifted
    change    refused unknown    changed / nothing                 refused closure_lifted
    lift      refused unknown    lifted                            nothing

Theory: the record knows the shape and what it does to whom, never the edges of a network: those
change with each import of the city, the drawing does not. A closure without an end holds until
somebody lifts it; one with an end is lifted by a timer, which does nothing when the end was moved
meanwhile. The same roads shut again are a new closure.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, assert_never

from msgspec import Struct, structs

from kentongan.core.checks import check_label, same_words, split_reason
from kentongan.core.city_rows import ClosureRow
from kentongan.core.commands.city import ChangeClosure, CloseRoads, ClosureCommand, LiftClosure
from kentongan.core.context import Context
from kentongan.core.events.city import ClosureChanged, ClosureEvent, ClosureLifted, RoadsClosed
from kentongan.core.shapes import check_shape
from kentongan.core.words import ClosureId, Meta, Refused, Role

PROFILES: Final = frozenset({"ambulance", "fire_engine", "motorcycle", "police_car", "plain"})
"""Kinds of vehicles that a factor may be given for: the profiles of `edge.geo.network`."""

FACTOR_MAX: Final = 100.0
"""Slower than this is closed in all but name."""

DEPTH_MAX_CM: Final = 1_000
"""Ten metres of water; more is a slip of the keyboard."""

WAY_MAX: Final = 2**63 - 1
"""Largest id of a way: OSM counts in 64 bits."""

LASTS_MAX: Final = timedelta(days=3 * 366)
"""Longest closure; a later end is a mistyped year, and nobody would ever see it lifted."""

EXPIRED: Final = "expired"
"""Why the timer lifts it."""


class Closure(Struct, frozen=True, kw_only=True):
    """A closure; `row` is None until roads are closed."""

    key: ClosureId
    row: ClosureRow | None = None


def decide(command: ClosureCommand, closure: Closure, context: Context) -> tuple[ClosureEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    row = closure.row
    if isinstance(command, CloseRoads):
        return _close(command, row, context)
    if row is None:
        raise Refused("unknown_closure")
    match command:
        case ChangeClosure():
            return _change(command, row, context)
        case LiftClosure():
            return _lift(command, row, context)
        case _:
            assert_never(command)


def _close(
    command: CloseRoads, row: ClosureRow | None, context: Context
) -> tuple[ClosureEvent, ...]:
    closed = RoadsClosed(**_facts(command, context))
    if row is None:
        _must_end_later(closed.until_at, context.at)
        return (closed,)
    _must_be_in_force(row)
    if not _is_known(row, closed):
        raise Refused("closure_exists")
    return ()


def _change(command: ChangeClosure, row: ClosureRow, context: Context) -> tuple[ClosureEvent, ...]:
    changed = ClosureChanged(**_facts(command, context))
    _must_be_in_force(row)
    if _is_known(row, changed):
        return ()
    _must_end_later(changed.until_at, context.at)
    return (changed,)


def _lift(command: LiftClosure, row: ClosureRow, context: Context) -> tuple[ClosureEvent, ...]:
    """The timer of an earlier end does not lift what was prolonged since."""
    if row.lifted_at is not None:
        return ()
    is_early = row.until_at is None or context.at < row.until_at
    if command.reason == EXPIRED and context.agent.has(Role.SYSTEM) and is_early:
        return ()
    key, words = split_reason(command.reason)
    return (ClosureLifted(reason=key, reason_text=words),)


def _must_be_in_force(row: ClosureRow) -> None:
    if row.lifted_at is not None:
        raise Refused("closure_lifted", by=row.lifted_by)


def _must_end_later(until_at: datetime | None, now: datetime) -> None:
    """A closure that is over already would close nothing, and nobody would notice."""
    if until_at is not None and until_at <= now:
        raise Refused("closure_over")


# --- what a closure says -------------------------------------------------------------------------


def _facts(command: CloseRoads | ChangeClosure, context: Context) -> dict[str, Any]:
    """The fields of the event, each of them checked."""
    key, words = split_reason(command.reason)
    if not key:
        raise Refused("closure_reason_missing")
    _check_factors(command.factors)
    if command.depth_cm is not None and not 0 <= command.depth_cm <= DEPTH_MAX_CM:
        raise Refused("depth_unreadable", depth_max_cm=str(DEPTH_MAX_CM))
    if command.way is not None and not 0 < command.way <= WAY_MAX:
        raise Refused("way_unreadable")
    check_label(command.label, "label")
    from_at, until_at = _times(command, context.at)
    return {
        "geometry": check_shape(command.geometry, context.plans.box),
        "reason": key,
        "reason_text": words,
        "label": command.label,
        "way": command.way,
        "factors": command.factors,
        "depth_cm": command.depth_cm,
        "direction": command.direction,
        "from_at": from_at,
        "until_at": until_at,
    }


def _check_factors(factors: Mapping[str, float]) -> None:
    for profile, factor in factors.items():
        if profile not in PROFILES:
            raise Refused("unknown_profile", profile=profile[:100])
        if not (factor == 0 or 1.0 <= factor <= FACTOR_MAX):
            raise Refused("factor_unreadable", profile=profile, factor_max=f"{FACTOR_MAX:.0f}")


def _times(
    command: CloseRoads | ChangeClosure, now: datetime
) -> tuple[datetime | None, datetime | None]:
    times = (command.from_at, command.until_at)
    if any(time is not None and time.tzinfo is None for time in times):
        raise Refused("time_unreadable")
    from_at, until_at = (None if time is None else time.astimezone(UTC) for time in times)
    if until_at is not None and until_at <= (from_at or datetime.min.replace(tzinfo=UTC)):
        raise Refused("closure_ends_before_it_begins")
    latest = now + LASTS_MAX
    if any(time is not None and time > latest for time in (from_at, until_at)):
        raise Refused("closure_too_long", days_max=str(LASTS_MAX.days))
    return from_at, until_at


def _is_known(row: ClosureRow, facts: RoadsClosed | ClosureChanged) -> bool:
    """Whether the row says the same; where its words are kept does not matter."""
    words = ("reason_text", "label")
    return all(
        same_words(getattr(row, name), getattr(facts, name))
        if name in words
        else getattr(row, name) == getattr(facts, name)
        for name in facts.__struct_fields__
    )


# --- what the events mean ------------------------------------------------------------------------


def _closed(closure: Closure, event: RoadsClosed, meta: Meta) -> Closure:
    row = ClosureRow(
        key=closure.key,
        seq=meta.position,
        closed_at=meta.at,
        closed_by=meta.agent_name,
        **structs.asdict(event),
    )
    return structs.replace(closure, row=row)


def _changed(closure: Closure, event: ClosureChanged, meta: Meta) -> Closure:
    return _with(
        closure,
        seq=meta.position,
        changed_at=meta.at,
        changed_by=meta.agent_name,
        **structs.asdict(event),
    )


def _lifted(closure: Closure, event: ClosureLifted, meta: Meta) -> Closure:
    return _with(
        closure,
        seq=meta.position,
        lifted_at=meta.at,
        lifted_by=meta.agent_name,
        lift_reason=event.reason,
        lift_reason_text=event.reason_text,
    )


def _with(closure: Closure, **fields: object) -> Closure:
    assert closure.row is not None, f"{closure.key} has an event before it was closed"  # noqa: S101
    return structs.replace(closure, row=structs.replace(closure.row, **fields))


EVOLVE: Final[dict[type[Struct], Callable[..., Closure]]] = {
    RoadsClosed: _closed,
    ClosureChanged: _changed,
    ClosureLifted: _lifted,
}


def evolve(closure: Closure, event: ClosureEvent, meta: Meta) -> Closure:
    """The closure after the event."""
    return EVOLVE[type(event)](closure, event, meta)


def rows(closure: Closure) -> tuple[ClosureRow, ...]:
    """What the board shows of it."""
    return () if closure.row is None else (closure.row,)
