"""Words for places that were settled long ago: asked for, because no screen is sent thousands.

What somebody has to look at comes with the rows; this is how the rest is found again, to be taken
back. The room's alone: the words are personal text, and whoever reads them is on record.
"""

from typing import Final

from litestar import MediaType, Response, post
from litestar.handlers import HTTPRouteHandler

from kentongan.app.ports import BoardRow
from kentongan.core.redaction import masks_numbers
from kentongan.core.rows import AliasRow
from kentongan.core.words import Agent
from kentongan.edge.web.answers import AnyRequest
from kentongan.edge.web.bodies import decode_words
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.viewer import viewer_of
from kentongan.store.whole import WholeStore

FOUND_MAX: Final = 100
"""Aliases in one answer, the newest; whoever needs others types more of the words."""

WORDS_MAX: Final = 120
"""Characters that are looked for; an alias has no more."""

Shown = tuple[list[str], frozenset[str]]


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The one address."""

    @post("/api/aliases", status_code=200)
    async def aliases(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/aliases")
        words = decode_words(await request.body()).q[:WORDS_MAX].strip().casefold()
        held = parts.live.held.of_kind("alias")
        rows, refs = await parts.lanes.reading.run(
            lambda store: _found(store, parts, agent, held, words)
        )
        parts.reads.note(agent.id, refs, "aliases")
        return Response(f"[{','.join(rows)}]".encode(), media_type=MediaType.JSON)

    return [aliases]


def _found(
    store: WholeStore, parts: Parts, agent: Agent, held: list[BoardRow], words: str
) -> Shown:
    """Rows as they are sent, the newest first, whose words have these."""
    lines = sorted(held, key=lambda one: one.position, reverse=True)
    rows = [(one.row, one.position) for one in lines if isinstance(one.row, AliasRow)]
    texts = parts.texts.open(store, [ref for row, _ in rows for ref in _refs(row)])
    shown: list[str] = []
    refs: set[str] = set()
    for row, position in rows:
        if not any(words in texts.get(ref, "").casefold() for ref in _refs(row)):
            continue
        text, opened = parts.texts.row_json(store, row, position, masks=masks_numbers(agent))
        shown.append(text)
        refs |= opened
        if len(shown) >= FOUND_MAX:
            break
    return shown, frozenset(refs)


def _refs(row: AliasRow) -> list[str]:
    return [one.ref for one in (*row.phrases, row.label) if one is not None and one.ref]
