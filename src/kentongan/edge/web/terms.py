"""Words for the keys that stand in a refusal's details: states, steps, what is missing, faults.

A sentence with `out_of_service` in it is no sentence. The keys themselves still go out in the
details, for programs; here is what people read. A key without words stays as it is, and a fault of
a neighbour that nobody has named is told as a technical one.
"""

import re
from collections.abc import Mapping
from typing import Final

Term = tuple[str, str]
"""Indonesian and English."""

STATES: Final[Mapping[str, Term]] = {
    "available": ("siaga", "available"),
    "off_duty": ("tidak bertugas", "off duty"),
    "out_of_service": ("nonaktif", "out of service"),
    "tasked": ("dilibatkan", "asked"),
    "notified": ("diberi tahu", "notified"),
    "acknowledged": ("diterima", "accepted"),
    "refused": ("ditolak", "refused"),
    "handed_over": ("dialihkan", "handed over"),
    "completed": ("selesai", "completed"),
    "withdrawn": ("ditarik kembali", "withdrawn"),
}
"""States of units and tasks."""

STEPS: Final[Mapping[str, Term]] = {
    "assigned": ("ditugaskan", "assigned"),
    "accepted": ("diterima", "accepted"),
    "departed": ("menuju lokasi", "on the way"),
    "on_scene": ("tiba di lokasi", "on scene"),
    "at_patient": ("di sisi pasien", "at the patient"),
    "transporting": ("membawa ke rumah sakit", "transporting"),
    "at_hospital": ("tiba di rumah sakit", "at the hospital"),
    "handed_over": ("pasien diserahkan", "patient handed over"),
    "clear": ("selesai", "clear"),
}
"""How far a unit is."""

MISSING: Final[Mapping[str, Term]] = {
    "place": ("lokasi", "a place"),
    "nature": ("subkategori", "a sub-category"),
}
"""What an incident still needs."""

FAULTS: Final[Mapping[str, Term]] = {
    "media_unavailable": ("audio tidak terjangkau", "the audio cannot be reached"),
    "unavailable": ("basis data tidak terjangkau", "the database cannot be reached"),
    "busy": ("terlalu banyak permintaan", "too many requests"),
}
"""What is wrong with the switch or behind it."""

_DESK: Final = re.compile(r"(desk|dispatch)_(\d+)$")
_ROOMS: Final[Mapping[str, Term]] = {
    "desk": ("meja", "desk"),
    "dispatch": ("pengendali", "dispatch"),
}
"""How people call a desk by its key; a key that is none of these is said as it is."""

TECHNICAL: Final[Term] = ("gangguan teknis", "a technical fault")

TERMS: Final[Mapping[str, Mapping[str, Term]]] = {
    "state": STATES,
    "now": STEPS,
    "missing": MISSING,
    "why": FAULTS,
}
"""Which details hold keys."""


def in_words(name: str, value: str) -> Term:
    """A detail as it stands in a sentence; of a list each part."""
    if name == "desk" and (seat := _DESK.match(value)):
        room = _ROOMS[seat[1]]
        return f"{room[0]} {seat[2]}".rstrip(), f"{room[1]} {seat[2]}".rstrip()
    known = TERMS.get(name)
    if known is None:
        return value, value
    parts = [part for part in value.split(",") if part]
    terms = [known.get(part, TECHNICAL if name == "why" else (part, part)) for part in parts]
    return ", ".join(term[0] for term in terms), ", ".join(term[1] for term in terms)
