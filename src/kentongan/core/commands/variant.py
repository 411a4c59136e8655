"""Commands about what two people wrote in one field at the same time."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.words import AgentId, IncidentId, ReportId


class SettleVariant(Struct, frozen=True, kw_only=True, tag="incident.settle_variant"):
    """Take what `by` meant in this field of the incident, or leave it as it stands.

    `at` is the variant's time, and `seen` the position of the row, when the asker looked: neither a
    newer variant nor what somebody wrote since is settled by who could not know of it. Without them
    a command is taken at its word.
    """

    incident: IncidentId
    field: str
    by: AgentId
    take: bool
    at: datetime | None = None
    seen: int | None = None


class SettleReportVariant(Struct, frozen=True, kw_only=True, tag="report.settle_variant"):
    """The same in a field of a report; of a complaint both versions are then kept, in turn."""

    report: ReportId
    field: str
    by: AgentId
    take: bool
    at: datetime | None = None
    seen: int | None = None
