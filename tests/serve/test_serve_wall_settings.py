"""`[sip.wall_telephones]` reaches the switch as its process is started."""

import re
from pathlib import Path

import pytest

from kentongan.edge.switch.routes import is_dialable
from kentongan.serve import settings_notes
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


NO_NUMBER = ("abc def", "", "201x", "sip:", "mailto:x@y.example")
OUR_OWN = (
    *("112", "+62 112", "tel:112", "0112", "0062-112", "62112"),
    *("sip:112@127.0.0.1:5861", "sips:+62112;phone-context=x@pbx.example"),
)


@pytest.mark.parametrize(
    ("whom", "said"),
    [
        *((whom, "neither a number") for whom in NO_NUMBER),
        *((whom, "our own line") for whom in OUR_OWN),
    ],
)
def test_a_telephone_that_helps_nobody_is_refused(tmp_path: Path, whom: str, said: str) -> None:
    """It would be rung for ever and nobody told, or ring us, until no line is free."""
    file = tmp_path / "centre.toml"
    text = f'state_dir = "{tmp_path}"\n[sip.wall_telephones]\npos = "{whom}"\n'
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"sip\.wall_telephones\.pos: .*{said}"):
        load_settings(file, {})


@pytest.mark.parametrize(
    ("listens", "trunk", "is_refused"),
    [
        ('host = "127.0.0.1"', 'host = "127.0.0.1"', True),
        ('host = "127.0.0.1"', 'host = "localhost"\nport = 5060', True),
        ('host = "0.0.0.0"\nannounced_host = "192.0.2.7"', 'host = "192.0.2.7"', True),
        ('host = "0.0.0.0"\nannounced_host = "192.0.2.7"', 'host = "127.0.0.1"', True),
        ('host = "192.0.2.7"\nport = 5861', 'host = "192.0.2.7"', False),
        ('host = "192.0.2.7"', 'host = "127.0.0.1"', False),
    ],
)
def test_a_trunk_that_leads_to_us_is_refused(
    tmp_path: Path, listens: str, trunk: str, *, is_refused: bool
) -> None:
    """Another port or another address of this machine may be an exchange beside us."""
    file = tmp_path / "centre.toml"
    text = f'state_dir = "{tmp_path}"\n[sip]\n{listens}\n[[sip.trunks]]\nkey = "loop"\n{trunk}\n'
    file.write_text(text, encoding="utf-8")
    if is_refused:
        with pytest.raises(SettingsError, match="trunk loop: host, port: are our own"):
            load_settings(file, {})
    else:
        load_settings(file, {})


@pytest.mark.parametrize("whom", ["(024) 811-2", "+62 24 8112", "tel:112", "sip:pos@pbx.example"])
def test_a_number_or_an_address_is_taken(whom: str) -> None:
    """As people write them."""
    assert is_dialable(whom)


@pytest.mark.parametrize(
    "whom", ["119", "+62 119", "15132", "015132", "sip:15132@pbx.example", "tel:+62-1500132"]
)
def test_the_packs_other_lines_are_named_and_stop_nothing(tmp_path: Path, whom: str) -> None:
    """Which numbers are ours besides 112 the city pack knows; the switch rings none of them."""
    file = tmp_path / "centre.toml"
    text = f'state_dir = "{tmp_path}"\n[sip.wall_telephones]\npos = "{whom}"\n'
    file.write_text(f'{text}[[sip.trunks]]\nkey = "pbx"\nhost = "192.0.2.1"\n', encoding="utf-8")
    (note,) = notes_of(load_settings(file, {}))
    assert note == f"sip.wall_telephones.pos: {whom!r} is our own line: never rung"


def test_a_number_of_the_directory_that_is_ours_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The neighbour's too; 112 at another centre's own address is not ours."""
    numbers = {"near": "sip:112@192.0.2.9", "self": "sip:112@127.0.0.1", "psc": "119", "x": "118"}

    def directory_of(pack: object) -> dict[str, str]:
        del pack
        return numbers

    monkeypatch.setattr("kentongan.edge.switch.wiring.directory_by_key", directory_of)
    file = tmp_path / "centre.toml"
    text = f'state_dir = "{tmp_path}"\n[queue]\noverflow_to = "psc"\n'
    file.write_text(text, encoding="utf-8")
    assert [note.partition(" has ")[0] for note in notes_of(load_settings(file, {}))] == [
        "city pack, directory: 'self'",
        "queue.overflow_to: 'psc'",
    ]


def test_a_family_without_sound_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIP listens on both, sound on one: who calls or is rung by the other would hear nothing."""
    monkeypatch.setattr(settings_notes, "_is_here", bool)
    file = tmp_path / "centre.toml"
    trunk = '[[sip.trunks]]\nkey = "six"\nhost = "2001:db8::7"\n'
    sip = f'state_dir = "{tmp_path}"\n[sip]\nhosts = ["192.0.2.1", "2001:db8::1"]\n{trunk}'
    file.write_text(f'{sip}[media]\nhost = "192.0.2.1"\n', encoding="utf-8")
    settings = load_settings(file, {})
    notes = list(notes_of(settings))
    assert [note.partition(": media.host")[0] for note in notes] == [
        "sip.hosts: 2001:db8::1",
        "[[sip.trunks]] trunk six: host: 2001:db8::7",
    ]
    assert switch_settings(settings).media_host == "192.0.2.1"
    file.write_text(sip.replace('"192.0.2.1", ', "") + '[media]\nhost = "2001:db8::1"\n')
    assert list(notes_of(load_settings(file, {}))) == []
    both = f'{sip}[media]\nhost = "192.0.2.1"\nhost_v6 = "2001:db8::1"\n'
    file.write_text(both, encoding="utf-8")
    settings = load_settings(file, {})
    assert list(notes_of(settings)) == []
    assert switch_settings(settings).media_hosts == ("192.0.2.1", "2001:db8::1")


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ('host_v6 = "192.0.2.1"', "media.host_v6: '192.0.2.1' is not an IPv6 address"),
        ('host = "::1"\nhost_v6 = "::1"', "media.host_v6: media.host must be an IPv4 address"),
        ('announced_host_v6 = "2001:db8::1"', "media.announced_host_v6: needs media.host_v6"),
        ('host_v6 = "::1"\nannounced_host_v6 = "centre"', "media.announced_host_v6: 'centre'"),
    ],
)
def test_a_second_address_of_sound_is_ipv6_beside_ipv4(
    tmp_path: Path, table: str, named: str
) -> None:
    """Found where the settings are read, before any process is started."""
    file = tmp_path / "centre.toml"
    file.write_text(f'state_dir = "{tmp_path}"\n[media]\n{table}\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=re.escape(named)):
        load_settings(file, {})


def _has_not_that_one(host: str) -> bool:
    return host != "2001:db8::10"


@pytest.mark.parametrize(
    ("media", "said"),
    [
        ('host = "192.0.2.10"', "media.host: 192.0.2.10 is no address of this machine"),
        ('host_v6 = "2001:db8::10"', "media.host_v6: 2001:db8::10 is no address of this machine"),
        ('host_v6 = "::"', "media.host_v6: :: is no address to send to"),
        ('host_v6 = "::"\nannounced_host_v6 = "2001:db8::10"', ""),
    ],
)
def test_where_no_telephone_can_be_heard_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, media: str, said: str
) -> None:
    """A slip of the pen, or every address: the centre starts, and says so."""
    if not said or "::" in said:
        monkeypatch.setattr(settings_notes, "_is_here", _has_not_that_one)
    file = tmp_path / "centre.toml"
    file.write_text(f'state_dir = "{tmp_path}"\n[media]\n{media}\n', encoding="utf-8")
    notes = [one for one in notes_of(load_settings(file, {})) if one.startswith("media.")]
    assert len(notes) == bool(said)
    assert all(one.startswith(said) for one in notes)
