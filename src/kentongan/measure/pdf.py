"""Pages to print and to keep: headings, lines and tables as a PDF of A4, the same bytes each time.

What a report says is decided elsewhere; this sets it. Fonts are embedded, so that it looks the same
on every printer and in ten years; a letter that they lack is a box and never an error. Text is
text: nothing in it is read as markup.
"""

from collections.abc import Sequence
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast

import reportlab
from msgspec import Struct
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    KeepTogether,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)

MARGIN: Final = 14 * mm
ROWS_MAX: Final = 5_000
"""Rows of a table; a month of a city has fewer, and a printer has a tray."""

CELL_CHARACTERS_MAX: Final = 600
"""Of a cell; a longer text would not fit a page."""

_PLAIN, _BOLD = "Vera", "VeraBd"
_GREY: Final = colors.HexColor("#d9dde1")


class Line(Struct, frozen=True, kw_only=True):
    """A line of text; `size` in points, and bold where it must be seen first. A heading stays on
    the page of what follows it."""

    text: str
    size: int = 10
    is_bold: bool = False
    is_heading: bool = False


class Figure(Struct, frozen=True, kw_only=True):
    """A plot (`measure.plots`), with words over it that stay on its page."""

    drawing: Any
    caption: str = ""


class Grid(Struct, frozen=True, kw_only=True):
    """A table: its head is repeated on each page. `widths` are shares of the page's width;
    `marked` are the numbers of rows (from 0) that are set in bold."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    marked: frozenset[int] = frozenset()


def pdf_of(title: str, blocks: Sequence[Line | Grid | Figure], *, banner: str = "") -> bytes:
    """The pages; `banner` stands on top of each, for what must never be taken for duty."""
    load_fonts()
    out = BytesIO()
    made = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN + 6 * mm,
        bottomMargin=MARGIN,
        title=title,
        author="Kentongan 112",
        invariant=1,
    )
    story: list[Any] = []
    heading: list[Any] = []
    for block in blocks:
        match block:
            case Line(is_heading=True):
                story += heading
                heading = _line(block)
                continue
            case Line():
                story += heading + _line(block)
            case Figure():
                story.append(KeepTogether(heading + _figure(block)))
            case Grid():
                story += heading + _grid(block, made.width)
        heading = []
    story += heading

    def page(canvas: Any, _document: Any) -> None:
        canvas.setFont(_PLAIN, 8)
        canvas.drawString(MARGIN, 8 * mm, title)
        canvas.drawRightString(A4[0] - MARGIN, 8 * mm, str(canvas.getPageNumber()))
        if banner:
            canvas.setFont(_BOLD, 11)
            canvas.drawCentredString(A4[0] / 2, A4[1] - 11 * mm, banner)

    made.build(story, onFirstPage=page, onLaterPages=page)
    return out.getvalue()


@cache
def load_fonts() -> None:
    """The one font that lies in every page, plain and bold; once."""
    folder = Path(reportlab.__file__).parent / "fonts"
    for name in (_PLAIN, _BOLD):
        cast("Any", pdfmetrics).registerFont(TTFont(name, str(folder / f"{name}.ttf")))


def _style(size: int, *, is_bold: bool) -> ParagraphStyle:
    font = _BOLD if is_bold else _PLAIN
    return ParagraphStyle(f"{font}{size}", fontName=font, fontSize=size, leading=size * 1.35)


def _words(text: str, size: int, *, is_bold: bool = False) -> Paragraph:
    return Paragraph(escape(text[:CELL_CHARACTERS_MAX]), _style(size, is_bold=is_bold))


def _line(line: Line) -> list[Any]:
    if line.is_heading:
        style = _style(line.size, is_bold=True)
        style.keepWithNext, style.spaceBefore, style.spaceAfter = 1, 4 * mm, 2 * mm
        return [Paragraph(escape(line.text[:CELL_CHARACTERS_MAX]), style)]
    return [_words(line.text, line.size, is_bold=line.is_bold), Spacer(1, 2 * mm)]


def _figure(figure: Figure) -> list[Any]:
    words = [_words(figure.caption, 8)] if figure.caption else []
    return [*words, Spacer(1, 1 * mm), figure.drawing, Spacer(1, 3 * mm)]


def _grid(grid: Grid, width: float) -> list[Any]:
    whole = sum(grid.widths)
    cells = [[_words(one, 8, is_bold=True) for one in grid.head]]
    cells += [
        [_words(one, 8, is_bold=n in grid.marked) for one in row]
        for n, row in enumerate(grid.rows[:ROWS_MAX])
    ]
    table = LongTable(cells, colWidths=[width * one / whole for one in grid.widths], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
                ("BACKGROUND", (0, 0), (-1, 0), _GREY),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    return [table, Spacer(1, 4 * mm)]
