"""Who did what: the journal read backwards, without a word that anybody said.

An administrator watches over the use of the system, not over what callers tell. So an entry has
who, when, which stream and what kind of event, and of its fields those that name things and
numbers. Personal text stays sealed; what an incident is about is left out.

The journal is read in steps from its end, or from where the last page ended; one question looks at
so many events at most and says from where to go on. The times are when events were written down,
because that is the order of the journal.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from kentongan.app.ports import Recorded, Store
from kentongan.core.words import AgentId

PAGE_MAX: Final = 100
"""Entries in one answer."""

EXPORT_MAX: Final = 5_000
"""Entries of one exported file; whoever needs more asks for a shorter time."""

STEP: Final = 1_000
"""Events read at once."""

SCANNED_MAX: Final = 20_000
"""Events one question looks at: under a second on a small machine."""

EXPORT_SCANNED_MAX: Final = 400_000
"""Events one export looks at: about a week of a busy city, read in some twenty seconds."""

SHOWN_CHARACTERS_MAX: Final = 200
"""Of one field."""

FACTS: Final = frozenset(
    {
        "account", "agency", "agreed", "alarm", "answered", "base", "before", "blocked", "by",
        "call", "changes", "closure", "desk", "desks", "digest", "grade", "incident", "into",
        "kind", "label", "level", "long_id", "name", "number", "outcome", "party", "progress",
        "protocol", "rank", "reason", "report", "restores", "role", "roles", "segment", "state",
        "to", "training", "trunk", "unit", "version",
    }
)  # fmt: skip
"""Fields of events that are shown where they are plain words, numbers or lists of them."""

OF_PEOPLE: Final = frozenset({"name", "label", "kind"})
"""Fields shown only where they are of the room's own things, see `OWN_NOUNS`."""

OWN_NOUNS: Final = frozenset({"accounts", "pack", "unit", "agency", "desk", "alarm", "hospital"})
"""Streams about the centre itself."""


class Asked(Struct, frozen=True, kw_only=True):
    """What is looked for; `kind` is a kind of event or its beginning, `noun` a kind of stream."""

    agent: AgentId | None = None
    stream: str | None = None
    noun: str | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


class JournalEntry(Struct, frozen=True, kw_only=True):
    """One event, without what anybody said."""

    position: int
    at: datetime
    recorded_at: datetime
    agent: str
    agent_name: str
    stream: str
    kind: str
    facts: dict[str, str]


class JournalPage(Struct, frozen=True, kw_only=True):
    """The newest first. `before` is where the next page begins, None at the journal's beginning;
    `looked_at` says how many events were read for this one.
    """

    entries: tuple[JournalEntry, ...]
    before: int | None
    looked_at: int


def search(store: Store, asked: Asked, *, limit: int, scanned_max: int) -> JournalPage:
    """A page. Raises `Unavailable`."""
    fits, found, looked_at = _filter(asked), list[JournalEntry](), 0
    last = _start(store, asked)
    for recorded in _backwards(store, asked.stream, last):
        position = recorded.meta.position
        is_older = asked.since is not None and recorded.meta.recorded_at < asked.since
        if is_older and asked.stream is None:
            return JournalPage(entries=tuple(found), before=None, looked_at=looked_at)
        if len(found) >= limit or looked_at >= scanned_max:
            return JournalPage(entries=tuple(found), before=position + 1, looked_at=looked_at)
        looked_at += 1
        if fits(recorded):
            found.append(entry(recorded))
    return JournalPage(entries=tuple(found), before=None, looked_at=looked_at)


def entry(recorded: Recorded) -> JournalEntry:
    """An event as it is shown."""
    meta = recorded.meta
    return JournalEntry(
        position=meta.position,
        at=meta.at,
        recorded_at=meta.recorded_at,
        agent=meta.agent,
        agent_name=meta.agent_name,
        stream=meta.stream,
        kind=_kind(recorded),
        facts=_facts(recorded),
    )


def _start(store: Store, asked: Asked) -> int:
    """The position to read back from: the page's, or the last one written before `until`."""
    last = store.last_position()
    if asked.before is not None:
        return min(last, asked.before - 1)
    return last if asked.until is None else _last_before(store, asked.until, last)


def _last_before(store: Store, until: datetime, last: int) -> int:
    """By halving: positions are in the order in which events were written down."""
    low, high = 0, last
    while low < high:
        middle = (low + high + 1) // 2
        (recorded,) = store.tail(middle - 1, 1)
        if recorded.meta.recorded_at < until:
            low = middle
        else:
            high = middle - 1
    return low


def _backwards(store: Store, stream: str | None, last: int) -> Iterator[Recorded]:
    """Events from that position to the beginning; of one stream where one is named."""
    if stream is not None:
        theirs = store.load(stream)
        yield from (one for one in reversed(theirs) if one.meta.position <= last)
        return
    while last > 0:
        first = max(0, last - STEP)
        yield from reversed(store.tail(first, last - first))
        last = first


def _filter(asked: Asked) -> Callable[[Recorded], bool]:
    def fits(recorded: Recorded) -> bool:
        meta = recorded.meta
        return (
            (asked.agent is None or meta.agent == asked.agent)
            and (asked.noun is None or meta.stream.partition(":")[0] == asked.noun)
            and (asked.since is None or meta.recorded_at >= asked.since)
            and (asked.until is None or meta.recorded_at < asked.until)
            and (asked.kind is None or _kind(recorded).startswith(asked.kind))
        )

    return fits


def _kind(recorded: Recorded) -> str:
    return str(type(recorded.event).__struct_config__.tag)


def _facts(recorded: Recorded) -> dict[str, str]:
    """The fields that may be shown, as words; a field that was not filled in is left out."""
    is_own = recorded.meta.stream.partition(":")[0] in OWN_NOUNS
    shown: dict[str, str] = {}
    for field in recorded.event.__struct_fields__:
        if field not in FACTS or (field in OF_PEOPLE and not is_own):
            continue
        words = _words(msgspec.to_builtins(getattr(recorded.event, field)))
        if words:
            shown[field] = words[:SHOWN_CHARACTERS_MAX]
    return shown


def _words(value: object) -> str:
    """Plain words and numbers; nothing of what has a shape of its own, such as sealed text."""
    if isinstance(value, bool):
        return "ya" if value else ""
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list | tuple) and all(isinstance(one, str | int) for one in value):  # pyright: ignore[reportUnknownVariableType]
        return ", ".join(str(one) for one in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return ""
