"""Trunks in the settings file: every wrong one is named at the start, old files mean the same."""

import contextlib
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.trunks import Registration, Trunk
from kentongan.serve.run import switch_settings
from kentongan.serve.settings_notes import notes_of
from kentongan.settings import Settings, SettingsError, describe, load_settings
from kentongan.sip.address import Address, Transport

FULL = """
[sip]
hosts = ["192.0.2.10", "2001:db8::10"]
tls_port = 5061
announced_hosts = ["203.0.113.7", "2001:db8::10"]

[sip.tls]
certificate_file = "/etc/kentongan/sip.pem"
key_file = "/etc/kentongan/sip.key"
ca_file = "/etc/kentongan/peers.pem"

[[sip.trunks]]
key = "carrier_a"
label = "Carrier A, SBC Semarang"
networks = ["198.51.100.0/28", "2001:db8:1::/64"]
media_networks = ["198.51.100.64/27"]
host = "198.51.100.2"
codecs = ["pcma", "g722"]
ptime_ms = 20
answer = "at_desk"
caller_id = "+62248112"
calls_max = 30

[[sip.trunks]]
key = "pbx"
label = "Exchange of the city hall"
host = "pbx.example.go.id"
dtmf = "info"
refer = true

[sip.trunks.register]
user = "kentongan"
password_file = "/etc/kentongan/pbx.password"
realm = "asterisk"
expires_s = 600

[[sip.trunks]]
key = "secure"
transport = "tls"
certificate_names = ["sbc.carrier-b.example"]
host = "sbc.carrier-b.example"
srtp = "required"
training = true
"""


def load(tmp_path: Path, text: str, **environment: str) -> Settings:
    """The settings of a file with that text."""
    file = tmp_path / "centre.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file, environment)


def test_every_key_of_three_trunks_is_read(tmp_path: Path) -> None:
    """A carrier by address, an exchange we register at, a carrier by certificate."""
    told = switch_settings(load(tmp_path, f'state_dir = "{tmp_path}"\n{FULL}'))
    carrier, pbx, secure = told.trunks
    assert told.sip_hosts == ("192.0.2.10", "2001:db8::10")
    assert told.hosts == ("203.0.113.7", "2001:db8::10")
    assert told.has_tls
    assert (carrier.key, carrier.answer, carrier.calls_max) == ("carrier_a", "at_desk", 30)
    assert carrier.codecs == ("pcma", "g722")
    assert pbx.register == Registration(
        user="kentongan",
        password_file="/etc/kentongan/pbx.password",
        realm="asterisk",
        expires_s=600,
    )
    assert (secure.sip_port, secure.srtp, secure.training) == (5061, "required", True)
    decoded = msgspec.json.decode(msgspec.json.encode(told), type=type(told))
    assert decoded == told


def test_the_sounds_networks_are_those_of_all_trunks(tmp_path: Path) -> None:
    """What the media process believes: SIP's networks, gateways of sound, and literal hosts."""
    found = load(tmp_path, FULL).sip.sound_networks
    assert found == (
        "198.51.100.0/28",
        "2001:db8:1::/64",
        "198.51.100.64/27",
        "198.51.100.2",
    )


def test_a_file_of_before_means_what_it_meant(tmp_path: Path) -> None:
    """`trunk_networks` and `answer` make one trunk of the name default."""
    text = '[sip]\nhost = "192.0.2.1"\ntrunk_networks = ["10.0.0.0/8"]\nanswer = "at_desk"\n'
    told = switch_settings(load(tmp_path, f'state_dir = "{tmp_path}"\n{text}'))
    (trunk,) = told.trunks
    assert (trunk.key, trunk.networks, trunk.answer) == ("default", ("10.0.0.0/8",), "at_desk")
    assert told.sip_hosts == told.hosts == ("192.0.2.1",)
    assert load(tmp_path, text).sip.sound_networks == ("10.0.0.0/8",)
    nothing = load(tmp_path, "")
    (trunk,) = nothing.sip.all_trunks(training=True)
    assert trunk.reaches_from("127.0.0.1")
    assert not trunk.reaches_from("192.0.2.1")
    assert trunk.training
    listed = load(tmp_path, "", KENTONGAN_SIP__TRUNK_NETWORKS="10.0.0.0/8,192.0.2.0/24")
    assert listed.sip.all_trunks(training=False)[0].reaches_from("192.0.2.9")


ONE = '[[sip.trunks]]\nkey = "a"\nnetworks = ["10.0.0.0/8"]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ONE + 'transport = "sctp"', "trunk a: transport: Invalid enum value 'sctp'"),
        (ONE + "ptime_ms = 25", "trunk a: ptime_ms: Invalid enum value 25, must be one of 10, 20"),
        (ONE + "codecs = []", "trunk a: codecs: at least one"),
        (ONE + 'codecs = ["pcma", "pcma"]', "trunk a: codecs: one of them is there twice"),
        (
            ONE + 'codecs = ["gsm"]',
            "trunk a: codecs[0]: Invalid enum value 'gsm', must be one of g722",
        ),
        (ONE + "port = 70000", "trunk a: port: "),
        (ONE + 'host = "not a host"', "trunk a: host: "),
        (ONE + "options_period_s = 1", "trunk a: options_period_s: 0 or 5 to 3600"),
        (ONE + 'caller_id = "the police"', "trunk a: caller_id: digits"),
        (ONE + "calls_max = -1", "trunk a: calls_max: "),
        (ONE + 'certificate_names = ["x.example"]', "trunk a: certificate_names, "),
        (ONE + 'colour = "red"', "trunk a: "),
        (ONE + 'transport = "tls"', "trunk a: transport: tls needs sip.tls.certificate_file"),
        (ONE + ONE, "trunk a: key: there are two of that name"),
        (ONE + '[sip]\ntrunk_networks = ["10.0.0.0/8"]', "belongs into a trunk's networks"),
        (
            ONE.replace("10.0.0.0", "10.0.0.1"),
            "'10.0.0.1/8' is no network: its host part must be zero, as in 10.0.0.0/8",
        ),
        (
            ONE.replace("10.0.0.0", "300.1.1.1"),
            "centre.toml: [[sip.trunks]] trunk a: networks: '300.1.1.1/8' is no network",
        ),
        (ONE.replace("10.0.0.0/8", "here"), "trunk a: networks: 'here' is no network"),
        (ONE + 'media_networks = ["300.1.1.1"]', "trunk a: media_networks: '300.1.1.1' is no"),
        (
            '[http]\nproxies = ["10.0.0.1/8"]',
            "centre.toml: http.proxies: '10.0.0.1/8' is no network",
        ),
        ('[[sip.trunks]]\nkey = "a"', "trunk a: networks: empty"),
        ('[[sip.trunks]]\nkey = "A B"\nhost = "h"', "key: up to 32 small letters"),
        ('[[sip.trunks]]\nnetworks = ["10.0.0.0/8"]', "trunk number 1: "),
        (
            ONE + '[sip.trunks.register]\nuser = "u"\npassword = "geheim"',
            "a password stands in a file (password_file)",
        ),
        (
            ONE + 'host = "h"\n[sip.trunks.register]\nuser = "u"',
            "register.password_file, register.password_",
        ),
        (
            ONE + '[sip.trunks.register]\nuser = "u"\npassword_env = "X"',
            "trunk a: register.registrar: needed where host is empty",
        ),
        (
            ONE + 'host = "h"\n[sip.trunks.register]\nuser = "u"\npassword_env = "KENTONGAN_X"',
            "names that begin with KENTONGAN_ are settings",
        ),
        ('[sip]\nhosts = ["here"]', "sip.hosts: 'here' is no IP address"),
        ('[sip]\nhosts = ["0.0.0.0"]', "sip.announced_hosts: needed where every address"),
        ("[sip]\nport = 0", "sip.port must be 1 to 65535"),
        ('[sip.tls]\ncertificate_file = "x"', "certificate_file and key_file go together"),
        (ONE.replace("10.0.0.0/8", "0.0.0.0/0"), "trunk a: networks: 0.0.0.0/0 is a large part of"),
        (ONE.replace("10.0.0.0/8", "128.0.0.0/1"), "trunk a: networks: 128.0.0.0/1 is a large"),
        (ONE.replace("10.0.0.0/8", "::/0"), "trunk a: networks: ::/0 is a large part of the int"),
        ('[sip]\ntrunk_networks = ["0.0.0.0/0"]', "sip.trunk_networks: 0.0.0.0/0 is a large"),
        ('[sip]\ntrunk_networks = ["x"]', "sip.trunk_networks: 'x' is no network"),
    ],
)
def test_what_cannot_be_is_named_with_trunk_and_key(tmp_path: Path, text: str, said: str) -> None:
    """One line for whoever wrote the file; a password that stands in it is not repeated."""
    if text.startswith("[[") and "[sip]" in text:
        trunk, _, sip = text.partition("[sip]")
        text = f"[sip]{sip}\n{trunk}"
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert said in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_certificate_trunk_needs_an_authority(tmp_path: Path) -> None:
    """Without one any certificate would do."""
    text = FULL.replace('ca_file = "/etc/kentongan/peers.pem"', "")
    with pytest.raises(SettingsError, match=r"trunk secure: certificate_names.* sip\.tls\.ca_file"):
        load(tmp_path, text)


def test_a_listed_password_file_is_no_secret(tmp_path: Path) -> None:
    """`kentongan settings` prints where the password is, and nothing of it."""
    password = tmp_path / "secret"
    password.write_text("geheim\n", encoding="utf-8")
    text = FULL.replace("/etc/kentongan/pbx.password", str(password))
    shown = describe(load(tmp_path, text))
    assert str(password) in shown
    assert "geheim" not in shown


TEXTS = st.sampled_from(("", "a", "tls", "pcma", "10.0.0.0/8", "x" * 300, "\x00", "::1", "é"))


@given(
    st.dictionaries(
        st.sampled_from(Trunk.__struct_fields__),
        st.one_of(TEXTS, st.integers(), st.lists(TEXTS, max_size=3)),
    )
)
def test_any_table_is_a_trunk_or_a_named_error(values: dict[str, Any]) -> None:
    """Nothing but a `ValidationError`, whatever stands there."""
    with contextlib.suppress(msgspec.ValidationError):
        trunk = msgspec.convert(values, Trunk)
        assert trunk.key
        assert trunk.networks or trunk.certificate_names or trunk.host


def test_a_host_is_who_may_call_where_nothing_else_is_said() -> None:
    """A literal at once, a name once it is resolved; IPv4 in IPv6 is IPv4."""
    literal = Trunk(key="a", host="192.0.2.1")
    assert literal.reaches_from("192.0.2.1")
    assert literal.reaches_from("::ffff:192.0.2.1")
    assert not literal.reaches_from("192.0.2.2")
    named = Trunk(key="b", host="pbx.example")
    gate = Gate((literal, named))
    source = Address("192.0.2.9", 5060)
    assert gate.find(source, Transport.UDP) is None
    gate.resolved("b", ["192.0.2.9", "2001:db8::9"])
    assert gate.find(source, Transport.UDP) is named
    assert gate.trunk_at("2001:db8::9") is named
    gate.resolved("b", ["192.0.2.8"])
    assert gate.find(source, Transport.UDP) is None


def test_networks_are_not_widened_by_the_host() -> None:
    """Who named networks meant them; a name server cannot add to them."""
    gate = Gate((Trunk(key="a", networks=("10.0.0.0/8",), host="pbx.example"),))
    gate.resolved("a", ["192.0.2.9"])
    assert not gate.may_try("192.0.2.9", Transport.UDP)
    assert gate.trunk_at("192.0.2.9") is not None


def test_every_example_of_the_handbook_is_taken(tmp_path: Path) -> None:
    """What people copy from docs/operate/trunks.md works, and every key is in its table."""
    page = (Path(__file__).parents[2] / "docs/operate/trunks.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    found = load(tmp_path, "\n".join(blocks)).sip.trunks
    assert [trunk.key for trunk in found] == ["carrier_a", "pbx", "carrier_b"]
    for name in (*Trunk.__struct_fields__, *Registration.__struct_fields__):
        assert f"`{name}`" in page, name


def test_the_trunk_that_names_an_address_most_exactly_has_its_calls(tmp_path: Path) -> None:
    """Whatever their order; a network that two name alike is told, and is the first one's."""
    wide = Trunk(key="wide", networks=("10.0.0.0/8",))
    narrow = Trunk(key="narrow", networks=("10.1.0.0/16",), transport="udp")
    secure = Trunk(key="secure", networks=("10.1.0.0/16",), transport="tls")
    host = Trunk(key="host", host="10.1.2.3")
    for trunks in ((wide, narrow, secure, host), (host, secure, narrow, wide)):
        gate = Gate(trunks)

        def found(where: str, transport: Transport = Transport.UDP, gate: Gate = gate) -> str:
            trunk = gate.find(Address(where, 5060), transport)
            return trunk.key if trunk is not None else ""

        assert found("10.2.0.1") == "wide"
        assert found("10.1.0.1") == "narrow"
        assert found("10.1.0.1", Transport.TLS) == "secure"
        assert found("10.1.2.3") == "host"
        at = gate.trunk_at("10.1.0.1")
        assert at is not None
        assert at.key in {"narrow", "secure"}
    file = tmp_path / "c.toml"
    lines = "".join(
        f'[[sip.trunks]]\nkey = "{key}"\nnetworks = ["10.1.0.0/16"]\n' for key in ("one", "two")
    )
    file.write_text(f'state_dir = "{tmp_path}"\n{lines}', encoding="utf-8")
    tls = {
        "KENTONGAN_SIP__TLS__CERTIFICATE_FILE": "/nope",
        "KENTONGAN_SIP__TLS__KEY_FILE": str(file),
    }
    missing, *_ = notes_of(load_settings(file, tls))
    assert missing.startswith("sip.tls.certificate_file: /nope is not there")
    (note,) = notes_of(load_settings(file, {}))
    assert "trunk two: networks: 10.1.0.0/16 is trunk one's too" in note
