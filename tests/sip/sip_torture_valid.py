"""Valid messages of our own, in the manner of RFC 4475 section 3.1.1."""

from __future__ import annotations

from sip_torture import SDP, Torture, invite, request, response

LONG = "panjang" * 40
MULTIPART = (
    b"--batas-7\r\nContent-Type: text/plain\r\n\r\nhalo\r\n"
    b"--batas-7\r\nContent-Type: application/octet-stream\r\n"
    b"Content-Transfer-Encoding: binary\r\n\r\n0\x82\x01\x00\x00\x00\xff\r\n\x00\r\n--batas-7--\r\n"
)

VALID = {
    "tortuous": Torture(
        "3.1.1.1",
        (
            "INVITE sip:budi@pesawat-7.example.net;tanpaarti SIP/2.0\r\n"
            "tO :\r\n Budi <sip:budi@example.net> ;\r\n   tag   = 4411aa\r\n"
            'F: "Sari \\\\\\"" <sip:sari@example.org>\r\n  ;tag = 77bb ; x\r\n'
            "mAx-fOrWaRdS:\t0041\r\nCall-id: berliku.1@192.0.2.7\r\n"
            f"cONTENT-lENGTH :  0{len(SDP)}\r\n"
            "CSEQ: 0012\r\n  INVITE\r\nSubject :\r\nX-Aneh: ;;,,=;,;\r\n"
            "v: SIP / 2.0\r\n /UDP\r\n  192.0.2.9;branch=z9hG4bKa\r\n"
            "VIA: SIP/2.0/TCP bukit ;\r\n  branch = z9hG4bKb , SIP / 2.0 / UDP 192.0.2.8\r\n"
            "ROUTE: <sip:satu.example.net;lr;tak=dikenal;juga>\r\n"
            'm: "Sisi \\" \\\\" <sip:sari@192.0.2.7> ; baru = "fa;,l"\r\n'
            f"c: application/sdp\r\n\r\n{SDP}"
        ).encode(),
        "ok",
        None,
        {
            "method": "INVITE",
            "request_uri": "sip:budi@pesawat-7.example.net;tanpaarti",
            "to_tag": "4411aa",
            "from_tag": "77bb",
            "from_display": 'Sari \\"',
            "max_forwards": 41,
            "cseq": 12,
            "via_count": 3,
            "via_transports": ["UDP", "TCP", "UDP"],
            "call_id": "berliku.1@192.0.2.7",
            "content_length": len(SDP),
            "contact_count": 1,
            "route_count": 1,
            "subject": "",
            "unknown_header": {"X-Aneh": ";;,,=;,;"},
        },
    ),
    "all characters": Torture(
        "3.1.1.2",
        request(
            (
                "To: <sip:budi",
                'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:9_x~(a!b)&c=+$/?,;;*:p&=+',
            ),
            ('"Sari Dewi"', "kata1~` kata2'+_ k%!.-"),
            ("Call-ID: torture1@192.0.2.7", "Call-ID: kata%ZK-!.*_+'@k`~)(><:\\/\"][?}{"),
            ("Contact:", "tambahan-%!~: \xc3\xa9\xff\r\nContact:"),
            method="Lain!_*+`.%m'~",
        ),
        "ok",
        501,
        {
            "method": "Lain!_*+`.%m'~",
            "from_display": "kata1~` kata2'+_ k%!.-",
            "to_display": "BEL:\x07 NUL:\x00 DEL:\x7f",
            "to_user_unescaped": "9_x~(a!b)&c=+$/?,;;*",
        },
    ),
    "escapes": Torture(
        "3.1.1.3",
        invite(
            ("<sip:sari@192.0.2.7>", "<sip:s%61ri@192.0.2.7;k%75nci=n%69lai%2542>"),
            ("<sip:sari@example.org>", "<sip:ada%20spasi@example.org>"),
            uri="sip:sips%3Abudi%40example.org@example.net",
        ),
        "ok",
        None,
        {
            "request_uri_user_unescaped": "sips:budi@example.org",
            "from_user_unescaped": "ada spasi",
            "contact_uri_param": {
                "name_key_unescaped": "kunci",
                "value_unescaped_once": "nilai%42",
            },
        },
    ),
    "escaped NUL": Torture(
        "3.1.1.4",
        request(
            ("<sip:budi@example.net>", "sip:nol-%00-nol@example.net"),
            (
                "<sip:sari@192.0.2.7>",
                "<sip:%00@a.example.net>\r\nL: 0\r\nm: <sip:%00%00@a.example.net>",
            ),
            ("Content-Length: 0\r\n", ""),
            method="REGISTER",
        ),
        "ok",
        None,
        {
            "to_uri": "sip:nol-%00-nol@example.net",
            "to_user_unescaped": "nol-\0-nol",
            "contacts": ["sip:%00@a.example.net", "sip:%00%00@a.example.net"],
        },
    ),
    "percent that is no escape": Torture(
        "3.1.1.5",
        request(('"Sari Dewi"', '"%X%41"'), ("Contact:", "C%6Fntact:"), method="RE%47ISTER"),
        "ok",
        501,
        {
            "method": "RE%47ISTER",
            "from_display": "%X%41",
            "contact_count": 0,
            "unknown_header_name": "C%6Fntact",
        },
    ),
    "no space before the bracket": Torture(
        "3.1.1.6", request(('"Sari Dewi" <', "Sari<")), "ok", None, {"from_display": "Sari"}
    ),
    "long values": Torture(
        "3.1.1.7",
        invite(
            ("To: <sip:budi", f'To: "{LONG}" <sip:budi'),
            ("tag=sd77", f"{LONG}={LONG};tag={LONG}"),
            ("torture1@", LONG + "@"),
            (
                "Max",
                "".join(
                    f"Via: SIP/2.0/TCP h{n}.example.net;branch=z9hG4bK{LONG}\r\n" for n in range(30)
                )
                + "Max",
            ),
        ),
        "ok",
        None,
        {"from_tag": LONG, "via_count": 31, "to_display": LONG},
    ),
    "octets after the body": Torture(
        "3.1.1.8",
        request(method="REGISTER") + invite(),
        "ok",
        None,
        {"method": "REGISTER", "content_length": 0, "messages": 1},
    ),
    "semicolon in the user part": Torture(
        "3.1.1.9",
        request(uri="sip:budi;lt=7%40rumah.example@example.net"),
        "ok",
        None,
        {"request_uri_user_unescaped": "budi;lt=7@rumah.example"},
    ),
    "unknown transports": Torture(
        "3.1.1.10",
        request(("Max", "Via: SIP/2.0/SCTP a.example;branch=z9hG4bKx, SIP/2.0/MERPATI b\r\nMax")),
        "ok",
        None,
        {"via_transports": ["UDP", "SCTP", "MERPATI"]},
    ),
    "binary multipart": Torture(
        "3.1.1.11",
        request(method="MESSAGE", body=MULTIPART, body_type="multipart/mixed;boundary=batas-7"),
        "ok",
        None,
        {"body_length": len(MULTIPART), "body_parts": ["text/plain", "application/octet-stream"]},
    ),
    "unusual reason phrase": Torture(
        "3.1.1.12",
        response(start="SIP/2.0 200 = 2**3 * 5**2 \xe7\x82\xba~;:"),
        "ok",
        200,
        {"status": 200, "reason": "= 2**3 * 5**2 為~;:", "reason_utf8": True},
    ),
    "empty reason phrase": Torture(
        "3.1.1.13", response(start="SIP/2.0 100 "), "ok", 100, {"status": 100, "reason": ""}
    ),
    "missing space after the code": Torture(
        "3.1.1.13", response(start="SIP/2.0 183"), "ok", 183, {"reason": ""}
    ),
    "folded everywhere": Torture(
        "3.1.1.1", request((": ", ":\r\n \t")), "ok", None, {"method": "OPTIONS"}
    ),
    "bare LF": Torture(
        "3.1.1", request().replace(b"\r\n", b"\n"), "ok", None, {"from_tag": "sd77"}
    ),
    "copy with bare LF, length as sent": Torture(
        "3.1.1", invite().replace(b"\r\n", b"\n"), "ok", None, {"via_count": 1}
    ),
    "copy without its last line end": Torture(
        "3.1.1", invite().removesuffix(b"\r\n"), "ok", None, {"via_count": 1}
    ),
    "no empty line": Torture(
        "3.1.1", request().removesuffix(b"\r\n"), "ok", None, {"via_count": 1}
    ),
}
