"""Invalid messages of our own, in the manner of RFC 4475 section 3.1.2, and what is no SIP."""

from __future__ import annotations

from sip_torture import SDP, Torture, invite, request, response

INVALID = {
    "separators too many in Via": Torture(
        "3.1.2.1", invite(("z9hG4bKtorture1", "z9hG4bKtorture1;;,;,,")), "reject", 400, {"cseq": 7}
    ),
    "separators too many in Contact": Torture(
        "3.1.2.1",
        invite(("<sip:sari@192.0.2.7>", '"Sari" <sip:sari@192.0.2.7>;;;;')),
        "reject",
        400,
        {"from_tag": "sd77"},
    ),
    "length beyond the body": Torture(
        "3.1.2.2",
        invite((f"Length: {len(SDP)}", "Length: 8765")),
        "reject",
        400,
        {"content_length": 8765},
    ),
    "negative length": Torture(
        "3.1.2.3", invite((f"Length: {len(SDP)}", "Length: -998")), "reject", 400, {}
    ),
    "numbers beyond their range": Torture(
        "3.1.2.4",
        request(
            ("CSeq: 7", "CSeq: 99887766554433221100"),
            ("Max-Forwards: 70", "Max-Forwards: 301"),
            (
                "<sip:sari@192.0.2.7>",
                "<sip:sari@192.0.2.7>;expires=123456789012345\r\nExpires: 1" + "0" * 30,
            ),
            method="REGISTER",
        ),
        "reject",
        400,
        {"max_forwards": 301, "expires": None, "cseq": None, "cseq_method": "REGISTER"},
    ),
    "response with numbers beyond their range": Torture(
        "3.1.2.5",
        response(
            ("CSeq: 7", "CSeq: 99887766554433221100"),
            (
                "Contact:",
                'Retry-After: 99887766554433221100\r\nWarning: 1812 a "kelebihan"\r\nContact:',
            ),
            start="SIP/2.0 503 Service Unavailable",
        ),
        "drop",
        None,
        {"from_tag": "sd77"},
    ),
    "response with a warning of four digits": Torture(
        "3.1.2.5", response(("Contact:", 'Warning: 1812 a "b"\r\nContact:')), "drop", None, {}
    ),
    "quote without an end": Torture(
        "3.1.2.6", invite(("To: <", 'To: "Bapak Budi <')), "reject", 400, {"to_uri": None}
    ),
    "Request-URI in brackets": Torture(
        "3.1.2.7", invite(uri="<sip:budi@example.net>"), "reject", 400, {"method": "INVITE"}
    ),
    "white space in the Request-URI": Torture(
        "3.1.2.8", invite(uri="sip:budi@example.net; lr"), "reject", 400, {"method": "INVITE"}
    ),
    "spaces in the start line": Torture(
        "3.1.2.9",
        invite(("INVITE sip:budi@example.net ", "INVITE   sip:budi@example.net  ")),
        "reject",
        400,
        {"request_uri": "sip:budi@example.net"},
    ),
    "spaces after the start line": Torture(
        "3.1.2.10", request(("SIP/2.0\r\n", "SIP/2.0   \r\n")), "reject", 400, {}
    ),
    "headers in the Request-URI": Torture(
        "3.1.2.11", invite(uri="sip:budi@example.net?Route=%3Csip:a.example%3E"), "reject", 400, {}
    ),
    "Date in another zone": Torture(
        "3.1.2.12",
        invite(("Contact:", "Date: Sat, 17 Aug 2024 10:00:00 WIB\r\nContact:")),
        "reject",
        400,
        {},
    ),
    "Contact with headers and no brackets": Torture(
        "3.1.2.13",
        request(
            ("<sip:sari@192.0.2.7>", "sip:sari@192.0.2.7?Route=%3Csip:a%3E"), method="REGISTER"
        ),
        "reject",
        400,
        {},
    ),
    "spaces inside the brackets": Torture(
        "3.1.2.14",
        request(("<sip:budi@example.net>", "< sip:budi@example.net >")),
        "reject",
        400,
        {},
    ),
    "display name that must be quoted": Torture(
        "3.1.2.15", request(('"Sari Dewi"', "Dewi, Sari")), "reject", 400, {}
    ),
    "another version": Torture(
        "3.1.2.16", request(("SIP/2.0", "SIP/8.1")), "reject", 505, {"method": "OPTIONS"}
    ),
    "CSeq of another method": Torture(
        "3.1.2.17", request(("CSeq: 7 OPTIONS", "CSeq: 7 INVITE")), "reject", 400, {}
    ),
    "CSeq of another method, both unknown": Torture(
        "3.1.2.18",
        request(("CSeq: 7 SAPA", "CSeq: 7 INVITE"), method="SAPA"),
        "reject",
        501,
        {"method": "SAPA", "cseq_method": "INVITE"},
    ),
    "code beyond 699": Torture(
        "3.1.2.19", response(start="SIP/2.0 5000000321 semoga kuat"), "drop", None, {}
    ),
    "code 700": Torture("3.1.2.19", response(start="SIP/2.0 700 x"), "drop", None, {}),
    "bad escape in the user part": Torture(
        "3.1.2", request(uri="sip:bu%zzdi@example.net"), "reject", 400, {}
    ),
    "two Max-Forwards": Torture(
        "3.3.8", request(("Max", "Max-Forwards: 5\r\nMax")), "reject", 400, {}
    ),
    "NUL in the start line": Torture(
        "3.1.2", request(uri="sip:b\0@example.net"), "reject", 400, {}
    ),
    "no SIP at all": Torture("", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "drop", None, {}),
    "noise": Torture("", bytes(range(256)), "drop", None, {}),
    "nothing": Torture("", b"", "drop", None, {}),
    "malformed ACK": Torture(
        "", request(("CSeq: 7", "CSeq: x"), method="ACK"), "drop", None, {"method": "ACK"}
    ),
}
