"""`[queue]`: what a city chooses of its queue reaches the switch, and a mistake is named."""

from pathlib import Path

import pytest

from kentongan.core.queue import RING_S
from kentongan.main import main
from kentongan.serve.run import switch_settings
from kentongan.serve.settings_notes import notes_of
from kentongan.settings import Settings, SettingsError, load_settings


def _settings(folder: Path, text: str) -> Settings:
    file = folder / "centre.toml"
    file.write_text(f'state_dir = "{folder}"\n{text}', encoding="utf-8")
    return load_settings(file, {})


def test_nothing_said_is_the_cores_ladder_without_overflow(tmp_path: Path) -> None:
    """The seconds of the core, and calls go on ringing here."""
    ladder = switch_settings(_settings(tmp_path, "")).ladder
    assert ladder.ring_s == RING_S
    assert ladder.overflow_to is None


def test_a_city_chooses_seconds_and_its_neighbour(tmp_path: Path) -> None:
    """A stage that is not named keeps its seconds."""
    ladder = switch_settings(
        _settings(
            tmp_path,
            '[queue]\nring_s = {first = 6}\noverflow_to = "bpbd"\n'
            "overflow_after_s = 60\noverflow_calls_max = 4\n",
        )
    ).ladder
    assert ladder.ring_s == {**RING_S, "first": 6.0}
    assert (ladder.overflow_to, ladder.overflow_after_s) == ("bpbd", 60.0)
    assert ladder.overflow_calls_max == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ring_s = {first = 0.5}", "queue.ring_s.first must be 2 to 120"),
        ("ring_s = {fifth = 9}", "'fifth', must be one of all, first, second, supervisor"),
        ("overflow_after_s = -1", "queue.overflow_after_s"),
        ("overflow_tries_max = 0", "queue.overflow_tries_max"),
        ("overflow_calls_max = 0", "queue.overflow_calls_max must be 1 to 1000"),
        ('overflow = "x"', "unknown field `overflow`"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, words: str) -> None:
    """No centre starts with a queue that cannot be."""
    with pytest.raises(SettingsError, match=words.replace(".", r"\.")):
        _settings(tmp_path, f"[queue]\n{text}\n")


def test_a_neighbour_without_a_number_is_named_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A centre without an overflow takes calls; one whose switch does not start takes none."""
    file = tmp_path / "centre.toml"
    text = f'state_dir = "{tmp_path}"\n[queue]\noverflow_to = "tetangga112"\n'
    file.write_text(text, encoding="utf-8")
    assert main(["--settings", str(file), "settings"]) == 0
    said = capsys.readouterr()
    assert "queue.overflow_to: 'tetangga112' has no number" in said.err
    assert '"tetangga112"' in said.out
    assert main(["--settings", str(file), "trunk", "test"]) == 1
    assert "queue.overflow_to: 'tetangga112'" in capsys.readouterr().err
    assert list(notes_of(_settings(tmp_path, '[queue]\noverflow_to = "bpbd"\n'))) == []
