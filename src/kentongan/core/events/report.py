"""What can happen to a report."""

from msgspec import Struct

from kentongan.core.events.variant import ReportVariantKept, ReportVariantSettled
from kentongan.core.words import CallId, Channel, IncidentId, Personal, Promise, UnitId


class ReportOpened(Struct, frozen=True, kw_only=True, tag="report.opened"):
    """Somebody began to tell."""

    channel: Channel
    call: CallId | None = None
    training: bool = False


class ReporterIdentified(Struct, frozen=True, kw_only=True, tag="report.reporter_identified"):
    """Name or number, or both; None means not said this time."""

    name: Personal | None = None
    number: Personal | None = None
    number_confirmed: bool = False


class ComplaintTaken(Struct, frozen=True, kw_only=True, tag="report.complaint_taken"):
    """What the caller said, verbatim."""

    words: Personal
    cut: bool = False


class FastLaneEntered(Struct, frozen=True, kw_only=True, tag="report.fast_lane_entered"):
    """A danger word was heard."""

    word: str


class FastLaneLeft(Struct, frozen=True, kw_only=True, tag="report.fast_lane_left"):
    """Back to the city's order."""


class ReportAttached(Struct, frozen=True, kw_only=True, tag="report.attached"):
    """It tells of this incident."""

    incident: IncidentId


class CallerTold(Struct, frozen=True, kw_only=True, tag="report.caller_told"):
    """This promise was read to the caller."""

    incident: IncidentId
    unit: UnitId
    promise: Promise


class SlipSettled(Struct, frozen=True, kw_only=True, tag="report.slip_settled"):
    """This later promise need not be read to the caller. `seen`: they saw it behind their link;
    `link_sent`: a link that shows it went out to them; else a person's reason."""

    incident: IncidentId
    unit: UnitId
    promise: Promise
    reason: str
    reason_text: Personal | None = None


class FollowLinkGiven(Struct, frozen=True, kw_only=True, tag="report.follow_link_given"):
    """The reporter got a link; `digest` is of its secret, SHA-256."""

    digest: str


class FollowAnswered(Struct, frozen=True, kw_only=True, tag="report.follow_answered"):
    """The reporter's word whether help has come; the latest counts."""

    came: bool


ReportEvent = (
    ReportOpened
    | ReporterIdentified
    | ComplaintTaken
    | FastLaneEntered
    | FastLaneLeft
    | ReportAttached
    | CallerTold
    | SlipSettled
    | FollowLinkGiven
    | FollowAnswered
    | ReportVariantKept
    | ReportVariantSettled
)
