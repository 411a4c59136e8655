"""Proves that the journal is what was written: nothing changed, lost, inserted or out of order.

It reads one consistent state, page by page, while the store stays in service. What it cannot see
by itself is a journal rewritten as a whole by somebody who also recomputed the chain: for that it
compares with values of the chain kept elsewhere (`published`), for example each day's last one.

The history of positions stands beside the journal: of its blocks the checksums are proved.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, cast

import msgspec
from msgspec import Struct

from kentongan.store import chain
from kentongan.store.codec import decode_event, kind_of
from kentongan.store.errors import StoreDamaged
from kentongan.store.seal import MARK, digest_of, personals
from kentongan.store.tables import COMMANDS, JOURNAL, CommandLine, Line, Text
from kentongan.store.tracks import Tracks, damage_of, each_block
from kentongan.store.whole import Tables, WholeStore, every

FINDINGS_MAX = 100
"""Findings described one by one; the rest is counted. More would not help whoever reads them."""


class Finding(Struct, frozen=True):
    """Something that is not as it was written. `what` is one of the keys below.

    `gap` (a position is missing), `chain` (the line or one before it was changed), `version` (a
    stream's versions do not count up), `unreadable`, `text_lost` (neither there nor erased),
    `text_changed`, `command_lost`, `published` (the chain is not the one published),
    `track_damaged` (a block of positions; it has no position in the journal: 0).
    """

    what: str
    position: int
    detail: str


class Verdict(Struct, frozen=True, kw_only=True):
    """What was looked at and what was found; `chain` is the last value, to be published."""

    events: int
    last_position: int
    chain: str
    texts: int
    texts_erased: int
    track_blocks: int
    findings: tuple[Finding, ...]
    findings_total: int

    @property
    def holds(self) -> bool:
        """Whether everything is as it was written."""
        return self.findings_total == 0


def verify(store: WholeStore, *, published: Mapping[int, str] | None = None) -> Verdict:
    """Check chain, positions, versions, commands and personal digests of the whole journal.

    `published` maps positions to chain values (hex) kept outside of the store.
    """
    check = _Check(published or {})
    with store.tables() as tables:
        page: list[Line] = []
        for line in every(tables, JOURNAL):
            page.append(cast("Line", line))
            if len(page) >= 1_000:
                check.lines(page, tables)
                page = []
        check.lines(page, tables)
        check.commands(tables)
    check.tracks(store.tracks)
    return check.verdict()


class LineProof:
    """Proves the lines of a journal one after the other, where there is nothing but them."""

    def __init__(self, published: Mapping[int, str]) -> None:
        """`published` maps positions to chain values (hex) kept outside."""
        self._check = _Check(published)

    def take(self, line: Line) -> None:
        """The next line, in the order of the journal."""
        self._check.line(line)

    def verdict(self) -> Verdict:
        """What was found, after the last line; it knows nothing of texts and positions of units."""
        return self._check.verdict()


class _Check:
    """What is carried from line to line."""

    def __init__(self, published: Mapping[int, str]) -> None:
        self._published = dict(published)
        self._previous = chain.START
        self._position = 0
        self._events = 0
        self._versions: dict[str, int] = {}
        self._texts: set[bytes] = set()  # eight octets per ref, to count each once
        self._erased = 0
        self._blocks = 0
        self._findings: list[Finding] = []
        self._total = 0

    def _find(self, what: str, position: int, detail: str) -> None:
        self._total += 1
        if len(self._findings) < FINDINGS_MAX:
            self._findings.append(Finding(what, position, detail))

    def lines(self, lines: list[Line], tables: Tables) -> None:
        """The next lines in order of position."""
        refs: list[tuple[int, str, str | None]] = []
        for line in lines:
            self.line(line)
            if MARK in line.data:
                refs += _refs(line)
        texts = tables.texts([ref for _, ref, _ in refs])
        for position, ref, digest in refs:
            self._text(position, ref, digest, texts.get(ref))

    def line(self, line: Line) -> None:
        """One line by itself: its place in the chain, and whether it can be read."""
        self._place(line)
        self._content(line)

    def _place(self, line: Line) -> None:
        self._events += 1
        if line.position != self._position + 1:
            self._find("gap", line.position, f"follows position {self._position}")
        if chain.chain_of(self._previous, line) != line.chain:
            self._find("chain", line.position, line.stream)
        version = self._versions.get(line.stream, 0) + 1
        if line.version != version:
            detail = f"{line.stream}: version {line.version}, expected {version}"
            self._find("version", line.position, detail)
        expected = self._published.pop(line.position, None)
        if expected is not None and expected != line.chain.hex():
            self._find("published", line.position, f"chain is {line.chain.hex()}")
        self._versions[line.stream] = line.version
        self._position, self._previous = line.position, line.chain

    def _content(self, line: Line) -> None:
        try:
            kind = kind_of(decode_event(line.data))
        except StoreDamaged as error:
            self._find("unreadable", line.position, str(error))
            return
        if kind != line.kind:
            self._find("unreadable", line.position, f"{kind} is filed as {line.kind}")

    def _text(self, position: int, ref: str, digest: str | None, text: Text | None) -> None:
        if text is None:
            self._find("text_lost", position, ref)
            return
        mark = sha256(ref.encode()).digest()[:8]
        if mark not in self._texts:
            self._texts.add(mark)
            self._erased += text.text is None
        computed = text.digest
        if text.text is not None and text.salt is not None:
            computed = digest_of(text.salt, text.text)
        if not computed == text.digest == digest:
            self._find("text_changed", position, ref)

    def commands(self, tables: Tables) -> None:
        """Each event belongs to a remembered command, or a repetition would be decided anew."""
        known = sum(cast("CommandLine", command).events for command in every(tables, COMMANDS))
        if known != self._events:
            detail = f"commands account for {known} of {self._events} events"
            self._find("command_lost", self._position, detail)

    def tracks(self, tracks: Tracks) -> None:
        """Every block of positions can be read, and has as many as it says."""
        for block in each_block(tracks):
            self._blocks += 1
            if damage := damage_of(block):
                self._find("track_damaged", 0, f"{block.unit}, {block.day}: {damage}")

    def verdict(self) -> Verdict:
        """The result, after the last line."""
        for position, value in self._published.items():
            self._find("published", position, f"no event there; the chain was {value}")
        return Verdict(
            events=self._events,
            last_position=self._position,
            chain=self._previous.hex(),
            texts=len(self._texts),
            texts_erased=self._erased,
            track_blocks=self._blocks,
            findings=tuple(self._findings),
            findings_total=self._total,
        )


def _refs(line: Line) -> list[tuple[int, str, str | None]]:
    """Position, ref and digest of each personal text of a line."""
    try:
        builtins: Any = msgspec.json.decode(line.data)
    except msgspec.MsgspecError:
        return []  # already found unreadable
    items = personals(builtins)
    return [(line.position, i["ref"], i.get("digest")) for i in items if i.get("ref")]
