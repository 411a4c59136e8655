"""Text files read by their lines say what `csv` says of them, row by row."""

import csv
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from kentongan.measure.observations import NEVER
from kentongan.measure.records import lines, moments, reading
from kentongan.measure.records.iso import Iso, read_iso
from kentongan.measure.records.moments import ambiguous, offsets_of, read_stamps, to_utc
from kentongan.measure.records.quoted import JOINED_LINES_MAX
from kentongan.measure.records.reading import ReadError, chunks

FIELDS = ("", "a", "1,5", "é", "two words", "line\nbreak", 'said "so"', "x" * 40, "\ufeff", " b ")


def _octets(chance: random.Random, is_quoted: bool) -> bytes:
    """A file as somebody may write it, with or without quotation marks."""
    end = chance.choice((b"\n", b"\r\n"))
    found = [chance.choice((b"", b"\xef\xbb\xbf")) + b"no;what;more"]
    for number in range(chance.randrange(60)):
        width = chance.choice((2, 2, 2, 2, 1, 3))
        fields = FIELDS if width == 2 else [field for field in FIELDS if "\n" not in field]
        some = [str(number), *chance.choices(fields, k=width)]
        plain = [f for f in some if not set(f) & set('"\n')]
        quoted = ['"' + f.replace('"', '""') + '"' if set(f) & set('"\n') else f for f in some]
        text = ";".join(quoted if is_quoted and chance.random() < 0.2 else plain)
        encoding = chance.choice(("utf-8", "utf-8", "cp1252"))
        found.append(text.encode(encoding, "ignore"))
        found += chance.choices((b"", b";;", b"\x00;\x00;", b"nul\x00l;a;b"), k=1) * (
            number % 7 == 0
        )
    return end.join(found) + chance.choice((b"", end))


def _by_csv(content: bytes) -> tuple[list[tuple[int, list[str]]], list[int]]:
    """The rows by their numbers, and those of the wrong width."""
    texts: list[str] = []
    for raw in content.split(b"\n"):
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = raw.decode("cp1252", errors="replace")
        texts.append(text.removeprefix("\ufeff").replace("\x00", "") + "\n")
    rows = list(enumerate(csv.reader(texts, delimiter=";"), 1))[1:]
    filled = [(number, row) for number, row in rows if any(row)]
    return (
        [(number, row) for number, row in filled if len(row) == 3],
        [number for number, row in filled if len(row) != 3],
    )


def test_every_row_is_csvs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the blocks and pieces: quotes, both line ends, blanks, two encodings, nulls."""
    chance = random.Random(8)
    path = tmp_path / "some.csv"
    quoted = plain = 0
    for turn in range(300):
        monkeypatch.setattr(lines, "BLOCK_OCTETS", chance.choice((7, 60, 500, 5_000)))
        monkeypatch.setattr(reading, "CHUNK_ROWS", chance.choice((1, 5, 1_000)))
        monkeypatch.setattr(reading, "CHUNK_CHARACTERS", chance.choice((30, 100_000)))
        content = _octets(chance, is_quoted=turn % 2 == 0)
        path.write_bytes(content)
        pieces = list(chunks(path, ";"))
        found = [
            one for piece in pieces for one in zip(piece.numbers, list(piece.rows), strict=True)
        ]
        rows, ragged = _by_csv(content)
        assert found == rows
        assert [number for piece in pieces for number in piece.ragged] == ragged
        said = [text for piece in pieces for text in piece.said()]
        assert said == ["\x1f".join(row) for _, row in rows]
        quoted += b'"' in content
        plain += b'"' not in content and len(rows) > 10
    assert min(quoted, plain) > 80


def test_every_line_is_counted_wherever_quotation_marks_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines are the header, rows, and what properly quoted fields run over; nothing is lost."""
    chance = random.Random(6)
    path = tmp_path / "some.csv"
    unclosed = joined = 0
    for turn in range(400):
        monkeypatch.setattr(lines, "BLOCK_OCTETS", chance.choice((60, 5_000)))
        monkeypatch.setattr(reading, "CHUNK_ROWS", chance.choice((1, 5, 1_000)))
        wide = chance.choice((2, 5))
        sign = chance.choice(",;")
        rows = [sign.join(f"c{at}" for at in range(wide))]
        rows += [sign.join(f"{n}x{at}" for at in range(wide)) for n in range(chance.randrange(90))]
        text = "\n".join(rows)
        for _ in range(chance.choice((1, 2, 2, 3, 8, 60))):
            at = chance.randrange(len(text) + 1)
            if turn % 2:  # where a field begins or ends
                at = chance.choice([text.find(sign, at) + 1, text.find(sign, at), 0])
            text = text[: max(at, 0)] + '"' + text[max(at, 0) :]
        path.write_text(text + chance.choice(("", "\n")))
        pieces = list(chunks(path, sign))
        kept = [row for piece in pieces for row in piece.rows]
        lost = sum(len(piece.ragged) for piece in pieces)
        over = sum(field.count("\n") for row in (pieces[0].header, *kept) for field in row)
        assert len(text.split("\n")) == 1 + len(kept) + lost + over
        assert all(sum(f.count("\n") for f in row) < JOINED_LINES_MAX for row in kept)
        numbers = [n for piece in pieces for n in (*piece.numbers, *piece.ragged)]
        assert sorted(numbers) == list(range(2, 2 + len(numbers)))
        some = {n for piece in pieces for n in (*piece.unclosed, *piece.joined)}
        assert some <= {1, *numbers}
        is_over = {
            n
            for piece in pieces
            for n, row in zip(piece.numbers, piece.rows, strict=True)
            if any("\n" in field for field in row)
        }
        assert is_over == {n for piece in pieces for n in piece.joined} - {1}
        unclosed += sum(len(piece.unclosed) for piece in pieces)
        joined += len(is_over)
    assert unclosed > 400
    assert joined > 5


def test_a_quotation_mark_that_nobody_closed_costs_no_row(tmp_path: Path) -> None:
    """Two stray marks far apart, close by, one before the end, beside a delimiter, and a note over
    lines."""
    good = [f"{n},at {n},street {n},b,c" for n in range(2_000)]
    rows = list(good)
    for place in (100, 900, 1_500, 1_504, 1_999):
        rows[place] = f'{place},at {place},"Jl. Pemuda,b,c'
    rows[1_700], rows[1_702] = '1700,"x",p,"Jl. A,c', '1702,y,p,Jl. B",c'
    rows[1_200], rows[1_215] = '1200,at 1200,"Jl. A, no 3,b,c', '1215,at 1215,Jl. B",b,c'
    rows[300] = '300,at,"two\nlines, and ""more""",b,c'
    path = tmp_path / "stray.csv"
    path.write_text("\n".join(["no,at,street,d,e", *rows]))
    (piece,) = chunks(path)
    assert piece.ragged == [1_202]
    assert [row[0] for row in piece.rows] == [str(n) for n in range(2_000) if n != 1_200]
    assert [row for row in piece.rows if rows[int(row[0])] == good[int(row[0])]] == [
        row.split(",") for row in rows if '"' not in row and "Jl" not in row
    ]
    assert piece.rows[100] == ["100", "at 100", '"Jl. Pemuda', "b", "c"]
    assert piece.rows[1_699] == ["1700", "x", "p", '"Jl. A', "c"]
    assert piece.rows[300][2] == 'two\nlines, and "more"'
    assert piece.unclosed == [102, 902, 1_202, 1_502, 1_506, 1_702, 2_001]
    assert piece.joined == [302]


def test_a_file_of_few_columns_loses_no_row_to_marks_nobody_closed(tmp_path: Path) -> None:
    """Where every line between them is a row, however few delimiters that has."""
    rows = [f"{n},street {n},b" for n in range(200)]
    rows[100], rows[115] = '100,"Jl. A,b', '115,Jl. B",b'
    path = tmp_path / "narrow.csv"
    path.write_text("\n".join(["no,street,d", *rows]))
    (piece,) = chunks(path)
    assert [row[0] for row in piece.rows] == [str(n) for n in range(200)]
    assert (piece.ragged, piece.unclosed, piece.joined) == ([], [102], [])


@pytest.mark.parametrize("wide", [2, 5])
def test_a_quoted_note_of_many_lines_is_one_row(tmp_path: Path, wide: int) -> None:
    """As dispatchers write them, some lines with a comma."""
    more = "".join(f",m{n}" for n in range(wide - 2))
    rows = [f"{n},note {n}{more}" for n in range(200)]
    note = "\n".join(f"line {n}{', said' * (n % 2)}" for n in range(150))
    for place in (10, 90, 170):
        rows[place] = f'{place},"{note}"{more}'
    path = tmp_path / "notes.csv"
    path.write_text("\n".join([f"no,note{more}", *rows]))
    (piece,) = chunks(path)
    assert [row[0] for row in piece.rows] == [str(n) for n in range(200)]
    assert [row[1] for row in piece.rows if "\n" in row[1]] == [note] * 3
    assert (piece.ragged, piece.unclosed, piece.joined) == ([], [], [12, 92, 172])


def test_a_row_of_another_width_between_two_marks_takes_no_other_along(tmp_path: Path) -> None:
    """Most of the lines are rows: so they all are."""
    rows = [f"{n},at {n},street {n},b,c" for n in range(200)]
    rows[50], rows[90], rows[70] = '50,at 50,"Jl. A,b,c', '90,at 90,Jl. B",b,c', "70,at 70,c"
    path = tmp_path / "mixed.csv"
    path.write_text("\n".join(["no,at,street,d,e", *rows]))
    (piece,) = chunks(path)
    assert [row[0] for row in piece.rows] == [str(n) for n in range(200) if n != 70]
    assert (piece.ragged, piece.unclosed, piece.joined) == ([72], [52], [])


def test_lines_that_are_no_utf8_are_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their numbers, in plain blocks and behind the first quotation mark."""
    monkeypatch.setattr(lines, "BLOCK_OCTETS", 10)
    path = tmp_path / "mixed.csv"
    path.write_bytes(b"no,what\n1,caf\xe9\n2,caf\xc3\xa9\n" + b'3,"a"\n' + b"4,caf\xe9\n")
    pieces = list(chunks(path))
    assert [line for piece in pieces for line in piece.other_lines] == [2, 5]
    assert [row[1] for piece in pieces for row in piece.rows] == ["café", "café", "a", "café"]


def test_a_line_end_within_a_line_and_a_field_too_long_are_refused(tmp_path: Path) -> None:
    """As `csv` refuses them."""
    path = tmp_path / "bad.csv"
    path.write_bytes(b"no,what\n1,a\rb\n")
    with pytest.raises(ReadError, match="new-line character"):
        list(chunks(path))
    path.write_bytes(b"no,what\n1," + b"x" * (reading.FIELD_CHARACTERS_MAX + 1) + b"\n")
    with pytest.raises(ReadError, match="field larger"):
        list(chunks(path))
    path.write_bytes(b"")
    with pytest.raises(ReadError, match="empty"):
        list(chunks(path))


def test_stamps_taken_by_their_digits_are_those_of_the_calendar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every sign of a stamp put out of place in turn: what is taken is what is read alone."""
    chance = random.Random(5)
    texts = ["2024-02-29T23:59:59", "2023-02-29T00:00:00", "1900-02-29 00:00:00Z"]
    texts += ["0000-01-01T00:00:00", "2026-12-31 23:59:59+14:00", "2026-01-01T00:00:00-03:30"]
    for base in ("2026-10-01T08:00:00", "2026-10-01 08:00:00Z", "2026-10-01T08:00:00+07:00"):
        for place in range(len(base)):
            for sign in "0129-:T Zé\u0667":
                texts.append(base[:place] + sign + base[place + 1 :])
    chance.shuffle(texts)
    zone = ZoneInfo("Asia/Jakarta")
    quick = read_stamps(texts, (), zone)
    assert 100 < int(read_iso([text.strip() for text in texts]).taken.sum()) < len(texts)

    def nothing(given: Sequence[str]) -> Iso:
        return read_iso(["" for _ in given])

    monkeypatch.setattr(moments, "read_iso", nothing)
    slow = read_stamps(texts, (), zone)
    assert np.array_equal(quick.at, slow.at)
    assert np.array_equal(quick.unreadable, slow.unreadable)


def test_a_leap_second_is_the_second_after_it_however_its_zone_is_written() -> None:
    """As ISO 8601 writes it, with a fraction, and local; 600 seconds are none."""
    after = int(datetime(2017, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    stamps = ["2016-12-31T23:59:60Z", "2016-12-31 23:59:60Z", "2016-12-31T23:59:60+00:00"]
    stamps += ["2017-01-01T06:59:60+07:00", "2017-01-01 06:59:60", "2017-01-01T06:59:60+0700"]
    read = read_stamps([*stamps, "2016-12-31T23:59:600Z"], (), ZoneInfo("Asia/Jakarta"))
    assert read.at.tolist() == [*[after] * len(stamps), NEVER]
    assert read.leap.tolist() == [*[True] * len(stamps), False]
    assert read.unreadable.tolist() == [*[False] * len(stamps), True]
    part = read_stamps(["2016-12-31T23:59:60.5Z"], (), ZoneInfo("UTC"))
    assert (part.at.tolist(), part.leap.tolist()) == ([after + 500_000], [True])


def test_hours_of_a_zone_are_those_of_its_rules() -> None:
    """Clocks put on and back, the limits of what can be a moment, and nothing at all."""
    zone, hour = ZoneInfo("America/New_York"), moments.HOUR
    at = np.array([1_761_982_200, 1_762_061_400, 1_762_065_000, 1_741_501_800]) * 1_000_000
    assert offsets_of(at, zone).tolist() == [-14_400, -14_400, -18_000, -18_000]
    assert ambiguous(at, zone).tolist() == [False, True, True, False]
    assert to_utc(at - 4 * hour, zone)[:2].tolist() == at[:2].tolist()
    nothing = np.array([NEVER])
    assert ambiguous(nothing, zone).tolist() == [False]
    assert len(offsets_of(nothing[:0], zone)) == 0
