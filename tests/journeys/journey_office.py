"""The pages of Atur with something on them: a row that two people changed, a local name."""

import json
import secrets
from typing import Any, Final, cast

from journey_browser import Person
from playwright.sync_api import expect

READY: Final = {
    "isi": "[role=option]",
    "coba": "section[aria-labelledby=conflicts]",
    "versi": "[role=option]",
    "panduan": "ol.steps li",
    "nama": ".inner [role=option]",
    "pengguna": "section[aria-labelledby=account-past] li",
    "jejak": "tbody td",
    "kesehatan": "dd p",
    "cadangan": "p.last",
}
"""Each page, and what is there when its first answers have come."""

PAGES: Final = tuple(READY)


def turn(admin: Person, page: str) -> None:
    """To that page of Atur, when its first answers are there."""
    admin.page.evaluate("(page) => { location.hash = `#/atur/${page}`; }", page)
    chosen = admin.page.locator(f'nav a[href="#/atur/{page}"]')
    expect(chosen).to_have_attribute("aria-current", "page")
    expect(admin.page.locator(READY[page]).first).to_be_visible()


def both_changed(admin: Person) -> None:
    """Somebody moved AMB01 and put that to use; this browser has a draft that renames it."""
    row = next(one for one in _units(admin) if one["path"] == "units[AMB01]")
    edit = {"file": "units.yaml", "path": row["path"], "yaml": row["yaml"], "is_new": False}
    if _asked(admin, "GET", "/api/pack")["active"] == 0:
        moved = {**edit, "row": {**row["row"], "post": "amb_srondol"}}
        trial = _asked(admin, "POST", "/api/pack/trial", {"base": 0, "edits": [moved]})
        assert trial["changes"] != []
        reason = "Pos ambulans Pandanaran direnovasi"
        admin.command("pack.propose", pack="city", base=0, files=trial["files"], reason=reason)
        admin.command("pack.activate", pack="city", number=1)
    label = {"id": "Ambulans Hebat Satu", "en": "Ambulance One"}
    mine = {**edit, "row": {**row["row"], "post": "amb_pandanaran", "label": label}, "seen": 0}
    kept = json.dumps(json.dumps({"base": 0, "edits": [mine]}))
    admin.page.add_init_script(f"localStorage.setItem('kentongan.atur', {kept});")
    admin.page.reload()
    expect(admin.page.locator("[data-main]")).to_be_enabled()
    admin.press("Enter")
    expect(admin.page.get_by_role("navigation").first).to_be_visible()


def name_a_place(person: Person) -> None:
    """What people call a place, for the supervisor to accept."""
    said = {"sealed": "personal", "text": "pasar krempyeng"}
    person.command(
        "alias.add",
        alias=f"look-{secrets.token_hex(4)}",
        phrases=[said],
        label={**said, "text": "Pasar Krempyeng Pandanaran"},
        point={"lat": -6.9905, "lon": 110.4229},
    )


def _units(admin: Person) -> list[dict[str, Any]]:
    shown = _asked(admin, "GET", "/api/pack/tables/units.yaml/units")
    return cast("list[dict[str, Any]]", shown["rows"])


def _asked(admin: Person, method: str, path: str, body: object = None) -> dict[str, Any]:
    status, text = admin.ask(method, path, body)
    assert status == 200, text
    return cast("dict[str, Any]", json.loads(text))
