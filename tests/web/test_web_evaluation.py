"""The screen *Evaluasi* over HTTP: who may ask for what, and what the question becomes."""

import json
import threading
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path

import pytest
from msgspec import structs
from web_room import Room

from kentongan.app.handle import Busy
from kentongan.edge.web.evaluation_routes import EACH_MAX
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.turns import Turns

Asked = tuple[dict[str, str], str | None, bool]


@pytest.fixture
def asked() -> list[Asked]:
    """What reached the figures."""
    return []


@pytest.fixture
def slow() -> threading.Event:
    """Answers to a question about `slow` wait for this."""
    return threading.Event()


@pytest.fixture
def figures(tmp_path: Path, asked: list[Asked], slow: threading.Event) -> "Room":
    """A room whose figures only note the question."""
    room = Room(tmp_path)

    def insight(
        params: Mapping[str, str], own: str | None, _now: datetime, training: bool, _viewer: str
    ) -> bytes:
        if params.get("interval") == "slow":
            slow.wait(20)
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


def test_nobody_fills_the_room_with_questions(figures: Room, slow: threading.Event) -> None:
    """One question too many of a viewer is told so at once; others are still answered."""
    eva, sari = figures.person("eva"), figures.person("sari")
    screen = "/api/evaluation/screen"
    with ThreadPoolExecutor(EACH_MAX + 2) as pool:
        asked = {pool.submit(eva.get, screen, interval="slow") for _ in range(EACH_MAX + 1)}
        first, others = wait(asked, 15, FIRST_COMPLETED)
        other = pool.submit(sari.get, screen, interval="slow")
        slow.set()
        assert other.result(15).status_code == 200
    refused = next(iter(first)).result()
    assert len(first) == 1
    assert refused.status_code == 429
    assert refused.json()["reason"] == "evaluation_many"
    assert refused.json()["message"]["id"].startswith(f"Anda sudah menunggu {EACH_MAX} jawaban")
    assert refused.headers["Retry-After"] == "3"
    assert [one.result().status_code for one in others] == [200] * EACH_MAX
    assert eva.get(screen).status_code == 200
    figures.close()


def test_all_viewers_together_are_told_that_it_is_busy() -> None:
    """Beyond so many of all there is no turn; one that is over makes room."""
    turns = Turns(2, 3, "evaluation_many")
    with turns.turn("eva"), turns.turn("eva"), turns.turn("sari"):
        with pytest.raises(Busy), turns.turn("rina"):
            pass
        with pytest.raises(Problem), turns.turn("eva"):
            pass
    with turns.turn("rina"), turns.turn("eva"), turns.turn("eva"):
        pass
