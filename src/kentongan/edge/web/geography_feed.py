"""Tells the geography what the record says about roads and names: closures and aliases.

It follows the rows that this process holds. All are told whenever one changed, so nothing depends
on an earlier word having arrived. An alias is told in its words, which are personal text: opened
here, and told anew without them when they were erased. It decides nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from msgspec import Struct

from kentongan.app.ports import Unavailable
from kentongan.core.rows import AliasRow, ClosureRow
from kentongan.edge.web.held import Held, Key
from kentongan.edge.web.lanes import Lanes, Overfull
from kentongan.edge.web.texts import Texts
from kentongan.geography import CityShown, Geography, PlaceAlias
from kentongan.geography_rows import alias_of, closure_of, refs_of
from kentongan.store.whole import WholeStore

LOOKS_BETWEEN: Final = 60
"""Looks (one a second) after which aliases are told again if their words changed: an erasure."""

AGAIN_S: Final = 1.0
"""Pause before aliases are tried again whose words the store could not open, seconds."""

_log = logging.getLogger(__name__)


class GeographyHealth(Struct, frozen=True, kw_only=True):
    """The city in use, and for how long its roads have not answered; None when they do."""

    city: CityShown
    not_ready_s: float | None


class GeographyFeed:
    """From held rows to the geography. Belongs to the event loop."""

    def __init__(
        self,
        held: Held,
        geography: Geography,
        lanes: Lanes,
        texts: Texts,
        clock: Callable[[], datetime],
    ) -> None:
        self._held = held
        self._clock = clock
        self._not_ready_since: datetime | None = None
        self._geography = geography
        self._lanes = lanes
        self._texts = texts
        self._aliases: tuple[PlaceAlias, ...] = ()
        self._wanted = asyncio.Event()
        self._looks = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to follow."""
        self._task = asyncio.create_task(self._keep_telling(), name="aliases")

    async def stop(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def changed(self, affected: Iterable[Key]) -> None:
        """Rows changed: closures are told at once, aliases as soon as their words are open."""
        kinds = {kind for kind, _ in affected}
        if "closure" in kinds:
            rows = (held.row for held in self._held.of_kind("closure"))
            told = tuple(closure_of(row) for row in rows if isinstance(row, ClosureRow))
            self._geography.set_closures(told)
        if "alias" in kinds:
            self._wanted.set()

    def look(self) -> None:
        """Once a second: is it there? Now and then aliases are read again, for an erasure changes
        no row."""
        if self._geography.city().state == "ready":
            self._not_ready_since = None
        else:
            self._not_ready_since = self._not_ready_since or self._clock()
        self._looks += 1
        if self._looks % LOOKS_BETWEEN == 0 and self._aliases:
            self._wanted.set()

    def health(self) -> GeographyHealth:
        """How the geography is, as last looked at."""
        since = self._not_ready_since
        return GeographyHealth(
            city=self._geography.city(),
            not_ready_s=None if since is None else (self._clock() - since).total_seconds(),
        )

    async def _keep_telling(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._tell_aliases()
            except (Unavailable, Overfull):
                self._wanted.set()
                await asyncio.sleep(AGAIN_S)
            except Exception:  # noqa: BLE001 - outermost loop: told, then on
                _log.exception("telling the geography its aliases failed")

    async def _tell_aliases(self) -> None:
        rows = [held.row for held in self._held.of_kind("alias") if isinstance(held.row, AliasRow)]

        def opened(store: WholeStore) -> tuple[PlaceAlias, ...]:
            refs = [ref for row in rows for ref in refs_of(row)]
            texts = self._texts.open(store, refs)
            return tuple(alias_of(row, texts) for row in rows)

        told = await self._lanes.reading.run(opened)
        if told != self._aliases:
            self._aliases = told
            self._geography.set_aliases(told)
