"""Devices by the command line: a token shown once, good until it is revoked; old tracks dropped."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kentongan.app.city import plans_of
from kentongan.app.register import register
from kentongan.avl_settings import AvlSettings
from kentongan.cities.facts import Point
from kentongan.cities.pack import load, packaged
from kentongan.core.words import Fix, UnitId
from kentongan.main import main
from kentongan.serve.supervise import programs
from kentongan.serve.track_retention import forget_tracks
from kentongan.serve.wiring import utc_now
from kentongan.settings import Settings, SettingsError, check_settings
from kentongan.store.devices import digest_of
from kentongan.store.open import open_store
from kentongan.store.track_block import TrackFix
from kentongan.store.tracks import block_of


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder with the Semarang pack's units on record."""
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path))
    pack = load(packaged())
    store = open_store(f"sqlite:{tmp_path / 'kentongan.db'}")
    register(store, plans_of(pack), pack, utc_now())
    store.close()
    return tmp_path


def test_a_device_is_added_listed_and_revoked(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its token stands nowhere but in that one answer."""
    assert main(["device", "add", "modem", "--unit", "AMB01"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    name, token = first.partition(":")[0], second.removeprefix("token: ")
    assert len(token) == 32
    store = open_store(f"sqlite:{state / 'kentongan.db'}")
    device = store.devices.find(name)
    assert device is not None
    assert (device.unit, device.digest) == ("AMB01", digest_of(token))
    assert all(token.encode() not in file.read_bytes() for file in state.glob("kentongan.db*"))
    assert main(["device", "list"]) == 0
    listed = capsys.readouterr().out
    assert f"{name}: AMB01 (modem)" in listed
    assert token not in listed
    assert main(["device", "revoke", name]) == 0
    assert main(["device", "revoke", name]) == 0
    assert "revoked" in capsys.readouterr().out
    revoked = store.devices.find(name)
    assert revoked is not None
    assert revoked.revoked_at is not None
    store.close()


def test_a_gateway_and_a_device_behind_it(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A number belongs to one unit of a gateway; the device behind it has no token."""
    assert main(["device", "add", "Traccar", "--gateway"]) == 0
    gateway = capsys.readouterr().out.partition(":")[0]
    behind = ["device", "add", "GT06", "--behind", gateway, "--number", "8601"]
    assert main([*behind, "--unit", "AMB01"]) == 0
    assert "token" not in capsys.readouterr().out
    assert main([*behind, "--unit", "AMB02"]) == 2
    assert "8601" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["x"],
        ["x", "--unit", "NONE99"],
        ["x", "--unit", "AMB01", "--behind", "nobody", "--number", "1"],
        ["x", "--unit", "AMB01", "--number", "1"],
        ["x", "--gateway", "--unit", "AMB01"],
    ],
)
def test_a_device_that_cannot_be(
    state: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said why, and nothing is kept."""
    assert main(["device", "add", *arguments]) == 2
    assert capsys.readouterr().err
    assert main(["device", "revoke", "nobody"]) == 2
    capsys.readouterr()
    assert main(["device", "list"]) == 0
    assert capsys.readouterr().out == ""


def test_the_process_runs_only_where_a_port_is_set(tmp_path: Path) -> None:
    """No port, no process; and alone it says what is missing."""
    closed = Settings(state_dir=str(tmp_path))
    opened = Settings(state_dir=str(tmp_path), avl=AvlSettings(nmea_port=5_000))
    assert "avl" not in [one.name for one in programs(closed, None)]
    assert "avl" in [one.name for one in programs(opened, None)]


def test_the_process_alone_says_which_port_is_missing(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and the names of the settings."""
    assert main(["avl"]) == 2
    assert "avl.http_port" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        AvlSettings(http_port=-1),
        AvlSettings(nmea_port=70_000),
        AvlSettings(http_port=5_000, nmea_port=5_000),
        AvlSettings(keep_days=0),
        AvlSettings(south=7.0, north=6.0),
        AvlSettings(west=142.0, east=141.0),
        AvlSettings(proxies=("nonsense",)),
    ],
)
def test_settings_that_cannot_be(wrong: AvlSettings, tmp_path: Path) -> None:
    """Each is refused by its name."""
    with pytest.raises(SettingsError, match="avl"):
        check_settings(Settings(state_dir=str(tmp_path), avl=wrong))


def test_old_tracks_are_dropped_by_the_day() -> None:
    """What is older than the settings keep, whole days of it."""
    store = open_store("memory:")
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    for days in (0, 6, 7, 8, 30):
        at = now - timedelta(days=days)
        fix = TrackFix(fix=Fix(point=Point(-6.9, 110.4), at=at), received_at=at)
        store.tracks.put([block_of(UnitId("AMB01"), [fix], "w", days)])
    dropped = forget_tracks(store, AvlSettings(keep_days=7), now)
    assert dropped == [date(2026, 10, 26), date(2026, 11, 17)]
    assert len(store.tracks.days()) == 3
