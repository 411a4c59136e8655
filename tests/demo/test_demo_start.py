"""The demo never reaches beyond this machine, and never touches a real centre's accounts."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kentongan.core.words import AgentId, Role
from kentongan.demo.start import demo_settings
from kentongan.edge.switch.trunks import Trunk
from kentongan.main import main
from kentongan.serve.process import started_at
from kentongan.settings import Settings
from kentongan.sip_settings import LOOPBACK_NETWORKS, SipSettings
from kentongan.store.accounts import Account
from kentongan.store.open import open_store


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder and ports of this test alone, those of sound below what the kernel gives."""
    monkeypatch.setenv("KENTONGAN_MEDIA__RTP_PORT_FIRST", "20000")
    monkeypatch.setenv("KENTONGAN_MEDIA__WEB_PORT_FIRST", "19000")
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        udp.bind(("127.0.0.1", 0))
        monkeypatch.setenv("KENTONGAN_HTTP__PORT", str(tcp.getsockname()[1]))
        monkeypatch.setenv("KENTONGAN_SIP__PORT", str(udp.getsockname()[1]))
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path))


def test_it_refuses_an_address_others_can_reach(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its passwords are public: anything but loopback ends with 2 and the reason."""
    monkeypatch.setenv("KENTONGAN_HTTP__HOST", "0.0.0.0")
    assert main(["demo", "--no-browser"]) == 2
    assert "loopback" in capsys.readouterr().err


def test_no_trunk_of_a_centre_is_ever_used_by_a_demo() -> None:
    """The directory holds numbers of real agencies: the only way out ends on this machine."""
    carrier = Trunk(key="carrier", networks=("198.51.100.0/24",), host="198.51.100.2")
    centre = Settings(sip=SipSettings(port=5060, trunks=(carrier,)))
    (trunk,) = demo_settings(centre).sip.all_trunks(training=True)
    assert (trunk.host, trunk.sip_port, trunk.networks) == ("127.0.0.1", 5070, LOOPBACK_NETWORKS)
    assert trunk.training
    high = demo_settings(Settings(sip=SipSettings(port=65_530))).sip.trunks[0]
    assert high.sip_port == 65_520
    exact = demo_settings(Settings(sip=SipSettings(trunk_networks=("127.0.0.9/32",)))).sip
    assert exact.trunks[0].networks == ("127.0.0.9/32",)


def test_it_refuses_a_store_with_people_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No account with a public password is ever added to a real centre's store."""
    address = f"sqlite:{tmp_path / 'real.db'}"
    store = open_store(address)
    store.accounts.put(
        Account(id=AgentId("agent-1"), name="wati", password_hash="x", roles=(Role.SUPERVISOR,))
    )
    monkeypatch.setenv("KENTONGAN_STORE", address)
    assert main(["demo", "--no-browser"]) == 2
    assert "accounts" in capsys.readouterr().err
    assert [account.name for account in store.accounts.list()] == ["wati"]


def test_it_names_a_port_that_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second demo says which port, and how to choose another one."""
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("KENTONGAN_SIP__PORT", str(taken.getsockname()[1]))
        assert main(["demo", "--no-browser"]) == 2
    error = capsys.readouterr().err
    assert "sip.port" in error
    assert "KENTONGAN_SIP__PORT" in error


def test_it_ends_what_an_earlier_run_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A killed watcher's processes hold no port against the next demo; others are untouched."""
    run_dir = tmp_path / "demo" / "run"
    run_dir.mkdir(parents=True)
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (run_dir / "web.pid").write_text(f"{sleeper.pid} {started_at(sleeper.pid)}")
    (run_dir / "work.pid").write_text(f"{os.getpid()} 1")
    monkeypatch.setenv("KENTONGAN_HTTP__HOST", "0.0.0.0")  # so that it goes no further
    assert main(["demo", "--no-browser"]) == 2
    assert sleeper.wait(timeout=10) != 0
    assert "loopback" in capsys.readouterr().err
