"""From a draft to the lines that are written, and from lines back to recorded events. Pure.

Every engine calls `write` with what it found under its lock (the `Head`) and writes the result as
it is; so all engines number, seal and chain alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from kentongan.app.ports import Draft, Recorded
from kentongan.core.events import AnyEvent
from kentongan.core.words import AgentId, CommandId, EventId, Meta, Refused
from kentongan.store import chain
from kentongan.store.codec import decode_event, kind_of
from kentongan.store.seal import MARK, Known, Salt, open_event, refs_in, seal_event
from kentongan.store.tables import Line, Text

IDENTIFIER_CHARACTERS_MAX = 200
"""Longest stream, command or agent id; ours have under 80. More is refused, not cut."""

EVENTS_PER_COMMAND_MAX = 1_000
"""A command leads to a handful of events; a thousand in one transaction is a runaway rule."""


class Head(Struct, frozen=True):
    """The journal's last position and chain value, and the stream's version, under the lock."""

    position: int
    chain: bytes
    version: int


class Written(Struct, frozen=True):
    """What one draft adds to the journal and to the personal texts."""

    lines: tuple[Line, ...]
    texts: tuple[Text, ...]
    recorded: tuple[Recorded, ...]


def write(draft: Draft, head: Head, salt: Salt, known: Known) -> Written:
    """Number, seal and chain the draft's events after the head."""
    check(draft)
    lines: list[Line] = []
    texts: list[Text] = []
    recorded: list[Recorded] = []
    at, recorded_at = draft.at.astimezone(UTC), draft.recorded_at.astimezone(UTC)
    previous = head.chain
    for number, event in enumerate(draft.events, start=1):
        version, position = head.version + number, head.position + number
        data, opened, kept = seal_event(event, f"{draft.stream}#{version}", salt, known)
        covered = (
            position, draft.stream, version, kind_of(event), at, recorded_at,
            draft.agent, draft.agent_name, draft.because, draft.command, data,
        )  # fmt: skip
        previous = chain.link(previous, chain.canonical(covered))
        lines.append(Line(*covered, previous))
        texts.extend(kept)
        recorded.append(_recorded(lines[-1], opened))
    return Written(tuple(lines), tuple(texts), tuple(recorded))


def check(draft: Draft) -> None:
    """`Refused("bad_identifier")` for ids that no store keeps: empty, too long, control characters.

    Ids of calls and incidents come from outside; the database must never be who notices.
    """
    for identifier in (draft.stream, draft.command, draft.agent):
        if not 0 < len(identifier) <= IDENTIFIER_CHARACTERS_MAX or not identifier.isprintable():
            raise Refused("bad_identifier", identifier=ascii(identifier[:40]))
    for text in (draft.agent_name, draft.because or ""):
        if len(text) > 2 * IDENTIFIER_CHARACTERS_MAX or not text.isprintable():
            raise Refused("bad_identifier", identifier=ascii(text[:40]))
    if len(draft.events) > EVENTS_PER_COMMAND_MAX:
        raise ValueError(f"{draft.command} led to {len(draft.events)} events")


READ = (
    "position", "stream", "version", "at", "recorded_at",
    "agent", "agent_name", "because", "command_id", "data",
)  # fmt: skip
"""The columns a reader of facts needs, in the order in which `read` takes them."""


def read(rows: Iterable[Sequence[Any]], texts: Mapping[str, str] | None = None) -> list[Recorded]:
    """The events of journal rows (columns `READ`), in order.

    Personal text is opened from `texts`, where what is not in it reads as None; without `texts`
    it stays sealed. This is the hot path of every replay, and written for it: one pass, no call
    that can be spared, and times that repeat within a command are parsed once.
    """
    recorded: list[Recorded] = []
    seen_text, seen_at = None, datetime.min.replace(tzinfo=UTC)
    for position, stream, version, at, recorded_at, agent, name, because, command, data in rows:
        if at != seen_text:
            seen_text, seen_at = at, moment(at)
        meta = Meta(
            event_id=f"{stream}#{version}",  # pyright: ignore[reportArgumentType]
            stream=stream,
            version=version,
            position=position,
            at=seen_at,
            recorded_at=seen_at if recorded_at == at else moment(recorded_at),
            agent=agent,
            agent_name=name,
            because=because,
        )
        if texts is not None and MARK in data:
            event = open_event(data, texts)
        else:
            event = decode_event(data)
        recorded.append(Recorded(event=event, meta=meta, command=command))
    return recorded


def columns(line: Line) -> tuple[object, ...]:
    """A line as `read` takes it."""
    return (
        line.position, line.stream, line.version, line.at, line.recorded_at,
        line.agent, line.agent_name, line.because, line.command_id, line.data,
    )  # fmt: skip


def refs_of(data: Iterable[str]) -> list[str]:
    """The refs of all personal text in these events' JSON."""
    return [ref for each in data for ref in refs_in(each)]


def moment(value: datetime | str) -> datetime:
    """A time as an engine keeps it: a datetime, or RFC 3339 text in UTC."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _recorded(line: Line, event: AnyEvent) -> Recorded:
    return Recorded(
        event=event,
        meta=Meta(
            event_id=EventId(f"{line.stream}#{line.version}"),
            stream=line.stream,
            version=line.version,
            position=line.position,
            at=line.at,
            recorded_at=line.recorded_at,
            agent=AgentId(line.agent),
            agent_name=line.agent_name,
            because=EventId(line.because) if line.because is not None else None,
        ),
        command=CommandId(line.command_id),
    )
