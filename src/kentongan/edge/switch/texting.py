"""Real-time text of a call: what is typed, letter by letter, and what is kept of it.

The letters go their own way, lossy and at once: from the caller's telephone to the screens of who
takes part, and from the desk to the caller. On record is what somebody said: a line when it ends,
when its writer pauses, or when it is long. What is erased before that never was; an erasure that
reaches back into a line on record stands there as a mark. Unfinished lines are in the spool, so
that a killed switch goes on with them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from msgspec.structs import replace

from kentongan.cities.facts import Text
from kentongan.core.commands import Envelope, TextCall
from kentongan.core.events import (
    CallAnswered,
    CallEvent,
    CallHeld,
    CallRequeued,
    CallTexted,
    CallTransferred,
)
from kentongan.core.words import Agent, AgentId, CallId, CommandId, Refused, Role, personal
from kentongan.edge.switch.control import TypeText
from kentongan.edge.switch.ledger import SWITCH
from kentongan.edge.switch.legs import is_on_hold
from kentongan.edge.switch.record import CITIZEN, SUPERVISOR, SpooledCall, TypedLine
from kentongan.media import protocol
from kentongan.media.t140 import BACKSPACE, NEW_LINE, erased

if TYPE_CHECKING:
    from kentongan.edge.switch.board import Board

Side = Literal["caller", "desk"]
SIDES: Final[tuple[Side, ...]] = ("caller", "desk")

PAUSE: Final = timedelta(seconds=7)
"""A writer who stops for so long has said something: it goes on record as it stands."""

LONGEST: Final = timedelta(seconds=60)
"""Who writes without a pause is on record each minute."""

LINE_CHARACTERS_MAX: Final = 500
"""A line longer than this is two."""

TAKEN_BACK: Final = "\u232b"
"""Stands for each character of an earlier line that its writer erased."""


def greet(board: "Board", call: SpooledCall) -> None:
    """Whoever cannot hear the announcement reads that they wait."""
    _announce(board, call, board.city.written.waits)


def ask(board: "Board", call: SpooledCall) -> None:
    """The silent test, where somebody reads."""
    _announce(board, call, board.city.written.asks)


def question(board: "Board") -> str:
    """The silent test as `ask` writes it."""
    return _lines(board.city.written.asks)


def follow(board: "Board", call: CallId, event: CallEvent) -> None:
    """What a fact means for whoever only reads: they see what others hear."""
    known = board.ledger.get(call)
    if known.citizen.text is None:
        return
    match event:
        case CallAnswered():
            _announce(board, known, board.city.written.here)
            for side in SIDES:
                push(board, known, side)
        case CallHeld() | CallRequeued() | CallTransferred():
            _announce(board, known, board.city.written.patience)
        case _:
            pass


def typed(
    board: "Board", call: SpooledCall, epoch: str, event: protocol.Typed, at: datetime
) -> None:
    """The caller typed. Told again by a media process, it is not read again."""
    typing = call.typing
    if event.leg != CITIZEN or (epoch == typing.epoch and event.seq <= typing.seq):
        return
    typing = replace(typing, epoch=epoch, seq=event.seq, source=event.source, number=event.number)
    board.ledger.put(replace(call, typing=typing))
    _write(board, call.id, "caller", event.text, SWITCH, at)


def to_caller(board: "Board", asked: TypeText) -> protocol.TypeText | None:
    """What the media process is asked to send; None when it was sent already. Raises `Refused`."""
    call = board.ledger.find(asked.call)
    leg = None if call is None else call.find_desk(asked.desk)
    if call is None or call.is_over:
        raise Refused("call_over")
    if leg is None or leg.agent != asked.agent or leg.role == SUPERVISOR:
        raise Refused("not_permitted")
    if is_on_hold(board.ledger.row(call.id), leg.desk):
        raise Refused("party_held")
    if call.citizen.text is None:
        raise Refused("no_text_line")
    if call.typing.stream == asked.stream and asked.count <= call.typing.count:
        return None
    return protocol.TypeText(bridge=call.id, leg=CITIZEN, text=asked.text)


def sent(board: "Board", asked: TypeText, at: datetime) -> None:
    """What the desk typed is on its way to the caller."""
    call = board.ledger.find(asked.call)
    if call is None:
        return
    typing = replace(call.typing, stream=asked.stream, count=asked.count)
    board.ledger.put(replace(call, typing=typing))
    if typing.desk.text and typing.desk.agent != asked.agent:
        _finish(board, call.id, "desk", at)
    agent = Agent(id=asked.agent, name=asked.name, roles=(Role.CALL_TAKER,), desk=asked.desk)
    _write(board, call.id, "desk", asked.text, agent, at)


def spoken(board: "Board", call: CallId, events: Iterable[CallEvent]) -> None:
    """A whole line that a desk sent to a caller who reads: their telephone shows it, too."""
    known = board.ledger.find(call)
    if known is None or known.citizen.text is None:
        return
    for event in events:
        if isinstance(event, CallTexted) and event.by == "desk" and event.text.text:
            line = f"\n{event.text.text}\n"[: protocol.TYPED_MAX]
            command = protocol.TypeText(bridge=call, leg=CITIZEN, text=line)
            board.to_sound.append(command)


def look(board: "Board", call: SpooledCall, at: datetime) -> None:
    """Once a second: a pause ends a line; what goes on is shown again to who came late."""
    for side in SIDES:
        line = _line(call, side)
        if not line.text or line.changed_at is None or line.begun_at is None:
            continue
        if at - line.changed_at >= PAUSE or at - line.begun_at >= LONGEST:
            _finish(board, call.id, side, at)
        push(board, board.ledger.get(call.id), side)


def flush(board: "Board", call: CallId, at: datetime) -> None:
    """The call ends: what was not finished was said all the same."""
    known = board.ledger.find(call)
    for side in SIDES:
        if known is not None and _line(known, side).text:
            _finish(board, call, side, at)
            push(board, board.ledger.get(call), side)


def push(board: "Board", call: SpooledCall, side: Side) -> None:
    """Show an unfinished line to who takes part."""
    line = _line(call, side)
    board.show({"event": "typing", "call": call.id, "by": side, "text": line.text,
                "name": line.name})  # fmt: skip


def displaced(board: "Board", call_id: CallId, key: str) -> None:
    """The media process refuses the text line. Sound goes on without it; text alone waits."""
    call = board.ledger.find(call_id)
    side = None if call is None else call.citizen.text
    if call is None or call.is_over or side is None:
        return
    leg = call.citizen
    if key == "port-taken":
        leg = replace(leg, text=replace(side, local_port=None))
    elif key == "address":  # wait for its packets and answer to where they come from
        offered = replace(side.offered, address="0.0.0.0")  # noqa: S104 -- said, not bound
        leg = replace(leg, text=replace(side, offered=offered))
    elif leg.has_audio:
        leg = replace(leg, text=None)
    if leg != call.citizen:
        board.put(replace(call, citizen=leg))


def _write(board: "Board", call: CallId, side: Side, text: str, agent: Agent, at: datetime) -> None:
    for character in text:
        line = _line(board.ledger.get(call), side)
        if character == NEW_LINE:
            _finish(board, call, side, at)
            continue
        if character != BACKSPACE:
            changed = line.text + character
        elif line.text and not line.text.endswith(TAKEN_BACK):
            changed = erased(line.text)
        elif board.ledger.row(call).text_lines:
            changed = line.text + TAKEN_BACK
        else:
            continue
        name = agent.name if side == "desk" else ""
        _put(board, call, side, _grown(line, changed, agent.id, name, at))
        if len(changed) >= LINE_CHARACTERS_MAX:
            _finish(board, call, side, at)
    push(board, board.ledger.get(call), side)


def _grown(line: TypedLine, text: str, agent: str, name: str, at: datetime) -> TypedLine:
    begun_at = line.begun_at if line.text else at
    return TypedLine(text=text, begun_at=begun_at, changed_at=at, agent=agent, name=name)


def _line(call: SpooledCall, side: Side) -> TypedLine:
    return call.typing.caller if side == "caller" else call.typing.desk


def _put(board: "Board", call: CallId, side: Side, line: TypedLine) -> None:
    known = board.ledger.get(call)
    typing = (
        replace(known.typing, caller=line) if side == "caller" else replace(known.typing, desk=line)
    )
    board.ledger.put(replace(known, typing=typing))


def _finish(board: "Board", call: CallId, side: Side, at: datetime) -> None:
    """The line goes on record, in the name of who wrote it."""
    known = board.ledger.get(call)
    line, words = _line(known, side), personal(_line(known, side).text.strip())
    _put(board, call, side, TypedLine())
    if words is None:
        return
    command = TextCall(call=call, by=side, text=words)
    writer = Agent(id=AgentId(line.agent), name=line.name, roles=(Role.CALL_TAKER,))
    name = CommandId(f"{call}/{len(known.facts)}/text")
    for agent in (writer, SWITCH) if side == "desk" else (SWITCH,):
        try:
            board.obey(call, Envelope(id=name, agent=agent, command=command), at)
        except Refused:  # a desk that has left the call meanwhile; or there are too many lines
            continue
        return


def _announce(board: "Board", call: SpooledCall, words: Text) -> None:
    """Lines of ours to the caller, in both languages that the city writes."""
    if call.citizen.text is None or call.citizen.text.local_port is None:
        return
    board.to_sound.append(protocol.TypeText(bridge=call.id, leg=CITIZEN, text=_lines(words)))


def _lines(words: Text) -> str:
    return f"\n{words.id}\n{words.en}\n"
