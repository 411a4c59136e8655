"""What can happen to a field that two people write at the same time."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.words import AgentId, NatureCode, Personal, Place, Priority


class VariantKept(Struct, frozen=True, kw_only=True, tag="incident.variant_kept"):
    """What `by` wrote at `at` in a field of the incident does not stand, and is not lost."""

    field: str
    by: AgentId
    by_name: str
    at: datetime
    nature: NatureCode | None = None
    priority: Priority | None = None
    place: Place | None = None
    words: Personal | None = None


class VariantSettled(Struct, frozen=True, kw_only=True, tag="incident.variant_settled"):
    """Somebody looked: it was `taken`, or what stood was right."""

    field: str
    by: AgentId
    taken: bool


class ReportVariantKept(Struct, frozen=True, kw_only=True, tag="report.variant_kept"):
    """What `by` wrote at `at` in a field of the report does not stand, and is not lost."""

    field: str
    by: AgentId
    by_name: str
    at: datetime
    words: Personal


class ReportVariantSettled(Struct, frozen=True, kw_only=True, tag="report.variant_settled"):
    """Somebody looked: it was `taken`, or what stood was right."""

    field: str
    by: AgentId
    taken: bool
