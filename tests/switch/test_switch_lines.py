"""Lines: calls are let in by what media carries, and pages leave telephones theirs."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import DESK, TRUNKS, Playbook
from switch_room import Room

from kentongan.core.commands import AnswerCall, DropParty, InviteParty
from kentongan.core.words import CallId, PartyKey, Refused, personal
from kentongan.edge.caller.phone import CallState
from kentongan.edge.switch import citizens, signalling
from kentongan.edge.switch.control import CitizenCall, CitizenOffer
from kentongan.edge.switch.lines import Lines
from kentongan.edge.switch.record import CitizenPage, PartyLeg, SpooledCall
from kentongan.serve.run import switch_settings
from kentongan.settings import MediaSettings, Settings, SettingsError, check_settings
from kentongan.sip_settings import SipSettings

KEY = "k" * 32
PHONE = SpooledCall(id=CallId("p"), trunk="local", announcements=())
SOUNDS = replace(PHONE, page=CitizenPage(key=""))
TYPES = replace(PHONE, page=CitizenPage(key="", only_types=True))


def test_lines_are_what_the_media_processes_carry() -> None:
    """60 of each until it has said; never more than the settings say, and never more than that."""
    lines = Lines(0, 2)
    assert lines.total == 120
    lines.learn(0, 80)
    lines.learn(1, 0)
    assert (lines.total, lines.of_shard(0), lines.of_shard(1)) == (140, 80, 60)
    assert (Lines(100, 2).total, Lines(500, 2).total) == (100, 120)


def test_pages_never_take_the_telephones_lines() -> None:
    """A quarter sounds; any number types, and costs telephones three lines of sixty."""
    lines = Lines(0, 1)
    assert not lines.has_room_for_page([SOUNDS] * 15)
    assert lines.has_room_for_page([SOUNDS] * 14 + [TYPES] * 100)
    assert lines.has_room([SOUNDS] * 15 + [PHONE] * 44)
    assert not lines.has_room([SOUNDS] * 15 + [PHONE] * 45)
    assert not lines.has_room_for_page([PHONE] * 60)
    assert lines.has_room([TYPES] * 100 + [PHONE] * 56)
    assert not lines.has_room([TYPES] * 100 + [PHONE] * 57)
    assert lines.has_room([PHONE] * 59)


def test_one_who_types_takes_a_line_with_a_desk(tmp_path: Path) -> None:
    """Without anybody to be heard there is no bridge; a telephone that failed is nobody."""
    book = Playbook(tmp_path)
    asked = CitizenCall(call=CallId("w1"), key=KEY, only_types=True)
    citizens.open_call(book.board, asked, book.moment)
    book.flush()
    assert book.board.wanted(CallId("w1")) is None
    assert not book.call.has_line
    book.ask(AnswerCall(call=CallId("w1"), desk=DESK))
    assert book.call.has_line
    assert book.modes() == {str(DESK): "talk"}
    leg = PartyLeg(party=book.board.token(), name="x", trunk="", target="", asked_at=book.moment.at)  # pyright: ignore[reportArgumentType]
    assert replace(TYPES, parties=(leg,)).has_line
    assert not replace(TYPES, parties=(replace(leg, has_failed=True),)).has_line


def test_one_who_typed_may_speak_where_there_is_a_line(tmp_path: Path) -> None:
    """Its offer of sound makes it a call like any page's; refused, it goes on typing."""
    book = Playbook(tmp_path)
    book.board.lines.learn(0, 4)
    for name in ("w1", "w2"):
        asked = CitizenCall(call=CallId(name), key=KEY, only_types=True)
        citizens.open_call(book.board, asked, book.moment)
    offer = CitizenOffer(call=CallId("w1"), key=KEY, sdp="v=0")
    assert citizens.prepare_offer(book.board, offer, book.moment).leg == "citizen"
    wanted = book.board.wanted(CallId("w1"))
    assert wanted is not None
    assert [leg.name for leg in wanted.legs] == ["citizen"]
    with pytest.raises(Refused, match="lines_full"):
        citizens.prepare_offer(book.board, replace(offer, call=CallId("w2")), book.moment)
    assert not book.board.ledger.get(CallId("w2")).has_line


def test_a_process_that_is_full_against_our_count(tmp_path: Path) -> None:
    """503 at once, on record as full; a call that has its place waits for another."""
    book = Playbook(tmp_path)
    call = book.ring()
    signalling.crowded_out(book.board, call.id, book.moment)
    book.flush()
    assert book.statuses == [180, 503]
    assert book.board.counts.full == 1
    assert "full" in str(book.call.facts[-1].event)

    folder = tmp_path / "other"
    folder.mkdir()
    other = Playbook(folder)
    other.ring()
    placed = other.place()
    signalling.crowded_out(other.board, placed.id, other.moment)
    assert other.state == "queued"


def test_the_settings_of_a_centre_reach_the_switch(tmp_path: Path) -> None:
    """Nothing set: as many as media carries; what cannot be is named."""
    centre = Settings(state_dir=str(tmp_path))
    assert switch_settings(centre).calls_max == 0
    assert switch_settings(replace(centre, sip=SipSettings(calls_max=40))).calls_max == 40
    with pytest.raises(SettingsError, match=r"sip\.calls_max"):
        check_settings(replace(centre, sip=SipSettings(calls_max=-1)))
    for wrong in (0, 501):
        with pytest.raises(SettingsError, match=r"media\.calls_each"):
            check_settings(replace(centre, media=MediaSettings(calls_each=wrong)))


def test_a_trunk_without_a_free_channel_is_told_of(tmp_path: Path) -> None:
    """From the call that takes its last one until that is over; nobody is rung by it meanwhile."""
    local, agencies = TRUNKS
    book = Playbook(tmp_path, trunks=[local, {**agencies, "calls_max": 1}])
    number = personal("0247605871")
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    assert book.board.full_trunks() == ()
    party = PartyKey("d")
    book.ask(InviteParty(call=book.call.id, party=party, kind="agency", number=number))
    assert book.board.full_trunks() == ("agencies",)
    assert book.board.route_to("0248311111", "112") is None
    book.ask(DropParty(call=book.call.id, party=party))
    assert book.board.full_trunks() == ()


def test_typing_pages_leave_telephones_every_line(tmp_path: Path) -> None:
    """Many pages type, one sounds: three of four lines are telephones', the fourth is told 503."""

    async def scenario() -> None:
        async with Room(tmp_path, bridges_max=4) as room:
            await _lines(room, 4)
            assert not (await room.control.ask("health"))["sip"]["is_full"]
            for number in range(5):
                typed = await _ring(room, number, only_types=True)
                assert typed["state"] == "queued"
            assert (await _ring(room, 5))["state"] == "offered"
            assert (await _ring(room, 6))["refused"] == "lines_full"
            for _ in range(3):
                phone = await room.phone()
                await (await phone.call("112")).reach(CallState.TALKING)
            phone = await room.phone()
            last = await phone.call("112")
            await last.reach(CallState.OVER)
            assert last.status == 503
            ended = await room.call_in("ended")
            assert (ended["ended_by"], ended["ring_at"]) == ("switch", ended["ended_at"])
            health = await room.control.ask("health")
            assert (health["sip"]["calls_max"], health["sip"]["pages_max"]) == (4, 1)
            assert health["sip"]["is_full"]
            assert health["media"][0]["calls"] == 4

    asyncio.run(scenario())


async def _lines(room: Room, wanted: int) -> None:
    """Until the media process has said how many calls it carries."""
    while (await room.control.ask("health"))["sip"]["calls_max"] != wanted:
        await asyncio.sleep(0.02)


async def _ring(room: Room, number: int, *, only_types: bool = False) -> dict[str, object]:
    return await room.control.ask(
        "citizen_call", call=f"web-{number:032x}", key=KEY, only_types=only_types
    )
