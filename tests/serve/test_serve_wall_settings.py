"""`[sip.wall_telephones]` reaches the switch as its process is started."""

from pathlib import Path

from kentongan.serve.run import switch_settings
from kentongan.settings import load_settings


def test_wall_telephones_reach_the_switch(tmp_path: Path) -> None:
    """A centre with telephones on the wall starts, and knows which number is which."""
    file = tmp_path / "centre.toml"
    text = f'state_dir = "{tmp_path}"\n[sip.wall_telephones]\nlobby = "201"\n'
    file.write_text(text, encoding="utf-8")
    assert switch_settings(load_settings(file, {})).wall_telephones == {"lobby": "201"}
