"""What a row shows of a field that two people wrote: who did last, and what the other meant."""

from datetime import datetime

from msgspec import Struct

from kentongan.core.words import AgentId, NatureCode, Personal, Place, Priority


class Variant(Struct, frozen=True, kw_only=True):
    """What somebody wrote in a field that another person had changed meanwhile; a person chooses.

    `field` is nature, priority, place, name, number or complaint. A nature may come with the
    `priority` that was said of it.
    """

    field: str
    by: AgentId
    by_name: str
    at: datetime
    nature: NatureCode | None = None
    priority: Priority | None = None
    place: Place | None = None
    words: Personal | None = None


class Edited(Struct, frozen=True, kw_only=True):
    """Who wrote what stands in the field now, where others had written in it too, and when."""

    field: str
    by_name: str
    at: datetime
