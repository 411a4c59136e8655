"""Where a caller is: a link that is given, opened and over; AML messages that find their call."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import structs
from web_people import PLANS
from web_room import Room, until
from web_switch import FakeSwitch

from kentongan.app.handle import handle
from kentongan.caller_settings import CallerSettings, faults_of_caller
from kentongan.core.commands import EndCall, Envelope, LinkCall, OfferCall
from kentongan.core.rows import CallRow
from kentongan.core.words import Agent, AgentId, CallId, CommandId, Role, personal
from kentongan.edge.web import caller_guesses

CALL = CallId("c-somewhere")
SARI = Agent(id=AgentId("agent-sari"), name="Sari", roles=(Role.SUPERVISOR,))
NUMBER = "081303131148"
WORD = "operator's word"
HMAC_KEY = "key of the signature"
SMS = (
    'A"ML=1;lt=-6.99030;lg=+110.42290;rd=14;top=20261123050000;lc=68;pm=W;'
    "si=510010000000000;ei=123456789012345;mcc=510;mnc=01;ml=127"
)


class Gateway:
    """Takes messages for callers."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []

    async def __call__(self, number: str, text: str) -> bool:
        self.taken.append((number, text))
        return True


@pytest.fixture
def gateway() -> Gateway:
    """The gateway of this room."""
    return Gateway()


@pytest.fixture
def own(tmp_path: Path, gateway: Gateway) -> Iterator[Room]:
    """A room that takes AML messages, has a gateway, and is reached from outside."""
    room = Room(tmp_path)
    room.given = structs.replace(
        room.given,
        aml_secret=WORD,
        aml_hmac_key=HMAC_KEY,
        text_out=gateway,
        public_url="https://112.example.go.id/",
    )
    room.start()
    try:
        yield room
    finally:
        room.close()


@pytest.fixture
def line(own: Room) -> Iterator[FakeSwitch]:
    """The switch of this room."""
    switch = FakeSwitch(own.switch_path)
    until(own.parts.switch.reached.is_set)
    try:
        yield switch
    finally:
        switch.close()


def ring(room: Room, call: CallId = CALL, number: str = NUMBER) -> None:
    """A call that this process knows of."""
    offer = OfferCall(
        call=call, line="l112", dialled="112", trunk="telkom", number=personal(number)
    )
    room.system(offer)
    until(lambda: isinstance(room.parts.live.held.find("call", call), CallRow))


def page(room: Room, secret: str, body: dict[str, Any] | None = None) -> httpx.Response:
    """What the page behind a link asks, or says."""
    url = f"{room.url}/api/citizen/places"
    said = {"secret": secret, **(body or {})}
    return httpx.post(url if body else f"{url}/state", json=said, headers={"Origin": room.url})


def give(room: Room, secret: str, call: CallId = CALL) -> None:
    """The link as the record has it once the switch wrote it down."""
    digest = hashlib.sha256(secret.replace("-", "").encode()).hexdigest()
    command = LinkCall(call=call, digest=digest, valid_s=1_800)
    handle(
        room.store,
        PLANS,
        Envelope(id=CommandId(f"link-{secret}"), agent=SARI, command=command),
        room.clock(),
    )
    until(lambda: bool(room.parts.live.held.find("call", call).location_links))


AT: dict[str, Any] = {"point": {"lat": -6.99, "lon": 110.42}, "accuracy_m": 12.0, "age_s": 20.0}


# --- the link ------------------------------------------------------------------------------------


def test_a_link_is_told_once_and_only_its_digest_goes_on(
    own: Room, line: FakeSwitch, gateway: Gateway
) -> None:
    """The switch gets a digest, the desk a link to read out, the gateway a text if asked."""
    ring(own)
    made = own.person("rina").post(f"/api/calls/{CALL}/location-link", {"send": True}).json()
    secret = made["url"].removeprefix("https://112.example.go.id/112/lokasi#")
    assert made["page"] == "https://112.example.go.id/112/lokasi"
    assert made["spoken"] == secret.upper().replace("-", " ")
    asked = next(one for one in line.asked if one["do"] == "command")["envelope"]
    digest = hashlib.sha256(secret.replace("-", "").encode()).hexdigest()
    assert asked["command"]["digest"] == digest
    assert asked["agent"]["name"] == "Rina"
    assert secret not in str(line.asked)
    assert made["sent"] is True
    assert gateway.taken == [(NUMBER, made["text"]["id"])]
    again = own.person("rina").post(f"/api/calls/{CALL}/location-link", {}).json()
    assert again["url"] != made["url"]
    assert again["sent"] is False


@pytest.mark.parametrize("name", ["dinkes", "amb01", "eva", "admin"])
def test_only_the_room_gives_links(own: Room, line: FakeSwitch, name: str) -> None:
    """An agency does not ask callers where they are."""
    ring(own)
    answer = own.person(name).post(f"/api/calls/{CALL}/location-link", {})
    assert answer.status_code == 403
    assert not [one for one in line.asked if one["do"] == "command"]


def test_what_the_page_says_goes_to_the_call_with_its_source_and_time(
    own: Room, line: FakeSwitch
) -> None:
    """Measured 20 s ago; typed in capitals with a space it is the same link."""
    ring(own)
    give(own, "abcde-fghjk")
    assert page(own, "ABCDE FGHJK").json()["state"] == "open"
    told = page(own, "abcde-fghjk", AT)
    assert told.json()["state"] == "open"
    asked = next(one for one in line.asked if one["do"] == "caller_place")
    assert (asked["call"], asked["place"]["source"]) == (CALL, "link")
    assert asked["place"]["radius_m"] == 12.0
    assert asked["measured_at"] < own.clock().isoformat()


@pytest.mark.parametrize("point", [(91.0, 110.42), (-6.99, -180.5), (0.0, 0.0)])
def test_a_point_that_is_nowhere_on_earth_is_refused(
    own: Room, line: FakeSwitch, point: tuple[float, float]
) -> None:
    """The page learns that nobody has it; 0/0 is a receiver without a fix."""
    ring(own)
    give(own, "abcde-fghjk")
    told = page(own, "abcde-fghjk", {**AT, "point": {"lat": point[0], "lon": point[1]}})
    assert (told.status_code, told.json()["reason"]) == (422, "place_unreadable")
    assert not [one for one in line.asked if one["do"] == "caller_place"]


def test_a_link_is_over_with_its_time_and_with_its_call(own: Room, line: FakeSwitch) -> None:
    """Nothing is told of it then, and nothing is passed on."""
    ring(own)
    give(own, "abcde-fghjk")
    own.clock.ahead = timedelta(minutes=31)
    assert page(own, "abcde-fghjk").json()["state"] == "over"
    own.clock.ahead = timedelta()
    own.system(EndCall(call=CALL, by="caller"))
    until(lambda: own.parts.live.held.find("call", CALL).state == "abandoned")
    assert page(own, "abcde-fghjk", AT).json() == {
        "state": "over",
        "city": own.given.pack.city.name.id,
        "expires_at": None,
    }
    assert not [one for one in line.asked if one["do"] == "caller_place"]


def test_guessing_is_stopped_and_tells_nothing(own: Room, line: FakeSwitch) -> None:
    """A wrong link looks like one that is over; after some the address is kept out."""
    ring(own)
    del line
    statuses = {
        page(own, f"zzzzz-{n:05d}".replace("0", "y").replace("1", "x")).status_code
        for n in range(2)
    }
    assert statuses == {200}
    give(own, "abcde-fghjk")
    give(own, "kmnpq-rstuv")
    assert page(own, "abcde-fghjk").json()["state"] == "open"
    for _ in range(caller_guesses.GUESSES_MAX - 2):
        assert page(own, "zzzzz-zzzzz").status_code == 200
    assert page(own, "zzzzz-zzzzz").status_code == 429
    assert page(own, "kmnpq-rstuv").status_code == 429, "a right guess tells no more than a wrong"
    for _ in range(caller_guesses.GUESSES_MAX):
        assert page(own, "abcde-fghjk", AT).json()["state"] == "open", "the page goes on sending"
    own.clock.ahead = caller_guesses.GUESSES_WITHIN
    assert page(own, "kmnpq-rstuv").json()["state"] == "open"


def test_all_addresses_together_have_a_limit() -> None:
    """Counted before anything is looked up; a link that exists is no guess."""
    guesses, now = caller_guesses.Guesses(), datetime(2026, 11, 26, tzinfo=UTC)
    for number in range(caller_guesses.ALL_GUESSES_MAX):
        assert guesses.may_look(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "no", now)
        if number == 7:
            guesses.was_right("10.0.0.7", "yes")
            assert guesses.may_look("10.0.0.8", "no", now)
    assert not guesses.may_look("192.0.2.1", "no", now)
    assert guesses.may_look("10.0.0.7", "yes", now)


def test_the_secret_stands_in_no_address(
    own: Room, line: FakeSwitch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A page opened by the old way of writing is sent on, and nothing is written of any of it."""
    ring(own)
    give(own, "abcde-fghjk")
    with caplog.at_level("DEBUG"):
        caplog.handler.addFilter(lambda record: not record.name.startswith(("httpx", "httpcore")))
        assert page(own, "abcde-fghjk", AT).status_code == 200
        old = httpx.get(f"{own.url}/112/lokasi/abcde-fghjk")
    assert (old.status_code, old.headers["location"]) == (303, "/112/lokasi")
    assert httpx.get(f"{own.url}/api/citizen/places/abcde-fghjk").status_code == 404
    assert "abcde-fghjk" not in caplog.text
    assert "abcde-fghjk" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "body",
    [
        {"point": None},
        {"point": {"lat": "x", "lon": 1}},
        {"point": {"lat": 1, "lon": 1}, "accuracy_m": -1},
        {"point": {"lat": 1, "lon": 1}, "age_s": 1e9},
    ],
)
def test_an_odd_position_is_refused_in_words(
    own: Room, line: FakeSwitch, body: dict[str, Any]
) -> None:
    """400, and nothing reaches the call."""
    ring(own)
    give(own, "abcde-fghjk")
    assert page(own, "abcde-fghjk", body).status_code == 400
    assert not [one for one in line.asked if one["do"] == "caller_place"]


# --- AML -----------------------------------------------------------------------------------------


def send(
    room: Room, content: str, *, kind: str, word: str = WORD, sender: str = "", query: str = ""
) -> httpx.Response:
    """An operator's server brings a message."""
    headers = {"Authorization": f"Bearer {word}", "Content-Type": kind}
    if sender:
        headers["X-From"] = sender
    return httpx.post(f"{room.url}/api/aml{query}", content=content, headers=headers)


def test_a_message_finds_its_call_by_number_however_it_is_written(
    own: Room, line: FakeSwitch
) -> None:
    """Bare text, JSON or a form; +62 and 0 are the same telephone."""
    ring(own)
    told = send(own, SMS, kind="text/plain", sender="+62 813-0313-1148")
    assert told.json()["outcome"] == "placed"
    as_json = '{"from": "6281303131148", "text": "' + SMS.replace('"', '\\"') + '"}'
    assert send(own, as_json, kind="application/json").json()["outcome"] == "placed"
    at = "location_latitude=-6.9903&location_longitude=110.4229&location_accuracy=12"
    form = f"device_number=%2B6281303131148&{at}"
    signature = hmac.new(HMAC_KEY.encode(), form.encode(), hashlib.sha1).hexdigest()
    kind = "application/x-www-form-urlencoded"
    signed = send(own, f"{form}&hmac={signature}", kind=kind).json()
    assert signed == {"outcome": "placed", "remarks": []}
    asked = [one for one in line.asked if one["do"] == "caller_place"]
    assert [one["call"] for one in asked] == [CALL] * 3
    assert {one["place"]["source"] for one in asked} == {"aml"}
    assert asked[0]["measured_at"].startswith("2026-11-23T05:00:00")
    assert [one["place"]["radius_m"] for one in asked] == [14, 14, 12]
    assert asked[2]["place"]["cautions"] == []


def test_a_false_signature_is_told_beside_the_position(own: Room, line: FakeSwitch) -> None:
    """A flag, never a reason to lose where somebody is."""
    ring(own)
    form = f"device_number={NUMBER}&location_latitude=-6.99&location_longitude=110.42&hmac=00"
    told = send(own, form, kind="application/x-www-form-urlencoded").json()
    assert told == {"outcome": "placed", "remarks": ["aml_not_signed"]}
    asked = next(one for one in line.asked if one["do"] == "caller_place")
    assert asked["place"]["cautions"] == ["aml_not_signed"]


def test_a_number_in_the_address_is_taken_and_complained_of(own: Room, line: FakeSwitch) -> None:
    """The caller is found; the gateway's keeper reads that numbers stand in logs."""
    ring(own)
    told = send(own, SMS, kind="text/plain", query=f"?from={NUMBER}").json()
    assert (told["outcome"], "number_in_address" in told["remarks"]) == ("placed", True)
    assert any(one["do"] == "caller_place" for one in line.asked)


def test_a_message_waits_for_the_call_that_rings_after_it(own: Room, line: FakeSwitch) -> None:
    """It comes a second before its call, and is there when it rings."""
    told = send(own, SMS, kind="text/plain", sender=NUMBER)
    assert told.json()["outcome"] == "waiting"
    ring(own)
    until(lambda: any(one["do"] == "caller_place" for one in line.asked))


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (SMS.replace("rd=14", "rd=N"), "nowhere"),
        ("tolong pak", "unreadable"),
        ("", "unreadable"),
        ("\x00\xff", "unreadable"),
    ],
)
def test_every_message_is_answered_as_taken(
    own: Room, line: FakeSwitch, content: str, outcome: str
) -> None:
    """200 also for what says nothing: a telephone never sends it again (ELS)."""
    ring(own)
    answer = send(own, content, kind="text/plain", sender=NUMBER)
    assert (answer.status_code, answer.json()["outcome"]) == (200, outcome)
    assert not [one for one in line.asked if one["do"] == "caller_place"]


def test_only_the_operators_server_may_bring_them(own: Room, hall: Room) -> None:
    """Another word is 401; where no word is set there is no such address."""
    wrong = send(own, SMS, kind="text/plain", word="guess")
    assert (wrong.status_code, wrong.json()["reason"]) == (401, "not_signed_in")
    basic = httpx.post(f"{own.url}/api/aml", content=SMS, auth=("operator", WORD))
    assert basic.status_code == 200
    assert send(hall, SMS, kind="text/plain").status_code == 404


def test_who_guesses_the_word_is_shut_out_and_the_operators_server_is_not(own: Room) -> None:
    """So many wrong words of one address, and then not even the right one is looked at; the server
    that was right before goes on, from that very address; and in time others may again."""
    assert send(own, SMS, kind="text/plain").status_code == 200
    said = [
        send(own, SMS, kind="text/plain", word=f"guess {number}").status_code
        for number in range(caller_guesses.GUESSES_MAX + 1)
    ]
    assert said == [401] * caller_guesses.GUESSES_MAX + [429]
    assert send(own, SMS, kind="text/plain").status_code == 200
    own.clock.ahead = caller_guesses.GUESSES_WITHIN
    assert send(own, SMS, kind="text/plain", word="guess").status_code == 401


def test_a_guesser_that_finds_the_word_too_late_learns_nothing(own: Room) -> None:
    """Whoever was never right before is told 429 for the right word, too."""
    for number in range(caller_guesses.GUESSES_MAX):
        send(own, SMS, kind="text/plain", word=f"guess {number}")
    found = send(own, SMS, kind="text/plain")
    assert (found.status_code, found.json()["reason"]) == (429, "too_many_attempts")
    assert found.headers["retry-after"] == "600"


@pytest.mark.parametrize("name", ["aml_secret_file", "aml_hmac_file"])
def test_a_word_that_can_be_guessed_starts_no_centre(tmp_path: Path, name: str) -> None:
    """Too short is told with the name of the setting; a good one is taken as it stands."""
    file = tmp_path / "word"
    for said in ("", "1234", "x" * 19 + "\nand more below"):
        file.write_text(said)
        (fault,) = faults_of_caller(CallerSettings(**{name: str(file)}))
        assert fault.startswith(f"caller.{name}: the first line of {file} has less than 20")
    file.write_text("y" * 20 + "\n")
    assert not list(faults_of_caller(CallerSettings(**{name: str(file)})))
    assert not list(faults_of_caller(CallerSettings(**{name: str(tmp_path / "none")})))
