"""Zones that have no free unit of a service left (A-12). Pure.

A *zone* is the kecamatan in which a service has its posts. It is covered while a unit of that
service is free whose own post lies in the zone, or within `REACH_M` of one of them: help from next
door is help. A zone none of whose units is on duty is nobody's promise and no gap; the gap begins
when the last unit was sent away from it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from kentongan.cities.distance import distance_m
from kentongan.core.rows import IncidentRow, UnitRow
from kentongan.core.words import Progress

REACH_M: Final = 5_000.0
"""From post to post, metres in a straight line: about ten minutes by road."""

_REACH_DEG: Final = REACH_M / 110_000.0
"""The same in degrees of latitude, a little more."""

SERVICES: Final[Mapping[str, str]] = {
    "ambulance_als": "ambulance",
    "ambulance_bls": "ambulance",
    "fire_engine": "fire",
    "police_car": "police",
}
"""What a kind of unit is there for. Motorcycles, tankers and boats come beside, not instead."""


class Gap(Struct, frozen=True, kw_only=True):
    """A zone without a free unit of a service; `detail` is the zone's name as people say it."""

    key: str
    since: datetime
    detail: str


def uncovered(
    units: Sequence[UnitRow], incidents: Sequence[IncidentRow], zones: Mapping[str, tuple[str, str]]
) -> Iterator[Gap]:
    """The gaps; `zones` are the code and the name of each post's kecamatan, by post."""
    sent_at = _sent_at(incidents)
    groups: dict[tuple[str, str, str], list[UnitRow]] = {}
    by_service: dict[str, list[UnitRow]] = {}
    for unit in units:
        service = SERVICES.get(unit.unit_kind)
        if service is None:
            continue
        by_service.setdefault(service, []).append(unit)
        if unit.post in zones:
            groups.setdefault((service, *zones[unit.post]), []).append(unit)
    for (service, code, name), own in groups.items():
        if not any(unit.key in sent_at for unit in own):
            continue
        if any(_is_free(unit, sent_at) for unit in own):
            continue
        near = [unit for unit in by_service[service] if _is_near(unit, own)]
        if not any(_is_free(unit, sent_at) for unit in near):
            since = max(sent_at.get(unit.key, unit.since) for unit in near)
            yield Gap(key=f"{service}:{code}", since=since, detail=name)


def _sent_at(incidents: Sequence[IncidentRow]) -> dict[str, datetime]:
    """Since when each unit at work is away."""
    return {
        one.unit: one.progress_at.get(Progress.ASSIGNED, row.opened_at)
        for row in incidents
        for one in row.assignments
        if one.open
    }


def _is_free(unit: UnitRow, sent_at: Mapping[str, datetime]) -> bool:
    return unit.state == "available" and unit.key not in sent_at and unit.emergency_at is None


def _is_near(unit: UnitRow, own: Sequence[UnitRow]) -> bool:
    """Latitudes first: a fleet of thousands is looked at once a second."""
    return any(
        abs(unit.home.lat - other.home.lat) <= _REACH_DEG
        and distance_m(unit.home, other.home) <= REACH_M
        for other in own
    )
