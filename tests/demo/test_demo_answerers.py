"""Whom the demo's room rings: agencies, hospitals, cut-off callers; over real SIP on loopback."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from kentongan.cities.directory import directory_of
from kentongan.cities.pack import load, packaged
from kentongan.cities.training import Pickup
from kentongan.demo.answerers import Answerers, Pickups
from kentongan.edge.caller import answering
from kentongan.edge.caller.answering import AnsweringPhone, RungCall
from kentongan.edge.caller.phone import CallState, Phone
from kentongan.edge.caller.voice import level_of, tone
from kentongan.sip.address import Address

PACK = load(packaged())
NUMBERS = {contact.key: contact.number for contact in directory_of(PACK)}
HERE = Address("127.0.0.1", 9)
Talk = Callable[[Phone, AnsweringPhone, list[RungCall]], Awaitable[None]]


def _between(talk: Talk) -> None:
    """Somebody who rings, somebody who is rung, and what came in there."""

    async def run() -> None:
        came: list[RungCall] = []
        rung = AnsweringPhone(HERE, came.append)
        caller = Phone(await rung.start())
        await caller.start()
        try:
            await talk(caller, rung, came)
        finally:
            await caller.close()
            await rung.close()

    asyncio.run(run())


async def _rings(came: list[RungCall]) -> RungCall:
    async with asyncio.timeout(5):
        while not came:
            await asyncio.sleep(0.01)
    return came[0]


def test_who_picks_up_is_found_by_the_number_that_is_dialled() -> None:
    """However it is written; agencies by their rule, callers by their scenario, or the rest."""
    pickups = Pickups(PACK)
    assert pickups.find("0247605871").utterances[0].sound == "agency_1"
    assert NUMBERS["damkar"] == "024-7605871"
    assert pickups.find(NUMBERS["pln"]).pickup is Pickup.BUSY
    assert pickups.find(NUMBERS["basarnas"]).pickup is Pickup.NEVER
    assert pickups.find(NUMBERS["rsup_dr_kariadi"]).utterances[0].sound == "hospital_1"
    assert pickups.find("081100006001").utterances[0].sound == "cut_off_1"
    assert pickups.find("081100004002").pickup is Pickup.BUSY
    assert pickups.find("0209999").utterances[0].sound == "hospital_1"


def test_nobody_of_the_directory_is_left_without_a_rule() -> None:
    """Every number of the directory rings at somebody of the pack's, and at nobody real."""
    pickups = Pickups(PACK)
    assert len(NUMBERS) > 50
    for number in NUMBERS.values():
        found = pickups.find(number)
        assert found in PACK.telephones


def test_a_telephone_that_picks_up_hears_and_is_heard() -> None:
    """180, 200, sound both ways; the BYE of whoever rang ends it on both sides."""

    async def talk(caller: Phone, rung: AnsweringPhone, came: list[RungCall]) -> None:
        made = await caller.call("113", voice=tone(500))
        there = await _rings(came)
        assert await made.reach(CallState.RINGING) is CallState.RINGING
        assert (there.dialled, there.caller) == ("113", "081234567890")
        there.say(tone(900))
        there.accept()
        await made.reach(CallState.TALKING)
        await asyncio.sleep(0.5)
        assert level_of(there.audio.heard(0.3), 500) > 5_000
        assert level_of(made.audio.heard(0.3), 900) > 5_000
        made.hang_up()
        assert await there.reach(CallState.OVER) is CallState.OVER
        assert there.ended_by == "them"

    _between(talk)


def test_a_telephone_that_picks_up_may_hang_up_first() -> None:
    """Its BYE reaches whoever rang."""

    async def talk(caller: Phone, rung: AnsweringPhone, came: list[RungCall]) -> None:
        made = await caller.call("113")
        there = await _rings(came)
        there.accept()
        await made.reach(CallState.TALKING)
        there.hang_up()
        await made.reach(CallState.OVER)
        assert made.ended_by == "them"
        there.accept()  # too late: nothing happens
        assert there.state is CallState.OVER

    _between(talk)


def test_who_gives_up_leaves_nothing_ringing() -> None:
    """CANCEL ends it; picking up afterwards does nothing."""

    async def talk(caller: Phone, rung: AnsweringPhone, came: list[RungCall]) -> None:
        made = await caller.call("113")
        there = await _rings(came)
        await made.reach(CallState.RINGING)
        made.hang_up()
        await there.reach(CallState.OVER)
        assert there.ended_by == "them"
        there.accept()
        await made.reach(CallState.OVER)
        assert made.status == 487

    _between(talk)


def test_more_calls_than_it_has_lines_find_it_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit refuses the next one, and a line that is free again rings."""
    monkeypatch.setattr(answering, "RUNG_MAX", 1)

    async def talk(caller: Phone, rung: AnsweringPhone, came: list[RungCall]) -> None:
        first = await caller.call("113")
        there = await _rings(came)
        second = await caller.call("113")
        await second.reach(CallState.OVER)
        assert second.status == 486
        there.refuse()
        await first.reach(CallState.OVER)
        third = await caller.call("113")
        await third.reach(CallState.RINGING)

    _between(talk)


def test_the_demos_agencies_answer_are_busy_or_never_come() -> None:
    """One rings and speaks, one is busy, one rings on until whoever rang gives up."""

    async def run() -> None:
        answerers = Answerers(PACK, packaged(), HERE)
        caller = Phone(await answerers.open(0))
        await caller.start()
        try:
            fire = await caller.call(NUMBERS["damkar"].replace("-", ""))
            never = await caller.call(NUMBERS["basarnas"])
            busy = await caller.call(NUMBERS["pln"])
            await busy.reach(CallState.OVER)
            assert busy.status == 486
            await fire.reach(CallState.TALKING)
            async with asyncio.timeout(5):
                while not abs(fire.audio.heard(0.2)).max(initial=0) > 3_000:
                    await asyncio.sleep(0.05)
            assert never.state is CallState.RINGING
            never.hang_up()
            await never.reach(CallState.OVER)
        finally:
            await caller.close()
            await answerers.close()

    asyncio.run(run())
