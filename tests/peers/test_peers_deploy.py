"""The files of `deploy/`: their renderer, and what Debian's own programs say to what it makes."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from peers_site import EXAMPLE, PRINTED_SECRET, example, load_renderer

from kentongan.settings import load_settings

render = load_renderer()
UNITS = (
    "kentongan-media@0",
    "kentongan-switch",
    "kentongan-web",
    "kentongan-work",
    "kentongan-avl",
    "kentongan-notify",
    "kentongan-geo",
)
WALL = Path(__file__).parent / "peers_wall.sh"


def _run(*command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
        env=os.environ | changes,
    )


def _needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def _can_unshare() -> bool:
    """Whether this machine lets us have a network of our own, with a firewall in it."""
    if not (shutil.which("nft") and shutil.which("unshare")):
        return False
    return _run("unshare", "-rn", "nft", "list", "tables").returncode == 0


needs_network = pytest.mark.skipif(
    not _can_unshare(), reason="nft is not installed, or no network namespace may be made here"
)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The example site, written; its program is one that exists."""
    site = tmp_path / "site.toml"
    program = Path(sys.executable).parent / "kentongan"
    site.write_text(example().replace("/opt/kentongan/bin/kentongan", str(program)))
    assert render.main([str(site), str(tmp_path / "made")]) == 0
    return tmp_path / "made"


class TestRenderer:
    """`render.py`."""

    def test_the_example_fills_every_template(self, made: Path) -> None:
        """No name stays open; lists become lines; secrets are not for everybody's eyes."""
        files = [file for file in made.rglob("*") if file.is_file()]
        assert len(files) == len([f for f in render.FOLDERS for f in _templates(f)])
        for file in files:
            assert not render.NAME.search(file.read_text()), file
            assert file.stat().st_mode & 0o007 == 0
        addresses = (made / "kamailio/address.list").read_text().splitlines()
        assert addresses[1:] == ["1 198.51.100.0 28", "1 192.0.2.7 32"]

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (("[nodes]", "[knots]"), "nodes.a is missing"),
            (('a = "10.112.0.11"', 'a = "10.112.0"'), "nodes.a"),
            (("sip_port = 5060", "sip_port = 70000"), "sip_port"),
            (("41000-41001", "41001-41000"), "media.web_ports"),
            (('["5061"]', '["tls"]'), "edge.tls_ports"),
            (("198.51.100.0/28", "198.51.100.1/28"), "trunks.networks"),
            (('realm = "', 'colour = "blue"\nrealm = "'), "no template uses: turn.colour"),
            (('realm = "112', 'realm = "@112'), "turn.realm"),
            (('realm = "112.example.go.id"', "realm = true"), "turn.realm"),
            (("[turn]", "[turn"), "site.toml"),
            (("[turn]", "loose = 1\n[turn]"), "media.loose"),
        ],
    )
    def test_what_cannot_be_is_named_and_nothing_is_written(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], said: str
    ) -> None:
        """Half a configuration is worse than none."""
        site = tmp_path / "site.toml"
        site.write_text(example().replace(*change, 1))
        assert render.main([str(site), str(tmp_path / "made")]) == 1
        assert said in capsys.readouterr().err
        assert not (tmp_path / "made").exists()

    @pytest.mark.parametrize("secret", [PRINTED_SECRET, "ab" * 32, "8f2b6d1c0a", "correct horse"])
    def test_a_secret_that_anybody_could_know_is_refused(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], secret: str
    ) -> None:
        """The example's own above all; what to do is said, the secret is not."""
        site = tmp_path / "site.toml"
        site.write_text(EXAMPLE.read_text().replace(PRINTED_SECRET, secret))
        assert render.main([str(site), str(tmp_path / "made")]) == 1
        said = capsys.readouterr().err
        assert "turn.secret" in said
        assert "openssl rand -hex 32" in said
        assert secret not in said
        assert not (tmp_path / "made").exists()

    def test_a_node_without_an_edge_hears_trunks_of_ipv6(self, tmp_path: Path) -> None:
        """None unless named; then on SIP's port and those of sound."""
        site = tmp_path / "site.toml"
        network = "2001:db8:112::/48"
        for named, is_there in (("[]", False), (f'["{network}"]', True)):
            text = example().replace("sip_networks_v6 = []", f"sip_networks_v6 = {named}")
            site.write_text(text)
            table = render.render_all(site)["nftables/centre.nft"]
            assert (f"sip_peers_v6 {{ {network} }}" in table) is is_there
            assert "ip6 saddr @sip_peers_v6 udp dport { 5060, 42000-43999 } accept" in table

    def test_the_examples_media_ports_are_the_products_own(self) -> None:
        """What the firewall opens is what `[media]` in the handbook uses."""
        site: dict[str, Any] = tomllib.loads(example())
        media = load_settings(None, {"KENTONGAN_MEDIA__PROCESSES": "2"}).media
        last = media.processes - 1
        web = f"{media.web_port_first}-{media.web_port_first + last}"
        rtp = f"{media.rtp_port_first}-{media.rtp_port_first + 2 * media.rtp_ports_each - 1}"
        assert (site["media"]["web_ports"], site["media"]["rtp_ports"]) == (web, rtp)


@pytest.mark.peer
class TestDebian:
    """Debian's programs read what was made."""

    @_needs("systemd-analyze")
    def test_systemd_takes_the_units_without_a_word(self, made: Path) -> None:
        """Units and drop-ins; each of ours is exposed no more than "OK"."""
        units = made / "systemd"
        shutil.copy(units / "kentongan-media@.service", units / "kentongan-media@0.service")
        names = [f"{unit}.service" for unit in UNITS] + ["kentongan.target"]
        installed = (
            f"{name}.service"
            for name in ("kamailio", "rtpengine-daemon", "coturn")
            if Path(f"/lib/systemd/system/{name}.service").exists()
        )
        said = _systemd(units, "verify", "--man=no", *names, *installed)
        assert (said.returncode, said.stdout + said.stderr) == (0, "")
        for unit in UNITS:
            said = _systemd(units, "security", "--offline=yes", "--threshold=25", f"{unit}.service")
            assert said.returncode == 0, said.stdout

    @needs_network
    @pytest.mark.parametrize("table", ["centre", "edge", "turn"])
    def test_nftables_takes_the_tables_twice(self, made: Path, table: str) -> None:
        """Checked, loaded, and loaded again over itself: an update leaves no doubled rule."""
        file = made / f"nftables/{table}.nft"
        script = (
            'nft -c -f "$0" && nft -f "$0" && nft list ruleset && nft -f "$0" && nft list ruleset'
        )
        done = _run("unshare", "-rn", "sh", "-c", script, str(file))
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines[: len(lines) // 2] == lines[len(lines) // 2 :]

    @_needs("kamailio")
    @pytest.mark.parametrize("ports", ['["5061"]', "[]"])
    def test_kamailio_takes_its_configuration(self, tmp_path: Path, ports: str) -> None:
        """With and without TLS."""
        site = tmp_path / "site.toml"
        site.write_text(example().replace('["5061"]', ports))
        assert render.main([str(site), str(tmp_path / "made")]) == 0
        done = _run("kamailio", "-c", "-f", str(tmp_path / "made/kamailio/kamailio.cfg"))
        assert ("tls: " in done.stderr + done.stdout) == (ports != "[]")
        assert done.returncode == 0, done.stderr
        assert "ERROR" not in done.stderr
        assert "WARNING" not in done.stderr

    @needs_network
    @_needs("keepalived")
    def test_keepalived_takes_its_configuration(self, made: Path) -> None:
        """On a machine with both interfaces."""
        file = made / "keepalived/keepalived.conf"
        script = "ip link add eth0 type veth peer name eth1 && keepalived -t -f $0"
        done = _run("unshare", "-rn", "sh", "-c", script, str(file))
        assert done.returncode == 0, done.stdout + done.stderr


@needs_network
@pytest.mark.peer
class TestWalls:
    """The tables at work, between two network namespaces."""

    def test_a_node_hears_sip_from_its_edge_and_browsers_from_everywhere(self, made: Path) -> None:
        """SIP and RTP from the edge only; one UDP port a media process and HTTPS from anybody; the
        line to its switch from the other node only.
        """
        node, edge, trunk, anybody = "10.112.0.11", "10.112.0.10", "198.51.100.2", "192.0.2.200"
        admin = "10.112.8.9"
        screens = (f"udp/{node}/41000", f"udp/{node}/41001", f"tcp/{node}/443")
        calls = (f"udp/{node}/5060", f"tcp/{node}/5060", f"udp/{node}/42000", f"udp/{node}/43998")
        open_to_all = {f"{who}/{what}" for who in (edge, trunk, anybody) for what in screens}
        open_to_edge = {f"{edge}/{what}" for what in calls}
        closed = {f"{who}/{what}" for who in (trunk, anybody) for what in calls}
        closed |= {f"{who}/tcp/{node}/22" for who in (edge, trunk, anybody)}
        closed |= {f"{anybody}/udp/{node}/41002", f"{edge}/udp/{node}/44000"}
        wanted = open_to_all | open_to_edge | {f"{admin}/tcp/{node}/22"}
        closed |= {f"{who}/tcp/{node}/5070" for who in (edge, trunk, anybody)}
        wanted |= {f"10.112.0.12/tcp/{node}/5070"}
        assert _through(made / "nftables/centre.nft", wanted | closed) == wanted

    def test_the_edge_hears_trunks_outside_and_nodes_inside(self, made: Path) -> None:
        """Each on its own address: a trunk may not reach the inside, a stranger nothing."""
        outside, inside = "203.0.113.10", "10.112.0.10"
        trunk, node, media, stranger = "198.51.100.2", "10.112.0.11", "203.0.113.21", "192.0.2.200"
        wanted = {
            f"{trunk}/udp/{outside}/5060", f"{trunk}/tcp/{outside}/5060",
            f"{trunk}/tcp/{outside}/5061", f"{trunk}/udp/{outside}/30000",
            f"{node}/udp/{inside}/5060", f"{node}/udp/{inside}/39998",
            f"{media}/udp/{inside}/30000",
        }  # fmt: skip
        closed = {
            f"{stranger}/udp/{outside}/5060", f"{stranger}/tcp/{outside}/5061",
            f"{stranger}/udp/{outside}/30000", f"{trunk}/udp/{inside}/5060",
            f"{node}/udp/{outside}/5060", f"{trunk}/udp/{outside}/29998",
        }  # fmt: skip
        assert _through(made / "nftables/edge.nft", wanted | closed) == wanted


def _templates(folder: str) -> list[Path]:
    return [file for file in (EXAMPLE.parent / folder).rglob("*") if file.is_file()]


def _systemd(units: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _run("systemd-analyze", "--no-pager", *arguments, SYSTEMD_UNIT_PATH=f"{units}:")


def _through(table: Path, probes: set[str]) -> set[str]:
    """Those probes that the table lets through."""
    taken = [probe.split("/") for probe in probes]
    own, world = (" ".join(sorted({probe[at] for probe in taken})) for at in (2, 0))
    words = " ".join(sorted(probes))
    done = _run("unshare", "-rn", str(WALL), sys.executable, str(table), own, world, words)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())
