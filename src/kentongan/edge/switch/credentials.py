"""Our secrets at exchanges: read when they are needed, answered to challenges, never shown.

A password is the first line of a file or an environment variable; it is read anew at every use, so
a changed one needs no restart. A challenge (401, 407) to a request of ours is answered once for
each nonce; a second one with the same nonce means that the password is wrong. We challenge nobody.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.trunks import Registration, Trunk
from kentongan.sip import events
from kentongan.sip.build import ExtraHeaders
from kentongan.sip.digest import Credentials, authorization, read_challenge, strongest
from kentongan.sip.errors import ParseError
from kentongan.sip.uri import read_uri

PASSWORD_BYTES_MAX = 1_024
"""Of the password's file; what is longer is no password."""
ANSWERED_MAX = 256
"""Requests whose challenge was answered, remembered to tell a wrong password."""


class SecretError(Exception):
    """A password that cannot be read; the text names the file or variable, never the password."""


class Retries(Protocol):
    """What is needed of the SIP stack."""

    def retry_with(self, request: str, headers: ExtraHeaders, *, now: float) -> bool:
        """Send a challenged request again."""
        ...


def credentials_of(
    register: Registration, environment: Mapping[str, str] = os.environ
) -> Credentials:
    """User and password of an account. Raises `SecretError`."""
    if register.password_env:
        password = environment.get(register.password_env, "")
        if not password:
            raise SecretError(f"environment variable {register.password_env} is not set")
        return Credentials(register.user, password)
    try:
        with Path(register.password_file).open("rb") as opened:
            octets = opened.read(PASSWORD_BYTES_MAX + 1)
    except OSError as error:
        raise SecretError(f"{register.password_file}: {error.strerror}") from None
    first = octets.split(b"\n", 1)[0].rstrip(b"\r")
    if not first or len(octets) > PASSWORD_BYTES_MAX:
        raise SecretError(f"{register.password_file}: its first line is no password")
    return Credentials(register.user, first.decode("utf-8", "replace"))


class Proofs:
    """Answers challenges to calls and to requests within them."""

    def __init__(self, gate: Gate, retries: Retries, token: Callable[[], str]) -> None:
        """`token` gives 64 or more random bits, anew at each call."""
        self._gate = gate
        self._retries = retries
        self._token = token
        self._answered: OrderedDict[str, str] = OrderedDict()  # nonce by request

    def take(self, event: events.Event, now: float) -> bool:
        """Whether that was a challenge and the request is on its way again with our proof."""
        if not isinstance(event, events.Response) or not event.challenges:
            return False
        trunk = self._trunk_of(event.request_uri)
        if trunk is None or trunk.register is None:
            return False
        try:
            headers = self._proof(event, trunk.register)
        except (SecretError, ParseError):
            return False
        return bool(headers) and self._retries.retry_with(event.request, headers, now=now)

    def _proof(self, event: events.Response, register: Registration) -> ExtraHeaders:
        is_proxy = event.status == 407
        challenge = strongest(
            of_realm(event.challenges, register.realm, is_proxy=is_proxy), is_proxy=is_proxy
        )
        if challenge is None:
            return ()
        if self._answered.get(event.request) == challenge.nonce and not challenge.is_stale:
            return ()
        self._answered[event.request] = challenge.nonce
        if len(self._answered) > ANSWERED_MAX:
            self._answered.popitem(last=False)
        value = authorization(
            challenge,
            credentials_of(register),
            method=event.method,
            uri=event.request_uri,
            cnonce=self._token(),
        )
        return ((challenge.field, value),)

    def _trunk_of(self, text: str) -> Trunk | None:
        """The trunk a request went to: by its host, its domain, or its address."""
        try:
            host = read_uri(text).host
        except ParseError:
            return None
        by_domain = (trunk for trunk in self._gate.trunks if host in (trunk.domain, trunk.host))
        return next(by_domain, None) or self._gate.trunk_at(host)


def of_realm(values: tuple[str, ...], realm: str, *, is_proxy: bool) -> tuple[str, ...]:
    """Challenges of that realm; all of them where none is set."""
    if not realm:
        return values
    read = ((value, read_challenge(value, is_proxy=is_proxy)) for value in values)
    return tuple(value for value, found in read if found is not None and found.realm == realm)
