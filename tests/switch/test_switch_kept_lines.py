"""The last lines are kept for callers who are waited for; these taken, it is 503 for everybody."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import CENTRE, DESK, OFFER, Playbook
from switch_room import Room

from kentongan.core.commands import CallBack
from kentongan.core.words import CallId, Refused, personal
from kentongan.edge.caller.phone import CallState
from kentongan.edge.switch import citizens
from kentongan.edge.switch.control import CitizenCall
from kentongan.edge.switch.lines import Lines
from kentongan.edge.switch.record import CitizenPage, SpooledCall
from kentongan.edge.switch.room import PRESENCE_S, Word
from kentongan.edge.switch.room import Room as Presences

P1, OTHER_P1, NOBODY = "081111111", "082222222", "083333333"
PHONE = SpooledCall(id=CallId("p"), trunk="local", announcements=())
SOUNDS = replace(PHONE, page=CitizenPage(key=""))


def test_as_many_lines_are_kept_as_there_are_numbers_up_to_a_tenth() -> None:
    """None while nobody is waited for; a centre of a few lines keeps none."""
    lines = Lines(0, 1)
    assert [lines.kept(count) for count in (0, 1, 6, 7, 500)] == [0, 1, 6, 6, 6]
    assert Lines(9, 1).kept(500) == 0
    assert lines.has_room([PHONE] * 53, 6)
    assert not lines.has_room([PHONE] * 54, 6)
    assert not lines.has_room_for_page([PHONE] * 54, 6)
    assert lines.has_room_for_page([PHONE] * 40 + [SOUNDS] * 13, 6)


def _ring(book: Playbook, number: str) -> int:
    """What that number's INVITE got."""
    before = len(book.statuses)
    uri = f"sip:{number}@127.0.0.2"
    book.phone.invite("sip:112@127.0.0.1", OFFER, now=book.elapsed_s, peer=CENTRE, from_uri=uri)
    book.flush()
    return book.statuses[before]


def _full_but_one(folder: Path) -> Playbook:
    """Ten lines, nine taken, and two numbers are waited for: one line is kept."""
    book = Playbook(folder)
    book.board.lines.learn(0, 10)
    for number in range(9):
        assert _ring(book, f"0800{number}") == 180
    book.board.awaited = lambda _at: frozenset((P1, OTHER_P1))
    return book


def test_a_repeat_caller_finds_the_line_that_others_do_not(tmp_path: Path) -> None:
    """A stranger is told 503 and is on record; the last line is the repeat caller's; then 503."""
    book = _full_but_one(tmp_path)
    assert _ring(book, NOBODY) == 503
    assert _ring(book, P1) == 180
    assert _ring(book, OTHER_P1) == 503
    assert book.board.counts.full == 2
    assert "full" in str(list(book.board.ledger)[9].facts[-1].event)


@pytest.mark.parametrize("told", ["+6281111111111", "6281111111111", "0062 811-1111-1111"])
def test_a_number_is_the_same_however_it_was_written(tmp_path: Path, told: str) -> None:
    """Kept for a number as a page or an operator typed it, found as the trunk shows it; in hand,
    nothing is kept for it any more."""
    book = Playbook(tmp_path)
    book.board.lines.learn(0, 10)
    for number in range(8):
        assert _ring(book, f"0800{number}") == 180
    book.board.awaited = lambda _at: frozenset((told, "0811 1111 1111"))
    assert _ring(book, "+6281111111111") == 180
    assert _ring(book, NOBODY) == 180


def test_the_line_is_everybodys_while_nobody_is_waited_for(tmp_path: Path) -> None:
    """Nothing is kept for nothing."""
    book = _full_but_one(tmp_path)
    book.board.awaited = lambda _at: frozenset()
    assert _ring(book, NOBODY) == 180
    assert _ring(book, P1) == 503


def test_no_line_is_kept_for_who_has_one(tmp_path: Path) -> None:
    """With both of them in hand the rest is everybody's, to the last line."""
    book = Playbook(tmp_path)
    book.board.lines.learn(0, 10)
    for number in (*(f"0800{one}" for one in range(7)), P1, OTHER_P1):
        assert _ring(book, number) == 180
    book.board.awaited = lambda _at: frozenset((P1, OTHER_P1))
    assert _ring(book, NOBODY) == 180
    assert _ring(book, "0845") == 503


def test_pages_and_desks_leave_the_kept_line(tmp_path: Path) -> None:
    """But whoever is waited for may be rung back over it."""
    book = _full_but_one(tmp_path)
    asked = CitizenCall(call=CallId("w1"), key="k" * 32, number=P1)
    with pytest.raises(Refused, match="lines_full"):
        citizens.open_call(book.board, asked, book.moment)
    with pytest.raises(Refused, match="lines_full"):
        book.ask(_back(NOBODY))
    book.ask(_back(P1))


def _back(number: str) -> CallBack:
    whom = personal(number)
    assert whom is not None
    return CallBack(call=CallId(f"back-{number}"), desk=DESK, line="112", trunk="", number=whom)


def test_what_web_says_counts_as_long_as_it_is_said(tmp_path: Path) -> None:
    """Of every web process; forgotten like everything else that is not said again."""
    book = Playbook(tmp_path)
    room = Presences()
    at = book.moment.at
    room.hear("a", Word(at=at, awaited=frozenset((P1,))))
    room.hear("b", Word(at=at, awaited=frozenset((OTHER_P1,))))
    assert room.awaited(at) == {P1, OTHER_P1}
    book.wait(PRESENCE_S + 1)
    assert room.awaited(book.moment.at) == frozenset()


def test_the_real_switch_is_told_over_its_control_socket(tmp_path: Path) -> None:
    """Ten lines of a media process; the store is asked nothing."""

    async def scenario() -> None:
        async with Room(tmp_path, bridges_max=10) as room:
            while (await room.control.ask("health"))["sip"]["calls_max"] != 10:
                await asyncio.sleep(0.02)
            await room.control.ask("present", speaker="web", awaited=[P1])
            phone = await room.phone()
            for number in range(9):
                await (await phone.call("112", number=f"0800{number}")).reach(CallState.TALKING)
            stranger = await phone.call("112", number=NOBODY)
            await stranger.reach(CallState.OVER)
            assert stranger.status == 503
            await (await phone.call("112", number=P1)).reach(CallState.TALKING)

    asyncio.run(scenario())
