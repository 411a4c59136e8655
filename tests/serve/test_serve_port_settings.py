"""Ports: what cannot be is named before a process wants another's port."""

import pytest

from kentongan.settings import SettingsError, load_settings


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"MEDIA__WEB_PORT_FIRST": "42500"}, "media.web_port_first: 42500 to 42500 lies within"),
        (
            {"MEDIA__WEB_PORT_FIRST": "41999", "MEDIA__PROCESSES": "2"},
            "media.web_port_first: 41999 to 42000 lies within the ports of telephones",
        ),
        ({"SIP__PORT": "42010"}, "media.rtp_port_first: sip.port 42010 lies within"),
        ({"SIP__PORT": "41000"}, "media.web_port_first: sip.port 41000 lies within"),
        ({"MEDIA__WEB_PORT_FIRST": "65536"}, "media.web_port_first: with processes"),
        ({"SIP__PORT": "5099", "HTTP__PORT": "5099"}, "sip.port: 5099 is http.port, on the same"),
        (
            {"SIP__PORT": "5099", "HTTP__PORT": "5099", "HTTP__HOST": "0.0.0.0"},
            "sip.port: 5099 is http.port, on the same address: 127.0.0.1",
        ),
        ({"SIP__HOSTS": "127.0.0.1,127.0.0.1"}, "sip.hosts: '127.0.0.1' stands there twice"),
    ],
)
def test_a_port_that_two_parts_want_is_refused(changed: dict[str, str], said: str) -> None:
    """And what lies side by side is taken."""
    environment = {f"KENTONGAN_{name}": text for name, text in changed.items()}
    with pytest.raises(SettingsError, match=said):
        load_settings(None, environment)


def test_ports_side_by_side_are_taken() -> None:
    """The last before telephones' first, and the first behind their last."""
    for port in ("41999", "43000"):
        taken = load_settings(None, {"KENTONGAN_MEDIA__WEB_PORT_FIRST": port})
        assert taken.media.web_port_first == int(port)


def test_one_port_on_two_addresses_is_taken() -> None:
    """A machine with an address for telephones and one for screens."""
    told = {"SIP__PORT": "5099", "HTTP__PORT": "5099", "HTTP__HOST": "127.0.0.2"}
    taken = load_settings(None, {f"KENTONGAN_{name}": text for name, text in told.items()})
    assert taken.sip.port == taken.http.port
