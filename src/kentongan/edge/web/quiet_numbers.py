"""Numbers that must not ring: somebody may be listening there who must not know (`NOCALLBACK`).

The list of callers says so of a call (`check_voice`); here the number itself is known again when it
is dialled by hand, called back for another call, or rung into one. Compared are the calls and
reports of incidents that the live picture has: what is open, and what has been over since a day. A
supervisor may dial one by hand, because the caller gave leave; the log says who did. While the
store is away, or says nothing for `ANSWER_S`, sealed numbers cannot be read, and nobody is kept
from ringing.
"""

import asyncio
import logging
from collections.abc import Iterator
from typing import Final

from kentongan.app.ports import Unavailable
from kentongan.core.call_rows import CallRow
from kentongan.core.callbacks import forbids_any_voice
from kentongan.core.commands import AnyCommand, CallBack, InviteParty
from kentongan.core.duplicates import same_number
from kentongan.core.rows import IncidentRow, ReportRow
from kentongan.core.words import Agent, Personal, Refused, Role
from kentongan.edge.web.lanes import Overfull
from kentongan.edge.web.parts import Parts

ANSWER_S: Final = 1.0
"""A call goes on without the store; this is a part of what whoever dialled waits."""

_log = logging.getLogger(__name__)


async def must_not_be_quiet(parts: Parts, agent: Agent, command: AnyCommand) -> None:
    """Raises `Refused` when the number that would ring must not."""
    dialled = _dialled(command)
    if not dialled or not await _is_quiet(parts, dialled):
        return
    by_hand = not (isinstance(command, CallBack) and command.of is not None)
    if by_hand and agent.has(Role.SUPERVISOR):
        _log.warning("%s rings a number marked NOCALLBACK by hand (%s)", agent.id, _call(command))
        return
    _log.warning("%s was kept from ringing a number marked NOCALLBACK", agent.id)
    raise Refused("no_voice_callback")


def _dialled(command: AnyCommand) -> str:
    if isinstance(command, CallBack | InviteParty) and command.number is not None:
        return command.number.text or ""
    return ""


def _call(command: AnyCommand) -> str:
    return str(getattr(command, "call", ""))


async def _is_quiet(parts: Parts, dialled: str) -> bool:
    numbers = [one for one in _quiet(parts) if one is not None]
    refs = [one.ref for one in numbers if one.ref]
    texts = [one.text for one in numbers if one.text]
    if refs:
        try:
            async with asyncio.timeout(ANSWER_S):
                opened = await parts.lanes.reading.run(lambda store: parts.texts.open(store, refs))
            texts += opened.values()
        except (Unavailable, Overfull, TimeoutError):
            _log.warning("the store is away: sealed numbers marked NOCALLBACK were not compared")
    return any(same_number(dialled, one) for one in texts)


def _quiet(parts: Parts) -> Iterator[Personal | None]:
    """The numbers of calls that nobody may ring back, and of all who told of such an incident."""
    held, natures = parts.live.held, parts.city.plans.natures
    for call in (one.row for one in held.of_kind("call")):
        if isinstance(call, CallRow) and call.silent_only:
            yield call.number
    for incident in (one.row for one in held.of_kind("incident")):
        if not isinstance(incident, IncidentRow) or not forbids_any_voice(incident, natures):
            continue
        for report in (held.find("report", key) for key in incident.reports):
            if isinstance(report, ReportRow):
                yield report.number
                call = held.find("call", report.call or "")
                yield call.number if isinstance(call, CallRow) else None
