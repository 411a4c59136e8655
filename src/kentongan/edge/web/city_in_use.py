"""The version of the city pack that this process works by, and the step to the next one.

A new version takes effect between two commands and never inside an interview: an incident keeps the
protocols it was opened under, because a question that changes or vanishes while somebody answers
it would be worse than an old one. Screens are told by the pack's row and fetch the plans anew when
nobody is on the telephone there.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
from msgspec import structs

from kentongan.app.pack_in_use import KEY, PackInUse, edition_of, known_pack
from kentongan.app.ports import Unavailable
from kentongan.cities.pack import CityPack
from kentongan.cities.read import Problem
from kentongan.cities.taxonomy import Protocol, Question
from kentongan.core.commands import AnswerTriage, AnyCommand
from kentongan.core.plans import Plans
from kentongan.core.rows import IncidentRow, PackRow
from kentongan.edge.web.lanes import Lanes
from kentongan.edge.web.live import Live
from kentongan.edge.web.plans import document_of
from kentongan.edge.web.ports import WebDependencies

EARLIER_MAX: Final = 4
"""Versions whose protocols are remembered: interviews last minutes, versions weeks."""

Questions = tuple[datetime, Mapping[str, Protocol], tuple[Question, ...]]
"""Until when these protocols and opening questions were the city's."""


class CityInUse:
    """What the routes ask for the city's facts, plans and figures."""

    def __init__(self, given: WebDependencies, lanes: Lanes, live: Live) -> None:
        self.plans: Plans = given.plans
        self.pack: CityPack = given.pack
        self.number = given.pack_number
        self.problems: tuple[Problem, ...] = ()
        self.evaluate = given.evaluate
        self.alarm_month = given.alarm_month
        self._given = given
        self._lanes = lanes
        self._live = live
        self._signed_at: datetime | None = given.pack_signed_at
        self._earlier: deque[Questions] = deque(maxlen=EARLIER_MAX)
        self._documents: dict[bool, tuple[bytes, str]] = {}

    def document(self, *, in_room: bool) -> tuple[bytes, str]:
        """The plans as pages get them, and the ETag that names exactly these bytes.

        Which telephone stands on a desk is told in the room alone.
        """
        if in_room not in self._documents:
            body = msgspec.json.encode(document_of(self.pack, in_room=in_room))
            self._documents[in_room] = body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return self._documents[in_room]

    async def look(self) -> None:
        """Follow the record to another version; a version that failed is not tried again."""
        load, row = self._given.load_pack, self._live.held.find("pack", KEY)
        if load is None or not isinstance(row, PackRow) or not self._is_new(row):
            return
        try:
            edition = await self._lanes.reading.run(lambda store: edition_of(known_pack(store)))
        except Unavailable:
            return
        self._take(await asyncio.to_thread(load, edition), row)

    def _is_new(self, row: PackRow) -> bool:
        newest = row.signatures[-1].signed_at if row.signatures else None
        is_withheld = row.unsigned.use == "withheld"
        known = (self.number, self._signed_at, self.plans.withholds_unsigned)
        return (row.active, newest, is_withheld) != known

    def _take(self, found: PackInUse, row: PackRow) -> None:
        now = self._given.clock()
        if found.number != self.number:  # a signature changes no word that somebody is being asked
            self._earlier.append((now, self.plans.protocols, self.plans.entry_questions))
        self.plans, self.pack = found.plans, found.pack
        self.number, self.problems = found.number, found.problems
        self._signed_at = row.signatures[-1].signed_at if row.signatures else None
        self._documents = {}
        if self._given.figures_for is not None:
            self.evaluate, self.alarm_month = self._given.figures_for(found.pack)

    def plans_for(self, command: AnyCommand) -> Plans:
        """The plans by which this command is decided."""
        if not isinstance(command, AnswerTriage):
            return self.plans
        row = self._live.held.find("incident", command.incident)
        if not isinstance(row, IncidentRow):
            return self.plans
        for until, protocols, questions in self._earlier:
            if row.opened_at < until and _asks(command, protocols, questions):
                return structs.replace(self.plans, protocols=protocols, entry_questions=questions)
        return self.plans


def _asks(
    command: AnswerTriage, protocols: Mapping[str, Protocol], questions: tuple[Question, ...]
) -> bool:
    """Whether the question is one of theirs: a page that was opened anew asks the new ones."""
    own = protocols.get(command.protocol or "")
    asked = questions if own is None else (*own.questions, *questions)
    return command.protocol is None or any(one.key == command.question for one in asked)
