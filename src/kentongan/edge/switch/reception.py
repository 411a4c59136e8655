"""Answers what `web` asks over the control socket: commands, a page's audio, lists, health.

A command is answered when it is durable, not before. While the disk takes nothing, memory is as far
as it gets (`spool_database`), and every screen is told so. One to a call that is no longer in hand
(its disposition, an hour later) goes straight to the door: by then the store has everything of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import assert_never

from kentongan.app.handle import Busy
from kentongan.app.ports import Unavailable
from kentongan.core.commands import CallBack, RingDuty
from kentongan.core.events import AnyEvent
from kentongan.core.words import CallId, Refused
from kentongan.edge.switch import citizens, desks, duty, listing, prompting, texting
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.control import (
    Answer,
    AnyRequest,
    CallerPlace,
    CitizenCall,
    CitizenEnd,
    CitizenOffer,
    CitizenPlace,
    CitizenState,
    CitizenText,
    Command,
    Digits,
    Find,
    Health,
    ListCalls,
    Offer,
    Present,
    Replay,
    RequestFailed,
    TypeText,
)
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.legs import heard_for, is_on_hold
from kentongan.edge.switch.media import Media
from kentongan.edge.switch.outbox import Outbox
from kentongan.edge.switch.record import CITIZEN, SUPERVISOR
from kentongan.edge.switch.room import ForcedOut, Room, Word
from kentongan.media import protocol
from kentongan.media.client import MediaRefusedError, MediaUnavailableError

OFFER_TRIES_MAX = 60
"""Times an offer is given to a media process that is just being restarted."""

OFFER_PAUSE_S = 0.05
"""Between two of them: 3 s in all, and hardly any of the time in which nobody is heard."""


class Reception:
    """Bound to one board; `durable` waits for the next commit."""

    def __init__(
        self,
        board: Board,
        media: Media,
        outbox: Outbox,
        room: Room,
        *,
        changed: Callable[[], None],
        clock: Callable[[], Moment],
        durable: Callable[[], Awaitable[None]],
        health: Callable[[], Answer],
    ) -> None:
        self._board = board
        self._media = media
        self._outbox = outbox
        self._room = room
        self._changed = changed
        self._clock = clock
        self._durable = durable
        self._health = health

    async def answer(self, request: AnyRequest) -> Answer:
        """Raises `Refused` or `RequestFailed`."""
        call = named(request)
        if call is not None:
            self._board.recall(call)
        match request:
            case Command():
                return await self._command(request)
            case Offer():
                return await self._offer(request)
            case Digits() | Replay():
                return await self._play(request)
            case TypeText():
                return await self._type(request)
            case (
                CitizenCall() | CitizenText() | CitizenPlace() | CitizenState() | CitizenEnd()
            ):  # fmt: skip
                return await self._citizen(request)
            case CallerPlace():
                return await self._locate(request)
            case CitizenOffer():
                return await self._offer(request)
            case Present():
                return self._present(request)
            case Find(call=call):
                return {"is_held": self._board.ledger.find(call) is not None}
            case ListCalls(after=after):
                return listing.page_of(self._board.ledger, after)
            case Health():
                return self._health()
            case _:
                assert_never(request)

    async def _command(self, request: Command) -> Answer:
        call = desks.call_of(request.envelope)
        if call is None:
            raise RequestFailed("not_a_call_command")
        envelope = request.envelope
        if self._board.ledger.find(call) is not None:
            events = desks.command(self._board, call, envelope, self._clock())
            texting.spoken(self._board, call, events)
        elif isinstance(envelope.command, CallBack):
            events = desks.place(self._board, envelope, self._clock())
        elif isinstance(envelope.command, RingDuty):
            events = duty.place(self._board, envelope, self._clock())
        else:
            return await self._to_the_door(request)
        await self._durable()
        known = self._board.ledger.find(call)
        row = None if known is None else self._board.ledger.row(call)
        return {"events": tags_of(events), "call": row}

    async def _to_the_door(self, request: Command) -> Answer:
        if desks.is_for_telephones(request.envelope):
            raise Refused("not_permitted")
        try:
            events = await self._outbox.send(request.envelope)
        except (Unavailable, Busy) as error:
            raise RequestFailed("unavailable") from error
        return {"events": tags_of(events), "call": None}

    async def _citizen(
        self, request: CitizenCall | CitizenText | CitizenPlace | CitizenState | CitizenEnd
    ) -> Answer:
        """A citizen's page; what it is told of its call is what the caller may know."""
        board, moment = self._board, self._clock()
        match request:
            case CitizenCall():
                citizens.open_call(board, request, moment)
            case CitizenText():
                citizens.text(board, request, moment)
            case CitizenPlace():
                citizens.locate(board, request, moment)
            case CitizenState():
                citizens.seen(board, request.call, request.key, moment)
                prompting.read(board, request.call, moment)
            case CitizenEnd():
                citizens.end(board, request.call, request.key, moment)
            case _:
                assert_never(request)
        await self._durable()
        since = request.since if isinstance(request, CitizenState) else 0
        return citizens.shown(board, request.call, since)

    async def _locate(self, request: CallerPlace) -> Answer:
        """Where the caller is said to be; of a call that is not here nothing is kept."""
        citizens.told_place(self._board, request, self._clock())
        await self._durable()
        return {}

    async def _offer(self, request: Offer | CitizenOffer) -> Answer:
        for _ in range(OFFER_TRIES_MAX):
            command = (
                citizens.prepare_offer(self._board, request, self._clock())
                if isinstance(request, CitizenOffer)
                else desks.prepare_offer(self._board, request, self._clock())
            )
            await self._durable()
            try:
                sdp = await self._media.offer(command)
            except MediaUnavailableError:
                await asyncio.sleep(OFFER_PAUSE_S)
            except MediaRefusedError as error:
                if error.key == "offer":
                    raise Refused("offer_unreadable", why=error.detail) from error
                if error.key != "no-bridge":
                    raise RequestFailed(f"media: {error.key}") from error
                await asyncio.sleep(OFFER_PAUSE_S)
            else:
                if isinstance(request, CitizenOffer):
                    citizens.offered(self._board, request.call)
                    self._changed()
                return {"sdp": sdp}
        raise RequestFailed("media_unavailable")

    def _is_pressed(self, call: CallId, command: protocol.SendDigits) -> bool:
        """Whether the keys go by INFO, because the telephone's trunk hears them no other way."""
        known = self._board.ledger.get(call)
        dialog = known.dialog_of(command.leg)
        trunk = self._board.find_trunk(known.trunk_of(dialog))
        if trunk is None or trunk.dtmf != "info" or not dialog:
            return False
        self._board.to_press.append((call, dialog, command.digits))
        return True

    async def _play(self, request: Digits | Replay) -> Answer:
        """Something that only sounds: nothing of the call changes."""
        command = sounding_command(self._board, request, self._clock())
        if isinstance(command, protocol.SendDigits) and self._is_pressed(request.call, command):
            self._changed()
            return {}
        try:
            await self._media.ask(request.call, command)
        except MediaUnavailableError as error:
            raise RequestFailed("media_unavailable") from error
        except MediaRefusedError as error:
            raise RequestFailed(f"media: {error.key}") from error
        return {}

    async def _type(self, request: TypeText) -> Answer:
        """Letters to the caller; on record as the line they become."""
        command = texting.to_caller(self._board, request)
        if command is None:
            return {}
        await self._write(command)
        texting.sent(self._board, request, self._clock().at)
        await self._durable()
        return {}

    async def _write(self, command: protocol.TypeText) -> None:
        try:
            await self._media.ask(CallId(command.bridge), command)
        except MediaUnavailableError as error:
            raise RequestFailed("media_unavailable") from error
        except MediaRefusedError as error:
            raise RequestFailed(f"media: {error.key}") from error

    def _present(self, request: Present) -> Answer:
        moment = self._clock()
        word = Word(
            at=moment.at,
            desks=request.desks,
            pages=frozenset(request.pages),
            standings=request.standings,
            busy=frozenset(request.busy),
            listeners=frozenset(request.listeners),
            forced_out=frozenset(ForcedOut(*one) for one in request.forced_out.items()),
            windows=frozenset(request.windows),
            awaited=frozenset(request.awaited),
        )
        self._room.hear(request.speaker, word)
        self._changed()
        return {}


def named(request: AnyRequest) -> CallId | None:
    """The call that a request is about."""
    match request:
        case Command(envelope=envelope):
            return desks.call_of(envelope)
        case Present() | ListCalls() | Health():
            return None
        case _:
            return request.call


def sounding_command(board: Board, request: Digits | Replay, moment: Moment) -> protocol.AnyCommand:
    """What the media process is asked; only of a call that the desk takes part in."""
    call = board.ledger.find(request.call)
    leg = None if call is None else call.find_desk(request.desk)
    if call is None or call.is_over:
        raise Refused("call_over")
    if leg is None or leg.agent != request.agent or (leg.role == SUPERVISOR):
        raise Refused("not_permitted")
    if is_on_hold(board.ledger.row(call.id), leg.desk):
        raise Refused("party_held")
    match request:
        case Replay(seconds=seconds) if seconds > 0:
            heard_s = heard_for(board.ledger.row(call.id), call.facts, leg, moment.at)
            return protocol.Replay(bridge=call.id, to_leg=leg.desk, seconds=min(seconds, heard_s))
        case Replay():
            return protocol.Stop(bridge=call.id, leg=leg.desk)
        case Digits(keys=keys, party=None):
            return protocol.SendDigits(bridge=call.id, leg=CITIZEN, digits=keys)
        case Digits(keys=keys, party=party):
            phone = call.find_party(party) if party is not None else None
            if phone is None:
                raise Refused("unknown_party")
            return protocol.SendDigits(bridge=call.id, leg=phone.name, digits=keys)
        case _:
            assert_never(request)


def tags_of(events: Iterable[AnyEvent]) -> list[str]:
    """The events' kinds as they are in the journal."""
    return [str(type(event).__struct_config__.tag) for event in events]
