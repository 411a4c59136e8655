"""What a switch's health means for whoever is in charge. Pure.

Calls go on; but something was lost or will be, and no software puts it right.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from kentongan.core.alarm_rows import AlarmGrade

DETAIL_CHARACTERS_MAX: Final = 200
"""Of the places in the program where faults happened: enough to find the first ones."""


class Finding(Struct, frozen=True, kw_only=True):
    """A part that is not well now; `detail` is what an engineer looks for."""

    part: str
    grade: AlarmGrade = "high"
    detail: str = ""
    node: str = ""


def of_switch(told: Mapping[str, Any], node: str) -> Iterable[Finding]:
    """Critical is what would lose a call, high what may have lost one already."""

    def found(part: str, grade: AlarmGrade, detail: object = "", at: str = "") -> Finding:
        where = at if not node else f"{node}/{at}" if at else node
        return Finding(part=part, grade=grade, detail=_text(detail), node=where.replace(" ", "_"))

    if told.get("spool_failing_since") is not None:
        yield found("spool_failing", "critical", told.get("spool_error") or "")
    if told.get("spool_damaged") is not None:
        yield found("spool_damaged", "high", told["spool_damaged"])
    if _count(told.get("unreadable")):
        yield found("unreadable", "high", told["unreadable"])
    if _count(told.get("set_aside")):
        yield found("set_aside", "medium", told["set_aside"])
    causes = told.get("fault_causes")
    if isinstance(causes, Mapping) and causes:
        yield found("faults", "medium", " · ".join(str(cause) for cause in causes))  # type: ignore[reportUnknownVariableType]
    if told.get("recording_problem"):
        yield found("recordings", "high", told["recording_problem"])
    elif _count(told.get("recordings_failing")):
        yield found("recordings", "high", f"{told['recordings_failing']} ×")
    sip = told.get("sip")
    if isinstance(sip, Mapping) and sip.get("is_full"):  # type: ignore[reportUnknownMemberType]
        yield found("lines_full", "critical", sip.get("calls_max"))  # type: ignore[reportUnknownMemberType]
    if told.get("overflow_problem"):
        yield found("overflow", "high", told["overflow_problem"])
    desks = told.get("wall_unreachable")
    for desk in desks if isinstance(desks, list) else []:  # type: ignore[reportUnknownVariableType]
        yield found("wall_telephone", "high", desk, str(desk))  # type: ignore[reportUnknownArgumentType]
    yield from _trunks(told, found)


def _trunks(told: Mapping[str, Any], found: Any) -> Iterable[Finding]:
    full = told.get("trunks_full")
    for key in full if isinstance(full, list) else []:  # type: ignore[reportUnknownVariableType]
        yield found("trunk_full", "high", key, str(key))  # type: ignore[reportUnknownArgumentType]
    alarms = told.get("trunk_alarms")
    for one in alarms if isinstance(alarms, list) else []:  # type: ignore[reportUnknownVariableType]
        if isinstance(one, Mapping):
            name = str(one.get("trunk", ""))  # type: ignore[reportUnknownMemberType]
            why = str(one.get("why") or one.get("alarm") or "")  # type: ignore[reportUnknownMemberType]
            kind = str(one.get("alarm", ""))  # type: ignore[reportUnknownMemberType]
            part = kind if kind.startswith("certificate_") else "trunk"  # that one is ours
            yield found(part, "high", why, name)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _text(detail: object) -> str:
    return str(detail)[:DETAIL_CHARACTERS_MAX]
