"""What the gateways' state means for whoever is in charge: a probe of the watch (A-11)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from kentongan.core.alarm_rows import AlarmGrade
from kentongan.notify_settings import NotifySettings
from kentongan.serve.switch_troubles import DETAIL_CHARACTERS_MAX, Finding
from kentongan.store.deliveries import GatewayState

SILENT_S: Final = 30.0
"""A state that is older than that is nobody's: the process writes it every five seconds."""


def of_gateways(
    settings: NotifySettings, states: Iterable[GatewayState], now: datetime
) -> Iterable[Finding]:
    """Each gateway that fails: high when no other of its way takes letters, else medium.

    Without the process no gateway works, which is said once.
    """
    known = {one.name: one for one in states if one.name in settings.names}
    if not settings.is_open:
        return
    living = [one for one in known.values() if (now - one.seen_at).total_seconds() <= SILENT_S]
    if not living:
        yield Finding(part="gateway", grade="high", detail="notify")
        return
    working = {one.way for one in living if one.state in ("ok", "untried")}
    for one in living:
        if one.state == "failing":
            grade: AlarmGrade = "medium" if one.way in working else "high"
            detail = f"{one.why} {one.said}".strip()[:DETAIL_CHARACTERS_MAX]
            yield Finding(part="gateway", grade=grade, detail=detail, node=one.name)
