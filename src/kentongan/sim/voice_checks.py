"""What must be true of calls and desks after every step: nobody is lost between two telephones.

Asked of the board's rows alone, without the rules that made them.
"""

from collections import Counter
from collections.abc import Iterable

from kentongan.core.rows import AnyRow, CallRow


def broken_rules(row: CallRow) -> Iterable[str]:
    """Rules that this call's row breaks."""
    has_desk = row.desk is not None
    if row.duty is not None:
        if has_desk or row.parties or row.supervisors or row.dropped:
            yield "nobody of the room is in a call to somebody on duty, and nobody is owed one"
    elif row.state in ("answered", "held", "calling") and not has_desk:
        yield "a call that is spoken has a desk"
    if row.state in ("offered", "queued", "transferred") and has_desk:
        yield "a call that waits or was transferred has none"
    is_kept_company = any(one.state in ("invited", "joined") for one in row.parties)
    if row.state == "transferred" and not is_kept_company:
        yield "a transferred caller has company"
    if row.rung and row.state not in ("offered", "queued"):
        yield "only a call that waits rings"
    is_over = row.state in ("ended", "abandoned")
    is_live = any(one.state in ("invited", "joined", "held") for one in row.parties)
    if is_over and (is_live or row.supervisors):
        yield "nobody is in a call that is over"
    is_owed = is_over and (row.state == "abandoned" or row.dropped) and row.disposition is None
    if row.open != (not is_over or is_owed):
        yield "an abandoned or dropped call is open until it is disposed of"


def tasks_rung_twice(rows: Iterable[AnyRow]) -> list[str]:
    """Tasks about which more than one telephone rings."""
    calls = [
        row for row in rows if isinstance(row, CallRow) and row.state in ("calling", "answered")
    ]
    about = (row.duty for row in calls)
    rung = Counter((one.incident, one.agency, one.unit) for one in about if one is not None)
    return [f"{incident}/{agency}" for (incident, agency, _), count in rung.items() if count > 1]


def desks_talking_twice(rows: Iterable[AnyRow]) -> list[str]:
    """Desks that speak in more than one call."""
    calls = [row for row in rows if isinstance(row, CallRow)]
    talking = Counter(row.desk for row in calls if row.state in ("answered", "calling"))
    return [desk for desk, count in talking.items() if desk is not None and count > 1]
