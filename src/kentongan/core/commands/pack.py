"""Commands about the city pack itself: one stream, because only one version is in use at a time.

A version is proposed as whole files that take the place of those on disk. Whoever reads the files
(`app.pack_trial`) fills in what the rules need to know of them; the rules read no files.
"""

from typing import Literal

from msgspec import Struct

from kentongan.core.words import PackKey

UnsignedUse = Literal["shown", "withheld"]
"""What becomes of instructions whose words nobody has signed: shown and said to be unsigned, or not
shown on duty."""


class Weakened(Struct, frozen=True, kw_only=True):
    """A place of the pack whose change weakens safety, by which rule of the safeguards."""

    file: str
    path: str
    rule: str
    before: str
    after: str


class ProtocolChanged(Struct, frozen=True, kw_only=True):
    """A protocol that is new or different; `digest` is of its words, without its signature.

    `authority` are those who must sign it, each by an account of its own.
    """

    protocol: str
    version: int
    digest: str
    authority: tuple[str, ...] = ()


class ProposePack(Struct, frozen=True, kw_only=True, tag="pack.propose"):
    """A new version over version `base`: these files, whole, by name; and why.

    `restores` is the earlier version that it brings back. The last four are filled in by the server
    after it has read and checked the files, whatever the asker wrote.
    """

    pack: PackKey
    base: int
    files: dict[str, str]
    reason: str
    restores: int | None = None
    changes: int = 0
    weakens: tuple[Weakened, ...] = ()
    protocols: tuple[ProtocolChanged, ...] = ()
    restart: tuple[str, ...] = ()


class AgreePack(Struct, frozen=True, kw_only=True, tag="pack.agree"):
    """A second administrator has read what weakens safety, and agrees."""

    pack: PackKey
    number: int
    note: str = ""


class SignProtocol(Struct, frozen=True, kw_only=True, tag="pack.sign_protocol"):
    """The authority signs the words of a protocol in exactly this version.

    The words are named by their digest: what the signer read, and nothing written since.
    `authority` is the one that the signer signs as; it may be left out where there is only one.
    """

    pack: PackKey
    protocol: str
    version: int
    digest: str
    authority: str = ""


class ChooseUnsigned(Struct, frozen=True, kw_only=True, tag="pack.choose_unsigned"):
    """The authority decides what becomes of unsigned instructions on duty, and says why."""

    pack: PackKey
    use: UnsignedUse
    reason: str


class ActivatePack(Struct, frozen=True, kw_only=True, tag="pack.activate"):
    """From now on the city works by this version."""

    pack: PackKey
    number: int


class WithdrawPack(Struct, frozen=True, kw_only=True, tag="pack.withdraw"):
    """The proposal is taken back."""

    pack: PackKey
    number: int
    reason: str = ""


PackCommand = ProposePack | AgreePack | SignProtocol | ChooseUnsigned | ActivatePack | WithdrawPack
