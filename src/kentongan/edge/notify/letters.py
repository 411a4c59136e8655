"""What is said: short, in Indonesian, the same words as on the screens, changeable by settings.

A text message is not sealed, and a telephone lies on a table: so it says what sends a crew off
(priority, kind, place) and never who called or what was said. Of an incident that is marked as
sensitive, as of every patient, it names the place to the crew alone, and the kind to nobody; of one
in which a call-back would betray the caller it says only that there is one.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from kentongan.cities.taxonomy import FlagCode
from kentongan.core.ladder import Ask, Rung
from kentongan.core.plans import Plans
from kentongan.core.rows import IncidentRow

WORDS: Final[Mapping[str, str]] = {
    "alert": "112 {priority} {unit} #{number} {nature}{place}{danger}. Balas TERIMA {unit}",
    "released": "112 #{number}: {unit} DILEPASKAN, jangan teruskan{reason}. Tunggu perintah.",
    "released_swapped": "; diganti unit lain",
    "released_undone": "; penugasan DIBATALKAN",
    "restored": "112 #{number}: {who} LANJUTKAN, pelepasan DIBATALKAN.",
    "withdrawn": "112 #{number}: permintaan ke {who} DIBATALKAN, tidak perlu datang.",
    "task": "112 {priority} {agency} #{number} {nature}{place}{danger}. Jawab di halaman instansi.",
    "alert_supervisor": "112 {priority} #{number}: {unit} belum menerima, {age} d.",
    "task_supervisor": "112 {priority} #{number}: {agency} belum menjawab, {age} d.",
    "sensitive": "insiden terbatas, lihat aplikasi",
    "place": " di {place}",
    "danger": ". AWAS {dangers}",
    "danger_electricity": "listrik",
    "danger_gas": "gas",
    "danger_fire": "api",
    "danger_chemicals": "bahan kimia",
    "danger_weapon": "senjata",
    "danger_crowd": "massa",
    "danger_traffic": "lalu lintas",
    "danger_water": "air",
    "danger_collapse": "runtuh",
    "danger_animal": "hewan",
    "test": "112 uji coba {gateway}. Pesan ini bukan darurat.",
    "done": "{unit} {verb} tercatat{incident}.",
    "no_incident": "{unit} tidak sedang bertugas pada insiden. {verb} tidak dicatat.",
    "not_understood": "Tidak dimengerti, tidak ada yang dicatat. Kirim satu kata: {verbs}.",
    "other_unit": "Nomor ini terdaftar untuk {unit}. Tidak ada yang dicatat.",
    "not_registered": "Nomor ini tidak terdaftar. Tidak ada yang dicatat. Darurat: telepon 112.",
    "refused": "{unit} {verb} ditolak: {reason}. Hubungi pengendali.",
    "later": "Sistem sedang terganggu, {verb} belum dicatat. Ulangi atau hubungi pengendali.",
    "hospital_unknown": " '{hospital}' tidak dikenal, sebutkan lewat radio.",
    "because": "tidak bisa sekarang",
    "because_progress_backward": "langkah itu sudah lewat",
    "because_unit_released": "unit sudah dilepaskan",
    "because_unit_not_assigned": "unit tidak ditugaskan",
    "because_assignment_over": "tugas sudah selesai",
    "because_unit_taken": "unit masih bertugas",
    "because_unit_not_available": "unit masih bertugas atau nonaktif",
}
"""Every text; a setting of the same name in `[notify.words]` takes its place."""


NAMED_MAX: Final = 10
"""Names in one letter; more are counted: a text message has few characters."""

_BETRAYING: Final = frozenset({FlagCode.NOCALLBACK.value, FlagCode.SILENT.value})


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" +{more}" if more > 0 else "")


def names_place(ask: Ask, rung: Rung, row: IncidentRow) -> bool:
    """Whether a letter may say where it is."""
    if _BETRAYING.intersection(row.flags):
        return False
    return not row.sensitive or (ask.unit is not None and rung.to == "duty")


class Said(Struct, frozen=True):
    """A letter's two texts."""

    title: str
    text: str


class Words:
    """The texts in use."""

    def __init__(self, own: Mapping[str, str]) -> None:
        self._words = {**WORDS, **own}

    def of(self, key: str, **values: str) -> str:
        """One text with its values; a value is never read as a pattern."""
        text = self._words[key]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value.replace("{", "(").replace("}", ")"))
        return text

    def because(self, reason: str) -> str:
        """Why the door says no."""
        key = f"because_{reason}"
        return self._words[key if key in self._words else "because"]

    def released(self, row: IncidentRow, unit: str, reason: str | None) -> Said:
        """That a crew need not go on. Why is said only where a key of ours says it."""
        key = f"released_{reason}"
        why = self._words.get(key, "")
        text = self.of("released", number=str(row.number), unit=unit, reason=why)
        return Said(title=f"112 #{row.number}", text=text)

    def called_off(self, key: str, row: IncidentRow, who: str) -> Said:
        """That what this unit or agency was told does not count: `restored` or `withdrawn`."""
        text = self.of(key, number=str(row.number), who=who)
        return Said(title=f"112 #{row.number}", text=text)

    def about(
        self,
        asks: Sequence[Ask],
        rung: Rung,
        row: IncidentRow,
        place: str,
        plans: Plans,
        age_s: float,
    ) -> Said:
        """What this rung says of these asks of one incident, the first of which waits `age_s`.

        `place` is the opened label, empty when unknown.
        """
        ask = asks[0]
        nature = plans.natures.get(row.nature) if row.nature else None
        named = f"{nature.code} {nature.name.id}" if nature else ""
        if not names_place(ask, rung, row):
            place = ""
        if row.sensitive:
            named = "" if place else self.of("sensitive")
        values = {
            "priority": row.priority.value if row.priority else "",
            "unit": _listed([one.unit or "" for one in asks]),
            "agency": _listed([one.agency.upper() for one in asks]),
            "number": str(row.number),
            "nature": named,
            "place": self.of("place", place=place) if place else "",
            "danger": self._dangers(row),
            "age": str(round(age_s)),
        }
        key = ask.about if rung.to == "duty" else f"{ask.about}_supervisor"
        text = " ".join(self.of(key, **values).split())
        return Said(title=f"112 {values['priority']} #{row.number}", text=text)

    def _dangers(self, row: IncidentRow) -> str:
        """What endangers those who come; nothing of it where a message must not betray a caller."""
        known = [f"danger_{one}" for one in row.dangers if one != "none"]
        if not known or row.sensitive or _BETRAYING.intersection(row.flags):
            return ""
        return self.of("danger", dangers=", ".join(self._words[key] for key in known))


def faults_of_words(own: Mapping[str, str]) -> list[str]:
    """Texts that nobody says, or that are too long to be said."""
    unknown = [f"notify.words: there is no text {key!r}" for key in own if key not in WORDS]
    return unknown + [f"notify.words.{key} is too long" for key in own if len(own[key]) > 300]
