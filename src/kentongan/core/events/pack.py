"""What can happen to the city pack."""

from msgspec import Struct

from kentongan.core.commands.pack import ProtocolChanged, UnsignedUse, Weakened


class PackProposed(Struct, frozen=True, kw_only=True, tag="pack.proposed"):
    """A version was written: the files that differ from version `base`, whole, by name."""

    number: int
    base: int
    files: dict[str, str]
    reason: str
    restores: int | None = None
    changes: int = 0
    weakens: tuple[Weakened, ...] = ()
    protocols: tuple[ProtocolChanged, ...] = ()
    restart: tuple[str, ...] = ()


class PackAgreed(Struct, frozen=True, kw_only=True, tag="pack.agreed"):
    """A second administrator agreed to what weakens safety."""

    number: int
    note: str = ""


class ProtocolSigned(Struct, frozen=True, kw_only=True, tag="pack.protocol_signed"):
    """These words of a protocol were signed as `authority`.

    None is named in journals from before a signature named one: it counts as one signature.
    """

    protocol: str
    version: int
    digest: str
    authority: str = ""


class UnsignedChosen(Struct, frozen=True, kw_only=True, tag="pack.unsigned_chosen"):
    """From now on unsigned instructions are shown, or withheld, on duty."""

    use: UnsignedUse
    reason: str


class PackActivated(Struct, frozen=True, kw_only=True, tag="pack.activated"):
    """The city works by this version; `before` is the one it worked by until now."""

    number: int
    before: int


class PackWithdrawn(Struct, frozen=True, kw_only=True, tag="pack.withdrawn"):
    """The proposal was taken back."""

    number: int
    reason: str = ""


PackEvent = (
    PackProposed | PackAgreed | ProtocolSigned | UnsignedChosen | PackActivated | PackWithdrawn
)
