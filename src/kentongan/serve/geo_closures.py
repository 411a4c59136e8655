"""The closures in force and the command line: out of the centre's record, and into it. And local
names out of it, for whoever may read their words.

The record is asked, never a file of its own: what `city export-closures` writes and what an import
is told are the closures that the screens show. A file comes in through the door, as commands of
the account that brings it, and only after every feature of it was looked at.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kentongan.app.city import plans_of
from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Transaction, Unavailable
from kentongan.cities.pack import CityPack
from kentongan.core.access import may
from kentongan.core.closure import Closure
from kentongan.core.commands import Envelope
from kentongan.core.context import Context
from kentongan.core.plans import Plans
from kentongan.core.redaction import redact
from kentongan.core.references import CLOSURES_MAX
from kentongan.core.rows import AliasRow, AnyRow, ClosureRow
from kentongan.core.streams import decide, fold, stream_of
from kentongan.core.words import Agent, CommandId, Refused
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.geography import PlaceAlias
from kentongan.geography_rows import alias_of, refs_of
from kentongan.serve.closure_features import (
    ClosureFeature,
    command_of,
    feature_of,
    read_features,
    to_geojson,
)
from kentongan.serve.wiring import utc_now
from kentongan.settings import Settings
from kentongan.store.accounts import Access
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

EXPORTED: Final = "export"
SEARCHED: Final = "places"
"""Why words were opened, in the log of readings."""

_FIELDS: Final = {
    "closure_exists": "id",
    "closure_lifted": "id",
    "key_unreadable": "id",
    "bad_identifier": "id",
    "closure_reason_missing": "reason",
    "unknown_profile": "factors",
    "factor_unreadable": "factors",
    "depth_unreadable": "depth_cm",
    "way_unreadable": "way",
    "time_unreadable": "from_at, until_at",
    "closure_ends_before_it_begins": "until_at",
    "closure_too_long": "until_at",
    "closure_over": "until_at",
}
"""Where a refusal lies in a feature's properties; those of shapes lie in its geometry."""


class NoRecord(ImportRefused):
    """There is no record: no centre has run with these settings yet."""


class Taken(Struct, frozen=True, kw_only=True):
    """What became of a file's closures, by id: closed now, and known before.

    Of those known before, `lifted` were lifted since and stay open.
    """

    closed: tuple[str, ...]
    known: tuple[str, ...]
    lifted: tuple[str, ...]


class Bringing(Struct, frozen=True, kw_only=True):
    """A file's closures, looked at and not yet closed: the new ones as envelopes."""

    features: tuple[ClosureFeature, ...]
    envelopes: tuple[Envelope, ...]
    known: tuple[str, ...]
    lifted: tuple[str, ...]


def run_export_closures(settings: Settings, parsed: Namespace) -> int:
    """Write the closures in force as GeoJSON; how many there are goes to the standard error."""
    if (parsed.account is not None) != parsed.with_words:
        print("--with-words and --as go together", file=sys.stderr)
        return 2
    try:
        with open_record(settings) as store:
            rows = rows_in_force(store, utc_now())
            words = _open_words(store, rows, parsed.account) if parsed.with_words else {}
        content = to_geojson(feature_of(row, words) for row in rows)
        if parsed.out is None:
            sys.stdout.write(content.decode())
        else:
            _write(parsed.out, content)
    except (ImportRefused, OSError) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    where = "" if parsed.out is None else f"{parsed.out}: "
    left = "" if parsed.with_words else "; words of one's own left out (--with-words)"
    print(f"{where}{len(rows)} closures in force{left}", file=sys.stderr)
    return 0


@contextmanager
def open_record(settings: Settings) -> Generator[WholeStore]:
    """The centre's record, never made here.

    Raises `NoRecord` when there is none, `ImportRefused` when it cannot be read now.
    """
    address = settings.store_url
    if address.startswith("sqlite:"):
        path = Path(address.removeprefix("sqlite:"))
        if not path.is_file():
            raise NoRecord("there is no record here; is --settings right?", file=str(path))
    try:
        store = open_store(address)
        try:
            if store.last_position() == 0:
                raise NoRecord("nothing is on record yet; has the centre ever run?")
            yield store
        finally:
            store.close()
    except (Unavailable, StoreError) as error:
        raise ImportRefused(f"the record cannot be read: {error}") from error


def rows_in_force(store: WholeStore, now: datetime) -> list[ClosureRow]:
    """Closures neither lifted nor over, those that begin later included; words stay sealed."""
    rows = (found.row for found in store.rows("closure"))
    return [
        row
        for row in rows
        if isinstance(row, ClosureRow)
        and row.lifted_at is None
        and (row.until_at is None or now < row.until_at)
    ]


def open_names(settings: Settings, account: str) -> tuple[PlaceAlias, ...]:
    """The local names in effect, in their words, for an account that may read them; that it did is
    logged before it has them. Raises `ImportRefused`."""
    with open_record(settings) as store:
        agent = _agent_of(store, account)
        every = (found.row for found in store.rows("alias"))
        rows = [row for row in every if isinstance(row, AliasRow) and row.is_in_effect]
        if not all(redact(row, agent, lambda _kind, _key: None) == row for row in rows):
            raise ImportRefused(f"{account} may not read the words of local names", field="--as")
        texts = _opened(store, agent, [ref for row in rows for ref in refs_of(row)], SEARCHED)
        return tuple(alias_of(row, texts) for row in rows)


def look_at(settings: Settings, pack: CityPack, file: Path, account: str) -> Bringing:
    """Ask of every closure in the file whether the record takes it; nothing is written.

    Raises `ImportRefused` with the number and the field of the first that it does not take.
    """
    features = read_features(file)
    plans = plans_of(pack)
    with open_record(settings) as store:
        agent = _agent_of(store, account)
        looking = _Looking(store, plans, agent, utc_now())
        for number, feature in enumerate(features):
            try:
                with store.transaction() as transaction:  # one each: calls write in between
                    looking.look(transaction, feature)
            except Refused as refused:
                raise _told(refused, file, f"features[{number}]") from refused
        others = {str(row.key) for row in rows_in_force(store, looking.now)}
        others |= {_key_of(envelope) for envelope in looking.new}
    if len(others) > CLOSURES_MAX:
        raise ImportRefused(
            f"{len(others)} closures would be in force, {CLOSURES_MAX} can be", file=file.name
        )
    return Bringing(
        features=tuple(features),
        envelopes=tuple(looking.new),
        known=tuple(looking.known),
        lifted=tuple(looking.lifted),
    )


def close(settings: Settings, pack: CityPack, bringing: Bringing) -> Taken:
    """Send the commands, in the file's order.

    Raises `ImportRefused` when the record changed meanwhile or went away: how many are closed is
    told, and the same file closes the rest.
    """
    plans = plans_of(pack)
    closed: list[str] = []
    try:
        with open_record(settings) as store:
            for envelope in bringing.envelopes:
                handle(store, plans, envelope, utc_now())
                closed.append(_key_of(envelope))
    except (Refused, Busy, ImportRefused) as error:
        text = _words(error) if isinstance(error, Refused) else str(error) or "busy"
        raise ImportRefused(
            f"{len(closed)} of {len(bringing.envelopes)} new closures are on record, then: {text};"
            " the same file brings the rest"
        ) from error
    return Taken(closed=tuple(closed), known=bringing.known, lifted=bringing.lifted)


class _Looking:
    """Asks what the door would answer, one closure after another."""

    def __init__(self, store: WholeStore, plans: Plans, agent: Agent, now: datetime) -> None:
        self.now = now
        self.new: list[Envelope] = []
        self.known: list[str] = []
        self.lifted: list[str] = []
        self._store = store
        self._agent = agent
        self._context = Context(agent=agent, at=now, plans=plans)

    def look(self, transaction: Transaction, feature: ClosureFeature) -> None:
        """Raises `Refused`."""
        stream = stream_of(command_of(feature, None))
        history = transaction.load(stream)
        before = fold(stream, [(recorded.event, recorded.meta) for recorded in history])
        row = before.row if isinstance(before, Closure) else None
        command = command_of(feature, row)
        may(self._agent, command, self._find)
        envelope = Envelope(id=self._id(feature), agent=self._agent, command=command)
        if row is not None and row.lifted_at is not None:  # whoever brought or drew it
            self.lifted.append(feature.id)
            self.known.append(feature.id)
        elif transaction.find_outcome(envelope.id) is None and decide(
            command, before, self._context
        ):
            self.new.append(envelope)
        else:
            self.known.append(feature.id)

    def _find(self, kind: str, key: str) -> AnyRow | None:
        found = self._store.find_row(kind, key)
        return found.row if found else None

    def _id(self, feature: ClosureFeature) -> CommandId:
        """The same for the same feature out of the same hand, so that it closes once."""
        said = msgspec.json.encode((self._agent.id, feature), order="deterministic")
        return CommandId(f"closure-file/{sha256(said).hexdigest()}")


def _agent_of(store: WholeStore, name: str) -> Agent:
    found = store.accounts.find_by_name(name)
    if found is None or found.disabled:
        raise ImportRefused(f"nobody may sign in as {name}", field="--as")
    return Agent(
        id=found.id,
        name=found.label or found.name,
        roles=found.roles,
        agency=found.agency,
        unit=found.unit,
    )


def _open_words(store: WholeStore, rows: Sequence[ClosureRow], account: str) -> dict[str, str]:
    """The words by ref; that this account took them out is logged before it has them."""
    agent = _agent_of(store, account)
    if not all(_may_read(agent, row) for row in rows):
        raise ImportRefused(f"{account} may not read the words of closures", field="--as")
    texts = (text for row in rows for text in (row.label, row.reason_text))
    refs = [text.ref for text in texts if text is not None and text.ref is not None]
    return _opened(store, agent, refs, EXPORTED)


def _opened(store: WholeStore, agent: Agent, refs: Sequence[str], reason: str) -> dict[str, str]:
    words = store.open_texts(refs)
    now = utc_now()
    store.accounts.log_access(
        [Access(viewer=agent.id, what=ref, reason=reason, at=now) for ref in words]
    )
    return words


def _may_read(agent: Agent, row: ClosureRow) -> bool:
    seen = redact(row, agent, lambda _kind, _key: None)
    return (
        isinstance(seen, ClosureRow)
        and seen.label == row.label
        and seen.reason_text == row.reason_text
    )


def _write(path: Path, content: bytes) -> None:
    """For its owner's eyes when it is new: where the water stands may be told with words."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _key_of(envelope: Envelope) -> str:
    return stream_of(envelope.command).partition(":")[2]


def _told(refused: Refused, file: Path, feature: str) -> ImportRefused:
    """A refusal of the record, with the place in the file."""
    if refused.reason == "not_permitted":
        return ImportRefused(_words(refused), field="--as")
    inner = _FIELDS.get(refused.reason)
    if refused.reason == "text_too_long":
        inner = refused.details.get("field", "reason")
    field = f"{feature}.geometry" if inner is None else f"{feature}.properties.{inner}"
    return ImportRefused(_words(refused), file=file.name, field=field)


def _words(refused: Refused) -> str:
    details = ", ".join(f"{name} {value}" for name, value in refused.details.items())
    return f"{refused.reason} ({details})" if details else refused.reason
