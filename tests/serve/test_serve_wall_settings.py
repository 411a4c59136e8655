"""`[sip.wall_telephones]` reaches the switch as its process is started."""

from pathlib import Path

import pytest

from kentongan.edge.switch.routes import is_dialable
from kentongan.serve.run import switch_settings
from kentongan.serve.settings_notes import notes_of
from kentongan.settings import SettingsError, load_settings


def test_wall_telephones_reach_the_switch(tmp_path: Path) -> None:
    """A centre with telephones on the wall starts, and knows which number is which."""
    file = tmp_path / "centre.toml"
    text = f'state_dir = "{tmp_path}"\n[sip.wall_telephones]\nlobby = "201"\n'
    file.write_text(text, encoding="utf-8")
    settings = load_settings(file, {})
    assert switch_settings(settings).wall_telephones == {"lobby": "201"}
    (note,) = notes_of(settings)
    assert "sip.wall_telephones: lobby: no trunk leads out" in note
    file.write_text(f'{text}[[sip.trunks]]\nkey = "pbx"\nhost = "192.0.2.1"\n', encoding="utf-8")
    assert list(notes_of(load_settings(file, {}))) == []


@pytest.mark.parametrize("whom", ["abc def", "", "201x", "sip:", "mailto:x@y.example"])
def test_a_telephone_that_can_never_ring_is_refused(tmp_path: Path, whom: str) -> None:
    """It would be rung for ever, and nobody would be told."""
    file = tmp_path / "centre.toml"
    text = f'state_dir = "{tmp_path}"\n[sip.wall_telephones]\npos = "{whom}"\n'
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"sip\.wall_telephones\.pos: .*neither a number"):
        load_settings(file, {})


@pytest.mark.parametrize("whom", ["(024) 811-2", "+62 24 8112", "tel:112", "sip:pos@pbx.example"])
def test_a_number_or_an_address_is_taken(whom: str) -> None:
    """As people write them."""
    assert is_dialable(whom)
