"""An alias: what people call a place, and where it is; or a known place whose point is put right.

               from nothing     new                reviewed           refused, undone
    add        new              nothing / refused  nothing / refused  nothing / refused; see below
    accept     refused unknown  reviewed           nothing            refused alias_ended
    refuse     refused unknown  refused            refused            nothing / alias_ended
    undo       refused unknown  undone             undone             nothing / alias_ended

Theory: whoever stands there knows better than the map, and the next call may come within a minute;
so an alias is in effect from the moment it is added and says that nobody has reviewed it yet. One
that the system doubts (`core.place_correction`) is in effect only once it was accepted. What
ended stays ended: the same words again are a new alias, so that the trail reads in one direction.
Only what the system undid because the incident had become sensitive is new again when the system
adds it again, because the incident is not: what people decided about it before that stays decided.
"""

from collections.abc import Callable, Sequence
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.cities.facts import Box, Point
from kentongan.core.checks import (
    check_labels,
    cut_note,
    is_near,
    is_readable,
    same_words,
)
from kentongan.core.city_rows import AliasRow
from kentongan.core.commands.city import AddAlias, AliasCommand, ReviewAlias, UndoAlias
from kentongan.core.context import Context
from kentongan.core.events.city import AliasAdded, AliasEvent, AliasReviewed, AliasUndone
from kentongan.core.shapes import place_said
from kentongan.core.words import AliasId, Meta, Personal, Refused, Role

PHRASES_MAX: Final = 8
"""Different words for one place."""

PHRASE_CHARACTERS_MAX: Final = 120
"""Longest words for a place; whoever says more tells a way to it."""

ACCURACY_MAX_M: Final = 5_000
"""A point known less well is no help to anybody."""


class Alias(Struct, frozen=True, kw_only=True):
    """An alias; `row` is None until it is added."""

    key: AliasId
    row: AliasRow | None = None


def decide(command: AliasCommand, alias: Alias, context: Context) -> tuple[AliasEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    row = alias.row
    if isinstance(command, AddAlias):
        return _add(command, row, context)
    if row is None:
        raise Refused("unknown_alias")
    match command:
        case ReviewAlias():
            return _review(command, row)
        case UndoAlias(reason=reason):
            if row.state == "undone":
                return ()
            _must_go_on(row)
            is_sensitive = command.sensitive and context.agent.has(Role.SYSTEM)
            return (AliasUndone(reason=cut_note(reason)[0], sensitive=is_sensitive),)
        case _:
            assert_never(command)


def _add(command: AddAlias, row: AliasRow | None, context: Context) -> tuple[AliasEvent, ...]:
    is_system = context.agent.has(Role.SYSTEM)
    _check_point(command.point, context.plans.box)
    if not 1 <= command.accuracy_m <= ACCURACY_MAX_M:
        raise Refused("accuracy_unreadable", accuracy_max_m=str(ACCURACY_MAX_M))
    check_labels(label=command.label, document=command.document, by=command.by)
    if not _says_something(command.label):
        raise Refused("alias_without_words")
    added = AliasAdded(
        phrases=_phrases(command),
        label=command.label,
        point=command.point,
        document=command.document,
        accuracy_m=command.accuracy_m,
        incident=command.incident,
        unit=command.unit,
        note=cut_note(command.note)[0],
        by=command.by if is_system else "",
        doubt=command.doubt if is_system else "",
    )
    if row is None or (is_system and row.sensitive and _is_known(row, added)):
        return (added,)
    if _is_known(row, added):
        return ()
    raise Refused("alias_exists")


def _check_point(point: Point, box: Box) -> None:
    if not is_readable(point):
        raise Refused("place_unreadable")
    if is_near(point, box):
        return
    if is_near(Point(lat=point.lon, lon=point.lat), box):
        raise Refused("shape_swapped", position=place_said(point.lon, point.lat))
    raise Refused("shape_outside_city", position=place_said(point.lat, point.lon))


def _phrases(command: AddAlias) -> tuple[Personal, ...]:
    """The words, each once. Those of a known document may be missing: it has a name already."""
    phrases: dict[tuple[str | None, str | None], Personal] = {}
    for phrase in command.phrases:
        if not _says_something(phrase):
            continue
        if phrase.text is not None and len(phrase.text.strip()) > PHRASE_CHARACTERS_MAX:
            raise Refused("phrase_too_long", characters_max=str(PHRASE_CHARACTERS_MAX))
        words = phrase.text and " ".join(phrase.text.split())
        phrases.setdefault((words, None if words else phrase.ref), phrase)
    if not phrases and command.document is None:
        raise Refused("alias_without_words")
    if len(phrases) > PHRASES_MAX:
        raise Refused("too_many_phrases", phrases_max=str(PHRASES_MAX))
    return tuple(phrases.values())


def _says_something(words: Personal) -> bool:
    """Whether there are words; a reaction passes on words that stay sealed."""
    return words.ref is not None if words.text is None else bool(words.text.strip())


def _is_known(row: AliasRow, added: AliasAdded) -> bool:
    """Whether the row says the same; where its words are kept does not matter."""
    same = (
        row.point == added.point
        and row.document == added.document
        and row.accuracy_m == added.accuracy_m
        and row.incident == added.incident
        and row.unit == added.unit
        and row.doubt == added.doubt
        and len(row.phrases) == len(added.phrases)
    )
    words = zip(
        (*row.phrases, row.label, row.note),
        (*added.phrases, added.label, added.note),
        strict=False,
    )
    return same and all(same_words(one, other) for one, other in words)


def _review(command: ReviewAlias, row: AliasRow) -> tuple[AliasEvent, ...]:
    wanted = "reviewed" if command.accepted else "refused"
    if row.state == wanted:
        return ()
    _must_go_on(row)
    return (AliasReviewed(accepted=command.accepted, note=cut_note(command.note)[0]),)


def _must_go_on(row: AliasRow) -> None:
    if row.ended_at is not None:
        raise Refused("alias_ended", by=row.undone_by or row.reviewed_by)


# --- what the events mean ------------------------------------------------------------------------


def _added(alias: Alias, event: AliasAdded, meta: Meta) -> Alias:
    row = AliasRow(
        key=alias.key,
        seq=meta.position,
        state="new",
        phrases=event.phrases,
        label=event.label,
        point=event.point,
        document=event.document,
        accuracy_m=event.accuracy_m,
        incident=event.incident,
        unit=event.unit,
        note=event.note,
        doubt=event.doubt,
        added_at=meta.at,
        added_by=event.by or meta.agent_name,
    )
    return structs.replace(alias, row=row)


def _reviewed(alias: Alias, event: AliasReviewed, meta: Meta) -> Alias:
    return _with(
        alias,
        seq=meta.position,
        state="reviewed" if event.accepted else "refused",
        reviewed_at=meta.at,
        reviewed_by=meta.agent_name,
        review_note=event.note,
        ended_at=None if event.accepted else meta.at,
    )


def _undone(alias: Alias, event: AliasUndone, meta: Meta) -> Alias:
    return _with(
        alias,
        seq=meta.position,
        state="undone",
        undone_at=meta.at,
        undone_by=meta.agent_name,
        undo_reason=event.reason,
        sensitive=event.sensitive,
        ended_at=meta.at,
    )


def _with(alias: Alias, **fields: object) -> Alias:
    assert alias.row is not None, f"{alias.key} has an event before it was added"  # noqa: S101
    return structs.replace(alias, row=structs.replace(alias.row, **fields))


EVOLVE: Final[dict[type[Struct], Callable[..., Alias]]] = {
    AliasAdded: _added,
    AliasReviewed: _reviewed,
    AliasUndone: _undone,
}


def evolve(alias: Alias, event: AliasEvent, meta: Meta) -> Alias:
    """The alias after the event."""
    return EVOLVE[type(event)](alias, event, meta)


def rows(alias: Alias) -> tuple[AliasRow, ...]:
    """What the board shows of it."""
    return () if alias.row is None else (alias.row,)


def words_for(phrases: Sequence[Personal | None]) -> tuple[Personal, ...]:
    """Of these words the first that can stand for a place, or none."""
    for phrase in phrases:
        if phrase is not None and phrase.text is not None:
            length = len(phrase.text.strip())
            if 0 < length <= PHRASE_CHARACTERS_MAX:
                return (phrase,)
    return ()
