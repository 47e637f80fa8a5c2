"""Tags as objects: what they name, and who signed them.

Verifies with ssh alone, by the list of signers that the caller gives: neither a program nor a list
that a repository's own settings name is ever used.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from prooflane.git import process

GOOD = re.compile(r'^Good "git" signature for (.+) with [\w-]+ key SHA256:\S+$', re.MULTILINE)
NOBODY = "/dev/null"
# a signature of another kind would start the program that some configuration names
REFUSED = ("gpg.program=false", "gpg.openpgp.program=false", "gpg.x509.program=false")


@dataclass(frozen=True, slots=True)
class Tag:
    """An annotated tag: its id, the commit it names, and whether it holds a signature of ssh."""

    id: str
    commit: str
    name: str
    is_signed: bool


def find(place: Path, name: str) -> Tag | None:
    """Return the annotated tag `name`, or None: a plain tag can hold no signature."""
    done = process.attempt("cat-file", "tag", f"refs/tags/{name}", cwd=place)
    if done.returncode:
        return None
    head, _, body = done.stdout.decode(errors="replace").partition("\n\n")
    facts = dict(line.split(" ", 1) for line in head.splitlines() if " " in line)
    digest = process.git("rev-parse", f"refs/tags/{name}", cwd=place).decode().strip()
    is_signed = "-----BEGIN SSH SIGNATURE-----" in body
    return Tag(digest, facts.get("object", ""), facts.get("tag", ""), is_signed)


def signer(place: Path, tag: Tag, signers: Path) -> str:
    """Return whom the file `signers` knows as the signer of `tag`, or nothing."""
    settings = (*REFUSED, "gpg.ssh.program=ssh-keygen", f"gpg.ssh.allowedSignersFile={signers}")
    words = (*settings, f"gpg.ssh.revocationFile={NOBODY}", "gpg.minTrustLevel=undefined")
    options = (part for setting in words for part in ("-c", setting))
    done = process.attempt(*options, "verify-tag", tag.id, cwd=place)
    found = GOOD.search(done.stderr.decode(errors="replace"))
    return found[1] if done.returncode == 0 and found else ""
