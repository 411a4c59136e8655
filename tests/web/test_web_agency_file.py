"""An agency's own figures and its 15-minute file: the fraction that the law asks for, untyped."""

import csv
import io
from datetime import timedelta

from msgspec import structs
from web_people import PLANS
from web_room import Person, Room

from kentongan.core.agency_file import figures, lines, percentile
from kentongan.core.rows import Assignment, IncidentRow
from kentongan.core.words import Progress


def span(room: Room) -> dict[str, str]:
    """Around now."""
    now = room.clock()
    day = timedelta(days=1)
    return {"from": (now - day).isoformat(), "to": (now + day).isoformat()}


def burn(room: Room, rina: Person, key: str, unit: str) -> IncidentRow:
    """A house on fire; the fire service has it, its unit is on the way."""
    budi = room.person("budi")
    room.incident(rina, key, "KBK-01")
    budi.done("task.task", incident=f"i-{key}", agency="damkar", lead=True)
    budi.done("unit.start_duty", unit=unit)
    budi.done("assignment.assign", incident=f"i-{key}", unit=unit, agency="damkar")
    found = room.store.find_row("incident", f"i-{key}")
    assert found is not None
    assert isinstance(found.row, IncidentRow)
    return found.row


def test_the_file_holds_both_sides_of_the_fraction_and_no_persons_words(room: Room) -> None:
    """One there in time, one never: 1 of 2, one missing. Nobody's words, no formula."""
    rina = room.person("rina")
    burn(room, rina, "one", "DMK01")
    burn(room, rina, "two", "DMK02")
    room.person("budi").done(
        "assignment.progress", incident="i-one", unit="DMK01", progress="on_scene"
    )
    damkar = room.person("damkar")
    damkar.done("task.acknowledge", incident="i-one", agency="damkar")
    sums = damkar.get("/api/agencies/damkar/figures", **span(room)).json()
    assert (sums["tasks"], sums["answered"], sums["arrived"]) == (2, 1, 1)
    assert (sums["law_cases"], sums["law_within"], sums["law_missing"]) == (2, 1, 1)
    answer = damkar.get("/api/agencies/damkar/tasks.csv", **span(room))
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="damkar-')
    text = answer.content.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    assert table[0] == ["law_cases", "2"]
    assert table[1] == ["law_within", "1"]
    head, first, second = table[4], table[5], table[6]
    row = dict(zip(head, first, strict=True))
    assert (row["nature"], row["lead"], row["law_s"], row["within_law"]) == (
        "KBK-01",
        "yes",
        "900",
        "yes",
    )
    assert dict(zip(head, second, strict=True))["within_law"] == ""
    assert "Jalan one" not in text
    assert "ada kejadian" not in text


def test_an_officer_reads_the_own_agency_and_nobody_elses(room: Room) -> None:
    """Whatever else is asked is not there; a supervisor reads any; a span is bounded."""
    officer, crew = room.person("dinkes"), room.person("amb01")
    when = span(room)
    for what in ("figures", "tasks.csv"):
        assert officer.get(f"/api/agencies/dinkes/{what}", **when).status_code == 200
        assert officer.get(f"/api/agencies/damkar/{what}", **when).status_code == 404
        assert officer.get(f"/api/agencies/nasa/{what}", **when).status_code == 404
        assert crew.get(f"/api/agencies/dinkes/{what}", **when).status_code == 403
        assert room.person("sari").get(f"/api/agencies/damkar/{what}", **when).status_code == 200
        assert officer.get(f"/api/agencies/dinkes/{what}").status_code == 400
        late = {"from": when["from"], "to": "2099-01-01T00:00:00+00:00"}
        assert officer.get(f"/api/agencies/dinkes/{what}", **late).status_code == 400


def test_a_clock_that_ran_backwards_is_no_time_and_drills_are_left_out(room: Room) -> None:
    """An arrival before the information is missing, never fast; 90 % are rounded against us."""
    row = burn(room, room.person("rina"), "one", "DMK01")
    (task,) = [one for one in row.tasks if one.agency == "damkar"]
    start, end = task.tasked_at - timedelta(hours=1), task.tasked_at + timedelta(hours=1)

    def arriving(after_s: float) -> IncidentRow:
        at = task.tasked_at + timedelta(seconds=after_s)
        there = Assignment(
            unit=row.assignments[0].unit,
            agency=task.agency,
            progress=Progress.ON_SCENE,
            progress_at={Progress.ON_SCENE: at},
        )
        return structs.replace(row, assignments=(there,))

    told = {
        after: lines([arriving(after)], "damkar", start, end, PLANS)[0] for after in (-5, 900, 901)
    }
    assert [told[after].within_law for after in (-5, 900, 901)] == [None, True, False]
    assert figures([told[-5]]).law_missing == 1
    drill = structs.replace(row, training=True)
    assert lines([drill], "damkar", start, end, PLANS) == ()
    assert lines([row], "damkar", end, end + timedelta(hours=1), PLANS) == ()
    assert percentile([], 90) is None
    assert percentile(list(range(1, 11)), 90) == 9
    assert percentile([10, 20], 90) == 20
