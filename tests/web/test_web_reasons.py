"""What the software itself gives as a reason is a key that the screens have words for."""

import json
import re
from pathlib import Path

import pytest

from kentongan.cities.pack import packaged, read_checked
from kentongan.cities.tables import tables
from kentongan.core import alarm_rules, closure, pre_alert, room_policy
from kentongan.edge.web.account_keeping import FOUND
from kentongan.serve.accounts import REASON

LOCALES = Path(__file__).parents[2] / "web" / "locales"

SHOWN = (
    alarm_rules.DUTY_ENDED,
    closure.EXPIRED,
    pre_alert.EXPIRED,
    pre_alert.ASSIGNED,
    room_policy.SCRIPT,
    "account_closed",
    "retention",
    "triage",
)
"""Of incidents, units, desks and calls."""

OFFICE = (FOUND, REASON, "account_closed", alarm_rules.DUTY_ENDED, pre_alert.EXPIRED)
"""In Atur: of accounts, and in the audit trail."""


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(("folder", "reasons"), [(".", SHOWN), ("atur", OFFICE)])
def test_every_reason_of_the_software_has_words(
    language: str, folder: str, reasons: tuple[str, ...]
) -> None:
    """In both languages; none of them is a sentence of one."""
    words = json.loads((LOCALES / folder / f"{language}.json").read_text(encoding="utf-8"))
    assert [one for one in reasons if not re.fullmatch(r"[a-z_]+", one)] == []
    assert [one for one in reasons if f"why.{one}" not in words] == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_table_and_column_of_the_pack_has_words(language: str) -> None:
    """In Atur nobody reads a table's or a field's own name in the files."""
    words = json.loads((LOCALES / "atur" / f"{language}.json").read_text(encoding="utf-8"))
    shown = tables(read_checked(packaged()))
    assert shown
    named = {f"table.{one.name}" for one in shown}
    named |= {f"field.{column.name}" for one in shown for column in one.columns}
    assert sorted(named - words.keys()) == []
