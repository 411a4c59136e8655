"""Simulated people whom the room rings: agencies, hospitals, and callers who were cut off.

A telephone at an address of this machine that the demo's only trunk leads to, so that a conference
with the fire service or a call-back really rings and is answered, and nothing of it leaves the
machine. Who picks up, and what they say, is data of the city pack.
"""

import asyncio
import contextlib
import logging
from pathlib import Path

from kentongan.cities.directory import directory_of
from kentongan.cities.pack import CityPack
from kentongan.cities.training import Pickup, Telephone
from kentongan.demo.script import Script
from kentongan.demo.talking import Sounds, talk
from kentongan.edge.caller.answering import AnsweringPhone, RungCall
from kentongan.edge.caller.phone import CallState
from kentongan.sip.address import Address

PERSON_AFTER_S = 4.0
"""How long a caller's own telephone rings before they pick it up again."""

_log = logging.getLogger(__name__)


class Pickups:
    """Who is reached under a number. Pure."""

    def __init__(self, pack: CityPack) -> None:
        by_contact = {key: phone for phone in pack.telephones for key in phone.contacts}
        self._others = next((phone for phone in pack.telephones if not phone.contacts), Telephone())
        self._by_number: dict[str, Telephone] = {}
        for contact in directory_of(pack):
            found = by_contact.get(contact.key, self._others)
            self._by_number.setdefault(_digits(contact.number), found)
        for call in (call for scenario in pack.scenarios for call in scenario.calls):
            if call.number is not None:
                person = Telephone(
                    pickup=call.when_rung, after_s=PERSON_AFTER_S, utterances=call.utterances
                )
                self._by_number.setdefault(_digits(call.number), person)

    def find(self, dialled: str) -> Telephone:
        """Whose telephone rings; anybody whom the pack does not know picks up like the others."""
        return self._by_number.get(_digits(dialled), self._others)


class Answerers:
    """All of them, at one address."""

    def __init__(self, pack: CityPack, directory: Path, centre: Address) -> None:
        self._pickups = Pickups(pack)
        self._sounds = Sounds(pack, directory)
        self._phone = AnsweringPhone(centre, self._rung, host=centre.host)
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, port: int) -> Address:
        """Be reachable there, or at any free port for 0. Raises `OSError`."""
        return await self._phone.start(port)

    async def close(self) -> None:
        """Hang up everywhere."""
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._phone.close()

    def _rung(self, call: RungCall) -> None:
        task = asyncio.get_running_loop().create_task(self._pick_up(call), name="answerer")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("%s: %s", task.get_name(), error)

    async def _pick_up(self, call: RungCall) -> None:
        telephone = self._pickups.find(call.dialled)
        match telephone.pickup:
            case Pickup.NEVER:
                return
            case Pickup.BUSY:
                call.refuse()
                return
            case Pickup.ANSWERS:
                pass
        with contextlib.suppress(TimeoutError):
            await call.reach(CallState.OVER, within_s=telephone.after_s)
        call.accept()
        loop = asyncio.get_running_loop()
        await talk(
            call, Script(telephone.utterances, self._sounds.seconds, loop.time()), self._sounds
        )


def _digits(number: str) -> str:
    return "".join(mark for mark in number if mark.isdigit())
