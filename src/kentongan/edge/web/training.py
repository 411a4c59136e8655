"""What is training is decided here and not by whoever asks.

A report is training when its call is, an incident when its report is, and everything is on a
machine whose settings say so. What a page says of it counts nothing: a real emergency marked as
training would ring no agency, and an exercise taken for real would spoil the figures.
"""

from msgspec import structs

from kentongan.core.commands import AnyCommand, OpenIncident, OpenReport, RecordLate
from kentongan.core.rows import CallRow, ReportRow
from kentongan.store.whole import WholeStore


def rightly_marked(command: AnyCommand, store: WholeStore, *, is_all_training: bool) -> AnyCommand:
    """The command with the mark it has to have; call it on a thread that may wait for the store."""
    match command:
        case OpenReport(call=call):
            source = ("call", call)
        case OpenIncident(report=report) | RecordLate(report=report):
            source = ("report", report)
        case _:
            return command
    return structs.replace(command, training=is_all_training or _is_training(store, *source))


def _is_training(store: WholeStore, kind: str, key: str | None) -> bool:
    found = store.find_row(kind, key) if key is not None else None
    row = found.row if found is not None else None
    return isinstance(row, CallRow | ReportRow) and row.training
