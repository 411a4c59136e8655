"""The city pack through the browser: try, propose, agree, sign, use, go back, export."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from web_people import PACK, PLANS
from web_room import Person, Room

from kentongan.app.pack_in_use import Edition, PackInUse, load_edition
from kentongan.cities.pack import packaged
from kentongan.edge.web.pack_trials import MARK

CREW = {"file": "units.yaml", "path": "units[AMB01]"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room whose process follows the record to other versions."""
    room = Room(tmp_path_factory.mktemp("pack"))

    def follow(edition: Edition) -> PackInUse:
        return load_edition(packaged(), edition)

    room.given = msgspec.structs.replace(room.given, load_pack=follow)
    room.start()
    yield room
    room.close()


@pytest.fixture(scope="module")
def adi(town: Room) -> Person:
    return town.person("admin")


@pytest.fixture(scope="module")
def tini(town: Room) -> Person:
    return town.person("adminti")


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def active(town: Room) -> int:
    return town.parts.city.number


def unit_row(person: Person, version: int | None = None) -> dict[str, Any]:
    given = {} if version is None else {"version": version}
    rows = person.get("/api/pack/tables/units.yaml/units", **given).json()["rows"]
    return next(one["row"] for one in rows if one["path"] == "units[AMB01]")


def tried(person: Person, *edits: dict[str, Any], **more: Any) -> dict[str, Any]:
    base = person.get("/api/pack").json()["active"]
    answer = person.post("/api/pack/trial", {"base": base, "edits": list(edits), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def proposed(person: Person, trial: dict[str, Any]) -> int:
    """The number of the version that this trial becomes."""
    person.done("pack.propose", pack="city", base=trial["base"], files=trial["files"], reason="uji")
    return max(person.room.parts.live.held.find("pack", "city").versions, key=_number).number  # type: ignore[union-attr]


def _number(version: Any) -> int:
    return version.number


def alarm_edit(person: Person, limit: int) -> dict[str, Any]:
    rows = person.get("/api/pack/tables/targets.yaml/alarms").json()["rows"]
    row = next(one for one in rows if one["path"] == "alarms[A-03]")
    yaml = row["yaml"]["limits_s"].replace(f"P1: {PLANS.limit_s('A-03', 'P1')}", f"P1: {limit}")
    return {"file": "targets.yaml", **row, "yaml": {**row["yaml"], "limits_s": yaml}}


def test_a_harmless_change_is_tried_proposed_and_worked_by_without_a_restart(
    town: Room, adi: Person
) -> None:
    """The whole slice, and the page's own document changes with it."""
    before = adi.get("/api/plans").headers["etag"]
    trial = tried(adi, {**CREW, "row": {**unit_row(adi), "post": "amb_srondol"}})
    assert (trial["problems"], trial["weakens"], trial["restart"]) == ([], [], [])
    assert [(one["path"], one["after"]) for one in trial["changes"]] == [
        ("units[AMB01].post", "amb_srondol")
    ]
    assert {one["key"] for one in trial["touched"]} == {"AMB01"}
    number = proposed(adi, trial)
    adi.done("pack.activate", pack="city", number=number)
    until(lambda: active(town) == number, "the process follows")
    assert town.parts.city.pack.unit_by_call_sign["AMB01"].post == "amb_srondol"
    assert unit_row(adi)["post"] == "amb_srondol"
    assert unit_row(adi, 0)["post"] == PACK.unit_by_call_sign["AMB01"].post
    assert adi.get("/api/plans").headers["etag"] == before  # units are no part of the plans


def test_mistakes_are_told_with_file_line_and_the_row_by_its_name(adi: Person) -> None:
    """And such a version cannot be proposed, whatever a page sends."""
    trial = tried(adi, {**CREW, "row": {**unit_row(adi), "post": "moon"}})
    (problem,) = trial["problems"]
    assert (problem["file"], problem["field"]) == ("units.yaml", "units[AMB01].post")
    assert problem["line"] > 1
    assert "moon" in problem["words"]
    text = (packaged() / "units.yaml").read_text("utf-8").replace("amb_pandanaran", "moon")
    base = adi.get("/api/pack").json()["active"]
    refused = adi.command(
        "pack.propose", pack="city", base=base, files={"units.yaml": text}, reason="x"
    )
    assert (refused.status_code, refused.json()["reason"]) == (409, "pack_has_problems")


@pytest.mark.parametrize(
    "asked",
    [
        {"edits": [{"file": "units.yaml", "path": "units[NO]", "row": {"a": 1}}]},
        {"edits": [{"file": "../x.yaml", "path": "units[NO]", "row": {"a": 1}}]},
        {"files": {"evil.yaml": "a: 1"}},
        {"files": {"units.yaml": "units: [\u202e"}},
        {"files": {"units.yaml": "units: &a [*a]"}},
        {"bundle": "nothing of ours"},
        {"edits": [{"file": "targets.yaml", "path": "alarms[A-03]", "row": {"key": "A-03"},
                    "yaml": {"limits_s": "{P1: *x}"}}]},
    ],
)  # fmt: skip
def test_what_is_no_pack_is_a_list_of_problems(adi: Person, asked: dict[str, Any]) -> None:
    """Never an error of ours, and nothing is written."""
    trial = tried(adi, **asked)
    assert trial["problems"]
    assert not trial["files"]


def test_a_later_alarm_needs_a_second_administrator(town: Room, adi: Person, tini: Person) -> None:
    """And what a page says about it counts nothing."""
    trial = tried(adi, alarm_edit(adi, 600))
    assert [one["rule"] for one in trial["weakens"]] == ["alarm_later"]
    number = proposed(adi, trial)
    assert adi.command("pack.activate", pack="city", number=number).json()["reason"] == (
        "pack_needs_second"
    )
    assert adi.command("pack.agree", pack="city", number=number).json()["reason"] == (
        "pack_own_proposal"
    )
    seen = tini.get(f"/api/pack/versions/{number}/changes").json()
    assert [one["path"] for one in seen["changes"]] == ["alarms[A-03].limits_s.P1"]
    tini.done("pack.agree", pack="city", number=number)
    adi.done("pack.activate", pack="city", number=number)
    until(lambda: town.parts.city.plans.limit_s("A-03", "P1") == 600, "the limit is in force")


def test_going_back_to_the_pack_on_disk_is_a_version_of_its_own(town: Room, adi: Person) -> None:
    """It tightens the alarm, so that one person is enough."""
    base = active(town)
    adi.done("pack.propose", pack="city", base=base, files={}, reason="kembali", restores=0)
    adi.done("pack.activate", pack="city", number=base + 1)
    until(lambda: active(town) == base + 1, "the process follows")
    assert town.parts.city.plans.limit_s("A-03", "P1") == PLANS.limit_s("A-03", "P1")
    assert unit_row(adi) == unit_row(adi, 0)


def test_new_words_of_a_protocol_wait_for_the_authority_and_spare_a_running_interview(
    town: Room, adi: Person
) -> None:
    """An incident that was opened before is asked what it was asked before."""
    rina, doctor = town.person("rina"), town.person("direktur")
    rina.done("report.open", report="r-pack")
    rina.done("incident.open", incident="i-pack", report="r-pack")
    rina.done("incident.classify", incident="i-pack", nature="MED-01")
    rows = adi.get("/api/pack/tables/protocols.yaml/protocols").json()["rows"]
    row = next(one for one in rows if one["path"] == "protocols[T02]")
    plain = row.pop("plain")  # read before it is signed, and edited as YAML
    assert plain["questions"][0]["text"]["en"] in row["yaml"]["questions"]
    first = PLANS.protocols["T02"].questions[0].key
    yaml = re.sub(rf"\b{first}\b", "another_word", row["yaml"]["questions"])
    edit = {"file": "protocols.yaml", **row, "yaml": {**row["yaml"], "questions": yaml}}
    (problem, *_) = tried(adi, edit)["problems"]
    assert problem["field"] == "protocols[T02].version"
    trial = tried(adi, {**edit, "row": {**row["row"], "version": 2}})
    assert trial["problems"] == []
    assert [one["protocol"] for one in trial["protocols"]] == ["T02"]
    number = proposed(adi, trial)
    refused = adi.command("pack.activate", pack="city", number=number)
    assert refused.json()["reason"] == "protocol_not_signed"
    words = {key: trial["protocols"][0][key] for key in ("protocol", "version", "digest")}
    assert adi.command("pack.sign_protocol", pack="city", **words).status_code == 403
    doctor.done("pack.sign_protocol", pack="city", **words)
    adi.done("pack.activate", pack="city", number=number)
    until(lambda: active(town) == number, "the process follows")
    assert not town.parts.city.pack.protocol_by_code["T02"].is_draft
    old = {"incident": "i-pack", "question": first, "answer": "no", "protocol": "T02"}
    rina.done("incident.answer_triage", **old)
    rina.done("report.open", report="r-pack2")
    rina.done("incident.open", incident="i-pack2", report="r-pack2")
    rina.done("incident.classify", incident="i-pack2", nature="MED-01")
    late = rina.command("incident.answer_triage", **{**old, "incident": "i-pack2"})
    assert late.json()["reason"] == "unknown_question"


def test_the_authority_withholds_what_is_unsigned_until_it_is_signed(
    town: Room, adi: Person
) -> None:
    """Within a running interview, too: a signature changes no word of it."""
    rina, doctor = town.person("rina"), town.person("direktur")
    choice = {"pack": "city", "use": "withheld", "reason": "rapat"}
    assert adi.command("pack.choose_unsigned", **choice).status_code == 403
    assert not town.parts.city.plans.withholds_unsigned
    doctor.done("pack.choose_unsigned", **choice)
    until(lambda: town.parts.city.plans.withholds_unsigned, "the process follows")
    rina.done("report.open", report="r-held")
    rina.done("incident.open", incident="i-held", report="r-held")
    rina.done("incident.classify", incident="i-held", nature="KBK-01")
    asked = {"incident": "i-held", "question": "outside", "protocol": "T01"}
    rina.done("incident.answer_triage", **asked, answer="no")
    town.settle()
    held = town.parts.live.held.find("incident", "i-held")
    assert (held.instructions, held.instructions_withheld) == ((), True)
    standing = next(
        one for one in adi.get("/api/pack").json()["protocols"] if one["protocol"] == "T01"
    )
    words = {key: standing[key] for key in ("protocol", "version", "digest")}
    fire = town.person("kadis")
    words["pack"] = "city"
    assert doctor.command("pack.sign_protocol", **words).json()["reason"] == (
        "protocol_authority_unknown"
    )
    doctor.done("pack.sign_protocol", **words, authority="Direktur medis")
    town.settle()
    assert town.parts.city.pack.protocol_by_code["T01"].is_draft  # 1 of 2
    again = doctor.command("pack.sign_protocol", **words, authority="Kepala Dinas Damkar")
    assert again.json()["reason"] == "protocol_signed_by_you"
    fire.done("pack.sign_protocol", **words, authority="Kepala Dinas Damkar")
    until(lambda: not town.parts.city.pack.protocol_by_code["T01"].is_draft, "it is signed")
    rina.done("incident.answer_triage", **asked, answer="unknown")
    rina.done("incident.answer_triage", **asked, answer="no")
    town.settle()
    shown = town.parts.live.held.find("incident", "i-held")
    assert (shown.instructions, shown.instructions_withheld) == (("escape",), False)
    doctor.done("pack.choose_unsigned", **{**choice, "use": "shown"})
    until(lambda: not town.parts.city.plans.withholds_unsigned, "the process follows")


def test_an_export_comes_back_as_the_same_pack(town: Room, adi: Person, tmp_path: Path) -> None:
    """Of the pack on disk, over the version in use: the difference between the two."""
    text = adi.get("/api/pack/versions/0/export").text
    assert text.startswith(MARK)
    (tmp_path / "pack.yaml").write_text(text)
    trial = tried(adi, bundle=text)
    assert {one["file"] for one in trial["changes"]} == {"protocols.yaml"}
    assert town.person("rina").get("/api/pack").status_code == 403


def test_everybody_is_told_which_version_is_in_use_and_who_may_who_proposed_it(town: Room) -> None:
    """A desk needs the number, to fetch the plans anew."""
    with town.person("rina").screen() as screen:
        rows = screen.until(lambda frame: frame["k"] == "snapshot")["rows"]
    (row,) = [one for one in rows if one["kind"] == "pack"]
    assert (row["active"], row["versions"]) == (active(town), [])
    with town.person("direktur").screen() as screen:
        rows = screen.until(lambda frame: frame["k"] == "snapshot")["rows"]
    assert len(next(one for one in rows if one["kind"] == "pack")["versions"]) >= 4


def test_two_people_at_one_row_overwrite_nothing_unseen(
    town: Room, adi: Person, tini: Person
) -> None:
    """The second is told who made what of the row, and it is tried only after a choice."""
    seen = active(town)
    other_row, own_row = unit_row(adi), unit_row(adi)
    first = proposed(adi, tried(adi, {**CREW, "row": {**other_row, "post": "amb_halmahera"}}))
    adi.done("pack.activate", pack="city", number=first)
    until(lambda: active(town) == first, "the version is in use")
    edit = {**CREW, "row": {**own_row, "post": "amb_bangetayu"}, "seen": seen}
    trial = tried(tini, edit)
    (conflict,) = trial["conflicts"]
    assert (conflict["by"], conflict["version"], conflict["reason"]) == ("Admin", first, "uji")
    assert conflict["now"]["row"]["post"] == "amb_halmahera"
    assert (trial["files"], trial["changes"]) == ({}, [])
    chosen = tried(tini, {**edit, "seen": first})
    assert chosen["conflicts"] == []
    untouched = {"file": "units.yaml", "path": "units[AMB02]", "row": None, "seen": seen}
    assert tried(tini, untouched)["conflicts"] == []
