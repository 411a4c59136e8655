"""The systems that carry voices side by side: ours, plain rtpengine, and Janus with AudioBridge.

Each makes calls between two ends that the bench holds and says which process does the work. The
others come from Debian's packages (rtpengine-daemon, janus) and are left out where they are not
installed. rtpengine forwards and does not mix; Janus mixes at 8 kHz, with telephones on both ends.
"""

import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "media"))

from media_peers import RtpPhone, Voice, WebPeer
from media_process import MediaProcess, free_ports
from media_sealed import KEY_FIELDS

from kentongan.media.client import MediaClient
from kentongan.media.protocol import Rtp, Web

READY_S: Final = 20.0
Ends = tuple[Voice, Voice]


class VoiceSystem(ABC):
    """A running system; `call` makes two ends hear each other."""

    name: str

    @property
    @abstractmethod
    def pid(self) -> int:
        """Of the process that does the work."""

    @abstractmethod
    async def start(self) -> None:
        """Start it, and wait until it takes calls."""

    @abstractmethod
    async def call(self, number: int, caller: RtpPhone) -> Ends:
        """The caller, who has a port already, and somebody who hears him, both talking."""

    @abstractmethod
    async def stop(self) -> None:
        """End it, by its number."""


class Ours(VoiceSystem):
    """A telephone and a browser's leg on one bridge, recorded."""

    name = "media"
    client: MediaClient

    def __init__(self, folder: Path) -> None:
        self.media = MediaProcess(folder, bridges_max=100)

    @property
    def pid(self) -> int:
        return self.media.pid

    async def start(self) -> None:
        self.media.start()
        self.client = self.media.client()
        self.client.start()
        await asyncio.wait_for(self.client.connected(), READY_S)

    async def call(self, number: int, caller: RtpPhone) -> Ends:
        bridge = f"call-{number}"
        await self.client.create(bridge, f"{bridge}.rec", **KEY_FIELDS)
        await self._telephone(bridge, "citizen", caller)
        browser = await WebPeer().open()
        answer = await self.client.web(Web(bridge=bridge, leg="desk", sdp=browser.offer()))
        await browser.connect(answer)
        return caller, browser

    async def stop(self) -> None:
        await self.client.close()
        self.media.stop()

    async def _telephone(self, bridge: str, leg: str, phone: RtpPhone) -> None:
        address = await self.client.rtp(
            Rtp(bridge=bridge, leg=leg, role=leg, ip="127.0.0.1", port=phone.port)
        )
        phone.call(address.ip, address.port)


class OursPlain(Ours):
    """Two telephones on one bridge, not recorded: what the others do."""

    name = "media_plain"

    async def call(self, number: int, caller: RtpPhone) -> Ends:
        bridge = f"call-{number}"
        await self.client.create(bridge)
        await self._telephone(bridge, "citizen", caller)
        callee = await RtpPhone().open()
        await self._telephone(bridge, "agency", callee)
        return caller, callee


class Program(VoiceSystem):
    """A system that is a program of a package."""

    command: str

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def is_installed(cls) -> bool:
        """Whether the package is there."""
        return shutil.which(cls.command) is not None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def run(self, *arguments: str) -> None:
        """Start the program; what it says goes to a file."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.command, *arguments], stdout=log, stderr=log, cwd=self.folder
            )

    async def stop(self) -> None:
        os.kill(self.pid, signal.SIGTERM)
        assert self._process is not None
        await asyncio.to_thread(self._process.wait, 20)


class RtpEngine(Program):
    """rtpengine in user space: packets of two telephones are passed on."""

    name = "rtpengine"
    command = "rtpengine"

    async def start(self) -> None:
        (port,) = free_ports(1)
        self.run(
            "--config-file=none", "--table=-1", "--interface=127.0.0.1", "--foreground",
            f"--listen-ng=127.0.0.1:{port}", "--port-min=50000", "--port-max=54999",
            "--log-stderr", "--log-level=4", "--num-threads=2",
        )  # fmt: skip
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._socket.settimeout(0.5)
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            try:
                await self._ask({"command": "ping"})
            except OSError:
                await asyncio.sleep(0.1)
            else:
                return
        raise TimeoutError("rtpengine does not answer")

    async def call(self, number: int, caller: RtpPhone) -> Ends:
        callee = await RtpPhone().open()
        names = {"call-id": f"call-{number}", "from-tag": "a"}
        to_callee = await self._ask({"command": "offer", "sdp": _sdp(caller), **names})
        to_caller = await self._ask(
            {"command": "answer", "sdp": _sdp(callee), "to-tag": "b", **names}
        )
        caller.call("127.0.0.1", _port(to_caller["sdp"]))
        callee.call("127.0.0.1", _port(to_callee["sdp"]))
        return caller, callee

    async def _ask(self, question: dict[str, str]) -> dict[str, str]:
        cookie = secrets.token_hex(4).encode()
        self._socket.send(cookie + b" " + _bencoded(question))
        reply = await asyncio.to_thread(self._socket.recv, 65536)
        return _bdecoded(reply.partition(b" ")[2])


class Janus(Program):
    """AudioBridge: a room at 8 kHz for each call, two telephones in it."""

    name = "janus"
    command = "janus"

    async def start(self) -> None:
        path = str(self.folder / "janus.sock")
        self._configure(path)
        self.run("--configs-folder", str(self.folder), "--log-stdout", "--debug-level=2")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(5)
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            try:
                self._socket.connect(path)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            self._session = (await self._ask({"janus": "create"}, "success"))["data"]["id"]
            return
        raise TimeoutError("Janus does not answer")

    def _configure(self, path: str) -> None:
        plugins = "/usr/lib/x86_64-linux-gnu/janus"
        (self.folder / "janus.jcfg").write_text(
            f'general: {{ plugins_folder = "{plugins}/plugins"\n'
            f' transports_folder = "{plugins}/transports"\n session_timeout = 0 }}\n'
            "nat: { ice_lite = true }\n plugins: {}\n"
            'transports: { disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,'
            'libjanus_rabbitmq.so,libjanus_websockets.so" }\n'
        )
        (self.folder / "janus.transport.pfunix.jcfg").write_text(
            f'general: {{ enabled = true\n json = "compact"\n path = "{path}" }}\n'
        )
        (self.folder / "janus.plugin.audiobridge.jcfg").write_text(
            'general: { local_ip = "127.0.0.1"\n rtp_port_range = "55000-59999" }\n'
        )

    async def call(self, number: int, caller: RtpPhone) -> Ends:
        callee = await RtpPhone().open()
        handle = await self._handle()
        room = 1000 + number
        await self._ask(
            _message(
                handle, {"request": "create", "room": room, "sampling_rate": 8000,
                         "allow_rtp_participants": True},
            ),
            "success",
        )  # fmt: skip
        for phone, own in ((caller, handle), (callee, await self._handle())):
            rtp = {"ip": "127.0.0.1", "port": phone.port, "payload_type": 8, "codec": "pcma"}
            body = {"request": "join", "room": room, "codec": "pcma", "rtp": rtp}
            joined = await self._ask(_message(own, body), "event")
            there = joined["plugindata"]["data"]["rtp"]
            phone.call("127.0.0.1", int(there["port"]))
        return caller, callee

    async def _handle(self) -> int:
        attach = {"janus": "attach", "plugin": "janus.plugin.audiobridge"}
        return int((await self._ask(attach, "success"))["data"]["id"])

    async def _ask(self, question: dict[str, Any], wanted: str) -> dict[str, Any]:
        """The answer to this question; what else Janus tells meanwhile is left out."""
        transaction = secrets.token_hex(6)
        message = {**question, "transaction": transaction}
        if question["janus"] != "create":
            message["session_id"] = self._session
        self._socket.send(json.dumps(message).encode())
        while True:
            reply = json.loads(await asyncio.to_thread(self._socket.recv, 65536))
            if reply.get("transaction") == transaction and reply["janus"] != "ack":
                if reply["janus"] != wanted:
                    raise RuntimeError(f"Janus: {reply}")
                return reply


def _message(handle: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"janus": "message", "handle_id": handle, "body": body}


def _sdp(phone: RtpPhone) -> str:
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {phone.port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=sendrecv\r\n"
    )


def _port(sdp: str) -> int:
    return int(sdp.partition("m=audio ")[2].split()[0])


def _bencoded(fields: dict[str, str]) -> bytes:
    texts = [text.encode() for pair in sorted(fields.items()) for text in pair]
    return b"d" + b"".join(b"%d:%s" % (len(text), text) for text in texts) + b"e"


def _bdecoded(data: bytes) -> dict[str, str]:
    """The texts of a dictionary; numbers and what lies deeper are left out."""
    texts: list[str] = []
    position = 1
    while position < len(data) and data[position : position + 1].isdigit():
        colon = data.index(b":", position)
        end = colon + 1 + int(data[position:colon])
        texts.append(data[colon + 1 : end].decode())
        position = end
    return dict(zip(texts[::2], texts[1::2], strict=False))
