"""A broken pack says file, line and field, and nothing but `PackError` ever comes out."""

from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kentongan.cities.files import FILES, AgenciesFile, UnitsFile, file_name
from kentongan.cities.pack import PackError, check, load, packaged, to_text
from kentongan.cities.read import FILE_BYTES_MAX, Problems, compose, read

_N = "categories[0].natures[{}].{}"
UNITS_FIRST_LINE = 5
_S = "scripts[0].lines[0].text"
_R = "run_cards[0]."
_P2 = "stages[1].priorities[0]"
_S1, _S3, _S4 = (f"stages[0].send[{n}]" for n in (0, 2, 3))
_C = "run_cards[2].natures[0]"
AGENCIES = (packaged() / "agencies.yaml").read_text(encoding="utf-8")


def replace(folder: Path, name: str, old: str, new: str) -> int:
    """Change the first `old` in a file; returns the line it was in."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_missing_text_names_file_line_and_field(folder: Path) -> None:
    """The example of the handbook: the Indonesian name of the fourth agency is missing."""
    line = replace(folder, "agencies.yaml", "name: {id: Polrestabes Semarang, en:", "name: {en:")
    assert to_text(check(folder)) == f"agencies.yaml:{line}: agencies[3].name.id: missing"


@pytest.mark.parametrize(
    ("name", "old", "new", "field", "words"),
    [
        ("agencies.yaml", "short: Damkar", "shrot: Damkar", "agencies[2].shrot", "unknown field"),
        ("agencies.yaml", "short: Damkar", "short:", "agencies[2].short", "is empty"),
        ("agencies.yaml", "short: Damkar", 'short: " "', "agencies[2].short", "is empty"),
        ("agencies.yaml", "key: damkar", "key: dinkes", "agencies[2].key", "already used in line"),
        ("agencies.yaml", "kind: fire", "kind: water", "agencies[2].kind", "is not one of"),
        ("agencies.yaml", "short: Damkar", "short: [a]", "agencies[2].short", "must be text"),
        (
            "agencies.yaml",
            "source: [NEWS]",
            "source: [GUESS]",
            "agencies[0].source[0]",
            "no source",
        ),
        ("agencies.yaml", "source: [NEWS]", "source: []", "agencies[0].source", "is empty"),
        ("agencies.yaml", "lon: 110.41459}", "lon: 1.1}", "agencies[1].point", "outside the city"),
        ("agencies.yaml", "lon: 110.41459}", "lon: .nan}", "agencies[1].point.lon", "a number"),
        ("agencies.yaml", "lon: 110.41459}", "lon: }", "agencies[1].point.lon", "is empty"),
        ("city.yaml", "key: desk_1,", "key: desk_1, phone: atas,", "desks[0].phone", "no number"),
        ("units.yaml", "Hebat 2,", "Hebat \u202e2,", "units[1].label.id", "(U+202E)"),
        ("units.yaml", "crew: 3", "crew: three", "units[0].crew", "must be a whole number"),
        ("units.yaml", "crew: 3", "crew: 99999999999999999999", "units[0].crew", "whole number"),
        ("units.yaml", "  demo: true", "  demo: yes", "units[0].demo", "must be true or false"),
        ("units.yaml", "  post: amb_pandanaran\n", "", "units[0].post", "missing"),
        ("units.yaml", "post: amb_pandanaran", "post: moon", "units[0].post", "there is no post"),
        ("units.yaml", "agency: dinkes", "agency: dp3a", "units[0].agency", "has no units"),
        ("units.yaml", "agency: dinkes", "agency: nobody", "units[0].agency", "there is no agency"),
        ("units.yaml", "AMB02", "AMB01", "units[1].call_sign", "already used in line 5"),
        ("units.yaml", "units:", "units: 3\nmore:", "units", "must be a list"),
        (
            "taxonomy.yaml",
            "support: [pmi, relawan, damkar]",
            "support: [pmi, polrestabes]",
            "categories[0].natures[0].support[1]",
            "there is no agency 'polrestabes'",
        ),
        (
            "taxonomy.yaml",
            "protocol: T02",
            "protocol: T99",
            "categories[0].natures[0].protocol",
            "there is no protocol",
        ),
        ("taxonomy.yaml", "code: MED-02", "code: MED-01", _N.format(1, "code"), "already used"),
        ("taxonomy.yaml", "code: MED-02", "code: LAK-99", _N.format(1, "code"), "does not begin"),
        (
            "taxonomy.yaml",
            "needs: [als]",
            "needs: [hazmat]",
            _N.format(0, "needs[0]"),
            "no unit of",
        ),
        (
            "areas.yaml",
            "lat: -6.98371, lon: 110.41869",
            "lat: -7.98371, lon: 110.41869",
            "kecamatan[0].kelurahan[0].point",
            "outside the city's bounding box",
        ),
        (
            "health.yaml",
            '"33.74.07.1001"',
            '"33.74.99.1001"',
            "hospitals[0].kelurahan",
            "there is no",
        ),
        (
            "protocols.yaml",
            "approval: {",
            "approval: {signed_by: B, ",
            "protocols[0].approval",
            "go together",
        ),
        (
            "protocols.yaml",
            "approval: {",
            "approval: {signed_by: B, signed_at: 2026-01-02, signed_version: 1, ",
            "protocols[0].approval.signed_at",
            "a time with its zone",
        ),
        (
            "protocols.yaml",
            "{answer: [factory], nature: KBK-06}",
            "{answer: [castle], nature: KBK-06}",
            "protocols[0].questions[0].rules[0].answer[0]",
            "nobody can answer 'castle'",
        ),
        (
            "protocols.yaml",
            "{answer: [factory], nature: KBK-06}",
            "{answer: [factory]}",
            "protocols[0].questions[0].rules[0]",
            "leads to nothing",
        ),
        (
            "protocols.yaml",
            "Ada orang di dalam?",
            "Apakah masih ada satu dua tiga empat orang di dalam?",
            "protocols[0].questions[1].text.id",
            "more than 8 words",
        ),
        ("scripts.yaml", "dengan {name}. Apa", "dengan {nama}. Apa", _S, "the same {words}"),
        ("targets.yaml", "end: departed", "end: arived", "targets[8].end", "there is no stamp"),
        ("targets.yaml", "share: 0.95", "share: 95", "targets[0].share", "at most 1"),
        ("sounds.yaml", "file: wait_id.wav", "file: ../x.wav", "sounds[0].file", "must be lower"),
        ("sounds.yaml", "file: wait_id.wav", "file: none.wav", "sounds[0].file", "is missing"),
        ("sounds.yaml", "of: hold\n", "of: hald\n", "sounds[2].of", "there is no sound of its own"),
        (
            "sounds.yaml",
            "language: jv",
            "language: su",
            "sounds[2].language",
            "there is no language",
        ),
        ("sounds.yaml", "language: en", "language: jv", "sounds[3].language", "already used"),
        (
            "sounds.yaml",
            "en: A call-taker is reading.",
            'en: "a\\nb"',
            "written.here.en",
            "one line of",
        ),
        ("city.yaml", "Asia/Jakarta", "Asia/Semarang", "city.timezone", "not an IANA time zone"),
        ("city.yaml", "Asia/Jakarta", "../../etc", "city.timezone", "not an IANA time zone"),
        ("city.yaml", '["119", ', '["112", ', "lines[2].dialled[0]", "already used in line"),
        ("run-cards.yaml", "natures: [KBK-01", "natures: [KBK-77", _R + "natures[0]", "no sub-cat"),
        ("run-cards.yaml", "natures: [MED-01", "natures: [KBK-09", _C, "has another card already"),
        ("run-cards.yaml", "priorities: [P2]", "priorities: [P1]", _R + _P2, "has a stage already"),
        ("run-cards.yaml", "priorities: [P2]", "priorities: [P5]", _R + _P2, "is not sent to"),
        ("run-cards.yaml", "[pump], count: 3", "[pump], count: 9", _R + _S1, "the fleet has 7"),
        (
            "run-cards.yaml",
            "[pump], count: 3",
            "[pump], count: 0",
            _R + _S1 + ".count",
            "from 1 to 20",
        ),
        ("run-cards.yaml", "[pump], count: 3", "[pumps]", _R + _S1 + ".needs[0]", "is not one of"),
        ("run-cards.yaml", "{needs: [bls]}", "{needs: []}", _R + _S3, "any unit of anybody"),
        ("run-cards.yaml", "[polisi]", "[polizei]", _R + _S4 + ".agencies[0]", "no agency"),
        (
            "run-cards.yaml",
            "categories: [KBK]",
            "categories: []",
            "run_cards[1].categories",
            "no category",
        ),
        ("run-cards.yaml", "s: at_hospital", "s: at_home", "busy[1].progress", "must be one of"),
        (
            "city.yaml",
            "own_first_s: 180",
            "own_first_s: 9999",
            "city.own_first_s",
            "from 0 to 1800",
        ),
        ("run-cards.yaml", "typical_s: 1200", "typical_s: 5", "busy[1].typical_s", "from 60 to"),
        ("words-jv.yaml", "code: MED-01", "code: MED-77", "words[0].code", "no sub-category"),
    ],
)
def test_every_mistake_is_named(
    folder: Path, name: str, old: str, new: str, field: str, words: str
) -> None:
    """Each kind of mistake gives exactly its file, its line and its field, and says what."""
    line = replace(folder, name, old, new)
    found = [one for one in check(folder) if one.field == field and words in one.words]
    assert [one.file for one in found] == [name], to_text(check(folder))
    # A field that is missing is reported where its entry begins, any other in its own line.
    assert found[0].line == (UNITS_FIRST_LINE if words == "missing" else line)


def test_line_is_exact(folder: Path) -> None:
    """A wrong value in a block is reported in the line it stands in."""
    line = replace(folder, "units.yaml", "crew: 6", "crew: six")
    assert [(one.line, one.words) for one in check(folder)] == [
        (line, "must be a whole number, is 'six'")
    ]


def test_a_lead_agency_without_units_is_named(folder: Path) -> None:
    """When the last unit of a leading agency goes, the pack says what nobody can answer."""
    path = folder / "units.yaml"
    blocks = path.read_text(encoding="utf-8").split("- call_sign: ")
    kept = [block for block in blocks if "agency: pln" not in block]
    path.write_text("- call_sign: ".join(kept), encoding="utf-8")
    words = [one.words for one in check(folder) if one.file == "taxonomy.yaml"]
    assert "pln leads UTL-01 and has no unit" in words


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    """Two files with one mistake each give both, sorted by file and line."""
    replace(folder, "units.yaml", "crew: 6", "crew: six")
    replace(folder, "agencies.yaml", "kind: fire", "kind: water")
    assert [one.file for one in check(folder)] == ["agencies.yaml", "units.yaml"]


def test_missing_file_and_folder(folder: Path, tmp_path: Path) -> None:
    """A file that is not there is named; an empty folder names them all."""
    (folder / "units.yaml").unlink()
    assert to_text(check(folder)) == "units.yaml:1: the file is missing"
    assert len(check(tmp_path / "nowhere")) == len(FILES)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"units: [", "not YAML"),
        (b"units:\n  - a\n b: c", "not YAML"),
        (b"\xff\xfe\xff", "is not UTF-8 text"),
        (b"units: \x00", "not YAML"),
        (b"- [" * 30_000, "not YAML"),
        (b"a: &a [1, 2]\nunits: [*a, *a]", "aliases (*name) are not allowed"),
        (b"a: &a\n  b: *a\n", "aliases (*name) are not allowed"),
        (b"units: !!python/object/apply:os.system [echo]", "must be"),
        (b"units: " + b"[" * 60 + b"]" * 60, "nested deeper than"),
        (b"x" * (FILE_BYTES_MAX + 1), "larger than"),
        (b"units: [" + b"a," * 250_000 + b"]", "more than 200000 values"),
        (b"units: []\nunits: []", "given twice"),
        (b"? [a]\n: b", "a field's name must be a word"),
    ],
)
def test_hostile_files_are_refused(folder: Path, content: bytes, words: str) -> None:
    """Bombs, loops, tags, foreign encodings and huge files end in a sentence, not in a crash."""
    (folder / "units.yaml").write_bytes(content)
    problems = check(folder)
    assert any(words in one.words for one in problems if one.file == "units.yaml")


def test_alias_bomb_is_refused_before_it_grows(folder: Path) -> None:
    """Nine levels of ten references would be a thousand million values; it takes no time."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    (folder / "units.yaml").write_text("\n".join(lines), encoding="utf-8")
    assert [one.words for one in check(folder)] == ["aliases (*name) are not allowed"]


FRAGMENTS = st.sampled_from(
    (
        "[",
        "]",
        "{",
        "}",
        ":",
        "- ",
        "\n",
        "  ",
        "'",
        '"',
        "&a ",
        "*a",
        "!!x ",
        "|",
        ">",
        "%",
        "@",
        "~",
        "null",
        "0x1",
        "1e999",
        "-",
        "? ",
        "#",
        "\t",
        "---",
        "...",
        "<<: ",
        "key: x",
        "😀",
    )
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The agencies file with up to five wounds."""
    text = AGENCIES
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 40))
        text = text[:at] + draw(FRAGMENTS | st.text(max_size=6)) + text[at + cut :]
    return text


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=mutated())
def test_a_wounded_pack_loads_or_says_why(folder: Path, text: str) -> None:
    """Whatever happens to a file: a pack or a `PackError` whose problems lie in real lines."""
    (folder / "agencies.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        load(folder)
        problems = None
    except PackError as error:
        problems = error.problems
    assert problems != []
    for one in problems or []:
        length = len((folder / one.file).read_bytes().splitlines()) + 2
        assert 1 <= one.line <= length
        assert one.to_text().startswith(f"{one.file}:{one.line}: ")


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.binary(max_size=300) | st.lists(FRAGMENTS, max_size=40).map("".join).map(str.encode)
)
def test_the_reader_raises_nothing(tmp_path: Path, content: bytes) -> None:
    """Any bytes at all give a value or problems, never an exception."""
    path = tmp_path / "units.yaml"
    path.write_bytes(content)
    problems = Problems()
    document = compose(path, problems)
    value = None if document is None else read(document, UnitsFile, problems)
    assert (value is None) == bool(problems.found)


def test_a_file_is_its_struct(tmp_path: Path) -> None:
    """What a Struct holds, written as YAML (JSON is YAML), reads back as the same Struct."""
    problems = Problems()
    document = compose(packaged() / "agencies.yaml", problems)
    assert document is not None
    once = read(document, AgenciesFile, problems)
    path = tmp_path / file_name("agencies")
    path.write_bytes(msgspec.json.encode(_given(msgspec.to_builtins(once))))
    again = compose(path, problems)
    assert again is not None
    assert read(again, AgenciesFile, problems) == once
    assert problems.found == []


def _given(value: Any) -> Any:
    """Without empty texts, which a file would not write."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {key: _given(inner) for key, inner in fields.items() if inner != ""}
    if isinstance(value, list | tuple):
        return [_given(inner) for inner in cast("list[Any]", value)]
    return value


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("contacts: [pln]", "contacts: [moon]", "telephones[0].contacts[0]", "no contact"),
        ("contacts: [pln]", "contacts: []", "telephones[0].contacts", "only the last"),
        ("pickup: busy", "pickup: perhaps", "telephones[0].pickup", "is not one of"),
        ("sound: agency_1", "sound: agency_9", "telephones[2].utterances[0].sound", "no sound"),
    ],
)
def test_who_picks_up_in_the_training_room_is_checked(
    folder: Path, old: str, new: str, field: str, words: str
) -> None:
    """A telephone names contacts of the directory and sounds of the pack; one is for the rest."""
    line = replace(folder, "scenarios.yaml", old, new)
    said = to_text(check(folder))
    assert f"scenarios.yaml:{line}: {field}: " in said
    assert words in said
