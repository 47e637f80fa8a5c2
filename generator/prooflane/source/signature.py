"""Whether a version of a template is signed by somebody whom the user listed.

Tiers 3 and 4 take nothing else. Others are told, once a user lists signers: without a list nothing
could be anything but unsigned. Verified once: a tag's id stands for its content, so a verdict stays
true as long as the list does.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.git import tags
from prooflane.git.tags import Tag
from prooflane.source import cache, trust
from prooflane.source.find import Source

STRICT = 3


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a version, or, in `lacks`, why nobody is known to have."""

    signer: str
    lacks: str = ""


def judge(source: Source, tier: int) -> tuple[str, tuple[str, ...]]:
    """Return who signed the version of `source`, and what a person of this tier should know.

    Raises:
        ProoflaneError: when the tier asks for a signature, and there is none that counts.
    """
    found = of(source)
    if found.lacks and tier >= STRICT and not source.is_installed:
        raise ProoflaneError(
            f"tier {tier} takes signed versions only: {found.lacks}",
            f"name the file of allowed signers in {str(trust.place())!r}: signers: FILE",
        )
    return found.signer, (found.lacks,) if found.lacks and trust.load().signers else ()


def of(source: Source) -> Signature:
    """Return the signature of the version that `source` is at."""
    version = repr(source.version)
    tag = tags.find(source.repository, source.version)
    if tag is None or not tag.is_signed:
        return Signature("", f"the template's version {version} is not signed")
    if (tag.commit, tag.name) != (source.commit, source.version):
        return Signature("", f"the template's tag {version} was signed as another version")
    signers = trust.load().signers
    if signers is None:
        return Signature("", f"the template's version {version} is signed, by nobody you listed")
    signer = _verified(source.repository, tag, signers)
    if not signer:
        return Signature("", f"the template's version {version} is signed by nobody you listed")
    return Signature(signer)


def _verified(place: Path, tag: Tag, signers: Path) -> str:
    try:
        listed = signers.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProoflaneError(
            f"the file of signers {str(signers)!r} cannot be read: {reason}",
            f"{str(trust.place())!r} names it",
        ) from error
    known = cache.folder("signatures") / hashlib.sha256(tag.id.encode() + listed).hexdigest()
    if known.is_file():
        return known.read_text(encoding="utf-8")
    signer = tags.signer(place, tag, signers)
    if signer:
        _remember(known, signer)
    return signer


def _remember(known: Path, signer: str) -> None:
    draft = known.with_name(f".{known.name}.{os.getpid()}")
    try:
        known.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(signer, encoding="utf-8")
        draft.replace(known)
    except OSError:
        return  # a verdict that cannot be kept is found again
