"""Any order of what a room and telephones do to one call, on a fake clock: what holds after each.

* The caller always hears somebody, or that somebody is there.
* Nobody is heard who has not joined, and whoever is on hold hears reassurance.
* Nobody stays on hold where no desk is left that could resume them.
* Who waits is in the queue's order; who was handed on and has nobody after 40 s waits again.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from switch_playbook import DESK, DEWI
from test_switch_parties import BUDI, CHIEF, CHIEF_DESK, NUMBER, OTHER
from test_switch_queueing import THIRD, Floor

from kentongan.core.call_rows import CallRow
from kentongan.core.commands import (
    AnswerCall,
    AnyCommand,
    CallBack,
    DropParty,
    HoldCall,
    HoldParty,
    InviteParty,
    PassCall,
    ResumeCall,
    ResumeParty,
    SuperviseCall,
    TakeOver,
    TransferCall,
)
from kentongan.core.words import CallId, PartyKey, Personal, Refused
from kentongan.media import protocol
from kentongan.sip import events

SEEDS = (*range(30), 84, 140, 182, 948, 1772, 3444)
"""The last ones once found a caller who was left alone, or heard nothing."""

STEPS = 25
ALONE_S = 40
AGENTS = {DESK: DEWI, OTHER: BUDI}


class Walk:
    """One call, and everything that may be done to it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = Random(seed)
        self.floor = Floor(folder, DESK, OTHER, THIRD)
        self.book = self.floor.book
        self.parties = 0
        if seed % 2:
            self._rung_back()
        else:
            self.floor.ring()
        self.floor.look()
        self.steps: Mapping[str, Callable[[], object]] = self._steps()

    def _rung_back(self) -> None:
        """Whom we called ourselves, and who has answered."""
        number = Personal(text="081234567890")
        call = CallId("back-1")
        self.book.ask(
            CallBack(call=call, number=number, line="112", trunk="", desk=DESK, language="id")
        )
        self.book.place(40_002)
        self.book.agency_answers(180)
        self.book.agency_answers()

    @property
    def is_over(self) -> bool:
        """Nothing more can be done."""
        calls = list(self.book.board.ledger)
        return len(calls) != 1 or calls[0].is_over

    def _steps(self) -> Mapping[str, Callable[[], object]]:
        ask, book, pick = self._ask, self.book, self.random.choice
        return {
            "answer": lambda: self._answer(pick(list(AGENTS))),
            "pages are heard": self._pages,
            "places": self._places,
            "invite": lambda: ask(self._invite(kind="agency", number=NUMBER)),
            "invite a desk": lambda: ask(self._invite(kind="desk", desk=OTHER)),
            "a telephone answers": lambda: self._agency(book.agency_answers),
            "it is busy": lambda: self._agency(lambda: book.agency_answers(486)),
            "it hangs up": lambda: self._agency(book.agency_hangs_up),
            "it is sent on": lambda: self._agency(self._refer),
            "hold": lambda: ask(HoldCall(call=book.call.id)),
            "resume": lambda: ask(ResumeCall(call=book.call.id)),
            "hold a party": lambda: ask(HoldParty(call=book.call.id, party=self._party())),
            "resume it": lambda: ask(ResumeParty(call=book.call.id, party=self._party())),
            "let it go": lambda: ask(DropParty(call=book.call.id, party=self._party())),
            "transfer": lambda: ask(TransferCall(call=book.call.id, party=self._party())),
            "blind": lambda: ask(TransferCall(call=book.call.id, party=self._party(), blind=True)),
            "pass": lambda: ask(PassCall(call=book.call.id, desk=OTHER)),
            "supervise": self._supervise,
            "take over": lambda: book.ask(TakeOver(call=book.call.id, desk=CHIEF_DESK), CHIEF),
            "a page is lost": self._lose,
            "time": lambda: self.floor.look(pick([1, 5, ALONE_S])),
        }

    def step(self) -> str:
        """Something happens; what it was."""
        does = self._next()
        with suppress(Refused):
            self.steps[does]()
        return does

    def _next(self) -> str:
        """Anything; rather what is awaited, or calls would hardly ever come to talking."""
        call, chance = self.book.call, self.random.random()
        if any(leg.leg.local_port is None for leg in call.parties) and chance < 0.7:
            return "places"
        if any(not leg.is_connected for leg in call.desks) and chance < 0.4:
            return "pages are heard"
        return self.random.choice(list(self.steps))

    def _ask(self, command: AnyCommand) -> None:
        desk = self.book.board.ledger.row(self.book.call.id).desk
        self.book.ask(command, AGENTS.get(desk or DESK, DEWI))

    def _answer(self, desk: object) -> None:
        agent = AGENTS[OTHER] if desk == OTHER else DEWI
        assert agent.desk is not None
        self.book.ask(AnswerCall(call=self.book.call.id, desk=agent.desk), agent)

    def _invite(self, **whom: object) -> InviteParty:
        self.parties += 1
        party = PartyKey(f"party {self.parties}")
        return InviteParty(call=self.book.call.id, party=party, **whom)  # pyright: ignore[reportArgumentType]

    def _party(self) -> PartyKey:
        keys = [one.party for one in self.book.board.ledger.row(self.book.call.id).parties]
        return self.random.choice(keys or [PartyKey("nobody")])

    def _pages(self) -> None:
        for leg in self.book.call.desks:
            bridge = self.book.call.id
            self.book.media(protocol.WebChanged(bridge=bridge, leg=leg.desk, state="connected"))

    def _places(self) -> None:
        for leg in self.book.call.parties:
            if leg.leg.local_port is None:
                self.book.place_party(leg.name, 40_100 + 2 * self.random.randrange(200))

    def _agency(self, does: Callable[[], object]) -> None:
        with suppress(StopIteration, LookupError):  # none was rung, or it has gone
            does()

    def _refer(self) -> None:
        heard = reversed(self.book.agency_heard)
        invite = next(one for one in heard if isinstance(one, events.Invite))
        self.book.agency.refer(invite.dialog, "sip:201@127.0.0.5:5070", now=self.book.elapsed_s)
        self.book.flush()

    def _supervise(self) -> None:
        mode = self.random.choice(("listen", "whisper", "barge"))
        call = self.book.call.id
        self.book.ask(SuperviseCall(call=call, desk=CHIEF_DESK, mode=mode), CHIEF)

    def _lose(self) -> None:
        if self.book.call.desks:
            self.book.lose_page(self.random.choice(self.book.call.desks).desk)
            self.book.flush()

    # --- what holds -------------------------------------------------------------------------------

    def wrongs(self) -> list[str]:
        """What is not as it should be now."""
        return [*self._wrong_sound(), *self._wrong_hold(), *self._wrong_place()]

    def _wrong_hold(self) -> list[str]:
        row = self._row()
        states = {one.state for one in row.parties}
        is_for_ever = row.state == "transferred" and {"joined", "held"} <= states
        return ["on hold, and no desk is left that could resume them"] if is_for_ever else []

    def _wrong_sound(self) -> list[str]:
        wanted = self.book.board.wanted(self.book.call.id)
        if wanted is None:
            return []
        states = {one.party: one.state for one in self._row().parties}
        party_of = {leg.name: leg.party for leg in self.book.call.parties}
        away = {leg.desk for leg in self.book.call.desks if not leg.is_connected}
        wrong: list[str] = []
        for leg in wanted.legs:
            state = states.get(party_of[leg.name]) if leg.name in party_of else None
            if leg.name in party_of and leg.mode == "talk" and state != "joined":
                wrong.append(f"{leg.name} is heard and has not joined")
            if state == "held" and not leg.playing:
                wrong.append(f"{leg.name} is held and hears nothing")
        caller = wanted.find("citizen")
        heard = [
            leg for leg in wanted.legs
            if leg.name != "citizen" and leg.mode == "talk" and leg.name not in away
        ]  # fmt: skip
        if caller is not None and not caller.playing and (caller.mode == "hold" or not heard):
            wrong.append("the caller hears nothing")
        return wrong

    def _wrong_place(self) -> list[str]:
        self.floor.look()
        if self.is_over:
            return []
        if self._row().state in ("offered", "queued"):
            is_placed = self.book.call.id in self.book.board.positions
            return [] if is_placed else ["waits, and is in no order"]
        if not self._is_alone():
            return []
        self.floor.look(ALONE_S)
        return ["alone for ever"] if not self.is_over and self._is_alone() else []

    def _is_alone(self) -> bool:
        joined = any(one.state == "joined" for one in self._row().parties)
        return self._row().state == "transferred" and not joined

    def _row(self) -> CallRow:
        return self.book.board.ledger.row(self.book.call.id)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_nobody_is_left_alone(tmp_path: Path, seed: int) -> None:
    """Half of the calls came in, half were placed by us."""
    walk = Walk(tmp_path, seed)
    done: list[str] = []
    for _ in range(STEPS):
        if walk.is_over:
            return
        done.append(walk.step())
        if not walk.is_over:
            assert walk.wrongs() == [], done
