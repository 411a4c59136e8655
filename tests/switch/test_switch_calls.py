"""Whole calls through real processes: telephone, switch, media, page, store."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from media_peers import WebPeer
from msgspec.structs import replace
from switch_room import BUDI, DEWI, PATIENCE_S, SUTI, Page, Room, free_port, kind_of, until

from kentongan.app.system import SYSTEM
from kentongan.core.commands import (
    AnswerCall,
    DisposeCall,
    EndCall,
    Envelope,
    HoldCall,
    HoldParty,
    InviteParty,
    ResumeCall,
    RingDuty,
    StopSupervising,
    SuperviseCall,
)
from kentongan.core.events import CallOffered, CallSignalled, QualityKept, RecordingKept
from kentongan.core.words import (
    AgencyKey,
    CallId,
    CommandId,
    DeskKey,
    Disposition,
    IncidentId,
    PartyKey,
    Personal,
)
from kentongan.edge.caller.answering import AnsweringPhone, RungCall
from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.voice import level_of, tone
from kentongan.edge.notify.switch_client import ask
from kentongan.media.client import MediaClient
from kentongan.sip.address import Transport

CALLER_HZ, DESK_HZ = 700, 1300


def play(folder: Path, scenario: Callable[[Room], Awaitable[None]], **options: Any) -> None:
    """Run a scenario in a room of its own."""

    async def main() -> None:
        async with Room(folder, **options) as room:
            await scenario(room)

    asyncio.run(main())


def test_a_call_rings_waits_is_answered_and_ends(tmp_path: Path) -> None:
    """The journal tells the whole call in order; both hear each other, nobody hears themselves."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        call = await phone.call("112", number="+6281303131148", voice=tone(CALLER_HZ))
        await call.reach(CallState.TALKING)
        row = await room.call_in("queued")
        assert row["number"]["text"] == "081303131148"
        await until(lambda: len(call.audio.heard()) and abs(call.audio.heard()).max() > 1000)

        page = Page(room.control, DEWI, DESK_HZ)
        await page.answer(row["key"])
        await page.peer.hear(1.0)
        await until(lambda: level_of(page.peer.heard(0.5).astype("int16"), CALLER_HZ) > 5000)
        await until(lambda: level_of(call.audio.heard(0.5), DESK_HZ) > 5000)
        assert level_of(call.audio.heard(0.5), CALLER_HZ) < 50
        answered = await room.call_in("answered")
        assert answered["connected_at"] is not None

        call.hang_up()
        found = await room.journal("call.recording_kept")
        assert [kind_of(one) for one in found] == [
            "call.offered",
            "call.queued",
            "call.answered",
            "call.connected",
            "call.ended",
            "call.recording_kept",
        ]
        kept = found[-1].event
        assert isinstance(kept, RecordingKept)
        reading = room.check_recording(kept)
        assert (kept.sha256, kept.chain) == (reading.sha256, reading.chain)
        assert (kept.seconds, reading.is_closed) == (reading.seconds, True)
        await until(lambda: set(_quality(room)) == {"citizen", "desk_1"})
        assert all(mos > 3.5 for mos in _quality(room).values())
        await page.peer.close()

    play(tmp_path, scenario)


def _quality(room: Room) -> dict[str, float]:
    """The estimate of each leg, as it stands in the journal."""
    kept = [one.event for one in room.read_journal() if isinstance(one.event, QualityKept)]
    return {event.leg: event.mos for event in kept}


def test_two_desks_answer_and_one_has_the_call(tmp_path: Path) -> None:
    """The second is told who has it; a desk that talks takes no second caller."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        await (await phone.call("112")).reach(CallState.TALKING)
        first = CallId((await room.call_in("queued"))["key"])
        desk_1, desk_2 = DeskKey("desk_1"), DeskKey("desk_2")
        both = await asyncio.gather(
            room.control.command(AnswerCall(call=first, desk=desk_1), DEWI),
            room.control.command(AnswerCall(call=first, desk=desk_2), BUDI),
        )
        assert both[0]["call"]["agent_name"] == "Dewi"
        assert both[1] == {"refused": "call_taken", "details": {"by": "Dewi", "desk": "desk_1"}}

        await (await phone.call("112", number="0822")).reach(CallState.TALKING)
        second = CallId((await room.call_in("queued"))["key"])
        busy = await room.control.command(AnswerCall(call=second, desk=desk_1), DEWI)
        assert busy["refused"] == "desk_busy"
        stranger = await room.control.command(EndCall(call=first, by="desk"), BUDI)
        assert stranger["refused"] == "call_taken"

    play(tmp_path, scenario)


def test_the_same_command_twice_leads_to_one_fact(tmp_path: Path) -> None:
    """A page that lost the reply and asks again gets the same events, not a refusal."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        await (await phone.call("112")).reach(CallState.TALKING)
        call = CallId((await room.call_in("queued"))["key"])
        asked = AnswerCall(call=call, desk=DeskKey("desk_1"))
        first = await room.control.command(asked, DEWI, "click-1")
        again = await room.control.command(asked, DEWI, "click-1")
        assert first["events"] == again["events"] == ["call.answered"]
        found = await room.journal("call.answered")
        assert sum(1 for one in found if kind_of(one) == "call.answered") == 1

    play(tmp_path, scenario)


def test_hold_lets_the_caller_hear_reassurance_and_resume_the_desk(tmp_path: Path) -> None:
    """On hold the desk is not heard, the reassurance is; afterwards both hear each other again.

    So it is with a second desk that is held: it hears neither of them. And a supervisor who stops
    while their page offers is in the call no more.
    """

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        call = await phone.call("112", voice=tone(CALLER_HZ))
        await call.reach(CallState.TALKING)
        key = CallId((await room.call_in("queued"))["key"])
        page = Page(room.control, DEWI, DESK_HZ)
        await page.answer(key)
        await until(lambda: level_of(call.audio.heard(0.3), DESK_HZ) > 5000)

        await room.control.command(HoldCall(call=key))
        await until(lambda: level_of(call.audio.heard(0.3), DESK_HZ) < 100)
        await until(lambda: abs(call.audio.heard(0.3)).max() > 500)
        await room.control.command(ResumeCall(call=key))
        await until(lambda: level_of(call.audio.heard(0.3), DESK_HZ) > 5000)

        second, party = Page(room.control, BUDI), PartyKey("d2")
        await room.control.command(
            InviteParty(call=key, party=party, kind="desk", desk=DeskKey("desk_2"))
        )
        await room.control.command(AnswerCall(call=key, desk=DeskKey("desk_2")), BUDI)
        await second.join(key)
        await until(lambda: _level(second, CALLER_HZ) > 5000 and _level(second, DESK_HZ) > 5000)
        await room.control.command(HoldParty(call=key, party=party))
        await until(lambda: _level(second, CALLER_HZ) < 100 and _level(second, DESK_HZ) < 100)
        await until(lambda: abs(second.peer.heard(0.3)).max() > 500)

        chief, offered = replace(SUTI, desk=DeskKey("desk_3")), await WebPeer(0.0).open()
        listen = SuperviseCall(call=key, desk=DeskKey("desk_3"), mode="listen")
        await room.control.command(listen, chief)
        taken, stopped = await room.control.at_once(
            room.control.ask("media", call=key, desk="desk_3", agent=SUTI.id, sdp=offered.offer()),
            room.control.command(StopSupervising(call=key, desk=DeskKey("desk_3")), chief),
        )
        assert "sdp" in taken
        assert stopped["events"] == ["call.supervision_ended"]
        await _only_in_call(room, {"citizen", "desk_1", "desk_2"})
        for peer in (page.peer, second.peer, offered):
            await peer.close()

    play(tmp_path, scenario)


async def _only_in_call(room: Room, legs: set[str]) -> None:
    """Until the media process has these legs and no other."""
    client = MediaClient(Path(room.settings.media_sockets[0]), on_event=lambda _: None)
    client.start()
    await client.connected()
    async with asyncio.timeout(PATIENCE_S):
        while {leg.leg for bridge in (await client.list()).bridges for leg in bridge.legs} != legs:
            await asyncio.sleep(0.05)
    await client.close()


def _level(page: Page, hz: float) -> float:
    return level_of(page.peer.heard(0.3).astype("int16"), hz)


def test_a_caller_who_hangs_up_while_waiting_has_abandoned(tmp_path: Path) -> None:
    """It stays open until somebody says what became of it, also much later."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        call = await phone.call("112")
        await call.reach(CallState.TALKING)
        row = await room.call_in("queued")
        call.hang_up()
        gone = await room.call_in("abandoned")
        assert gone["key"] == row["key"]
        assert gone["open"]
        disposed = await room.control.command(
            DisposeCall(call=CallId(row["key"]), disposition=Disposition.CALLED_BACK)
        )
        assert disposed["events"] == ["call.disposed"]
        await until(lambda: [kind_of(one) for one in room.read_journal()].count("call.disposed"))

    play(tmp_path, scenario)


def test_keys_of_a_silent_caller_are_facts(tmp_path: Path) -> None:
    """5-5 by RFC 4733: two facts, each key once."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        call = await phone.call("112")
        await call.reach(CallState.TALKING)
        await room.call_in("queued")
        await until(lambda: len(call.audio.heard()) > 0)
        call.press("55")
        found = await room.journal("call.signalled", "call.signalled")
        keys = [one.event.keys for one in found if isinstance(one.event, CallSignalled)]
        assert keys == ["5", "5"]

    play(tmp_path, scenario)


def test_a_page_that_vanishes_gives_its_caller_back(tmp_path: Path) -> None:
    """After the limit the caller is at the head of the queue and hears the announcement."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        call = await phone.call("112")
        await call.reach(CallState.TALKING)
        key = (await room.call_in("queued"))["key"]
        page = Page(room.control, DEWI, DESK_HZ)
        await page.answer(key)
        await until(lambda: level_of(call.audio.heard(0.3), DESK_HZ) > 5000)
        await room.journal("call.connected")
        await page.peer.close()
        waiting = await room.call_in("queued")
        assert (waiting["requeued"], waiting["desk"]) == (1, None)
        call.audio.forget()
        await until(lambda: len(call.audio.heard()) and abs(call.audio.heard()).max() > 1000)
        other = Page(room.control, BUDI, DESK_HZ)
        await other.answer(key)
        await until(lambda: level_of(call.audio.heard(0.3), DESK_HZ) > 5000)
        await other.peer.close()

    play(tmp_path, scenario, desk_lost_s=0.5)


def test_a_call_over_tcp_from_a_withheld_number(tmp_path: Path) -> None:
    """TCP carries a whole call; a number that is withheld is None and said to be withheld."""

    async def scenario(room: Room) -> None:
        phone = await room.phone(Transport.TCP)
        call = await phone.call("112", number=None, voice=tone(CALLER_HZ))
        await call.reach(CallState.TALKING)
        row = await room.call_in("queued")
        assert (row["number"], row["number_withheld"]) == (None, True)
        ended = await room.control.command(EndCall(call=CallId(row["key"]), by="desk"), SUTI)
        assert ended["events"] == ["call.ended"]
        await call.reach(CallState.OVER)
        assert call.ended_by == "them"

    play(tmp_path, scenario)


def test_a_training_call_is_marked(tmp_path: Path) -> None:
    """The header is believed from networks that are named for it."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        headers = {"X-Kentongan-Training": "yes"}
        await (await phone.call("119", headers=headers)).reach(CallState.TALKING)
        found = await room.journal("call.queued")
        offered = found[0].event
        assert isinstance(offered, CallOffered)
        assert (offered.training, offered.line) == (True, "119")

    play(tmp_path, scenario, training_networks=["127.0.0.0/8"])


def test_announcement_before_the_answer_where_the_trunk_wants_it(tmp_path: Path) -> None:
    """183 with early media while waiting; 200 when a desk takes the call."""
    trunk = {"key": "carrier", "networks": ["127.0.0.0/8"], "answer": "at_desk"}

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        call = await phone.call("112")
        await until(lambda: len(call.audio.heard()) and abs(call.audio.heard()).max() > 1000)
        await until(lambda: call.status == 183)
        assert call.state is CallState.RINGING
        page = Page(room.control, DEWI, DESK_HZ)
        await page.answer((await room.call_in("queued"))["key"])
        await call.reach(CallState.TALKING)
        await until(lambda: level_of(call.audio.heard(0.3), DESK_HZ) > 5000)
        call.hang_up()
        await room.call_in("ended")
        await page.peer.close()

    play(tmp_path, scenario, trunks=[trunk])


def test_somebody_on_duty_is_rung_hears_why_and_presses_five(tmp_path: Path) -> None:
    """Asked over the control socket as `notify` asks; the telephone rings once, however often."""
    port = free_port()
    rung: list[RungCall] = []
    wish = RingDuty(
        call=CallId("duty-1"),
        number=Personal(text="081200000001"),
        delivery="task/one/damkar/1/2/call/piket",
        contact="piket",
        label="Piket Damkar",
        incident=IncidentId("one"),
        agency=AgencyKey("damkar"),
    )
    envelope = Envelope(id=CommandId("duty-1/ring"), agent=SYSTEM, command=wish)

    async def scenario(room: Room) -> None:
        phone = AnsweringPhone(room.centre, rung.append)
        await phone.start(port)
        control = Path(room.settings.control_socket)
        answer = await asyncio.to_thread(ask, control, envelope)
        assert answer["events"] == ["call.duty_rung"]
        (call,) = await until(lambda: tuple(rung))
        assert call.dialled == "081200000001"
        call.accept()
        await until(lambda: len(call.audio.heard()) and abs(call.audio.heard()).max() > 1000)
        again = await asyncio.to_thread(ask, control, envelope)
        assert again["call"]["state"] == "answered"
        call.press("5")
        await room.journal("call.signalled")
        assert call.state is CallState.TALKING
        taken = EndCall(call=wish.call, by="switch", reason="acknowledged")
        await room.control.command(taken, SYSTEM)
        await call.reach(CallState.OVER)
        found = await room.journal("call.recording_kept")
        assert [kind_of(one) for one in found] == [
            "call.duty_rung",
            "call.connected",
            "call.signalled",
            "call.ended",
            "call.recording_kept",
        ]
        (row,) = await room.control.calls()
        assert row["duty"]["outcome"] == "acknowledged"
        assert len(rung) == 1
        await phone.close()

    trunks = [
        {"key": "local", "networks": ["127.0.0.0/8"]},
        {"key": "agencies", "host": "127.0.0.1", "port": port},
    ]
    play(tmp_path, scenario, trunks=trunks)
