"""The board and the claims, folded anew from the journal: compared, or written.

Nothing writes the board except events, so the fold of the journal must give every row of it to the
octet, with its stream and position, and every claim. A difference is a bug or a hand in the
database. Folding goes stream by stream; what the rows become is kept in memory, about 1 KB for
each row there ever was.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import cast

from msgspec import Struct

from kentongan.core.rows import AnyRow
from kentongan.core.streams import claims_of, evolve, initial, rows_of
from kentongan.store.codec import kind_of
from kentongan.store.journal import columns, read
from kentongan.store.seal import seal_row
from kentongan.store.tables import BOARD, CLAIMS, BoardLine, ClaimLine, Line
from kentongan.store.whole import PAGE_ROWS, Tables, WholeStore, every

DIFFERENCES_MAX = 100
"""Differences described one by one; the rest is counted."""


class Difference(Struct, frozen=True):
    """A row or claim that is not what the journal says; None where it is missing."""

    table: str
    kind: str
    key: str
    kept: BoardLine | ClaimLine | None
    folded: BoardLine | ClaimLine | None


class Rebuilt(Struct, frozen=True, kw_only=True):
    """What was folded, and what was different before."""

    events: int
    streams: int
    rows: int
    claims: int
    differences: tuple[Difference, ...]
    differences_total: int


def rebuild(store: WholeStore, check: bool = True) -> Rebuilt:
    """Fold the journal; with `check` only compare, otherwise write what the fold gives.

    Checking keeps nobody out. Writing stops appends meanwhile: do it with the service stopped.
    """
    with store.tables(writing=not check) as tables:
        return rebuild_tables(tables, check=check)


def rebuild_tables(tables: Tables, *, check: bool) -> Rebuilt:
    """The same inside a transaction."""
    folded = _Folded()
    for stream, lines in groupby(_lines(tables), key=lambda line: line.stream):
        folded.add_stream(stream, lines)
    differences = _compare(tables, folded)
    if not check and differences:
        tables.clear(BOARD)
        tables.clear(CLAIMS)
        tables.add(BOARD, folded.rows())
        tables.add(CLAIMS, folded.claims.values())
    return Rebuilt(
        events=folded.events,
        streams=folded.streams,
        rows=len(folded.owners),
        claims=len(folded.claims),
        differences=tuple(differences[:DIFFERENCES_MAX]),
        differences_total=len(differences),
    )


class _Owner(Struct):
    """A row as one stream left it: when it last wrote it, and what became of it."""

    written_at: int
    line: BoardLine


class _Folded:
    """What the journal says."""

    def __init__(self) -> None:
        self.events = 0
        self.streams = 0
        self.owners: dict[tuple[str, str], _Owner] = {}
        self.claims: dict[tuple[str, str], ClaimLine] = {}

    def rows(self) -> Iterator[BoardLine]:
        """The rows of the board."""
        return (owner.line for owner in self.owners.values())

    def add_stream(self, stream: str, lines: Iterable[Line]) -> None:
        """Fold one stream, command by command, as the door did."""
        own: dict[tuple[str, str], _Owner] = {}
        state = initial(stream)
        for _, group in groupby(lines, key=lambda line: line.command_id):
            position = 0
            for recorded in read(columns(line) for line in group):
                state = evolve(state, recorded.event, recorded.meta)
                position = recorded.meta.position
                self.events += 1
            _write_rows(own, stream, position, {(kind_of(r), r.key): r for r in rows_of(state)})
        for claim in claims_of(state):
            self.claims[claim.kind, claim.key] = ClaimLine(claim.kind, claim.key, stream)
        self.streams += 1
        self._merge(own)

    def _merge(self, own: dict[tuple[str, str], _Owner]) -> None:
        """A row belongs to the stream that wrote it last."""
        for place, owner in own.items():
            other = self.owners.get(place)
            if other is None or other.written_at < owner.written_at:
                self.owners[place] = owner


def _write_rows(
    own: dict[tuple[str, str], _Owner],
    stream: str,
    position: int,
    rows: dict[tuple[str, str], AnyRow],
) -> None:
    """What `put_rows` did after a command."""
    for place, row in rows.items():
        data = seal_row(row)
        if place not in own or own[place].line.data != data:
            own[place] = _Owner(position, BoardLine(*place, stream, position, data))
    for place, owner in own.items():
        if place not in rows and owner.line.data is not None:
            owner.line = BoardLine(*place, stream, position, None)


def _lines(tables: Tables) -> Iterator[Line]:
    """The journal by stream and version, page by page."""
    after: tuple[str, int] | None = None
    while page := tables.lines_by_stream(after):
        yield from page
        after = (page[-1].stream, page[-1].version)
        if len(page) < PAGE_ROWS:
            return


def _compare(tables: Tables, folded: _Folded) -> list[Difference]:
    rows = {place: owner.line for place, owner in folded.owners.items()}
    kept_rows = (cast("BoardLine", row) for row in every(tables, BOARD))
    kept_claims = (cast("ClaimLine", claim) for claim in every(tables, CLAIMS))
    return [
        *_differences(BOARD.name, kept_rows, rows),
        *_differences(CLAIMS.name, kept_claims, folded.claims),
    ]


def _differences(
    table: str,
    kept: Iterable[BoardLine | ClaimLine],
    folded: dict[tuple[str, str], BoardLine] | dict[tuple[str, str], ClaimLine],
) -> Iterator[Difference]:
    seen: set[tuple[str, str]] = set()
    for line in kept:
        place = (line.kind, line.key)
        seen.add(place)
        if folded.get(place) != line:
            yield Difference(table, *place, line, folded.get(place))
    for place, line in folded.items():
        if place not in seen:
            yield Difference(table, *place, None, line)
