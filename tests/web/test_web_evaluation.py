"""The screen *Evaluasi* over HTTP: who may ask for what, and what the question becomes."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from msgspec import structs
from web_room import Room

Asked = tuple[dict[str, str], str | None, bool]


@pytest.fixture
def asked() -> list[Asked]:
    """What reached the figures."""
    return []


@pytest.fixture
def figures(tmp_path: Path, asked: list[Asked]) -> "Room":
    """A room whose figures only note the question."""
    room = Room(tmp_path)

    def insight(
        params: Mapping[str, str], own: str | None, _now: datetime, training: bool
    ) -> bytes:
        asked.append((dict(params), own, training))
        if params.get("interval") == "moon":
            raise ValueError("no interval 'moon'")
        if own and params.get("agency") not in (None, own):
            raise LookupError(params["agency"])
        return (
            b"PAR1..PAR1" if params.get("part") == "parquet" else json.dumps({"own": own}).encode()
        )

    room.given = structs.replace(room.given, insight=insight)
    room.start()
    return room


def test_who_may_ask_and_for_whom(figures: Room, asked: list[Asked]) -> None:
    """Supervisor and evaluator any agency, an officer the own, nobody else; no is a reason."""
    screen, cases = "/api/evaluation/screen", "/api/evaluation/cases.parquet"
    for name in ("sari", "eva"):
        assert figures.person(name).get(screen, agency="damkar").json() == {"own": None}
    officer = figures.person("damkar")
    assert officer.get(screen).json() == {"own": "damkar"}
    assert officer.get(screen, agency="dinkes").status_code == 404
    assert officer.get(cases, agency="dinkes").status_code == 404
    for name in ("rina", "budi", "amb01", "admin"):
        person = figures.person(name)
        assert person.get(screen).status_code == 403, name
        assert person.get(cases).status_code == 403, name
    assert figures.browser().get(screen).status_code == 401
    refused = figures.person("eva").get(screen, interval="moon")
    assert refused.status_code == 400
    assert refused.json()["details"] == {"detail": "no interval 'moon'"}
    asked.clear()
    file = officer.get(cases, interval="travel", days="30", part="worst", viewer="x")
    assert file.content[:4] == b"PAR1"
    assert asked == [({"interval": "travel", "days": "30", "part": "parquet"}, "damkar", False)]
    logged = [one for one in figures.store.accounts.accesses() if one.what == "evaluation:cases"]
    assert [one.viewer for one in logged] == ["agent-damkar"]
    figures.close()
