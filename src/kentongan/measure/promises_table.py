"""The ledger of promises out of the table of advice: what a screen asks for, years at a time."""

from typing import Final

import numpy as np
from msgspec import structs

from kentongan.measure.clocks import Clock
from kentongan.measure.observations import NEVER
from kentongan.measure.promises import Kept, PromiseLedger, ledger_from
from kentongan.measure.statistics.arrays import Flags
from kentongan.measure.tables import MICRO, Table

DAY_S: Final = 86_400


def promises_of(table: Table) -> PromiseLedger:
    """As `promise_ledger` has it of the cases; without the single promises."""
    table = table.where(table.moments(Clock.PROMISED_TO) != NEVER)
    arrived, latest = table.moments(Clock.ARRIVED), table.moments(Clock.PROMISED_TO)
    is_open = (arrived == NEVER) & ~table.over & (table.until <= latest)
    decided = table.where(~is_open)
    return structs.replace(ledger_from(_kept(decided), int(is_open.sum())), promises=())


def _kept(table: Table) -> list[Kept]:
    arrived, departed = table.moments(Clock.ARRIVED), table.moments(Clock.DEPARTED)
    leave, first = table.moments(Clock.PROMISED_LEAVE), table.moments(Clock.PROMISED_FROM)
    to, last_to = table.moments(Clock.PROMISED_TO), table.moments(Clock.LAST_TO)
    promised = table.moments(Clock.PROMISED)
    promised = np.where(promised == NEVER, table.moments(Clock.ASSIGNED), promised)
    came, left = arrived != NEVER, departed != NEVER
    judged = left | (table.until > leave)
    late, early = came & (arrived > to), came & (arrived < first)
    in_time, kept_last = left & (departed <= leave), came & (arrived <= last_to)
    error_s = (arrived - (first + to) / 2) / MICRO
    day = (promised // MICRO + table.offset_s) // DAY_S
    named = ("told", "revised", "told_last", "stood_down")
    told, revised, told_last, stood_down = (_yes(table, one) for one in named)
    return [
        Kept(
            incident="",
            unit="",
            agency="",
            day=int(day[n]),
            lead_s=float(to[n] - promised[n]) / MICRO,
            width_s=float(to[n] - first[n]) / MICRO,
            departed_in_time=bool(in_time[n]) if judged[n] else None,
            arrived=bool(came[n]),
            error_s=float(error_s[n]) if came[n] else None,
            early=bool(early[n]),
            late=bool(late[n]),
            told=bool(told[n]),
            revised=bool(revised[n]),
            kept_last=bool(kept_last[n]),
            told_last=bool(told_last[n]),
            stood_down=bool(stood_down[n]),
        )
        for n in range(table.size)
    ]


def _yes(table: Table, label: str) -> Flags:
    column = table.labels.get(label)
    if column is None:
        return np.zeros(table.size, dtype=np.bool_)
    yes = np.array([name == "yes" for name in column.names], dtype=np.bool_)
    return yes[column.codes]
