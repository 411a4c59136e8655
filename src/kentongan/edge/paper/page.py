"""The paper pack as one HTML page for a printer: no script, no request, black on white.

Everything that people typed is escaped. Shapes stand for priorities, because most printers have no
colour. Each incident has a QR code with its point (RFC 5870), which any telephone opens as a map.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from html import escape
from itertools import groupby
from typing import Final

import segno

from kentongan.cities.facts import Channel, ChannelKind, Point, Text
from kentongan.cities.pack import CityPack
from kentongan.edge.paper.situation import Incident, Situation, UnitLine
from kentongan.edge.paper.words import word

FORMS: Final = 12
"""Blank forms of a pack: an hour of a small room's calls."""

SHAPES: Final = {"P1": "■ 1", "P2": "◣ 2", "P3": "▲ 3", "P4": "● 4", "P5": "◆ 5", "P0": "○ 0"}
_TELEPHONES: Final = frozenset({ChannelKind.PHONE, ChannelKind.SHORT_NUMBER, ChannelKind.WHATSAPP})
_STEPS: Final = (
    *("assigned", "departed", "on_scene", "at_patient"),
    *("transporting", "at_hospital", "handed_over"),
)

_STYLE: Final = """
@page { size: A4 landscape; margin: 10mm }
* { box-sizing: border-box }
body, :host { font: 12px/1.35 sans-serif; color: #000; background: #fff; margin: 0 }
h1 { font-size: 20px; margin: 0 } h2 { font-size: 16px; margin: 0 0 4px }
h3 { font-size: 13px; margin: 8px 0 2px; break-after: avoid }
section { margin-top: 6mm } section.fleet, section.directory { break-before: page }
table { width: 100%; border-collapse: collapse } thead { display: table-header-group }
th, td { border: 1px solid #000; padding: 3px 5px; text-align: left; vertical-align: top }
tr, .form { break-inside: avoid } .big { font-size: 18px; font-weight: bold; white-space: nowrap }
.qr svg { width: 22mm; height: 22mm; display: block }
.training { font-size: 28px; border: 4px double }
.columns { columns: 3; column-gap: 6mm } .columns p { margin: 0 0 2px; break-inside: avoid }
.form { height: 184mm; border: 2px solid #000; padding: 4mm; break-before: page }
.form div { border-bottom: 1px solid #000; min-height: 11mm; padding-top: 1mm }
.form .tall { min-height: 30mm }
.times { display: grid; gap: 1mm; grid-template-columns: repeat(10, 1fr) }
"""


class Printer:
    """Puts a situation on paper, in one language, in the city's time."""

    def __init__(self, pack: CityPack, offset: timedelta, language: str) -> None:
        self._pack = pack
        self._offset = offset
        self._language = language
        self._natures = {nature.code: nature for nature in pack.natures}
        self._posts = {post.key: post.name for post in pack.posts}

    def page(self, situation: Situation, made_at: datetime, *, training: bool = False) -> str:
        """The whole pack."""
        city = self._text(self._pack.city.name)
        title = self._word("title", city=city)
        parts = [
            self._cover(title, made_at, training=training),
            self._section("incidents", self._incidents(situation), situation),
            self._section("call_backs", self._call_backs(situation), situation),
            self._section("fleet", self._fleet(situation), situation),
            self._section("closures", self._closures(situation), situation),
            self._section("directory", self._directory(), situation),
            self._section("natures", self._nature_list(), situation),
            *(self._form(made_at, number) for number in range(1, FORMS + 1)),
        ]
        return (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8">'
            f"<title>{title}</title><style>{_STYLE}</style></head><body>"
            f"{''.join(parts)}</body></html>\n"
        )

    # --- parts -------------------------------------------------------------------------------

    def _cover(self, title: str, made_at: datetime, *, training: bool) -> str:
        local = made_at + self._offset
        mark = f'<p class="training">{self._word("training")}</p>' if training else ""
        made = self._word("made", at=f"{local:%d-%m-%Y %H.%M.%S}")
        return f"<header><h1>{title}</h1><p>{made}</p>{mark}</header>"

    def _section(self, kind: str, body: str, situation: Situation) -> str:
        n = situation.left_out.get(kind, 0)
        more = f"<p><b>{self._word('left_out', n=n)}</b></p>" if n else ""
        return f'<section class="{kind}"><h2>{self._word(kind)}</h2>{body}{more}</section>'

    def _incidents(self, situation: Situation) -> str:
        heads = ("number", "what", "where", "who", "agencies", "units")
        rows = (self._incident(one) for one in situation.incidents)
        return self._table((*heads, ""), rows)

    def _incident(self, one: Incident) -> str:
        row = one.row
        marks = [
            self._word(mark)
            for mark, is_set in (
                ("draft", row.state == "draft"),
                ("waiting", one.is_waiting),
                ("to_close", one.is_over),
                ("sensitive", row.sensitive),
                ("never_ring", "NOCALLBACK" in row.flags),
            )
            if is_set
        ]
        told = "<br>".join(escape(each.complaint) for each in one.reporters if each.complaint)
        who = "<br>".join(
            escape(f"{each.name} {_spoken(each.number)}".strip()) for each in one.reporters
        )
        tasks = "<br>".join(
            f"{escape(task.agency)}: {self._word(f'task.{task.state}')}" for task in row.tasks
        )
        units = "<br>".join(
            f"{escape(each.unit)} {self._word(f'progress.{each.progress}')} "
            f"{self._time(each.since)}"
            for each in one.working
        )
        shape = SHAPES.get(row.priority or "", "?")
        number = f'<span class="big">{shape} · {row.number}</span><br>{escape(row.long_id)}'
        said = f"{self._time(row.opened_at)} <b>{' · '.join(marks)}</b>"
        cells = (f"{number}<br>{said}", f"<b>{self._nature(row.nature)}</b><br>{told}")
        return _line((*cells, self._place(one), who, tasks, units, _code(one.point)))

    def _place(self, one: Incident) -> str:
        lines = [escape(one.place)]
        if one.landmark:
            lines.append(f"{self._word('landmark')}: {escape(one.landmark)}")
        if one.row.place is not None and one.row.place.uncertain:
            lines.append(f"<b>{self._word('uncertain')}</b>")
        point = one.point
        no_point = self._word("no_point")
        lines.append(no_point if point is None else f"{point.lat:.5f}, {point.lon:.5f}")
        return "<br>".join(line for line in lines if line)

    def _call_backs(self, situation: Situation) -> str:
        lines: list[str] = []
        for one in situation.call_backs:
            row = one.row
            number = escape(_spoken(one.number)) or self._word("withheld")
            mark = self._word("never_ring") if row.silent_only else ""
            cells = (number, self._time(row.ring_at), escape(row.line), f"<b>{mark}</b>")
            lines.append(_line((*cells, "")))
        return self._table(("mobile", "since", "number", "", "told"), lines)

    def _fleet(self, situation: Situation) -> str:
        names = {row.key: row.name for row in situation.agencies}
        parts: list[str] = []
        for agency, group in groupby(situation.units, key=lambda one: one.row.agency):
            parts.append(f"<h3>{escape(names.get(agency, agency))}</h3>")
            heads = ("unit", "label", "state", "since", "incident", "post", "new_state")
            parts.append(self._table(heads, (self._unit(one) for one in group)))
        return "".join(parts) or self._none()

    def _unit(self, one: UnitLine) -> str:
        row, work = one.row, one.engagement
        state = f"progress.{work.progress}" if work is not None else f"state.{row.state}"
        since = work.since if work is not None else row.since
        number = "" if work is None else str(work.number)
        named = (f"<b>{escape(row.key)}</b>", escape(row.label), self._word(state))
        return _line(
            (
                *named,
                self._time(since),
                number,
                escape(self._posts.get(row.post, row.post)),
                "&emsp;" * 6,
            )
        )

    def _closures(self, situation: Situation) -> str:
        lines: list[str] = []
        for one in situation.closures:
            row = one.row
            depth = "" if row.depth_cm is None else f"{row.depth_cm} cm"
            until = "" if row.until_at is None else self._time(row.until_at)
            lines.append(_line((escape(one.label), escape(row.reason), depth, until)))
        return self._table(("place", "what", "", "until"), lines)

    def _directory(self) -> str:
        lines = [
            f"<p><b>{escape(self._text(agency.name))}</b> {self._channels(agency.channels)}</p>"
            for agency in self._pack.agencies
            if agency.channels
        ]
        lines += [
            f"<p><b>{escape(hospital.name)}</b> {escape(', '.join(hospital.phones))}</p>"
            for hospital in self._pack.hospitals
            if hospital.phones
        ]
        return f'<div class="columns">{"".join(lines)}</div>'

    def _channels(self, channels: Sequence[Channel]) -> str:
        return ", ".join(
            escape(one.value) + ("" if one.verified else f" ({self._word('unverified')})")
            for one in channels
            if one.kind in _TELEPHONES
        )

    def _nature_list(self) -> str:
        lines = "".join(
            f"<p><b>{escape(nature.code)}</b> {SHAPES.get(nature.priority, '')} "
            f"{escape(self._text(nature.name))} · {escape(nature.lead)}</p>"
            for nature in self._natures.values()
        )
        return f'<div class="columns">{lines}</div>'

    def _form(self, made_at: datetime, number: int) -> str:
        local = made_at + self._offset
        name = f"K-{local:%y%m%d-%H%M}-{number:02}"
        plain = ("name", "mobile", "place", "category", "victims", "sent_to", "told", "by")
        fields = [f"<div>{self._word(key)}</div>" for key in plain]
        shapes = " &emsp; ".join(SHAPES.values())
        fields.insert(2, f'<div class="tall">{self._word("complaint")}</div>')
        fields.insert(5, f"<div>{self._word('priority')} &emsp; {shapes}</div>")
        steps = ("rang", "answered", "sent", *(f"progress.{step}" for step in _STEPS))
        times = "".join(f"<div>{self._word(step)}</div>" for step in steps)
        head = f"<h2>{self._word('form')} {name}</h2>"
        times = f'<h3>{self._word("times")}</h3><div class="times">{times}</div>'
        return f'<div class="form">{head}{"".join(fields)}{times}</div>'

    # --- words -------------------------------------------------------------------------------

    def _table(self, heads: Sequence[str], lines: Iterable[str]) -> str:
        body = "".join(lines)
        if not body:
            return self._none()
        head = "".join(f"<th>{self._word(key) if key else ''}</th>" for key in heads)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _none(self) -> str:
        return f"<p>{self._word('none')}</p>"

    def _nature(self, code: str | None) -> str:
        nature = self._natures.get(code or "")
        return escape(code or "") + (
            "" if nature is None else f" {escape(self._text(nature.name))}"
        )

    def _text(self, text: Text) -> str:
        return text.en if self._language == "en" else text.id

    def _time(self, at: datetime | None) -> str:
        return "" if at is None else f"{at + self._offset:%d/%m %H.%M}"

    def _word(self, key: str, **facts: object) -> str:
        return escape(word(self._language, key, **facts))


def _line(cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _code(point: Point | None) -> str:
    """A QR code of the point, or nothing."""
    if point is None:
        return ""
    uri = f"geo:{point.lat:.6f},{point.lon:.6f}"
    drawn = segno.make(uri, error="m", micro=False).svg_inline(border=2, omitsize=True)
    return f'<span class="qr">{drawn}</span>'


def _spoken(number: str) -> str:
    """A number in groups of four, as it is said."""
    digits = number.strip()
    return "-".join(_groups(digits)) if digits.isdecimal() else digits


def _groups(digits: str) -> Iterator[str]:
    for at in range(0, len(digits), 4):
        yield digits[at : at + 4]
