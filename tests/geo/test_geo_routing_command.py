"""`kentongan nearest` and what it reads; and the router on a machine without numba."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from geo_served_room import NOW, OFFSET, PACK, flood, prepare
from geo_textbook import lattice

from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.cities.facts import Point
from kentongan.core.commands import CloseRoads, Envelope
from kentongan.core.shapes import Shape
from kentongan.core.words import Agent, AgentId, ClosureId, CommandId, Role
from kentongan.edge.geo.imported.versions import NETWORK_FILE
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.network.road_network import load, save
from kentongan.edge.geo.routing.unit_file import UnitFileBroken, units_of
from kentongan.edge.geo.served.driving import Driving
from kentongan.edge.geo.synthetic.network import LABEL
from kentongan.geography import Start
from kentongan.main import main
from kentongan.serve.geo_serve import prepared_city
from kentongan.settings import Settings
from kentongan.store.open import open_store

SARI = Agent(id=AgentId("sari"), name="Sari", roles=(Role.SUPERVISOR,))
UNITS = "unit,lat,lon,kind,heading,can\nA,0.0001,110.0001,ambulance_als,,1\nB,0.008,110.009,,90,3\n"


def test_units_are_read() -> None:
    """Kinds become profiles, empty fields the default; spaces and empty lines do no harm."""
    text = "Unit, lat ,lon,kind\nA, -6.98,110.4,fire_engine\n\n B ,-6.9,110.5,\n"
    found = units_of(text.splitlines(), Profile.MOTORCYCLE)
    assert [(unit.unit, unit.profile, unit.lat) for unit in found] == [
        ("A", Profile.FIRE_ENGINE, -6.98),
        ("B", Profile.MOTORCYCLE, -6.9),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: column missing: 'unit', 'lat', 'lon'"),
        ("unit;lat;lon", "line 1: column missing"),
        ("unit,lat,lon", "line 2: unit: the file ends without any unit"),
        ("unit,lat,lon\n\n  \n", "line 4: unit: the file ends without any unit"),
        ("unit,lat,lon,colour", "line 1: column unknown: 'colour'"),
        ("unit,lat,lon,lat", "line 1: column twice: 'lat'"),
        ("unit,lat,lon\nA,1", "line 2: 2 fields where the header has 3"),
        ("unit,lat,lon\nA,1,x", "line 2: lon: 'x' is not a number"),
        ("unit,lat,lon\nA,1,2\nB,110.4,-6.9", "line 3: lat: 110.4 is not within ±90: latitude and"),
        ("unit,lat,lon\nA,nan,2", "line 2: lat: nan is not within"),
        ("unit,lat,lon\n,1,2", "line 2: unit: empty"),
        ("unit,lat,lon\nA,1,2\nA,1,2", "line 3: unit: 'A' is in line 2, too"),
        ("unit,lat,lon,profile\nA,1,2,boat", "line 2: profile: 'boat' is none of"),
        ("unit,lat,lon,kind\nA,1,2,boat", "line 2: kind: 'boat' is none of ambulance_als, "),
        ("unit,lat,lon,can\nA,1,2,-1", "line 2: can: '-1'"),
        ('unit,lat,lon\nA,1,"2', "line 2: not comma-separated"),
    ],
)
def test_faults_name_line_and_field(text: str, said: str) -> None:
    """Whatever is wrong with the file, the error says where."""
    with pytest.raises(UnitFileBroken) as raised:
        units_of(text.splitlines(), Profile.AMBULANCE)
    assert str(raised.value).startswith(said)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A saved network and a file of units."""
    network, units = tmp_path / "roads.npz", tmp_path / "units.csv"
    save(lattice(6), network)
    units.write_text(UNITS)
    return network, units


def nearest(*arguments: str | Path) -> int:
    """Run the command."""
    return main(["nearest", *map(str, arguments)])


def test_without_an_imported_city_the_synthetic_one_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No network given, nothing imported: roads of the synthetic city, and every line says so."""
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path))
    units = tmp_path / "units.csv"
    units.write_text("unit,lat,lon\nA,-6.98,110.41\nB,-7.02,110.45\n")
    assert nearest("-6.9906", "110.4229", "--units", units) == 0
    lines = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["unit"] for line in lines] == ["A", "B"]
    assert {(line["source"], line["network"]) for line in lines} == {
        ("road_network_synthetic", LABEL)
    }


def test_a_place_in_another_part_of_the_world_is_refused(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is told of an arrival in weeks; a place a little beyond the roads is told to be so."""
    network, units = files
    assert nearest("48.0", "11.0", "--units", units, "--network", network) == 2
    told = capsys.readouterr()
    assert not told.out
    assert "km from every road of 'lattice'; latitude comes first" in told.err
    assert nearest("0.05", "110.05", "--units", units, "--network", network) == 0
    told = capsys.readouterr()
    assert "the place is far from every road" in told.err
    marks = [msgspec.json.decode(line)["mark"] for line in told.out.splitlines()]
    assert marks == ["place_off_network"] * 2


def test_the_ranking_is_printed(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """One JSON line a unit, soonest first, each with its origin."""
    network, units = files
    assert nearest("0.0", "110.002", "--units", units, "--network", network, "--k", "5") == 0
    lines = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["rank"], line["unit"]) for line in lines] == [(1, "A"), (2, "B")]
    assert all(0 < line["seconds_low"] < line["seconds"] < line["seconds_high"] for line in lines)
    assert {line["source"] for line in lines} == {"road_network_synthetic"}
    assert nearest("0", "110", "--units", units, "--network", network, "--need", "2") == 0
    lines = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["unit"] for line in lines] == ["B"]


def test_bad_input_is_told(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong file, profile, place or network: one line on standard error, exit code 2."""
    network, units = files
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"unit,lat,lon\nA,x,1\n")
    header, columns = tmp_path / "header.csv", tmp_path / "columns.csv"
    header.write_text("unit,lat,lon\n")
    columns.write_text("unit,latitude,lon\nA,1,2\n")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    plain = ("0", "110", "--units")
    for said, arguments in (
        ("bad.csv: line 2: lat: 'x'", (*plain, bad, "--network", network)),
        ("header.csv: line 2: unit: the file ends", (*plain, header, "--network", network)),
        ("columns.csv: line 1: column missing: 'lat'", (*plain, columns, "--network", network)),
        ("binary.csv: not UTF-8", (*plain, binary, "--network", network)),
        ("none.csv", (*plain, tmp_path / "none.csv", "--network", network)),
        ("bad.csv: not a saved road network", (*plain, units, "--network", bad)),
        ("--profile boat", (*plain, units, "--network", network, "--profile", "boat")),
        ("--k 0", (*plain, units, "--network", network, "--k", "0")),
        ("latitude comes first", ("110", "-7", "--units", units, "--network", network)),
    ):
        assert nearest(*arguments) == 2
        assert said in capsys.readouterr().err


_WITHOUT = """
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name == "numba":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Nothing())
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "numba" else real(name, *rest)
from kentongan.main import main
sys.exit(main(sys.argv[1:]))
"""


_BROKEN = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from kentongan.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_with_a_numba_that_cannot_be_loaded(files: tuple[Path, Path], tmp_path: Path) -> None:
    """As with a NumPy that it does not know: the same as without, and said once."""
    network, units = files
    (tmp_path / "numba.py").write_text('raise ImportError("needs another NumPy")')
    arguments = ["nearest", "0.0", "110.002", "--units", str(units), "--network", str(network)]
    run = subprocess.run(
        [sys.executable, "-c", _BROKEN, str(tmp_path), *arguments, "--at", "2026-11-25T12:00"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [msgspec.json.decode(line) for line in run.stdout.splitlines()]
    assert [line["kernel"] for line in lines] == ["scipy"] * 2
    assert run.stderr.count("needs another NumPy") == 1


def test_without_numba(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Where numba is absent everything works, slower: the same lines, the kernel named."""
    network, units = files
    arguments = ["nearest", "0.0", "110.002", "--units", str(units), "--network", str(network)]
    arguments += ["--at", "2026-11-25T12:00"]
    run = subprocess.run(
        [sys.executable, "-c", _WITHOUT, *arguments], capture_output=True, text=True, check=True
    )
    assert main(arguments) == 0
    compiled = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    plain = [msgspec.json.decode(line) for line in run.stdout.splitlines()]
    assert [line.pop("kernel") for line in plain] == ["scipy"] * 2
    assert [line.pop("kernel") for line in compiled] == ["numba"] * 2
    assert [line.pop("source") for line in plain] == ["road_network_synthetic_scipy"] * 2
    assert [line.pop("source") for line in compiled] == ["road_network_synthetic"] * 2
    assert plain == compiled


GOAL = Point(-6.9906, 110.4229)
STARTS = (
    Start(unit="A", unit_kind="ambulance_als", point=Point(-6.98, 110.41)),
    Start(unit="B", unit_kind="ambulance_bls", point=Point(-7.02, 110.45)),
    Start(unit="C", unit_kind="fire_engine", point=Point(-6.985, 110.44)),
)


@pytest.fixture
def centre(tmp_path: Path) -> tuple[Settings, Path]:
    """A centre with a record whose road search is compiled, and the file of its settings."""
    prepare(PACK)
    settings = Settings(state_dir=str(tmp_path), geo_dir=os.environ["KENTONGAN_GEO_DIR"])
    file = tmp_path / "settings.json"
    file.write_bytes(msgspec.json.encode(settings))
    return settings, file


def asked(file: Path, units: Path, *more: str) -> dict[str, dict[str, Any]]:
    """What the command says of each unit, the lines in their order."""
    place = (str(GOAL.lat), str(GOAL.lon), "--units", str(units), *more)
    said, told = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(told):
        assert main(["--settings", str(file), "nearest", *place]) == 0, told.getvalue()
    lines = [msgspec.json.decode(line) for line in said.getvalue().splitlines()]
    assert [line["rank"] for line in lines] == [1, 2, 3]
    assert [line["there_s"] for line in lines] == sorted(line["there_s"] for line in lines)
    return {line["unit"]: {**line, "told": told.getvalue()} for line in lines}


def test_it_answers_as_the_centre_does(centre: tuple[Settings, Path]) -> None:
    """The hour's speeds and the roads closed on record count, as in the running centre, and are
    named; each can be left out; without a record it is said that none counts."""
    settings, file = centre
    units = file.with_name("units.csv")
    lines = [f"{one.unit},{one.point.lat},{one.point.lon},{one.unit_kind}" for one in STARTS]
    units.write_text("\n".join(["unit,lat,lon,kind", *lines]))
    noon, peak = "2026-11-25T12:00", "2026-11-25T17:30"
    dry = asked(file, units, "--at", noon)
    assert "closed roads do not count" in dry["A"]["told"]
    assert dry["A"]["reckoned"] == {
        "at": "2026-11-25T12:00:00+07:00",
        "speeds": "table",
        "closures": None,
    }

    store = open_store(settings.store_url)
    shape = flood("banjir", 1, GOAL, depth_cm=25)
    close = CloseRoads(
        closure=ClosureId("banjir"),
        geometry=msgspec.convert(shape.geometry, Shape),
        reason="flood",
        depth_cm=25,
    )
    envelope = Envelope(id=CommandId("close"), agent=SARI, command=close)
    handle(store, plans_of(PACK), envelope, NOW)
    store.close()

    network = load(prepared_city(settings, PACK) / NETWORK_FILE)
    running = Driving(network, OFFSET, {})
    running.follow({"banjir": shape})
    for said in (noon, peak):
        at = datetime.fromisoformat(f"{said}+07:00").astimezone(UTC)
        ours = asked(file, units, "--at", said)
        for one in running.journeys(1, GOAL, STARTS, at):
            line = ours[one.unit]
            figures = (one.travel.seconds_low, one.travel.seconds_high, one.walk_m)
            assert (line["seconds_low"], line["seconds_high"], line["walk_m"]) == tuple(
                round(figure, 1) for figure in figures
            )
            assert (line["source"], line["reckoned"]["closures"]) == (one.travel.source, 1)
            assert line["told"] == ""
    wet = asked(file, units, "--at", noon)
    assert all(wet[unit]["there_s"] > dry[unit]["there_s"] for unit in "ABC")
    assert asked(file, units, "--at", peak)["A"]["seconds"] > wet["A"]["seconds"]
    without = asked(file, units, "--at", noon, "--without-closures")
    assert {unit: line["there_s"] for unit, line in without.items()} == {
        unit: line["there_s"] for unit, line in dry.items()
    }
    assert without["A"]["reckoned"]["closures"] is None
    now = asked(file, units)["A"]["reckoned"]["at"]
    assert abs(datetime.fromisoformat(now) - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_record_that_cannot_be_read_is_no_open_road(
    centre: tuple[Settings, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Then nothing is ranked as if no road were closed, unless that is asked for."""
    settings, file = centre
    units = file.with_name("units.csv")
    units.write_text("unit,lat,lon\nA,-6.98,110.41\n")
    Path(settings.store_url.removeprefix("sqlite:")).write_bytes(b"no database at all" * 100)
    place = ["--settings", str(file), "nearest", "-6.99", "110.42", "--units", str(units)]
    assert main(place) == 2
    assert "--without-closures" in capsys.readouterr().err
    assert main([*place, "--without-closures"]) == 0
    assert main([*place, "--at", "tomorrow"]) == 2
    assert "--at tomorrow: no time like" in capsys.readouterr().err
