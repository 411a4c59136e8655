"""A crime nobody outside may know of: not a byte of it on any way out of the server.

A kidnapping is reported beside the scene of a heart attack. The officer of the health agency and
the ambulance's crew work on the heart attack; every address and the live picture are searched for
anything that comes from the other incident.
"""

import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from web_people import PASSWORD
from web_room import Person, Room, rows_of, text_of, until

from kentongan.core.commands import KeepRecording, OfferCall
from kentongan.core.words import CallId, personal

CRIME = ("Wulandari", "085712349999", "penculikan Zulaikha", "Jalan crime", "rahasyia")
"""Words that exist only in the hidden incident."""

HIDDEN = ("i-crime", "r-crime", "call-crime", *CRIME)
OPEN = "i-heart"


@pytest.fixture(scope="module")
def scene(hall: Room) -> tuple[Room, dict[str, Person]]:
    """Both incidents, and one person of each kind outside the room."""
    rina, budi = hall.person("rina"), hall.person("budi")
    call = CallId("call-crime")
    hall.system(
        OfferCall(call=call, line="112", dialled="112", trunk="t", number=personal("085712349999"))
    )
    kept = {"segment": "crime-1.rec", "sha256": "0" * 64, "seconds": 3.0, "bytes": 4}
    hall.system(KeepRecording(call=call, **kept))  # pyright: ignore[reportArgumentType]
    crime = {"name": "Wulandari", "number": "085712349999", "complaint": "penculikan Zulaikha"}
    hall.incident(rina, "crime", "KRM-07", **crime)
    rina.done("incident.add_note", incident="i-crime", text=text_of("catatan rahasyia"))
    heart = {"name": "Sri Wahyuni", "number": "081303131148", "complaint": "bapak pingsan"}
    hall.incident(rina, "heart", "MED-01", **heart)
    budi.done("task.task", incident=OPEN, agency="dinkes", lead=True)
    budi.done("task.task", incident="i-crime", agency="polisi")
    budi.done("assignment.assign", incident=OPEN, unit="AMB01", agency="dinkes")
    until(lambda: hall.parts.live.seq == hall.store.last_position())
    outside = {name: hall.person(name) for name in ("dinkes", "amb01", "eva", "admin")}
    return hall, outside


def is_clean(text: str, *, seen: tuple[str, ...] = ()) -> None:
    """Nothing of the hidden incident is in it."""
    for word in HIDDEN:
        assert word in seen or word not in text, word


def test_the_room_itself_sees_it(scene: tuple[Room, dict[str, Person]]) -> None:
    """The words are there to be leaked: otherwise the tests below would prove nothing."""
    hall, _ = scene
    with hall.person("rina").screen() as screen:
        text = json.dumps(screen.frame())
    assert [word for word in HIDDEN if word not in text] == []


@pytest.mark.parametrize("name", ["dinkes", "amb01", "admin"])
def test_the_live_picture(scene: tuple[Room, dict[str, Person]], name: str) -> None:
    """Snapshot, resume and row frames."""
    hall, outside = scene
    rina = hall.person("rina")
    with outside[name].screen() as screen:
        snapshot = screen.frame()
        is_clean(json.dumps(snapshot))
        rina.done("incident.add_note", incident="i-crime", text=text_of("rahasyia lagi"))
        rina.done("incident.add_note", incident=OPEN, text=text_of(f"untuk {name}"))
        frames = screen.until_seq(hall.store.last_position())
    is_clean(json.dumps(frames))
    knows = name != "admin"
    assert (OPEN in json.dumps(frames)) is knows
    with outside[name].screen(since=snapshot["seq"]) as screen:
        is_clean(json.dumps(screen.frame()))


def test_numbers_are_masked_outside_the_room(scene: tuple[Room, dict[str, Person]]) -> None:
    """Officer and crew see who reported, not what to dial; the call itself is not theirs."""
    _, outside = scene
    for name in ("dinkes", "amb01"):
        with outside[name].screen() as screen:
            rows = list(rows_of([screen.frame()]))
        report = next(row for row in rows if row["key"] == "r-heart")
        assert report["number"] == {"masked": "0813-xxxx-1148"}
        assert report["name"] == {"text": "Sri Wahyuni"}
        assert not {row["kind"] for row in rows} & {"call", "desk"}
        assert "081303131148" not in json.dumps(rows)


def test_a_crew_has_nothing_before_and_its_incident_after(room: Room) -> None:
    """A row appears by another row's change, and vanishes with it."""
    rina, budi, crew = room.person("rina"), room.person("budi"), room.person("amb01")
    room.incident(rina, "turn", "MED-01")
    budi.done("task.task", incident="i-turn", agency="dinkes", lead=True)
    until(lambda: room.parts.live.seq == room.store.last_position())
    with crew.screen() as screen:
        assert "i-turn" not in json.dumps(screen.frame())
        budi.done("assignment.assign", incident="i-turn", unit="AMB01", agency="dinkes")
        frames = screen.until_seq(room.store.last_position())
        keys = {row["key"] for row in rows_of(frames)}
        assert {"i-turn", "r-turn", "AMB01"} <= keys
        middle = frames[-1]["seq"]
        budi.done("assignment.release", incident="i-turn", unit="AMB01", reason="salah")
        for _ in range(2):
            room.clock.ahead += timedelta(minutes=70)
            assert budi.get("/api/session").status_code == 200
            for _ in range(4):
                screen.until(lambda frame: frame["k"] == "positions")
        room.parts.live._sweep(room.clock())
        room.report(budi, "bell")
        gone = list(rows_of(screen.until_seq(room.store.last_position())))
        assert {row["key"] for row in gone if row.get("gone")} >= {"i-turn", "r-turn"}
    with room.person("amb01").screen(since=middle) as screen:
        resumed = screen.frame()
        assert {"i-turn", "r-turn"} <= {row["key"] for row in resumed["rows"] if row.get("gone")}


OUTSIDE = ("dinkes", "amb01", "eva", "admin")
STATUS = {
    "/api/incidents/i-crime/timeline": (404, 404, 200, 403),
    "/api/incidents/i-crime/recommendation": (403, 403, 403, 403),
    "/api/incidents/i-crime/duplicates": (403, 403, 403, 403),
    f"/api/incidents/{OPEN}/duplicates": (403, 403, 403, 403),
    f"/api/incidents/{OPEN}/recommendation": (403, 403, 403, 403),
    f"/api/incidents/{OPEN}/timeline": (200, 200, 200, 403),
    "/api/calls/call-crime/history": (403, 403, 403, 403),
    "/api/calls/call-crime/texts": (403, 403, 403, 403),
    "/api/calls/call-crime/recordings": (403, 403, 200, 403),
    "/api/recordings/anything": (403, 403, 410, 403),
    "/api/plans": (200, 200, 200, 200),
    "/api/health": (200, 200, 200, 200),
}
"""What each of `OUTSIDE` is answered."""


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("path", STATUS)
def test_every_reading_address(scene: tuple[Room, dict[str, Person]], name: str, path: str) -> None:
    """What is hidden is refused or not found; what is shared carries nothing of it.

    An evaluator sees that the other incident is there, by its keys, and of it no word of a person,
    no point on the map and nobody's name.
    """
    hall, outside = scene
    response = outside[name].get(path)
    assert response.status_code == STATUS[path][OUTSIDE.index(name)], response.text
    is_evaluators = name == "eva" and path == "/api/incidents/i-crime/timeline"
    is_list = name == "eva" and path.endswith("/recordings")
    seen = ("crime-1.rec",) if is_list else ("i-crime", "r-crime") if is_evaluators else ()
    is_clean(response.text, seen=seen)
    if is_evaluators:
        full = hall.person("sari").get(path).text
        for word in ("110.42", "Rina", "Budi"):
            assert word in full
            assert word not in response.text


@pytest.mark.parametrize("name", ["dinkes", "amb01", "eva", "admin"])
def test_asking_for_the_hidden_and_for_nothing_is_the_same(
    scene: tuple[Room, dict[str, Person]], name: str
) -> None:
    """404 or 403 alike: the answer does not tell that there is something."""
    _, outside = scene
    if name == "eva":
        pytest.skip("an evaluator sees every incident, without persons")
    hidden = outside[name].get("/api/incidents/i-crime/timeline")
    nothing = outside[name].get("/api/incidents/i-nothing/timeline")
    assert _comparable(hidden) == _comparable(nothing)


@pytest.mark.parametrize("name", ["dinkes", "amb01"])
@pytest.mark.parametrize(
    "word", ["Wulandari", "085712349999", "9999", "crime", "rahasyia", "Zulaikha"]
)
def test_search(scene: tuple[Room, dict[str, Person]], name: str, word: str) -> None:
    """No word of it finds anything."""
    _, outside = scene
    response = outside[name].post("/api/search", {"q": word})
    assert response.status_code == 200
    is_clean(response.text)


def test_masked_digits_cannot_be_searched_for(scene: tuple[Room, dict[str, Person]]) -> None:
    """Guessing digits would unmask the number one by one."""
    hall, outside = scene
    assert hall.person("rina").post("/api/search", {"q": "03131"}).json()
    assert outside["dinkes"].post("/api/search", {"q": "03131"}).json() == []


def test_the_timeline_of_a_shared_incident(scene: tuple[Room, dict[str, Person]]) -> None:
    """An officer reads what happened, with a masked number; an evaluator without persons."""
    hall, outside = scene
    path = f"/api/incidents/{OPEN}/timeline"
    full = hall.person("budi").get(path)
    officer, evaluator = outside["dinkes"].get(path), outside["eva"].get(path)
    assert "081303131148" in full.text
    assert "assignment.assigned" in officer.text
    assert "0813-xxxx-1148" in officer.text
    for response in (officer, evaluator):
        assert "081303131148" not in response.text
    for word in ("Sri Wahyuni", "bapak pingsan", "Jalan heart"):
        assert word in full.text
        assert word not in evaluator.text


def test_duplicates_are_for_the_room(scene: tuple[Room, dict[str, Person]]) -> None:
    """The room sees that two incidents are near each other; nobody else may ask."""
    hall, outside = scene
    found = hall.person("rina").get(f"/api/incidents/{OPEN}/duplicates").json()
    assert any(one["incident"] == "i-crime" for one in found)
    for person in outside.values():
        assert person.get(f"/api/incidents/{OPEN}/duplicates").status_code == 403


def test_history_compares_opened_numbers(scene: tuple[Room, dict[str, Person]]) -> None:
    """Earlier calls of the same number, whatever their sealed references."""
    hall, _ = scene
    for key in ("call-a", "call-b"):
        offer = OfferCall(
            call=CallId(key), line="112", dialled="112", trunk="t", number=personal("0811222333")
        )
        hall.system(offer)
    until(lambda: hall.parts.live.seq == hall.store.last_position())
    found = hall.person("rina").get("/api/calls/call-b/history").json()
    assert [one["call"] for one in found] == ["call-a"]


def test_the_evaluation_has_no_persons(scene: tuple[Room, dict[str, Person]]) -> None:
    """Figures only; the dispatcher's console does not ask for them."""
    hall, outside = scene
    span = {"from": "2020-01-01T00:00:00Z", "to": "2029-01-01T00:00:00Z"}
    response = outside["eva"].get("/api/evaluation", **span)
    assert response.status_code == 200
    is_clean(response.text)
    assert hall.person("budi").get("/api/evaluation", **span).status_code == 403
    assert outside["dinkes"].get("/api/evaluation", **span).status_code == 403
    turned = {"from": span["to"], "to": span["from"]}
    assert outside["eva"].get("/api/evaluation", **turned).status_code == 400


def test_refusals_name_no_hidden_incident(scene: tuple[Room, dict[str, Person]]) -> None:
    """A command to what one may not see tells no more than that one may not."""
    _, outside = scene
    for name in ("dinkes", "amb01", "eva", "admin"):
        response = outside[name].command(
            "incident.add_note", incident="i-crime", text=text_of("halo")
        )
        assert response.status_code == 403
        is_clean(response.text)


def test_refusals_do_not_tell_closed_from_missing(room: Room) -> None:
    """A correction or a hand-over on a foreign incident: the same answer, were there none."""
    rina, budi = room.person("rina"), room.person("budi")
    room.incident(rina, "over", "KRM-07")
    budi.done("incident.close", incident="i-over", outcome="resolved")
    tap = {"unit": "AMB01", "progress": "departed", "correction": True}
    over = {"agency": "dinkes", "to": "polisi", "reason": "nearer"}
    for name, type_, fields in (
        ("amb01", "assignment.progress", tap),
        ("dinkes", "assignment.progress", tap),
        ("dinkes", "task.hand_over", over),
    ):
        person = room.person(name)
        closed = person.command(type_, incident="i-over", **fields)
        nothing = person.command(type_, incident="i-nowhere", **fields)
        assert (closed.status_code, closed.text) == (403, nothing.text)
        assert nothing.status_code == 403


def test_passwords_and_keys_are_nowhere(scene: tuple[Room, dict[str, Person]]) -> None:
    """Neither in the files of the server nor in what it logs."""
    hall, _ = scene
    for path in Path(hall.folder).rglob("*"):
        if path.is_file():
            assert PASSWORD.encode() not in path.read_bytes()


def _comparable(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.text
