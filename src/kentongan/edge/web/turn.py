"""Names and passwords for a TURN server that end by themselves, so that citizens need no account.

The server and we share one secret; the name carries its end and the password proves it ("A REST API
For Access To TURN Services", draft-uberti-behave-turn-rest-00; coturn's `use-auth-secret`). Pure:
whoever asks brings the time. A page that is given them may relay to our media and to nothing else,
which is the TURN server's to enforce (`docs/operate/turn.md`).
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final

TTL_S_MAX: Final = 86_400
"""Longest life, seconds. One call needs minutes; what leaks is worth nothing the day after."""

NAME_CHARACTERS_MAX: Final = 64
"""Longest name: it only tells allocations apart in the server's log."""


def turn_credentials(secret: str, name: str, now: datetime, ttl_s: int) -> tuple[str, str]:
    """Username and password that the TURN server takes until `ttl_s` seconds after `now`.

    Username: `<end as Unix time>:<name>`; password: base64 of HMAC-SHA1(secret, username) (draft,
    section 2.2). An allocation that exists lives on past the end as long as it is refreshed with
    the same credentials before it. Raises `ValueError` for an empty secret, a time without zone,
    a life of less than a second or more than a day, and a name that is empty, long, or not made of
    printable ASCII without spaces and colons.
    """
    if not secret:
        raise ValueError("secret: empty")
    if now.tzinfo is None:
        raise ValueError("now: without a time zone")
    if not 1 <= ttl_s <= TTL_S_MAX:
        raise ValueError(f"ttl_s: 1 to {TTL_S_MAX}")
    if not 0 < len(name) <= NAME_CHARACTERS_MAX or not all("!" <= c <= "~" for c in name):
        raise ValueError("name: 1 to 64 printable ASCII characters without spaces")
    if ":" in name:
        raise ValueError("name: a colon separates it from its end")
    username = f"{int(now.timestamp()) + ttl_s}:{name}"
    proof = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(proof).decode("ascii")
