"""Digest credentials: the examples of RFC 2617 and RFC 7616, and every odd challenge."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.sip.digest import (
    NONCE_COUNT_MAX,
    Algorithm,
    Challenge,
    Credentials,
    authorization,
    next_nonce,
    read_challenge,
    strongest,
)
from kentongan.sip.errors import ParseError

MUFASA = Credentials("Mufasa", "Circle of Life")
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def _challenge(text: str) -> Challenge:
    challenge = read_challenge(text)
    assert challenge is not None
    return challenge


def _response(value: str) -> str:
    return value.partition('response="')[2].partition('"')[0]


def test_the_example_of_rfc_2617() -> None:
    """Section 3.5, also with qop auth."""
    challenge = _challenge(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    value = authorization(
        challenge,
        Credentials("Mufasa", "Circle Of Life"),
        method="GET",
        uri="/dir/index.html",
        cnonce="0a4f113b",
    )
    assert _response(value) == "6629fae49393a05397450978507c4ef1"
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41", qop=auth, nc=00000001' in value
    assert "algorithm" not in value


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, response: str) -> None:
    """Section 3.9.1."""
    challenge = _challenge(
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
        f'nonce="{NONCE}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    value = authorization(challenge, MUFASA, method="GET", uri="/dir/index.html", cnonce=CNONCE)
    assert _response(value) == response
    assert f"algorithm={algorithm}" in value


def test_sha_512_256_with_a_name_beyond_ascii() -> None:
    """Section 3.9.2 as corrected by its erratum 4897: the name in UTF-8, the real SHA-512/256."""
    challenge = _challenge(
        'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, '
        'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", charset=UTF-8, userhash=true'
    )
    value = authorization(
        challenge,
        Credentials("J\xe4s\xf8n Doe", "Secret, or not?"),
        method="GET",
        uri="/doe.json",
        cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    )
    assert _response(value) == "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_without_qop_as_in_rfc_2069() -> None:
    """Old registrars: no count, no cnonce."""
    challenge = _challenge('Digest realm="r", nonce="n"')
    value = authorization(
        challenge, Credentials("u", "p"), method="REGISTER", uri="sip:r", cnonce="c"
    )
    assert _response(value) == _md5(f"{_md5('u:r:p')}:n:{_md5('REGISTER:sip:r')}")
    assert "cnonce" not in value
    assert "nc=" not in value


def test_auth_int_covers_the_body_and_sess_the_cnonce() -> None:
    """MD5-sess with the only qop a peer offers."""
    challenge = _challenge('DIGEST Realm="r",Nonce="n",QOP=auth-int,Algorithm=md5-SESS')
    value = authorization(
        challenge,
        Credentials("u", "p"),
        method="INVITE",
        uri="sip:r",
        body=b"v=0",
        nonce_count=17,
        cnonce="c",
    )
    own = _md5(f"{_md5('u:r:p')}:n:c")
    asked = _md5(f"INVITE:sip:r:{_md5('v=0')}")
    assert _response(value) == _md5(f"{own}:n:00000011:c:auth-int:{asked}")
    assert "qop=auth-int, nc=00000011" in value


def test_the_strongest_challenge_is_answered() -> None:
    """RFC 8760: one challenge for each algorithm, in any order, unknown ones left out."""
    values = [
        f'Digest realm="r", nonce="n", algorithm={name}' for name in ("MD5", "SHA-256", "X-9")
    ]
    chosen = strongest([*values, "Basic realm=r", "noise"], is_proxy=True)
    assert chosen is not None
    assert (chosen.algorithm, chosen.field) == (Algorithm.SHA_256, "Proxy-Authorization")
    assert strongest(["Basic realm=r"]) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Digest",
        "Digest realm=r",
        'Digest nonce="n"',
        'Digest realm="r", nonce="n',
        'Digest realm="r", nonce="n", qop="auth-conf"',
        'Digest realm="r", nonce="n", algorithm=MD6',
        'Digest realm="r" nonce="n"',
    ],
)
def test_challenges_we_cannot_answer_are_none(text: str) -> None:
    """No guess at a broken challenge."""
    assert read_challenge(text) is None


def test_stale_and_next_nonces_are_read() -> None:
    """The secret was right; and the server may name the next nonce with its 200."""
    assert _challenge('Digest realm="r", nonce="n", stale=TRUE').is_stale
    assert next_nonce('nextnonce="m", qop=auth, rspauth="0"') == "m"
    assert next_nonce("") is None
    assert next_nonce("noise noise") is None


def test_secrets_are_not_shown() -> None:
    """Neither the credentials' own text nor a field made of them tells the password."""
    credentials = Credentials("u", "rahasia")
    assert "rahasia" not in repr(credentials)
    challenge = _challenge('Digest realm="r", nonce="n"')
    value = authorization(challenge, credentials, method="A", uri="sip:b", cnonce="c")
    assert "rahasia" not in value


@pytest.mark.parametrize(
    ("cnonce", "count"), [("a b", 1), ("", 1), ("a", 0), ("a", NONCE_COUNT_MAX + 1)]
)
def test_what_cannot_be_written_is_refused(cnonce: str, count: int) -> None:
    """Our own error, before anything is sent."""
    challenge = _challenge('Digest realm="r", nonce="n"')
    with pytest.raises(ParseError):
        authorization(challenge, MUFASA, method="A", uri="sip:b", cnonce=cnonce, nonce_count=count)


@given(name=st.text(max_size=20), password=st.text(max_size=20), text=st.text(max_size=60))
def test_no_name_or_challenge_breaks_a_line(name: str, password: str, text: str) -> None:
    """Whatever is configured or sent, the value stays one line of wire text."""
    challenge = read_challenge(text) or _challenge('Digest realm="r", nonce="n"')
    value = authorization(
        challenge, Credentials(name, password), method="A", uri="sip:b", cnonce="c"
    )
    assert "\r" not in value
    assert "\n" not in value
    value.encode("latin-1")
