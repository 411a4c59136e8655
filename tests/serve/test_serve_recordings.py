"""`kentongan recording verify` and `export` on a real record and real files."""

import json
import wave
from hashlib import sha256
from pathlib import Path

import pytest

from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.app.recordings import segments_of
from kentongan.app.system import SYSTEM
from kentongan.cities.pack import load, packaged
from kentongan.core.commands import (
    AnyCommand,
    EndCall,
    Envelope,
    EraseRecording,
    KeepRecording,
    OfferCall,
)
from kentongan.core.events import RecordingPlayed
from kentongan.core.words import AgentId, CallId, CommandId, Role
from kentongan.main import main
from kentongan.media.protocol import AnyEvent, Recorded
from kentongan.media.seal import HEADER_SIZE, PIECE_EXTRA_BYTES
from kentongan.media.seal_keys import load_or_make_centre_key, new_segment_key
from kentongan.media.segment import Segment
from kentongan.serve.wiring import utc_now
from kentongan.store.accounts import Account
from kentongan.store.open import open_store
from kentongan.store.tables import KeyLine

SECOND = 32_000
PIECE = SECOND + PIECE_EXTRA_BYTES
PLANS = plans_of(load(packaged()))


class Centre:
    """A centre's state folder with recordings as the switch and the media process leave them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recordings = folder / "recordings"
        self.recordings.mkdir()
        self.store = open_store(f"sqlite:{folder / 'kentongan.db'}")
        for name, role in (("sari", Role.SUPERVISOR), ("amb01", Role.CREW)):
            account = Account(
                id=AgentId(f"agent-{name}"), name=name, password_hash="x", roles=(role,)
            )
            self.store.accounts.put(account)
        self._count = 0

    def do(self, command: AnyCommand) -> None:
        """One command through the door."""
        self._count += 1
        envelope = Envelope(id=CommandId(f"test-{self._count}"), agent=SYSTEM, command=command)
        handle(self.store, PLANS, envelope, utc_now())

    def tape(self, call: str, seconds: int = 2, *, parts: int = 1, lost: int = 0) -> list[Path]:
        """A call that is over, recorded in so many segments, `lost` s before each last second."""
        self.do(OfferCall(call=CallId(call), line="112", dialled="112", trunk="t"))
        self.do(EndCall(call=CallId(call), by="caller"))
        names = [f"{call}-{part}.rec" for part in range(parts)]
        return [self._segment(call, name, seconds, lost) for name in names]

    def _segment(self, call: str, name: str, seconds: int, lost: int) -> Path:
        key = new_segment_key()
        sealed = load_or_make_centre_key(self.folder / "recording.key").seal(key)
        self.store.recording_keys.keep([KeyLine(key.id, call, name, utc_now(), sealed)])
        told: list[AnyEvent] = []
        segment = Segment(call, self.recordings / name, key, told.append)
        segment.open()
        for second in range(seconds):
            is_last = second == seconds - 1
            segment.write(sound_of(second), lost * SECOND if is_last else 0)
        segment.close(0)
        recorded = told[-1]
        assert isinstance(recorded, Recorded)
        self.do(
            KeepRecording(
                call=CallId(call),
                segment=name,
                sha256=recorded.sha256,
                seconds=recorded.seconds,
                bytes=recorded.bytes,
                key=recorded.key,
                chain=recorded.chain,
                lost_s=recorded.lost_s,
            )
        )
        return self.recordings / name

    def played(self, call: str) -> list[RecordingPlayed]:
        """Each listening on record."""
        found = [one.event for one in self.store.load(f"call:{call}")]
        return [event for event in found if isinstance(event, RecordingPlayed)]


def sound_of(second: int) -> bytes:
    """What is said in a second."""
    return bytes([second + 1, 3]) * (SECOND // 2)


@pytest.fixture
def centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Centre:
    """A centre whose settings the command line uses."""
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path))
    return Centre(tmp_path)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """What a command printed, line by line."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_everything_is_as_it_was(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, the sum alone; of one call each segment is told."""
    centre.tape("c1")
    centre.tape("c2", parts=2)
    assert main(["recording", "verify"]) == 0
    assert lines(capsys) == [{"segments": 3, "intact": 3}]
    (centre.recordings / "stray.rec").write_bytes(b"nobody's")
    assert main(["recording", "verify"]) == 0
    assert lines(capsys) == [{"segments": 3, "intact": 3, "files_of_no_segment": 1}]
    assert main(["recording", "verify", "c2"]) == 0
    first, second, total = lines(capsys)
    assert (first["segment"], second["segment"]) == ("c2-0.rec", "c2-1.rec")
    assert total == {"segments": 2, "intact": 2}
    assert main(["recording", "verify", "c9"]) == 1
    assert lines(capsys) == [{"segments": 0, "detail": "no recording of a call 'c9'"}]


def test_seconds_that_the_disk_lost_are_named(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing was changed, so it is intact; a court and an engineer read where it is silent."""
    centre.tape("whole")
    centre.tape("holed", 3, lost=125)
    assert main(["recording", "verify"]) == 0
    holed, total = lines(capsys)
    assert (holed["call"], holed["verdict"], holed["seconds"]) == ("holed", "intact", 128)
    assert (holed["lost_s"], holed["missing"]) == (125, [[2, 127]])
    assert total == {"segments": 2, "intact": 2, "with_silence": 1}
    (kept,) = segments_of(centre.store.load("call:holed"))
    assert kept.lost_s == 125
    out = centre.folder / "holed.wav"
    arguments = ["--as", "sari", "--reason", "r", "--out", str(out)]
    assert main(["recording", "export", "holed", *arguments]) == 0
    (told,) = lines(capsys)
    assert (told["verdict"], told["lost_s"], told["missing"]) == ("intact", 125, [[2, 127]])


def test_each_kind_of_wrong_is_named(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    """Changed, cut, another's, missing, without its key: exit code 1 and what it is."""
    (changed,) = centre.tape("changed", 3)
    octets = bytearray(changed.read_bytes())
    octets[HEADER_SIZE + PIECE + 99] ^= 4
    changed.write_bytes(octets)
    (cut,) = centre.tape("cut", 3)
    cut.write_bytes(cut.read_bytes()[: HEADER_SIZE + 2 * PIECE])
    (other,) = centre.tape("other")
    (swapped,) = centre.tape("swapped")
    swapped.write_bytes(other.read_bytes())
    (gone,) = centre.tape("gone")
    gone.unlink()
    centre.tape("keyless")
    centre.store.recording_keys.erase(
        key.id for key in centre.store.recording_keys.of_call("keyless")
    )
    centre.tape("good")
    assert main(["recording", "verify"]) == 1
    *found, total = lines(capsys)
    assert {(one["call"], one["verdict"], one.get("damaged_at_s")) for one in found} == {
        ("changed", "damaged", 1),
        ("cut", "differs", None),
        ("swapped", "damaged", 0),
        ("gone", "missing", None),
        ("keyless", "no_key", None),
    }
    assert (total["segments"], total["intact"]) == (7, 2)


def test_another_centres_key_opens_nothing(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    """A backup restored without the key file: said so, not called damaged."""
    centre.tape("c1")
    (centre.folder / "recording.key").unlink()
    assert main(["recording", "verify"]) == 1
    assert lines(capsys)[0]["verdict"] == "locked"
    load_or_make_centre_key(centre.folder / "recording.key")
    assert main(["recording", "verify"]) == 1
    finding = lines(capsys)[0]
    assert finding["verdict"] == "locked"
    assert "another centre" in str(finding["detail"])


def test_what_was_erased_is_known(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    """Erased by the journal: being erased until key and file are gone, then erased; never wrong."""
    (file,) = centre.tape("c1")
    centre.do(EraseRecording(call=CallId("c1"), segment=file.name, reason="retention"))
    assert main(["recording", "verify"]) == 0
    assert lines(capsys) == [{"segments": 1, "erasing": 1}]
    centre.store.recording_keys.erase(key.id for key in centre.store.recording_keys.of_call("c1"))
    file.unlink()
    assert main(["recording", "verify"]) == 0
    assert lines(capsys) == [{"segments": 1, "erased": 1}]


def test_an_export_is_on_record_and_can_be_proven(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    """WAV with both sides, digests that anybody can compute, and who took it out and why."""
    centre.tape("c1", 3)
    out = centre.folder / "evidence.wav"
    arguments = ["recording", "export", "c1", "--as", "Sari", "--reason", "Perkara 112/2026"]
    assert main([*arguments, "--out", str(out)]) == 0
    (told,) = lines(capsys)
    with wave.open(str(out)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
        sound = file.readframes(file.getnframes())
    assert sound == b"".join(sound_of(second) for second in range(3))
    assert told["sha256"] == sha256(sound).hexdigest()
    assert told["file_sha256"] == sha256(out.read_bytes()).hexdigest()
    assert (told["verdict"], told["seconds"]) == ("intact", 3)
    assert out.stat().st_mode & 0o777 == 0o600
    (played,) = centre.played("c1")
    assert played.agent == "agent-sari"
    assert played.reason_text is not None
    assert played.reason_text.text == "export: Perkara 112/2026"
    assert told["position"] == centre.store.last_position()
    (access,) = centre.store.accounts.accesses(what="recording:c1/c1-0.rec")
    assert (access.viewer, access.reason) == ("agent-sari", "export")

    assert main([*arguments, "--out", str(out)]) == 1  # never over something
    assert len(centre.played("c1")) == 1


def test_a_call_in_several_segments(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    """One file each; or the one that is asked for."""
    centre.tape("c1", parts=2)
    out = centre.folder / "e.wav"
    arguments = ["recording", "export", "c1", "--as", "sari", "--reason", "r", "--out", str(out)]
    assert main(arguments) == 0
    assert [Path(str(one["file"])).name for one in lines(capsys)] == ["e-1.wav", "e-2.wav"]
    assert main([*arguments, "--segment", "c1-1.rec"]) == 0
    assert [one["segment"] for one in lines(capsys)] == ["c1-1.rec"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--as": "amb01"}, "not_permitted"),
        ({"--as": "nobody"}, "nobody may sign in"),
        ({"--reason": " "}, "say why"),
        ({"--segment": "other.rec"}, "nothing is on record"),
    ],
)
def test_what_is_not_exported(
    centre: Centre, capsys: pytest.CaptureFixture[str], changed: dict[str, str], said: str
) -> None:
    """Who may not listen may not export; nothing is written, nothing is on record."""
    centre.tape("c1")
    out = centre.folder / "e.wav"
    wanted = {"--as": "sari", "--reason": "r", "--out": str(out), **changed}
    arguments = [part for pair in wanted.items() for part in pair]
    assert main(["recording", "export", "c1", *arguments]) == 1
    assert said in capsys.readouterr().err
    assert not out.exists()
    assert centre.played("c1") == []


def test_a_damaged_recording_is_exported_up_to_there(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    """The good seconds, and it is said; exit code 1."""
    (file,) = centre.tape("c1", 3)
    octets = bytearray(file.read_bytes())
    octets[HEADER_SIZE + 2 * PIECE + 99] ^= 4
    file.write_bytes(octets)
    out = centre.folder / "e.wav"
    arguments = ["--as", "sari", "--reason", "r", "--out", str(out)]
    assert main(["recording", "export", "c1", *arguments]) == 1
    (told,) = lines(capsys)
    assert (told["verdict"], told["seconds"]) == ("damaged", 2)
    assert out.stat().st_size == 44 + 2 * SECOND
