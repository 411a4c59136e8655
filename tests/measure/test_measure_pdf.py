"""Pages of a report: the same bytes each time, tables over pages, text that is never markup."""

import re

from kentongan.measure.pdf import ROWS_MAX, Grid, Line, pdf_of


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def grid(rows: int, text: str = "baris") -> Grid:
    cells = tuple((f"{text} {n}", "nilai") for n in range(rows))
    return Grid(head=("Yang diminta", "Terjadi"), rows=cells, widths=(3, 1), marked=frozenset({1}))


def test_the_same_report_is_the_same_file() -> None:
    """A report that is kept can be compared with one that is made anew."""
    blocks = [Line(text="Lembar nilai", size=15, is_bold=True), grid(3)]
    first = pdf_of("Latihan", blocks, banner="LATIHAN")
    assert first.startswith(b"%PDF-")
    assert first == pdf_of("Latihan", blocks, banner="LATIHAN")
    assert first != pdf_of("Latihan", blocks)
    assert pages(first) == 1


def test_a_long_table_goes_on_and_has_a_limit() -> None:
    """On further pages, and not for ever."""
    assert pages(pdf_of("Panjang", [grid(120)])) > 1
    assert ROWS_MAX >= 1_000


def test_words_from_outside_are_words() -> None:
    """Markup, signs no font has, a text without an end: a page, and never an error."""
    hostile = ("<img onerror=x> & <b>", "🚑 عربي \u202e", "x" * 50_000, "")
    rows = tuple((one, one) for one in hostile)
    made = pdf_of(
        "<b>",
        [Line(text=one) for one in hostile] + [Grid(head=("a", "b"), rows=rows, widths=(1, 1))],
    )
    assert pages(made) >= 1
