"""`kentongan trunk test` before real peers: sipp, bare sockets, TLS with good and bad dates."""

import asyncio
import contextlib
import json
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest
from trunk_certificates import Authority

from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.trial import Fact, Finding, Trial
from kentongan.edge.switch.trunks import Registration, Trunk
from kentongan.main import main
from kentongan.serve.trunk_words import STEPS, VERDICTS, WORDS
from kentongan.serve.trunks import in_words
from kentongan.sip.errors import ParseError
from kentongan.sip.message import Headers, Request, encode
from kentongan.sip.parse import parse_message

PEER = "127.0.0.9"


def free_port(host: str = PEER) -> int:
    """A port nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])


def settings_of(tmp_path: Path, **overrides: Any) -> SwitchSettings:
    """A switch's settings, its port taken by nobody."""
    values = {
        "control_socket": str(tmp_path / "switch.sock"),
        "spool_path": str(tmp_path / "spool"),
        "recordings_dir": str(tmp_path),
        "media_sockets": ["/run/media.sock"],
        "sip_port": free_port("127.0.0.1"),
    }
    return msgspec.convert(values | overrides, SwitchSettings)


def findings_of(settings: SwitchSettings, trunk: Trunk, call: str = "") -> dict[str, Finding]:
    """Every step's finding, by step."""

    async def collect() -> list[Finding]:
        return [finding async for finding in Trial(settings, trunk).run(call)]

    return {finding.step: finding for finding in asyncio.run(collect())}


class Peer:
    """A plain UDP exchange: answers OPTIONS, REGISTER after a challenge, and INVITE."""

    def __init__(self, *, status: int = 200, password_is_right: bool = True) -> None:
        self.methods: list[str] = []
        self._status = status
        self._is_right = password_is_right
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind((PEER, 0))
        self.port = int(self._sock.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.sendto(b"", (PEER, self.port))
        self._thread.join(5)
        self._sock.close()

    def _serve(self) -> None:
        while True:
            data, source = self._sock.recvfrom(65_535)
            if not data:
                return
            message = parse_message(data)
            assert isinstance(message, Request)
            self.methods.append(message.method)
            status, extra = self._answer(message)
            if status:
                self._sock.sendto(_response(message, status, *extra), source)

    def _answer(self, message: Request) -> tuple[int, tuple[tuple[str, str], ...]]:
        match message.method:
            case "ACK":
                return 0, ()
            case "REGISTER" if message.headers.find("authorization") and self._is_right:
                return 200, (("Contact", message.headers.find("contact") or ""), ("Expires", "300"))
            case "REGISTER":
                return 401, (("WWW-Authenticate", 'Digest realm="pbx", nonce="1", qop="auth"'),)
            case "INVITE":
                return 486, ()
            case _:
                return self._status, ()


def _response(request: Request, status: int, *extra: tuple[str, str]) -> bytes:
    names = {"via", "from", "call-id", "cseq"}
    kept = tuple(field for field in request.headers.fields if field.name.lower() in names)
    to = (request.headers.find("to") or "") + ";tag=peer"
    headers = Headers(kept).added(("To", to), *extra, ("Content-Length", "0"))
    answer = Request("SIP/2.0", str(status), headers)
    head, _, rest = encode(answer).partition(b"\r\n")
    del head
    return f"SIP/2.0 {status} said\r\n".encode() + rest


def test_a_plain_exchange_is_asked_and_registered_at(tmp_path: Path) -> None:
    """Address, OPTIONS and REGISTER are well; nobody is called."""
    (tmp_path / "password").write_text("secret", encoding="utf-8")
    with Peer() as peer:
        register = Registration(user="u", password_file=str(tmp_path / "password"))
        trunk = Trunk(key="pbx", host=PEER, port=peer.port, register=register)
        found = findings_of(settings_of(tmp_path), trunk)
    assert {step: one.verdict for step, one in found.items()} == {
        "calls_in": "note",
        "address": "well",
        "options": "well",
        "register": "well",
    }
    assert found["options"].facts["status"] == 200
    assert peer.methods == ["OPTIONS", "REGISTER", "REGISTER"]


@pytest.mark.parametrize(
    ("status", "verdict"), [(404, "well"), (403, "well"), (503, "fault"), (500, "fault")]
)
def test_what_the_exchange_answers_is_judged(tmp_path: Path, status: int, verdict: str) -> None:
    """As the switch's own keep-alive judges it."""
    with Peer(status=status) as peer:
        trunk = Trunk(key="a", host=PEER, port=peer.port)
        found = findings_of(settings_of(tmp_path), trunk)["options"]
    assert (found.verdict, found.facts["status"]) == (verdict, status)


def test_a_refused_password_and_a_refused_call_are_faults(tmp_path: Path) -> None:
    """The call is placed because it was asked for; its status is told."""
    (tmp_path / "password").write_text("wrong", encoding="utf-8")
    with Peer(password_is_right=False) as peer:
        register = Registration(user="u", password_file=str(tmp_path / "password"))
        trunk = Trunk(key="pbx", host=PEER, port=peer.port, register=register)
        found = findings_of(settings_of(tmp_path), trunk, call="119")
    assert (found["register"].verdict, found["register"].key) == ("fault", "credentials_refused")
    assert (found["call"].verdict, found["call"].facts["status"]) == ("fault", 486)


def test_silence_and_unknown_names_are_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with its own word."""
    from kentongan.edge.switch import trial

    monkeypatch.setattr(trial, "ANSWER_S_MAX", 0.3)
    silent = Trunk(key="a", host=PEER, port=free_port())
    assert findings_of(settings_of(tmp_path), silent)["options"].key == "no_answer"
    nowhere = Trunk(key="b", host="no-such-host.invalid")
    assert findings_of(settings_of(tmp_path), nowhere)["address"].key == "name_unresolved"
    closed = Trunk(key="c", host=PEER, port=free_port(), transport="tcp")
    assert findings_of(settings_of(tmp_path), closed)["connection"].key == "connection_refused"


def test_a_busy_port_is_no_hindrance(tmp_path: Path) -> None:
    """The switch runs on its port; the trial asks from another and says from which."""
    with Peer() as peer, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        settings = settings_of(tmp_path, sip_port=taken.getsockname()[1])
        found = findings_of(settings, Trunk(key="a", host=PEER, port=peer.port))
    assert found["options"].verdict == "well"
    assert not str(found["address"].facts["own"]).endswith(f":{settings.sip_port}")


@contextmanager
def tls_peer(authority: Authority, *names: str, days: int = 90) -> Generator[int]:
    """A TLS exchange in a thread; its port."""
    certificate = authority.sign("peer", *names, days=days, begins_days=-100)
    context = authority.server(certificate)
    listening = socket.create_server((PEER, 0))

    def answer(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_side=True) as secure:
            message = parse_message(secure.recv(65_535))
            assert isinstance(message, Request)
            secure.sendall(_response(message, 200))
            secure.recv(1)

    def serve() -> None:
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return  # the test is over
            with sock, contextlib.suppress(OSError, ParseError):
                answer(sock)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        listening.close()


@pytest.mark.parametrize(
    ("names", "days", "step", "key"),
    [
        (("sbc.example",), 90, "peer_certificate", "certificate_well"),
        (("sbc.example",), 5, "peer_certificate", "certificate_soon"),
        (("sbc.example",), -1, "connection", "peer_certificate_expired"),
        (("other.example",), 90, "connection", "peer_certificate_other_name"),
    ],
)
def test_certificates_are_looked_at(
    tmp_path: Path, names: tuple[str, ...], days: int, step: str, key: str
) -> None:
    """The peer's dates and names, and our own."""
    authority = Authority(tmp_path)
    ours = authority.files("centre", "112.example", days=10)
    with tls_peer(authority, *names, days=days) as port:
        trunk = Trunk(
            key="t", transport="tls", host=PEER, port=port, certificate_names=("sbc.example",)
        )
        found = findings_of(settings_of(tmp_path, tls=msgspec.to_builtins(ours)), trunk)
    assert found["own_certificate"].key == "certificate_soon"
    assert found["own_certificate"].facts["days"] == 10
    assert found[step].key == key
    assert (found.get("options") is not None) is (step == "peer_certificate")


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("sipp") is None, reason="sipp is not installed")
def test_sipp_answers_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """OPTIONS and one call that was asked for, to sipp's own `uas` scenario; JSON, then words."""
    port = free_port()
    settings = tmp_path / "centre.toml"
    settings.write_text(
        f'state_dir = "{tmp_path}"\n[media]\nrtp_port_first = 20000\nweb_port_first = 19000\n'
        f"[sip]\nport = {free_port('127.0.0.1')}\n"
        f'[[sip.trunks]]\nkey = "sipp"\nhost = "{PEER}"\nport = {port}\noptions_period_s = 0\n'
        f'[[sip.trunks]]\nkey = "in_only"\nnetworks = ["10.0.0.0/8"]\n',
        encoding="utf-8",
    )
    arguments = ["sipp", "-sn", "uas", "-i", PEER, "-p", str(port), "-nostdin", "-aa"]
    sipp = subprocess.Popen(
        arguments, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_port(port)
        command = ["--settings", str(settings), "trunk", "test"]
        assert main([*command, "sipp", "--json", "--call", "119"]) == 0
        said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert main([*command, "--language", "en"]) == 0
        words = capsys.readouterr().out
    finally:
        sipp.kill()
        sipp.wait(10)
    assert [(one["step"], one["verdict"]) for one in said] == [
        ("calls_in", "note"),
        ("address", "well"),
        ("options", "well"),
        ("call", "well"),
    ]
    assert "WELL" in words
    assert re.search(r"OPTIONS +answered 200 in [0-9.]+ ms", words)
    assert "in_only" in words
    assert main([*command, "nobody"]) == 2
    assert main([*command, "--call", "119"]) == 2


def _await_port(port: int) -> None:
    """Until somebody has that UDP port."""
    for _ in range(200):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            try:
                sock.bind((PEER, port))
            except OSError:
                return
        threading.Event().wait(0.02)
    raise AssertionError("sipp did not start")


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_finding_has_its_words(language: str) -> None:
    """Both languages know the same keys, and every brace is filled by the facts."""
    assert WORDS["id"].keys() == WORDS["en"].keys()
    assert STEPS["id"].keys() == STEPS["en"].keys()
    names = (
        "who state reason host address port own status ms names not_after days seconds number asked"
    )
    facts: dict[str, Fact] = dict.fromkeys(names.split(), "x")
    for key in WORDS[language]:
        finding = Finding(trunk="t", step="options", verdict="well", key=key, facts=facts)
        line = in_words(finding, language)
        assert "{" not in line
        assert line.startswith(VERDICTS[language]["well"])
