"""Callers and call-takers: who rings, who answers, and what is written down.

A caller rings, waits as long as patience lasts, tells, and hangs up whenever they like, also in
the middle of a sentence. A call-taker answers what rings at the own desk, or else whoever waits
longest, opens what must be opened and links a second caller to what the first one told.
"""

from datetime import timedelta

from kentongan.app.handle import Outcome
from kentongan.core.call.silent import LISTENED_FOR
from kentongan.core.callbacks import in_risk_order
from kentongan.core.commands import (
    AnswerCall,
    ClassifyIncident,
    ConfirmPrompt,
    ConnectCall,
    DeclineOffer,
    DisposeCall,
    EndCall,
    IdentifyReporter,
    LinkReport,
    LocateIncident,
    OfferCall,
    OpenIncident,
    OpenReport,
    PauseDuty,
    PromptCaller,
    QueueCall,
    RequeueCall,
    ResumeDuty,
    SendIncident,
    StartDuty,
    StartWrapUp,
    TakeComplaint,
)
from kentongan.core.queue import in_order
from kentongan.core.rows import CallRow, DeskRow, IncidentRow
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
from kentongan.sim.room import Happening, Room
from kentongan.sim.story import Ask, Story
from kentongan.sim.switch import Switch
from kentongan.sim.telephony import ring_back, talk


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
    reason = room.random.choice(("lost", "probe_failed")) if room.unlucky(0.2) else ""
    room.switch.act(EndCall(call=call, by="caller", reason=reason))


def call_taker(room: Room, desk: DeskKey) -> Story:
    """A shift at one desk."""
    yield Ask(StartDuty(desk=desk, headset_checked=True))
    while True:
        yield room.random.uniform(1.5, 4.0)
        yield from _between_calls(room, desk)
        call = _next_call(room.switch, desk)
        if call is not None:
            if desk in call.rung and room.unlucky(0.1):
                decline = DeclineOffer(call=call.key, desk=desk, reason="not_me")
                yield Ask(decline, at_switch=True)
                continue
            answer = yield Ask(AnswerCall(call=call.key, desk=desk), at_switch=True)
            if isinstance(answer, Outcome):
                yield from _interview(room, call.key, desk)
            continue
        lost = _unsettled(room.switch)
        if lost is not None:
            yield from ring_back(room, lost, desk)


def _between_calls(room: Room, desk: DeskKey) -> Story:
    """Back on duty when a supervisor freed the desk; now and then a breath, or a break."""
    row = room.board.find("desk", desk)
    if isinstance(row, DeskRow) and row.state == "free":
        yield Ask(StartDuty(desk=desk, headset_checked=True))
    elif room.unlucky(0.05):
        until = room.clock.now() + timedelta(seconds=room.random.uniform(1.0, 10.0))
        yield Ask(StartWrapUp(desk=desk, until=until))
    elif room.unlucky(0.03):
        yield Ask(PauseDuty(desk=desk, reason="meal"))
        yield room.random.uniform(1.0, 10.0)
        yield Ask(ResumeDuty(desk=desk))


def _next_call(switch: Switch, desk: DeskKey) -> CallRow | None:
    """The first in the queue that rings here, or else whoever waits longest."""
    waiting = in_order(switch.calls(), {})
    return next((row for row in waiting if desk in row.rung), next(iter(waiting), None))


def _unsettled(switch: Switch) -> CallRow | None:
    """The first of the list that nobody has claimed."""
    return next((row for row in in_risk_order(switch.calls()) if row.owner is None), None)


def _interview(room: Room, call: CallId, desk: DeskKey) -> Story:
    about = room.told[call]
    if about is None:
        yield room.random.uniform(1.0, 4.0)
        yield Ask(PromptCaller(call=call), at_switch=True)
        room.switch.say(ConfirmPrompt(call=call))
        yield LISTENED_FOR.total_seconds() + room.random.uniform(0.5, 3.0)
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
    yield from talk(room, call, desk)
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
