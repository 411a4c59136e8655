"""Web push: to the browser of an officer or a crew, sealed so that only that browser reads it."""

import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from kentongan.edge.notify.channel import AnyIn, Letter, NotSent, Taken
from kentongan.edge.notify.push_crypto import (
    SALT_OCTETS,
    BadSubscription,
    authorization,
    base64url,
    public_octets,
    sealed,
)
from kentongan.edge.notify.web_client import check_status, request
from kentongan.notify_settings import PushSettings
from kentongan.store.deliveries import Subscription

AT_ONCE: Final = 8

TEXT_CHARACTERS_MAX: Final = 900
"""Even if each sign takes four octets, it fits into a message."""

Find = Callable[[str], Subscription | None]
"""The subscription with that endpoint, of a contact that is not revoked."""

Gone = Callable[[str], None]
"""Told when a browser does not take push any more."""


class Push:
    """Implements `channel.Gateway`. `letter.to` is the subscription's endpoint."""

    def __init__(
        self, settings: PushSettings, find: Find, gone: Gone, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._key = read_key(Path(settings.key_file))
        self._find = find
        self._gone = gone
        self._clock = clock

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self._settings.name

    @property
    def at_once(self) -> int:
        """Requests at the same time."""
        return AT_ONCE

    def send(self, letter: Letter) -> Taken:
        """One message; raises `NotSent`. The topic makes a copy replace the first one."""
        subscription = self._find(letter.to)
        if subscription is None:
            raise NotSent("gone", "the subscription was removed", is_lasting=True)
        if not is_push_service(letter.to, self._settings.hosts):
            raise NotSent("refused", "no push service that is believed", is_lasting=True)
        shown = {"id": letter.id, "title": letter.title, "text": letter.text[:TEXT_CHARACTERS_MAX]}
        own, salt = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(SALT_OCTETS)
        try:
            text = json.dumps(shown, ensure_ascii=False).encode("utf-8", "replace")
            body = sealed(text, subscription.p256dh, subscription.auth, own, salt)
        except BadSubscription as bad:
            raise NotSent("refused", str(bad), is_lasting=True) from bad
        subject = self._settings.subject
        headers = {
            "Authorization": authorization(letter.to, subject, self._key, self._clock()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(round(letter.expires_s)),
            "Urgency": "high",
            "Topic": base64url(_digest(letter.id))[:32],
        }
        answer = request("POST", letter.to, headers, body)
        if answer.status in (404, 410):  # RFC 8030, section 7.3
            self._gone(letter.to)
            raise NotSent("gone", f"HTTP {answer.status}", is_lasting=True)
        check_status(answer)
        return Taken(said=answer.headers.get("location", "")[:200])

    def gathered(self) -> Sequence[AnyIn]:
        """Nothing: push services do not tell what a browser did."""
        return ()

    @property
    def trouble(self) -> NotSent | None:
        """Nothing is known without a letter."""
        return None

    def close(self) -> None:
        """Nothing is held."""


def is_push_service(endpoint: str, hosts: Sequence[str]) -> bool:
    """Whether an address that a browser gave is one of a push service, and of nothing else.

    Otherwise anybody with an account could have us send requests into our own network. `hosts`
    are names, whose subdomains count, or `127.0.0.1:PORT` for a push service on this machine.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    if parts.username or parts.fragment or len(endpoint) > 1_000:
        return False
    if parts.scheme == "http":
        return host.startswith("127.") and f"{host}:{port}" in hosts
    if parts.scheme != "https" or port not in (None, 443):
        return False
    return any(host == one or host.endswith(f".{one}") for one in hosts)


def read_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """Our VAPID key. Raises `OSError`, or `ValueError` when it is none on P-256."""
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError(f"{file}: no private key on the curve P-256")
    return key


def new_key() -> bytes:
    """A VAPID key as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_key_of(file: Path) -> str:
    """What a browser subscribes with (`applicationServerKey`)."""
    return base64url(public_octets(read_key(file).public_key()))


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
