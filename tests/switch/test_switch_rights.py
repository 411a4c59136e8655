"""Whoever may not hear a call any more hears no more of it, on a fake clock."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import DESK, DEWI, SUTI, Playbook

from kentongan.core.call_rows import CallRow
from kentongan.core.commands import AnswerCall, CallBack, InviteParty, SuperviseCall
from kentongan.core.words import Agent, AgentId, CallId, DeskKey, PartyKey, personal
from kentongan.edge.switch import desks, rights
from kentongan.edge.switch.control import Offer
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.room import PRESENCE_S, ForcedOut, Room, Word
from kentongan.media import protocol

OTHER = DeskKey("desk_2")
BUDI = replace(DEWI, id=AgentId("budi"), name="Budi", desk=OTHER)
CHIEF_DESK = DeskKey("desk_3")
CHIEF = replace(SUTI, desk=CHIEF_DESK)


class _Watched:
    """A talking call, and a room in which one web process speaks."""

    def __init__(self, folder: Path) -> None:
        self.book = Playbook(folder)
        self.room = Room()
        self.book.ring()
        self.book.place()
        self.call = self.book.call.id
        self.book.ask(AnswerCall(call=self.call, desk=DESK))
        self.book.media(protocol.WebChanged(bridge=self.call, leg=DESK, state="connected"))

    def pass_by(self, seconds: float, *listeners: str, out: tuple[ForcedOut, ...] = ()) -> None:
        """Time passes, in which the web process sees these listeners and these forced out."""
        for _ in range(round(seconds)):
            self.book.wait(1)
            at = self.book.moment.at
            word = Word(at=at, listeners=frozenset(listeners), forced_out=frozenset(out))
            self.room.hear("web", word)
            self.look()

    def look(self) -> None:
        moment = Moment(self.book.elapsed_s, self.book.moment.at)
        rights.look(self.book.board, self.room, moment)
        self.book.flush()

    def supervise(self) -> None:
        """The supervisor listens; the page is connected."""
        self.book.ask(SuperviseCall(call=self.call, desk=CHIEF_DESK, mode="listen"), CHIEF)
        self.page(CHIEF, CHIEF_DESK)

    def page(self, agent: Agent, desk: DeskKey) -> None:
        """That desk's page offers its audio, and is connected."""
        offer = Offer(call=self.call, desk=desk, agent=agent.id, sdp="v=0")
        desks.prepare_offer(self.book.board, offer, self.book.moment)
        self.book.flush()
        self.book.media(protocol.WebChanged(bridge=self.call, leg=desk, state="connected"))

    def lose_sound(self) -> None:
        """Nothing comes from the supervisor's page any more."""
        lost = protocol.WebChanged(bridge=self.call, leg=CHIEF_DESK, state="failed")
        self.book.media(lost)

    @property
    def row(self) -> CallRow:
        return self.book.board.ledger.row(self.call)


@pytest.fixture
def watched(tmp_path: Path) -> _Watched:
    return _Watched(tmp_path)


def test_a_supervisor_without_a_screen_hears_nobody(watched: _Watched) -> None:
    """Signed out, another role, account closed: no web process names them, and the leg goes."""
    watched.supervise()
    watched.pass_by(60, CHIEF.id)
    assert watched.book.modes()[CHIEF_DESK] == "listen"
    watched.pass_by(2)
    assert watched.row.supervisors == ()
    assert watched.book.modes() == {"citizen": "talk", DESK: "talk"}


def test_web_processes_that_start_anew_end_nothing(watched: _Watched) -> None:
    """Nobody speaks for a while shorter than a word counts: the supervisor listens on."""
    watched.supervise()
    watched.pass_by(20, CHIEF.id)
    for _ in range(round(PRESENCE_S) - 1):
        watched.book.wait(1)
        watched.look()
    assert [one.agent for one in watched.row.supervisors] == [CHIEF.id]
    watched.lose_sound()
    watched.book.wait(2)
    watched.look()
    assert watched.row.supervisors == ()


def test_no_web_process_leaves_the_supervisor_the_call_while_sound_flows(
    watched: _Watched,
) -> None:
    """Killed or hung for a minute, and back: who is named then stays, who is not goes."""
    watched.supervise()
    watched.pass_by(20, CHIEF.id)
    for _ in range(60):
        watched.book.wait(1)
        watched.look()
    assert [one.agent for one in watched.row.supervisors] == [CHIEF.id]
    watched.pass_by(round(PRESENCE_S) - 2)  # pages come back to a web process that has begun anew
    assert [one.agent for one in watched.row.supervisors] == [CHIEF.id]
    watched.pass_by(5, CHIEF.id)
    assert [one.agent for one in watched.row.supervisors] == [CHIEF.id]
    watched.pass_by(round(PRESENCE_S) + 1)
    assert watched.row.supervisors == ()


def test_a_switch_that_began_again_ends_nothing(watched: _Watched) -> None:
    """It has heard of no screen yet: whoever listened before listens on."""
    watched.supervise()
    watched.pass_by(20, CHIEF.id)
    watched.room = Room(watched.book.moment.at)
    for _ in range(round(PRESENCE_S) - 1):
        watched.book.wait(1)
        watched.look()
    assert [one.agent for one in watched.row.supervisors] == [CHIEF.id]
    watched.lose_sound()
    watched.book.wait(2)
    watched.look()
    assert watched.row.supervisors == ()


def test_no_web_process_at_all_leaves_the_desk_its_caller(watched: _Watched) -> None:
    """A caller is never parted from a desk because screens are away."""
    for _ in range(120):
        watched.book.wait(1)
        watched.look()
    assert (watched.row.state, watched.row.desk) == ("answered", DESK)


def test_who_was_forced_out_loses_the_caller_to_the_head_of_the_queue(watched: _Watched) -> None:
    """At once, whatever the page still sends; and only whoever was there, not who comes next."""
    watched.pass_by(1, out=(ForcedOut(DESK, DEWI.id),))
    assert (watched.row.state, watched.row.desk, watched.row.requeued) == ("queued", None, 1)
    assert DESK not in watched.book.modes()
    watched.book.ask(AnswerCall(call=watched.call, desk=DESK), replace(BUDI, desk=DESK))
    watched.page(BUDI, DESK)
    watched.pass_by(5, out=(ForcedOut(DESK, DEWI.id),))
    assert (watched.row.state, watched.row.agent) == ("answered", BUDI.id)


def test_a_colleague_brought_in_and_forced_out_leaves(watched: _Watched) -> None:
    """The caller stays with the desk that has the call."""
    party = PartyKey("desk-2")
    watched.book.ask(InviteParty(call=watched.call, party=party, kind="desk", desk=OTHER))
    watched.book.ask(AnswerCall(call=watched.call, desk=OTHER), BUDI)
    watched.page(BUDI, OTHER)
    watched.pass_by(1, out=(ForcedOut(OTHER, BUDI.id),))
    (left,) = watched.row.parties
    assert (left.state, watched.row.desk) == ("left", DESK)


def test_ringing_somebody_back_ends_with_the_duty(tmp_path: Path) -> None:
    """Nobody would be there when they answer."""
    book, room = Playbook(tmp_path), Room()
    number = personal("081234567890")
    assert number is not None
    call = CallId("back-1")
    book.ask(CallBack(call=call, number=number, line="112", trunk="", desk=DESK))
    at = book.moment.at
    room.hear("web", Word(at=at, forced_out=frozenset({ForcedOut(DESK, DEWI.id)})))
    rights.look(book.board, room, book.moment)
    book.flush()
    assert book.board.ledger.row(call).state == "ended"
