"""Who may say what at which address, and what is answered: requests in, answers out. No sockets.

Every address takes a device's token, as `Authorization: Bearer`, as the password of `Basic`, or
where the format has its own place for it (Traccar's `id`). Telephones that repeat a refused message
for ever (OwnTracks, Traccar Client) are told 200 whenever the token was right: what could not be
read is counted, and named in the answer.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from kentongan.core.positions import ONE_DRAWN
from kentongan.edge.avl import owntracks, plain, traccar
from kentongan.edge.avl.reception import Reception
from kentongan.edge.avl.reports import Report, Unreadable
from kentongan.store.devices import Device

FAULTS_TOLD_MAX: Final = 10
"""Faults named in one answer."""

WEBSOCKET: Final = "/avl/ws"

_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"


class Asked(Struct, frozen=True, kw_only=True):
    """A request. Header names are in lower case; `address` is who asks, for counting attempts."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = {}
    body: bytes = b""
    address: str = ""


class Answer(Struct, frozen=True, kw_only=True):
    """What is said."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


_NOTHING_TO_SAY: Final = Answer(status=200, body=b"[]", headers=(("Content-Type", _JSON),))


class Fault(Struct, frozen=True):
    """What could not be read."""

    field: str
    why: str


class Taken(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many positions say where the unit is; how many are kept aside, and why (by verdict); how
    many were none; what was wrong with those that could not be read."""

    taken: int
    kept_aside: int = 0
    why: dict[str, int] = {}
    ignored: int = 0
    faults: tuple[Fault, ...] = ()


_ONE_TAKEN: Final = Taken(taken=1)


class NotKnown(Exception):  # noqa: N818 - an answer to a stranger
    """No such token; `is_too_often` when too many came from there."""

    def __init__(self, *, is_too_often: bool) -> None:
        super().__init__("unknown token")
        self.is_too_often = is_too_often


class Answering:
    """Answers at the addresses of the HTTP port."""

    def __init__(self, reception: Reception, clock: Callable[[], datetime]) -> None:
        self._reception = reception
        self._clock = clock

    def answer(self, asked: Asked) -> Answer:
        """The answer; never raises."""
        try:
            return self._answer(asked)
        except NotKnown as stranger:
            return _refused(stranger)
        except Unreadable as fault:
            return _said(400, Taken(taken=0, faults=(Fault(fault.field, fault.why),)))

    def device_of(self, token: str, address: str) -> Device:
        """Whose token it is; raises `NotKnown`."""
        device = self._reception.register.find(token)
        if device is None:
            self._reception.refused += 1
            raise NotKnown(is_too_often=self._reception.register.wrong(address, self._clock()))
        return device

    def take_plain(self, device: Device, body: bytes) -> Taken:
        """A message of plain JSON; raises `Unreadable`."""
        now = self._clock()
        return self._kept(device, plain.read(body, now), now)

    def _answer(self, asked: Asked) -> Answer:
        if asked.path in ("/", "/avl/traccar"):
            return self._traccar(asked)
        if asked.path not in ("/avl/owntracks", "/avl/traccar/forward", "/avl/positions"):
            return Answer(status=404)
        if asked.method != "POST":
            return Answer(status=405, headers=(("Allow", "POST"),))
        device = self.device_of(token_of(asked.headers), asked.address)
        if asked.path == "/avl/owntracks":
            return self._owntracks(device, asked.body)
        if asked.path == "/avl/positions":
            taken = self.take_plain(device, asked.body)
        else:
            now = self._clock()
            taken = self._kept(device, traccar.read_forwarded(asked.body), now)
        is_nothing = not taken.taken and not taken.kept_aside
        return _said(400 if taken.faults and is_nothing else 200, taken)

    def _owntracks(self, device: Device, body: bytes) -> Answer:
        now = self._clock()
        try:
            taken = self._kept(device, owntracks.read(body), now)
        except Unreadable as fault:
            self._note(device, fault)
            taken = Taken(taken=0, faults=(Fault(fault.field, fault.why),))
        if taken is _ONE_TAKEN or not (taken.faults or taken.kept_aside):
            return _NOTHING_TO_SAY
        headers = [("Content-Type", _JSON)]
        if taken.faults:
            headers.append(("Kentongan-Fault", f"{taken.faults[0].field}: {taken.faults[0].why}"))
        if taken.kept_aside:
            why = ", ".join(f"{verdict} {count}" for verdict, count in taken.why.items())
            headers.append(("Kentongan-Aside", why))
        return Answer(status=200, body=b"[]", headers=tuple(headers))

    def _traccar(self, asked: Asked) -> Answer:
        if asked.method not in ("GET", "POST"):
            return Answer(status=405, headers=(("Allow", "GET, POST"),))
        now = self._clock()
        kind = asked.headers.get("content-type", "")
        if kind.startswith(_JSON):
            device = self.device_of(traccar.token_of_client(asked.body), asked.address)
            return _said(200, self._kept(device, traccar.read_client(asked.body), now))
        query = asked.query
        if kind.startswith(_FORM) and asked.body:
            form = asked.body.decode("ascii", "replace")
            query = f"{query}&{form}" if query else form
        fields = traccar.fields_of(query)
        device = self.device_of(traccar.token_of_query(fields), asked.address)
        return _said(200, self._kept(device, traccar.read_query(fields, now), now))

    def _kept(self, device: Device, report: Report, now: datetime) -> Taken:
        outcome = self._reception.take(device, report, now)
        if outcome is ONE_DRAWN and not (report.ignored or report.faults):
            return _ONE_TAKEN
        return Taken(
            taken=outcome.drawn,
            kept_aside=sum(outcome.aside.values()),
            why={str(verdict): count for verdict, count in outcome.aside.items()},
            ignored=report.ignored,
            faults=tuple(Fault(one.field, one.why) for one in report.faults[:FAULTS_TOLD_MAX]),
        )

    def _note(self, device: Device, fault: Unreadable) -> None:
        if device.unit is not None:
            self._reception.fault(device.unit, fault)


def token_of(headers: dict[str, str]) -> str:
    """The token of an `Authorization` header (RFC 6750, RFC 7617), "" when there is none."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        pair = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return pair.partition(":")[2]


def _refused(stranger: NotKnown) -> Answer:
    if stranger.is_too_often:
        return Answer(status=429, headers=(("Retry-After", "60"), ("Connection", "close")))
    return Answer(status=401, headers=(("WWW-Authenticate", 'Basic realm="positions"'),))


@lru_cache(maxsize=100)
def _usual(taken: int) -> Answer:
    """Nearly all of a fleet are told the same."""
    return _encoded(200, Taken(taken=taken))


def _said(status: int, taken: Taken) -> Answer:
    if status == 200 and not (taken.kept_aside or taken.ignored or taken.faults):
        return _usual(taken.taken)
    return _encoded(status, taken)


def _encoded(status: int, taken: Taken) -> Answer:
    return Answer(
        status=status, body=msgspec.json.encode(taken), headers=(("Content-Type", _JSON),)
    )
