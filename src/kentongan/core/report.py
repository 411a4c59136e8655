"""A report: what one person tells us, by telephone, at the counter or in writing.

A report is opened once and then only grows: name and number in any order and any number of times,
the complaint in versions (the last one is shown), the fast lane entered and left, the incident it
tells of, the promises read to the caller. It never ends and is never deleted. What two people write
in one field at the same time is kept of both (`core.variants`).

    open       new -> opened; again: nothing
    settle     a variant is taken or left; nothing when there is none
    others     refused with `unknown_report` before it is opened; the same again: nothing

Theory: numbers are kept as they were said, however absurd; nobody in distress is asked to spell a
field correctly. Which incident a report belongs to is decided by the incident (it holds the
claim); `AttachReport` only writes it down here.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core import variants
from kentongan.core.checks import check_label, check_labels, check_promise, cut_text, split_reason
from kentongan.core.commands.report import (
    AnswerFollow,
    AttachReport,
    EnterFastLane,
    GiveFollowLink,
    IdentifyReporter,
    LeaveFastLane,
    OpenReport,
    ReportCommand,
    SettleSlip,
    TakeComplaint,
    TellCaller,
)
from kentongan.core.commands.variant import SettleReportVariant
from kentongan.core.context import Context
from kentongan.core.events.report import (
    CallerTold,
    ComplaintTaken,
    FastLaneEntered,
    FastLaneLeft,
    FollowAnswered,
    FollowLinkGiven,
    ReportAttached,
    ReporterIdentified,
    ReportEvent,
    ReportOpened,
    SlipSettled,
)
from kentongan.core.events.variant import ReportVariantKept, ReportVariantSettled
from kentongan.core.rows import ReportRow, Settled, Told
from kentongan.core.untold import last_heard
from kentongan.core.variant_rows import Variant
from kentongan.core.variants import History
from kentongan.core.words import Meta, Personal, Promise, Refused, ReportId

TOLD_MAX: Final = 50
"""Promises to one caller that the row keeps, newest last; the journal keeps all. So it is of those
that the caller need not be told of."""


DIGEST_DIGITS: Final = 64
"""SHA-256 in hexadecimal digits."""

SAID_AGAIN: Final = timedelta(seconds=10)
"""So much later the same range of the same unit is news: whom they waited for before it comes no
more. Sooner it is a second tap."""

LINKS_MAX: Final = 5
"""Links for one reporter: somebody changes the telephone, a message is lost."""


class Report(Struct, frozen=True, kw_only=True):
    """A report; `row` is None until it is opened."""

    key: ReportId
    row: ReportRow | None = None
    history: History = ()  # what stood in each field, and since when


def decide(command: ReportCommand, report: Report, context: Context) -> tuple[ReportEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    if isinstance(command, OpenReport):
        return () if report.row else (_opened_by(command),)
    if report.row is None:
        raise Refused("unknown_report")
    row = report.row
    match command:
        case IdentifyReporter():
            return _identify(command, report, row, context)
        case TakeComplaint():
            return _complain(command, report, row, context)
        case EnterFastLane(word=word):
            check_label(word, "word")
            return () if row.fast_lane else (FastLaneEntered(word=word),)
        case LeaveFastLane():
            return (FastLaneLeft(),) if row.fast_lane else ()
        case AttachReport(incident=incident):
            return () if row.incident == incident else (ReportAttached(incident=incident),)
        case TellCaller():
            return _tell(command, row, context)
        case SettleSlip():
            return _settle_slip(command, row, context)
        case GiveFollowLink(digest=digest):
            return _give_link(digest, row)
        case AnswerFollow(came=came):
            return () if row.came == came else (FollowAnswered(came=came),)
        case SettleReportVariant():
            return _settle(command, report, row, context)
        case _:
            assert_never(command)


def _opened_by(command: OpenReport) -> ReportOpened:
    return ReportOpened(channel=command.channel, call=command.call, training=command.training)


def _identify(
    command: IdentifyReporter, report: Report, row: ReportRow, context: Context
) -> tuple[ReportEvent, ...]:
    check_labels(name=command.name, number=command.number)
    name = None if _same(command.name, row.name) else command.name
    number = None if _same(command.number, row.number) else command.number
    name, beside = _mine("name", name, command.seen, report, row, context)
    number, more = _mine("number", number, command.seen, report, row, context)
    is_new = command.number_confirmed and not row.number_confirmed and not more
    if name is None and number is None and not is_new:
        return (*beside, *more)
    identified = ReporterIdentified(
        name=name, number=number, number_confirmed=command.number_confirmed and not more
    )
    return (identified, *beside, *more)


def _complain(
    command: TakeComplaint, report: Report, row: ReportRow, context: Context
) -> tuple[ReportEvent, ...]:
    kept, is_cut = cut_text(command.words)
    if _same(kept, row.complaint):
        return ()
    words, beside = _mine("complaint", kept, command.seen, report, row, context)
    return beside if words is None else (ComplaintTaken(words=words, cut=is_cut),)


def _mine(
    field: str,
    words: Personal | None,
    seen: int | None,
    report: Report,
    row: ReportRow,
    context: Context,
) -> tuple[Personal | None, tuple[ReportVariantKept, ...]]:
    """The words as they may be written into the field, or the fact that they are kept beside it."""
    other = variants.last_by_another(report.history, field, seen, context.agent)
    if words is None or other is None or seen is None:
        return words, ()
    before = variants.value_at(report.history, field, seen)
    if isinstance(before, Personal) and _same(before, words):
        return None, ()  # as it was when the asker looked: they changed nothing here
    known = variants.find(row.variants, field, context.agent.id)
    if known is not None and _same(known.words, words):
        return None, ()
    agent = context.agent
    kept = ReportVariantKept(
        field=field, by=agent.id, by_name=agent.name, at=context.at, words=words
    )
    return None, (kept,)


def _settle(
    command: SettleReportVariant, report: Report, row: ReportRow, context: Context
) -> tuple[ReportEvent, ...]:
    """A person chose. Of a complaint nothing is thrown away: what is taken follows what stands, so
    both may be newer than what the asker saw while somebody types."""
    variant = variants.find(row.variants, command.field, command.by)
    if variant is None:
        return ()
    is_joined = variant.field == "complaint" and command.take
    if not is_joined:
        variants.must_be_shown(variant, command.at)
        variants.must_stand(report.history, variant.field, command.seen, context.agent)
    settled = ReportVariantSettled(field=variant.field, by=variant.by, taken=command.take)
    if not command.take or variant.words is None:
        return (settled,)
    if variant.field == "complaint":
        said = [one.text for one in (row.complaint, variant.words) if one and one.text]
        words, is_cut = cut_text(Personal(text="\n".join(said)))
        return (ComplaintTaken(words=words, cut=is_cut), settled)
    is_name = variant.field == "name"
    taken = ReporterIdentified(
        name=variant.words if is_name else None, number=None if is_name else variant.words
    )
    return (taken, settled)


def _same(new: Personal | None, old: Personal | None) -> bool:
    """Whether it says the same; erased text is never the same as new text."""
    if new is None or old is None:
        return new is old
    return new == old or (new.text is not None and new.text == old.text)


def _tell(command: TellCaller, row: ReportRow, context: Context) -> tuple[ReportEvent, ...]:
    check_promise(command.promise)
    last = next((told for told in reversed(row.told) if told.unit == command.unit), None)
    if last is not None and _is_repeated(last, command.promise, context):
        return ()
    return (CallerTold(incident=command.incident, unit=command.unit, promise=command.promise),)


def _is_repeated(last: Told | Settled, promise: Promise, context: Context) -> bool:
    return last.promise == promise and context.at - last.at < SAID_AGAIN


def _settle_slip(command: SettleSlip, row: ReportRow, context: Context) -> tuple[ReportEvent, ...]:
    check_promise(command.promise)
    reason, words = split_reason(command.reason)
    if not reason:
        raise Refused("reason_missing")
    known = last_heard(row, command.unit)
    if not row.told or (known is not None and _is_repeated(known, command.promise, context)):
        return ()  # they wait for nobody, or this very one is known already
    settled = SlipSettled(
        incident=command.incident,
        unit=command.unit,
        promise=command.promise,
        reason=reason,
        reason_text=words,
    )
    return (settled,)


def _give_link(digest: str, row: ReportRow) -> tuple[ReportEvent, ...]:
    if len(digest) != DIGEST_DIGITS or not set(digest) <= set("0123456789abcdef"):
        raise Refused("link_unreadable")
    if digest in row.follow_links:
        return ()
    if len(row.follow_links) >= LINKS_MAX:
        raise Refused("too_many_follow_links", most=str(LINKS_MAX))
    return (FollowLinkGiven(digest=digest),)


def _opened(report: Report, event: ReportOpened, meta: Meta) -> Report:
    row = ReportRow(
        key=report.key,
        channel=event.channel,
        opened_at=meta.at,
        call=event.call,
        training=event.training,
    )
    return structs.replace(report, row=row)


def _row(report: Report) -> ReportRow:
    assert report.row is not None, f"{report.key} has an event before it was opened"  # noqa: S101
    return report.row


def _written(report: Report, field: str, value: object, meta: Meta) -> Report:
    """The field has this value from now on: remembered, and no variant of its author's is left."""
    history = variants.noted(report.history, field, value, meta)
    before = _row(report)
    row = structs.replace(
        before,
        variants=variants.without(before.variants, field, meta.agent),
        edited=variants.edited(history),
    )
    return structs.replace(report, row=row, history=history)


def _identified(report: Report, event: ReporterIdentified, meta: Meta) -> Report:
    before = _row(report)
    is_confirmed = event.number_confirmed or (before.number_confirmed and event.number is None)
    row = structs.replace(
        before,
        name=event.name or before.name,
        number=event.number or before.number,
        number_confirmed=is_confirmed,
    )
    after = structs.replace(report, row=row)
    if event.name is not None:
        after = _written(after, "name", event.name, meta)
    return after if event.number is None else _written(after, "number", event.number, meta)


def _complained(report: Report, event: ComplaintTaken, meta: Meta) -> Report:
    row = structs.replace(_row(report), complaint=event.words, complaint_at=meta.at)
    return _written(structs.replace(report, row=row), "complaint", event.words, meta)


def _variant_kept(report: Report, event: ReportVariantKept, meta: Meta) -> Report:  # noqa: ARG001
    before = _row(report)
    kept = Variant(
        field=event.field, by=event.by, by_name=event.by_name, at=event.at, words=event.words
    )
    row = structs.replace(before, variants=variants.with_variant(before.variants, kept))
    return structs.replace(report, row=row)


def _settled(report: Report, event: ReportVariantSettled, meta: Meta) -> Report:  # noqa: ARG001
    before = _row(report)
    left = variants.without(before.variants, event.field, event.by)
    return structs.replace(report, row=structs.replace(before, variants=left))


def _entered(report: Report, event: FastLaneEntered, meta: Meta) -> Report:  # noqa: ARG001
    return structs.replace(report, row=structs.replace(_row(report), fast_lane=True))


def _left(report: Report, event: FastLaneLeft, meta: Meta) -> Report:  # noqa: ARG001
    return structs.replace(report, row=structs.replace(_row(report), fast_lane=False))


def _attached(report: Report, event: ReportAttached, meta: Meta) -> Report:  # noqa: ARG001
    return structs.replace(report, row=structs.replace(_row(report), incident=event.incident))


def _told(report: Report, event: CallerTold, meta: Meta) -> Report:
    before = _row(report)
    told = Told(unit=event.unit, promise=event.promise, at=meta.at)
    row = structs.replace(before, told=(*before.told, told)[-TOLD_MAX:])
    return structs.replace(report, row=row)


def _slip_settled(report: Report, event: SlipSettled, meta: Meta) -> Report:
    before = _row(report)
    settled = Settled(
        unit=event.unit,
        promise=event.promise,
        at=meta.at,
        reason=event.reason,
        reason_text=event.reason_text,
        by=meta.agent_name,
    )
    row = structs.replace(before, settled=(*before.settled, settled)[-TOLD_MAX:])
    return structs.replace(report, row=row)


def _link_given(report: Report, event: FollowLinkGiven, meta: Meta) -> Report:  # noqa: ARG001
    before = _row(report)
    links = (*before.follow_links, event.digest)
    return structs.replace(report, row=structs.replace(before, follow_links=links))


def _answered(report: Report, event: FollowAnswered, meta: Meta) -> Report:
    row = structs.replace(_row(report), came=event.came, came_at=meta.at)
    return structs.replace(report, row=row)


EVOLVE: Final[dict[type[Struct], Callable[..., Report]]] = {
    ReportOpened: _opened,
    ReporterIdentified: _identified,
    ComplaintTaken: _complained,
    FastLaneEntered: _entered,
    FastLaneLeft: _left,
    ReportAttached: _attached,
    CallerTold: _told,
    SlipSettled: _slip_settled,
    FollowLinkGiven: _link_given,
    FollowAnswered: _answered,
    ReportVariantKept: _variant_kept,
    ReportVariantSettled: _settled,
}


def evolve(report: Report, event: ReportEvent, meta: Meta) -> Report:
    """The report after the event."""
    return EVOLVE[type(event)](report, event, meta)


def rows(report: Report) -> tuple[ReportRow, ...]:
    """What the board shows of it."""
    return () if report.row is None else (report.row,)
