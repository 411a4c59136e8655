"""A switchboard on a fake clock: two SIP stacks joined in memory, no socket, no media.

`Playbook` is the process without its network: what a telephone sends is taken, the change is
committed to a real spool, only then the answers go back. `restart` throws the board away and builds
it anew from that spool.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TypeVar

import msgspec

from kentongan.app.system import SYSTEM
from kentongan.cities.pack import load, packaged
from kentongan.core.commands import AnswerCall, AnyCommand, CallBack, Envelope, RingDuty
from kentongan.core.words import Agent, AgentId, CallId, CommandId, DeskKey, Role
from kentongan.edge.switch import (
    desks,
    dialling,
    duty,
    hearing,
    prompting,
    signalling,
    watch,
)
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import SpooledCall
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.spool import Spool
from kentongan.edge.switch.telephones import Telephones
from kentongan.edge.switch.wiring import city_of
from kentongan.media import protocol
from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport
from kentongan.sip.sdp import Session, write_audio
from kentongan.sip.stack import Stack

CITY = city_of(load(packaged()), packaged())
CENTRE, PHONE = Address("127.0.0.1", 5060), Address("127.0.0.2", 5099)
AGENCY = Address("127.0.0.5", 5070)
TRUNKS = [
    {"key": "local", "networks": ["127.0.0.0/8"]},
    {"key": "agencies", "host": AGENCY.host, "port": AGENCY.port},
]
START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
DESK = DeskKey("desk_1")
DEWI = Agent(id=AgentId("dewi"), name="Dewi", roles=(Role.CALL_TAKER,), desk=DESK)
SUTI = Agent(id=AgentId("suti"), name="Suti", roles=(Role.SUPERVISOR,))
OFFER = write_audio(Session("127.0.0.2", 4000, session_id=7))
EventType = TypeVar("EventType", bound=events.Event)


def _tokens(prefix: str) -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers):04d}"


def _stack(prefix: str, address: Address) -> Stack:
    return Stack(_tokens(prefix), [Listener(Transport.UDP, address)], "test")


class Playbook:
    """The board, a telephone, and time."""

    def __init__(self, folder: Path, **overrides: object) -> None:
        self.settings = msgspec.convert(
            {
                "control_socket": "/run/switch.sock",
                "spool_path": str(folder / "spool"),
                "recordings_dir": str(folder),
                "media_sockets": ["/run/media.sock"],
                "trunks": TRUNKS,
                **overrides,
            },
            SwitchSettings,
        )
        self.spool = Spool(folder / "spool")
        self.spool._db.execute("pragma synchronous = off")  # no power is cut here
        self.phone = _stack("p", PHONE)
        self.agency = _stack("a", AGENCY)
        self.agency_heard: list[events.Event] = []
        self.heard: list[events.Event] = []  # what the telephone was told
        self.pushed: list[dict[str, object]] = []
        self.sounded: list[prompting.Once] = []  # what is heard once
        self.elapsed_s = 0.0
        self.is_deaf = False  # the telephone hears nothing and says nothing
        self.is_agency_gone = False  # so does the telephone that we rang
        self._tokens = _tokens("c")
        self._generation = 0
        self._make()

    def _make(self) -> None:
        self._generation += 1
        self.board = Board(
            self.settings,
            CITY,
            token=self._tokens,
            choose_shard=lambda: 0,
            new_key=lambda: "A" * 40,
        )
        self.phones = Telephones(_stack(f"s{self._generation}x", CENTRE))

    @property
    def moment(self) -> Moment:
        """The fake now."""
        return Moment(self.elapsed_s, START + timedelta(seconds=self.elapsed_s))

    def restart(self) -> None:
        """kill -9: nothing is left but the spool."""
        self._make()
        self.board.ledger.adopt(self.spool.load_calls())
        for dialog in self.spool.load_dialogs():
            self.phones.adopt(dialog, self.elapsed_s)
        for call in self.board.ledger:
            signalling.resume(self.board, self.phones, call, self.moment)
        self.flush()

    def ring(self, body: bytes = OFFER) -> SpooledCall:
        """The telephone dials 112; the call as it stands."""
        self.phone.invite(
            "sip:112@127.0.0.1",
            body,
            now=self.elapsed_s,
            peer=CENTRE,
            from_uri=f"sip:0811@{PHONE.host}",
        )
        self.flush()
        return self.call

    def place(self, port: int = 40_000) -> SpooledCall:
        """The media process has found a place for the caller."""
        signalling.placed(self.board, self.phones, self.call.id, "127.0.0.1", port, self.moment)
        self.flush()
        return self.call

    def place_call(self, call: CallId, port: int = 0) -> None:
        """The media process has found a place for one of several callers."""
        port = port or 40_000 + 2 * len(list(self.board.ledger))
        signalling.placed(self.board, self.phones, call, "127.0.0.1", port, self.moment)
        self.flush()

    def end_call(self, call: CallId) -> None:
        """That caller is gone."""
        self.board.end(call, "caller", "bye", self.moment)
        self.flush()

    def place_party(self, name: str = "party-1", port: int = 40_002) -> None:
        """The media process has found a place for somebody whom we ring."""
        dialling.placed(self.board, self.phones, self.call.id, name, "127.0.0.1", port, self.moment)
        self.flush()

    def agency_answers(self, status: int = 200) -> None:
        """The telephone that we ring answers its newest INVITE."""
        invite = next(e for e in reversed(self.agency_heard) if isinstance(e, events.Invite))
        body = write_audio(Session(AGENCY.host, 6000, session_id=9)) if status < 300 else b""
        self.agency.respond(invite.request, status, now=self.elapsed_s, body=body)
        self.flush()

    def agency_hangs_up(self) -> None:
        """The telephone that we rang says BYE."""
        invite = next(e for e in reversed(self.agency_heard) if isinstance(e, events.Invite))
        self.agency.bye(invite.dialog, now=self.elapsed_s)
        self.flush()

    def lose_page(self, desk: DeskKey) -> None:
        """That desk's page was gone for too long."""
        leg = self.call.find_desk(desk)
        assert leg is not None
        desks.lose_page(self.board, self.call.id, leg, self.moment)

    def modes(self) -> dict[str, str]:
        """Who is in the bridge, and how."""
        wanted = self.board.wanted(self.call.id)
        return {} if wanted is None else {leg.name: leg.mode for leg in wanted.legs}

    def playing(self, leg: str = "citizen") -> str:
        """The sounds that are played to a leg, by their files' names."""
        wanted = self.board.wanted(self.call.id)
        found = None if wanted is None else wanted.find(leg)
        return "" if found is None else " ".join(Path(file).name for file in found.playing)

    def ask(self, command: AnyCommand, agent: Agent = DEWI) -> tuple[str, ...]:
        """The room asks, about the only call; kinds of the events. Raises `Refused`."""
        if isinstance(command, CallBack):
            return self.ask_of(command.call, command, agent)
        return self.ask_of(self.call.id, command, agent)

    def ask_of(self, call: CallId, command: AnyCommand, agent: Agent = DEWI) -> tuple[str, ...]:
        """The room asks about one of several calls."""
        envelope = Envelope(id=CommandId(f"q{next(_asked)}"), agent=agent, command=command)
        if isinstance(command, CallBack):
            made = desks.place(self.board, envelope, self.moment)
        else:
            made = desks.command(self.board, call, envelope, self.moment)
        self.flush()
        return tuple(str(type(event).__struct_config__.tag) for event in made)

    def ring_duty(self, command: RingDuty, command_id: str = "ring") -> tuple[str, ...]:
        """Somebody on duty is to be rung; kinds of the events. Raises `Refused`."""
        envelope = Envelope(id=CommandId(command_id), agent=SYSTEM, command=command)
        made = duty.place(self.board, envelope, self.moment)
        self.flush()
        return tuple(str(type(event).__struct_config__.tag) for event in made)

    def media(self, event: protocol.AnyEvent) -> None:
        """The media process says something."""
        hearing.hear(self.board, "e1", event, self.moment)
        self.flush()

    def wait(self, seconds: float) -> None:
        """Time passes, a second at a time."""
        until = self.elapsed_s + seconds
        while self.elapsed_s < until:
            self.elapsed_s = min(self.elapsed_s + 1.0, until)
            for event in self.phones.stack.poll(self.elapsed_s):
                signalling.take(self.board, self.phones, event, self.moment)
            self.heard += self.phone.poll(self.elapsed_s)
            self.agency_heard += self.agency.poll(self.elapsed_s)
            watch.look(self.board, self.phones, self.moment)
            self.flush()

    def flush(self) -> None:
        """Commit, then let both sides speak until nobody has anything to say."""
        for _ in range(20):
            self._commit()
            said = [(out, CENTRE) for out in self.phones.stack.drain()]
            said += [(out, PHONE) for out in self.phone.drain()]
            said += [(out, AGENCY) for out in self.agency.drain()]
            self.pushed += [dict(push) for push in self.board.pushes]
            self.board.pushes.clear()
            self.sounded += self.board.to_sound
            self.board.to_sound.clear()
            if not said:
                return
            for out, source in said:
                self._deliver(out.data, source, out.address)
        raise AssertionError("the two sides never come to rest")

    def _deliver(self, data: bytes, source: Address, to: Address) -> None:
        if self.is_agency_gone and AGENCY in (source, to):
            return
        if source == CENTRE and to == AGENCY:
            self.agency_heard += self.agency.receive(data, CENTRE, Transport.UDP, self.elapsed_s)
            return
        if self.is_deaf and source != AGENCY:
            return
        if source == CENTRE:
            self.heard += self.phone.receive(data, CENTRE, Transport.UDP, self.elapsed_s)
            return
        stack = self.phones.stack
        for event in stack.receive(data, source, Transport.UDP, self.elapsed_s):
            signalling.take(self.board, self.phones, event, self.moment)

    def _commit(self) -> None:
        signalling.settle(self.board, self.phones, self.moment)
        self.phones.write_down(self.board.ledger)
        change = self.board.ledger.take_change()
        if change is not None:
            self.spool.commit(change)

    @property
    def call(self) -> SpooledCall:
        """The only call there is."""
        (call,) = self.board.ledger
        return call

    @property
    def state(self) -> str:
        """Its state."""
        return self.board.ledger.row(self.call.id).state

    @property
    def facts(self) -> list[str]:
        """The kinds of its facts."""
        return [str(type(fact.event).__struct_config__.tag) for fact in self.call.facts]

    def told(self, kind: type[EventType]) -> list[EventType]:
        """What the telephone was told of that kind."""
        return [event for event in self.heard if isinstance(event, kind)]

    @property
    def statuses(self) -> list[int]:
        """The answers to the telephone's INVITEs."""
        return [event.status for event in self.told(events.Response) if event.method == "INVITE"]

    @property
    def phone_dialog(self) -> str:
        """The telephone's name of its dialog."""
        return next(event.dialog for event in reversed(self.told(events.Response)) if event.dialog)


def talking(folder: Path) -> Playbook:
    """A call at a desk whose page is connected."""
    book = Playbook(folder)
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    book.media(protocol.WebChanged(bridge=book.call.id, leg=DESK, state="connected"))
    return book


_asked = count(1)
