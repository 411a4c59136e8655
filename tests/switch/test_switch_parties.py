"""Others in a call, on a fake clock: agencies, transfers, desks, supervisors, ringing back."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import DESK, DEWI, SUTI, Playbook, talking

from kentongan.core.commands import (
    AnswerCall,
    CallBack,
    DropParty,
    EndCall,
    HoldCall,
    HoldParty,
    InviteParty,
    PassCall,
    ResumeCall,
    ResumeParty,
    StopSupervising,
    SuperviseCall,
    TakeOver,
    TransferCall,
)
from kentongan.core.words import AgentId, CallId, DeskKey, PartyKey, Refused, personal
from kentongan.edge.switch import desks, texting
from kentongan.edge.switch.control import Digits, Offer, Replay, TypeText
from kentongan.edge.switch.hops import SENT_ON
from kentongan.edge.switch.reception import sounding_command
from kentongan.edge.switch.spool import Change, SavedDialog
from kentongan.media import protocol
from kentongan.sip import events
from kentongan.sip.sdp import read_audio

DAMKAR = PartyKey("damkar-1")
NUMBER = personal("0247605871")
OTHER = DeskKey("desk_2")
BUDI = replace(DEWI, id=AgentId("budi"), name="Budi", desk=OTHER)
CHIEF_DESK = DeskKey("desk_3")
CHIEF = replace(SUTI, desk=CHIEF_DESK)


@pytest.fixture
def book(tmp_path: Path) -> Playbook:
    """A call whose desk is connected."""
    return talking(tmp_path)


def invited(book: Playbook) -> Playbook:
    """The fire service is being rung."""
    book.ask(InviteParty(call=book.call.id, party=DAMKAR, kind="agency", number=NUMBER))
    book.place_party()
    return book


def conferring(book: Playbook) -> Playbook:
    """The fire service has joined."""
    invited(book).agency_answers()
    return book


@pytest.mark.parametrize(("left", "passed_on"), [(70, 69), (1, SENT_ON)])
def test_an_agency_is_rung_and_joins(book: Playbook, left: int, passed_on: int) -> None:
    """INVITE names our address of its leg; nobody hears it before it answers."""
    book.board.put(replace(book.call, hops=left))
    invited(book)
    (invite,) = [one for one in book.agency_heard if isinstance(one, events.Invite)]
    assert invite.request_uri == "sip:0247605871@127.0.0.5:5070"
    assert b"m=audio 40002 " in (invite.sdp or b"")
    assert invite.hops == passed_on
    assert book.modes() == {"citizen": "talk", DESK: "talk", "party-1": "hold"}
    book.agency_answers(180)
    book.agency_answers()
    assert book.facts[-2:] == ["call.party_invited", "call.party_joined"]
    assert book.modes() == {"citizen": "talk", DESK: "talk", "party-1": "talk"}
    wanted = book.board.wanted(book.call.id)
    assert wanted is not None
    leg = wanted.find("party-1")
    assert leg is not None
    assert leg.phone is not None
    assert (leg.phone.ip, leg.phone.port) == ("127.0.0.5", 6000)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(486, "busy"), (603, "refused"), (404, "unreachable"), (480, "no_answer")],
)
def test_who_does_not_come_is_said_with_the_reason(
    book: Playbook, status: int, reason: str
) -> None:
    """The caller and the desk talk on as before."""
    invited(book).agency_answers(status)
    (party,) = book.board.ledger.row(book.call.id).parties
    assert (party.state, party.reason) == ("failed", reason)
    assert book.modes() == {"citizen": "talk", DESK: "talk"}
    assert book.state == "answered"


def test_nobody_is_rung_for_ever(book: Playbook) -> None:
    """After 30 s without an answer the ringing ends with a CANCEL."""
    invited(book).agency_answers(180)
    book.wait(31)
    (party,) = book.board.ledger.row(book.call.id).parties
    assert (party.state, party.reason) == ("failed", "no_answer")
    assert any(isinstance(one, events.Cancel) for one in book.agency_heard)


def test_no_way_to_somebody_is_an_answer_too(book: Playbook) -> None:
    """A directory key that nobody has: failed at once, nothing is sent."""
    book.ask(InviteParty(call=book.call.id, party=DAMKAR, kind="agency", contact="nobody"))
    (party,) = book.board.ledger.row(book.call.id).parties
    assert (party.state, party.reason) == ("failed", "unreachable")
    assert not book.agency_heard


def test_consulting_while_the_caller_is_held(book: Playbook) -> None:
    """The caller hears reassurance and nobody; desk and agency hear each other."""
    book.ask(HoldCall(call=book.call.id))
    conferring(book)
    assert book.modes() == {"citizen": "hold", DESK: "talk", "party-1": "talk"}
    assert book.playing() == "hold.wav hold_jv.wav hold_en.wav"
    book.ask(ResumeCall(call=book.call.id))
    assert set(book.modes().values()) == {"talk"}


def test_a_held_party_hears_reassurance(book: Playbook) -> None:
    """It is in the call, and hears that it is, in the languages of the call."""
    conferring(book)
    book.ask(HoldParty(call=book.call.id, party=DAMKAR))
    assert book.modes()["party-1"] == "hold"
    assert book.playing("party-1") == "hold.wav hold_jv.wav hold_en.wav"
    assert not [one for one in book.agency_heard if isinstance(one, events.Reinvite)], "decision 40"


def test_a_held_desk_hears_reassurance_alone(book: Playbook) -> None:
    """As an agency does; and it can neither play the call back, send keys nor write letters.

    Resumed, it plays back no more than it may have heard: nothing of the time of the hold.
    """
    party = PartyKey("d2")
    book.ask(InviteParty(call=book.call.id, party=party, kind="desk", desk=OTHER))
    book.ask(AnswerCall(call=book.call.id, desk=OTHER), BUDI)
    book.elapsed_s += 20
    book.ask(HoldParty(call=book.call.id, party=party))
    book.elapsed_s += 20
    assert book.modes() == {"citizen": "talk", DESK: "talk", OTHER: "hold"}
    assert book.playing(OTHER) == "hold.wav hold_jv.wav hold_en.wav"
    offer = Offer(call=book.call.id, desk=OTHER, agent=BUDI.id, sdp="v=0")
    assert desks.prepare_offer(book.board, offer, book.moment).mode == "hold"
    call, agent = book.call.id, BUDI.id
    replay = Replay(call=call, desk=OTHER, agent=agent, seconds=10)
    keys = Digits(call=call, desk=OTHER, agent=agent, keys="5")
    letters = TypeText(call=call, desk=OTHER, agent=agent, text="a", stream="s", count=1)
    asked = (
        lambda: sounding_command(book.board, replay, book.moment),
        lambda: sounding_command(book.board, keys, book.moment),
        lambda: texting.to_caller(book.board, letters),
    )
    for ask in asked:
        with pytest.raises(Refused, match="party_held"):
            ask()
    book.ask(ResumeParty(call=book.call.id, party=party))
    assert book.modes()[OTHER] == "talk"
    book.elapsed_s += 3  # since it is back: what was said before was not said to it
    assert asked[0]() == protocol.Replay(bridge=call, to_leg=OTHER, seconds=3)
    own = replace(replay, desk=DESK, agent=DEWI.id)
    assert sounding_command(book.board, own, book.moment) == protocol.Replay(
        bridge=call, to_leg=DESK, seconds=10
    )


@pytest.mark.parametrize("is_restarted", [False, True])
def test_an_attended_transfer_goes_on_without_the_desk(
    book: Playbook, *, is_restarted: bool
) -> None:
    """Caller and agency talk on in the same bridge; the caller's BYE ends both telephones."""
    conferring(book)
    book.ask(TransferCall(call=book.call.id, party=DAMKAR))
    if is_restarted:
        book.restart()
    assert book.state == "transferred"
    assert book.modes() == {"citizen": "talk", "party-1": "talk"}
    book.phone.bye(book.phone_dialog, now=book.elapsed_s)
    book.flush()
    assert book.state == "ended"
    assert any(isinstance(one, events.Bye) for one in book.agency_heard)
    assert book.spool.load_dialogs() == ()


def test_a_party_that_leaves_a_transferred_caller_puts_them_in_front(book: Playbook) -> None:
    """Nobody is left on a dead line."""
    conferring(book)
    book.ask(TransferCall(call=book.call.id, party=DAMKAR))
    book.agency_hangs_up()
    assert book.state == "queued"
    assert book.playing() == "wait_id.wav wait_jv.wav wait_en.wav"
    assert book.board.ledger.row(book.call.id).requeued == 1


@pytest.mark.parametrize("status", [200, 486])
def test_a_blind_transfer(book: Playbook, status: int) -> None:
    """The desk is free at once; the caller hears reassurance until somebody answers, or is back."""
    invited(book)
    book.ask(TransferCall(call=book.call.id, party=DAMKAR, blind=True))
    assert book.modes() == {"citizen": "hold", "party-1": "hold"}
    assert book.playing() == "transfer.wav transfer_jv.wav transfer_en.wav"
    book.agency_answers(status)
    if status == 200:
        assert book.modes() == {"citizen": "talk", "party-1": "talk"}
        assert book.state == "transferred"
    else:
        assert book.state == "queued"


def test_who_is_handed_to_a_neighbouring_centre_is_told_so(book: Playbook) -> None:
    """Other words than for an agency, as long as nobody there has answered."""
    book.ask(InviteParty(call=book.call.id, party=DAMKAR, kind="neighbour", number=NUMBER))
    book.place_party()
    assert "overflow" not in book.playing()
    book.ask(TransferCall(call=book.call.id, party=DAMKAR, blind=True))
    assert book.playing() == "overflow.wav overflow_jv.wav overflow_en.wav"


def test_a_party_that_is_let_go_gets_a_bye_or_a_cancel(book: Playbook) -> None:
    """Also while it only rings."""
    invited(book)
    book.agency_answers(180)
    book.ask(DropParty(call=book.call.id, party=DAMKAR))
    assert any(isinstance(one, events.Cancel) for one in book.agency_heard)
    assert book.modes() == {"citizen": "talk", DESK: "talk"}


@pytest.mark.parametrize("step", ["asked", "rung", "joined"])
def test_a_restart_changes_nothing_for_a_party(book: Playbook, step: str) -> None:
    """Killed at any step, the agency joins and the call ends as if nothing had been."""
    book.ask(InviteParty(call=book.call.id, party=DAMKAR, kind="agency", number=NUMBER))
    if step == "asked":
        book.restart()
    book.place_party()
    if step == "rung":
        book.restart()
    book.agency_answers()
    if step == "joined":
        book.restart()
    assert len([one for one in book.agency_heard if isinstance(one, events.Invite)]) == 1
    assert book.modes() == {"citizen": "talk", DESK: "talk", "party-1": "talk"}
    book.ask(EndCall(call=book.call.id, by="desk"))
    assert any(isinstance(one, events.Bye) for one in book.agency_heard)
    assert book.spool.load_dialogs() == ()


def test_a_party_that_a_restart_lost_is_gone_beside_one_that_stays(book: Playbook) -> None:
    """Its dialog could not be read again. What is on record of that stays on record."""
    for name, port in (("party-1", 40_002), ("party-2", 40_004)):
        asked = InviteParty(call=book.call.id, party=PartyKey(name), kind="agency", number=NUMBER)
        book.ask(asked)
        book.place_party(name, port)
        book.agency_answers()
    lost = SavedDialog(key=book.call.parties[0].dialog, call=book.call.id, data=None)
    book.spool.commit(Change(dialogs=(lost,)))
    book.restart()
    assert book.modes() == {"citizen": "talk", DESK: "talk", "party-2": "talk"}
    assert book.facts[-1] == "call.party_left"
    book.restart()
    assert book.modes() == {"citizen": "talk", DESK: "talk", "party-2": "talk"}


def test_another_desk_joins_by_answering_and_takes_over(book: Playbook) -> None:
    """Asked in, it joins with F2; then the call is passed on and the first desk is free.

    Who whispered to the first desk is out of it: the second is somebody else.
    """
    book.ask(InviteParty(call=book.call.id, party=PartyKey("d2"), kind="desk", desk=OTHER))
    with pytest.raises(Refused):
        book.ask(AnswerCall(call=book.call.id, desk=CHIEF_DESK), replace(BUDI, desk=CHIEF_DESK))
    assert book.ask(AnswerCall(call=book.call.id, desk=OTHER), BUDI) == ("call.party_joined",)
    assert book.modes() == {"citizen": "talk", DESK: "talk", OTHER: "talk"}
    book.ask(SuperviseCall(call=book.call.id, desk=CHIEF_DESK, mode="whisper"), CHIEF)
    book.ask(PassCall(call=book.call.id, desk=OTHER))
    assert book.modes() == {"citizen": "talk", OTHER: "talk"}
    assert book.board.ledger.row(book.call.id).agent == "budi"


def test_a_supervisor_listens_whispers_and_takes_over(book: Playbook) -> None:
    """Each mode is what the media process is told; the desk that loses the call is free."""
    ask = SuperviseCall(call=book.call.id, desk=CHIEF_DESK, mode="listen")
    assert book.ask(ask, CHIEF) == ("call.supervised",)
    assert book.modes()[CHIEF_DESK] == "listen"
    offer = Offer(call=book.call.id, desk=CHIEF_DESK, agent=CHIEF.id, sdp="v=0")
    command = desks.prepare_offer(book.board, offer, book.moment)
    assert (command.role, command.mode) == ("supervisor", "listen")
    book.ask(replace(ask, mode="whisper"), CHIEF)
    assert book.modes()[CHIEF_DESK] == f"whisper:{DESK}"
    book.ask(replace(ask, mode="barge"), CHIEF)
    assert book.modes()[CHIEF_DESK] == "talk"
    book.ask(TakeOver(call=book.call.id, desk=CHIEF_DESK), CHIEF)
    assert book.modes() == {"citizen": "talk", CHIEF_DESK: "talk"}
    main = book.call.main_desk
    assert main is not None
    assert main.desk == CHIEF_DESK


def test_a_supervisor_whose_page_is_lost_only_stops_listening(book: Playbook) -> None:
    """The caller notices nothing; a desk that is lost is another matter."""
    book.ask(SuperviseCall(call=book.call.id, desk=CHIEF_DESK, mode="listen"), CHIEF)
    book.lose_page(CHIEF_DESK)
    book.flush()
    assert book.modes() == {"citizen": "talk", DESK: "talk"}
    assert book.facts[-1] == "call.supervision_ended"
    book.lose_page(DESK)
    book.flush()
    assert book.state == "queued"


def test_only_supervisors_listen(book: Playbook) -> None:
    """A colleague is refused, by the command and by the offer of audio."""
    with pytest.raises(Refused):
        book.ask(SuperviseCall(call=book.call.id, desk=OTHER, mode="listen"), BUDI)
    offer = Offer(call=book.call.id, desk=OTHER, agent=BUDI.id, sdp="v=0")
    with pytest.raises(Refused):
        desks.prepare_offer(book.board, offer, book.moment)


def test_a_supervisor_who_stops_is_gone(book: Playbook) -> None:
    """The leg is no longer wanted."""
    book.ask(SuperviseCall(call=book.call.id, desk=CHIEF_DESK, mode="listen"), CHIEF)
    book.ask(StopSupervising(call=book.call.id, desk=CHIEF_DESK), CHIEF)
    assert book.modes() == {"citizen": "talk", DESK: "talk"}


def test_a_desk_that_talks_cannot_ring_back(book: Playbook) -> None:
    """One caller at a time."""
    number = personal("081234567890")
    assert number is not None
    with pytest.raises(Refused, match="desk_busy"):
        book.ask(CallBack(call=CallId("b"), number=number, line="112", trunk="", desk=DESK))


@pytest.mark.parametrize("status", [200, 603])
def test_a_trunk_that_wants_it_takes_a_finished_transfer(tmp_path: Path, status: int) -> None:
    """REFER with Replaces between two of its telephones; a no leaves us in the middle."""
    trunk = {
        "key": "local", "networks": ["127.0.0.0/8"], "host": "127.0.0.5", "port": 5070,
        "refer": True,
    }  # fmt: skip
    book = Playbook(tmp_path, trunks=[trunk])
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    conferring(book)
    book.ask(TransferCall(call=book.call.id, party=DAMKAR))
    (refer,) = book.told(events.Refer)
    assert refer.target.startswith("sip:0247605871@127.0.0.5")
    assert refer.replaces
    book.phone.respond(refer.request, 202 if status == 200 else 603, now=book.elapsed_s)
    book.flush()
    if status == 200:
        book.phone.notify(refer.dialog, 200, now=book.elapsed_s)
        book.flush()
    assert book.state == ("ended" if status == 200 else "transferred")


def test_nothing_is_handed_over_where_nobody_asked_for_it(book: Playbook) -> None:
    """We stay in the middle and record."""
    conferring(book)
    book.ask(TransferCall(call=book.call.id, party=DAMKAR))
    assert not book.told(events.Refer)


def test_keys_by_info_for_a_trunk_that_hears_no_others(tmp_path: Path) -> None:
    """One INFO a key; our description offers no telephone events."""
    book = Playbook(
        tmp_path, trunks=[{"key": "local", "networks": ["127.0.0.0/8"], "dtmf": "info"}]
    )
    book.ring()
    book.place()
    audio = read_audio(book.told(events.Response)[-1].sdp or b"")
    assert audio is not None
    assert audio.telephone_event is None
    book.board.to_press.append((book.call.id, book.call.dialog, "5#"))
    book.flush()
    told = [one.body.split(b"\r\n")[0] for one in book.told(events.Info)]
    assert told == [b"Signal=5", b"Signal=#"]


def test_a_full_trunk_is_passed_over(tmp_path: Path) -> None:
    """Its channels are taken: nobody is rung by it, and whoever calls in is not counted out."""
    trunks = [
        {"key": "local", "networks": ["127.0.0.0/8"]},
        {"key": "agencies", "host": "127.0.0.5", "port": 5070, "calls_max": 1},
    ]
    book = Playbook(tmp_path, trunks=trunks)
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    conferring(book)
    second = InviteParty(call=book.call.id, party=PartyKey("second"), kind="agency", number=NUMBER)
    book.ask(second)
    states = [party.state for party in book.board.ledger.row(book.call.id).parties]
    assert states == ["joined", "failed"]
