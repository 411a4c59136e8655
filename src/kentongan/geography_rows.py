"""Rows of the record as the geography takes them: closed roads, and local names in their words.

Whoever tells them has opened the words before, and answers for that; nothing is opened here. Pure.
"""

from collections.abc import Mapping

import msgspec

from kentongan.core.rows import AliasRow, ClosureRow
from kentongan.core.words import Personal
from kentongan.geography import PlaceAlias, RoadClosure


def closure_of(row: ClosureRow) -> RoadClosure:
    """The closure; `lifted` when it is."""
    return RoadClosure(
        id=str(row.key),
        seq=row.seq,
        geometry=msgspec.to_builtins(row.geometry),
        lifted=row.lifted_at is not None,
        way=row.way,
        factors=row.factors,
        depth_cm=row.depth_cm,
        direction=row.direction,
        from_at=row.from_at,
        until_at=row.until_at,
        reason=row.reason,
    )


def alias_of(row: AliasRow, texts: Mapping[str, str]) -> PlaceAlias:
    """The local name, `texts` being its opened words by ref; one whose words were erased and that
    names no document has ended."""
    phrases = tuple(words for one in row.phrases if (words := _words(one, texts)))
    return PlaceAlias(
        id=str(row.key),
        seq=row.seq,
        phrases=phrases,
        label=(_words(row.label, texts) if row.label is not None else "") or "",
        point=row.point,
        by=str(row.unit or row.added_by),
        at=row.added_at,
        document=row.document,
        accuracy_m=row.accuracy_m,
        reviewed=row.state == "reviewed",
        ended=not row.is_in_effect or (not phrases and row.document is None),
    )


def refs_of(row: AliasRow) -> tuple[str, ...]:
    """Where the words of a local name are kept that have to be opened."""
    words = row.phrases if row.label is None else (*row.phrases, row.label)
    return tuple(one.ref for one in words if one.ref is not None)


def _words(sealed: Personal, texts: Mapping[str, str]) -> str:
    return texts.get(sealed.ref or "", "") if sealed.ref is not None else sealed.text or ""
