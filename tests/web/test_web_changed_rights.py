"""Somebody's rights change while their screen is open: it gets nothing more, and begins anew."""

import contextlib
import json
from typing import Any

import pytest
from msgspec import structs
from web_room import Person, Room, Screen, until
from websockets.exceptions import ConnectionClosed

from kentongan.core.words import AgencyKey, AgentId, Role, UnitId


def change(room: Room, name: str, **fields: Any) -> None:
    """What an admin does to an account."""
    account = room.store.accounts.find(AgentId(f"agent-{name}"))
    assert account is not None
    room.store.accounts.put(structs.replace(account, **fields))


def texts_until_closed(screen: Screen) -> str:
    """All that still comes."""
    texts: list[str] = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            texts.append(json.dumps(screen.frame()))
    assert json.loads(texts[-1]) == {"k": "bye", "reason": "session_ended"}
    return "".join(texts)


def tasked(room: Room, key: str, agency: str) -> None:
    """An incident of an agency."""
    rina, budi = room.person("rina"), room.person("budi")
    room.incident(rina, key, "MED-01")
    budi.done("task.task", incident=f"i-{key}", agency=agency, lead=True)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("dinkes", {"agency": AgencyKey("damkar")}),
        ("dinkes", {"roles": (Role.EVALUATOR,), "agency": None}),
        ("dinkes", {"agency": None}),
        ("amb01", {"unit": UnitId("DMK01")}),
        ("sari", {"roles": (Role.EVALUATOR,)}),
        ("sari", {"disabled": True}),
    ],
)
def test_an_open_screen_ends_with_the_rights_it_was_opened_with(
    room: Room, name: str, fields: dict[str, Any]
) -> None:
    """The goodbye is the last frame: what happens afterwards does not reach the old screen."""
    person = room.person(name)
    with person.screen() as screen:
        screen.frame()
        change(room, name, **fields)
        until(lambda: not _is_open(room, person))
        tasked(room, "later", "dinkes")
        assert "i-later" not in texts_until_closed(screen)


def test_an_officer_moved_to_another_agency_begins_with_that_agencys_rows(room: Room) -> None:
    """Also a page that was away and asks to go on: it gets everything anew, nothing of before."""
    tasked(room, "health", "dinkes")
    tasked(room, "fire", "damkar")
    until(lambda: room.parts.live.seq == room.store.last_position())
    officer = room.person("dinkes")
    with officer.screen() as screen:
        first = screen.frame()
    assert "i-health" in json.dumps(first)
    assert "i-fire" not in json.dumps(first)
    with officer.screen(since=first["seq"]) as screen:
        assert screen.frame()["k"] == "resume"
    change(room, "dinkes", agency=AgencyKey("damkar"))
    until(lambda: officer.get("/api/session").json()["agent"]["agency"] == "damkar")
    for _ in range(2):  # another tab, later, had the old rows too
        with officer.screen(since=first["seq"]) as screen:
            again = screen.frame()
        assert again["k"] == "snapshot"
        assert "i-fire" in json.dumps(again)
        assert "i-health" not in json.dumps(again)


def test_a_new_name_ends_no_screen(room: Room) -> None:
    """Only rights count: a corrected name in the middle of a call closes nothing."""
    rina = room.person("rina")
    with rina.screen() as screen:
        screen.frame()
        change(room, "rina", label="Rina Astuti")
        until(lambda: rina.get("/api/session").json()["agent"]["name"] == "Rina Astuti")
        for _ in range(3):
            assert screen.until(lambda frame: frame["k"] == "positions")


def _is_open(room: Room, person: Person) -> bool:
    live = room.parts.live
    return any(
        listener.agent.id == person.me["agent"]["id"] and listener._last is None
        for listener in live._everybody()
    )
