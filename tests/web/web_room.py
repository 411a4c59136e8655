"""A room on loopback: the real server with a real store, people who sign in, and a fake switch."""

import contextlib
import json
import shutil
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import httpx
import uvicorn
from web_people import HASHER, PACK, PASSWORD, PLANS, account, before_anybody_works
from websockets import Origin
from websockets.sync.client import ClientConnection, connect

from kentongan.app.handle import handle
from kentongan.app.system import SYSTEM
from kentongan.core.commands import AnyCommand, AttachReport, Envelope
from kentongan.core.rows import IncidentRow
from kentongan.core.words import (
    CommandId,
    IncidentId,
    ReportId,
    Role,
)
from kentongan.edge.geo.served.straight import StraightGeography
from kentongan.edge.web import live
from kentongan.edge.web.bodies import DemoAccount
from kentongan.edge.web.fences import CSRF_COOKIE, SESSION_COOKIE
from kentongan.edge.web.ports import WebDependencies
from kentongan.edge.web.server import Address, listening, server_for
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

DEMO_ACCOUNTS = (
    DemoAccount(name="rina", label="Rina", roles=(Role.CALL_TAKER,), password=PASSWORD),
)
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # those of the machine take long to read

live.WAIT_S = 0.1  # a room that closes waits for it


class Clock:
    """The server's clock: real time plus what a test adds."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Person:
    """Somebody at a browser."""

    def __init__(self, room: "Room", client: httpx.Client) -> None:
        self.room = room
        self.client = client
        self.me: dict[str, Any] = {}

    @property
    def headers(self) -> dict[str, str]:
        """What our own page sends with every change."""
        return {
            "Origin": self.room.url,
            "X-Kentongan-Csrf": self.client.cookies.get(CSRF_COOKIE) or "",
        }

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.client.get(path, params=params)

    def post(self, path: str, body: object) -> httpx.Response:
        return self.client.post(path, json=body, headers=self.headers)

    def command(self, type_: str, **fields: Any) -> httpx.Response:
        """Send a command under a new id."""
        number = next(self.room.numbers)
        asked = {"id": f"test-command-{number}", "command": {"type": type_, **fields}}
        return self.post("/api/commands", asked)

    def done(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Send a command that must go through, and wait until the live picture has it."""
        response = self.command(type_, **fields)
        assert response.status_code == 200, response.text
        self.room.settle()
        return response.json()

    def sit(self, desk: str) -> "Person":
        """Start duty at a desk; returns when the server's live picture has it."""
        self.done("desk.start_duty", desk=desk)
        live, agent = self.room.parts.live, self.me["agent"]["id"]
        _until(lambda: live.desk_of(agent) == desk)
        return self

    def screen(self, since: int | None = None, page: str = "") -> "Screen":
        """Open the WebSocket; `page` is the window's name."""
        return Screen(self.room, self.client.cookies[SESSION_COOKIE], since, page=page)


class Screen:
    """A WebSocket as a page has it."""

    def __init__(
        self,
        room: "Room",
        cookie: str,
        since: int | None = None,
        origin: str | None = None,
        page: str = "",
    ) -> None:
        told = {"page": page, "since": since}
        query = urlencode({name: value for name, value in told.items() if value not in {"", None}})
        self._open = contextlib.ExitStack()
        self.link: ClientConnection = self._open.enter_context(
            connect(
                f"ws://127.0.0.1:{room.port}/ws?{query}",
                additional_headers={"Cookie": f"{SESSION_COOKIE}={cookie}"},
                origin=Origin(origin or room.url),
                max_size=None,
                compression=None,
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Go away."""
        self._open.close()

    def frame(self, timeout_s: float = 10) -> dict[str, Any]:
        """The next frame."""
        return json.loads(self.link.recv(timeout_s))

    def until(self, wanted: Callable[[dict[str, Any]], bool], frames: int = 60) -> dict[str, Any]:
        """The first frame that fits."""
        for _ in range(frames):
            frame = self.frame()
            if wanted(frame):
                return frame
        raise AssertionError("no such frame came")

    def until_seq(self, seq: int) -> list[dict[str, Any]]:
        """All row frames up to that number."""
        frames: list[dict[str, Any]] = []
        while not frames or frames[-1]["seq"] < seq:
            frame = self.frame()
            if frame["k"] in {"rows", "snapshot", "resume"}:
                frames.append(frame)
        return frames


class Room:
    """The server and everybody in it."""

    def __init__(self, folder: Path, *, demo: bool = True) -> None:
        self.folder = folder
        self.clock = Clock()
        self.numbers = count(1)
        self.scenarios: list[str] = []
        self.proxies: tuple[str, ...] = ("127.0.0.1",)
        self.store_url = f"sqlite:{folder / 'room.db'}"
        shutil.copyfile(before_anybody_works(), folder / "room.db")
        self.store = open_store(self.store_url)
        self.switch_path = folder / "switch.sock"
        self.static = folder / "static"
        self.static.mkdir()
        self.recordings = folder / "recordings"
        self.recording_key = folder / "recording.key"
        self.recordings.mkdir()
        self.paper_file = folder / "paper.html"
        self.published_file = folder / "published.json"
        self.reports: list[tuple[str, str, str]] = []
        self.given = WebDependencies(
            open_store=lambda: open_store(self.store_url),
            plans=PLANS,
            pack=PACK,
            clock=self.clock,
            switch_socket=self.switch_path,
            recordings_dir=self.recordings,
            recording_key=self.recording_key,
            paper_file=self.paper_file,
            published_file=self.published_file,
            monthly_pdf=self._monthly_pdf,
            static_dir=self.static,
            geography=StraightGeography(PACK, PLANS.time_zone_offset),
            evaluate=_evaluate,
            alarm_month=_alarm_month,
            start_scenario=self._start if demo else None,
            demo_accounts=DEMO_ACCOUNTS if demo else (),
            version="test",
        )
        self.server: uvicorn.Server | None = None
        self.port = 0
        self._thread: threading.Thread | None = None

    async def _monthly_pdf(
        self, month: str, language: str, agency: str, *, public: bool, training: bool
    ) -> bytes:
        """What a child would make; one month cannot be made."""
        assert not training
        if month == "2026-01":
            raise RuntimeError("no memory")
        self.reports.append((month, language, "public" if public else agency))
        return b"%PDF-1.4 " + month.encode()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def parts(self) -> Any:
        """The running parts, to look at."""
        return self.parts_app.state.parts

    @property
    def parts_app(self) -> Any:
        """The running application."""
        assert self.server is not None
        return self.server.config.app

    def add(self, name: str, roles: tuple[Role, ...], agency: str | None, unit: str | None) -> None:
        """Somebody who may sign in."""
        self.store.accounts.put(account(name, roles, agency, unit))

    def start(self) -> None:
        """Listen on a free port; returns when requests are answered and rows are read."""
        server = server_for(self.given, Address(port=0, proxies=self.proxies), HASHER)
        self.server = server
        sockets = [listening(Address(port=0))]
        self._thread = threading.Thread(target=server.run, args=(sockets,), daemon=True)
        self._thread.start()
        _until(lambda: server.started)
        self.port = server.servers[0].sockets[0].getsockname()[1]
        with self.browser().client as client:
            _until(lambda: client.get("/api/health").json()["ready"])

    def settle(self) -> None:
        """Wait until the live picture has what the store has."""
        live, position = self.parts.live, self.store.last_position()
        _until(lambda: live.seq >= position)

    def stop(self) -> None:
        """Stop as a signal would."""
        if self.server is not None and self._thread is not None:
            self.server.should_exit = True
            self._thread.join(15)
            assert not self._thread.is_alive()
            self.server = None

    def report(self, who: Person, key: str, **texts: str) -> None:
        """A report that was linked by the reaction that the `work` process would run."""
        who.done("report.open", report=f"r-{key}", channel="counter")
        fields = {name: text_of(text) for name, text in texts.items() if name != "complaint"}
        who.done("report.identify", report=f"r-{key}", **fields)
        complaint = text_of(texts.get("complaint", "ada kejadian"))
        who.done("report.take_complaint", report=f"r-{key}", words=complaint)
        who.done("incident.open", incident=f"i-{key}", report=f"r-{key}")
        self.system(AttachReport(report=ReportId(f"r-{key}"), incident=IncidentId(f"i-{key}")))

    def incident(self, who: Person, key: str, nature: str, **texts: str) -> int:
        """An incident that was sent; returns its number."""
        self.report(who, key, **texts)
        place = {"label": text_of(f"Jalan {key}"), "point": {"lat": -6.99, "lon": 110.42}}
        who.done("incident.locate", incident=f"i-{key}", place=place)
        who.done("incident.classify", incident=f"i-{key}", nature=nature)
        who.done("incident.send", incident=f"i-{key}")
        found = self.store.find_row("incident", f"i-{key}")
        assert found is not None
        assert isinstance(found.row, IncidentRow)
        return found.row.number

    def close(self) -> None:
        self.stop()
        self.store.close()

    def browser(self) -> Person:
        """A page nobody has signed in at."""
        return Person(self, httpx.Client(base_url=self.url, timeout=20, verify=NO_CERTIFICATES))

    def person(self, name: str) -> Person:
        """Somebody signed in."""
        person = self.browser()
        person.me = self.sign_in(person, name).json()
        return person

    def sign_in(self, person: Person, name: str, password: str = PASSWORD) -> httpx.Response:
        return person.client.post(
            "/api/session",
            json={"name": name, "password": password},
            headers={"Origin": self.url},
        )

    def system(self, command: AnyCommand) -> int:
        """Let the system do something past the web; returns the journal's position."""
        envelope = Envelope(
            id=CommandId(f"system-{next(self.numbers)}"), agent=SYSTEM, command=command
        )
        outcome = handle(self.store, PLANS, envelope, self.clock())
        return outcome.events[-1].meta.position if outcome.events else self.store.last_position()

    async def _start(self, scenario: str) -> None:
        self.scenarios.append(scenario)


def _alarm_month(store: WholeStore, month: str, training: bool) -> Any:
    datetime.strptime(month, "%Y-%m")  # noqa: DTZ007 - only whether it is a month
    return {"month": month, "training": training, "events": store.last_position()}


def _evaluate(store: WholeStore, start: datetime, end: datetime, training: bool) -> Any:
    return {
        "start_at": start,
        "end_at": end,
        "training": training,
        "events": store.last_position(),
    }


def _until(is_so: Callable[[], bool], tries: int = 1000) -> None:
    waiting = threading.Event()
    for _ in range(tries):
        with contextlib.suppress(httpx.HTTPError):
            if is_so():
                return
        waiting.wait(0.02)
    raise AssertionError("it did not become so")


until = _until


def text_of(words: str) -> dict[str, str]:
    """Personal text as a page sends it."""
    return {"sealed": "personal", "text": words}


def rows_of(frames: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All rows of some frames."""
    for frame in frames:
        yield from frame.get("rows", ())
