"""The paper pack over HTTP: the newest one for the room, on record, and no bad one."""

import pytest
from web_room import Room

from kentongan.edge.web import paper_routes

PACK = "<!doctype html><title>Paket</title>"


def test_the_room_gets_the_newest_and_it_is_on_record(hall: Room) -> None:
    """404 before there is one; then the page as it was made, and who has read it."""
    budi = hall.person("budi")
    assert budi.get("/api/paper").status_code == 404
    assert not hall.store.accounts.accesses(what="paper")
    hall.paper_file.write_text(PACK)
    answer = budi.get("/api/paper")
    assert answer.text == PACK
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert [one.viewer for one in hall.store.accounts.accesses(what="paper")] == ["agent-budi"]
    hall.paper_file.unlink()


def test_what_cannot_be_a_pack_is_not_handed_out(
    hall: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file beyond every bound."""
    monkeypatch.setattr(paper_routes, "PACK_BYTES_MAX", 10)
    hall.paper_file.write_text(PACK)
    assert hall.person("budi").get("/api/paper").status_code == 404
    hall.paper_file.unlink()
