"""A flood from a real SIP peer, and INVITEs that no telephone should send: through everything."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
import pytest
from failure_centre import PASSWORD, HurtCentre, free_port, running, until
from failure_client import Frame, Screen
from msgspec import structs

from kentongan.core.events import AnyEvent
from kentongan.edge.caller.phone import CallState, Phone
from kentongan.sip.address import Address, Transport

CALLS, PER_S, TALK_MS = 500, 20, 2_000
LINES = 100
"""Of the centre: those 40 calls at once, and three seconds more of them on a machine that is late
with everything. That all 60 lines of a process are in use, and what then, is tested elsewhere."""

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 8\r\n"
)
HEAD = (
    b"INVITE sip:112@127.0.0.1 SIP/2.0\r\n"
    b"Via: SIP/2.0/%(transport)s 127.0.0.1:%(port)d;branch=z9hG4bK%(n)d;rport\r\n"
    b"From: <sip:0811@127.0.0.1>;tag=%(n)d\r\nTo: <sip:112@127.0.0.1>\r\n"
    b"Call-ID: hostile-%(n)d\r\nCSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1:%(port)d>\r\n"
    b"Max-Forwards: 70\r\nContent-Type: application/sdp\r\nContent-Length: %(length)d\r\n\r\n"
)
DROPPED = 0
"""No answer at all: it cannot be told whom to answer, or it is no SIP."""

FIRST = {"UDP": 1_000, "TCP": 2_000}
"""Numbers of calls: those of one transport are not the calls of the other."""

CALL_ID = b"Call-ID: hostile-%(n)d\r\n"
MALFORMED: tuple[tuple[str, bytes, bytes, int], ...] = (
    ("no Call-ID", CALL_ID, b"", 400),
    ("no From", b"From: <sip:0811@127.0.0.1>;tag=%(n)d\r\n", b"", 400),
    ("no To", b"To: <sip:112@127.0.0.1>\r\n", b"", 400),
    ("no CSeq", b"CSeq: 1 INVITE\r\n", b"", 400),
    ("no Via", b"Via: SIP/2.0/%(transport)s 127.0.0.1:%(port)d;branch=z9hG4bK%(n)d;rport\r\n", b"",
     DROPPED),
    ("CSeq of another method", b"1 INVITE", b"1 BYE", 400),
    ("CSeq that is no number", b"1 INVITE", b"one INVITE", 400),
    ("CSeq beyond 2^31", b"1 INVITE", b"99999999999 INVITE", 400),
    ("From without a URI", b"<sip:0811@127.0.0.1>", b"<>", 400),
    ("unknown version", b"1 SIP/2.0\r\nVia", b"1 SIP/7.0\r\nVia", 505),
    ("no version", b" SIP/2.0\r\nVia", b"\r\nVia", 400),
)  # fmt: skip

TOLERATED: tuple[tuple[str, bytes, bytes, int], ...] = (
    ("unknown Require", b"Max-", b"Require: magic\r\nMax-", 200),
    ("a header without colon", b"Max-", b"this is no header\r\nMax-", 200),
    ("a length that is no number", b"Length: %(length)d", b"Length: many", 200),
    ("a length below zero", b"Length: %(length)d", b"Length: -1", 200),
    ("a length beyond the end", b"Length: %(length)d", b"Length: 9%(length)d", 200),
)  # fmt: skip
"""Faults that a call for help rings with, whatever a strict reading says."""

OF_DATAGRAMS = "a length beyond the end"
"""On a stream the rest of such a message is waited for."""

UNFRAMED = ("a length that is no number", "a length below zero")
"""On a stream nobody knows where such a message ends: the connection is closed."""


@pytest.fixture
def roomy() -> Iterator[HurtCentre]:
    """A centre with lines for all who call at once."""
    centre = HurtCentre()
    media = structs.replace(centre.settings.media, calls_each=LINES)
    centre.settings = structs.replace(centre.settings, media=media)
    centre.file.write_bytes(msgspec.json.encode(centre.settings))
    yield from running(centre)


@pytest.mark.peer
@pytest.mark.slow
def test_500_calls_at_20_a_second_through_everything(roomy: HurtCentre, tmp_path: Path) -> None:
    """All answered by the announcement, each on record and on a screen, none lost."""
    if shutil.which("sipp") is None:
        pytest.skip("sipp is not installed")
    name = roomy.hire(1)[0]
    seen: set[str] = set()

    def take(frame: Frame) -> None:
        seen.update(row["key"] for row in frame.get("rows", ()) if row.get("kind") == "call")

    async def scenario() -> None:
        screen = Screen(roomy.address, name, PASSWORD)
        await screen.sign_in()
        line = asyncio.create_task(screen.follow(take))
        began_at = time.monotonic()
        code, output = await _sipp(roomy, tmp_path)
        assert code == 0, output[-3000:]
        ended_at = time.monotonic()
        await asyncio.to_thread(
            until, lambda: _kinds(roomy)["call.recording_kept"] >= CALLS, 90, "all are recorded"
        )
        await asyncio.to_thread(until, lambda: len(seen) >= CALLS, 20, "all were seen")
        print(
            f"{CALLS} calls in {ended_at - began_at:.1f} s,"
            f" all on record and on the screen {time.monotonic() - ended_at:.1f} s later"
        )
        line.cancel()
        await asyncio.gather(line, return_exceptions=True)
        await screen.close()

    asyncio.run(scenario())
    kinds = _kinds(roomy)
    for kind in ("offered", "queued", "abandoned", "recording_kept"):
        assert kinds[f"call.{kind}"] == CALLS, kinds
    assert {f"call:{key}" for key in seen} == _streams(roomy)
    assert roomy.spooled("set_aside") == 0
    roomy.settle()
    roomy.prove()


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_malformed_invites_are_answered_and_the_next_call_works(
    shared: HurtCentre, transport: str
) -> None:
    """Each kind gets the 4xx or 5xx that says what is wrong, or is dropped; none rings.

    Those of which a caller can be read are on record as calls that nobody could answer.
    """
    port, before = shared.settings.sip.port, _streams(shared)
    answers = {
        name: _status_of(_changed(transport, number, old, new), transport, port)
        for number, (name, old, new, _) in enumerate(MALFORMED)
    }
    assert answers == {name: status for name, _, _, status in MALFORMED}
    until(lambda: _kinds(shared, before)["call.ended"] >= 1, 15, "refused calls are on record")
    assert _kinds(shared, before)["call.queued"] == 0
    asyncio.run(_call_once(port, Transport[transport]))
    until(lambda: _kinds(shared, before)["call.queued"] == 1, 15, "the next call is on record")
    kinds = _kinds(shared, before)
    assert kinds["call.offered"] == len(_streams(shared) - before)
    assert kinds["call.offered"] - 1 <= kinds["call.ended"] + kinds["call.abandoned"]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_call_for_help_rings_with_faults_that_do_not_matter(
    shared: HurtCentre, transport: str
) -> None:
    """It is answered by the announcement; on a stream a length has to be known all the same."""
    port, before = shared.settings.sip.port, _streams(shared)
    cases = [one for one in TOLERATED if transport == "UDP" or one[0] != OF_DATAGRAMS]
    expected = {name: status for name, _, _, status in cases}
    if transport == "TCP":
        expected |= dict.fromkeys(UNFRAMED, DROPPED)
    answers = {
        name: _status_of(_changed(transport, 100 + number, old, new), transport, port)
        for number, (name, old, new, _) in enumerate(cases)
    }
    assert answers == expected
    rang = sum(status == 200 for status in expected.values())
    until(lambda: _kinds(shared, before)["call.queued"] == rang, 15, "all of them rang")


async def _call_once(port: int, transport: Transport) -> None:
    phone = Phone(Address("127.0.0.1", port), transport=transport)
    await phone.start()
    call = await phone.call("112")
    await call.reach(CallState.TALKING)
    await phone.close()


async def _sipp(centre: HurtCentre, folder: Path) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *("sipp", "-sn", "uac", f"127.0.0.1:{centre.settings.sip.port}", "-s", "112"),
        *("-i", "127.0.0.1", "-p", str(free_port()), "-mp", str(free_port())),
        *("-m", str(CALLS), "-r", str(PER_S), "-d", str(TALK_MS), "-nostdin"),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 150)
    assert process.returncode is not None
    return process.returncode, output.decode("utf-8", "replace")


def _changed(transport: str, number: int, old: bytes, new: bytes) -> bytes:
    """A good INVITE with one thing wrong; it is sent from port 9, where nobody listens."""
    fields = {
        b"transport": transport.encode(),
        b"port": 9,
        b"n": FIRST[transport] + number,
        b"length": len(SDP),
    }
    head = HEAD.replace(old, new, 1)
    assert head != HEAD
    return head % fields + SDP


def _status_of(message: bytes, transport: str, port: int) -> int:
    """The final answer, `DROPPED` when there is none."""
    kind = socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as line:
        line.settimeout(1.5)
        line.connect(("127.0.0.1", port))
        line.send(message)
        try:
            while answer := line.recv(65_535):
                status = int(answer.split(b" ", 2)[1])
                if status >= 200:
                    return status
        except (TimeoutError, ConnectionError):
            pass
    return DROPPED


def _kinds(centre: HurtCentre, before: Collection[str] = ()) -> Counter[str]:
    """How many events of each kind there are, without those of the streams that were `before`."""
    return Counter(_tag(one.event) for one in centre.journal() if one.meta.stream not in before)


def _tag(event: AnyEvent) -> str:
    return str(type(event).__struct_config__.tag)


def _streams(centre: HurtCentre) -> set[str]:
    found = {one.meta.stream for one in centre.journal()}
    return {stream for stream in found if stream.startswith("call:")}
