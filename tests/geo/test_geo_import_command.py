"""`kentongan city import|versions|rollback` as somebody types them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from osm_files import write_town

from kentongan.edge.geo.imported.versions import CityVersions
from kentongan.main import main

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`kentongan city …` with a state folder of its own."""
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("KENTONGAN_GEO_DIR", raising=False)
    return lambda *words: main(["city", *map(str, words)])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town as a file."""
    return write_town(tmp_path_factory.mktemp("town") / "town.osm.pbf")


def test_import_list_and_go_back(
    run: Run, town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two imports, a list with the star at the newest, a way back, and the star has moved."""
    assert run("import", town, "--partial") == 0
    told = capsys.readouterr()
    assert "is current now" in told.out
    assert "© OpenStreetMap contributors" in told.out
    assert "left out:" in told.out
    assert "read     100 %" in told.err
    assert run("import", town, "--partial") == 0
    capsys.readouterr()
    assert run("versions") == 0
    own, newest, oldest = capsys.readouterr().out.splitlines()
    assert newest.startswith("* ")
    assert oldest.startswith("  ")
    assert own.startswith("  synthetic")
    assert run("rollback") == 0
    assert oldest.split()[0] in capsys.readouterr().out
    versions = CityVersions(tmp_path / "state", "semarang")
    current = versions.current()
    assert current is not None
    assert current.name == oldest.split()[0]
    assert run("rollback") == 1
    told = capsys.readouterr().err
    assert oldest.split()[0] in told
    assert newest.split()[1] in told
    assert run("rollback", "synthetic") == 0
    assert (
        "synthetic (the pack's own: roads are invented) is current now" in capsys.readouterr().out
    )
    assert (versions.current(), versions.named()) == (None, "synthetic")
    assert run("versions") == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("* synthetic")
    assert run("rollback", newest.split()[1]) == 0
    assert run("rollback", "synthetic") == 0
    assert versions.current() is None
    assert run("rollback") == 1, "not forward to what somebody went away from"
    assert versions.named() == "synthetic"


def test_invented_roads_are_only_where_a_pack_makes_them(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A city without a pack has none to go to: refused, and the link stays as it was."""
    link = tmp_path / "state" / "cities" / "monako" / "current"
    link.parent.mkdir(parents=True)
    link.symlink_to("versions/20260101T000000Z-aaaaaaaa")
    assert run("rollback", "synthetic", "--pack", "monako") == 1
    assert "monako" in capsys.readouterr().err
    assert link.readlink().name == "20260101T000000Z-aaaaaaaa"


def test_a_city_without_a_pack_is_offered_no_invented_roads(
    run: Run, town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither in the list nor where the way back is refused, which names what is in use as little:
    whatever is offered can be gone to."""
    assert run("import", town, "--pack", "monako") == 0
    capsys.readouterr()
    assert run("versions", "--pack", "monako") == 0
    (only,) = capsys.readouterr().out.splitlines()
    assert only.startswith("* 2")
    assert run("versions", "--pack", "monako", "--json") == 0
    assert "synthetic" not in capsys.readouterr().out
    assert run("rollback", "--pack", "monako") == 1
    told = capsys.readouterr().err
    assert f"{only.split()[1]} is the oldest of monako; there is nothing else" in told
    assert "synthetic" not in told
    assert run("import", town, "--pack", "monako") == 0
    assert run("rollback", "--pack", "monako") == 0
    capsys.readouterr()
    assert run("rollback", "--pack", "monako") == 1
    told = capsys.readouterr().err
    assert told.split().count(only.split()[1]) == 1, "what is in use is named, and not offered"


def test_a_small_part_of_the_city_is_refused_unless_it_is_meant(
    run: Run, town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A town of a twentieth of the city's box: the reason with the part and the way out, nothing
    left behind; when it is meant it is told as a warning."""
    assert run("import", town) == 1
    told = capsys.readouterr().err
    assert "town.osm.pbf: the roads fill only 5% of the city's box" in told
    assert "--partial" in told
    assert not list((tmp_path / "state" / "cities" / "semarang").glob("versions/*"))
    assert run("import", town, "--partial") == 0
    assert "!   the roads fill only 5% of the city's box" in capsys.readouterr().out


def test_json_lines(run: Run, town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Progress and outcome, each a JSON object on a line of its own."""
    assert run("import", town, "--partial", "--json") == 0
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in capsys.readouterr().out.splitlines()
    ]
    assert {next(iter(line)) for line in lines} == {"progress", "imported"}
    assert lines[-1]["imported"]["manifest"]["pack"] == "semarang"
    assert run("versions", "--json") == 0
    own, line = capsys.readouterr().out.splitlines()
    assert json.loads(own) == {"synthetic": {"current": False}}
    assert json.loads(line)["version"]["current"] is True


def test_a_refusal_is_told_and_counted(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, the reason, and that nothing changed; as JSON with file, line and field."""
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"")
    assert run("import", broken) == 1
    told = capsys.readouterr().err
    assert "broken.osm.pbf: the file is empty" in told
    assert "The running city stays as it was." in told
    bow = tmp_path / "bow.geojson"
    bow.write_text('{"type": "Polygon", "coordinates": [[[0,0],[1,1],[1,0],[0,1],[0,0]]]}')
    assert run("import", broken, "--boundary", bow, "--json") == 1
    refused = json.loads(capsys.readouterr().out)["refused"]
    assert (refused["file"], refused["line"]) == ("bow.geojson", 1)
    assert refused["field"] == "coordinates[0]"


@pytest.mark.parametrize("wrong", [("--keep", "0"), ("--memory-mb", "0"), ("--margin-km", "-1")])
def test_wrong_use(run: Run, town: Path, wrong: tuple[str, str]) -> None:
    """Numbers that mean nothing are refused with code 2 before anything is done."""
    assert run("import", town, "--partial", *wrong) == 2


def test_another_city_beside(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key without a pack makes a city of its own, and it is said what is not checked."""
    porto = write_town(tmp_path / "porto.osm.pbf", south=-30.1, west=-51.2)
    data = tmp_path / "data"
    assert run("import", porto, "--pack", "porto_alegre", "--data", data) == 0
    assert "no city pack of that key" in capsys.readouterr().err
    assert (data / "cities" / "porto_alegre" / "current").is_symlink()
    assert run("import", porto, "--pack", "../etc", "--data", data) == 1
    assert "no key of a city pack" in capsys.readouterr().err


def test_nothing_imported_yet(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty list is no fault; going back is refused."""
    assert run("versions") == 0
    assert "nothing imported yet" in capsys.readouterr().out
    assert run("rollback") == 1
