"""The switchboard's rules on a fake clock: what telephones, desks, media and time do to a call."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import CENTRE, DESK, DEWI, OFFER, SUTI, Playbook

from kentongan.core.commands import AnswerCall, ConnectCall, EndCall, HoldCall, ResumeCall
from kentongan.core.events import CallAbandoned, CallEnded, CallOffered
from kentongan.core.words import CallId, Refused
from kentongan.edge.switch import desks, signalling, watch
from kentongan.edge.switch.bridge import ActualBridge, next_step
from kentongan.edge.switch.control import Offer
from kentongan.media import protocol
from kentongan.sip import events
from kentongan.sip.sdp import Direction, Session, read_audio, write_audio


@pytest.fixture
def book(tmp_path: Path) -> Playbook:
    return Playbook(tmp_path)


def answered(book: Playbook) -> Playbook:
    """A call whose desk is connected."""
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    book.media(protocol.WebChanged(bridge=book.call.id, leg=DESK, state="connected"))
    return book


def test_it_rings_first_and_is_answered_when_there_is_a_place(book: Playbook) -> None:
    """180 at once; 200 with our address only when the media process has given one."""
    book.ring()
    assert book.statuses == [180]
    book.place(40_002)
    assert book.statuses == [180, 200]
    audio = read_audio(book.told(events.Response)[-1].sdp or b"")
    assert audio is not None
    assert (audio.port, audio.codecs) == (40_002, (8, 0))
    assert book.facts == ["call.offered", "call.queued"]


@pytest.mark.parametrize("at_step", ["ringing", "placed", "answered"])
def test_a_restart_changes_nothing_that_anybody_notices(book: Playbook, at_step: str) -> None:
    """Killed at any step, the call goes on as if nothing had been, to a BYE that is honoured."""
    book.ring()
    if at_step == "ringing":
        book.restart()
    book.place()
    if at_step == "placed":
        book.restart()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    if at_step == "answered":
        book.restart()
    book.media(protocol.WebChanged(bridge=book.call.id, leg=DESK, state="connected"))
    book.phone.bye(book.phone_dialog, now=book.elapsed_s)
    book.flush()
    assert [status for status in book.statuses if status >= 200] == [200]
    assert book.facts == [
        "call.offered",
        "call.queued",
        "call.answered",
        "call.connected",
        "call.ended",
    ]
    assert book.spool.load_dialogs() == ()


def test_a_200_that_is_never_acknowledged_ends_the_call(book: Playbook) -> None:
    """32 s, then BYE; a caller nobody spoke with has abandoned and is called back."""
    book.ring()
    book.is_deaf = True
    book.place()
    book.wait(31)
    assert book.state == "queued"
    book.wait(3)
    assert book.state == "abandoned"
    last = book.call.facts[-1].event
    assert isinstance(last, CallAbandoned)
    assert last.reason == "no_ack"


def test_cancel_while_it_rings(book: Playbook) -> None:
    """487 to the INVITE, and the call is on the call-back list."""
    key = book.phone.invite("sip:112@127.0.0.1", OFFER, now=0.0, peer=CENTRE)
    book.flush()
    book.phone.cancel(key, now=0.0)
    book.flush()
    assert book.statuses[-1] == 487
    assert book.facts == ["call.offered", "call.abandoned"]
    book.place()  # it came too late, and does no harm
    assert book.statuses[-1] == 487


def test_no_media_process_for_thirty_seconds(book: Playbook) -> None:
    """It rings until then; the trunk is told 503, so that it may try elsewhere."""
    book.ring()
    book.wait(29)
    assert book.state == "offered"
    book.wait(2)
    assert book.statuses[-1] == 503
    last = book.call.facts[-1].event
    assert isinstance(last, CallEnded)
    assert (last.by, last.reason) == ("switch", "no_media")


def test_an_invite_without_an_offer(book: Playbook) -> None:
    """Our 200 makes the offer, the ACK's answer says where the telephone listens."""
    call = book.ring(b"")
    assert call.citizen.port is None
    book.place()
    assert book.statuses == [180, 200]
    dialog = book.call.dialog
    signalling.take(book.board, book.phones, events.Ack(dialog=dialog, sdp=OFFER), book.moment)
    assert (book.call.citizen.ip, book.call.citizen.port) == ("127.0.0.2", 4000)


def _is_sent_sound(book: Playbook) -> bool:
    wanted = book.board.wanted(book.call.id)
    leg = None if wanted is None else wanted.find("citizen")
    assert leg is not None
    assert leg.phone is not None
    step = next_step(wanted, ActualBridge(), book.call.id)
    assert isinstance(step, protocol.Rtp)
    assert step.sends is leg.phone.sends
    return step.sends


@pytest.mark.parametrize("theirs", list(Direction))
def test_who_wants_to_hear_nothing_is_sent_nothing(book: Playbook, theirs: Direction) -> None:
    """What we answered binds us (RFC 3264 section 6.1); they are heard as before."""
    answered(book)
    changed = write_audio(Session("127.0.0.2", 4000, session_id=7, version=2, direction=theirs))
    book.phone.request(book.phone_dialog, "INVITE", now=book.elapsed_s, body=changed)
    book.flush()
    assert _is_sent_sound(book) is (theirs in {Direction.SENDRECV, Direction.RECVONLY})
    back = write_audio(Session("127.0.0.2", 4000, session_id=7, version=3))
    book.phone.request(book.phone_dialog, "INVITE", now=book.elapsed_s, body=back)
    book.flush()
    assert _is_sent_sound(book)


def test_the_telephone_puts_us_on_hold_and_moves(book: Playbook) -> None:
    """A re-INVITE is answered with the matching direction, a higher version, the same port."""
    answered(book)
    held = write_audio(
        Session("0.0.0.0", 4000, session_id=7, version=2, direction=Direction.SENDONLY)
    )
    book.phone.request(book.phone_dialog, "INVITE", now=book.elapsed_s, body=held)
    book.flush()
    answer = read_audio(book.told(events.Response)[-1].sdp or b"")
    assert answer is not None
    assert (answer.direction, answer.port) == (Direction.RECVONLY, 40_000)
    assert (book.call.citizen.ip, book.call.citizen.port) == ("127.0.0.2", 4000)
    assert not _is_sent_sound(book)
    moved = write_audio(Session("127.0.0.3", 4444, session_id=7, version=3))
    book.phone.request(book.phone_dialog, "INVITE", now=book.elapsed_s, body=moved)
    book.flush()
    assert (book.call.citizen.ip, book.call.citizen.port) == ("127.0.0.3", 4444)
    assert book.call.citizen.session_version == 3
    wanted = book.board.wanted(book.call.id)
    assert wanted is not None
    citizen = wanted.find("citizen")
    assert citizen is not None
    assert citizen.phone is not None
    assert (citizen.phone.ip, citizen.phone.port) == ("127.0.0.3", 4444)


def test_a_taken_port_leads_to_a_new_one_and_a_reinvite(book: Playbook) -> None:
    """After a restart of the media process; the call stays."""
    answered(book)
    signalling.displaced(book.board, book.call.id, "port-taken")
    book.wait(2)
    assert book.state == "answered"
    book.place(50_000)
    (reinvite,) = book.told(events.Reinvite)
    audio = read_audio(reinvite.sdp or b"")
    assert audio is not None
    assert audio.port == 50_000


def test_a_page_that_is_not_heard_for_ten_seconds(book: Playbook) -> None:
    """Back to the head of the queue, not before; a page that returns in time keeps its caller."""
    answered(book)
    lost = protocol.WebChanged(bridge=book.call.id, leg=DESK, state="failed")
    back = protocol.WebChanged(bridge=book.call.id, leg=DESK, state="connected")
    book.media(lost)
    book.wait(9)
    book.media(back)
    book.wait(5)
    assert book.state == "answered"
    book.media(lost)
    book.wait(9)
    assert book.state == "answered"
    book.wait(2)
    assert book.state == "queued"
    assert book.call.desks == ()
    assert book.playing() == "wait_id.wav wait_jv.wav wait_en.wav"


def test_silence_of_a_page_counts_from_when_it_began(book: Playbook) -> None:
    """The media process says so after 5 s; they are part of the ten."""
    answered(book)
    book.media(protocol.TimedOut(bridge=book.call.id, leg=DESK))
    book.wait(4)
    assert book.state == "answered"
    book.wait(2)
    assert book.state == "queued"


def test_a_desk_that_answers_and_never_comes_with_audio(book: Playbook) -> None:
    """The caller hears the announcement meanwhile, and after 20 s waits for another desk."""
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    assert book.playing() == "wait_id.wav wait_jv.wav wait_en.wav"
    book.wait(19)
    assert book.state == "answered"
    book.wait(2)
    assert book.state == "queued"


def test_a_desk_whose_page_is_lost_gives_its_caller_back(book: Playbook) -> None:
    """To the queue; how long a page may be gone is another matter."""
    answered(book)
    book.lose_page(DESK)
    assert book.state == "queued"


def test_a_silent_telephone_is_asked_and_stays_if_it_answers(book: Playbook) -> None:
    """Silence alone ends nothing, ever; a telephone that is gone does not hold a line."""
    answered(book)
    book.media(protocol.TimedOut(bridge=book.call.id, leg="citizen"))
    book.wait(200)
    assert book.state == "answered"
    assert len(book.told(events.Options)) + len(book.told(events.Update)) >= 3
    book.is_deaf = True
    book.wait(70)
    assert book.state == "ended"


def test_a_call_that_sip_knows_nothing_of_ends(tmp_path: Path) -> None:
    """Nobody could ever tell us that its caller has gone; but one who is heard is kept."""
    book = Playbook(tmp_path)
    book.ring()
    book.place()
    book.phones.stack._table.dialogs.pop(book.call.dialog)
    book.wait(2)
    assert book.state == "queued"
    book.media(protocol.TimedOut(bridge=book.call.id, leg="citizen"))
    book.wait(1)
    assert (book.state, book.facts[-1]) == ("abandoned", "call.abandoned")


def test_a_telephone_that_vanishes_while_it_waits_unanswered(tmp_path: Path) -> None:
    """It is asked each 30 s; one that is there stays in the queue, one that is gone leaves it."""
    trunk = {"key": "local", "networks": ["127.0.0.0/8"], "answer": "at_desk"}
    book = Playbook(tmp_path, trunks=[trunk])
    book.ring()
    book.place()
    book.wait(100)
    assert set(book.statuses) == {180, 183}  # told again each minute (RFC 3261 13.3.1.1)
    assert book.state == "queued"
    asked = len(book.told(events.Options)) + len(book.told(events.Update))
    assert asked >= 3
    book.is_deaf = True
    book.wait(30 + 35)
    assert book.state == "abandoned"


def test_a_caller_on_hold_hears_reassurance(book: Playbook) -> None:
    """The caller hears the sound alone, the desk may speak with others; resume undoes both."""
    answered(book)
    book.ask(HoldCall(call=book.call.id))
    assert book.modes() == {"citizen": "hold", DESK: "talk"}
    assert book.playing() == "hold.wav hold_jv.wav hold_en.wav"
    book.ask(ResumeCall(call=book.call.id))
    assert book.modes() == {"citizen": "talk", DESK: "talk"}
    assert book.playing() == ""


def test_the_room_cannot_play_the_telephone(book: Playbook) -> None:
    """What only a telephone can cause is refused; a supervisor may end another's call."""
    answered(book)
    other = replace(DEWI, id="budi", name="Budi")
    with pytest.raises(Refused, match="not_permitted"):
        book.ask(ConnectCall(call=book.call.id))
    with pytest.raises(Refused, match="call_taken"):
        book.ask(EndCall(call=book.call.id, by="desk"), other)
    assert book.ask(EndCall(call=book.call.id, by="desk"), SUTI) == ("call.ended",)
    assert len(book.told(events.Bye)) == 1


def test_a_waiting_caller_is_turned_away_by_no_desk(book: Playbook) -> None:
    """Neither before the first answer nor after a desk was lost; a supervisor may."""
    asked = EndCall(call=CallId("c0001"), by="caller")
    book.ring()
    with pytest.raises(Refused, match="call_not_answered"):
        book.ask(asked)
    book.place()
    with pytest.raises(Refused, match="call_not_answered"):
        book.ask(asked)
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    book.lose_page(DESK)
    with pytest.raises(Refused, match="call_not_answered"):
        book.ask(asked)
    assert book.state == "queued"
    assert book.ask(EndCall(call=book.call.id, by="desk"), SUTI) == ("call.ended",)


def test_another_desk_can_neither_hold_nor_end_a_call(book: Playbook) -> None:
    """Not even its own call-taker's name helps from another desk; the call goes on."""
    answered(book)
    budi = replace(DEWI, id="budi", name="Budi", desk="desk_2")
    moved = replace(DEWI, desk="desk_2")
    for agent in (budi, moved):
        for asked in (HoldCall(call=book.call.id), EndCall(call=book.call.id, by="caller")):
            with pytest.raises(Refused, match="call_taken"):
                book.ask(asked, agent)
    assert book.state == "answered"
    assert book.ask(HoldCall(call=book.call.id)) == ("call.held",)
    with pytest.raises(Refused, match="call_taken"):
        book.ask(ResumeCall(call=book.call.id), budi)
    assert book.ask(ResumeCall(call=book.call.id)) == ("call.resumed",)


def test_a_page_may_offer_audio_only_for_the_call_its_desk_has(book: Playbook) -> None:
    """Anybody else is told who has it; nobody joins a call that is over."""
    book.ring()
    book.place()
    offer = Offer(call=book.call.id, desk=DESK, agent=DEWI.id, sdp="v=0")
    with pytest.raises(Refused, match="call_taken"):
        desks.prepare_offer(book.board, offer, book.moment)
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    assert desks.prepare_offer(book.board, offer, book.moment).mode == "talk"
    book.ask(EndCall(call=book.call.id, by="desk"))
    with pytest.raises(Refused, match="call_over"):
        desks.prepare_offer(book.board, offer, book.moment)


def test_a_call_is_forgotten_only_when_its_recording_was_told(book: Playbook) -> None:
    """A minute with all digests; without, its files are read after ten minutes, not before."""
    book.ring()
    book.board.put(replace(book.call, recordings=("c-1.wav",)))
    book.place()
    book.phone.bye(book.phone_dialog, now=0.0)
    book.flush()
    book.wait(120)
    assert watch.forgettable(book.board, book.moment) == ()
    assert watch.awaiting_digests(book.board, book.moment) == ()
    book.elapsed_s += watch.RECORDING_AWAITED.total_seconds()
    assert watch.awaiting_digests(book.board, book.moment) == (book.call.id,)
    assert watch.forgettable(book.board, book.moment) == ()
    book.media(
        protocol.Recorded(
            bridge=book.call.id, file="/r/c-1.wav", sha256="ab", seconds=1.0, bytes=32_000
        )
    )
    assert watch.forgettable(book.board, book.moment) == (book.call.id,)
    assert watch.awaiting_digests(book.board, book.moment) == ()
    assert book.facts[-1] == "call.recording_kept"


def test_all_calls_of_a_training_trunk_are_training(tmp_path: Path) -> None:
    """Whatever they say of themselves."""
    trunk = {"key": "demo", "networks": ["127.0.0.0/8"], "training": True}
    book = Playbook(tmp_path, trunks=[trunk])
    book.ring()
    offered = book.call.facts[0].event
    assert isinstance(offered, CallOffered)
    assert (offered.training, offered.trunk) == (True, "demo")
