"""Files: pages, hashed assets, what is not built, and what lies outside."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from web_room import Room

from kentongan import __version__
from kentongan.edge.web.schema import document

WIRE = Path(__file__).parents[2] / "web" / "wire" / "openapi.json"


@pytest.fixture(scope="module")
def built(hall: Room) -> Room:
    """A room with a built front end."""
    (hall.static / "index.html").write_text("<p>masuk")
    (hall.static / "konsol.html").write_text("<p>konsol")
    (hall.static / "assets").mkdir()
    (hall.static / "assets" / "app-abc.js").write_text("let x")
    (hall.folder / "secret.txt").write_text("secret")
    return hall


def test_pages_are_asked_again_and_assets_kept_for_ever(built: Room) -> None:
    """A new version arrives with the next page; its assets have new names."""
    browser = built.browser()
    assert browser.get("/").text == "<p>masuk"
    assert browser.get("/konsol").headers["cache-control"] == "no-cache"
    asset = browser.get("/assets/app-abc.js")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-type"].startswith("text/javascript")


def test_a_page_that_is_not_built_says_so(built: Room) -> None:
    """The API goes on; the page tells what to do, in both languages."""
    response = built.browser().get("/lapangan")
    assert response.status_code == 503
    assert "belum dibangun" in response.text
    assert "not built" in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/assets/%00",
    ],
)
def test_nothing_outside_the_folder_is_given(built: Room, path: str) -> None:
    """However the way up is written."""
    import http.client

    link = http.client.HTTPConnection("127.0.0.1", built.port, timeout=5)
    link.request("GET", path)
    response = link.getresponse()
    assert response.status == 404
    assert b"secret" not in response.read()


def test_an_unknown_address_is_404_with_words(built: Room) -> None:
    """Also below /api."""
    for path in ("/nothing", "/api/nothing"):
        response = built.browser().get(path)
        assert response.status_code == 404
        assert response.json()["message"]["id"] == "Tidak ditemukan."


def test_plans_come_once_and_then_as_304(built: Room) -> None:
    """The document is large; its ETag names exactly these bytes."""
    person = built.person("rina")
    first = person.get("/api/plans")
    assert {"categories", "protocols", "hospitals", "desks"} <= set(first.json())
    headers = {"If-None-Match": first.headers["etag"]}
    assert person.client.get("/api/plans", headers=headers).status_code == 304


def test_a_desks_telephone_is_told_in_the_room_alone(room: Room) -> None:
    """Whoever rings it rings past 112; each gets bytes, and an ETag, of their own."""
    city = room.parts.city
    desks = tuple(replace(desk, phone="201") for desk in city.pack.desks)
    city.pack = replace(city.pack, desks=desks)

    def told(name: str) -> tuple[set[str], str]:
        answer = room.person(name).get("/api/plans")
        return {desk["phone"] for desk in answer.json()["desks"]}, answer.headers["etag"]

    (rina, room_tag), (crew, other_tag) = told("rina"), told("amb01")
    assert (rina, crew) == ({"201"}, {""})
    assert room_tag != other_tag


def test_places_and_natures_answer_while_typing(built: Room) -> None:
    """A few letters are enough; a long text costs nothing."""
    person = built.person("rina")
    found = person.post("/api/places", {"q": "simpang lima"}).json()
    assert (found["proposals"][0]["label"], found["notices"]) == ("Simpang Lima", [])
    near = person.post("/api/places", {"q": "pasar", "near": {"lat": -6.98, "lon": 110.42}}).json()
    assert near["proposals"][0]["distance_m"] is not None
    for near in ({"lat": "x", "lon": 1}, {"lat": 110.4, "lon": -7.0}):
        assert person.post("/api/places", {"q": "pasar", "near": near}).status_code == 400
    assert person.post("/api/natures", {"q": "omahku kobong"}).json()[0]["danger"] is True
    cut = person.post("/api/places", {"q": "jalan " * 3_000})
    assert (cut.status_code, cut.json()["notices"][-1]["what"]) == (200, "cut")
    (twice,) = person.post("/api/places", {"q": "purwosari"}).json()["notices"]
    assert (twice["what"], len(twice["words"])) == ("name_twice", 2)
    assert built.person("dinkes").post("/api/places", {"q": "simpang lima"}).status_code == 403


def test_the_described_api_is_the_one_in_the_front_end() -> None:
    """`python -m kentongan.edge.web.schema` was run after the last change of a type."""
    assert msgspec.json.decode(WIRE.read_bytes()) == msgspec.json.decode(
        msgspec.json.encode(document(__version__))
    )


def test_the_description_is_whole(built: Room) -> None:
    """Every reference leads to a type; commands, rows and frames are in it."""
    text = built.browser().get("/schema/openapi.json").text
    schemas = msgspec.json.decode(text)["components"]["schemas"]
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(schemas)
    assert {"AssignUnit", "IncidentRow", "RowsFrame", "ShownText", "Frame"} <= set(schemas)
    assert "ref" not in schemas["ShownText"]["properties"]
