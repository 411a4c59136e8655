"""Commands run beside the screens' process: their answer, their progress, their end."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from kentongan.command_line import planning
from kentongan.main import main
from kentongan.serve import beside
from kentongan.serve.beside import Beside, BesideError


def _saying(limit_s: float = 20.0) -> Beside:
    """Runs Python lines instead of our commands."""
    made = Beside(None, limit_s)
    made._command = (sys.executable, "-c")  # a child that says what a test wants
    return made


def _run(
    made: Beside, words: Sequence[str], told: Callable[[int, int], None] | None = None
) -> bytes:
    async def run() -> bytes:
        return await made(words, told)

    return asyncio.run(run())


def test_progress_is_heard_and_the_answer_comes_whole() -> None:
    """Lines of progress are no reason; the answer is longer than any pipe holds."""
    heard: list[tuple[int, int]] = []
    script = (
        "import sys; print('progress 1 2', file=sys.stderr); print('a note', file=sys.stderr); "
        "sys.stdout.write('x' * 300_000); print('progress 2 2', file=sys.stderr)"
    )
    answer = _run(_saying(), [script], lambda done, of: heard.append((done, of)))
    assert (len(answer), heard) == (300_000, [(1, 2), (2, 2)])


def test_a_wrong_question_is_told_apart_from_a_failure() -> None:
    """By the command's code; what it said last is the reason."""
    with pytest.raises(ValueError, match="no unit X"):
        _run(_saying(), ["import sys; print('no unit X', file=sys.stderr); sys.exit(2)"])
    with pytest.raises(BesideError, match="disk"):
        _run(_saying(), ["import sys; print('disk', file=sys.stderr); sys.exit(1)"])


def test_a_child_is_ended_when_it_is_late_or_says_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It does not outlive the question."""
    with pytest.raises(BesideError, match=r"longer than 0\.5 s"):
        _run(_saying(0.5), ["import time; time.sleep(60)"])
    monkeypatch.setattr(beside, "ANSWER_BYTES_MAX", 1_000)
    with pytest.raises(BesideError, match="more than"):
        _run(_saying(), ["import sys, time; sys.stdout.write('x' * 90_000); time.sleep(60)"])


def test_the_wizards_command_answers_and_names_the_file_as_its_owner_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: a child of ours, the columns of a file, and a reason for one that is none."""
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path))
    path = tmp_path / "file.csv"
    path.write_text("no,diterima,selesai\n1,2026-10-01 08:00,2026-10-01 08:30\n", encoding="utf-8")
    answer: dict[str, Any] = json.loads(
        _run(Beside(None, 60), ["evaluation-import", "--name=log.csv", str(path)])
    )
    assert answer["recognised"] == "sumenep"
    path.write_bytes(b"")
    (tmp_path / "file.xlsx").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"^log\.xlsx: no workbook"):
        _run(
            Beside(None, 60),
            ["evaluation-import", "--name=log.xlsx", str(tmp_path / "file.xlsx")],
        )


@pytest.mark.parametrize(
    ("word", "work"),
    [
        ("what-if", "plan_twin.run_what_if"),
        ("posts", "plan_posts.run_posts"),
        ("shifts", "plan_shifts.run_shifts"),
    ],
)
def test_plans_beside_the_screens_are_bounded(
    word: str, work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is read; at the terminal they are not."""
    bounds: list[int | None] = []

    def done(*_: Any) -> int:
        return len(bounds)

    monkeypatch.setattr(beside, "gently", bounds.append)
    monkeypatch.setattr(f"kentongan.serve.{work}", done)
    assert main(["plan", word]) == 0
    assert main(["plan", word, "--json", "--gently"]) == 1
    assert bounds == [planning.MEMORY_BYTES]


def test_a_plan_that_needs_too_much_memory_says_so() -> None:
    """A reason and an end, whatever it asks for."""
    script = (
        "import sys; from argparse import Namespace; from kentongan.command_line import planning; "
        "planning.MEMORY_BYTES = 300_000_000; "
        "sys.exit(planning._bounded(Namespace(gently=True), lambda: len(bytearray(2_000_000_000))))"
    )
    with pytest.raises(BesideError, match=r"^needs more memory than 300 MB$"):
        _run(_saying(), [script])
