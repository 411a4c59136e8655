"""A real peer: SIPp, the trade's call generator, calls a Stack and is called by one on loopback."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sip_peer import tokens

from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport
from kentongan.sip.sdp import Session, write_audio
from kentongan.sip.stack import Stack

SIPP = shutil.which("sipp")
DEADLINE_S = 30.0
CALLS = 40
pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(SIPP is None, reason="SIPp (Debian: sip-tester) is not installed"),
]


class Shell:
    """The smallest switch: one UDP socket around a Stack."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = Address(*self.socket.getsockname())
        self.stack = Stack(tokens("s"), [Listener(Transport.UDP, self.address)], "Kentongan")
        self.events: list[events.Event] = []

    def flush(self) -> None:
        for outgoing in self.stack.drain():
            self.socket.sendto(outgoing.data, (outgoing.address.host, outgoing.address.port))

    def run(self, until: Callable[[], bool], react: Callable[[events.Event, float], None]) -> None:
        """Serve until the condition holds, at most `DEADLINE_S`."""
        self.flush()
        end_at = time.monotonic() + DEADLINE_S
        while not until() and time.monotonic() < end_at:
            found = self._read()
            now = time.monotonic()
            found += self.stack.poll(now)
            for event in found:
                react(event, now)
            self.events += found
            self.flush()

    def _read(self) -> list[events.Event]:
        now = time.monotonic()
        due = self.stack.next_timer()
        self.socket.settimeout(max(0.001, min(0.05, (due or now + 1) - now)))
        try:
            data, (host, port) = self.socket.recvfrom(65_536)
        except TimeoutError:
            return []
        return self.stack.receive(data, Address(host, port), Transport.UDP, time.monotonic())


def _sipp(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    assert SIPP is not None
    command = [SIPP, *arguments, "-i", "127.0.0.1", "-nostdin", "-trace_err"]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _end(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(1.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def test_sipp_calls_us(tmp_path: Path) -> None:
    """Forty calls at twenty a second: each rings, is answered, acknowledged and hung up."""
    shell = Shell()

    def react(event: events.Event, now: float) -> None:
        if isinstance(event, events.Invite):
            body = write_audio(Session(address="127.0.0.1", port=6000, session_id=1))
            shell.stack.respond(event.request, 180, now=now)
            shell.stack.respond(event.request, 200, body=body, now=now)

    target = f"127.0.0.1:{shell.address.port}"
    sipp = _sipp(
        tmp_path,
        "-sn",
        "uac",
        target,
        "-s",
        "112",
        "-m",
        str(CALLS),
        "-r",
        "20",
        "-d",
        "100",
        "-p",
        "0",
    )
    try:
        shell.run(lambda: sipp.poll() is not None, react)
        # On a late machine sipp takes our repeated 200 for that of its BYE: what it sent is read.
        shell.run(lambda: sum(isinstance(one, events.Bye) for one in shell.events) == CALLS, react)
    finally:
        code = _end(sipp)
        shell.socket.close()
    assert code == 0
    kinds = [type(event) for event in shell.events]
    assert [kinds.count(kind) for kind in (events.Invite, events.Ack, events.Bye)] == [CALLS] * 3
    assert shell.stack.dialogs == {}


def test_we_call_sipp(tmp_path: Path) -> None:
    """INVITE, answer, ACK, BYE against SIPp as the called side."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    sipp = _sipp(tmp_path, "-sn", "uas", "-m", "1", "-p", str(port))
    shell = Shell()
    statuses: list[tuple[str, int]] = []

    def react(event: events.Event, now: float) -> None:
        if isinstance(event, events.Response):
            statuses.append((event.method, event.status))
            if event.method == "INVITE" and event.status == 200:
                shell.stack.bye(event.dialog, now=now)

    body = write_audio(Session(address="127.0.0.1", port=6000, session_id=1))
    peer = Address("127.0.0.1", port)
    try:
        shell.stack.invite(f"sip:pmi@127.0.0.1:{port}", body, now=time.monotonic(), peer=peer)
        shell.run(lambda: ("BYE", 200) in statuses, react)
    finally:
        _end(sipp)
        shell.socket.close()
    assert statuses == [("INVITE", 180), ("INVITE", 200), ("BYE", 200)]
    assert shell.stack.dialogs == {}
