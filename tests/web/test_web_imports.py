"""Files of other centres and plans over HTTP: who may, what the child is asked, how it ends."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from web_room import Person, Room, until

from kentongan.edge.web import import_routes, uploads
from kentongan.edge.web.jobs import KEPT, Jobs
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.uploads import Upload, Uploads

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


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of 1,000 octets at most."""
    monkeypatch.setattr(import_routes, "BYTES_MAX", 1_000)


def _kept(folder: Path) -> list[str]:
    """Ids of the files on the disk."""
    return [one.name for one in folder.glob("*/*")]


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
    every_row = Path(child.asked[2][3].removeprefix("--defects="))
    assert eva.get(f"{address}/defects.csv").status_code == 404
    every_row.write_text("row,fate,reason,column,value\r\n7,dropped,duplicate,,\r\n")
    fetched = eva.get(f"{address}/defects.csv")
    assert fetched.text.endswith("7,dropped,duplicate,,\r\n")
    assert "import-defects.csv" in fetched.headers["content-disposition"]
    assert sari.get(f"{address}/defects.csv").status_code == 404
    assert sari.post(address, {"toml": "x"}).json()["reason"] == "upload_gone"
    assert sari.get(f"/api/evaluation/jobs/{third['job']}").json()["reason"] == "job_gone"
    assert eva.client.delete(address, headers=eva.headers).status_code == 204
    assert _kept(room.folder / "imports") == []
    assert eva.post(address, {"toml": "x"}).status_code == 404
    room.close()
    assert list((room.folder / "imports").iterdir()) == []


def test_bad_files_are_refused_and_old_ones_go(room: Room) -> None:
    """A kind that is none, a name with a path; and after an hour it is gone, unasked."""
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
    assert _kept(room.folder / "imports") == [broken["upload"]], "a viewer has one"
    room.clock.ahead += timedelta(minutes=61)
    until(lambda: _kept(room.folder / "imports") == [])
    assert eva.post(f"/api/evaluation/imports/{broken['upload']}", {}).status_code == 404
    room.close()


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("is_told", [True, False], ids=["length told", "in pieces"])
def test_a_file_that_is_too_large_is_refused(room: Room, child: Child, is_told: bool) -> None:
    """By its header, and while it comes where no header says how long it is; nothing is kept."""
    eva = room.person("eva")

    def pieces() -> Iterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    content: Any = b"x" * 1_100 if is_told else pieces()
    refused = _send(eva, "large.csv", content)
    assert (refused.status_code, refused.json()["reason"]) == (413, "body_too_large")
    assert _kept(room.folder / "imports") == []
    assert child.asked == []
    assert _send(eva, "small.csv", b"x" * 1_000).status_code == 200
    room.close()


def test_who_may_not_sends_none_and_ends_no_other_persons(room: Room, child: Child) -> None:
    """A call taker has no wizard; another evaluator's file and work stay."""
    rina, eva, sari = room.person("rina"), room.person("eva"), room.person("sari")
    assert _send(rina, "a.csv").status_code == 403
    assert child.asked == []
    begun = _send(eva, "a slow.csv").json()
    for path in (f"imports/{begun['upload']}", f"jobs/{begun['job']}"):
        address = f"/api/evaluation/{path}"
        assert rina.client.delete(address, headers=rina.headers).status_code == 403
        sari.client.delete(address, headers=sari.headers)
    assert _kept(room.folder / "imports") == [begun["upload"]]
    assert eva.get(f"/api/evaluation/jobs/{begun['job']}").json()["state"] == "working"
    room.close()


class Hand:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_only_answers_are_forgotten() -> None:
    """Not work that goes on or waits for its turn, however long, while its page asks after it."""
    clock, free = Hand(), asyncio.Event()

    async def run(arguments: Sequence[str], told: Told = None) -> bytes:
        await free.wait()
        return b"1"

    async def check() -> None:
        jobs = Jobs(run, clock)
        one, two = jobs.begin("eva", "plan", ()), jobs.begin("sari", "plan", ())
        await asyncio.sleep(0)
        for _ in range(25):
            clock.now += timedelta(minutes=1)
            assert (jobs.find("eva", one.id), jobs.find("sari", two.id)) == (one, two)
            jobs.forget()
        jobs.begin("budi", "plan", ())
        jobs.forget()
        assert (one.shown.state, two.shown.state) == ("working", "waiting")
        assert jobs.find("eva", one.id)
        assert jobs.find("sari", two.id)
        free.set()
        while two.shown.state != "done":
            await asyncio.sleep(0)
        clock.now += KEPT - timedelta(minutes=1)
        jobs.forget()
        assert jobs.find("eva", one.id)
        clock.now += timedelta(minutes=2)
        jobs.forget()
        assert jobs.find("eva", one.id) is None
        jobs.stop()

    asyncio.run(check())


def test_work_that_nobody_asks_after_ends_and_lets_the_next_begin() -> None:
    """The browser was closed: its child is ended, and who waits behind it has the turn."""
    clock, ended = Hand(), list[str]()

    async def run(arguments: Sequence[str], told: Told = None) -> bytes:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(arguments[0])
        return b"1"

    async def check() -> None:
        jobs = Jobs(run, clock)
        gone, next_one = jobs.begin("eva", "plan", ("gone",)), jobs.begin("sari", "plan", ("next",))
        await asyncio.sleep(0)
        clock.now += timedelta(seconds=70)
        assert jobs.find("sari", next_one.id)
        jobs.forget()
        assert gone.shown.state == "working"
        clock.now += timedelta(seconds=6)
        jobs.forget()
        for _ in range(5):
            await asyncio.sleep(0)
        assert ended == ["gone"]
        assert next_one.shown.state == "working"
        assert jobs.find("eva", gone.id) is None
        jobs.stop()

    asyncio.run(check())


async def _one_piece() -> AsyncIterator[bytes]:
    yield b"a,b\n"


def _take(held: Uploads) -> Upload:
    return asyncio.run(held.take("eva", "a.csv", _one_piece()))


def test_a_file_older_than_an_hour_is_not_found(tmp_path: Path) -> None:
    """Whether or not anybody looked after it since; it is gone from the disk, too."""
    clock = Hand()
    held = Uploads(tmp_path / "imports", clock)
    upload = _take(held)
    clock.now += timedelta(minutes=59)
    assert held.find("eva", upload.id) == upload
    clock.now += timedelta(minutes=2)
    with pytest.raises(Problem):
        held.find("eva", upload.id)
    assert not upload.path.exists()


def test_a_second_process_leaves_the_files_of_the_first(tmp_path: Path) -> None:
    """What no process holds goes when one starts; what one holds stays until it stops."""
    clock, folder = Hand(), tmp_path / "imports"
    first = Uploads(folder, clock)
    upload = _take(first)
    (folder / "left" / "file").mkdir(parents=True)
    second = Uploads(folder, clock)
    assert upload.path.read_bytes() == b"a,b\n"
    assert not (folder / "left").exists()
    second.stop()
    assert first.find("eva", upload.id).path.exists()
    first.stop()
    assert list(folder.iterdir()) == []


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
