"""Positions over real sockets: HTTP, WebSocket and lines of NMEA, judged and heard by a screen."""

import asyncio
import base64
import json
from datetime import timedelta

import pytest
import websockets
from avl_asking import BEARER, HOST, TOKEN, Play, answer, ask, at, location
from avl_room import GATEWAY, NOON, TOKENS, Reception
from avl_sentences import gga, rmc

from kentongan.edge.avl.connections import LOGIN_S, SILENT_S
from kentongan.edge.avl.register import WRONG_FREE
from kentongan.edge.avl.requests import BODY_BYTES_MAX


def test_owntracks_by_password(play: Play) -> None:
    """The token is the password, whatever the name; the answer is a list, as the telephone asks."""

    async def story(room: Reception, http: int, _nmea: int) -> None:
        pair = base64.b64encode(f"ambulance one:{TOKEN}".encode()).decode()
        basic = {"Authorization": f"Basic {pair}"}
        status, _, body = await ask(http, "POST", "/avl/owntracks", location(0), headers=basic)
        assert (status, body) == (200, b"[]")
        await room.until(lambda: "AMB01" in room.heard)
        assert room.heard["AMB01"].fix.point.lat == -6.98
        status, headers, body = await ask(
            http, "POST", "/avl/owntracks", b'{"_type":"location"}', headers=basic
        )
        assert (status, body) == (200, b"[]")  # otherwise it would be sent for ever
        assert "lat" in headers["kentongan-fault"]
        status, headers, _ = await ask(http, "POST", "/avl/owntracks", b"{", headers=basic)
        assert (status, headers["kentongan-fault"]) == (200, "JSON: is no JSON")
        await room.until(lambda: room.figures.units.get("AMB01") == {"unreadable": 2})

    play(story)


def test_traccar_by_identifier(play: Play) -> None:
    """Query, form and JSON: the device's identifier is the token."""

    async def story(room: Reception, http: int, _nmea: int) -> None:
        query = f"id={TOKEN}&lat=-6.98&lon=110.41&timestamp={at(0)}"
        assert (await ask(http, "GET", f"/?{query}"))[0] == 200
        await room.until(lambda: "AMB01" in room.heard)
        form = f"id={TOKENS['AMB02']}&lat=-6.99&lon=110.42&timestamp={at(0)}".encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await ask(http, "POST", "/avl/traccar", form, headers=kind))[0] == 200
        await room.until(lambda: "AMB02" in room.heard)
        coords = {"latitude": -6.981, "longitude": 110.41}
        said = {"device_id": TOKEN, "location": {"timestamp": at(5), "coords": coords}}
        kind = {"Content-Type": "application/json"}
        room.later(6)
        assert (await ask(http, "POST", "/", json.dumps(said).encode(), headers=kind))[0] == 200
        await room.until(lambda: room.heard["AMB01"].fix.point.lat == -6.981)
        assert (await ask(http, "GET", "/?id=stranger&lat=1&lon=2"))[0] == 401
        for body in (b"{", b"[" * 5_000, json.dumps({**said, "device_id": "stranger"}).encode()):
            found = await ask(http, "POST", "/", body, headers=kind)
            assert (found[0], found[2]) == (401, b""), "a stranger learns nothing of its message"
        found = await ask(
            http, "POST", "/", json.dumps({"device_id": TOKEN}).encode(), headers=kind
        )
        assert found[0] == 400
        assert b"location" in found[2]

    play(story)


def test_a_gateway_speaks_for_the_devices_it_was_given(play: Play) -> None:
    """A tracking server's token and a device's number make a unit; another number makes none."""

    async def story(room: Reception, http: int, _nmea: int) -> None:
        bearer = {"Authorization": f"Bearer {GATEWAY}"}
        position = {"latitude": -6.98, "longitude": 110.41, "fixTime": NOON.isoformat()}

        async def forward(number: str) -> tuple[int, dict[str, str], bytes]:
            said = json.dumps({"position": position, "device": {"uniqueId": number}}).encode()
            return await ask(http, "POST", "/avl/traccar/forward", said, headers=bearer)

        assert (await forward("860123456789012"))[0] == 200
        await room.until(lambda: "AMB03" in room.heard)
        status, _, body = await forward("860999999999999")
        assert status == 400
        assert b"uniqueId" in body
        status, _, _ = await ask(
            http, "POST", "/avl/positions", b'{"lat":1,"lon":2}', headers=bearer
        )
        assert status == 400

    play(story)


def test_plain_json_names_what_was_wrong(play: Play) -> None:
    """Good ones are taken, bad ones named; nothing readable is a 400."""

    async def story(room: Reception, http: int, _nmea: int) -> None:
        good, bad = {"lat": -6.98, "lon": 110.41}, {"lat": -6.98, "lon": 181}
        said = json.dumps([good, bad]).encode()
        status, _, body = await ask(http, "POST", "/avl/positions", said, headers=BEARER)
        assert (status, json.loads(body)["taken"]) == (200, 1)
        assert json.loads(body)["faults"] == [{"field": "lon", "why": "must be -180 to 180"}]
        status, _, body = await ask(http, "POST", "/avl/positions", b"[", headers=BEARER)
        assert (status, json.loads(body)["faults"][0]["field"]) == (400, "JSON")
        assert (await ask(http, "GET", "/avl/positions", headers=BEARER))[0] == 405
        assert (await ask(http, "GET", "/anything"))[0] == 404

    play(story)


def test_many_requests_on_one_connection(play: Play) -> None:
    """Kept alive, pipelined and cut anywhere: each is answered in order."""

    async def story(room: Reception, http: int, _nmea: int) -> None:
        reader, writer = await asyncio.open_connection(HOST, http)
        room.later(60)
        whole = b"".join(
            b"POST /avl/owntracks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (TOKEN.encode(), len(body), body)
            for body in (location(n, -6.98 + n * 1e-4) for n in range(50))
        )
        for start in range(0, len(whole), 77):
            writer.write(whole[start : start + 77])
            await asyncio.sleep(0)
        for _ in range(50):
            assert (await answer(reader))[0] == 200
        writer.close()
        await room.until(lambda: room.figures.verdicts.get("drawn") == 50)
        assert room.heard["AMB01"].fix.at == NOON + timedelta(seconds=49)

    play(story)


def test_what_is_too_large_is_refused(play: Play) -> None:
    """A body, a head and a chunked body without end; and what is no HTTP at all."""

    async def story(_room: Reception, http: int, _nmea: int) -> None:
        big = b"x" * (BODY_BYTES_MAX + 1)
        assert (await ask(http, "POST", "/avl/positions", big, headers=BEARER))[0] == 413
        long = {"Filler": "x" * 20_000}
        assert (await ask(http, "GET", "/", headers=long))[0] == 431
        for garbage in (b"\x16\x03\x01\x02\x00\x01" * 40, b"GET / HTTP/9.9\r\n\r\n"):
            reader, writer = await asyncio.open_connection(HOST, http)
            writer.write(garbage)
            assert (await answer(reader))[0] == 400
            assert await reader.read() == b""
            writer.close()

    play(story)


def test_wrong_tokens_are_limited_and_right_ones_never(play: Play) -> None:
    """After some wrong ones from an address 429; a right one from there goes through."""

    async def story(room: Reception, http: int, _nmea: int) -> None:
        wrong = {"Authorization": "Bearer " + "z" * 32}
        statuses = [
            (await ask(http, "POST", "/avl/positions", b"[]", headers=wrong))[0]
            for _ in range(WRONG_FREE + 2)
        ]
        assert statuses == [401] * WRONG_FREE + [429, 429]
        assert (await ask(http, "POST", "/avl/positions", b"[]", headers=BEARER))[0] == 200
        room.later(61)
        assert (await ask(http, "POST", "/avl/positions", b"[]", headers=wrong))[0] == 401
        assert (await ask(http, "POST", "/avl/positions", b"[]"))[0] == 401

    play(story)


def test_strangers_of_one_address_leave_room_for_devices(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many of one address without a right token, and no more; who has shown one is not counted
    and keeps its line, and others come in again when the strangers have gone."""
    monkeypatch.setattr("kentongan.edge.avl.connections.STRANGERS_MAX", 5)

    async def log_in(nmea: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
        reader, writer = await asyncio.open_connection(HOST, nmea)
        writer.write(f"LOGIN {TOKEN}\n".encode())
        async with asyncio.timeout(10):
            return reader, writer, await reader.read(4)

    async def story(room: Reception, _http: int, nmea: int) -> None:
        devices = [await log_in(nmea) for _ in range(12)]
        assert {said for _, _, said in devices} == {b"OK\r\n"}, "devices are not counted"
        strangers = [await asyncio.open_connection(HOST, nmea) for _ in range(5)]
        await room.until(lambda: len(room.avl.connections) == 17)
        late, _ = await asyncio.open_connection(HOST, nmea)
        async with asyncio.timeout(10):
            assert await late.read() == b"", "turned away"
        assert len(room.avl.connections) == 17
        for _, writer in strangers:
            writer.close()
        await room.until(lambda: len(room.avl.connections) == 12)
        assert (await log_in(nmea))[2] == b"OK\r\n"
        for _, writer, _ in devices:
            writer.close()

    play(story)


def test_a_websocket(play: Play) -> None:
    """Token in the handshake or as the first message; each message is answered."""

    async def story(room: Reception, http: int, _nmea: int) -> None:
        url = f"ws://{HOST}:{http}/avl/ws"
        async with websockets.connect(url, additional_headers=BEARER) as line:
            await line.send('{"lat":-6.98,"lon":110.41}')
            assert json.loads(await line.recv()) == {"taken": 1}
            await line.send("{")
            assert json.loads(await line.recv())["faults"][0]["field"] == "JSON"
            await line.ping()
        async with websockets.connect(url) as line:
            await line.send(json.dumps({"token": TOKENS["AMB02"]}))
            assert json.loads(await line.recv()) == {"taken": 0}
            await line.send(["{", '"lat":-6.9,"lon":110.4', "}"])  # in fragments
            assert json.loads(await line.recv()) == {"taken": 1}
        await room.until(lambda: {"AMB01", "AMB02"} <= set(room.heard))

    play(story)


def test_a_websocket_without_a_right_token(play: Play) -> None:
    """Refused in the handshake, or closed after the first message."""

    async def story(_room: Reception, http: int, _nmea: int) -> None:
        url = f"ws://{HOST}:{http}/avl/ws"
        wrong = {"Authorization": "Bearer nobody"}
        with pytest.raises(websockets.InvalidStatus) as raised:
            await websockets.connect(url, additional_headers=wrong)
        assert raised.value.response.status_code == 401
        for first, code in (('{"token":"nobody"}', 1008), ("hello", 1003)):
            async with websockets.connect(url) as line:
                await line.send(first)
                with pytest.raises(websockets.ConnectionClosed):
                    await line.recv()
                assert line.close_code == code
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(f"ws://{HOST}:{http}/elsewhere")

    play(story)


def test_lines_of_nmea(play: Play) -> None:
    """A login line, then sentences; a bad one costs itself only."""

    async def story(room: Reception, _http: int, nmea: int) -> None:
        reader, writer = await asyncio.open_connection(HOST, nmea)
        writer.write(f"LOGIN {TOKEN}\r\n".encode())
        assert await reader.readline() == b"OK\r\n"
        said = gga(NOON, -6.98, 110.41) + "\r\n" + rmc(NOON, -6.98, 110.41)[:-1] + "F\r\n"
        writer.write(said.encode() + b"\xff\xfe\r\n\r\n")
        writer.write(rmc(NOON, -6.98, 110.41).encode()[:20])
        await asyncio.sleep(0)
        writer.write(rmc(NOON, -6.98, 110.41).encode()[20:] + b"\n")
        await room.until(lambda: "AMB01" in room.heard)
        assert room.heard["AMB01"].fix.accuracy_m == pytest.approx(4.5)
        assert room.figures.units == {} or room.figures.units["AMB01"]["unreadable"] == 2
        writer.close()

    play(story)


def test_a_line_without_a_right_token_is_closed(play: Play) -> None:
    """A wrong token, a gateway's (it names no unit), and a line that never ends."""

    async def story(_room: Reception, _http: int, nmea: int) -> None:
        for first in (
            b"LOGIN nobody\n",
            b"LOGIN " + GATEWAY.encode() + b"\n",
            b"GET / HTTP/1.1\r\n",
        ):
            reader, writer = await asyncio.open_connection(HOST, nmea)
            writer.write(first)
            assert await reader.read() == b"NO\r\n"
            writer.close()
        reader, writer = await asyncio.open_connection(HOST, nmea)
        writer.write(b"x" * 2_000)
        assert await reader.read() == b""
        writer.close()
        reader, writer = await asyncio.open_connection(HOST, nmea)
        writer.write(f"{TOKEN}\n".encode() + b"rubbish\n" * 100)
        assert await reader.read() == b"OK\r\n"
        writer.close()

    play(story)


def test_a_revoked_token_ends_its_lines(play: Play) -> None:
    """What is open is closed, what comes afterwards is refused, others go on."""

    async def story(room: Reception, http: int, nmea: int) -> None:
        reader, writer = await asyncio.open_connection(HOST, nmea)
        other, other_writer = await asyncio.open_connection(HOST, nmea)
        writer.write(f"LOGIN {TOKEN}\n".encode())
        other_writer.write(f"LOGIN {TOKENS['AMB02']}\n".encode())
        assert await reader.readline() == await other.readline() == b"OK\r\n"
        room.put("device-AMB01", revoked_at=NOON)
        await room.avl.writing.look(1)
        assert await reader.read() == b""
        assert (await ask(http, "POST", "/avl/positions", b"[]", headers=BEARER))[0] == 401
        other_writer.write(rmc(NOON, -6.98, 110.41).encode() + b"\n")
        await room.until(lambda: "AMB02" in room.heard)
        writer.close()
        other_writer.close()

    play(story)


def test_silent_lines_are_closed(play: Play) -> None:
    """Whoever has not shown a token soon, and whoever has and is silent for long."""

    async def story(room: Reception, http: int, nmea: int) -> None:
        stranger, stranger_writer = await asyncio.open_connection(HOST, http)
        stranger_writer.write(b"GET / HTTP/1.1\r\nX: ")
        modem, modem_writer = await asyncio.open_connection(HOST, nmea)
        modem_writer.write(f"LOGIN {TOKEN}\n".encode())
        assert await modem.readline() == b"OK\r\n"
        now = asyncio.get_running_loop().time()
        room.avl.connections.close_silent(now + LOGIN_S + 1)
        assert await stranger.read() == b""
        assert len(room.avl.connections) == 1
        room.avl.connections.close_silent(now + SILENT_S + 1)
        assert await modem.read() == b""
        for writer in (stranger_writer, modem_writer):
            writer.close()

    play(story)
