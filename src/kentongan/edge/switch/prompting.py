"""The silent test on its way to the caller, and sounds that are heard once.

The question is part of how a bridge should be until it was heard to its end, so whatever breaks it
off (a media process that died, a page that came anew, hold) leads to its being asked again. When it
began is told by the media process, not believed: from there on it is listened to (`core`'s
`silent`). Who has no sound reads it, and it counts once it was handed to their page or telephone.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from kentongan.core.call.silent import SILENT_TEST as TEST
from kentongan.core.call.silent import is_unheard
from kentongan.core.commands import ConfirmPrompt, CutPrompt
from kentongan.core.events import (
    CallAbandoned,
    CallEnded,
    CallerPrompted,
    CallEvent,
    CallRequeued,
    CallSignalled,
    CallSupervised,
)
from kentongan.core.words import CallId
from kentongan.edge.switch import texting
from kentongan.edge.switch.announcements import SILENT_TEST, Sounds
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import CITIZEN, Question, SpooledCall
from kentongan.media import protocol

if TYPE_CHECKING:
    from kentongan.edge.switch.board import Board

BEGUN_MAX: Final = 3
"""So often it is begun by itself; then the desk is told, and asks when it likes."""

WAITS_MAX: Final = timedelta(seconds=15)
"""No way to the caller for so long: the desk is told. A page that lost its sound needs less."""

WRITTEN_AGAIN: Final = timedelta(seconds=5)
"""Between two tries to write it to a telephone that only shows text."""

Once = protocol.Tone | protocol.TypeText
"""What is heard, or read, once and compared with nothing."""


def question_of(call: SpooledCall, sounds: Sounds) -> tuple[str, ...]:
    """The files that the caller is to hear of the question; none when it is not due."""
    is_due = call.question is not None and call.question.is_due
    return sounds.say(SILENT_TEST, call.languages) if is_due else ()


def beep(call: SpooledCall, event: CallSupervised) -> tuple[Once, ...]:
    """A supervisor comes in with a tone: the desk hears it."""
    desk = call.main_desk
    if not event.tone or desk is None:
        return ()
    return (protocol.Tone(bridge=call.id, leg=desk.desk),)


def follow(board: "Board", call_id: CallId, event: CallEvent, at: datetime) -> None:
    """What a fact means for the question."""
    call = board.ledger.get(call_id)
    match event:
        case CallerPrompted(prompt=prompt):
            before = call.question or Question(since=at)
            question = replace(before, is_due=prompt == TEST, since=at, begun=0)
            board.put(replace(call, question=question))
            if question.is_due:
                texting.ask(board, call)
        case CallSignalled() | CallRequeued() | CallEnded() | CallAbandoned():
            _put_by(board, call)
        case _:
            pass


def carried_out(board: "Board", call_id: CallId, step: protocol.AnyCommand, moment: Moment) -> None:
    """The media process did this: the question began, or something else ended it."""
    call = board.ledger.find(call_id)
    if call is None or call.question is None or not call.question.is_due:
        return
    if _is_question(board, call, step):
        _cut(board, call_id, moment, is_begun_anew=True)
        begun = board.ledger.get(call_id)
        if begun.question is not None:
            begun_question = replace(begun.question, begun=begun.question.begun + 1)
            board.ledger.put(replace(begun, question=begun_question))
        _confirm(board, call_id, moment)
    elif _ends_sound(step):
        _cut(board, call_id, moment)


def plays(board: "Board", call_id: CallId, files: tuple[str, ...], moment: Moment) -> None:
    """A media process that was out of reach plays this to the caller."""
    call = board.ledger.find(call_id)
    if call is not None and files and files == question_of(call, board.city.sounds):
        _confirm(board, call_id, moment)


def played(
    board: "Board", call: SpooledCall, epoch: str, event: protocol.Played, moment: Moment
) -> None:
    """It was heard to its end. Told again by a media process, an end means nothing more."""
    question = call.question
    if question is None or event.leg != CITIZEN:
        return
    is_told_again = epoch == question.epoch and event.seq <= question.seq
    if is_told_again or event.file not in board.city.sounds.say(SILENT_TEST, call.languages)[-1:]:
        return
    board.put(replace(call, question=replace(question, is_due=False, epoch=epoch, seq=event.seq)))
    if question.is_due:
        _confirm(board, call.id, moment)  # where its beginning was not told


def read(board: "Board", call_id: CallId, moment: Moment) -> None:
    """The caller's page has just been told of the question; one without sound has it to read."""
    call = board.ledger.get(call_id)
    if call.page is not None and (call.page.only_types or not call.page.was_connected):
        _delivered(board, call, moment)


def said(board: "Board", call_id: CallId, command: Once, moment: Moment) -> None:
    """The media process took what is heard or read once; to some the question is written so."""
    call = board.ledger.find(call_id)
    is_it = isinstance(command, protocol.TypeText) and command.text == texting.question(board)
    if call is not None and is_it and not call.citizen.has_audio:
        _delivered(board, call, moment)


def lost(board: "Board", call: CallId, moment: Moment) -> None:
    """The media process is gone, as far as is known, and with it what it played."""
    _cut(board, call, moment)


def give_up(board: "Board", call_id: CallId, reason: str, moment: Moment) -> None:
    """It reaches the caller on no way: the desk is told, and the question waits for its key."""
    call = board.ledger.find(call_id)
    if call is not None and call.question is not None and call.question.is_due:
        _put_by(board, call)
        board.act("prompt", CutPrompt(call=call_id, reason=reason), moment)


def look(board: "Board", call: SpooledCall, moment: Moment) -> None:
    """Once a second: a question that nobody hears is told to the desk."""
    question = call.question
    if question is None or not question.is_due or not is_unheard(board.ledger.row(call.id)):
        return
    waited = moment.at - question.since
    reads = call.page is not None or call.citizen.text is not None
    if not reads and not board.city.sounds.say(SILENT_TEST, call.languages):
        give_up(board, call.id, "no_sound", moment)
    elif waited >= WAITS_MAX:
        give_up(board, call.id, "not_heard", moment)
    elif not call.citizen.has_audio and waited // WRITTEN_AGAIN > question.begun:
        board.ledger.put(replace(call, question=replace(question, begun=question.begun + 1)))
        texting.ask(board, call)


def _is_question(board: "Board", call: SpooledCall, step: protocol.AnyCommand) -> bool:
    if not isinstance(step, protocol.Play) or step.leg != CITIZEN or step.loop:
        return False
    return (step.file, *step.then) == question_of(call, board.city.sounds)


def _ends_sound(step: protocol.AnyCommand) -> bool:
    """Whether nothing of what the caller heard goes on after it."""
    match step:
        case protocol.Create():
            return True
        case protocol.Web(leg=leg, restart=restart):
            return leg == CITIZEN and not restart
        case protocol.Play(leg=leg) | protocol.Stop(leg=leg) | protocol.Leave(leg=leg):
            return leg == CITIZEN
        case _:
            return False


def _cut(board: "Board", call_id: CallId, moment: Moment, *, is_begun_anew: bool = False) -> None:
    """It was broken off, if it was heard: it is asked again by itself, up to a point."""
    call = board.ledger.find(call_id)
    if call is None or call.question is None or not call.question.is_due:
        return
    if is_unheard(board.ledger.row(call_id)):
        return
    again = is_begun_anew or call.question.begun < BEGUN_MAX
    question = replace(call.question, is_due=again, since=moment.at)
    board.put(replace(call, question=question))
    board.act("prompt", CutPrompt(call=call_id, reason="cut_off", again=again), moment)


def _delivered(board: "Board", call: SpooledCall, moment: Moment) -> None:
    if call.question is not None and call.question.is_due:
        _put_by(board, call)
        _confirm(board, call.id, moment)


def _confirm(board: "Board", call: CallId, moment: Moment) -> None:
    board.act("prompt", ConfirmPrompt(call=call), moment)


def _put_by(board: "Board", call: SpooledCall) -> None:
    """Nobody is to be asked any more; knocks are still listened for."""
    if call.question is not None and call.question.is_due:
        board.put(replace(call, question=replace(call.question, is_due=False)))
