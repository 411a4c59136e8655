"""The city's plans as the rules need them: sub-categories, protocols, agencies, limits.

Plans are data of the city pack; `app.city.plans_of` builds this value from it. The rules take it
as an argument and never know a city.
"""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct

from kentongan.cities.facts import Box
from kentongan.cities.run_cards import RunCard
from kentongan.cities.taxonomy import Interview, Nature, Protocol, Question


class AlarmEscalation(Struct, frozen=True, kw_only=True):
    """After how many seconds of its cause an alarm is shown to more people, and to whom."""

    after_s: int
    to: str


class Plans(Struct, frozen=True, kw_only=True):
    """Everything the core may look up. Limits are in seconds, by priority with `any` for the rest.

    `alarms` are keyed by the alarm's number, for example `A-04`; `time_zone_offset` is the city's
    offset from UTC and decides which day an incident's short number belongs to. `busy_s` is how
    long a unit usually stays busy from a step on, `own_first_s` how much later a leading agency's
    unit may be and still go before a neighbour's, `post_zones` the code and the name of each post's
    kecamatan. With `withholds_unsigned` instructions nobody signed are not shown on duty.
    """

    city: str
    city_code: str  # for example SMG, the prefix of long ids
    box: Box
    time_zone_offset: timedelta
    natures: Mapping[str, Nature]
    protocols: Mapping[str, Protocol]
    entry_questions: tuple[Question, ...]
    interview: Interview
    agencies: frozenset[str]
    agency_modes: Mapping[str, str]
    hospitals: frozenset[str]
    desks: Mapping[str, str]  # desk key to its role
    alarms: Mapping[str, Mapping[str, int]]
    run_cards: tuple[RunCard, ...] = ()
    busy_s: Mapping[str, int] = {}
    alarm_escalations: Mapping[str, AlarmEscalation] = {}
    post_zones: Mapping[str, tuple[str, str]] = {}
    agency_kinds: Mapping[str, str] = {}
    own_first_s: int = 0
    withholds_unsigned: bool = False

    def limit_s(self, alarm: str, priority: str | None) -> int | None:
        """The alarm's limit for that priority in seconds, or None when the plan sets none."""
        limits = self.alarms.get(alarm, {})
        return limits.get(priority or "any", limits.get("any"))
