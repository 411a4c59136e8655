"""Registering a trunk: telling a carrier or an exchange where we are (RFC 3261 section 10).

A state machine without I/O. Ask `due(now)` at `next_at`; what it returns is to be sent as a
REGISTER. Give the responses to `answered`, a request that nobody answered to `failed`. It answers
challenges, takes the registrar's time, renews at 80 % of it, obeys 423 and Retry-After, and tries
again after a failure for ever, ever more slowly up to a limit: a trunk that is away for a night
comes back alone.

    waiting -> asking -> registered -> asking -> ...      stop: -> leaving -> ended
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from kentongan.sip.build import ExtraHeaders
from kentongan.sip.digest import (
    NONCE_COUNT_MAX,
    Challenge,
    Credentials,
    authorization,
    next_nonce,
    strongest,
)
from kentongan.sip.errors import ParseError
from kentongan.sip.fields import read_address
from kentongan.sip.grammar import find_param, number
from kentongan.sip.message import Headers, Response

EXPIRES_S = 3_600
"""What we ask for (RFC 3261 section 10.2.1.1)."""
EXPIRES_S_MAX = 86_400
"""A registrar that wants longer than a day (423) is told so as a fault."""
EXPIRES_S_MIN = 10
"""A registrar that grants less is taken to grant this: renewing is no flood."""
RENEW_SHARE = 0.8
"""Of the granted time; the rest is for repeats and a registrar that restarts."""
RETRY_S = 5.0
"""Wait after the first failure; doubles with each."""
RETRY_S_MAX = 300.0
"""The longest wait after failures: a carrier that is back has us again within five minutes."""
ANSWER_S = 40.0
"""When a REGISTER nobody spoke of any more counts as failed; transactions end after 32 s."""
CHALLENGES_MAX = 3
"""Challenges answered in one attempt: one from a proxy, one from the registrar, one stale nonce."""


class Phase(StrEnum):
    """Where a registration stands."""

    WAITING = "waiting"
    ASKING = "asking"
    REGISTERED = "registered"
    LEAVING = "leaving"
    ENDED = "ended"


class Account(Struct, frozen=True, kw_only=True):
    """What is registered where. `contact` is the URI at which the registrar reaches us."""

    registrar: str
    address_of_record: str
    contact: str
    credentials: Credentials | None = None
    expires_s: int = EXPIRES_S


class Register(Struct, frozen=True, kw_only=True):
    """A REGISTER to be sent: From and To are the address of record."""

    uri: str
    address_of_record: str
    call_id: str
    cseq: int
    headers: ExtraHeaders


class Registration:
    """One account. `fault` says why it is not registered, as a key; "" while all is well.

    Keys: `no_answer`, `credentials_refused`, `challenge_unknown`, `time_unacceptable`, `refused`
    (with `fault_status`).
    """

    def __init__(self, account: Account, token: Callable[[], str], now: float) -> None:
        """`token` gives 64 or more random bits as token characters; the first REGISTER is due."""
        self.account = account
        self.phase = Phase.WAITING
        self.fault = ""
        self.fault_status: int | None = None
        self.registered_until: float | None = None
        self._token = token
        self._call_id = token()
        self._cseq = 0
        self._expires_s = account.expires_s
        self._failures = 0
        self._challenged = 0
        self._challenges: dict[bool, Challenge] = {}
        self._counts: dict[str, int] = {}
        self._ask_at: float | None = now
        self._answer_by: float | None = None

    @property
    def next_at(self) -> float | None:
        """When `due` wants to be asked next; None once it has ended."""
        return self._ask_at if self._answer_by is None else self._answer_by

    def is_registered(self, now: float) -> bool:
        """Whether the registrar sends us calls; also while a renewal is under way."""
        return self.registered_until is not None and now < self.registered_until

    def due(self, now: float) -> Register | None:
        """The REGISTER that is to be sent now; None while nothing is due."""
        if self._answer_by is not None:
            if now >= self._answer_by:
                self.failed(now)
            return None
        if self._ask_at is None or now < self._ask_at:
            return None
        if self.phase is not Phase.LEAVING:
            self.phase = Phase.ASKING
        self._cseq += 1
        self._ask_at, self._answer_by = None, now + ANSWER_S
        return Register(
            uri=self.account.registrar,
            address_of_record=self.account.address_of_record,
            call_id=self._call_id,
            cseq=self._cseq,
            headers=self._headers(),
        )

    def stop(self, now: float) -> None:
        """Take the registration back; ended at once where there is none."""
        if self.phase in {Phase.LEAVING, Phase.ENDED}:
            return
        is_known = self.is_registered(now) or self._answer_by is not None
        self.phase = Phase.LEAVING
        self._failures = self._challenged = 0
        self._answer_by, self._ask_at = None, now
        if not is_known:
            self._end()

    def failed(self, now: float) -> None:
        """Nobody answered: the transaction timed out, or the connection could not be made."""
        if self._answer_by is not None:
            self._fail(now, "no_answer", None)

    def answered(self, response: Response, now: float) -> None:
        """A response to the last REGISTER; provisional and late ones change nothing."""
        if self._answer_by is None or response.status < 200 or not self._is_ours(response):
            return
        self._answer_by = None
        match response.status:
            case status if status < 300:
                self._accepted(response, now)
            case 401 | 407:
                self._challenge(response, now)
            case 423:
                self._too_brief(response, now)
            case status:
                self._fail(now, "refused", status, _retry_after(response.headers))

    def _is_ours(self, response: Response) -> bool:
        digits = (response.headers.find("cseq") or "").partition(" ")[0]
        is_last = digits.isascii() and digits.isdigit() and digits.lstrip("0") == str(self._cseq)
        return is_last and response.headers.find("call-id") == self._call_id

    def _headers(self) -> ExtraHeaders:
        expires = 0 if self.phase is Phase.LEAVING else self._expires_s
        fields = [("Contact", f"<{self.account.contact}>"), ("Expires", str(expires))]
        credentials = self.account.credentials
        if credentials is None:
            return tuple(fields)
        for challenge in self._challenges.values():
            count = min(self._counts.get(challenge.nonce, 0) + 1, NONCE_COUNT_MAX)
            self._counts[challenge.nonce] = count
            value = authorization(
                challenge,
                credentials,
                method="REGISTER",
                uri=self.account.registrar,
                nonce_count=count,
                cnonce=self._token(),
            )
            fields.append((challenge.field, value))
        return tuple(fields)

    def _accepted(self, response: Response, now: float) -> None:
        self.fault, self.fault_status = "", None
        self._failures = self._challenged = 0
        for name, is_proxy in (("authentication-info", False), ("proxy-authentication-info", True)):
            self._renew_nonce(next_nonce(response.headers.find(name) or ""), is_proxy=is_proxy)
        if self.phase is Phase.LEAVING:
            self._end()
            return
        granted = max(_granted_s(response.headers, self.account.contact, self._expires_s), 0)
        lasting = max(granted, EXPIRES_S_MIN)
        self.phase = Phase.REGISTERED
        self.registered_until = now + lasting
        self._ask_at = now + lasting * RENEW_SHARE

    def _renew_nonce(self, nonce: str | None, *, is_proxy: bool) -> None:
        challenge = self._challenges.get(is_proxy)
        if nonce and challenge is not None:
            self._challenges[is_proxy] = replace(challenge, nonce=nonce)
            self._counts.clear()

    def _challenge(self, response: Response, now: float) -> None:
        is_proxy = response.status == 407
        name = "proxy-authenticate" if is_proxy else "www-authenticate"
        challenge = strongest(response.headers.list(name), is_proxy=is_proxy)
        answered = self._challenges.get(is_proxy)
        self._challenged += 1
        if challenge is None:
            self._fail(now, "challenge_unknown", response.status)
        elif (
            self.account.credentials is None
            or self._challenged > CHALLENGES_MAX
            or (answered and answered.nonce == challenge.nonce and not challenge.is_stale)
        ):
            self._fail(now, "credentials_refused", response.status)
        else:
            self._challenges[is_proxy] = challenge
            self._counts.pop(challenge.nonce, None)
            self._ask_at = now

    def _too_brief(self, response: Response, now: float) -> None:
        """423: the registrar wants a longer time, and says which (section 10.2.8)."""
        try:
            least = number(response.headers.find("min-expires") or "", EXPIRES_S_MAX, "Min-Expires")
        except ParseError:
            least = 0
        if least > self._expires_s and self.phase is not Phase.LEAVING:
            self._expires_s = least
            self._ask_at = now
        else:
            self._fail(now, "time_unacceptable", 423)

    def _fail(self, now: float, fault: str, status: int | None, wait_s: float = 0.0) -> None:
        self.fault, self.fault_status = fault, status
        self._answer_by = None
        self._challenged = 0
        if fault == "credentials_refused":
            self._challenges.clear()
        if self.phase is Phase.LEAVING:
            self._end()
            return
        self.phase = Phase.WAITING
        doubled = min(RETRY_S * 2.0 ** min(self._failures, 10), RETRY_S_MAX)
        self._failures += 1
        self._ask_at = now + max(doubled * self._spread(), min(wait_s, RETRY_S_MAX))

    def _spread(self) -> float:
        """0.75 to 1: many centres that lost one registrar do not come back in one moment."""
        seed = hashlib.sha256(f"{self._call_id} {self._cseq}".encode()).digest()
        return 0.75 + seed[0] / 1020

    def _end(self) -> None:
        self.phase = Phase.ENDED
        self.registered_until = self._ask_at = self._answer_by = None


def _granted_s(headers: Headers, contact: str, asked_s: int) -> int:
    """The time granted to our contact: its parameter, else Expires, else what we asked for."""
    texts = [headers.find("expires")]
    try:
        for item in headers.items("contact"):
            address = read_address(item)
            if address.uri == contact:
                texts.insert(0, find_param(address.params, "expires"))
    except ParseError:
        pass
    for text in texts:
        try:
            return min(number(text or "", 2**32 - 1, "expires"), asked_s)
        except ParseError:
            continue
    return asked_s


def _retry_after(headers: Headers) -> float:
    """Seconds the registrar asks us to wait; 0 where it does not say."""
    digits = (headers.find("retry-after") or "").partition("(")[0].partition(";")[0].strip(" \t")
    try:
        return float(number(digits, 2**32 - 1, "Retry-After"))
    except ParseError:
        return 0.0
