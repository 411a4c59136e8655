"""Answered is not heard: whoever ends a call in which nobody was heard, its caller is rung back."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from switch_playbook import DESK, DEWI, SUTI, Playbook, talking
from test_switch_silent_parties import DAMKAR, conferring, lifted, telephones_on_the_wall

from kentongan.core.commands import (
    AnswerCall,
    DisposeCall,
    EndCall,
    HoldCall,
    HoldParty,
    InviteParty,
    PassCall,
    RequeueCall,
    ResumeCall,
    SuperviseCall,
    TakeOver,
    TransferCall,
)
from kentongan.core.words import AgentId, CallId, DeskKey, Disposition, PartyKey, personal
from kentongan.edge.switch import citizens, telling
from kentongan.edge.switch.control import CitizenCall, CitizenText
from kentongan.media import protocol

OTHER, CHIEF_DESK = DeskKey("desk_2"), DeskKey("desk_3")
BUDI = replace(DEWI, id=AgentId("budi"), name="Budi", desk=OTHER)
CHIEF = replace(SUTI, desk=CHIEF_DESK)
KEY = "a" * 32


def answered(folder: Path) -> Playbook:
    """F2 was pressed, and the desk's sound is not there."""
    book = Playbook(folder)
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    return book


def connects(book: Playbook, leg: str = DESK, state: str = "connected") -> None:
    """That page is heard, or is not any more."""
    changed = {"bridge": book.call.id, "leg": leg, "state": state}
    book.media(msgspec.convert(changed, protocol.WebChanged))


def leaves(book: Playbook) -> bool:
    """The caller hangs up; whether they are on the list of those to be rung back."""
    book.phone.bye(book.phone_dialog, now=book.elapsed_s)
    book.flush()
    return is_owed(book)


def is_owed(book: Playbook) -> bool:
    """Whether the call broke off, and waits for somebody."""
    row = book.board.ledger.row(book.call.id)
    assert row.state == "ended"
    assert row.dropped == row.open
    return row.open


def rings(book: Playbook) -> None:
    """The fire service is rung into the call, and answers."""
    number = personal("0247605871")
    book.ask(InviteParty(call=book.call.id, party=DAMKAR, kind="agency", number=number))
    book.place_party()
    book.agency_answers()


def held_before_the_sound(folder: Path) -> Playbook:
    """The desk's sound came while the caller heard reassurance and nothing else."""
    book = answered(folder)
    book.ask(HoldCall(call=book.call.id))
    connects(book)
    book.wait(30)
    return book


def asked_somebody_meanwhile(folder: Path) -> Playbook:
    """And the fire service was in it, whom the caller did not hear either; it has left."""
    book = held_before_the_sound(folder)
    rings(book)
    book.agency_hangs_up()
    return book


def brought_in_a_desk(folder: Path) -> Playbook:
    """Whose sound is as little there as the first one's, nor any after that."""
    book = answered(folder)
    call = book.call.id
    book.ask(InviteParty(call=call, party=PartyKey("p-2"), kind="desk", desk=OTHER))
    book.ask(AnswerCall(call=call, desk=OTHER), BUDI)
    return book


def passed_it_on(folder: Path) -> Playbook:
    """To that desk."""
    book = brought_in_a_desk(folder)
    book.ask(PassCall(call=book.call.id, desk=OTHER))
    return book


def held_whom_it_brought_in(folder: Path) -> Playbook:
    """The fire service hears reassurance as well: at no moment was anybody in the caller's ear."""
    book = answered(folder)
    book.ask(HoldCall(call=book.call.id))
    rings(book)
    book.ask(HoldParty(call=book.call.id, party=DAMKAR))
    book.ask(ResumeCall(call=book.call.id))
    return book


def whispers(folder: Path) -> Playbook:
    """A supervisor at a desk without sound: the caller hears nothing of them."""
    book = answered(folder)
    book.ask(SuperviseCall(call=book.call.id, desk=CHIEF_DESK, mode="whisper"), CHIEF)
    connects(book, CHIEF_DESK)
    return book


def taken_over_from_hold(folder: Path) -> Playbook:
    """By a supervisor whose own sound is away, from a desk that nobody heard."""
    book = held_before_the_sound(folder)
    book.ask(TakeOver(call=book.call.id, desk=CHIEF_DESK), CHIEF)
    return book


def waits_again(folder: Path) -> Playbook:
    """Who spoke with a desk, was put in the queue, and is answered anew without sound."""
    book = talking(folder)
    book.board.act("requeue", RequeueCall(call=book.call.id, reason="desk_lost"), book.moment)
    book.flush()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    return book


def mute(folder: Path) -> Playbook:
    """Nothing ever came from the caller's telephone: the desk heard nobody."""
    book = answered(folder)
    connects(book)
    book.wait(5)
    book.media(protocol.TimedOut(bridge=book.call.id, leg="citizen"))
    return book


def media_dies(book: Playbook) -> None:
    """The leg of the caller is in the next process."""
    for epoch in ("first", "second")[bool(book.call.citizen.epoch) :]:
        telling.in_process(book.board, book.call.id, "citizen", epoch, book.moment)
    book.flush()


def mute_and_media_dies(folder: Path) -> Playbook:
    """The next process hears as little, and says so."""
    book = mute(folder)
    book.wait(10)
    media_dies(book)
    book.wait(5)
    book.media(protocol.TimedOut(bridge=book.call.id, leg="citizen"))
    book.wait(10)
    return book


def transferred_to_silence(folder: Path) -> Playbook:
    """The fire service's exchange answered, and never sent a sound."""
    book = conferring(folder)
    book.ask(TransferCall(call=book.call.id, party=DAMKAR))
    book.wait(6)
    book.media(protocol.TimedOut(bridge=book.call.id, leg="party-1"))
    return book


@pytest.mark.parametrize(
    "scene",
    [
        held_before_the_sound,
        asked_somebody_meanwhile,
        brought_in_a_desk,
        passed_it_on,
        held_whom_it_brought_in,
        whispers,
        taken_over_from_hold,
        waits_again,
        mute,
        mute_and_media_dies,
    ],
)
@pytest.mark.parametrize("by", ["caller", "desk"])
def test_who_heard_nobody_is_to_be_rung_back(
    tmp_path: Path, scene: Callable[[Path], Playbook], by: str
) -> None:
    """Whoever hung up: the desk by mistake, or because it heard nothing."""
    book = scene(tmp_path)
    if by == "desk":
        book.ask(EndCall(call=book.call.id, by="desk"), SUTI)
        assert is_owed(book)
    else:
        assert leaves(book)


def test_who_was_transferred_to_silence_is_to_be_rung_back(tmp_path: Path) -> None:
    """Though the desk spoke with them before."""
    assert leaves(transferred_to_silence(tmp_path))


def test_a_desk_that_says_what_it_was_owes_nothing(tmp_path: Path) -> None:
    """Its word counts, as on the list itself."""
    book = answered(tmp_path)
    book.ask(DisposeCall(call=book.call.id, disposition=Disposition.WRONG_NUMBER))
    book.ask(EndCall(call=book.call.id, by="desk"))
    assert not book.board.ledger.row(book.call.id).open


def resumed(folder: Path) -> Playbook:
    """Back from hold: they speak, if only for a moment."""
    book = held_before_the_sound(folder)
    book.ask(ResumeCall(call=book.call.id))
    book.ask(HoldCall(call=book.call.id))
    return book


def restarted(folder: Path) -> Playbook:
    """They spoke before the switch was killed; then the caller is on hold."""
    book = talking(folder)
    book.restart()
    book.ask(HoldCall(call=book.call.id))
    return book


def barged_in(folder: Path) -> Playbook:
    """A supervisor speaks for a desk without sound."""
    book = answered(folder)
    book.ask(SuperviseCall(call=book.call.id, desk=CHIEF_DESK, mode="barge"), CHIEF)
    connects(book, CHIEF_DESK)
    return book


def fell_silent(folder: Path) -> Playbook:
    """A caller whose telephone sends nothing while they listen."""
    book = talking(folder)
    book.wait(60)
    book.media(protocol.TimedOut(bridge=book.call.id, leg="citizen"))
    return book


def listens(folder: Path) -> Playbook:
    """An agency whose exchange sends nothing while its officer listens."""
    book = conferring(folder)
    book.ask(TransferCall(call=book.call.id, party=DAMKAR))
    book.wait(30)
    book.media(protocol.TimedOut(bridge=book.call.id, leg="party-1"))
    return book


@pytest.mark.parametrize("scene", [resumed, restarted, barged_in, fell_silent, listens, lifted])
def test_who_spoke_with_somebody_says_goodbye(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scene: Callable[[Path], Playbook]
) -> None:
    """However the talk went on."""
    telephones_on_the_wall(monkeypatch)
    assert not leaves(scene(tmp_path))


@pytest.mark.parametrize(("sounds", "writes"), [(True, False), (False, True), (False, False)])
def test_a_page_without_sound_was_spoken_with_where_it_wrote(
    tmp_path: Path, *, sounds: bool, writes: bool
) -> None:
    """The desk hears nothing of it and may not know that it hears nothing."""
    book, call = Playbook(tmp_path), CallId("w1")
    citizens.open_call(book.board, CitizenCall(call=call, key=KEY), book.moment)
    if sounds:
        connects(book, "citizen")
    book.ask(AnswerCall(call=call, desk=DESK))
    connects(book)
    if writes:
        citizens.text(book.board, CitizenText(call=call, key=KEY, text="Tolong"), book.moment)
    citizens.end(book.board, call, KEY, book.moment)
    assert is_owed(book) == (not sounds and not writes)


@pytest.mark.parametrize("is_back", [False, True])
def test_a_silent_caller_is_not_heard_because_media_died(tmp_path: Path, *, is_back: bool) -> None:
    """The warning stays until the next process could have said that nothing comes."""
    book = fell_silent(tmp_path)
    book.wait(5)
    since = book.board.ledger.row(book.call.id).unheard_since
    assert since is not None
    media_dies(book)
    book.wait(5)
    assert book.board.ledger.row(book.call.id).unheard_since == since
    if not is_back:
        book.media(protocol.TimedOut(bridge=book.call.id, leg="citizen"))
    book.wait(10)
    assert book.board.ledger.row(book.call.id).unheard_since == (None if is_back else since)
    assert ("call.caller_heard" in book.facts) == is_back
