"""Files of counts by the hour: rows that do not add up, and how sure a share of them is."""

from pathlib import Path

import pytest
from msgspec import structs

from kentongan.measure.records.bins import answers
from kentongan.measure.records.mapping import Mapping, MappingError, preset
from kentongan.measure.records.reading import chunks


def test_bins_that_do_not_add_up_are_told(tmp_path: Path) -> None:
    """Answered and abandoned must be what was offered."""
    path = tmp_path / "hours.csv"
    columns = "911_10,911_15,911_20,911_40,911_60,911_120,911_121,911_AB,911_T"
    mapping = only_911()
    rows = ("10,4,0,1,0,0,0,4,19", "1,0,0,0,0,0,0,0,7", "x,0,0,0,0,0,0,0,1")
    dated = "".join(f"\n2026-10-0{n} 08:00,{row}" for n, row in enumerate(rows, 1))
    path.write_text(f"DateTime,{columns}{dated}\nsome day,1,0,0,0,0,0,0,0,1\n")
    line = answers(chunks(path), mapping)[0]
    assert (line.unbalanced, line.unreadable, line.rows) == ((3,), (4, 5), 4)
    assert (line.offered, line.answered) == (26, 16)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(MappingError, match="no column '911_10'"):
        answers(chunks(path), mapping)


def test_a_share_of_hourly_counts_is_as_sure_as_its_days(tmp_path: Path) -> None:
    """Thirty days of 240 calls, of which a third keep nearly half waiting: by calls within a point,
    by days within five. Days are the centre's own, and without a day there is no interval."""
    path = tmp_path / "hours.csv"
    columns = "DateTime,911_10,911_15,911_20,911_40,911_60,911_120,911_121,911_AB,911_T"
    rows = [
        f"2026-09-{day:02d} {hour:02d}:00,{'6,0,0,0,0,0,0,4' if day % 3 else '9,0,0,0,0,0,0,1'},10"
        for day in range(1, 31)
        for hour in range(24)
    ]
    path.write_text("\n".join([columns, *rows]))
    mapping = only_911()
    share = answers(chunks(path), mapping)[0].shares[0].of_offered
    assert share is not None
    assert share.low is not None
    assert share.high is not None
    assert share.value == pytest.approx(0.7)
    # two thirds of the days at 0.6 and one third at 0.9: the mean's own error is 2.6 points
    assert share.value - share.low == pytest.approx(2.045 * 0.0263, rel=0.05)
    assert share.high < 0.8
    alone = structs.replace(mapping, lines=(structs.replace(mapping.lines[0], when=""),))
    bare = answers(chunks(path), alone)[0].shares[0].of_offered
    assert bare is not None
    assert (bare.value, bare.low, bare.high, bare.n) == (share.value, None, None, 7_200)


def only_911() -> Mapping:
    """The telephone preset with its first line alone."""
    whole = preset("alexandria-phone")
    return structs.replace(whole, lines=whole.lines[:1])
