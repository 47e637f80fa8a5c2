"""Signs and verifies with `ssh-keygen -Y`; the only module of the controls that starts it.

No key is read here: the private key stays with ssh-keygen or its agent.
"""

import base64
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from controls.errors import ControlsError

NAMESPACE = "prooflane-approval"
PROGRAM = "ssh-keygen"
PACKAGE = "openssh-client"
_KEY = re.compile(
    r"((?:sk-)?(?:ssh|ecdsa)-(?![^ ]*-cert-)[A-Za-z0-9@.-]+) ([A-Za-z0-9+/]+={0,3})(?: .*)?"
)


def installed() -> bool:
    """Say whether this machine can verify a signature."""
    return shutil.which(PROGRAM) is not None


def material(key: str) -> str | None:
    """Return type and body of a public key, without its comment, or None when it is no key.

    A certificate is none: whoever can issue one would have as many keys as they like.
    """
    match = _KEY.fullmatch(key.strip())
    try:
        body = base64.b64decode(match[2], validate=True) if match else b""
    except ValueError:
        return None
    named = b"%b%b" % (len(match[1]).to_bytes(4, "big"), match[1].encode()) if match else b""
    if match is None or not body.startswith(named):
        return None
    return f"{match[1]} {base64.b64encode(body).decode()}"  # one key is one text, whoever wrote it


def public_key(path: Path) -> str:
    """Return type and body of the public half of the key at `path`, which may be either half.

    Raises:
        ControlsError: when there is no SSH key.
    """
    beside = path if path.suffix == ".pub" else Path(f"{path}.pub")
    if beside.is_file():
        found = material(beside.read_text("utf-8", "replace"))
    else:
        done = _run("-y", "-f", str(path))
        found = material(done.stdout.decode(errors="replace")) if done.returncode == 0 else None
    if found is None:
        raise ControlsError(f"{str(path)!r} is no SSH key", hint="ssh-keygen -t ed25519 makes one")
    return found


def sign(path: Path, message: bytes, namespace: str = NAMESPACE) -> bytes:
    """Return the signature over `message` by the key at `path`, worth something in `namespace`.

    Raises:
        ControlsError: when ssh-keygen refuses.
    """
    with tempfile.TemporaryDirectory(prefix="approval-") as scratch:
        statement = Path(scratch, "statement")
        statement.write_bytes(message)
        done = _run("-Y", "sign", "-q", "-f", str(path), "-n", namespace, str(statement))
        if done.returncode:
            raise ControlsError(f"{PROGRAM} cannot sign with {str(path)!r}: {_last(done.stderr)}")
        return Path(scratch, "statement.sig").read_bytes()


def verifies(key: str, message: bytes, signature: bytes, namespace: str = NAMESPACE) -> bool:
    """Say whether `key` made `signature` over exactly `message` for `namespace`."""
    found = material(key)
    if found is None:
        return False
    with tempfile.TemporaryDirectory(prefix="approval-") as scratch:
        signers, made = Path(scratch, "signers"), Path(scratch, "signature")
        signers.write_text(f'approver namespaces="{namespace}" {found}\n', "utf-8")
        made.write_bytes(signature)
        who = ("-f", str(signers), "-I", "approver", "-n", namespace, "-s", str(made))
        return _run("-Y", "verify", *who, stdin=message).returncode == 0


def _run(*args: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [PROGRAM, *args], input=stdin, capture_output=True, check=False, timeout=120
        )
    except FileNotFoundError as error:
        raise ControlsError(
            f"{PROGRAM} is not installed", hint=f"install the package {PACKAGE!r}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ControlsError(f"{PROGRAM} gave no answer within two minutes") from error


def _last(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no message"
