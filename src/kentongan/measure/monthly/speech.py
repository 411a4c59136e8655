"""How figures are said in a language: decimal sign, minutes and seconds, names of the city."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kentongan.cities.facts import Text
from kentongan.cities.pack import CityPack
from kentongan.measure.monthly.words import WORDS
from kentongan.measure.statistics.quantiles import Estimate

NONE = "–"


class Speech:
    """One language, and the names of one city."""

    def __init__(self, language: str, pack: CityPack) -> None:
        self.language = language
        self.words: Mapping[str, str] = WORDS[language]
        self._pack = pack
        self.zone = ZoneInfo(pack.city.timezone)

    def say(self, key: str, **given: object) -> str:
        """Words by their key; an unknown key is shown as it is, for what a newer pack brings."""
        found = self.words.get(key)
        return found.format(**given) if found else key.rpartition(".")[2].replace("_", " ")

    def name(self, text: Text) -> str:
        """A name of the pack."""
        return text.en if self.language == "en" else text.id

    def agency(self, key: str) -> str:
        """The short name of an agency; all of them for none."""
        if not key:
            return self.say("all")
        agency = self._pack.agency_by_key.get(key)
        return agency.short if agency else key

    def kecamatan(self, code: str) -> str:
        """The name of a kecamatan."""
        found = self._pack.kecamatan_by_code.get(code)
        return found.name if found else code or NONE

    def category(self, code: str) -> str:
        """The name of a category."""
        found = self._pack.category_by_code.get(code)
        return self.name(found.name) if found else code or NONE

    def number(self, value: float, digits: int = 0) -> str:
        """With the language's signs."""
        plain = f"{round(value, digits) + 0.0:,.{digits}f}"  # no minus before a nought
        if self.language == "en":
            return plain
        return plain.replace(",", "\0").replace(".", ",").replace("\0", ".")

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share in percent, or a dash."""
        return NONE if share is None else f"{self.number(100 * share, digits)} %"

    def minutes(self, seconds: float | None) -> str:
        """Minutes and seconds, `9:24`, or a dash."""
        if seconds is None:
            return NONE
        whole = round(abs(seconds))
        sign = "−" if seconds < 0 and whole else ""
        return f"{sign}{whole // 60}:{whole % 60:02d}"

    def seconds(self, value: float | None, digits: int = 0) -> str:
        """Seconds with their unit."""
        unit = "s" if self.language == "en" else "dtk"
        return NONE if value is None else f"{self.number(value, digits)} {unit}"

    def interval(self, estimate: Estimate | None, *, is_share: bool) -> str:
        """A figure and its interval; a side that the cases cannot bound is open."""
        if estimate is None:
            return NONE
        if is_share:
            low, high = (
                NONE if side is None else self.number(100 * side, 1)
                for side in (estimate.low, estimate.high)
            )
            return f"{self.percent(estimate.value)} ({low}…{high})"
        low, high = self.minutes(estimate.low), self.minutes(estimate.high)
        return f"{self.minutes(estimate.value)} ({low}…{high})"

    def month(self, text: str) -> str:
        """`2026-10` as a month's name and the year."""
        year, number = text.split("-")
        return f"{self.words['months'].split()[int(number) - 1]} {year}"

    def day(self, at: datetime) -> str:
        """A day of the city's calendar."""
        local = at.astimezone(self.zone)
        return f"{local.day} {self.words['months'].split()[local.month - 1]} {local.year}"

    def moment(self, at: datetime) -> str:
        """A day with its time."""
        return f"{self.day(at)} {at.astimezone(self.zone):{self._clock}}"

    def local(self, seconds: int) -> str:
        """Seconds of the city's own clock since 1970, as `12-10 03.20`, in English 03:20."""
        return f"{datetime(1970, 1, 1) + timedelta(seconds=seconds):%d-%m {self._clock}}"  # noqa: DTZ001

    @property
    def _clock(self) -> str:
        return "%H:%M" if self.language == "en" else "%H.%M"
