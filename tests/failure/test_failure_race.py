"""Two dispatchers, two web processes, one unit, the same instant."""

import asyncio
import os
import signal
import subprocess
import sys

import httpx
from failure_centre import PASSWORD, HurtCentre, free_port, until
from failure_client import Answer, Screen
from failure_room import PLACE

from kentongan.core.rows import EngagementRow

ROUNDS = 200
ROUNDS_PER_INCIDENT = 20
UNIT = "AMB01"


def test_one_wins_and_the_other_is_told_who_and_what(hurt: HurtCentre) -> None:
    """200 times: one 200, one 409 that names the winner and the incident; never two engagements."""
    names = hurt.hire(2)
    port = free_port()
    other_web = subprocess.Popen(
        [sys.executable, "-m", "kentongan.main", "--settings", str(hurt.file), "web"],
        env={**os.environ, "KENTONGAN_HTTP__PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=(hurt.folder / "web-2.log").open("wb"),
        stderr=subprocess.STDOUT,
    )
    other = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(other), 30, "the second web process answers")
        wins = asyncio.run(_race(hurt, (hurt.address, other), names))
    finally:
        other_web.send_signal(signal.SIGTERM)
        other_web.wait(20)
    print(f"{ROUNDS} rounds, won by {wins}")
    assert all(wins.values()), "one side always won: that was no race"
    assert [row for row in hurt.rows("engagement") if isinstance(row, EngagementRow)] == []
    hurt.settle()
    hurt.prove()


async def _race(
    centre: HurtCentre, addresses: tuple[str, str], names: tuple[str, ...]
) -> dict[str, int]:
    screens = [
        Screen(address, name, PASSWORD) for address, name in zip(addresses, names, strict=True)
    ]
    for screen in screens:
        await screen.sign_in()
    wins = dict.fromkeys(names, 0)
    incidents: list[tuple[str, int]] = []
    for number in range(ROUNDS):
        if number % ROUNDS_PER_INCIDENT == 0:
            incidents = [await _incident(screen, number) for screen in screens]
        answers = await asyncio.gather(
            *(
                screen.command("assignment.assign", incident=incident, unit=UNIT, agency="dinkes")
                for screen, (incident, _) in zip(screens, incidents, strict=True)
            )
        )
        winner = _judge(answers, names, [told for _, told in incidents])
        wins[names[winner]] += 1
        assert sum(isinstance(row, EngagementRow) for row in centre.rows("engagement")) == 1
        await screens[winner].must(
            "assignment.release", incident=incidents[winner][0], unit=UNIT, reason="uji"
        )
    for screen in screens:
        await screen.close()
    return wins


def _judge(answers: list[Answer], names: tuple[str, ...], numbers: list[int]) -> int:
    assert sorted(answer.status for answer in answers) == [200, 409], answers
    winner = 0 if answers[0].is_done else 1
    refused = answers[1 - winner].body
    assert refused["reason"] == "unit_taken"
    details = refused["details"]
    assert details["by"] == names[winner].capitalize()
    assert details["incident_number"] == str(numbers[winner])
    assert details["unit"] == UNIT
    for language in ("id", "en"):
        assert names[winner].capitalize() in refused["message"][language]
    return winner


async def _incident(screen: Screen, number: int) -> tuple[str, int]:
    """An incident that was sent; its id and its number."""
    incident = f"incident-{screen.name}-{number}"
    opened = await screen.must("incident.open", incident=incident)
    await screen.must("incident.locate", incident=incident, place=PLACE)
    await screen.must("incident.classify", incident=incident, nature="MED-01")
    await screen.must("incident.send", incident=incident)
    return incident, opened.body["number"]


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/health", trust_env=False).json()["ready"]
    except httpx.TransportError:
        return False
