"""An incident's own life: what may be asked of it, apart from its tasks and assignments.

The theory of the whole is in `core.incident`; this is its first third, the decisions. What the
events mean is in `core.lifecycle_facts`.
"""

from datetime import datetime
from typing import Final, NamedTuple, assert_never

from msgspec import Struct

from kentongan.cities.taxonomy import AnswerKind, FlagCode, Nature, Question
from kentongan.core import triage
from kentongan.core.assignment import working
from kentongan.core.checks import (
    TYPED,
    cut_note,
    cut_text,
    same_words,
    split_reason,
)
from kentongan.core.commands.incident import (
    AddNote,
    AnswerTriage,
    ClassifyIncident,
    CloseIncident,
    LifecycleCommand,
    LinkReport,
    LocateIncident,
    MergeIncident,
    OpenIncident,
    ReopenIncident,
    SendIncident,
    SetPriority,
    UnlinkReport,
)
from kentongan.core.commands.variant import SettleVariant
from kentongan.core.context import Context
from kentongan.core.describing import classified, classify, locate, prioritise, settle
from kentongan.core.events.incident import (
    IncidentClosed,
    IncidentMerged,
    IncidentOpened,
    IncidentReopened,
    IncidentSent,
    LifecycleEvent,
    NoteAdded,
    PlaceCorrected,
    PrioritySet,
    ReportLinked,
    ReportUnlinked,
    TriageAnswered,
)
from kentongan.core.intake import missing_to_send
from kentongan.core.plans import Plans
from kentongan.core.rows import IncidentRow, TriageAnswer
from kentongan.core.variants import History
from kentongan.core.words import (
    TEXT_CHARACTERS_MAX,
    AliasId,
    IncidentId,
    Outcome,
    Personal,
    Priority,
    Refused,
    ReportId,
    Role,
)

NOTES_MAX: Final = 2_000
"""Notes of one incident; a week-long flood with a note every five minutes."""

REPORTS_MAX: Final = 20_000
"""Reports linked to one incident; a mass event for a city of 1.7 million."""


class LocalName(NamedTuple):
    """Words for a place that a crew's correction passed on: under which alias, and by whom."""

    alias: AliasId
    told: PlaceCorrected
    by: str


class Incident(Struct, frozen=True, kw_only=True):
    """An incident; `row` is None until it is opened. The rest is what only the rules need."""

    key: IncidentId
    row: IncidentRow | None = None
    base: Priority | None = None  # before the protocols' rules
    by_person: bool = False  # the base was set by a person, not by the sub-category
    nature_flags: tuple[str, ...] = ()
    triage_flags: tuple[str, ...] = ()
    added: tuple[str, ...] = ()  # agencies the answers ask for
    alerted: bool = False  # an agency refused or stayed silent: the supervisor must look
    is_reopened: bool = False  # its number may be another's by now
    moved: tuple[ReportId, ...] = ()  # reports that went to the incident it was merged into
    learnt: tuple[LocalName, ...] = ()  # what crews said that became everybody's words
    history: History = ()  # what stood in each field, and since when


def open_incident(command: OpenIncident, context: Context) -> tuple[LifecycleEvent, ...]:
    """A draft with its numbers, and the report it began with."""
    number, long_id, code = numbers_of(context)
    opened = IncidentOpened(number=number, long_id=long_id, code=code, training=command.training)
    return (opened,) if command.report is None else (opened, ReportLinked(report=command.report))


def numbers_of(context: Context) -> tuple[int, str, str]:
    """The short number of the day, the long one on paper, and the code a citizen is given."""
    if context.next_number < 1:
        raise ValueError("the door must fill in next_number to open an incident")
    plans, number = context.plans, context.next_number
    long_id = f"{plans.city_code}-{_day(context.at, plans)}-{number:04d}"
    return number, long_id, f"{plans.city_code[:1]}-{number:04d}"


def _day(at: datetime, plans: Plans) -> str:
    return f"{at + plans.time_zone_offset:%Y%m%d}"


def decide(
    command: LifecycleCommand, incident: Incident, row: IncidentRow, context: Context
) -> tuple[LifecycleEvent, ...]:
    """What a command to an opened incident leads to; nothing when it repeats what is so."""
    match command:
        case OpenIncident():
            return ()
        case AddNote():
            return _note(command, row)
        case LinkReport():
            return _link(command, row, is_moved=context.agent.has(Role.SYSTEM))
        case UnlinkReport(report=report):
            return (ReportUnlinked(report=report),) if report in row.reports else ()
        case MergeIncident():
            return _merge(command, row)
        case CloseIncident():
            return _close(command, row)
        case ReopenIncident(reason=reason):
            key, words = split_reason(reason)
            reopened = IncidentReopened(reason=key, reason_text=words)
            return (reopened,) if row.state == "closed" else ()
        case (
            LocateIncident()
            | ClassifyIncident()
            | SetPriority()
            | SettleVariant()
            | AnswerTriage()
            | SendIncident()
        ):
            must_not_be_closed(row)
            return _describe(command, incident, row, context)
        case _:
            assert_never(command)


def _describe(
    command: LocateIncident
    | ClassifyIncident
    | SetPriority
    | SettleVariant
    | AnswerTriage
    | SendIncident,
    incident: Incident,
    row: IncidentRow,
    context: Context,
) -> tuple[LifecycleEvent, ...]:
    match command:
        case LocateIncident():
            return locate(command, row, incident.history, context)
        case ClassifyIncident():
            return classify(command, row, incident.history, context)
        case SetPriority():
            return prioritise(command, row, incident.history, context)
        case SettleVariant():
            return settle(command, row, incident.history, context)
        case AnswerTriage():
            return _answer(command, incident, row, context)
        case SendIncident(complete=complete):
            missing = missing_to_send(row)
            if missing:
                raise Refused("not_enough_to_send", missing=",".join(missing))
            return () if row.sent_at else (IncidentSent(complete=complete),)
        case _:
            assert_never(command)


def must_not_be_closed(row: IncidentRow) -> None:
    """Refuse when the incident is over."""
    if row.state == "closed":
        raise Refused("incident_closed", incident_number=str(row.number))


# --- triage --------------------------------------------------------------------------------------


def _answer(
    command: AnswerTriage, incident: Incident, row: IncidentRow, context: Context
) -> tuple[LifecycleEvent, ...]:
    plans = context.plans
    asked = triage.find_question(command.question, command.protocol, row.triage, row.nature, plans)
    code = None if asked.protocol is None else asked.protocol.code
    given = _given(asked.question, command.answer, code, context.at)
    if any(_says_same(one, given) for one in row.triage):
        return ()
    answers = with_answer(row.triage, given)
    before = triage.overall(row.nature, row.triage, plans)
    nature = _new_nature(row, before, answers, plans)
    after = triage.overall(nature.code if nature else row.nature, answers, plans)
    source = triage.instructing(row.nature if nature is None else nature.code, answers, plans)
    is_hidden = plans.withholds_unsigned and not row.training
    is_withheld = is_hidden and source is not None and source.is_draft
    answered = TriageAnswered(
        question=given.question,
        answer=given.answer,
        answer_text=given.answer_text,
        safety=given.safety,
        protocol=code,
        protocol_version=asked.protocol.version if asked.protocol else None,
        protocol_signed=not asked.protocol.is_draft if asked.protocol else None,
        withheld=is_withheld,
        flags=after.flags,
        instructions=after.instructions,
        add_agencies=tuple(agency for agency in after.add if agency in plans.agencies),
        supervisor=after.supervisor,
        shield_desk=after.shield_desk,
        cut=len(command.answer.strip()) > TEXT_CHARACTERS_MAX,
    )
    return (answered, *_raised(incident, row, nature, before, after))


def _given(question: Question, said: str, protocol: str | None, at: datetime) -> TriageAnswer:
    """The answer as it is kept: a key or a number is plain, a caller's words are personal."""
    read = triage.read_answer(question, said)
    is_words = question.answer is AnswerKind.TEXT
    return TriageAnswer(
        question=question.key,
        answer=TYPED if is_words else read,
        answer_text=Personal(text=read) if is_words else None,
        safety=any(FlagCode.SAFE in rule.flags for rule in question.rules),
        protocol=protocol,
        at=at,
    )


def _says_same(one: TriageAnswer, given: TriageAnswer) -> bool:
    return (
        _is_same(one, given)
        and one.answer == given.answer
        and same_words(one.answer_text, given.answer_text)
    )


def with_answer(answers: tuple[TriageAnswer, ...], given: TriageAnswer) -> tuple[TriageAnswer, ...]:
    """The answers with this one in the place of an earlier one to the same question."""
    return (*(one for one in answers if not _is_same(one, given)), given)


def _is_same(one: TriageAnswer, other: TriageAnswer) -> bool:
    return (one.protocol, one.question) == (other.protocol, other.question)


def _new_nature(
    row: IncidentRow,
    before: triage.Findings,
    answers: tuple[TriageAnswer, ...],
    plans: Plans,
) -> Nature | None:
    """The nature the answers newly point to.

    A less urgent one counts only within the same category: "the wasps do not attack" may turn a
    wasp attack into an appointment, never a snake bite.
    """
    wished = triage.overall(row.nature, answers, plans).nature
    if wished is None or wished in (before.nature, row.nature) or wished not in plans.natures:
        return None
    nature = plans.natures[wished]
    current = plans.natures.get(row.nature) if row.nature is not None else None
    if current is None or current.category == nature.category:
        return nature
    wished_priority = Priority(nature.priority.value)
    is_grave = triage.more_urgent(wished_priority, row.priority) == wished_priority
    return nature if is_grave else None


def _raised(
    incident: Incident,
    row: IncidentRow,
    nature: Nature | None,
    before: triage.Findings,
    after: triage.Findings,
) -> tuple[LifecycleEvent, ...]:
    """A new nature, and a new priority when what the answers mean for it has changed."""
    base, now, events = incident.base, row.priority, list[LifecycleEvent]()
    if nature is not None:
        own = Priority(nature.priority.value)
        base = triage.more_urgent(own, base) if incident.by_person else own
        now = own
        events.append(classified(nature, own))
    is_changed = (before.priority, before.step_up) != (after.priority, after.step_up)
    if nature is None and not is_changed:
        return ()
    stepped = None if base is None else triage.stepped_up(base, after.step_up)
    wanted = triage.more_urgent(stepped, after.priority)
    if wanted is not None and wanted != now:
        events.append(PrioritySet(priority=wanted, reason="triage", by_triage=True))
    return tuple(events)


# --- notes, reports, the end ---------------------------------------------------------------------


def _note(command: AddNote, row: IncidentRow) -> tuple[LifecycleEvent, ...]:
    if len(row.notes) >= NOTES_MAX:
        raise Refused("too_many_notes", notes_max=str(NOTES_MAX))
    text, is_cut = cut_text(command.text)
    return (NoteAdded(text=text, cut=is_cut),)


def _link(command: LinkReport, row: IncidentRow, *, is_moved: bool) -> tuple[LifecycleEvent, ...]:
    """What a merge moves is never refused, so that two merges at once cannot lose a report."""
    if command.report in row.reports:
        return ()
    if row.merged_into is not None and not is_moved:
        raise Refused("incident_merged", into=row.merged_into)
    if len(row.reports) >= REPORTS_MAX:
        raise Refused("too_many_reports", reports_max=str(REPORTS_MAX))
    return (ReportLinked(report=command.report),)


def _must_have_no_unit(row: IncidentRow) -> None:
    units = [one.unit for one in working(row.assignments)]
    if units:
        raise Refused(
            "units_still_working", units=", ".join(units), incident_number=str(row.number)
        )


def _merge(command: MergeIncident, row: IncidentRow) -> tuple[LifecycleEvent, ...]:
    if row.merged_into == command.into:
        return ()
    must_not_be_closed(row)
    if command.into == row.key:
        raise Refused("merged_into_itself")
    _must_have_no_unit(row)
    return (
        IncidentMerged(into=command.into, reports=row.reports),
        IncidentClosed(outcome=Outcome.DUPLICATE),
    )


def _close(command: CloseIncident, row: IncidentRow) -> tuple[LifecycleEvent, ...]:
    if row.state == "closed" and row.outcome == command.outcome:
        return ()
    must_not_be_closed(row)
    _must_have_no_unit(row)
    note, is_cut = cut_note(command.note)
    return (IncidentClosed(outcome=command.outcome, note=note, cut=is_cut),)
