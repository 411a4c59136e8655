"""How a drill went: what was done with each call of a scenario, against what the scenario knows.

A scenario's call is found again by its number, the withheld ones in the order in which they rang.
Each mark is one thing that was or was not done, with its value and limit; nothing is estimated, and
what could not be judged is said so (`is_met` None) and counts neither way. The limits are the city
pack's targets. A score is not a rank of people: it says what to practise. Pure.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from kentongan.cities.distance import distance_m
from kentongan.cities.pack import CityPack
from kentongan.cities.training import Pickup, Scenario, ScenarioCall
from kentongan.core.plans import Plans
from kentongan.core.rows import AnyRow, CallRow, IncidentRow, ReportRow
from kentongan.core.triage import next_question
from kentongan.core.words import Disposition, IncidentId, Priority, ReportId

PLACE_M: Final = 300.0
"""A place this near to the true one is right: the crew is in hearing distance."""

CALL_BACK_S: Final = 60.0
"""Whoever was cut off is rung back within this (CITY.md, §9)."""

DISPOSITIONS: Final[Mapping[str, frozenset[Disposition]]] = {
    "NON-01": frozenset({Disposition.GHOST}),
    "NON-02": frozenset({Disposition.PRANK}),
    "NON-03": frozenset({Disposition.PRANK}),
    "NON-04": frozenset({Disposition.WRONG_NUMBER}),
    "NON-05": frozenset({Disposition.TEST}),
    "NON-06": frozenset({Disposition.CALLED_BACK, Disposition.UNREACHABLE, Disposition.GHOST}),
    "NON-07": frozenset({Disposition.PRANK}),
    "NON-08": frozenset({Disposition.PRANK}),
}
"""How a call that is no incident should be put away, by its true sub-category."""

_NO_INCIDENT: Final = ("NON", "INFO")
_JOINED: Final = frozenset({"NON-09", "NON-10"})  # another city's, or an incident we have
_DIGITS_SAME: Final = 9

OpenText = Callable[[str], str]
"""The personal text of a ref, empty when it was erased."""


class Mark(Struct, frozen=True, kw_only=True):
    """One thing to be done: `value` as it was, `limit` as it should be, both for people to read."""

    key: str
    is_met: bool | None
    value: str = ""
    limit: str = ""


class CallScore(Struct, frozen=True, kw_only=True):
    """A call of the scenario. `call` is None when it never reached us."""

    index: int
    nature: str
    call: str | None
    call_taker: str
    marks: tuple[Mark, ...]


class Sheet(Struct, frozen=True, kw_only=True):
    """A whole drill. `met` of `asked` marks are met."""

    scenario: str
    begun_at: datetime | None
    incidents_expected: int
    incidents_found: int
    calls: tuple[CallScore, ...]
    met: int
    asked: int


class Board:
    """The rows of a drill, looked up as scoring needs them."""

    def __init__(self, rows: Iterable[AnyRow], text: OpenText) -> None:
        self.calls: list[CallRow] = []
        self.reports: dict[str, ReportRow] = {}
        self.incidents: dict[IncidentId, IncidentRow] = {}
        self.text = text
        by_report: dict[ReportId, IncidentRow] = {}
        for row in rows:
            if isinstance(row, CallRow):
                self.calls.append(row)
            elif isinstance(row, ReportRow) and row.call is not None:
                self.reports[row.call] = row
            elif isinstance(row, IncidentRow):
                self.incidents[row.key] = row
                by_report.update(dict.fromkeys(row.reports, row))
        self._by_report = by_report
        self.calls.sort(key=lambda row: row.ring_at)

    def number(self, row: CallRow) -> str:
        """The caller's number as digits, empty when it is withheld."""
        sealed = row.number
        said = "" if sealed is None else sealed.text or self.text(sealed.ref or "")
        return "".join(sign for sign in said if sign.isdigit())

    def incident_of(self, report: ReportRow | None) -> IncidentRow | None:
        """The incident that a report belongs to; of a merged one the one it is now."""
        found = None if report is None else self._by_report.get(report.key)
        while found is not None and found.merged_into is not None:
            found = self.incidents.get(found.merged_into)
        return found


def score(
    scenario: Scenario, pack: CityPack, plans: Plans, board: Board, since: datetime, until: datetime
) -> Sheet:
    """The sheet of a drill that was begun after `since`; calls that rang later than `until` are of
    another one."""
    rang = [row for row in board.calls if since <= row.ring_at < until and row.direction == "in"]
    found = _matched(scenario.calls, rang, board)
    judge = _Judge(pack, plans, board)
    calls = tuple(
        judge.call(index, wanted, found.get(index)) for index, wanted in enumerate(scenario.calls)
    )
    keys = {
        incident.key
        for row in found.values()
        if (incident := board.incident_of(board.reports.get(row.key))) is not None
        and incident.sent_at is not None
    }
    judged = [mark.is_met for one in calls for mark in one.marks if mark.is_met is not None]
    judged.append(len(keys) == scenario.incidents)
    return Sheet(
        scenario=scenario.key,
        begun_at=min((row.ring_at for row in found.values()), default=None),
        incidents_expected=scenario.incidents,
        incidents_found=len(keys),
        calls=calls,
        met=sum(judged),
        asked=len(judged),
    )


def _matched(
    wanted: Sequence[ScenarioCall], rang: Sequence[CallRow], board: Board
) -> dict[int, CallRow]:
    """The call that rang for each of the scenario's, of the last time that it was played.

    Where its first call rings once more it is played anew; another that rings again was asked for
    by the trainer, and its last time counts.
    """
    tails = [(one.number or "")[-_DIGITS_SAME:] for one in wanted]
    found: dict[int, CallRow] = {}
    for row in rang:
        tail = board.number(row)[-_DIGITS_SAME:]
        places = [index for index, one in enumerate(tails) if one == tail]
        free = next((index for index in places if index not in found), None)
        if free is None and tail and places:
            free = 0 if places[0] == 0 else places[-1]
        if free is None:
            continue
        if free == 0 and free in found:
            found = {}
        found[free] = row
    return found


class _Judge:
    """Marks of one call after the other."""

    def __init__(self, pack: CityPack, plans: Plans, board: Board) -> None:
        self._pack = pack
        self._plans = plans
        self._board = board
        self._limits = {target.key: float(target.limit_s) for target in pack.targets}

    def call(self, index: int, wanted: ScenarioCall, row: CallRow | None) -> CallScore:
        """Everything that was to be done with it."""
        marks = (Mark(key="on_record", is_met=False),) if row is None else self._marks(wanted, row)
        return CallScore(
            index=index,
            nature=wanted.nature,
            call=None if row is None else row.key,
            call_taker="" if row is None else row.agent_name or "",
            marks=marks,
        )

    def _marks(self, wanted: ScenarioCall, row: CallRow) -> tuple[Mark, ...]:
        if row.answered_at is None:
            return (self._rung_back(wanted, row),)
        marks = [_seconds("answered", row.ring_at, row.answered_at, self._limits.get("answer"))]
        category = wanted.nature.partition("-")[0]
        if category in _NO_INCIDENT and wanted.nature not in _JOINED:
            return (*marks, _put_away(wanted, row))
        return (*marks, *self._interview(wanted, row))

    def _rung_back(self, wanted: ScenarioCall, row: CallRow) -> Mark:
        """Nobody answered in time: was it rung back, and settled if nobody is to be reached?"""
        if not row.callbacks:
            return Mark(key="rung_back", is_met=False, limit=f"{CALL_BACK_S:.0f} s")
        first = row.callbacks[0].at
        ended = row.ended_at or row.ring_at
        mark = _seconds("rung_back", ended, first, CALL_BACK_S)
        if wanted.when_rung is not Pickup.ANSWERS and row.disposition is None:
            return Mark(key="rung_back", is_met=False, value=mark.value, limit=mark.limit)
        return mark

    def _interview(self, wanted: ScenarioCall, row: CallRow) -> list[Mark]:
        report = self._board.reports.get(row.key)
        incident = self._board.incident_of(report)
        asked = [
            Mark(key="name", is_met=None if wanted.name is None else _has(report, "name")),
            Mark(key="number", is_met=None if wanted.number is None else _has(report, "number")),
            Mark(key="complaint", is_met=_has(report, "complaint")),
        ]
        if incident is None:
            return [*asked, Mark(key="incident", is_met=False)]
        return [
            *asked,
            *self._place(wanted, row, incident),
            *self._kind(wanted, incident),
            *self._help(wanted, row, report, incident),
        ]

    def _place(self, wanted: ScenarioCall, row: CallRow, incident: IncidentRow) -> list[Mark]:
        place, true = incident.place, wanted.place
        right = Mark(key="place", is_met=False, limit=f"{PLACE_M:.0f} m")
        if place is not None and place.point is not None:
            off = distance_m(place.point, true.point)
            limit = PLACE_M + (place.radius_m or 0.0) * place.uncertain
            right = Mark(
                key="place", is_met=off <= limit, value=f"{off:.0f} m", limit=f"{limit:.0f} m"
            )
        elif place is not None and place.kelurahan is not None:
            right = Mark(
                key="place", is_met=place.kelurahan == true.kelurahan, value=place.kelurahan
            )
        soon = _seconds(
            "place_in_time", row.answered_at, incident.located_at, self._limits.get("locate")
        )
        return [right, soon]

    def _kind(self, wanted: ScenarioCall, incident: IncidentRow) -> list[Mark]:
        true = self._plans.natures[wanted.nature]
        priority = incident.priority
        is_urgent_enough = priority is not None and (
            true.priority == Priority.P0 or priority <= true.priority
        )
        left = next_question(wanted.nature, incident.triage, self._plans)
        return [
            Mark(
                key="nature",
                is_met=incident.nature == wanted.nature,
                value=incident.nature or "",
                limit=wanted.nature,
            ),
            Mark(
                key="priority",
                is_met=is_urgent_enough,
                value=priority or "",
                limit=true.priority,
            ),
            Mark(
                key="questions",
                is_met=left is None,
                value="" if left is None else left.question.text.id,
            ),
        ]

    def _help(
        self,
        wanted: ScenarioCall,
        row: CallRow,
        report: ReportRow | None,
        incident: IncidentRow,
    ) -> list[Mark]:
        lead = self._plans.natures[wanted.nature].lead
        tasked = {task.agency for task in incident.tasks}
        limit = self._limits.get("locate", 0.0) + self._limits.get("notify", 0.0)
        assigned = min(
            (one.progress_at[step] for one in incident.assignments for step in one.progress_at),
            default=None,
        )
        wait = self._plans.limit_s("A-03", incident.priority)
        return [
            _seconds("sent", row.answered_at, incident.sent_at, limit or None),
            Mark(key="lead", is_met=lead in tasked, value=", ".join(sorted(tasked)), limit=lead),
            _seconds("unit", incident.sent_at, assigned, wait),
            Mark(key="told", is_met=bool(report and report.told) if assigned else None),
        ]


def _put_away(wanted: ScenarioCall, row: CallRow) -> Mark:
    right = DISPOSITIONS.get(wanted.nature, frozenset({Disposition.INFORMATION}))
    return Mark(
        key="disposition",
        is_met=row.disposition in right,
        value=row.disposition or "",
        limit=" / ".join(sorted(right)),
    )


def _has(report: ReportRow | None, field: str) -> bool:
    return report is not None and getattr(report, field) is not None


def _seconds(key: str, start: datetime | None, end: datetime | None, limit: float | None) -> Mark:
    """A time that was taken against its limit; without a limit it is only told."""
    wanted = "" if limit is None else f"{limit:.0f} s"
    if start is None or end is None:
        return Mark(key=key, is_met=False, limit=wanted)
    took = max(0.0, (end - start).total_seconds())
    met = None if limit is None else took <= limit
    return Mark(key=key, is_met=met, value=f"{took:.0f} s", limit=wanted)
