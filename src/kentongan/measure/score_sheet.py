"""A score sheet in words, for a terminal and for a printer, in Indonesian and English."""

from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import Final

from kentongan.cities.pack import CityPack
from kentongan.cities.training import Scenario
from kentongan.measure.pdf import Grid, Line, pdf_of
from kentongan.measure.score import CallScore, Mark, Sheet
from kentongan.measure.table import aligned

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "id": {
        "title": "Lembar nilai latihan",
        "training": "LATIHAN",
        "call": "Panggilan",
        "operator": "Operator",
        "nobody": "tak terjawab",
        "incidents": "Insiden",
        "of": "{n} dari {of}",
        "score": "Terpenuhi",
        "mark": "Yang diminta",
        "was": "Terjadi",
        "wanted": "Batas",
        "met": "ya",
        "missed": "TIDAK",
        "unjudged": "–",
        "note": "Tanda ini menunjukkan apa yang perlu dilatih, bukan peringkat orang.",
        "on_record": "tercatat",
        "answered": "dijawab",
        "rung_back": "ditelepon balik",
        "disposition": "digolongkan",
        "name": "nama ditanyakan",
        "number": "nomor dipastikan",
        "complaint": "pengaduan dicatat",
        "incident": "menjadi insiden",
        "place": "lokasi benar",
        "place_in_time": "lokasi diketahui sejak dijawab",
        "nature": "kategori benar",
        "priority": "prioritas cukup tinggi",
        "questions": "semua pertanyaan diajukan",
        "sent": "dikirim sejak dijawab",
        "lead": "instansi utama dilibatkan",
        "unit": "unit ditugaskan sejak dikirim",
        "told": "janji dibacakan ke pelapor",
    },
    "en": {
        "title": "Training score sheet",
        "training": "LATIHAN · TRAINING",
        "call": "Call",
        "operator": "Call-taker",
        "nobody": "not answered",
        "incidents": "Incidents",
        "of": "{n} of {of}",
        "score": "Met",
        "mark": "Asked for",
        "was": "Was",
        "wanted": "Limit",
        "met": "yes",
        "missed": "NO",
        "unjudged": "–",
        "note": "A mark says what to practise; it ranks nobody.",
        "on_record": "on record",
        "answered": "answered",
        "rung_back": "rung back",
        "disposition": "disposed of",
        "name": "name asked",
        "number": "number made sure of",
        "complaint": "complaint written down",
        "incident": "became an incident",
        "place": "right place",
        "place_in_time": "place known, from the answer",
        "nature": "right category",
        "priority": "urgent enough",
        "questions": "every question asked",
        "sent": "sent, from the answer",
        "lead": "lead agency tasked",
        "unit": "unit assigned, from sending",
        "told": "promise read to the caller",
    },
}

_STYLE: Final = """
@page { size: A4; margin: 12mm } body { font: 13px/1.4 sans-serif; color: #000; background: #fff }
h1 { font-size: 20px; margin: 0 } h2 { font-size: 15px; margin: 14px 0 4px; break-after: avoid }
table { border-collapse: collapse; width: 100%; break-inside: avoid }
th, td { border: 1px solid #000; padding: 2px 6px; text-align: left } .missed { font-weight: bold }
.score { font-size: 28px; font-weight: bold }
"""


def to_text(sheet: Sheet, scenario: Scenario, pack: CityPack, language: str) -> str:
    """The sheet as aligned columns."""
    words = WORDS[language]
    lines = [_title(sheet, scenario, language), _total(sheet, language), ""]
    for one in sheet.calls:
        lines += [_call(one, pack, language)]
        cells = [
            (f"  {words[mark.key]}", mark.value, mark.limit, _verdict(mark, language))
            for mark in one.marks
        ]
        lines += [*aligned([(f"  {words['mark']}", words["was"], words["wanted"], ""), *cells]), ""]
    return "\n".join([*lines, words["note"]])


def to_html(
    sheet: Sheet, scenario: Scenario, pack: CityPack, language: str, offset: timedelta
) -> str:
    """The sheet as one page for a printer: no script, no request."""
    words = WORDS[language]
    begun = "" if sheet.begun_at is None else f"{sheet.begun_at + offset:%d-%m-%Y %H.%M}"
    parts = "".join(_html_call(one, pack, language) for one in sheet.calls)
    title = escape(_title(sheet, scenario, language))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f'<p>{begun}</p><p class="score">{escape(_total(sheet, language))}</p>'
        f"{parts}<p>{words['note']}</p></body></html>\n"
    )


def to_pdf(
    sheet: Sheet, scenario: Scenario, pack: CityPack, language: str, offset: timedelta
) -> bytes:
    """The sheet as pages to keep and to sign; LATIHAN stands on each."""
    words = WORDS[language]
    begun = "" if sheet.begun_at is None else f"{sheet.begun_at + offset:%d-%m-%Y %H.%M}"
    title = _title(sheet, scenario, language)
    blocks: list[Line | Grid] = [
        Line(text=title, size=15, is_bold=True),
        Line(text=begun),
        Line(text=_total(sheet, language), size=18, is_bold=True),
    ]
    for one in sheet.calls:
        blocks.append(Line(text=_call(one, pack, language), size=11, is_bold=True))
        blocks.append(
            Grid(
                head=(words["mark"], words["was"], words["wanted"], ""),
                rows=tuple(
                    (words[mark.key], mark.value, mark.limit, _verdict(mark, language))
                    for mark in one.marks
                ),
                widths=(4, 4, 2, 1),
                marked=frozenset(n for n, mark in enumerate(one.marks) if mark.is_met is False),
            )
        )
    return pdf_of(title, [*blocks, Line(text=words["note"], size=8)], banner=words["training"])


def _html_call(one: CallScore, pack: CityPack, language: str) -> str:
    words = WORDS[language]
    head = "".join(f"<th>{words.get(key, '')}</th>" for key in ("mark", "was", "wanted", ""))
    rows = "".join(
        f'<tr class="{"missed" if mark.is_met is False else "met"}"><td>{words[mark.key]}</td>'
        f"<td>{escape(mark.value)}</td><td>{escape(mark.limit)}</td>"
        f"<td>{_verdict(mark, language)}</td></tr>"
        for mark in one.marks
    )
    return f"<h2>{escape(_call(one, pack, language))}</h2><table><tr>{head}</tr>{rows}</table>"


def _title(sheet: Sheet, scenario: Scenario, language: str) -> str:
    label = scenario.label.en if language == "en" else scenario.label.id
    return f"{WORDS[language]['title']}: {label} ({sheet.scenario})"


def _total(sheet: Sheet, language: str) -> str:
    words = WORDS[language]
    met = words["of"].format(n=sheet.met, of=sheet.asked)
    incidents = words["of"].format(n=sheet.incidents_found, of=sheet.incidents_expected)
    return f"{words['score']} {met} · {words['incidents']} {incidents}"


def _call(one: CallScore, pack: CityPack, language: str) -> str:
    words = WORDS[language]
    nature = next((each for each in pack.natures if each.code == one.nature), None)
    name = "" if nature is None else (nature.name.en if language == "en" else nature.name.id)
    who = one.call_taker or words["nobody"]
    return f"{words['call']} {one.index + 1}: {one.nature} {name} · {words['operator']} {who}"


def _verdict(mark: Mark, language: str) -> str:
    words = WORDS[language]
    if mark.is_met is None:
        return words["unjudged"]
    return words["met"] if mark.is_met else words["missed"]
