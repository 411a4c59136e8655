"""`kentongan sip check`: the strict verdict on every kind of message RFC 4475 and RFC 5118 name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sip_peer import invite as emergency_invite
from sip_peer import receive, stack_at
from sip_torture import Torture, invite, request
from sip_torture_above import IPV6, LAYERS_ABOVE
from sip_torture_invalid import INVALID
from sip_torture_valid import VALID

from kentongan.sip import events
from kentongan.sip.check import Verdict, check
from kentongan.sip.message import encode
from kentongan.sip.parse import parse_message

ALL = {**VALID, **INVALID, **LAYERS_ABOVE, **IPV6}


@pytest.mark.parametrize("name", sorted(ALL))
def test_each_kind_of_trouble_has_its_verdict(name: str) -> None:
    """Verdict, status and facts are those of the RFC."""
    torture = ALL[name]
    finding = check(torture.data)
    assert (finding.verdict, finding.status) == (torture.verdict, torture.status), finding
    assert {key: finding.facts.get(key) for key in torture.facts} == torture.facts
    assert (finding.reason == "") == (finding.verdict is Verdict.OK)


@pytest.mark.parametrize("name", sorted(VALID))
def test_what_is_accepted_is_a_fixed_point(name: str) -> None:
    """Parse, write, parse gives the same message, and the same verdict on what was written."""
    message = parse_message(VALID[name].data)
    assert parse_message(encode(message)) == message
    assert check(encode(message)).verdict is Verdict.OK


def _spaced(data: bytes) -> bytes:
    """More white space wherever a header field allows it."""
    head, empty, body = data.partition(b"\r\n\r\n")
    start, *lines = head.split(b"\r\n")
    lines = [line.replace(b": ", b" :\r\n\t ", 1) for line in lines]
    return b"\r\n".join([start, *lines]) + empty + body


def _turned(data: bytes) -> bytes:
    """The header fields in another order; folded lines stay with theirs."""
    head, empty, body = data.partition(b"\r\n\r\n")
    start, *lines = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n")
    vias = [line for line in lines if line[:1].lower() == b"v"]
    others = [line for line in lines if line[:1].lower() != b"v"]
    return b"\r\n".join([start, *reversed(others), *vias]) + empty + body


@pytest.mark.parametrize("name", sorted(name for name in ALL if b"\r\n\r\n" in ALL[name].data))
def test_order_and_white_space_change_no_verdict(name: str) -> None:
    """The rule decides, not the example."""
    torture: Torture = ALL[name]
    for changed in (_turned(torture.data), _spaced(torture.data)):
        finding = check(changed)
        assert (finding.verdict, finding.status) == (torture.verdict, torture.status), changed


STRICT_ONLY = sorted(name for name in INVALID if check(INVALID[name].data).is_tolerated)


@pytest.mark.parametrize("name", STRICT_ONLY)
def test_what_is_tolerated_is_read_by_the_stack(name: str) -> None:
    """A fault that harms nobody never keeps a message from the stack, and its name is known."""
    found = receive(stack_at(), INVALID[name].data)
    assert not any(isinstance(event, events.Malformed) for event in found)
    assert check(INVALID[name].data).defects


@pytest.mark.parametrize(
    "edit",
    [
        b"Max-Forwards: 0",
        b"Max-Forwards: 999",
        b"Max-Forwards: gajah",
        b"Authorization: TakAda x=y",
        b"Geolocation: <cid:tiada>\r\nMax-Forwards: 70",
        b"Geolocation: rusak <\r\nMax-Forwards: 70",
        b"Expires: 99999999999999\r\nMax-Forwards: 70",
    ],
)
def test_nothing_of_this_stands_against_a_call_for_help(edit: bytes) -> None:
    """Credentials, hops, places and absurd times: accepted, and it rings."""
    data = emergency_invite().replace(b"Max-Forwards: 70", edit, 1)
    finding = check(data)
    assert (finding.verdict, finding.status) == (Verdict.OK, None), finding
    assert isinstance(receive(stack_at(), data)[0], events.Invite)


def test_an_unknown_body_of_a_call_for_help_has_no_status() -> None:
    """415 is for calls that can be made again."""
    strange = {"body": "<x/>", "body_type": "application/tak-dikenal"}
    assert check(invite(uri="sip:budi@example.net", **strange)).status == 415
    assert check(invite(uri="urn:service:sos.ambulance", **strange)).status is None


def test_remarks_change_no_verdict() -> None:
    """An RFC 2543 branch, no tag, an absurd Expires: said, not held against the message."""
    data = request(
        ("z9hG4bKtorture1", "1"), (";tag=sd77", ""), ("Contact:", "Expires: lama\r\nContact:")
    )
    finding = check(data)
    assert finding.verdict is Verdict.OK
    assert len(finding.defects) == 3


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(ALL)),
    edits=st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 9), st.binary(max_size=6)), max_size=5
    ),
)
def test_every_finding_can_be_told(name: str, edits: list[tuple[int, int, bytes]]) -> None:
    """Whatever the octets: a verdict, and JSON that other programs read."""
    data = ALL[name].data
    for at, cut, new in edits:
        data = data[:at] + new + data[at + cut :]
    told = json.loads(msgspec.json.encode(check(data)))
    assert told["verdict"] in {"ok", "reject", "drop"}
    assert (told["verdict"] == "reject") <= (told["status"] is not None)


def _run(*files: Path) -> tuple[int, list[dict[str, object]]]:
    words = [sys.executable, "-m", "kentongan.main", "sip", "check", *map(str, files)]
    said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    return said.returncode, [json.loads(line) for line in said.stdout.splitlines()]


def test_the_command_prints_a_line_per_file(tmp_path: Path) -> None:
    """In the order given; verdicts do not change the exit status."""
    good, bad = tmp_path / "baik.msg", tmp_path / "buruk.msg"
    good.write_bytes(request())
    bad.write_bytes(request(("SIP/2.0", "SIP/9.0")))
    code, lines = _run(good, bad)
    assert code == 0
    assert [(line["file"], line["verdict"], line["status"]) for line in lines] == [
        (str(good), "ok", None),
        (str(bad), "reject", 505),
    ]
    assert set(lines[0]) >= {"kind", "method", "reason", "facts"}


def test_a_missing_file_is_told_and_the_others_are_judged(tmp_path: Path) -> None:
    """Exit status 2, and a line all the same."""
    good = tmp_path / "baik.msg"
    good.write_bytes(request())
    code, lines = _run(tmp_path / "tiada.msg", tmp_path, good)
    assert code == 2
    assert [line["verdict"] for line in lines] == ["error", "error", "ok"]
    assert lines[0]["reason"] == "No such file or directory"


def test_a_reader_that_has_seen_enough_is_no_fault(tmp_path: Path) -> None:
    """`kentongan sip check … | head`: ended as by SIGPIPE, and no trace is printed."""
    file = tmp_path / "baik.msg"
    file.write_bytes(request())
    words = [sys.executable, "-m", "kentongan.main", "sip", "check", *[str(file)] * 300]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        assert run.stderr.read() == b""
        assert run.wait(60) == 141
