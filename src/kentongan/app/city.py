"""The city's plans out of the city pack: the only place where the pack's shape meets the rules.

The rules know no YAML and no city. What they may look up is copied here once at start; a pack
never changes while a process runs.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kentongan.cities.pack import CityPack
from kentongan.core.plans import AlarmEscalation, Plans


def plans_of(pack: CityPack) -> Plans:
    """The plans of that city."""
    city = pack.city
    return Plans(
        city=city.key,
        city_code=city.short or city.key[:3].upper(),
        box=city.bbox,
        time_zone_offset=_offset(city.timezone),
        natures={nature.code: nature for nature in pack.natures},
        protocols={protocol.code: protocol for protocol in pack.protocols},
        entry_questions=pack.entry_questions,
        interview=pack.interview,
        agencies=frozenset(agency.key for agency in pack.agencies),
        agency_kinds={agency.key: agency.kind.value for agency in pack.agencies},
        agency_modes={agency.key: agency.mode.value for agency in pack.agencies},
        hospitals=frozenset(hospital.key for hospital in pack.hospitals),
        desks={desk.key: desk.role for desk in pack.desks},
        alarms={alarm.key: dict(alarm.limits_s) for alarm in pack.alarms},
        run_cards=pack.run_cards,
        own_first_s=city.own_first_s,
        busy_s={step.progress: step.typical_s for step in pack.busy},
        alarm_escalations={
            alarm.key: AlarmEscalation(after_s=alarm.escalate_s, to=alarm.escalate_to)
            for alarm in pack.alarms
            if alarm.escalate_s is not None and alarm.escalate_to is not None
        },
        post_zones=_zones(pack),
    )


def _zones(pack: CityPack) -> dict[str, tuple[str, str]]:
    """The kecamatan of each post whose kelurahan is known."""
    found: dict[str, tuple[str, str]] = {}
    for post in pack.posts:
        kelurahan = pack.kelurahan_by_code.get(post.kelurahan or "")
        kecamatan = pack.kecamatan_by_code.get(kelurahan.kecamatan) if kelurahan else None
        if kecamatan is not None:
            found[post.key] = (kecamatan.code, kecamatan.name)
    return found


def _offset(timezone: str) -> timedelta:
    """Indonesia has no summer time: one day's offset is every day's."""
    offset = datetime(2026, 1, 1, tzinfo=ZoneInfo(timezone)).utcoffset()
    return offset or timedelta(0)
