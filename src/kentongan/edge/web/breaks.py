"""A break that would leave nobody at an open page: asked of the switch, which knows all pages.

The store knows who is on duty; whose browser is connected to some web process it does not.
"""

from kentongan.core.commands import AnyCommand, PauseDuty
from kentongan.core.references import check_pages
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.switch_client import SwitchAway, SwitchFailed


async def must_leave_somebody(parts: Parts, command: AnyCommand) -> None:
    """Raises `Refused`. While the switch is away no call comes in: nobody is kept from eating."""
    if not isinstance(command, PauseDuty):
        return
    try:
        health = await parts.switch.health()
    except (SwitchAway, SwitchFailed):
        return
    pages: list[str] | None = health.get("sip", {}).get("pages")
    if pages is not None:  # a switch of an earlier version does not say
        rows = (one.row for one in parts.live.held.of_kind("desk") if one.row is not None)
        check_pages(command, rows, frozenset(pages))
