"""Commands over HTTP: what goes through, what is refused, and what cannot be read."""

import socket
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from web_room import Person, Room, text_of, until

from kentongan.core.events import ComplaintTaken
from kentongan.core.rows import ReportRow
from kentongan.edge.web.bodies import decode_command
from kentongan.edge.web.unread import (
    KINDS_MAX,
    NAME_CHARACTERS_MAX,
    NAMED_MAX,
    UnreadFields,
    unread,
)

HUGE = "kebakaran di pasar 🔥 ꦏꦧꦏꦫꦤ꧀ " * 30_000  # about 1 MB
NO_TRACE = ("Traceback", 'File "', ".py", "msgspec", "litestar")


@pytest.fixture
def rina(hall: Room) -> Person:
    """A call-taker."""
    return hall.person("rina")


def is_clear_no(response: httpx.Response, status: int, reason: str) -> None:
    """The answer has a reason and words in both languages, and no trace of our insides."""
    assert response.status_code == status, response.text
    body = response.json()
    assert body["reason"] == reason
    assert body["message"]["id"]
    assert body["message"]["en"]
    assert body["message"]["id"] != body["message"]["en"]
    assert not any(word in response.text for word in NO_TRACE)


def test_a_command_goes_through_and_its_repetition_changes_nothing(rina: Person) -> None:
    """The same id leads to the same answer and to no second event."""
    asked = {"id": "opened-once", "command": {"type": "report.open", "report": "r-once"}}
    first, second = (rina.post("/api/commands", asked).json() for _ in range(2))
    assert first["events"] == second["events"] == ["report.opened"]
    assert "repeated" not in first
    assert second["repeated"] is True
    assert first["position"] == second["position"]


def test_opening_an_incident_tells_its_number(rina: Person) -> None:
    """The number is what people say to each other."""
    assert rina.done("incident.open", incident="i-number")["number"] >= 1


def test_a_field_that_nobody_reads_is_named(
    hall: Room, rina: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """A page of another version: what is known is done, what is not is told, and counted."""
    asked = {
        "id": "of-another-version",
        "since": 3,
        "command": {"type": "report.open", "report": "r-newer", "heard": "c-1"},
    }
    body = rina.post("/api/commands", asked).json()
    assert (body["events"], body["unread"]) == (["report.opened"], ["since", "command.heard"])
    counts = hall.parts.unread.counts
    assert (counts["report.open command.heard"], counts["report.open since"]) == (1, 1)
    assert "report.open command.heard" in caplog.text
    assert "unread" not in rina.done("report.open", report="r-of-this-version")


def test_how_a_field_that_nobody_reads_is_found() -> None:
    """In nested bodies and lists, by its place; a sender's odd or many names do no harm."""
    place = b'{"source": "pin", "floor": 3}'
    words = b'{"sealed": "personal", "text": "x", "tone": 1}'

    def found(command: bytes, more: bytes = b"") -> tuple[str, ...]:
        body = b'{"id": "abcdefgh", "command": {' + command + b"}" + more + b"}"
        return unread(body, decode_command(body))

    opened = b'"type": "report.open", "report": "r"'
    assert found(opened) == ()
    said = b'"type": "report.take_complaint", "report": "r", "words": ' + words
    assert found(said) == ("command.words.tone",)
    placed = b'"type": "incident.locate", "incident": "i", "place": ' + place
    assert found(placed) == ("command.place.floor",)
    paper = b'"type": "incident.record_late", "incident": "i", "form": "7", "nature": "x", '
    paper += b'"called_at": "2026-11-27T10:00:00Z", "tasks": [' + b'{"agency": "a", "told_at": '
    paper += b'"2026-11-27T10:00:00Z", "by": "radio"}]'
    assert found(paper) == ("command.tasks.by",)
    many = b"".join(b', "' + b"n" * 200 + b'%d": 1' % one for one in range(50))
    assert [len(name) for name in found(opened, many)] == [NAME_CHARACTERS_MAX] * NAMED_MAX
    assert found(opened, b', "odd": "\xff"') == ("JSON",)
    counted = UnreadFields()
    for one in range(3 * KINDS_MAX):
        counted.note("report.open", (str(one),))
    assert len(counted.counts) == KINDS_MAX + 1


def test_a_refusal_names_who_has_it_in_both_languages(hall: Room, rina: Person) -> None:
    """409 with the reason, its details and a sentence."""
    rina.done("desk.start_duty", desk="desk_1")
    response = hall.person("budi").command("desk.start_duty", desk="desk_1")
    is_clear_no(response, 409, "desk_taken")
    assert response.json()["outcome"] == "refused"
    assert "Rina" in response.json()["message"]["id"]


def test_an_unknown_nature_is_refused(rina: Person) -> None:
    """The domain says no; nothing is guessed."""
    rina.done("incident.open", incident="i-nature")
    response = rina.command("incident.classify", incident="i-nature", nature="XXX-99")
    is_clear_no(response, 409, "unknown_nature")


def test_what_the_role_may_not_is_403(hall: Room) -> None:
    """An evaluator opens nothing, and nobody from outside acts as the switch."""
    response = hall.person("eva").command("incident.open", incident="i-eva")
    is_clear_no(response, 403, "not_permitted")
    offer = {"call": "c1", "line": "112", "dialled": "112", "trunk": "t"}
    is_clear_no(hall.person("rina").command("call.offer", **offer), 403, "not_permitted")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "body_not_json"),
        (b"{", "body_not_json"),
        (b'{"id": "abcdefgh", "command"', "body_not_json"),
        (b"\xff\xfe\x00", "body_not_json"),
        (b'{"x": ' + b"[" * 100_000, "body_not_json"),
        (b"[" * 100_000, "body_invalid"),
        (b"null", "body_invalid"),
        (b"[]", "body_invalid"),
        (b'{"id": "abcdefgh"}', "body_invalid"),
        (b'{"id": 7, "command": {"type": "report.open", "report": "r"}}', "body_invalid"),
        (b'{"id": "abcdefgh", "command": {"type": "no.such"}}', "body_invalid"),
        (b'{"id": "abcdefgh", "command": {"type": "report.open", "report": 7}}', "body_invalid"),
        (b'{"id": "short", "command": {"type": "report.open", "report": "r"}}', "body_invalid"),
        (
            b'{"id": "incident:i#3/notify", "command": {"type": "report.open", "report": "r"}}',
            "body_invalid",
        ),
        (
            b'{"id": "abcdefgh", "age_s": "x", "command": {"type": "report.open", "report": "r"}}',
            "body_invalid",
        ),
    ],
)
def test_what_cannot_be_read_is_400(rina: Person, body: bytes, reason: str) -> None:
    """Whatever arrives, the answer is clear and the next command works."""
    response = rina.client.post("/api/commands", content=body, headers=rina.headers)
    is_clear_no(response, 400, reason)
    assert rina.get("/api/session").status_code == 200


def test_another_persons_sealed_text_cannot_be_taken_by_reference(hall: Room, rina: Person) -> None:
    """A text comes in words. A reference would show somebody a text that is not theirs."""
    hall.report(rina, "mine", name="Sri Wahyuni")
    found = hall.store.find_row("report", "r-mine")
    assert found is not None
    assert isinstance(found.row, ReportRow)
    assert found.row.name is not None
    rina.done("report.open", report="r-thief")
    stolen = {"sealed": "personal", "ref": found.row.name.ref}
    response = rina.command("report.identify", report="r-thief", name=stolen)
    is_clear_no(response, 400, "body_invalid")


def test_a_complaint_of_1_mb_is_taken_and_cut(hall: Room, rina: Person) -> None:
    """Emoji and Javanese script survive; the first 20,000 characters are kept, marked as cut."""
    rina.done("report.open", report="r-huge")
    rina.done("report.take_complaint", report="r-huge", words=text_of(HUGE))
    until(lambda: hall.parts.live.held.find("report", "r-huge") is not None)
    with rina.screen() as screen:
        row = next(r for r in screen.frame()["rows"] if r["key"] == "r-huge")
    assert row["complaint"]["text"] == HUGE[:20_000]
    taken = hall.store.load("report:r-huge")[-1].event
    assert isinstance(taken, ComplaintTaken)
    assert taken.cut


def test_a_body_beyond_the_limit_is_413(rina: Person) -> None:
    """Refused without being read to its end; nothing was saved and it says so."""
    body = b'{"id": "abcdefgh", "x": "' + b"a" * 2_100_000
    response = rina.client.post("/api/commands", content=body, headers=rina.headers)
    is_clear_no(response, 413, "body_too_large")
    body = b'{"sdp": "' + b"a" * 70_000
    response = rina.client.post("/api/calls/c/media", content=body, headers=rina.headers)
    is_clear_no(response, 413, "body_too_large")


def test_a_body_without_length_is_limited_too(rina: Person) -> None:
    """A chunked body is counted while it comes."""

    def endless():
        for _ in range(300):
            yield b"a" * 10_000

    response = rina.client.post("/api/commands", content=endless(), headers=rina.headers)
    is_clear_no(response, 413, "body_too_large")


def test_the_devices_clock_moves_nothing(hall: Room, rina: Person) -> None:
    """Only the age counts, and it may not lie in the future: a clock an hour off does nothing."""
    before = datetime.now(UTC)
    asked = {
        "id": "from-the-future",
        "age_s": -3_600,
        "occurred_at": (before + timedelta(hours=1)).isoformat(),
        "command": {"type": "report.open", "report": "r-clock"},
    }
    assert rina.post("/api/commands", asked).status_code == 200
    at = hall.store.load("report:r-clock")[0].meta.at
    assert before <= at <= datetime.now(UTC)


def test_an_offline_tap_is_dated_by_its_age(hall: Room, rina: Person) -> None:
    """A tap that waited two minutes happened two minutes ago."""
    asked = {
        "id": "waited-offline",
        "age_s": 120,
        "command": {"type": "report.open", "report": "r-late"},
    }
    rina.post("/api/commands", asked)
    meta = hall.store.load("report:r-late")[0].meta
    assert meta.recorded_at - meta.at == timedelta(seconds=120)


@pytest.mark.parametrize("words", ["\\ud800", "\\udfff x"])
def test_half_a_surrogate_is_no_text(hall: Room, rina: Person, words: str) -> None:
    """Refused as unreadable, and nothing is written."""
    response = _complained(rina, "r-half", words)
    is_clear_no(response, 400, "body_not_json")
    assert len(hall.store.load("report:r-half")) == 1  # its opening


@pytest.mark.parametrize(("words", "kept"), [("\\u0000", "\0"), ("\\uffff", "\uffff")])
def test_odd_characters_are_kept_as_they_came(
    hall: Room, rina: Person, words: str, kept: str
) -> None:
    """A NUL and a non-character are text: they are stored and shown unchanged."""
    report = f"r-odd-{ord(kept)}"
    response = _complained(rina, report, f"a{words}b")
    assert response.status_code == 200, response.text
    until(lambda: hall.parts.live.seq == hall.store.last_position())
    with rina.screen() as screen:
        row = next(row for row in screen.frame()["rows"] if row["key"] == report)
    assert row["complaint"] == {"text": f"a{kept}b"}


def _complained(rina: Person, report: str, words: str) -> httpx.Response:
    """A complaint whose words stand in the JSON exactly like this."""
    assert rina.command("report.open", report=report).status_code == 200
    text = f'{{"sealed": "personal", "text": "{words}"}}'
    fields = f'"type": "report.take_complaint", "report": "{report}", "words": {text}'
    body = f'{{"id": "odd-{words.encode().hex()}", "command": {{{fields}}}}}'
    return rina.client.post("/api/commands", content=body.encode(), headers=rina.headers)


def test_truncated_http_does_no_harm(hall: Room) -> None:
    """Half a head, half a body, bytes that are no HTTP: the next asker is served."""
    for data in (
        b"POST /api/commands HTTP/1.1\r\nHost: x\r\nContent-Le",
        b"POST /api/commands HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    ):
        with socket.create_connection(("127.0.0.1", hall.port), timeout=5) as link:
            link.sendall(data)
    assert hall.browser().get("/api/health").status_code == 200
