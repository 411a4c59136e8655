"""Commands about what two people wrote in one field at the same time."""

from msgspec import Struct

from kentongan.core.words import AgentId, IncidentId, ReportId


class SettleVariant(Struct, frozen=True, kw_only=True, tag="incident.settle_variant"):
    """Take what `by` meant in this field of the incident, or leave it as it stands."""

    incident: IncidentId
    field: str
    by: AgentId
    take: bool


class SettleReportVariant(Struct, frozen=True, kw_only=True, tag="report.settle_variant"):
    """The same in a field of a report; of a complaint both versions are then kept, in turn."""

    report: ReportId
    field: str
    by: AgentId
    take: bool
