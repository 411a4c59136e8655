"""coturn, as `deploy/` configures it: who gets in, to where, and whether they are heard."""

import asyncio
import base64
import hashlib
import hmac
import json
import shutil
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_ears import peak
from media_peers import WebPeer
from media_process import MediaProcess
from media_scene import Scene, listen_steadily, scene
from msgspec import Struct
from peers_certificate import write_certificate
from peers_site import Program, Site, is_tcp_listening
from peers_turn import TurnError, TurnRelay
from playwright.async_api import Page
from test_media_browser import ANSWER, CHROMIUM, MICROPHONE_HZ, SCRIPT, hear
from test_media_browser import page as page  # noqa: PLC0414 - the fixture

from kentongan.edge.web.turn import NAME_CHARACTERS_MAX, TTL_S_MAX, turn_credentials
from kentongan.media.protocol import Web, WebChanged

SECRET = "8f2b6d1c0a97e35481b6d20fc3a4e577"
TLS_PORT = 5349
"""443 in production, which takes a capability that a test may not have."""

needs_coturn = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("turnserver") is None, reason="coturn is not installed"),
]
NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"),
                min_size=1, max_size=NAME_CHARACTERS_MAX)  # fmt: skip


class Outside(Struct):
    """A TURN server before a media process."""

    site: Site
    media: MediaProcess
    trust: ssl.SSLContext

    @property
    def turn(self) -> str:
        """Its address."""
        return self.site.address(30)

    async def relay(self, *, secret: str = SECRET, ends_in: int = 60) -> TurnRelay:
        """An allocation over TLS with credentials that end in so many seconds."""
        now = datetime.now(UTC) + timedelta(seconds=ends_in - 60)
        relay = TurnRelay(*turn_credentials(secret, "citizen-1", now, 60))
        await relay.open(self.turn, TLS_PORT, own_host=self.site.address(50), trust=self.trust)
        return relay


@asynccontextmanager
async def outside(folder: Path) -> AsyncGenerator[Outside]:
    """Both running, on addresses of their own."""
    site = Site(folder)
    write_certificate(folder)
    site.render(
        media={"addresses": [site.address(31)]},
        turn={
            "address": site.address(30),
            "tls_port": TLS_PORT,
            "secret": SECRET,
            "tls_certificate": str(folder / "certificate.pem"),
            "tls_key": str(folder / "key.pem"),
        },
    )
    server = Program(
        folder, "turnserver", "-c", str(folder / "coturn/turnserver.conf"),
        "--allow-loopback-peers", "--userdb", str(folder / "turndb"),
        "--pidfile", str(folder / "turn.pid"),
    )  # fmt: skip
    media = MediaProcess(folder, bind_host=site.address(31))
    media.start()
    try:
        server.start(lambda: is_tcp_listening(site.address(30), TLS_PORT))
        trust = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
        trust.check_hostname = False
        yield Outside(site, media, trust)
    finally:
        server.stop()
        media.stop()


def play(folder: Path, scenario: Callable[[Outside], Awaitable[None]]) -> None:
    """Run a scenario with a TURN server and a media process of its own."""

    async def main() -> None:
        async with outside(folder) as here:
            await scenario(here)

    asyncio.run(main())


class TestCredentials:
    """The pure function."""

    @given(name=NAMES, ttl_s=st.integers(1, TTL_S_MAX), at=st.datetimes(timezones=st.just(UTC)))
    def test_the_name_carries_its_end_and_the_password_proves_it(
        self, name: str, ttl_s: int, at: datetime
    ) -> None:
        """As coturn reads them: the end before the first colon, HMAC-SHA1 over the whole."""
        username, password = turn_credentials(SECRET, name, at, ttl_s)
        end, _, said = username.partition(":")
        assert int(end) == int(at.timestamp()) + ttl_s
        assert said == name
        proof = hmac.digest(SECRET.encode(), username.encode(), hashlib.sha1)
        assert base64.b64decode(password, validate=True) == proof

    @pytest.mark.parametrize(
        ("secret", "name", "at", "ttl_s", "named"),
        [
            ("", "a", datetime(2026, 1, 1, tzinfo=UTC), 60, "secret"),
            ("s", "a", datetime(2026, 1, 1), 60, "now"),  # noqa: DTZ001 - the fault on trial
            ("s", "a", datetime(2026, 1, 1, tzinfo=UTC), 0, "ttl_s"),
            ("s", "a", datetime(2026, 1, 1, tzinfo=UTC), TTL_S_MAX + 1, "ttl_s"),
            ("s", "", datetime(2026, 1, 1, tzinfo=UTC), 60, "name"),
            ("s", "a:b", datetime(2026, 1, 1, tzinfo=UTC), 60, "name"),
            ("s", "é", datetime(2026, 1, 1, tzinfo=UTC), 60, "name"),
            ("s", "a" * (NAME_CHARACTERS_MAX + 1), datetime(2026, 1, 1, tzinfo=UTC), 60, "name"),
        ],
    )
    def test_what_cannot_be_is_named(
        self, secret: str, name: str, at: datetime, ttl_s: int, named: str
    ) -> None:
        """No credentials are made from what the server would refuse or take for ever."""
        with pytest.raises(ValueError, match=named):
            turn_credentials(secret, name, at, ttl_s)


class TestRelay:
    """The real server."""

    pytestmark = needs_coturn

    def test_a_page_without_udp_is_heard_through_the_relay(self, tmp_path: Path) -> None:
        """TLS is its only way out; a citizen and the page hear each other's tone."""

        async def scenario(here: Outside) -> None:
            async with scene(here.media) as call:
                caller = await call.phone("citizen", 440, role="citizen")
                page = await _page_through(await here.relay(), call, here.site.address(31))
                at_page, at_caller = await listen_steadily(0.8, page, caller)
                assert peak(at_page)[0] == pytest.approx(440, abs=3)
                assert peak(at_caller)[0] == pytest.approx(1000, abs=3)

        play(tmp_path, scenario)

    def test_nobody_else_gets_in_and_nobody_gets_elsewhere(self, tmp_path: Path) -> None:
        """Ended and invented credentials: 401. A peer that is not our media: 403."""

        async def scenario(here: Outside) -> None:
            with pytest.raises(TurnError, match="401"):
                await here.relay(ends_in=-5)
            with pytest.raises(TurnError, match="401"):
                await here.relay(secret="guessed")
            relay = await here.relay()
            assert relay.relayed[0] == here.turn
            for host in ("127.0.0.1", "10.0.0.1", "192.0.2.1", here.site.nodes[0], here.turn):
                with pytest.raises(TurnError, match="403"):
                    await relay.permit(host)
            await relay.permit(here.site.address(31))
            relay.close()

        play(tmp_path, scenario)


@pytest.mark.peer
@pytest.mark.browser
@pytest.mark.anyio
@pytest.mark.skipif(shutil.which("turnserver") is None, reason="coturn is not installed")
@pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason="no Chromium on this machine")
async def test_chromium_talks_through_the_relay_alone(tmp_path: Path, page: Page) -> None:
    """`iceTransportPolicy: relay`, TURN over TCP: its microphone is heard, and it hears."""
    async with outside(tmp_path) as here, scene(here.media) as call:
        username, password = turn_credentials(SECRET, "citizen-1", datetime.now(UTC), 60)
        server = {
            "urls": f"turn:{here.turn}:3478?transport=tcp",
            "username": username,
            "credential": password,
        }
        plain = '{bundlePolicy: "max-bundle"}'
        assert plain in SCRIPT
        wanted = {
            "bundlePolicy": "max-bundle",
            "iceTransportPolicy": "relay",
            "iceServers": [server],
        }
        caller = await call.phone("citizen", 440, role="citizen")
        offer = await page.evaluate(SCRIPT.replace(plain, json.dumps(wanted)))
        answer = await call.client.web(Web(bridge=call.bridge, leg="op1", sdp=offer))
        await page.evaluate(ANSWER, answer)
        assert (await call.events.wait_for(WebChanged)).state == "connected"
        await asyncio.sleep(1)
        (at_caller,) = await listen_steadily(1, caller)
        assert peak(at_caller)[0] == pytest.approx(MICROPHONE_HZ, abs=3)
        at_page, rate = await hear(page)
        assert peak(at_page, rate)[0] == pytest.approx(440, abs=3)
        await page.evaluate("() => connection.close()")


async def _page_through(relay: TurnRelay, call: Scene, media: str) -> WebPeer:
    """A page whose only way out is that relay: it has no UDP socket at all."""
    await relay.permit(media)
    page = WebPeer(1000)
    page.transport = cast("asyncio.DatagramTransport", relay)
    relay.receive = page._receive
    answer = await call.client.web(Web(bridge=call.bridge, leg="op1", sdp=page.offer()))
    call.parties.append(page)
    await page.connect(answer)
    return page
