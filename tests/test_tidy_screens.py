"""The front end's own rules that neither its compiler nor its type checker can see.

The catalogues agree, pins carry no addresses, and a page loads little code.
"""

import gzip
import json
import re
from pathlib import Path
from typing import get_args

import pytest

from kentongan.core.events import AnyEvent
from kentongan.measure.judging import ENGLISH

ROOT = Path(__file__).parent.parent


def told(faults: list[str], rule: str) -> None:
    """Fails with the rule and every place that breaks it."""
    assert not faults, f"{rule}:\n  " + "\n  ".join(faults)


def test_every_language_has_the_same_words() -> None:
    """The catalogues have the same keys, sorted, and the same parameters; `_one` may be extra."""
    folder = ROOT / "web" / "locales"
    catalogues = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")
    }
    source = catalogues["id"]
    faults: list[str] = []
    for language, words in catalogues.items():
        extra = {
            key for key in words.keys() - source.keys() if key.removesuffix("_one") not in source
        }
        faults += [f"{language}: missing {key}" for key in sorted(source.keys() - words.keys())]
        faults += [f"{language}: unknown {key}" for key in sorted(extra)]
        faults += [f"{language}: {key} is empty" for key, text in words.items() if not text.strip()]
        if list(words) != sorted(words):
            faults.append(f"{language}: keys are not sorted")
        for key in source.keys() & words.keys():
            wanted, given = (
                set(re.findall(r"\{(\w+)\}", text)) for text in (source[key], words[key])
            )
            if wanted != given:
                faults.append(f"{language}: {key} has {sorted(given)}, not {sorted(wanted)}")
    told(faults, "the catalogues agree")


def test_the_timeline_has_words_for_every_event() -> None:
    """What happened to an incident, a report or a task is told in words, never by a key."""
    words = json.loads((ROOT / "web" / "locales" / "id.json").read_text(encoding="utf-8"))
    kinds = ("incident", "report", "task", "assignment")
    tags = [str(event.__struct_config__.tag) for event in get_args(AnyEvent)]
    faults = [tag for tag in tags if tag.split(".")[0] in kinds and f"event.{tag}" not in words]
    assert tags
    told(faults, "every event of the timeline has words")


def test_every_remark_on_a_call_has_words() -> None:
    """What an arriving call is remarked with is read by an operator, never as a key."""
    words = json.loads((ROOT / "web" / "locales" / "id.json").read_text(encoding="utf-8"))
    arrival = ROOT / "src" / "kentongan" / "edge" / "switch" / "arrival.py"
    remarks = {
        *re.findall(r'"([a-z]+(?:_[a-z]+)+)"', arrival.read_text(encoding="utf-8")),
        *("web_call", "language_id", "language_jv", "language_en"),
        *("place_unreadable", "number_cut", "raw_facts_cut"),
    }
    assert "sdp_absent" in remarks
    told([one for one in sorted(remarks) if f"remark.{one}" not in words], "remarks have words")


def test_whatever_cannot_be_judged_is_said_in_both_languages() -> None:
    """The screens say why a standard has no figure in their own words, never in the record's."""
    for language in ("id", "en"):
        path = ROOT / "web" / "locales" / "evaluasi" / f"{language}.json"
        words = json.loads(path.read_text(encoding="utf-8"))
        told(
            [f"{language}: judged.{key}" for key in ENGLISH if f"judged.{key}" not in words],
            path.name,
        )


def test_a_theme_is_colours_alone() -> None:
    """What axe found in one theme holds in the other, and so does every place and width: all that a
    theme sets is a colour, or whether a line of that colour is there."""
    sheets = [
        path
        for kind in ("*.css", "*.svelte", "*.html")
        for path in (ROOT / "web").rglob(kind)
        if "node_modules" not in path.parts
    ]
    colour = r"#[0-9a-f]{6}|transparent|var\(--\w+\)|[02]|dark|light"
    faults: list[str] = []
    rules = 0
    for path in sheets:
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for body in re.findall(r"\[data-theme[^{}]*\{([^}]*)\}", text):
            rules += 1
            for line in filter(None, map(str.strip, body.split(";"))):
                name, _, value = line.partition(":")
                of_colour = name.startswith("--") or name in ("background", "color", "color-scheme")
                if not of_colour or not re.fullmatch(colour, value.strip()):
                    faults.append(f"{path.name}: {line}")
    assert rules > 2, "the themes were not found"
    told(faults, "a theme is colours alone")


def test_npm_pins_carry_no_addresses() -> None:
    """npm packages are pinned by version and hash; where they come from is the machine's own."""
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))
    faults = [
        f"web/package-lock.json: {name}"
        for name, package in lock["packages"].items()
        if "resolved" in package or (name and "integrity" not in package)
    ]
    told(faults, "no addresses in lock files")


def size_of(static: Path, entries: list[str], *, with_styles: bool = False) -> int:
    """Compressed bytes of the code that these entries load at once, each file counted once."""
    manifest = json.loads((static / "manifest.json").read_text(encoding="utf-8"))
    found: set[str] = set()
    waiting = [entry for entry in entries if entry in manifest]
    while waiting:
        part = manifest[waiting.pop()]
        if part["file"] not in found:
            found.add(part["file"])
            waiting += part.get("imports", [])
            found.update(part.get("css", []) if with_styles else [])
    kinds = (".js", ".css")
    files = ((static / name).read_bytes() for name in found if name.endswith(kinds))
    return sum(len(gzip.compress(content, 9)) for content in files)


@pytest.mark.parametrize(
    ("page", "screens", "most"),
    [
        ("index.html", [], 30 * 1024),
        ("konsol.html", ["calls", "fleet", "agency", "watch", "admin"], 60_000),
        ("lapangan.html", ["unit"], 38_000),
    ],
)
def test_pages_load_little_code(page: str, screens: list[str], most: int) -> None:
    """A page with any one of its screens stays within its budget of compressed code.

    Words, styles, fonts, and what is loaded later (the map, who else is in a call) do not count.
    The console's holds what a desk does with a call before anything else can be fetched: answer,
    hold, mute, decline, ring back, and the telephone that connects again.
    """
    static = ROOT / "src" / "kentongan" / "edge" / "web" / "static"
    if not (static / "manifest.json").is_file():
        pytest.skip("the screens are not built: make web")
    folders = [f"console/{name}" if name != "unit" else name for name in screens] or [""]
    sizes = {folder: size_of(static, [page, f"{folder}/Screen.svelte"]) for folder in folders}
    told(
        [f"{page} {folder}: {size} bytes" for folder, size in sizes.items() if size > most],
        f"a page loads at most {most} bytes of code",
    )


def test_the_citizens_page_is_small() -> None:
    """Code, styles and words in three languages; it opens on a bad network."""
    static = ROOT / "src" / "kentongan" / "edge" / "web" / "static"
    if not (static / "manifest.json").is_file():
        pytest.skip("the screens are not built: make web")
    page = (static / "warga.html").read_text(encoding="utf-8")
    size = size_of(static, ["warga.html"], with_styles=True) + len(gzip.compress(page.encode()))
    assert size <= 25 * 1024
    assert not re.search(r"(src|href)=\"(https?:)?//", page), "nothing comes from elsewhere"
