"""What must be true after every step, whatever happened: the safety of the whole system.

The reference is dumber than what it checks: dictionaries and counters over the journal. Only what
a step changed is looked at, and at the end everything once more. `Violation` names the rule.
"""

from collections.abc import Mapping, Sequence

from kentongan.app.handle import Outcome
from kentongan.app.ports import BoardRow, Recorded, Store
from kentongan.core.context import Claim
from kentongan.core.events import (
    AgencyTasked,
    AlarmCleared,
    AlarmLeft,
    AlarmRaised,
    AlarmTaken,
    AnyEvent,
    CallOffered,
    IncidentClosed,
    IncidentOpened,
    IncidentReopened,
    TaskAcknowledged,
    TaskCompleted,
    TaskHandedOver,
    TaskRefused,
    UnitAssigned,
    UnitProgressed,
    UnitReleased,
)
from kentongan.core.redaction import redact
from kentongan.core.rows import (
    AgencyRow,
    AlarmRow,
    AliasRow,
    AnyRow,
    CallRow,
    ChangeRow,
    ClosureRow,
    DeskRow,
    EngagementRow,
    HospitalRow,
    IncidentRow,
    PackRow,
    ReportRow,
    UnitRow,
)
from kentongan.core.streams import AnyState, claims_of, evolve, initial, kind_of, rows_of
from kentongan.core.words import Agent, Progress
from kentongan.sim.voice_checks import broken_rules, desks_talking_twice, tasks_rung_twice

TAIL_MAX = 100_000
"""More events than any seed writes."""


class Violation(Exception):  # noqa: N818 - it is what was found, not what went wrong here
    """A rule that did not hold, and what was seen."""

    def __init__(self, rule: str, seen: object) -> None:
        super().__init__(f"{rule}: {seen}")
        self.rule = rule


class Board:
    """The board as a screen has it: every row sent to it, the last one of each."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], AnyRow] = {}
        self.by_kind: dict[str, dict[str, AnyRow]] = {}
        self.position = 0

    def take(self, changed: BoardRow) -> None:
        """One row, new or gone."""
        place = (changed.kind, changed.key)
        of_kind = self.by_kind.setdefault(changed.kind, {})
        if changed.row is None:
            self.rows.pop(place, None)
            of_kind.pop(changed.key, None)
        else:
            self.rows[place] = changed.row
            of_kind[changed.key] = changed.row
        self.position = max(self.position, changed.position)

    def find(self, kind: str, key: str) -> AnyRow | None:
        """One row, or None."""
        return self.rows.get((kind, key))


class Checks:
    """Follows the journal and the board, and complains."""

    def __init__(self, store: Store, officers: Mapping[str, Agent], crews: Mapping[str, Agent]):
        self._store = store
        self._officers = officers
        self._crews = crews
        self._states: dict[str, AnyState] = {}
        self._versions: dict[str, int] = {}
        self._claims: dict[Claim, str] = {}
        self._own_rows: dict[str, dict[tuple[str, str], AnyRow]] = {}
        self._streams_of_commands: dict[str, str] = {}
        self._tasked: dict[str, set[str]] = {}
        self._closed: set[str] = set()
        self._owners: dict[str, str] = {}
        self._agencies: dict[str, str] = {}
        self._engaged: dict[str, str] = {}
        self._ever_engaged: set[tuple[str, str]] = set()
        self._long_ids: dict[str, str] = {}
        self.numbers: list[int] = []
        self.board = Board()
        self.position = 0
        self.double_engagements = 0
        self.offered: set[str] = set()

    def step(self) -> None:
        """Everything the last step changed."""
        if self._store.last_position() == self.position:
            return
        touched: set[str] = set()
        for recorded in self._store.tail(self.position, TAIL_MAX):
            self._follow(recorded)
            touched.add(recorded.meta.stream)
        changed = self._store.rows(after=self.board.position)
        for row in changed:
            self.board.take(row)
        for stream in sorted(touched):
            self._check_rows(stream)
        self._check_claims({stream: claims_of(self._states[stream]) for stream in sorted(touched)})
        for row in changed:
            if row.stream not in touched:
                raise Violation("only events write the board", row)
        self._check_viewers(changed)
        self._check_calls(changed)

    def acknowledged(self, command_id: str, outcome: Outcome) -> None:
        """What a person was told is in the journal."""
        self.step()
        if outcome.events and command_id not in self._streams_of_commands:
            raise Violation("an acknowledged command is in the journal", command_id)

    def whole(self) -> None:
        """Everything once more, from the beginning."""
        if sorted(self.numbers) != list(range(1, len(self.numbers) + 1)):
            raise Violation("the day's numbers have no gaps", self.numbers)
        again = Checks(self._store, self._officers, self._crews)
        again.step()
        if again.board.rows != {
            place: row for rows in self._own_rows.values() for place, row in rows.items()
        }:
            raise Violation("the board is the fold of the journal", "rows differ at the end")

    def _follow(self, recorded: Recorded) -> None:
        """One event: its place in the journal, and what the dumb reference makes of it."""
        meta, stream = recorded.meta, recorded.meta.stream
        if meta.position != self.position + 1:
            raise Violation("the journal has no gaps", meta)
        self.position = meta.position
        if meta.version != self._versions.get(stream, 0) + 1:
            raise Violation("a stream has no gaps", meta)
        self._versions[stream] = meta.version
        command = recorded.command or meta.event_id
        if self._streams_of_commands.setdefault(command, stream) != stream:
            raise Violation("a command leads to events once", command)
        self._count(recorded)
        before = self._states.get(stream) or initial(stream)
        self._states[stream] = evolve(before, recorded.event, meta)

    def _count(self, recorded: Recorded) -> None:
        stream = recorded.meta.stream
        match recorded.event:
            case CallOffered():
                self.offered.add(stream)
            case IncidentOpened(long_id=long_id, number=number):
                self.numbers.append(number)
                if self._long_ids.setdefault(long_id, stream) != stream:
                    raise Violation("an incident's number is its own", long_id)
            case AgencyTasked(agency=agency) | TaskAcknowledged(agency=agency):
                self._tasked.setdefault(stream, set()).add(agency)
            case (
                TaskRefused(agency=agency)
                | TaskHandedOver(agency=agency)
                | TaskCompleted(agency=agency)
            ):
                self._tasked.setdefault(stream, set()).discard(agency)
            case UnitAssigned(unit=unit, agency=agency):
                self._agencies[unit] = agency
                self._engage(unit, stream)
            case UnitReleased(unit=unit) | UnitProgressed(unit=unit, progress=Progress.CLEAR):
                if self._engaged.get(unit) == stream:
                    del self._engaged[unit]
            case UnitProgressed(unit=unit):
                self._engage(unit, stream)
            case AlarmTaken() | AlarmLeft() | AlarmRaised() | AlarmCleared():
                self._pass_on(recorded.event, stream)
            case IncidentReopened():
                self._closed.discard(stream)
            case IncidentClosed():
                self._closed.add(stream)
                if stream in self._engaged.values():
                    raise Violation("no incident closes over a working unit", stream)
            case _:
                pass

    def _pass_on(self, event: AnyEvent, stream: str) -> None:
        """Who has the alarm, if anybody."""
        if not isinstance(event, AlarmTaken):
            self._owners.pop(stream, None)
        elif self._owners.setdefault(stream, event.agent) != event.agent:
            raise Violation("an alarm is never owned by two", (self._owners[stream], event))

    def _engage(self, unit: str, stream: str) -> None:
        """The unit works there now: also when a crew corrects a tap of `clear`."""
        self._ever_engaged.add((unit, stream))
        if self._engaged.setdefault(unit, stream) != stream:
            self.double_engagements += 1
            raise Violation("no unit is engaged twice", (unit, self._engaged[unit], stream))

    def _check_rows(self, stream: str) -> None:
        """The stream's rows on the board are what its events say."""
        rows: dict[tuple[str, str], AnyRow] = {
            (kind_of(row), row.key): row for row in rows_of(self._states[stream])
        }
        for place, row in rows.items():
            if self.board.rows.get(place) != row:
                raise Violation("the board is the fold of the journal", (place, row))
        for place in self._own_rows.get(stream, {}):
            found = self._store.find_row(*place) if place not in rows else None
            if found is not None and found.stream == stream:
                raise Violation("what is gone is gone from the board", place)
        self._own_rows[stream] = rows

    def _check_claims(self, claims: Mapping[str, frozenset[Claim]]) -> None:
        """What was let go first, then what was taken: a unit may pass from hand to hand."""
        for claim, holder in list(self._claims.items()):
            if claim not in claims.get(holder, {claim}):
                del self._claims[claim]
        for stream, taken in claims.items():
            for claim in taken:
                if self._claims.setdefault(claim, stream) != stream:
                    raise Violation("a claim has one holder", (claim, self._claims[claim], stream))
                if self._store.holder(claim) != stream:
                    raise Violation("the store knows the holder", (claim, stream))

    def _check_viewers(self, changed: Sequence[BoardRow]) -> None:
        """An agency with a task or a unit there sees it, and nobody sees more than is theirs."""
        for row in (line.row for line in changed if line.row is not None):
            for viewer, agent in self._officers.items():
                if self._sees(agent, row) != self._is_for_agency(row, viewer):
                    raise Violation("an agency sees its own and nothing else", (viewer, row))
            for viewer, agent in self._crews.items():
                sees = self._sees(agent, row)
                if sees and not self._may_concern_crew(row, viewer):
                    raise Violation("a crew sees nothing that is not theirs", (viewer, row))
                if not sees and self._engaged.get(viewer) == f"incident:{row.key}":
                    raise Violation("a crew at work sees its incident", (viewer, row))

    def _check_calls(self, changed: Sequence[BoardRow]) -> None:
        """Nobody is lost between two telephones, and a desk speaks with one caller."""
        calls = [line.row for line in changed if isinstance(line.row, CallRow)]
        for row in calls:
            for rule in broken_rules(row):
                raise Violation(rule, row)
        if calls and (desks := desks_talking_twice(self.board.by_kind["call"].values())):
            raise Violation("a desk speaks with one caller", desks)
        if calls and (tasks := tasks_rung_twice(self.board.by_kind["call"].values())):
            raise Violation("one telephone rings about a task", tasks)

    def _sees(self, agent: Agent, row: AnyRow) -> bool:
        return redact(row, agent, self.board.find) is not None

    def _is_for_agency(self, row: AnyRow, agency: str) -> bool:
        match row:
            case IncidentRow():
                return self._works_for(agency, f"incident:{row.key}")
            case ReportRow():
                return self._works_for(agency, f"incident:{row.incident}")
            case UnitRow():
                return row.agency == agency
            case EngagementRow():
                unit = self.board.find("unit", row.key)
                return isinstance(unit, UnitRow) and unit.agency == agency
            case AgencyRow():
                return row.key == agency
            case ClosureRow() | HospitalRow() | PackRow():
                return True
            case AlarmRow():
                is_owed = row.alarm_kind == "agency_silent" or "agency_officer" in row.to
                return row.agency == agency and is_owed
            case CallRow() | DeskRow() | AliasRow() | ChangeRow():
                return False

    def _works_for(self, agency: str, stream: str) -> bool:
        """Whether the agency has a task there that it has not ended, or a unit at work."""
        has_unit = any(
            self._agencies[unit] == agency
            for unit, where in self._engaged.items()
            if where == stream
        )
        is_asked = agency in self._tasked.get(stream, ())
        return stream not in self._closed and (is_asked or has_unit)

    def _may_concern_crew(self, row: AnyRow, unit: str) -> bool:
        match row:
            case IncidentRow():
                return (unit, f"incident:{row.key}") in self._ever_engaged
            case ReportRow():
                return (unit, f"incident:{row.incident}") in self._ever_engaged
            case UnitRow() | EngagementRow():
                return row.key == unit
            case ClosureRow() | HospitalRow() | PackRow():
                return True
            case CallRow() | DeskRow() | AgencyRow() | AliasRow() | AlarmRow() | ChangeRow():
                return False
