"""Messages for the layers above the parser (RFC 4475 sections 3.2 to 3.4), and RFC 5118."""

from __future__ import annotations

from sip_torture import SDP, Torture, invite, request, response

LAYERS_ABOVE = {
    "branch that is the cookie alone": Torture(
        "3.2.1", request(("z9hG4bKtorture1", "z9hG4bK")), "reject", 400, {}
    ),
    "no From, To or Call-ID": Torture(
        "3.3.1",
        b"INVITE sip:budi@example.net SIP/2.0\r\nCSeq: 9 INVITE\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkurang\r\nContent-Length: 0\r\n\r\n",
        "reject",
        400,
        {"cseq": 9, "via_branch": "z9hG4bKkurang"},
    ),
    "unknown scheme in the Request-URI": Torture(
        "3.3.2",
        request(uri="skemabaru:isiterserah"),
        "ok",
        416,
        {"request_uri_scheme": "skemabaru"},
    ),
    "scheme of another trade": Torture(
        "3.3.3",
        request(uri="soap.beep://192.0.2.10:3003"),
        "ok",
        416,
        {"request_uri_scheme": "soap.beep"},
    ),
    "unknown schemes in header fields": Torture(
        "3.3.4",
        request(
            ("<sip:budi@example.net>", "isbn:9786020000000"),
            ("<sip:sari@example.org>", "<http://www.example.org>"),
            ("<sip:sari@192.0.2.7>", "<nama:Sari_Dewi>"),
            method="REGISTER",
        ),
        "ok",
        400,
        {"to_uri": "isbn:9786020000000", "from_uri": "http://www.example.org"},
    ),
    "unknown extension required": Torture(
        "3.3.5",
        request(("Contact:", "Require: tak-ada, juga-tidak\r\nProxy-Require: tiada\r\nContact:")),
        "ok",
        420,
        {"require": ["tak-ada", "juga-tidak"], "proxy_require": ["tiada"]},
    ),
    "unknown body": Torture(
        "3.3.6", invite(body="<audio/>", body_type="application/tak-dikenal"), "ok", 415, {}
    ),
    "unknown authorization scheme": Torture(
        "3.3.7",
        request(
            ("Contact:", 'Authorization: TakAda opaque-data="x"\r\nContact:'), method="REGISTER"
        ),
        "ok",
        None,
        {},
    ),
    "several values in single fields": Torture(
        "3.3.8",
        invite(("Contact:", "CSeq: 8 INVITE\r\nCall-ID: lain\r\nTo: <sip:c@d>\r\nContact:")),
        "reject",
        400,
        {},
    ),
    "several lengths": Torture(
        "3.3.9", request(("Contact:", "Content-Length: 13\r\nContact:")), "reject", 400, {}
    ),
    "response to everybody": Torture(
        "3.3.10",
        response(("Max", "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKx\r\nMax")),
        "ok",
        200,
        {"via_count": 2, "via_sent_by": ["192.0.2.7", "255.255.255.255"]},
    ),
    "Max-Forwards of zero": Torture(
        "3.3.11", request(("Forwards: 70", "Forwards: 0")), "ok", None, {"max_forwards": 0}
    ),
    "unknown Contact parameter": Torture(
        "3.3.12",
        request(("192.0.2.7>\r\n", "192.0.2.7>;tak=dikenal\r\n"), method="REGISTER"),
        "ok",
        None,
        {"contacts": ["sip:sari@192.0.2.7"]},
    ),
    "unknown URI parameter in Contact": Torture(
        "3.3.13",
        request(("192.0.2.7>\r\n", "192.0.2.7;tak=dikenal>\r\n"), method="REGISTER"),
        "ok",
        None,
        {"contacts": ["sip:sari@192.0.2.7;tak=dikenal"]},
    ),
    "escaped header in Contact": Torture(
        "3.3.14",
        request(("192.0.2.7>\r\n", "192.0.2.7?Route=%3Csip:a.example%3E>\r\n"), method="REGISTER"),
        "ok",
        None,
        {"contact_count": 1},
    ),
    "Accept without SDP": Torture(
        "3.3.15", invite(("Contact:", "Accept: text/tak-dikenal\r\nContact:")), "ok", 406, {}
    ),
    "RFC 2543 syntax": Torture(
        "3.4.1",
        (
            "INVITE sip:budi@example.net SIP/2.0\r\nVia: SIP/2.0/UDP pintu.example.org\r\n"
            "From: <sip:+62243500001@pintu.example.org;user=phone>\r\n"
            "Record-Route: <sip:budi@example.net;maddr=ss7.example.net>\r\n"
            "To: sip:+62243500002@ss7.example.net;user=phone\r\nCall-ID: kuno.7@pintu.example\r\n"
            "CSeq: 56 INVITE\r\nContent-Type: application/sdp\r\n\r\n" + SDP
        ).encode(),
        "ok",
        None,
        {"from_tag": None, "max_forwards": None, "body_length": len(SDP), "record_route_count": 1},
    ),
}

IPV6_SDP = SDP.replace("IP4 192.0.2.7", "IP6 2001:db8::7")
IPV6 = {
    "IPv6 everywhere": Torture(
        "4.1",
        request(
            ("UDP 192.0.2.7", "UDP [2001:db8::7:1]"),
            ("<sip:sari@192.0.2.7>", '"Sari" <sip:sari@[2001:db8::7]>'),
            uri="sip:[2001:db8::70]",
            method="REGISTER",
        ),
        "ok",
        None,
        {"request_uri_host": "2001:db8::70", "via_sent_by": ["[2001:db8::7:1]"]},
    ),
    "IPv6 without brackets": Torture("4.2", request(uri="sip:2001:db8::70"), "reject", 400, {}),
    "port inside the brackets": Torture(
        "4.3",
        request(uri="sip:[2001:db8::70:5070]"),
        "ok",
        None,
        {"request_uri_host": "2001:db8::70:5070", "request_uri_port": None},
    ),
    "port outside the brackets": Torture(
        "4.4",
        request(uri="sip:[2001:db8::70]:5070"),
        "ok",
        None,
        {"request_uri_host": "2001:db8::70", "request_uri_port": 5070},
    ),
    "received with brackets": Torture(
        "4.5",
        request(("192.0.2.7;branch", "[2001:db8::7:2];received=[2001:db8::7:255];branch")),
        "ok",
        None,
        {"via_received": "2001:db8::7:255"},
    ),
    "received without brackets": Torture(
        "4.5",
        request(("192.0.2.7;branch", "[2001:db8::7:2];received=2001:db8::7:255;branch")),
        "ok",
        None,
        {"via_received": "2001:db8::7:255"},
    ),
    "IPv6 in the session description": Torture(
        "4.6",
        invite(body=IPV6_SDP),
        "ok",
        None,
        {
            "audio": {
                "address": "2001:db8::7",
                "port": 41000,
                "payload_types": [8, 101],
                "direction": "sendrecv",
            }
        },
    ),
    "both families in header fields": Torture(
        "4.7",
        request(
            (
                "Max",
                "Via: SIP/2.0/UDP [2001:db8::9]:5063;branch=z9hG4bKy;received=[2001:db8::9]\r\nMax",
            ),
            ("<sip:sari@192.0.2.7>", "<sip:sari@[2001:db8::7]>, <sip:sari@192.0.2.7>"),
        ),
        "ok",
        None,
        {"via_sent_by": ["192.0.2.7", "[2001:db8::9]:5063"], "contact_count": 2},
    ),
    "both families in the session description": Torture(
        "4.8",
        invite(body=SDP + "m=video 41002 RTP/AVP 31\r\nc=IN IP6 2001:db8::7\r\n"),
        "ok",
        None,
        {"method": "INVITE"},
    ),
    "IPv4 mapped into IPv6": Torture(
        "4.9",
        invite(
            ("UDP 192.0.2.7", "UDP [::ffff:192.0.2.7]:5060"),
            body=SDP.replace("IP4 192.0.2.7", "IP6 ::ffff:192.0.2.7"),
        ),
        "ok",
        None,
        {"via_sent_by": ["[::ffff:192.0.2.7]:5060"]},
    ),
    "the third colon of RFC 3261": Torture(
        "4.10", request(uri="sip:budi@[2001:db8:::192.0.2.7]"), "ok", None, {"method": "OPTIONS"}
    ),
    "twice a double colon": Torture(
        "4.10", request(uri="sip:budi@[2001::db8::7]"), "reject", 400, {}
    ),
    "mapped in a Via, third colon": Torture(
        "4.10", request(("UDP 192.0.2.7", "UDP [2001:db8:::192.0.2.7]")), "ok", None, {}
    ),
}
