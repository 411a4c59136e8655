"""Files of other centres and plans over HTTP: who may, what the child is asked, how it ends."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from web_room import Person, Room, until

from kentongan.edge.web import uploads

Told = Callable[[int, int], None] | None


class Child:
    """Answers as a command would; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.ended = 0

    async def __call__(self, arguments: Sequence[str], told: Told = None) -> bytes:
        self.asked.append(tuple(arguments))
        if told is not None:
            told(1, 30)
        text = " ".join(arguments)
        try:
            if "slow" in text:
                await asyncio.sleep(60)
        finally:
            self.ended += 1
        if "wrong" in text:
            raise ValueError("no unit AMB99")
        if "broken" in text:
            raise RuntimeError("no memory")
        return b'{"answer":1}'


@pytest.fixture
def child() -> Child:
    """The process beside."""
    return Child()


@pytest.fixture
def room(tmp_path: Path, child: Child) -> Room:
    """A room with it."""
    room = Room(tmp_path)
    folder = tmp_path / "imports"
    (folder / "left").mkdir(parents=True)
    room.given = structs.replace(room.given, run_beside=child, uploads_dir=folder)
    room.start()
    return room


def _send(person: Person, name: str, content: bytes = b"a,b\n1,2\n") -> Any:
    return person.client.post(
        "/api/evaluation/imports", params={"name": name}, content=content, headers=person.headers
    )


def _ended(person: Person, job: str) -> dict[str, Any]:
    """The job when it is over."""
    path = f"/api/evaluation/jobs/{job}"
    until(lambda: person.get(path).json()["state"] not in {"waiting", "working"})
    return person.get(path).json()


def test_a_file_is_looked_at_read_by_a_mapping_and_forgotten(room: Room, child: Child) -> None:
    """What the child is asked, and that nothing stays on the disk."""
    eva, sari = room.person("eva"), room.person("sari")
    assert not (room.folder / "imports" / "left").exists()
    begun = _send(eva, "kota lain.csv").json()
    assert _ended(eva, begun["job"]) == {
        "state": "done", "done": 0, "of": 0, "why": "", "answer": {"answer": 1},
    }  # fmt: skip
    command, name, path = child.asked[0]
    assert (command, name) == ("evaluation-import", "--name=kota lain.csv")
    assert Path(path).read_bytes() == b"a,b\n1,2\n"
    address = f"/api/evaluation/imports/{begun['upload']}"
    second = eva.post(address, {"mapping": {"id": "own"}}).json()
    assert _ended(eva, second["job"])["state"] == "done"
    mapping = Path(child.asked[1][2].removeprefix("--map="))
    assert json.loads(mapping.read_text()) == {"id": "own"}
    third = eva.post(address, {"toml": 'id = "own"'}).json()
    assert _ended(eva, third["job"])["state"] == "done"
    assert child.asked[2][2].endswith("mapping.toml")
    assert sari.post(address, {"toml": "x"}).json()["reason"] == "upload_gone"
    assert sari.get(f"/api/evaluation/jobs/{third['job']}").json()["reason"] == "job_gone"
    assert eva.client.delete(address, headers=eva.headers).status_code == 204
    assert list((room.folder / "imports").iterdir()) == []
    assert eva.post(address, {"toml": "x"}).status_code == 404
    room.close()


def test_bad_files_are_refused_and_old_ones_go(
    room: Room, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kind that is none, one too large, a name with a path; and after an hour it is gone."""
    eva = room.person("eva")
    refused = _send(eva, "photo.jpg")
    assert (refused.status_code, refused.json()["reason"]) == (415, "not_a_table")
    assert "xlsx" in refused.json()["message"]["id"]
    assert _send(eva, "../x.csv").status_code == 400
    assert _send(eva, "").status_code == 400
    wrong = _send(eva, "wrong.csv").json()
    told = _ended(eva, wrong["job"])
    assert (told["state"], told["why"]) == ("wrong", "no unit AMB99")
    broken = _send(eva, "broken.csv").json()
    assert _ended(eva, broken["job"])["state"] == "failed"
    assert len(list((room.folder / "imports").iterdir())) == 1, "a viewer has one"
    room.clock.ahead += timedelta(minutes=61)
    late = _send(room.person("sari"), "next.csv").json()
    assert eva.post(f"/api/evaluation/imports/{broken['upload']}", {}).status_code == 404
    assert late["upload"] in [one.name for one in (room.folder / "imports").iterdir()]
    room.close()


def test_a_plan_is_asked_in_the_words_of_its_command(room: Room, child: Child) -> None:
    """Each value in the word of its option, so that none can be an option of its own."""
    eva = room.person("eva")
    asked = {"add_units": ["amb_srondol", "-7.05,110.4"], "posts": ["AMB03=amb_tugu"]}
    begun = eva.post("/api/evaluation/plans", {"what_if": {**asked, "closed": ["-7,110.4"]}})
    assert _ended(eva, begun.json()["job"])["answer"] == {"answer": 1}
    words = child.asked[0]
    assert words[:2] == ("plan", "what-if")
    assert {"--add-unit=-7.05,110.4", "--close-bridge=-7,110.4", "--post=AMB03=amb_tugu"} < {*words}
    assert words[-2:] == ("--json", "--gently")
    bodies: tuple[dict[str, dict[str, Any]], ...] = (
        {"what_if": {"like": "--json"}},
        {"what_if": {"add_units": ["a b"]}},
        {"what_if": {"replications": 1_000}},
        {"posts": {"minutes": 0}},
        {"desks": {"unknown": 1}},
        {},
    )
    for body in bodies:
        assert eva.post("/api/evaluation/plans", body).status_code == 400, body
    asked_of: tuple[tuple[dict[str, Any], str], ...] = (
        ({"posts": {}}, "posts"),
        ({"desks": {"hours": 6}}, "shifts"),
    )
    for body, word in asked_of:
        job = eva.post("/api/evaluation/plans", body).json()["job"]
        assert _ended(eva, job)["state"] == "done"
        assert child.asked[-1][1] == word
    choices = eva.get("/api/evaluation/plans").json()
    assert "AMB01" in [one["key"] for one in choices["units"]]
    assert choices["places"]
    room.close()


def test_work_that_nobody_wants_any_more_ends(room: Room, child: Child) -> None:
    """A second question of the same kind, and a word to end it; the progress is told."""
    eva = room.person("eva")
    slow = {"what_if": {"like": "slow"}}
    first = eva.post("/api/evaluation/plans", slow).json()["job"]
    path = f"/api/evaluation/jobs/{first}"
    until(lambda: eva.get(path).json()["of"] == 30)
    second = eva.post("/api/evaluation/plans", slow).json()["job"]
    until(lambda: child.ended == 1)
    assert eva.get(path).status_code == 404
    address = f"/api/evaluation/jobs/{second}"
    assert eva.client.delete(address, headers=eva.headers).status_code == 204
    until(lambda: len(child.asked) in {1, 2} and child.ended == len(child.asked))
    assert eva.get(address).status_code == 404
    room.close()


def test_a_room_without_a_process_beside_has_no_wizard(hall: Room) -> None:
    """404, not a work that never ends."""
    eva = hall.person("eva")
    assert eva.post("/api/evaluation/plans", {"desks": {}}).status_code == 404
    assert _send(eva, "a.csv").status_code == 404
    assert uploads.BYTES_MAX == 50_000_000
