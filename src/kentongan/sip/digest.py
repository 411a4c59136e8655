"""Digest credentials for trunks that ask us who we are (RFC 7616, RFC 2617, RFC 8760).

The client's side alone: we never challenge anybody, least of all a call for help. Reads challenges,
chooses the strongest algorithm we have, and writes the credentials. The secret never appears in a
text made of these values. Randomness (`cnonce`) comes in from outside.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from kentongan.sip.errors import ParseError
from kentongan.sip.grammar import SPACE, wire

CHALLENGES_MAX = 8
"""Challenges read of one response; a registrar sends one for each algorithm."""
NONCE_COUNT_MAX = 0xFFFF_FFFF
"""`nc` has eight hexadecimal digits."""

_PARAM = re.compile(
    r"[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]*=[ \t]*(?:\"((?:[^\"\\]|\\.)*)\"|([^\",;\s]+))[ \t]*"
    r"(?:,|\Z)",
    re.DOTALL,
)
_CNONCE = re.compile(r"[!#-\[\]-~]+")


class Algorithm(StrEnum):
    """The algorithms we have, the strongest first."""

    SHA_512_256 = "SHA-512-256"
    SHA_512_256_SESS = "SHA-512-256-sess"
    SHA_256 = "SHA-256"
    SHA_256_SESS = "SHA-256-sess"
    MD5_SESS = "MD5-sess"
    MD5 = "MD5"

    @property
    def is_session(self) -> bool:
        """Whether the secret is bound to the first nonce (RFC 7616 section 3.4.2)."""
        return self.endswith("-sess")

    def hashed(self, octets: bytes) -> str:
        """H(octets) in lower-case hexadecimal."""
        match self.removesuffix("-sess"):
            case "SHA-512-256":
                return hashlib.new("sha512_256", octets).hexdigest()
            case "SHA-256":
                return hashlib.sha256(octets).hexdigest()
            case _:
                return hashlib.md5(octets, usedforsecurity=False).hexdigest()


_BY_NAME = {algorithm.lower(): algorithm for algorithm in Algorithm}
_RANK = {algorithm: rank for rank, algorithm in enumerate(Algorithm)}


class Credentials(Struct, frozen=True):
    """A name and its secret, as configured. The secret is not shown."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials(username={self.username!r})"


class Challenge(Struct, frozen=True, kw_only=True):
    """What a peer wants to see (RFC 7616 section 3.3). Quoted values as they stood in the quotes.

    `qop` is what we do of what it offers: "auth", "auth-int", or "" for the manner of RFC 2069.
    `is_proxy`: answered with Proxy-Authorization. `is_stale`: the secret was right, the nonce old.
    """

    realm: str
    nonce: str
    opaque: str | None
    algorithm: Algorithm
    is_algorithm_named: bool
    qop: str
    is_stale: bool
    is_proxy: bool

    @property
    def field(self) -> str:
        """The header field that answers it."""
        return "Proxy-Authorization" if self.is_proxy else "Authorization"


def read_challenge(text: str, *, is_proxy: bool = False) -> Challenge | None:
    """One WWW- or Proxy-Authenticate value; None for what we cannot answer."""
    scheme, _, rest = text.strip(SPACE).partition(" ")
    said = _params(rest) if scheme.lower() == "digest" else None
    if said is None or "realm" not in said or "nonce" not in said:
        return None
    algorithm = _BY_NAME.get(said.get("algorithm", "MD5").lower())
    qop = _chosen_qop(said.get("qop"))
    if algorithm is None or qop is None:
        return None
    return Challenge(
        realm=said["realm"],
        nonce=said["nonce"],
        opaque=said.get("opaque"),
        algorithm=algorithm,
        is_algorithm_named="algorithm" in said,
        qop=qop,
        is_stale=said.get("stale", "").lower() == "true",
        is_proxy=is_proxy,
    )


def strongest(values: Iterable[str], *, is_proxy: bool = False) -> Challenge | None:
    """The challenge with the strongest algorithm; None where there is none we can answer."""
    read = (read_challenge(value, is_proxy=is_proxy) for value in list(values)[:CHALLENGES_MAX])
    found = [challenge for challenge in read if challenge is not None]
    return min(found, key=lambda challenge: _RANK[challenge.algorithm], default=None)


def authorization(
    challenge: Challenge,
    credentials: Credentials,
    *,
    method: str,
    uri: str,
    body: bytes = b"",
    nonce_count: int = 1,
    cnonce: str,
) -> str:
    """The value of `challenge.field` (RFC 7616 section 3.4).

    `uri` is the Request-URI as sent. `nonce_count` begins at 1 for each nonce and rises with each
    request. `cnonce` is a fresh token of 64 random bits or more. Raises `ParseError` for a
    `cnonce` that is no plain word or a count beyond `NONCE_COUNT_MAX`.
    """
    if _CNONCE.fullmatch(cnonce) is None or not 0 < nonce_count <= NONCE_COUNT_MAX:
        raise ParseError("cnonce or nonce count that cannot be written", None)
    username = wire(credentials.username).replace("\\", "\\\\").replace('"', '\\"')
    secret = f"{username}:{challenge.realm}:{wire(credentials.password)}"
    count = f"{nonce_count:08x}"
    response = _response(challenge, secret, method, wire(uri), body, count, cnonce)
    parts = [
        f'username="{username}"',
        f'realm="{challenge.realm}"',
        f'nonce="{challenge.nonce}"',
        f'uri="{wire(uri)}"',
        f'response="{response}"',
    ]
    if challenge.is_algorithm_named:
        parts.append(f"algorithm={challenge.algorithm}")
    if challenge.opaque is not None:
        parts.append(f'opaque="{challenge.opaque}"')
    if challenge.qop:
        parts += [f"qop={challenge.qop}", f"nc={count}"]
    if challenge.qop or challenge.algorithm.is_session:
        parts.append(f'cnonce="{cnonce}"')
    return "Digest " + ", ".join(parts)


def next_nonce(text: str) -> str | None:
    """The nonce for the next request, from Authentication-Info (RFC 7616 section 3.5)."""
    said = _params(text)
    return None if said is None else said.get("nextnonce")


def _response(
    challenge: Challenge,
    secret: str,
    method: str,
    uri: str,
    body: bytes,
    count: str,
    cnonce: str,
) -> str:
    algorithm = challenge.algorithm
    own = _hash(algorithm, secret)
    if algorithm.is_session:
        own = _hash(algorithm, f"{own}:{challenge.nonce}:{cnonce}")
    asked = f"{method}:{uri}"
    if challenge.qop == "auth-int":
        asked += f":{algorithm.hashed(body)}"
    asked = _hash(algorithm, asked)
    if not challenge.qop:
        return _hash(algorithm, f"{own}:{challenge.nonce}:{asked}")
    return _hash(algorithm, f"{own}:{challenge.nonce}:{count}:{cnonce}:{challenge.qop}:{asked}")


def _hash(algorithm: Algorithm, text: str) -> str:
    return algorithm.hashed(text.encode("latin-1", "replace"))


def _params(text: str) -> dict[str, str] | None:
    """Comma-separated parameters, names in lower case; None for anything else. The first counts."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _PARAM.match(text, at)
        if match is None:
            return None
        found.setdefault(match[1].lower(), match[2] if match[2] is not None else match[3])
        at = match.end()
    return found


def _chosen_qop(offered: str | None) -> str | None:
    """ "auth" where it is offered, else "auth-int"; "" where nothing is, None for the unknown."""
    if offered is None:
        return ""
    words = {word.strip(SPACE).lower() for word in offered.split(",")}
    return next((word for word in ("auth", "auth-int") if word in words), None)
