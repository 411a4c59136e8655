"""Rows changed in the text of a file: only the row, and every other letter stays."""

import gc
import re

import pytest

from kentongan.app.pack_trial import prepared, try_files
from kentongan.cities.changes import Change, changes_between
from kentongan.cities.edit import Edit, EditError, edited
from kentongan.cities.files import FILES, file_name
from kentongan.cities.pack import PackError, packaged, read_checked
from kentongan.cities.safeguards import safeguards, weakenings
from kentongan.cities.tables import rows_of, tables
from kentongan.core.commands import ProposePack
from kentongan.core.words import PackKey
from kentongan.edge.web.pack_trials import shown

FILES_ON_DISK = read_checked(packaged())
TEXT = """# Who goes.
units:
- call_sign: AMB01  # the first
  label: {id: Satu, en: One}
  crew: 3

# Motorcycles.
- {call_sign: AMB02, crew: 1}
- call_sign: AMB03
  note: |
    Two lines
    of words.
"""


def change(path: str, row: dict[str, object] | None, *, is_new: bool = False) -> str:
    return edited(TEXT, [Edit(file="units.yaml", path=path, row=row, is_new=is_new)])


def test_a_changed_row_is_written_in_its_place() -> None:
    """Comments around it, its neighbours and their order stay as they are."""
    new = change(
        "units[AMB01]", {"call_sign": "AMB01", "label": {"id": "Satu", "en": "One"}, "crew": 4}
    )
    assert new == TEXT.replace("AMB01  # the first", "AMB01").replace("crew: 3", "crew: 4")
    new = change("units[AMB02]", {"call_sign": "AMB02", "crew": 2})
    assert new == TEXT.replace("crew: 1", "crew: 2")


def test_a_new_row_stands_at_the_end_and_a_row_can_go() -> None:
    """In the shape of its list."""
    new = change("units[AMB04]", {"call_sign": "AMB04", "crew": 2}, is_new=True)
    assert new.rstrip().endswith("- call_sign: AMB04\n  crew: 2")
    assert new.startswith(TEXT.rstrip())
    gone = change("units[AMB02]", None)
    assert gone == TEXT.replace("- {call_sign: AMB02, crew: 1}\n", "")


def test_the_last_row_leaves_an_empty_list_and_the_first_fills_it() -> None:
    """Both are YAML that reads back."""
    one = "units:\n- call_sign: AMB01\n  crew: 1\nnext: 1\n"
    empty = edited(one, [Edit(file="u", path="units[AMB01]")])
    assert empty == "units: []\nnext: 1\n"
    row: dict[str, object] = {"call_sign": "X1", "crew": 1}
    filled = edited(empty, [Edit(file="u", path="units[X1]", row=row, is_new=True)])
    assert filled == "units: [{call_sign: X1, crew: 1}]\nnext: 1\n"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Edit(file="u", path="units[NO]", row={"a": 1}), "is not there"),
        (Edit(file="u", path="units[AMB01]", row={"a": 1}, is_new=True), "is already there"),
        (Edit(file="u", path="boats[AMB01]", row={"a": 1}), "there is no boats"),
        (Edit(file="u", path="units]x[", row={"a": 1}), "is no place"),
        (Edit(file="u", path="units", row=None), "cannot be taken away"),
    ],
)
def test_a_place_that_is_not_there_is_said(edit: Edit, words: str) -> None:
    """With its path; the text is not touched."""
    with pytest.raises(EditError, match=words):
        edited(TEXT, [edit])


def test_every_row_of_the_packaged_city_can_be_written_back_and_means_the_same() -> None:
    """Each row of each table, as its form has it: no field is lost, none appears."""
    nested = {"categories", "kecamatan"}  # their rows hold a table of their own
    edits: dict[str, list[Edit]] = {}
    for table in tables(FILES_ON_DISK):
        rows = list(rows_of(FILES_ON_DISK, table))
        if table.key and not table.is_single and table.name not in nested:
            edits.setdefault(table.file, []).extend(
                Edit(file=table.file, path=one.path, row=one.row) for one in rows[:3]
            )
    assert len(edits) > 10
    after = read_checked(packaged(), {file: edited(text_of(file), edits[file]) for file in edits})
    assert changes_between(FILES_ON_DISK, after) == ()


def test_every_list_of_every_file_is_a_table() -> None:
    """What an administrator cannot see in the browser would be changed behind its back."""
    shown = {(table.file, table.name) for table in tables(FILES_ON_DISK)}
    for part, kind in FILES.items():
        listed = {f for f in kind.__struct_fields__ if f not in {"language", "confidence", "note"}}
        assert {name for file, name in shown if file == file_name(part)} >= listed


def text_of(name: str) -> str:
    return (packaged() / name).read_text("utf-8")


def changed(name: str, old: str, new: str) -> tuple[list[str], list[str]]:
    """Paths that differ, and the rules that say it weakens safety."""
    text = text_of(name)
    assert old in text, old
    after = read_checked(packaged(), {name: text.replace(old, new, 1)})
    changes = changes_between(FILES_ON_DISK, after)
    return [one.path for one in changes], [one.rule for one in weakenings(changes)]


def test_a_later_alarm_weakens_and_an_earlier_one_does_not() -> None:
    """The limit of incidents without a unit."""
    limit = next(one for one in FILES_ON_DISK.targets.alarms if one.key == "A-03").limits_s["P1"]
    old = f"P1: {limit}"
    assert changed("targets.yaml", old, f"P1: {limit + 30}")[1] == ["alarm_later"]
    assert changed("targets.yaml", old, f"P1: {limit - 30}")[1] == []


def test_fewer_crew_is_a_change_and_no_weakening_and_a_comment_is_no_change() -> None:
    """Values are compared, not letters."""
    paths, rules = changed("units.yaml", "crew: 3", "crew: 2")
    assert (paths, rules) == (["units[AMB01].crew"], [])
    assert changed("units.yaml", "crew: 3", "crew: 3  # three") == ([], [])


def test_a_danger_word_that_goes_weakens() -> None:
    """It opened the fast lane."""
    word = next(one for one in FILES_ON_DISK.words_id.words if len(one.danger) > 1).danger[-1]
    text = text_of("words-id.yaml")
    match = re.search(rf", {re.escape(word)}\]", text) or re.search(rf"{re.escape(word)}, ", text)
    assert match is not None
    rest = "]" if match[0].endswith("]") else ""
    assert "danger_word_gone" in changed("words-id.yaml", match[0], rest)[1]


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        (
            "agencies.yaml",
            "operator\n  mode: desk",
            "operator\n  mode: tickets",
            "agency_other_mode",
        ),
        (
            "agencies.yaml",
            '{kind: phone, value: "024-7605871"}, ',
            "",
            "agency_channel_gone",
        ),
        (
            "targets.yaml",
            "priorities: [P1]",
            "priorities: [P2]",
            "target_for_fewer_priorities",
        ),
    ],
)
def test_what_keeps_help_from_being_told_needs_two(
    name: str, old: str, new: str, rule: str
) -> None:
    """An agency that nothing rings at any more, a limit that some are left out of."""
    assert rule in changed(name, old, new)[1]


def test_a_sub_category_by_appointment_needs_two_and_one_at_once_does_not() -> None:
    """Nobody comes at once to what is by appointment."""
    path = "categories[MED].natures[MED-01].appointment"
    later, sooner = (
        Change(file="taxonomy.yaml", path=path, before=before, after=not before)
        for before in (False, True)
    )
    assert [one.rule for one in weakenings([later, sooner])] == ["nature_by_appointment"]


def test_who_leads_is_no_one_persons_word() -> None:
    """Of a sub-category, and of a whole category."""
    paths = ("categories[MED].natures[MED-01].lead", "categories[MED].lead")
    leads = [Change(file="taxonomy.yaml", path=one, before="dinkes", after="pmi") for one in paths]
    rules = [one.rule for one in weakenings(leads)]
    assert rules == ["nature_leads_elsewhere", "category_leads_elsewhere"]


def test_a_limit_for_all_is_narrowed_by_naming_some_and_widened_by_naming_none() -> None:
    """An empty list means all."""
    path = "targets[arrive].agencies"
    all_, some = list[str](), ["dinkes"]
    narrower, wider = (
        Change(file="targets.yaml", path=path, before=before, after=after)
        for before, after in ((all_, some), (some, all_))
    )
    assert [one.before for one in weakenings([narrower, wider])] == [all_]


def test_a_number_that_was_called_and_works_is_no_weakening() -> None:
    """Only its mark changes."""
    old = '{kind: phone, value: "024-7605871"}'
    new = '{kind: phone, value: "024-7605871", verified: true}'
    assert changed("agencies.yaml", old, new)[1] == []


@pytest.mark.parametrize("is_same_file", [False, True])
def test_what_weakens_safety_is_found_behind_any_number_of_changes(is_same_file: bool) -> None:
    """And its file goes on: what is not compared needs no second person, or is lost."""
    limit = next(one for one in FILES_ON_DISK.targets.alarms if one.key == "A-03").limits_s["P1"]
    many = "".join(f"- {{key: Z{n}, text: a source, licence: MIT}}\n" for n in range(2_001))
    city = text_of("city.yaml").replace("sources:\n", f"sources:\n{many}", 1)
    files = {"city.yaml": city}
    if is_same_file:
        start = city.index('- key: "112"')
        later = city[start:].replace("  priority: 1\n", "  priority: 9\n", 1)
        files["city.yaml"] = city[:start] + later
    else:
        loose = text_of("targets.yaml").replace(f"P1: {limit}", f"P1: {limit * 100}", 1)
        files["targets.yaml"] = loose
    asked = ProposePack(pack=PackKey("city"), base=0, files=files, reason="x")
    found = prepared(asked, packaged())
    rule = "line_answered_later" if is_same_file else "alarm_later"
    assert [one.rule for one in found.weakens] == [rule]
    assert (set(found.files), found.changes) == (set(files), 2_002)
    trial = shown(0, try_files(packaged(), {}, files), files, packaged(), {})
    assert (len(trial.changes), trial.changes_more, set(trial.files)) == (2_000, 2, set(files))


def test_every_rule_of_two_persons_names_a_place_that_there_is() -> None:
    """A rule for a field that nobody has would protect nothing."""
    known = {
        (table.file, table.name): {c.name for c in table.columns} for table in tables(FILES_ON_DISK)
    }
    for rule in safeguards():
        steps = rule.path.replace("[*]", "").split(".")
        table = steps[1] if steps[:2] == ["categories", "natures"] else steps[0]
        rest = steps[steps.index(table) + 1 :]
        assert (rule.file, table) in known, rule.key
        if rest and rest[0] != "*":
            assert rest[0] in known[rule.file, table], rule.key
        assert rule.why.id != rule.why.en


def test_the_collector_rests_only_while_a_pack_is_read() -> None:
    """Whether the pack is good or broken."""
    assert gc.isenabled()
    read_checked(packaged())
    assert gc.isenabled()
    with pytest.raises(PackError):
        read_checked(packaged(), {"agencies.yaml": ""})
    assert gc.isenabled()
