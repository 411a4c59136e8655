"""The ledger of what was sent to people, and the register of where people can be reached.

Not facts of an emergency and so not in the journal: addresses and gateways' answers are about
people's telephones and about money. What an emergency needs to know (a crew's alert arrived) goes
through the door as a fact of its own. A delivery is one message to one person by one way; each try
is an attempt in it. A row is changed only by whoever read its latest revision: of two processes
that want to send the same message, one does.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol, TypeVar

import msgspec
from msgspec import Struct

from kentongan.core.ladder import Way
from kentongan.core.words import AgencyKey, AgentId, UnitId
from kentongan.store.errors import StoreDamaged

T = TypeVar("T")

AttemptOutcome = Literal["sending", "accepted", "delivered", "read", "failed", "unsure"]
"""`unsure`: whether the gateway took it is not known, so the next try may be a second copy."""

DeliveryState = Literal[
    "waiting", "sending", "accepted", "delivered", "read", "failed", "expired", "cancelled"
]
"""The last three and `failed` are ends; `accepted` still waits for a receipt, as `delivered` does
for a reading, but nothing more is sent."""

ENDS: tuple[DeliveryState, ...] = ("read", "failed", "expired", "cancelled")
"""States that nothing follows."""

ROWS_MAX = 1_000
"""Most rows of the ledger that one question gives."""


class Attempt(Struct, frozen=True, kw_only=True):
    """One try. `why` is a key such as `throttled`, `said` the gateway's own words, cut short.

    `by` is the process that tries (machine and pid). `is_lasting`: this gateway will not take this
    letter, whenever it is asked. `ids` are its names of the parts, `done` those that it said had
    arrived, `cost` what it said it costs, in its words.
    """

    gateway: str
    at: datetime
    outcome: AttemptOutcome
    by: str = ""
    outcome_at: datetime | None = None
    why: str = ""
    said: str = ""
    is_lasting: bool = False
    ids: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    cost: str = ""


class Delivery(Struct, frozen=True, kw_only=True):
    """A message to one person by one way. `id` is made of what it is about, never by chance.

    `ask` names what is waited for, `step` the rung of the ladder. `gateway` is set where no other
    one of the way will do. `to` is the address and `text` what is said; `text` is emptied once
    nothing more will be sent. `due_at` is the next try, None when there is none. `may_be_twice`: a
    copy more than one may have gone out.
    """

    id: str
    way: Way
    contact: str
    label: str
    to: str
    text: str
    made_at: datetime
    expires_at: datetime
    state: DeliveryState
    about: Literal["task", "alert", "released", "restored", "withdrawn", "reply", "caller", "test"]
    ask: str = ""
    step: int = 0
    gateway: str = ""
    incident: str | None = None
    unit: UnitId | None = None
    agency: AgencyKey | None = None
    title: str = ""
    due_at: datetime | None = None
    ended_at: datetime | None = None
    why: str = ""
    attempts: tuple[Attempt, ...] = ()
    may_be_twice: bool = False


class Kept(Struct, frozen=True, kw_only=True):
    """A delivery as it stands, with the revision that a change must name."""

    revision: int
    delivery: Delivery


class Subscription(Struct, frozen=True, kw_only=True):
    """A browser that takes web push (RFC 8030): its address and keys, base64url.

    `session` is the digest of the session in which it was told, and ends with it.
    """

    endpoint: str
    p256dh: str
    auth: str
    session: str = ""


class Contact(Struct, frozen=True, kw_only=True):
    """A person, or a telephone that whoever is on duty carries (`always`), and its addresses.

    It stands for a unit's crew, for an agency, or for the room's supervisors. Without `always` it
    is told only while its `account` is on duty there. `phone` is E.164.
    """

    id: str
    label: str
    account: AgentId | None = None
    agency: AgencyKey | None = None
    unit: UnitId | None = None
    supervisor: bool = False
    always: bool = False
    phone: str = ""
    whatsapp: bool = False
    mail: str = ""
    subscriptions: tuple[Subscription, ...] = ()
    created_at: datetime
    created_by: str
    revoked_at: datetime | None = None


class GatewayState(Struct, frozen=True, kw_only=True):
    """How a gateway does. `state`: `untried`, `ok`, `failing` (it is tried again), `off`."""

    name: str
    way: Way
    state: Literal["untried", "ok", "failing", "off"]
    since: datetime
    seen_at: datetime
    why: str = ""
    said: str = ""
    sent: int = 0
    failed: int = 0
    waiting: int = 0


class Deliveries(Protocol):
    """The ledger, the contacts and the gateways' state of one store."""

    def add(self, delivery: Delivery) -> bool:
        """Add a delivery; False when one of that id is there, which stays as it is."""
        ...

    def change(self, delivery: Delivery, revision: int) -> bool:
        """Replace the delivery if its revision is still that one; whether it was."""
        ...

    def find(self, delivery: str) -> Kept | None:
        """The delivery with that id."""
        ...

    def due(self, way: Way, now: datetime, limit: int) -> Sequence[Kept]:
        """Deliveries of that way whose next try is due, the longest waiting first."""
        ...

    def of_ask(self, ask: str) -> Sequence[Kept]:
        """Deliveries about that ask, oldest first, at most `ROWS_MAX`."""
        ...

    def of_incident(self, incident: str) -> Sequence[Kept]:
        """Deliveries about that incident, oldest first, at most `ROWS_MAX`."""
        ...

    def latest(self, limit: int) -> Sequence[Kept]:
        """The newest deliveries, newest first."""
        ...

    def name_parts(self, gateway: str, ids: Sequence[str], delivery: str, at: datetime) -> None:
        """Remember by which names a gateway will speak of a delivery's parts."""
        ...

    def of_part(self, gateway: str, part: str) -> str | None:
        """The id of the delivery which that gateway calls so."""
        ...

    def forget(self, before: datetime) -> int:
        """Remove deliveries made before; returns how many there were."""
        ...

    def put_contact(self, contact: Contact) -> None:
        """Add the contact or replace the one with its id."""
        ...

    def find_contact(self, contact: str) -> Contact | None:
        """The contact with that id."""
        ...

    def contacts(self) -> Sequence[Contact]:
        """All contacts by id, revoked ones included."""
        ...

    def put_state(self, state: GatewayState) -> None:
        """Keep how a gateway does."""
        ...

    def states(self) -> Sequence[GatewayState]:
        """How all gateways did when they last said so, by name."""
        ...


def decode_delivery(data: str) -> Delivery:
    """The delivery from its JSON."""
    return _decode(data, Delivery)


def decode_contact(data: str) -> Contact:
    """The contact from its JSON."""
    return _decode(data, Contact)


def decode_state(data: str) -> GatewayState:
    """A gateway's state from its JSON."""
    return _decode(data, GatewayState)


def _decode(data: str, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=shape)
    except msgspec.MsgspecError as error:
        raise StoreDamaged(f"the ledger of deliveries cannot be read: {error}") from error
