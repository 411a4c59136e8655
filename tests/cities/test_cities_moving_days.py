"""Holidays that are worked out, beside those that were decreed."""

from datetime import date, timedelta

import pytest

from kentongan.cities.facts import Confidence
from kentongan.cities.moving_days import as_lines, easter, imlek, islamic, worked_out
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.main import main


@pytest.fixture(scope="module")
def pack() -> CityPack:
    """The city's own calendar."""
    return load(packaged())


@pytest.mark.parametrize("year", [2025, 2026])
def test_what_was_decreed_lies_within_a_day(pack: CityPack, year: int) -> None:
    """Every public holiday, Ramadan and Lebaran; what is called sure is the very day."""
    decreed = {one.key: one for one in pack.holidays}
    found = worked_out(year)
    assert {one.key for one in found} == {
        one.key for one in pack.holidays if one.first.year == year and one.kind != "leave"
    }
    for one in found:
        apart = abs(one.first - decreed[one.key].first)
        is_sure = one.confidence is Confidence.HIGH
        assert apart <= timedelta(days=0 if is_sure else 1), one.key
        lasted = decreed[one.key].last - decreed[one.key].first
        assert one.last - one.first == lasted, one.key


def test_the_pack_has_the_estimates_of_2027_until_somebody_corrects_them(pack: CityPack) -> None:
    """As they are worked out, said to be estimates, the two Ascensions of the Prophet apart."""
    own = [one for one in pack.holidays if one.first.year == 2027]
    assert as_lines(own) == as_lines(worked_out(2027))
    low = [one for one in own if one.confidence is Confidence.LOW]
    assert all(one.name.id.endswith("(perkiraan)") for one in low)
    assert {one.key for one in low} >= {"isra_2027", "isra_2027_2", "ramadan_2027", "nyepi_2027"}
    assert not {one.key for one in own if one.kind == "leave"}


def test_each_reckoning_against_days_that_are_known(pack: CityPack) -> None:
    """Easter and Imlek of the decrees, the first day of the Islamic count, and no year left out."""
    decreed = {one.key: one.first for one in pack.holidays}
    for year in (2025, 2026):
        assert easter(year) == decreed[f"paskah_{year}"]
        assert imlek(year) == decreed[f"imlek_{year}"]
    known = (
        "04-01-22 05-02-09 06-01-29 07-02-18 08-02-07 09-01-26 10-02-14 11-02-03 12-01-23 "
        "13-02-10 14-01-31 15-02-19 16-02-08 17-01-28 18-02-16 19-02-05"
    )
    for day in known.split():  # as they were published
        assert imlek(int(f"20{day[:2]}")).isoformat() == f"20{day}"
    for year in range(1990, 2101):
        assert date(year, 1, 21) <= imlek(year) <= date(year, 2, 21), year
    assert islamic(1, 1, 1) == date(622, 7, 19)  # 16 July of the Julian calendar
    for year in range(1990, 2101):
        found = worked_out(year)
        assert len({one.key for one in found}) == len(found), year
        kinds = {str(one.kind) for one in found}
        assert kinds == {"national", "fasting", "feast"}, year
    twice = [one.day for one in worked_out(2030) if one.key.startswith("ramadan")]
    assert len(twice) == 2


def test_the_command_prints_a_draft(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines for the file, with what they are worth; no year out of all reason."""
    assert main(["city", "holidays", "2028"]) == 0
    said = capsys.readouterr().out
    assert "an estimate until the decree" in said
    assert "Waisak: a day, or a month" in said
    assert '- {key: paskah_2028, day: "2028-04-16", kind: national' in said
    assert main(["city", "holidays", "2400"]) == 2
    assert "1990 to 2100" in capsys.readouterr().err
