"""The queue on a fake clock: where it rings, who declines, what callers and pages are told."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import CENTRE, DESK, DEWI, OFFER, TRUNKS, Playbook

from kentongan.core.call_rows import DeskRow
from kentongan.core.commands import AnswerCall, CallBack, DeclineOffer
from kentongan.core.queue import Ladder, Standing
from kentongan.core.words import CallId, DeskKey, personal
from kentongan.edge.switch import dialling
from kentongan.edge.switch.hops import LEFT_MIN, SENT_ON
from kentongan.edge.switch.queueing import POSITION_AGE_S, Queueing
from kentongan.edge.switch.room import PRESENCE_S, Room, Word
from kentongan.media import protocol
from kentongan.sip import events

SECOND = DeskKey("desk_2")
THIRD = DeskKey("desk_3")


class Floor:
    """A playbook with a room: every desk named has a page, unless it is `away`."""

    def __init__(
        self,
        folder: Path,
        *desks: DeskKey,
        overflow_to: str | None = None,
        caller_id: str = "",
        neighbour: str = "0291112",
    ) -> None:
        trunks = [{**TRUNKS[0], "caller_id": caller_id}, *TRUNKS[1:]]
        self.book = Playbook(folder, trunks=trunks, ladder={"overflow_to": overflow_to})
        board = self.book.board
        board.city = replace(board.city, directory={"neighbour": neighbour})
        self.room = Room()
        self.desks = desks
        self.away: frozenset[DeskKey] = frozenset()
        ladder = Ladder(overflow_to=overflow_to)
        self.queueing = Queueing(self.book.board, self.room, ladder, ())
        self.standings: dict[CallId, Standing] = {}
        self.speak()

    def speak(self) -> None:
        """A web process says whom it sees."""
        at = self.book.moment.at
        rows = tuple(
            DeskRow(
                key=desk,
                state="on_duty",
                agent=f"agent-{desk}",
                roles=("call_taker",),
                since=at - timedelta(minutes=10 - number),
            )
            for number, desk in enumerate(self.desks)
        )
        pages = frozenset(self.desks) - self.away
        self.room.hear("w1", Word(at=at, desks=rows, pages=pages, standings=self.standings))

    def look(self, seconds: float = 0.0, *, speaks: bool = True) -> None:
        """Time passes, a second at a time."""
        for _ in range(int(seconds) or 1):
            if speaks:
                self.speak()
            self.queueing.look(self.book.moment)
            self.book.flush()
            if seconds:
                self.book.wait(1)

    def ring(self, shown: str = "0811", hops: int = 70) -> CallId:
        """One more caller, who has a place, with that number and Max-Forwards."""
        before = {call.id for call in self.book.board.ledger}
        self.book.phone.invite(
            "sip:112@127.0.0.1",
            OFFER,
            now=self.book.elapsed_s,
            peer=CENTRE,
            from_uri=f"sip:{shown}@127.0.0.2",
            headers=(("Max-Forwards", str(hops)),),
        )
        self.book.flush()
        (call,) = {call.id for call in self.book.board.ledger} - before
        self.book.place_call(call)
        return call

    def sent_on(self, call: CallId) -> int:
        """The neighbour's telephone has a place and rings: the Max-Forwards it is rung with."""
        board, book = self.book.board, self.book
        (leg,) = board.ledger.get(call).parties
        before = len(book.agency_heard)
        port = 50_000 + 2 * len(list(board.ledger))
        dialling.placed(board, book.phones, call, leg.name, "127.0.0.1", port, book.moment)
        book.flush()
        (invite,) = [one for one in book.agency_heard[before:] if isinstance(one, events.Invite)]
        return invite.hops

    def rung(self, call: CallId) -> tuple[str, ...]:
        return self.book.board.ledger.row(call).rung

    def kinds(self, call: CallId) -> list[str]:
        facts = self.book.board.ledger.get(call).facts
        return [str(type(fact.event).__struct_config__.tag) for fact in facts]


def test_it_rings_at_the_desk_idle_longest_then_at_the_next(tmp_path: Path) -> None:
    """Every offer and every ring-out is a fact of the call."""
    floor = Floor(tmp_path, DESK, SECOND, THIRD)
    call = floor.ring()
    floor.look()
    assert floor.rung(call) == (DESK,)
    floor.look(11)
    assert floor.rung(call) == (SECOND,)
    floor.look(9)
    assert set(floor.rung(call)) == {DESK, SECOND, THIRD}
    assert floor.kinds(call)[2:] == [
        "call.rung", "call.rang_out", "call.rung", "call.rang_out", "call.rung",
    ]  # fmt: skip


def test_a_desk_that_says_no_is_passed_over(tmp_path: Path) -> None:
    """The next desk rings at once; the refusal and its reason are on record."""
    floor = Floor(tmp_path, DESK, SECOND)
    call = floor.ring()
    floor.look()
    floor.book.ask_of(call, DeclineOffer(call=call, desk=DESK, reason="writing"), DEWI)
    floor.look()
    assert floor.rung(call) == (SECOND,)
    assert "call.offer_declined" in floor.kinds(call)


def test_any_desk_may_take_any_caller(tmp_path: Path) -> None:
    """Ringing is an invitation, never a lock."""
    floor = Floor(tmp_path, SECOND, DESK)
    call = floor.ring()
    floor.look()
    assert floor.rung(call) == (SECOND,)
    floor.book.ask_of(call, AnswerCall(call=call, desk=DESK), DEWI)
    assert floor.book.board.ledger.row(call).state == "answered"
    assert floor.rung(call) == ()


def test_a_desk_with_a_caller_is_not_rung_alone(tmp_path: Path) -> None:
    """The second caller rings where somebody is free."""
    floor = Floor(tmp_path, DESK, SECOND)
    first = floor.ring()
    floor.look()
    floor.book.ask_of(first, AnswerCall(call=first, desk=DESK), DEWI)
    second = floor.ring()
    floor.look()
    assert floor.rung(second) == (SECOND,)


def test_who_was_rung_back_and_lost_the_desk_rings_at_the_next(tmp_path: Path) -> None:
    """Once they have answered they wait like any caller; until then no desk is rung for them."""
    floor = Floor(tmp_path, DESK, SECOND)
    book, call, number = floor.book, CallId("back-1"), personal("081234567890")
    assert number is not None
    book.ask(CallBack(call=call, number=number, line="112", trunk="", desk=DESK))
    book.place(40_002)
    book.agency_answers(180)
    floor.look(2)
    assert (book.state, floor.rung(call)) == ("calling", ())
    book.agency_answers()
    book.media(protocol.WebChanged(bridge=call, leg=DESK, state="connected"))
    book.lose_page(DESK)
    floor.desks = (SECOND,)
    floor.look()
    assert (book.state, floor.rung(call)) == ("queued", (SECOND,))
    assert book.board.positions == {call: 1}
    agent = replace(DEWI, desk=SECOND)
    assert book.ask(AnswerCall(call=call, desk=SECOND), agent) == ("call.answered",)


def test_a_web_process_that_died_takes_its_pages_along(tmp_path: Path) -> None:
    """After 15 s its desks are not rung any more; nothing else happens to the caller."""
    floor = Floor(tmp_path, DESK)
    floor.speak()
    floor.book.wait(PRESENCE_S + 1)
    call = floor.ring()
    floor.look(speaks=False)
    assert floor.rung(call) == ()
    assert floor.book.board.ledger.row(call).state == "queued"
    floor.look()
    assert floor.rung(call) == (DESK,)


def test_nobody_in_the_room_overflows_to_the_neighbour(tmp_path: Path) -> None:
    """A blind transfer: the caller stays ours until somebody there answers."""
    floor = Floor(tmp_path, overflow_to="neighbour")
    call = floor.ring()
    floor.look()
    assert "call.overflowed" in floor.kinds(call)
    parties = floor.book.board.ledger.row(call).parties
    assert [party.kind for party in parties] == ["neighbour"]


@pytest.mark.parametrize("shown", ["112", "+62119", "+62248112", "0291112"])
def test_what_comes_back_rings_at_desks_and_is_sent_nowhere(tmp_path: Path, shown: str) -> None:
    """Two centres that are each other's neighbour took every line of both within seconds."""
    floor = Floor(tmp_path, overflow_to="neighbour", caller_id="0248112")
    first = floor.ring()
    floor.look()
    assert "call.overflowed" in floor.kinds(first)
    call = floor.ring(shown)
    floor.look(3)
    assert "call.overflowed" not in floor.kinds(call)
    row = floor.book.board.ledger.row(call)
    assert (row.state, row.remarks) == ("queued", ("came_back",))
    floor.desks = (DESK,)
    floor.look()
    assert floor.rung(call) == (DESK,)


@pytest.mark.parametrize(("shown", "hops"), [("119", 70), ("0812", 10)])
def test_what_may_be_a_copy_is_none_once_the_calls_before_it_are_over(
    tmp_path: Path, shown: str, hops: int
) -> None:
    """An old number's exchange, a network that begins with ten: nobody may wait for ever."""
    floor = Floor(tmp_path, overflow_to="neighbour")
    first = floor.ring()
    floor.look()
    call = floor.ring(shown, hops)
    floor.look(60)
    assert "call.overflowed" not in floor.kinds(call)
    floor.book.end_call(first)
    floor.look(1)
    assert "call.overflowed" in floor.kinds(call)


def test_what_shows_our_number_while_we_ring_nobody_cannot_be_ours(tmp_path: Path) -> None:
    """An exchange that sends on the old number's calls, and shows that: helped like any other."""
    floor = Floor(tmp_path, overflow_to="neighbour")
    call = floor.ring("119")
    floor.look()
    assert floor.book.board.ledger.row(call).remarks == ()
    assert "call.overflowed" in floor.kinds(call)


def test_two_centres_that_lead_to_each_other_stop_after_a_few_rounds(tmp_path: Path) -> None:
    """Each takes the other's call for a new one: another Call-ID, another number, fewer hops."""
    centres = [Floor(tmp_path / name, overflow_to="neighbour") for name in ("a", "b")]
    hops, copies = 66, 0
    while True:
        floor = centres[copies % 2]
        call = floor.ring(f"08{copies}", hops)
        floor.look()
        if "call.overflowed" not in floor.kinds(call):
            break
        copies += 1
        hops = floor.sent_on(call)
        assert copies < 20, "it never ends"
    assert copies == SENT_ON - LEFT_MIN + 2
    row = floor.book.board.ledger.row(call)
    assert (row.state, row.remarks) == ("queued", ("many_hops",))
    floor.desks = (DESK,)
    floor.look()
    assert floor.rung(call) == (DESK,)


def test_few_hops_left_mean_nothing_while_we_ring_nobody(tmp_path: Path) -> None:
    """A network that begins with ten: no call of ours can have come back."""
    floor = Floor(tmp_path, overflow_to="neighbour")
    call = floor.ring(hops=5)
    floor.look()
    assert floor.book.board.ledger.row(call).remarks == ()
    assert floor.sent_on(call) == 4


def test_a_neighbour_without_a_number_is_told_of_and_callers_ring_on_here(tmp_path: Path) -> None:
    """A name written wrong, or a number removed since: nobody is sent there and lost."""
    floor = Floor(tmp_path, overflow_to="nobody")
    assert floor.queueing.overflow_problem == "nobody"
    call = floor.ring()
    floor.look()
    assert "call.overflowed" not in floor.kinds(call)
    assert floor.book.board.ledger.row(call).state == "queued"
    assert Floor(tmp_path / "other", overflow_to="neighbour").queueing.overflow_problem is None


@pytest.mark.parametrize("number", ["112", "+62 15132", "0119", "sip:112@127.0.0.1"])
def test_a_neighbour_with_a_number_of_ours_is_told_of(tmp_path: Path, number: str) -> None:
    """Nobody else is there: its call would ring us, and be sent there again."""
    floor = Floor(tmp_path, overflow_to="neighbour", neighbour=number)
    assert floor.queueing.overflow_problem == "neighbour"
    assert floor.book.board.route_to(number, "112") is None
    other = Floor(tmp_path / "other", overflow_to="neighbour", neighbour="sip:112@192.0.2.9")
    assert other.queueing.overflow_problem is None
    assert other.book.board.route_to("sip:112@192.0.2.9", "112") is not None


def test_a_switch_that_began_again_sends_nobody_away_before_it_knows_the_room(
    tmp_path: Path,
) -> None:
    """Its web process may have begun again too, and sees no page yet; then the desks are back."""
    floor = Floor(tmp_path, overflow_to="neighbour")
    floor.room.began_at = floor.book.moment.at
    call = floor.ring()
    floor.look(PRESENCE_S - 2)
    assert "call.overflowed" not in floor.kinds(call)
    floor.desks = (DESK,)
    floor.look()
    assert floor.rung(call) == (DESK,)
    floor.desks = ()
    other = floor.ring()
    floor.look(4)
    assert "call.overflowed" in floor.kinds(other)


def test_who_waits_behind_whom(tmp_path: Path) -> None:
    """A repeat caller of an open incident is told the first place, a suspected prank the last."""
    floor = Floor(tmp_path)
    prank, plain, repeat = floor.ring(), floor.ring(), floor.ring()
    floor.standings = {prank: Standing(nuisance=True), repeat: Standing(repeat_of_p1=True)}
    floor.look()
    orders = [push["order"] for push in floor.book.pushed if push["event"] == "queue"]
    assert orders[-1] == [repeat, plain, prank]
    assert floor.book.board.positions == {repeat: 1, plain: 2, prank: 3}


def test_a_place_is_told_again_only_after_a_while(tmp_path: Path) -> None:
    """Else a caller in a queue that moves would hear beginnings only."""
    floor = Floor(tmp_path)
    first, second = floor.ring(), floor.ring()
    floor.look()
    floor.book.end_call(first)
    floor.look()
    assert floor.book.board.positions == {second: 2}
    floor.look(POSITION_AGE_S + 1)
    assert floor.book.board.positions == {second: 1}
