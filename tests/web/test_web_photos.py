"""A picture on its way from a crew to the room: taken apart, sealed, on record, seen by few."""

import struct
from collections.abc import Iterator

import httpx
import pytest
from web_room import Person, Room, until

from kentongan.core.events import PhotoAttached
from kentongan.core.rows import IncidentRow
from kentongan.edge.web.jpeg import BYTES_MAX, SIDE_MAX, NotAPictureError, clean
from kentongan.media.seal import SealError
from kentongan.media.seal_blob import open_blob, seal_blob
from kentongan.media.seal_keys import new_segment_key

SECRET = b"GPSLatitude -6.99 Rina's telephone"
PROGRAM = b"MZ\x90\x00This program cannot be run in DOS mode"


def segment(marker: int, content: bytes) -> bytes:
    """A JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg(width: int = 2, height: int = 3, *, more: bytes = b"", tail: bytes = b"") -> bytes:
    """A picture of one scan; `more` stands among its tables, `tail` behind its end."""
    frame = struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)
    scan = bytes((1, 1, 0, 0, 63, 0)) + b"\x12\xff\x00\x34\xff\xd0\x56"
    start, end = b"\xff\xd8", b"\xff\xd9"
    tables = segment(0xDB, bytes(65)) + segment(0xC4, bytes(20))
    body = segment(0xC0, frame) + struct.pack(">BBH", 0xFF, 0xDA, 8) + scan
    return start + more + tables + body + end + tail


HIDDEN = segment(0xE1, b"Exif\0\0" + SECRET) + segment(0xFE, PROGRAM)


def test_nothing_but_the_picture_comes_out() -> None:
    """Neither where it was taken, nor a comment, nor what is hidden behind its end."""
    picture = clean(jpeg(more=HIDDEN, tail=PROGRAM * 3))
    assert (picture.width, picture.height) == (2, 3)
    assert SECRET not in picture.content
    assert PROGRAM[:8] not in picture.content
    assert b"\x12\xff\x00\x34\xff\xd0\x56\xff\xd9" in picture.content
    assert clean(picture.content) == picture


@pytest.mark.parametrize(
    "content",
    [
        b"",
        PROGRAM,
        b"\x7fELF" + bytes(200),
        b"\xff\xd8" + PROGRAM,
        b"\xff\xd8\xff\xd9",
        jpeg()[:-2],
        jpeg()[:40],
        jpeg(width=SIDE_MAX + 1),
        jpeg(width=0),
        jpeg(width=8_000, height=8_000),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"<svg onload=alert(1)>",
    ],
)
def test_what_is_no_whole_picture_is_refused(content: bytes) -> None:
    """A program, an empty one, half of one, one that would fill the memory, another format."""
    with pytest.raises(NotAPictureError):
        clean(content)


def test_a_sealed_picture_opens_with_its_own_key_only() -> None:
    """And not when a single octet of it was changed."""
    key, other = new_segment_key(), new_segment_key()
    sealed = seal_blob(key, bytes(12), b"picture")
    assert b"picture" not in sealed
    assert open_blob(key, sealed) == b"picture"
    for broken in (sealed[:-1], sealed[:-1] + bytes((sealed[-1] ^ 1,)), b"x" + sealed[1:]):
        with pytest.raises(SealError):
            open_blob(key, broken)
    with pytest.raises(SealError):
        open_blob(other, sealed)


def send(person: Person, incident: str, content: bytes) -> tuple[int, dict[str, object]]:
    """As the crew's page sends it."""
    headers = {**person.headers, "Content-Type": "image/jpeg"}
    url = f"/api/incidents/{incident}/photos"
    response = person.client.post(url, content=content, headers=headers)
    return response.status_code, response.json()


def test_a_crews_picture_reaches_the_room_sealed_and_on_record(room: Room) -> None:
    """Its own incident only; on disk it is noise; who looks is written down before it is shown."""
    rina, budi, crew = (room.person(name) for name in ("rina", "budi", "amb01"))
    room.incident(rina, "one", "MED-01")
    room.incident(rina, "two", "MED-01")
    budi.done("unit.start_duty", unit="AMB01")
    budi.done("assignment.assign", incident="i-one", unit="AMB01", agency="dinkes")
    assert send(crew, "i-two", jpeg())[0] == 404
    assert send(crew, "i-nobody", jpeg())[0] == 404
    status, refusal = send(crew, "i-one", PROGRAM)
    assert (status, refusal["reason"]) == (415, "not_a_picture")
    assert send(crew, "i-one", bytes(BYTES_MAX + 1))[0] == 413

    status, taken = send(crew, "i-one", jpeg(more=HIDDEN))
    assert status == 200, taken
    (event,) = [
        one.event
        for one in room.store.load("incident:i-one")
        if isinstance(one.event, PhotoAttached)
    ]
    assert (event.photo, event.width, event.height) == (taken["photo"], 2, 3)
    (file,) = room.recordings.iterdir()
    assert b"JFIF" not in file.read_bytes()
    row = room.store.find_row("incident", "i-one")
    assert row is not None
    assert isinstance(row.row, IncidentRow)
    (photo,) = row.row.photos
    assert photo.agent_name == "Amb01"

    url = f"/api/incidents/i-one/photos/{taken['photo']}"
    for viewer in (budi, crew, room.person("dinkes")):
        shown = viewer.get(url)
        assert shown.status_code == 200
        assert (shown.headers["content-type"], shown.headers["cache-control"]) == (
            "image/jpeg",
            "no-store",
        )
        assert shown.content == clean(jpeg()).content
    looked = f"photo:i-one/{taken['photo']}"
    until(lambda: sum(one.what == looked for one in room.store.accounts.accesses()) == 3)
    for stranger in ("damkar", "eva", "admin"):
        assert room.person(stranger).get(url).status_code in (403, 404)
    assert budi.get("/api/incidents/i-one/photos/unknown").status_code == 404
    room.store.recording_keys.erase(
        one.id for one in room.store.recording_keys.of_call("photo:i-one")
    )
    assert budi.get(url).status_code == 410


def test_a_picture_sent_again_after_a_lost_answer_is_one_picture(room: Room) -> None:
    """Under the device's own id; nobody else's session gives it; a refused one leaves nothing."""
    rina, budi, crew = (room.person(name) for name in ("rina", "budi", "amb01"))
    room.incident(rina, "one", "MED-01")
    budi.done("unit.start_duty", unit="AMB01")
    budi.done("assignment.assign", incident="i-one", unit="AMB01", agency="dinkes")
    url = "/api/incidents/i-one/photos"
    whose = {"id": "8f14e45f-ceea-467f-a0e6-5f3c1f0a9b11", "agent": crew.me["agent"]["id"]}
    headers = {**crew.headers, "Content-Type": "image/jpeg"}
    answers = [
        crew.client.post(url, params=whose, content=jpeg(), headers=headers) for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    row = room.store.find_row("incident", "i-one")
    assert row is not None
    assert isinstance(row.row, IncidentRow)
    assert [one.photo for one in row.row.photos] == [answers[0].json()["photo"]]
    assert len(list(room.recordings.iterdir())) == 1
    keys = room.store.recording_keys.of_call("photo:i-one")
    assert sum(key.sealed is not None for key in keys) == 1
    assert budi.get(f"{url}/{row.row.photos[0].photo}").status_code == 200

    other = crew.client.post(
        url, params={**whose, "agent": "somebody"}, content=jpeg(), headers=headers
    )
    assert (other.status_code, other.json()["reason"]) == (401, "signed_in_as_other")
    bad = crew.client.post(url, params={"id": "../x#"}, content=jpeg(), headers=headers)
    assert bad.status_code == 400


def test_an_upload_of_200_mb_is_refused_and_the_centre_goes_on(room: Room) -> None:
    """By the length it says, or after 3 MB of one that says none; nothing of it is kept."""
    rina, budi, crew = (room.person(name) for name in ("rina", "budi", "amb01"))
    room.incident(rina, "one", "MED-01")
    budi.done("unit.start_duty", unit="AMB01")
    budi.done("assignment.assign", incident="i-one", unit="AMB01", agency="dinkes")

    def pieces() -> Iterator[bytes]:
        yield jpeg()[:-2]
        for _ in range(200):
            yield bytes(1_000_000)

    for said in ({"Content-Length": str(200_000_000 + len(jpeg()) - 2)}, {}):
        headers = {**crew.headers, "Content-Type": "image/jpeg", **said}
        try:
            url = "/api/incidents/i-one/photos"
            answer = crew.client.post(url, content=pieces(), headers=headers)
        except httpx.TransportError:
            continue  # the server hung up in the middle of it: refused as well
        assert answer.status_code == 413
    assert list(room.recordings.iterdir()) == []
    assert send(crew, "i-one", jpeg())[0] == 200
