"""Debian's Chromium against the media process: a real browser's offer, ICE, DTLS, SRTP and ears."""

import asyncio
import re
import shutil
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_ears import decibels, heard_at, level_at, peak, tone
from media_process import MediaProcess
from media_scene import Scene, listen_steadily, scene, steadily
from media_sealed import sides_of
from playwright.async_api import Browser, Page, Route, async_playwright

from kentongan.media.protocol import QualityMeasured, Recorded, Web, WebAnswer, WebChanged

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
SENT = 8000 / np.sqrt(2)
MICROPHONE_HZ = 1000.0

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason="no Chromium on this machine"),
]

SCRIPT = """
async () => {
  const plain = {echoCancellation: false, noiseSuppression: false, autoGainControl: false};
  const microphone = await navigator.mediaDevices.getUserMedia({audio: plain});
  const connection = new RTCPeerConnection({bundlePolicy: "max-bundle"});
  window.connection = connection;
  for (const track of microphone.getTracks()) connection.addTrack(track, microphone);
  connection.ontrack = event => {
    const stream = new MediaStream([event.track]);
    const player = new Audio();
    player.srcObject = stream;
    player.play();
    window.player = player;
    window.context = new AudioContext();
    window.ear = window.context.createAnalyser();
    window.ear.fftSize = 32768;
    window.context.createMediaStreamSource(stream).connect(window.ear);
  };
  const offer = await connection.createOffer();
  await connection.setLocalDescription(offer);
  return offer.sdp;
}
"""
ANSWER = "async sdp => connection.setRemoteDescription({type: 'answer', sdp})"
EAR = """
() => {
  const samples = new Float32Array(ear.fftSize);
  ear.getFloatTimeDomainData(samples);
  return {rate: context.sampleRate, samples: Array.from(samples)};
}
"""


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """A page in a secure context whose microphone hears a tone."""
    microphone = tmp_path / "microphone.wav"
    with wave.open(str(microphone), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(tone(MICROPHONE_HZ, 0, 80_000).astype("<i2").tobytes())
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            chromium_sandbox=False,
            args=[*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"],
        )
        page = await browser.new_page()

        async def blank(route: Route) -> None:
            await route.fulfill(content_type="text/html", body="<!doctype html><title>t</title>")

        await page.route("**/*", blank)
        await page.goto("https://page.invalid/")
        yield page
        await browser.close()


async def hear(page: Page) -> list[Any]:
    """What the browser hears now, in samples of 16 bits, and their rate."""
    heard = await page.evaluate(EAR)
    return [np.array(heard["samples"]) * 32768, int(heard["rate"])]


async def test_chromium_hears_and_is_heard(media: MediaProcess, page: Page) -> None:
    """Its microphone's tone reaches the telephone, the telephone's tone its ear, both the file."""
    async with scene(media, record="browser.rec") as here:
        citizen = await here.phone("citizen", 440, role="citizen")
        offer = await page.evaluate(SCRIPT)
        answer = await here.client.web(Web(bridge=here.bridge, leg="op1", sdp=offer))
        await page.evaluate(ANSWER, answer)
        assert (await here.events.wait_for(WebChanged)).state == "connected"
        await asyncio.sleep(2)

        (at_citizen,) = await listen_steadily(2, citizen)
        assert peak(at_citizen)[0] == pytest.approx(MICROPHONE_HZ, abs=3)
        assert level_at(at_citizen, 440) < 30
        at_operator, rate = await steadily(lambda: hear(page))
        assert peak(at_operator, rate)[0] == pytest.approx(440, abs=3)
        assert abs(decibels(heard_at(at_operator, 440, rate), SENT)) < 1

        await page.evaluate("() => connection.close()")
        assert (await here.events.wait_for(WebChanged, 2)).state == "closed"
        await here.client.destroy(here.bridge)
        told = await here.events.wait_for(Recorded)
    sides = sides_of(told.file)
    middle = sides[len(sides) - 32_000 : len(sides) - 8000]
    assert peak(middle[:, 0])[0] == pytest.approx(440, abs=3)
    assert peak(middle[:, 1])[0] == pytest.approx(MICROPHONE_HZ, abs=3)


RESTART = """
async () => {
  const offer = await connection.createOffer({iceRestart: true});
  await connection.setLocalDescription(offer);
  return offer.sdp;
}
"""


async def test_a_citizens_page_in_opus_restarts_its_path(media: MediaProcess, page: Page) -> None:
    """Opus both ways, on the caller's side of the file; an ICE restart in mid-call loses nobody;
    and the browser's own reports tell the round trip.
    """
    async with scene(media, record="citizen.rec") as here:
        desk = await here.phone("desk", 440)
        offer = await page.evaluate(SCRIPT)
        web = Web(bridge=here.bridge, leg="citizen", sdp=offer, role="citizen", codec="opus")
        await page.evaluate(ANSWER, await here.client.web(web))
        await here.events.wait_for(WebChanged)
        await asyncio.sleep(1)
        fragment = re.search("ice-ufrag:(.*)", offer)
        offer = await page.evaluate(RESTART)
        assert fragment is not None
        assert fragment[0] not in offer
        told = await here.client.request(
            Web(bridge=here.bridge, leg="citizen", sdp=offer, restart=True), WebAnswer
        )
        assert told.restarted
        await page.evaluate(ANSWER, told.sdp)
        await asyncio.sleep(1)
        (at_desk,) = await listen_steadily(1, desk)
        assert peak(at_desk)[0] == pytest.approx(MICROPHONE_HZ, abs=3)
        assert level_at(at_desk, 440) < 30
        at_citizen, rate = await steadily(lambda: hear(page))
        assert peak(at_citizen, rate)[0] == pytest.approx(440, abs=3)
        async with asyncio.timeout(10):
            while (quality := (await _quality(here, "citizen"))).round_trip_ms is None:
                await asyncio.sleep(0.1)
        assert (quality.codec, quality.round_trip_ms < 100) == ("opus", True)
        assert quality.mos is not None
        assert quality.mos > 3.8
        changes = [each.state for each in here.events.seen if isinstance(each, WebChanged)]
        assert changes == ["connected"]
        await here.client.destroy(here.bridge)
        recorded = await here.events.wait_for(Recorded)
    sides = sides_of(recorded.file)
    middle = sides[len(sides) - 20_000 : len(sides) - 4000]
    assert peak(middle[:, 0])[0] == pytest.approx(MICROPHONE_HZ, abs=3)
    assert peak(middle[:, 1])[0] == pytest.approx(440, abs=3)


async def _quality(here: Scene, leg: str) -> QualityMeasured:
    return next(each for each in await here.quality() if each.leg == leg)
