"""Personal text, opened for those who may read it, and rows as they are sent.

Redaction (`core.redaction`) has already decided what of a row a viewer gets; here the references it
left are opened from the store, a reporter's number is masked where the viewer may not dial it,
and what was erased says so. Opened texts are remembered for a while, with a bound; whoever keeps
them longer asks `erased` now and then, which is how an erasure reaches every screen.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from kentongan.core.direction import set_apart
from kentongan.core.redaction import mask_number
from kentongan.core.rows import AnyRow
from kentongan.store.whole import WholeStore

KEPT_MAX: Final = 50_000
"""Opened texts remembered: some days of a city's open matters."""

KEPT_FOR: Final = timedelta(minutes=10)
"""How long, so that an erased text is forgotten here too."""

NUMBER: Final = "number"
"""The field of a row or event that holds a telephone number."""


class ShownText(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Personal text as a screen gets it: the words, or a masked number, or that it was erased."""

    text: str | None = None
    masked: str | None = None
    erased: bool = False


class _Kept(Struct, frozen=True):
    text: str | None
    until: datetime


class Texts:
    """Opens personal text. Used from several threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, store: WholeStore, refs: Iterable[str]) -> dict[str, str]:
        """The texts of these refs as they may be shown; an erased one is absent."""
        now = self._clock()
        wanted = dict.fromkeys(refs)
        found: dict[str, str] = {}
        missing: list[str] = []
        with self._lock:
            for ref in wanted:
                kept = self._kept.get(ref)
                if kept is None or kept.until <= now:
                    missing.append(ref)
                elif kept.text is not None:
                    found[ref] = kept.text
        if missing:
            opened = {ref: set_apart(text) for ref, text in store.open_texts(missing).items()}
            found.update(opened)
            self._keep(missing, opened, now)
        return found

    def erased(self, store: WholeStore, refs: Iterable[str]) -> frozenset[str]:
        """Which of these are erased by now; they and what is old are forgotten here."""
        wanted = frozenset(refs)
        gone = wanted.difference(store.open_texts(sorted(wanted)) if wanted else ())
        now = self._clock()
        with self._lock:
            old = [ref for ref, kept in self._kept.items() if ref in gone or kept.until <= now]
            for ref in old:
                del self._kept[ref]
        return gone

    def row_json(
        self, store: WholeStore, row: AnyRow, position: int, *, masks: bool
    ) -> tuple[str, frozenset[str]]:
        """A redacted row as it is sent, and the refs opened in it."""
        value, refs = self.shown(store, row, masks=masks)
        value["position"] = position
        return msgspec.json.encode(value).decode(), refs

    def shown(
        self, store: WholeStore, value: Struct, *, masks: bool
    ) -> tuple[dict[str, Any], frozenset[str]]:
        """Any redacted value with its personal text opened, and the refs opened in it."""
        built: dict[str, Any] = msgspec.to_builtins(value)
        refs = frozenset(refs_in(built))
        opened = self.open(store, refs) if refs else {}
        return cast("dict[str, Any]", reveal(built, opened, masks=masks)), refs

    def _keep(self, refs: Iterable[str], opened: Mapping[str, str], now: datetime) -> None:
        with self._lock:
            for ref in refs:
                self._kept[ref] = _Kept(opened.get(ref), now + KEPT_FOR)
                self._kept.move_to_end(ref)
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)


def refs_in(value: object) -> list[str]:
    """The references to personal text in a value of plain dicts and lists."""
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        if fields.get("sealed") == "personal":
            ref = fields.get("ref")
            return [ref] if isinstance(ref, str) else []
        return [ref for inner in fields.values() for ref in refs_in(inner)]
    if isinstance(value, list | tuple):
        return [ref for inner in cast("Sequence[object]", value) for ref in refs_in(inner)]
    return []


def reveal(value: object, opened: Mapping[str, str], *, masks: bool, name: str = "") -> object:
    """The value with its personal text replaced by what a screen shows."""
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        if fields.get("sealed") == "personal":
            return _shown(fields, opened, masks=masks and name == NUMBER)
        return {key: reveal(inner, opened, masks=masks, name=key) for key, inner in fields.items()}
    if isinstance(value, list | tuple):
        return [reveal(inner, opened, masks=masks) for inner in cast("Sequence[object]", value)]
    return value


def _shown(
    fields: dict[str, object], opened: Mapping[str, str], *, masks: bool
) -> dict[str, object]:
    ref, text = fields.get("ref"), fields.get("text")
    words = opened.get(ref) if isinstance(ref, str) else text if isinstance(text, str) else None
    if words is None:
        return {"erased": True}
    return {"masked": mask_number(words)} if masks else {"text": words}
