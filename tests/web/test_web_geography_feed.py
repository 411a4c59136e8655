"""What the geography is told of the record, and what the room is told of the geography."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs
from web_people import PACK, PLANS
from web_room import Room, text_of, until

from kentongan.core.rows import AliasRow
from kentongan.edge.geo.served.straight import StraightGeography
from kentongan.edge.web import geography_feed

POINT = {"type": "Point", "coordinates": [110.4229, -6.9906]}


@pytest.fixture
def told() -> StraightGeography:
    """A geography that remembers what it was told."""
    return StraightGeography(PACK, PLANS.time_zone_offset)


@pytest.fixture
def room(tmp_path: Path, told: StraightGeography) -> Iterator[Room]:
    """A room that tells it."""
    room = Room(tmp_path)
    room.given = structs.replace(room.given, geography=told)
    room.start()
    yield room
    room.close()


def test_a_closure_is_told_with_its_position_until_after_it_was_lifted(
    room: Room, told: StraightGeography
) -> None:
    """Whole at every change, later words with a later number, the lifting too."""
    budi = room.person("budi")
    shut = {"geometry": POINT, "reason": "accident", "label": text_of("Simpang Lima")}
    budi.done("closure.close", closure="c1", **shut)
    until(lambda: [one.id for one in told.closures] == ["c1"])
    (first,) = told.closures
    assert (first.geometry["type"], list(first.geometry["coordinates"])) == (
        "Point",
        POINT["coordinates"],
    )
    budi.done("closure.close", closure="c2", **shut)
    until(lambda: {one.id for one in told.closures} == {"c1", "c2"})
    budi.done("closure.lift", closure="c1")
    until(lambda: any(one.lifted for one in told.closures))
    by_id = {one.id: one for one in told.closures}
    assert (by_id["c1"].lifted, by_id["c2"].lifted) == (True, False)
    assert first.seq < by_id["c2"].seq < by_id["c1"].seq


def test_an_alias_is_told_in_its_words_and_what_became_of_it(
    room: Room, told: StraightGeography
) -> None:
    """Personal text is opened for the search; reviewed and undone are told."""
    sari = room.person("sari")
    for key, words in (("a1", "warung bu tini"), ("a2", "gang kelinci")):
        sari.done(
            "alias.add",
            alias=key,
            phrases=[text_of(words)],
            label=text_of(words.title()),
            point={"lat": -6.99, "lon": 110.42},
        )
    until(lambda: [one.phrases for one in told.aliases] == [("warung bu tini",), ("gang kelinci",)])
    assert [one.label for one in told.aliases] == ["Warung Bu Tini", "Gang Kelinci"]
    sari.done("alias.review", alias="a1", accepted=True)
    until(lambda: told.aliases[0].reviewed)
    sari.done("alias.undo", alias="a2")
    until(lambda: told.aliases[1].ended)
    assert not told.aliases[0].ended


def test_health_says_for_how_long_the_roads_have_not_answered(room: Room) -> None:
    """For who looks after the room; nobody else learns it."""
    sari = room.person("sari")
    until(lambda: sari.get("/api/health").json()["geography"]["not_ready_s"] is not None)
    room.clock.ahead += timedelta(minutes=5)
    shown = sari.get("/api/health").json()["geography"]
    assert shown["city"]["state"] == "away"
    assert 300 <= shown["not_ready_s"] < 400


def test_an_erasure_reaches_the_search(
    room: Room, told: StraightGeography, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words that were erased are told no more at the next reading; the alias has ended there."""
    monkeypatch.setattr(geography_feed, "LOOKS_BETWEEN", 1)
    sari = room.person("sari")
    sari.done(
        "alias.add",
        alias="a1",
        phrases=[text_of("warung bu tini")],
        label=text_of("Warung Bu Tini"),
        point={"lat": -6.99, "lon": 110.42},
    )
    until(lambda: bool(told.aliases))
    (held,) = [held.row for held in room.store.rows("alias")]
    assert isinstance(held, AliasRow)
    refs = [one.ref for one in (*held.phrases, held.label) if one is not None and one.ref]
    assert room.store.erase_texts(refs) == 2
    room.clock.ahead += timedelta(minutes=11)
    until(lambda: told.aliases[0].ended)
    assert told.aliases[0].phrases == ()
