"""The silent test counts from when the caller hears it, and what cuts it off asks it again."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import CITY, DESK, DEWI, Playbook

from kentongan.core.call_rows import CallRow
from kentongan.core.commands import AnswerCall, HoldCall, PromptCaller, ResumeCall
from kentongan.core.words import AgentId, CallId, DeskKey
from kentongan.edge.switch import citizens, prompting, texting
from kentongan.edge.switch.bridge import ActualBridge, after, next_step
from kentongan.edge.switch.control import CitizenCall
from kentongan.media import protocol
from kentongan.sip.sdp import Session, write_audio

SAID = "silent_test.wav silent_test_jv.wav silent_test_en.wav"
KEY = "k" * 32


class Line:
    """A call whose desk asked, and its bridge as a media process would have it."""

    def __init__(self, folder: Path) -> None:
        self.book = Playbook(folder)
        self.book.ring()
        self.book.place()
        self.actual: ActualBridge | None = None
        self.tend()
        self.book.ask(AnswerCall(call=self.id, desk=DESK))
        self.book.media(protocol.WebChanged(bridge=self.id, leg=DESK, state="connected"))
        self.tend()
        self.book.ask(PromptCaller(call=self.id))

    @property
    def id(self) -> CallId:
        return self.book.call.id

    @property
    def row(self) -> CallRow:
        return self.book.board.ledger.row(self.id)

    @property
    def heard_s(self) -> float | None:
        """When the caller began to hear it, seconds before now."""
        at = self.row.silent_test_at
        return None if at is None else (self.book.moment.at - at) / timedelta(seconds=1)

    def tend(self) -> list[protocol.AnyCommand]:
        """What the media process is told until all is as wanted; each step is done and told of."""
        done: list[protocol.AnyCommand] = []
        while step := next_step(self.book.board.wanted(self.id), self.actual, self.id):
            self.actual = after(self.actual, step)
            prompting.carried_out(self.book.board, self.id, step, self.book.moment)
            done.append(step)
        self.book.flush()
        return done

    def ended(self, seq: int) -> None:
        """It was played to its end."""
        file = CITY.sounds.say("silent_test", self.book.call.languages)[-1]
        self.book.media(protocol.Played(bridge=self.id, leg="citizen", file=file, seq=seq))


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def test_it_counts_from_its_first_word(line: Line) -> None:
    """Not from the key: a media process that is slow, or away, has said nothing yet."""
    line.book.wait(9)
    assert (line.row.prompt, line.heard_s) == ("tap_or_5", None)
    detect, play = line.tend()
    assert detect == protocol.Detect(bridge=line.id, leg="citizen", taps=True, tones=True)
    assert isinstance(play, protocol.Play)
    assert (line.book.playing(), line.heard_s) == (SAID, 0.0)
    line.book.wait(16)
    line.ended(seq=3)
    assert line.tend() == [protocol.Stop(bridge=line.id, leg="citizen")]
    line.book.wait(2)
    assert (line.heard_s, line.book.playing()) == (18.0, "")
    assert line.book.facts[-2:] == ["call.prompted", "call.prompt_heard"]


def test_a_media_process_dies_in_mid_question(line: Line) -> None:
    """The clock stops with it; the next process asks again and listens for taps, by itself."""
    line.tend()
    line.book.wait(12)
    prompting.lost(line.book.board, line.id, line.book.moment)
    assert (line.row.prompt, line.heard_s) == ("tap_or_5", None)
    line.book.wait(10)
    line.actual = None
    steps = [type(step) for step in line.tend()]
    assert steps[-2:] == [protocol.Detect, protocol.Play]
    assert (line.heard_s, line.book.playing()) == (0.0, SAID)


def test_the_switch_dies_in_mid_question(line: Line) -> None:
    """The media process goes on, so does the question, and its clock is true."""
    line.tend()
    line.book.wait(5)
    line.book.restart()
    assert (line.tend(), line.heard_s, line.book.playing()) == ([], 5.0, SAID)
    line.ended(seq=9)
    line.book.wait(21)
    line.book.ask(PromptCaller(call=line.id))
    line.tend()
    line.ended(seq=9)  # told again to a switch that returned
    assert line.book.playing() == SAID
    line.ended(seq=12)
    assert line.book.playing() == ""


def test_the_switch_dies_before_it_knows_that_it_is_heard(line: Line) -> None:
    """It asks again what nobody plays, and believes what it finds playing."""
    line.book.restart()
    assert line.heard_s is None
    files = CITY.sounds.say("silent_test", line.book.call.languages)
    prompting.plays(line.book.board, line.id, ("wait.wav",), line.book.moment)
    assert line.heard_s is None
    prompting.plays(line.book.board, line.id, files, line.book.moment)
    assert line.heard_s == 0.0
    line.book.restart()
    line.actual = replace(line.actual or ActualBridge())
    assert protocol.Play in [type(step) for step in line.tend()]


def test_hold_cuts_it_off_and_it_goes_on_afterwards(line: Line) -> None:
    """Whoever is held hears reassurance, not the question; it is begun anew three times at most."""
    for _ in range(prompting.BEGUN_MAX):
        line.tend()
        assert (line.heard_s, line.book.playing()) == (0.0, SAID)
        line.book.wait(4)
        line.book.ask(HoldCall(call=line.id))
        line.tend()
        assert line.heard_s is None
        line.book.ask(ResumeCall(call=line.id))
    assert (line.row.prompt, line.row.prompt_cut, line.book.playing()) == (None, "cut_off", "")
    line.book.ask(PromptCaller(call=line.id))
    line.tend()
    assert (line.row.prompt_cut, line.heard_s) == (None, 0.0)


def test_a_question_that_reaches_nobody_is_told(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 15 s without a way to the caller; at once where the city has no such sound."""
    line.book.wait(14)
    assert line.row.prompt_cut is None
    line.book.wait(2)
    assert (line.row.prompt, line.row.prompt_cut) == (None, "not_heard")
    assert line.tend() != [], "knocks are listened for"
    assert line.heard_s is None
    prompting.give_up(line.book.board, line.id, "no_sound", line.book.moment)
    assert line.row.prompt_cut == "not_heard", "a late refusal"
    line.book.ask(PromptCaller(call=line.id))
    prompting.give_up(line.book.board, line.id, "no_sound", line.book.moment)
    assert line.row.prompt_cut == "no_sound"
    monkeypatch.setattr(line.book.board, "city", _mute())
    line.book.ask(PromptCaller(call=line.id))
    line.book.wait(1)
    assert (line.row.prompt, line.row.prompt_cut, line.heard_s) == (None, "no_sound", None)


def _mute() -> object:
    return replace(CITY, sounds=replace(CITY.sounds, files={}, spoken={}))


def test_a_key_makes_it_fall_silent(line: Line) -> None:
    """Who answered is not asked on."""
    line.tend()
    line.book.media(protocol.KeyPressed(bridge=line.id, leg="citizen", digit="5", seq=4))
    assert (line.row.keys, line.row.prompt, line.book.playing()) == ("5", None, "")


def test_a_page_without_sound_has_it_to_read(tmp_path: Path) -> None:
    """It counts from when the page was told; a page that has, or had, sound must hear it."""
    book = Playbook(tmp_path)
    for name, desk, has_sound in (("w1", DESK, False), ("w2", DeskKey("desk_2"), True)):
        asked = CitizenCall(call=CallId(name), key=KEY, only_types=not has_sound)
        call = citizens.open_call(book.board, asked, book.moment).id
        if has_sound:
            book.media(protocol.WebChanged(bridge=call, leg="citizen", state="connected"))
        prompting.read(book.board, call, book.moment)
        agent = replace(DEWI, id=AgentId(name), desk=desk)
        book.ask_of(call, AnswerCall(call=call, desk=desk), agent)
        book.ask_of(call, PromptCaller(call=call), agent)
        assert book.board.ledger.row(call).silent_test_at is None
        prompting.read(book.board, call, book.moment)
        assert (book.board.ledger.row(call).silent_test_at is None) == has_sound


def test_a_telephone_that_only_shows_text_has_it_to_read(tmp_path: Path) -> None:
    """It counts once the media process took the letters; other letters are not the question."""
    book = Playbook(tmp_path)
    book.ring(write_audio(Session("127.0.0.2", 4000, session_id=7)))
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    book.board.put(replace(book.call, citizen=replace(book.call.citizen, has_audio=False)))
    book.ask(PromptCaller(call=book.call.id))
    for text, is_it in (("halo\n", False), (texting.question(book.board), True)):
        command = protocol.TypeText(bridge=book.call.id, leg="citizen", text=text)
        prompting.said(book.board, book.call.id, command, book.moment)
        assert (book.board.ledger.row(book.call.id).silent_test_at is not None) == is_it
