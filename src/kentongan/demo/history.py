"""Past months for the demo, so that *Evaluasi* has something to show: made up, and marked training.

Written into the journal as the centre would have written it, before anything runs; never into the
record of a centre that works. What is planted is meant to be found: in the last third the fire
service takes 40 s longer to acknowledge, from half on ambulances leave 25 s sooner, a tenth of the
late ones are given up, and one ambulance's crew presses *on scene* late.
"""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct

from kentongan.app import effects, react
from kentongan.app.city import plans_of
from kentongan.app.ports import Draft
from kentongan.app.register import register
from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack
from kentongan.cities.taxonomy import Nature
from kentongan.core.events import (
    AgencyNotified,
    AgencyTasked,
    AlertDelivered,
    AnyEvent,
    CallAbandoned,
    CallAnswered,
    CallDisposed,
    CallEnded,
    CallOffered,
    IncidentClassified,
    IncidentClosed,
    IncidentLocated,
    IncidentOpened,
    IncidentSent,
    ReportLinked,
    ReportOpened,
    TaskAcknowledged,
    UnitProgressed,
    UnitReleased,
)
from kentongan.core.words import (
    AgencyKey,
    CallId,
    Channel,
    CommandId,
    DeskKey,
    Disposition,
    Fix,
    NatureCode,
    Outcome,
    Place,
    Priority,
    Progress,
    ReportId,
    TaskRole,
    UnitId,
)
from kentongan.demo.history_advice import Adviser
from kentongan.store.rebuild import rebuild
from kentongan.store.whole import WholeStore

DAYS_MAX: Final = 400

INCIDENTS_A_DAY: Final = 36.0
OTHERS_A_DAY: Final = 47.0
"""Semarang 2025: 83 calls a day, 36 of them emergencies."""

AGENCIES: Final = ("dinkes", "damkar", "polisi")
WEIGHTS: Final = (0.6, 0.15, 0.25)

ANSWER_S, OPEN_S, LOCATE_S, NOTIFY_S, ACK_S, ASSIGN_S, ALERT_S, TURNOUT_S = (
    7,
    9,
    20,
    12,
    24,
    26,
    3,
    75,
)
"""Medians of the steps, seconds."""

SPEED_M_S: Final = 11.0
"""Of a vehicle in the city, along the straight line."""

SETTLED_S: Final = 600.0
"""After it, somebody says of a caller who gave up that there is no number to ring back."""

LATE_S: Final = 900.0
GIVEN_UP: Final = 0.1
"""Of those that wait longer than `LATE_S`."""

HOURLY: Final = np.array(
    [4, 3, 2, 2, 2, 3, 5, 8, 9, 9, 9, 9, 8, 8, 8, 9, 10, 11, 11, 10, 9, 8, 6, 5], dtype=np.float64
)
"""How calls spread over the day."""


class Fact(Struct, frozen=True):
    """An event of a stream at a second of the day."""

    second: float
    stream: str
    event: AnyEvent


def write_history(store: WholeStore, pack: CityPack, days: int, now: datetime) -> int:
    """Write so many days up to yesterday; how many events. Workers do not act on any of it.

    The city's units are registered, and those of the demonstration begin their duty, on the first
    of these days by the rules of every start: else plans would take them for units that work since
    this minute, and nobody would have been there to drive in any of the months.
    """
    made = _Maker(pack, days)
    zone = ZoneInfo(pack.city.timezone)
    today = now.astimezone(zone).date()
    count = register(store, plans_of(pack), pack, _midnight(today - timedelta(days=days), zone))
    for back in range(days, 0, -1):
        day = today - timedelta(days=back)
        begin = _midnight(day, zone)
        versions: dict[str, int] = {}
        with store.transaction() as transaction:
            for fact in sorted(made.day(day, days - back), key=lambda one: one.second):
                at = begin + timedelta(seconds=fact.second)
                version = versions.get(fact.stream, 0)
                transaction.append(
                    Draft(
                        stream=fact.stream,
                        expected_version=version,
                        events=(fact.event,),
                        command=CommandId(f"history-{fact.stream}-{version}"),
                        agent="history",
                        agent_name="",
                        at=at,
                        recorded_at=at,
                        because=None,
                    )
                )
                versions[fact.stream] = version + 1
                count += 1
    rebuild(store, check=False)
    with store.transaction() as transaction:
        for cursor in (react.CURSOR, effects.CURSOR):
            transaction.set_cursor(cursor, store.last_position())
    return count


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


class _Maker:
    """Days of a city, the same ones each time."""

    def __init__(self, pack: CityPack, days: int) -> None:
        self._pack = pack
        self._days = days
        self._chance = np.random.default_rng(112)
        self._adviser = Adviser()
        self._zone = ZoneInfo(pack.city.timezone)
        self._line = pack.lines[0].key
        self._natures = {
            agency: [one for one in pack.natures if one.lead == agency and not one.appointment]
            for agency in AGENCIES
        }
        self._units = {
            agency: [one for one in pack.units if one.agency == agency and one.home]
            for agency in AGENCIES
        }
        self._areas = pack.kelurahan
        self._crowd = self._chance.dirichlet(np.full(len(self._areas), 0.7))
        self._hours = HOURLY / HOURLY.sum()

    def day(self, day: date, index: int) -> Iterator[Fact]:
        """The events of one day; a Saturday has more, a Sunday fewer."""
        busy = {5: 1.2, 6: 0.85}.get(day.weekday(), 1.0)
        for number in range(1, int(self._chance.poisson(INCIDENTS_A_DAY * busy)) + 1):
            yield from self._incident(day, index, number)
        for number in range(int(self._chance.poisson(OTHERS_A_DAY * busy))):
            yield from self._other(day, number)

    def _second(self) -> float:
        hour = int(self._chance.choice(24, p=self._hours))
        return hour * 3_600 + float(self._chance.uniform(0, 3_600))

    def _spread(self, median: float, sigma: float = 0.45) -> float:
        return float(self._chance.lognormal(math.log(median), sigma))

    def _other(self, day: date, number: int) -> Iterator[Fact]:
        stream, at = f"call:h{day:%y%m%d}x{number}", self._second()
        yield Fact(at, stream, self._offered())
        if self._chance.random() < 0.12:
            gone = at + self._spread(14)
            yield Fact(gone, stream, CallAbandoned(reason="caller"))
            said = CallDisposed(disposition=Disposition.UNREACHABLE)
            yield Fact(gone + SETTLED_S, stream, said)
            return
        answered = at + self._spread(ANSWER_S)
        yield Fact(answered, stream, _answered())
        ended = answered + self._spread(40)
        yield Fact(ended, stream, CallEnded(by="caller"))
        said = Disposition.PRANK if self._chance.random() < 0.65 else Disposition.INFORMATION
        yield Fact(ended + 5, stream, CallDisposed(disposition=said))

    def _offered(self) -> CallOffered:
        return CallOffered(
            line=self._line, dialled="112", trunk="demo", number_withheld=True, training=True
        )

    def _incident(self, day: date, index: int, number: int) -> Iterator[Fact]:
        key = f"h{day:%y%m%d}n{number}"
        call, report, incident = f"call:{key}", f"report:{key}", f"incident:{key}"
        agency = str(self._chance.choice(AGENCIES, p=WEIGHTS))
        nature = self._natures[agency][int(self._chance.integers(len(self._natures[agency])))]
        area = self._areas[int(self._chance.choice(len(self._areas), p=self._crowd))]
        spot = Point(
            lat=area.point.lat + float(self._chance.normal(0, 0.004)),
            lon=area.point.lon + float(self._chance.normal(0, 0.004)),
        )
        ring = self._second()
        answer = ring + self._spread(ANSWER_S)
        opened = answer + self._spread(OPEN_S)
        located = opened + self._spread(LOCATE_S)
        sent = located + self._spread(NOTIFY_S)
        yield Fact(ring, call, self._offered())
        yield Fact(answer, call, _answered())
        yield Fact(answer + 1, report, ReportOpened(channel=Channel.CALL, call=CallId(key)))
        yield Fact(
            opened,
            incident,
            IncidentOpened(
                number=number, long_id=f"SMG-{day:%Y%m%d}-{number:04d}", code=f"H-{number:04d}",
                training=True,
            ),
        )  # fmt: skip
        yield Fact(opened + 0.1, incident, ReportLinked(report=ReportId(key)))
        place = Place(point=spot, kelurahan=area.code, kecamatan=area.kecamatan)
        yield Fact(located, incident, IncidentLocated(place=place, usable=True))
        yield Fact(located + 0.5, incident, _classified(nature))
        yield Fact(sent - 0.1, incident, IncidentSent(complete=True))
        yield Fact(sent, incident, AgencyTasked(agency=AgencyKey(agency), role=TaskRole.LEAD))
        yield Fact(sent + 1, incident, AgencyNotified(agency=AgencyKey(agency), channel="inbox"))
        yield Fact(answer + self._spread(110), call, CallEnded(by="caller"))
        begin = _midnight(day, self._zone)
        yield from self._work(incident, index, agency, spot, ring, sent + 1, begin)

    def _work(
        self,
        incident: str,
        index: int,
        agency: str,
        spot: Point,
        ring: float,
        notified: float,
        begin: datetime,
    ) -> Iterator[Fact]:
        planted = 40.0 if agency == "damkar" and index >= self._days * 2 // 3 else 0.0
        sooner = 25.0 if agency == "dinkes" and index >= self._days // 2 else 0.0
        acked = notified + self._spread(ACK_S) + planted
        unit, apart_m, other = self._nearest(agency, spot)
        waits = self._spread(400) if self._chance.random() < 0.06 else self._spread(ASSIGN_S)
        assigned = acked + waits
        alerted = assigned + self._spread(ALERT_S)
        departed = alerted + max(self._spread(TURNOUT_S) - sooner, 8.0)
        arrived = departed + max(60.0, apart_m / SPEED_M_S * self._spread(1.0, 0.35))
        name, sender = UnitId(unit), AgencyKey(agency)
        yield Fact(acked, incident, TaskAcknowledged(agency=sender))
        at = begin + timedelta(seconds=assigned)
        expected_s = ALERT_S + TURNOUT_S + apart_m / SPEED_M_S
        for event in self._adviser.assigned(unit, agency, other, at, expected_s):
            yield Fact(assigned, incident, event)
        yield Fact(alerted, incident, AlertDelivered(unit=name, channel="screen"))
        if arrived - ring > LATE_S and self._chance.random() < GIVEN_UP:
            ended = ring + LATE_S + self._spread(120)
            if ended > departed:
                yield Fact(
                    departed, incident, UnitProgressed(unit=name, progress=Progress.DEPARTED)
                )
            yield Fact(
                max(ended, alerted + 1), incident, UnitReleased(unit=name, reason="cancelled")
            )
            closed = max(ended, alerted + 1) + 60
            yield Fact(closed, incident, IncidentClosed(outcome=Outcome.NOT_FOUND))
            return
        yield Fact(departed, incident, UnitProgressed(unit=name, progress=Progress.DEPARTED))
        is_late_tap = unit == self._units["dinkes"][0].call_sign and self._chance.random() < 0.4
        seen = Point(lat=spot.lat + 0.02, lon=spot.lon) if is_late_tap else spot
        tapped = arrived + (self._spread(600) if is_late_tap else 0.0)
        has_fix = is_late_tap or self._chance.random() < 0.7
        yield from self._scene(incident, name, tapped, seen if has_fix else None)

    def _scene(self, incident: str, unit: UnitId, at: float, seen: Point | None) -> Iterator[Fact]:
        fix = (
            None
            if seen is None
            else Fix(point=seen, at=datetime(2026, 1, 1, tzinfo=UTC), accuracy_m=15)
        )
        yield Fact(at, incident, UnitProgressed(unit=unit, progress=Progress.ON_SCENE, fix=fix))
        clear = at + self._spread(1_500)
        if self._chance.random() < 0.4:
            left, there = at + self._spread(700), 0.0
            yield Fact(left, incident, UnitProgressed(unit=unit, progress=Progress.TRANSPORTING))
            there = left + self._spread(600)
            yield Fact(there, incident, UnitProgressed(unit=unit, progress=Progress.AT_HOSPITAL))
            clear = there + self._spread(1_200)
            given = there + (clear - there) * 2 / 3
            yield Fact(given, incident, UnitProgressed(unit=unit, progress=Progress.HANDED_OVER))
        yield Fact(clear, incident, UnitProgressed(unit=unit, progress=Progress.CLEAR))
        yield Fact(clear + 30, incident, IncidentClosed(outcome=Outcome.RESOLVED))

    def _nearest(self, agency: str, spot: Point) -> tuple[str, float, str | None]:
        """One of the three nearest by the straight line, the others are out; and the next."""
        apart = sorted(
            (
                float(
                    np.hypot(
                        (one.home.lat - spot.lat) * 110_574, (one.home.lon - spot.lon) * 110_480
                    )
                ),
                one.call_sign,
            )
            for one in self._units[agency]
            if one.home is not None
        )
        place = min(int(self._chance.geometric(0.6)) - 1, 2, len(apart) - 1)
        other = apart[place + 1][1] if place + 1 < len(apart) else None
        return apart[place][1], apart[place][0], other


def _answered() -> CallAnswered:
    return CallAnswered(desk=DeskKey("desk_1"), agent="history", agent_name="")


def _classified(nature: Nature) -> IncidentClassified:
    return IncidentClassified(
        nature=NatureCode(nature.code),
        priority=Priority(nature.priority),
        flags=tuple(str(flag) for flag in nature.flags),
        sensitive=any(flag == "SENS" for flag in nature.flags),
    )
