"""A small city for the tests of the core: its people, and a world that decides, folds and claims.

`World` is the smallest honest stand-in for the door: events pass through JSON, claims are unique
among streams, nothing is written when a claim is taken.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from kentongan.app.city import plans_of
from kentongan.cities.facts import Point
from kentongan.cities.pack import load, packaged
from kentongan.core import streams
from kentongan.core.commands import AnyCommand, EndCall, WriteHandover
from kentongan.core.context import Claim, Context
from kentongan.core.events import AnyEvent
from kentongan.core.handover import situation_of
from kentongan.core.rows import AnyRow, IncidentRow
from kentongan.core.words import (
    AgencyKey,
    Agent,
    AgentId,
    CallId,
    DeskKey,
    EventId,
    IncidentId,
    Meta,
    NatureCode,
    Place,
    ReportId,
    Role,
    UnitId,
    personal,
)

PACK = load(packaged())
PLANS = plans_of(PACK)
START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SIMPANG_LIMA = Point(-6.9903, 110.4229)

CALL, DESK, DESK_2 = CallId("c1"), DeskKey("desk_1"), DeskKey("desk_2")
REPORT, INCIDENT, OTHER = ReportId("r1"), IncidentId("i1"), IncidentId("i2")
AMB, AMB_2, FIRE = UnitId("AMB01"), UnitId("AMB02"), UnitId("DMK01")
DINKES, DAMKAR, POLISI = AgencyKey("dinkes"), AgencyKey("damkar"), AgencyKey("polisi")
ARREST, FIRE_HOUSE = NatureCode("MED-01"), NatureCode("KBK-01")

HERE = Place(words=personal("depan masjid"), point=SIMPANG_LIMA)


def agent(name: str, *roles: Role, agency: str | None = None, unit: str | None = None) -> Agent:
    """Somebody with these roles."""
    return Agent(
        id=AgentId(name.lower()),
        name=name,
        roles=roles,
        agency=AgencyKey(agency) if agency else None,
        unit=UnitId(unit) if unit else None,
    )


RINA = agent("Rina", Role.CALL_TAKER)
DEWI = agent("Dewi", Role.CALL_TAKER)
BUDI = agent("Budi", Role.DISPATCHER)
SARI = agent("Sari", Role.SUPERVISOR)
OFFICER = agent("Tono", Role.AGENCY_OFFICER, agency="dinkes")
CREW = agent("Awak", Role.CREW, agency="dinkes", unit="AMB01")
SYSTEM = agent("Switch", Role.SYSTEM)


class ClaimTakenError(Exception):
    """Another stream holds it."""


def is_the_switchs(command: AnyCommand) -> bool:
    """Whether the switch says it, not a person: a caller who hangs up, a trunk that breaks."""
    return isinstance(command, EndCall) and command.by != "desk"


class World:
    """Streams by id, with their histories as JSON."""

    def __init__(self) -> None:
        self.states: dict[str, streams.AnyState] = {}
        self.history: dict[str, list[tuple[bytes, Meta]]] = {}
        self.holders: dict[Claim, str] = {}
        self.now = START
        self.numbers = 0

    def state(self, stream: str) -> streams.AnyState:
        """The stream's state now."""
        return self.states.get(stream) or streams.initial(stream)

    def do(self, command: AnyCommand, who: Agent | None = None) -> tuple[AnyEvent, ...]:
        """Decide and write; the events. Raises `Refused` or `ClaimTakenError`, writing nothing.

        Unless somebody is named it is Rina who asks, and for the caller the switch.
        """
        who = who or (SYSTEM if is_the_switchs(command) else RINA)
        stream = streams.stream_of(command)
        state = before = self.state(stream)
        context = Context(
            agent=who,
            at=self.now,
            plans=PLANS,
            next_number=self.numbers + 1,
            situation=situation_of(self.of_kind, self.now)
            if isinstance(command, WriteHandover)
            else None,
        )
        events = streams.decide(command, before, context)
        written = list(self.history.get(stream, []))
        for event in events:
            meta = self._meta(stream, len(written) + 1, who)
            text = msgspec.json.encode(event)
            state = streams.evolve(state, msgspec.json.decode(text, type=AnyEvent), meta)
            written.append((text, meta))
        self._claim(stream, streams.claims_of(before), streams.claims_of(state))
        self.states[stream], self.history[stream] = state, written
        self.numbers += any(type(event).__name__ == "IncidentOpened" for event in events)
        return events

    def _meta(self, stream: str, version: int, who: Agent) -> Meta:
        return Meta(
            event_id=EventId(f"{stream}#{version}"),
            stream=stream,
            version=version,
            position=version,
            at=self.now,
            recorded_at=self.now,
            agent=who.id,
            agent_name=who.name,
        )

    def _claim(self, stream: str, before: frozenset[Claim], after: frozenset[Claim]) -> None:
        for claim in after - before:
            if self.holders.get(claim, stream) != stream:
                raise ClaimTakenError(claim)
        for claim in before - after:
            del self.holders[claim]
        self.holders.update(dict.fromkeys(after, stream))

    def run(self, *commands: AnyCommand, who: Agent | None = None) -> "World":
        """Several commands by one agent; the world itself, to chain."""
        for command in commands:
            self.do(command, who)
        return self

    def later(self, seconds: float) -> "World":
        """Time passes."""
        self.now += timedelta(seconds=seconds)
        return self

    def rows(self) -> tuple[AnyRow, ...]:
        """The whole board."""
        return tuple(row for state in self.states.values() for row in streams.rows_of(state))

    def of_kind(self, kind: str) -> list[AnyRow]:
        """The rows of one kind."""
        return [row for row in self.rows() if streams.kind_of(row) == kind]

    def find(self, kind: str, key: str) -> AnyRow | None:
        """One row of the board."""
        found = (row for row in self.rows() if streams.kind_of(row) == kind and row.key == key)
        return next(found, None)

    def incident(self, key: str = "i1") -> IncidentRow:
        """An incident's row."""
        row = self.find("incident", key)
        assert isinstance(row, IncidentRow)
        return row

    def refold(self, stream: str) -> streams.AnyState:
        """The stream folded anew from its JSON."""
        return streams.fold(
            stream,
            [
                (msgspec.json.decode(text, type=AnyEvent), meta)
                for text, meta in self.history.get(stream, [])
            ],
        )


def tags(events: Sequence[AnyEvent]) -> list[str]:
    """The kinds of some events."""
    return [str(type(event).__struct_config__.tag) for event in events]
