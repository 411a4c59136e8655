"""From a reference to the caller's place: HELD over HTTPS (RFC 6753), and why it leads nowhere.

POST first; a server that knows no POST is asked by GET. A redirect is followed to hosts of the list
alone. Whatever goes wrong has a short cause, which is all that the record and the log say of it.
"""

import asyncio
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from kentongan.edge.switch.arrival import usable
from kentongan.edge.switch.location_http import HttpError, Reply, ask
from kentongan.edge.switch.location_servers import LocationServers, Target, target_of
from kentongan.sip.errors import ParseError
from kentongan.sip.held import ACCEPTED, HELD_TYPE, REQUEST, HeldError, read_answer
from kentongan.sip.location import Location

ASK_S: Final = 3.0
"""Longest time for one reference, with redirects, seconds: it rings meanwhile, and 90 % of calls
are to be answered within 10 s."""

REDIRECTS_MAX: Final = 2

AT_ONCE: Final = 4
"""Requests at the same time, and threads that look names up."""

_GET_INSTEAD: Final = frozenset({405, 415, 501})
"""What a server says that takes no POST of HELD."""

_AGAIN_BY_GET: Final = frozenset({301, 302, 303})
_REDIRECTS: Final = _AGAIN_BY_GET | {307, 308}
"""RFC 9110, section 15.4: the last two keep the method."""

_WILL_PASS: Final = frozenset({"unreachable", "no_answer", "broken_off", "server_failed"})
_HELD_WILL_PASS: Final = frozenset({"timeout", "locationUnknown", "generalLisError"})


class NoLocationError(Exception):
    """`cause` is a key, `said` a sentence for people; `will_pass`: asking again may help.

    `raw` is an answer that was of no use to us; somebody else may read it.
    """

    def __init__(self, cause: str, said: str, *, will_pass: bool = False, raw: bytes = b"") -> None:
        super().__init__(said)
        self.cause = cause
        self.said = said
        self.raw = raw
        self.will_pass = will_pass or cause in _WILL_PASS


class LocationFetch:
    """Asks the servers of the list. Belongs to one event loop."""

    def __init__(self, servers: LocationServers, ask_s: float = ASK_S) -> None:
        self._servers = servers
        self._ask_s = ask_s
        self._threads = ThreadPoolExecutor(AT_ONCE, "location")
        self._context: ssl.SSLContext | None = None
        self._stamps: tuple[int, ...] = ()

    async def fetch(self, uri: str) -> tuple[Location, ...]:
        """The locations with a position or an address, one at least, and the whole answer as their
        `raw`.

        Raises `NoLocationError`, in time.
        """
        try:
            async with asyncio.timeout(self._ask_s):
                reply = await self._asked(uri)
        except TimeoutError:
            raise NoLocationError("no_answer", f"nothing within {self._ask_s:g} s") from None
        except HttpError as error:
            raise NoLocationError(error.cause, error.said) from error
        return _read(uri, reply)

    def close(self) -> None:
        """Ask no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _asked(self, uri: str) -> Reply:
        target, body = self._target(uri, "not_allowed"), REQUEST
        for _ in range(REDIRECTS_MAX + 2):  # the first, the GET instead, and the redirects
            reply = await self._ask(target, body)
            if body and reply.status in _GET_INSTEAD:
                body = b""
            elif reply.status in _REDIRECTS:
                uri = urljoin(uri, reply.headers.get("location", ""))
                target = self._target(uri, "redirect_not_allowed")
                body = b"" if reply.status in _AGAIN_BY_GET else body
            else:
                return reply
        raise NoLocationError("too_many_redirects", "it sends us from one address to the next")

    def _target(self, uri: str, cause: str) -> Target:
        target = target_of(uri, self._servers)
        if target is None:
            raise NoLocationError(cause, "no address that may be asked")
        return target

    async def _ask(self, target: Target, body: bytes) -> Reply:
        context = await self._trust() if target.scheme == "https" else None
        headers = {"Accept": ACCEPTED}
        if body:
            headers["Content-Type"] = f"{HELD_TYPE};charset=utf-8"
        return await ask(target, body, headers, context, self._threads)

    async def _trust(self) -> ssl.SSLContext:
        """What servers are checked by; made in a thread, as it reads a hundred authorities, and
        anew when a file changed. Raises `NoLocationError`."""
        loop = asyncio.get_running_loop()
        try:
            stamps = self._stamped()
            if self._context is not None and stamps == self._stamps:
                return self._context
            made = await loop.run_in_executor(self._threads, self._made_context)
        except OSError as error:  # ssl.SSLError is one
            raise NoLocationError("certificate_unreadable", str(error)) from error
        self._context, self._stamps = made, stamps
        return made

    def _stamped(self) -> tuple[int, ...]:
        files = (self._servers.ca_file, self._servers.certificate_file, self._servers.key_file)
        return tuple(Path(file).stat().st_mtime_ns for file in files if file)

    def _made_context(self) -> ssl.SSLContext:
        servers = self._servers
        context = ssl.create_default_context(cafile=servers.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if servers.certificate_file:
            context.load_cert_chain(servers.certificate_file, servers.key_file, password="")
        return context


def _read(uri: str, reply: Reply) -> tuple[Location, ...]:
    """What an answer says. An error of HELD may come with any status."""
    try:
        found = read_answer(uri, reply.body)
    except HeldError as error:
        code = str(error)
        raise NoLocationError("held_error", code, will_pass=code in _HELD_WILL_PASS) from error
    except ParseError as error:
        _check_status(reply)
        raise NoLocationError("unreadable", error.reason, raw=reply.body) from error
    _check_status(reply)
    places = usable(found)
    if not places:
        raise NoLocationError("no_place", "; ".join(found[0].defects), raw=reply.body)
    return places


def _check_status(reply: Reply) -> None:
    if 200 <= reply.status < 300:
        return
    cause = "server_failed" if reply.status >= 500 or reply.status in (408, 429) else "refused"
    raise NoLocationError(cause, f"HTTP {reply.status}")
