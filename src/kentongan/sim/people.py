"""Callers and call-takers: who rings, who answers, and what is written down.

A caller rings, waits as long as patience lasts, tells, and hangs up whenever they like, also in
the middle of a sentence. A call-taker answers whoever waits longest, opens what must be opened and
links a second caller to what the first one told.
"""

from collections.abc import Callable
from random import Random

from msgspec import Struct

from kentongan.app.handle import Outcome
from kentongan.cities.facts import Point
from kentongan.core.commands import (
    AnswerCall,
    ClassifyIncident,
    ConnectCall,
    DisposeCall,
    EndCall,
    IdentifyReporter,
    LinkReport,
    LocateIncident,
    OfferCall,
    OpenIncident,
    OpenReport,
    QueueCall,
    RequeueCall,
    SendIncident,
    StartDuty,
    TakeComplaint,
)
from kentongan.core.rows import CallRow, IncidentRow
from kentongan.core.words import (
    CallId,
    DeskKey,
    Disposition,
    IncidentId,
    NatureCode,
    Personal,
    Place,
    PlaceSource,
    ReportId,
)
from kentongan.sim.checks import Board
from kentongan.sim.clock import Clock
from kentongan.sim.story import Ask, Story
from kentongan.sim.switch import Switch


class Happening(Struct, frozen=True):
    """What really happened; None for a call about nothing."""

    point: Point
    nature: str
    units_wanted: int


class Room(Struct):
    """What people at the centre share: the clock, the board on their screens, the telephones."""

    clock: Clock
    random: Random
    board: Board
    switch: Switch
    told: dict[str, Happening | None]
    unlucky: Callable[[float], bool]  # that often, and never once all is healed


def caller(room: Room, call: CallId, about: Happening | None) -> Story:
    """One call, from the first ring until the line is dead."""
    room.told[call] = about
    number = f"0813{room.random.randrange(10**8):08d}"
    room.switch.act(
        OfferCall(call=call, line="112", dialled="112", trunk="trunk", number=Personal(text=number))
    )
    room.switch.act(QueueCall(call=call))
    gives_up_s = room.clock.now_s + room.random.uniform(4.0, 90.0)
    hangs_up_s = float("inf")
    while room.clock.now_s < min(gives_up_s, hangs_up_s):
        yield 1.0
        row = room.switch.find(f"call:{call}")
        if row is None or row.state in ("ended", "abandoned"):
            return
        if row.state == "answered" and hangs_up_s == float("inf"):
            room.switch.act(ConnectCall(call=call))
            hangs_up_s = room.clock.now_s + room.random.uniform(5.0, 60.0)
            gives_up_s = float("inf")
        elif row.state == "answered" and room.unlucky(0.01):
            room.switch.act(RequeueCall(call=call, reason="desk_lost"))
    room.switch.act(EndCall(call=call, by="caller"))


def call_taker(room: Room, desk: DeskKey) -> Story:
    """A shift at one desk."""
    yield Ask(StartDuty(desk=desk, headset_checked=True))
    while True:
        yield room.random.uniform(1.5, 4.0)
        call = _longest_waiting(room.switch)
        if call is not None:
            answer = yield Ask(AnswerCall(call=call.key, desk=desk), at_switch=True)
            if isinstance(answer, Outcome):
                yield from _interview(room, call.key)
            continue
        lost = _abandoned(room.switch)
        if lost is not None:
            yield Ask(
                DisposeCall(call=lost.key, disposition=Disposition.UNREACHABLE), at_switch=True
            )


def _longest_waiting(switch: Switch) -> CallRow | None:
    waiting = [row for row in switch.calls() if row.state in ("offered", "queued")]
    return min(waiting, key=lambda row: row.ring_at, default=None)


def _abandoned(switch: Switch) -> CallRow | None:
    return next((row for row in switch.calls() if row.state == "abandoned" and row.open), None)


def _interview(room: Room, call: CallId) -> Story:
    about = room.told[call]
    if about is None:
        yield room.random.uniform(3.0, 10.0)
        yield Ask(EndCall(call=call, by="desk"), at_switch=True)
        yield Ask(DisposeCall(call=call, disposition=Disposition.GHOST), at_switch=True)
        return
    report = ReportId(f"{call}-r")
    yield Ask(OpenReport(report=report, call=call))
    known = _same_happening(room.board, about)
    linked = (yield Ask(LinkReport(incident=known, report=report))) if known else None
    if not isinstance(linked, Outcome):
        yield from _open_incident(room, IncidentId(f"{call}-i"), report, about)
    yield Ask(
        IdentifyReporter(report=report, name=Personal(text="Bu Sri"), number=Personal(text="0813"))
    )
    yield room.random.uniform(0.5, 3.0)
    yield Ask(TakeComplaint(report=report, words=Personal(text="tolong, cepat")))
    yield Ask(EndCall(call=call, by="desk"), at_switch=True)
    yield Ask(DisposeCall(call=call, disposition=Disposition.INCIDENT), at_switch=True)


def _open_incident(room: Room, incident: IncidentId, report: ReportId, about: Happening) -> Story:
    yield Ask(OpenIncident(incident=incident, report=report))
    words = Personal(text="dekat pasar") if room.random.random() < 0.3 else None
    place = Place(point=about.point, source=PlaceSource.PIN, words=words)
    yield Ask(LocateIncident(incident=incident, place=place))
    yield room.random.uniform(0.5, 2.0)
    yield Ask(ClassifyIncident(incident=incident, nature=NatureCode(about.nature)))
    yield Ask(SendIncident(incident=incident, complete=room.random.random() < 0.5))


def _same_happening(board: Board, about: Happening) -> IncidentId | None:
    """An open incident at that very place; the simulation's callers point exactly."""
    for row in board.by_kind.get("incident", {}).values():
        if not isinstance(row, IncidentRow) or row.state != "open" or row.place is None:
            continue
        if row.place.point == about.point:
            return row.key
    return None
