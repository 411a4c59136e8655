"""Two people write in one field at the same time: neither writes over the other. Pure.

A command may say how much of the row its asker had seen (`seen`, a position of the journal). When
the field was changed by somebody else after that, the command does not replace what it could not
know of: what stands stays, and what was meant is kept beside it as a variant with its author and
time, until a person takes one of them. Without `seen` a command is taken at its word.

    written since by     the field is then
    nobody, oneself      replaced, as ever
    somebody else        kept, a variant beside it; of two urgencies the greater one stands

A place has three parts (the words, the landmark, where it is): parts that only one of two changed
are merged, and nobody is asked. Theory: a three-way merge needs the value that both began with, so
a stream remembers the last values of each field with the positions of their events.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import structs

from kentongan.core.variant_rows import Edited, Variant
from kentongan.core.words import Agent, AgentId, Meta, Personal, Place, Refused

VERSIONS_MAX: Final = 40
"""Values of one field that are remembered; a complaint is saved every 0.8 s while it is typed."""

VARIANTS_MAX: Final = 20
"""Variants that a row shows, newest last; the journal keeps all."""


class Version(NamedTuple):
    """A value that a field had: since which event, whose, and when it was written."""

    position: int
    by: AgentId
    by_name: str
    at: datetime
    value: object


History = tuple[tuple[str, Version], ...]
"""Values by field, oldest first."""


def noted(history: History, field: str, value: object, meta: Meta) -> History:
    """The history with one more value of this field."""
    new = Version(meta.position, meta.agent, meta.agent_name, meta.at, value)
    own = [entry for entry in history if entry[0] == field]
    surplus = own[0] if len(own) >= VERSIONS_MAX else None
    return (*(entry for entry in history if entry is not surplus), (field, new))


def last_by_another(history: History, field: str, seen: int | None, agent: Agent) -> Version | None:
    """The field's value, when somebody else wrote it after what the asker had seen."""
    if seen is None:
        return None
    last = next((version for name, version in reversed(history) if name == field), None)
    is_news = last is not None and last.position > seen and last.by != agent.id
    return last if is_news else None


def value_at(history: History, field: str, seen: int) -> object:
    """What the asker had seen in the field; None when there was nothing."""
    known = (one for name, one in reversed(history) if name == field and one.position <= seen)
    found = next(known, None)
    return None if found is None else found.value


def edited(history: History) -> tuple[Edited, ...]:
    """For each field that more than one person wrote in: who did last."""
    last = dict(history)
    shared = {field for field, version in history if version.by != last[field].by}
    return tuple(
        Edited(field=field, by_name=version.by_name, at=version.at)
        for field, version in last.items()
        if field in shared
    )


def with_variant(variants: tuple[Variant, ...], new: Variant) -> tuple[Variant, ...]:
    """The variants with this one, in the place of its author's earlier one of the same field."""
    return (*without(variants, new.field, new.by), new)[-VARIANTS_MAX:]


def without(variants: Iterable[Variant], field: str, by: AgentId) -> tuple[Variant, ...]:
    """The variants without one author's of a field."""
    return tuple(one for one in variants if (one.field, one.by) != (field, by))


def find(variants: Iterable[Variant], field: str, by: AgentId) -> Variant | None:
    """One author's variant of a field."""
    return next((one for one in variants if (one.field, one.by) == (field, by)), None)


def must_be_shown(variant: Variant, at: datetime | None) -> None:
    """Raise `Refused("changed_meanwhile")` where the asker looked at an earlier variant."""
    if at is not None and at != variant.at:
        raise Refused("changed_meanwhile", field=variant.field, by=variant.by_name)


def must_stand(history: History, field: str, seen: int | None, agent: Agent) -> None:
    """Raise `Refused("changed_meanwhile")` where somebody else wrote since the asker looked."""
    other = last_by_another(history, field, seen, agent)
    if other is not None:
        raise Refused("changed_meanwhile", field=field, by=other.by_name)


class Merged(NamedTuple):
    """A place of two people's parts, and whether both had changed the same one."""

    place: Place
    is_contested: bool


def merged_place(mine: Place, seen: Place | None, now: Place) -> Merged:
    """What the asker changed since they looked, in what stands; a part that both changed stays."""
    words, is_words = _part(mine.words, seen and seen.words, now.words)
    landmark, is_landmark = _part(mine.landmark, seen and seen.landmark, now.landmark)
    spots = _spot(mine), seen and _spot(seen), _spot(now)
    is_spot = spots[0] not in (spots[1], spots[2]) and spots[2] != spots[1]
    where = now if is_spot or spots[0] == spots[1] else mine
    place = structs.replace(where, words=words, landmark=landmark)
    return Merged(place, is_words or is_landmark or is_spot)


def _part(
    mine: Personal | None, seen: Personal | None, now: Personal | None
) -> tuple[Personal | None, bool]:
    if _text(mine) in (_text(seen), _text(now)):
        return now, False
    if _text(now) == _text(seen):
        return mine, False
    return now, True


def _text(words: Personal | None) -> str | None:
    return words and words.text


def _spot(place: Place) -> Place:
    """Where it is, without the words and without where they are kept."""
    label = Personal(text=_text(place.label)) if _text(place.label) else None
    return structs.replace(place, words=None, landmark=None, label=label)
