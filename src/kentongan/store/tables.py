"""One row of each table as a value, the same for every engine.

The journal, the personal texts and what else must survive are exchanged between engines and with
backup files in these shapes. A row is written as a JSON array, so fields are only ever added, at
the end, with a default. Times are UTC, `bytes` are base64 in JSON.
"""

from datetime import datetime

from msgspec import Struct


class Line(Struct, frozen=True, array_like=True):
    """A line of the journal; `data` is the sealed event as JSON text."""

    position: int
    stream: str
    version: int
    kind: str
    at: datetime
    recorded_at: datetime
    agent: str
    agent_name: str
    because: str | None
    command_id: str
    data: str
    chain: bytes


class Text(Struct, frozen=True, array_like=True):
    """Personal text; `text` (UTF-8) and `salt` are None once erased, the digest stays."""

    ref: str
    digest: str
    salt: bytes | None
    text: bytes | None


class CommandLine(Struct, frozen=True, array_like=True):
    """What a command led to: `events` lines from `position` on, possibly none."""

    command_id: str
    stream: str
    position: int
    events: int


class NumberLine(Struct, frozen=True, array_like=True):
    """The last incident number given on a day."""

    day: str
    last: int


class TimerLine(Struct, frozen=True, array_like=True):
    """A timer, fired or not."""

    id: str
    due_at: datetime
    envelope: bytes
    fired: int


class CursorLine(Struct, frozen=True, array_like=True):
    """How far a reader of the journal has come."""

    name: str
    position: int


class AccountLine(Struct, frozen=True, array_like=True):
    """An account as JSON (`store.accounts.Account`); the name is unique, folded to lower case."""

    id: str
    name_folded: str
    data: str


class AccessLine(Struct, frozen=True, array_like=True):
    """One reading of protected data."""

    id: int
    viewer: str
    what: str
    reason: str
    at: datetime


class KeyLine(Struct, frozen=True, array_like=True):
    """The sealed key of a recording's segment; `sealed` is None once it was erased.

    `segment` is the file's name as it was asked for, `made_at` when the key was made.
    """

    id: str
    call: str
    segment: str
    made_at: datetime
    sealed: bytes | None


class DeviceLine(Struct, frozen=True, array_like=True):
    """A device as JSON (`store.devices.Device`), with the number of its last change."""

    id: str
    version: int
    data: str


class DeliveryLine(Struct, frozen=True, array_like=True):
    """A delivery as JSON (`store.deliveries.Delivery`) with what it is found by.

    `due_at` is None when nothing more is sent, `ask` and `incident` empty where there is none.
    """

    id: str
    revision: int
    way: str
    made_at: datetime
    due_at: datetime | None
    ask: str
    incident: str
    data: str


class ContactLine(Struct, frozen=True, array_like=True):
    """Somebody who can be told, as JSON (`store.deliveries.Contact`)."""

    id: str
    data: str


class BoardLine(Struct, frozen=True, array_like=True):
    """A row of the board; `data` is its sealed JSON, None when the row is gone."""

    kind: str
    key: str
    stream: str
    position: int
    data: str | None


class ClaimLine(Struct, frozen=True, array_like=True):
    """What a stream holds alone."""

    kind: str
    key: str
    stream: str


TableRow = (
    Line
    | Text
    | CommandLine
    | NumberLine
    | TimerLine
    | CursorLine
    | AccountLine
    | AccessLine
    | KeyLine
    | DeviceLine
    | DeliveryLine
    | ContactLine
    | BoardLine
    | ClaimLine
)


class Table(Struct, frozen=True):
    """A table: its name, the shape of its rows and how many leading fields are its key."""

    name: str
    shape: type[TableRow]
    key_fields: int = 1

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, in the order of the shape's fields."""
        return self.shape.__struct_fields__

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the key, by which the table is read in order."""
        return self.columns[: self.key_fields]


JOURNAL = Table("journal", Line)
TEXTS = Table("personal", Text)
COMMANDS = Table("commands", CommandLine)
NUMBERS = Table("numbers", NumberLine)
TIMERS = Table("timers", TimerLine)
CURSORS = Table("cursors", CursorLine)
ACCOUNTS = Table("accounts", AccountLine)
ACCESS_LOG = Table("access_log", AccessLine)
RECORDING_KEYS = Table("recording_keys", KeyLine)
DEVICES = Table("devices", DeviceLine)
DELIVERIES = Table("deliveries", DeliveryLine)
CONTACTS = Table("contacts", ContactLine)
BOARD = Table("board", BoardLine, key_fields=2)
CLAIMS = Table("claims", ClaimLine, key_fields=2)

KEPT = (
    JOURNAL,
    TEXTS,
    COMMANDS,
    NUMBERS,
    TIMERS,
    CURSORS,
    ACCOUNTS,
    ACCESS_LOG,
    RECORDING_KEYS,
    DEVICES,
    DELIVERIES,
    CONTACTS,
)
"""What a backup holds. The board and the claims are folded anew from the journal; sessions,
sign-in attempts and positions of units are not worth keeping, their history is too large."""

SINCE_FORMAT = {RECORDING_KEYS.name: 2, DEVICES.name: 3, DELIVERIES.name: 4, CONTACTS.name: 4}
"""The format of backups in which a table was there first, where it was not the first one."""

DERIVED = (BOARD, CLAIMS)
"""What `rebuild` writes anew."""
