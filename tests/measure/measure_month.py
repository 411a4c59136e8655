"""Months of a made-up centre, written into a journal event by event, with what is planted in them.

Everything follows from the seed. Steps are log-normal around ordinary medians; a delay can be
planted at one agency, and one kecamatan can be far from help.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from measure_story import START, Fact, journal

from kentongan.app.ports import Draft, Store
from kentongan.cities.facts import Point
from kentongan.core.events import (
    AgencyNotified,
    AgencyTasked,
    AlarmCleared,
    AlarmRaised,
    AlarmTaken,
    AlertDelivered,
    AnyEvent,
    ArrivalPromised,
    CallAnswered,
    CallEnded,
    CallOffered,
    IncidentClassified,
    IncidentClosed,
    IncidentLocated,
    IncidentOpened,
    ReportLinked,
    ReportOpened,
    TaskAcknowledged,
    UnitAssigned,
    UnitProgressed,
    UnitReleased,
)
from kentongan.core.words import (
    AgencyKey,
    AgentId,
    CallId,
    Channel,
    CommandId,
    DeskKey,
    Meta,
    NatureCode,
    Outcome,
    Place,
    Priority,
    Progress,
    Promise,
    ReportId,
    TaskRole,
    UnitId,
)

NATURES = {"dinkes": "MED-22", "damkar": "KBK-01"}
KECAMATAN = tuple(f"33.74.{number:02d}" for number in range(1, 17))
MEDIANS = (6.0, 12, 20, 10, 20, 25, 3, 55, 330)
"""ring, answer, opened, located, notified, acknowledged, assigned, alerted, departed, arrived."""

FAR = KECAMATAN[5]
"""The kecamatan that is far from help."""

CANCELLED, TAKEN = 0.04, 0.7
"""Shares: units called off before they came, alarms that somebody took."""


def months(
    first: str, days: int, per_day: float, *, seed: int = 6, planted_s: float = 0.0,
    planted_from: str = "2100-01-01", agencies: Sequence[str] = ("dinkes", "damkar"),
) -> list[Fact]:  # fmt: skip
    """Facts of so many days from that one (UTC) on; from `planted_from` on, the second agency's
    acknowledgement takes `planted_s` longer."""
    chance = np.random.default_rng(seed)
    begin = (datetime.fromisoformat(first).replace(tzinfo=UTC) - START).total_seconds()
    later = (datetime.fromisoformat(planted_from).replace(tzinfo=UTC) - START).total_seconds()
    count = int(chance.poisson(days * per_day))
    facts: list[Fact] = []
    for number, at in enumerate(np.sort(chance.uniform(0, days * 86_400, count)), 1):
        agency = agencies[int(chance.integers(len(agencies)))]
        extra = planted_s if agency == agencies[-1] and begin + at >= later else 0.0
        facts += _incident(f"{first}-{number}", number, begin + at, agency, extra, chance)
    return sorted(facts, key=lambda fact: fact[1])


def _incident(
    key: str, number: int, at: float, agency: str, extra: float, chance: np.random.Generator
) -> list[Fact]:
    kecamatan = KECAMATAN[int(chance.integers(len(KECAMATAN)) * chance.uniform(0.4, 1))]
    steps = np.array([float(chance.lognormal(math.log(median), 0.4)) for median in MEDIANS])
    steps[4] += extra
    if kecamatan == FAR:
        steps[-1] *= 2.2  # from every post
    t = [round(float(one), 1) for one in at + np.concatenate(([0.0], np.cumsum(steps)))]
    unit, key_of = UnitId(f"{agency.upper()}{number % 7}"), AgencyKey(agency)
    call, incident = f"call:c{key}", f"incident:i{key}"
    place = Place(
        point=Point(lat=-6.98, lon=110.41), kecamatan=kecamatan, kelurahan=f"{kecamatan}.1001"
    )
    nature = NatureCode(NATURES[agency])
    middle = START + timedelta(seconds=t[6] + 400)
    promise = Promise(
        depart_by=START + timedelta(seconds=t[6] + 90), arrive_from=middle - timedelta(seconds=180),
        arrive_to=middle + timedelta(seconds=240), travel_source="straight_line",
    )  # fmt: skip
    facts: list[Fact] = [
        (call, t[0], CallOffered(line="112", dialled="112", trunk="t")),
        (call, t[1], CallAnswered(desk=DeskKey("desk_1"), agent="r", agent_name="Rina")),
        (f"report:r{key}", t[1], ReportOpened(channel=Channel.CALL, call=CallId(f"c{key}"))),
        (incident, t[2], IncidentOpened(number=number, long_id=f"SMG-{key}", code=f"S-{key}")),
        (incident, t[2], ReportLinked(report=ReportId(f"r{key}"))),
        (incident, t[3], IncidentClassified(nature=nature, priority=Priority.P1)),
        (incident, t[3], IncidentLocated(place=place, usable=True)),
        (incident, t[4], AgencyTasked(agency=key_of, role=TaskRole.LEAD)),
        (incident, t[4], AgencyNotified(agency=key_of, channel="inbox")),
        (incident, t[5], TaskAcknowledged(agency=key_of)),
        (incident, t[6], UnitAssigned(unit=unit, agency=key_of)),
        (incident, t[6], ArrivalPromised(unit=unit, promise=promise)),
        (incident, t[7], AlertDelivered(unit=unit, channel="screen")),
        (call, t[7] + 30, CallEnded(by="caller")),
    ]  # fmt: skip
    if chance.random() < 0.1:
        facts += _alarm(f"alarm:a{key}", t[5], chance)
    if chance.random() < CANCELLED:
        facts += [
            (incident, t[8] + 900, UnitReleased(unit=unit, reason="not_needed")),
            (incident, t[8] + 960, IncidentClosed(outcome=Outcome.RESOLVED)),
        ]
        return facts
    for step, moment in (
        (Progress.DEPARTED, t[8]),
        (Progress.ON_SCENE, t[9]),
        (Progress.CLEAR, t[9] + 1_200),
    ):
        facts.append((incident, moment, UnitProgressed(unit=unit, progress=step)))
    facts.append((incident, t[9] + 1_260, IncidentClosed(outcome=Outcome.RESOLVED)))
    return facts


def _alarm(stream: str, at: float, chance: np.random.Generator) -> list[Fact]:
    raised = AlarmRaised(
        kind="agency_silent", about=stream, code="A-03", grade="medium", to=("supervisor",),
        since=START + timedelta(seconds=at),
    )  # fmt: skip
    taken = AlarmTaken(agent=AgentId("s"), agent_name="Sari")
    facts: list[Fact] = [(stream, at, raised), (stream, at + 200, AlarmCleared())]
    return [*facts, (stream, at + 40, taken)] if chance.random() < TAKEN else facts


def write(store: Store, facts: Iterable[Fact]) -> None:
    """Append the facts in their order, a day in a transaction."""
    append(store, journal(facts), {})


def append(store: Store, events: Sequence[tuple[AnyEvent, Meta]], versions: dict[str, int]) -> None:
    """Append events; `versions` is how many each stream has, and is kept up."""
    for begin in range(0, len(events), 500):
        with store.transaction() as transaction:
            for event, meta in events[begin : begin + 500]:
                version = versions.get(meta.stream, 0)
                transaction.append(
                    Draft(
                        stream=meta.stream, expected_version=version, events=(event,),
                        command=CommandId(str(meta.event_id)), agent="a", agent_name="A",
                        at=meta.at, recorded_at=meta.recorded_at, because=None,
                    )
                )  # fmt: skip
                versions[meta.stream] = version + 1
