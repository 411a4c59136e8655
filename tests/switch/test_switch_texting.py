"""Real-time text at the switch: accepted, shown letter by letter, on record by lines."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import DESK, DEWI, OFFER, SUTI, Playbook

from kentongan.core.commands import AnswerCall, Envelope, HoldCall, TextCall
from kentongan.core.events import CallTexted
from kentongan.core.words import AgentId, CommandId, DeskKey, Personal, Refused
from kentongan.edge.switch import signalling, texting
from kentongan.edge.switch.control import TypeText
from kentongan.edge.switch.record import WebLeg
from kentongan.edge.switch.texting import LINE_CHARACTERS_MAX, LONGEST, PAUSE, TAKEN_BACK
from kentongan.media import protocol
from kentongan.sip.description import read_description
from kentongan.sip.events import Response
from kentongan.sip.text_line import read_text

TEXT = (
    b"m=text 5000 RTP/AVP 100 98\r\na=rtpmap:98 t140/1000\r\na=fmtp:98 cps=20\r\n"
    b"a=rtpmap:100 red/1000\r\na=fmtp:100 98/98/98\r\n"
)
HEAD = OFFER.partition(b"m=audio")[0]
BOTH = OFFER + TEXT
TEXT_ONLY = HEAD + TEXT


@pytest.fixture
def book(tmp_path: Path) -> Playbook:
    """A switchboard, and nobody has called."""
    return Playbook(tmp_path)


def _place_text(book: Playbook, port: int = 41_000) -> None:
    signalling.text_placed(book.board, book.phones, book.call.id, "127.0.0.1", port, book.moment)
    book.flush()


def _talking(book: Playbook, body: bytes = BOTH) -> None:
    book.ring(body)
    _place_text(book)
    if body is not TEXT_ONLY:
        book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))


def _type(book: Playbook, text: str, seq: int, leg: str = "citizen") -> None:
    book.media(
        protocol.Typed(bridge=book.call.id, leg=leg, text=text, seq=seq, source=7, number=seq)
    )


def _desk(book: Playbook, text: str, count: int, **other: object) -> protocol.TypeText | None:
    """Dewi types, and the media process takes it."""
    given = {"desk": DESK, "agent": DEWI.id, "name": "Dewi", "stream": "page-1", **other}
    asked = TypeText(call=book.call.id, text=text, count=count, **given)  # type: ignore[arg-type]
    command = texting.to_caller(book.board, asked)
    if command is not None:
        texting.sent(book.board, asked, book.moment.at)
    book.flush()
    return command


def _said(book: Playbook) -> list[tuple[str, str]]:
    """The lines on record."""
    events = [fact.event for fact in book.call.facts]
    return [(one.by, one.text.text or "") for one in events if isinstance(one, CallTexted)]


def _shown(book: Playbook, by: str = "caller") -> str:
    """The unfinished line as it was shown last."""
    pushes = [one for one in book.pushed if one.get("event") == "typing" and one["by"] == by]
    return str(pushes[-1]["text"]) if pushes else ""


def _answer(book: Playbook) -> bytes:
    answers = [one for one in book.told(Response) if one.status == 200 and one.sdp]
    assert answers[-1].sdp is not None
    return answers[-1].sdp


def _remarks(book: Playbook) -> tuple[str, ...]:
    return book.board.ledger.row(book.call.id).remarks


def test_text_beside_the_voice_is_accepted_where_it_was_offered(book: Playbook) -> None:
    """Ports of both in one answer, which waits for both; the desk knows that it may write."""
    book.ring(BOTH)
    wanted = book.board.wanted(book.call.id)
    assert wanted is not None
    (text,) = wanted.texts
    assert (text.phone.ip, text.phone.port, text.phone.red) == ("127.0.0.2", 5000, 100)
    assert (text.phone.generations, text.phone.cps) == (2, 20)
    book.place()
    assert 200 not in book.statuses
    _place_text(book)
    assert 200 in book.statuses
    media = read_description(_answer(book))
    assert [(one.kind, one.port) for one in media] == [("audio", 40_000), ("text", 41_000)]
    assert _remarks(book) == ("real_time_text",)


def test_a_call_of_text_alone_rings_and_is_answered(book: Playbook) -> None:
    """No line of sound is made or described; the desk's page still has its own leg."""
    _talking(book, TEXT_ONLY)
    assert [(one.kind, one.port) for one in read_description(_answer(book))] == [("text", 41_000)]
    assert _remarks(book) == ("text_only", "real_time_text")
    assert book.state == "answered"
    assert list(book.modes()) == [DESK]


def test_sound_that_we_cannot_speak_leaves_the_text(book: Playbook) -> None:
    """Refused at its place; the call is one of text."""
    opus = HEAD + b"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n" + TEXT
    book.ring(opus)
    _place_text(book)
    media = read_description(_answer(book))
    assert [(one.kind, one.port) for one in media] == [("audio", 0), ("text", 41_000)]


def test_text_that_finds_no_place_leaves_the_sound(book: Playbook) -> None:
    """The media process refuses it: the call is answered without."""
    book.ring(BOTH)
    texting.displaced(book.board, book.call.id, "no-port")
    book.flush()
    book.place()
    media = read_description(_answer(book))
    assert [(one.kind, one.port) for one in media] == [("audio", 40_000), ("text", 0)]


def test_whoever_reads_is_told_what_others_hear(book: Playbook) -> None:
    """That they wait, that somebody reads, and that they are not forgotten while held."""
    _talking(book)
    book.ask(HoldCall(call=book.call.id))
    told = [one.text for one in book.sounded if isinstance(one, protocol.TypeText)]
    assert len(told) == 3
    assert "Jangan ditutup" in told[0]
    assert "Do not hang up" in told[0]
    assert "membaca" in told[1]
    assert "masih tersambung" in told[2]
    assert _said(book) == []


def test_letters_are_shown_and_lines_are_kept(book: Playbook) -> None:
    """An erasure before the end of a line never was; a new line ends it."""
    _talking(book)
    _type(book, "tolomg\b\bng", 1)
    assert _shown(book) == "tolong"
    assert _said(book) == []
    _type(book, "\nJl. Pan", 2)
    assert _said(book) == [("caller", "tolong")]
    assert _shown(book) == "Jl. Pan"


def test_a_pause_ends_a_line_and_later_erasures_are_marked(book: Playbook) -> None:
    """What is on record stays; that it was taken back is on record, too."""
    _talking(book)
    _type(book, "lantai 3", 1)
    book.wait(PAUSE.total_seconds() - 1)
    assert _said(book) == []
    book.wait(2)
    assert _said(book) == [("caller", "lantai 3")]
    assert _shown(book) == ""
    _type(book, "\b5", 2)
    book.wait(PAUSE.total_seconds() + 1)
    assert _said(book)[1] == ("caller", f"{TAKEN_BACK}5")


def test_who_never_pauses_is_kept_each_minute_and_in_pieces(book: Playbook) -> None:
    """By time, and by length."""
    _talking(book)
    for seq in range(1, 32):
        _type(book, "x", seq)
        book.wait(2)
    assert len(_said(book)) == 1
    assert len(_said(book)[0][1]) == LONGEST // timedelta(seconds=2)
    _type(book, "y" * (LINE_CHARACTERS_MAX + 3), 99)
    assert len(_said(book)[-1][1]) == LINE_CHARACTERS_MAX


def test_the_end_of_a_call_keeps_what_was_not_finished(book: Playbook) -> None:
    """The last words are the ones that count."""
    _talking(book)
    _type(book, "dia masuk ke ru", 1)
    book.phone.bye(book.phone_dialog, now=book.elapsed_s)
    book.flush()
    assert _said(book) == [("caller", "dia masuk ke ru")]
    assert book.facts[-2:] == ["call.texted", "call.ended"]


def test_a_killed_switch_goes_on_with_the_line(book: Playbook) -> None:
    """The media process tells again what it told; nothing is doubled, nothing is lost."""
    _talking(book)
    _type(book, "15", 1)
    _type(book, "5", 2)
    book.restart()
    _type(book, "15", 1)
    _type(book, "5", 2)
    _type(book, " A", 3)
    assert _shown(book) == "155 A"
    wanted = book.board.wanted(book.call.id)
    assert wanted is not None
    assert wanted.texts[0].heard == (7, 3)


def test_text_comes_to_a_call_that_had_none(book: Playbook) -> None:
    """A re-INVITE with text is answered as soon as the text has a place; without it, it goes."""
    _talking_without(book)
    book.phone.request(book.phone_dialog, "INVITE", now=book.elapsed_s, body=BOTH)
    book.flush()
    before = book.statuses.count(200)
    _place_text(book)
    assert book.statuses.count(200) == before + 1
    found = read_text(_answer(book))
    assert found is not None
    assert found.port == 41_000
    _type(book, "halo", 1)
    assert _shown(book) == "halo"
    gone = BOTH.replace(b"m=text 5000", b"m=text 0")
    book.phone.request(book.phone_dialog, "INVITE", now=book.elapsed_s, body=gone)
    book.flush()
    wanted = book.board.wanted(book.call.id)
    assert wanted is not None
    assert wanted.texts == ()


def _talking_without(book: Playbook) -> None:
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))


def test_what_the_desk_types_is_sent_once_and_kept_in_its_name(book: Playbook) -> None:
    """A page that asks again because it heard nothing does not write twice."""
    _talking(book)
    sent = _desk(book, "Di man", 1)
    assert sent is not None
    assert sent.text == "Di man"
    assert _desk(book, "Di man", 1) is None
    _desk(book, "a?\n", 2)
    assert _said(book) == [("desk", "Di mana?")]
    meta = next(fact.meta for fact in book.call.facts if isinstance(fact.event, CallTexted))
    assert (meta.agent, meta.agent_name) == (DEWI.id, "Dewi")


def test_only_who_talks_with_the_caller_writes(book: Playbook) -> None:
    """Not another desk, not another person at this one, not who only listens; not without text."""
    _talking(book)
    listens = WebLeg(desk=DeskKey("supervisor"), agent=SUTI.id, role="supervisor")
    book.board.put(replace(book.call, desks=(*book.call.desks, listens)))
    for other in (
        {"desk": DeskKey("desk_2")},
        {"agent": AgentId("budi")},
        {"desk": DeskKey("supervisor"), "agent": SUTI.id},
    ):
        with pytest.raises(Refused) as refused:
            _desk(book, "x", 1, **other)
        assert refused.value.reason == "not_permitted"


def test_who_has_no_text_line_cannot_be_written_to_by_letters(book: Playbook) -> None:
    """The page is told so."""
    _talking_without(book)
    with pytest.raises(Refused) as refused:
        _desk(book, "x", 1)
    assert refused.value.reason == "no_text_line"


def test_a_whole_line_to_a_plain_telephone_is_refused(book: Playbook) -> None:
    """Whatever the screen shows: nothing goes on record as if the caller had read it."""
    _talking_without(book)
    before = book.facts
    with pytest.raises(Refused) as refused:
        book.ask(TextCall(call=book.call.id, by="desk", text=Personal(text="Bantuan berangkat")))
    assert refused.value.reason == "no_text_line"
    assert book.facts == before


def test_a_whole_line_of_the_desk_is_read_at_the_telephone(book: Playbook) -> None:
    """The command that browsers' callers are written to with reaches this one, too."""
    _talking(book)
    command = TextCall(call=book.call.id, by="desk", text=Personal(text="Bantuan berangkat"))
    envelope = Envelope(id=CommandId("t1"), agent=DEWI, command=command)
    said = book.board.obey(book.call.id, envelope, book.moment.at)
    texting.spoken(book.board, book.call.id, said)
    book.flush()
    last = book.sounded[-1]
    assert isinstance(last, protocol.TypeText)
    assert last.text == "\nBantuan berangkat\n"


def test_a_text_telephone_that_vanished_is_asked_for(book: Playbook) -> None:
    """There is no sound that could fall silent: OPTIONS each half minute, and its call ends."""
    _talking(book, TEXT_ONLY)
    book.is_deaf = True
    book.wait(90)
    assert book.call.is_over
