"""A real peer with extensions: SIPp as a caller that wants 100rel, sends UPDATE and text.

The scenario is SIPp's, the answers are ours: what it cannot match ends it with an error.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from test_sip_sipp import SIPP, Shell, _end, _sipp

from kentongan.sip import events
from kentongan.sip.sdp import Session, write_audio

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(SIPP is None, reason="SIPp (Debian: sip-tester) is not installed"),
]

_HEAD = """
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
Max-Forwards: 70
Contact: <sip:sipp@[local_ip]:[local_port]>
Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE, OPTIONS
""".strip()
_OK = """
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:sipp@[local_ip]:[local_port]>
Content-Length: 0
""".strip()
_SDP = """
v=0
o=user1 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
""".strip()


def _send(method: str, number: int, extra: str = "", body: str = "", kind: str = "") -> str:
    typed = f"Content-Type: {kind}\n" if kind else ""
    line = f"{method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0"
    retrans = "" if method == "ACK" else ' retrans="500"'
    text = (
        f"{line}\n{_HEAD}\nCSeq: {number} {method}\n{extra}{typed}Content-Length: [len]\n\n{body}"
    )
    return f"<send{retrans}><![CDATA[\n{text}\n]]></send>"


def _receive(status: int, action: str = "") -> str:
    return f'<recv response="{status}" rtd="true">{action}</recv>'


_RSEQ = """<action>
<ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" check_it="true" assign_to="rseq"/>
</action>"""

SCENARIO = "\n".join(
    (
        '<?xml version="1.0" encoding="ISO-8859-1" ?>',
        '<scenario name="early">',
        _send("INVITE", 1, "Supported: 100rel, timer\n", _SDP, "application/sdp"),
        '<recv response="100" optional="true"></recv>',
        _receive(183, _RSEQ),
        _send("PRACK", 2, "RAck: [$rseq] 1 INVITE\n"),
        _receive(200),
        '<recv request="UPDATE"></recv>',
        f"<send><![CDATA[\n{_OK}\n\n]]></send>",
        _send("UPDATE", 3, "", _SDP, "application/sdp"),
        _receive(200),
        _receive(200),
        _send("ACK", 1),
        _send("MESSAGE", 4, "", "tolong", "text/plain"),
        _receive(200),
        _send("BYE", 5),
        _receive(200),
        "</scenario>",
    )
)


def test_sipp_with_reliable_early_media_update_probe_and_text(tmp_path: Path) -> None:
    """183 with RSeq, PRACK, our probe by UPDATE, their UPDATE with an offer, 200, text, BYE."""
    shell = Shell()
    (tmp_path / "early.xml").write_text(SCENARIO)
    body = write_audio(Session(address="127.0.0.1", port=6000, session_id=1))
    ringing: list[str] = []

    def react(event: events.Event, now: float) -> None:
        stack = shell.stack
        match event:
            case events.Invite():
                ringing.append(event.request)
                stack.respond(event.request, 183, body=body, now=now)
            case events.Prack():
                assert stack.probe(event.dialog, now=now)
            case events.Update(request=request) if request:
                stack.respond(request, 200, body=body, now=now)
                stack.respond(ringing[0], 200, body=body, now=now)
            case _:
                pass

    arguments = ("-sf", "early.xml", f"127.0.0.1:{shell.address.port}", "-s", "112", "-m", "1")
    sipp = _sipp(tmp_path, *arguments, "-p", "0")
    try:
        shell.run(lambda: sipp.poll() is not None, react)
    finally:
        code = _end(sipp)
        shell.socket.close()
    errors = "".join(path.read_text() for path in tmp_path.glob("*errors.log"))
    assert code == 0, errors
    kinds = [type(event) for event in shell.events]
    assert kinds == [
        events.Invite,
        events.Prack,
        events.Response,
        events.Update,
        events.Ack,
        events.Message,
        events.Bye,
    ]
    assert shell.stack.dialogs == {}
