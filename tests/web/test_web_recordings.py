"""Recordings on the way to somebody's ear: who may, with which reason, once, and what is told."""

import asyncio
import io
import threading
import wave
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from web_people import PLANS
from web_room import Person, Room, until
from web_switch import FakeSwitch

from kentongan.app.handle import handle
from kentongan.core.commands import (
    AnswerCall,
    EndCall,
    Envelope,
    EraseRecording,
    KeepRecording,
    OfferCall,
)
from kentongan.core.events import RecordingPlayed
from kentongan.core.words import Agent, AgentId, CallId, CommandId, DeskKey, Role, personal
from kentongan.edge.web import disk
from kentongan.edge.web.tickets import LEISURE_S, TICKETS_MAX, UNUSED_S, Sound, Tickets
from kentongan.media.archive import Archive, Space
from kentongan.media.protocol import AnyEvent, Recorded
from kentongan.media.seal import HEADER_SIZE, PIECE_EXTRA_BYTES
from kentongan.media.seal_keys import SegmentKey, load_or_make_centre_key, new_segment_key
from kentongan.media.segment import Segment
from kentongan.store.tables import KeyLine

REASON = "keluhan warga"
SECOND = 32_000
PIECE = SECOND + PIECE_EXTRA_BYTES


class Taped:
    """A call with a recording, as the switch and the media process would leave it."""

    def __init__(self, room: Room, call: str) -> None:
        self.room = room
        self.call = CallId(call)
        self.segment = f"{call}-1.rec"
        self.path = room.recordings / self.segment
        self.url = f"/api/calls/{call}/recordings"
        self.key: SegmentKey = new_segment_key()
        sealed = load_or_make_centre_key(room.recording_key).seal(self.key)
        line = KeyLine(self.key.id, call, self.segment, room.clock(), sealed)
        room.store.recording_keys.keep([line])
        room.system(
            OfferCall(call=self.call, line="112", dialled="112", trunk="t", number=personal("08"))
        )
        self._told: list[AnyEvent] = []
        self._written = Segment(call, self.path, self.key, self._told.append)
        self._written.open()

    def sound(self, second: int) -> bytes:
        """What is said in a second."""
        return bytes([second, 7]) * (SECOND // 2)

    def tape(self, seconds: int) -> "Taped":
        for second in range(seconds):
            self._written.write(self.sound(second), 0)
        return self

    def end(self, key: str = "") -> "Taped":
        """The call is over and its recording on record."""
        self.room.system(EndCall(call=self.call, by="caller"))
        self._written.close(0)
        told = self._told[-1]
        assert isinstance(told, Recorded)
        kept = KeepRecording(
            call=self.call,
            segment=self.segment,
            sha256=told.sha256,
            seconds=told.seconds,
            bytes=told.bytes,
            key=key or told.key,
            chain=told.chain,
        )
        self.room.system(kept)
        return self

    def ask(self, who: Person, reason: str = REASON) -> httpx.Response:
        """May I hear it."""
        return who.post(f"{self.url}/{self.segment}/play", {"reason": reason})

    def played(self) -> list[tuple[str, str]]:
        """Who heard it, by the journal."""
        return [
            (one.event.agent, (one.event.reason_text and one.event.reason_text.text) or "")
            for one in self.room.store.load(f"call:{self.call}")
            if isinstance(one.event, RecordingPlayed)
        ]


@pytest.fixture(scope="module")
def tape(hall: Room) -> Taped:
    """Three seconds of a call that is over."""
    return Taped(hall, "call-taped").tape(3).end()


def samples_of(answer: httpx.Response) -> bytes:
    """The sound of a WAV answer."""
    assert answer.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        return file.readframes(file.getnframes())


def test_a_supervisor_says_why_and_hears_it_once(tape: Taped) -> None:
    """The whole call as WAV, the reason in the journal; the same ticket gives nothing more."""
    sari = tape.room.person("sari")
    before = len(tape.played())
    given = tape.ask(sari)
    assert given.status_code == 200, given.text
    ticket = given.json()
    assert (ticket["verdict"], ticket["seconds"], ticket["damaged_at_s"]) == ("intact", 3, None)
    assert datetime.fromisoformat(ticket["started_at"]) == tape._written._header.started_at
    assert tape.played()[before:] == [("agent-sari", REASON)]
    heard = sari.get(ticket["url"])
    assert samples_of(heard) == b"".join(tape.sound(second) for second in range(3))
    assert int(heard.headers["content-length"]) == len(heard.content)
    again = sari.get(ticket["url"])
    assert (again.status_code, again.json()["reason"]) == (410, "ticket_over")
    what = f"recording:{tape.call}/{tape.segment}"
    assert "agent-sari" in [one.viewer for one in tape.room.store.accounts.accesses(what=what)]


def test_a_start_that_cannot_be_is_not_told(tape: Taped) -> None:
    """A file that says it began after it was on record: it may be heard, not set beside others."""
    room = tape.room
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room.clock, "ahead", timedelta(hours=-1))
        earlier = Taped(room, "call-taped-earlier").tape(1).end()
    assert earlier.ask(room.person("sari")).json()["started_at"] is None


def test_a_player_may_go_back_and_forth(tape: Taped) -> None:
    """Ranges of the same made-up file, within one ticket; together they are the whole."""
    sari = tape.room.person("sari")
    whole = sari.get(tape.ask(sari).json()["url"]).content
    url = tape.ask(sari).json()["url"]
    size = len(whole)
    for asked, expected in {
        "bytes=0-": whole,
        "bytes=0-1": whole[:2],
        "bytes=40-32050": whole[40:32_051],
        "bytes=70000-": whole[70_000:],
        "bytes=-100": whole[-100:],
        f"bytes=5-{size * 2}": whole[5:],
    }.items():
        piece = sari.client.get(url, headers={"Range": asked})
        assert (piece.status_code, piece.content) == (206, expected), asked
        assert piece.headers["content-range"].endswith(f"/{size}")
    beyond = sari.client.get(url, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    for none in ("bytes=9-3", "bytes=0-1,5-6", "lines=1-2", "bytes=-"):
        other = tape.ask(sari).json()["url"]
        answer = sari.client.get(other, headers={"Range": none})
        assert (answer.status_code, answer.content) == (200, whole), none
        assert sari.client.get(other, headers={"Range": none}).status_code == 410


def test_a_ticket_is_nobody_elses(tape: Taped) -> None:
    """Not another supervisor's session, not the same person's in another browser, not a guess."""
    sari = tape.room.person("sari")
    url = tape.ask(sari).json()["url"]
    for other in (tape.room.person("sari"), tape.room.person("eva")):
        assert other.get(url).status_code == 410
        assert other.client.get(url, headers={"Range": "bytes=0-"}).status_code == 410
    assert tape.room.browser().get(url).status_code == 401
    assert sari.get(url[:-1] + ("A" if url[-1] != "A" else "B")).status_code == 410
    assert sari.get(url).status_code == 200


@pytest.mark.parametrize(
    ("name", "status"),
    [("sari", 200), ("eva", 200), ("rina", 403), ("budi", 403), ("dinkes", 403),
     ("damkar", 403), ("amb01", 403), ("admin", 403), ("gateway", 403)],
)  # fmt: skip
def test_who_may_listen(tape: Taped, name: str, status: int) -> None:
    """Supervisor and evaluator; a refusal says why in words and leaves nothing in the journal."""
    who = tape.room.person(name)
    before = tape.played()
    answer = tape.ask(who)
    assert answer.status_code == status, answer.text
    if status == 403:
        assert answer.json()["reason"] == "not_permitted"
        assert answer.json()["message"]["id"]
        assert tape.played() == before
    listing = who.get(tape.url).status_code
    assert listing == (403 if name in ("dinkes", "damkar", "amb01", "admin", "gateway") else 200)


def test_without_a_reason_nothing_is_heard(tape: Taped) -> None:
    """Missing, empty or blank; and no session, no page of ours: nothing either."""
    sari = tape.room.person("sari")
    before = tape.played()
    assert tape.ask(sari, "  ").json()["reason"] == "reason_missing"
    bodies: tuple[object, ...] = ({}, {"reason": ""}, {"reason": 5}, [], "x")
    for body in bodies:
        answer = sari.post(f"{tape.url}/{tape.segment}/play", body)
        assert (answer.status_code, answer.json()["reason"]) == (400, "body_invalid")
    foreign = sari.client.post(f"{tape.url}/{tape.segment}/play", json={"reason": REASON})
    assert foreign.status_code == 403
    assert tape.played() == before


@pytest.mark.parametrize(
    "path", ["call-taped/recordings/other.rec", "nobody/recordings/call-taped-1.rec",
             "call-taped/recordings/..%2Frecording.key", "call-taped/recordings/%00"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(tape: Taped, path: str) -> None:
    """Neither another call's segment under this call, nor anything outside the folder."""
    sari = tape.room.person("sari")
    assert sari.post(f"/api/calls/{path}/play", {"reason": REASON}).status_code == 404


def test_a_changed_second_is_told_and_not_played(hall: Room) -> None:
    """It plays up to there, and says so; the length is what can be heard."""
    tape = Taped(hall, "call-changed").tape(4).end()
    octets = bytearray(tape.path.read_bytes())
    octets[HEADER_SIZE + 2 * PIECE + 500] ^= 1
    tape.path.write_bytes(octets)
    sari = hall.person("sari")
    ticket = tape.ask(sari).json()
    assert (ticket["verdict"], ticket["damaged_at_s"], ticket["seconds"]) == ("damaged", 2, 2)
    assert samples_of(sari.get(ticket["url"])) == tape.sound(0) + tape.sound(1)


def test_a_file_that_is_not_the_journals_is_told(hall: Room) -> None:
    """Cut at its end it is good in itself, and not what was recorded."""
    tape = Taped(hall, "call-cut").tape(3).end()
    tape.path.write_bytes(tape.path.read_bytes()[: HEADER_SIZE + 2 * PIECE])
    assert tape.ask(hall.person("sari")).json()["verdict"] == "differs"


def test_a_recording_that_cannot_be_opened(hall: Room) -> None:
    """No file, another key, no beginning: each with its own words, and nothing in the journal."""
    sari = hall.person("sari")
    gone = Taped(hall, "call-gone").tape(1).end()
    gone.path.unlink()
    assert (gone.ask(sari).status_code, gone.ask(sari).json()["reason"]) == (
        404, "recording_missing",
    )  # fmt: skip
    broken = Taped(hall, "call-broken").tape(1).end()
    broken.path.write_bytes(b"x" * 100)
    assert (broken.ask(sari).status_code, broken.ask(sari).json()["reason"]) == (
        409, "recording_damaged",
    )  # fmt: skip
    keyless = Taped(hall, "call-keyless").tape(1).end(key="00" * 16)
    assert keyless.ask(sari).json()["reason"] == "recording_without_key"
    locked = Taped(hall, "call-locked").tape(1).end()
    kept = hall.recording_key.read_bytes()
    hall.recording_key.unlink()
    try:
        assert locked.ask(sari).json()["reason"] == "recording_locked"
    finally:
        hall.recording_key.write_bytes(kept)
    for tape in (gone, broken, keyless, locked):
        assert tape.played() == []


def test_an_erased_recording(hall: Room) -> None:
    """It stands in the list as erased, and nobody hears it any more."""
    tape = Taped(hall, "call-erased").tape(1).end()
    hall.system(EraseRecording(call=tape.call, segment=tape.segment, reason="retention"))
    sari = hall.person("sari")
    (shown,) = sari.get(tape.url).json()
    assert (shown["segment"], shown["state"]) == (tape.segment, "erased")
    assert (tape.ask(sari).status_code, tape.ask(sari).json()["reason"]) == (
        410, "recording_erased",
    )  # fmt: skip


def test_a_running_call_is_heard_by_whoever_has_it(hall: Room) -> None:
    """What was said so far, by the own call-taker and a supervisor, each time on record."""
    tape = Taped(hall, "call-running").tape(2)
    rina, sari = hall.person("rina").sit("desk_1"), hall.person("sari")
    agent = Agent(
        id=AgentId("agent-rina"), name="Rina", roles=(Role.CALL_TAKER,), desk=DeskKey("desk_1")
    )
    answer = AnswerCall(call=tape.call, desk=DeskKey("desk_1"))
    handle(
        hall.store,
        PLANS,
        Envelope(id=CommandId("answer"), agent=agent, command=answer),
        hall.clock(),
    )
    (shown,) = rina.get(tape.url).json()
    assert (shown["segment"], shown["state"]) == (tape.segment, "running")
    ticket = tape.ask(rina).json()
    assert (ticket["verdict"], ticket["seconds"]) == ("running", 2)
    assert samples_of(rina.get(ticket["url"])) == tape.sound(0) + tape.sound(1)
    assert tape.ask(sari).status_code == 200
    assert tape.ask(hall.person("budi")).json()["reason"] == "not_permitted"
    assert tape.ask(hall.person("eva")).json()["reason"] == "recording_running"
    assert [who for who, _ in tape.played()] == ["agent-rina", "agent-sari"]


@pytest.fixture
def own(room: Room) -> Taped:
    """A recording in a room of its own."""
    return Taped(room, "call-own").tape(1).end()


def test_the_switch_writes_it_down_while_it_is_there(own: Taped, switch: FakeSwitch) -> None:
    """It has the calls' streams; what it refuses is refused, and gives no ticket."""
    sari = own.room.person("sari")
    assert own.ask(sari).status_code == 200
    (asked,) = [one for one in switch.asked if one["do"] == "command"]
    command = asked["envelope"]["command"]
    assert (command["type"], command["segment"]) == ("call.play_recording", own.segment)
    switch.answer = lambda _asked: {"refused": "recording_erased", "details": {"segment": "s"}}
    assert own.ask(sari).status_code == 409


def test_a_ticket_waits_a_minute(own: Taped) -> None:
    """Then it is over, unused; one that is begun lasts as long as its sound and some leisure."""
    sari = own.room.person("sari")
    late, begun = own.ask(sari).json()["url"], own.ask(sari).json()["url"]
    ranged = {"Range": "bytes=0-"}
    assert sari.client.get(begun, headers=ranged).status_code == 206
    own.room.clock.ahead += timedelta(seconds=UNUSED_S + 1)
    assert sari.get(late).status_code == 410
    assert sari.client.get(begun, headers=ranged).status_code == 206
    own.room.clock.ahead += timedelta(seconds=LEISURE_S)
    assert sari.client.get(begun, headers=ranged).status_code == 410


def test_tickets_have_a_limit(own: Taped) -> None:
    """The oldest gives way; a flood of asking costs nothing but itself."""
    tickets = Tickets(own.room.clock)
    sound = Sound(path=own.path, key=own.key, rate_hz=8000, good_bytes=SECOND)
    names = [tickets.give("s", sound)[0] for _ in range(TICKETS_MAX + 1)]
    assert tickets.find(names[0], "s") is None
    assert tickets.find(names[1], "s") == sound


def test_health_tells_of_the_disk(room: Room) -> None:
    """Free and total octets and the settings' word for it, to the room and not to strangers."""
    sari = room.person("sari")
    until(lambda: room.parts.disk.now is not disk.AWAY)
    told = sari.get("/api/health").json()["recordings"]
    assert told["state"] == "well"
    assert 0 < told["free_bytes"] < told["total_bytes"]
    assert sari.get("/api/health").json()["recording_alarms"] == []
    assert "recordings" not in room.browser().get("/api/health").json()


def test_a_disk_that_hangs_is_away_at_once(own: Taped, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it, it is asked once, and it is well again when it has answered."""
    monkeypatch.setattr(disk, "ANSWER_S", 0.01)
    released, asked = threading.Event(), list[int]()

    class Hanging(Archive):
        def space(self) -> Space | None:
            asked.append(1)
            released.wait(10)
            return Space(1, 100)

    async def watched() -> None:
        watch = disk.DiskWatch(Hanging(own.path.parent, own.room.recording_key), str)
        watch.now = disk.RecordingsDisk(state="well")
        looking = asyncio.create_task(watch.look())
        async with asyncio.timeout(5):
            while watch.now.state != "away":
                await asyncio.sleep(0.005)
            released.set()
            await looking
        assert (watch.now.state, watch.now.free_bytes, asked) == ("1.0", 1, [1])

    asyncio.run(watched())


def test_alarms_about_recordings(room: Room, switch: FakeSwitch) -> None:
    """A key that cannot be read, a disk that runs full: each by its name, with what is known."""
    switch.answer = lambda _asked: {"recording_problem": "recording.key is not a key"}
    room.parts.disk.stop()
    room.parts.disk.now = disk.RecordingsDisk(state="nearly_full", free_bytes=14, total_bytes=100)
    assert room.person("sari").get("/api/health").json()["recording_alarms"] == [
        {"alarm": "recordings_locked", "why": "recording.key is not a key"},
        {"alarm": "recordings_nearly_full", "why": "14.0 %"},
    ]


def test_a_folder_that_is_gone_is_away(tmp_path: Path) -> None:
    """Not an error of health."""

    async def watched() -> None:
        watch = disk.DiskWatch(Archive(tmp_path / "gone", tmp_path / "key"), str)
        await watch.look()
        assert watch.now is disk.AWAY

    asyncio.run(watched())
