"""The training room's own settings: nothing of what is on duty reaches into a drill."""

from pathlib import Path

import pytest
from msgspec import structs

from kentongan.demo import start
from kentongan.demo import train as training
from kentongan.demo.train import train, training_settings
from kentongan.settings import Settings, check_settings
from kentongan.sip_settings import LOOPBACK_NETWORKS

KEPT = frozenset({"city_pack", "http", "media"})
"""What a drill shares with the centre that it belongs to, besides addresses of telephones."""


def test_a_drill_has_nothing_of_duty(tmp_path: Path) -> None:
    """Its own folder and store, training throughout, and one trunk: to this machine."""
    duty = Settings(
        state_dir=str(tmp_path),
        store="postgresql://kentongan@db/duty",
        caller=structs.replace(Settings().caller, public_url="https://112.example"),
        avl=structs.replace(Settings().avl, http_port=9000),
    )
    drill = training_settings(duty)
    check_settings(drill)
    assert drill.state_path == tmp_path / "training"
    assert drill.store_url == f"sqlite:{tmp_path / 'training' / 'kentongan.db'}"
    assert drill.geo_path == duty.geo_path
    assert (drill.training, drill.demo) == (True, False)
    (trunk,) = drill.sip.trunks
    assert trunk.networks == LOOPBACK_NETWORKS
    assert (trunk.host, trunk.port) == ("127.0.0.1", duty.sip.port + 10)
    plain = Settings()
    changed = {
        name
        for name in Settings.__struct_fields__
        if name not in {"state_dir", "geo_dir", "training", "sip"}
        and getattr(drill, name) != getattr(plain, name)
    }
    assert changed <= KEPT


def test_the_settings_of_a_drill_stay_where_they_are(tmp_path: Path) -> None:
    """Started from its own file, the room does not move into itself."""
    once = training_settings(Settings(state_dir=str(tmp_path)))
    assert training_settings(once).state_path == once.state_path


def _may_start(settings: Settings, *, has_ports: bool) -> bool:
    """Whatever ports are taken on this machine."""
    return settings.training and not has_ports


def test_without_anybody_it_says_how_to_add_somebody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is started for nobody; public passwords are the demo's alone."""
    monkeypatch.setattr(training, "may_start", _may_start)
    monkeypatch.setattr(training, "run_beside_world", pytest.fail)
    monkeypatch.setattr(start, "_forget_environment", lambda: None)  # other tests need theirs
    assert train(Settings(state_dir=str(tmp_path)), speed_up=1.0) == 2
    said = capsys.readouterr().err
    assert "kentongan account --training-room NAME" in said
