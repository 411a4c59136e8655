"""F11 and F12: promises against what came, and whether the advice was good."""

from collections.abc import Callable

from msgspec import Struct

from kentongan.measure.advice import WANTED as WANTED_INSIDE
from kentongan.measure.advice import Advice, advice_of
from kentongan.measure.promises import WANTED, PromiseLedger
from kentongan.measure.promises_table import promises_of
from kentongan.measure.screens.frame import Frame, filtered


class Advised(Struct, frozen=True, kw_only=True):
    """Both, with the shares that are wanted: of promises kept, of arrivals within their range."""

    kept_wanted: float
    inside_wanted: float
    promises: PromiseLedger
    advice: Advice


def advised(frame: Frame, kind_of: Callable[[str], str]) -> Advised:
    """Of every unit sent that the filters leave."""
    table = filtered(frame.now.tables["advice"], frame.asked)
    return Advised(
        kept_wanted=WANTED,
        inside_wanted=WANTED_INSIDE,
        promises=promises_of(table),
        advice=advice_of(table, kind_of),
    )
