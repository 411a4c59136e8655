"""What people say and what happens to them in mid-call, through the running centre.

A complaint of 1 MB, emoji, Javanese script, wrong clocks and truncated HTTP have their tests with
the web process alone, on a real server too (`tests/web`).
"""

import asyncio
from collections.abc import Awaitable, Callable

from failure_centre import PASSWORD, HurtCentre
from failure_client import Answer, Screen
from failure_talk import DESK, Talk, talking, until_async

from kentongan.core.rows import IncidentRow

ABSURD = (
    "999999999999999999999999999999",
    "+1 (555) 0100 ext. 12",
    "nol delapan satu tiga",
    "٠٨١٣٠٣",
    "-",
    "0" * 300,
)
OUTSIDE = {
    "Kuala Lumpur": (3.139, 101.687),
    "Ungaran, with a 112 of its own": (-7.137, 110.405),
    "the South Pole": (-90.0, 0.0),
}
IMPOSSIBLE = ((0.0, 0.0), (91.0, 110.0), (-7.0, 181.0))


def test_absurd_numbers_and_far_places_are_kept_and_nonsense_is_refused(shared: HurtCentre) -> None:
    """What was said is kept, with a caution; what no map can show is refused in words."""

    async def scenario(screen: Screen) -> None:
        for index, number in enumerate(ABSURD):
            report = f"report-{index:04}"
            await screen.must("report.open", report=report)
            await screen.must("report.identify", report=report, number={"text": number})
        await screen.must("report.open", report="report-long")
        refused = await screen.command(
            "report.identify", report="report-long", number={"text": "0" * 301}
        )
        _in_both_languages(refused, 409, "text_too_long")
        for index, point in enumerate(OUTSIDE.values()):
            incident = f"incident-{index:04}"
            await screen.must("incident.open", incident=incident)
            await screen.must("incident.locate", incident=incident, place=_place(*point))
        for point in IMPOSSIBLE:
            answer = await screen.command(
                "incident.locate", incident="incident-0000", place=_place(*point)
            )
            _in_both_languages(answer, 409, "place_unreadable")

    _signed_in(shared, scenario)
    rows = [row for row in shared.rows("incident") if isinstance(row, IncidentRow)]
    assert len(rows) == len(OUTSIDE)
    for row in rows:
        assert row.place is not None
        assert "outside_city" in row.place.cautions, row
    shared.prove()


def test_a_session_that_ends_in_mid_call_ends_no_call(shared: HurtCentre) -> None:
    """The next click says so in both languages, audio goes on, and after signing in again the same
    person has the same call."""

    async def scenario(talk: Talk) -> None:
        talk.call.audio.forget()
        elsewhere = Screen(shared.address, talk.screen.name, PASSWORD)
        await elsewhere.sign_in()
        await elsewhere.sign_out_everywhere()
        await elsewhere.close()
        refused = await talk.screen.command("report.open", report="report-1", call=talk.key)
        _in_both_languages(refused, 401, "session_expired")
        await talk.screen.sign_in()
        await talk.screen.must("report.open", report="report-1", call=talk.key)
        answered = await talk.screen.command("call.answer", call=talk.key, desk=DESK)
        assert answered.is_done
        await until_async(talk.both_hear)
        assert talk.call.audio.missing == 0

    talking(shared, scenario)


def _signed_in(centre: HurtCentre, scenario: Callable[[Screen], Awaitable[None]]) -> None:
    async def main() -> None:
        screen = Screen(centre.address, centre.hire(1)[0], PASSWORD)
        await screen.sign_in()
        await scenario(screen)
        await screen.close()

    asyncio.run(main())


def _place(lat: float, lon: float) -> dict[str, object]:
    return {
        "words": {"text": "di sana"},
        "point": {"lat": lat, "lon": lon},
        "source": "coordinates",
    }


def _in_both_languages(answer: Answer, status: int, reason: str) -> None:
    assert (answer.status, answer.body["reason"]) == (status, reason), answer
    message = answer.body["message"]
    assert message["id"] != message["en"]
    assert "Traceback" not in message["en"]
