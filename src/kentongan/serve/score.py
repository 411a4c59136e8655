"""`kentongan score` and the trainer's panel: the score sheet of a drill, out of the record of the
training room."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from kentongan.app.city import plans_of
from kentongan.cities.pack import CityPack
from kentongan.cities.training import Scenario
from kentongan.core.words import AgentId
from kentongan.measure.score import Board, Sheet, score
from kentongan.measure.score_sheet import to_html, to_pdf, to_text
from kentongan.serve.wiring import load_pack, utc_now
from kentongan.settings import Settings
from kentongan.store.accounts import Access
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

MINUTES_MAX = 100_000
"""How far back a drill may have begun: ten weeks."""

MINUTES = 180
"""How far back the panel looks for the last drill."""

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
    pdf: Path | None = None,
) -> int:
    """Print the sheet of the last drill of a scenario; returns the exit status."""
    pack = load_pack(settings)
    scenario = pack.scenario_by_key.get(scenario_key)
    if scenario is None:
        known = ", ".join(one.key for one in pack.scenarios)
        print(f"no scenario {scenario_key!r}; there are: {known}", file=sys.stderr)
        return 2
    if not 1 <= minutes <= MINUTES_MAX:
        print(f"--minutes: 1 to {MINUTES_MAX}", file=sys.stderr)
        return 2
    store = open_store(settings.training_store)
    try:
        sheet = sheet_of(store, pack, scenario, utc_now(), minutes)
    finally:
        store.close()
    if sheet.begun_at is None:
        print(f"no drill of {scenario_key!r} in the last {minutes} minutes", file=sys.stderr)
        return 1
    offset = plans_of(pack).time_zone_offset
    try:
        if html is not None:
            html.write_text(to_html(sheet, scenario, pack, language, offset), "utf-8")
        if pdf is not None:
            pdf.write_bytes(to_pdf(sheet, scenario, pack, language, offset))
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    shown = to_text(sheet, scenario, pack, language)
    print(msgspec.json.encode(sheet).decode() if as_json else shown)
    return 0


def sheet_of(
    store: WholeStore,
    pack: CityPack,
    scenario: Scenario,
    now: datetime,
    minutes: int = MINUTES,
    viewer: AgentId = VIEWER,
) -> Sheet:
    """The sheet of the last drill within so many minutes; whose words were read is on record."""
    opened: set[str] = set()

    def text(ref: str) -> str:
        found = store.open_texts([ref]).get(ref, "")
        if found:
            opened.add(ref)
        return found

    rows = (one.row for one in store.rows())
    board = Board((row for row in rows if row is not None and _is_drill(row)), text)
    since = now - timedelta(minutes=minutes)
    sheet = score(scenario, pack, plans_of(pack), board, since, now)
    store.accounts.log_access(
        [Access(viewer=viewer, what=ref, reason=REASON, at=now) for ref in sorted(opened)]
    )
    return sheet


def sheet_pdf(
    store: WholeStore, pack: CityPack, key: str, language: str, viewer: AgentId, now: datetime
) -> bytes | None:
    """What the trainer's panel hands out; None without such a scenario, or a drill of it."""
    scenario = pack.scenario_by_key.get(key)
    if scenario is None:
        return None
    sheet = sheet_of(store, pack, scenario, now, viewer=viewer)
    if sheet.begun_at is None:
        return None
    return to_pdf(sheet, scenario, pack, language, plans_of(pack).time_zone_offset)


def _is_drill(row: object) -> bool:
    """Duty is never scored: only what was marked as training when it happened."""
    return bool(getattr(row, "training", False))
