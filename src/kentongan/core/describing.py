"""What an incident is, where and how urgent, and what follows when two people say it at once. Pure.

Each decision is one about a single field. What a person could not know of is never written over
(`core.variants`); of two urgencies, and of two kinds of which one is more urgent, the more urgent
stands until somebody has chosen, because help must not wait for a question.
"""

from typing import Final

from msgspec import structs

from kentongan.cities.taxonomy import Nature
from kentongan.core import triage, variants
from kentongan.core.checks import check_place, same_place, split_reason
from kentongan.core.commands.incident import ClassifyIncident, LocateIncident, SetPriority
from kentongan.core.commands.variant import SettleVariant
from kentongan.core.context import Context
from kentongan.core.events.incident import IncidentClassified, IncidentLocated, PrioritySet
from kentongan.core.events.variant import VariantKept, VariantSettled
from kentongan.core.intake import is_usable
from kentongan.core.plans import Plans
from kentongan.core.rows import IncidentRow
from kentongan.core.variant_rows import Variant
from kentongan.core.variants import History, Version
from kentongan.core.words import NatureCode, Place, Priority, Refused

SENSITIVE: Final = "SENS"

Described = IncidentLocated | IncidentClassified | PrioritySet | VariantKept | VariantSettled


def nature_of(code: str, plans: Plans) -> Nature:
    """The sub-category with that code, or `Refused("unknown_nature")`."""
    nature = plans.natures.get(code)
    if nature is None:
        raise Refused("unknown_nature", nature=code[:100])
    return nature


def classified(nature: Nature, priority: Priority) -> IncidentClassified:
    """The fact that it is of this kind and so urgent."""
    flags = tuple(flag.value for flag in nature.flags)
    return IncidentClassified(
        nature=NatureCode(nature.code),
        priority=priority,
        flags=flags,
        sensitive=SENSITIVE in flags,
    )


def locate(
    command: LocateIncident, row: IncidentRow, history: History, context: Context
) -> tuple[Described, ...]:
    """Where it is, merged with what somebody else said of it meanwhile."""
    place = check_place(command.place, context.plans.box)
    other = variants.last_by_another(history, "place", command.seen, context.agent)
    if other is None or row.place is None or command.seen is None:
        return _located(place, row)
    seen = variants.value_at(history, "place", command.seen)
    merged = variants.merged_place(place, seen if isinstance(seen, Place) else None, row.place)
    events = _located(merged.place, row)
    if not merged.is_contested:
        return events
    return (*events, *_kept(_by(context, "place", place=place), row))


def _located(place: Place, row: IncidentRow) -> tuple[IncidentLocated, ...]:
    if same_place(place, row.place):
        return ()
    return (IncidentLocated(place=place, usable=is_usable(place)),)


def classify(
    command: ClassifyIncident, row: IncidentRow, history: History, context: Context
) -> tuple[Described, ...]:
    """What kind it is; without a priority the sub-category's own applies, where nobody else set
    one meanwhile."""
    nature = nature_of(command.nature, context.plans)
    if row.nature == command.nature and command.priority in (None, row.priority):
        return ()
    own = command.priority or Priority(nature.priority.value)
    other = variants.last_by_another(history, "nature", command.seen, context.agent)
    if other is not None and row.nature != command.nature:
        return _both_kinds(command, own, other, row, context)
    urged = variants.last_by_another(history, "priority", command.seen, context.agent)
    if urged is None or row.priority in (None, own):
        return (classified(nature, own),)
    stands = triage.more_urgent(own, row.priority) or own
    beside = (
        _by(context, "priority", priority=own) if stands == row.priority else _others(urged, row)
    )
    return (classified(nature, stands), *_kept(beside, row))


def _both_kinds(
    command: ClassifyIncident, own: Priority, other: Version, row: IncidentRow, context: Context
) -> tuple[Described, ...]:
    """The more urgent kind stands; among equals the one that was there first.

    Either is kept with the urgency that was said of it.
    """
    if triage.more_urgent(own, row.priority) == row.priority:
        meant = _by(context, "nature", nature=command.nature, priority=command.priority)
        return _kept(meant, row)
    theirs = structs.replace(_others(other, row), field="nature", nature=row.nature)
    return (classified(nature_of(command.nature, context.plans), own), *_kept(theirs, row))


def prioritise(
    command: SetPriority, row: IncidentRow, history: History, context: Context
) -> tuple[Described, ...]:
    """A person's word on how urgent it is; against somebody else's, the more urgent one stands."""
    key, words = split_reason(command.reason)
    if row.priority == command.priority:
        return ()
    changed = PrioritySet(priority=command.priority, reason=key, reason_text=words)
    other = variants.last_by_another(history, "priority", command.seen, context.agent)
    if other is None:
        return (changed,)
    if triage.more_urgent(command.priority, row.priority) == row.priority:
        return _kept(_by(context, "priority", priority=command.priority), row)
    return (changed, *_kept(_others(other, row), row))


def settle(
    command: SettleVariant, row: IncidentRow, history: History, context: Context
) -> tuple[Described, ...]:
    """A person chose: the variant, or what stands; of the two that were on their screen."""
    variant = variants.find(row.variants, command.field, command.by)
    if variant is None:
        return ()
    variants.must_be_shown(variant, command.at)
    variants.must_stand(history, variant.field, command.seen, context.agent)
    settled = VariantSettled(field=variant.field, by=variant.by, taken=command.take)
    if not command.take:
        return (settled,)
    return (*_taken(variant, row, context.plans), settled)


def _taken(variant: Variant, row: IncidentRow, plans: Plans) -> tuple[Described, ...]:
    """What was meant is set; with a kind no urgency is lowered, whoever raised it meanwhile."""
    if variant.nature is not None:
        nature = nature_of(variant.nature, plans)
        own = variant.priority or Priority(nature.priority.value)
        return (classified(nature, triage.more_urgent(own, row.priority) or own),)
    if variant.priority is not None:
        return (PrioritySet(priority=variant.priority),)
    return () if variant.place is None else _located(variant.place, row)


def _by(
    context: Context,
    field: str,
    *,
    nature: NatureCode | None = None,
    priority: Priority | None = None,
    place: Place | None = None,
) -> Variant:
    """What the asker means by this field."""
    return Variant(
        field=field,
        by=context.agent.id,
        by_name=context.agent.name,
        at=context.at,
        nature=nature,
        priority=priority,
        place=place,
    )


def _others(other: Version, row: IncidentRow) -> Variant:
    """What stood until now, as its author's."""
    return Variant(
        field="priority", priority=row.priority, by=other.by, by_name=other.by_name, at=other.at
    )


def _kept(variant: Variant, row: IncidentRow) -> tuple[VariantKept, ...]:
    """The fact; nothing when the same is kept already."""
    known = variants.find(row.variants, variant.field, variant.by)
    if known is not None and _means(known) == _means(variant):
        return ()
    return (
        VariantKept(
            field=variant.field,
            by=variant.by,
            by_name=variant.by_name,
            at=variant.at,
            nature=variant.nature,
            priority=variant.priority,
            place=variant.place,
        ),
    )


def _means(variant: Variant) -> object:
    return variant.nature, variant.priority, variant.place
