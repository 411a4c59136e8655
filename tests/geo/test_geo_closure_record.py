"""`city export-closures` and `city import --closures`: the record's closures, out and in."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from osm_files import SOUTH, STEP, WEST, write_town

from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.app.register import register
from kentongan.cities.facts import Point
from kentongan.cities.pack import load, packaged
from kentongan.core.commands import AddAlias, AnyCommand, CloseRoads, Envelope, LiftClosure
from kentongan.core.rows import ClosureRow
from kentongan.core.shapes import PointShape
from kentongan.core.words import Agent, AgentId, AliasId, ClosureId, CommandId, Personal, Role
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.main import main
from kentongan.serve.closure_features import read_features
from kentongan.serve.geo_closures import close, look_at
from kentongan.serve.wiring import utc_now
from kentongan.settings import load_settings
from kentongan.store.accounts import Account
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

ON_A_STREET = (WEST + 2.5 * STEP, SOUTH + 2 * STEP)
NO_ROAD = (WEST - 0.08, SOUTH - 0.07)
PLANS = plans_of(load(packaged()))
BUDI = Agent(id=AgentId("budi"), name="Budi", roles=(Role.DISPATCHER,))

Run = Callable[..., int]


PARTIAL = {"import": ("--partial",)}
"""The towns that these tests import are no whole city."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`kentongan city …` with a state folder of its own, cities included."""
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("KENTONGAN_GEO_DIR", raising=False)
    monkeypatch.delenv("KENTONGAN_STORE", raising=False)
    return lambda *words: main(["city", *map(str, words), *PARTIAL.get(str(words[0]), ())])


@pytest.fixture
def centre(run: Run, tmp_path: Path) -> Path:
    """The record of a centre where a dispatcher and an evaluator may sign in; its address."""
    del run
    (tmp_path / "state").mkdir()
    store = opened(tmp_path)
    register(store, PLANS, load(packaged()), utc_now())
    for name, role in (("budi", Role.DISPATCHER), ("eva", Role.EVALUATOR)):
        store.accounts.put(Account(id=AgentId(name), name=name, password_hash="-", roles=(role,)))
    store.close()
    return tmp_path


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town as a file."""
    return write_town(tmp_path_factory.mktemp("town") / "town.osm.pbf")


def opened(folder: Path) -> WholeStore:
    """The record in that folder."""
    return open_store(f"sqlite:{folder / 'state' / 'kentongan.db'}")


def done(folder: Path, *commands: AnyCommand) -> None:
    """The dispatcher's commands."""
    store = opened(folder)
    for command in commands:
        number = store.last_position()
        envelope = Envelope(id=CommandId(f"c{number}"), agent=BUDI, command=command)
        handle(store, PLANS, envelope, utc_now())
    store.close()


def flood(key: str, **more: Any) -> CloseRoads:
    """Forty centimetres of water on a street of the town."""
    facts: dict[str, Any] = {
        "geometry": PointShape(ON_A_STREET),
        "reason": "di depan rumah Bu Sri",
        "label": Personal(text="gang Bu Sri"),
        "depth_cm": 40,
        "direction": "forward",
        "way": 4711,
        "factors": {"fire_engine": 2.5},
    }
    return CloseRoads(closure=ClosureId(key), **{**facts, **more})


def rows(folder: Path) -> dict[str, ClosureRow]:
    """The closures on record."""
    store = opened(folder)
    found = [one.row for one in store.rows("closure")]
    store.close()
    return {row.key: row for row in found if isinstance(row, ClosureRow)}


def file_of(path: Path, *features: dict[str, Any]) -> Path:
    """A file with these properties, all drawn on a street."""
    drawing = {"type": "Point", "coordinates": ON_A_STREET}
    content = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": one, "geometry": one.pop("geometry", drawing)}
            for one in features
        ],
    }
    path.write_text(json.dumps(content))
    return path


def test_what_is_in_force_comes_out_without_words(
    centre: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """A flood is there with every field but people's words; what was lifted or is over is not."""
    until_at = utc_now() + timedelta(hours=3)
    done(centre, flood("k1", until_at=until_at), flood("k2"), LiftClosure(closure=ClosureId("k2")))
    assert run("export-closures") == 0
    told = capsys.readouterr()
    (feature,) = json.loads(told.out)["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": list(ON_A_STREET)}
    assert feature["properties"] == {
        "id": "k1",
        "reason": "text",
        "way": 4711,
        "factors": {"fire_engine": 2.5},
        "depth_cm": 40,
        "direction": "forward",
        "from_at": None,
        "until_at": until_at.isoformat().replace("+00:00", "Z"),
    }
    assert "1 closures in force" in told.err


def test_words_go_out_by_name_and_on_record(
    centre: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who took them out is logged; who may not read them on a screen does not get them here."""
    done(centre, flood("k1"))
    out = centre / "out.geojson"
    assert run("export-closures", "--with-words") == 2
    assert run("export-closures", "--with-words", "--as", "eva", "--out", out) == 1
    assert run("export-closures", "--with-words", "--as", "nobody", "--out", out) == 1
    assert "may not read" in capsys.readouterr().err
    assert not out.exists()
    assert run("export-closures", "--with-words", "--as", "budi", "--out", out) == 0
    (feature,) = json.loads(out.read_text())["features"]
    assert feature["properties"]["label"] == "gang Bu Sri"
    assert feature["properties"]["reason_text"] == "di depan rumah Bu Sri"
    row = rows(centre)["k1"]
    store = opened(centre)
    logged = store.accounts.accesses(limit=10)
    store.close()
    assert row.label is not None
    assert row.reason_text is not None
    assert {(one.viewer, one.what) for one in logged} == {
        ("budi", row.label.ref),
        ("budi", row.reason_text.ref),
    }


def test_local_names_are_found_by_whoever_may_read_them(
    centre: Path, town: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """At a terminal as on a screen, and the reading stands in the log; without an account, or for
    one that may not, no word of them."""
    assert run("import", town) == 0
    words = Personal(text="warung Bu Tini")
    done(
        centre,
        AddAlias(alias=AliasId("a1"), phrases=(words,), label=words, point=Point(-6.99, 110.4)),
    )
    capsys.readouterr()
    assert main(["geocode", "warung bu tini", "--as", "budi", "--limit", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["label"], found["source"]) == ("warung Bu Tini", ["alias"])
    main(["geocode", "warung bu tini"])
    assert "Bu Tini" not in capsys.readouterr().out
    for who, why in (("eva", "may not read"), ("nobody", "nobody may sign in as nobody")):
        assert main(["geocode", "warung bu tini", "--as", who]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert why in told.err
    store = opened(centre)
    logged = store.accounts.accesses()
    store.close()
    assert {(str(one.viewer), one.reason) for one in logged} == {("budi", "places")}


def test_no_record_is_told_and_none_is_made(
    run: Run, tmp_path: Path, town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An export of nothing would look like an open city. An import needs no record."""
    assert run("export-closures") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "there is no record" in told.err
    given = file_of(tmp_path / "in.geojson", {"id": "k1", "reason": "flood"})
    assert run("import", town, "--closures", given, "--as", "budi") == 1
    assert not (tmp_path / "state" / "kentongan.db").exists()
    assert run("import", town) == 0
    assert "closed roads" not in capsys.readouterr().out


def test_an_import_tells_how_the_records_closures_fare(
    centre: Path, run: Run, town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that find roads are counted, those that do not are named."""
    done(centre, flood("k1"), flood("k2", geometry=PointShape(NO_ROAD)))
    assert run("import", town) == 0
    told = capsys.readouterr().out
    assert "closed roads: 2 in force, 1 find roads here (0 by their OSM way), 1 do not" in told
    assert "close no road of this map: k2" in told


def test_a_file_closes_once_and_what_was_lifted_stays_open(
    centre: Path, run: Run, town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same file again changes nothing, not even after the roads were opened again."""
    done(centre, flood("old"))
    given = centre / "in.geojson"
    assert run("export-closures", "--out", given) == 0
    content = json.loads(given.read_text())
    content["features"] += json.loads(
        file_of(
            centre / "new.geojson",
            {"id": "k1", "reason": "flood", "depth_cm": 25, "label": "Kaligawe"},
            {"id": "k2", "reason": "pohon tumbang di Kaligawe"},
        ).read_text()
    )["features"]
    given.write_text(json.dumps(content))
    assert run("import", town, "--closures", given, "--as", "budi") == 0
    told = capsys.readouterr().out
    assert "closed roads: 3 in force" in told
    assert "of the file: 2 closed now, 1 on record before" in told
    row = rows(centre)["k1"]
    assert (row.reason, row.depth_cm, row.closed_by) == ("flood", 25, "budi")
    done(centre, LiftClosure(closure=ClosureId("k2")))
    store = opened(centre)
    before = store.last_position()
    store.close()
    assert run("import", town, "--closures", given, "--as", "budi") == 0
    told = capsys.readouterr().out
    assert "0 closed now, 3 on record before" in told
    assert "lifted since, and left open: k2" in told
    assert "closed roads: 2 in force" in told
    store = opened(centre)
    assert store.last_position() == before
    store.close()


@pytest.mark.parametrize(
    ("wrong", "field", "told"),
    [
        ({"id": "b", "reason": "flood", "dept_cm": 3}, "properties", "dept_cm"),
        ({"id": "b", "reason": "flood", "depth_cm": "3"}, "properties.depth_cm", "int"),
        ({"id": "b", "reason": "flood", "depth_cm": -1}, "properties.depth_cm", "depth_unreadable"),
        ({"id": "b", "reason": " "}, "properties.reason", "closure_reason_missing"),
        ({"id": "b c", "reason": "flood"}, "properties.id", "key_unreadable"),
        ({"id": "b", "reason": "flood", "label": "\ud800"}, "properties", "surrogates"),
        (
            {"id": "b", "reason": "flood", "factors": {"balloon": 0}},
            "properties.factors",
            "balloon",
        ),
        (
            {"id": "b", "reason": "flood", "until_at": "2020-01-01T00:00:00Z"},
            "properties.until_at",
            "closure_over",
        ),
        (
            {"id": "b", "reason": "flood", "geometry": {"type": "Circle", "coordinates": []}},
            "geometry",
            "Circle",
        ),
        (
            {
                "id": "b",
                "reason": "flood",
                "geometry": {"type": "Point", "coordinates": [SOUTH, WEST]},
            },
            "geometry",
            "shape_swapped",
        ),
        ({"id": "a", "reason": "flood"}, "properties.id", "a second time"),
        ({"id": "old", "reason": "accident"}, "properties.id", "closure_exists"),
    ],
)
def test_one_bad_feature_and_nothing_is_done(
    centre: Path,
    run: Run,
    town: Path,
    capsys: pytest.CaptureFixture[str],
    wrong: dict[str, Any],
    field: str,
    told: str,
) -> None:
    """Its number and field are told; no road is closed, and the map stays."""
    done(centre, flood("old"))
    given = file_of(centre / "in.geojson", {"id": "a", "reason": "flood"}, dict(wrong))
    assert run("import", town, "--closures", given, "--as", "budi", "--json") == 1
    refused = json.loads(capsys.readouterr().out.splitlines()[-1])["refused"]
    assert refused["file"] == "in.geojson"
    assert refused["field"].startswith(f"features[1].{field}")
    assert told in refused["text"]
    assert set(rows(centre)) == {"old"}
    assert not (centre / "state" / "cities").exists()


@pytest.mark.parametrize("kind", ["Nope", "Feature", None])
def test_only_a_collection_of_features_is_taken(tmp_path: Path, kind: str | None) -> None:
    """Whatever else stands in it: a file of another kind closes nothing."""
    given = file_of(tmp_path / "in.geojson", {"id": "a", "reason": "flood"})
    assert [one.id for one in read_features(given)] == ["a"]
    given.write_text(json.dumps({**json.loads(given.read_text()), "type": kind}))
    with pytest.raises(ImportRefused, match="FeatureCollection") as refused:
        read_features(given)
    assert refused.value.field == "type"


def test_only_who_may_close_roads_brings_a_file(
    centre: Path, run: Run, town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An account is named, it has the right, and the city is the centre's own."""
    given = file_of(centre / "in.geojson", {"id": "a", "reason": "flood"})
    assert run("import", town, "--closures", given) == 2
    assert run("import", town, "--closures", given, "--as", "eva") == 1
    assert "--as: not_permitted" in capsys.readouterr().err
    other = ("--pack", "porto_alegre", "--as", "budi")
    assert run("import", town, "--closures", given, *other) == 1
    assert rows(centre) == {}


def test_a_refused_import_closes_nothing(centre: Path, run: Run) -> None:
    """The closures come after the map."""
    broken = centre / "broken.osm.pbf"
    broken.write_bytes(b"")
    given = file_of(centre / "in.geojson", {"id": "a", "reason": "flood"})
    assert run("import", broken, "--closures", given, "--as", "budi") == 1
    assert rows(centre) == {}


def test_a_record_that_changes_meanwhile_is_told(centre: Path) -> None:
    """Somebody closes other roads under the second id after the look: one is on record, and the
    file can be brought again for the rest."""
    given = file_of(
        centre / "in.geojson", {"id": "a", "reason": "flood"}, {"id": "b", "reason": "flood"}
    )
    settings, pack = load_settings(None), load(packaged())
    bringing = look_at(settings, pack, given, "budi")
    done(centre, flood("b"))
    with pytest.raises(ImportRefused, match="1 of 2 new closures are on record, then: closure_ex"):
        close(settings, pack, bringing)
    assert set(rows(centre)) == {"a", "b"}


def test_what_was_drawn_on_a_screen_and_lifted_stays_open_and_the_rest_comes(
    centre: Path, run: Run, town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of an exported file was lifted before it came back: it is named, the map and the others
    are taken in."""
    done(centre, flood("old"), flood("lifted"))
    given = centre / "in.geojson"
    assert run("export-closures", "--out", given) == 0
    content = json.loads(given.read_text())
    content["features"] += json.loads(
        file_of(centre / "new.geojson", {"id": "new", "reason": "flood"}).read_text()
    )["features"]
    given.write_text(json.dumps(content))
    done(centre, LiftClosure(closure=ClosureId("lifted")))
    capsys.readouterr()
    assert run("import", town, "--closures", given, "--as", "budi") == 0
    told = capsys.readouterr().out
    assert "of the file: 1 closed now, 2 on record before" in told
    assert "lifted since, and left open: lifted" in told
    assert "closed roads: 2 in force" in told
    found = rows(centre)
    assert found["lifted"].lifted_at is not None
    assert found["new"].closed_by == "budi"
