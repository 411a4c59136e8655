"""What the web process is given at its start: store, plans, neighbours, clock, folders.

`main` and the tests fill this in; nothing in this folder looks for anything by itself. The web
process holds no truth: it can be killed at any moment and starts again from the store.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from kentongan.app.pack_in_use import Edition, PackInUse
from kentongan.cities.pack import CityPack, packaged
from kentongan.core.plans import Plans
from kentongan.core.positions import Bounds
from kentongan.core.words import AgentId
from kentongan.edge.web.backups import Backups
from kentongan.edge.web.bodies import DemoAccount
from kentongan.geography import Geography
from kentongan.store.whole import WholeStore
from kentongan.switch_line import OtherSwitch

Evaluate = Callable[[WholeStore, datetime, datetime, bool], Struct]
"""The report of [start, end) for duty or training; called on the reading thread."""

MonthOfAlarms = Callable[[WholeStore, str, bool], Struct]
"""The alarms of a month (`2026-10`) on duty or in training; `ValueError` when that is no month.
Called on the reading thread."""

Insight = Callable[[Mapping[str, str], str | None, datetime, bool, str], bytes]
"""A part of the screen *Evaluasi* as JSON, or its cases as Parquet: what the address asks, whose
agency alone is shown, now, whether of training, and who asks. `ValueError` for what cannot be
meant, `LookupError` for another agency's. Called on the thread of figures."""

StartScenario = Callable[[str], Awaitable[None]]
"""Let a training scenario's calls ring."""


SendText = Callable[[str, str], Awaitable[bool]]
"""Number and words: hands a message to a gateway for SMS, else WhatsApp; whether one took it."""


ScorePdf = Callable[[WholeStore, CityPack, str, str, AgentId, datetime], bytes | None]
"""The score sheet of a scenario's last drill, in that language, for that viewer; called on the
reading thread."""


class RunBeside(Protocol):
    """Has a command of this program done by a process of the lowest priority."""

    async def __call__(
        self, arguments: Sequence[str], told: Callable[[int, int], None] | None = None
    ) -> bytes:
        """What it printed; `told` hears how much of how much is done. `ValueError` with what it
        said for a question that cannot be meant, `RuntimeError` when it could not be done. Whoever
        cancels this ends the process."""
        ...


class MonthlyPdf(Protocol):
    """Has the monthly report made, away from this process; `RuntimeError` when it could not be."""

    async def __call__(
        self, month: str, language: str, agency: str, *, public: bool, training: bool
    ) -> bytes:
        """The pages of a month (`2026-10`) in that language, of an agency or (empty) of all; the
        form that may be `public` is of all."""
        ...


Train = Callable[[dict[str, str]], Awaitable[dict[str, str]]]
"""Gives the simulated city an order of the trainer's, and says what became of it."""


class PushOffer(Struct, frozen=True, kw_only=True):
    """Web push: our public key, and whether a subscription (endpoint, p256dh, auth) can be told."""

    key: str
    is_good: Callable[[str, str, str], bool]


class WebDependencies(Struct, frozen=True, kw_only=True):
    """Everything from outside.

    `open_store` is called once on each thread that works with the store. `start_scenario` is None
    outside demo mode; `disk_state` is the settings' word for so many percent of the recordings'
    disk being free; `demo_accounts` are shown to everybody who opens the sign-in page of a
    demo, and to nobody else. Citizens' pages get relays at `turn_urls`, by names that `turn_secret`
    (shared with the TURN server) makes. `origins` are further origins that browsers may come from;
    the server's own address always is one. `other_switches` are those of other nodes, whose calls
    are answered from here, too. Positions of devices come through `avl_socket` while somebody
    listens there; `bounds` are the country's. Callers reach their pages at `public_url`; AML
    messages come with `aml_secret`, signed by `aml_hmac_key` where one is set. The newest paper
    pack is `paper_file`. `load_pack` loads another version of the city pack when the record says
    so, over the files in `pack_directory`; `figures_for` makes `evaluate` and `alarm_month` anew.
    What is published of the record is `published_file`. `run_beside` works out plans and files of
    other centres, which are kept in `uploads_dir` meanwhile.
    """

    open_store: Callable[[], WholeStore]
    plans: Plans
    pack: CityPack
    pack_number: int = 0
    pack_signed_at: datetime | None = None
    pack_directory: Path = msgspec.field(default_factory=packaged)
    load_pack: Callable[[Edition], PackInUse] | None = None
    figures_for: Callable[[CityPack], tuple[Evaluate, MonthOfAlarms]] | None = None
    clock: Callable[[], datetime]
    switch_socket: Path
    other_switches: tuple[OtherSwitch, ...] = ()
    recordings_dir: Path
    recording_key: Path
    static_dir: Path
    geography: Geography
    evaluate: Evaluate
    alarm_month: MonthOfAlarms
    insight: Insight | None = None
    start_scenario: StartScenario | None = None
    train: Train | None = None
    score_pdf: ScorePdf | None = None
    monthly_pdf: MonthlyPdf | None = None
    run_beside: RunBeside | None = None
    uploads_dir: Path | None = None
    published_file: Path | None = None
    demo_accounts: tuple[DemoAccount, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = ""
    disk_state: Callable[[float], str] = lambda _percent: "well"
    origins: tuple[str, ...] = ()
    secure_cookies: bool = False
    training: bool = False
    version: str = ""
    public_url: str = ""
    aml_secret: str = ""
    aml_hmac_key: str = ""
    text_out: SendText | None = None
    push: PushOffer | None = None
    avl_socket: Path | None = None
    bounds: Bounds = Bounds()
    paper_file: Path | None = None
    backups: Backups | None = None
