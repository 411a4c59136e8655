"""What becomes of positions that are late, double or impossible, and of a store that is away."""

import asyncio
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
import websockets
from avl_asking import BEARER, HOST, TOKEN, Play, ask, at, location
from avl_room import NOON, Reception

from kentongan.avl_settings import AvlSettings
from kentongan.core.positions import Judge, Verdict
from kentongan.core.words import UnitId
from kentongan.edge.avl import reception as avl_reception
from kentongan.edge.avl.register import WRONG_FREE, Register
from kentongan.store.track_gathering import Gathering


def test_out_of_order_duplicate_future_and_impossible(play: Play) -> None:
    """All are kept and counted by cause; only what says where the unit is now is drawn."""

    async def story(room: Reception, http: int, _nmea: int) -> None:
        room.later(30)
        said = [
            location(10), location(5, -6.97), location(10), location(20, -6.0),
            location(21, 0.0), location(90), location(25),
        ]  # fmt: skip
        aside: list[str | None] = []
        for body in said[:5]:
            status, told, rest = await ask(http, "POST", "/avl/owntracks", body, headers=BEARER)
            assert (status, rest) == (200, b"[]"), "a telephone repeats for ever what is refused"
            aside.append(told.get("kentongan-aside"))
        assert aside == [None, "late 1", "duplicate 1", "too_fast 1", "too_fast 1"]
        await room.until(lambda: room.figures.verdicts.get("duplicate"))
        assert room.heard["AMB01"].fix.at == NOON + timedelta(seconds=10)
        for second in (3_698, 3_699, 3_700):
            room.later(1)
            await ask(http, "POST", "/avl/owntracks", location(second), headers=BEARER)
        await room.until(lambda: room.figures.verdicts.get("clock_ahead"))
        counted = {"late": 1, "duplicate": 1, "too_fast": 2, "future": 2, "clock_ahead": 1}
        assert room.figures.units["AMB01"] == counted
        assert room.heard["AMB01"].fix.at == room.now
        await room.avl.writing.look(0, everything=True)
        kept = room.store.tracks.read(UnitId("AMB01"), NOON, NOON + timedelta(minutes=1)).fixes
        assert [one.verdict for one in kept] == [
            Verdict.LATE, Verdict.DRAWN, Verdict.TOO_FAST, Verdict.TOO_FAST, Verdict.FUTURE,
            Verdict.FUTURE, Verdict.CLOCK_AHEAD,
        ]  # fmt: skip
        assert kept[-1].shift_s == pytest.approx(3_667)
        (latest,) = room.store.fixes()
        assert latest.fix.at == room.now
        again = Judge(AvlSettings().bounds)  # what a process that begins anew knows
        started = avl_reception.Reception(again, Register(), Gathering("again"))
        started.start_from([latest])
        assert again.clocks_of(UnitId("AMB01")) == (("device-AMB01/", 3_667.0),)

    play(story)


def test_what_became_of_a_position_is_said(play: Play) -> None:
    """Drawn, or kept aside and why: in JSON, to Traccar's client, and over the WebSocket."""

    async def story(room: Reception, http: int, _nmea: int) -> None:
        room.later(60)
        here = {"lat": -6.98, "lon": 110.41, "at": NOON.isoformat()}
        far = {"lat": -6.0, "lon": 110.41, "at": (NOON + timedelta(seconds=5)).isoformat()}
        nowhere = {"lat": 0, "lon": 0, "at": (NOON + timedelta(seconds=6)).isoformat()}

        async def told(*fixes: object) -> dict[str, Any]:
            said = json.dumps(fixes).encode()
            status, _, body = await ask(http, "POST", "/avl/positions", said, headers=BEARER)
            assert status == 200
            return json.loads(body)

        assert await told(here) == {"taken": 1}
        assert await told(here) == {"taken": 0, "kept_aside": 1, "why": {"duplicate": 1}}
        mixed = await told(here, far, nowhere, {"lat": 1})
        assert (mixed["taken"], mixed["kept_aside"], len(mixed["faults"])) == (0, 3, 1)
        assert mixed["why"] == {"duplicate": 1, "too_fast": 1, "null_island": 1}
        query = f"/?id={TOKEN}&lat=-5.0&lon=110.41&timestamp={at(8)}"
        status, _, body = await ask(http, "GET", query)
        assert (status, json.loads(body)["why"]) == (200, {"too_fast": 1})
        url = f"ws://{HOST}:{http}/avl/ws"
        async with websockets.connect(url, additional_headers=BEARER) as line:
            await line.send(json.dumps(here))
            said = json.loads(await line.recv())
            assert said == {"taken": 0, "kept_aside": 1, "why": {"duplicate": 1}}

    play(story)


def test_behind_a_proxy_the_address_is_the_devices(play: Play) -> None:
    """X-Forwarded-For counts only from a proxy of ours: nobody else can blame another's address."""

    async def story(room: Reception, http: int, _nmea: int) -> None:
        wrong = {"Authorization": "Bearer nobody", "X-Forwarded-For": "10.0.0.1"}
        for _ in range(WRONG_FREE + 1):
            await ask(http, "POST", "/avl/positions", b"[]", headers=wrong)
        assert room.avl.reception.register.wrong("10.0.0.1", room.now) is False
        assert room.avl.reception.register.wrong(HOST, room.now) is True

    play(story)


def test_tokens_are_never_logged(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    """Neither right nor wrong ones, at any level, also when they come where they should not."""

    async def story(room: Reception, http: int, nmea: int) -> None:
        await ask(http, "GET", f"/?id={TOKEN}&lat=x&lon=2")
        await ask(http, "GET", "/?id=secretly&lat=x&lon=2")
        _, writer = await asyncio.open_connection(HOST, nmea)
        writer.write(f"LOGIN {TOKEN}\nLOGIN {TOKEN}\n".encode())
        await room.until(lambda: room.figures.verdicts.get("unreadable") == 2)
        writer.close()

    with caplog.at_level(logging.DEBUG):
        play(story)
    assert TOKEN not in caplog.text
    assert "secretly" not in caplog.text


def test_a_store_that_is_away_keeps_nobody_from_reporting(play: Play) -> None:
    """Positions are shown meanwhile, and written when it is back."""

    async def story(room: Reception, http: int, _nmea: int) -> None:
        room.is_away, room.avl.writing._store = True, None
        await ask(http, "POST", "/avl/owntracks", location(0), headers=BEARER)
        await room.until(lambda: "AMB01" in room.heard)
        await room.until(lambda: room.figures.store_away)
        room.is_away = False
        await room.avl.writing.look(0, everything=True)
        assert room.store.fixes()[0].unit == "AMB01"

    play(story)
