"""`kentongan score`: the score sheet of a drill, out of the record of the training room."""

import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from kentongan.app.city import plans_of
from kentongan.core.words import AgentId
from kentongan.measure.score import Board, score
from kentongan.measure.score_sheet import to_html, to_text
from kentongan.serve.wiring import load_pack, utc_now
from kentongan.settings import Settings
from kentongan.store.accounts import Access
from kentongan.store.open import open_store

MINUTES_MAX = 100_000
"""How far back a drill may have begun: ten weeks."""

VIEWER = AgentId("system-score")
REASON = "score"


def run_score(
    settings: Settings,
    scenario_key: str,
    *,
    minutes: int,
    language: str,
    as_json: bool,
    html: Path | None,
) -> int:
    """Print the sheet of the last drill of a scenario; returns the exit status."""
    pack = load_pack(settings)
    scenario = next((one for one in pack.scenarios if one.key == scenario_key), None)
    if scenario is None:
        known = ", ".join(one.key for one in pack.scenarios)
        print(f"no scenario {scenario_key!r}; there are: {known}", file=sys.stderr)
        return 2
    if not 1 <= minutes <= MINUTES_MAX:
        print(f"--minutes: 1 to {MINUTES_MAX}", file=sys.stderr)
        return 2
    plans, now = plans_of(pack), utc_now()
    store = open_store(settings.training_store)
    opened: set[str] = set()

    def text(ref: str) -> str:
        found = store.open_texts([ref]).get(ref, "")
        if found:
            opened.add(ref)
        return found

    try:
        rows = (one.row for one in store.rows())
        board = Board((row for row in rows if row is not None and _is_drill(row)), text)
        sheet = score(scenario, pack, plans, board, now - timedelta(minutes=minutes), now)
        store.accounts.log_access(
            [Access(viewer=VIEWER, what=ref, reason=REASON, at=now) for ref in sorted(opened)]
        )
    finally:
        store.close()
    if sheet.begun_at is None:
        print(f"no drill of {scenario_key!r} in the last {minutes} minutes", file=sys.stderr)
        return 1
    if html is not None:
        html.write_text(to_html(sheet, scenario, pack, language, plans.time_zone_offset), "utf-8")
    shown = to_text(sheet, scenario, pack, language)
    print(msgspec.json.encode(sheet).decode() if as_json else shown)
    return 0


def _is_drill(row: object) -> bool:
    """Duty is never scored: only what was marked as training when it happened."""
    return bool(getattr(row, "training", False))
