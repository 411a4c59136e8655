"""The real-audio matrix with programs that are not ours: sipp's own sound, and Chromium at `/112`.

Judged by tone at every ear as our own ends are; baresip, which wants a network of its own, has a
file of its own.
"""

import asyncio
from pathlib import Path

import pytest
import voice_chromium
import voice_sipp
from voice_centre import walk_each

SIPP = tuple(f"sipp {codec.value}" for codec in voice_sipp.CODECS)
CHROMIUM = tuple(f"chromium {codec.value}" for codec in voice_chromium.CODECS)

pytestmark = [pytest.mark.peer, pytest.mark.slow]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BaseException | None]:
    """All calls of one program beside each other, each with tones of its own."""
    return asyncio.run(_walk(tmp_path_factory.mktemp("walk")))


async def _walk(folder: Path) -> dict[str, BaseException | None]:
    done: dict[str, BaseException | None] = {}
    if not voice_sipp.missing():
        done |= await walk_each(folder / "sipp", voice_sipp.WAYS)
    if not voice_chromium.missing():
        async with voice_chromium.Citizens(folder / "chromium") as citizens:
            done |= await walk_each(folder / "chromium", citizens.ways())
    return done


@pytest.mark.skipif(bool(voice_sipp.missing()), reason=voice_sipp.missing())
@pytest.mark.parametrize("way", SIPP)
def test_sipp_through_every_way_of_talking(
    walked: dict[str, BaseException | None], way: str
) -> None:
    """Its tone is heard, and what reaches its port is who is to be heard, at their own level."""
    assert walked[way] is None


@pytest.mark.browser
@pytest.mark.skipif(bool(voice_chromium.missing()), reason=voice_chromium.missing())
@pytest.mark.parametrize("way", CHROMIUM)
def test_a_citizens_page_through_every_way_of_talking(
    walked: dict[str, BaseException | None], way: str
) -> None:
    """The page as it is served, in each codec: its microphone is heard, and its ear is judged."""
    assert walked[way] is None
