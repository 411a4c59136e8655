"""What the events of an incident's own life mean: how each changes the incident.

Facts only; nothing is refused here, and an old journal folds to the same incident for ever.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

from kentongan.core import variants
from kentongan.core.events.incident import (
    IncidentClassified,
    IncidentClosed,
    IncidentLocated,
    IncidentMerged,
    IncidentOpened,
    IncidentReopened,
    IncidentSent,
    NoteAdded,
    PrioritySet,
    ReportLinked,
    ReportUnlinked,
    TriageAnswered,
)
from kentongan.core.events.variant import VariantKept, VariantSettled
from kentongan.core.lifecycle import Incident, with_answer
from kentongan.core.rows import IncidentRow, Note, TriageAnswer
from kentongan.core.variant_rows import Variant
from kentongan.core.words import Meta


def row_of(incident: Incident) -> IncidentRow:
    """The row of an incident that was opened; a journal without `incident.opened` is a bug."""
    assert incident.row is not None, f"{incident.key} has an event before it was opened"  # noqa: S101
    return incident.row


def _opened(incident: Incident, event: IncidentOpened, meta: Meta) -> Incident:
    row = IncidentRow(
        key=incident.key,
        state="draft",
        number=event.number,
        long_id=event.long_id,
        code=event.code,
        opened_at=meta.at,
        opened_by=meta.agent_name,
        training=event.training,
    )
    return structs.replace(incident, row=row)


def _located(incident: Incident, event: IncidentLocated, meta: Meta) -> Incident:
    before = row_of(incident)
    first_at = before.located_at or (meta.at if event.usable else None)
    row = structs.replace(before, place=event.place, located=event.usable, located_at=first_at)
    return _written(structs.replace(incident, row=row), "place", event.place, meta)


def _written(incident: Incident, field: str, value: object, meta: Meta) -> Incident:
    """The field has this value from now on: remembered, and no variant of its author's is left."""
    history = variants.noted(incident.history, field, value, meta)
    row = row_of(incident)
    row = structs.replace(
        row,
        variants=variants.without(row.variants, field, meta.agent),
        edited=variants.edited(history),
    )
    return structs.replace(incident, row=row, history=history)


def _classified(incident: Incident, event: IncidentClassified, meta: Meta) -> Incident:
    before = row_of(incident)
    row = structs.replace(
        before,
        nature=event.nature,
        priority=event.priority,
        flags=_joined(event.flags, incident.triage_flags),
        sensitive=event.sensitive,
        classified_at=before.classified_at or meta.at,
    )
    after = structs.replace(
        incident, row=row, base=event.priority, by_person=False, nature_flags=event.flags
    )
    after = _written(after, "nature", event.nature, meta)
    is_same = before.priority == event.priority
    return after if is_same else _written(after, "priority", event.priority, meta)


def _joined(flags: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*flags, *more)))


def _priority_set(incident: Incident, event: PrioritySet, meta: Meta) -> Incident:
    row = structs.replace(row_of(incident), priority=event.priority)
    after = _written(structs.replace(incident, row=row), "priority", event.priority, meta)
    if event.by_triage:
        return after
    return structs.replace(after, base=event.priority, by_person=True)


def _variant_kept(incident: Incident, event: VariantKept, meta: Meta) -> Incident:  # noqa: ARG001
    before = row_of(incident)
    kept = Variant(
        field=event.field,
        by=event.by,
        by_name=event.by_name,
        at=event.at,
        nature=event.nature,
        priority=event.priority,
        place=event.place,
        words=event.words,
    )
    row = structs.replace(before, variants=variants.with_variant(before.variants, kept))
    return structs.replace(incident, row=row)


def _settled(incident: Incident, event: VariantSettled, meta: Meta) -> Incident:  # noqa: ARG001
    before = row_of(incident)
    left = variants.without(before.variants, event.field, event.by)
    return structs.replace(incident, row=structs.replace(before, variants=left))


def _answered(incident: Incident, event: TriageAnswered, meta: Meta) -> Incident:
    before = row_of(incident)
    given = TriageAnswer(
        question=event.question,
        answer=event.answer,
        answer_text=event.answer_text,
        safety=event.safety,
        protocol=event.protocol,
        version=event.protocol_version,
        signed=event.protocol_signed,
        at=meta.at,
    )
    flags = _joined(incident.nature_flags, event.flags)
    row = structs.replace(
        before,
        triage=with_answer(before.triage, given),
        flags=flags,
        instructions=() if event.withheld or event.instructions is None else (event.instructions,),
        instructions_withheld=event.withheld,
        supervisor=event.supervisor or incident.alerted,
        shield_desk=event.shield_desk,
    )
    return structs.replace(incident, row=row, triage_flags=event.flags, added=event.add_agencies)


def _sent(incident: Incident, event: IncidentSent, meta: Meta) -> Incident:  # noqa: ARG001
    before = row_of(incident)
    row = structs.replace(before, state="open", sent_at=before.sent_at or meta.at)
    return structs.replace(incident, row=row)


def _noted(incident: Incident, event: NoteAdded, meta: Meta) -> Incident:
    before = row_of(incident)
    note = Note(text=event.text, at=meta.at, agent_name=meta.agent_name)
    return structs.replace(incident, row=structs.replace(before, notes=(*before.notes, note)))


def _linked(incident: Incident, event: ReportLinked, meta: Meta) -> Incident:  # noqa: ARG001
    before = row_of(incident)
    row = structs.replace(before, reports=(*before.reports, event.report))
    return structs.replace(incident, row=row)


def _unlinked(incident: Incident, event: ReportUnlinked, meta: Meta) -> Incident:  # noqa: ARG001
    before = row_of(incident)
    others = tuple(report for report in before.reports if report != event.report)
    return structs.replace(incident, row=structs.replace(before, reports=others))


def _merged(incident: Incident, event: IncidentMerged, meta: Meta) -> Incident:  # noqa: ARG001
    row = structs.replace(row_of(incident), merged_into=event.into, reports=())
    return structs.replace(incident, row=row, moved=event.reports)


def _closed(incident: Incident, event: IncidentClosed, meta: Meta) -> Incident:
    row = structs.replace(
        row_of(incident),
        state="closed",
        closed_at=meta.at,
        outcome=event.outcome,
        shield_desk=False,
    )
    return structs.replace(incident, row=row)


def _reopened(incident: Incident, event: IncidentReopened, meta: Meta) -> Incident:  # noqa: ARG001
    before = row_of(incident)
    row = structs.replace(
        before,
        state="draft" if before.sent_at is None else "open",
        closed_at=None,
        outcome=None,
        merged_into=None,
    )
    return structs.replace(incident, row=row, is_reopened=True)


EVOLVE: Final[dict[type[Struct], Callable[..., Incident]]] = {
    IncidentOpened: _opened,
    IncidentLocated: _located,
    IncidentClassified: _classified,
    PrioritySet: _priority_set,
    TriageAnswered: _answered,
    IncidentSent: _sent,
    NoteAdded: _noted,
    ReportLinked: _linked,
    ReportUnlinked: _unlinked,
    IncidentMerged: _merged,
    IncidentClosed: _closed,
    IncidentReopened: _reopened,
    VariantKept: _variant_kept,
    VariantSettled: _settled,
}
