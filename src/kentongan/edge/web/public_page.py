"""The page `/publik/rekaman` as HTML: Indonesian first, English below, no script and no request
but for its style."""

from calendar import monthrange
from html import escape
from typing import Final

from kentongan.published import DayChain, MonthFigure, Published

DAYS_SHOWN: Final = 92
"""The newest; the JSON beside it has all of them."""

STYLE: Final = """
:root { color-scheme: light dark; background: Canvas; color: CanvasText }
a { color: inherit }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .5rem; border-bottom: 1px solid #8a929a; text-align: left }
th { font-weight: 600 } code { font-size: .8rem; overflow-wrap: anywhere }
.wide { overflow-x: auto }
"""

_MEANING: Final = """
<p>Setiap kejadian di pusat panggilan 112 ini ditulis dalam catatan yang hanya dapat ditambah.
Setiap baris membawa sidik (SHA-256) dari dirinya dan dari semua baris sebelumnya. Nilai di bawah
adalah sidik terakhir tiap hari. Siapa pun yang menyimpan salinan halaman ini
kelak dapat membuktikan bahwa tidak satu baris pun sebelum hari itu diubah, dihapus
atau disisipkan. Tidak ada data pribadi di sini, dan dari sidik
tidak dapat disimpulkan apa pun tentang seseorang.</p>
<p>Memeriksa: minta ekspor catatan dari pusat ini untuk auditor, lalu di komputer sendiri<br>
<code>kentongan verify EKSPOR --published rekaman.json</code></p>
<p lang="en">Every fact of this 112 centre is written into a record that can only be added to. Each
line carries a hash (SHA-256) of itself and of all lines before it. Below is the last value of each
day. Whoever keeps a copy of this page can prove later that no line before that day was changed,
removed or inserted. There is nothing about any person here, and nothing can be concluded about one.
To check: ask the centre for an auditor's export of the record, and on a machine of your own
<code>kentongan verify EXPORT --published rekaman.json</code>.</p>
"""


TRAINING: Final = (
    "<p><strong>LATIHAN: ruang latihan tidak menerbitkan apa pun. "
    '<span lang="en">TRAINING: a training room publishes nothing.</span></strong></p>'
)

FEW_DAYS: Final = 7
"""Under so many an interval is about these days alone (decision 39)."""


def page_of(published: Published, *, training: bool = False) -> str:
    """The page; of a training room, that it publishes nothing."""
    name = escape(published.name)
    days = "".join(_day(one) for one in reversed(published.days[-DAYS_SHOWN:]))
    months = "".join(_month(one) for one in reversed(published.months))
    return (
        '<!doctype html><html lang="id"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Rekaman 112 {name}</title>"
        '<link rel="stylesheet" href="/publik/rekaman.css"></head><body><main>'
        f"<h1>Rekaman 112 {name}: bukti harian</h1>{TRAINING if training else ''}{_MEANING}"
        f"<h2>Waktu tanggap tiap bulan <span lang=en>· response by month</span></h2>"
        f"{_months(months)}"
        f"<h2>Nilai rantai tiap hari <span lang=en>· chain value by day</span></h2>{_days(days)}"
        '<p><a href="/publik/rekaman.json">rekaman.json</a></p></main></body></html>\n'
    )


def _months(rows: str) -> str:
    if not rows:
        return "<p>Belum ada bulan yang terbit. <span lang=en>No month yet.</span></p>"
    head = "".join(
        f'<th scope="col">{words}</th>'
        for words in ("Bulan", "Hari tercatat", "n", "P50", "P90 (95 %)", "≤ 10:00", "Baris")
    )
    return _table("Waktu tanggap", head, rows) + _FEW


_FEW: Final = (
    f"<p>▲ kurang dari {FEW_DAYS} hari tercatat: angka ini tentang hari-hari itu saja, bukan"
    f" tentang bulannya. <span lang=en>▲ fewer than {FEW_DAYS} days on record: these figures are"
    " about those days alone, not about the month.</span></p>"
)


def _table(name: str, head: str, rows: str) -> str:
    """On a narrow telephone it is moved sideways, also by keys."""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="wide" role="region" aria-label="{name}" tabindex="0">{table}</div>'


def _month(one: MonthFigure) -> str:
    span = f"{_clock(one.p90_s)} ({_clock(one.p90_low_s)}…{_clock(one.p90_high_s)})"
    share = (
        "–" if one.within_of_all is None else f"{100 * one.within_of_all:.1f} %".replace(".", ",")
    )
    cells = (_days_of(one), f"{one.n}/{one.all}", _clock(one.p50_s), span, share, str(one.position))
    shown = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(one.month)}</th>{shown}</tr>'


def _days_of(one: MonthFigure) -> str:
    """Days on record, of the month's; a sign where they are too few to stand for it."""
    if one.days is None:
        return "–"
    year, month = map(int, one.month.split("-"))
    return f"{one.days}/{monthrange(year, month)[1]}" + (" ▲" if one.days < FEW_DAYS else "")


def _days(rows: str) -> str:
    if not rows:
        return "<p>Belum ada hari yang terbit. <span lang=en>No day yet.</span></p>"
    head = "".join(
        f'<th scope="col">{words}</th>' for words in ("Hari", "Baris terakhir", "Sidik SHA-256")
    )
    return _table("Nilai rantai", head, rows)


def _day(one: DayChain) -> str:
    return (
        f'<tr><th scope="row">{escape(one.day)}</th><td>{one.position}</td>'
        f"<td><code>{escape(one.chain)}</code></td></tr>"
    )


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
