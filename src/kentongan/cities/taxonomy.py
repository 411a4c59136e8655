"""What a call can be about and how it is handled: categories, protocols, scripts, clocks.

All of it is data that a city may change; none of it is code. Medical, fire and police wording is
a draft until the named authority has signed exactly that version: `Approval.is_signed` is the
only way to ask.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from kentongan.cities.facts import Capability, Text

Remark = Text | str
"""Something for who reads a protocol before signing it, and who that is. One string is said in
every language: so did packs of before write it."""


class PriorityCode(StrEnum):
    """The six priorities. P0 is no incident, P1 the most urgent."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    P5 = "P5"


class Priority(Struct, frozen=True):
    """A priority: colour name, meaning and limits."""

    code: PriorityCode
    colour: Text
    label: Text
    on_scene_s: int | None = None
    first_answer_s: int | None = None
    sound: bool = False
    caller_stays_on_line: bool = False
    notify_while_asking: bool = False


class FlagCode(StrEnum):
    """What must be observed with a sub-category."""

    SENS = "SENS"
    SILENT = "SILENT"
    NOCALLBACK = "NOCALLBACK"
    MULTI = "MULTI"
    PAI = "PAI"
    SAFE = "SAFE"
    FORENSIC = "FORENSIC"


class Flag(Struct, frozen=True):
    """A flag and its meaning."""

    code: FlagCode
    label: Text


class National(StrEnum):
    """The kinds of PM Kominfo 10/2016, for the report to the ministry."""

    FIRE = "kebakaran"
    RIOT = "kerusuhan"
    ACCIDENT = "kecelakaan"
    DISASTER = "bencana_alam"
    HEALTH = "kesehatan"
    PUBLIC_ORDER = "kamtibum"
    OTHER = "lainnya"


class Language(StrEnum):
    """The languages callers use."""

    INDONESIAN = "id"
    JAVANESE = "jv"


class TriggerWord(Struct, frozen=True):
    """A word or phrase that hints at a sub-category. Weight 3 is nearly certain, 1 a hint.

    A danger word opens the fast lane: place first, name and number later.
    """

    text: str
    weight: int
    danger: bool
    language: Language


class Nature(Struct, frozen=True, kw_only=True):
    """A sub-category, for example MED-01.

    `lead` is empty in the file where the category's lead applies; loading fills it in, as it
    does `category` and `words`. `on_scene_s` refines the priority's own limit, `law_s` is a
    limit set by law, `assign` the office that gets the ticket, `needs` what a unit must be able
    to do.
    """

    code: str
    name: Text
    priority: PriorityCode
    lead: str = ""
    support: tuple[str, ...] = ()
    on_scene_s: int | None = None
    law_s: int | None = None
    flags: tuple[FlagCode, ...] = ()
    protocol: str | None = None
    script: str | None = None
    assign: str | None = None
    needs: tuple[Capability, ...] = ()
    appointment: bool = False
    note: str = ""
    category: str = ""
    words: tuple[TriggerWord, ...] = ()


class Category(Struct, frozen=True, kw_only=True):
    """A category, for example MED."""

    code: str
    name: Text
    national: National
    lead: str
    natures: tuple[Nature, ...]


class NatureWords(Struct, frozen=True, kw_only=True):
    """The trigger words of one sub-category as written in a word list."""

    code: str
    danger: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


class Approval(Struct, frozen=True, kw_only=True):
    """Who must sign a text, and who did. A signature holds for one version only."""

    authority: tuple[Remark, ...]
    signed_by: str | None = None
    signed_at: datetime | None = None
    signed_version: int | None = None

    @property
    def offices(self) -> tuple[str, ...]:
        """What signatures call the authorities: by their names in the city's own language."""
        return tuple(one if isinstance(one, str) else one.id for one in self.authority)

    def is_signed(self, version: int) -> bool:
        """Whether this version was signed; anything else is a draft."""
        return (
            self.signed_by is not None
            and self.signed_at is not None
            and self.signed_version == version
        )


class AnswerKind(StrEnum):
    """How a question is answered."""

    YES_NO = "yes_no"  # yes, no, unknown
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"


class Option(Struct, frozen=True):
    """One answer of a choice."""

    key: str
    text: Text


class Rule(Struct, frozen=True, kw_only=True):
    """What an answer leads to.

    The rule holds when the answer is one of `answer` (or lies within the numbers) and every
    question in `also` has one of the answers named there.
    """

    answer: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    also: dict[str, tuple[str, ...]] = {}
    priority: PriorityCode | None = None
    step_up: int = 0
    add: tuple[str, ...] = ()
    protocol: str | None = None
    nature: str | None = None
    flags: tuple[FlagCode, ...] = ()
    instructions: str | None = None
    script: str | None = None
    supervisor: bool = False
    shield_desk: bool = False
    leave: bool = False
    note: Remark = ""


class Question(Struct, frozen=True, kw_only=True):
    """A short question, at most eight words.

    It is left out once an earlier question in `unless` has one of the answers named there: nobody
    is asked whether somebody unconscious has a pain in the chest.
    """

    key: str
    text: Text
    answer: AnswerKind
    options: tuple[Option, ...] = ()
    rules: tuple[Rule, ...] = ()
    unless: dict[str, tuple[str, ...]] = {}


class Instructions(Struct, frozen=True, kw_only=True):
    """Pre-arrival instructions to read aloud. Empty lines wait for the authority's wording.

    Until they are written, those named by `meanwhile` are shown below: an operator is not left
    without words.
    """

    key: str
    name: Text
    lines: tuple[Text, ...] = ()
    meanwhile: str | None = None
    metronome_per_min: int | None = None
    note: Remark = ""


class Protocol(Struct, frozen=True, kw_only=True):
    """A triage protocol. `natures` is filled in on loading from the taxonomy."""

    code: str
    name: Text
    version: int
    approval: Approval
    questions: tuple[Question, ...]
    instructions: tuple[Instructions, ...]
    note: Remark = ""
    natures: tuple[str, ...] = ()

    @property
    def is_draft(self) -> bool:
        """True until the authority has signed this version."""
        return not self.approval.is_signed(self.version)


class ScriptLine(Struct, frozen=True, kw_only=True):
    """A sentence to say; `{words}` are filled in by the screen."""

    text: Text
    max_s: int | None = None
    silence_s: int | None = None


class Script(Struct, frozen=True, kw_only=True):
    """Sentences for one situation, in order."""

    key: str
    name: Text
    lines: tuple[ScriptLine, ...]
    note: str = ""


class InterviewStep(StrEnum):
    """What the call-taker asks for."""

    NAME = "name"
    NUMBER = "number"
    COMPLAINT = "complaint"
    PLACE = "place"
    NATURE = "nature"
    TRIAGE = "triage"
    REASSURE = "reassure"


class Interview(Struct, frozen=True, kw_only=True):
    """The order of the interview as the city wants it, and the order of the fast lane."""

    city: tuple[InterviewStep, ...]
    fast_lane: tuple[InterviewStep, ...]


class CallerPhrase(Struct, frozen=True):
    """What a caller says in Javanese, what it means, and the sub-category it points to."""

    jv: str
    id: str
    nature: str


class Phrase(Struct, frozen=True):
    """A sentence in krama for the operator, with its Indonesian meaning."""

    jv: str
    id: str


class Phrasebook(Struct, frozen=True, kw_only=True):
    """Javanese that callers use, and that operators may answer with; awaiting a native review."""

    reviewed: bool
    caller_says: tuple[CallerPhrase, ...]
    operator_says: tuple[Phrase, ...]
    directions: dict[str, str]
    numbers: dict[str, int]


class Stamp(Struct, frozen=True):
    """A moment that is recorded for every incident."""

    key: str
    label: Text


class Origin(StrEnum):
    """Where a target comes from."""

    LAW = "law"
    CITY = "city"
    ARTICLE = "article"
    STANDARD = "standard"
    PROPOSAL = "proposal"


class Target(Struct, frozen=True, kw_only=True):
    """A limit for an interval between two stamps. `share` of the cases must be within it.

    `agencies`, `categories` and `priorities` narrow it down; empty means all.
    """

    key: str
    label: Text
    start: str
    end: str
    limit_s: int
    share: float
    origin: Origin
    source: str
    agencies: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    natures: tuple[str, ...] = ()
    priorities: tuple[PriorityCode, ...] = ()
    note: str = ""


class AlarmClass(StrEnum):
    """How urgent an alarm is."""

    PANIC = "panic"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AlarmLimit(Struct, frozen=True, kw_only=True):
    """An alarm's limits. `limits_s` is by priority, with `any` for the rest."""

    key: str
    label: Text
    urgency: AlarmClass
    to: tuple[str, ...]
    response: Text
    limits_s: dict[str, int] = {}
    escalate_s: int | None = None
    escalate_to: str | None = None
