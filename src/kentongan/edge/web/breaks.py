"""A break that would leave nobody at an open page: asked of the switches, which know all pages.

The store knows who is on duty; whose browser is connected to some web process it does not.
"""

from kentongan.core.commands import AnyCommand, PauseDuty
from kentongan.core.references import check_pages
from kentongan.edge.web.parts import Parts


async def must_leave_somebody(parts: Parts, command: AnyCommand) -> None:
    """Raises `Refused`. A switch that is away is back within moments, long before the break ends:
    what the other nodes' switches and we ourselves know counts for it."""
    if not isinstance(command, PauseDuty):
        return
    pages = await parts.switch.pages()
    if pages is not None:  # None: the switches are of a version that does not say
        rows = (one.row for one in parts.live.held.of_kind("desk") if one.row is not None)
        check_pages(command, rows, pages | parts.presence.pages())
