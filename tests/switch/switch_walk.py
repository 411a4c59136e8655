"""Anything that a room, telephones and processes may do to one call, in any order, by a seed."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

from switch_playbook import AGENCY, DESK, DEWI, Playbook
from test_switch_parties import BUDI, CHIEF, CHIEF_DESK, NUMBER, OTHER
from test_switch_queueing import THIRD, Floor
from test_switch_texting import BOTH

from kentongan.core.call.state import LIVE
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
    RequeueCall,
    ResumeCall,
    ResumeParty,
    StopSupervising,
    SuperviseCall,
    TakeOver,
    TransferCall,
)
from kentongan.core.queue import Ladder
from kentongan.core.words import Agent, CallId, DeskKey, PartyKey, Personal, Refused
from kentongan.edge.switch import signalling, texting
from kentongan.edge.switch.control import Digits, Replay, TypeText
from kentongan.edge.switch.faults import uncaught
from kentongan.edge.switch.owner import BridgeOwner
from kentongan.edge.switch.queueing import Queueing
from kentongan.edge.switch.reception import sounding_command
from kentongan.edge.switch.record import CITIZEN
from kentongan.media import protocol
from kentongan.sip import events
from kentongan.sip.sdp import Session, write_audio

ALONE_S = 40
"""Seconds: nobody is rung for longer, so that by then a caller who has nobody is in the queue."""

AGENTS: Mapping[DeskKey, Agent] = {DESK: DEWI, OTHER: BUDI, CHIEF_DESK: CHIEF}


class Walk:
    """One call: that came in, that we placed, or of somebody who types as well."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = Random(seed)
        self.floor = Floor(folder, DESK, OTHER, THIRD)
        self.book: Playbook = self.floor.book
        self.parties = self.typed = 0
        if seed % 3 == 1:
            self._rung_back()
        elif seed % 3 == 2:
            self.book.ring(BOTH)
            self._places()
        else:
            self.floor.ring()
        self.floor.look()
        self.steps: Mapping[str, Callable[[], object]] = {
            **self._room(),
            **self._telephones(),
            **self._processes(),
        }

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

    @property
    def row(self) -> CallRow:
        """What its facts say."""
        return self.book.board.ledger.row(self.book.call.id)

    def step(self) -> str:
        """Something happens; what it was."""
        does = self._next()
        with suppress(Refused):
            self.steps[does]()
        self.book.flush()
        return does

    def _next(self) -> str:
        """Anything; rather what is awaited, or calls would hardly ever come to talking."""
        call, row, chance = self.book.call, self.row, self.random.random()
        live = [one for one in row.parties if one.state in LIVE]
        if any(leg.leg.local_port is None for leg in call.parties) and chance < 0.7:
            return "places"
        if row.desk is None and chance < 0.5:
            return "answer"
        if any(one.state == "invited" for one in live) and chance < 0.4:
            return "a telephone answers"
        if any(not leg.is_connected for leg in call.desks) and chance < 0.4:
            return "pages are heard"
        if len(live) < 2 and chance < 0.3:
            return "invite"
        return self.random.choice(list(self.steps))

    # --- the room ---------------------------------------------------------------------------------

    def _room(self) -> Mapping[str, Callable[[], object]]:
        ask, book, pick = self._ask, self.book, self.random.choice
        return {
            "answer": self._answer,
            "invite": lambda: ask(self._invite(kind="agency", number=NUMBER)),
            "invite a desk": lambda: ask(self._invite(kind="desk", desk=OTHER)),
            "hold": lambda: ask(HoldCall(call=book.call.id)),
            "resume": lambda: ask(ResumeCall(call=book.call.id)),
            "hold a party": lambda: ask(HoldParty(call=book.call.id, party=self._party())),
            "resume it": lambda: ask(ResumeParty(call=book.call.id, party=self._party())),
            "let it go": lambda: ask(DropParty(call=book.call.id, party=self._party())),
            "transfer": lambda: ask(TransferCall(call=book.call.id, party=self._party())),
            "blind": lambda: ask(TransferCall(call=book.call.id, party=self._party(), blind=True)),
            "pass": lambda: ask(PassCall(call=book.call.id, desk=OTHER)),
            "give back": lambda: ask(RequeueCall(call=book.call.id, reason="desk_lost")),
            "supervise": self._supervise,
            "supervise no more": lambda: book.ask(
                StopSupervising(call=book.call.id, desk=CHIEF_DESK), CHIEF
            ),
            "take over": lambda: book.ask(TakeOver(call=book.call.id, desk=CHIEF_DESK), CHIEF),
            "replay": self._replay,
            "keys": self._keys,
            "the desk types": self._type,
            "time": lambda: self.floor.look(pick([1, 5, ALONE_S])),
        }

    def _ask(self, command: AnyCommand) -> None:
        self.book.ask(command, AGENTS.get(self.row.desk or DESK, DEWI))

    def _answer(self) -> None:
        desk = self.random.choice([DESK, OTHER])
        self.book.ask(AnswerCall(call=self.book.call.id, desk=desk), AGENTS[desk])

    def _invite(self, **whom: object) -> InviteParty:
        self.parties += 1
        party = PartyKey(f"party {self.parties}")
        return InviteParty(call=self.book.call.id, party=party, **whom)  # pyright: ignore[reportArgumentType]

    def _party(self) -> PartyKey:
        """One of them; rather one that has a part in the call."""
        parties = self.row.parties
        live = [one.party for one in parties if one.state in LIVE]
        keys = live if live and self.random.random() < 0.8 else [one.party for one in parties]
        return self.random.choice(keys or [PartyKey("nobody")])

    def _supervise(self) -> None:
        mode = self.random.choice(("listen", "whisper", "barge"))
        call = self.book.call.id
        self.book.ask(SuperviseCall(call=call, desk=CHIEF_DESK, mode=mode), CHIEF)

    def _desk(self) -> DeskKey:
        return self.random.choice([leg.desk for leg in self.book.call.desks] or [DESK])

    def _replay(self) -> None:
        desk = self._desk()
        asked = Replay(call=self.book.call.id, desk=desk, agent=AGENTS[desk].id)
        found = sounding_command(self.book.board, asked, self.book.moment)
        assert isinstance(found, protocol.Replay)
        assert found.to_leg == desk
        held = {one.desk for one in self.row.parties if one.state == "held"}
        assert desk not in held, "who is on hold hears what was said"

    def _keys(self) -> None:
        desk, party = self._desk(), self.random.choice([None, self._party()])
        agent = AGENTS[desk].id
        asked = Digits(call=self.book.call.id, desk=desk, agent=agent, keys="1", party=party)
        sounding_command(self.book.board, asked, self.book.moment)

    def _type(self) -> None:
        desk = self._desk()
        self.typed += 1
        asked = TypeText(
            call=self.book.call.id, desk=desk, agent=AGENTS[desk].id,
            stream="page", count=self.typed, text=self.random.choice(["ya", "\n", "\b"]),
        )  # fmt: skip
        if texting.to_caller(self.book.board, asked) is not None:
            texting.sent(self.book.board, asked, self.book.moment.at)

    # --- telephones -------------------------------------------------------------------------------

    def _telephones(self) -> Mapping[str, Callable[[], object]]:
        return {
            "a telephone answers": lambda: self._says(200),
            "it rings": lambda: self._says(180),
            "it is busy": lambda: self._says(486),
            "it hangs up": self._hangs_up,
            "it is sent on": self._refer,
            "it is deaf for a while": self._deaf,
            "the caller types": self._caller_types,
            "the caller is silent": lambda: self._heard(protocol.TimedOut),
            "the caller is heard": lambda: self._heard(protocol.Returned),
        }

    def _rung(self) -> events.Invite | None:
        """One of the telephones that we rang, rather a late one."""
        invites = [one for one in self.book.agency_heard if isinstance(one, events.Invite)][-4:]
        return self.random.choice(invites) if invites else None

    def _says(self, status: int) -> None:
        invite = self._rung()
        if invite is None:
            return
        body = write_audio(Session(AGENCY.host, 6000, session_id=9)) if status < 300 else b""
        with suppress(LookupError):  # it has answered, or was let go
            self.book.agency.respond(invite.request, status, now=self.book.elapsed_s, body=body)

    def _hangs_up(self) -> None:
        invite = self._rung()
        if invite is not None:
            self.book.agency.bye(invite.dialog, now=self.book.elapsed_s)

    def _refer(self) -> None:
        invite = self._rung()
        if invite is not None:
            with suppress(LookupError):
                whom = f"sip:201@{AGENCY.host}:{AGENCY.port}"
                self.book.agency.refer(invite.dialog, whom, now=self.book.elapsed_s)

    def _deaf(self) -> None:
        self.book.is_agency_gone = True
        self.floor.look(self.random.choice([1, 5]))
        self.book.is_agency_gone = False

    def _caller_types(self) -> None:
        self.typed += 1
        self.book.media(
            protocol.Typed(
                bridge=self.book.call.id, leg=CITIZEN, text="tolong ", seq=self.typed,
                source=7, number=self.typed,
            )
        )  # fmt: skip

    def _heard(self, kind: type[protocol.TimedOut | protocol.Returned]) -> None:
        self.book.media(kind(bridge=self.book.call.id, leg=CITIZEN))

    # --- processes --------------------------------------------------------------------------------

    def _processes(self) -> Mapping[str, Callable[[], object]]:
        return {
            "places": self._places,
            "pages are heard": self._pages,
            "a page is lost": self._lose,
            "the media process is killed": self._media_killed,
            "the switch is killed": self._switch_killed,
        }

    def _port(self) -> int:
        return 40_100 + 2 * self.random.randrange(2_000)

    def _places(self) -> None:
        citizen = self.book.call.citizen
        if citizen.text is not None and citizen.text.local_port is None:
            where = ("127.0.0.1", self._port())
            call, moment = self.book.call.id, self.book.moment
            signalling.text_placed(self.book.board, self.book.phones, call, *where, moment)
        if citizen.local_port is None:
            self.book.place(self._port())
        for leg in self.book.call.parties:
            if leg.leg.local_port is None:
                self.book.place_party(leg.name, self._port())
        self.book.flush()

    def _pages(self) -> None:
        for leg in self.book.call.desks:
            bridge = self.book.call.id
            self.book.media(protocol.WebChanged(bridge=bridge, leg=leg.desk, state="connected"))

    def _lose(self) -> None:
        if self.book.call.desks:
            self.book.lose_page(self.random.choice(self.book.call.desks).desk)

    def _media_killed(self) -> None:
        """All its legs are gone; a port may be taken by somebody else when it is back."""
        call, book = self.book.call, self.book
        owner = BridgeOwner(
            book.board,
            book.phones,
            clock=lambda: book.moment,
            changed=book.flush,
            durable=_at_once,
            caught=uncaught,
        )
        owner.process_lost(call.shard)
        owner.pages_missing(call.id, tuple(leg.desk for leg in call.desks))
        if self.random.random() < 0.5:
            for name in (CITIZEN, *(leg.name for leg in call.parties)):
                step = protocol.Rtp(bridge=call.id, leg=name, role=name)
                owner.refused(call.id, step, "port-taken")

    def _switch_killed(self) -> None:
        self.book.restart()
        self.floor.queueing = Queueing(self.book.board, self.floor.room, Ladder(), ())


async def _at_once() -> None:
    """Nothing waits for a disk here."""
