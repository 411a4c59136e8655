"""Commands to a report: what one person tells us."""

from msgspec import Struct

from kentongan.core.commands.variant import SettleReportVariant
from kentongan.core.words import (
    CallId,
    Channel,
    IncidentId,
    Personal,
    Promise,
    ReportId,
    UnitId,
)


class OpenReport(Struct, frozen=True, kw_only=True, tag="report.open"):
    """Somebody begins to tell. One report per call and teller.

    `training` is never the asker's word: the edge sets it from its own settings and the call.
    """

    report: ReportId
    channel: Channel = Channel.CALL
    call: CallId | None = None
    training: bool = False


class IdentifyReporter(Struct, frozen=True, kw_only=True, tag="report.identify"):
    """Name and mobile number; either may come first. None leaves what is there.

    `seen`: the position of the row when the asker looked, as in `LocateIncident`.
    """

    report: ReportId
    name: Personal | None = None
    number: Personal | None = None
    number_confirmed: bool = False
    seen: int | None = None


class TakeComplaint(Struct, frozen=True, kw_only=True, tag="report.take_complaint"):
    """What the caller says, verbatim. Each version is kept; the last one is shown."""

    report: ReportId
    words: Personal
    seen: int | None = None


class EnterFastLane(Struct, frozen=True, kw_only=True, tag="report.enter_fast_lane"):
    """A danger word was heard: place first, name and number when help is on its way."""

    report: ReportId
    word: str


class LeaveFastLane(Struct, frozen=True, kw_only=True, tag="report.leave_fast_lane"):
    """The operator goes back to the city's order."""

    report: ReportId


class AttachReport(Struct, frozen=True, kw_only=True, tag="report.attach"):
    """The report belongs to this incident now (follows from the incident's own link)."""

    report: ReportId
    incident: IncidentId


class TellCaller(Struct, frozen=True, kw_only=True, tag="report.tell_caller"):
    """The operator read this promise to the caller: departs by, arrives between."""

    report: ReportId
    incident: IncidentId
    unit: UnitId
    promise: Promise


class SettleSlip(Struct, frozen=True, kw_only=True, tag="report.settle_slip"):
    """The caller need not be told of this later promise: they saw it, or somebody says why not."""

    report: ReportId
    incident: IncidentId
    unit: UnitId
    promise: Promise
    reason: str


class GiveFollowLink(Struct, frozen=True, kw_only=True, tag="report.give_follow_link"):
    """The reporter gets a link to see how far help is. Only its secret's digest is kept."""

    report: ReportId
    digest: str


class AnswerFollow(Struct, frozen=True, kw_only=True, tag="report.answer_follow"):
    """Behind the link somebody says whether help has come."""

    report: ReportId
    came: bool


ReportCommand = (
    OpenReport
    | IdentifyReporter
    | TakeComplaint
    | EnterFastLane
    | LeaveFastLane
    | AttachReport
    | TellCaller
    | SettleSlip
    | GiveFollowLink
    | AnswerFollow
    | SettleReportVariant
)
