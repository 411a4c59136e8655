"""The control line for other nodes: who is let in, who is not, and what that costs the switch."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from switch_room import free_port, until
from trunk_certificates import Authority

from kentongan.edge.switch import control_tcp
from kentongan.edge.switch.control import Answer, AnyRequest, ControlSocket, Find, ListCalls
from kentongan.edge.switch.control_tcp import ControlListener
from kentongan.edge.web import switch_lines
from kentongan.edge.web.switch_client import SwitchClient
from kentongan.edge.web.switch_lines import OtherLine
from kentongan.serve.run import switch_settings
from kentongan.settings import SettingsError, load_settings
from kentongan.switch_line import LineAddress, LineError, LineTls, OtherSwitch, address_of, proof

HOST = "127.0.0.1"
SECRET = b"a secret of the tests, long enough"


async def _answer(request: AnyRequest) -> Answer:
    match request:
        case Find(call=call):
            return {"is_held": call == "held"}
        case ListCalls():
            return {"calls": []}
        case _:
            return {}


class Line:
    """A control socket with its listener, as a switch has them."""

    def __init__(self, folder: Path, tls: LineTls) -> None:
        self.secret_file = folder / "line.secret"
        self.secret_file.write_bytes(SECRET + b"\n")
        self.address = LineAddress(HOST, free_port())
        self.control = ControlSocket(folder / "switch.sock", _answer)
        self.listener = ControlListener(self.address, str(self.secret_file), tls, self.control)
        self.pushed: list[Any] = []

    async def opened(self) -> None:
        """Listen."""
        await self.control.open()
        self.listener.start()
        await until(lambda: self.listener.problem is None)

    def other(self, ca_file: str = "", secret_file: str = "") -> OtherLine:
        """The web's end."""
        return OtherLine(
            OtherSwitch(
                address=self.address,
                secret_file=secret_file or str(self.secret_file),
                ca_file=ca_file,
            )
        )

    async def asks(self, other: OtherLine) -> bool:
        """Whether somebody with that line gets an answer."""
        client = SwitchClient(other.open, self.pushed.append, retry_s=0.02)
        client.start()
        try:
            await client.reached.wait()
            return bool((await client.ask("find", call="held"))["is_held"])
        finally:
            await client.stop()

    async def stranger(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Somebody who only knows the port."""
        return await asyncio.open_connection(HOST, self.address.port)


def play(
    folder: Path, scenario: Callable[[Line], Awaitable[None]], tls: LineTls | None = None
) -> None:
    """Run it with a listener that is open."""

    async def run() -> None:
        line = Line(folder, tls or LineTls())
        await line.opened()
        try:
            await scenario(line)
        finally:
            await line.listener.close()
            await line.control.close()

    asyncio.run(asyncio.wait_for(run(), 30))


def _said(log: pytest.LogCaptureFixture, cause: str) -> int:
    return sum(cause in one for one in log.messages)


def test_who_knows_the_secret_is_a_client_like_any_other(tmp_path: Path) -> None:
    """Questions are answered and pushes come; a secret changed at both ends needs no restart."""

    async def scenario(line: Line) -> None:
        client = SwitchClient(line.other().open, line.pushed.append)
        client.start()
        await client.reached.wait()
        assert (await client.ask("find", call="held"))["is_held"] is True
        assert (await client.ask("find", call="other"))["is_held"] is False
        line.control.push({"event": "queue", "order": ["held"]})
        await until(lambda: line.pushed == [{"event": "queue", "order": ["held"]}])
        await client.stop()
        line.secret_file.write_bytes(SECRET[::-1])
        assert await line.asks(line.other())

    play(tmp_path, scenario)


@pytest.mark.parametrize(
    "said",
    [
        b'{"n": 1, "do": "list"}\n',
        b'{"challenge": "short", "proof": ""}\n',
        b'{"challenge": "' + b"0" * 64 + b'", "proof": "' + b"0" * 64 + b'"}\n',
        b'{"challenge": "' + b"0" * 64 + b'", "proof": "\xc3\xa9"}\n',
        b'{"challenge": "' + b"0" * 5_000 + b'", "proof": ""}\n',
        b"\xff\x00\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_strangers_are_hung_up_on_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    """Whatever they say, they get no answer beyond the challenge."""

    async def scenario(line: Line) -> None:
        for _ in range(3):
            reader, writer = await line.stranger()
            challenge = json.loads(await reader.readline())
            assert list(challenge) == ["challenge"]
            writer.write(said)
            assert await reader.read() == b""
            writer.close()
        assert _said(caplog, "control_proof_wrong") == 1
        assert await line.asks(line.other())

    play(tmp_path, scenario)


def test_a_proof_serves_once_and_in_one_direction(tmp_path: Path) -> None:
    """What was heard on the wire is worth nothing on another connection, nor is our own proof."""

    async def scenario(line: Line) -> None:
        reader, writer = await line.stranger()
        theirs = json.loads(await reader.readline())["challenge"]
        own = "1" * 64
        said = {"challenge": own, "proof": proof(SECRET, "web", own, theirs)}
        writer.write(json.dumps(said).encode() + b"\n")
        answered = json.loads(await reader.readline())
        assert answered == {"proof": proof(SECRET, "switch", theirs, own)}
        for replayed in (said, {"challenge": own, "proof": answered["proof"]}):
            reader_again, writer_again = await line.stranger()
            await reader_again.readline()
            writer_again.write(json.dumps(replayed).encode() + b"\n")
            assert await reader_again.read() == b""
            writer_again.close()
        writer.close()

    play(tmp_path, scenario)


def test_who_says_nothing_is_hung_up_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the limit, and too many of one address at once; both are told from the log."""
    limit_s = control_tcp.PROOF_S

    async def silent(line: Line) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        strangers = [await line.stranger() for _ in range(control_tcp.SOURCE_MAX)]
        for reader, _ in strangers:
            await reader.readline()
        return strangers

    async def scenario(line: Line) -> None:
        monkeypatch.setattr(control_tcp, "PROOF_S", 0.3)
        for reader, writer in await silent(line):
            assert await reader.read() == b""
            writer.close()
        assert _said(caplog, "control_proof_missing") == 1
        assert _said(caplog, "control_line_full") == 0
        monkeypatch.setattr(control_tcp, "PROOF_S", limit_s)  # nobody goes before all are there
        await until(lambda: not line.listener._sources)
        strangers = await silent(line)
        reader, writer = await line.stranger()
        assert await reader.read() == b""
        writer.close()
        assert _said(caplog, "control_line_full") == 1
        for _, writer in strangers:
            writer.close()
        await until(lambda: not line.listener._sources)
        assert await line.asks(line.other())

    play(tmp_path, scenario)


def test_a_listener_that_cannot_be_opened_is_a_problem_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is taken, then the secret is missing, then all is well; the socket always is."""
    monkeypatch.setattr(control_tcp, "TRY_AGAIN_S", 0.02)

    async def scenario(line: Line) -> None:
        with socket.socket() as taken:
            port = free_port()
            taken.bind((HOST, port))
            taken.listen()
            secret_file = tmp_path / "later.secret"
            secret_file.write_bytes(SECRET)
            listener = ControlListener(
                LineAddress(HOST, port), str(secret_file), LineTls(), line.control
            )
            listener.start()
            await until(lambda: "in use" in (listener.problem or ""))
            secret_file.unlink()
            await until(lambda: "No such file" in (listener.problem or ""))
        secret_file.write_bytes(b"too short")
        await until(lambda: "less than 32" in (listener.problem or ""))
        secret_file.write_bytes(SECRET)
        await until(lambda: listener.problem is None)
        await listener.close()

    play(tmp_path, scenario)


@pytest.fixture(scope="module", name="authority")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_tls_is_believed_by_our_authority_and_for_its_address_only(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another authority, a certificate of another address, and no TLS at all are left."""
    monkeypatch.setattr(switch_lines, "PROOF_S", 2.0)  # who speaks no TLS waits that long
    good, elsewhere = authority.files("node", HOST), authority.files("elsewhere", "192.0.2.1")
    (tmp_path / "others").mkdir()
    stranger = Authority(tmp_path / "others").files("node", HOST)

    async def scenario(line: Line) -> None:
        assert await line.asks(line.other(good.ca_file))
        with pytest.raises(OSError, match="certificate verify failed"):
            await line.other(stranger.ca_file).open()
        with pytest.raises(OSError, match="did not answer in time"):
            await line.other().open()

    async def other_name(line: Line) -> None:
        with pytest.raises(OSError, match="IP address mismatch"):
            await line.other(elsewhere.ca_file).open()

    for files, played in ((good, scenario), (elsewhere, other_name)):
        tls = LineTls(certificate_file=files.certificate_file, key_file=files.key_file)
        play(tmp_path, played, tls)


SETTINGS = """
[switch]
listen = "10.112.0.11:5070"
others = ["10.112.0.12:5070", "[fd00::12]:5070"]
secret_file = "/etc/kentongan/switch.secret"
"""


def test_the_settings_reach_both_ends(tmp_path: Path) -> None:
    """The switch is told where to listen, web where the others are; nothing is set by itself."""
    file = tmp_path / "centre.toml"
    file.write_text(SETTINGS)
    settings = load_settings(file, {})
    told = switch_settings(settings)
    assert told.control_listen == "10.112.0.11:5070"
    assert told.control_secret_file == "/etc/kentongan/switch.secret"
    others = [str(other.address) for other in settings.switch.other_switches()]
    assert others == ["10.112.0.12:5070", "[fd00::12]:5070"]
    alone = load_settings(None, {})
    assert switch_settings(alone).control_listen == ""
    assert alone.switch.other_switches() == ()
    environment = {
        "KENTONGAN_SWITCH__OTHERS": "10.0.0.1:1,10.0.0.2:1",
        "KENTONGAN_SWITCH__SECRET_FILE": "s",
    }
    assert len(load_settings(None, environment).switch.others) == 2


@pytest.mark.parametrize(
    ("switch", "wrong"),
    [
        ({"listen": "10.0.0.1:5070"}, "secret_file"),
        ({"others": ["10.0.0.1:5070"]}, "secret_file"),
        ({"listen": "192.0.2.1:5070", "secret_file": "s"}, "listen: .*certificate_file"),
        ({"others": ["192.0.2.1:5070"], "secret_file": "s"}, "others: .*ca_file"),
        ({"listen": "0.0.0.0:5070", "secret_file": "s"}, "listen: .*certificate_file"),
        ({"listen": "node-a:5070", "secret_file": "s"}, "listen: .*no IP address"),
        ({"others": ["10.0.0.1"], "secret_file": "s"}, "others: .*no IP address"),
        ({"others": ["10.0.0.1:1", "10.0.0.1:1"], "secret_file": "s"}, "twice"),
        ({"listen": "10.0.0.1:1", "others": ["10.0.0.1:1"], "secret_file": "s"}, "own socket"),
        ({"others": [f"10.0.0.{n}:1" for n in range(8)], "secret_file": "s"}, "up to 7"),
        ({"tls": {"key_file": "k"}}, "go together"),
        ({"secret": "in the open"}, "unknown field"),
    ],
)
def test_impossible_settings_are_named(tmp_path: Path, switch: Any, wrong: str) -> None:
    """At the start, with the setting's name."""
    file = tmp_path / "centre.json"
    file.write_text(json.dumps({"switch": switch}))
    with pytest.raises(SettingsError, match=wrong):
        load_settings(file, {})


@pytest.mark.parametrize(
    "text", ["", ":", "1.2.3.4", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:٥", "::1:5", "[1.2.3.4]:5"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """With our own error."""
    with pytest.raises(LineError):
        address_of(text)
